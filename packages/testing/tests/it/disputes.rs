//! Disputes: who gets what, with what fee.

use cw20::Denom;
use joule_testing::{code, Buyer, Provider, World, USDC};
use joule_types::{escrow, marketplace, work::job::JobState, AdminMsg, JobId};

fn delivered() -> (World, Provider, Buyer, JobId) {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.deliver(&provider, job);
    (world, provider, buyer, job)
}

fn free(world: &World, who: &cosmwasm_std::Addr) -> u128 {
    world.balance(who, Denom::Native(USDC.into())).total().u128()
}

/// Quote 400,000; bond and fee 8,000.
#[test]
fn the_arbiter_splits_and_the_loser_pays() {
    for (provider_bps, provider_gets, buyer_pays, arbiter_gets) in [
        // The provider loses: its 100,000 bear the 8,000; 92 % of the rest is its pay. The buyer's bond returns.
        (2_500, 84_640, 100_000, 8_000),
        // The buyer loses: the bond is the fee.
        (7_500, 276_000, 308_000, 8_000),
        // Half each: each side bears 4,000.
        (5_000, 180_320, 204_000, 8_000),
        (0, 0, 0, 0),
        (10_000, 368_000, 408_000, 8_000),
    ] {
        let (mut world, provider, buyer, job) = delivered();
        world.dispute(&buyer.address, job).unwrap();
        assert_eq!(world.state(job), JobState::Disputed);
        world.resolve(job, provider_bps).unwrap();
        assert_eq!(world.state(job), JobState::Resolved);
        let arbiter = world.arbiter.clone();
        assert_eq!(
            world.earned(&provider).u128(),
            provider_gets,
            "provider at {provider_bps}"
        );
        assert_eq!(
            5_000_000 - free(&world, &buyer.address),
            buyer_pays,
            "buyer at {provider_bps}"
        );
        assert_eq!(free(&world, &arbiter), arbiter_gets, "arbiter at {provider_bps}");
        world.check();
    }
}

#[test]
fn a_silent_arbiter_means_half_each_and_the_bond_back() {
    let (mut world, provider, buyer, job) = delivered();
    world.dispute(&buyer.address, job).unwrap();
    world.pass_deadline(job);
    assert_eq!(code(&world.resolve(job, 10_000).unwrap_err()), "mkt.too_late");
    world.timeout(job).unwrap();
    assert_eq!(world.state(job), JobState::Resolved);
    assert_eq!(world.earned(&provider).u128(), 184_000);
    let tip = free(&world, &world.account("keeper"));
    assert_eq!(5_000_000 - free(&world, &buyer.address), 200_000 + tip);
    world.check();
}

#[test]
fn only_parties_open_and_only_the_arbiter_resolves() {
    let (mut world, provider, buyer, job) = delivered();
    let stranger = world.buyer("eve", 1_000_000).address;
    assert_eq!(code(&world.dispute(&stranger, job).unwrap_err()), "mkt.not_party");
    // The provider may open one too, with its own bond.
    let owner = provider.owner.clone();
    world.give(&owner, 1_000_000, USDC);
    world.deposit(&owner, 1_000_000, USDC).unwrap();
    world.dispute(&owner, job).unwrap();
    assert_eq!(code(&world.accept(&buyer, job).unwrap_err()), "mkt.job_not_open");
    let msg = joule_types::marketplace::ExecuteMsg::Resolve {
        job,
        provider_bps: 10_000,
    };
    assert_eq!(code(&world.market(&stranger, &msg).unwrap_err()), "mkt.not_arbiter");
    assert_eq!(code(&world.resolve(job, 10_001).unwrap_err()), "mkt.invalid_split");
    world.resolve(job, 10_000).unwrap();
    assert_eq!(free(&world, &owner), 1_000_000, "who was right gets the bond back");
    world.check();
}

/// What the dao or the guardian does after a job was posted takes no right from its parties: with its denomination off
/// both lists and every contract paused, a party with a balance bonds its dispute, and what is divided leaves.
#[test]
fn a_delisted_denomination_and_a_pause_stop_no_dispute() {
    let (mut world, provider, buyer, job) = delivered();
    let (dao, guardian, joule) = (world.peers.dao.clone(), world.guardian.clone(), world.joule());
    let mut rules: marketplace::Params = world.ask(&world.peers.marketplace, &marketplace::QueryMsg::Params {});
    rules.denoms.retain(|rules| rules.denom == joule);
    let update = marketplace::ParamsUpdate {
        denoms: Some(rules.denoms),
        ..Default::default()
    };
    world
        .market(
            &dao,
            &marketplace::ExecuteMsg::UpdateParams {
                update: Box::new(update),
            },
        )
        .unwrap();
    let update = escrow::ParamsUpdate {
        denoms: Some(vec![joule]),
    };
    let escrow = world.peers.escrow.clone();
    world
        .send(&dao, &escrow, &escrow::ExecuteMsg::UpdateParams { update }, &[])
        .unwrap();
    let pause = AdminMsg::Pause { secs: 3_600 };
    world
        .market(&guardian, &marketplace::ExecuteMsg::Admin(pause.clone()))
        .unwrap();
    world
        .send(&guardian, &escrow, &escrow::ExecuteMsg::Admin(pause), &[])
        .unwrap();

    world.dispute(&buyer.address, job).unwrap();
    world.resolve(job, 2_500).unwrap();
    assert_eq!(world.earned(&provider).u128(), 84_640);
    let usdc = || Denom::Native(USDC.into());
    world.withdraw(&provider.payout, usdc()).unwrap();
    world.withdraw(&buyer.address, usdc()).unwrap();
    assert_eq!(free(&world, &buyer.address), 0);
    world.check();
}

/// A dispute that everybody forgot: once the holds were reclaimed the end of the job moves no money and still comes.
#[test]
fn a_dispute_whose_holds_were_reclaimed_still_ends() {
    let (mut world, provider, buyer, job) = delivered();
    world.dispute(&buyer.address, job).unwrap();
    world.pass(400 * 24 * 3_600);
    let (escrow, anyone) = (world.peers.escrow.clone(), world.account("anyone"));
    let found = world.job(job);
    for hold in [found.hold, found.dispute.unwrap().bond] {
        world
            .send(&anyone, &escrow, &escrow::ExecuteMsg::Reclaim { hold }, &[])
            .unwrap();
    }
    assert_eq!(free(&world, &buyer.address), 5_000_000);
    world.timeout(job).unwrap();
    assert_eq!(world.state(job), JobState::Resolved);
    assert_eq!(world.earned(&provider).u128(), 0);
    assert_eq!(free(&world, &buyer.address), 5_000_000);
    world.check();
}
