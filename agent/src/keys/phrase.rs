//! Recovery phrases of 12 or 24 English words (BIP-39).
use std::fmt;

use bip39::{Language, Mnemonic};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// A recovery phrase with a valid checksum. Never shown by `Debug`, wiped from memory when dropped.
#[derive(Clone)]
pub struct Phrase(SecretString);

impl Phrase {
    /// A new phrase of `words` words (12 or 24), from the system's randomness.
    pub fn generate(words: usize) -> Result<Self> {
        let bytes = match words {
            12 => 16,
            24 => 32,
            _ => {
                return Err(Error::usage(
                    "keys.word_count",
                    format!("{words} words"),
                    "choose 12 or 24",
                ))
            }
        };
        let mut entropy = Zeroizing::new(vec![0u8; bytes]);
        getrandom::fill(&mut entropy).map_err(|e| {
            Error::internal(
                "keys.no_randomness",
                e,
                "the system gives no randomness: do not make keys here",
            )
        })?;
        Self::from_entropy(&entropy)
    }

    /// The phrase of that entropy: 16 bytes for 12 words, 32 for 24.
    pub fn from_entropy(entropy: &[u8]) -> Result<Self> {
        let phrase = Mnemonic::from_entropy_in(Language::English, entropy)
            .map_err(|e| Error::internal("keys.bad_entropy", e, "report this"))?;
        Ok(Self::of(&phrase))
    }

    /// Reads a phrase as people type it: any case, any white space. The text itself never shows up in an error.
    pub fn parse(text: &str) -> Result<Self> {
        let words: Zeroizing<String> =
            Zeroizing::new(text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase());
        let count = words.split(' ').filter(|w| !w.is_empty()).count();
        if count != 12 && count != 24 {
            return Err(Error::key(
                "keys.word_count",
                format!("{count} words"),
                "a phrase has 12 or 24 words",
            ));
        }
        match Mnemonic::parse_in_normalized(Language::English, &words) {
            Ok(phrase) => Ok(Self::of(&phrase)),
            Err(bip39::Error::UnknownWord(index)) => Err(Error::key(
                "keys.unknown_word",
                format!("word {} is not in the English list", index + 1),
                "check its spelling",
            )),
            Err(bip39::Error::InvalidChecksum) => Err(Error::key(
                "keys.bad_checksum",
                "the words do not belong together",
                "check their order and spelling",
            )),
            Err(_) => Err(Error::key(
                "keys.bad_phrase",
                "not a recovery phrase",
                "give 12 or 24 English words",
            )),
        }
    }

    fn of(phrase: &Mnemonic) -> Self {
        Self(SecretString::from(phrase.to_string()))
    }

    /// The words. Every caller is a place to look at when asking where secrets go.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The seed of key derivation, without a BIP-39 passphrase.
    pub(super) fn seed(&self) -> Result<Zeroizing<[u8; 64]>> {
        let phrase = Mnemonic::parse_in_normalized(Language::English, self.expose())
            .map_err(|_| Error::internal("keys.bad_phrase", "a checked phrase does not parse", "report this"))?;
        Ok(Zeroizing::new(phrase.to_seed_normalized("")))
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWELVE: &str =
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

    #[test]
    fn phrases_of_both_lengths_are_made_and_read() {
        for words in [12, 24] {
            let phrase = Phrase::generate(words).unwrap();
            assert_eq!(phrase.expose().split(' ').count(), words);
            assert_eq!(Phrase::parse(phrase.expose()).unwrap().expose(), phrase.expose());
        }
        assert_ne!(
            Phrase::generate(24).unwrap().expose(),
            Phrase::generate(24).unwrap().expose()
        );
        assert_eq!(Phrase::generate(15).unwrap_err().code(), "keys.word_count");
    }

    #[test]
    fn case_and_white_space_do_not_matter() {
        let typed = format!("  {}\n", TWELVE.to_uppercase().replace(' ', "\t "));
        assert_eq!(Phrase::parse(&typed).unwrap().expose(), TWELVE);
    }

    #[test]
    fn wrong_phrases_are_refused_without_repeating_them() {
        for (text, code) in [
            ("", "keys.word_count"),
            ("abandon about", "keys.word_count"),
            (&TWELVE.replace("about", "abbout"), "keys.unknown_word"),
            (&TWELVE.replace("about", "abandon"), "keys.bad_checksum"),
        ] {
            let error = Phrase::parse(text).unwrap_err();
            assert_eq!(error.code(), code);
            assert!(
                !error.to_string().contains("abandon") && !error.to_string().contains("abbout"),
                "{error}"
            );
        }
    }

    #[test]
    fn debug_hides_the_words() {
        assert!(!format!("{:?}", Phrase::parse(TWELVE).unwrap()).contains("abandon"));
    }
}
