//! I-34 to I-36 of committees: who sits is what the draw says, a vote counts once, a ruling is what the ballots say, and happens once.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::Addr;
use joule_marketplace::domain::panel::Seat;
use joule_types::{
    marketplace::{PanelPhase, PanelRuling, SeatVerdict},
    staking::{IncidentKind, Slashed},
    work::{
        committee::{draw_point, Panel, Vote},
        job::JobState,
    },
};

use super::{events, market::job_state, tree, Report, Step};
use crate::observe::{JobBooks, Observation, PanelBooks};

/// Seats and equal votes that decide, of each rung.
const LADDER: [(usize, usize); 3] = [(3, 3), (7, 5), (21, 11)];

/// All committees, by job and attempt.
pub(super) fn all(seen: &Observation) -> impl Iterator<Item = (u64, u32, &PanelBooks)> {
    seen.market
        .jobs
        .iter()
        .flat_map(|(id, job)| job.panels.iter().map(move |(attempt, books)| (*id, *attempt, books)))
}

pub(super) fn state(seen: &Observation, report: &mut Report) {
    let mut open = BTreeMap::new();
    for (id, attempt, books) in all(seen) {
        let place = format!("the committee of job {id}, attempt {attempt}");
        seats(&place, books, report);
        rulings(&place, delivered(seen, id, attempt), books, report);
        let panel = &books.panel;
        if panel.phase != PanelPhase::Closed {
            let present = books.seats.iter().filter(|((rung, _), _)| *rung == panel.rung);
            for ((rung, number), seat) in present {
                let number = u64::from(attempt) << 16 | u64::from(*rung) << 8 | u64::from(*number);
                open.insert((seat.owner.clone(), id), number);
            }
        }
    }
    let is: BTreeSet<_> = seen.market.open_seats.keys().collect();
    report.equal("I-38", "seats that may have to vote", &is, &open.keys().collect());
    for (id, job) in &seen.market.jobs {
        once(*id, job, report);
    }
}

/// What was delivered, if it was the last delivery and can still be looked up.
fn delivered(seen: &Observation, id: u64, attempt: u32) -> Option<Vote> {
    let job = seen.market.jobs.get(&id)?;
    let last = job.panels.keys().last();
    let result = job.result.as_ref().filter(|_| last == Some(&attempt))?;
    Some(Vote {
        result_root: result.result_root.as_slice().try_into().ok()?,
        trace_root: result.trace_root.as_slice().try_into().ok()?,
    })
}

/// I-34: nobody sits twice, nobody who is a party sits, no more vote than the rung has seats, and the counters are counts.
fn seats(place: &str, books: &PanelBooks, report: &mut Report) {
    let voted: Vec<&Addr> = books
        .seats
        .values()
        .filter(|seat| seat.sealed.is_some())
        .map(|seat| &seat.owner)
        .collect();
    let different: BTreeSet<_> = voted.iter().collect();
    report.equal(
        "I-34",
        &format!("different voters of {place}"),
        &different.len(),
        &voted.len(),
    );
    let linked = |seat: &&Seat| books.links.contains(&seat.owner) || books.links.contains(&seat.operator);
    let linked = books.seats.values().find(linked);
    report.unless(linked.is_none(), "I-34", || {
        format!("a party sits in {place}: {linked:?}")
    });
    for (rung, (most, _)) in (0u8..).zip(LADDER) {
        let of = || {
            books
                .seats
                .iter()
                .filter(move |((of, _), _)| *of == rung)
                .map(|(_, seat)| seat)
        };
        let (drawn, primaries) = (of().count(), of().filter(|seat| !seat.standby).count());
        let (sealed, revealed) = (
            of().filter(|seat| seat.sealed.is_some()).count(),
            of().filter(|seat| seat.vote.is_some()).count(),
        );
        let fits = drawn == 0 || (primaries == most && drawn <= most + 2);
        report.unless(fits && sealed <= most, "I-34", || {
            format!("rung {rung} of {place} has {drawn} seats, {primaries} of them not standbys, and {sealed} votes")
        });
        let unsealed = of().find(|seat| seat.vote.is_some() && seat.sealed.is_none());
        report.unless(unsealed.is_none(), "I-34", || {
            format!("a vote of {place} was not sealed")
        });
        if rung == books.panel.rung {
            let counted = (usize::from(books.panel.committed), usize::from(books.panel.revealed));
            report.equal("I-35", &format!("votes of {place}"), &counted, &(sealed, revealed));
        }
    }
}

/// I-35 and I-36: every rung below the present one did not agree; a ruling is what enough equal votes of the last rung say, and nobody who
/// voted with them is blamed.
fn rulings(place: &str, delivered: Option<Vote>, books: &PanelBooks, report: &mut Report) {
    let panel = &books.panel;
    for (rung, (_, agree)) in (0u8..).zip(LADDER).take(usize::from(panel.rung)) {
        let found = agreed(books, rung, agree);
        report.unless(found.is_none(), "I-35", || {
            format!("rung {rung} of {place} agreed on {found:?} and went on")
        });
    }
    let agree = LADDER
        .get(usize::from(panel.rung))
        .map_or(usize::MAX, |(_, agree)| *agree);
    let found = agreed(books, panel.rung, agree);
    report.unless(
        (panel.phase == PanelPhase::Closed) == panel.ruling.is_some(),
        "I-36",
        || format!("{place} is {:?} with the ruling {:?}", panel.phase, panel.ruling),
    );
    let Some(ruling) = panel.ruling else {
        let early = books.seats.values().find(|seat| seat.verdict.is_some());
        return report.unless(early.is_none(), "I-36", || {
            format!("{place} judged {early:?} without a ruling")
        });
    };
    let upheld = delivered.map(|delivered| found == Some(delivered));
    let right = match ruling {
        PanelRuling::Upheld => found.is_some() && upheld != Some(false),
        PanelRuling::Overturned => found.is_some() && !found.is_some_and(is_blank) && upheld != Some(true),
        PanelRuling::Unjudged => found.is_some_and(is_blank),
        // Of votes that were never counted nothing follows.
        PanelRuling::Abandoned => true,
    };
    report.unless(right, "I-35", || {
        format!("{place} is {ruling:?}, its votes say {found:?}")
    });
    let ruled = found.filter(|_| ruling != PanelRuling::Abandoned);
    for (key, seat) in &books.seats {
        use SeatVerdict::{Excused, NoShow, Paid, Wrong};
        let wanted: &[SeatVerdict] = match (seat.vote, ruled) {
            (Some(vote), Some(ruled)) if vote == ruled => &[Paid],
            // Who saw less than the others told no lie.
            (Some(vote), Some(ruled)) if differs_in_sight(vote, ruled) => &[NoShow, Excused],
            (Some(_), Some(_)) => &[Wrong],
            (Some(_), None) => &[Excused],
            (None, _) if seat.sealed.is_some() => &[Wrong, Excused],
            (None, _) if seat.standby => &[Excused],
            (None, _) => &[NoShow, Excused],
        };
        let right = seat.verdict.is_some_and(|verdict| wanted.contains(&verdict));
        report.unless(right, "I-36", || {
            format!("seat {key:?} of {place}, which is {ruling:?}: {seat:?}")
        });
    }
}

/// A vote that says that there was nothing to run.
fn is_blank(vote: Vote) -> bool {
    vote.result_root == [0; 32] && vote.trace_root == [0; 32]
}

/// Whether two votes differ only in what each of them could fetch.
fn differs_in_sight(one: Vote, other: Vote) -> bool {
    let unseen = |vote: Vote| vote.result_root == [0; 32];
    is_blank(one) || is_blank(other) || (one.trace_root == other.trace_root && (unseen(one) || unseen(other)))
}

/// The vote that at least `agree` seats of a rung revealed.
fn agreed(books: &PanelBooks, rung: u8, agree: usize) -> Option<Vote> {
    let mut votes = BTreeMap::<Vote, usize>::new();
    for (_, seat) in books.seats.iter().filter(|((of, _), _)| *of == rung) {
        if let Some(vote) = seat.vote {
            *votes.entry(vote).or_default() += 1;
        }
    }
    votes
        .into_iter()
        .find(|(_, count)| *count >= agree)
        .map(|(vote, _)| vote)
}

/// I-36: a job is judged exactly while a committee of its last attempt is open, is paid by one ruling at most and only by it.
fn once(id: u64, job: &JobBooks, report: &mut Report) {
    let Some(state) = job_state(job) else { return };
    let open = job
        .panels
        .values()
        .filter(|books| books.panel.phase != PanelPhase::Closed);
    let open = open.count();
    report.unless(open == usize::from(state == JobState::Verifying), "I-36", || {
        format!("job {id} is {state} with {open} open committees")
    });
    let upheld = job
        .panels
        .values()
        .filter(|books| books.panel.ruling == Some(PanelRuling::Upheld));
    let judged = job.posted.terms.committee.is_some();
    let paid = judged && state == JobState::Completed;
    report.equal(
        "I-36",
        &format!("rulings that pay job {id}"),
        &upheld.count(),
        &usize::from(paid),
    );
    let divided = job
        .panels
        .values()
        .filter(|books| books.panel.ruling == Some(PanelRuling::Unjudged));
    let halved = judged && state == JobState::Resolved;
    report.equal(
        "I-36",
        &format!("rulings that divide job {id}"),
        &divided.count(),
        &usize::from(halved),
    );
    report.unless(judged || job.panels.is_empty(), "I-36", || {
        format!("job {id} has a committee that nobody asked for")
    });
    let budget = job.posted.spec.verification_budget.u128();
    report.unless(job.spent <= budget, "I-05", || {
        format!("job {id} paid {} of {budget} to validators", job.spent)
    });
}

pub(super) fn step(before: &Observation, after: &Observation, step: &Step, report: &mut Report) {
    for (id, attempt, is) in all(after) {
        let place = format!("the committee of job {id}, attempt {attempt}");
        let was = before.market.jobs.get(&id).and_then(|job| job.panels.get(&attempt));
        if let Some(was) = was {
            kept(&place, was, is, report);
        }
        drawn(before, id, attempt, was, is, report);
    }
    slashes(after, step, report);
}

/// I-34: what was sealed and revealed stays; what is closed stays closed.
fn kept(place: &str, was: &PanelBooks, is: &PanelBooks, report: &mut Report) {
    let closed = was.panel.phase == PanelPhase::Closed;
    report.unless(!closed || was == is, "I-36", || {
        format!("{place} was closed and changed")
    });
    report.equal("I-34", &format!("parties of {place}"), &is.links, &was.links);
    for (key, old) in &was.seats {
        let same = is.seats.get(key).is_some_and(|new| {
            let sealed = old.sealed.is_none() || old.sealed == new.sealed;
            let vote = old.vote.is_none() || old.vote == new.vote;
            sealed && vote && old.owner == new.owner && old.operator == new.operator && old.weight == new.weight
        });
        report.unless(same, "I-34", || format!("seat {key:?} of {place} changed from {old:?}"));
    }
    let votes = |books: &PanelBooks| {
        let sealed = books.seats.values().filter(|seat| seat.sealed.is_some()).count();
        sealed + books.seats.values().filter(|seat| seat.vote.is_some()).count()
    };
    let cast = votes(is).checked_sub(votes(was));
    report.unless(cast.is_some_and(|cast| cast <= 1), "I-34", || {
        format!("one message cast {cast:?} votes in {place}")
    });
}

/// I-34: seats are the points of the sealed round on the line of stake of the sealed epoch, which was over before the round was fixed.
fn drawn(before: &Observation, id: u64, attempt: u32, was: Option<&PanelBooks>, is: &PanelBooks, report: &mut Report) {
    let rung = is.panel.rung;
    let count = |books: &PanelBooks| books.seats.keys().filter(|(of, _)| *of == rung).count();
    let (Some(was), true) = (was, count(is) > was.map_or(0, count)) else {
        return;
    };
    let place = format!("rung {rung} of the committee of job {id}, attempt {attempt}");
    let (round, epoch) = was.panel.seal;
    let Some(randomness) = before.registry.rounds.get(&round) else {
        return report.unless(false, "I-34", || {
            format!("{place} was drawn by round {round}, which is not posted")
        });
    };
    let mut left_out = was.links.clone();
    let sat = was.seats.values().filter(|seat| !seat.standby || seat.sealed.is_some());
    left_out.extend(sat.map(|seat| seat.owner.clone()));
    let seed = Panel {
        chain_id: &before.chain_id,
        contract: before.peers.marketplace.as_str(),
        job: id,
        attempt,
        rung,
    }
    .draw_seed(&randomness.as_slice().try_into().unwrap_or_default());
    let seats = LADDER.get(usize::from(rung)).map_or(0, |(seats, _)| seats + 2);
    let epoch = u32::try_from(epoch).unwrap_or(u32::MAX);
    let wanted = points(before, epoch, &seed, seats, &left_out);
    let found = is.seats.iter().filter(|((of, _), _)| *of == rung);
    let found: Vec<_> = found
        .map(|(_, seat)| (seat.owner.clone(), seat.operator.clone(), seat.weight))
        .collect();
    report.equal("I-34", &format!("seats of {place}"), &found, &wanted);
}

/// Draws from the plain line of slots, without any tree.
fn points(seen: &Observation, epoch: u32, seed: &[u8; 32], seats: usize, left_out: &[Addr]) -> Vec<(Addr, Addr, u128)> {
    let books = &seen.staking.validators;
    let (mut line, mut drawn) = (tree::line(books, epoch), vec![]);
    for index in 0..=u8::MAX {
        let total: u64 = line.iter().map(|(_, weight)| weight).sum();
        let Some(mut point) = draw_point(seed, index, total).filter(|_| drawn.len() < seats) else {
            break;
        };
        let hit = line.iter().position(|(_, weight)| match point.checked_sub(*weight) {
            Some(beyond) => {
                point = beyond;
                false
            }
            None => true,
        });
        let Some(hit) = hit else { break };
        let (slot, weight) = line.remove(hit);
        if let Some(seat) = books.seats.get(&slot) {
            let operator = seat.operator.at_end_of(epoch);
            if !left_out.contains(&seat.owner) && !left_out.contains(operator) {
                drawn.push((seat.owner.clone(), operator.clone(), weight.into()));
            }
        }
    }
    drawn
}

/// I-36: who is slashed for a vote, a missing one or a result is who was found to have given it, and nobody who voted as was ruled.
fn slashes(after: &Observation, step: &Step, report: &mut Report) {
    for slash in events::all::<Slashed>(&step.events).iter().filter(|slash| !slash.known) {
        let job = after.market.jobs.get(&slash.id);
        let verdict = |wanted: SeatVerdict| {
            let panels = job.into_iter().flat_map(|job| job.panels.values());
            panels
                .flat_map(|books| books.seats.values())
                .any(|seat| seat.owner == slash.pool && seat.verdict == Some(wanted))
        };
        let guilty = if slash.kind == IncidentKind::WrongVote.name() {
            verdict(SeatVerdict::Wrong)
        } else if slash.kind == IncidentKind::NoShow.name() {
            verdict(SeatVerdict::NoShow)
        } else if slash.kind == IncidentKind::WrongResult.name() {
            let mut panels = job.into_iter().flat_map(|job| job.panels.values());
            panels.any(|books| books.panel.ruling == Some(PanelRuling::Overturned) && books.links.contains(&slash.pool))
        } else {
            true
        };
        report.unless(guilty, "I-36", || format!("{slash:?} without a verdict"));
    }
}
