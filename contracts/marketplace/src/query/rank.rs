//! `Rank` and `ExplainMatch`: the search of a match, read only and with more live checks.

use cosmwasm_std::{Deps, Uint128};
use joule_kit::paging;
use joule_types::{
    marketplace::{RankResponse, RankedOffer, Requirements, ScoreParts, Unmet},
    registry::MAX_CANDIDATES,
    NodeId, OfferId, ProviderId,
};
use joule_work::{kind::BANDS, score::effective, BPS};

use super::MAX_FAT;
use crate::{
    domain::{
        eligibility::unmet,
        merge::{Listing, Merge},
        record::Record,
        search::{better, Checked, MAX_SCANNED},
    },
    error::Res,
    execute::post::request,
    index,
    matching::{expect_short, Ask},
    params,
    state::{OFFERS, PARAMS},
};
use joule_kit::control::CONTROL;

fn ask(deps: Deps, wish: &Requirements, buyer: Option<&str>) -> Res<Ask> {
    let core = PARAMS.load(deps.storage)?;
    request(wish, core.max_job_secs)?;
    let denom = params::listed_denom(deps.storage, &wish.denom)?;
    let registry = CONTROL.load(deps.storage)?.peers.registry;
    let mut ask = Ask::new(deps, &registry, wish, &denom)?;
    ask.request.linked = vec![core.arbiter];
    if let Some(buyer) = joule_kit::opt_addr(deps.api, buyer)? {
        ask.request.linked.push(buyer.into());
    }
    Ok(ask)
}

/// The best offers that the index holds eligible; those that the live check excludes come last, with the reason.
pub fn rank(
    deps: Deps,
    wish: &Requirements,
    buyer: Option<&str>,
    limit: Option<u32>,
    hints: &[OfferId],
) -> Res<RankResponse> {
    let ask = ask(deps, wish, buyer)?;
    let limit = paging::limit(limit, MAX_FAT);
    let meets = |listing: &Listing| unmet(&ask.request, listing.region, &listing.record).is_empty();
    expect_short(hints, "hints")?;
    let mut named = Vec::new();
    for hint in hints {
        named.extend(self::named(deps, &ask, *hint)?);
    }
    let mut met: Vec<Listing> = Vec::new();

    let mut merge = Merge::new(ask.books.params.weights, ask.streams(deps.storage, false, ask.bands()))?;
    let mut taken = 0;
    while taken < limit && merge.scanned() < MAX_SCANNED {
        let Some(listing) = merge.take()? else { break };
        if !hints.contains(&OfferId(listing.offer)) && meets(&listing) {
            met.push(listing);
            taken = taken.saturating_add(1);
        }
    }
    let (bound, scanned) = (merge.bound(), merge.scanned());
    answer(deps, &ask, named, met, limit, bound, scanned)
}

/// An offer that the caller named, with all that it does not meet, closed and foreign ones too; unknown ones are left out.
fn named(deps: Deps, ask: &Ask, hint: OfferId) -> Res<Option<Checked>> {
    let Some(stored) = OFFERS.may_load(deps.storage, hint.u64())? else {
        return Ok(None);
    };
    let entry = index::entry(deps.storage, hint.u64())?;
    let listing = match &entry {
        Some(entry) => ask.listing(hint.u64(), entry),
        None => Listing {
            offer: hint.u64(),
            booked: 0,
            region: 0,
            reach: 0,
            record: Record::of(&stored.terms, stored.provider),
        },
    };
    let mut checked = ask.check(deps, vec![listing])?.pop();
    if let Some(checked) = &mut checked {
        if stored.terms.denom != ask.denom {
            checked.unmet.push(Unmet::Denom);
        }
        if entry.is_none() {
            checked.unmet.push(Unmet::OfferClosed);
        }
    }
    Ok(checked)
}

/// The best-scored offers of the kind and denomination, those of full nodes too, with what each does not meet.
pub fn explain(deps: Deps, wish: &Requirements, buyer: Option<&str>, limit: Option<u32>) -> Res<RankResponse> {
    let wide = Requirements {
        only_region: false,
        ..wish.clone()
    };
    let asked = ask(deps, wish, buyer)?;
    let all = ask(deps, &wide, buyer)?;
    let limit = paging::limit(limit, MAX_FAT);
    let mut streams = all.streams(deps.storage, false, 0..BANDS);
    streams.extend(all.streams(deps.storage, true, 0..BANDS));
    let mut merge = Merge::new(all.books.params.weights, streams)?;
    let mut met = Vec::new();
    while met.len() < limit {
        let Some(listing) = merge.take()? else { break };
        met.push(listing);
    }
    let (bound, scanned) = (merge.bound(), merge.scanned());
    answer(deps, &asked, vec![], met, limit, bound, scanned)
}

fn answer(
    deps: Deps,
    ask: &Ask,
    mut checked: Vec<Checked>,
    met: Vec<Listing>,
    limit: usize,
    bound: Option<u32>,
    scanned: u32,
) -> Res<RankResponse> {
    for batch in met.chunks(MAX_CANDIDATES) {
        checked.extend(ask.check(deps, batch.to_vec())?);
    }
    checked.sort_by(|a, b| {
        let eligible = a.unmet.is_empty().cmp(&b.unmet.is_empty()).reverse();
        let order = if better(&ask.request, a, b) {
            std::cmp::Ordering::Less
        } else {
            std::cmp::Ordering::Greater
        };
        eligible.then(order)
    });
    checked.truncate(limit);
    let best = checked
        .first()
        .filter(|first| first.unmet.is_empty())
        .map(|first| first.effective);
    let certain = match bound {
        None => true,
        Some(bound) => best.is_some_and(|best| best >= bound),
    };
    Ok(RankResponse {
        offers: checked.iter().map(|offer| ranked(ask, offer)).collect(),
        bound: bound.unwrap_or(0),
        exhaustive: bound.is_none(),
        certain,
        scanned,
    })
}

fn ranked(ask: &Ask, offer: &Checked) -> RankedOffer {
    let params = &ask.books.params;
    let references = index::references(params, ask.request.denom, offer.fresh.unit);
    let parts = offer.fresh.score(&params.weights, &references);
    let points = |weight: u16, curve: u32| {
        let sum = u64::from(weight).saturating_mul(curve.into());
        u32::try_from(sum.checked_div(BPS.into()).unwrap_or(0)).unwrap_or(u32::MAX)
    };
    let region = offer
        .candidate
        .as_ref()
        .map_or(offer.listing.region, |candidate| candidate.region);
    RankedOffer {
        offer: OfferId(offer.listing.offer),
        node: NodeId(offer.fresh.node),
        provider: ProviderId(offer.fresh.provider),
        class: offer.fresh.class,
        quote: ask.request.quote(&offer.fresh).map_or(Uint128::MAX, Uint128::from),
        score: ScoreParts {
            price: points(params.weights.price, parts.price),
            reputation: points(params.weights.reputation, parts.reputation),
            uptime: points(params.weights.uptime, parts.uptime),
            power: points(params.weights.power, parts.power),
            latency: effective(0, &params.weights, ask.latency(region)),
            effective: offer.effective,
        },
        unmet: offer.unmet.clone(),
    }
}
