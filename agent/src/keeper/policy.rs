//! What the signer of a keeper signs: messages that anybody may send, and no coins but fees.
use crate::chain::contracts::Market;
use crate::config::Settings;
use crate::signer::policy::{Amounts, ContractRule};
use crate::signer::Policy;

/// The policy of a keeper.
pub fn policy(settings: &Settings, market: &Market, fees_per_day: u64) -> Policy {
    let gas = &settings.gas;
    Policy {
        chain_id: settings.chain.id.clone(),
        max_gas: gas.max_gas,
        per_tx: Amounts::from([(gas.denom.clone(), gas.max_fee)]),
        per_day: Amounts::from([(gas.denom.clone(), u128::from(fees_per_day))]),
        contracts: vec![
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
        ],
        tokens: Vec::new(),
        bank_send_to: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use joule_types::{JobId, NodeId, Peers, WindowId};

    use super::*;
    use crate::chain::types::Msg;
    use crate::chain::wire::Decoded;
    use crate::chain::{Client, Endpoints, Limits};

    fn market() -> Market {
        let name = |part: &str| format!("wasm1{part}");
        let peers = Peers {
            registry: name("registry"),
            marketplace: name("marketplace"),
            escrow: name("escrow"),
            staking: name("staking"),
            dao: name("dao"),
            token: name("token"),
        };
        let nodes = Endpoints::new("joule-dev-1", &["http://127.0.0.1:1"], Limits::default()).unwrap();
        Market::new(Client::new(nodes), &peers)
    }

    fn judge(msg: Msg) -> Result<(), String> {
        let doc = Decoded {
            chain_id: "joule-dev-1".into(),
            account_number: 1,
            sequence: 0,
            public_key: vec![2; 33],
            timeout_height: 9,
            gas: 1_000,
            fee: vec![],
            msgs: vec![("wasm1me".into(), msg)],
        };
        let policy = policy(&Settings::default(), &market(), 1_000);
        policy
            .judge(&doc, "wasm1me", &[2; 33])
            .map(drop)
            .map_err(|e| e.code().to_string())
    }

    #[test]
    fn a_keeper_cranks_and_does_nothing_else() {
        let market = market();
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
            assert_eq!(judge(msg.unwrap()), Ok(()));
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
            assert_eq!(judge(msg.unwrap()), Err(code.into()));
        }
    }
}
