//! What the signer of a keeper signs: messages that anybody may send, and no coins but fees.
use crate::chain::contracts::Market;
use crate::config::Settings;
use crate::signer::policy::{Amounts, ContractRule};
use crate::signer::Policy;

/// The policy of a keeper.
pub fn policy(settings: &Settings, market: &Market, fees_per_day: u64) -> Policy {
    let gas = &settings.gas;
    let rule = |address: &str, names: &[&str]| ContractRule {
        address: address.into(),
        messages: names.iter().map(|name| name.to_string()).collect(),
    };
    Policy {
        chain_id: settings.chain.id.clone(),
        max_gas: gas.max_gas,
        per_tx: Amounts::from([(gas.denom.clone(), gas.max_fee)]),
        per_day: Amounts::from([(gas.denom.clone(), u128::from(fees_per_day))]),
        contracts: vec![
            rule(
                market.registry.address(),
                &["open_window", "expire_challenge", "report_missed"],
            ),
            rule(
                market.marketplace.address(),
                &["timeout", "assign", "refresh", "reindex"],
            ),
            rule(market.escrow.address(), &["distribute"]),
        ],
        tokens: Vec::new(),
        bank_send_to: Default::default(),
    }
}
