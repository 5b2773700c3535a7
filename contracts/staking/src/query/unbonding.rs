//! Stake on its way out.

use cosmwasm_std::{Addr, Deps, Env, Order, Uint128};
use cw_storage_plus::Bound;
use joule_kit::{addr, paging};
use joule_types::staking::{ClaimableResponse, Unbonding};
use joule_types::{Page, MAX_LIMIT};

use crate::state::{awarded, matured, AWARDS, COHORTS, ENTRIES};
use crate::StakingError;

pub fn claimable(deps: Deps, env: &Env, address: &str) -> Result<ClaimableResponse, StakingError> {
    let address = addr(deps.api, address)?;
    let now = env.block.time.seconds();
    let matured = matured(deps.storage, &address, now)?
        .iter()
        .try_fold(Uint128::zero(), |sum, due| {
            Ok::<_, StakingError>(sum.checked_add(due.entry.value(due.cohort.as_ref())?)?)
        })?;
    let awarded = awarded(deps.storage, &address, now)?
        .iter()
        .try_fold(Uint128::zero(), |sum, (_, award)| sum.checked_add(*award))?;
    let maturing = AWARDS
        .prefix(&address)
        .range(deps.storage, Some(Bound::exclusive(now)), None, Order::Ascending)
        .try_fold(Uint128::zero(), |sum, item| {
            Ok::<_, StakingError>(sum.checked_add(item?.1)?)
        })?;
    Ok(ClaimableResponse {
        matured,
        awarded,
        maturing,
    })
}

/// Everything that the staker has not claimed, matured or not. One entry a maturity, since stake is in the staker's
/// own pool only.
pub fn page(
    deps: Deps,
    staker: &str,
    start_after: Option<u64>,
    limit: Option<u32>,
) -> Result<Page<Unbonding, u64>, StakingError> {
    let staker = addr(deps.api, staker)?;
    let none = Addr::unchecked("");
    // All keys of a maturity sort before the next second with an empty pool.
    let start = start_after.map(|after| Bound::inclusive((after.saturating_add(1), &none)));
    let entries = ENTRIES
        .sub_prefix(&staker)
        .range(deps.storage, start, None, Order::Ascending)
        .map(|item| {
            let ((matures_at, pool), entry) = item?;
            let cohort = COHORTS.may_load(deps.storage, (&pool, matures_at))?;
            Ok::<_, StakingError>(Unbonding {
                matures_at,
                amount: entry.value(cohort.as_ref())?,
            })
        });
    paging::page(entries, paging::limit(limit, MAX_LIMIT), |item| item.matures_at)
}
