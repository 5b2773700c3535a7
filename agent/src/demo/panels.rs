//! Committees as they ended: every seat with its vote and what became of it.
use std::collections::BTreeMap;

use joule_types::marketplace::{PanelClosed, PanelResponse, SeatResponse, SeatVerdict, VoteRevealed};
use joule_types::staking::Slashed;
use joule_types::JobId;
use joule_work::committee::WITHHELD;
use serde::Serialize;

use super::stage::Stage;
use crate::chain::contracts::events::plain;
use crate::chain::types::text_amount;
use crate::error::Result;

/// A committee of one attempt at a job.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PanelEnd {
    /// Attempt, from 1.
    pub attempt: u32,
    /// upheld, overturned or abandoned.
    pub ruling: Option<String>,
    /// Rung that decided, from 0.
    pub rung: u8,
    /// Round of the beacon that the last rung was drawn by.
    pub round: Option<u64>,
    /// Epoch of stake that it was drawn from.
    pub epoch: Option<u64>,
    /// All seats, by rung.
    pub seats: Vec<SeatEnd>,
}

/// A seat.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeatEnd {
    /// Rung, from 0.
    pub rung: u8,
    /// Number on the rung.
    pub seat: u8,
    /// Name of the validator.
    pub validator: String,
    /// It stood by.
    pub standby: bool,
    /// accept: the result is right; other: another one is; withheld: the output is kept; sealed: never revealed.
    pub vote: Option<&'static str>,
    /// First digits of the result root that it found.
    pub root: Option<String>,
    /// paid, wrong, no_show or excused.
    pub verdict: Option<String>,
    /// From the verification budget, uusdc.
    #[serde(with = "text_amount")]
    pub paid: u128,
    /// Of its stake, micro-JOULE.
    #[serde(with = "text_amount")]
    pub slashed: u128,
}

impl PanelEnd {
    /// Seats with a verdict.
    pub fn with(&self, verdict: &str) -> impl Iterator<Item = &SeatEnd> {
        let verdict = verdict.to_string();
        self.seats
            .iter()
            .filter(move |seat| seat.verdict.as_ref() == Some(&verdict))
    }
}

/// What the events say beside the panels: which votes were for the result, what each earned, what was slashed.
#[derive(Default)]
struct Books {
    accepts: BTreeMap<(JobId, u32, u8, u8), bool>,
    each: BTreeMap<(JobId, u32), u128>,
    slashed: BTreeMap<(JobId, u32, String), u128>,
}

impl Books {
    fn read(stage: &Stage) -> Self {
        let mut books = Self::default();
        let mut last: Option<(JobId, u32)> = None;
        for event in &stage.watch.events {
            let event = plain(event);
            if let Ok(e) = VoteRevealed::try_from(&event) {
                books.accepts.insert((e.job, e.attempt, e.rung, e.seat), e.accept);
            } else if let Ok(e) = PanelClosed::try_from(&event) {
                books.each.insert((e.job, e.attempt), e.each.u128());
                last = Some((e.job, e.attempt));
            } else if let Ok(e) = Slashed::try_from(&event) {
                // Penalties stand behind the ruling in the same transaction.
                let seat = matches!(e.kind.as_str(), "wrong_vote" | "no_show");
                if let Some((job, attempt)) = last.filter(|(job, _)| seat && job.u64() == e.id) {
                    books.slashed.insert((job, attempt, e.pool.into()), e.slashed.u128());
                }
            }
        }
        books
    }

    fn seat(&self, stage: &Stage, panel: &PanelResponse, seat: &SeatResponse) -> SeatEnd {
        let (job, attempt) = (panel.job, panel.attempt);
        let accept = self.accepts.get(&(job, attempt, seat.rung, seat.seat)).copied();
        let vote = match (&seat.vote, accept) {
            (Some(_), Some(true)) => Some("accept"),
            (Some(vote), _) if vote.result_root.as_slice() == WITHHELD => Some("withheld"),
            (Some(_), _) => Some("other"),
            (None, _) => seat.sealed.as_ref().map(|_| "sealed"),
        };
        let root = seat.vote.as_ref().map(|vote| vote.result_root.to_hex());
        let paid = self
            .each
            .get(&(job, attempt))
            .filter(|_| seat.verdict == Some(SeatVerdict::Paid));
        let took = matches!(seat.verdict, Some(SeatVerdict::Wrong | SeatVerdict::NoShow));
        let slashed = self
            .slashed
            .get(&(job, attempt, seat.owner.to_string()))
            .filter(|_| took);
        SeatEnd {
            rung: seat.rung,
            seat: seat.seat,
            validator: stage.watch.names.addr(&seat.owner),
            standby: seat.standby,
            vote,
            root: root.map(|root| root.chars().take(8).collect()),
            verdict: seat.verdict.and_then(name),
            paid: paid.copied().unwrap_or_default(),
            slashed: slashed.copied().unwrap_or_default(),
        }
    }
}

/// A ruling or verdict as the chain writes it.
fn name(value: impl Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(String::from)
}

/// All committees of a job, an attempt each.
pub async fn panels(stage: &Stage, job: JobId, attempts: u32) -> Result<Vec<PanelEnd>> {
    let books = Books::read(stage);
    let mut ends = vec![];
    for attempt in 1..=attempts {
        let Some(panel) = stage.ground.market.marketplace.panel(job, Some(attempt)).await? else {
            continue;
        };
        ends.push(PanelEnd {
            attempt,
            ruling: panel.ruling.and_then(name),
            rung: panel.rung,
            round: panel.round,
            epoch: panel.epoch,
            seats: panel.seats.iter().map(|seat| books.seat(stage, &panel, seat)).collect(),
        });
    }
    Ok(ends)
}
