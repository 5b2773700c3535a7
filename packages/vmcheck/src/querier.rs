//! Answers that were recorded, given back in the order of the questions.

use crate::gas::storage as schedule;
use crate::recording::Answer;
use cosmwasm_std::{Binary, ContractResult, SystemError, SystemResult};
use cosmwasm_vm::{BackendError, BackendResult, GasInfo, Querier};
use serde_json::Value;
use std::sync::Mutex;

/// See the module.
pub struct ScriptedQuerier {
    answers: Vec<Answer>,
    /// Refuse what was not recorded with an error of the VM, which fails the replay; else answer as a chain does for an
    /// address without a contract, which the contract has to bear.
    strict: bool,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    next: usize,
    gas: u64,
}

impl ScriptedQuerier {
    /// Exactly these questions, in this order.
    pub fn strict(answers: Vec<Answer>) -> Self {
        Self {
            answers,
            strict: true,
            progress: Mutex::default(),
        }
    }

    /// These questions in any order and number; a stranger gets a system error.
    pub fn lenient(answers: Vec<Answer>) -> Self {
        Self {
            strict: false,
            ..Self::strict(answers)
        }
    }

    /// Recorded questions that were not asked.
    pub fn unasked(&self) -> usize {
        self.answers.len().saturating_sub(self.lock().next)
    }

    /// Gas of the answers that the chain itself gave.
    pub fn gas(&self) -> u64 {
        self.lock().gas
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn find(&self, request: &Value, progress: &mut Progress) -> Result<Option<&Answer>, String> {
        if !self.strict {
            return Ok(self.answers.iter().find(|a| a.request == *request));
        }
        let number = progress.next;
        progress.next += 1;
        match self.answers.get(number) {
            Some(answer) if answer.request == *request => Ok(Some(answer)),
            Some(answer) => Err(format!("query {number}: asked {request}, recorded {}", answer.request)),
            None => Err(format!("query {number} was not recorded: {request}")),
        }
    }
}

impl Querier for ScriptedQuerier {
    fn query_raw(&self, request: &[u8], _limit: u64) -> BackendResult<SystemResult<ContractResult<Binary>>> {
        let outcome = self.answer(request).map_err(BackendError::user_err);
        (outcome, GasInfo::free())
    }
}

impl ScriptedQuerier {
    fn answer(&self, request: &[u8]) -> Result<SystemResult<ContractResult<Binary>>, String> {
        let parsed: Value = serde_json::from_slice(request).map_err(|e| e.to_string())?;
        let mut progress = self.lock();
        let Some(found) = self.find(&parsed, &mut progress)? else {
            return Ok(SystemResult::Err(SystemError::InvalidRequest {
                error: "nothing answers here".to_string(),
                request: request.into(),
            }));
        };
        let result: SystemResult<ContractResult<Binary>> =
            serde_json::from_value(found.answer.clone()).map_err(|e| format!("a recorded answer: {e}"))?;
        let smart = parsed.pointer("/wasm/smart").is_some();
        if !smart {
            progress.gas += schedule::read(key_bytes(&parsed), answer_bytes(&result));
        }
        Ok(result)
    }
}

/// Length of the key that a raw query reads. Other questions to the chain are charged as a read without a key.
fn key_bytes(request: &Value) -> usize {
    let key = request
        .pointer("/wasm/raw/key")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Binary::from_base64(key).map_or(0, |k| k.len())
}

fn answer_bytes(result: &SystemResult<ContractResult<Binary>>) -> usize {
    match result {
        SystemResult::Ok(ContractResult::Ok(answer)) => answer.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answers() -> Vec<Answer> {
        let raw = json!({"wasm": {"raw": {"contract_addr": "a", "key": "AAEC"}}});
        let smart = json!({"wasm": {"smart": {"contract_addr": "a", "msg": "e30="}}});
        let answer = json!({"ok": {"ok": "AAAA"}});
        [raw, smart]
            .map(|request| Answer {
                request,
                answer: answer.clone(),
            })
            .into()
    }

    fn ask(querier: &ScriptedQuerier, request: &Value) -> Result<SystemResult<ContractResult<Binary>>, String> {
        querier.answer(request.to_string().as_bytes())
    }

    #[test]
    fn strict_wants_the_order_and_charges_reads_only() {
        let querier = ScriptedQuerier::strict(answers());
        for answer in answers() {
            assert!(ask(&querier, &answer.request).is_ok());
        }
        assert_eq!((querier.unasked(), querier.gas()), (0, schedule::read(3, 3)));
        assert!(ask(&querier, &answers()[0].request)
            .unwrap_err()
            .contains("not recorded"));
        let swapped = ScriptedQuerier::strict(answers());
        assert!(ask(&swapped, &answers()[1].request).unwrap_err().contains("query 0"));
    }

    #[test]
    fn lenient_answers_strangers_with_a_system_error() {
        let querier = ScriptedQuerier::lenient(answers());
        assert!(matches!(ask(&querier, &answers()[1].request), Ok(SystemResult::Ok(_))));
        assert!(matches!(ask(&querier, &json!({"bank": {}})), Ok(SystemResult::Err(_))));
    }
}
