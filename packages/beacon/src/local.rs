//! A beacon for chains on one machine.

use ark_bls12_381::{Fr, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::PrimeField;
use ark_serialize::CanonicalSerialize;
use joule_work::beacon::{KEY_LEN, SIGNATURE_LEN};
use sha2::{Digest, Sha512};

const SEED: &[u8] = b"joule/local-beacon/v1";

/// Signs rounds for the local chains, in the scheme of quicknet. **Its key is published here and no secret:** whoever
/// reads this line can compute every round of the past and the future, so a chain that believes it has no randomness
/// against anybody. It is for demos, tests and development, where waiting for a network of strangers makes no sense.
#[derive(Clone)]
pub struct LocalBeacon {
    secret: Fr,
}

impl LocalBeacon {
    /// The beacon of the local chains: `joule_rollout`'s plan for them has its public key.
    #[must_use]
    pub fn new() -> Self {
        Self::with_seed(SEED)
    }

    /// Another beacon: its secret key is SHA-512 of the seed, reduced.
    #[must_use]
    pub fn with_seed(seed: &[u8]) -> Self {
        Self {
            secret: Fr::from_be_bytes_mod_order(&Sha512::digest(seed)),
        }
    }

    /// The compressed public key.
    #[must_use]
    pub fn public_key(&self) -> [u8; KEY_LEN] {
        bytes((G2Affine::generator() * self.secret).into_affine())
    }

    /// The compressed signature of a round.
    #[must_use]
    pub fn sign(&self, round: u64) -> [u8; SIGNATURE_LEN] {
        bytes((crate::hash(round) * self.secret).into_affine())
    }
}

impl Default for LocalBeacon {
    fn default() -> Self {
        Self::new()
    }
}

fn bytes<const N: usize>(point: impl CanonicalSerialize) -> [u8; N] {
    let mut out = [0; N];
    point
        .serialize_compressed(out.as_mut_slice())
        .expect("a compressed point has this length");
    out
}
