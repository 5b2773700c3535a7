//! I-43: who may send what, said once more, apart from the contracts.

use cosmwasm_std::Addr;
use joule_types::{escrow, marketplace, registry, staking, AdminMsg};

use super::call::{Call, Msg};
use crate::observe::{JobBooks, Observation};

impl Call {
    /// Whether the sender has the role that the message asks for.
    pub(super) fn allowed(&self, seen: &Observation) -> bool {
        let who = &self.sender;
        let dao = *who == seen.peers.dao;
        let admin = |msg: &AdminMsg, name: &str| match msg {
            AdminMsg::Launch {} => false,
            AdminMsg::Pause { .. } => {
                dao || seen
                    .controls
                    .get(name)
                    .is_some_and(|control| control.guardian.as_ref() == Some(who))
            }
            AdminMsg::Resume {} | AdminMsg::SetGuardian { .. } => dao,
        };
        match &self.msg {
            Msg::Deposit(..) | Msg::Bond(_) | Msg::Register(..) | Msg::Fund(_) | Msg::Transfer(..) | Msg::Bank(..) => {
                true
            }
            Msg::Escrow(msg) => match msg {
                escrow::ExecuteMsg::Deposit { .. }
                | escrow::ExecuteMsg::Withdraw { .. }
                | escrow::ExecuteMsg::Reclaim { .. }
                | escrow::ExecuteMsg::Distribute { .. } => true,
                escrow::ExecuteMsg::Receive(_)
                | escrow::ExecuteMsg::OpenHold { .. }
                | escrow::ExecuteMsg::Tip { .. }
                | escrow::ExecuteMsg::Pay { .. }
                | escrow::ExecuteMsg::Settle { .. } => false,
                escrow::ExecuteMsg::UpdateParams { .. } => dao,
                escrow::ExecuteMsg::Admin(msg) => admin(msg, "escrow"),
            },
            Msg::Staking(msg) => match msg {
                staking::ExecuteMsg::Unbond { .. }
                | staking::ExecuteMsg::Claim {}
                | staking::ExecuteMsg::Enrol { .. }
                | staking::ExecuteMsg::Retire {} => true,
                staking::ExecuteMsg::Receive(_) => false,
                staking::ExecuteMsg::Slash { .. }
                | staking::ExecuteMsg::Penalize { .. }
                | staking::ExecuteMsg::UpdateParams { .. } => dao,
                staking::ExecuteMsg::Admin(msg) => admin(msg, "staking"),
            },
            Msg::Registry(msg) => self.allowed_in_registry(msg, seen, admin),
            Msg::Market(msg) => self.allowed_in_market(msg, seen, admin),
        }
    }

    fn allowed_in_registry(
        &self,
        msg: &registry::ExecuteMsg,
        seen: &Observation,
        admin: impl Fn(&AdminMsg, &str) -> bool,
    ) -> bool {
        use registry::ExecuteMsg as M;
        let own = seen.registry.provider_of.get(&self.sender);
        let owns = |node: u64| own.is_some() && seen.registry.nodes.get(&node).map(|node| &node.provider) == own;
        match msg {
            M::Receive(_) | M::Record { .. } | M::WantRound { .. } => false,
            M::UpdateProvider { .. } => own
                .and_then(|id| seen.registry.profiles.get(id))
                .is_some_and(|profile| profile.owner == self.sender),
            M::AddNode { .. } => own.is_some(),
            M::UpdateNode { node, .. }
            | M::SetAvailable { node, .. }
            | M::RequestChallenge { node }
            | M::SolveChallenge { node, .. }
            | M::CommitWindow { node, .. }
            | M::RevealWindow { node, .. } => owns(node.u64()),
            M::Beat { nodes } => own.is_some() && nodes.iter().all(|node| owns(node.u64())),
            M::ExpireChallenge { .. }
            | M::PostRound { .. }
            | M::ClaimTips {}
            | M::ReportMissed { .. }
            | M::JudgeUptime { .. } => true,
            M::SetClass { .. }
            | M::SetPartner { .. }
            | M::Ban { .. }
            | M::RejectNode { .. }
            | M::UpdateParams { .. } => self.sender == seen.peers.dao,
            M::Admin(msg) => admin(msg, "registry"),
        }
    }

    fn allowed_in_market(
        &self,
        msg: &marketplace::ExecuteMsg,
        seen: &Observation,
        admin: impl Fn(&AdminMsg, &str) -> bool,
    ) -> bool {
        use marketplace::ExecuteMsg as M;
        let who = &self.sender;
        let job = |id: &joule_types::JobId| seen.market.jobs.get(&id.u64());
        let provides = |job: &JobBooks| {
            job.attempt
                .as_ref()
                .is_some_and(|attempt| attempt.owner == *who || attempt.operator == *who)
        };
        let own = seen.registry.provider_of.get(who);
        let offers = |id: &joule_types::OfferId| {
            seen.market
                .offers
                .get(&id.u64())
                .is_some_and(|offer| Some(&offer.provider.u64()) == own)
        };
        match msg {
            M::CreateOffer { terms } => {
                own.is_some() && seen.registry.nodes.get(&terms.node.u64()).map(|node| &node.provider) == own
            }
            M::UpdateOffer { offer, .. } | M::CloseOffer { offer } => offers(offer),
            M::Refresh { .. }
            | M::Reindex { .. }
            | M::PostJob { .. }
            | M::Assign { .. }
            | M::Seal { .. }
            | M::Draw { .. }
            | M::Tally { .. }
            | M::Timeout { .. } => true,
            M::CommitVote {
                job: id,
                attempt,
                rung,
                seat,
                ..
            }
            | M::RevealVote {
                job: id,
                attempt,
                rung,
                seat,
                ..
            } => job(id).is_some_and(|job| sits(job, *attempt, *rung, *seat, who)),
            M::Decline { job: id, .. } | M::Start { job: id, .. } | M::SubmitResult { job: id, .. } => {
                job(id).is_some_and(provides)
            }
            M::Accept { job: id } | M::Cancel { job: id } => job(id).is_some_and(|job| job.posted.buyer == *who),
            M::Dispute { job: id, .. } => job(id).is_some_and(|job| job.posted.buyer == *who || provides(job)),
            M::Resolve { job: id, .. } => job(id).is_some_and(|job| job.posted.terms.arbiter == *who),
            M::UpdateParams { .. } | M::UpdateIndex { .. } => *who == seen.peers.dao,
            M::Admin(msg) => admin(msg, "marketplace"),
        }
    }
}

/// Whether a seat of a committee is an account's.
fn sits(job: &JobBooks, attempt: u32, rung: u8, seat: u8, who: &Addr) -> bool {
    let Some(panel) = job.panels.get(&attempt) else {
        return false;
    };
    let seat = panel.seats.get(&(rung, seat));
    seat.is_some_and(|seat| seat.owner == *who || seat.operator == *who)
}
