//! Seals, draws, and what takes a rung back.

use super::support::*;
use cosmwasm_std::Addr;
use joule_types::{marketplace::*, JobId};
use joule_work::job::{FailReason, JobState};

/// Whoever delivers does not choose the round: two blocks pass first, and again after each rung.
#[test]
fn a_rung_is_sealed_two_blocks_later() {
    let (mut market, job) = Market::judged();
    for height in [1_000, 1_001] {
        market.height = height;
        let error = market.try_seal(job).unwrap_err().to_string();
        let wanted = format!("mkt.too_early: job 1 is Verifying until height 1001 inclusive, now is {height}");
        assert!(error.starts_with(&wanted), "{error}");
    }
    market.height = 1_002;
    market.try_seal(job).unwrap();
    assert_eq!(code(market.try_seal(job)), "mkt.wrong_phase");
}

#[test]
fn a_draw_waits_for_its_round() {
    let (mut market, job) = Market::judged();
    assert_eq!(code(market.try_draw(job)), "mkt.wrong_phase");
    assert_eq!(code(market.tally(job)), "mkt.wrong_phase");
    market.seal(job);
    assert_eq!(code(market.try_draw(job)), "mkt.no_round");
    market.post_round(job);
    market.try_draw(job).unwrap();
    assert_eq!(code(market.try_draw(job)), "mkt.wrong_phase");
}

#[test]
fn the_first_epoch_has_no_stake_to_draw_by() {
    let (mut market, job) = Market::judged();
    market.height += 2;
    let record = joule_types::staking::ValidatorsRecord {
        epoch_secs: market.now + 1,
        eligible: 33,
        enrolled: 33,
    };
    joule_types::staking::handle::VALIDATORS
        .save(&mut market.stakes, &record)
        .unwrap();
    assert_eq!(code(market.try_seal(job)), "mkt.no_epoch");
}

/// The stake of the sealed epoch is known for one epoch only.
#[test]
fn a_stale_epoch_is_sealed_again() {
    let (mut market, job) = judged_at(900);
    market.seal(job);
    market.post_round(job);
    market.now = (START / EPOCH + 1) * EPOCH;
    let resealed: PanelResealed = event(&market.try_draw(job).unwrap());
    assert_eq!((resealed.rung, resealed.reseals), (0, 1));
    let panel = market.panel(job);
    assert_eq!(
        (panel.phase, panel.seal_from, panel.reseals),
        (PanelPhase::Sealing, 1_004, 1)
    );
    assert_eq!((panel.round, panel.epoch), (None, None));
    let sealed: PanelSealed = event(&market.seal(job));
    assert_eq!(sealed.epoch, START / EPOCH);
    market.post_round(job);
    market.try_draw(job).unwrap();
    assert_eq!(market.panel(job).phase, PanelPhase::Commit);
}

/// A round that comes late is not used: who waits for it could choose whether to draw by it.
#[test]
fn a_late_round_is_sealed_again() {
    let (mut market, job) = Market::judged();
    market.seal(job);
    market.now += 601;
    market.post_round(job);
    assert_eq!(code(market.try_draw(job)), "mkt.too_late");
    event::<PanelResealed>(&market.exec("keeper", ExecuteMsg::Timeout { job }).unwrap());
    market.sit(job);
    assert_eq!(market.panel(job).phase, PanelPhase::Commit);
}

#[test]
fn after_the_last_seal_the_buyer_is_refunded() {
    // Whether nobody seals, or no round comes.
    for sealed in [false, true] {
        let (mut market, job) = Market::judged();
        for reseals in 1..=3 {
            if sealed {
                market.seal(job);
            }
            let resealed: PanelResealed = event(&market.pass(job));
            assert_eq!(resealed.reseals, reseals);
        }
        let response = market.pass(job);
        assert_eq!(event::<JobFailed>(&response).reason, FailReason::Undecided.name());
        assert_eq!(market.job(job).state, JobState::Failed);
        assert!(
            market.now <= market.panel(job).judge_by,
            "each phase has its time in the whole"
        );
    }
}

/// Reseals are counted for each rung.
#[test]
fn a_new_rung_may_be_resealed_as_often() {
    let (mut market, job) = Market::judged();
    for _ in 0..3 {
        market.pass(job);
    }
    market.rung(job, 1, &run(2), &run(1));
    assert_eq!(market.panel(job).reseals, 0);
    event::<PanelResealed>(&market.pass(job));
}

#[test]
fn too_few_on_a_later_rung_refund_the_buyer() {
    let (mut market, job) = trial(12, &run(1));
    market.rung(job, 1, &run(2), &run(1));
    // Nine are left that did not vote, two standbys among them; then three retire.
    let sat: Vec<_> = market
        .panel(job)
        .seats
        .into_iter()
        .filter(|seat| !seat.standby)
        .collect();
    market
        .validators
        .retain(|one| sat.iter().all(|seat| seat.owner != one.owner));
    assert_eq!(market.validators.len(), 9);
    market.validators.truncate(6);
    market.seal(job);
    market.post_round(job);
    let response = market.try_draw(job).unwrap();
    assert_eq!(event::<JobFailed>(&response).reason, FailReason::NoJury.name());
    assert_eq!(event::<PanelClosed>(&response).ruling, "abandoned");
    assert_eq!(
        market.verdicts(job, 1),
        [0, 0, 0, 5],
        "without a ruling no vote is wrong"
    );
    assert_eq!(market.told.settled.last().unwrap().gross, 0);
}

fn refused(change: impl FnOnce(&mut JobSpec), validators: u64) -> String {
    let mut market = Market::with_offers(1);
    market.add_validators(validators);
    let mut spec = judged_spec();
    change(&mut spec);
    let error = market.exec("buyer", post_msg(spec)).unwrap_err().to_string();
    assert!(market.told.holds.keys().all(|hold| hold % 4 == 2), "nothing was held");
    error
}

#[test]
fn a_committee_is_refused_where_it_could_not_judge() {
    let too_few = refused(|_| {}, 11);
    assert!(
        too_few.starts_with("mkt.too_few_validators: 11 validators are eligible, 12"),
        "{too_few}"
    );
    let cases: [(&str, fn(&mut JobSpec)); 6] = [
        ("steps", |spec| spec.steps = 15),
        ("runtime", |spec| spec.runtime = "oci/1@runc".into()),
        ("runtime", |spec| spec.runtime = "wasm/2@x".into()),
        ("requirements.max_secs", |spec| spec.requirements.max_secs = 3_601),
        ("verification_budget", |spec| {
            spec.verification_budget = 7_499_999u128.into()
        }),
        ("verification_budget", |spec| spec.verification_budget = 0u128.into()),
    ];
    for (field, change) in cases {
        let error = refused(change, 12);
        assert!(error.starts_with(&format!("mkt.invalid_job: {field} is ")), "{error}");
    }
    let mut market = Market::with_offers(1);
    market.add_validators(12);
    let mut least = judged_spec();
    least.verification_budget = 7_500_000u128.into();
    least.runtime = "wgsl/1@naga-30.0.1".into();
    market.post(least);
}

/// The committee's drawn seats of `draws` jobs whose market was prepared by `prepare`.
fn seated(prepare: impl Fn(&mut Market), buyer: &str) -> Vec<Addr> {
    let mut all = Vec::new();
    let mut market = Market::with_offers(1);
    market.add_validators(10);
    prepare(&mut market);
    for _ in 0..8 {
        let response = market.exec(buyer, post_msg(judged_spec())).unwrap();
        let job: JobId = event::<JobPosted>(&response).job;
        market.deliver_run(job, &run(1));
        market.sit(job);
        all.extend(market.seats(job).into_iter().map(|seat| seat.owner));
        for seat in market.primaries(job) {
            market.commit(job, &seat, &run(1)).unwrap();
        }
        for seat in market.primaries(job) {
            market.reveal(job, &seat, &run(1)).unwrap();
        }
        market.tally(job).unwrap();
    }
    all
}

/// Sitting on one's own jury, through each party of the deal: with nine tenths of the stake it would be drawn at once.
#[test]
fn no_linked_party_is_drawn() {
    let heavy = LEAST_STAKE * 100;
    let enrol = |name: &'static str, operator: &'static str| {
        move |market: &mut Market| {
            market.nodes.get_mut(&1).unwrap().referrer = Some(a("referrer1"));
            market.enrol(&a(name), &a(operator), heavy);
            market.add_validators(0);
        }
    };
    let with_filler = |market: &mut Market| {
        for id in 20..30 {
            market.enrol(&a(&format!("val{id}")), &a(&format!("hot{id}")), LEAST_STAKE);
        }
    };
    // A stranger with that stake is drawn every time: the test would notice.
    let stranger = seated(
        |market| {
            with_filler(market);
            enrol("stranger", "hotstranger")(market);
        },
        "buyer",
    );
    assert_eq!(stranger.iter().filter(|owner| **owner == a("stranger")).count(), 8);
    let parties = ["owner1", "operator1", "payout1", "referrer1", "buyer"];
    for party in parties {
        for (owner, operator) in [(party, "hotparty"), ("coldparty", party)] {
            let seats = seated(
                |market| {
                    with_filler(market);
                    enrol(owner, operator)(market);
                },
                "buyer",
            );
            assert!(!seats.contains(&a(owner)), "{party} as {owner} and {operator}");
        }
    }
}

/// A buyer that is a provider itself is linked through the owner of its business. The other addresses there are named by that
/// owner alone: whom they name cannot be kept off a jury by it.
#[test]
fn the_owner_of_the_buyers_own_business_is_not_drawn_and_whom_it_names_is() {
    for (party, drawn) in [("owner7", false), ("payout7", true), ("referrer7", true)] {
        for buyer in ["owner7", "operator7"] {
            let seats = seated(
                |market| {
                    let mut own = node(7);
                    own.referrer = Some(a("referrer7"));
                    market.nodes.insert(7, own);
                    for id in 20..30 {
                        market.enrol(&a(&format!("val{id}")), &a(&format!("hot{id}")), LEAST_STAKE);
                    }
                    market.enrol(&a(party), &a("hotparty"), LEAST_STAKE * 100);
                },
                buyer,
            );
            assert_eq!(seats.contains(&a(party)), drawn, "{party}, bought by {buyer}");
        }
    }
}

/// A provider that names a validator after the match does not keep it off its jury.
#[test]
fn links_are_those_of_the_match() {
    let (mut market, job) = {
        let mut market = Market::with_offers(1);
        market.add_validators(12);
        let job = market.post(judged_spec());
        (market, job)
    };
    market.nodes.get_mut(&1).unwrap().payout = a("newpayout");
    market.enrol(&a("newpayout"), &a("hotparty"), LEAST_STAKE * 1_000);
    market.enrol(&a("payout1"), &a("hotparty2"), LEAST_STAKE * 1_000);
    market.deliver_run(job, &run(1));
    market.sit(job);
    let owners: Vec<_> = market.seats(job).into_iter().map(|seat| seat.owner).collect();
    assert!(owners.contains(&a("newpayout")) && !owners.contains(&a("payout1")));
}
