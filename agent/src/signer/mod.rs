//! Whoever holds the key. The daemon's signer is a process of its own that refuses what its policy does not list; one-off
//! commands of a person use the key in their own process.
//!
//! - [`policy`]: what may be signed;
//! - [`spend`]: what was signed today, on disk before the signature leaves;
//! - [`guard`]: key, policy and spend together; the only place that signs;
//! - [`protocol`], [`server`], [`remote`]: the same over a Unix socket or a pipe;
//! - [`harden`]: no core dumps, no ptrace.
pub mod guard;
pub mod harden;
pub mod policy;
pub mod protocol;
pub mod remote;
pub mod server;
pub mod spend;
#[cfg(test)]
pub(crate) mod testing;

use async_trait::async_trait;

pub use guard::Guard;
pub use policy::Policy;
pub use remote::RemoteSigner;
pub use server::{main_loop, Transport};

use crate::error::Result;
use crate::keys::Key;

/// Signs documents with one key.
#[async_trait]
pub trait Signer: Send + Sync {
    /// Bech32 address of the key.
    fn address(&self) -> &str;

    /// Compressed secp256k1 public key, 33 bytes.
    fn public_key(&self) -> &[u8];

    /// Signature (64 bytes, r and s) over the SHA-256 of a `SIGN_MODE_DIRECT` document, or a coded refusal.
    async fn sign(&self, sign_bytes: &[u8]) -> Result<Vec<u8>>;

    /// Fails, coded, when whoever holds the key does not answer.
    async fn answers(&self) -> Result<()> {
        Ok(())
    }
}

/// The key in this process, without a policy: for commands that a person types, where that person is the policy.
pub struct LocalSigner(Key);

impl LocalSigner {
    /// Signs whatever it is given with `key`.
    pub fn new(key: Key) -> Self {
        Self(key)
    }
}

#[async_trait]
impl Signer for LocalSigner {
    fn address(&self) -> &str {
        self.0.address()
    }

    fn public_key(&self) -> &[u8] {
        self.0.public_key()
    }

    async fn sign(&self, sign_bytes: &[u8]) -> Result<Vec<u8>> {
        self.0.sign(sign_bytes)
    }
}
