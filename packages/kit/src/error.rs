//! Errors that every contract shares; contracts wrap them transparently.

use cosmwasm_std::{OverflowError, StdError};
use joule_types::Role;

/// An error with a stable code, the value at fault and what to do.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum KitError {
    /// The sender lacks the role.
    #[error("kit.unauthorized: {sender} may not send this; only {role} may")]
    Unauthorized {
        /// Sender.
        sender: String,
        /// Required role.
        role: Role,
    },
    /// The deployment is not launched.
    #[error("kit.setup: the contract is not launched yet; the deployer must send `launch` first")]
    Setup,
    /// The deployment is launched already.
    #[error("kit.not_setup: the contract was launched already; launch happens once")]
    NotSetup,
    /// Entry is paused.
    #[error("kit.paused: entry is paused until second {until}; exits stay open, try again later")]
    Paused {
        /// Seconds.
        until: u64,
    },
    /// The pause is longer than allowed.
    #[error("kit.pause_too_long: a pause of {secs} s; 1 to {max} s are allowed")]
    PauseTooLong {
        /// Asked.
        secs: u64,
        /// Longest.
        max: u64,
    },
    /// The guardian paused too recently.
    #[error("kit.pause_again: the guardian may pause again at second {free_at}; the dao may at any time")]
    PauseAgain {
        /// Seconds.
        free_at: u64,
    },
    /// Not an address of this chain.
    #[error("kit.invalid_address: `{address}` is not a lower-case bech32 address of this chain")]
    InvalidAddress {
        /// Text, at most 90 characters.
        address: String,
    },
    /// A party may not be a contract of the deployment.
    #[error("kit.own_address: {address} is a contract of the market; name an account of a person or an agent")]
    OwnAddress {
        /// Address.
        address: String,
    },
    /// Funds came with a message that takes none.
    #[error("kit.unexpected_funds: this message takes no coins, got {funds}; send it without")]
    UnexpectedFunds {
        /// Coins.
        funds: String,
    },
    /// No coin came.
    #[error("kit.no_funds: this message needs one coin attached")]
    NoFunds,
    /// Several coins came.
    #[error("kit.one_coin: exactly one coin is taken, got {funds}")]
    OneCoin {
        /// Coins.
        funds: String,
    },
    /// The stored contract is another one.
    #[error("kit.wrong_contract: stored is {stored}, this code is {code}; migrate with the matching code")]
    WrongContract {
        /// Stored name.
        stored: String,
        /// Name of the code.
        code: String,
    },
    /// Not a newer version.
    #[error("kit.not_newer: stored version is {stored}, this code is {code}; only newer code may migrate")]
    NotNewer {
        /// Stored version.
        stored: String,
        /// Version of the code.
        code: String,
    },
    /// A packed record does not decode.
    #[error("kit.corrupt_record: a record under `{namespace}` has {len} bytes and does not decode")]
    CorruptRecord {
        /// Namespace.
        namespace: String,
        /// Bytes found.
        len: usize,
    },
    /// Arithmetic left its range.
    #[error("kit.overflow: {0}")]
    Overflow(#[from] OverflowError),
    /// A counter is used up.
    #[error("kit.ids_exhausted: no further id is left")]
    IdsExhausted,
    /// Anything of the chain's library.
    #[error("kit.std: {0}")]
    Std(#[from] StdError),
}
