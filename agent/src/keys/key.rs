//! The account key of a phrase.
use std::fmt;

use cosmrs::bip32::secp256k1::ecdsa::signature::Signer as _;
use cosmrs::bip32::secp256k1::ecdsa::{Signature, SigningKey};
use cosmrs::bip32::{DerivationPath, XPrv};
use cosmrs::crypto::PublicKey;

use super::phrase::Phrase;
use crate::error::{Error, Result};

/// Address prefix of the chains we run on.
pub const PREFIX: &str = "wasm";

/// An address of such a chain, as a flag takes it.
///
/// # Errors
/// `keys.bad_address`.
pub fn address(text: &str) -> Result<String> {
    let bad = |why: &dyn fmt::Display| {
        let next = format!("give an address like {PREFIX}1..., without gaps; a name of a key is none");
        Error::usage("keys.bad_address", format!("`{text}`: {why}"), next)
    };
    let account: cosmrs::AccountId = text.parse().map_err(|e| bad(&e))?;
    match account.prefix() {
        PREFIX => Ok(text.into()),
        other => Err(bad(&format!("it begins with {other}"))),
    }
}

/// Coin type 118, first account: where wallets look for a Cosmos account.
const PATH: &str = "m/44'/118'/0'/0/0";

/// A secp256k1 account key. Never shown by `Debug`, wiped from memory when dropped.
pub struct Key {
    secret: SigningKey,
    public: Vec<u8>,
    address: String,
}

impl Key {
    /// The first account of a phrase.
    pub fn from_phrase(phrase: &Phrase) -> Result<Self> {
        let bad = |e: &dyn fmt::Display| Error::internal("keys.derivation", e, "report this");
        let path: DerivationPath = PATH.parse().map_err(|e| bad(&e))?;
        let derived = XPrv::derive_from_path(&phrase.seed()?[..], &path).map_err(|e| bad(&e))?;
        Self::of(derived.private_key().clone())
    }

    /// The key with this secret number: for tools that make accounts by the thousand, whose secrets are published.
    pub fn from_secret(secret: &[u8; 32]) -> Result<Self> {
        let secret = SigningKey::from_slice(secret).map_err(|e| {
            Error::config(
                "keys.bad_secret",
                e,
                "give a number between 1 and the order of the group",
            )
        })?;
        Self::of(secret)
    }

    fn of(secret: SigningKey) -> Result<Self> {
        let bad = |e: &dyn fmt::Display| Error::internal("keys.derivation", e, "report this");
        let public = PublicKey::from(*secret.verifying_key());
        let address = public.account_id(PREFIX).map_err(|e| bad(&e))?.to_string();
        Ok(Self {
            secret,
            public: public.to_bytes(),
            address,
        })
    }

    /// Bech32 address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Compressed public key, 33 bytes.
    pub fn public_key(&self) -> &[u8] {
        &self.public
    }

    /// ECDSA over the SHA-256 of `message`, deterministic (RFC 6979), low s: 64 bytes.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let signature: Signature = self
            .secret
            .try_sign(message)
            .map_err(|e| Error::internal("keys.signing", e, "report this"))?;
        let signature = signature.normalize_s().unwrap_or(signature);
        Ok(signature.to_bytes().to_vec())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.address)
    }
}

#[cfg(test)]
mod tests {
    use cosmrs::bip32::secp256k1::ecdsa::signature::Verifier;
    use cosmrs::bip32::secp256k1::ecdsa::VerifyingKey;
    use cosmrs::AccountId;

    use super::*;

    #[test]
    fn addresses_are_of_the_chains_that_we_run_on() {
        let ours = "wasm1re7zjc79r8ju5ru0h9fgws32dyk262jvt4ef2v";
        assert_eq!(super::address(ours).unwrap(), ours);
        for other in [
            "",
            "lab",
            "wasm1re7zjc79r8ju5ru0h9fgws32dyk262jvt4ef2w",
            "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4",
        ] {
            assert_eq!(super::address(other).unwrap_err().code(), "keys.bad_address", "{other}");
        }
    }

    /// Addresses that wallets show for these phrases on the Cosmos Hub, whose prefix differs and whose bytes do not.
    #[test]
    fn phrases_of_12_and_24_words_give_the_accounts_other_wallets_give() {
        let (a11, a23) = ("abandon ".repeat(11), "abandon ".repeat(23));
        for (phrase, hub) in [
            (format!("{a11}about"), "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4"),
            (format!("{a23}art"), "cosmos1r5v5srda7xfth3hn2s26txvrcrntldjumt8mhl"),
        ] {
            let key = Key::from_phrase(&Phrase::parse(&phrase).unwrap()).unwrap();
            let (ours, theirs): (AccountId, AccountId) = (key.address().parse().unwrap(), hub.parse().unwrap());
            assert_eq!((ours.prefix(), ours.to_bytes()), (PREFIX, theirs.to_bytes()));
        }
    }

    #[test]
    fn signatures_verify_and_debug_shows_the_address_only() {
        let key = Key::from_phrase(&Phrase::generate(12).unwrap()).unwrap();
        let signature = key.sign(b"document").unwrap();
        let verifying = VerifyingKey::from_sec1_bytes(key.public_key()).unwrap();
        verifying
            .verify(b"document", &Signature::from_slice(&signature).unwrap())
            .unwrap();
        assert_eq!(format!("{key:?}"), format!("Key({})", key.address()));
    }
}
