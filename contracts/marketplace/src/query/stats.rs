//! Figures.

use cosmwasm_std::{Deps, Uint128};
use cw20::Denom;
use joule_types::{
    denom_name,
    marketplace::{CapacityShareResponse, ClassShare, EstimateResponse, StatsResponse},
};
use joule_work::{
    kind::Class,
    price::{self, PriceUnit, Usage},
    reputation::success_rate_bps,
};

use crate::{error::Res, params, state::PARAMS, tally, MarketplaceError};

const SECS_PER_DAY: u64 = 86_400;

/// Figures of a denomination.
pub fn stats(deps: Deps, denom: Denom) -> Res<StatsResponse> {
    let record = params::known_denom(deps.storage, &denom)?;
    let record = record.ok_or_else(|| MarketplaceError::DenomNotListed {
        denom: denom_name(&denom).into(),
    })?;
    let stats = tally::stats(deps.storage, record.id);
    let totals = tally::totals(deps.storage);
    Ok(StatsResponse {
        denom,
        posted: stats.posted,
        paid_jobs: stats.paid,
        failed: stats.failed,
        volume: stats.volume.into(),
        earned: stats.earned.into(),
        buyers: totals.buyers,
        providers: totals.providers,
        success_bps: success_rate_bps(stats.paid, stats.paid.saturating_add(stats.failed)),
        mean_earned: stats.earned.checked_div(stats.paid.into()).unwrap_or(0).into(),
        reference_price: Some(stats.reference).filter(|price| *price > 0).map(Uint128::from),
    })
}

/// What a price earns: `units` are those of the whole period, so the period of the shared formula is one unit of time.
pub fn estimate(
    deps: Deps,
    price: Uint128,
    unit: PriceUnit,
    units: Uint128,
    utilisation_bps: u16,
) -> Res<EstimateResponse> {
    let fees = PARAMS.load(deps.storage)?.fees;
    let units = u64::try_from(units.u128()).map_err(|_| MarketplaceError::SumTooLarge {
        what: "the units",
        part: units,
    })?;
    let usage = Usage {
        price: price.u128(),
        unit,
        units,
        utilisation_bps,
        period_secs: unit.unit_secs().unwrap_or(SECS_PER_DAY),
    };
    let earnings = price::estimate(&usage, &fees)?;
    Ok(EstimateResponse {
        gross: earnings.gross.into(),
        net: earnings.net.into(),
        fee: earnings.fee.into(),
        staking: Uint128::zero(),
        bonuses: Uint128::zero(),
    })
}

/// Shares of the classes.
pub fn capacity(deps: Deps) -> Res<CapacityShareResponse> {
    let totals = tally::totals(deps.storage);
    let plan = PARAMS.load(deps.storage)?.capacity_plan;
    let all = totals
        .open_offers
        .iter()
        .fold(0u64, |sum, count| sum.saturating_add(*count));
    let classes = [Class::Dedicated, Class::Cloud, Class::Community];
    let figures = classes
        .into_iter()
        .zip(totals.open_offers)
        .zip(totals.sold_secs)
        .zip(plan);
    let shares = figures.map(|(((class, offers), sold_secs), plan_bps)| ClassShare {
        class,
        offers,
        share_bps: success_rate_bps(offers, all),
        plan_bps,
        sold_secs,
    });
    Ok(CapacityShareResponse {
        classes: shares.collect(),
    })
}
