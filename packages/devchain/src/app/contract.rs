//! A contract as this chain runs it: metered, with panics and errors turned into the answers of a node.

use super::meter;
use super::storage::{Metered, MeteredQuerier, MeteredRead};
use crate::error::{wasm, TxError};
use crate::panics;
use cosmwasm_std::{
    Binary, Checksum, Deps, DepsMut, Env, MessageInfo, QuerierWrapper, Reply, Response, SubMsgResult, TransactionInfo,
};
use cw_multi_test::error::AnyResult;
use cw_multi_test::Contract;

/// Wraps the contract of one code.
pub(crate) struct Guarded {
    pub(crate) inner: Box<dyn Contract<cosmwasm_std::Empty>>,
    pub(crate) checksum: Checksum,
}

/// How failures of an entry point are numbered and named by wasmd.
struct Entry {
    code: u32,
    name: &'static str,
    /// Text put before the contract's own, where the failure is seen from the caller.
    prefix: &'static str,
    /// Levels above the running message: a reply belongs to the caller's level.
    above: u32,
}

const INSTANTIATE: Entry = Entry {
    code: wasm::INSTANTIATE_FAILED,
    name: "instantiate wasm contract failed",
    prefix: "",
    above: 0,
};
const EXECUTE: Entry = Entry {
    code: wasm::EXECUTE_FAILED,
    name: "execute wasm contract failed",
    prefix: "",
    above: 0,
};
const REPLY: Entry = Entry {
    code: wasm::EXECUTE_FAILED,
    name: "execute wasm contract failed",
    prefix: "reply: ",
    above: 1,
};
const MIGRATE: Entry = Entry {
    code: wasm::MIGRATION_FAILED,
    name: "migrate wasm contract failed",
    prefix: "",
    above: 0,
};
const QUERY: Entry = Entry {
    code: wasm::QUERY_FAILED,
    name: "query wasm contract failed",
    prefix: "",
    above: 0,
};

impl Guarded {
    /// Calls an entry point: pays for it, keeps its panic inside, and codes its error.
    fn call<T>(&self, entry: &Entry, bytes: usize, f: impl FnOnce() -> AnyResult<T>) -> AnyResult<T> {
        meter::charge_call(&self.checksum, bytes);
        let depth = meter::call_depth() + entry.above;
        match panics::catch(f) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                let log = format!("{}{error}: {}", entry.prefix, entry.name);
                Err(TxError::wasm(entry.code, log).at_depth(depth).into())
            }
            Err(payload) if meter::is_out_of_gas(payload.as_ref()) => std::panic::resume_unwind(payload),
            Err(payload) => {
                let message = panics::message(payload.as_ref());
                tracing::warn!(%message, "a contract panicked");
                let log = format!(
                    "{}Error calling the VM: Error executing Wasm: Aborted: {message}: wasmvm error",
                    entry.prefix
                );
                Err(TxError::wasm(wasm::VM_ERROR, log).at_depth(depth).into())
            }
        }
    }

    fn call_mut(
        &self,
        entry: &Entry,
        bytes: usize,
        deps: DepsMut,
        env: Env,
        f: impl FnOnce(DepsMut, Env) -> AnyResult<Response>,
    ) -> AnyResult<Response> {
        let mut storage = Metered(deps.storage);
        let querier = MeteredQuerier(&*deps.querier);
        let api = deps.api;
        let response = self.call(entry, bytes, || {
            let deps = DepsMut {
                storage: &mut storage,
                api,
                querier: QuerierWrapper::new(&querier),
            };
            f(deps, at_index(env))
        })?;
        meter::charge_answer(size(&response));
        Ok(response)
    }
}

/// The simulator always says index 0.
fn at_index(mut env: Env) -> Env {
    env.transaction = meter::tx_index().map(|index| TransactionInfo { index });
    env
}

/// Bytes of a response that a node would carry on: attributes, events, data. Messages pay when they run.
fn size(response: &Response) -> usize {
    let attributes = response
        .attributes
        .iter()
        .chain(response.events.iter().flat_map(|event| &event.attributes));
    attributes.map(|a| a.key.len() + a.value.len()).sum::<usize>()
        + response.events.iter().map(|event| event.ty.len()).sum::<usize>()
        + response.data.as_ref().map_or(0, |data| data.len())
}

impl Contract<cosmwasm_std::Empty> for Guarded {
    fn instantiate(&self, deps: DepsMut, env: Env, info: MessageInfo, msg: Vec<u8>) -> AnyResult<Response> {
        self.call_mut(&INSTANTIATE, msg.len(), deps, env, |deps, env| {
            self.inner.instantiate(deps, env, info, msg)
        })
    }

    fn execute(&self, deps: DepsMut, env: Env, info: MessageInfo, msg: Vec<u8>) -> AnyResult<Response> {
        self.call_mut(&EXECUTE, msg.len(), deps, env, |deps, env| {
            self.inner.execute(deps, env, info, msg)
        })
    }

    fn query(&self, deps: Deps, env: Env, msg: Vec<u8>) -> AnyResult<Binary> {
        let Some(_depth) = meter::enter_query() else {
            return Err(TxError::wasm(wasm::QUERY_STACK, "max query stack size exceeded").into());
        };
        let storage = MeteredRead(deps.storage);
        let querier = MeteredQuerier(&*deps.querier);
        let api = deps.api;
        let answer = self.call(&QUERY, msg.len(), || {
            let deps = Deps {
                storage: &storage,
                api,
                querier: QuerierWrapper::new(&querier),
            };
            let mut env = env;
            env.transaction = None;
            self.inner.query(deps, env, msg)
        })?;
        meter::charge_answer(answer.len());
        Ok(answer)
    }

    fn reply(&self, deps: DepsMut, env: Env, mut msg: Reply) -> AnyResult<Response> {
        if let SubMsgResult::Err(text) = &mut msg.result {
            // With RUST_BACKTRACE set, the simulator's debug print carries a backtrace: contracts must not see it.
            if let Some(end) = text.find("\n\nStack backtrace:") {
                text.truncate(end);
            }
        }
        let bytes = msg.payload.len();
        self.call_mut(&REPLY, bytes, deps, env, |deps, env| self.inner.reply(deps, env, msg))
    }

    fn sudo(&self, deps: DepsMut, env: Env, msg: Vec<u8>) -> AnyResult<Response> {
        self.call_mut(&EXECUTE, msg.len(), deps, env, |deps, env| {
            self.inner.sudo(deps, env, msg)
        })
    }

    fn migrate(&self, deps: DepsMut, env: Env, msg: Vec<u8>) -> AnyResult<Response> {
        self.call_mut(&MIGRATE, msg.len(), deps, env, |deps, env| {
            self.inner.migrate(deps, env, msg)
        })
    }

    fn checksum(&self) -> Option<Checksum> {
        Some(self.checksum)
    }
}
