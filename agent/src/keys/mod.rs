//! Keys: BIP-39 phrases, the account key derived from them, and the encrypted files they rest in.
mod demo;
mod key;
mod passphrase;
mod phrase;
mod store;

pub use demo::demo_key;
pub use key::{address, Key, PREFIX};
pub use passphrase::PassphraseSource;
pub use phrase::Phrase;
pub use store::{KeyEntry, KeyStore};
