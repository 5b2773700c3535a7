//! The market on both chains: who acts, what is known of it, and messages to its contracts.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use cosmrs::proto::cosmos::bank::v1beta1::MsgSend;
use cosmrs::proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use cosmrs::proto::cosmwasm::wasm::v1::MsgExecuteContract;
use cosmrs::Any;
use cosmwasm_std::{Addr, Binary, Uint128};
use cw20::{Cw20ExecuteMsg, Denom};
pub use joule::chain::messages::any;
use joule_testing::Run;
use joule_types::marketplace::{JobFilter, JobResponse, QueryMsg, Requirements};
use joule_types::work::{kind::ResourceKind, trust::TrustLevel};
use joule_types::{JobId, NodeId, Page, Peer, Peers};
use serde::{de::DeserializeOwned, Serialize};

use crate::dice::Dice;
use crate::pair::{Actor, How, Pair};
use crate::state::smart;

/// A provider: owner and agent may be one.
pub struct Provider {
    pub owner: Rc<Actor>,
    pub agent: Rc<Actor>,
    pub node: NodeId,
}

/// Everybody.
pub struct Cast {
    pub deployer: Rc<Actor>,
    pub guardian: Rc<Actor>,
    pub arbiter: Rc<Actor>,
    pub keeper: Rc<Actor>,
    pub stranger: Rc<Actor>,
    /// Has no account.
    pub nobody: Rc<Actor>,
    pub buyers: Vec<Rc<Actor>>,
    /// Stake from the start; decide for the dao.
    pub voters: Vec<Rc<Actor>>,
    pub validators: Vec<Rc<Actor>>,
    pub providers: Vec<Provider>,
}

impl Cast {
    /// All with coins.
    pub fn people(&self) -> Vec<Rc<Actor>> {
        let single = [
            &self.deployer,
            &self.guardian,
            &self.arbiter,
            &self.keeper,
            &self.stranger,
        ];
        let providers = self
            .providers
            .iter()
            .flat_map(|provider| [&provider.owner, &provider.agent]);
        let groups = self.buyers.iter().chain(&self.voters).chain(&self.validators);
        let mut all: Vec<Rc<Actor>> = single.into_iter().chain(groups).chain(providers).cloned().collect();
        all.sort_by_key(|actor| actor.name);
        all.dedup_by_key(|actor| actor.name);
        all
    }
}

/// The market.
pub struct Market {
    pub pair: Pair,
    pub cast: Cast,
    pub peers: Peers<String>,
    pub dice: Dice,
    /// Lists that wait for their reveal, by window and node.
    pub lists: BTreeMap<(u64, u64), Binary>,
    /// What seats sealed, by job, attempt, rung and seat.
    pub runs: BTreeMap<(u64, u32, u8, u8), Run>,
}

/// Coins of a message, as they are written: neither sorted nor checked.
pub fn coins(coins: &[(u128, &str)]) -> Vec<ProtoCoin> {
    let coin = |(amount, denom): &(u128, &str)| ProtoCoin {
        denom: (*denom).into(),
        amount: amount.to_string(),
    };
    coins.iter().map(coin).collect()
}

impl Market {
    /// Names and addresses of all people and contracts.
    pub fn everybody(&self) -> Vec<(String, String)> {
        let contracts = Peer::ALL.map(|peer| (peer.to_string(), self.peers.get(peer).clone()));
        let people = self.people().into_iter().chain([self.cast.nobody.clone()]);
        let people = people.map(|actor| (actor.name.to_string(), actor.address()));
        people.chain(contracts).collect()
    }

    /// All people with coins.
    pub fn people(&self) -> Vec<Rc<Actor>> {
        self.cast.people()
    }

    /// Somebody.
    pub fn anyone(&mut self) -> Rc<Actor> {
        let people = self.people();
        self.dice.pick(&people).expect("there are people")
    }

    /// Who has that address; the stranger if that is no person's.
    pub fn actor(&self, address: &Addr) -> Rc<Actor> {
        let found = self
            .people()
            .into_iter()
            .find(|actor| actor.address() == address.as_str());
        found.unwrap_or_else(|| self.cast.stranger.clone())
    }

    /// `who`, or now and then somebody else.
    pub fn mostly(&mut self, who: Rc<Actor>) -> Rc<Actor> {
        if self.dice.once_in(12) {
            self.anyone()
        } else {
            who
        }
    }

    /// JOULE as a denomination.
    pub fn joule(&self) -> Denom {
        Denom::Cw20(Addr::unchecked(&self.peers.token))
    }

    pub fn usdc(&self) -> Denom {
        Denom::Native("uusdc".into())
    }

    /// A call with coins.
    pub fn call(&self, sender: &Actor, peer: Peer, msg: &impl Serialize, funds: &[(u128, &str)]) -> Any {
        any(&MsgExecuteContract {
            sender: sender.address(),
            contract: self.peers.get(peer).clone(),
            msg: serde_json::to_vec(msg).expect("a message"),
            funds: coins(funds),
        })
    }

    /// JOULE to a contract with a message.
    pub fn pay(&self, sender: &Actor, peer: Peer, amount: u128, hook: &impl Serialize) -> Any {
        let msg = Cw20ExecuteMsg::Send {
            contract: self.peers.get(peer).clone(),
            amount: amount.into(),
            msg: cosmwasm_std::to_json_binary(hook).expect("a message"),
        };
        self.call(sender, Peer::Token, &msg, &[])
    }

    /// Native coins to anybody.
    pub fn give(&self, sender: &Actor, to: &str, funds: &[(u128, &str)]) -> Any {
        any(&MsgSend {
            from_address: sender.address(),
            to_address: to.into(),
            amount: coins(funds),
        })
    }

    /// Sends messages in one transaction. True if they were carried out.
    pub fn send(&mut self, what: &str, who: &Actor, msgs: &[Any]) -> bool {
        self.send_as(what, who, msgs, &How::default())
    }

    pub fn send_as(&mut self, what: &str, who: &Actor, msgs: &[Any], how: &How) -> bool {
        let ran = self.pair.send(what, who, msgs, how);
        ran.is_some_and(|ran| ran.verdict.code == 0)
    }

    /// One message to a contract.
    pub fn tell(&mut self, what: &str, who: &Actor, peer: Peer, msg: &impl Serialize) -> bool {
        let msg = self.call(who, peer, msg, &[]);
        self.send(what, who, &[msg])
    }

    /// Asks the embedded chain, which answers at once.
    pub fn ask<T: DeserializeOwned>(&self, peer: Peer, query: &impl Serialize) -> T {
        let question = serde_json::to_string(query).expect("a query");
        let answer = smart(&self.pair.dev, self.peers.get(peer), question.clone());
        let answer = answer.unwrap_or_else(|why| panic!("{peer} {question}: {why:?}"));
        serde_json::from_str(&answer).unwrap_or_else(|why| panic!("{peer} {question}: {why}: {answer}"))
    }

    /// Waits until the node's last block is at `time` or later; false without waiting if that is far.
    pub fn wait_until(&mut self, time: u64) -> bool {
        let now = self.pair.node.status().expect("the node answers").1;
        if time > now + 25 {
            return false;
        }
        while self.pair.node.status().expect("the node answers").1 < time {
            std::thread::sleep(Duration::from_millis(50));
        }
        true
    }

    /// Jobs that are not over.
    pub fn open_jobs(&self) -> Vec<JobResponse> {
        let query = QueryMsg::Jobs {
            filter: JobFilter::Open {},
            start_after: None,
            limit: Some(30),
        };
        self.ask::<Page<JobResponse, JobId>>(Peer::Marketplace, &query).items
    }

    /// What any node of the market can serve.
    pub fn requirements(&self) -> Requirements {
        Requirements {
            kind: ResourceKind::Cpu,
            denom: self.usdc(),
            max_secs: 600,
            units: 1,
            budget: Uint128::new(1_000_000),
            min_memory_mb: 0,
            min_units: 0,
            min_tier: None,
            min_hash_rate: 0,
            min_reputation: 0,
            min_trust: TrustLevel::Basic,
            min_uptime_bps: 0,
            region: None,
            only_region: false,
            enterprise: false,
            max_gap: None,
        }
    }
}
