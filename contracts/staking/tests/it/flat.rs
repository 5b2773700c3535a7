//! I-47: what a message reads and writes does not depend on how much is stored.

use crate::support::*;
use cosmwasm_std::{Addr, Empty, Uint128};
use joule_staking::domain::incident::key;
use joule_staking::domain::timed::Timed;
use joule_staking::state::{AWARDS, COHORTS, ENTRIES, INCIDENTS, POOLS, SHARES};
use joule_staking::validators::{Seat, FREE, OWNER_OF, RETIRED, SEATS, SLOT_OF};
use joule_types::staking::ExecuteMsg;
use joule_types::Peer;

/// (reads, writes) of each message with `records` other pools, entries, awards, incidents, validators and slots given
/// back stored, and as long a history of the pool itself.
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
        // Validators who retired long ago, so that the first of their slots is given to who enrols.
        let slot = u16::try_from(i).unwrap();
        let seat = Seat {
            owner: owner.clone(),
            operator: Timed {
                epoch: 0,
                now: owner.clone(),
                before: owner.clone(),
            },
        };
        SEATS.save(storage, slot, &seat).unwrap();
        RETIRED.save(storage, &owner, &(slot, 2)).unwrap();
        FREE.save(storage, (2, slot), &Empty {}).unwrap();
        let other = Addr::unchecked(format!("validator{i:08}"));
        SLOT_OF.save(storage, &other, &slot).unwrap();
        OWNER_OF.save(storage, &owner, &other).unwrap();
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
    count(&mut bench, "enrol", &mut |b| drop(b.enrol("ann", Some("key")).unwrap()));
    count(&mut bench, "bond", &mut |b| drop(b.bond("ann", 5).unwrap()));
    count(&mut bench, "unbond", &mut |b| drop(b.unbond("ann", 5).unwrap()));
    count(&mut bench, "slash", &mut |b| {
        b.slash_for("ann", 500, Some(("bob", 5)));
    });
    count(&mut bench, "penalize", &mut |b| {
        let penalties = vec![penalty(900, "ann", 500), penalty(901, "ann", 500)];
        let msg = ExecuteMsg::Penalize { penalties };
        drop(b.send(&peer(Peer::Marketplace), msg).unwrap());
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
    count(&mut bench, "validator_of", &mut |b| {
        b.validator_of("key").unwrap();
    });
    bench.next_epoch();
    count(&mut bench, "draw", &mut |b| {
        assert_eq!(b.draw(seed(1), 3, &["bob"]).len(), 1);
    });
    count(&mut bench, "retire", &mut |b| drop(b.retire("ann").unwrap()));
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

/// Validators, each with 22 cohorts under way.
fn loaded(names: &[String]) -> Bench {
    let mut bench = Bench::new();
    for name in names {
        bench.validator(name, 100_000);
    }
    bench.jump(1);
    for _ in 0..60 {
        for name in names {
            bench.unbond(name, 100).unwrap();
        }
        bench.jump(DAY);
    }
    for name in names {
        bench.unbond(name, 100).unwrap();
    }
    bench.deps.storage.take_counts();
    bench
}

/// 22 cohorts, 4 nodes, 40 awards; the pool, the total and the ledger, what they were, the incident and parameters.
#[test]
fn a_slash_at_the_limit_reads_at_most_77_and_writes_at_most_70_records() {
    let mut bench = loaded(&["ann".into()]);
    let repay = (0..40).map(|i| repaid(&format!("party{i}"), 1)).collect();
    let msg = ExecuteMsg::Slash {
        incident: incident(1),
        pool: addr("ann").into(),
        fraction_bps: 500,
        repay,
    };
    let response = bench.send(&peer(Peer::Marketplace), msg).unwrap();
    assert_eq!(data(&response).repaid.u128(), 40);
    let (reads, writes) = bench.deps.storage.take_counts();
    assert!((66..=77).contains(&reads), "{reads} reads");
    assert!((66..=70).contains(&writes), "{writes} writes");
}

#[test]
fn forty_penalties_cost_forty_slashes_at_most() {
    let names: Vec<String> = (0..40).map(|i| format!("validator{i}")).collect();
    let mut bench = loaded(&names);
    let list = (1..).zip(&names).map(|(id, name)| penalty(id, name, 500)).collect();
    let msg = ExecuteMsg::Penalize { penalties: list };
    let response = bench.send(&peer(Peer::Marketplace), msg).unwrap();
    assert_eq!(response.events.len(), 40);
    let (reads, writes) = bench.deps.storage.take_counts();
    assert!((40 * 26..=40 * 36).contains(&reads), "{reads} reads");
    assert!((40 * 26..=40 * 30).contains(&writes), "{writes} writes");
}
