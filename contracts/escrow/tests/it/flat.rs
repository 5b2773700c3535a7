//! I-47: what a message reads and writes does not depend on how much is stored.

use crate::support::*;
use cosmwasm_std::Addr;
use joule_escrow::state::{Hold, BALANCES, CLOSED, HOLDS};
use joule_types::escrow::ExecuteMsg;
use joule_types::{denom_key, HoldId, Peer};

/// (reads, writes) of each message with `records` further holds, closed holds and balances stored.
fn costs(records: u64) -> Vec<(&'static str, (u64, u64))> {
    let mut bench = Bench::new();
    bench.deposit("ann", &usdc(), 1_000_000).unwrap();
    bench.open(1, "ann", 1_000, 100).unwrap();
    let hold: Hold = HOLDS.load(&bench.deps.storage, 1).unwrap();
    for i in 0..records {
        let storage = &mut bench.deps.storage;
        HOLDS.save(storage, 1_000 + 2 * i, &hold).unwrap();
        CLOSED.save(storage, 1_001 + 2 * i, &hold).unwrap();
        let owner = Addr::unchecked(format!("owner{i:08}"));
        let free = BALANCES.load(storage, (&addr("ann"), &denom_key(&usdc()))).unwrap();
        BALANCES.save(storage, (&owner, &denom_key(&usdc())), &free).unwrap();
    }
    let mut table = vec![];
    let mut count = |bench: &mut Bench, name, run: &mut dyn FnMut(&mut Bench) -> Outcome| {
        bench.deps.storage.take_counts();
        run(bench).unwrap();
        table.push((name, bench.deps.storage.take_counts()));
    };
    count(&mut bench, "deposit", &mut |b| b.deposit("ann", &usdc(), 5));
    count(&mut bench, "receive", &mut |b| b.deposit("ann", &joule(), 5));
    count(&mut bench, "withdraw", &mut |b| b.withdraw("ann", &usdc(), Some(5)));
    count(&mut bench, "open_hold", &mut |b| b.open(2, "ann", 500, 50));
    count(&mut bench, "tip", &mut |b| b.tip(2, "kim", 5));
    count(&mut bench, "pay", &mut |b| {
        b.pay(2, vec![award("kim", 5), award("lee", 5), award("moe", 5)])
    });
    count(&mut bench, "settle", &mut |b| {
        let awards = ["arb", "kim", "lee", "moe"].map(|name| award(name, 7)).to_vec();
        b.settle(2, Some("bob"), Some("ref"), 400, awards)
    });
    count(&mut bench, "settle again", &mut |b| {
        b.settle(2, Some("bob"), None, 400, vec![])
    });
    count(&mut bench, "distribute", &mut |b| {
        b.send(&addr("eve"), ExecuteMsg::Distribute { denom: usdc() })
    });
    bench.jump(RECLAIM_AFTER);
    count(&mut bench, "reclaim", &mut |b| {
        b.send(&addr("eve"), ExecuteMsg::Reclaim { hold: HoldId(1) })
    });
    count(&mut bench, "update_params", &mut |b| {
        let update = joule_types::escrow::ParamsUpdate {
            denoms: Some(vec![usdc()]),
        };
        b.send(&peer(Peer::Dao), ExecuteMsg::UpdateParams { update })
    });
    table
}

#[test]
fn every_message_costs_the_same_at_10_1000_and_10000_records() {
    let small = costs(10);
    for records in [1_000, 10_000] {
        assert_eq!(costs(records), small, "with {records} records");
    }
    for (name, (reads, writes)) in small {
        let bound = match name {
            "settle" => (11, 10),
            "pay" => (6, 5),
            _ => (6, 4),
        };
        assert!(
            reads <= bound.0 && writes <= bound.1,
            "{name}: {reads} reads, {writes} writes"
        );
    }
}
