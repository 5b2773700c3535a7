//! Reading refusals: whose message it was, and what a person is told.
use crate::chain::node::CheckTx;
use crate::chain::types::TxInfo;
use crate::chain::RpcError;
use crate::error::{contract_error, Error};

/// A refusal by the application: from a simulation, a mempool or a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::chain) struct Refusal {
    pub codespace: String,
    pub code: u32,
    pub log: String,
}

/// Codes of the SDK (`types/errors/errors.go`), by what the actor does about them.
const INSUFFICIENT_FUNDS: u32 = 5;
const OUT_OF_GAS: u32 = 11;
const INSUFFICIENT_FEE: u32 = 13;
const ALREADY_IN_MEMPOOL: u32 = 19;
const MEMPOOL_FULL: u32 = 20;
const TX_TOO_LARGE: u32 = 21;
const TIMEOUT_HEIGHT: u32 = 30;
const WRONG_SEQUENCE: u32 = 32;

impl Refusal {
    fn is_sdk(&self, code: u32) -> bool {
        self.codespace == "sdk" && self.code == code
    }

    pub(in crate::chain) fn wrong_sequence(&self) -> bool {
        self.is_sdk(WRONG_SEQUENCE)
    }

    /// Its timeout height has passed.
    pub(super) fn too_late(&self) -> bool {
        self.is_sdk(TIMEOUT_HEIGHT)
    }

    /// In a block, but stopped before its messages, its fee and its sequence: as if it were not there.
    pub(super) fn left_no_trace(info: &TxInfo) -> bool {
        let refusal = Self::from(info);
        refusal.wrong_sequence() || refusal.too_late()
    }

    pub(super) fn out_of_gas(&self) -> bool {
        self.is_sdk(OUT_OF_GAS)
    }

    pub(super) fn fee_too_low(&self) -> bool {
        self.is_sdk(INSUFFICIENT_FEE)
    }

    /// The granter of the fee does not, or no longer, pay for this.
    pub(super) fn fee_grant(&self) -> bool {
        self.msg_index().is_none() && self.log.contains(NOT_PAID_FOR)
    }

    /// The node has these very bytes: not a failure.
    pub(super) fn is_known(&self) -> bool {
        self.is_sdk(ALREADY_IN_MEMPOOL)
    }

    /// The same bytes may be taken later.
    pub(super) fn try_again(&self) -> bool {
        self.is_sdk(MEMPOOL_FULL) || self.too_late()
    }

    /// Index of the message at fault, from the SDK's "failed to execute message; message index: 3: ...". The index has no
    /// other place in a node's answer.
    pub(in crate::chain) fn msg_index(&self) -> Option<usize> {
        let tail = self.log.split("message index: ").nth(1)?;
        tail.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }

    /// What the submitter is told.
    pub(super) fn error(&self) -> Error {
        if let Some(error) = contract_error(&self.log) {
            return error;
        }
        let Self { codespace, code, log } = self;
        let text = format!("{codespace} code {code}: {log}");
        if self.is_sdk(INSUFFICIENT_FUNDS) {
            return Error::funds(
                "tx.insufficient_funds",
                log,
                "add funds for amount and fee, then try again",
            );
        }
        if self.fee_too_low() {
            return Error::funds("tx.fee_too_low", log, "raise gas.price in the settings");
        }
        if self.too_late() {
            return Error::unreachable(
                "tx.lapsed",
                log,
                "check that the chain's nodes are not behind each other",
            );
        }
        if self.is_sdk(TX_TOO_LARGE) {
            return Error::refused("tx.too_large", log, "send less at once");
        }
        if self.fee_grant() {
            let next = "ask the granter for a new grant (joule fees grant), or empty gas.granter and fund the key";
            let why = log.split(NOT_PAID_FOR).nth(1).and_then(|tail| tail.split_once(": "));
            return Error::funds("tx.no_fee_grant", why.map_or(log.as_str(), |(_, why)| why), next);
        }
        if self.out_of_gas() {
            return Error::refused("tx.out_of_gas", log, "raise gas.max_gas in the settings");
        }
        Error::refused(
            "tx.refused",
            text,
            "check the message's values and the contract's state",
        )
    }
}

impl From<CheckTx> for Refusal {
    fn from(check: CheckTx) -> Self {
        Self {
            codespace: check.codespace,
            code: check.code,
            log: check.log,
        }
    }
}

impl From<&TxInfo> for Refusal {
    fn from(info: &TxInfo) -> Self {
        Self {
            codespace: info.codespace.clone(),
            code: info.code,
            log: info.log.clone(),
        }
    }
}

/// What a node puts around the refusal of a simulated transaction. It replaces the code by one for "unknown request", so
/// that the SDK's own words are all that is left to tell the cases apart.
const SIMULATED: &str = "rpc error: code = Unknown desc = ";

/// The SDK's words for the codes the actor acts on.
const WORDS: [(&str, u32); 5] = [
    ("account sequence mismatch", WRONG_SEQUENCE),
    (": insufficient funds", INSUFFICIENT_FUNDS),
    ("insufficient fees", INSUFFICIENT_FEE),
    (": tx timeout height", TIMEOUT_HEIGHT),
    ("out of gas in location", OUT_OF_GAS),
];

/// What refusals of a fee grant have in common in the SDK (`x/auth/ante/fee.go`), whatever the code of the reason. The two addresses
/// in the sentence are raw bytes there.
const NOT_PAID_FOR: &str = "does not allow to pay fees for";

/// The refusal of a node that did not even check the transaction. CometBFT has no codes for these, only words.
pub(super) fn refusal_before_check(error: &RpcError) -> Option<Refusal> {
    let RpcError::Answered { message, .. } = error else {
        return None;
    };
    let too_large = message.contains("Tx too large");
    too_large.then(|| Refusal {
        codespace: "sdk".into(),
        code: TX_TOO_LARGE,
        log: message.clone(),
    })
}

/// The application's refusal of a simulation, if the error is one.
pub(in crate::chain) fn refusal_of(error: &RpcError) -> Option<Refusal> {
    let RpcError::Application { codespace, code, log } = error else {
        return None;
    };
    let mut refusal = Refusal {
        codespace: codespace.clone(),
        code: *code,
        log: log.clone(),
    };
    if let Some((_, inner)) = log.split_once(SIMULATED) {
        // ` With gas wanted: '0' and gas used: '75340'`, or since SDK 0.53 ` [<file of the node>:<line>] with gas used: '75340'`.
        let lower = inner.to_ascii_lowercase();
        let end = lower.find(" with gas ").unwrap_or(inner.len());
        let end = lower.get(..end).and_then(|head| head.rfind(" [/")).unwrap_or(end);
        refusal.log = inner.get(..end).unwrap_or(inner).to_string();
        // Contract text could hold the same words: a refusal with a code of ours is never one of the SDK's.
        let words = WORDS.iter().find(|(words, _)| refusal.log.contains(words));
        if let (Some((_, code)), None) = (words, contract_error(&refusal.log)) {
            refusal.codespace = "sdk".to_string();
            refusal.code = *code;
        }
    }
    Some(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(codespace: &str, code: u32, log: &str) -> Refusal {
        Refusal {
            codespace: codespace.into(),
            code,
            log: log.into(),
        }
    }

    #[test]
    fn the_message_at_fault_is_named_by_its_index() {
        let r = refusal(
            "wasm",
            5,
            "failed to execute message; message index: 12: mkt.x_y: z: execute wasm contract failed",
        );
        assert_eq!(
            (r.msg_index(), r.error().code().to_string()),
            (Some(12), "mkt.x_y".to_string())
        );
        assert_eq!(refusal("sdk", 5, "10uwatt is smaller than 20uwatt").msg_index(), None);
    }

    #[test]
    fn the_refusal_inside_a_simulation_is_recovered() {
        let simulated = |text: &str| {
            let log = format!(
                "rpc error: code = Unknown desc = {text} With gas wanted: '0' and gas used: '75340': unknown request"
            );
            refusal_of(&RpcError::Application {
                codespace: "sdk".into(),
                code: 6,
                log,
            })
            .unwrap()
        };
        assert!(simulated("account sequence mismatch, expected 3, got 2: incorrect account sequence").wrong_sequence());
        let poor =
            simulated("failed to execute message; message index: 1: 1uwatt is smaller than 2uwatt: insufficient funds");
        assert_eq!(
            (poor.msg_index(), poor.error().code().to_string()),
            (Some(1), "tx.insufficient_funds".into())
        );
        let ours = simulated("failed to execute message; message index: 0: esc.low: held: insufficient funds: execute wasm contract failed");
        assert_eq!(
            (ours.error().code(), ours.error().what()),
            ("esc.low", "held: insufficient funds")
        );
        assert_eq!(simulated("unknown account").error().code(), "tx.refused");
    }

    #[test]
    fn codes_count_only_in_the_sdks_codespace() {
        assert!(refusal("sdk", 32, "").wrong_sequence());
        assert!(!refusal("wasm", 32, "").wrong_sequence());
        assert_eq!(refusal("sdk", 5, "").error().code(), "tx.insufficient_funds");
        assert_eq!(refusal("wasm", 5, "").error().code(), "tx.refused");
        assert_eq!(refusal("sdk", 13, "").error().code(), "tx.fee_too_low");
        assert_eq!(refusal("sdk", 11, "").error().code(), "tx.out_of_gas");
    }
}
