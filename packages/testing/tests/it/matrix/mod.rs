//! Generated matrices over a deployed market: role x message and funds x message for every message of the five contracts, state x action x
//! actor for jobs. What is expected is computed from the roles and the table of states; whatever is refused changes nothing.

mod jobs;
mod panels;
mod roles;

use cosmwasm_std::{to_json_binary, Uint128, Uint64};
use cw20::{Cw20ReceiveMsg, Denom};
use joule_testing::{salt, signature, Provider, Run, World, USDC};
use joule_types::{
    dao,
    escrow::{self, HoldTerms},
    marketplace,
    registry::{self, NodeUpdate},
    staking::{self, Incident, IncidentKind},
    work::{fees::FeeTerms, kind::Class},
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
        M::Pay { hold, awards: vec![] },
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
            | M::Pay { .. }
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
        M::Enrol { operator: None },
        M::Retire {},
        M::Penalize { penalties: vec![] },
        M::Slash {
            incident,
            pool,
            fraction_bps: 1,
            repay: vec![],
        },
        M::UpdateParams {
            update: staking::ParamsUpdate::default(),
        },
    ];
    all.extend(admin().map(M::Admin));
    for msg in &all {
        match msg {
            M::Receive(_)
            | M::Unbond { .. }
            | M::Claim {}
            | M::Enrol { .. }
            | M::Retire {}
            | M::Slash { .. }
            | M::Penalize { .. }
            | M::UpdateParams { .. }
            | M::Admin(_) => {}
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
        M::PostRound {
            round: 1,
            signature: signature(1).into(),
        },
        M::WantRound { round: 1 },
        M::ClaimTips {},
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
            | M::PostRound { .. }
            | M::WantRound { .. }
            | M::ClaimTips {}
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
        M::Seal { job },
        M::Draw { job },
        M::CommitVote {
            job,
            attempt: 1,
            rung: 0,
            seat: 0,
            sealed: salt(),
        },
        reveal(job, 1),
        M::Tally { job },
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
            | M::Seal { .. }
            | M::Draw { .. }
            | M::CommitVote { .. }
            | M::RevealVote { .. }
            | M::Tally { .. }
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
    let vote = Run::right().vote;
    marketplace::ExecuteMsg::SubmitResult {
        job,
        attempt,
        result_root: vote.result_root.into(),
        trace_root: vote.trace_root.into(),
        output_url: "https://objects.example/out".into(),
        output_size: Uint64::new(6),
    }
}

fn reveal(job: JobId, attempt: u32) -> marketplace::ExecuteMsg {
    let vote = Run::right().vote;
    marketplace::ExecuteMsg::RevealVote {
        job,
        attempt,
        rung: 0,
        seat: 0,
        vote: marketplace::VoteRoots {
            result_root: vote.result_root.into(),
            trace_root: vote.trace_root.into(),
        },
        salt: salt(),
        openings: vec![],
    }
}
