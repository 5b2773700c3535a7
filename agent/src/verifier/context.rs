//! What every part of a running validator needs.
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::turns::Turns;
use super::{Fault, Stats};
use crate::chain::contracts::{Market, Seat};
use crate::chain::tx::Sender;
use crate::daemon::{blocking, Clock, Scope};
use crate::error::Result;
use crate::journal::Journal;
use crate::objects::Objects;
use crate::sandbox::Sandbox;

/// Shared by all seats.
pub struct Context {
    pub market: Market,
    pub sender: Sender,
    pub journal: Arc<Journal>,
    pub objects: Objects,
    pub sandbox: Sandbox,
    /// Whose pool stands behind the votes.
    pub owner: String,
    pub clock: Clock,
    /// Jobs that may run at once.
    pub turns: Turns,
    /// Fetches that may be under way at once.
    pub fetches: Turns,
    pub fault: Option<Scope<Fault>>,
    /// No seat is begun any more.
    pub draining: AtomicBool,
    pub stats: Stats,
    /// End of the phase of each open seat's committee, as last seen.
    pub deadlines: Mutex<HashMap<Seat, u64>>,
}

impl Context {
    /// Journal access off the async threads.
    pub async fn journal<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Journal) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let journal = self.journal.clone();
        blocking(move || call(&journal)).await?
    }

    /// The fault that strikes in the job of a seat.
    pub fn fault_in(&self, seat: Seat) -> Option<Fault> {
        self.fault.and_then(|scope| scope.strikes(seat.job))
    }

    /// Notes the end of the phase that a seat's committee is in.
    pub fn phase_ends(&self, seat: Seat, at: u64) {
        let mut deadlines = self.deadlines.lock().unwrap_or_else(PoisonError::into_inner);
        deadlines.insert(seat, at);
    }

    /// Whether no seat may be begun.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// Tag under which a vote is committed, once.
pub fn commit_tag(seat: Seat) -> String {
    format!("vote/{seat}")
}

/// Tag under which it is revealed, once.
pub fn reveal_tag(seat: Seat) -> String {
    format!("reveal/{seat}")
}
