//! `PostRound` and `WantRound`: what is believed, with rounds that drand published.

use cosmwasm_std::testing::{message_info, mock_env, MockApi};
use cosmwasm_std::{from_json, Binary, HexBinary, Uint128};
use joule_beacon::LocalBeacon;
use joule_registry::contract;
use joule_types::registry::handle::{BEACON, ROUNDS};
use joule_types::registry::*;
use joule_types::Page;
use joule_work::beacon::{randomness, QUICKNET_GENESIS, QUICKNET_KEY, QUICKNET_PERIOD};
use serde::Deserialize;

use crate::suite::*;

/// The vectors of `joule-beacon`, whose tests make the hostile ones from the rules of the curve.
const VECTORS: &[u8] = include_bytes!("../../../../packages/beacon/testdata/quicknet.json");

#[derive(Deserialize)]
struct Vectors {
    rounds: Vec<Published>,
    hostile: Vec<Hostile>,
}

#[derive(Deserialize)]
struct Published {
    round: u64,
    signature: HexBinary,
    randomness: HexBinary,
}

#[derive(Deserialize)]
struct Hostile {
    name: String,
    key: HexBinary,
    round: u64,
    signature: HexBinary,
}

fn vectors() -> Vectors {
    from_json(VECTORS).unwrap()
}

fn quicknet() -> BeaconParams {
    BeaconParams {
        public_key: HexBinary::from_hex(QUICKNET_KEY).unwrap(),
        genesis: QUICKNET_GENESIS,
        period: QUICKNET_PERIOD,
    }
}

/// A launched registry that believes another beacon, long after its first rounds.
fn believing(beacon: BeaconParams) -> Suite {
    let mut suite = Suite::new();
    BEACON.save(&mut suite.deps.storage, &beacon).unwrap();
    suite.go_to(1_800_000_000);
    suite
}

fn post(round: u64, signature: &[u8]) -> ExecuteMsg {
    ExecuteMsg::PostRound {
        round,
        signature: Binary::from(signature),
    }
}

fn instantiate(beacon: BeaconParams) -> Result<cosmwasm_std::Response, joule_registry::RegistryError> {
    let mut suite = Suite::in_setup(params());
    let msg = InstantiateMsg {
        beacon,
        ..init_msg(params())
    };
    contract::instantiate(suite.deps.as_mut(), mock_env(), message_info(&at("deployer"), &[]), msg)
}

#[test]
fn published_rounds_of_quicknet_are_believed() {
    let mut suite = believing(quicknet());
    let rounds = vectors().rounds;
    assert!(rounds.len() >= 3);
    for published in rounds {
        let response = suite.run("anyone", post(published.round, &published.signature));
        assert_eq!(
            event::<RoundPosted>(&response),
            RoundPosted {
                round: published.round,
                randomness: published.randomness.to_hex(),
                known: false,
                wanted: false,
                tip: Uint128::zero(),
            }
        );
        assert!(response.messages.is_empty());
        let record = RoundRecord {
            randomness: published.randomness,
            posted_at: suite.now(),
        };
        let round = published.round;
        let found: Option<RoundRecord> = suite.query(QueryMsg::Round { round });
        assert_eq!(found.as_ref(), Some(&record));
        assert_eq!(
            ROUNDS.load(&suite.deps.storage, round).unwrap(),
            record,
            "for peers that read raw"
        );
    }
    let found: BeaconResponse = suite.query(QueryMsg::Beacon {});
    assert_eq!((found.beacon, found.latest), (quicknet(), Some(657_413)));
}

#[test]
fn a_flip_of_any_bit_is_refused() {
    let mut suite = believing(quicknet());
    let published = &vectors().rounds[1];
    for bit in 0..published.signature.len() * 8 {
        let mut flipped = published.signature.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        refused(
            suite.exec("anyone", post(published.round, &flipped)),
            "reg.invalid_round",
        );
    }
    suite.run("anyone", post(published.round, &published.signature));
}

#[test]
fn signatures_of_other_rounds_and_by_other_keys_are_refused() {
    let mut suite = believing(quicknet());
    let rounds = vectors().rounds;
    for (one, two) in rounds.iter().zip(rounds.iter().skip(1)) {
        refused(
            suite.exec("anyone", post(one.round, &two.signature)),
            "reg.invalid_round",
        );
        refused(
            suite.exec("anyone", post(two.round, &one.signature)),
            "reg.invalid_round",
        );
    }
    refused(suite.exec("anyone", post_msg(1_000)), "reg.invalid_round");
    refused(suite.exec("anyone", post(0, &rounds[0].signature)), "reg.invalid_round");
    let stranger = LocalBeacon::with_seed(b"stranger");
    let mut local = Suite::new();
    refused(local.exec("anyone", post(7, &stranger.sign(7))), "reg.invalid_round");
    assert_eq!(suite.query::<BeaconResponse>(QueryMsg::Beacon {}).latest, None);
}

#[test]
fn hostile_encodings_are_refused() {
    let vectors = vectors();
    assert!(vectors.hostile.len() > 15);
    for case in vectors.hostile {
        let mut suite = believing(BeaconParams {
            public_key: case.key,
            ..quicknet()
        });
        let result = suite.exec("anyone", post(case.round, &case.signature));
        let error = result.expect_err(&case.name);
        assert_eq!(code(&error), "reg.invalid_round", "{}", case.name);
    }
}

/// What the host takes: a key at infinity, under which infinity signs every round.
#[test]
fn a_key_that_is_none_cannot_be_fixed() {
    let key = |bytes: &[u8]| BeaconParams {
        public_key: bytes.into(),
        ..quicknet()
    };
    let good = HexBinary::from_hex(QUICKNET_KEY).unwrap();
    instantiate(quicknet()).unwrap();
    instantiate(key(&LocalBeacon::new().public_key())).unwrap();
    let flagged = |first: u8, last: u8| {
        let mut bytes = [0u8; 96];
        (bytes[0], bytes[95]) = (first, last);
        bytes
    };
    let flip = |at: usize, bits: u8| {
        let mut bytes = good.to_vec();
        bytes[at] ^= bits;
        bytes
    };
    // The second half of G2 in the other order, as other libraries write it.
    let swapped = [&good[48..], &good[..48]].concat();
    for bytes in [
        vec![],
        good[..95].to_vec(),
        [good.as_slice(), &[0]].concat(),
        [good.as_slice(), good.as_slice()].concat(),
        flagged(0, 0).to_vec(),
        flagged(0xc0, 0).to_vec(),
        flagged(0xe0, 0).to_vec(),
        flagged(0xc0, 1).to_vec(),
        flagged(0x80, 2).to_vec(),
        flip(0, 0x80),
        flip(0, 0x40),
        flip(95, 1),
        swapped,
    ] {
        refused(instantiate(key(&bytes)), "reg.invalid_params");
    }
}

/// Even if such a key were fixed, infinity is no signature here, in none of its encodings; to the host it is one.
#[test]
fn infinity_signs_nothing_even_under_a_key_at_infinity() {
    use cosmwasm_std::{Api, BLS12_381_G2_GENERATOR};
    let (mut key, mut signature) = ([0u8; 96], [0u8; 48]);
    (key[0], signature[0]) = (0xc0, 0xc0);
    let message = vectors().rounds.remove(0).signature;
    let api = MockApi::default();
    let host = api.bls12_381_pairing_equality(&signature, &BLS12_381_G2_GENERATOR, &message, &key);
    assert_eq!(host, Ok(true), "what the contract is to refuse");

    let mut suite = believing(BeaconParams {
        public_key: key.into(),
        ..quicknet()
    });
    for (first, last) in [(0xc0, 0), (0xe0, 0), (0xc0, 1), (0xff, 0xff)] {
        (signature[0], signature[47]) = (first, last);
        refused(suite.exec("anyone", post(7, &signature)), "reg.invalid_round");
    }
}

/// Flips of the key that still are points of the group are other keys; of 96 x 8 only the sign is one.
#[test]
fn flips_of_the_key_are_no_keys_but_for_the_sign() {
    use joule_registry::RegistryError;
    let good = HexBinary::from_hex(QUICKNET_KEY).unwrap();
    for bit in (0..96 * 8).step_by(7).chain([5]) {
        let mut bytes = good.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let result = instantiate(BeaconParams {
            public_key: bytes.into(),
            ..quicknet()
        });
        match result {
            Ok(_) => assert_eq!(bit, 5, "the sign of the first byte"),
            Err(RegistryError::InvalidParams { field, .. }) => assert_eq!(field, "beacon.public_key"),
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_round_is_taken_from_the_second_in_which_it_is_due() {
    let mut suite = Suite::new();
    let next = suite.round() + 1;
    let error = suite.exec("anyone", post_msg(next)).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "reg.too_early: possible from second {} on, now is second {}",
            suite.now() + 1,
            suite.now()
        )
    );
    refused(suite.exec("anyone", post_msg(u64::MAX)), "reg.too_early");
    suite.wait(1);
    suite.run("anyone", post_msg(next));
    // However old.
    suite.run("anyone", post_msg(1));
    assert_eq!(suite.query::<BeaconResponse>(QueryMsg::Beacon {}).latest, Some(next));

    let mut before = believing(BeaconParams {
        genesis: 1_800_000_001,
        ..init_msg(params()).beacon
    });
    refused(before.exec("anyone", post_msg(1)), "reg.too_early");
    before.wait(1);
    before.run("anyone", post_msg(1));
}

#[test]
fn a_known_round_changes_nothing_whatever_comes_with_it() {
    let mut suite = Suite::new();
    suite.run("token", Suite::register_msg("donor", JOULE, &RegistryHook::FundTips {}));
    let round = suite.round();
    suite.run("marketplace", ExecuteMsg::WantRound { round });
    suite.run("first", post_msg(round));
    suite.wait(9);
    let first: Option<RoundRecord> = suite.query(QueryMsg::Round { round });
    for msg in [post_msg(round), post(round, b"anything")] {
        let response = suite.run("second", msg);
        let counts = suite.counts();
        assert_eq!(counts.1, 0, "written");
        let posted: RoundPosted = event(&response);
        assert!(posted.known && !posted.wanted && posted.tip.is_zero());
        assert_eq!(posted.randomness, first.as_ref().unwrap().randomness.to_hex());
    }
    assert_eq!(suite.query::<Option<RoundRecord>>(QueryMsg::Round { round }), first);
    let sign = LocalBeacon::new().sign(round);
    assert_eq!(first.unwrap().randomness, HexBinary::from(randomness(&sign)));
}

fn wanted(suite: &mut Suite, start_after: Option<u64>, limit: Option<u32>) -> Page<u64, u64> {
    suite.query(QueryMsg::WantedRounds { start_after, limit })
}

#[test]
fn wanted_rounds_are_listed_until_they_are_posted() {
    let mut suite = Suite::new();
    let now = suite.round();
    let want = |round| ExecuteMsg::WantRound { round };
    for round in [now + 9, now, now + 3, now, 0] {
        let response = suite.run("marketplace", want(round));
        assert!(response.events.is_empty() && response.messages.is_empty());
    }
    assert_eq!(wanted(&mut suite, None, None).items, [now, now + 3, now + 9]);
    let page = wanted(&mut suite, None, Some(2));
    assert_eq!((page.items, page.next), (vec![now, now + 3], Some(now + 3)));
    assert_eq!(wanted(&mut suite, Some(now + 3), Some(2)).items, [now + 9]);

    assert!(event::<RoundPosted>(&suite.run("anyone", post_msg(now))).wanted);
    suite.run("marketplace", want(now));
    assert_eq!(suite.counts().1, 0, "a posted round is not wanted again");
    assert_eq!(wanted(&mut suite, None, None).items, [now + 3, now + 9]);
    suite.run("marketplace", want(u64::MAX));
    assert_eq!(wanted(&mut suite, Some(now + 9), None).items, [u64::MAX]);
    refused(suite.exec("stranger", want(5)), "kit.unauthorized");
}

/// The verifier off chain and the host agree on every vector.
#[test]
fn agent_and_contract_believe_the_same() {
    let api = MockApi::default();
    let vectors = vectors();
    let key = HexBinary::from_hex(QUICKNET_KEY).unwrap();
    let published = vectors.rounds.into_iter().map(|r| (key.clone(), r.round, r.signature));
    let hostile = vectors.hostile.into_iter().map(|h| (h.key, h.round, h.signature));
    for (key, round, signature) in published.chain(hostile) {
        let beacon = BeaconParams {
            public_key: key.clone(),
            ..quicknet()
        };
        let contract = joule_registry::beacon::verify(&api, &beacon, round, &signature).ok();
        assert_eq!(
            contract,
            joule_beacon::verify(&key, round, &signature).ok(),
            "{signature}"
        );
    }
}
