//! Stake is taken.

use cosmwasm_std::{to_json_binary, Addr, DepsMut, Empty, Env, MessageInfo, Response, Storage, Uint128};
use cw20::Cw20ExecuteMsg;
use joule_kit::Control;
use joule_types::staking::{Incident, Repay, SlashOutcome, Slashed};

use super::{to_token, update_ledger, update_total};
use crate::domain::{incident, pot::Pot};
use crate::state::{self, AWARDS, COHORTS, INCIDENTS};
use crate::StakingError;

/// `Slash`: total over the state of staking, so that no caller hangs on it. A known incident and a pool without stake
/// are values; an incident is spent once reported, so that stake bonded later does not answer for it. A harmed party
/// that cannot hold a claim (no address of this chain, or a contract of the market) leaves its part to be burned.
pub fn slash(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    control: &Control,
    what: &Incident,
    pool: &str,
    fraction_bps: u16,
    repay: Option<Repay>,
) -> Result<Response, StakingError> {
    if !(1..=10_000).contains(&fraction_bps) {
        return Err(StakingError::InvalidFraction { fraction_bps });
    }
    let owner = joule_kit::addr(deps.api, pool)?;
    let key = (&info.sender, incident::key(what));
    let known = INCIDENTS.has(deps.storage, key);
    let harmed = repay.and_then(|repay| Some((control.party(deps.api, &repay.to).ok()?, repay.up_to)));

    let slashed = if known {
        Uint128::zero()
    } else {
        INCIDENTS.save(deps.storage, key, &Empty {})?;
        take(deps.storage, env, &owner, fraction_bps)?
    };
    let (repaid_to, repaid) = match harmed {
        Some((to, up_to)) => (Some(to), slashed.min(up_to)),
        None => (None, Uint128::zero()),
    };
    let burned = slashed.checked_sub(repaid)?;
    if let (Some(to), false) = (&repaid_to, repaid.is_zero()) {
        let due = AWARDS.may_load(deps.storage, to)?.unwrap_or_default();
        AWARDS.save(deps.storage, to, &due.checked_add(repaid)?)?;
    }
    if !slashed.is_zero() {
        update_ledger(deps.storage, |ledger| ledger.slash(repaid, burned))?;
    }

    let mut response = Response::new();
    if !burned.is_zero() {
        response = response.add_message(to_token(control, &Cw20ExecuteMsg::Burn { amount: burned })?);
    }

    Ok(response
        .add_attribute("action", "slash")
        .add_event(Slashed {
            pool: owner,
            caller: info.sender.clone(),
            kind: what.kind.name().into(),
            id: what.id,
            attempt: what.attempt,
            known,
            slashed,
            repaid,
            repaid_to,
            burned,
        })
        .set_data(to_json_binary(&SlashOutcome {
            known,
            slashed,
            repaid,
            burned,
        })?))
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
    Ok(slashed)
}
