//! The contract module as a node runs it: checks before the simulator's, errors with codes, events it leaves out, a
//! depth limit.

use super::contract::Guarded;
use super::{accounts, bank, coins, meter};
use crate::error::{sdk, wasm, TxError};
use cosmwasm_std::{
    instantiate2_address, Addr, Api, Binary, BlockInfo, Checksum, Empty, Event, Querier, Record, Storage, WasmMsg,
    WasmQuery,
};
use cw_multi_test::error::AnyResult;
use cw_multi_test::{AppResponse, Contract, ContractData, CosmosRouter, Wasm, WasmKeeper, WasmSudo};
use std::collections::BTreeMap;

/// Type of the SDK's event about a message, which wasmd leaves out where a contract is behind it.
pub(crate) const MESSAGE: &str = "message";
const ADDRESS: &str = "_contract_address";
/// wasmd's `MaxLabelSize` and `MaxSaltSize`.
const MAX_LABEL: usize = 128;
const MAX_SALT: usize = 64;

/// The simulator's contract keeper behind the checks that it lacks.
pub(crate) struct NodeWasm {
    keeper: WasmKeeper<Empty, Empty>,
    checksums: BTreeMap<u64, Checksum>,
}

type Router<'a> = &'a dyn CosmosRouter<ExecC = Empty, QueryC = Empty>;

impl NodeWasm {
    pub(crate) fn new() -> Self {
        Self {
            keeper: WasmKeeper::new(),
            checksums: BTreeMap::new(),
        }
    }

    /// Preloads a code.
    pub(crate) fn preload(&mut self, creator: &Addr, code: Guarded) -> u64 {
        let checksum = code.checksum;
        let id = self.keeper.store_code(creator.clone(), Box::new(code));
        self.checksums.insert(id, checksum);
        id
    }

    fn contract(&self, api: &dyn Api, storage: &dyn Storage, address: &str) -> Result<ContractData, TxError> {
        let address = bank::check_address(api, address, "contract")?;
        self.keeper.contract_data(storage, &address).map_err(|_| {
            let log = format!("address {address}: no such contract");
            TxError::wasm(wasm::NO_SUCH_CONTRACT, log)
        })
    }

    /// What only the admin of a contract may do. wasmd asks for the contract otherwise than before a call.
    fn owned(
        &self,
        api: &dyn Api,
        storage: &dyn Storage,
        address: &str,
        sender: &Addr,
        what: &str,
    ) -> Result<(), TxError> {
        let address = bank::check_address(api, address, "contract")?;
        let contract = self
            .keeper
            .contract_data(storage, &address)
            .map_err(|_| unknown("contract"))?;
        if contract.admin.as_ref() == Some(sender) {
            return Ok(());
        }
        Err(TxError::sdk(sdk::UNAUTHORIZED, format!("{what}: unauthorized")))
    }

    fn code(&self, id: u64) -> Result<&Checksum, TxError> {
        self.checksums
            .get(&id)
            .ok_or_else(|| TxError::wasm(wasm::NO_SUCH_CODE, format!("code id {id}: no such code")))
    }

    /// Refuses what wasmd refuses before it calls the contract.
    fn check(&self, api: &dyn Api, storage: &dyn Storage, sender: &Addr, msg: &WasmMsg) -> Result<(), TxError> {
        let (admin, code_id, label, salt) = match msg {
            WasmMsg::Execute { contract_addr, .. } => return self.contract(api, storage, contract_addr).map(|_| ()),
            WasmMsg::Migrate {
                contract_addr,
                new_code_id,
                ..
            } => {
                self.owned(api, storage, contract_addr, sender, "can not migrate")?;
                let known = self.checksums.contains_key(new_code_id);
                return known.then_some(()).ok_or_else(|| unknown("code"));
            }
            WasmMsg::UpdateAdmin { contract_addr, admin } => {
                bank::check_address(api, admin, "new admin")?;
                return self.owned(api, storage, contract_addr, sender, "can not modify contract");
            }
            WasmMsg::ClearAdmin { contract_addr } => {
                return self.owned(api, storage, contract_addr, sender, "can not modify contract");
            }
            WasmMsg::Instantiate {
                admin, code_id, label, ..
            } => (admin, code_id, label, None),
            WasmMsg::Instantiate2 {
                admin,
                code_id,
                label,
                salt,
                ..
            } => (admin, code_id, label, Some(salt)),
            other => {
                let log = format!("{other:?}: unknown message from the contract");
                return Err(TxError::wasm(wasm::UNKNOWN_MSG, log));
            }
        };
        let checksum = self.code(*code_id)?;
        if let Some(admin) = admin {
            bank::check_address(api, admin, "admin")?;
        }
        if label.is_empty() {
            return Err(TxError::wasm(wasm::EMPTY, "label: is required: empty"));
        }
        if label.len() > MAX_LABEL {
            let log = format!("label: cannot be longer than {MAX_LABEL} characters: exceeds limit");
            return Err(TxError::wasm(wasm::LIMIT, log));
        }
        let Some(salt) = salt else {
            return Ok(());
        };
        if salt.is_empty() || salt.len() > MAX_SALT {
            let log = format!("salt: must be 1 to {MAX_SALT} bytes: exceeds limit");
            return Err(TxError::wasm(wasm::LIMIT, log));
        }
        let taken = api
            .addr_canonicalize(sender.as_str())
            .ok()
            .and_then(|creator| instantiate2_address(checksum.as_slice(), &creator, salt).ok())
            .and_then(|address| api.addr_humanize(&address).ok())
            .is_some_and(|address| self.keeper.contract_data(storage, &address).is_ok());
        if taken {
            let log = "instance with this code id, sender and label exists: try a different salt: duplicate";
            return Err(TxError::wasm(wasm::DUPLICATE, log));
        }
        Ok(())
    }
}

fn unknown(what: &str) -> TxError {
    TxError::sdk(sdk::INVALID_REQUEST, format!("unknown {what}: invalid request"))
}

/// Events of a message that the simulator leaves out: the coins it moved before the call, and changes of admin.
fn missing_events(sender: &Addr, msg: &WasmMsg, response: &AppResponse) -> Vec<Event> {
    let (recipient, funds) = match msg {
        WasmMsg::Execute {
            contract_addr, funds, ..
        } => (contract_addr.clone(), funds),
        WasmMsg::Instantiate { funds, .. } | WasmMsg::Instantiate2 { funds, .. } => {
            (born(response).unwrap_or_default(), funds)
        }
        WasmMsg::UpdateAdmin { contract_addr, admin } => return vec![admin_event(contract_addr, admin)],
        WasmMsg::ClearAdmin { contract_addr } => return vec![admin_event(contract_addr, "")],
        _ => return Vec::new(),
    };
    if funds.is_empty() {
        return Vec::new();
    }
    let mut events = coins::transfer_events(sender.as_str(), &recipient, funds);
    // wasmd talks to the bank's keeper, not to its messages.
    events.retain(|event| event.ty != MESSAGE);
    events
}

/// Events of a message that a contract sent, as wasmd hands them on: those of its own attributes in the order of their keys.
fn sort_attributes(events: &mut [Event]) {
    for event in events {
        event.attributes.sort_by(|a, b| a.key.cmp(&b.key));
    }
}

fn admin_event(contract: &str, admin: &str) -> Event {
    Event::new("update_contract_admin")
        .add_attribute(ADDRESS, contract)
        .add_attribute("new_admin_address", admin)
}

/// Address of the contract that an instantiate message made.
fn born(response: &AppResponse) -> Option<String> {
    let event = response.events.iter().find(|event| event.ty == "instantiate")?;
    let attribute = event.attributes.iter().find(|a| a.key == ADDRESS)?;
    Some(attribute.value.clone())
}

impl Wasm<Empty, Empty> for NodeWasm {
    fn execute(
        &self,
        api: &dyn Api,
        storage: &mut dyn Storage,
        router: Router,
        block: &BlockInfo,
        sender: Addr,
        msg: WasmMsg,
    ) -> AnyResult<AppResponse> {
        let _depth = meter::enter_call();
        let depth = meter::call_depth();
        if depth > meter::MAX_CALL_DEPTH {
            return Err(TxError::wasm(wasm::CALL_DEPTH, "max call depth exceeded")
                .at_depth(depth)
                .into());
        }
        self.check(api, storage, &sender, &msg).map_err(|e| e.at_depth(depth))?;
        let result = self
            .keeper
            .execute(api, storage, router, block, sender.clone(), msg.clone());
        let mut response = result.map_err(|error| {
            let coded = TxError::from_any(&error);
            // Of the callers only those that are no execution say that they passed a message on.
            if coded.depth > depth && !matches!(msg, WasmMsg::Execute { .. }) {
                coded.wrap("dispatch").at_depth(depth)
            } else {
                coded.at_depth(depth)
            }
        })?;
        if matches!(msg, WasmMsg::Instantiate { .. } | WasmMsg::Instantiate2 { .. }) {
            if let Some(address) = born(&response) {
                accounts::ensure(storage, &address);
            }
        }
        let mut events = missing_events(&sender, &msg, &response);
        events.append(&mut response.events);
        if depth > 1 {
            sort_attributes(&mut events);
        }
        response.events = events;
        Ok(response)
    }

    fn query(
        &self,
        api: &dyn Api,
        storage: &dyn Storage,
        querier: &dyn Querier,
        block: &BlockInfo,
        request: WasmQuery,
    ) -> AnyResult<Binary> {
        if let WasmQuery::Smart { contract_addr, .. } | WasmQuery::ContractInfo { contract_addr } = &request {
            self.contract(api, storage, contract_addr)?;
        }
        self.keeper.query(api, storage, querier, block, request)
    }

    fn sudo(
        &self,
        api: &dyn Api,
        storage: &mut dyn Storage,
        router: Router,
        block: &BlockInfo,
        msg: WasmSudo,
    ) -> AnyResult<AppResponse> {
        self.keeper.sudo(api, storage, router, block, msg)
    }

    fn store_code(&mut self, creator: Addr, code: Box<dyn Contract<Empty>>) -> u64 {
        self.keeper.store_code(creator, code)
    }

    fn store_code_with_id(&mut self, creator: Addr, code_id: u64, code: Box<dyn Contract<Empty>>) -> AnyResult<u64> {
        self.keeper.store_code_with_id(creator, code_id, code)
    }

    fn duplicate_code(&mut self, code_id: u64) -> AnyResult<u64> {
        self.keeper.duplicate_code(code_id)
    }

    fn contract_data(&self, storage: &dyn Storage, address: &Addr) -> AnyResult<ContractData> {
        self.keeper.contract_data(storage, address)
    }

    fn dump_wasm_raw(&self, storage: &dyn Storage, address: &Addr) -> Vec<Record> {
        self.keeper.dump_wasm_raw(storage, address)
    }
}
