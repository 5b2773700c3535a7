//! The errors a node answers with: a codespace, a number in it and a text.
//!
//! Clients decide by (codespace, code), never by text; the texts follow the Cosmos SDK's and wasmd's all the same, so
//! that a log line reads alike on every chain.

use std::fmt;

/// Codespace of errors that the SDK's own modules raise.
pub const SDK: &str = "sdk";
/// Codespace of errors of the contract module.
pub const WASM: &str = "wasm";
/// Codespace of errors of the fee grant module.
pub const FEEGRANT: &str = "feegrant";
/// Codespace the SDK uses when it has recovered from a panic of its own.
pub const UNDEFINED: &str = "undefined";
/// Codespace of refusals that only this chain knows.
pub const DEVCHAIN: &str = "devchain";

/// Numbers in codespace [`SDK`], as registered by the Cosmos SDK (`types/errors`).
pub mod sdk {
    pub const TX_DECODE: u32 = 2;
    pub const UNAUTHORIZED: u32 = 4;
    pub const INSUFFICIENT_FUNDS: u32 = 5;
    pub const UNKNOWN_REQUEST: u32 = 6;
    pub const INVALID_ADDRESS: u32 = 7;
    pub const INVALID_PUBKEY: u32 = 8;
    pub const UNKNOWN_ADDRESS: u32 = 9;
    pub const INVALID_COINS: u32 = 10;
    pub const OUT_OF_GAS: u32 = 11;
    pub const MEMO_TOO_LARGE: u32 = 12;
    pub const INSUFFICIENT_FEE: u32 = 13;
    pub const NO_SIGNATURES: u32 = 15;
    pub const INVALID_REQUEST: u32 = 18;
    pub const TX_IN_MEMPOOL: u32 = 19;
    pub const MEMPOOL_FULL: u32 = 20;
    pub const TX_TOO_LARGE: u32 = 21;
    pub const KEY_NOT_FOUND: u32 = 22;
    pub const TX_TIMEOUT_HEIGHT: u32 = 30;
    pub const UNKNOWN_EXTENSION: u32 = 31;
    pub const WRONG_SEQUENCE: u32 = 32;
    pub const NOT_FOUND: u32 = 38;
    pub const INVALID_GAS_LIMIT: u32 = 41;
}

/// Numbers in codespace [`FEEGRANT`], as registered by the SDK (`x/feegrant`).
pub mod feegrant {
    pub const LIMIT_EXCEEDED: u32 = 2;
    pub const EXPIRED: u32 = 3;
    pub const NO_MESSAGES: u32 = 6;
    pub const MESSAGE_NOT_ALLOWED: u32 = 7;
}

/// Numbers in codespace [`WASM`], as registered by wasmd (`x/wasm/types`).
pub mod wasm {
    pub const INSTANTIATE_FAILED: u32 = 4;
    pub const EXECUTE_FAILED: u32 = 5;
    pub const QUERY_FAILED: u32 = 9;
    pub const MIGRATION_FAILED: u32 = 11;
    pub const EMPTY: u32 = 12;
    pub const LIMIT: u32 = 13;
    pub const INVALID: u32 = 14;
    pub const DUPLICATE: u32 = 15;
    pub const UNKNOWN_MSG: u32 = 20;
    pub const NO_SUCH_CONTRACT: u32 = 22;
    pub const QUERY_STACK: u32 = 27;
    pub const NO_SUCH_CODE: u32 = 28;
    pub const VM_ERROR: u32 = 29;
    pub const CALL_DEPTH: u32 = 30;
}

/// Number in codespace [`UNDEFINED`]: an error that no module registered.
pub const UNREGISTERED: u32 = 1;
/// Number in codespace [`UNDEFINED`]: the chain itself panicked while it ran a transaction.
pub const PANIC: u32 = 111_222;
/// Number in codespace [`DEVCHAIN`]: real code was uploaded; this chain only looks codes up.
pub const UPLOAD_REFUSED: u32 = 2;

/// Why a transaction or a query was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxError {
    pub codespace: &'static str,
    pub code: u32,
    /// Text in the SDK's order: the detail first, the registered name of the error last.
    pub log: String,
    /// Depth of the contract call that raised it; the callers above prefix the text once per level.
    pub(crate) depth: u32,
}

impl TxError {
    pub fn new(codespace: &'static str, code: u32, log: impl Into<String>) -> Self {
        Self {
            codespace,
            code,
            log: log.into(),
            depth: 0,
        }
    }

    pub fn sdk(code: u32, log: impl Into<String>) -> Self {
        Self::new(SDK, code, log)
    }

    pub fn wasm(code: u32, log: impl Into<String>) -> Self {
        Self::new(WASM, code, log)
    }

    /// The chain's own code failed with `message` while it ran the transaction.
    pub fn panic(message: &str) -> Self {
        Self::new(UNDEFINED, PANIC, format!("recovered: {message}: panic"))
    }

    pub(crate) fn at_depth(mut self, depth: u32) -> Self {
        self.depth = depth;
        self
    }

    /// The same error seen from further out, as Go's `errorsmod.Wrap` does.
    pub(crate) fn wrap(mut self, outer: &str) -> Self {
        self.log = format!("{outer}: {}", self.log);
        self
    }

    /// Finds the coded error inside an error of the simulator; what carries none is an internal error of the chain.
    pub(crate) fn from_any(error: &anyhow::Error) -> Self {
        match error.downcast_ref::<TxError>() {
            Some(coded) => coded.clone(),
            None => Self::new(UNDEFINED, UNREGISTERED, format!("{error:#}: internal")),
        }
    }
}

impl fmt::Display for TxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.log)
    }
}

impl std::error::Error for TxError {}
