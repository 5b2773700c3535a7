//! A message with its sender: typed, so that the model can say what should come of it.

use cosmwasm_std::{to_json_binary, Addr, BankMsg, Binary, Coin, CosmosMsg, StdResult, WasmMsg};
use cw20::Cw20ExecuteMsg;
use joule_types::{escrow, marketplace, registry, staking, work::job::JobState, AdminMsg, Peer};

use crate::{
    audit::Step,
    observe::{JobBooks, Observation},
};

/// What is sent.
#[derive(Clone, Debug)]
pub enum Msg {
    /// To the escrow.
    Escrow(escrow::ExecuteMsg),
    /// To staking.
    Staking(staking::ExecuteMsg),
    /// To the registry.
    Registry(registry::ExecuteMsg),
    /// To the marketplace.
    Market(marketplace::ExecuteMsg),
    /// JOULE to the escrow, with a deposit.
    Deposit(u128, escrow::EscrowHook),
    /// JOULE to staking, to bond.
    Bond(u128),
    /// JOULE to the registry, to register.
    Register(u128, registry::RegistryHook),
    /// JOULE to an account or contract, without a word.
    Transfer(Addr, u128),
    /// Coins to an account or contract, without a word.
    Bank(Addr, Coin),
}

/// A message with its sender and coins.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who sends it.
    pub sender: Addr,
    /// What.
    pub msg: Msg,
    /// Coins attached.
    pub funds: Vec<Coin>,
}

impl Call {
    /// A message without coins.
    #[must_use]
    pub fn new(sender: &Addr, msg: Msg) -> Self {
        Self {
            sender: sender.clone(),
            msg,
            funds: vec![],
        }
    }

    /// The message for the chain.
    ///
    /// # Errors
    /// Serialisation.
    pub fn cosmos(&self, seen: &Observation) -> StdResult<CosmosMsg> {
        let to = |peer: Peer, msg: Binary| WasmMsg::Execute {
            contract_addr: seen.peers.get(peer).to_string(),
            msg,
            funds: self.funds.clone(),
        };
        let send = |peer: Peer, amount: u128, hook: Binary| Cw20ExecuteMsg::Send {
            contract: seen.peers.get(peer).to_string(),
            amount: amount.into(),
            msg: hook,
        };
        Ok(match &self.msg {
            Msg::Escrow(msg) => to(Peer::Escrow, to_json_binary(msg)?).into(),
            Msg::Staking(msg) => to(Peer::Staking, to_json_binary(msg)?).into(),
            Msg::Registry(msg) => to(Peer::Registry, to_json_binary(msg)?).into(),
            Msg::Market(msg) => to(Peer::Marketplace, to_json_binary(msg)?).into(),
            Msg::Deposit(amount, hook) => to(
                Peer::Token,
                to_json_binary(&send(Peer::Escrow, *amount, to_json_binary(hook)?))?,
            )
            .into(),
            Msg::Bond(amount) => {
                let hook = to_json_binary(&staking::StakingHook::Bond {})?;
                to(Peer::Token, to_json_binary(&send(Peer::Staking, *amount, hook))?).into()
            }
            Msg::Register(amount, hook) => {
                let hook = to_json_binary(hook)?;
                to(Peer::Token, to_json_binary(&send(Peer::Registry, *amount, hook))?).into()
            }
            Msg::Transfer(recipient, amount) => {
                let msg = Cw20ExecuteMsg::Transfer {
                    recipient: recipient.into(),
                    amount: (*amount).into(),
                };
                to(Peer::Token, to_json_binary(&msg)?).into()
            }
            Msg::Bank(account, coin) => BankMsg::Send {
                to_address: account.into(),
                amount: vec![coin.clone()],
            }
            .into(),
        })
    }

    /// The step as the checks want it, before it is known what comes of it.
    #[must_use]
    pub fn step(&self, seen: &Observation) -> Step {
        Step {
            sender: self.sender.clone(),
            ok: false,
            allowed: self.allowed(seen),
            entry_of: self.entry_of(),
            claims: matches!(self.msg, Msg::Staking(staking::ExecuteMsg::Claim {})),
            on_behalf_of: self.on_behalf_of(seen),
            carried: self.carried(seen),
            events: vec![],
            at: seen.now,
            digests: (0, 0),
        }
    }

    /// Messages that a pause refuses: those that let something in.
    fn entry_of(&self) -> Option<&'static str> {
        match &self.msg {
            Msg::Escrow(escrow::ExecuteMsg::Deposit { .. }) | Msg::Deposit(..) => Some("escrow"),
            Msg::Bond(_) => Some("staking"),
            Msg::Registry(registry::ExecuteMsg::AddNode { .. }) | Msg::Register(..) => Some("registry"),
            Msg::Market(marketplace::ExecuteMsg::PostJob { .. } | marketplace::ExecuteMsg::CreateOffer { .. }) => {
                Some("marketplace")
            }
            _ => None,
        }
    }

    /// The deposit of an offer is the owner's, whoever of the provider opens it.
    fn on_behalf_of(&self, seen: &Observation) -> Option<Addr> {
        let Msg::Market(marketplace::ExecuteMsg::CreateOffer { .. }) = &self.msg else {
            return None;
        };
        let provider = seen.registry.provider_of.get(&self.sender)?;
        seen.registry
            .profiles
            .get(provider)
            .map(|profile| profile.owner.clone())
    }

    fn carried(&self, seen: &Observation) -> Vec<(String, Addr, u128)> {
        let peers = &seen.peers;
        let joule = |to: &Addr, amount: &u128| vec![(seen.joule.clone(), to.clone(), *amount)];
        let coins = |to: &Addr| {
            let coins = self.funds.iter();
            coins
                .map(|coin| (format!("n{}", coin.denom), to.clone(), coin.amount.u128()))
                .collect()
        };
        match &self.msg {
            Msg::Deposit(amount, _) => joule(&peers.escrow, amount),
            Msg::Bond(amount) => joule(&peers.staking, amount),
            Msg::Register(amount, _) => joule(&peers.registry, amount),
            Msg::Transfer(to, amount) => joule(to, amount),
            Msg::Bank(to, coin) => vec![(format!("n{}", coin.denom), to.clone(), coin.amount.u128())],
            // What comes with a job goes on into the escrow.
            Msg::Escrow(_) | Msg::Market(_) => coins(&peers.escrow),
            Msg::Staking(_) | Msg::Registry(_) => vec![],
        }
    }

    /// I-43: who may send what, said once more, apart from the contracts.
    fn allowed(&self, seen: &Observation) -> bool {
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
            Msg::Deposit(..) | Msg::Bond(_) | Msg::Register(..) | Msg::Transfer(..) | Msg::Bank(..) => true,
            Msg::Escrow(msg) => match msg {
                escrow::ExecuteMsg::Deposit { .. }
                | escrow::ExecuteMsg::Withdraw { .. }
                | escrow::ExecuteMsg::Reclaim { .. }
                | escrow::ExecuteMsg::Distribute { .. } => true,
                escrow::ExecuteMsg::Receive(_)
                | escrow::ExecuteMsg::OpenHold { .. }
                | escrow::ExecuteMsg::Tip { .. }
                | escrow::ExecuteMsg::Settle { .. } => false,
                escrow::ExecuteMsg::UpdateParams { .. } => dao,
                escrow::ExecuteMsg::Admin(msg) => admin(msg, "escrow"),
            },
            Msg::Staking(msg) => match msg {
                staking::ExecuteMsg::Unbond { .. } | staking::ExecuteMsg::Claim {} => true,
                staking::ExecuteMsg::Receive(_) => false,
                staking::ExecuteMsg::Slash { .. } | staking::ExecuteMsg::UpdateParams { .. } => dao,
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
            M::Receive(_) | M::Record { .. } => false,
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
            M::ExpireChallenge { .. } | M::OpenWindow {} | M::ReportMissed { .. } | M::JudgeUptime { .. } => true,
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
            M::Refresh { .. } | M::Reindex { .. } | M::PostJob { .. } | M::Assign { .. } | M::Timeout { .. } => true,
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

/// A state in which nothing can happen any more.
#[must_use]
pub fn is_over(state: JobState) -> bool {
    matches!(state, JobState::Completed | JobState::Failed | JobState::Resolved)
}
