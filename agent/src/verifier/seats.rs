//! The seats that the draws gave to this validator: one task each, and the end of those that are settled.
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::context::{commit_tag, reveal_tag, Context};
use super::seat::{is_settled, missed, own, Work};
use super::Fault;
use crate::chain::contracts::Seat;
use crate::daemon::Backoff;
use crate::error::Result;

/// What is under way.
pub struct Seats {
    cx: Arc<Context>,
    busy: Mutex<HashSet<Seat>>,
    /// Seats that failed rest for a while.
    rest: Mutex<Backoff>,
    /// Seats that were open at the last look, and those of before whose end is not known yet.
    known: Mutex<(HashSet<Seat>, HashSet<Seat>)>,
}

/// Takes its entry out of `busy` when the task ends, in whatever way.
struct Turn {
    seats: Arc<Seats>,
    seat: Seat,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.seats
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.seat);
    }
}

impl Seats {
    pub fn new(cx: Arc<Context>) -> Self {
        Self {
            cx,
            busy: Mutex::default(),
            rest: Mutex::default(),
            known: Mutex::default(),
        }
    }

    /// Compares chain and journal, starts tasks for what is to be done, and returns.
    pub async fn sync(self: &Arc<Self>) -> Result<()> {
        let open = self.cx.market.marketplace.seats_of(&self.cx.owner).await?;
        let open: HashSet<Seat> = open.into_iter().map(Seat::from).collect();
        let ended: Vec<Seat> = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let before = std::mem::replace(&mut known.0, open.clone());
            known.1.extend(before);
            known.1.retain(|seat| !open.contains(seat));
            known.1.iter().copied().collect()
        };
        self.forget().await?;
        self.count(&ended).await?;
        for seat in open {
            self.take(seat);
        }
        Ok(())
    }

    /// Counts what seats that are over have missed.
    async fn count(&self, ended: &[Seat]) -> Result<()> {
        for seat in ended.iter().copied() {
            let panel = self.cx.market.marketplace.panel(seat.job, Some(seat.attempt)).await?;
            let Some(panel) = panel.filter(|panel| is_settled(panel, seat)) else {
                continue;
            };
            if let Some(step) = own(&panel, seat).and_then(missed) {
                tracing::warn!(%seat, step, "missed");
                self.cx.stats.missed.of(step).inc();
            }
            self.known
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .1
                .remove(&seat);
            self.cx
                .deadlines
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&seat);
        }
        Ok(())
    }

    /// Seats that were open at the last look, in order.
    pub fn open(&self) -> Vec<Seat> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open: Vec<Seat> = known.0.iter().copied().collect();
        open.sort_unstable();
        open
    }

    /// End of the phase that its committee is in, as last seen.
    pub fn deadline(&self, seat: Seat) -> Option<u64> {
        let deadlines = self.cx.deadlines.lock().unwrap_or_else(PoisonError::into_inner);
        deadlines.get(&seat).copied()
    }

    /// Whether a task is under way.
    pub fn is_idle(&self) -> bool {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether a vote still has to be committed or revealed.
    pub async fn owes(&self) -> Result<bool> {
        let withheld = |seat| matches!(self.cx.fault_in(seat), Some(Fault::Unrevealed | Fault::Copy));
        let ballots = self.cx.journal(|j| j.ballots()).await?;
        Ok(ballots.iter().any(|ballot| !withheld(ballot.seat())))
    }

    /// Forgets votes that the chain has settled. That it lists a seat no more is not enough: a node may be behind.
    async fn forget(&self) -> Result<()> {
        for ballot in self.cx.journal(|j| j.ballots()).await? {
            let seat = ballot.seat();
            if self.is_busy(seat) {
                continue;
            }
            let panel = self.cx.market.marketplace.panel(seat.job, Some(seat.attempt)).await?;
            if panel.is_some_and(|panel| is_settled(&panel, seat)) {
                let address = self.cx.sender.address().to_string();
                let tags = [commit_tag(seat), reveal_tag(seat)];
                self.cx.journal(move |j| j.forget_ballot(seat, &address, &tags)).await?;
                tracing::info!(%seat, "settled");
            }
        }
        Ok(())
    }

    /// Whether a task is under way for it.
    pub fn is_busy(&self, seat: Seat) -> bool {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).contains(&seat)
    }

    fn take(self: &Arc<Self>, seat: Seat) {
        let name = seat.to_string();
        let rest = |seats: &Self| seats.rest.lock().unwrap_or_else(PoisonError::into_inner).ready(&name);
        if !rest(self) || !self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(seat) {
            return;
        }
        let turn = Turn {
            seats: self.clone(),
            seat,
        };
        tokio::spawn(async move {
            let ended = Work::new(turn.seats.cx.clone(), seat).go().await;
            let mut rest = turn.seats.rest.lock().unwrap_or_else(PoisonError::into_inner);
            match ended {
                Ok(()) => rest.done(&seat.to_string()),
                Err(error) => {
                    tracing::warn!(%seat, %error, "the seat stands still; trying again");
                    rest.refused(&seat.to_string());
                }
            }
            drop(rest);
            drop(turn);
        });
    }
}
