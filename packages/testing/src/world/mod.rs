//! The world: a deployed market with actors and a typed verb for each message.

mod actors;
mod beacon;
mod committee;
mod jobs;
mod nodes;
mod validators;

use cosmwasm_std::{to_json_binary, Addr, BlockInfo, Coin, CosmosMsg, Empty, Event, Uint128, WasmMsg};
use cw20::{Cw20ExecuteMsg, Denom};
use cw_multi_test::{AppResponse, Executor};
use joule_rollout::{deploy, ChainOps, InitialBalance, Plan, ONE_JOULE};
use joule_types::{staking::GenesisStake, Peers};
use serde::{de::DeserializeOwned, Serialize};

use crate::Backend;
pub use actors::{Buyer, Provider};
pub use beacon::signature;
pub use committee::{opening, salt, sits, Conduct, Run};
pub use validators::{Validator, VALIDATOR_STAKE};

/// The stable coin of the local chains.
pub const USDC: &str = "uusdc";
/// Stake of a provider made by [`World::provider`], micro-JOULE: trust level 3 as far as stake goes.
pub const STAKE: u128 = 10_000 * ONE_JOULE;

/// A launched market.
pub struct World {
    /// Simulator and codes.
    pub backend: Backend,
    /// Addresses of the contracts.
    pub peers: Peers<Addr>,
    /// Decides disputes.
    pub arbiter: Addr,
    /// May pause.
    pub guardian: Addr,
    /// Holds JOULE and coins that tests hand out.
    pub faucet: Addr,
    /// Staked from the start: votes.
    pub voter: Addr,
    /// What was sent last.
    pub last: Option<Sent>,
    /// What passes after each transaction: a block. If nothing does, the block is as full as one likes.
    pub tick: fn(&mut BlockInfo),
}

/// A transaction of the world.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Block in which it ran.
    pub block: BlockInfo,
    /// Who signed.
    pub sender: Addr,
    /// Its messages.
    pub msgs: Vec<CosmosMsg<Empty>>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A market with the local parameters.
    #[must_use]
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// A market whose plan `change` has adjusted.
    ///
    /// # Panics
    /// If the plan does not deploy.
    pub fn with(change: impl FnOnce(&mut Plan)) -> Self {
        Self::on(Backend::new(), change)
    }

    /// A market on a chain whose codes the caller has chosen.
    ///
    /// # Panics
    /// If the plan does not deploy.
    pub fn on(mut backend: Backend, change: impl FnOnce(&mut Plan)) -> Self {
        let make = |name: &str| backend.account(name);
        let (arbiter, guardian, faucet, voter) = (make("arbiter"), make("guardian"), make("faucet"), make("voter"));
        let mut plan = Plan::local(arbiter.as_str());
        // A block of the simulator takes five seconds and each action one block: spans in which a test acts are wider.
        plan.marketplace.start_secs = 120;
        plan.registry.beat_secs = 600;
        plan.registry.window_secs = 60;
        plan.registry.reveal_secs = 60;
        plan.registry.window_gap_secs = 120;
        plan.marketplace.committee.beacon_secs = 300;
        plan.marketplace.committee.commit_secs = 300;
        plan.marketplace.committee.reveal_secs = 300;
        // A few tickets admit a node, and as many in a window count.
        plan.registry.admission_units = 128u64.into();
        plan.guardian = Some(guardian.to_string());
        plan.genesis_stake = vec![GenesisStake {
            owner: voter.to_string(),
            amount: (1_000_000 * ONE_JOULE).into(),
        }];
        plan.token.balances = vec![InitialBalance {
            address: faucet.to_string(),
            amount: (100_000_000 * ONE_JOULE).into(),
        }];
        plan.token.treasury = (1_000_000 * ONE_JOULE).into();
        change(&mut plan);
        backend.app.init_modules(|router, _, storage| {
            let coins = vec![Coin::new(u128::MAX / 4, USDC), Coin::new(u128::MAX / 4, "ujunk")];
            router.bank.init_balance(storage, &faucet, coins).unwrap();
        });
        let peers = deploy(&mut backend, &plan, None).unwrap().peers().unwrap();
        let peers = peers.try_map(|text| Ok::<_, ()>(Addr::unchecked(text))).unwrap();
        Self {
            backend,
            peers,
            arbiter,
            guardian,
            faucet,
            voter,
            last: None,
            tick: cw_multi_test::next_block,
        }
    }

    /// The address of an account named `name`.
    #[must_use]
    pub fn account(&self, name: &str) -> Addr {
        self.backend.account(name)
    }

    /// JOULE as a denomination.
    #[must_use]
    pub fn joule(&self) -> Denom {
        Denom::Cw20(self.peers.token.clone())
    }

    /// Block time in seconds.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.backend.app.block_info().time.seconds()
    }

    /// Lets `secs` seconds pass in one block.
    pub fn pass(&mut self, secs: u64) {
        self.backend.app.update_block(|block| {
            block.time = block.time.plus_seconds(secs);
            block.height += 1;
        });
    }

    /// Sends `msg` to `contract`; a block passes, whatever the outcome (see [`World::tick`]).
    ///
    /// # Errors
    /// What the contract answered.
    pub fn send(
        &mut self,
        sender: &Addr,
        contract: &Addr,
        msg: &impl Serialize,
        funds: &[Coin],
    ) -> anyhow::Result<AppResponse> {
        let msg = WasmMsg::Execute {
            contract_addr: contract.into(),
            msg: to_json_binary(msg)?,
            funds: funds.to_vec(),
        };
        self.send_all(sender, vec![msg.into()])
            .map(|mut responses| responses.remove(0))
    }

    /// Sends several messages in one transaction.
    ///
    /// # Errors
    /// The first refusal; nothing happened then.
    pub fn send_all(&mut self, sender: &Addr, msgs: Vec<CosmosMsg<Empty>>) -> anyhow::Result<Vec<AppResponse>> {
        self.last = Some(Sent {
            block: self.backend.app.block_info(),
            sender: sender.clone(),
            msgs: msgs.clone(),
        });
        let done = self.backend.app.execute_multi(sender.clone(), msgs);
        self.backend.app.update_block(self.tick);
        done
    }

    /// Sends JOULE with a message to a contract.
    ///
    /// # Errors
    /// What token or contract answered.
    pub fn send_joule(
        &mut self,
        sender: &Addr,
        contract: &Addr,
        amount: impl Into<Uint128>,
        hook: &impl Serialize,
    ) -> anyhow::Result<AppResponse> {
        let msg = Cw20ExecuteMsg::Send {
            contract: contract.into(),
            amount: amount.into(),
            msg: to_json_binary(hook)?,
        };
        let token = self.peers.token.clone();
        self.send(sender, &token, &msg, &[])
    }

    /// Asks a contract.
    ///
    /// # Panics
    /// If the query fails: in tests a failed query is a fault.
    #[must_use]
    pub fn ask<T: DeserializeOwned>(&self, contract: &Addr, msg: &impl Serialize) -> T {
        let answer = self
            .backend
            .query(contract.as_str(), to_json_binary(msg).unwrap())
            .unwrap();
        cosmwasm_std::from_json(answer).unwrap()
    }

    /// Gives JOULE from the faucet.
    ///
    /// # Panics
    /// If the faucet is empty.
    pub fn give_joule(&mut self, to: &Addr, amount: impl Into<Uint128>) {
        let msg = Cw20ExecuteMsg::Transfer {
            recipient: to.into(),
            amount: amount.into(),
        };
        let (faucet, token) = (self.faucet.clone(), self.peers.token.clone());
        self.send(&faucet, &token, &msg, &[]).unwrap();
    }

    /// Gives native coins from the faucet.
    ///
    /// # Panics
    /// If the faucet is empty.
    pub fn give(&mut self, to: &Addr, amount: u128, denom: &str) {
        let faucet = self.faucet.clone();
        self.backend
            .app
            .send_tokens(faucet, to.clone(), &[Coin::new(amount, denom)])
            .unwrap();
    }

    /// JOULE of an account, micro-JOULE.
    #[must_use]
    pub fn joule_of(&self, account: &Addr) -> Uint128 {
        let msg = cw20::Cw20QueryMsg::Balance {
            address: account.to_string(),
        };
        self.ask::<cw20::BalanceResponse>(&self.peers.token, &msg).balance
    }

    /// Native coins of an account.
    ///
    /// # Panics
    /// Never on a valid account.
    #[must_use]
    pub fn coins_of(&self, account: &Addr, denom: &str) -> Uint128 {
        self.backend.app.wrap().query_balance(account, denom).unwrap().amount
    }
}

/// The stable code of a refusal: what stands before the first colon of the innermost error.
#[must_use]
pub fn code(error: &anyhow::Error) -> String {
    error
        .root_cause()
        .to_string()
        .split(':')
        .next()
        .unwrap_or_default()
        .to_string()
}

/// The first event of a type in a response.
///
/// # Panics
/// If there is none.
pub fn event<'a, T>(response: &'a AppResponse) -> T
where
    T: TryFrom<&'a Event>,
{
    response
        .events
        .iter()
        .find_map(|event| T::try_from(event).ok())
        .expect("the event is in the response")
}
