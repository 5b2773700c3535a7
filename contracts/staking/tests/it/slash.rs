use crate::support::*;
use cosmwasm_std::Uint128;
use cw20::Cw20ExecuteMsg;
use joule_kit::KitError;
use joule_staking::StakingError;
use joule_types::staking::{ExecuteMsg, Incident, IncidentKind, QueryMsg, Repay, SlashOutcome, Slashed};
use joule_types::Peer;

fn outcome(known: bool, slashed: u128, repaid: u128) -> SlashOutcome {
    SlashOutcome {
        known,
        slashed: slashed.into(),
        repaid: repaid.into(),
        burned: (slashed - repaid).into(),
    }
}

#[test]
fn bonded_and_unmatured_stake_lose_the_fraction_and_matured_stake_nothing() {
    let mut bench = Bench::new();
    bench.bond("ann", 10_000).unwrap();
    bench.unbond("ann", 1_000).unwrap();
    bench.jump(UNBONDING / 2);
    bench.unbond("ann", 3_001).unwrap();
    bench.jump(UNBONDING / 2);
    // The first cohort has matured this second.
    let response = bench
        .send(&peer(Peer::Marketplace), slash_msg(1, "ann", 500, Some(("bob", 400))))
        .unwrap();
    // ceil(5 % of 5999) + ceil(5 % of 3001).
    assert_eq!(data(&response), outcome(false, 300 + 151, 400));
    assert_eq!(to_token(&response), burn(51));
    assert_eq!(
        event::<Slashed>(&response),
        Slashed {
            pool: addr("ann"),
            caller: peer(Peer::Marketplace),
            kind: "timeout".into(),
            id: 1,
            attempt: 1,
            known: false,
            slashed: Uint128::new(451),
            repaid: Uint128::new(400),
            repaid_to: Some(addr("bob")),
            burned: Uint128::new(51),
        }
    );
    assert_eq!(bench.stake("ann"), (5_699, 2_850, 1));
    assert_eq!(bench.claimable("ann"), (1_000, 0));
    assert_eq!(bench.due("bob").maturing.u128(), 400);
    let told = bench.conservation();
    assert_eq!(
        (
            told.burned.u128(),
            told.slashed.u128(),
            told.repaid.u128(),
            told.held.u128()
        ),
        (51, 451, 400, 9_949)
    );
    bench.jump(UNBONDING);
    assert_eq!(to_token(&bench.claim("ann").unwrap()), transfer("ann", 1_000 + 2_850));
}

#[test]
fn one_incident_slashes_once_whatever_it_found() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    let market = peer(Peer::Marketplace);
    let empty = bench.send(&market, slash_msg(7, "bob", 500, None)).unwrap();
    assert_eq!(data(&empty), outcome(false, 0, 0));
    assert_eq!(to_token(&empty), None);
    assert_eq!(bench.stake("bob"), (0, 0, 0));
    bench.bond("bob", 1_000).unwrap();
    for (id, who, known, slashed) in [
        (7, "bob", true, 0),
        (8, "ann", false, 50),
        (8, "ann", true, 0),
        (8, "bob", true, 0),
        (9, "ann", false, 48),
    ] {
        let response = bench.send(&market, slash_msg(id, who, 500, Some(("cat", 0)))).unwrap();
        assert_eq!(data(&response), outcome(known, slashed, 0), "{id} {who}");
        assert_eq!(event::<Slashed>(&response).known, known);
    }
    assert_eq!(bench.stake("ann"), (902, 0, 2));
    assert_eq!(bench.stake("bob"), (1_000, 0, 0));
    let known = |caller: Peer, id| {
        let msg = QueryMsg::Incident {
            caller: peer(caller).into(),
            incident: incident(id),
        };
        bench.ask::<bool>(msg).unwrap()
    };
    assert!(known(Peer::Marketplace, 7) && known(Peer::Marketplace, 9));
    assert!(!known(Peer::Marketplace, 10) && !known(Peer::Registry, 7));
}

#[test]
fn caller_kind_id_and_attempt_tell_incidents_apart() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000_000).unwrap();
    let mut epochs = 0;
    for caller in [Peer::Registry, Peer::Marketplace, Peer::Dao] {
        for kind in [
            IncidentKind::Timeout,
            IncidentKind::Forgery,
            IncidentKind::Misuse,
            IncidentKind::WrongResult,
            IncidentKind::WrongVote,
            IncidentKind::NoShow,
        ] {
            for (id, attempt) in [(1, 1), (1, 2), (2, 1)] {
                let msg = ExecuteMsg::Slash {
                    incident: Incident { kind, id, attempt },
                    pool: addr("ann").into(),
                    fraction_bps: 1,
                    repay: vec![],
                };
                assert!(!data(&bench.send(&peer(caller), msg.clone()).unwrap()).known);
                assert!(data(&bench.send(&peer(caller), msg).unwrap()).known);
                epochs += 1;
            }
        }
    }
    assert_eq!(bench.stake("ann").2, epochs);
}

#[test]
fn repayment_stops_at_its_limit_and_at_what_was_taken() {
    for (up_to, repaid, burned) in [(0u128, 0u128, 50u128), (20, 20, 30), (50, 50, 0), (u128::MAX, 50, 0)] {
        let mut bench = Bench::new();
        bench.bond("ann", 1_000).unwrap();
        let response = bench
            .send(&peer(Peer::Registry), slash_msg(1, "ann", 500, Some(("bob", up_to))))
            .unwrap();
        assert_eq!(data(&response), outcome(false, 50, repaid));
        let expected = if burned == 0 { None } else { burn(burned) };
        assert_eq!(to_token(&response), expected);
        assert_eq!(bench.due("bob").maturing.u128(), repaid);
    }
}

#[test]
fn a_harmed_party_that_cannot_claim_leaves_its_part_to_be_burned() {
    for to in [
        "nobody".to_string(),
        String::new(),
        addr("bob").as_str().to_uppercase(),
        peer(Peer::Escrow).into(),
    ] {
        let mut bench = Bench::new();
        bench.bond("ann", 1_000).unwrap();
        let msg = ExecuteMsg::Slash {
            incident: incident(1),
            pool: addr("ann").into(),
            fraction_bps: 500,
            repay: vec![Repay {
                to,
                up_to: Uint128::new(50),
            }],
        };
        let response = bench.send(&peer(Peer::Marketplace), msg).unwrap();
        assert_eq!(data(&response), outcome(false, 50, 0));
        assert_eq!(
            to_token(&response),
            Some(Cw20ExecuteMsg::Burn {
                amount: Uint128::new(50)
            })
        );
        assert_eq!(event::<Slashed>(&response).repaid_to, None);
    }
}

#[test]
fn all_of_it_starts_a_new_generation() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    bench.unbond("ann", 300).unwrap();
    assert_eq!(bench.slash("ann", 10_000), outcome(false, 1_000, 0));
    assert_eq!(bench.stake("ann"), (0, 0, 1));
    assert!(bench.pool("ann").shares.is_zero());
    assert!(matches!(bench.unbond("ann", 1), Err(StakingError::NoPool { .. })));
    assert_eq!(bench.slash("ann", 10_000), outcome(false, 0, 0));
    assert_eq!(bench.stake("ann").2, 1, "an empty pool has nothing to prove again");
    bench.bond("ann", 500).unwrap();
    let pool = bench.pool("ann");
    assert_eq!((pool.bonded.u128(), pool.shares.u128()), (500, 500));
    bench.unbond("ann", 500).unwrap();
    bench.jump(UNBONDING);
    assert_eq!(to_token(&bench.claim("ann").unwrap()), transfer("ann", 500));
}

#[test]
fn the_smallest_stake_is_slashed_too() {
    let mut bench = Bench::new();
    bench.bond("ann", MIN_BOND).unwrap();
    for left in (0..MIN_BOND).rev() {
        bench.slash("ann", 1);
        assert_eq!(bench.stake("ann").0, left);
    }
    bench.bond("ann", MIN_BOND).unwrap();
    assert_eq!(bench.pool("ann").shares.u128(), MIN_BOND);
}

#[test]
fn who_may_slash_and_how_much() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    for sender in [
        addr("ann"),
        addr("guardian"),
        peer(Peer::Escrow),
        peer(Peer::Token),
        peer(Peer::Staking),
    ] {
        assert!(matches!(
            bench.send(&sender, slash_msg(1, "ann", 500, None)),
            Err(StakingError::Kit(KitError::Unauthorized { .. }))
        ));
    }
    for fraction_bps in [0, 10_001, u16::MAX] {
        assert_eq!(
            bench.send(&peer(Peer::Dao), slash_msg(1, "ann", fraction_bps, None)),
            Err(StakingError::InvalidFraction { fraction_bps })
        );
    }
    let msg = ExecuteMsg::Slash {
        incident: incident(1),
        pool: "ann".into(),
        fraction_bps: 1,
        repay: vec![],
    };
    assert!(matches!(
        bench.send(&peer(Peer::Dao), msg),
        Err(StakingError::Kit(KitError::InvalidAddress { .. }))
    ));
}

#[test]
fn a_slash_touches_22_cohorts_at_most_and_all_of_them() {
    let mut bench = Bench::new();
    bench.bond("ann", 2_200).unwrap();
    bench.jump(1);
    for _ in 0..22 {
        bench.unbond("ann", 100).unwrap();
        bench.jump(DAY);
    }
    // 22 days in, the first cohort matures within the next second of its day: 21 are left under way and one matured.
    let (bonded, unbonding, _) = bench.stake("ann");
    assert_eq!((bonded, unbonding), (0, 2_100));
    assert_eq!(bench.slash("ann", 5_000).slashed.u128(), 1_050);
    bench.jump(UNBONDING);
    assert_eq!(to_token(&bench.claim("ann").unwrap()), transfer("ann", 100 + 1_050));
}
