//! A proposal in words that a voter can judge: which contract is told what, and which code it would run.
use std::collections::BTreeMap;

use cosmwasm_std::{Coin, CosmosMsg, WasmMsg};
use joule_types::dao::{ProposalResponse, ProposalState};
use serde_json::Value;

use crate::chain::contracts::money::Unit;
use crate::chain::contracts::Market;
use crate::cli::output::{facts, percent, when};
use crate::error::Result;

/// What a voter has to look up.
pub struct Known {
    /// Contracts of the market by address.
    names: BTreeMap<String, &'static str>,
    /// Hex SHA-256 of the chain's codes: a description may say anything.
    codes: BTreeMap<u64, String>,
}

impl Known {
    /// Asks for the chain's codes if one of the messages names a code.
    pub async fn of(market: &Market, msgs: &[CosmosMsg]) -> Result<Self> {
        let named = |msg: &CosmosMsg| matches!(msg, CosmosMsg::Wasm(WasmMsg::Migrate { .. }));
        let codes = match msgs.iter().any(named) {
            true => market.chain.codes().await?,
            false => Vec::new(),
        };
        let names = [
            (market.registry.address(), "registry"),
            (market.marketplace.address(), "marketplace"),
            (market.escrow.address(), "escrow"),
            (market.staking.address(), "staking"),
            (market.dao.address(), "dao"),
            (market.token.address(), "token"),
        ];
        Ok(Self {
            names: names.map(|(address, name)| (address.to_string(), name)).into(),
            codes: codes.into_iter().map(|(id, hash)| (id, hex::encode(hash))).collect(),
        })
    }

    fn name<'a>(&'a self, address: &'a str) -> &'a str {
        self.names.get(address).copied().unwrap_or(address)
    }

    /// One message.
    fn line(&self, msg: &CosmosMsg) -> String {
        match msg {
            CosmosMsg::Wasm(WasmMsg::Execute {
                contract_addr,
                msg,
                funds,
            }) => format!("{}: {}{}", self.name(contract_addr), body(msg), sent(funds)),
            CosmosMsg::Wasm(WasmMsg::Migrate {
                contract_addr,
                new_code_id,
                msg,
            }) => {
                let hash = self
                    .codes
                    .get(new_code_id)
                    .map_or("which the chain lacks", String::as_str);
                let with = match body(msg).as_str() {
                    "{}" => String::new(),
                    words => format!(" with {words}"),
                };
                format!("{}: runs code {new_code_id} ({hash}){with}", self.name(contract_addr))
            }
            other => serde_json::to_string(other).unwrap_or_default(),
        }
    }
}

/// What a contract reads, as it reads it.
fn body(msg: &[u8]) -> String {
    serde_json::from_slice(msg).map_or_else(|_| hex::encode(msg), |value: Value| value.to_string())
}

fn sent(funds: &[Coin]) -> String {
    if funds.is_empty() {
        return String::new();
    }
    let coins: Vec<String> = funds.iter().map(ToString::to_string).collect();
    format!(", with {}", coins.join(" and "))
}

/// State and votes.
pub fn head(proposal: &ProposalResponse, joule: &Unit, now: u64) -> String {
    let (tally, params) = (&proposal.tally, &proposal.params);
    let total = proposal.total_power.u128();
    let votes = [
        ("yes", tally.yes),
        ("no", tally.no),
        ("abstain", tally.abstain),
        ("veto", tally.veto),
    ];
    let cast = votes
        .iter()
        .fold(0u128, |sum, (_, power)| sum.saturating_add(power.u128()));
    let mut rows = vec![
        ("proposal", format!("{} by {}", proposal.proposal, proposal.proposer)),
        ("title", proposal.title.clone()),
        ("state", format!("{}; {}", name(proposal.state), next(proposal, now))),
    ];
    rows.extend(votes.map(|(choice, power)| (choice, joule.show(power.u128()))));
    rows.push(("voted", format!("{} of {}", share(cast, total), joule.show(total))));
    let needs = format!(
        "{} voted, yes above {} of yes, no and veto, veto below {} of what was voted",
        percent(params.quorum_bps.into()),
        percent(params.threshold_bps.into()),
        percent(params.veto_bps.into())
    );
    rows.push(("needs", needs));
    facts(rows)
}

/// Everything, for whoever votes.
pub fn whole(proposal: &ProposalResponse, known: &Known, joule: &Unit, now: u64) -> String {
    let msgs = proposal.msgs.iter().enumerate();
    let lines: Vec<String> = msgs
        .map(|(at, msg)| format!("{}. {}", at + 1, known.line(msg)))
        .collect();
    format!(
        "{}\n\n{}\n\nWhat it runs, as the dao:\n{}",
        head(proposal, joule, now),
        proposal.description,
        lines.join("\n")
    )
}

fn share(part: u128, whole: u128) -> String {
    percent(part.saturating_mul(10_000).checked_div(whole).unwrap_or(0))
}

/// A state in small letters.
pub fn name(state: ProposalState) -> String {
    format!("{state:?}").to_lowercase()
}

/// What happens to it, and when.
pub fn next(proposal: &ProposalResponse, now: u64) -> String {
    let at = |secs| when(secs, now);
    match proposal.state {
        ProposalState::Open => format!("voting ends {}", at(proposal.voting_ends_at)),
        ProposalState::Timelocked => format!("can be executed {}", at(proposal.executable_at)),
        ProposalState::Passed => format!("can be executed; expires {}", at(proposal.expires_at)),
        ProposalState::Rejected | ProposalState::Expired => "can be closed: its deposit goes back".into(),
        ProposalState::Vetoed => "can be closed: its deposit stays in the treasury".into(),
        ProposalState::Executed | ProposalState::Closed => "over".into(),
    }
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::coins;

    use super::*;

    #[test]
    fn messages_name_contracts_codes_and_what_is_said_to_them() {
        let known = Known {
            names: [("wasm1m".to_string(), "marketplace")].into(),
            codes: [(7, "abcd".to_string())].into(),
        };
        let migrate = |new_code_id, msg: &[u8]| {
            CosmosMsg::from(WasmMsg::Migrate {
                contract_addr: "wasm1m".into(),
                new_code_id,
                msg: msg.into(),
            })
        };
        let execute = |to: &str, msg: &[u8], funds| {
            CosmosMsg::from(WasmMsg::Execute {
                contract_addr: to.into(),
                msg: msg.into(),
                funds,
            })
        };
        for (msg, words) in [
            (migrate(7, b"{}"), "marketplace: runs code 7 (abcd)"),
            (
                migrate(8, br#"{"to":1}"#),
                r#"marketplace: runs code 8 (which the chain lacks) with {"to":1}"#,
            ),
            (
                execute("wasm1m", br#"{"update_params":{"fee":7}}"#, vec![]),
                r#"marketplace: {"update_params":{"fee":7}}"#,
            ),
            (execute("wasm1x", b"\x01", coins(5, "uusdc")), "wasm1x: 01, with 5uusdc"),
            (
                CosmosMsg::Wasm(WasmMsg::ClearAdmin {
                    contract_addr: "wasm1m".into(),
                }),
                r#"{"wasm":{"clear_admin":{"contract_addr":"wasm1m"}}}"#,
            ),
        ] {
            assert_eq!(known.line(&msg), words);
        }
    }

    #[test]
    fn shares_are_percent() {
        assert_eq!(
            (share(1, 3), share(600, 1_000), share(1, 0), percent(3_300)),
            ("33.33 %".into(), "60 %".into(), "0 %".into(), "33 %".into())
        );
    }
}
