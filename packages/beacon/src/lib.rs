//! The beacon off chain, in the scheme of drand's quicknet (`bls-unchained-g1-rfc9380`): signatures on G1, keys on G2, the
//! message is SHA-256 of the round, the randomness SHA-256 of the signature (`joule_work::beacon`).
//!
//! [`verify`] decides exactly as the registry does with the host's BLS calls, so that an agent posts nothing that is
//! refused. [`LocalBeacon`] stands in for drand on a local chain.
#![deny(missing_docs)]

mod local;

use ark_bls12_381::{g1, Bls12_381, G1Affine, G1Projective, G2Affine};
use ark_ec::hashing::{curve_maps::wb::WBMap, map_to_curve_hasher::MapToCurveBasedHasher, HashToCurve};
use ark_ec::{pairing::Pairing, AffineRepr};
use ark_ff::{field_hashers::DefaultFieldHasher, Zero};
use ark_serialize::CanonicalDeserialize;
use joule_work::beacon::{self, DST, KEY_LEN, SIGNATURE_LEN};
use sha2::Sha256;

pub use local::LocalBeacon;

/// Bit of the first byte of an encoding: the point is compressed, as all points here are.
const COMPRESSED: u8 = 0x80;
/// Bit of the first byte of an encoding: the point at infinity, which signs everything under a key at infinity.
const INFINITY: u8 = 0x40;

/// Why a round is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BeaconError {
    /// Rounds count from 1.
    #[error("beacon.no_round: 0 is no round; rounds count from 1")]
    NoRound,
    /// Another length than that of a compressed point.
    #[error("beacon.wrong_length: the {what} has {got} bytes; a compressed one has {want}")]
    WrongLength {
        /// Key or signature.
        what: &'static str,
        /// Bytes that came.
        got: usize,
        /// Bytes that it has.
        want: usize,
    },
    /// Not the canonical compressed encoding of a point of the group, or the point at infinity.
    #[error("beacon.invalid_point: the {what} {reason}; take the bytes as the beacon publishes them")]
    InvalidPoint {
        /// Key or signature.
        what: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// A signature of something else.
    #[error("beacon.wrong_signature: not the signature of round {round} under this key; check round and chain")]
    WrongSignature {
        /// The round.
        round: u64,
    },
}

/// Verifies the signature of a round under a key, both compressed (48 and 96 bytes), and answers the round's randomness.
///
/// # Errors
/// [`BeaconError`]: round 0, wrong lengths, uncompressed, non-canonical or infinite points, points off the curve or
/// outside the subgroup, and signatures of other rounds or by other keys.
pub fn verify(public_key: &[u8], round: u64, signature: &[u8]) -> Result<[u8; 32], BeaconError> {
    if round == 0 {
        return Err(BeaconError::NoRound);
    }
    let key: G2Affine = point("key", KEY_LEN, public_key)?;
    let point: G1Affine = point("signature", SIGNATURE_LEN, signature)?;
    // e(signature, generator) = e(H(message), key), as one product of two pairings.
    let product = Bls12_381::multi_pairing([point, -hash(round)], [G2Affine::generator(), key]);
    if !product.is_zero() {
        return Err(BeaconError::WrongSignature { round });
    }
    Ok(beacon::randomness(signature))
}

/// Decodes a compressed point of the subgroup. With the flag of infinity refused, every point has one encoding left.
fn point<P: AffineRepr + CanonicalDeserialize>(
    what: &'static str,
    want: usize,
    bytes: &[u8],
) -> Result<P, BeaconError> {
    let wrong = |reason| BeaconError::InvalidPoint { what, reason };
    let first = match bytes.first() {
        Some(first) if bytes.len() == want => *first,
        _ => {
            return Err(BeaconError::WrongLength {
                what,
                got: bytes.len(),
                want,
            })
        }
    };
    if first & COMPRESSED == 0 {
        return Err(wrong("is not marked as compressed"));
    }
    if first & INFINITY != 0 {
        return Err(wrong("is the point at infinity"));
    }
    P::deserialize_compressed(bytes).map_err(|_| wrong("is no point of the subgroup"))
}

/// The message of a round on G1 (RFC 9380, `BLS12381G1_XMD:SHA-256_SSWU_RO_`).
fn hash(round: u64) -> G1Affine {
    type Hasher = MapToCurveBasedHasher<G1Projective, DefaultFieldHasher<Sha256>, WBMap<g1::Config>>;
    Hasher::new(DST)
        .and_then(|hasher| hasher.hash(&beacon::message(round)))
        // Fails only for maps with wrong constants, which the published rounds of the tests would show.
        .expect("the map to G1 has the constants of the standard")
}
