//! What the signer of a keeper signs: messages that anybody may send, and no coins but fees.
use crate::chain::contracts::Market;
use crate::config::Settings;
use crate::signer::policy::ContractRule;
use crate::signer::Policy;

/// The policy of a keeper.
pub fn policy(settings: &Settings, market: &Market, fees_per_day: u64) -> Policy {
    let contracts = vec![
        ContractRule::new(
            market.registry.address(),
            &[
                "post_round",
                "claim_tips",
                "expire_challenge",
                "report_missed",
                "judge_uptime",
            ],
        ),
        ContractRule::new(
            market.marketplace.address(),
            &["timeout", "assign", "refresh", "reindex", "seal", "draw", "tally"],
        ),
        ContractRule::new(market.escrow.address(), &["distribute", "reclaim"]),
        ContractRule::new(market.dao.address(), &["execute", "close"]),
    ];
    Policy::fees_only(settings, fees_per_day, contracts)
}

#[cfg(test)]
mod tests {
    use joule_types::{JobId, NodeId, WindowId};

    use super::*;
    use crate::signer::testing::{judge, market};

    #[test]
    fn a_keeper_cranks_and_does_nothing_else() {
        let market = market();
        let policy = policy(&Settings::default(), &market, 1_000);
        let usdc = cw20::Denom::Native("uusdc".into());
        for msg in [
            market.registry.post_round(1, vec![0; 48]),
            market.registry.claim_tips(),
            market.registry.judge_uptime(NodeId(1)),
            market.registry.expire_challenge(NodeId(1)),
            market.registry.report_missed(WindowId(1), NodeId(1)),
            market.marketplace.timeout(JobId(1)),
            market.marketplace.assign(JobId(1), vec![]),
            market.marketplace.refresh(vec![]),
            market.marketplace.reindex(1),
            market.marketplace.seal(JobId(1)),
            market.marketplace.draw(JobId(1)),
            market.marketplace.tally(JobId(1)),
            market.escrow.reclaim(joule_types::HoldId(1)),
            market.dao.run(joule_types::ProposalId(1)),
            market.dao.close(joule_types::ProposalId(1)),
            market.escrow.distribute(usdc.clone()),
        ] {
            assert_eq!(judge(&policy, msg.unwrap()), Ok(()));
        }
        for (msg, code) in [
            (market.escrow.withdraw(usdc, None, None), "signer.message"),
            (market.marketplace.accept(JobId(1)), "signer.message"),
            (
                market.dao.vote(joule_types::ProposalId(1), joule_types::dao::Vote::Yes),
                "signer.message",
            ),
            (market.registry.beat(vec![NodeId(1)]), "signer.message"),
            (market.staking.claim(), "signer.contract"),
            (market.token.transfer("wasm1thief", 1), "signer.contract"),
        ] {
            assert_eq!(judge(&policy, msg.unwrap()), Err(code.into()));
        }
    }
}
