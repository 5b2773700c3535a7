//! Stake is taken.

use cosmwasm_std::{to_json_binary, Addr, DepsMut, Empty, Env, MessageInfo, Response, Storage, Uint128};
use cw20::Cw20ExecuteMsg;
use joule_kit::{Control, KitError};
use joule_types::staking::{Penalty, Repay, SlashOutcome, Slashed, MAX_PENALTIES, MAX_REPAYS};

use super::{to_token, update_ledger, update_total};
use crate::domain::{cohort, incident, pot::Pot};
use crate::error::at_most;
use crate::state::{self, AWARDS, COHORTS, INCIDENTS};
use crate::{validators, StakingError};

/// `Slash`: total over the state of staking, so that no caller hangs on it. A known incident and a pool without stake
/// are values; an incident is spent once reported, so that stake bonded later does not answer for it. A party that
/// cannot hold a claim (no address of this chain, or a contract of the market) leaves its part to be burned.
pub fn slash(
    mut deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    control: &Control,
    penalty: &Penalty,
    repay: &[Repay],
) -> Result<Response, StakingError> {
    at_most("repayments", repay.len(), MAX_REPAYS)?;
    let owner = checked(&deps, penalty)?;

    let told = report(&mut deps, env, info, control, &owner, penalty, repay)?;

    let outcome = to_json_binary(&SlashOutcome {
        known: told.known,
        slashed: told.slashed,
        repaid: told.repaid,
        burned: told.burned,
    })?;

    Ok(burn(control, told.burned)?
        .add_attribute("action", "slash")
        .add_event(told)
        .set_data(outcome))
}

/// `Penalize`: several slashes that burn all, each under an incident of its own.
pub fn penalize(
    mut deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    control: &Control,
    penalties: &[Penalty],
) -> Result<Response, StakingError> {
    at_most("penalties", penalties.len(), MAX_PENALTIES)?;
    let owners: Vec<Addr> = penalties
        .iter()
        .map(|penalty| checked(&deps, penalty))
        .collect::<Result<_, _>>()?;

    let (mut burned, mut events) = (Uint128::zero(), Vec::with_capacity(owners.len()));
    for (owner, penalty) in owners.iter().zip(penalties) {
        let told = report(&mut deps, env, info, control, owner, penalty, &[])?;
        burned = burned.checked_add(told.burned)?;
        events.push(told);
    }

    Ok(burn(control, burned)?
        .add_attribute("action", "penalize")
        .add_events(events))
}

/// The owner of the pool of a penalty whose fraction is in bounds.
fn checked(deps: &DepsMut, penalty: &Penalty) -> Result<Addr, StakingError> {
    let fraction_bps = penalty.fraction_bps;
    if !(1..=10_000).contains(&fraction_bps) {
        return Err(StakingError::InvalidFraction { fraction_bps });
    }
    Ok(joule_kit::addr(deps.api, &penalty.pool)?)
}

fn burn(control: &Control, amount: Uint128) -> Result<Response, StakingError> {
    let response = Response::new();
    if amount.is_zero() {
        return Ok(response);
    }
    Ok(response.add_message(to_token(control, &Cw20ExecuteMsg::Burn { amount })?))
}

/// Spends the incident, takes the stake and awards the parties' parts in order.
fn report(
    deps: &mut DepsMut,
    env: &Env,
    info: &MessageInfo,
    control: &Control,
    owner: &Addr,
    penalty: &Penalty,
    repay: &[Repay],
) -> Result<Slashed, StakingError> {
    let what = &penalty.incident;
    let key = (&info.sender, incident::key(what));
    let known = INCIDENTS.has(deps.storage, key);
    let slashed = if known {
        Uint128::zero()
    } else {
        INCIDENTS.save(deps.storage, key, &Empty {})?;
        take(deps.storage, env, owner, penalty.fraction_bps)?
    };

    let parties = repay
        .iter()
        .map(|repay| (control.party(deps.api, &repay.to), repay.up_to));
    let parties: Vec<(Result<Addr, KitError>, Uint128)> = parties.collect();
    let repaid = award(deps.storage, env, slashed, &parties)?;
    let burned = slashed.checked_sub(repaid)?;
    if !slashed.is_zero() {
        update_ledger(deps.storage, |ledger| ledger.slash(repaid, burned))?;
    }

    Ok(Slashed {
        pool: owner.clone(),
        caller: info.sender.clone(),
        kind: what.kind.name().into(),
        id: what.id,
        attempt: what.attempt,
        known,
        slashed,
        repaid,
        repaid_to: parties.into_iter().next().and_then(|(to, _)| to.ok()),
        burned,
    })
}

/// Gives each party in turn `min(rest, up_to)` as a claim that matures like an unbonding of now; returns their sum.
/// Stake that changes hands by a slash takes as long to leave as any other, so that nobody slashes it past the
/// unbonding time. The part of who cannot hold a claim is no one's.
fn award(
    storage: &mut dyn Storage,
    env: &Env,
    slashed: Uint128,
    parties: &[(Result<Addr, KitError>, Uint128)],
) -> Result<Uint128, StakingError> {
    let (mut rest, mut repaid) = (slashed, Uint128::zero());
    if slashed.is_zero() || parties.is_empty() {
        return Ok(repaid);
    }
    let unbonding_secs = state::PARAMS.load(storage)?.unbonding_secs;
    let matures_at = cohort::maturity(env.block.time.seconds(), unbonding_secs)?;
    for (to, up_to) in parties {
        let part = rest.min(*up_to);
        rest = rest.checked_sub(part)?;
        if let (Ok(to), false) = (to, part.is_zero()) {
            let key = (to, matures_at);
            let due = AWARDS.may_load(storage, key)?.unwrap_or_default();
            AWARDS.save(storage, key, &due.checked_add(part)?)?;
            repaid = repaid.checked_add(part)?;
        }
    }
    Ok(repaid)
}

/// Takes the fraction of the bonded stake and of each unmatured cohort, at most 22 of them, each rounded up. Returns
/// the sum; a pool with any stake gives at least 1 and starts a new slash epoch.
fn take(storage: &mut dyn Storage, env: &Env, owner: &Addr, bps: u16) -> Result<Uint128, StakingError> {
    let mut pool = state::pool(storage, owner)?;
    let mut pot = Pot::of(&pool);
    let bonded = pot.slash(bps)?;
    let mut slashed = bonded;
    for (matures_at, mut cohort) in state::unmatured(storage, owner, env.block.time.seconds())? {
        slashed = slashed.checked_add(cohort.slash(bps)?)?;
        COHORTS.save(storage, (owner, matures_at), &cohort)?;
    }
    if slashed.is_zero() {
        return Ok(slashed);
    }
    pot.store(&mut pool);
    pool.slash_epoch = pool.slash_epoch.saturating_add(1);
    state::POOLS.save(storage, owner, &pool, env.block.height)?;
    update_total(storage, env.block.height, Uint128::zero(), bonded)?;
    validators::weigh(storage, env, owner, pool.bonded)?;
    Ok(slashed)
}
