//! Draws: what they answer, whom they leave out, and that stake is what counts.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::*;
use cosmwasm_std::{Addr, HexBinary};
use joule_staking::domain::tree::MAX_WEIGHT;
use joule_staking::validators::USED;
use joule_staking::StakingError;
use joule_types::staking::{DrawResponse, QueryMsg};

fn owners(bench: &Bench, number: u64, seats: u8, exclude: &[&str]) -> Vec<Addr> {
    let seats = bench.draw(seed(number), seats, exclude);
    seats.into_iter().map(|seat| seat.owner).collect()
}

#[test]
fn only_the_epoch_that_closed_last_is_drawn_on() {
    let mut bench = Bench::new();
    bench.validator("ann", 500);
    let of = |bench: &Bench, epoch| bench.draw_at(epoch, seed(1), 1, &[]).unwrap();
    let stale = DrawResponse {
        stale: true,
        seats: vec![],
    };
    let epoch = bench.epoch();
    assert_eq!(of(&bench, epoch), stale, "it has not closed");
    assert!(of(&bench, epoch - 1).seats.is_empty(), "closed before anybody enrolled");
    bench.jump(EPOCH - 1);
    assert_eq!(of(&bench, epoch), stale);
    bench.jump(1);
    let seats = of(&bench, epoch).seats;
    assert_eq!((seats.len(), seats[0].weight.u128()), (1, 500));
    bench.jump(EPOCH - 1);
    assert_eq!(of(&bench, epoch).seats, seats);
    bench.jump(1);
    assert_eq!(of(&bench, epoch), stale, "too old");
    for epoch in [epoch + 2, epoch + 3, u64::MAX] {
        assert_eq!(of(&bench, epoch), stale);
    }
}

#[test]
fn nothing_has_closed_in_the_first_epoch() {
    let mut bench = Bench::new();
    bench.validator("ann", 500);
    bench.env.block.time = cosmwasm_std::Timestamp::from_seconds(EPOCH - 1);
    for epoch in [0, u64::MAX] {
        assert!(bench.draw_at(epoch, seed(1), 1, &[]).unwrap().stale);
    }
}

#[test]
fn limits_of_the_question() {
    let bench = Bench::new();
    let ask = |seats, excluded: usize, seed: &[u8]| {
        let msg = QueryMsg::Draw {
            epoch: bench.epoch() - 1,
            seed: HexBinary::from(seed),
            seats,
            exclude: vec![addr("ann").into(); excluded],
        };
        bench.ask::<DrawResponse>(msg)
    };
    assert!(ask(23, 48, &[0; 32]).unwrap().seats.is_empty());
    for (seats, excluded, what, found, max) in [
        (24, 0, "seats", 24, 23),
        (u8::MAX, 0, "seats", 255, 23),
        (1, 49, "excluded addresses", 49, 48),
    ] {
        let expected = StakingError::TooMany { what, found, max };
        assert_eq!(ask(seats, excluded, &[0; 32]), Err(expected));
    }
    for length in [0, 31, 33] {
        assert!(ask(1, 0, &vec![0; length]).is_err());
    }
}

#[test]
fn each_validator_sits_once_and_fewer_are_drawn_when_fewer_have_weight() {
    let mut bench = Bench::new();
    let names: Vec<String> = (0..9).map(|i| format!("validator{i}")).collect();
    for name in &names {
        bench.validator(name, 1_000);
    }
    // One without weight, one that has retired.
    bench.unbond("validator7", 950).unwrap();
    bench.retire("validator8").unwrap();
    bench.next_epoch();
    for number in 0..50 {
        let drawn = owners(&bench, number, 23, &[]);
        let unique: BTreeSet<_> = drawn.iter().collect();
        assert_eq!((drawn.len(), unique.len()), (7, 7));
        assert_eq!(owners(&bench, number, 3, &[]), drawn[..3], "seats come in order");
    }
    assert!(owners(&bench, 1, 0, &[]).is_empty());
}

#[test]
fn owner_and_operator_are_left_out_and_nobody_else() {
    let mut bench = Bench::new();
    for name in ["ann", "bob", "cat", "dan"] {
        bench.bond(name, 1_000).unwrap();
        bench.enrol(name, Some(&format!("{name}'s key"))).unwrap();
    }
    bench.next_epoch();
    for (exclude, left) in [
        (vec!["ann"], 3),
        (vec!["ann's key"], 3),
        (vec!["ann", "ann's key", "bob's key", "bob's key"], 2),
        (vec!["ann", "bob", "cat", "dan"], 0),
        (vec!["stranger"], 4),
    ] {
        for number in 0..20 {
            let drawn = bench.draw(seed(number), 23, &exclude);
            assert_eq!(drawn.len(), left);
            for seat in drawn {
                for name in &exclude {
                    assert!(seat.owner != addr(name) && seat.operator != addr(name));
                }
            }
        }
    }
}

/// Who was left out with a key as of the closed epoch cannot come back by changing it, and nobody can be thrown out by
/// naming an address that is left out.
#[test]
fn the_operators_of_the_closed_epoch_count() {
    let mut bench = Bench::new();
    for name in ["ann", "bob"] {
        bench.bond(name, 1_000).unwrap();
        bench.enrol(name, Some(&format!("{name}'s key"))).unwrap();
    }
    bench.next_epoch();
    bench.enrol("ann", Some("fresh key")).unwrap();
    bench.enrol("bob", Some("buyer")).unwrap();
    for exclude in [["ann's key", "buyer"], ["ann's key", "fresh key"]] {
        let drawn = bench.draw(seed(1), 5, &exclude);
        assert_eq!((drawn.len(), &drawn[0].operator), (1, &addr("bob's key")));
    }
    bench.next_epoch();
    let drawn = bench.draw(seed(1), 5, &["buyer", "ann's key"]);
    assert_eq!((drawn.len(), &drawn[0].operator), (1, &addr("fresh key")));
}

#[test]
fn no_stake_overflows_a_sum() {
    let mut bench = Bench::new();
    for name in ["ann", "bob"] {
        bench.validator(name, u128::from(u64::MAX));
    }
    let most = u128::from(MAX_WEIGHT);
    assert_eq!(bench.validators().weight.u128(), 2 * most);
    bench.slash("ann", 5_000);
    assert_eq!(bench.validators().weight.u128(), 2 * most);
    bench.slash("ann", 9_999);
    bench.slash("ann", 9_999);
    assert_eq!(bench.validator_of("ann").unwrap().weight.u128(), bench.stake("ann").0);
    bench.next_epoch();
    assert_eq!(owners(&bench, 1, 2, &[]).len(), 2);
}

/// Six candidates with stakes of 1 to 6, far apart in the tree, beside two heavy ones that are left out: each of the
/// 120 orders of the first three seats comes as often as drawing by stake without replacement says. Critical value of
/// chi squared with 119 degrees of freedom at 0.1 %: 172.4.
#[test]
fn chi_squared_fits_the_stakes() {
    const DRAWS: u64 = 20_000;
    const CRITICAL: f64 = 172.4;
    let mut bench = Bench::new();
    let names = ["v1", "v2", "v3", "v4", "v5", "v6"];
    for (stake, name) in (1u32..).zip(names) {
        bench.validator(name, u128::from(stake) * 1_000_003);
        USED.save(&mut bench.deps.storage, &(stake * 9_777)).unwrap();
    }
    bench.validator("buyer", 5_000_000);
    bench.bond("friend", 9_000_000).unwrap();
    bench.enrol("friend", Some("payout")).unwrap();
    bench.next_epoch();

    let index: BTreeMap<Addr, usize> = names.iter().map(|name| addr(name)).zip(0..).collect();
    let mut seen: BTreeMap<[usize; 3], u32> = BTreeMap::new();
    for number in 0..DRAWS {
        let drawn = owners(&bench, number, 3, &["buyer", "payout"]);
        let order = [0, 1, 2].map(|seat: usize| index[&drawn[seat]]);
        *seen.entry(order).or_default() += 1;
    }

    let (mut by_stake, mut by_head, mut whole, mut cells) = (0.0, 0.0, 0.0, 0);
    for a in 0..6 {
        for b in (0..6).filter(|b| *b != a) {
            for c in (0..6).filter(|c| *c != a && *c != b) {
                let [wa, wb, wc] = [a, b, c].map(|who| who as f64 + 1.0);
                let chance = wa / 21.0 * wb / (21.0 - wa) * wc / (21.0 - wa - wb);
                let found = f64::from(seen.get(&[a, b, c]).copied().unwrap_or_default());
                let distance = |chance: f64| (found - chance * DRAWS as f64).powi(2) / (chance * DRAWS as f64);
                by_stake += distance(chance);
                by_head += distance(1.0 / 120.0);
                whole += chance;
                cells += 1;
            }
        }
    }
    println!("chi squared of {DRAWS} draws: {by_stake:.1} by stake, {by_head:.1} by head; critical {CRITICAL}");
    assert_eq!(cells, 120);
    assert!((whole - 1.0f64).abs() < 1e-9);
    assert!(by_stake < CRITICAL, "{by_stake}");
    assert!(
        by_head > 10.0 * CRITICAL,
        "the test tells other weights apart: {by_head}"
    );
}
