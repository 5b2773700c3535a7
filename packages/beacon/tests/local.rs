//! The local beacon signs what the verifier believes.

use joule_beacon::{verify, BeaconError, LocalBeacon};
use joule_work::beacon::randomness;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn its_rounds_verify_under_its_key_and_no_other(round in 1u64.., other in 1u64.., seed in any::<[u8; 8]>()) {
        let (beacon, stranger) = (LocalBeacon::new(), LocalBeacon::with_seed(&seed));
        let signature = beacon.sign(round);
        prop_assert_eq!(verify(&beacon.public_key(), round, &signature), Ok(randomness(&signature)));
        let wrong = Err(BeaconError::WrongSignature { round });
        prop_assert_eq!(verify(&stranger.public_key(), round, &signature), wrong);
        if other != round {
            prop_assert_eq!(verify(&beacon.public_key(), round, &beacon.sign(other)), wrong);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(key in prop::collection::vec(any::<u8>(), 94..98), signature in prop::collection::vec(any::<u8>(), 46..50)) {
        let mut signature = signature;
        signature[0] |= 0x80;
        prop_assert!(verify(&key, 1, &signature).is_err());
        prop_assert!(verify(&LocalBeacon::new().public_key(), 1, &signature).is_err());
    }
}

#[test]
fn it_is_the_same_every_time() {
    let (one, two) = (LocalBeacon::new(), LocalBeacon::default());
    assert_eq!(one.public_key(), two.public_key());
    assert_eq!(one.sign(7), two.sign(7));
    assert_ne!(one.sign(7), one.sign(8));
}
