//! What the chain starts from and how it runs.

use crate::app::coins::is_denom;
use cosmwasm_std::{Checksum, Coin, Empty};
use cw_multi_test::Contract;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Chain id unless the genesis says otherwise (DESIGN 11.14).
pub const CHAIN_ID: &str = "joule-dev-1";
/// Address prefix unless the genesis says otherwise.
pub const PREFIX: &str = "wasm";
/// Denom that fees are paid in.
pub const FEE_DENOM: &str = "uwatt";

/// State of the chain before its first block.
pub struct Genesis {
    pub chain_id: String,
    /// Bech32 prefix of every address, lower case.
    pub prefix: &'static str,
    /// Who starts with what. An account with no coins exists from the start all the same.
    pub balances: Vec<(String, Vec<Coin>)>,
    /// The codes, with ids from 1 in this order.
    pub codes: Vec<Code>,
    /// SHA-256 of the wasm files that codes stand in for, by name: those codes have it in place of [`code_checksum`], and contracts the
    /// addresses that they have on a chain which runs the files.
    pub compiled: BTreeMap<String, Checksum>,
    /// Denom that fees must be paid in.
    pub fee_denom: String,
}

impl Default for Genesis {
    fn default() -> Self {
        Self {
            chain_id: CHAIN_ID.to_string(),
            prefix: PREFIX,
            balances: Vec::new(),
            codes: Vec::new(),
            compiled: BTreeMap::new(),
            fee_denom: FEE_DENOM.to_string(),
        }
    }
}

/// One code that the chain knows from the start.
pub struct Code {
    pub name: String,
    pub version: String,
    /// Makes the contract. A function, because the simulator's contracts cannot move between threads and the chain
    /// builds them on its own.
    pub contract: fn() -> Box<dyn Contract<Empty>>,
}

/// Stand-in for the SHA-256 of the wasm file, which does not exist here: SHA-256 of `"<name> <version>"`.
pub fn code_checksum(name: &str, version: &str) -> Checksum {
    Checksum::generate(format!("{name} {version}").as_bytes())
}

/// How the chain runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Real time between blocks.
    pub block_time: Duration,
    /// Where the RPC listens; loopback only. Port 0 takes a free one.
    pub rpc_addr: SocketAddr,
    /// Lowest price of a unit of gas, in billionths of the fee denom's base unit. 1 000 000 is 0.001 uwatt.
    pub min_gas_price_nanos: u64,
    /// Most gas of one transaction and of one block.
    pub max_block_gas: u64,
    /// Most gas of one smart query over the RPC (wasmd's default).
    pub query_gas: u64,
    /// Largest encoded transaction in bytes (CometBFT's default).
    pub max_tx_bytes: usize,
    /// Most transactions that wait for a block.
    pub mempool: usize,
    /// Blocks, with their transactions, that are kept for questions; older ones are forgotten.
    pub history: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            block_time: Duration::from_millis(500),
            rpc_addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            min_gas_price_nanos: 1_000_000,
            max_block_gas: 100_000_000,
            query_gas: 3_000_000,
            max_tx_bytes: 1_048_576,
            mempool: 5_000,
            history: 100_000,
        }
    }
}

impl Genesis {
    /// What a code is looked up by, and what its addresses are derived from.
    pub fn checksum(&self, code: &Code) -> Checksum {
        let compiled = self.compiled.get(&code.name).copied();
        compiled.unwrap_or_else(|| code_checksum(&code.name, &code.version))
    }

    /// Refuses what would make addresses, codes or balances ambiguous. Addresses and coins are checked where they are
    /// stored.
    pub(crate) fn validate(&self) -> Result<(), String> {
        let id = self.chain_id.as_str();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        if id.is_empty() || id.len() > 50 || !id.bytes().all(plain) {
            return Err(format!("chain id {id:?}: use 1 to 50 letters, digits, '-', '_' or '.'"));
        }
        let prefix = self.prefix;
        if prefix.is_empty() || prefix.len() > 20 || !prefix.bytes().all(|b| b.is_ascii_lowercase()) {
            return Err(format!("address prefix {prefix:?}: use 1 to 20 lower case letters"));
        }
        if !is_denom(&self.fee_denom) {
            return Err(format!("fee denom {:?} is not a valid denom", self.fee_denom));
        }
        let mut seen = BTreeSet::new();
        if let Some((twice, _)) = self.balances.iter().find(|(address, _)| !seen.insert(address)) {
            return Err(format!("address {twice} has two balances: merge them"));
        }
        let mut seen = BTreeSet::new();
        let twice = self.codes.iter().find(|code| !seen.insert((&code.name, &code.version)));
        match twice {
            Some(code) => Err(format!("code {} {} is listed twice", code.name, code.version)),
            None => Ok(()),
        }
    }
}

impl Options {
    pub(crate) fn validate(&self) -> Result<(), String> {
        if self.block_time < Duration::from_millis(10) {
            return Err(format!("block_time {:?}: use 10 ms or more", self.block_time));
        }
        if self.max_block_gas == 0 || self.mempool == 0 || self.history == 0 {
            return Err("max_block_gas, mempool and history must not be zero".to_string());
        }
        Ok(())
    }
}
