//! The validators and their draw.

use cosmwasm_std::{Addr, Deps, Env, HexBinary, Order, Uint128};
use cw_storage_plus::Bound;
use joule_kit::{addr, paging};
use joule_types::staking::handle::VALIDATORS;
use joule_types::staking::{DrawResponse, DrawnSeat, ValidatorResponse, ValidatorsResponse};
use joule_types::Page;

use crate::domain::tree::Line;
use crate::error::at_most;
use crate::validators::{self, SEATS, SLOT_OF};
use crate::StakingError;

/// The most validators of a page: each reads its seat and a node.
const MAX_VALIDATORS: u32 = 30;
/// The most seats of a draw: the last rung and its standbys.
const MAX_SEATS: usize = 23;
/// The most addresses that a draw leaves out.
const MAX_EXCLUDED: usize = 48;

pub fn all(deps: Deps, env: &Env) -> Result<ValidatorsResponse, StakingError> {
    let record = VALIDATORS.load(deps.storage)?;
    Ok(ValidatorsResponse {
        epoch: validators::epoch(deps.storage, env)?.into(),
        epoch_secs: record.epoch_secs,
        enrolled: record.enrolled,
        eligible: record.eligible,
        weight: validators::node(deps.storage, &[])?.weight().into(),
    })
}

pub fn of(deps: Deps, env: &Env, address: &str) -> Result<Option<ValidatorResponse>, StakingError> {
    let address = addr(deps.api, address)?;
    match validators::owner_of(deps.storage, &address)? {
        Some(owner) => {
            let slot = SLOT_OF.load(deps.storage, &owner)?;
            Ok(Some(response(deps, env, owner, slot)?))
        }
        None => Ok(None),
    }
}

pub fn page(
    deps: Deps,
    env: &Env,
    start_after: Option<&str>,
    limit: Option<u32>,
) -> Result<Page<ValidatorResponse, String>, StakingError> {
    let start = joule_kit::opt_addr(deps.api, start_after)?;
    let start = start.as_ref().map(Bound::exclusive);
    let found = SLOT_OF.range(deps.storage, start, None, Order::Ascending).map(|item| {
        let (owner, slot) = item?;
        response(deps, env, owner, slot)
    });
    paging::page(found, paging::limit(limit, MAX_VALIDATORS), |validator| {
        validator.owner.to_string()
    })
}

fn response(deps: Deps, env: &Env, owner: Addr, slot: u16) -> Result<ValidatorResponse, StakingError> {
    let weight = validators::weight(deps.storage, slot)?;
    let closed = validators::epoch(deps.storage, env)?.checked_sub(1);
    Ok(ValidatorResponse {
        owner,
        operator: SEATS.load(deps.storage, slot)?.operator.now,
        slot: slot.into(),
        weight: weight.now.into(),
        drawn_by: closed.map_or(Uint128::zero(), |closed| (*weight.at_end_of(closed)).into()),
    })
}

/// Seats by the weights, owners and operators at the end of `epoch`, so that nothing sent since then moves a seat or who
/// votes on it. A slot that falls on somebody left out is taken off the line without a seat, which gives every other the
/// same chance as a line without it (a point each, in order, of what is left) and costs nothing unless it is hit.
pub fn draw(
    deps: Deps,
    env: &Env,
    epoch: u64,
    seed: &HexBinary,
    seats: u8,
    exclude: &[String],
) -> Result<DrawResponse, StakingError> {
    at_most("seats", usize::from(seats), MAX_SEATS)?;
    at_most("excluded addresses", exclude.len(), MAX_EXCLUDED)?;
    let seed = seed.to_array::<32>()?;
    let closed = validators::epoch(deps.storage, env)?.checked_sub(1);
    let Some(closed) = closed.filter(|closed| u64::from(*closed) == epoch) else {
        return Ok(DrawResponse {
            stale: true,
            seats: vec![],
        });
    };

    let mut line = Line::new(closed, |key: &[u8]| validators::node(deps.storage, key));
    let mut drawn = Vec::with_capacity(usize::from(seats));
    for index in 0..=u8::MAX {
        if drawn.len() >= usize::from(seats) {
            break;
        }
        let Some((slot, weight)) = line.draw(&seed, index)? else {
            break;
        };
        let seat = SEATS.load(deps.storage, slot)?;
        let operator = seat.operator.at_end_of(closed).clone();
        let linked = |address: &String| *address == *seat.owner.as_str() || *address == *operator.as_str();
        if !exclude.iter().any(linked) {
            drawn.push(DrawnSeat {
                owner: seat.owner,
                operator,
                weight: weight.into(),
            });
        }
    }
    Ok(DrawResponse {
        stale: false,
        seats: drawn,
    })
}
