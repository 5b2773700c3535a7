//! A job while a message works on it.

use cosmwasm_std::{Addr, Storage};
use joule_kit::KitError;
use joule_types::{HoldId, JobId, OfferId};
use joule_work::job::{next, JobAction, JobState};

use crate::{
    error::Res,
    state::{AttemptRecord, Posted, Progress, ATTEMPTS, OPEN, PROGRESS, QUEUED, SPECS, VERIFYING},
    MarketplaceError,
};

/// Holds of one record are numbered four apart: the job's own, the bond of its dispute, the deposit of an offer.
const SPACING: u64 = 4;

fn hold_id(record: u64, place: u64) -> Res<HoldId> {
    let id = record.checked_mul(SPACING).and_then(|id| id.checked_add(place));
    Ok(HoldId(id.ok_or(KitError::IdsExhausted)?))
}

/// The hold of an offer's deposit.
///
/// # Errors
/// `kit.ids_exhausted`.
pub fn deposit_of(offer: OfferId) -> Res<HoldId> {
    hold_id(offer.u64(), 2)
}

/// The hold of a job.
///
/// # Errors
/// `kit.ids_exhausted`.
pub fn hold_of(job: JobId) -> Res<HoldId> {
    hold_id(job.u64(), 0)
}

/// A job with its state before the message.
pub struct Job {
    /// Id.
    pub id: JobId,
    /// Spec and terms.
    pub posted: Posted,
    /// Where it stands.
    pub progress: Progress,
    was: Option<JobState>,
}

/// The progress of a job.
///
/// # Errors
/// [`MarketplaceError::JobNotFound`].
pub fn progress(storage: &dyn Storage, id: JobId) -> Res<Progress> {
    PROGRESS
        .load(storage, &id.u64().to_be_bytes())?
        .ok_or(MarketplaceError::JobNotFound { job: id })
}

impl Job {
    /// A job that is being posted.
    #[must_use]
    pub const fn new(id: JobId, posted: Posted) -> Self {
        Self {
            id,
            posted,
            progress: Progress {
                state: JobState::Submitted,
                fail_reason: None,
                version: 1,
                attempts: 0,
                next_deadline_at: 0,
                assigned_at: 0,
                started_at: 0,
                declines: 0,
                excluded: Vec::new(),
            },
            was: None,
        }
    }

    /// A stored job.
    ///
    /// # Errors
    /// [`MarketplaceError::JobNotFound`].
    pub fn load(storage: &dyn Storage, id: JobId) -> Res<Self> {
        let progress = progress(storage, id)?;
        Ok(Self {
            id,
            posted: SPECS.load(storage, id.u64())?,
            was: Some(progress.state),
            progress,
        })
    }

    /// The running or last attempt.
    ///
    /// # Errors
    /// [`MarketplaceError::JobNotOpen`] when there was none.
    pub fn attempt(&self, storage: &dyn Storage, action: JobAction) -> Res<AttemptRecord> {
        ATTEMPTS
            .may_load(storage, self.id.u64())?
            .ok_or_else(|| self.not_open(action))
    }

    /// Checks that a message speaks of the present attempt.
    ///
    /// # Errors
    /// [`MarketplaceError::StaleAttempt`].
    pub fn expect_attempt(&self, attempt: u32) -> Res<()> {
        self.expect_present("attempt", attempt, self.progress.attempts)
    }

    /// Checks that a message speaks of the present attempt or rung.
    ///
    /// # Errors
    /// [`MarketplaceError::StaleAttempt`].
    pub fn expect_present(&self, what: &'static str, named: u32, current: u32) -> Res<()> {
        if named == current {
            return Ok(());
        }
        Err(MarketplaceError::StaleAttempt {
            job: self.id,
            what,
            named,
            current,
        })
    }

    /// The error of a message that comes before its time.
    #[must_use]
    pub const fn too_early(&self, unit: &'static str, deadline: u64, now: u64) -> MarketplaceError {
        MarketplaceError::TooEarly {
            job: self.id,
            state: self.progress.state,
            unit,
            deadline,
            now,
        }
    }

    /// Checks that an action is possible in the present state.
    ///
    /// # Errors
    /// [`MarketplaceError::JobNotOpen`].
    pub fn expect(&self, action: JobAction) -> Res<JobState> {
        next(self.progress.state, action).ok_or_else(|| self.not_open(action))
    }

    /// Checks that the deadline of the present state has not passed; it is the last second that counts.
    ///
    /// # Errors
    /// [`MarketplaceError::TooLate`].
    pub fn expect_in_time(&self, now: u64, what: &'static str) -> Res<()> {
        let deadline = self.progress.next_deadline_at;
        if now <= deadline {
            return Ok(());
        }
        Err(MarketplaceError::TooLate {
            job: self.id,
            what,
            deadline,
            now,
        })
    }

    /// Checks that the sender is the buyer.
    ///
    /// # Errors
    /// [`MarketplaceError::NotBuyer`].
    pub fn expect_buyer(&self, sender: &Addr, action: &'static str) -> Res<()> {
        if *sender == self.posted.buyer {
            return Ok(());
        }
        Err(MarketplaceError::NotBuyer {
            sender: sender.to_string(),
            job: self.id,
            action,
        })
    }

    /// Checks that the sender is owner or operator of the attempt's provider.
    ///
    /// # Errors
    /// [`MarketplaceError::NotParty`].
    pub fn expect_provider(&self, attempt: &AttemptRecord, sender: &Addr, action: &'static str) -> Res<()> {
        if *sender == attempt.owner || *sender == attempt.operator {
            return Ok(());
        }
        Err(MarketplaceError::NotParty {
            sender: sender.to_string(),
            job: self.id,
            action,
            party: "provider",
        })
    }

    /// Moves along an edge of the table; `deadline` is the last second of the next state, 0 if that is final.
    ///
    /// # Errors
    /// [`MarketplaceError::JobNotOpen`].
    pub fn advance(&mut self, action: JobAction, deadline: u64) -> Res<()> {
        self.progress.state = self.expect(action)?;
        self.progress.version = self.progress.version.saturating_add(1);
        self.progress.next_deadline_at = deadline;
        Ok(())
    }

    /// Stores the progress and keeps the lists of open, queued and judged jobs equal to it.
    ///
    /// # Errors
    /// Storage errors.
    pub fn save(&self, storage: &mut dyn Storage) -> Res<()> {
        let (id, now) = (self.id.u64(), self.progress.state);
        PROGRESS.save(storage, &id.to_be_bytes(), &self.progress);
        for (list, state) in [(QUEUED, JobState::Queued), (VERIFYING, JobState::Verifying)] {
            match (self.was == Some(state), now == state) {
                (false, true) => list.save(storage, id, &())?,
                (true, false) => list.remove(storage, id),
                _ => {}
            }
        }
        if now.is_final() {
            OPEN.remove(storage, id);
        } else if self.was.is_none() {
            OPEN.save(storage, id, &())?;
        }
        Ok(())
    }

    /// The hold of the job.
    ///
    /// # Errors
    /// `kit.ids_exhausted`.
    pub fn hold(&self) -> Res<HoldId> {
        hold_of(self.id)
    }

    /// The hold of the bond of its dispute.
    ///
    /// # Errors
    /// `kit.ids_exhausted`.
    pub fn bond(&self) -> Res<HoldId> {
        hold_id(self.id.u64(), 1)
    }

    fn not_open(&self, action: JobAction) -> MarketplaceError {
        MarketplaceError::JobNotOpen {
            job: self.id,
            state: self.progress.state,
            action: action.name(),
        }
    }
}
