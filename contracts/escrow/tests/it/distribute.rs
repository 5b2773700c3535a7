use crate::support::*;
use cosmwasm_std::Uint128;
use cw20::Denom;
use joule_escrow::EscrowError;
use joule_types::escrow::{ExecuteMsg, FeesDistributed};
use joule_types::Peer;

#[test]
fn the_treasury_share_leaves_for_the_dao_and_the_stakers_share_stays() {
    for denom in [usdc(), joule()] {
        let mut bench = Bench::new();
        bench.deposit("ann", &denom, 10_000).unwrap();
        let msg = bench.open_msg(1, "ann", denom.clone(), 10_000, bench.terms(0));
        bench.send(&peer(Peer::Marketplace), msg).unwrap();
        bench.settle(1, Some("bob"), None, 10_000, vec![]).unwrap();
        let distribute = ExecuteMsg::Distribute { denom: denom.clone() };
        let response = bench.send(&addr("eve"), distribute.clone()).unwrap();
        assert_eq!(payments(&response), [(peer(Peer::Dao), denom.clone(), 600)]);
        assert_eq!(event::<FeesDistributed>(&response).amount, Uint128::new(600));
        assert_eq!(bench.fees(&denom), (0, 200));
        let told = bench.conservation(&denom);
        assert_eq!((told.fees.u128(), told.held.u128()), (600, 9_400));
        assert!(matches!(
            bench.send(&addr("eve"), distribute),
            Err(EscrowError::NothingToDistribute { .. })
        ));
    }
}

#[test]
fn an_unknown_denomination_has_nothing() {
    let mut bench = Bench::new();
    let denom = Denom::Native("x".repeat(500));
    let error = bench.send(&addr("eve"), ExecuteMsg::Distribute { denom }).unwrap_err();
    assert_eq!(error, EscrowError::NothingToDistribute { denom: "x".repeat(128) });
}
