//! What the signer of a validator signs: votes, and the deadlines of the committees it sits on. No coins but fees.
use crate::chain::contracts::Market;
use crate::config::Settings;
use crate::signer::policy::ContractRule;
use crate::signer::Policy;

/// Messages to the marketplace.
const MARKETPLACE: [&str; 4] = ["commit_vote", "reveal_vote", "tally", "timeout"];

/// The policy of a validator.
pub fn policy(settings: &Settings, market: &Market, fees_per_day: u64) -> Policy {
    let contracts = vec![ContractRule::new(market.marketplace.address(), &MARKETPLACE)];
    Policy::fees_only(settings, fees_per_day, contracts)
}

#[cfg(test)]
mod tests {
    use joule_types::JobId;
    use joule_work::committee::Vote;

    use super::*;
    use crate::chain::contracts::{Reveal, Seat};
    use crate::signer::testing::{judge, market};

    #[test]
    fn a_validator_votes_and_moves_no_money() {
        let market = market();
        let policy = policy(&Settings::default(), &market, 1_000);
        let (jobs, job) = (&market.marketplace, JobId(1));
        let seat = Seat {
            job,
            attempt: 1,
            rung: 0,
            seat: 0,
        };
        let reveal = Reveal {
            vote: Vote {
                result_root: [1; 32],
                trace_root: [2; 32],
            },
            salt: [3; 32],
            openings: vec![vec![4; 64]],
        };
        for msg in [
            jobs.commit_vote(seat, [0; 32]),
            jobs.reveal_vote(seat, &reveal),
            jobs.tally(job),
            jobs.timeout(job),
        ] {
            assert_eq!(judge(&policy, msg.unwrap()), Ok(()));
        }
        let usdc = cw20::Denom::Native("uusdc".into());
        for (msg, code) in [
            (jobs.accept(job), "signer.message"),
            (jobs.submit_result(job, 1, &delivery()), "signer.message"),
            (market.escrow.withdraw(usdc, None, None), "signer.contract"),
            (market.staking.unbond(1), "signer.contract"),
            (market.staking.retire(), "signer.contract"),
            (market.token.transfer("wasm1thief", 1), "signer.contract"),
        ] {
            assert_eq!(judge(&policy, msg.unwrap()), Err(code.into()));
        }
    }

    fn delivery() -> crate::chain::contracts::Delivery {
        crate::chain::contracts::Delivery {
            result_root: [0; 32],
            trace_root: [0; 32],
            output_url: String::new(),
            output_size: 0,
        }
    }

    #[test]
    fn every_listed_name_is_a_message_of_its_contract() {
        let unknown = serde_json::from_str::<joule_types::marketplace::ExecuteMsg>(r#"{"x":{}}"#);
        let error = unknown.unwrap_err().to_string();
        assert!(MARKETPLACE.iter().all(|name| error.contains(&format!("`{name}`"))));
    }
}
