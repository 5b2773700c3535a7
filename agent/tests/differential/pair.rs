//! Both chains at once: every transaction goes to the node first, and the embedded chain makes the block that the node made of it, with
//! the same height and time. So states need no excuse for heights, times or addresses.

use std::collections::{BTreeMap, BTreeSet};

use cosmrs::Any;
use cosmwasm_std::Timestamp;
use joule::chain::types::TxHash;
use joule::chain::wire::{Plan, Unsigned};
use joule::chain::Coin;
use joule::keys::Key;
use joule_devchain::Handle;

use crate::compare;
use crate::side::{Ran, Side, Verdict};

/// Gas limit of an ordinary transaction.
pub const GAS: u64 = 20_000_000;

/// Somebody with a key.
pub struct Actor {
    pub name: &'static str,
    pub key: Key,
}

impl Actor {
    pub fn address(&self) -> String {
        self.key.address().into()
    }
}

/// What may differ from an ordinary transaction.
#[derive(Clone, Debug)]
pub struct How {
    pub gas: u64,
    pub fee: Vec<Coin>,
    /// Added to the right sequence.
    pub ahead: u64,
    pub chain_id: Option<&'static str>,
    pub timeout_height: u64,
    pub forged: bool,
}

impl Default for How {
    fn default() -> Self {
        Self {
            gas: GAS,
            fee: vec![Coin::new(u128::from(GAS) / 1_000, "uwatt")],
            ahead: 0,
            chain_id: None,
            timeout_height: 0,
            forged: false,
        }
    }
}

/// The two chains.
pub struct Pair {
    pub node: Side,
    pub dev: Side,
    pub chain_id: String,
    /// Height of the last block that both made.
    pub height: u64,
    /// Its time, seconds.
    pub now: u64,
    /// What was found, each once.
    pub differences: Vec<String>,
    seen: BTreeSet<String>,
    chain: Handle,
    /// How often each kind of message was carried out or refused.
    tally: BTreeMap<String, (u32, u32)>,
    gas: (i64, i64),
}

impl Pair {
    pub fn new(node: Side, dev: Side, chain: Handle, chain_id: String) -> Self {
        Self {
            node,
            dev,
            chain_id,
            height: 0,
            now: 0,
            differences: vec![],
            seen: BTreeSet::new(),
            chain,
            tally: BTreeMap::new(),
            gas: (0, 0),
        }
    }

    /// Notes a difference. One that was found before, in other words than its figures, is not listed again.
    pub fn differs(&mut self, what: String) {
        let kind: String = what.chars().filter(|c| !c.is_ascii_digit()).take(600).collect();
        if self.seen.insert(kind) {
            println!("DIFFERENCE {what}");
            self.differences.push(what);
        }
    }

    /// Sends a transaction to both and compares what comes of it. None if the checks refused it.
    pub fn send(&mut self, what: &str, actor: &Actor, msgs: &[Any], how: &How) -> Option<Ran> {
        let (first, second) = (
            signed(&self.node, &self.chain_id, actor, msgs, how),
            signed(&self.dev, &self.chain_id, actor, msgs, how),
        );
        let (on_node, on_dev) = (self.node.broadcast(&first), self.dev.broadcast(&second));
        let what = format!("{what} by {}", actor.name);
        self.verdicts(&format!("{what}: check"), &on_node, &on_dev);
        if on_node.code != 0 {
            self.count(&what, false);
            return None;
        }
        let ran = self.node.wait_for(TxHash::of(&first).0);
        let time = self.node.time_of(ran.height);
        let followed = self.chain.follow(ran.height, Timestamp::from_nanos(time));
        assert!(
            followed.expect("the chain runs"),
            "the node's blocks come after the embedded chain's"
        );
        (self.height, self.now) = (ran.height, time / 1_000_000_000);
        let Some(dev) = self.dev.ran(TxHash::of(&second).0) else {
            self.differs(format!("{what}: the embedded chain never ran it"));
            return None;
        };
        self.count(&what, dev.verdict.code == 0);
        println!("{} {what} -> {} {}", ran.height, ran.verdict.code, ran.verdict.log);
        self.gas = (self.gas.0 + ran.gas, self.gas.1 + dev.gas);
        self.verdicts(&what, &ran.verdict, &dev.verdict);
        if ran.data != dev.data {
            let (a, b) = (hex::encode(&ran.data), hex::encode(&dev.data));
            self.differs(format!("{what}: data\n  node     {a}\n  embedded {b}"));
        }
        if let Some(difference) = compare::events(&ran.events, &dev.events) {
            self.differs(format!("{what}: {difference}"));
        }
        Some(dev)
    }

    fn verdicts(&mut self, what: &str, node: &Verdict, dev: &Verdict) {
        if compare::verdict(node) != compare::verdict(dev) {
            self.differs(format!("{what}:\n  node     {node:?}\n  embedded {dev:?}"));
        }
    }

    fn count(&mut self, what: &str, done: bool) {
        let kind = what.split([' ', '[']).next().unwrap_or_default().to_string();
        let tally = self.tally.entry(kind).or_default();
        *(if done { &mut tally.0 } else { &mut tally.1 }) += 1;
    }

    /// What was sent, and the gas of both.
    pub fn summary(&self) -> String {
        let mut text = String::from("message: carried out / refused\n");
        for (kind, (done, refused)) in &self.tally {
            text += &format!("  {kind}: {done} / {refused}\n");
        }
        text + &format!("gas of all: node {}, embedded {}", self.gas.0, self.gas.1)
    }
}

/// A transaction for one side, under the number and sequence that the account has there.
pub fn signed(side: &Side, chain_id: &str, actor: &Actor, msgs: &[Any], how: &How) -> Vec<u8> {
    let address = actor.address();
    let (account_number, sequence) = side.account(&address);
    let plan = Plan {
        chain_id: how.chain_id.unwrap_or(chain_id),
        sender: &address,
        public_key: actor.key.public_key(),
        account_number,
        sequence: sequence + how.ahead,
        timeout_height: how.timeout_height,
        gas: how.gas,
        fee: how.fee.clone(),
        granter: "",
        msgs: &[],
    };
    let unsigned = Unsigned::of(&plan, msgs.to_vec());
    let mut signature = actor.key.sign(&unsigned.sign_bytes()).expect("a signature");
    signature[7] ^= u8::from(how.forged);
    unsigned.with_signature(signature)
}
