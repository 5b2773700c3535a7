//! [`ChainOps`] over cw-multi-test.

use std::collections::BTreeMap;

use cosmwasm_std::{
    instantiate2_address,
    testing::{MockApi, MockStorage},
    Addr, Api, Binary, CosmosMsg, Empty, WasmMsg,
};
use cw_multi_test::{App, AppBuilder, BankKeeper, Contract, Executor, IntoAddr};
use joule_rollout::{ChainOps, CodeRef, ContractInfo, RolloutError};
use joule_types::Peer;

/// The simulator: addresses are bech32 with the prefix `wasm`, and anything else is refused as on the chain (V-01).
pub type SimApp = App<BankKeeper, MockApi>;

/// A simulator with the codes stored so far. Blocks advance by action: each state change of a deployment is a block of its own.
pub struct Backend {
    /// The simulator.
    pub app: SimApp,
    deployer: Addr,
    make: Make,
    accounts: Accounts,
    /// Number of each stored code by its checksum.
    codes: BTreeMap<Vec<u8>, u64>,
}

/// The address of the account with a name.
pub type Accounts = Box<dyn Fn(&str) -> Addr>;

/// Makes the code of a contract.
pub type Make = fn(Peer) -> Box<dyn Contract<Empty>>;

impl Backend {
    /// An empty chain.
    #[must_use]
    pub fn new() -> Self {
        Self::with_codes(|peer| (joule_native::code(peer).contract)())
    }

    /// An empty chain whose contracts are made by `make`: recorded, broken on purpose, of another version.
    #[must_use]
    pub fn with_codes(make: Make) -> Self {
        Self::with_accounts(make, Box::new(|name| name.into_addr_with_prefix("wasm")))
    }

    /// The same with accounts of the caller's choice, which may have keys.
    #[must_use]
    pub fn with_accounts(make: Make, accounts: Accounts) -> Self {
        let api = MockApi::default().with_prefix("wasm");
        let deployer = accounts("deployer");
        let app = AppBuilder::new()
            .with_api(api)
            .with_storage(MockStorage::new())
            .build(|_, _, _| {});
        Self {
            app,
            deployer,
            make,
            accounts,
            codes: BTreeMap::new(),
        }
    }

    /// The address of an account named `name`.
    #[must_use]
    pub fn account(&self, name: &str) -> Addr {
        (self.accounts)(name)
    }

    /// From now on `store` stores these codes: a new version.
    pub fn set_codes(&mut self, make: Make) {
        self.make = make;
    }

    fn step<T>(&mut self, step: &str, result: anyhow::Result<T>) -> Result<T, RolloutError> {
        self.app.update_block(cw_multi_test::next_block);
        result.map_err(|error| backend(step, &error))
    }
}

impl Default for Backend {
    fn default() -> Self {
        Self::new()
    }
}

fn backend(step: &str, reason: &impl std::fmt::Display) -> RolloutError {
    RolloutError::Backend {
        step: step.into(),
        reason: format!("{reason:#}"),
    }
}

impl ChainOps for Backend {
    fn chain_id(&self) -> String {
        self.app.block_info().chain_id
    }

    fn deployer(&self) -> String {
        self.deployer.to_string()
    }

    fn checksum(&self, peer: Peer) -> Result<Vec<u8>, RolloutError> {
        let own = (self.make)(peer).checksum();
        let checksum = own.unwrap_or_else(|| joule_native::code(peer).checksum());
        Ok(checksum.as_slice().to_vec())
    }

    fn stored(&self, checksum: &[u8]) -> Result<Option<u64>, RolloutError> {
        Ok(self.codes.get(checksum).copied())
    }

    fn code(&self, code_id: u64) -> Result<Option<Vec<u8>>, RolloutError> {
        let found = self.codes.iter().find(|(_, id)| **id == code_id);
        Ok(found.map(|(checksum, _)| checksum.clone()))
    }

    fn store(&mut self, peer: Peer) -> Result<CodeRef, RolloutError> {
        let checksum = self.checksum(peer)?;
        let code_id = match self.stored(&checksum)? {
            Some(code_id) => code_id,
            None => self.app.store_code((self.make)(peer)),
        };
        self.codes.insert(checksum.clone(), code_id);
        Ok(CodeRef { code_id, checksum })
    }

    fn predict(&self, code: &CodeRef, salt: &[u8]) -> Result<String, RolloutError> {
        let api = self.app.api();
        let creator = api.addr_canonicalize(self.deployer.as_str())?;
        let address = instantiate2_address(&code.checksum, &creator, salt).map_err(|e| backend("predict", &e))?;
        Ok(api.addr_humanize(&address)?.into())
    }

    fn contract(&self, address: &str) -> Result<Option<ContractInfo>, RolloutError> {
        Ok(self
            .app
            .contract_data(&Addr::unchecked(address))
            .ok()
            .map(|data| ContractInfo {
                code_id: data.code_id,
                creator: data.creator.into(),
                admin: data.admin.map(Into::into),
                label: data.label,
            }))
    }

    fn instantiate2(
        &mut self,
        code: &CodeRef,
        msg: Binary,
        label: &str,
        admin: &str,
        salt: &[u8],
    ) -> Result<String, RolloutError> {
        let create = WasmMsg::Instantiate2 {
            admin: Some(admin.into()),
            code_id: code.code_id,
            label: label.into(),
            msg,
            funds: vec![],
            salt: salt.into(),
        };
        let created = self.app.execute(self.deployer.clone(), create.into());
        let response = self.step(label, created)?;
        let event = response.events.iter().find(|event| event.ty == "instantiate");
        let address = event.and_then(|event| event.attributes.iter().find(|a| a.key == "_contract_address"));
        address
            .map(|attribute| attribute.value.clone())
            .ok_or_else(|| RolloutError::Backend {
                step: label.into(),
                reason: "no address in the events".into(),
            })
    }

    fn execute(&mut self, msgs: Vec<(String, Binary)>) -> Result<(), RolloutError> {
        let msgs: Vec<CosmosMsg<Empty>> = msgs
            .into_iter()
            .map(|(contract_addr, msg)| {
                WasmMsg::Execute {
                    contract_addr,
                    msg,
                    funds: vec![],
                }
                .into()
            })
            .collect();
        let done = self.app.execute_multi(self.deployer.clone(), msgs);
        self.step("execute", done).map(|_| ())
    }

    fn query(&self, contract: &str, msg: Binary) -> Result<Binary, RolloutError> {
        let query = cosmwasm_std::WasmQuery::Smart {
            contract_addr: contract.into(),
            msg,
        };
        let raw = cosmwasm_std::to_json_vec(&cosmwasm_std::QueryRequest::<Empty>::Wasm(query))?;
        self.app
            .wrap()
            .raw_query(&raw)
            .into_result()
            .map_err(|e| backend("query", &e))?
            .into_result()
            .map_err(|reason| RolloutError::Backend {
                step: "query".into(),
                reason,
            })
    }

    fn raw(&self, contract: &str, key: &[u8]) -> Result<Option<Binary>, RolloutError> {
        let found = self.app.wrap().query_wasm_raw(contract, key);
        Ok(found.map_err(|e| backend("raw", &e))?.map(Into::into))
    }
}
