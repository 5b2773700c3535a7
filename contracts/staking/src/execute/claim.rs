//! Matured stake and awards leave.

use cosmwasm_std::{Addr, DepsMut, Env, MessageInfo, Response, Storage, Uint128};
use cw20::Cw20ExecuteMsg;
use joule_kit::Control;
use joule_types::staking::StakeClaimed;

use super::{to_token, update_ledger};
use crate::state::{awarded, matured, Matured, AWARDS, COHORTS, ENTRIES};
use crate::StakingError;

/// `Claim`: at most [`crate::state::MAX_CLAIMS`] matured entries and as many matured awards, the oldest first, in one
/// transfer. Entries that slashes made worthless are cleared.
pub fn claim(deps: DepsMut, env: &Env, info: &MessageInfo, control: &Control) -> Result<Response, StakingError> {
    let to = info.sender.clone();
    let now = env.block.time.seconds();
    let due = matured(deps.storage, &to, now)?;
    let awards = awarded(deps.storage, &to, now)?;
    if due.is_empty() && awards.is_empty() {
        return Err(StakingError::NothingToClaim { address: to.into() });
    }

    let (mut matured, mut awarded) = (Uint128::zero(), Uint128::zero());
    for entry in due {
        matured = matured.checked_add(redeem(deps.storage, &to, entry)?)?;
    }
    for (matures_at, award) in awards {
        AWARDS.remove(deps.storage, (&to, matures_at));
        awarded = awarded.checked_add(award)?;
    }
    let sum = matured.checked_add(awarded)?;
    update_ledger(deps.storage, |ledger| ledger.withdraw(sum))?;

    let mut response = Response::new();
    if !sum.is_zero() {
        let transfer = Cw20ExecuteMsg::Transfer {
            recipient: to.to_string(),
            amount: sum,
        };
        response = response.add_message(to_token(control, &transfer)?);
    }

    Ok(response
        .add_attribute("action", "claim")
        .add_event(StakeClaimed { to, matured, awarded }))
}

/// Removes an entry and takes its value out of the cohort, which goes with its last share.
fn redeem(storage: &mut dyn Storage, staker: &Addr, due: Matured) -> Result<Uint128, StakingError> {
    let Matured {
        matures_at,
        pool,
        entry,
        cohort,
    } = due;
    ENTRIES.remove(storage, (staker, matures_at, &pool));
    let Some(mut pot) = cohort else {
        return Ok(Uint128::zero());
    };
    let paid = if entry.generation == pot.generation {
        pot.redeem(entry.shares)?
    } else {
        Uint128::zero()
    };
    if pot.shares.is_zero() {
        COHORTS.remove(storage, (&pool, matures_at));
    } else {
        COHORTS.save(storage, (&pool, matures_at), &pot)?;
    }
    Ok(paid)
}
