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
