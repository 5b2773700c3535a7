//! What a validator says about itself.
use std::sync::Arc;

use async_trait::async_trait;

use super::context::Context;
use super::seats::Seats;
use crate::error::Result;
use crate::monitor::{InHand, Watched};

/// States of seats, as the gauge names them.
const STATES: [&str; 3] = ["waiting", "judging", "voted"];

/// A validator that is looked after.
pub struct Watch {
    pub cx: Arc<Context>,
    pub seats: Arc<Seats>,
}

#[async_trait]
impl Watched for Watch {
    fn payee(&self) -> &str {
        &self.cx.owner
    }

    async fn standing(&self) -> Result<Option<String>> {
        let address = self.cx.sender.address();
        let known = self.cx.market.staking.validator_of(address).await?;
        let ours = known.is_some_and(|known| known.owner.as_str() == self.cx.owner);
        Ok((!ours).then(|| format!("{address} votes for no validator any more: enrol again")))
    }

    async fn in_hand(&self) -> Result<Vec<InHand>> {
        let ballots = self.cx.journal(|j| j.ballots()).await?;
        let hand = self.seats.open().into_iter().map(|seat| {
            let state = if ballots.iter().any(|ballot| ballot.seat() == seat) {
                "voted"
            } else if self.seats.is_busy(seat) {
                "judging"
            } else {
                "waiting"
            };
            InHand {
                what: format!("seat {seat} (job/attempt/rung/seat)"),
                state: state.into(),
                deadline: self.seats.deadline(seat),
            }
        });
        let hand: Vec<InHand> = hand.collect();
        for state in STATES {
            let count = hand.iter().filter(|seat| seat.state == state).count();
            self.cx.stats.seats.of(state).set(count as f64);
        }
        Ok(hand)
    }
}
