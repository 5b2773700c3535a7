//! How a peer of a higher rank speaks to the registry.

use cosmwasm_std::{Addr, QuerierWrapper, StdResult, WasmMsg};
use cw_storage_plus::{Item, Map};
use joule_work::beacon::Clock;
use serde::{Deserialize, Serialize};

use super::{BeaconParams, Candidate, Outcome, RoundRecord};
use crate::message::{ask, message};
use crate::NodeId;

/// The messages below, encoded as in [`super::ExecuteMsg`], which is the wire format: the encoder of all its variants would weigh
/// down the code of every caller.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Sent {
    Record {
        node: NodeId,
        load: u32,
        outcome: Option<Outcome>,
    },
    WantRound {
        round: u64,
    },
}

/// The queries below, encoded as in [`super::QueryMsg`].
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Asked {
    Candidates { nodes: Vec<NodeId> },
    Params {},
    ProviderOf { address: String },
}

/// What the registry knows of up to 12 nodes, in one query; unknown nodes are left out.
pub fn candidates(querier: &QuerierWrapper, registry: &Addr, nodes: Vec<NodeId>) -> StdResult<Vec<Candidate>> {
    ask(querier, registry, &Asked::Candidates { nodes })
}

/// The list of regions; the position of a name is its index.
pub fn regions(querier: &QuerierWrapper, registry: &Addr) -> StdResult<Vec<String>> {
    #[derive(Deserialize)]
    struct Known {
        regions: Vec<String>,
    }
    Ok(ask::<Known>(querier, registry, &Asked::Params {})?.regions)
}

/// Storage of the beacon's parameters. Public: peers read it raw, which saves loading the contract.
pub const BEACON: Item<BeaconParams> = Item::new("beacon");
/// Storage of posted rounds by number, read raw by peers.
pub const ROUNDS: Map<u64, RoundRecord> = Map::new("rounds");

/// When rounds are due.
pub fn clock(querier: &QuerierWrapper, registry: &Addr) -> StdResult<Clock> {
    let beacon = BEACON.query(querier, registry.clone())?;
    Ok(Clock {
        genesis: beacon.genesis,
        period: beacon.period,
    })
}

/// Randomness of a round; none until it was posted.
pub fn randomness(querier: &QuerierWrapper, registry: &Addr, round: u64) -> StdResult<Option<[u8; 32]>> {
    let record = ROUNDS.query(querier, registry.clone(), round)?;
    Ok(record.and_then(|record| record.randomness.as_slice().try_into().ok()))
}

/// The owner of the provider of which `address` is owner or operator.
pub fn owner_of(querier: &QuerierWrapper, registry: &Addr, address: &Addr) -> StdResult<Option<Addr>> {
    #[derive(Deserialize)]
    struct Known {
        owner: Addr,
    }
    let address = address.to_string();
    let known: Option<Known> = ask(querier, registry, &Asked::ProviderOf { address })?;
    Ok(known.map(|known| known.owner))
}

/// Says that a round is waited for; total.
pub fn want_round(registry: &Addr, round: u64) -> StdResult<WasmMsg> {
    message(registry, &Sent::WantRound { round }, vec![])
}

/// Books load and outcome; total over the state of the registry.
pub fn record(registry: &Addr, node: NodeId, load: u32, outcome: Option<Outcome>) -> StdResult<WasmMsg> {
    message(registry, &Sent::Record { node, load, outcome }, vec![])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::sent;
    use crate::registry::{ExecuteMsg, QueryMsg};
    use cosmwasm_std::{from_json, to_json_binary};

    #[test]
    fn what_is_sent_is_the_wire_format() {
        let sent = sent::<ExecuteMsg>;
        let to = Addr::unchecked("registry");
        assert_eq!(sent(want_round(&to, 7)), ExecuteMsg::WantRound { round: 7 });
        for outcome in [None, Some(Outcome::Neutral {})] {
            let (node, load) = (NodeId(3), 4);
            let wanted = ExecuteMsg::Record { node, load, outcome };
            assert_eq!(sent(record(&to, node, load, outcome)), wanted);
        }
        let asked = |query: &Asked| -> QueryMsg { from_json(to_json_binary(query).unwrap()).unwrap() };
        let nodes = vec![NodeId(1), NodeId(2)];
        let wanted = QueryMsg::Candidates { nodes: nodes.clone() };
        assert_eq!(asked(&Asked::Candidates { nodes }), wanted);
        assert_eq!(asked(&Asked::Params {}), QueryMsg::Params {});
        let address = String::from("a");
        let wanted = QueryMsg::ProviderOf {
            address: address.clone(),
        };
        assert_eq!(asked(&Asked::ProviderOf { address }), wanted);
    }
}
