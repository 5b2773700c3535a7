//! Seals near the end of an epoch of stake.

use super::support::*;
use joule_types::{marketplace::*, staking};

const BEGIN: u64 = START / EPOCH * EPOCH;

/// A round is due 30 seconds ahead and has to be so a minute before the end: at second 940 of 1000.
#[test]
fn a_rung_is_not_sealed_near_the_end_of_its_epoch() {
    let (mut market, job) = judged_at(800);
    market.height += 2;
    for into in [911, 950, 999] {
        market.now = BEGIN + into;
        let error = market.try_seal(job).unwrap_err().to_string();
        let wanted = format!(
            "mkt.too_early: job 1 is Verifying until second {} inclusive",
            BEGIN + 999
        );
        assert!(error.starts_with(&wanted), "{error}");
    }
    market.now = BEGIN + 910;
    let in_time: PanelSealed = event(&market.fork().try_seal(job).unwrap());
    assert_eq!(in_time.epoch, BEGIN / EPOCH - 1);
    assert!(CLOCK.due_at(in_time.round) <= BEGIN + 940);
    market.now = BEGIN + 1_000;
    let next: PanelSealed = event(&market.try_seal(job).unwrap());
    assert_eq!(next.epoch, BEGIN / EPOCH);
}

/// What the edge takes is given back: the time to seal and the whole time are longer, and no reseal is used up.
#[test]
fn the_edge_costs_no_time_and_no_reseal() {
    // Delivered well before, just before and in the edge; after each the whole 600 seconds are left.
    for (into, lost) in [(309, 0), (310, 90), (800, 90), (950, 50), (999, 1)] {
        let (market, job) = judged_at(into);
        let panel = market.panel(job);
        assert_eq!(panel.phase_until, BEGIN + into + 600 + lost, "{into}");
        let (plain, first) = judged_at(0);
        let whole = plain.panel(first).judge_by - plain.now;
        assert_eq!(panel.judge_by - market.now, whole + lost);
    }
    let (mut market, job) = judged_at(950);
    let judge_by = market.panel(job).judge_by;
    market.now = BEGIN + 1_000 + 600;
    assert_eq!(market.panel(job).phase_until, market.now);
    let mut in_time = market.fork();
    in_time.seal(job);
    assert_eq!(in_time.panel(job).reseals, 0);
    // Nobody sealed: a reseal that falls into the next edge waits in the same way.
    market.now = BEGIN + 1_950;
    event::<PanelResealed>(&market.exec("keeper", ExecuteMsg::Timeout { job }).unwrap());
    let panel = market.panel(job);
    assert_eq!((panel.reseals, panel.phase_until), (1, BEGIN + 2_000 + 600));
    assert_eq!(panel.judge_by, judge_by + 50);
    market.sit(job);
    assert_eq!((market.now, market.panel(job).reseals), (BEGIN + 2_000, 1));
    assert_eq!(market.panel(job).phase, PanelPhase::Commit);
}

/// Where rounds are as far ahead as an epoch is long no seal could ever wait for a better moment.
#[test]
fn epochs_that_are_too_short_stop_no_seal() {
    for (epoch_secs, waits) in [(40, false), (60, true), (900, true)] {
        let (mut market, job) = Market::judged();
        let record = staking::ValidatorsRecord {
            epoch_secs,
            eligible: 33,
            enrolled: 33,
        };
        staking::handle::VALIDATORS.save(&mut market.stakes, &record).unwrap();
        market.height += 2;
        market.now = (START / epoch_secs + 1) * epoch_secs - 1;
        match waits {
            true => assert_eq!(code(market.try_seal(job)), "mkt.too_early"),
            false => drop(market.try_seal(job).unwrap()),
        }
        if waits {
            market.now += 1;
            market.try_seal(job).unwrap();
        }
    }
}
