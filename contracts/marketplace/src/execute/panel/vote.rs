//! `CommitVote` and `RevealVote`. Their cost does not depend on the number of seats: each reads and writes its own seat
//! and the panel.

use cosmwasm_std::{Addr, Binary, HexBinary, Response};
use joule_types::{
    marketplace::{PanelPhase, VoteCommitted, VoteRevealed, VoteRoots},
    staking, JobId,
};
use joule_work::{
    committee::{Vote, UNFETCHABLE},
    digest::{verify, Hash},
};

use super::Court;
use crate::{
    domain::panel::Seat,
    error::Res,
    execute::Ctx,
    jobs::Job,
    outbox::Outbox,
    state::{seat_key, SEATS},
    MarketplaceError,
};

/// A seat as a message names it.
#[derive(Clone, Copy)]
pub struct Place {
    /// Job.
    pub job: JobId,
    /// Attempt.
    pub attempt: u32,
    /// Rung.
    pub rung: u8,
    /// Seat.
    pub seat: u8,
}

/// The seat of a message.
#[must_use]
pub const fn place(job: JobId, attempt: u32, rung: u8, seat: u8) -> Place {
    Place {
        job,
        attempt,
        rung,
        seat,
    }
}

/// A vote as it is revealed.
pub struct Ballot {
    /// Vote.
    pub vote: VoteRoots,
    /// What was sealed with it.
    pub salt: HexBinary,
    /// Steps with their paths.
    pub openings: Vec<Binary>,
}

fn invalid(field: &'static str, found: impl Into<String>, rule: &'static str) -> MarketplaceError {
    MarketplaceError::InvalidVote {
        field,
        found: found.into(),
        rule,
    }
}

fn digest(field: &'static str, bytes: &HexBinary) -> Res<Hash> {
    let array = bytes.to_array();
    array.map_err(|_| invalid(field, format!("{} bytes", bytes.len()), "it has 32 bytes"))
}

/// Commits a sealed vote.
///
/// # Errors
/// [`MarketplaceError::NoPanel`], [`MarketplaceError::StaleAttempt`], [`MarketplaceError::WrongPhase`],
/// [`MarketplaceError::TooLate`], [`MarketplaceError::NotSeated`], [`MarketplaceError::AlreadyClaimed`],
/// [`MarketplaceError::InvalidVote`].
pub fn commit(ctx: Ctx, place: Place, sealed: &HexBinary) -> Res<Response> {
    let Ctx {
        mut deps,
        env,
        info,
        control,
    } = ctx;
    let job = Job::load(deps.storage, place.job)?;
    job.expect_attempt(place.attempt)?;
    let mut court = Court::new(deps.branch(), &env, &control, job, Outbox::new(&control))?;
    court.expect_rung(place.rung)?;
    let phase = match court.panel.phase {
        phase @ (PanelPhase::Commit | PanelPhase::Standby) => phase,
        _ => return Err(court.wrong_phase("commit")),
    };
    court.expect_phase(phase, "commit")?;
    let mut seat = court.seat_of(place, &info.sender)?;
    if seat.sealed.is_some() {
        return Err(court.voted(place, "committed its vote"));
    }
    if seat.standby != (phase == PanelPhase::Standby) {
        return Err(court.wrong_phase("a vote from this seat"));
    }
    let sealed = digest("sealed", sealed)?;
    court.expect_stake(&seat)?;

    seat.sealed = Some(sealed);
    court.panel.committed = court.panel.committed.saturating_add(1);
    SEATS.save(court.deps.storage, &key(place), &seat);
    court.out.say(VoteCommitted {
        job: place.job,
        attempt: place.attempt,
        rung: place.rung,
        seat: place.seat,
        owner: seat.owner,
    });
    if court.panel.committed >= court.rung()?.seats {
        let secs = court.durations()?.reveal;
        court.enter(PanelPhase::Reveal, secs);
        return court.finish("commit_vote");
    }
    court.save_panel();
    Ok(court.out.respond("commit_vote"))
}

/// Reveals a vote.
///
/// # Errors
/// As [`commit`].
pub fn reveal(ctx: Ctx, place: Place, ballot: &Ballot) -> Res<Response> {
    let Ctx {
        mut deps,
        env,
        info,
        control,
    } = ctx;
    let job = Job::load(deps.storage, place.job)?;
    job.expect_attempt(place.attempt)?;
    let mut court = Court::new(deps.branch(), &env, &control, job, Outbox::new(&control))?;
    court.expect_rung(place.rung)?;
    court.expect_phase(PanelPhase::Reveal, "reveal")?;
    let mut seat = court.seat_of(place, &info.sender)?;
    if seat.vote.is_some() {
        return Err(court.voted(place, "revealed its vote"));
    }
    let vote = court.open_vote(&seat, ballot)?;
    let accept = vote == court.delivered()?;

    seat.vote = Some(vote);
    court.panel.revealed = court.panel.revealed.saturating_add(1);
    SEATS.save(court.deps.storage, &key(place), &seat);
    court.save_panel();

    court.out.say(VoteRevealed {
        job: place.job,
        attempt: place.attempt,
        rung: place.rung,
        seat: place.seat,
        owner: seat.owner,
        accept,
        result_root: ballot.vote.result_root.to_hex(),
    });
    Ok(court.out.respond("reveal_vote"))
}

fn key(place: Place) -> Vec<u8> {
    seat_key(place.job, place.attempt, place.rung, place.seat)
}

impl Court<'_> {
    fn expect_rung(&self, rung: u8) -> Res<()> {
        self.job.expect_present("rung", rung.into(), self.panel.rung.into())
    }

    fn seat_of(&self, place: Place, sender: &Addr) -> Res<Seat> {
        SEATS
            .load(self.deps.storage, &key(place))?
            .filter(|seat| seat.owner == *sender || seat.operator == *sender)
            .ok_or_else(|| MarketplaceError::NotSeated {
                sender: sender.into(),
                job: place.job,
                seat: place.seat,
            })
    }

    fn voted(&self, place: Place, done: &'static str) -> MarketplaceError {
        MarketplaceError::AlreadyClaimed {
            job: self.job.id,
            what: "seat",
            number: place.seat.into(),
            done,
        }
    }

    /// A validator with too little to lose does not vote: its seat stays empty. One that was slashed once or twice since the
    /// draw still serves its other seats.
    fn expect_stake(&self, seat: &Seat) -> Res<()> {
        let (querier, staking) = (&self.deps.querier, &self.control.peers.staking);
        let bonded = staking::handle::pool(querier, staking, &seat.owner)?.bonded;
        if bonded.saturating_add(bonded) < staking::handle::min_validator_stake(querier, staking)? {
            return Err(invalid(
                "stake",
                bonded.to_string(),
                "it fell below half of the least stake of a validator; bond more",
            ));
        }
        Ok(())
    }

    /// Checks a vote against its seal and its openings.
    fn open_vote(&self, seat: &Seat, ballot: &Ballot) -> Res<Vote> {
        let vote = Vote {
            result_root: digest("result_root", &ballot.vote.result_root)?,
            trace_root: digest("trace_root", &ballot.vote.trace_root)?,
        };
        let salt = digest("salt", &ballot.salt)?;
        let (bound, owner) = (self.bound(), seat.owner.as_str());
        let seal = bound.seal(owner, &vote, &salt);
        if seat.sealed != Some(seal) {
            let rule = "it is not what this seat sealed";
            return Err(invalid("vote", HexBinary::from(seal).to_hex(), rule));
        }
        let steps = u64::from(self.job.posted.spec.steps);
        let randomness = self.panel.randomness.unwrap_or_default();
        let positions = if vote == UNFETCHABLE {
            Vec::new()
        } else {
            bound.openings(&randomness, owner, steps)
        };
        if positions.len() != ballot.openings.len() {
            let found = ballot.openings.len().to_string();
            return Err(invalid(
                "openings",
                found,
                "one for each drawn position; none if nothing could be fetched",
            ));
        }
        for (position, opening) in positions.into_iter().zip(&ballot.openings) {
            if !opens(&vote.trace_root, position, steps, opening) {
                let rule = "a digest with its path to the trace root, 32 bytes each";
                return Err(invalid("opening", format!("wrong at step {position}"), rule));
            }
        }
        Ok(vote)
    }
}

/// Whether an opening is a step's digest and a path that proves it.
fn opens(root: &Hash, position: u64, steps: u64, opening: &[u8]) -> bool {
    let (hashes, rest) = opening.as_chunks::<32>();
    match hashes.split_first() {
        Some((step, path)) if rest.is_empty() => verify(root, step, position, steps, path),
        _ => false,
    }
}
