//! A message with its sender: typed, so that the model can say what should come of it.

use cosmwasm_std::{to_json_binary, Addr, BankMsg, Binary, Coin, CosmosMsg, StdResult, WasmMsg};
use cw20::Cw20ExecuteMsg;
use joule_types::{escrow, marketplace, registry, staking, work::job::JobState, Peer};

use crate::{audit::Step, observe::Observation};

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
    /// JOULE to the registry, for its fund of tips.
    Fund(u128),
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
            Msg::Fund(amount) => {
                let hook = to_json_binary(&registry::RegistryHook::FundTips {})?;
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
            Msg::Bond(_) | Msg::Staking(staking::ExecuteMsg::Enrol { .. }) => Some("staking"),
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
            Msg::Register(amount, _) | Msg::Fund(amount) => joule(&peers.registry, amount),
            Msg::Transfer(to, amount) => joule(to, amount),
            Msg::Bank(to, coin) => vec![(format!("n{}", coin.denom), to.clone(), coin.amount.u128())],
            // What comes with a job goes on into the escrow.
            Msg::Escrow(_) | Msg::Market(_) => coins(&peers.escrow),
            Msg::Staking(_) | Msg::Registry(_) => vec![],
        }
    }
}

/// A state in which nothing can happen any more.
#[must_use]
pub fn is_over(state: JobState) -> bool {
    matches!(state, JobState::Completed | JobState::Failed | JobState::Resolved)
}
