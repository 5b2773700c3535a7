//! Registry, escrow and staking as the marketplace sees them.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{
    from_json, to_json_binary, Binary, Coin, ContractResult, CosmosMsg, Empty, Querier, QuerierResult, QueryRequest,
    ReplyOn, Response, Storage, SystemResult, Uint128, WasmMsg, WasmQuery,
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
    /// Paid out while it was open.
    pub paid: u128,
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
    pub slashes: Vec<(staking::Incident, String, u16, Vec<staking::Repay>)>,
    pub penalties: Vec<staking::Penalty>,
    pub incidents: BTreeSet<(&'static str, u64, u64)>,
    pub paid: Vec<(u64, String, u128)>,
    pub rounds: Vec<u64>,
    pub outcomes: Vec<(u64, u32, Option<registry::Outcome>)>,
}

/// Answers from the table of nodes, the stored records of peers, and the validators.
pub struct Registry<'a>(pub &'a Market);

impl Querier for Registry<'_> {
    fn raw_query(&self, request: &[u8]) -> QuerierResult {
        let Ok(QueryRequest::<Empty>::Wasm(query)) = from_json(request) else {
            panic!("only contracts are asked");
        };
        let answer = match query {
            WasmQuery::Raw { contract_addr, key } => {
                let records = match contract_addr {
                    to if to == a("registry").as_str() => &self.0.rounds,
                    to if to == a("staking").as_str() => &self.0.stakes,
                    other => panic!("nobody reads {other} raw"),
                };
                Binary::from(records.get(&key).unwrap_or_default())
            }
            WasmQuery::Smart { contract_addr, msg } if contract_addr == a("staking").as_str() => {
                let staking::QueryMsg::Draw {
                    epoch,
                    seed,
                    seats,
                    exclude,
                } = from_json(&msg).unwrap()
                else {
                    panic!("staking is asked for draws");
                };
                to_json_binary(&self.0.drawn(epoch, seed.to_array().unwrap(), seats, &exclude)).unwrap()
            }
            WasmQuery::Smart { contract_addr, msg } => {
                assert_eq!(contract_addr, a("registry").as_str());
                self.0.queries.set(self.0.queries.get() + 1);
                self.0.registry(from_json(&msg).unwrap())
            }
            other => panic!("unexpected query {other:?}"),
        };
        SystemResult::Ok(ContractResult::Ok(answer))
    }
}

impl Market {
    fn registry(&self, msg: registry::QueryMsg) -> Binary {
        match msg {
            registry::QueryMsg::Candidates { nodes } => {
                assert!(nodes.len() <= registry::MAX_CANDIDATES, "{} candidates", nodes.len());
                let unique: BTreeSet<u64> = nodes.iter().map(|node| node.u64()).collect();
                assert_eq!(unique.len(), nodes.len(), "no node is asked for twice");
                let known = nodes.iter().filter_map(|node| self.nodes.get(&node.u64()));
                to_json_binary(&known.collect::<Vec<_>>())
            }
            registry::QueryMsg::Params {} => to_json_binary(&registry_params(&self.regions)),
            registry::QueryMsg::ProviderOf { address } => {
                let mut nodes = self.nodes.values();
                to_json_binary(
                    &nodes
                        .find(|node| node.owner.as_str() == address || node.operator.as_str() == address)
                        .map(provider),
                )
            }
            other => panic!("unexpected query {other:?}"),
        }
        .unwrap()
    }
}

fn provider(node: &registry::Candidate) -> registry::ProviderResponse {
    registry::ProviderResponse {
        provider: node.provider,
        owner: node.owner.clone(),
        operator: node.operator.clone(),
        payout: node.payout.clone(),
        referrer: node.referrer.clone(),
        class: node.class,
        partner: false,
        banned: false,
        registered_at: node.registered_at,
        standing: node.standing.clone(),
        counters: registry::Counters::default(),
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
        window_every_secs: 7_200,
        window_grace_secs: 30,
        round_tip: Uint128::zero(),
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
                self.tell_registry(from_json(msg).unwrap());
            } else {
                assert_eq!(*contract_addr, a("staking").as_str());
                self.tell_staking(from_json(msg).unwrap());
            }
        }
    }

    fn tell_registry(&mut self, msg: registry::ExecuteMsg) {
        match msg {
            registry::ExecuteMsg::Record { node, load, outcome } => {
                if let Some(known) = self.nodes.get_mut(&node.u64()) {
                    known.load = load;
                }
                self.told.outcomes.push((node.u64(), load, outcome));
            }
            registry::ExecuteMsg::WantRound { round } => self.told.rounds.push(round),
            other => panic!("unexpected registry message {other:?}"),
        }
    }

    fn tell_staking(&mut self, msg: staking::ExecuteMsg) {
        match msg {
            staking::ExecuteMsg::Slash {
                incident,
                pool,
                fraction_bps,
                repay,
            } => {
                assert!((1..=10_000).contains(&fraction_bps) && repay.len() <= staking::MAX_REPAYS);
                self.told.slashes.push((incident, pool, fraction_bps, repay));
            }
            staking::ExecuteMsg::Penalize { penalties } => {
                assert!(!penalties.is_empty() && penalties.len() <= staking::MAX_PENALTIES);
                for penalty in penalties {
                    assert!((1..=10_000).contains(&penalty.fraction_bps));
                    let key = (
                        penalty.incident.kind.name(),
                        penalty.incident.id,
                        penalty.incident.attempt,
                    );
                    assert!(self.told.incidents.insert(key), "an incident twice: {key:?}");
                    self.told.penalties.push(penalty);
                }
            }
            other => panic!("unexpected staking message {other:?}"),
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
                    paid: 0,
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
            escrow::ExecuteMsg::Pay { hold, awards } => {
                let record = self.told.holds.get_mut(&hold.u64()).expect("pays from a known hold");
                assert!(record.open, "an award from a closed hold pays nothing");
                assert!(!awards.is_empty() && awards.len() <= 40);
                for award in awards {
                    record.paid += award.amount.u128();
                    self.told.paid.push((hold.u64(), award.to, award.amount.u128()));
                }
                assert!(record.paid <= record.amount.amount.u128());
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
                    gross.u128() + sum + record.paid <= record.amount.amount.u128(),
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
