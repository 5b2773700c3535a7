//! Randomness that nobody chooses: rounds of a drand chain in the scheme of quicknet (`bls-unchained-g1-rfc9380`:
//! unchained, signatures on G1, key on G2). What needs curve arithmetic is not here: the contract asks the host, the agent
//! and the tests use `joule-beacon`.

use sha2::{Digest, Sha256};

use crate::math::mul_div_floor;
use crate::WorkError;

/// Domain separation tag of the hash to G1 (drand's `bls-unchained-g1-rfc9380`).
pub const DST: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
/// Bytes of a compressed signature on G1.
pub const SIGNATURE_LEN: usize = 48;
/// Bytes of a compressed key on G2.
pub const KEY_LEN: usize = 96;
/// Public key of drand's quicknet, hex.
pub const QUICKNET_KEY: &str = "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a";
/// Time of quicknet's round 1, seconds.
pub const QUICKNET_GENESIS: u64 = 1_692_803_367;
/// Seconds between two rounds of quicknet.
pub const QUICKNET_PERIOD: u64 = 3;

const WINDOW_TAG: &[u8] = b"joule/window/a/v2";
const ADMISSION_TAG: &[u8] = b"joule/admission/a/v2";
const TRIGGER_TAG: &[u8] = b"joule/trigger/a/v1";

/// When rounds are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Time of round 1, seconds.
    pub genesis: u64,
    /// Seconds between two rounds, at least 1.
    pub period: u64,
}

impl Clock {
    /// The last round that is due at `now`; 0 before the first.
    pub const fn round_at(&self, now: u64) -> u64 {
        match now.checked_sub(self.genesis) {
            Some(age) => match age.checked_div(self.period) {
                Some(rounds) => rounds.saturating_add(1),
                None => 0,
            },
            None => 0,
        }
    }

    /// When a round is due: `genesis + (round - 1) x period`, seconds.
    pub const fn due_at(&self, round: u64) -> u64 {
        self.genesis
            .saturating_add(round.saturating_sub(1).saturating_mul(self.period))
    }
}

/// What a round's signature signs: SHA-256 of the round as 8 big endian bytes.
pub fn message(round: u64) -> [u8; 32] {
    Sha256::digest(round.to_be_bytes()).into()
}

/// The randomness of a round: SHA-256 of its signature.
pub fn randomness(signature: &[u8]) -> [u8; 32] {
    Sha256::digest(signature).into()
}

/// Whether a round opens a proof window: the first 8 bytes, big endian, of SHA-256(`joule/trigger/a/v1`, randomness) are
/// below `2^64 x period / every_secs`, so that windows come memoryless, every `every_secs` seconds on average; always if
/// the period is not shorter.
///
/// # Errors
/// `work.zero` for `every_secs` zero.
pub fn opens_window(randomness: &[u8; 32], period: u64, every_secs: u64) -> Result<bool, WorkError> {
    let bound = mul_div_floor(1u128 << 64, u128::from(period), u128::from(every_secs))?;
    let hash = Sha256::new().chain_update(TRIGGER_TAG).chain_update(randomness);
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = hash.finalize().into();
    Ok(u128::from(u64::from_be_bytes([a, b, c, d, e, f, g, h])) < bound)
}

/// Seed of the proof window that a round opens: SHA-256 of `joule/window/a/v2`, chain id, contract, round and randomness.
/// Texts are preceded by their length as 4 bytes; all integers are big endian, the round 8 bytes.
pub fn window_seed(chain_id: &str, contract: &str, round: u64, randomness: &[u8; 32]) -> [u8; 32] {
    seed(WINDOW_TAG, chain_id, contract, round, randomness)
        .finalize()
        .into()
}

/// Seed of an admission test: as [`window_seed`] with the tag `joule/admission/a/v2`, followed by the node id (8 bytes)
/// and the number of the attempt (4 bytes).
pub fn admission_seed(
    chain_id: &str,
    contract: &str,
    round: u64,
    randomness: &[u8; 32],
    node_id: u64,
    attempt: u32,
) -> [u8; 32] {
    seed(ADMISSION_TAG, chain_id, contract, round, randomness)
        .chain_update(node_id.to_be_bytes())
        .chain_update(attempt.to_be_bytes())
        .finalize()
        .into()
}

fn seed(tag: &[u8], chain_id: &str, contract: &str, round: u64, randomness: &[u8; 32]) -> Sha256 {
    let text = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    Sha256::new()
        .chain_update(tag)
        .chain_update(text(chain_id))
        .chain_update(chain_id)
        .chain_update(text(contract))
        .chain_update(contract)
        .chain_update(round.to_be_bytes())
        .chain_update(randomness)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_due_from_its_time_on() {
        let clock = Clock {
            genesis: 100,
            period: 3,
        };
        let due = [(0, 0), (99, 0), (100, 1), (102, 1), (103, 2), (105, 2), (106, 3)];
        for (now, round) in due {
            assert_eq!(clock.round_at(now), round, "{now}");
        }
        for round in 1..50 {
            assert_eq!(clock.round_at(clock.due_at(round)), round);
            assert_eq!(clock.round_at(clock.due_at(round) - 1), round - 1);
        }
        assert_eq!(Clock { genesis: 0, period: 0 }.round_at(7), 0);
    }

    /// Windows come at the mean that was asked for: 20,000 rounds, five standard deviations.
    #[test]
    fn triggers_are_as_frequent_as_asked() {
        for every in [3u64, 6, 30, 300] {
            let rounds = 20_000u64;
            let hits = (0..rounds)
                .filter(|round| opens_window(&message(*round), 3, every).unwrap())
                .count();
            let (mean, hits) = (rounds * 3 / every, u64::try_from(hits).unwrap());
            let deviation = 5 * mean.isqrt();
            assert!(hits.abs_diff(mean) <= deviation, "{hits} of {mean} at {every}");
        }
        assert_eq!(
            opens_window(&[0; 32], 3, 0).unwrap_err().to_string().split(':').next(),
            Some("work.zero")
        );
    }

    #[test]
    fn every_part_changes_a_seed() {
        let base = window_seed("c", "r", 1, &[3; 32]);
        let others = [
            window_seed("d", "r", 1, &[3; 32]),
            window_seed("c", "s", 1, &[3; 32]),
            window_seed("c", "r", 2, &[3; 32]),
            window_seed("c", "r", 1, &[4; 32]),
            window_seed("cr", "", 1, &[3; 32]),
            admission_seed("c", "r", 1, &[3; 32], 1, 1),
            admission_seed("c", "r", 1, &[3; 32], 1, 2),
            admission_seed("c", "r", 1, &[3; 32], 2, 1),
        ];
        for (at, other) in others.iter().enumerate() {
            assert_ne!(*other, base);
            assert!(others.iter().skip(at + 1).all(|next| next != other), "{at}");
        }
    }
}
