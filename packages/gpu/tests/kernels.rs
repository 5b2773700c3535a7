//! Our own kernels against the processor. Measurements check their results themselves, so a rate is a right answer too.
mod common;

use std::time::Duration;

use joule_gpu::{Kind, Range};
use joule_work::ticket::{search_range, value, Best};

/// The tickets of a range within a threshold, by the rule.
fn by_rule(seed: &[u8; 32], range: Range) -> Vec<(u64, u64)> {
    let last = range.start.saturating_add(range.count - 1);
    let tickets = (range.start..=last).map(|id| (value(seed, id), id));
    tickets.filter(|(value, _)| *value <= range.threshold).collect()
}

#[test]
fn tickets_are_those_of_the_rule() {
    let Some(mut client) = common::client() else { return };
    let ranges = [
        (0, 1, u64::MAX),
        (0, 257, u64::MAX),
        (1, 10_000, u64::MAX),
        (12_345, 40_001, u64::MAX / 7),
        // The id carries into its high word, inside of the range and at its edges.
        (u64::from(u32::MAX) - 5_000, 10_000, u64::MAX / 3),
        (u64::from(u32::MAX), 2, u64::MAX),
        (u64::from(u32::MAX) + 1, 300, u64::MAX),
        (u64::MAX - 3_000, 10_000, u64::MAX / 2),
        (u64::MAX, 5, u64::MAX),
        // Some slices long, a threshold as in a search.
        (77, 300_000, u64::MAX / 5_000),
        (1 << 60, 150_000, u64::MAX >> 32),
    ];
    let seeds = (0u8..4).map(|s| std::array::from_fn(|i| (i as u8).wrapping_mul(37).wrapping_add(s * 71)));
    for seed in seeds.chain([[0; 32], [0xff; 32]]) {
        for (start, count, threshold) in ranges {
            let range = Range {
                start,
                count,
                threshold,
            };
            let mut hits = client.tickets(0, &seed, range).unwrap();
            hits.tickets.sort_unstable_by_key(|(_, id)| *id);
            assert!(!hits.overflowed);
            assert!(hits.tickets == by_rule(&seed, range), "seed {seed:?}, {range:?}");
        }
    }
}

#[test]
fn a_threshold_counts_to_its_last_bit() {
    let Some(mut client) = common::client() else { return };
    let seed = [5; 32];
    for id in [0, 9, 1 << 40] {
        let exact = value(&seed, id);
        for (threshold, found) in [
            (exact, 1),
            (exact - 1, 0),
            (exact + 1, 1),
            (exact ^ (1 << 32), usize::from(exact ^ (1 << 32) > exact)),
        ] {
            let range = Range {
                start: id,
                count: 1,
                threshold,
            };
            assert_eq!(
                client.tickets(0, &seed, range).unwrap().tickets.len(),
                found,
                "{id} {threshold}"
            );
        }
    }
}

#[test]
fn the_best_of_a_range_are_the_same() {
    let Some(mut client) = common::client() else { return };
    for (seed, start) in [([1; 32], 0), ([2; 32], 1 << 33)] {
        let mut plain = Best::new(512).unwrap();
        search_range(&seed, start, 200_000, &mut plain);
        let mut best = Best::new(512).unwrap();
        for part in 0..4 {
            let range = Range {
                start: start + part * 50_000,
                count: 50_000,
                threshold: best.threshold(),
            };
            for (value, id) in client.tickets(0, &seed, range).unwrap().tickets {
                best.offer(value, id);
            }
        }
        assert_eq!(best.claim(), plain.claim());
    }
}

#[test]
fn too_many_hits_are_said_to_be_too_many() {
    let Some(mut client) = common::client() else { return };
    let all = |count| Range {
        start: 0,
        count,
        threshold: u64::MAX,
    };
    let fits = client.tickets(0, &[0; 32], all(65_536)).unwrap();
    assert_eq!((fits.tickets.len(), fits.overflowed), (65_536, false));
    let over = client.tickets(0, &[0; 32], all(70_000)).unwrap();
    assert_eq!((over.tickets.len(), over.overflowed), (65_536, true));
    // What it kept is right nevertheless.
    assert!(over.tickets.iter().all(|(v, id)| *v == value(&[0; 32], *id)));
    assert_eq!(client.tickets(0, &[0; 32], all(0)).unwrap().tickets, []);
}

#[test]
fn every_measurement_checks_its_kernel_and_has_a_rate() {
    let Some(mut client) = common::client() else { return };
    for kind in Kind::ALL {
        let begun = std::time::Instant::now();
        let rate = client.bench(0, kind, Duration::from_millis(60)).unwrap();
        assert_eq!(rate.kind, kind);
        assert!(rate.slices >= 5 && rate.per_sec > 1e6, "{rate:?}");
        assert!(rate.range.0 <= rate.per_sec && rate.per_sec <= rate.range.1, "{rate:?}");
        eprintln!("{rate:?} {:?}", begun.elapsed());
    }
}
