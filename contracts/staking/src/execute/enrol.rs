//! Pools become validators and cease to be.

use cosmwasm_std::{Addr, DepsMut, Empty, Env, Event, MessageInfo, Response, StdResult, Storage, Uint128};
use joule_kit::Control;
use joule_types::staking::handle::VALIDATORS;
use joule_types::staking::{ValidatorEnrolled, ValidatorRetired};

use crate::domain::timed::Timed;
use crate::validators::{self, Seat, FREE, OWNER_OF, REST_EPOCHS, RETIRED, SEATS, SLOT_OF};
use crate::{state, StakingError};

/// `Enrol`: gives the sender's pool a slot, or changes its operator, and books its weight. Whoever names the sender as
/// operator loses it: an address speaks for itself first, else anyone could keep it out.
pub fn enrol(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    control: &Control,
    operator: Option<String>,
) -> Result<Response, StakingError> {
    control.ensure_open(env)?;
    let owner = &info.sender;
    let operator = match operator {
        Some(operator) => control.party(deps.api, &operator)?,
        None => owner.clone(),
    };
    let bonded = state::pool(deps.storage, owner)?.bonded;
    if bonded.is_zero() {
        return Err(StakingError::NoPool { owner: owner.into() });
    }
    let min = state::PARAMS.load(deps.storage)?.min_validator_stake;
    if bonded < min {
        return Err(StakingError::BelowMinimum { left: bonded, min });
    }
    let taken = validators::owner_of(deps.storage, &operator)?;
    if let Some(other) = taken.filter(|other| other != owner && operator != *owner) {
        return Err(StakingError::OperatorTaken {
            operator: operator.into(),
            owner: other.into(),
        });
    }

    let epoch = validators::epoch(deps.storage, env)?;
    let known = SLOT_OF.has(deps.storage, owner);
    let slot = validators::assign(deps.storage, epoch, owner)?;
    let displaced = take_back(deps.storage, epoch, owner)?;
    sit(deps.storage, epoch, owner, slot, operator.clone())?;
    if !known {
        SLOT_OF.save(deps.storage, owner, &slot)?;
        count(deps.storage, |enrolled| enrolled.saturating_add(1))?;
    }
    validators::weigh(deps.storage, env, owner, bonded)?;

    Ok(Response::new()
        .add_attribute("action", "enrol")
        .add_events(displaced)
        .add_event(enrolled(deps.storage, owner.clone(), operator, slot)?))
}

/// `Retire`: the weight goes at once, the slot rests. Seats that were drawn still have to vote.
pub fn retire(deps: DepsMut, env: &Env, info: &MessageInfo) -> Result<Response, StakingError> {
    let owner = &info.sender;
    let Some(slot) = SLOT_OF.may_load(deps.storage, owner)? else {
        return Err(StakingError::NotValidator { owner: owner.into() });
    };
    let free_at = validators::epoch(deps.storage, env)?.saturating_add(REST_EPOCHS);

    validators::book(deps.storage, env, slot, 0)?;
    let seat = SEATS.load(deps.storage, slot)?;
    OWNER_OF.remove(deps.storage, &seat.operator.now);
    SLOT_OF.remove(deps.storage, owner);
    RETIRED.save(deps.storage, owner, &(slot, free_at))?;
    FREE.save(deps.storage, (free_at, slot), &Empty {})?;
    count(deps.storage, |enrolled| enrolled.saturating_sub(1))?;

    Ok(Response::new()
        .add_attribute("action", "retire")
        .add_event(ValidatorRetired {
            pool: owner.clone(),
            slot: slot.into(),
        }))
}

fn count(storage: &mut dyn Storage, change: impl FnOnce(u32) -> u32) -> StdResult<()> {
    let mut record = VALIDATORS.load(storage)?;
    record.enrolled = change(record.enrolled);
    VALIDATORS.save(storage, &record)
}

/// Takes the owner's address back from the validator that names it as operator, whose owner votes from now on.
fn take_back(storage: &mut dyn Storage, epoch: u32, owner: &Addr) -> Result<Option<Event>, StakingError> {
    let Some(other) = OWNER_OF.may_load(storage, owner)? else {
        return Ok(None);
    };
    let slot = SLOT_OF.load(storage, &other)?;
    sit(storage, epoch, &other, slot, other.clone())?;
    Ok(Some(enrolled(storage, other.clone(), other, slot)?.into()))
}

/// Sets the operator of an owner's slot.
fn sit(storage: &mut dyn Storage, epoch: u32, owner: &Addr, slot: u16, operator: Addr) -> StdResult<()> {
    let seat = match SEATS.may_load(storage, slot)? {
        Some(mut seat) if seat.owner == *owner => {
            // After a retirement the old operator may stand for another one.
            if OWNER_OF.may_load(storage, &seat.operator.now)?.as_ref() == Some(owner) {
                OWNER_OF.remove(storage, &seat.operator.now);
            }
            if seat.operator.now != operator {
                seat.operator.set(epoch, operator);
            }
            seat
        }
        _ => Seat {
            owner: owner.clone(),
            operator: Timed {
                epoch,
                now: operator.clone(),
                before: operator,
            },
        },
    };
    if seat.operator.now != *owner {
        OWNER_OF.save(storage, &seat.operator.now, owner)?;
    }
    SEATS.save(storage, slot, &seat)
}

fn enrolled(storage: &dyn Storage, pool: Addr, operator: Addr, slot: u16) -> Result<ValidatorEnrolled, StakingError> {
    Ok(ValidatorEnrolled {
        pool,
        operator,
        slot: slot.into(),
        weight: Uint128::from(validators::weight(storage, slot)?.now),
    })
}
