//! The chain behind the scripted nodes: sequences, fees, timeouts, a mempool, and a contract that notes what it was told.
use std::collections::{HashMap, HashSet, VecDeque};

use cosmrs::proto::cosmos::tx::v1beta1::{SignDoc, TxRaw};
use cosmrs::proto::prost::Message;
use joule::chain::wire::{decode, Decoded};
use joule::chain::{Msg, TxHash};

/// What happens to the next broadcast.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Into the mempool, but the answer is lost.
    AcceptLoseAnswer,
    /// Neither into the mempool nor answered.
    LoseBoth,
    /// "Accepted", but never put into a block.
    AcceptThenForget,
    /// Refused with this codespace, code and text.
    Reject(&'static str, u32, &'static str),
    /// Another process uses the sequence first.
    SequenceStolen,
}

pub struct Block {
    pub txs: Vec<(Vec<u8>, TxResult)>,
}

#[derive(Clone)]
pub struct TxResult {
    pub codespace: &'static str,
    pub code: u32,
    pub log: String,
    pub gas_wanted: u64,
    pub gas_used: u64,
    /// `(message index, key of the message)` of each executed message.
    pub told: Vec<(usize, String)>,
}

/// The test contract notes each message key it was told. Special keys: `fail*` is refused by contract code,
/// `burn*` costs more gas when executed than when simulated, `late_fail*` passes the simulation and fails in the block.
pub struct Ledger {
    pub blocks: Vec<Block>,
    pub mempool: VecDeque<Vec<u8>>,
    pub sequences: HashMap<String, u64>,
    pub faults: VecDeque<Fault>,
    /// Keys of all messages that were executed in successful transactions, in order.
    pub executed: Vec<String>,
    /// Bytes of every broadcast, in order.
    pub broadcasts: Vec<Vec<u8>>,
    /// Lowest fee the mempool takes.
    pub min_fee: u128,
    /// Extra gas of `burn*` messages when executed.
    pub burn: u64,
    /// Blocks below this are pruned.
    pub lowest: u64,
    seen: HashSet<TxHash>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            blocks: Vec::new(),
            mempool: VecDeque::new(),
            sequences: HashMap::new(),
            faults: VecDeque::new(),
            executed: Vec::new(),
            broadcasts: Vec::new(),
            min_fee: 0,
            burn: 50_000,
            lowest: 1,
            seen: HashSet::new(),
        }
    }
}

const GAS_PER_MSG: u64 = 100_000;

impl Ledger {
    pub fn fund(&mut self, address: &str) {
        self.sequences.entry(address.to_string()).or_insert(0);
    }

    pub fn height(&self) -> u64 {
        self.blocks.len() as u64
    }

    pub fn count(&self, key: &str) -> usize {
        self.executed.iter().filter(|k| *k == key).count()
    }

    pub fn make_block(&mut self) {
        let height = self.height() + 1;
        let pending: Vec<_> = self.mempool.drain(..).collect();
        let mut txs = Vec::new();
        for tx in pending {
            // What a node's recheck drops never reaches a block.
            if self.check(&tx, height).is_ok() {
                let result = self.execute(&tx);
                txs.push((tx, result));
            }
        }
        self.blocks.push(Block { txs });
    }

    /// `(codespace, code, log)` of a refusal by the mempool.
    pub fn broadcast(&mut self, tx: Vec<u8>) -> Result<(), (&'static str, u32, String)> {
        let next = self.height() + 1;
        if !self.seen.insert(TxHash::of(&tx)) {
            return Err(("sdk", 19, "tx already in mempool".into()));
        }
        if let Err(refusal) = self.check(&tx, next) {
            self.seen.remove(&TxHash::of(&tx));
            return Err(refusal);
        }
        self.mempool.push_back(tx);
        Ok(())
    }

    pub fn steal_sequence(&mut self, tx: &[u8]) {
        let (d, _) = read(tx);
        *self.sequences.get_mut(&d.msgs[0].0).unwrap() += 1;
    }

    pub fn see(&mut self, tx: &[u8]) {
        self.seen.insert(TxHash::of(tx));
    }

    fn check(&self, tx: &[u8], height: u64) -> Result<(), (&'static str, u32, String)> {
        let (d, _) = read(tx);
        let sender = &d.msgs[0].0;
        let expected = self.sequences.get(sender).copied().unwrap_or(0);
        if d.sequence != expected {
            let log = format!("account sequence mismatch, expected {expected}, got {}", d.sequence);
            return Err(("sdk", 32, log));
        }
        if d.timeout_height < height {
            return Err(("sdk", 30, "tx timeout height".into()));
        }
        let fee: u128 = d.fee.iter().map(|c| c.amount).sum();
        if fee < self.min_fee {
            return Err((
                "sdk",
                13,
                format!("insufficient fees; got: {fee} required: {}", self.min_fee),
            ));
        }
        Ok(())
    }

    /// Gas of a simulation, or its refusal.
    pub fn simulate(&self, tx: &[u8]) -> Result<u64, (&'static str, u32, String)> {
        let (d, _) = read(tx);
        let expected = self.sequences.get(&d.msgs[0].0).copied().unwrap_or(0);
        if d.sequence != expected {
            return Err((
                "sdk",
                32,
                format!("account sequence mismatch, expected {expected}, got {}", d.sequence),
            ));
        }
        match d.msgs.iter().position(|(_, m)| key(m).starts_with("fail")) {
            Some(i) => Err(refused(i, &key(&d.msgs[i].1))),
            None => Ok(GAS_PER_MSG * d.msgs.len() as u64),
        }
    }

    fn execute(&mut self, tx: &[u8]) -> TxResult {
        let (d, _) = read(tx);
        *self.sequences.get_mut(&d.msgs[0].0).unwrap() += 1;
        let keys: Vec<String> = d.msgs.iter().map(|(_, m)| key(m)).collect();
        let extra = self.burn * keys.iter().filter(|k| k.starts_with("burn")).count() as u64;
        let gas_used = GAS_PER_MSG * keys.len() as u64 + extra;
        let mut result = TxResult {
            codespace: "",
            code: 0,
            log: String::new(),
            gas_wanted: d.gas,
            gas_used,
            told: Vec::new(),
        };
        let failing = keys
            .iter()
            .position(|k| k.starts_with("fail") || k.starts_with("late_fail"));
        if gas_used > d.gas {
            (result.codespace, result.code) = ("sdk", 11);
            result.log = format!("out of gas in location: x; gasWanted: {}, gasUsed: {gas_used}", d.gas);
        } else if let Some(i) = failing {
            (result.codespace, result.code, result.log) = refused(i, &keys[i]);
        } else {
            self.executed.extend(keys.iter().cloned());
            result.told = keys.into_iter().enumerate().collect();
        }
        result
    }
}

fn refused(index: usize, key: &str) -> (&'static str, u32, String) {
    let log = format!(
        "failed to execute message; message index: {index}: tst.refused: {key} is not liked; do not: execute wasm contract failed"
    );
    ("wasm", 5, log)
}

fn key(msg: &Msg) -> String {
    let Msg::Execute { msg, .. } = msg else {
        return "send".into();
    };
    let value: serde_json::Value = serde_json::from_str(msg).unwrap();
    value.as_object().unwrap().keys().next().unwrap().clone()
}

pub fn read(tx: &[u8]) -> (Decoded, Vec<u8>) {
    let raw = TxRaw::decode(tx).unwrap();
    let doc = SignDoc {
        body_bytes: raw.body_bytes,
        auth_info_bytes: raw.auth_info_bytes,
        chain_id: super::CHAIN.into(),
        account_number: 1,
    };
    (
        decode(&doc.encode_to_vec()).unwrap(),
        raw.signatures.into_iter().next().unwrap_or_default(),
    )
}
