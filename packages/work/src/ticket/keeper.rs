//! Keeping the k best tickets while searching.

use std::collections::BTreeSet;

use super::{check_k, list_digest, value, Commitment};
use crate::WorkError;

/// The k tickets of smallest value seen so far. Equal values are ordered by id, and an id counts once, so the result
/// depends only on the set of ids that were tried, never on their order.
#[derive(Debug, Clone)]
pub struct Best {
    k: usize,
    tickets: BTreeSet<(u64, u64)>,
}

impl Best {
    /// An empty keeper of `k` tickets.
    ///
    /// # Errors
    /// `work.ticket_count`.
    pub fn new(k: u32) -> Result<Self, WorkError> {
        check_k(k)?;
        let k = usize::try_from(k).map_err(|_| WorkError::TicketCount { k })?;
        Ok(Self {
            k,
            tickets: BTreeSet::new(),
        })
    }

    /// Shows a ticket; it stays if it is among the best.
    pub fn offer(&mut self, value: u64, id: u64) {
        if value > self.threshold() {
            return;
        }
        self.tickets.insert((value, id));
        if self.tickets.len() > self.k {
            self.tickets.pop_last();
        }
    }

    /// The greatest value that can still get in: a search may skip everything above it.
    pub fn threshold(&self) -> u64 {
        match self.tickets.last() {
            Some((value, _)) if self.tickets.len() >= self.k => *value,
            _ => u64::MAX,
        }
    }

    /// Takes over the tickets of another keeper, such as another thread's.
    pub fn merge(&mut self, other: &Self) {
        for (value, id) in &other.tickets {
            self.offer(*value, *id);
        }
    }

    /// Tickets kept so far, at most k.
    pub fn len(&self) -> usize {
        self.tickets.len()
    }

    /// Whether nothing was kept yet.
    pub fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }

    /// What a node claims, or `None` while fewer than k tickets were seen.
    pub fn claim(&self) -> Option<Claim> {
        if self.tickets.len() < self.k {
            return None;
        }
        let (bound, _) = self.tickets.last()?;
        let mut ids: Vec<u64> = self.tickets.iter().map(|(_, id)| *id).collect();
        ids.sort_unstable();
        Some(Claim { ids, bound: *bound })
    }
}

/// A full set of tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The ids, strictly increasing.
    pub ids: Vec<u64>,
    /// The greatest of their values.
    pub bound: u64,
}

impl Claim {
    /// What is committed on chain before the list is revealed.
    pub fn commitment(&self) -> Commitment {
        let k = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        Commitment {
            k,
            bound: self.bound,
            digest: list_digest(&self.ids),
        }
    }
}

/// Tries the ids `start`, `start + 1`, ... (`count` of them, or up to the last id) on one thread.
pub fn search_range(seed: &[u8; 32], start: u64, count: u64, best: &mut Best) {
    let Some(beyond) = count.checked_sub(1) else { return };
    for id in start..=start.saturating_add(beyond) {
        best.offer(value(seed, id), id);
    }
}

/// The k best of `ids`, or `None` when there are fewer than k different ones.
///
/// # Errors
/// `work.ticket_count`.
pub fn select_k(seed: &[u8; 32], ids: impl IntoIterator<Item = u64>, k: u32) -> Result<Option<Claim>, WorkError> {
    let mut best = Best::new(k)?;
    for id in ids {
        best.offer(value(seed, id), id);
    }
    Ok(best.claim())
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The k best by sorting everything.
    fn by_sorting(tickets: &[(u64, u64)], k: usize) -> Option<Claim> {
        let all: BTreeSet<_> = tickets.iter().copied().collect();
        let mut best: Vec<_> = all.into_iter().take(k).collect();
        let bound = best.last().map(|(value, _)| *value).filter(|_| best.len() == k)?;
        best.sort_unstable_by_key(|(_, id)| *id);
        Some(Claim {
            ids: best.into_iter().map(|(_, id)| id).collect(),
            bound,
        })
    }

    proptest! {
        /// Order, repetition and the division among threads make no difference; equal values are settled by id.
        #[test]
        fn depends_only_on_what_was_tried(
            values in prop::collection::vec(0u64..500, 0..300), cut in any::<prop::sample::Index>(), shuffle: u64,
        ) {
            let mut tickets: Vec<(u64, u64)> = values.into_iter().zip(0..).collect();
            let want = by_sorting(&tickets, 64);
            tickets.sort_unstable_by_key(|(_, id)| id.wrapping_mul(shuffle | 1));
            let cut = cut.index(tickets.len() + 1);
            let mut keepers = [Best::new(64).unwrap(), Best::new(64).unwrap()];
            for (keeper, part) in keepers.iter_mut().zip([&tickets[..cut], &tickets[cut..]]) {
                part.iter().chain(part).for_each(|(value, id)| keeper.offer(*value, *id));
                prop_assert_eq!(keeper.len(), part.len().min(64));
                prop_assert_eq!(keeper.is_empty(), part.is_empty());
            }
            let [mut one, two] = keepers;
            one.merge(&two);
            prop_assert_eq!(one.claim(), want);
        }
    }

    #[test]
    fn the_threshold_admits_what_can_still_get_in() {
        let mut best = Best::new(64).unwrap();
        (0..63).for_each(|id| best.offer(10, id));
        assert_eq!((best.threshold(), best.claim()), (u64::MAX, None));
        best.offer(50, 63);
        assert_eq!(best.threshold(), 50);
        best.offer(51, 64);
        assert_eq!(best.threshold(), 50);
        best.offer(20, 65);
        assert_eq!(best.threshold(), 20);
    }

    #[test]
    fn a_range_ends_with_the_last_id() {
        let seed = [5u8; 32];
        let mut best = Best::new(64).unwrap();
        search_range(&seed, 1_000, 0, &mut best);
        assert!(best.is_empty());
        search_range(&seed, u64::MAX - 63, 1_000, &mut best);
        assert_eq!(
            best.claim().unwrap().ids,
            (u64::MAX - 63..=u64::MAX).collect::<Vec<_>>()
        );
        assert_eq!(select_k(&seed, u64::MAX - 63..=u64::MAX, 64).unwrap(), best.claim());
        assert_eq!(select_k(&seed, 0..63, 64), Ok(None));
        assert_eq!(select_k(&seed, 0..63, 65), Err(WorkError::TicketCount { k: 65 }));
    }
}
