//! Generated matrices over a deployed market: role x message and funds x message for every message of the five contracts, state x action x
//! actor for jobs. What is expected is computed from the roles and the table of states; whatever is refused changes nothing.

use cosmwasm_std::{coin, to_json_binary, Addr, Coin, Uint128, Uint64};
use cw20::{Cw20ReceiveMsg, Denom};
use joule_testing::{code, Buyer, Provider, World, USDC};
use joule_types::{
    dao,
    escrow::{self, HoldTerms},
    marketplace,
    registry::{self, NodeUpdate},
    staking::{self, Incident, IncidentKind},
    work::{
        digest,
        fees::FeeTerms,
        job::{next, JobAction, JobState, Retry},
        kind::Class,
    },
    AdminMsg, HoldId, JobId, Money, NodeId, OfferId, Peer, ProposalId, ProviderId, Role, WindowId,
};
use serde::Serialize;

/// A message with what the matrices need to know of it.
struct Case {
    peer: Peer,
    name: String,
    role: Role,
    json: cosmwasm_std::Binary,
    takes_funds: bool,
}

fn case<T: Serialize + std::fmt::Debug>(peer: Peer, msg: &T, role: Role, takes_funds: bool) -> Case {
    let text = format!("{msg:?}");
    let name = text.split([' ', '{', '(']).next().unwrap_or_default().to_string();
    let name = if name == "Admin" {
        text.chars().take(24).collect()
    } else {
        name
    };
    Case {
        peer,
        name: format!("{peer}.{name}"),
        role,
        json: to_json_binary(msg).unwrap(),
        takes_funds,
    }
}

fn admin() -> [AdminMsg; 4] {
    let all = [
        AdminMsg::Launch {},
        AdminMsg::Pause { secs: 10 },
        AdminMsg::Resume {},
        AdminMsg::SetGuardian { guardian: None },
    ];
    for msg in &all {
        match msg {
            AdminMsg::Launch {} | AdminMsg::Pause { .. } | AdminMsg::Resume {} | AdminMsg::SetGuardian { .. } => {}
        }
    }
    all
}

fn hook(world: &World) -> Cw20ReceiveMsg {
    Cw20ReceiveMsg {
        sender: world.account("eve").to_string(),
        amount: Uint128::new(1_000_000),
        msg: to_json_binary(&escrow::EscrowHook::Deposit { owner: None }).unwrap(),
    }
}

fn usdc() -> Denom {
    Denom::Native(USDC.into())
}

/// One message of each variant of each contract. A new variant does not compile until it is here.
fn every_message(world: &World) -> Vec<Case> {
    let mut cases = vec![];
    cases.extend(escrow_messages(world));
    cases.extend(staking_messages(world));
    cases.extend(registry_messages(world));
    cases.extend(market_messages(world));
    cases.extend(dao_messages(world));
    cases
}

fn escrow_messages(world: &World) -> Vec<Case> {
    use escrow::ExecuteMsg as M;
    let (eve, hold) = (world.account("eve").to_string(), HoldId(77));
    let terms = HoldTerms {
        fees: FeeTerms::DEFAULT,
        tips: Uint128::zero(),
        reclaim_at: 0,
    };
    let amount = Uint128::one();
    let mut all = vec![
        M::Receive(hook(world)),
        M::Deposit { owner: None },
        M::Withdraw {
            denom: usdc(),
            amount: None,
            to: None,
        },
        M::OpenHold {
            hold,
            payer: eve.clone(),
            amount: Money::new(usdc(), 1u128),
            terms,
        },
        M::Tip { hold, to: eve, amount },
        M::Settle {
            hold,
            payee: None,
            referrer: None,
            gross: Uint128::zero(),
            awards: vec![],
        },
        M::Reclaim { hold },
        M::Distribute { denom: usdc() },
        M::UpdateParams {
            update: escrow::ParamsUpdate::default(),
        },
    ];
    all.extend(admin().map(M::Admin));
    for msg in &all {
        match msg {
            M::Receive(_)
            | M::Deposit { .. }
            | M::Withdraw { .. }
            | M::OpenHold { .. }
            | M::Tip { .. }
            | M::Settle { .. }
            | M::Reclaim { .. }
            | M::Distribute { .. }
            | M::UpdateParams { .. }
            | M::Admin(_) => {}
        }
    }
    let funds = |msg: &M| matches!(msg, M::Deposit { .. } | M::OpenHold { .. });
    all.iter()
        .map(|msg| case(Peer::Escrow, msg, msg.required_role(), funds(msg)))
        .collect()
}

fn staking_messages(world: &World) -> Vec<Case> {
    use staking::ExecuteMsg as M;
    let incident = Incident {
        kind: IncidentKind::Misuse,
        id: 1,
        attempt: 1,
    };
    let pool = world.voter.to_string();
    let mut all = vec![
        M::Receive(hook(world)),
        M::Unbond { amount: Uint128::one() },
        M::Claim {},
        M::Slash {
            incident,
            pool,
            fraction_bps: 1,
            repay: None,
        },
        M::UpdateParams {
            update: staking::ParamsUpdate::default(),
        },
    ];
    all.extend(admin().map(M::Admin));
    for msg in &all {
        match msg {
            M::Receive(_) | M::Unbond { .. } | M::Claim {} | M::Slash { .. } | M::UpdateParams { .. } | M::Admin(_) => {
            }
        }
    }
    all.iter()
        .map(|msg| case(Peer::Staking, msg, msg.required_role(), false))
        .collect()
}

fn registry_messages(world: &World) -> Vec<Case> {
    use registry::ExecuteMsg as M;
    let (node, window, provider) = (NodeId(1), WindowId(1), ProviderId(1));
    let mut all = vec![
        M::Receive(hook(world)),
        M::UpdateProvider {
            operator: None,
            payout: None,
        },
        M::AddNode { spec: world.cpu_spec() },
        M::UpdateNode {
            node,
            update: NodeUpdate::default(),
        },
        M::SetAvailable { node, available: true },
        M::Beat { nodes: vec![node] },
        M::RequestChallenge { node },
        M::SolveChallenge {
            node,
            nonce: Uint64::zero(),
        },
        M::ExpireChallenge { node },
        M::OpenWindow {},
        M::CommitWindow {
            window,
            node,
            bound: Uint64::one(),
            list_hash: vec![0; 32].into(),
        },
        M::RevealWindow {
            window,
            node,
            ids: vec![].into(),
        },
        M::ReportMissed { window, node },
        M::JudgeUptime { node },
        M::Record {
            node,
            load: 0,
            outcome: None,
        },
        M::SetClass {
            provider,
            class: Class::Cloud,
        },
        M::SetPartner {
            provider,
            partner: true,
        },
        M::Ban { provider },
        M::RejectNode { node },
        M::UpdateParams { update: Box::default() },
    ];
    all.extend(admin().map(M::Admin));
    for msg in &all {
        match msg {
            M::Receive(_)
            | M::UpdateProvider { .. }
            | M::AddNode { .. }
            | M::UpdateNode { .. }
            | M::SetAvailable { .. }
            | M::Beat { .. }
            | M::RequestChallenge { .. }
            | M::SolveChallenge { .. }
            | M::ExpireChallenge { .. }
            | M::OpenWindow {}
            | M::CommitWindow { .. }
            | M::RevealWindow { .. }
            | M::ReportMissed { .. }
            | M::JudgeUptime { .. }
            | M::Record { .. }
            | M::SetClass { .. }
            | M::SetPartner { .. }
            | M::Ban { .. }
            | M::RejectNode { .. }
            | M::UpdateParams { .. }
            | M::Admin(_) => {}
        }
    }
    all.iter()
        .map(|msg| case(Peer::Registry, msg, msg.required_role(), false))
        .collect()
}

fn market_messages(world: &World) -> Vec<Case> {
    use marketplace::ExecuteMsg as M;
    let (job, offer) = (JobId(1), OfferId(1));
    let provider = Provider {
        owner: world.account("turbine"),
        operator: world.account("turbine-agent"),
        payout: world.account("turbine-payout"),
        id: ProviderId(1),
        node: NodeId(1),
        offer,
    };
    let terms = world.offer_terms(&provider, 400_000);
    let index: marketplace::IndexResponse = world.ask(&world.peers.marketplace, &marketplace::QueryMsg::Index {});
    let mut all = vec![
        M::CreateOffer { terms: terms.clone() },
        M::UpdateOffer { offer, terms },
        M::CloseOffer { offer },
        M::Refresh { offers: vec![offer] },
        M::Reindex { limit: 1 },
        M::PostJob {
            spec: Box::new(world.job_spec()),
            hints: vec![],
        },
        M::Assign { job, hints: vec![] },
        M::Decline {
            job,
            attempt: 1,
            reason: "no".into(),
        },
        M::Start { job, attempt: 1 },
        result(job, 1),
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
        M::UpdateParams { update: Box::default() },
        M::UpdateIndex { index: index.params },
    ];
    all.extend(admin().map(M::Admin));
    for msg in &all {
        match msg {
            M::CreateOffer { .. }
            | M::UpdateOffer { .. }
            | M::CloseOffer { .. }
            | M::Refresh { .. }
            | M::Reindex { .. }
            | M::PostJob { .. }
            | M::Assign { .. }
            | M::Decline { .. }
            | M::Start { .. }
            | M::SubmitResult { .. }
            | M::Accept { .. }
            | M::Cancel { .. }
            | M::Dispute { .. }
            | M::Resolve { .. }
            | M::Timeout { .. }
            | M::UpdateParams { .. }
            | M::UpdateIndex { .. }
            | M::Admin(_) => {}
        }
    }
    let funds = |msg: &M| matches!(msg, M::PostJob { .. });
    all.iter()
        .map(|msg| case(Peer::Marketplace, msg, msg.required_role(), funds(msg)))
        .collect()
}

fn dao_messages(world: &World) -> Vec<Case> {
    use dao::ExecuteMsg as M;
    let proposal = ProposalId(1);
    let mut all = vec![
        M::Receive(hook(world)),
        M::Vote {
            proposal,
            vote: dao::Vote::Yes,
        },
        M::Execute { proposal },
        M::Close { proposal },
        M::UpdateParams {
            update: dao::ParamsUpdate::default(),
        },
    ];
    all.extend(admin().map(M::Admin));
    for msg in &all {
        match msg {
            M::Receive(_)
            | M::Vote { .. }
            | M::Execute { .. }
            | M::Close { .. }
            | M::UpdateParams { .. }
            | M::Admin(_) => {}
        }
    }
    all.iter()
        .map(|msg| case(Peer::Dao, msg, msg.required_role(), false))
        .collect()
}

fn result(job: JobId, attempt: u32) -> marketplace::ExecuteMsg {
    marketplace::ExecuteMsg::SubmitResult {
        job,
        attempt,
        result_root: digest::result_root(b"output").into(),
        trace_root: digest::result_root(b"trace").into(),
        output_url: "https://objects.example/out".into(),
        output_size: Uint64::new(6),
    }
}

/// A raw message: what is inside is sent as it is.
struct Raw<'a>(&'a cosmwasm_std::Binary);

impl Raw<'_> {
    fn send(&self, world: &mut World, sender: &Addr, to: &Addr, funds: &[Coin]) -> anyhow::Result<()> {
        let msg = cosmwasm_std::WasmMsg::Execute {
            contract_addr: to.into(),
            msg: self.0.clone(),
            funds: funds.to_vec(),
        };
        world.send_all(sender, vec![msg.into()]).map(|_| ())
    }
}

fn has_role(world: &World, role: Role, sender: &Addr, deployer: &Addr) -> bool {
    let peers = &world.peers;
    match role {
        Role::Anyone | Role::Party => true,
        Role::Owner => *sender == peers.dao,
        Role::Guardian => *sender == peers.dao || *sender == world.guardian,
        Role::Peer(peer) => sender == peers.get(peer),
        Role::Slasher => [&peers.registry, &peers.marketplace, &peers.dao].contains(&sender),
        Role::Deployer => sender == deployer,
    }
}

#[test]
fn every_role_against_every_message() {
    let mut world = World::new();
    world.provider("turbine", 400_000);
    let deployer = Addr::unchecked(joule_rollout::ChainOps::deployer(&world.backend));
    let mut senders = vec![
        world.account("eve"),
        world.guardian.clone(),
        deployer.clone(),
        world.arbiter.clone(),
    ];
    senders.extend(Peer::ALL.map(|peer| world.peers.get(peer).clone()));
    let start = world.snapshot();
    let (mut refused, mut let_in) = (0, 0);
    for case in every_message(&world) {
        for sender in &senders {
            world.restore(&start);
            let (to, before) = (world.peers.get(case.peer).clone(), world.digest());
            let answer = Raw(&case.json).send(&mut world, sender, &to, &[]);
            let code = answer.as_ref().err().map(code);
            let place = format!("{sender} sends {}: {code:?}", case.name);
            if case.role == Role::Deployer {
                assert_eq!(code.as_deref(), Some("kit.not_setup"), "{place}");
            } else if !has_role(&world, case.role, sender, &deployer) {
                assert_eq!(code.as_deref(), Some("kit.unauthorized"), "{place}");
                refused += 1;
            } else {
                assert_ne!(code.as_deref(), Some("kit.unauthorized"), "{place}");
                let_in += 1;
                // What only one role may send is carried out for it: there is nothing else to be refused for.
                let parsed = matches!(case.role, Role::Owner | Role::Guardian);
                assert!(!parsed || answer.is_ok(), "{place}");
            }
            if answer.is_err() {
                assert_eq!(world.digest(), before, "{place}");
            }
        }
    }
    assert!(refused > 250 && let_in > 250, "{refused} refused, {let_in} let in");
}

#[test]
fn every_kind_of_funds_with_every_message() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let eve = world.account("eve");
    for who in [&eve, &provider.owner, &world.guardian.clone()] {
        world.give(who, 5_000_000, USDC);
        world.give(who, 10, "ujunk");
    }
    // The contracts that may send a message need coins to attach.
    for peer in Peer::ALL {
        let address = world.peers.get(peer).clone();
        world.give(&address, 5_000_000, USDC);
        world.give(&address, 10, "ujunk");
    }
    let start = world.snapshot();
    let kinds = [
        vec![coin(1_010_000, USDC)],
        vec![coin(1_010_001, USDC)],
        vec![coin(1, USDC)],
        vec![coin(1, "ujunk")],
        vec![coin(1, "ujunk"), coin(1_010_000, USDC)],
    ];
    for case in every_message(&world) {
        let sender = match case.role {
            Role::Owner | Role::Guardian | Role::Slasher => world.peers.dao.clone(),
            Role::Peer(peer) => world.peers.get(peer).clone(),
            Role::Anyone | Role::Party => eve.clone(),
            Role::Deployer => continue,
        };
        for funds in &kinds {
            world.restore(&start);
            let (to, before) = (world.peers.get(case.peer).clone(), world.digest());
            let answer = Raw(&case.json).send(&mut world, &sender, &to, funds);
            let code = answer.as_ref().err().map(code);
            let place = format!("{} with {funds:?}: {code:?}", case.name);
            match funds.as_slice() {
                [one] if case.takes_funds && one.denom == USDC => {
                    // A job needs all of its hold; a deposit and a hold opened by the marketplace take what comes.
                    let enough = case.peer == Peer::Escrow || one.amount.u128() >= 1_010_000;
                    assert_eq!(answer.is_ok(), enough, "{place}");
                }
                _ if case.takes_funds => {
                    let known = [
                        "mkt.wrong_funds",
                        "kit.one_coin",
                        "esc.denom_not_listed",
                        "esc.wrong_coin",
                    ];
                    assert!(code.as_deref().is_some_and(|code| known.contains(&code)), "{place}");
                }
                _ => assert_eq!(code.as_deref(), Some("kit.unexpected_funds"), "{place}"),
            }
            if answer.is_err() {
                assert_eq!(world.digest(), before, "{place}");
            }
        }
    }
}

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
