//! Random markets against the model, with every invariant after each message: 256 sequences of 60 actions, the same ones each time. More, or
//! others, by `JOULE_SIM_CASES`, `JOULE_SIM_STEPS` and `JOULE_SIM_SEED`; sequences that once failed are in `sim.regressions`.

use std::cell::RefCell;

use joule_testing::sim::{plan, Effort, Stage};
use proptest::test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Runs one of two halves, so that two cores share the work.
fn run(half: u64) {
    let effort = Effort::from_env();
    let config = Config {
        cases: effort.cases.div_ceil(2),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/sim.regressions"))),
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&effort.seed.to_be_bytes());
    seed[8..16].copy_from_slice(&half.to_be_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let stage = RefCell::new(Stage::new());
    let outcome = runner.run(&plan(effort.steps), |actions| {
        let mut stage = stage.borrow_mut();
        stage.reset();
        for action in actions.into_iter().flatten() {
            stage.act(action).map_err(TestCaseError::fail)?;
        }
        stage.drain().map_err(TestCaseError::fail)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    println!("{:#?}", stage.borrow().tally);
}

#[test]
fn random_markets_keep_every_invariant() {
    run(0);
}

#[test]
fn more_random_markets_keep_every_invariant() {
    run(1);
}
