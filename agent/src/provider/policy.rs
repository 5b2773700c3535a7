//! What the signer of a provider signs: the operator's messages to registry and marketplace. An operator that is the owner
//! too may send JOULE to staking, registry and escrow, within the day's ceiling, and nowhere else.
use crate::chain::contracts::Market;
use crate::config::Settings;
use crate::signer::policy::{ContractRule, SendRule, TokenRule};
use crate::signer::Policy;

/// Messages to the registry.
const REGISTRY: [&str; 8] = [
    "add_node",
    "update_node",
    "set_available",
    "beat",
    "request_challenge",
    "solve_challenge",
    "commit_window",
    "reveal_window",
];
/// Messages to the marketplace.
const MARKETPLACE: [&str; 5] = ["create_offer", "update_offer", "decline", "start", "submit_result"];

/// The policy for one operator. `owner_joule` is the most micro-JOULE of a day if the operator is the owner too.
pub fn policy(settings: &Settings, market: &Market, fees_per_day: u64, owner_joule: Option<u128>) -> Policy {
    let contracts = vec![
        ContractRule::new(market.registry.address(), &REGISTRY),
        ContractRule::new(market.marketplace.address(), &MARKETPLACE),
    ];
    let mut policy = Policy::fees_only(settings, fees_per_day, contracts);
    if let Some(joule) = owner_joule {
        let token = market.token.address();
        policy.per_tx.insert(format!("cw20:{token}"), joule);
        policy.per_day.insert(format!("cw20:{token}"), joule);
        let send = |contract: &str, hook: &str| SendRule {
            contract: contract.into(),
            hooks: [hook.to_string()].into(),
        };
        policy.tokens.push(TokenRule {
            address: token.into(),
            send: vec![
                send(market.staking.address(), "bond"),
                send(market.registry.address(), "register"),
                send(market.escrow.address(), "deposit"),
            ],
            transfer_to: Default::default(),
        });
    }
    policy
}

#[cfg(test)]
mod tests {
    use joule_types::marketplace::OfferTerms;
    use joule_types::registry::RegistryHook;
    use joule_types::{JobId, NodeId};

    use super::*;
    use crate::chain::types::Msg;
    use crate::signer::testing::{judge, market};

    /// Terms that only have to be written.
    fn terms() -> OfferTerms {
        serde_json::from_value(serde_json::json!({
            "node": "1", "denom": { "native": "uusdc" }, "price": "1", "unit": "hour", "min_secs": 0,
            "max_secs": 86_400, "capacity": 1, "sla_bps": 9_500
        }))
        .unwrap()
    }

    #[test]
    fn an_operator_works_and_moves_no_money() {
        let market = market();
        let policy = policy(&Settings::default(), &market, 1_000_000, None);
        let (registry, jobs, escrow) = (&market.registry, &market.marketplace, &market.escrow);
        for msg in [
            registry.beat(vec![NodeId(1)]),
            registry.commit_window(joule_types::WindowId(1), NodeId(1), 5, [0; 32]),
            jobs.start(JobId(1), 1),
            jobs.decline(JobId(1), 1, "no".into()),
            jobs.create_offer(terms()),
        ] {
            assert_eq!(judge(&policy, msg.unwrap()), Ok(()));
        }
        let usdc = cw20::Denom::Native("uusdc".into());
        for (msg, code) in [
            (
                escrow.withdraw(usdc, None, Some("wasm1thief".into())),
                "signer.contract",
            ),
            (jobs.close_offer(joule_types::OfferId(1)), "signer.message"),
            (jobs.accept(JobId(1)), "signer.message"),
            (registry.post_round(1, vec![0; 48]), "signer.message"),
            (jobs.draw(JobId(1)), "signer.message"),
            (market.token.transfer("wasm1thief", 1), "signer.contract"),
            (market.staking.bond(market.token.address(), 1), "signer.contract"),
            (market.staking.unbond(1), "signer.contract"),
        ] {
            assert_eq!(judge(&policy, msg.unwrap()), Err(code.into()));
        }
        let native = Msg::Send {
            to: "wasm1thief".into(),
            amount: vec![],
        };
        assert_eq!(judge(&policy, native), Err("signer.bank_send".into()));
    }

    #[test]
    fn an_operator_that_is_the_owner_may_stake_up_to_its_ceiling() {
        let market = market();
        let policy = policy(&Settings::default(), &market, 1_000_000, Some(100));
        let token = market.token.address();
        let register = RegistryHook::Register {
            operator: None,
            payout: None,
            referrer: None,
        };
        assert_eq!(judge(&policy, market.staking.bond(token, 100).unwrap()), Ok(()));
        assert_eq!(
            judge(&policy, market.registry.register(token, 10, &register).unwrap()),
            Ok(())
        );
        assert_eq!(judge(&policy, market.escrow.deposit_joule(token, 1).unwrap()), Ok(()));
        assert_eq!(
            judge(&policy, market.staking.bond(token, 101).unwrap()),
            Err("signer.tx_ceiling".into())
        );
        assert_eq!(
            judge(&policy, market.token.transfer("wasm1thief", 1).unwrap()),
            Err("signer.token_transfer".into())
        );
        let withdraw = market
            .escrow
            .withdraw(cw20::Denom::Native("uusdc".into()), None, None)
            .unwrap();
        assert_eq!(judge(&policy, withdraw), Err("signer.contract".into()));
    }

    #[test]
    fn every_listed_name_is_a_message_of_its_contract() {
        let market = market();
        let policy = policy(&Settings::default(), &market, 1, None);
        let known = |names: &[&str], error: String| names.iter().all(|name| error.contains(&format!("`{name}`")));
        let unknown = |e: serde_json::Error| e.to_string();
        let registry = serde_json::from_str::<joule_types::registry::ExecuteMsg>(r#"{"x":{}}"#).map_err(unknown);
        let marketplace = serde_json::from_str::<joule_types::marketplace::ExecuteMsg>(r#"{"x":{}}"#).map_err(unknown);
        assert!(known(&REGISTRY, registry.unwrap_err()));
        assert!(known(&MARKETPLACE, marketplace.unwrap_err()));
        assert_eq!(policy.contracts.len(), 2);
    }
}
