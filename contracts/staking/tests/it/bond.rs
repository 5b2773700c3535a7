use crate::support::*;
use cosmwasm_std::Uint128;
use cw20::Cw20ReceiveMsg;
use joule_kit::KitError;
use joule_staking::StakingError;
use joule_types::staking::{Bonded, ExecuteMsg};
use joule_types::{AdminMsg, Peer};

#[test]
fn the_first_bond_mints_one_share_a_unit_and_the_next_adds() {
    let mut bench = Bench::new();
    let response = bench.bond("ann", 100).unwrap();
    assert_eq!(
        event::<Bonded>(&response),
        Bonded {
            pool: addr("ann"),
            amount: Uint128::new(100),
            bonded: Uint128::new(100)
        }
    );
    assert!(response.messages.is_empty());
    bench.bond("ann", 1).unwrap();
    bench.bond("bob", 50).unwrap();
    assert_eq!(bench.pool("ann").shares.u128(), 101);
    assert_eq!(bench.stake("ann"), (101, 0, 0));
    assert_eq!(bench.stake("bob"), (50, 0, 0));
    let told = bench.conservation();
    assert_eq!((told.deposited.u128(), told.held.u128()), (151, 151));
}

#[test]
fn a_pool_below_the_minimum_is_refused() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.bond("ann", MIN_BOND - 1),
        Err(StakingError::BelowMinimum {
            left: Uint128::new(MIN_BOND - 1),
            min: Uint128::new(MIN_BOND)
        })
    );
    bench.bond("ann", MIN_BOND).unwrap();
    bench.slash("ann", 5_000);
    assert!(matches!(bench.bond("ann", 4), Err(StakingError::BelowMinimum { .. })));
    bench.bond("ann", 5).unwrap();
    assert_eq!(bench.bond("ann", 0), Err(KitError::NoFunds.into()));
}

#[test]
fn only_the_token_brings_stake_and_only_with_the_hook() {
    let mut bench = Bench::new();
    for sender in [addr("fake"), peer(Peer::Dao), addr("ann")] {
        assert!(matches!(
            bench.receive(&sender, "ann", 100, b"{\"bond\":{}}".into()),
            Err(StakingError::Kit(KitError::Unauthorized { .. }))
        ));
    }
    for text in ["{\"deposit\":{}}", "{}", "", "{\"bond\":7}"] {
        let outcome = bench.receive(&peer(Peer::Token), "ann", 100, text.as_bytes().into());
        assert!(matches!(outcome, Err(StakingError::Kit(KitError::Std(_)))), "{text}");
    }
    for own in Peer::ALL {
        assert!(matches!(
            bench.bond(own.name(), 100),
            Err(StakingError::Kit(KitError::OwnAddress { .. }))
        ));
    }
    let upper = ExecuteMsg::Receive(Cw20ReceiveMsg {
        sender: addr("ann").as_str().to_uppercase(),
        amount: Uint128::new(100),
        msg: b"{\"bond\":{}}".into(),
    });
    assert!(matches!(
        bench.send(&peer(Peer::Token), upper),
        Err(StakingError::Kit(KitError::InvalidAddress { .. }))
    ));
}

#[test]
fn a_pause_stops_bonds_and_nothing_else() {
    let mut bench = Bench::new();
    bench.bond("ann", 100).unwrap();
    let pause = ExecuteMsg::Admin(AdminMsg::Pause { secs: 30 * DAY });
    assert!(matches!(
        bench.send(&addr("guardian"), pause),
        Err(StakingError::Kit(KitError::PauseTooLong { .. }))
    ));
    let pause = ExecuteMsg::Admin(AdminMsg::Pause { secs: 7 * DAY });
    bench.send(&peer(Peer::Dao), pause.clone()).unwrap();
    assert!(matches!(
        bench.bond("ann", 1),
        Err(StakingError::Kit(KitError::Paused { .. }))
    ));
    bench.unbond("ann", 50).unwrap();
    bench.slash("ann", 500);
    bench.jump(UNBONDING);
    bench.send(&peer(Peer::Dao), pause).unwrap();
    bench.claim("ann").unwrap();
    bench.jump(7 * DAY);
    bench.bond("ann", 1).unwrap();
}

#[test]
fn coins_sent_by_themselves_move_no_rate() {
    let mut bench = Bench::new();
    bench.bond("ann", 100).unwrap();
    // A plain transfer of tokens to the contract runs no code of it; the next bond still gets a share a unit.
    bench.token_says(1_000_000);
    bench.bond("bob", 100).unwrap();
    assert_eq!(bench.pool("bob").shares.u128(), 100);
}
