//! Accounts of the auth module: number, sequence and public key by address, kept in the chain's own storage so that a
//! transaction that is thrown away throws its sequence away too.

use cosmwasm_std::Storage;
use serde::{Deserialize, Serialize};

const ACCOUNT: &[u8] = b"devchain/auth/account/";
const NEXT_NUMBER: &[u8] = b"devchain/auth/next";

/// One account.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct Account {
    /// Given in the order of creation; part of what is signed.
    pub(crate) number: u64,
    /// Transactions signed so far.
    pub(crate) sequence: u64,
    /// Compressed secp256k1 key, known since the first signed transaction.
    pub(crate) pub_key: Option<Vec<u8>>,
}

fn key(address: &str) -> Vec<u8> {
    [ACCOUNT, address.as_bytes()].concat()
}

pub(crate) fn load(storage: &dyn Storage, address: &str) -> Option<Account> {
    let bytes = storage.get(&key(address))?;
    serde_json::from_slice(&bytes).ok()
}

pub(crate) fn save(storage: &mut dyn Storage, address: &str, account: &Account) {
    let bytes = serde_json::to_vec(account).unwrap_or_default();
    storage.set(&key(address), &bytes);
}

/// Creates the account on first sight: a receiver of coins, or a contract that is born.
pub(crate) fn ensure(storage: &mut dyn Storage, address: &str) {
    if load(storage, address).is_some() {
        return;
    }
    let number = storage
        .get(NEXT_NUMBER)
        .and_then(|bytes| bytes.try_into().ok())
        .map_or(0, u64::from_be_bytes);
    storage.set(NEXT_NUMBER, &number.saturating_add(1).to_be_bytes());
    let account = Account {
        number,
        sequence: 0,
        pub_key: None,
    };
    save(storage, address, &account);
}
