//! One contract, compiled once, called as often as wanted.

use crate::artifacts::{Contract, CAPABILITIES, CONTRACTS, MAX_CODE_BYTES};
use crate::gas::{CallGas, CANONICALIZE_VM, HUMANIZE_VM, VALIDATE_VM};
use crate::querier::ScriptedQuerier;
use crate::storage::{CountingStorage, State};
use anyhow::{anyhow, bail, Context, Result};
use cosmwasm_vm::internals::{check_wasm, compile_module, instance_from_module, Logger};
use cosmwasm_vm::testing::MockApi;
use cosmwasm_vm::{
    call_execute_raw, call_instantiate_raw, call_migrate_with_info_raw, call_query_raw, call_reply_raw, call_sudo_raw,
};
use cosmwasm_vm::{Backend, BackendApi, BackendResult, GasInfo, Size, VmResult, WasmLimits};
use serde_json::Value;
use std::sync::OnceLock;
use wasmer::{Engine, Module, Store};

/// What a chain gives a contract.
const MEMORY: Size = Size::mebi(32);
/// Far above any call that is meant to end, in VM gas.
const GAS_LIMIT: u64 = 1_000_000_000_000_000;
/// Who migrates, where the entry point asks.
const MIGRATE_INFO: &[u8] = br#"{"sender":"admin","old_migrate_version":null}"#;

/// See the module.
pub struct Machine {
    module: Module,
    engine: Engine,
}

/// The bytes of a call.
pub struct Input<'a> {
    /// Entry point.
    pub entry: &'a str,
    /// `Env` as JSON.
    pub env: &'a [u8],
    /// `MessageInfo` as JSON; read by `instantiate` and `execute`.
    pub info: &'a [u8],
    /// The message.
    pub msg: &'a [u8],
    /// Prefix of addresses.
    pub prefix: &'a str,
}

/// What came of a call.
pub struct Outcome {
    /// `{"ok": ...}` or `{"error": "..."}`; an error if the VM had to stop the contract.
    pub output: Result<Value>,
    /// What it cost, also when it failed.
    pub gas: CallGas,
    /// Storage afterwards.
    pub state: State,
    /// Recorded questions that it did not ask.
    pub unasked: usize,
}

impl Machine {
    /// Compiles, or says why the VM refuses the code.
    pub fn compile(code: &[u8]) -> Result<Self> {
        let (module, engine) = compile_module(code, Some(MEMORY))?;
        Ok(Self { module, engine })
    }

    /// The compiled contract of that name, the same one for every caller.
    pub fn of(name: &str) -> Result<&'static Machine> {
        static MACHINES: [OnceLock<Result<Machine, String>>; CONTRACTS.len()] =
            [const { OnceLock::new() }; CONTRACTS.len()];
        let index = CONTRACTS.iter().position(|c| c.name == name);
        let index = index.with_context(|| format!("no contract is named {name}"))?;
        let compile = || CONTRACTS[index].code().and_then(|code| Machine::compile(&code));
        let machine = MACHINES[index].get_or_init(|| compile().map_err(|e| format!("{e:#}")));
        machine.as_ref().map_err(|e| anyhow!("{name}: {e}"))
    }

    /// Names of all exports.
    pub fn exports(&self) -> Vec<String> {
        let mut names: Vec<String> = self.module.exports().map(|e| e.name().to_string()).collect();
        names.sort();
        names
    }

    /// Runs one entry point on a new instance.
    pub fn call(&self, input: &Input, state: State, querier: ScriptedQuerier) -> Result<Outcome> {
        let backend = Backend {
            api: Api::new(input.prefix),
            storage: CountingStorage::new(state),
            querier,
        };
        let store = Store::new(self.engine.clone());
        let mut instance = instance_from_module(store, &self.module, backend, GAS_LIMIT, None)?;
        let i = &mut instance;
        let returned = match input.entry {
            "instantiate" => call_instantiate_raw(i, input.env, input.info, input.msg),
            "execute" => call_execute_raw(i, input.env, input.info, input.msg),
            "query" => call_query_raw(i, input.env, input.msg),
            "reply" => call_reply_raw(i, input.env, input.msg),
            "sudo" => call_sudo_raw(i, input.env, input.msg),
            "migrate" => call_migrate_with_info_raw(i, input.env, input.msg, MIGRATE_INFO),
            other => bail!("no entry point is named {other}"),
        };
        let vm = instance.create_gas_report().used_internally;
        let backend = instance.recycle().context("the instance lost its storage")?;
        Ok(Outcome {
            output: output(returned),
            gas: CallGas {
                vm,
                storage: backend.storage.tally(),
                queries: backend.querier.gas(),
            },
            unasked: backend.querier.unasked(),
            state: backend.storage.state,
        })
    }
}

fn output(returned: VmResult<Vec<u8>>) -> Result<Value> {
    let value: Value = serde_json::from_slice(&returned?)?;
    if value.get("ok").is_none() && value.get("error").is_none() {
        bail!("neither ok nor error: {value}");
    }
    Ok(value)
}

/// What `cosmwasm-check` checks, the size, and that nothing is demanded of the chain that it may lack.
pub fn check_code(contract: &Contract) -> Result<()> {
    let code = contract.code()?;
    if code.len() >= MAX_CODE_BYTES {
        bail!(
            "{} is {} bytes long; chains store less than {MAX_CODE_BYTES}",
            contract.name,
            code.len()
        );
    }
    let capabilities = CAPABILITIES.iter().map(ToString::to_string).collect();
    check_wasm(&code, &capabilities, &WasmLimits::default(), Logger::Off)?;
    Ok(())
}

/// Addresses as the VM's mock reads them, at the price that chains charge.
#[derive(Clone)]
struct Api(MockApi);

impl Api {
    fn new(prefix: &str) -> Self {
        // The mock wants a prefix that lives for ever; there are one or two of them in a run.
        static KNOWN: std::sync::Mutex<Vec<&'static str>> = std::sync::Mutex::new(Vec::new());
        let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known_prefix = known.iter().find(|k| **k == prefix).copied();
        let prefix = known_prefix.unwrap_or_else(|| {
            let leaked: &'static str = Box::leak(prefix.to_string().into_boxed_str());
            known.push(leaked);
            leaked
        });
        Self(MockApi::default().with_prefix(prefix))
    }
}

impl BackendApi for Api {
    fn addr_validate(&self, input: &str) -> BackendResult<()> {
        (self.0.addr_validate(input).0, GasInfo::with_cost(VALIDATE_VM))
    }

    fn addr_canonicalize(&self, human: &str) -> BackendResult<Vec<u8>> {
        (self.0.addr_canonicalize(human).0, GasInfo::with_cost(CANONICALIZE_VM))
    }

    fn addr_humanize(&self, canonical: &[u8]) -> BackendResult<String> {
        (self.0.addr_humanize(canonical).0, GasInfo::with_cost(HUMANIZE_VM))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest contract: `execute` traps, `query` answers.
    const CONTRACT: &str = r#"(module
        (memory (export "memory") 1)
        (global $top (mut i32) (i32.const 4096))
        (data (i32.const 0) "\10\00\00\00\0d\00\00\00\0d\00\00\00\00\00\00\00{\"ok\":\"AA==\"}")
        (func (export "interface_version_8"))
        (func (export "allocate") (param $size i32) (result i32) (local $at i32)
            (local.set $at (global.get $top))
            (i32.store (local.get $at) (i32.add (local.get $at) (i32.const 12)))
            (i32.store offset=4 (local.get $at) (local.get $size))
            (i32.store offset=8 (local.get $at) (i32.const 0))
            (global.set $top (i32.add (local.get $at) (i32.add (local.get $size) (i32.const 12))))
            (local.get $at))
        (func (export "deallocate") (param i32))
        (func (export "instantiate") (param i32 i32 i32) (result i32) (i32.const 0))
        (func (export "execute") (param i32 i32 i32) (result i32) (unreachable))
        (func (export "query") (param i32 i32) (result i32) (i32.const 0)))"#;

    fn call(entry: &str) -> Outcome {
        let machine = Machine::compile(&wat::parse_str(CONTRACT).unwrap()).unwrap();
        let input = Input {
            entry,
            env: b"{}",
            info: b"{}",
            msg: b"{}",
            prefix: "joule",
        };
        let querier = ScriptedQuerier::strict(Vec::new());
        machine.call(&input, State::new(), querier).unwrap()
    }

    #[test]
    fn a_trap_is_seen_and_an_answer_is_read() {
        let answered = call("query");
        assert_eq!(answered.output.unwrap(), serde_json::json!({"ok": "AA=="}));
        assert!(answered.gas.vm > 0);
        assert!(format!("{:#}", call("execute").output.unwrap_err()).contains("Wasm"));
    }

    #[test]
    fn code_that_the_chain_lacks_is_refused() {
        let code = wat::parse_str(CONTRACT.replace("interface_version_8", "interface_version_9")).unwrap();
        let refused = check_wasm(&code, &Default::default(), &WasmLimits::default(), Logger::Off);
        assert!(refused.unwrap_err().to_string().contains("interface_version"));
    }
}
