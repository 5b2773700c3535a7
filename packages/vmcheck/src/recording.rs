//! The format of a recording: one user message, all calls that it caused. README.md describes it for those who write it.

use anyhow::{bail, Context, Result};
use base64::prelude::{Engine, BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

use crate::storage::State;

/// One file in `gas/scenarios/`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What the user does, in a line.
    pub about: String,
    /// Prefix of the chain's addresses.
    pub prefix: String,
    /// Length of the signed transaction in bytes.
    pub tx_bytes: u64,
    /// Every call in the order of execution: the user's, sub-messages', replies' and smart queries'.
    pub calls: Vec<Call>,
}

/// One call of an entry point.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Name of the contract, as in `artifacts/`.
    pub contract: String,
    /// `instantiate`, `execute`, `query`, `reply`, `sudo` or `migrate`.
    pub entry: String,
    /// Preparation: run, but not part of the transaction whose gas is counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub setup: bool,
    /// `Env` as the contract gets it; its address names the instance.
    pub env: Value,
    /// `MessageInfo`; only for `instantiate` and `execute`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<Value>,
    /// The message, or `Reply` for a reply.
    pub msg: Value,
    /// Every key that the call reads, with its value before the call, both base64; keys that do not exist are left out.
    /// Absent: what an earlier call of the scenario left for the same address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Vec<(String, String)>>,
    /// Its questions and their answers, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<Answer>,
    /// What it must return, `{"ok": ...}` or `{"error": "..."}`. Absent: any `ok`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

/// A question to the chain and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// `QueryRequest`.
    pub request: Value,
    /// `SystemResult<ContractResult<Binary>>`, e.g. `{"ok": {"ok": "<base64>"}}`.
    pub answer: Value,
}

impl Scenario {
    /// All recordings of a folder by file name without its ending, in order of name.
    pub fn all(folder: &Path) -> Result<Vec<(String, Scenario)>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).with_context(|| format!("no folder {}", folder.display()))? {
            let path = entry?.path();
            let Some(name) = path.file_stem().and_then(|s| s.to_str()) else {
                continue;
            };
            if path.extension().is_some_and(|e| e == "json") {
                let text = std::fs::read_to_string(&path)?;
                let scenario = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
                found.push((name.to_string(), scenario));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }
}

impl Call {
    /// The instance that is called.
    pub fn address(&self) -> Result<&str> {
        let address = self.env.pointer("/contract/address").and_then(Value::as_str);
        address.context("env has no contract address")
    }

    /// The recorded storage; `None` where it goes on from an earlier call.
    pub fn state(&self) -> Result<Option<State>> {
        let Some(pairs) = &self.state else { return Ok(None) };
        let mut state = State::new();
        for (key, value) in pairs {
            let value = BASE64_STANDARD.decode(value).context("a value of the state")?;
            if value.is_empty() {
                bail!("the state has an empty value, which no chain stores");
            }
            state.insert(BASE64_STANDARD.decode(key).context("a key of the state")?, value);
        }
        Ok(Some(state))
    }

    /// `contract.entry`, and the variant of the message where it has one.
    pub fn label(&self) -> String {
        let variant = match &self.msg {
            Value::Object(map) if map.len() == 1 && self.entry != "instantiate" => map.keys().next().cloned(),
            Value::String(name) => Some(name.clone()),
            _ => None,
        };
        match variant {
            Some(variant) => format!("{}.{}.{variant}", self.contract, self.entry),
            None => format!("{}.{}", self.contract, self.entry),
        }
    }
}
