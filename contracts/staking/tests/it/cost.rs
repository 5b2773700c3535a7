//! What draws and updates read and write of the tree (research/review.md, 2): nodes, whatever the number of slots.

use crate::support::*;
use cosmwasm_std::Addr;
use joule_staking::domain::timed::Timed;
use joule_staking::domain::tree::{Line, Node, Path, WIDTH};
use joule_staking::validators::{node, Seat, OWNER_OF, SEATS, SLOT_OF, TREE, USED};

/// A tree of `slots` validators, built by writing its nodes, as if all had enrolled long ago.
fn grown(slots: u32, weight: impl Fn(u32) -> u64) -> Bench {
    let mut bench = Bench::new();
    let storage = &mut bench.deps.storage;
    let mut nodes = std::collections::BTreeMap::<Vec<u8>, Node>::new();
    for slot in 0..slots {
        let number = u16::try_from(slot).unwrap();
        for (key, digit) in Path::to(number).steps() {
            nodes.entry(key.to_vec()).or_default().shift(digit, 1, 0, weight(slot));
        }
        let owner = Addr::unchecked(format!("owner{slot:05}"));
        let operator = Addr::unchecked(format!("operator{slot:05}"));
        let seat = Seat {
            owner: owner.clone(),
            operator: Timed {
                epoch: 1,
                now: operator.clone(),
                before: operator.clone(),
            },
        };
        SEATS.save(storage, number, &seat).unwrap();
        SLOT_OF.save(storage, &owner, &number).unwrap();
        OWNER_OF.save(storage, &operator, &owner).unwrap();
    }
    for (key, node) in &nodes {
        TREE.save(storage, key, node);
    }
    USED.save(storage, &slots).unwrap();
    bench
}

/// The most nodes that `draws` draws load, over many seeds.
fn nodes(bench: &Bench, draws: u8) -> u64 {
    let closed = u32::try_from(bench.epoch() - 1).unwrap();
    let count = |number| {
        let mut loaded = 0;
        let mut line = Line::new(closed, |key: &[u8]| {
            loaded += 1;
            node(&bench.deps.storage, key)
        });
        for index in 0..draws {
            line.draw(&seed(number), index).unwrap().unwrap();
        }
        drop(line);
        loaded
    };
    (0..200).map(count).max().unwrap()
}

/// Nodes of each level that `draws` draws can load at most: all there are, or one a draw.
fn ceiling(slots: u32, draws: u64) -> u64 {
    let level = |below: u32| u64::from(slots.div_ceil(below)).min(draws);
    1 + level(4_096) + level(256) + level(16)
}

#[test]
fn reads_of_a_draw_and_writes_of_an_update() {
    println!(
        "| slots | 5 seats | 9 seats | 23 seats | 26 seats | ceiling of 26 | reads, writes of a bond by a validator |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    // The prototype of the review had a tree just as high as its slots needed: two nodes less at 200.
    for (slots, reviewed) in [(200u32, 14 + 2), (4_096, 44), (65_536, 71)] {
        // Stakes that differ by up to a thousand times.
        let mut bench = grown(slots, |slot| 1_000_000 + u64::from(slot % 1_000) * 1_000_000);
        let found = [5, 9, 23, 26].map(|draws| nodes(&bench, draws));
        let most = ceiling(slots, 26);
        assert!(found[3] <= most && most <= reviewed, "{slots}: {found:?}");

        // Of the whole query: the length of an epoch, the nodes, and who sits on each seat.
        bench.deps.storage.take_counts();
        let seats = bench.draw(seed(1), 23, &[]);
        assert_eq!(seats.len(), 23);
        let (reads, writes) = bench.deps.storage.take_counts();
        assert!(reads <= 1 + ceiling(slots, 23) + 23, "{reads} reads at {slots} slots");
        assert_eq!(writes, 0);

        // A pool beside those, on the slot in the middle; another one that is no validator shows what the tree adds.
        let mut bond = |who: &str| {
            bench.bond(who, 500).unwrap();
            let middle = u16::try_from(slots / 2).unwrap();
            if who == "ann" {
                SLOT_OF.save(&mut bench.deps.storage, &addr(who), &middle).unwrap();
                bench.bond(who, 500).unwrap();
            }
            bench.deps.storage.take_counts();
            bench.bond(who, 1).unwrap();
            bench.deps.storage.take_counts()
        };
        let (plain, tree) = (bond("bob"), bond("ann"));
        let added = (tree.0 - plain.0, tree.1 - plain.1);
        // Four nodes, the parameters and the length of an epoch; four nodes.
        assert_eq!(added, (6, 4), "{slots} slots");
        let [five, nine, all, more] = found;
        println!(
            "| {slots} | {five} | {nine} | {all} | {more} | {most} | {} and {} |",
            added.0, added.1
        );
    }
}

/// The worst that a draw can meet: as many left out as may be, each so heavy that it is hit first.
#[test]
fn a_draw_whose_every_excluded_party_is_hit() {
    // Far apart, so that they share nodes only at the top.
    let heavy = |slot: u32| slot.is_multiple_of(1_365);
    let bench = grown(65_536, |slot| if heavy(slot) { 1 << 46 } else { 1 });
    let exclude: Vec<String> = (0..65_536)
        .filter(|slot| heavy(*slot))
        .take(48)
        .map(|slot| format!("owner{slot:05}"))
        .collect();
    bench.deps.storage.take_counts();
    let told: joule_types::staking::DrawResponse = bench
        .ask(joule_types::staking::QueryMsg::Draw {
            epoch: bench.epoch() - 1,
            seed: seed(1).into(),
            seats: 23,
            exclude,
        })
        .unwrap();
    assert_eq!(told.seats.len(), 23);
    let (reads, _) = bench.deps.storage.take_counts();
    let most = 1 + ceiling(65_536, 71) + 71;
    println!("23 seats with 48 left out and hit: {reads} reads, at most {most}");
    assert!((150..=most).contains(&reads), "{reads} reads");
}

#[test]
fn an_update_that_changes_nothing_writes_no_node() {
    let mut bench = grown(65_536 - 1, |_| 1_000_000);
    bench.bond("ann", 50).unwrap();
    SLOT_OF.save(&mut bench.deps.storage, &addr("ann"), &65_535).unwrap();
    let before = TREE.load(&bench.deps.storage, &[]).unwrap();
    bench.deps.storage.take_counts();
    bench.bond("ann", 1).unwrap();
    let validator = bench.deps.storage.take_counts();
    bench.bond("bob", 50).unwrap();
    bench.deps.storage.take_counts();
    bench.bond("bob", 1).unwrap();
    let plain = bench.deps.storage.take_counts();
    assert_eq!((validator.0 - plain.0, validator.1 - plain.1), (3, 0));
    assert_eq!(TREE.load(&bench.deps.storage, &[]).unwrap(), before);
    assert_eq!(before.unwrap().0.len(), WIDTH);
}
