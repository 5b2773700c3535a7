//! A market in a test: what a developer writes against `joule_testing::World`. Run by
//! `cargo test -p joule-testing --test example`, which includes this file.

use joule_testing::World;
use joule_types::work::job::JobState;

#[test]
fn a_provider_is_paid_92_percent_of_its_quote() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("lab", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.deliver(&provider, job);
    world.accept(&buyer, job).unwrap();
    assert_eq!(world.state(job), JobState::Completed);
    assert_eq!(world.earned(&provider).u128(), world.quote(job).u128() * 92 / 100);
    world.check();
}

#[test]
fn a_silent_provider_is_slashed_and_the_buyer_keeps_the_money() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("lab", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.start(&provider, job).unwrap();
    world.pass_deadline(job);
    world.timeout(job).unwrap();
    assert!(world.pool(&provider.owner).bonded.u128() < joule_testing::STAKE);
    assert!(world.earned(&provider).is_zero());
    world.check();
}
