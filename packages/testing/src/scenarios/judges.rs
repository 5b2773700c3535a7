//! Rounds, validators, committees.

use crate::{Conduct, Provider, Run, World, VALIDATOR_STAKE};
use cosmwasm_std::Addr;
use joule_types::{
    marketplace::{ExecuteMsg, PanelPhase, SeatResponse},
    registry, JobId,
};

use super::Book;

pub(super) fn rounds(book: &mut impl Book) {
    let (mut world, _, job) = court(book, 12, &Run::right());
    world.fund_tips(1_000_000);
    world.seal(job).unwrap();
    let round = world.panel(job).round.unwrap();
    world.pass_to_round(round);
    book.tx(
        "post_round",
        "a wanted round is verified by two pairings of the host and tipped",
        &mut world,
        |w| w.post_round(round),
    );
    let first = world.clock().round_at(world.now()) + 1;
    let trigger = (first..).find(|round| world.opens_window(*round)).unwrap();
    world.pass_to_round(trigger);
    book.tx(
        "post_round_window",
        "a round opens a proof window for all nodes",
        &mut world,
        |w| w.post_round(trigger),
    );
    let keeper = world.account("keeper");
    book.tx("claim_tips", "tips for rounds are paid", &mut world, |w| {
        w.registry(&keeper, &registry::ExecuteMsg::ClaimTips {})
    });
}

pub(super) fn validators(book: &mut impl Book) {
    let mut world = book.world();
    world.validators(40);
    let (owner, operator) = (world.account("late"), world.account("late-agent"));
    world.give_joule(&owner, VALIDATOR_STAKE);
    world.bond(&owner, VALIDATOR_STAKE).unwrap();
    book.tx("enrol", "a pool becomes a validator", &mut world, |w| {
        w.enrol(&owner, Some(&operator))
    });
    book.tx("retire", "a validator gives its slot back", &mut world, |w| {
        w.retire(&owner)
    });
    let first = world.account("validator-0");
    book.tx(
        "unbond_validator",
        "stake of a validator begins to unbond",
        &mut world,
        |w| w.unbond(&first, VALIDATOR_STAKE / 2),
    );
}

/// A market of `n` validators with a job that waits for its committee.
fn court(book: &mut impl Book, n: usize, run: &Run) -> (World, Provider, JobId) {
    let mut world = book.world();
    world.validators(n);
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let spec = world.judged_spec();
    let job = world.post(&buyer, spec);
    world.start(&provider, job).unwrap();
    world.submit_run(&provider, job, run).unwrap();
    (world, provider, job)
}

/// Seals, waits for the round and posts it: the next message can be the draw.
fn drawable(world: &mut World, job: JobId) {
    loop {
        if world.panel(job).phase == PanelPhase::Sealing {
            world.seal(job).unwrap();
        }
        let panel = world.panel(job);
        let round = panel.round.unwrap();
        world.pass_to_round(round);
        world.post_round(round).unwrap();
        let set = world.validator_set();
        if panel.epoch == Some(set.epoch - 1) {
            return;
        }
        world.market(&keeper(world), &ExecuteMsg::Draw { job }).unwrap();
    }
}

fn keeper(world: &World) -> Addr {
    world.account("keeper")
}

fn draw(book: &mut impl Book, name: &'static str, about: &str, world: &mut World, job: JobId) -> Vec<SeatResponse> {
    drawable(world, job);
    let keeper = keeper(world);
    book.tx(name, about, world, |w| w.market(&keeper, &ExecuteMsg::Draw { job }));
    world.seats(job)
}

/// All primaries commit and reveal; nothing of it is recorded.
fn vote(world: &mut World, job: JobId, seats: &[SeatResponse], run: impl Fn(u8) -> Run) {
    let primaries: Vec<_> = seats.iter().filter(|seat| !seat.standby).collect();
    for seat in &primaries {
        world.commit_vote(job, seat, &run(seat.seat)).unwrap();
    }
    assert_eq!(world.panel(job).phase, PanelPhase::Reveal);
    for seat in primaries {
        world.reveal_vote(job, seat, &run(seat.seat)).unwrap();
    }
}

fn liars(n: u8) -> impl Fn(u8) -> Run {
    move |seat| if seat < n { Run::of(b"a lie") } else { Run::right() }
}

/// The dearest way: three rungs, and a result that is overturned on the last.
pub(super) fn ladder(book: &mut impl Book) {
    let mut world = book.world();
    world.validators(40);
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let spec = world.judged_spec();
    let job = book.tx(
        "post_judged",
        "a job for a committee is posted and matched",
        &mut world,
        |w| w.try_post(&buyer, spec, vec![]),
    );
    world.start(&provider, job).unwrap();
    let lie = Run::of(b"a lie");
    book.tx(
        "submit_judged",
        "a result is delivered to a committee",
        &mut world,
        |w| w.submit_run(&provider, job, &lie),
    );
    world.pass(5);
    if world.validator_set().epoch_secs - world.now() % world.validator_set().epoch_secs < 120 {
        world.pass_epoch();
    }
    book.tx("seal", "round and epoch of a draw are fixed", &mut world, |w| {
        w.seal(job)
    });
    let seats = draw(
        book,
        "draw_3",
        "3 seats and 2 standbys are drawn of 40 validators",
        &mut world,
        job,
    );
    vote(&mut world, job, &seats, liars(2));
    book.tx("tally_3_escalates", "three votes that differ", &mut world, |w| {
        w.tally(job)
    });
    let seats = draw(book, "draw_7", "7 seats and 2 standbys", &mut world, job);
    vote(&mut world, job, &seats, liars(4));
    world.tally(job).unwrap();
    let seats = draw(book, "draw_21", "21 seats and 2 standbys", &mut world, job);
    vote(&mut world, job, &seats, liars(10));
    book.tx(
        "tally_21_overturned",
        "31 votes of three rungs: 15 paid, 16 slashed, the provider slashed for all of them",
        &mut world,
        |w| w.tally(job),
    );
    let (mut world, _, job) = court(book, 40, &Run::right());
    let seats = world.seat(job);
    vote(&mut world, job, &seats, liars(1));
    world.tally(job).unwrap();
    let seats = world.seat(job);
    vote(&mut world, job, &seats, liars(0));
    book.tx(
        "tally_7_upheld",
        "ten votes of two rungs: nine paid, one slashed",
        &mut world,
        |w| w.tally(job),
    );
    let (mut world, _, job) = court(book, 12, &Run::right());
    let silent = |seat: &SeatResponse| {
        if seat.seat == 0 {
            Conduct::Absent
        } else {
            Conduct::Votes(Run::right())
        }
    };
    let seats = world.seat(job);
    for seat in &seats[1..3] {
        if let Conduct::Votes(run) = silent(seat) {
            world.commit_vote(job, seat, &run).unwrap();
        }
    }
    world.pass_deadline(job);
    book.tx(
        "timeout_standby",
        "standbys are called for an empty seat",
        &mut world,
        |w| w.timeout(job),
    );
}

/// The same acts among 40 and among 400 validators: they cost the same.
pub(super) fn crowd(book: &mut impl Book) {
    for (n, names) in [
        (40, ["draw_3_of_40", "commit_vote", "reveal_vote", "tally_3_upheld"]),
        (
            400,
            [
                "draw_3_of_400",
                "commit_vote_of_400",
                "reveal_vote_of_400",
                "tally_3_upheld_of_400",
            ],
        ),
    ] {
        let (mut world, _, job) = court(book, n, &Run::right());
        let about = format!("3 seats and 2 standbys are drawn of {n} validators");
        let seats = draw(book, names[0], &about, &mut world, job);
        let run = Run::right();
        let about = format!("a vote is sealed; {n} validators");
        book.tx(names[1], &about, &mut world, |w| w.commit_vote(job, &seats[0], &run));
        world.commit_vote(job, &seats[1], &run).unwrap();
        world.commit_vote(job, &seats[2], &run).unwrap();
        let about = format!("a vote is revealed with three steps of 16; {n} validators");
        book.tx(names[2], &about, &mut world, |w| w.reveal_vote(job, &seats[0], &run));
        world.reveal_vote(job, &seats[1], &run).unwrap();
        world.reveal_vote(job, &seats[2], &run).unwrap();
        let about = format!("three votes agree: voters and provider are paid; {n} validators");
        book.tx(names[3], &about, &mut world, |w| w.tally(job));
    }
}
