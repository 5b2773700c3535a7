//! Whom to believe, and the check of a round with the host's BLS calls.
//!
//! The host decodes only points of the subgroup, but it takes every encoding of the point at infinity, which signs every
//! message under a key at infinity. So the key is checked once, when it is fixed for good, and an encoding must be marked
//! as compressed and must not be marked as infinite: then every point has one encoding left, and a round one signature
//! and one randomness.

use cosmwasm_std::{Api, HashFunction, VerificationError, BLS12_381_G1_GENERATOR, BLS12_381_G2_GENERATOR};
use joule_types::registry::BeaconParams;
use joule_work::beacon::{self, Clock, DST, KEY_LEN, SIGNATURE_LEN};

use crate::params::{within, DAY};
use crate::RegistryError;

const COMPRESSED: u8 = 0x80;
const INFINITY: u8 = 0x40;

/// Checks the beacon that instantiation fixes: the host must take the key.
///
/// # Errors
/// `reg.invalid_params`.
pub fn validate(api: &dyn Api, beacon: &BeaconParams) -> Result<(), RegistryError> {
    within("beacon.period", beacon.period, 1, DAY)?;
    let fault = |reason: &str| RegistryError::InvalidParams {
        field: "beacon.public_key",
        reason: reason.into(),
    };
    let key = beacon.public_key.as_slice();
    canonical(key, KEY_LEN).map_err(fault)?;
    match signed(api, key, 1, &BLS12_381_G1_GENERATOR) {
        Ok(false) => Ok(()),
        // A key under which the generator is a signature is no key that anybody made.
        Ok(true) | Err(_) => Err(fault(
            "is no point of the group; take the 96 bytes that the chain publishes",
        )),
    }
}

/// When rounds are due.
#[must_use]
pub const fn clock(beacon: &BeaconParams) -> Clock {
    Clock {
        genesis: beacon.genesis,
        period: beacon.period,
    }
}

/// The randomness of a round whose signature holds.
///
/// # Errors
/// `reg.invalid_round`.
pub fn verify(api: &dyn Api, beacon: &BeaconParams, round: u64, signature: &[u8]) -> Result<[u8; 32], RegistryError> {
    let fault = |reason| RegistryError::InvalidRound { round, reason };
    canonical(signature, SIGNATURE_LEN).map_err(fault)?;
    match signed(api, beacon.public_key.as_slice(), round, signature) {
        Ok(true) => Ok(beacon::randomness(signature)),
        Ok(false) => Err(fault(
            "the signature is of another round or by another key; check round and chain",
        )),
        Err(_) => Err(fault(
            "the signature is no point of the group; take the bytes as published",
        )),
    }
}

/// e(signature, generator) = e(H(message), key).
fn signed(api: &dyn Api, key: &[u8], round: u64, signature: &[u8]) -> Result<bool, VerificationError> {
    let message = api.bls12_381_hash_to_g1(HashFunction::Sha256, &beacon::message(round), DST)?;
    api.bls12_381_pairing_equality(signature, &BLS12_381_G2_GENERATOR, &message, key)
}

/// The one encoding of a finite point: of this length, compressed, not infinite. That the coordinate is reduced and on
/// the curve is the host's check.
fn canonical(bytes: &[u8], length: usize) -> Result<(), &'static str> {
    let first = match bytes.first() {
        Some(first) if bytes.len() == length => first,
        _ => return Err("has another length than a compressed point: 48 bytes a signature, 96 a key"),
    };
    if first & COMPRESSED == 0 {
        return Err("is not marked as compressed; take the bytes as published");
    }
    if first & INFINITY != 0 {
        return Err("is the point at infinity; take the bytes as published");
    }
    Ok(())
}
