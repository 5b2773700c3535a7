//! Repayment in order and several slashes at once.

use crate::support::*;
use joule_kit::KitError;
use joule_staking::StakingError;
use joule_types::staking::{ExecuteMsg, Penalty, Repay, Slashed};
use joule_types::Peer;

fn slash(pool: &str, bps: u16, repay: Vec<Repay>) -> ExecuteMsg {
    ExecuteMsg::Slash {
        incident: incident(1),
        pool: addr(pool).into(),
        fraction_bps: bps,
        repay,
    }
}

fn maturing(bench: &Bench, who: &str) -> u128 {
    bench.due(who).maturing.u128()
}

#[test]
fn parties_are_repaid_in_order_until_nothing_is_left() {
    for (up_to, parts) in [
        ([300, 100, 50], [300, 100, 50]),
        ([300, 100, 500], [300, 100, 100]),
        ([480, 100, 500], [480, 20, 0]),
        ([0, 0, 7], [0, 0, 7]),
        ([900, 1, 1], [500, 0, 0]),
    ] {
        let mut bench = Bench::new();
        bench.bond("ann", 1_000).unwrap();
        let names = ["buyer", "voter", "other voter"];
        let repay = names
            .iter()
            .zip(up_to)
            .map(|(name, up_to)| repaid(name, up_to))
            .collect();
        let response = bench
            .send(&peer(Peer::Marketplace), slash("ann", 5_000, repay))
            .unwrap();
        assert_eq!(names.map(|name| maturing(&bench, name)), parts);
        let sum: u128 = parts.iter().sum();
        let told = data(&response);
        assert_eq!((told.slashed.u128(), told.repaid.u128()), (500, sum));
        assert_eq!(to_token(&response), if sum == 500 { None } else { burn(500 - sum) });
        let event: Slashed = event(&response);
        assert_eq!((event.repaid_to, event.repaid.u128()), (Some(addr("buyer")), sum));
        let held = bench.conservation();
        assert_eq!((held.held.u128(), held.repaid.u128()), (500 + sum, sum));
    }
}

#[test]
fn the_part_of_who_cannot_hold_a_claim_burns_and_the_others_keep_theirs() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    let broken = ["nobody".to_string(), peer(Peer::Escrow).into()];
    let [first, second] = broken.map(|to| Repay {
        to,
        up_to: 100u128.into(),
    });
    let repay = vec![
        first,
        repaid("voter", 150),
        second,
        repaid("voter", 30),
        repaid("other", 500),
    ];
    let response = bench.send(&peer(Peer::Registry), slash("ann", 5_000, repay)).unwrap();
    assert_eq!((maturing(&bench, "voter"), maturing(&bench, "other")), (180, 120));
    assert_eq!(to_token(&response), burn(200));
    assert_eq!(event::<Slashed>(&response).repaid_to, None);
}

#[test]
fn forty_parties_and_no_more() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    let repay = |count: usize| (0..count).map(|i| repaid(&format!("voter{i}"), 2)).collect::<Vec<_>>();
    let expected = StakingError::TooMany {
        what: "repayments",
        found: 41,
        max: 40,
    };
    let market = peer(Peer::Marketplace);
    assert_eq!(bench.send(&market, slash("ann", 500, repay(41))), Err(expected));
    let response = bench.send(&market, slash("ann", 500, repay(40))).unwrap();
    assert_eq!(data(&response).repaid.u128(), 50);
    assert_eq!((maturing(&bench, "voter24"), maturing(&bench, "voter25")), (2, 0));
}

#[test]
fn several_pools_lose_theirs_under_incidents_of_their_own() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    bench.bond("bob", 2_000).unwrap();
    bench.unbond("bob", 500).unwrap();
    let market = peer(Peer::Marketplace);
    bench.send(&market, slash_msg(4, "ann", 100, None)).unwrap();
    // A known incident, one that comes twice, and an owner without a pool are no errors.
    let penalties = vec![
        penalty(1, "ann", 1_000),
        penalty(2, "bob", 300),
        penalty(3, "nobody", 300),
        penalty(4, "ann", 1_000),
        penalty(2, "ann", 1_000),
    ];
    let response = bench.send(&market, ExecuteMsg::Penalize { penalties }).unwrap();
    let told: Vec<Slashed> = response.events.iter().filter_map(|e| e.try_into().ok()).collect();
    let told: Vec<_> = told.iter().map(|e| (e.id, e.known, e.slashed.u128())).collect();
    let expected = [
        (1, false, 99),
        (2, false, 60),
        (3, false, 0),
        (4, true, 0),
        (2, true, 0),
    ];
    assert_eq!(told, expected);
    assert_eq!(to_token(&response), burn(159));
    assert_eq!((bench.stake("ann"), bench.stake("bob")), ((891, 0, 2), (1_455, 485, 1)));
    let held = bench.conservation();
    assert_eq!((held.burned.u128(), held.held.u128()), (169, 2_831));

    let again = ExecuteMsg::Penalize { penalties: vec![] };
    assert_eq!(to_token(&bench.send(&market, again).unwrap()), None);
}

#[test]
fn who_may_penalize_and_what() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    let msg = |penalties: Vec<Penalty>| ExecuteMsg::Penalize { penalties };
    for sender in [addr("ann"), addr("guardian"), peer(Peer::Escrow), peer(Peer::Token)] {
        assert!(matches!(
            bench.send(&sender, msg(vec![penalty(1, "ann", 500)])),
            Err(StakingError::Kit(KitError::Unauthorized { .. }))
        ));
    }
    let many = |count: u64| (0..count).map(|id| penalty(id, "ann", 1)).collect::<Vec<_>>();
    let expected = StakingError::TooMany {
        what: "penalties",
        found: 41,
        max: 40,
    };
    assert_eq!(bench.send(&peer(Peer::Dao), msg(many(41))), Err(expected));
    // One bad entry at the end: nothing of the list happens.
    let bad = [(0, "ann".to_string()), (10_001, addr("ann").into()), (1, "ann".into())];
    for (fraction_bps, pool) in bad {
        let last = Penalty {
            incident: incident(9),
            pool,
            fraction_bps,
        };
        let list = vec![penalty(1, "ann", 500), last];
        bench.send(&peer(Peer::Dao), msg(list)).unwrap_err();
    }
    bench.send(&peer(Peer::Dao), msg(many(40))).unwrap();
    assert_eq!(bench.stake("ann"), (960, 0, 40));
}
