//! State x action x actor.

use cosmwasm_std::Addr;
use joule_testing::{code, Buyer, Provider, World, USDC};
use joule_types::{
    marketplace,
    work::job::{next, JobAction, JobState, Retry},
    JobId,
};

use super::result;

/// A job in a state, with everybody who could have a part in it.
struct Scene {
    world: World,
    buyer: Buyer,
    first: Provider,
    second: Provider,
    job: JobId,
}

fn scene(state: JobState) -> Scene {
    let mut world = World::new();
    let first = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    world.give(&first.owner, 100_000, USDC);
    for who in [&first.owner, &first.operator] {
        world.give(who, 100_000, USDC);
        world.deposit(who, 100_000, USDC).unwrap();
    }
    let spec = world.job_spec();
    if state == JobState::Queued {
        let first_offer = first.offer;
        let operator = first.operator.clone();
        let market = world.peers.marketplace.clone();
        let close = marketplace::ExecuteMsg::CloseOffer { offer: first_offer };
        world.send(&operator, &market, &close, &[]).unwrap();
    }
    let job = world.post(&buyer, spec);
    match state {
        JobState::Queued | JobState::Assigned => {}
        JobState::Running => drop(world.start(&first, job).unwrap()),
        JobState::ResultSubmitted => world.deliver(&first, job),
        JobState::Completed => {
            world.deliver(&first, job);
            world.accept(&buyer, job).unwrap();
        }
        JobState::Failed => drop(world.cancel(&buyer, job).unwrap()),
        JobState::Disputed | JobState::Resolved => {
            world.deliver(&first, job);
            world.dispute(&buyer.address, job).unwrap();
            if state == JobState::Resolved {
                world.resolve(job, 5_000).unwrap();
            }
        }
        JobState::Submitted | JobState::Verifying => panic!("no message ends in {state}"),
    }
    assert_eq!(world.state(job), state);
    // Somebody else who could take it over.
    let second = world.provider("spare", 450_000);
    Scene {
        world,
        buyer,
        first,
        second,
        job,
    }
}

const STATES: [JobState; 8] = [
    JobState::Queued,
    JobState::Assigned,
    JobState::Running,
    JobState::ResultSubmitted,
    JobState::Completed,
    JobState::Failed,
    JobState::Disputed,
    JobState::Resolved,
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Actor {
    Buyer,
    Owner,
    Operator,
    OtherProvider,
    Arbiter,
    Keeper,
    Stranger,
}

const ACTORS: [Actor; 7] = [
    Actor::Buyer,
    Actor::Owner,
    Actor::Operator,
    Actor::OtherProvider,
    Actor::Arbiter,
    Actor::Keeper,
    Actor::Stranger,
];

impl Scene {
    fn who(&self, actor: Actor) -> Addr {
        match actor {
            Actor::Buyer => self.buyer.address.clone(),
            Actor::Owner => self.first.owner.clone(),
            Actor::Operator => self.first.operator.clone(),
            Actor::OtherProvider => self.second.operator.clone(),
            Actor::Arbiter => self.world.arbiter.clone(),
            Actor::Keeper => self.world.account("keeper"),
            Actor::Stranger => self.world.account("eve"),
        }
    }
}

/// The legal set, listed once: which edge a message stands for, whose it is, and whether it waits for the deadline.
fn edge(state: JobState, msg: &marketplace::ExecuteMsg, actor: Actor, late: bool) -> Option<JobState> {
    use marketplace::ExecuteMsg as M;
    let provider = matches!(actor, Actor::Owner | Actor::Operator);
    let (action, may) = match msg {
        M::Assign { .. } => (JobAction::Assign, !late && state == JobState::Queued),
        M::Decline { .. } => (JobAction::Decline(Retry::Again), provider && !late),
        M::Start { .. } => (JobAction::Start, provider && !late),
        M::SubmitResult { .. } => (JobAction::SubmitResult, provider && !late),
        M::Accept { .. } => (JobAction::Accept, actor == Actor::Buyer),
        M::Cancel { .. } => (JobAction::Cancel, actor == Actor::Buyer),
        M::Dispute { .. } => (JobAction::Dispute, (provider || actor == Actor::Buyer) && !late),
        M::Resolve { .. } => (JobAction::Resolve, actor == Actor::Arbiter && !late),
        M::Timeout { .. } => {
            let action = match state {
                JobState::Queued => JobAction::Expire,
                JobState::Assigned => JobAction::StartTimeout(Retry::Again),
                JobState::Running => JobAction::RunTimeout(Retry::Again),
                JobState::ResultSubmitted => JobAction::AcceptTimeout,
                JobState::Disputed => JobAction::ArbiterTimeout,
                _ => return None,
            };
            (action, late)
        }
        _ => return None,
    };
    let reached = next(state, action).filter(|_| may)?;
    // Back in the queue the job meets the spare provider at once, if that one is on line.
    Some(if reached == JobState::Queued {
        JobState::Assigned
    } else {
        reached
    })
}

#[test]
fn every_state_with_every_action_and_actor() {
    use marketplace::ExecuteMsg as M;
    let mut allowed = 0;
    for state in STATES {
        for late in [false, true] {
            let mut scene = scene(state);
            let job = scene.job;
            if late && scene.world.job(job).next_deadline_at.is_some() {
                scene.world.pass_deadline(job);
            }
            let spare = scene.second.clone();
            scene.world.beat(&spare, &[spare.node]).unwrap();
            let (attempt, start) = (scene.world.job(job).attempts, scene.world.snapshot());
            let actions = [
                M::Assign { job, hints: vec![] },
                M::Decline {
                    job,
                    attempt,
                    reason: "no".into(),
                },
                M::Start { job, attempt },
                result(job, attempt),
                M::Accept { job },
                M::Cancel { job },
                M::Dispute {
                    job,
                    reason: "no".into(),
                },
                M::Resolve {
                    job,
                    provider_bps: 5_000,
                },
                M::Timeout { job },
            ];
            for actor in ACTORS {
                let who = scene.who(actor);
                for msg in &actions {
                    scene.world.restore(&start);
                    let (before, digest) = (scene.world.job(job), scene.world.digest());
                    let answer = scene.world.market(&who, msg);
                    let code = answer.as_ref().err().map(code);
                    let place = format!("{actor:?} sends {msg:?} in {state}, late {late}: {code:?}");
                    match edge(state, msg, actor, late) {
                        Some(wanted) => {
                            assert!(answer.is_ok(), "{place}");
                            let after = scene.world.job(job);
                            assert_eq!(after.state, wanted, "{place}");
                            assert!(after.version > before.version, "{place}");
                            scene.world.check();
                            allowed += 1;
                        }
                        None => {
                            assert!(code.as_deref().is_some_and(|code| code.starts_with("mkt.")), "{place}");
                            assert_eq!(scene.world.digest(), digest, "{place}");
                        }
                    }
                }
            }
        }
    }
    // Assign 7 actors; Decline, Start, SubmitResult 2 each; Accept 1 and Cancel 2, early and late; Dispute 3; Resolve 1; Timeout 7 in 5 states.
    assert_eq!(allowed, 7 + 3 * 2 + 2 * (1 + 2) + 3 + 1 + 5 * 7);
}
