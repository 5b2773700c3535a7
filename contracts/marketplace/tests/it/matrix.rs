//! Generated matrices: role x message, funds x message, state x message x actor.

use super::support::*;
use cosmwasm_std::coin;
use joule_types::{marketplace::*, AdminMsg, JobId, NodeId, OfferId, Role};
use joule_work::job::{next, JobAction, JobState, Retry};

const JOB: JobId = JobId(1);
const OFFER: OfferId = OfferId(1);

fn commit_msg(attempt: u32) -> ExecuteMsg {
    ExecuteMsg::CommitVote {
        job: JOB,
        attempt,
        rung: 0,
        seat: 0,
        sealed: vec![1; 32].into(),
    }
}

fn reveal_msg(attempt: u32) -> ExecuteMsg {
    ExecuteMsg::RevealVote {
        job: JOB,
        attempt,
        rung: 0,
        seat: 0,
        vote: roots(&run(1).vote),
        salt: vec![1; 32].into(),
        openings: vec![],
    }
}

/// One message of each variant. The match makes a new variant a compile error here.
fn every_message() -> Vec<ExecuteMsg> {
    let all = vec![
        ExecuteMsg::CreateOffer { terms: terms(1) },
        ExecuteMsg::UpdateOffer {
            offer: OFFER,
            terms: terms(1),
        },
        ExecuteMsg::CloseOffer { offer: OFFER },
        ExecuteMsg::Refresh { offers: vec![] },
        ExecuteMsg::Reindex { limit: 1 },
        post_msg(spec()),
        ExecuteMsg::Assign {
            job: JOB,
            hints: vec![],
        },
        ExecuteMsg::Decline {
            job: JOB,
            attempt: 1,
            reason: String::new(),
        },
        ExecuteMsg::Start { job: JOB, attempt: 1 },
        result_msg(JOB, 1),
        ExecuteMsg::Seal { job: JOB },
        ExecuteMsg::Draw { job: JOB },
        commit_msg(1),
        reveal_msg(1),
        ExecuteMsg::Tally { job: JOB },
        ExecuteMsg::Accept { job: JOB },
        ExecuteMsg::Cancel { job: JOB },
        ExecuteMsg::Dispute {
            job: JOB,
            reason: String::new(),
        },
        ExecuteMsg::Resolve {
            job: JOB,
            provider_bps: 5_000,
        },
        ExecuteMsg::Timeout { job: JOB },
        ExecuteMsg::UpdateParams { update: Box::default() },
        ExecuteMsg::UpdateIndex { index: index_params() },
        ExecuteMsg::Admin(AdminMsg::Launch {}),
        ExecuteMsg::Admin(AdminMsg::Pause { secs: 10 }),
        ExecuteMsg::Admin(AdminMsg::Resume {}),
        ExecuteMsg::Admin(AdminMsg::SetGuardian { guardian: None }),
    ];
    for msg in &all {
        match msg {
            ExecuteMsg::CreateOffer { .. }
            | ExecuteMsg::UpdateOffer { .. }
            | ExecuteMsg::CloseOffer { .. }
            | ExecuteMsg::Refresh { .. }
            | ExecuteMsg::Reindex { .. }
            | ExecuteMsg::PostJob { .. }
            | ExecuteMsg::Assign { .. }
            | ExecuteMsg::Decline { .. }
            | ExecuteMsg::Start { .. }
            | ExecuteMsg::SubmitResult { .. }
            | ExecuteMsg::Seal { .. }
            | ExecuteMsg::Draw { .. }
            | ExecuteMsg::CommitVote { .. }
            | ExecuteMsg::RevealVote { .. }
            | ExecuteMsg::Tally { .. }
            | ExecuteMsg::Accept { .. }
            | ExecuteMsg::Cancel { .. }
            | ExecuteMsg::Dispute { .. }
            | ExecuteMsg::Resolve { .. }
            | ExecuteMsg::Timeout { .. }
            | ExecuteMsg::UpdateParams { .. }
            | ExecuteMsg::UpdateIndex { .. }
            | ExecuteMsg::Admin(_) => {}
        }
    }
    all
}

#[test]
fn a_stranger_is_refused_wherever_a_role_is_required() {
    let senders = [
        "stranger", "deployer", "guardian", "dao", "registry", "escrow", "staking", "token",
    ];
    for msg in every_message() {
        for sender in senders {
            let may = match msg.required_role() {
                Role::Anyone | Role::Party => continue,
                Role::Owner => sender == "dao",
                Role::Guardian => sender == "dao" || sender == "guardian",
                Role::Deployer => false,
                other => panic!("no message of the marketplace asks for {other}"),
            };
            let mut market = Market::with_offers(1);
            let answer = market.exec(sender, msg.clone());
            if may {
                assert!(answer.is_ok(), "{sender} sends {msg:?}: {answer:?}");
            } else {
                let wanted = match (msg.required_role(), sender) {
                    (Role::Deployer, _) => "kit.not_setup",
                    _ => "kit.unauthorized",
                };
                assert_eq!(code(answer), wanted, "{sender} sends {msg:?}");
            }
        }
    }
}

#[test]
fn nothing_but_launch_works_in_setup() {
    for msg in every_message() {
        let mut market = Market::in_setup();
        for sender in ["buyer", "owner1", "dao", "guardian", "deployer"] {
            let answer = market.exec(sender, msg.clone());
            match (&msg, sender) {
                (ExecuteMsg::Admin(AdminMsg::Launch {}), "deployer") => assert!(answer.is_ok()),
                (ExecuteMsg::Admin(AdminMsg::Launch {}), _) => assert_eq!(code(answer), "kit.unauthorized"),
                _ => assert_eq!(code(answer), "kit.setup"),
            }
        }
    }
}

#[test]
fn coins_are_refused_with_every_message_but_post() {
    for msg in every_message() {
        for funds in [vec![uusdc(1)], vec![coin(1, "uatom")], vec![uusdc(1), coin(1, "uatom")]] {
            let mut market = Market::with_offers(1);
            let sender = match msg.required_role() {
                Role::Owner | Role::Guardian => a("dao"),
                Role::Deployer => {
                    market = Market::in_setup();
                    a("deployer")
                }
                _ => a("owner1"),
            };
            let answer = market.exec_as(&sender, &funds, msg.clone());
            match (&msg, funds.as_slice()) {
                (ExecuteMsg::PostJob { .. }, [one]) if one.denom == "uusdc" => assert!(answer.is_ok()),
                (ExecuteMsg::PostJob { .. }, [_]) => assert_eq!(code(answer), "mkt.wrong_funds"),
                (ExecuteMsg::PostJob { .. }, _) => assert_eq!(code(answer), "kit.one_coin"),
                _ => assert_eq!(code(answer), "kit.unexpected_funds", "{msg:?}"),
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    InTime,
    Late,
}

const ACTORS: [&str; 8] = [
    "buyer",
    "owner1",
    "operator1",
    "payout1",
    "arbiter",
    "guardian",
    "dao",
    "stranger",
];
const STATES: [JobState; 9] = [
    JobState::Queued,
    JobState::Assigned,
    JobState::Running,
    JobState::ResultSubmitted,
    JobState::Verifying,
    JobState::Completed,
    JobState::Failed,
    JobState::Disputed,
    JobState::Resolved,
];

/// The edge that a message stands for in a state, and who may take it when: written down apart from the contract.
fn expected(state: JobState, msg: &ExecuteMsg, actor: &str, when: When) -> Option<JobState> {
    let provider = actor == "owner1" || actor == "operator1";
    let (action, may, until_deadline) = match msg {
        ExecuteMsg::Assign { .. } if state == JobState::Queued => (JobAction::Assign, true, true),
        ExecuteMsg::Decline { .. } => (JobAction::Decline(Retry::Again), provider, true),
        ExecuteMsg::Start { .. } => (JobAction::Start, provider, true),
        ExecuteMsg::SubmitResult { .. } => (JobAction::SubmitResult, provider, true),
        ExecuteMsg::Accept { .. } => return next(state, JobAction::Accept).filter(|_| actor == "buyer"),
        ExecuteMsg::Cancel { .. } => return next(state, JobAction::Cancel).filter(|_| actor == "buyer"),
        ExecuteMsg::Dispute { .. } => (JobAction::Dispute, provider || actor == "buyer", true),
        ExecuteMsg::Resolve { .. } => (JobAction::Resolve, actor == "arbiter", true),
        ExecuteMsg::Timeout { .. } => {
            // One offer only: nobody is left for a second attempt. A deadline passed long ago ends the job.
            let action = match state {
                JobState::Queued => JobAction::Expire,
                JobState::Assigned => JobAction::StartTimeout(Retry::Exhausted),
                JobState::Running => JobAction::RunTimeout(Retry::Exhausted),
                JobState::ResultSubmitted => JobAction::AcceptTimeout,
                JobState::Disputed => JobAction::ArbiterTimeout,
                // Ten days late: past the whole time to judge.
                JobState::Verifying => JobAction::Abandon,
                _ => return None,
            };
            (action, when == When::Late, false)
        }
        _ => return None,
    };
    next(state, action).filter(|_| may && (!until_deadline || when == When::InTime))
}

#[test]
fn every_state_message_and_actor() {
    let mut allowed = 0;
    for state in STATES {
        for when in [When::InTime, When::Late] {
            let (mut start, job) = Market::job_in(state);
            if state == JobState::Queued {
                // Now there is something to assign.
                start.add_offer(node(1), terms(1));
            }
            if when == When::Late {
                start.now += 10 * 86_400;
            }
            for actor in ACTORS {
                for msg in messages_of_a_job(state) {
                    let mut market = start.fork();
                    let before = market.job(job);
                    let answer = market.exec(actor, msg.clone());
                    let after = market.job(job);
                    let place = format!("{actor} sends {msg:?} in {state}, {when:?}: {answer:?}");
                    match expected(state, &msg, actor, when) {
                        Some(wanted) => {
                            assert!(answer.is_ok(), "{place}");
                            assert_eq!(after.state, wanted, "{place}");
                            assert_eq!(after.version, before.version + 1, "{place}");
                            allowed += 1;
                        }
                        None => {
                            assert!(code(answer).starts_with("mkt."), "{place}");
                            assert_eq!(after, before, "{place}");
                        }
                    }
                }
            }
        }
    }
    // Assign 8 actors; Decline, Start, SubmitResult 2; Accept 2 and Cancel 4 (early and late); Dispute 3; Resolve 1;
    // Timeout 8 in each of 6 states.
    assert_eq!(allowed, 8 + 3 * 2 + 2 + 4 + 3 + 1 + 48);
}

fn messages_of_a_job(state: JobState) -> Vec<ExecuteMsg> {
    let attempt = u32::from(state != JobState::Queued);
    let mut all: Vec<ExecuteMsg> = every_message()
        .into_iter()
        .filter(|msg| {
            matches!(
                msg,
                ExecuteMsg::Assign { .. }
                    | ExecuteMsg::Accept { .. }
                    | ExecuteMsg::Cancel { .. }
                    | ExecuteMsg::Dispute { .. }
                    | ExecuteMsg::Resolve { .. }
                    | ExecuteMsg::Timeout { .. }
            )
        })
        .collect();
    all.extend([
        ExecuteMsg::Decline {
            job: JOB,
            attempt,
            reason: String::new(),
        },
        ExecuteMsg::Start { job: JOB, attempt },
        result_msg(JOB, attempt),
    ]);
    all
}

/// Another attempt's number is refused in every state, for the provider too.
#[test]
fn a_wrong_attempt_is_stale_everywhere() {
    for state in STATES {
        let (mut market, job) = Market::job_in(state);
        for attempt in [0, 2, u32::MAX] {
            if attempt == market.job(job).attempts {
                continue;
            }
            let messages = [
                ExecuteMsg::Decline {
                    job,
                    attempt,
                    reason: String::new(),
                },
                ExecuteMsg::Start { job, attempt },
                result_msg(job, attempt),
            ];
            for msg in messages {
                assert_eq!(code(market.exec("operator1", msg)), "mkt.stale_attempt");
            }
        }
    }
}

#[test]
fn offers_belong_to_their_provider_whatever_the_sender() {
    for actor in ACTORS {
        let provider = actor == "owner1" || actor == "operator1";
        let mut market = Market::with_offers(1);
        market.nodes.insert(2, {
            let mut second = node(2);
            (second.owner, second.operator) = (a("owner1"), a("operator1"));
            second
        });
        let mut second = terms(2);
        second.node = NodeId(2);
        for msg in [
            ExecuteMsg::CreateOffer { terms: second },
            ExecuteMsg::UpdateOffer {
                offer: OFFER,
                terms: terms(1),
            },
            ExecuteMsg::CloseOffer { offer: OFFER },
        ] {
            let answer = market.exec(actor, msg);
            if provider {
                assert!(answer.is_ok(), "{actor}: {answer:?}");
            } else {
                assert_eq!(code(answer), "mkt.not_your_node");
            }
        }
    }
}
