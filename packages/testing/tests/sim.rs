//! Random markets against the model, with every invariant after each message: 128 sequences of 60 actions, the same ones each time. More, or
//! others, by `JOULE_SIM_CASES`, `JOULE_SIM_STEPS` and `JOULE_SIM_SEED`; sequences that once failed are in `sim.regressions`.

use std::{cell::RefCell, collections::BTreeMap};

use joule_testing::{
    adversaries::faulty::faulty,
    sim::{plan, Effort, Stage},
    Backend, Make,
};
use joule_types::Peer;
use proptest::test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// How often each kind of message was carried out or refused.
type Tally = BTreeMap<String, (u32, u32)>;

/// Runs `cases` sequences on a stage; the first failure, if there is one.
fn run(stage: Stage, half: u64, cases: u32, saved: Option<&'static str>) -> Result<Tally, String> {
    let effort = Effort::from_env();
    let config = Config {
        cases,
        failure_persistence: saved.map(|path| Box::new(FileFailurePersistence::Direct(path)) as Box<_>),
        max_shrink_iters: if saved.is_some() { effort.shrinks } else { 0 },
        ..Config::default()
    };
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&effort.seed.to_be_bytes());
    seed[8..16].copy_from_slice(&half.to_be_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let stage = RefCell::new(stage);
    let outcome = runner.run(&plan(effort.steps), |actions| {
        let mut stage = stage.borrow_mut();
        stage.reset();
        for action in actions.into_iter().flatten() {
            stage.act(action).map_err(TestCaseError::fail)?;
        }
        stage.drain().map_err(TestCaseError::fail)
    });
    let tally = stage.borrow().tally.clone();
    println!("{tally:#?}");
    outcome.map(|()| tally).map_err(|error| error.to_string())
}

/// One of two halves, so that two cores share the work.
fn half(number: u64) {
    let cases = Effort::from_env().cases.div_ceil(2);
    let tally =
        run(Stage::new(), number, cases, Some("tests/sim.regressions")).unwrap_or_else(|error| panic!("{error}"));
    // A run of some length meets every way in which a committee ends.
    for end in [
        "upheld on rung 0",
        "upheld on rung 1",
        "overturned",
        "abandoned on rung 2",
    ] {
        let met = tally.keys().any(|key| key.starts_with(&format!("ruled {end}")));
        assert!(met || cases < 64, "no committee {end}: the actions are too tame");
    }
}

#[test]
fn random_markets_keep_every_invariant() {
    half(0);
}

#[test]
fn more_random_markets_keep_every_invariant() {
    half(1);
}

/// Deploys a market of which one contract has a bug, and expects the random markets to say so by one of `named`.
fn finds(make: Make, named: &[&str]) {
    let error = run(Stage::on(Backend::with_codes(make)), 0, 32, None).expect_err("the bug is found");
    let report = error.split("--- after").next().unwrap_or_default();
    assert!(named.iter().any(|name| report.contains(name)), "{report}");
}

macro_rules! finds {
    ($($test:ident: $bug:ident in $peer:ident by $named:expr;)*) => {$(
        #[test]
        fn $test() {
            finds(
                |peer| match peer {
                    Peer::$peer => faulty(peer, joule_testing::adversaries::faulty::$bug),
                    other => (joule_native::code(other).contract)(),
                },
                &$named,
            );
        }
    )*};
}

finds! {
    a_withdrawal_that_is_not_paid_is_found: withdrawal_not_paid in Escrow by ["I-02", "I-49"];
    a_withdrawal_that_is_not_booked_is_found: withdrawal_not_booked in Escrow by ["I-01"];
    a_refund_that_is_kept_is_found: refund_kept in Escrow by ["I-01", "I-09"];
    an_incident_that_is_forgotten_is_found: incident_forgotten in Staking by ["I-30"];
    an_unbonding_that_matures_at_once_is_found: unbonding_at_once in Staking by ["I-26", "stakes is"];
    a_load_that_is_not_told_is_found: load_not_told in Marketplace by ["I-45"];
    a_stale_look_up_is_found: stale_look_up in Marketplace by ["I-38"];
    a_payment_to_the_wrong_account_is_found: wrong_payee in Marketplace by ["free balances is"];
    a_vote_that_is_counted_twice_is_found: vote_counted_twice in Marketplace by ["I-35"];
    a_majority_that_is_blamed_is_found: majority_blamed in Marketplace by ["I-36"];
    a_stolen_seat_is_found: seat_stolen in Marketplace by ["I-34"];
    a_seat_that_stays_listed_is_found: seat_left_open in Marketplace by ["I-38"];
    votes_that_are_paid_twice_are_found: votes_paid_twice in Marketplace by ["free balances is", "I-05"];
    a_fault_that_costs_nothing_is_found: nobody_penalized in Marketplace by ["stakes is"];
    a_weight_that_stays_is_found: weight_kept in Staking by ["I-52"];
    stake_that_is_backdated_is_found: stake_backdated in Staking by ["I-34", "I-52"];
    a_tip_that_is_booked_twice_is_found: tip_doubled in Registry by ["I-39"];
    a_bent_round_is_found: round_bent in Registry by ["I-51"];
}
