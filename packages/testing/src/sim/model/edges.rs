//! How long a committee may take, and what the end of an epoch takes from it.

use joule_types::marketplace::CommitteeTerms;

use super::{Job, Model};

/// Time to commit, and all that a committee may take.
#[must_use]
pub fn times(terms: &CommitteeTerms, max_secs: u64) -> (u64, u64) {
    let commit = (2 * max_secs).max(terms.commit_secs);
    let rung = 2 * terms.beacon_secs * (1 + u64::from(terms.max_reseals)) + 2 * commit + terms.reveal_secs;
    (commit, 3 * rung)
}

impl Model {
    /// The last minute of an epoch, or the last quarter of a short one: no sealed round may be due in it. Its first second with the first
    /// one after it, and how far ahead a sealed round is due; none where epochs are too short for that.
    fn edge(&self, terms: &CommitteeTerms, now: u64) -> Option<(u64, u64, u64)> {
        let margin = (self.epoch_secs / 4).min(60);
        let ahead = terms.seal_ahead * self.beacon.clock.period;
        let end = (now / self.epoch_secs + 1) * self.epoch_secs;
        (self.epoch_secs > ahead + margin).then_some((end - margin, end, ahead))
    }

    /// What the end of the epoch takes from a time to seal that begins now.
    pub(super) fn lost(&self, terms: &CommitteeTerms, now: u64) -> u64 {
        let Some((latest, end, ahead)) = self.edge(terms, now) else {
            return 0;
        };
        let from = now.max(latest.saturating_sub(ahead));
        if now + terms.beacon_secs < from {
            0
        } else {
            end - from
        }
    }

    /// Whether a round that is sealed now would be due too close to the end of the epoch.
    pub(super) fn at_edge(&self, job: &Job, now: u64) -> bool {
        let Some(terms) = &job.terms.committee else {
            return false;
        };
        let clock = self.beacon.clock;
        let due = clock.due_at(clock.round_at(now) + terms.seal_ahead);
        self.edge(terms, now).is_some_and(|(latest, ..)| due > latest)
    }
}
