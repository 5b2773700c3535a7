//! Parameters: bounds, and the form in which they are stored.

use std::fmt::Display;

use cosmwasm_std::{Addr, Deps, DepsMut, Order, StdResult, Storage};
use cw20::Denom;
use joule_kit::Control;
use joule_types::{
    denom_key, denom_name,
    marketplace::{CommitteeTerms, DenomRules, IndexParams, Params, ParamsUpdate, RefPrice},
};
use joule_work::{committee::RUNGS, trust::DealCaps};

use crate::{
    error::Res,
    state::{DenomRecord, IndexRecord, RefRecord, DENOMS, DENOM_NAMES, FLOOR, PARAMS},
    MarketplaceError,
};

const DAY: u64 = 24 * 3600;
const YEAR: u64 = 365 * DAY;
/// Longest time to start.
const MAX_START: u64 = DAY;
/// Longest window to accept, and longest time of the arbiter.
const MAX_WINDOW: u64 = 60 * DAY;
/// Highest dispute fee.
const MAX_DISPUTE_BPS: u64 = 1_000;
/// Highest slash for a timeout.
const MAX_TIMEOUT_BPS: u64 = 5_000;
/// Highest slash for a wrong result, a wrong vote or a seat that never voted.
const MAX_JUDGED_BPS: u64 = 5_000;
/// Most validators that a job may ask for: the slots of the validators' tree.
const MAX_VALIDATORS: u64 = 65_536;
/// Most listed denominations.
const MAX_DENOMS: usize = 16;
/// Most reference prices: five units for each denomination.
const MAX_REFS: usize = 80;
/// Rows and columns of the latency table.
const MAX_LATENCY: usize = 8;

fn invalid(field: &'static str, found: impl Display, rule: impl Into<String>) -> MarketplaceError {
    MarketplaceError::InvalidParams {
        field,
        found: found.to_string(),
        rule: rule.into(),
    }
}

fn within(field: &'static str, found: u64, min: u64, max: u64) -> Res<()> {
    if (min..=max).contains(&found) {
        Ok(())
    } else {
        Err(invalid(field, found, format!("{min} to {max} is allowed")))
    }
}

/// Checks every bound. Durations that protect a party have the floor of the instantiation.
fn validate(deps: Deps, params: &Params, floor: u64) -> Res<()> {
    params.fees.validate()?;
    within("dispute_bps", params.dispute_bps.into(), 0, MAX_DISPUTE_BPS)?;
    within("start_secs", params.start_secs, floor, MAX_START)?;
    within("accept_secs", params.accept_secs, floor, MAX_WINDOW)?;
    within("arbiter_secs", params.arbiter_secs, floor, MAX_WINDOW)?;
    within("max_attempts", params.max_attempts.into(), 1, 10)?;
    within("timeout_slash_bps", params.timeout_slash_bps.into(), 0, MAX_TIMEOUT_BPS)?;
    within("max_offers", params.max_offers.into(), 1, 10_000)?;
    within("max_job_secs", params.max_job_secs, floor, YEAR)?;
    within("max_queue_secs", params.max_queue_secs, floor, YEAR)?;
    let plan = params
        .capacity_plan
        .iter()
        .fold(0u32, |sum, part| sum.saturating_add((*part).into()));
    if plan != 10_000 {
        return Err(invalid("capacity_plan", plan, "the three shares must add up to 10000"));
    }
    validate_committee(&params.committee, floor)?;
    let count = params.denoms.len();
    if count == 0 || count > MAX_DENOMS {
        return Err(invalid("denoms", count, format!("1 to {MAX_DENOMS} are listed")));
    }
    for (position, rules) in params.denoms.iter().enumerate() {
        validate_denom(deps, rules)?;
        if params
            .denoms
            .iter()
            .take(position)
            .any(|other| other.denom == rules.denom)
        {
            return Err(invalid("denoms", denom_name(&rules.denom), "each is listed once"));
        }
    }
    Ok(())
}

/// Bounds of committees: a slash above the half of a pool for one vote, or a vote worth more than the work itself, is a
/// mistake; durations have the floor of all deadlines.
fn validate_committee(terms: &CommitteeTerms, floor: u64) -> Res<()> {
    let first = RUNGS.first().map_or(0, |rung| rung.seats);
    within("verify_bps", terms.verify_bps.into(), 0, 10_000)?;
    within(
        "min_validators",
        terms.min_validators.into(),
        first.into(),
        MAX_VALIDATORS,
    )?;
    within("committee.max_secs", terms.max_secs, floor, YEAR)?;
    within("seal_ahead", terms.seal_ahead, 1, 100)?;
    within("beacon_secs", terms.beacon_secs, floor, DAY)?;
    within("commit_secs", terms.commit_secs, floor, DAY)?;
    within("reveal_secs", terms.reveal_secs, floor, DAY)?;
    within("max_reseals", terms.max_reseals.into(), 0, 10)?;
    for (field, bps) in [
        ("wrong_result_bps", terms.wrong_result_bps),
        ("wrong_vote_bps", terms.wrong_vote_bps),
        ("no_show_bps", terms.no_show_bps),
    ] {
        within(field, bps.into(), 0, MAX_JUDGED_BPS)?;
    }
    Ok(())
}

fn validate_denom(deps: Deps, rules: &DenomRules) -> Res<()> {
    match &rules.denom {
        Denom::Cw20(token) => {
            joule_kit::addr(deps.api, token.as_str())?;
        }
        Denom::Native(name) => within("denoms.denom length", len(name), 2, 128)?,
    }
    Ok(caps(rules).validate()?)
}

fn len(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

/// Deal caps of a denomination.
pub fn caps(rules: &DenomRules) -> DealCaps {
    let [basic, verified, trusted, partner] = rules.deal_caps.map(|cap| cap.map(|cap| cap.u128()));
    DealCaps {
        basic,
        verified,
        trusted,
        partner,
    }
}

/// Stores the first parameters, floor and index.
pub fn init(deps: DepsMut, control: &Control, params: Params, floor: u64) -> Res<()> {
    within("min_deadline_secs", floor, 1, DAY)?;
    FLOOR.save(deps.storage, &floor)?;
    store(deps, control, params)
}

/// Checks and stores parameters.
pub fn store(deps: DepsMut, control: &Control, mut params: Params) -> Res<()> {
    validate(deps.as_ref(), &params, FLOOR.load(deps.storage)?)?;
    let denoms = std::mem::take(&mut params.denoms);
    let core = Params {
        arbiter: arbiter(deps.as_ref(), control, &params.arbiter)?.into(),
        ..params
    };
    PARAMS.save(deps.storage, &core)?;
    list_denoms(deps.storage, denoms)
}

/// The arbiter is an account, or the dao itself: no other contract of the market could decide anything.
fn arbiter(deps: Deps, control: &Control, text: &str) -> Res<Addr> {
    let arbiter = joule_kit::addr(deps.api, text)?;
    if arbiter == control.peers.dao {
        return Ok(arbiter);
    }
    Ok(control.party(deps.api, text)?)
}

/// Lists exactly these denominations; numbers of unlisted ones are kept. At most 255 were ever listed, by the dao.
fn list_denoms(storage: &mut dyn Storage, rules: Vec<DenomRules>) -> Res<()> {
    let known = known_denoms(storage)?;
    for mut record in known.iter().cloned() {
        record.listed = false;
        DENOMS.save(storage, &denom_key(&record.rules.denom), &record)?;
    }
    let mut free = known.iter().map(|record| record.id).max();
    for rules in rules {
        let key = denom_key(&rules.denom);
        let id = match DENOMS.may_load(storage, &key)? {
            Some(old) => old.id,
            None => {
                let id = free.map_or(Some(0), |last| last.checked_add(1));
                let id = id.ok_or_else(|| invalid("denoms", "a 257th", "256 can be listed in all"))?;
                DENOM_NAMES.save(storage, id, &rules.denom)?;
                free = Some(id);
                id
            }
        };
        let record = DenomRecord {
            id,
            listed: true,
            rules,
        };
        DENOMS.save(storage, &key, &record)?;
    }
    Ok(())
}

fn known_denoms(storage: &dyn Storage) -> StdResult<Vec<DenomRecord>> {
    DENOMS
        .range(storage, None, None, Order::Ascending)
        .map(|item| item.map(|(_, record)| record))
        .collect()
}

/// The rules of a denomination that is open for deals.
pub fn listed_denom(storage: &dyn Storage, denom: &Denom) -> Res<DenomRecord> {
    let found = known_denom(storage, denom)?;
    found
        .filter(|record| record.listed)
        .ok_or_else(|| MarketplaceError::DenomNotListed {
            denom: denom_name(denom).into(),
        })
}

/// The rules of a denomination that is or was open for deals.
pub fn known_denom(storage: &dyn Storage, denom: &Denom) -> Res<Option<DenomRecord>> {
    Ok(DENOMS.may_load(storage, &denom_key(denom))?)
}

/// The parameters as messages and queries show them.
pub fn wire(storage: &dyn Storage) -> Res<Params> {
    let mut denoms = known_denoms(storage)?;
    denoms.retain(|record| record.listed);
    denoms.sort_by_key(|record| record.id);
    Ok(Params {
        denoms: denoms.into_iter().map(|record| record.rules).collect(),
        ..PARAMS.load(storage)?
    })
}

/// The parameters after an update; fields that are absent stay.
pub fn updated(old: Params, update: ParamsUpdate) -> Params {
    let ParamsUpdate {
        fees,
        arbiter,
        dispute_bps,
        start_secs,
        accept_secs,
        arbiter_secs,
        max_attempts,
        timeout_slash_bps,
        offer_deposit,
        max_offers,
        denoms,
        max_job_secs,
        max_queue_secs,
        capacity_plan,
        committee,
    } = update;
    Params {
        fees: fees.unwrap_or(old.fees),
        arbiter: arbiter.unwrap_or(old.arbiter),
        dispute_bps: dispute_bps.unwrap_or(old.dispute_bps),
        start_secs: start_secs.unwrap_or(old.start_secs),
        accept_secs: accept_secs.unwrap_or(old.accept_secs),
        arbiter_secs: arbiter_secs.unwrap_or(old.arbiter_secs),
        max_attempts: max_attempts.unwrap_or(old.max_attempts),
        timeout_slash_bps: timeout_slash_bps.unwrap_or(old.timeout_slash_bps),
        offer_deposit: offer_deposit.unwrap_or(old.offer_deposit),
        max_offers: max_offers.unwrap_or(old.max_offers),
        denoms: denoms.unwrap_or(old.denoms),
        max_job_secs: max_job_secs.unwrap_or(old.max_job_secs),
        max_queue_secs: max_queue_secs.unwrap_or(old.max_queue_secs),
        capacity_plan: capacity_plan.unwrap_or(old.capacity_plan),
        committee: committee.unwrap_or(old.committee),
    }
}

/// Checks the parameters of an epoch and numbers their denominations.
pub fn index_record(storage: &dyn Storage, index: &IndexParams) -> Res<IndexRecord> {
    index.weights.validate()?;
    within("ref_hash_rate", index.ref_hash_rate, 1, u64::MAX)?;
    if index.ref_prices.len() > MAX_REFS {
        return Err(invalid(
            "ref_prices",
            index.ref_prices.len(),
            format!("at most {MAX_REFS}"),
        ));
    }
    let wide = index.latency.iter().any(|row| row.len() > MAX_LATENCY);
    if wide || index.latency.len() > MAX_LATENCY {
        return Err(invalid(
            "latency",
            index.latency.len(),
            "the table has at most 8 rows of 8",
        ));
    }
    if let Some(points) = index.latency.iter().flatten().find(|points| **points > 10_000) {
        return Err(invalid("latency", points, "0 to 10000 points are allowed"));
    }
    let mut refs: Vec<RefRecord> = Vec::new();
    for reference in &index.ref_prices {
        let name = denom_name(&reference.denom);
        if reference.price.is_zero() {
            return Err(invalid(
                "ref_prices.price",
                0,
                format!("the price in {name} must be positive"),
            ));
        }
        let denom = listed_denom(storage, &reference.denom)?.id;
        if refs
            .iter()
            .any(|known| known.denom == denom && known.unit == reference.unit)
        {
            return Err(invalid("ref_prices", name, "each denomination and unit once"));
        }
        refs.push(RefRecord {
            denom,
            unit: reference.unit,
            price: reference.price,
        });
    }
    Ok(IndexRecord {
        weights: index.weights,
        refs,
        ref_hash_rate: index.ref_hash_rate,
        latency: index.latency.clone(),
    })
}

/// The parameters of an epoch as messages and queries show them.
pub fn index_wire(storage: &dyn Storage, record: IndexRecord) -> Res<IndexParams> {
    let named = record.refs.into_iter().map(|reference| {
        Ok(RefPrice {
            denom: DENOM_NAMES.load(storage, reference.denom)?,
            unit: reference.unit,
            price: reference.price,
        })
    });
    Ok(IndexParams {
        weights: record.weights,
        ref_prices: named.collect::<Res<_>>()?,
        ref_hash_rate: record.ref_hash_rate,
        latency: record.latency,
    })
}
