//! Committees: phase x action x actor, in time and late.

use cosmwasm_std::Addr;
use joule_testing::{code, Run, World};
use joule_types::{
    marketplace::{ExecuteMsg as M, PanelPhase, SeatResponse},
    JobId,
};

/// A committee in a phase.
struct Scene {
    world: World,
    job: JobId,
    seats: Vec<SeatResponse>,
}

const PHASES: [PanelPhase; 6] = [
    PanelPhase::Sealing,
    PanelPhase::AwaitBeacon,
    PanelPhase::Commit,
    PanelPhase::Standby,
    PanelPhase::Reveal,
    PanelPhase::Closed,
];

/// Of three seats the first is still empty in the phases of votes; of those that sealed, none has revealed.
fn scene(phase: PanelPhase) -> Scene {
    let mut world = World::new();
    world.validators(12);
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let spec = world.judged_spec();
    let job = world.post(&buyer, spec);
    world.start(&provider, job).unwrap();
    world.submit_run(&provider, job, &Run::right()).unwrap();
    world.pass(5);
    world.pass(5);
    let mut seats = vec![];
    if phase == PanelPhase::AwaitBeacon {
        world.seal(job).unwrap();
        let round = world.panel(job).round.unwrap();
        world.pass_to_round(round);
        world.post_round(round).unwrap();
    } else if phase != PanelPhase::Sealing {
        seats = world.seat(job);
        let voters = if matches!(phase, PanelPhase::Reveal | PanelPhase::Closed) {
            0..3
        } else {
            1..3
        };
        for seat in &seats[voters] {
            world.commit_vote(job, seat, &Run::right()).unwrap();
        }
        if phase == PanelPhase::Standby {
            world.end_phase(job).unwrap();
        }
        if phase == PanelPhase::Closed {
            for seat in &seats[..3] {
                world.reveal_vote(job, seat, &Run::right()).unwrap();
            }
            world.tally(job).unwrap();
        }
    }
    assert_eq!(world.panel(job).phase, phase);
    Scene { world, job, seats }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Actor {
    SeatOwner(usize),
    SeatOperator(usize),
    Buyer,
    Provider,
    Keeper,
    Stranger,
}

const ACTORS: [Actor; 9] = [
    Actor::SeatOwner(0),
    Actor::SeatOperator(0),
    Actor::SeatOwner(1),
    Actor::SeatOperator(1),
    Actor::SeatOperator(3),
    Actor::Buyer,
    Actor::Provider,
    Actor::Keeper,
    Actor::Stranger,
];

impl Scene {
    fn who(&self, actor: Actor) -> Addr {
        let seat = |n: usize| self.seats.get(n);
        let nobody = || self.world.account("eve");
        match actor {
            Actor::SeatOwner(n) => seat(n).map_or_else(nobody, |seat| seat.owner.clone()),
            Actor::SeatOperator(n) => seat(n).map_or_else(nobody, |seat| seat.operator.clone()),
            Actor::Buyer => self.world.account("ada"),
            Actor::Provider => self.world.account("turbine-agent"),
            Actor::Keeper => self.world.account("keeper"),
            Actor::Stranger => nobody(),
        }
    }

    /// Every act: those of anyone, the vote of the first seat and of a standby, and the reveal of the second seat.
    fn acts(&self) -> Vec<(&'static str, M)> {
        let job = self.job;
        let mut acts = vec![
            ("seal", M::Seal { job }),
            ("draw", M::Draw { job }),
            ("tally", M::Tally { job }),
            ("timeout", M::Timeout { job }),
        ];
        if let [first, second, _, standby, ..] = self.seats.as_slice() {
            acts.push(("commit 0", self.world.commit_msg(job, first, &Run::right())));
            acts.push(("commit 3", self.world.commit_msg(job, standby, &Run::right())));
            acts.push(("reveal 1", self.world.reveal_msg(job, second, &Run::right())));
        }
        acts
    }
}

/// The legal set, listed once.
fn legal(phase: PanelPhase, act: &str, actor: Actor, late: bool) -> bool {
    let of = |n: usize| actor == Actor::SeatOwner(n) || actor == Actor::SeatOperator(n);
    match act {
        "seal" => phase == PanelPhase::Sealing && !late,
        "draw" => phase == PanelPhase::AwaitBeacon && !late,
        "commit 0" => phase == PanelPhase::Commit && of(0) && !late,
        "commit 3" => phase == PanelPhase::Standby && of(3) && !late,
        "reveal 1" => phase == PanelPhase::Reveal && of(1) && !late,
        "tally" => phase == PanelPhase::Reveal && late,
        _ => phase != PanelPhase::Closed && late,
    }
}

#[test]
fn every_phase_with_every_act_and_actor() {
    let mut allowed = 0;
    for phase in PHASES {
        for late in [false, true] {
            let mut scene = scene(phase);
            if late && phase != PanelPhase::Closed {
                scene.world.pass_deadline(scene.job);
            }
            let (start, acts) = (scene.world.snapshot(), scene.acts());
            for actor in ACTORS {
                let who = scene.who(actor);
                for (name, msg) in &acts {
                    scene.world.restore(&start);
                    let digest = scene.world.digest();
                    let answer = scene.world.market(&who, msg);
                    let place = format!(
                        "{actor:?} sends {name} in {phase:?}, late {late}: {:?}",
                        answer.as_ref().err().map(code)
                    );
                    if legal(phase, name, actor, late) {
                        assert!(answer.is_ok(), "{place}");
                        scene.world.check();
                        allowed += 1;
                    } else {
                        let code = answer.as_ref().err().map(code);
                        assert!(code.is_some_and(|code| code.starts_with("mkt.")), "{place}");
                        assert_eq!(scene.world.digest(), digest, "{place}");
                    }
                }
            }
        }
    }
    // Seal and draw by 9 actors each, 2 commits, 1 by the standby's operator, 2 reveals, a late tally and five late timeouts by 9 actors.
    assert_eq!(allowed, 9 + 9 + 2 + 1 + 2 + 9 + 5 * 9);
}
