//! Key, policy and spending together: the only place that signs for a daemon.
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use super::policy::Policy;
use super::spend::Spend;
use super::Signer;
use crate::chain::wire;
use crate::error::{Error, Result};
use crate::keys::Key;

/// Signs what the policy allows and the day's ceilings leave room for.
pub struct Guard {
    key: Key,
    policy: Policy,
    spend: Mutex<Spend>,
}

impl Guard {
    /// Brings the three together.
    pub fn new(key: Key, policy: Policy, spend: Spend) -> Self {
        Self {
            key,
            policy,
            spend: Mutex::new(spend),
        }
    }

    /// Address of the key.
    pub fn address(&self) -> &str {
        self.key.address()
    }

    /// Public key.
    pub fn public_key(&self) -> &[u8] {
        self.key.public_key()
    }

    /// Reads the document itself, judges it, books it, then signs it.
    pub fn sign(&self, sign_bytes: &[u8]) -> Result<Vec<u8>> {
        let doc = wire::decode(sign_bytes)?;
        let amounts = self.policy.judge(&doc, self.key.address(), self.key.public_key())?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|e| {
            Error::local(
                "signer.clock",
                e,
                "set the clock: the day's ceilings cannot be kept without one",
            )
        })?;
        let mut spend = self.spend.lock().unwrap_or_else(PoisonError::into_inner);
        spend.book(now.as_secs(), doc.sequence, &amounts, &self.policy.per_day)?;
        self.key.sign(sign_bytes)
    }
}

#[async_trait]
impl Signer for Guard {
    fn address(&self) -> &str {
        self.key.address()
    }

    fn public_key(&self) -> &[u8] {
        self.key.public_key()
    }

    async fn sign(&self, sign_bytes: &[u8]) -> Result<Vec<u8>> {
        Self::sign(self, sign_bytes)
    }
}
