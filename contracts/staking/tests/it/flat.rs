//! I-47: what a message reads and writes does not depend on how much is stored.

use crate::support::*;
use cosmwasm_std::{Addr, Empty, Uint128};
use joule_staking::domain::incident::key;
use joule_staking::state::{AWARDS, COHORTS, ENTRIES, INCIDENTS, POOLS, SHARES};
use joule_types::Peer;

/// (reads, writes) of each message with `records` other pools, entries, awards and incidents stored, and as long a
/// history of the pool itself.
fn costs(records: u64) -> Vec<(&'static str, (u64, u64))> {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000_000).unwrap();
    bench.unbond("ann", 100).unwrap();
    let pool = POOLS.load(&bench.deps.storage, &addr("ann")).unwrap();
    let cohort = (bench.now() + UNBONDING, addr("ann"));
    let pot = COHORTS.load(&bench.deps.storage, (&cohort.1, cohort.0)).unwrap();
    let entry = ENTRIES
        .load(&bench.deps.storage, (&addr("ann"), cohort.0, &addr("ann")))
        .unwrap();
    for i in 0..records {
        let storage = &mut bench.deps.storage;
        let owner = Addr::unchecked(format!("owner{i:08}"));
        POOLS.save(storage, &owner, &pool, i).unwrap();
        SHARES.save(storage, (&owner, 0, &owner), &pool.shares, i).unwrap();
        COHORTS.save(storage, (&owner, cohort.0), &pot).unwrap();
        ENTRIES.save(storage, (&owner, cohort.0, &owner), &entry).unwrap();
        AWARDS.save(storage, (&owner, i), &Uint128::one()).unwrap();
        INCIDENTS
            .save(
                storage,
                (&peer(Peer::Marketplace), key(&incident(1_000 + i))),
                &Empty {},
            )
            .unwrap();
        // History of the pool itself, and matured cohorts that nobody has claimed.
        POOLS.save(storage, &addr("ann"), &pool, 1 + i).unwrap();
        COHORTS.save(storage, (&addr("ann"), 1 + i), &pot).unwrap();
    }
    let mut table = vec![];
    let mut count = |bench: &mut Bench, name, run: &mut dyn FnMut(&mut Bench)| {
        bench.deps.storage.take_counts();
        run(bench);
        table.push((name, bench.deps.storage.take_counts()));
    };
    bench.jump(DAY);
    count(&mut bench, "bond", &mut |b| drop(b.bond("ann", 5).unwrap()));
    count(&mut bench, "unbond", &mut |b| drop(b.unbond("ann", 5).unwrap()));
    count(&mut bench, "slash", &mut |b| {
        b.slash_for("ann", 500, Some(("bob", 5)));
    });
    count(&mut bench, "slash again", &mut |b| {
        drop(
            b.send(&peer(Peer::Marketplace), slash_msg(1, "ann", 500, None))
                .unwrap(),
        );
    });
    count(&mut bench, "power_at", &mut |b| {
        b.power_at("ann", b.env.block.height);
    });
    count(&mut bench, "pool", &mut |b| {
        b.pool("ann");
    });
    bench.jump(UNBONDING);
    count(&mut bench, "claim", &mut |b| drop(b.claim("ann").unwrap()));
    table
}

#[test]
fn every_message_costs_the_same_at_10_1000_and_10000_records() {
    let small = costs(10);
    for records in [1_000, 10_000] {
        assert_eq!(costs(records), small, "with {records} records");
    }
}

#[test]
fn a_slash_at_the_limit_reads_and_writes_22_cohorts() {
    let mut bench = Bench::new();
    bench.bond("ann", 100_000).unwrap();
    bench.jump(1);
    for _ in 0..60 {
        bench.unbond("ann", 100).unwrap();
        bench.jump(DAY);
    }
    bench.unbond("ann", 100).unwrap();
    bench.deps.storage.take_counts();
    bench.slash("ann", 500);
    let (reads, writes) = bench.deps.storage.take_counts();
    assert!(reads <= 22 + 10, "{reads} reads");
    assert!((22..=22 + 8).contains(&writes), "{writes} writes");
}
