//! Figures of the market, O(1) a deal. Everything saturates and an unreadable record counts as none: no payment may
//! fail because of statistics.

use cosmwasm_std::Storage;
use joule_kit::packed::{Packed, PackedMap};
use joule_types::ProviderId;
use joule_work::{kind::Class, math::mul_div_floor};

use crate::{
    domain::figures::{Stats, Totals},
    error::Res,
    state::{EARNERS, STATS, TOTALS},
};

/// Weight of the old value in the moving mean of the reference price: 15 of 16.
const MEAN_OF: u128 = 16;

fn read<T: Packed + Default>(map: &PackedMap<T>, storage: &dyn Storage, key: &[u8]) -> T {
    map.load(storage, key).ok().flatten().unwrap_or_default()
}

/// Figures of a denomination.
#[must_use]
pub fn stats(storage: &dyn Storage, denom: u8) -> Stats {
    read(&STATS, storage, &[denom])
}

/// Figures over all denominations.
#[must_use]
pub fn totals(storage: &dyn Storage) -> Totals {
    read(&TOTALS, storage, &[])
}

fn change_stats(storage: &mut dyn Storage, denom: u8, change: impl FnOnce(&mut Stats)) {
    let mut stats = stats(storage, denom);
    change(&mut stats);
    STATS.save(storage, &[denom], &stats);
}

fn change_totals(storage: &mut dyn Storage, change: impl FnOnce(&mut Totals)) {
    let mut totals = totals(storage);
    change(&mut totals);
    TOTALS.save(storage, &[], &totals);
}

fn bump(count: &mut u64) {
    *count = count.saturating_add(1);
}

fn class_slot(counts: &mut [u64; 3], class: Class) -> &mut u64 {
    let [dedicated, cloud, community] = counts;
    match class {
        Class::Dedicated => dedicated,
        Class::Cloud => cloud,
        Class::Community => community,
    }
}

/// A job was posted.
pub fn posted(storage: &mut dyn Storage, denom: u8, first_of_buyer: bool) {
    change_stats(storage, denom, |stats| bump(&mut stats.posted));
    if first_of_buyer {
        change_totals(storage, |totals| bump(&mut totals.buyers));
    }
}

/// A job failed.
pub fn failed(storage: &mut dyn Storage, denom: u8) {
    change_stats(storage, denom, |stats| bump(&mut stats.failed));
}

/// An offer opened or closed.
pub fn offer(storage: &mut dyn Storage, class: Class, opened: bool) {
    change_totals(storage, |totals| {
        let count = class_slot(&mut totals.open_offers, class);
        *count = if opened {
            count.saturating_add(1)
        } else {
            count.saturating_sub(1)
        };
    });
}

/// A paid job.
pub struct Paid {
    /// Number of the denomination.
    pub denom: u8,
    /// Provider.
    pub provider: ProviderId,
    /// Class of the provider.
    pub class: Class,
    /// Base units to which the fee applied.
    pub gross: u128,
    /// Base units of the provider after the fee.
    pub earned: u128,
    /// Seconds that the quote covered.
    pub secs: u64,
    /// Base units per hour, for a kind sold by time that was paid in full.
    pub per_hour: Option<u128>,
}

impl Paid {
    /// Base units per hour of a quote, floor.
    #[must_use]
    pub fn hourly(quote: u128, secs: u64) -> Option<u128> {
        mul_div_floor(quote, 3_600, u128::from(secs))
            .ok()
            .filter(|price| *price > 0)
    }
}

/// A job was paid, in full or by a split.
///
/// # Errors
/// Storage errors of the set of earners.
pub fn paid(storage: &mut dyn Storage, paid: &Paid) -> Res<()> {
    change_stats(storage, paid.denom, |stats| {
        bump(&mut stats.paid);
        stats.volume = stats.volume.saturating_add(paid.gross);
        stats.earned = stats.earned.saturating_add(paid.earned);
        if let Some(price) = paid.per_hour {
            stats.reference = mean(stats.reference, price);
        }
    });
    let first = paid.earned > 0 && !EARNERS.has(storage, paid.provider.u64());
    if first {
        EARNERS.save(storage, paid.provider.u64(), &())?;
    }
    change_totals(storage, |totals| {
        if first {
            bump(&mut totals.providers);
        }
        let secs = class_slot(&mut totals.sold_secs, paid.class);
        *secs = secs.saturating_add(paid.secs);
    });
    Ok(())
}

fn mean(old: u128, price: u128) -> u128 {
    if old == 0 {
        return price;
    }
    let sum = mul_div_floor(old, MEAN_OF.saturating_sub(1), MEAN_OF).unwrap_or(old);
    sum.saturating_add(price.checked_div(MEAN_OF).unwrap_or(0)).max(1)
}
