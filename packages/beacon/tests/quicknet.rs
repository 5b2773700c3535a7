//! Rounds that drand published, and everything near them that must be refused. The contract's tests read the same file.

use ark_bls12_381::{Fq, Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use joule_beacon::{verify, BeaconError, LocalBeacon};
use joule_work::beacon::QUICKNET_KEY;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Vectors {
    rounds: Vec<Round>,
    hostile: Vec<Hostile>,
}

#[derive(Deserialize)]
struct Round {
    round: u64,
    signature: String,
    randomness: String,
}

/// An encoding that looks like a signature and is none.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Hostile {
    name: String,
    key: String,
    round: u64,
    signature: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../testdata/quicknet.json")).unwrap()
}

fn quicknet() -> Vec<u8> {
    hex::decode(QUICKNET_KEY).unwrap()
}

fn sample() -> (u64, Vec<u8>) {
    let sample = &vectors().rounds[1];
    (sample.round, hex::decode(&sample.signature).unwrap())
}

/// A point of the curve whose order divides the cofactor: any point of the curve, times the order of the subgroup.
fn torsion() -> G1Affine {
    let found = (1u64..).find_map(|x| {
        let point = G1Affine::get_point_from_x_unchecked(Fq::from(x), false)?;
        let torsion = point.mul_bigint(Fr::MODULUS).into_affine();
        (!torsion.is_zero()).then_some(torsion)
    });
    found.unwrap()
}

fn compressed(point: G1Affine) -> Vec<u8> {
    let mut out = vec![];
    point.serialize_compressed(&mut out).unwrap();
    out
}

/// The hostile encodings, made from the rules of the curve.
fn hostile() -> Vec<Hostile> {
    let (round, signature) = sample();
    let point = G1Affine::deserialize_compressed(signature.as_slice()).unwrap();
    let mut uncompressed = vec![];
    point.serialize_uncompressed(&mut uncompressed).unwrap();
    let flagged = |first: u8, last: u8| {
        let mut bytes = vec![0; 48];
        (bytes[0], bytes[47]) = (first, last);
        bytes
    };
    let no_y = (1u64..).find(|x| G1Affine::get_point_from_x_unchecked(Fq::from(*x), false).is_none());
    let mut off_curve = vec![0; 48];
    off_curve[0] = 0x80;
    off_curve[40..].copy_from_slice(&no_y.unwrap().to_be_bytes());
    let mut unmarked = signature.clone();
    unmarked[0] &= 0x7f;
    let mut infinite = signature.clone();
    infinite[0] |= 0x40;
    let key = QUICKNET_KEY.to_string();
    let mut all: Vec<Hostile> = [
        ("empty", vec![]),
        ("short", signature[..47].to_vec()),
        ("long", [signature.as_slice(), &[0]].concat()),
        ("twice", signature.repeat(2)),
        ("uncompressed", uncompressed.clone()),
        ("uncompressed x", uncompressed[..48].to_vec()),
        ("not marked as compressed", unmarked),
        ("marked as infinity", infinite),
        ("infinity", flagged(0xc0, 0)),
        ("infinity with the sign", flagged(0xe0, 0)),
        ("infinity with a bit behind it", flagged(0xc0, 1)),
        ("zeros", flagged(0, 0)),
        ("off the curve", off_curve),
        ("torsion", compressed(torsion())),
        ("signature plus torsion", compressed((point + torsion()).into_affine())),
        ("negated", compressed(-point)),
        ("generator", compressed(G1Affine::generator())),
    ]
    .into_iter()
    .map(|(name, signature)| Hostile {
        name: name.into(),
        key: key.clone(),
        round,
        signature: hex::encode(signature),
    })
    .collect();
    all.push(above_the_modulus());
    all
}

/// A true signature whose x is written as x + p: the same point in a second encoding, which only few points have.
fn above_the_modulus() -> Hostile {
    let beacon = LocalBeacon::new();
    let found = (1u64..).find_map(|round| {
        let signature = beacon.sign(round);
        let mut x = G1Affine::deserialize_compressed(signature.as_slice())
            .unwrap()
            .x
            .into_bigint();
        let overflow = x.add_with_carry(&Fq::MODULUS);
        let mut bytes = x.to_bytes_be();
        (!overflow && bytes[0] & 0xe0 == 0).then(|| {
            bytes[0] |= signature[0] & 0xe0;
            (round, bytes)
        })
    });
    let (round, bytes) = found.unwrap();
    Hostile {
        name: "x plus the modulus".into(),
        key: hex::encode(beacon.public_key()),
        round,
        signature: hex::encode(bytes),
    }
}

#[test]
fn published_rounds_are_verified_and_give_their_randomness() {
    let rounds = vectors().rounds;
    assert!(rounds.len() >= 3);
    for round in rounds {
        let randomness = verify(&quicknet(), round.round, &hex::decode(&round.signature).unwrap());
        assert_eq!(
            hex::encode(randomness.unwrap()),
            round.randomness,
            "round {}",
            round.round
        );
    }
}

#[test]
fn a_flip_of_any_bit_is_refused() {
    let (round, signature) = sample();
    for bit in 0..signature.len() * 8 {
        let mut flipped = signature.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        verify(&quicknet(), round, &flipped).unwrap_err();
    }
}

#[test]
fn a_flip_of_any_bit_of_the_key_is_refused() {
    let (round, signature) = sample();
    for bit in 0..96 * 8 {
        let mut key = quicknet();
        key[bit / 8] ^= 1 << (bit % 8);
        verify(&key, round, &signature).unwrap_err();
    }
}

#[test]
fn other_rounds_and_keys_are_refused() {
    let (round, signature) = sample();
    for wrong in [1, round - 1, round + 1, round << 8, round.swap_bytes(), u64::MAX] {
        let refused = verify(&quicknet(), wrong, &signature);
        assert_eq!(refused, Err(BeaconError::WrongSignature { round: wrong }));
    }
    assert_eq!(verify(&quicknet(), 0, &signature), Err(BeaconError::NoRound));
    let local = LocalBeacon::new();
    let wrong = Err(BeaconError::WrongSignature { round });
    assert_eq!(verify(&local.public_key(), round, &signature), wrong);
    assert_eq!(verify(&quicknet(), round, &local.sign(round)), wrong);
    assert_eq!(
        verify(&quicknet(), round, &LocalBeacon::with_seed(b"other").sign(round)),
        wrong
    );
}

#[test]
fn hostile_encodings_are_refused() {
    let made = hostile();
    if std::env::var_os("JOULE_WRITE_VECTORS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/quicknet.json");
        let mut file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        file["hostile"] = serde_json::to_value(&made).unwrap();
        std::fs::write(path, serde_json::to_string_pretty(&file).unwrap() + "\n").unwrap();
        return;
    }
    assert_eq!(made, vectors().hostile);
    for case in made {
        let (key, signature) = (hex::decode(&case.key).unwrap(), hex::decode(&case.signature).unwrap());
        assert!(verify(&key, case.round, &signature).is_err(), "{}", case.name);
    }
}

/// What the subgroup check is for: without it the pairing takes a signature plus torsion.
#[test]
fn the_torsion_is_on_the_curve_outside_of_the_subgroup() {
    let torsion = torsion();
    assert!(torsion.is_on_curve() && !torsion.is_in_correct_subgroup_assuming_on_curve());
    for name in ["torsion", "signature plus torsion"] {
        let case = hostile().into_iter().find(|case| case.name == name).unwrap();
        let bytes = hex::decode(case.signature).unwrap();
        let unchecked = G1Affine::deserialize_compressed_unchecked(bytes.as_slice()).unwrap();
        assert!(unchecked.is_on_curve());
        let refused = verify(&quicknet(), case.round, &bytes).unwrap_err();
        assert!(
            matches!(refused, BeaconError::InvalidPoint { what: "signature", .. }),
            "{refused}"
        );
    }
}

#[test]
fn the_key_at_infinity_is_refused_with_the_signature_at_infinity() {
    let (mut key, mut signature) = (vec![0; 96], vec![0; 48]);
    (key[0], signature[0]) = (0xc0, 0xc0);
    let refused = verify(&key, 7, &signature).unwrap_err();
    assert!(matches!(refused, BeaconError::InvalidPoint { what: "key", .. }));
    for length in [0, 48, 95, 97, 192] {
        let refused = verify(&vec![0x83; length], 7, &sample().1).unwrap_err();
        assert!(matches!(refused, BeaconError::WrongLength { what: "key", .. }));
    }
}

#[test]
fn errors_have_a_code_and_say_what_to_do() {
    let texts = [
        verify(&quicknet(), 0, &[]).unwrap_err().to_string(),
        verify(&quicknet(), 1, &[]).unwrap_err().to_string(),
        verify(&quicknet(), 1, &[0; 48]).unwrap_err().to_string(),
        verify(&quicknet(), 1, &sample().1).unwrap_err().to_string(),
    ];
    assert_eq!(texts[0], "beacon.no_round: 0 is no round; rounds count from 1");
    assert_eq!(
        texts[1],
        "beacon.wrong_length: the signature has 0 bytes; a compressed one has 48"
    );
    assert!(texts[2].starts_with("beacon.invalid_point: the signature is not marked as compressed; "));
    assert!(texts[3].starts_with("beacon.wrong_signature: not the signature of round 1 under this key; "));
}
