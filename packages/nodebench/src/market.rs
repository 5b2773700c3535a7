//! Markets that run in the simulator up to the point of interest and go on in the genesis of a node: own accounts with keys, own clock, own addresses.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::{Context, Result};
use cosmwasm_std::{Addr, Timestamp};
use joule::keys::Key;
use joule_rollout::Plan;
use joule_testing::{Backend, Sent, World, USDC};
use joule_types::Peer;
use sha2::{Digest, Sha256};

/// Chain id of the local network, which votes and challenges are bound to.
pub const CHAIN: &str = "joule-local-1";
/// Seconds of an epoch of the validators: acts that need a fresh epoch wait for the chain to reach one.
pub const EPOCH: u64 = 240;

/// Names of the accounts that a market has asked for, with their addresses.
pub type Names = Rc<RefCell<BTreeMap<String, Addr>>>;

/// The key of the account `name` of market `seed`. Public: for measuring only.
pub fn key(seed: &str, name: &str) -> Result<Key> {
    let secret = Sha256::new()
        .chain_update("joule/bench-key/v1/")
        .chain_update(seed)
        .chain_update("/")
        .chain_update(name)
        .finalize();
    Ok(Key::from_secret(&secret.into())?)
}

/// A market whose first block is at `start`, with the names it will ask for.
pub fn world(seed: &str, start: u64, adjust: impl FnOnce(&mut Plan)) -> (World, Names) {
    let names = Names::default();
    let (kept, seed) = (names.clone(), seed.to_string());
    let accounts = move |name: &str| {
        let mut kept = kept.borrow_mut();
        let make = || Addr::unchecked(key(&seed, name).expect("a digest is a secret").address());
        kept.entry(name.to_string()).or_insert_with(make).clone()
    };
    let native = |peer: Peer| (joule_native::code(peer).contract)();
    let mut backend = Backend::with_accounts(native, Box::new(accounts));
    backend.app.update_block(|block| {
        block.height = 1;
        block.time = Timestamp::from_seconds(start);
        block.chain_id = CHAIN.to_string();
    });
    let world = World::on(backend, |plan| {
        plan.epoch_secs = EPOCH;
        // A voter of the simulator votes at once, one of a node up to half a minute later.
        plan.dao.voting_secs = 50;
        adjust(plan);
    });
    (world, names)
}

/// A contract as a genesis has it.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Which.
    pub peer: Peer,
    /// Address.
    pub address: String,
    /// Stable coins it holds.
    pub usdc: u128,
    /// Raw storage.
    pub state: Vec<(Vec<u8>, Vec<u8>)>,
}

/// An account as a genesis has it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Address.
    pub address: String,
    /// Key, which a chain learns from the first signature: here it is known, so that no transaction pays for that.
    pub public_key: Vec<u8>,
    /// Stable coins it holds.
    pub usdc: u128,
}

/// A market at one moment.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// Its contracts.
    pub contracts: Vec<Contract>,
    /// Accounts by name.
    pub accounts: BTreeMap<String, Account>,
}

/// All that the chain has to know to go on from here, of the market `seed` with those accounts that are wanted.
pub fn freeze(world: &World, seed: &str, names: &Names, wanted: impl Fn(&str) -> bool) -> Frozen {
    let peers = &world.peers;
    let addresses = [
        (Peer::Token, &peers.token),
        (Peer::Staking, &peers.staking),
        (Peer::Registry, &peers.registry),
        (Peer::Escrow, &peers.escrow),
        (Peer::Marketplace, &peers.marketplace),
        (Peer::Dao, &peers.dao),
    ];
    let usdc = |account: &Addr| world.coins_of(account, USDC).u128();
    let contracts = addresses.map(|(peer, address)| Contract {
        peer,
        address: address.to_string(),
        usdc: usdc(address),
        state: world.backend.app.dump_wasm_raw(address),
    });
    let names = names.borrow().clone();
    let account = |(name, address): (String, Addr)| {
        let account = Account {
            public_key: key(seed, &name).expect("a digest is a secret").public_key().to_vec(),
            // The faucet of the simulator has more than a bank can count.
            usdc: if name == "faucet" { 0 } else { usdc(&address) },
            address: address.into(),
        };
        (name, account)
    };
    Frozen {
        contracts: contracts.into(),
        accounts: names
            .into_iter()
            .filter(|(name, _)| wanted(name))
            .map(account)
            .collect(),
    }
}

/// The name of who sent a transaction, if it is an account and not a contract.
pub fn sender(names: &Names, sent: &Sent) -> Option<String> {
    let names = names.borrow();
    let found = names.iter().find(|(_, address)| **address == sent.sender);
    found.map(|(name, _)| name.clone())
}

/// The messages of a transaction of the simulator, as the agent writes them.
pub fn messages(sent: &Sent) -> Result<Vec<joule::chain::Msg>> {
    use cosmwasm_std::{CosmosMsg, WasmMsg};
    let message = |msg: &CosmosMsg| match msg {
        CosmosMsg::Wasm(WasmMsg::Execute {
            contract_addr,
            msg,
            funds,
        }) => Ok(joule::chain::Msg::Execute {
            contract: contract_addr.clone(),
            msg: String::from_utf8(msg.to_vec()).context("a message is text")?,
            funds: funds
                .iter()
                .map(|coin| joule::chain::Coin::new(coin.amount.u128(), coin.denom.clone()))
                .collect(),
        }),
        other => anyhow::bail!("a world sends messages to contracts only, not {other:?}"),
    };
    sent.msgs.iter().map(message).collect()
}
