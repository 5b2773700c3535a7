//! Keys of the demo and the embedded chain.
use sha2::{Digest, Sha256};

use super::key::Key;
use super::phrase::Phrase;
use crate::error::Result;

/// The key of the actor `name` in a demo with `seed`: the same on every machine.
///
/// These keys are PUBLIC: anybody can derive them. They are for the embedded chain and for tests; funds sent to them on any
/// other chain are lost. The phrase's entropy is `SHA-256("joule/demo-key/v1" || seed as 8 big-endian bytes || name)`.
pub fn demo_key(seed: u64, name: &str) -> Result<(Phrase, Key)> {
    let entropy = Sha256::new()
        .chain_update("joule/demo-key/v1")
        .chain_update(seed.to_be_bytes())
        .chain_update(name);
    let phrase = Phrase::from_entropy(&entropy.finalize())?;
    let key = Key::from_phrase(&phrase)?;
    Ok((phrase, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_keys_depend_on_seed_and_name_and_nothing_else() {
        let address = |seed, name| demo_key(seed, name).unwrap().1.address().to_string();
        assert_eq!(address(7, "alpha"), address(7, "alpha"));
        assert_ne!(address(7, "alpha"), address(8, "alpha"));
        assert_ne!(address(7, "alpha"), address(7, "beta"));
        // The 24 words are an ordinary phrase, so that a wallet can import them.
        let (phrase, key) = demo_key(1, "buyer").unwrap();
        assert_eq!(phrase.expose().split(' ').count(), 24);
        assert_eq!(
            Key::from_phrase(&Phrase::parse(phrase.expose()).unwrap())
                .unwrap()
                .address(),
            key.address()
        );
    }
}
