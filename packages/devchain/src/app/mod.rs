//! The application below the RPC: a cw-multi-test `App` with the modules of a node.

pub(crate) mod accounts;
pub(crate) mod bank;
pub(crate) mod coins;
mod contract;
pub(crate) mod grants;
pub(crate) mod meter;
pub(crate) mod overlay;
mod storage;
mod wasm;

use crate::error::TxError;
use crate::genesis::Genesis;
use bank::NodeBank;
use bech32::{Bech32, Hrp};
use contract::Guarded;
use cosmwasm_std::testing::{MockApi, MockStorage};
use cosmwasm_std::{Addr, Api, BlockInfo, Checksum, Empty, Storage, Timestamp};
use cw_multi_test::{
    no_init, App, AppBuilder, DistributionKeeper, FailingModule, GovFailingModule, IbcFailingModule, Router,
    StakeKeeper, StargateFailing,
};
use sha2::{Digest, Sha256};
use wasm::NodeWasm;

type Custom = FailingModule<Empty, Empty, Empty>;

/// The simulator with this chain's bank and contract module.
pub(crate) type ChainApp = App<
    NodeBank,
    MockApi,
    MockStorage,
    Custom,
    NodeWasm,
    StakeKeeper,
    DistributionKeeper,
    IbcFailingModule,
    GovFailingModule,
    StargateFailing,
>;

/// Its router.
pub(crate) type ChainRouter = Router<
    NodeBank,
    Custom,
    NodeWasm,
    StakeKeeper,
    DistributionKeeper,
    IbcFailingModule,
    GovFailingModule,
    StargateFailing,
>;

/// A code the chain was born with.
#[derive(Clone, Debug)]
pub(crate) struct CodeInfo {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) checksum: Checksum,
    pub(crate) creator: Addr,
}

/// Address of a module account, as the SDK derives it: the first 20 bytes of SHA-256 of the module's name.
pub(crate) fn module_address(prefix: &str, module: &str) -> String {
    address(prefix, &Sha256::digest(module.as_bytes())[..20])
}

/// Bech32 of address bytes; empty for a prefix that bech32 does not allow, which the genesis check refuses.
pub(crate) fn address(prefix: &str, bytes: &[u8]) -> String {
    Hrp::parse(prefix)
        .ok()
        .and_then(|hrp| bech32::encode::<Bech32>(hrp, bytes).ok())
        .unwrap_or_default()
}

/// Builds the application, loads the codes, fills the balances.
pub(crate) fn build(
    genesis: &Genesis,
    time: Timestamp,
    fee_collector: &str,
) -> Result<(ChainApp, Vec<CodeInfo>), TxError> {
    let creator = Addr::unchecked(module_address(genesis.prefix, "wasm"));
    let mut wasm = NodeWasm::new();
    let mut codes = Vec::new();
    for code in &genesis.codes {
        let checksum = genesis.checksum(code);
        let guarded = Guarded {
            inner: (code.contract)(),
            checksum,
        };
        codes.push(CodeInfo {
            id: wasm.preload(&creator, guarded),
            name: code.name.clone(),
            version: code.version.clone(),
            checksum,
            creator: creator.clone(),
        });
    }
    let mut app = AppBuilder::new()
        .with_api(MockApi::default().with_prefix(genesis.prefix))
        .with_bank(NodeBank::new(vec![fee_collector.to_string()]))
        .with_wasm(wasm)
        .with_block(BlockInfo {
            height: 0,
            time,
            chain_id: genesis.chain_id.clone(),
        })
        .build(no_init);
    app.init_modules(|router, api, storage| {
        let api: &dyn Api = api;
        accounts::ensure(storage, fee_collector);
        for (account, coins) in &genesis.balances {
            let account = bank::check_address(api, account, "genesis")?;
            if coins.is_empty() {
                accounts::ensure(storage, account.as_str());
                continue;
            }
            let coins = coins::sorted(coins.clone())?;
            init_balance(router, storage, &account, coins)?;
        }
        Ok(())
    })
    .map(|()| (app, codes))
}

fn init_balance(
    router: &ChainRouter,
    storage: &mut dyn Storage,
    account: &Addr,
    coins: Vec<cosmwasm_std::Coin>,
) -> Result<(), TxError> {
    router
        .bank
        .init(storage, account, coins)
        .map_err(|error| TxError::from_any(&error))
}
