//! How a peer of a higher rank speaks to staking.

use cosmwasm_std::{Addr, HexBinary, QuerierWrapper, StdResult, Uint128, WasmMsg};
use cw_storage_plus::{Item, Map};
use serde::Serialize;

use super::{DrawResponse, Incident, Params, Penalty, PoolRecord, PowerResponse, QueryMsg, Repay, ValidatorsRecord};
use crate::message::{ask, message};

/// Storage of the pools by owner. Public: peers read it raw, which saves loading the contract.
pub const POOLS: Map<&Addr, PoolRecord> = Map::new("pools");

/// Storage of the number of validators, read raw by peers.
pub const VALIDATORS: Item<ValidatorsRecord> = Item::new("validators");

/// Storage of the parameters, read raw by peers.
pub const PARAMS: Item<Params> = Item::new("params");

/// Least bonded stake of a validator, micro-JOULE.
pub fn min_validator_stake(querier: &QuerierWrapper, staking: &Addr) -> StdResult<Uint128> {
    Ok(PARAMS.query(querier, staking.clone())?.min_validator_stake)
}

/// Number of validators and length of an epoch.
pub fn validators(querier: &QuerierWrapper, staking: &Addr) -> StdResult<ValidatorsRecord> {
    VALIDATORS.query(querier, staking.clone())
}

/// The messages below, encoded as in [`super::ExecuteMsg`], which is the wire format: the encoder of all its variants would weigh
/// down the code of every caller.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Sent {
    Slash {
        incident: Incident,
        pool: String,
        fraction_bps: u16,
        repay: Vec<Repay>,
    },
    Penalize {
        penalties: Vec<Penalty>,
    },
}

/// The query below, encoded as in [`QueryMsg`].
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Asked {
    Draw {
        epoch: u64,
        seed: HexBinary,
        seats: u8,
        exclude: Vec<String>,
    },
}

/// Draws seats; see [`QueryMsg::Draw`].
pub fn draw(
    querier: &QuerierWrapper,
    staking: &Addr,
    epoch: u64,
    seed: [u8; 32],
    seats: u8,
    exclude: Vec<String>,
) -> StdResult<DrawResponse> {
    let query = Asked::Draw {
        epoch,
        seed: HexBinary::from(seed),
        seats,
        exclude,
    };
    ask(querier, staking, &query)
}

/// Slashes several pools, burning all; total over the state of staking.
pub fn penalize(staking: &Addr, penalties: Vec<Penalty>) -> StdResult<WasmMsg> {
    message(staking, &Sent::Penalize { penalties }, vec![])
}

/// The pool of `owner`, by raw key; an empty one if there is none.
pub fn pool(querier: &QuerierWrapper, staking: &Addr, owner: &Addr) -> StdResult<PoolRecord> {
    Ok(POOLS.query(querier, staking.clone(), owner)?.unwrap_or_default())
}

/// Voting power of `address` at the start of block `height`.
pub fn power_at(querier: &QuerierWrapper, staking: &Addr, address: &Addr, height: u64) -> StdResult<Uint128> {
    let msg = QueryMsg::PowerAt {
        address: address.to_string(),
        height,
    };
    Ok(querier.query_wasm_smart::<PowerResponse>(staking, &msg)?.power)
}

/// Total voting power at the start of block `height`.
pub fn total_power_at(querier: &QuerierWrapper, staking: &Addr, height: u64) -> StdResult<Uint128> {
    Ok(querier
        .query_wasm_smart::<PowerResponse>(staking, &QueryMsg::TotalPowerAt { height })?
        .power)
}

/// Slashes a pool; total over the state of staking.
pub fn slash(
    staking: &Addr,
    incident: Incident,
    pool: &Addr,
    fraction_bps: u16,
    repay: Vec<Repay>,
) -> StdResult<WasmMsg> {
    let pool = pool.to_string();
    message(
        staking,
        &Sent::Slash {
            incident,
            pool,
            fraction_bps,
            repay,
        },
        vec![],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::sent;
    use crate::staking::{ExecuteMsg, IncidentKind};
    use cosmwasm_std::{from_json, to_json_binary};

    #[test]
    fn what_is_sent_is_the_wire_format() {
        let sent = sent::<ExecuteMsg>;
        let (to, pool) = (Addr::unchecked("staking"), Addr::unchecked("pool"));
        let incident = Incident {
            kind: IncidentKind::NoShow,
            id: 1,
            attempt: 2,
        };
        let repay = vec![Repay {
            to: "buyer".into(),
            up_to: Uint128::new(5),
        }];
        let wanted = ExecuteMsg::Slash {
            incident: incident.clone(),
            pool: pool.to_string(),
            fraction_bps: 3,
            repay: repay.clone(),
        };
        assert_eq!(sent(slash(&to, incident.clone(), &pool, 3, repay)), wanted);
        let penalties = vec![Penalty {
            incident,
            pool: pool.to_string(),
            fraction_bps: 4,
        }];
        let wanted = ExecuteMsg::Penalize {
            penalties: penalties.clone(),
        };
        assert_eq!(sent(penalize(&to, penalties)), wanted);

        let (epoch, seed, seats, exclude) = (7, HexBinary::from([9; 32]), 5, vec![String::from("a")]);
        let asked = to_json_binary(&Asked::Draw {
            epoch,
            seed: seed.clone(),
            seats,
            exclude: exclude.clone(),
        });
        let wanted = QueryMsg::Draw {
            epoch,
            seed,
            seats,
            exclude,
        };
        assert_eq!(from_json::<QueryMsg>(asked.unwrap()).unwrap(), wanted);
    }
}
