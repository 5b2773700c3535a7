//! The Joule contracts as native code, for the simulator and the embedded chain. There is no wasm file to hash there: a code is known
//! by the SHA-256 of its name and version instead.
#![deny(missing_docs)]

use cosmwasm_std::{Checksum, Empty};
use cw_multi_test::{Contract, ContractWrapper};
use joule_types::Peer;

/// A code of the market.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// Which contract.
    pub peer: Peer,
    /// Name under cw2.
    pub name: &'static str,
    /// Version under cw2.
    pub version: &'static str,
    /// Makes the contract; a function, because contracts cannot move between threads.
    pub contract: fn() -> Box<dyn Contract<Empty>>,
}

impl Code {
    /// SHA-256 of `"<name> <version>"`.
    #[must_use]
    pub fn checksum(&self) -> Checksum {
        Checksum::generate(format!("{} {}", self.name, self.version).as_bytes())
    }
}

/// The code of a contract.
#[must_use]
pub fn code(peer: Peer) -> Code {
    match peer {
        Peer::Token => token(),
        Peer::Staking => staking(),
        Peer::Escrow => escrow(),
        Peer::Registry => registry(),
        Peer::Marketplace => marketplace(),
        Peer::Dao => dao(),
    }
}

/// All codes, in deployment order.
#[must_use]
pub fn codes() -> [Code; 6] {
    Peer::ALL.map(code)
}

macro_rules! native {
    ($($peer:ident: $name:ident = $krate:ident;)*) => {$(
        fn $name() -> Code {
            use $krate::contract;
            fn make() -> Box<dyn Contract<Empty>> {
                let wrapper = ContractWrapper::new(contract::execute, contract::instantiate, contract::query)
                    .with_migrate(contract::migrate)
                    .with_checksum($name().checksum());
                Box::new(wrapper)
            }
            Code { peer: Peer::$peer, name: contract::NAME, version: contract::VERSION, contract: make }
        }
    )*};
}

native! {
    Token: token = joule_token;
    Staking: staking = joule_staking;
    Escrow: escrow = joule_escrow;
    Registry: registry = joule_registry;
    Marketplace: marketplace = joule_marketplace;
    Dao: dao = joule_dao;
}
