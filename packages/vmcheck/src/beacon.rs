//! Rounds of drand in the compiled registry: the VM's BLS calls believe what was published, and nothing near it.

use crate::machine::{Input, Machine, Outcome};
use crate::querier::ScriptedQuerier;
use crate::storage::State;
use anyhow::{ensure, Context, Result};
use base64::prelude::{Engine, BASE64_STANDARD};
use serde_json::{json, Value};

/// Published rounds and hostile encodings, which `joule-beacon` makes and checks on its own.
const VECTORS: &str = include_str!("../../beacon/testdata/quicknet.json");
/// One address for everybody: who sends is of no matter here.
const ADDRESS: &str = "wasm1xmrvlyfw926j05k4znyx8jawynkgeey6shr3snnprdeljwl2jf4q2gt7g8";
const GENESIS: u64 = 1_692_803_367;
/// The most that posting a round may cost in the VM, in VM gas.
const MAX_VM: u64 = 60_000 * crate::gas::VM_PER_SDK;

struct Registry {
    machine: &'static Machine,
    state: State,
}

impl Registry {
    fn call(&self, entry: &str, msg: &Value) -> Result<Outcome> {
        let env = json!({
            "block": {"height": 1, "time": format!("{}000000000", GENESIS + 100_000_000), "chain_id": "joule-1"},
            "transaction": {"index": 0},
            "contract": {"address": ADDRESS},
        });
        let info = json!({"sender": ADDRESS, "funds": []});
        let (env, info, msg) = (env.to_string(), info.to_string(), msg.to_string());
        let input = Input {
            entry,
            env: env.as_bytes(),
            info: info.as_bytes(),
            msg: msg.as_bytes(),
            prefix: "wasm",
        };
        let querier = ScriptedQuerier::lenient(Vec::new());
        self.machine.call(&input, self.state.clone(), querier)
    }

    /// A registry that believes this key (hex), launched; what it said to the key.
    fn believing(key: &str) -> Result<(Self, Value)> {
        let machine = Machine::of("registry")?;
        let mut registry = Self {
            machine,
            state: State::new(),
        };
        let made = registry.call("instantiate", &instantiate(key))?;
        let said = made.output?;
        registry.state = made.state;
        if said.get("ok").is_some() {
            let launched = registry.call("execute", &json!({"admin": {"launch": {}}}))?;
            ensure!(launched.output?.get("ok").is_some(), "the registry does not launch");
            registry.state = launched.state;
        }
        Ok((registry, said))
    }

    fn post(&self, round: u64, signature: &str) -> Result<Outcome> {
        let signature = BASE64_STANDARD.encode(bytes(signature)?);
        self.call(
            "execute",
            &json!({"post_round": {"round": round, "signature": signature}}),
        )
    }
}

/// Published rounds are believed at a bounded price; hostile ones are refused with a code, and so are keys that are none.
pub fn check() -> Result<()> {
    let vectors: Value = serde_json::from_str(VECTORS)?;
    let list = |name: &str| vectors[name].as_array().cloned().with_context(|| format!("no {name}"));
    let hostile = list("hostile")?;
    let key = text(&hostile[0], "key")?;
    let (registry, said) = Registry::believing(&key)?;
    ensure!(said.get("ok").is_some(), "quicknet's key is refused: {said}");
    for published in list("rounds")? {
        let round = number(&published)?;
        let posted = registry.post(round, &text(&published, "signature")?)?;
        let output = posted.output?;
        let randomness = json!({"key": "randomness", "value": text(&published, "randomness")?});
        let event = &output["ok"]["events"][0];
        let said = event["attributes"]
            .as_array()
            .is_some_and(|all| all.contains(&randomness));
        ensure!(said, "round {round}: {output}");
        ensure!(posted.gas.vm < MAX_VM, "round {round} costs {} VM gas", posted.gas.vm);
        println!(
            "round {round}: {} SDK gas in the VM",
            posted.gas.vm / crate::gas::VM_PER_SDK
        );
        let wrong = registry.post(round + 1, &text(&published, "signature")?)?;
        refused(&wrong.output?, "reg.invalid_round", "the next round")?;
    }
    for case in hostile {
        let (registry, _) = Registry::believing(&text(&case, "key")?)?;
        let posted = registry.post(number(&case)?, &text(&case, "signature")?)?;
        refused(&posted.output?, "reg.invalid_round", &text(&case, "name")?)?;
    }
    let infinity = format!("c0{}", "00".repeat(95));
    for bad in [
        infinity,
        "00".repeat(96),
        format!("80{}", "00".repeat(95)),
        key[2..].into(),
        format!("{key}00"),
    ] {
        let (_, said) = Registry::believing(&bad)?;
        refused(&said, "reg.invalid_params", &bad)?;
    }
    Ok(())
}

fn refused(output: &Value, code: &str, what: &str) -> Result<()> {
    let error = output["error"].as_str().unwrap_or_default();
    ensure!(error.starts_with(code), "{what}: {output}");
    Ok(())
}

fn text(value: &Value, field: &str) -> Result<String> {
    let text = value[field].as_str().with_context(|| format!("no {field}"))?;
    Ok(text.to_string())
}

fn number(value: &Value) -> Result<u64> {
    value["round"].as_u64().context("no round")
}

fn bytes(hex: &str) -> Result<Vec<u8>> {
    let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16);
    Ok((0..hex.len()).step_by(2).map(digits).collect::<Result<_, _>>()?)
}

fn instantiate(key: &str) -> Value {
    let peers = ["registry", "marketplace", "escrow", "staking", "dao", "token"];
    let peers: serde_json::Map<String, Value> = peers.iter().map(|p| ((*p).into(), ADDRESS.into())).collect();
    json!({
        "peers": peers,
        "guardian": null,
        "min_window_secs": 60,
        "beacon": {"public_key": key, "genesis": GENESIS, "period": 3},
        "params": {
            "fee": "10000000", "regions": ["us"], "min_gpu_memory_mb": 8192, "max_nodes": 64, "beat_secs": 600,
            "min_uptime_bps": 9500, "uptime_period_secs": 2_592_000, "admission_units": "268435456",
            "admission_secs": 600, "max_admission_failures": 3, "window_secs": 120, "reveal_secs": 3600,
            "window_gap_secs": 7200, "window_every_secs": 21600, "window_grace_secs": 30, "round_tip": "20000",
            "window_k": 512, "forgery_slash_bps": 3000, "misuse_slash_bps": 5000,
            "trust": {
                "basic_stake": "100000000", "verified_stake": "1000000000", "trusted_stake": "10000000000",
                "verified_windows": 10, "trusted_jobs": 100, "trusted_success_bps": 9500,
            },
        },
    })
}
