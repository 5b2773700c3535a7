//! Registry, escrow and staking as the marketplace sees them.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{
    from_json, to_json_binary, Coin, ContractResult, CosmosMsg, Empty, Querier, QuerierResult, QueryRequest, ReplyOn,
    Response, SystemResult, Uint128, WasmMsg, WasmQuery,
};
use joule_types::{escrow, registry, staking};

use super::{a, Market};

/// What the escrow was told of a hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    pub payer: String,
    pub amount: joule_types::Money,
    pub terms: escrow::HoldTerms,
    pub funds: Vec<Coin>,
    pub open: bool,
}

/// A hold that was settled.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    pub hold: u64,
    pub payee: Option<String>,
    pub referrer: Option<String>,
    pub gross: u128,
    pub awards: Vec<(String, u128)>,
}

/// What the peers were told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub holds: BTreeMap<u64, Hold>,
    pub settled: Vec<Settled>,
    pub tips: Vec<(u64, String, u128)>,
    pub slashes: Vec<(staking::Incident, String, u16, Option<staking::Repay>)>,
    pub outcomes: Vec<(u64, u32, Option<registry::Outcome>)>,
}

/// Answers from the table of nodes.
pub struct Registry<'a>(pub &'a Market);

impl Querier for Registry<'_> {
    fn raw_query(&self, request: &[u8]) -> QuerierResult {
        let Ok(QueryRequest::<Empty>::Wasm(WasmQuery::Smart { contract_addr, msg })) = from_json(request) else {
            panic!("only the registry is asked, by smart query");
        };
        assert_eq!(contract_addr, a("registry").as_str());
        self.0.queries.set(self.0.queries.get() + 1);
        let answer = match from_json::<registry::QueryMsg>(&msg).unwrap() {
            registry::QueryMsg::Candidates { nodes } => {
                assert!(nodes.len() <= registry::MAX_CANDIDATES, "{} candidates", nodes.len());
                let unique: BTreeSet<u64> = nodes.iter().map(|node| node.u64()).collect();
                assert_eq!(unique.len(), nodes.len(), "no node is asked for twice");
                let known = nodes.iter().filter_map(|node| self.0.nodes.get(&node.u64()));
                to_json_binary(&known.collect::<Vec<_>>())
            }
            registry::QueryMsg::Params {} => to_json_binary(&registry_params(&self.0.regions)),
            other => panic!("unexpected query {other:?}"),
        };
        SystemResult::Ok(ContractResult::Ok(answer.unwrap()))
    }
}

fn registry_params(regions: &[String]) -> registry::Params {
    registry::Params {
        fee: Uint128::zero(),
        regions: regions.to_vec(),
        min_gpu_memory_mb: 8_192,
        max_nodes: 64,
        beat_secs: 300,
        min_uptime_bps: 9_500,
        uptime_period_secs: 2_592_000,
        admission_units: 1_000u64.into(),
        admission_secs: 600,
        max_admission_failures: 3,
        window_secs: 120,
        reveal_secs: 600,
        window_gap_secs: 3_600,
        window_k: 512,
        forgery_slash_bps: 3_000,
        misuse_slash_bps: 5_000,
        trust: joule_work::trust::TrustRules::DEFAULT.into(),
    }
}

impl Market {
    /// Hands every message to the peer it is for.
    pub fn deliver(&mut self, response: &Response) {
        for sub in &response.messages {
            assert_eq!(sub.reply_on, ReplyOn::Never);
            let CosmosMsg::Wasm(WasmMsg::Execute {
                contract_addr,
                msg,
                funds,
            }) = &sub.msg
            else {
                panic!("unexpected message {:?}", sub.msg);
            };
            if *contract_addr == a("escrow").as_str() {
                self.escrow(from_json(msg).unwrap(), funds.clone());
            } else if *contract_addr == a("registry").as_str() {
                let registry::ExecuteMsg::Record { node, load, outcome } = from_json(msg).unwrap() else {
                    panic!("the marketplace only records");
                };
                if let Some(known) = self.nodes.get_mut(&node.u64()) {
                    known.load = load;
                }
                self.told.outcomes.push((node.u64(), load, outcome));
            } else {
                assert_eq!(*contract_addr, a("staking").as_str());
                let staking::ExecuteMsg::Slash {
                    incident,
                    pool,
                    fraction_bps,
                    repay,
                } = from_json(msg).unwrap()
                else {
                    panic!("the marketplace only slashes");
                };
                self.told.slashes.push((incident, pool, fraction_bps, repay));
            }
        }
    }

    fn escrow(&mut self, msg: escrow::ExecuteMsg, funds: Vec<Coin>) {
        match msg {
            escrow::ExecuteMsg::OpenHold {
                hold,
                payer,
                amount,
                terms,
            } => {
                assert!(terms.tips <= amount.amount && !amount.amount.is_zero() && terms.reclaim_at > self.now);
                let hold_record = Hold {
                    payer,
                    amount,
                    terms,
                    funds,
                    open: true,
                };
                assert!(
                    self.told.holds.insert(hold.u64(), hold_record).is_none(),
                    "hold {hold} twice"
                );
            }
            escrow::ExecuteMsg::Tip { hold, to, amount } => {
                assert!(
                    self.told.holds[&hold.u64()].open,
                    "a tip from a closed hold pays nothing"
                );
                self.told.tips.push((hold.u64(), to, amount.u128()));
            }
            escrow::ExecuteMsg::Settle {
                hold,
                payee,
                referrer,
                gross,
                awards,
            } => {
                let record = self.told.holds.get_mut(&hold.u64()).expect("settles a known hold");
                assert!(record.open, "hold {hold} settled twice");
                record.open = false;
                assert!(payee.is_some() || gross.is_zero());
                let awards: Vec<_> = awards
                    .into_iter()
                    .map(|award| (award.to, award.amount.u128()))
                    .collect();
                let sum: u128 = awards.iter().map(|(_, amount)| *amount).sum();
                assert!(
                    gross.u128() + sum <= record.amount.amount.u128(),
                    "more than hold {hold} has"
                );
                self.told.settled.push(Settled {
                    hold: hold.u64(),
                    payee,
                    referrer,
                    gross: gross.u128(),
                    awards,
                });
            }
            other => panic!("unexpected escrow message {other:?}"),
        }
    }
}
