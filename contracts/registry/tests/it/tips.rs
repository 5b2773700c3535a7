//! The fund for rounds: `FundTips`, tips, `ClaimTips`.

use std::collections::BTreeMap;

use cosmwasm_std::{Uint128, Uint64};
use cw20::Cw20ExecuteMsg;
use joule_types::registry::*;
use proptest::prelude::*;

use crate::suite::*;

/// Sent with the hook by the token.
fn fund(from: &str, amount: u128) -> ExecuteMsg {
    Suite::register_msg(from, amount, &RegistryHook::FundTips {})
}

fn tips(suite: &mut Suite, of: &str) -> u128 {
    let address = at(of).to_string();
    suite.query::<Uint128>(QueryMsg::Tips { address }).u128()
}

/// (fund, unclaimed)
fn ledger(suite: &mut Suite) -> (u128, u128) {
    let found: BeaconResponse = suite.query(QueryMsg::Beacon {});
    (found.fund.u128(), found.unclaimed.u128())
}

fn want(suite: &mut Suite, round: u64) {
    suite.run("marketplace", ExecuteMsg::WantRound { round });
}

#[test]
fn the_fund_grows_by_what_the_token_sends() {
    let mut suite = Suite::new();
    let response = suite.run("token", fund("donor", 5_000));
    assert_eq!(
        event::<TipsFunded>(&response),
        TipsFunded {
            from: at("donor"),
            amount: Uint128::new(5_000),
        }
    );
    suite.run("token", fund("other", 0));
    assert_eq!(ledger(&mut suite), (5_000, 0));
    refused(suite.exec("stranger", fund("donor", 5_000)), "kit.unauthorized");
    suite.run("token", fund("donor", u128::MAX - 5_000));
    assert!(suite.exec("token", fund("donor", 1)).is_err(), "no overflow");
}

#[test]
fn who_posts_a_wanted_round_first_earns_and_claims_once() {
    let mut suite = Suite::new();
    suite.run("token", fund("donor", 5_000));
    let round = suite.round();
    want(&mut suite, round);
    want(&mut suite, round - 1);
    for (n, poster) in [
        (round, "keeper"),
        (round - 1, "keeper"),
        (round, "late"),
        (round - 2, "useless"),
    ] {
        let expected = if n >= round - 1 && poster == "keeper" { 1_000 } else { 0 };
        let posted: RoundPosted = event(&suite.run(poster, post_msg(n)));
        assert_eq!(posted.tip.u128(), expected, "{poster} {n}");
    }
    assert_eq!(ledger(&mut suite), (3_000, 2_000));
    assert_eq!((tips(&mut suite, "keeper"), tips(&mut suite, "late")), (2_000, 0));

    let response = suite.run("keeper", ExecuteMsg::ClaimTips {});
    let amount = Uint128::new(2_000);
    let to = at("keeper");
    assert_eq!(event::<TipsClaimed>(&response), TipsClaimed { to: to.clone(), amount });
    let recipient = to.to_string();
    let transfer = Cw20ExecuteMsg::Transfer { recipient, amount };
    assert_eq!(calls::<Cw20ExecuteMsg>(&response, "token"), [transfer]);
    assert_eq!((ledger(&mut suite), tips(&mut suite, "keeper")), ((3_000, 0), 0));
    for nobody in ["keeper", "late", "useless", "stranger"] {
        refused(suite.exec(nobody, ExecuteMsg::ClaimTips {}), "reg.nothing_to_claim");
    }
}

#[test]
fn an_empty_fund_stops_tips_and_not_rounds() {
    let mut suite = Suite::new();
    suite.run("token", fund("donor", 1_300));
    let round = suite.round();
    for n in 0..3 {
        want(&mut suite, round - n);
    }
    for (n, tip) in [(0, 1_000), (1, 300), (2, 0)] {
        let posted: RoundPosted = event(&suite.run("keeper", post_msg(round - n)));
        assert_eq!(
            (posted.wanted, posted.tip.u128()),
            (true, tip),
            "as far as the fund goes"
        );
    }
    assert_eq!((ledger(&mut suite), tips(&mut suite, "keeper")), ((0, 1_300), 1_300));
    // A window opens without a tip, too.
    suite.wait(1);
    let window = suite.open_window();
    assert_eq!(window.opened_at, suite.now());
    assert_eq!(ledger(&mut suite), (0, 1_300));
}

#[test]
fn a_round_that_opens_a_window_earns_one_tip_also_if_it_was_wanted() {
    for wanted in [false, true] {
        let mut suite = Suite::new();
        suite.run("token", fund("donor", 5_000));
        if wanted {
            let round = suite.round();
            want(&mut suite, round);
        }
        suite.open_window();
        assert_eq!(
            (ledger(&mut suite), tips(&mut suite, "keeper")),
            ((4_000, 1_000), 1_000)
        );
    }
}

#[test]
fn the_tip_is_the_one_of_the_moment_and_may_be_nothing() {
    let mut suite = Suite::new();
    suite.run("token", fund("donor", 5_000));
    let round = suite.round();
    for (n, tip) in [(0, 0), (1, 7)] {
        want(&mut suite, round - n);
        suite.change(ParamsUpdate {
            round_tip: Some(Uint128::new(tip)),
            ..ParamsUpdate::default()
        });
        let posted: RoundPosted = event(&suite.run("keeper", post_msg(round - n)));
        assert_eq!(posted.tip.u128(), tip);
    }
    assert_eq!(ledger(&mut suite), (4_993, 7));
}

#[test]
fn an_unknown_hook_and_a_bad_address_are_refused() {
    let mut suite = Suite::new();
    let mut msg = fund("donor", 5);
    if let ExecuteMsg::Receive(receive) = &mut msg {
        receive.msg = br#"{"fund_tip":{}}"#.into();
    }
    assert!(suite.exec("token", msg).is_err());
    let address = at("donor").to_string().to_uppercase();
    let query = suite.try_query(QueryMsg::Tips { address });
    assert_eq!(code(&query.unwrap_err()), "kit.invalid_address");
}

/// Who asks for a challenge could post its round himself: only a committee's round earns, whoever else waits for it.
#[test]
fn a_round_that_only_a_challenge_waits_for_earns_nothing() {
    // Whether a committee wants the round, and whether it does so before the challenge.
    for (committee, first) in [(false, false), (true, false), (true, true)] {
        let mut suite = Suite::new();
        suite.run("token", fund("donor", 5_000));
        suite.register("alice");
        let node = suite.add_node("alice");
        let round = suite.round() + 2;
        if committee && first {
            want(&mut suite, round);
        }
        suite.run("alice", ExecuteMsg::RequestChallenge { node });
        if committee && !first {
            want(&mut suite, round);
        }
        suite.wait(60);
        let posted: RoundPosted = event(&suite.run("keeper", post_msg(round)));
        let tip = if committee { 1_000 } else { 0 };
        assert_eq!((posted.wanted, posted.tip.u128()), (true, tip), "{committee} {first}");
        assert_eq!(ledger(&mut suite), (5_000 - tip, tip));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// What came in is what left, what can be claimed and what is left: nothing is made or lost.
    #[test]
    fn the_ledger_balances(steps in prop::collection::vec((0u8..5, 0usize..3, 0u64..4_000), 1..40)) {
        let mut suite = Suite::new();
        let posters = ["ann", "ben", "cat"];
        let (mut came, mut left) = (0u128, 0u128);
        let mut earned: BTreeMap<&str, u128> = BTreeMap::new();
        for (step, who, amount) in steps {
            let poster = posters[who];
            let round = suite.round() - u64::from(step) * 3;
            match step {
                0 => {
                    suite.run("token", fund(poster, amount.into()));
                    came += u128::from(amount);
                }
                1 | 2 => {
                    suite.run("marketplace", ExecuteMsg::WantRound { round });
                    let posted: RoundPosted = event(&suite.run(poster, post_msg(round)));
                    *earned.entry(poster).or_default() += posted.tip.u128();
                }
                3 => match suite.exec(poster, ExecuteMsg::ClaimTips {}) {
                    Ok(response) => {
                        let claimed = event::<TipsClaimed>(&response).amount.u128();
                        prop_assert_eq!(earned.remove(poster), Some(claimed));
                        left += claimed;
                    }
                    Err(error) => {
                        prop_assert_eq!(code(&error), "reg.nothing_to_claim");
                        prop_assert_eq!(earned.remove(poster).unwrap_or_default(), 0);
                    }
                },
                _ => suite.wait(Uint64::new(amount % 50).u64()),
            }
            let (fund, unclaimed) = ledger(&mut suite);
            prop_assert_eq!(fund + unclaimed + left, came);
            let mut sum = 0;
            for poster in posters {
                sum += tips(&mut suite, poster);
            }
            prop_assert_eq!(unclaimed, sum);
        }
    }
}
