//! The ladder over the real contracts: 3, then 7, then 21 seats of 40 validators.

use cosmwasm_std::Uint128;
use cw20::Denom;
use joule_testing::{code, Conduct, Run, USDC, VALIDATOR_STAKE};
use joule_types::{
    marketplace::{PanelPhase, PanelRuling, SeatVerdict},
    work::job::{FailReason, JobState},
};

use super::{honest, lie, with_liars, Court, PAY, QUOTE};

fn usdc() -> Denom {
    Denom::Native(USDC.into())
}

#[test]
fn three_who_agree_pay_the_provider_and_themselves() {
    let mut court = Court::new(12);
    let job = court.delivered(&Run::right());
    assert_eq!(court.world.judge(job, &mut honest), PanelRuling::Upheld);
    let found = court.world.job(job);
    assert_eq!(found.state, JobState::Completed);
    assert_eq!(court.world.earned(&court.provider).u128(), QUOTE * 92 / 100);
    let panel = court.world.panel(job);
    let paid: Vec<_> = panel
        .seats
        .iter()
        .filter(|seat| seat.verdict == Some(SeatVerdict::Paid))
        .collect();
    assert_eq!(paid.len(), 3);
    for seat in paid {
        assert_eq!(court.world.balance(&seat.owner, usdc()).earned.u128(), PAY);
        assert_eq!(court.stake(seat), VALIDATOR_STAKE);
    }
    assert_eq!(found.settlement.unwrap().validators.u128(), 3 * PAY);
    assert_eq!(court.world.provider_record(&court.provider).counters.judged, 1);
    court.world.check();
}

#[test]
fn three_who_find_another_result_slash_the_provider_and_the_job_goes_on() {
    let mut court = Court::new(12);
    let spare = court.world.provider("spare", 450_000);
    let job = court.delivered(&lie());
    let stake = court.world.pool(&court.provider.owner).bonded.u128();
    assert_eq!(court.world.judge(job, &mut honest), PanelRuling::Overturned);
    // 30 %: first the buyer, then a premium for each vote, the rest burns.
    assert_eq!(court.world.pool(&court.provider.owner).bonded.u128(), stake * 7 / 10);
    let claimable = |court: &Court, who: &cosmwasm_std::Addr| -> joule_types::staking::ClaimableResponse {
        let address = who.to_string();
        court.world.ask(
            &court.world.peers.staking,
            &joule_types::staking::QueryMsg::Claimable { address },
        )
    };
    assert_eq!(claimable(&court, &court.buyer.address).maturing.u128(), QUOTE);
    for seat in court.world.panel(job).seats.iter().filter(|seat| !seat.standby) {
        assert_eq!(claimable(&court, &seat.owner).maturing.u128(), 1_000_000);
        assert_eq!(court.world.balance(&seat.owner, usdc()).earned.u128(), PAY);
    }
    assert_eq!(court.world.provider_record(&court.provider).counters.frauds, 1);
    // The first attempt used up the budget of a first jury at the price of the day; what is left pays no further one.
    let found = court.world.job(job);
    assert_eq!(
        (found.state, found.fail_reason),
        (JobState::Failed, Some(FailReason::BudgetSpent))
    );
    drop(spare);
    court.world.check();
}

#[test]
fn with_budget_for_two_juries_another_provider_finishes() {
    let mut court = Court::new(12);
    let spare = court.world.provider("spare", 450_000);
    let provider = court.provider.clone();
    court.world.beat(&provider, &[provider.node]).unwrap();
    let mut spec = court.world.judged_spec();
    spec.verification_budget = spec.verification_budget + spec.verification_budget;
    let job = court.world.post(&court.buyer, spec);
    court.world.start(&provider, job).unwrap();
    court.world.submit_run(&provider, job, &lie()).unwrap();
    court.world.beat(&spare, &[spare.node]).unwrap();
    assert_eq!(court.world.judge(job, &mut honest), PanelRuling::Overturned);
    if court.world.state(job) == JobState::Queued {
        court.world.beat(&spare, &[spare.node]).unwrap();
        court.world.assign(job).unwrap();
    }
    court.world.start(&spare, job).unwrap();
    court.world.submit_run(&spare, job, &Run::right()).unwrap();
    assert_eq!(court.world.judge(job, &mut honest), PanelRuling::Upheld);
    assert_eq!(court.world.state(job), JobState::Completed);
    assert!(court.world.earned(&spare) > Uint128::zero());
    assert_eq!(court.world.earned(&provider), Uint128::zero());
    court.world.check();
}

#[test]
fn a_liar_on_the_first_rung_is_outvoted_on_the_second() {
    let mut court = Court::new(20);
    let job = court.delivered(&Run::right());
    assert_eq!(court.world.judge(job, &mut with_liars([1, 0, 0])), PanelRuling::Upheld);
    let panel = court.world.panel(job);
    assert_eq!(panel.rung, 1);
    let of = |verdict: SeatVerdict| panel.seats.iter().filter(move |seat| seat.verdict == Some(verdict));
    assert_eq!((of(SeatVerdict::Paid).count(), of(SeatVerdict::Wrong).count()), (9, 1));
    let liar = of(SeatVerdict::Wrong).next().unwrap();
    assert_eq!(court.stake(liar), VALIDATOR_STAKE * 9 / 10, "10 % for a wrong vote");
    // Nine votes share what the budget has, which was for three at the highest quote.
    let each = 150_000 / 9;
    for seat in of(SeatVerdict::Paid) {
        assert_eq!(court.world.balance(&seat.owner, usdc()).earned.u128(), each);
    }
    assert_eq!(court.world.state(job), JobState::Completed);
    court.world.check();
}

/// The whole ladder: three liars are not enough on any rung once one honest seat makes them go on.
#[test]
fn the_last_rung_has_the_last_word() {
    let mut court = Court::new(40);
    let job = court.delivered(&lie());
    let stake = court.world.pool(&court.provider.owner).bonded.u128();
    let ruling = court.world.judge(job, &mut with_liars([2, 4, 10]));
    assert_eq!(ruling, PanelRuling::Overturned);
    let panel = court.world.panel(job);
    assert_eq!((panel.rung, panel.phase), (2, PanelPhase::Closed));
    let of = |verdict: SeatVerdict| panel.seats.iter().filter(move |seat| seat.verdict == Some(verdict));
    assert_eq!(
        (of(SeatVerdict::Paid).count(), of(SeatVerdict::Wrong).count()),
        (1 + 3 + 11, 2 + 4 + 10)
    );
    assert!(of(SeatVerdict::Wrong).all(|seat| court.stake(seat) == VALIDATOR_STAKE * 9 / 10));
    assert!(of(SeatVerdict::Paid).all(|seat| court.stake(seat) == VALIDATOR_STAKE));
    assert_eq!(court.world.pool(&court.provider.owner).bonded.u128(), stake * 7 / 10);
    let mut owners: Vec<_> = panel
        .seats
        .iter()
        .filter(|seat| seat.sealed.is_some())
        .map(|seat| &seat.owner)
        .collect();
    owners.sort_unstable();
    owners.dedup();
    assert_eq!(owners.len(), 31, "no rung asks anybody twice");
    court.world.check();
}

#[test]
fn a_last_rung_that_does_not_agree_refunds_the_buyer_and_blames_no_vote() {
    let mut court = Court::new(40);
    let before = court.world.balance(&court.buyer.address, usdc()).total();
    let job = court.delivered(&Run::right());
    let stake = court.world.pool(&court.provider.owner).bonded;
    // On the last rung ten say so, ten lie and one is silent with both standbys.
    let mut conduct = |seat: &joule_types::marketplace::SeatResponse| match (seat.rung, seat.seat) {
        (0, 0) | (1, 0..3) | (2, 0..10) => Conduct::Votes(lie()),
        (2, 20..) => Conduct::Absent,
        _ => Conduct::Votes(Run::right()),
    };
    assert_eq!(court.world.judge(job, &mut conduct), PanelRuling::Abandoned);
    let found = court.world.job(job);
    assert_eq!(
        (found.state, found.fail_reason),
        (JobState::Failed, Some(FailReason::Undecided))
    );
    assert_eq!(court.world.pool(&court.provider.owner).bonded, stake);
    let panel = court.world.panel(job);
    let of = |verdict: SeatVerdict| panel.seats.iter().filter(|seat| seat.verdict == Some(verdict)).count();
    assert_eq!(
        (of(SeatVerdict::Paid), of(SeatVerdict::Wrong), of(SeatVerdict::NoShow)),
        (0, 0, 1)
    );
    let tips = court.world.balance(&court.world.account("keeper"), usdc()).earned;
    assert_eq!(court.world.balance(&court.buyer.address, usdc()).total() + tips, before);
    court.world.check();
}

#[test]
fn a_no_show_is_replaced_by_a_standby_and_pays_for_it() {
    let mut court = Court::new(12);
    let job = court.delivered(&Run::right());
    let mut conduct = |seat: &joule_types::marketplace::SeatResponse| {
        if seat.seat == 0 {
            Conduct::Absent
        } else {
            Conduct::Votes(Run::right())
        }
    };
    assert_eq!(court.world.judge(job, &mut conduct), PanelRuling::Upheld);
    let panel = court.world.panel(job);
    let verdicts: Vec<_> = panel.seats.iter().map(|seat| seat.verdict.unwrap()).collect();
    use SeatVerdict::{Excused, NoShow, Paid};
    assert_eq!(verdicts, [NoShow, Paid, Paid, Paid, Excused]);
    assert_eq!(court.stake(&panel.seats[0]), VALIDATOR_STAKE * 99 / 100);
    assert_eq!(court.stake(&panel.seats[4]), VALIDATOR_STAKE);
    court.world.check();
}

#[test]
fn a_vote_that_is_never_revealed_counts_as_wrong() {
    let mut court = Court::new(20);
    let job = court.delivered(&Run::right());
    let mut conduct = |seat: &joule_types::marketplace::SeatResponse| {
        if seat.rung == 0 && seat.seat == 1 {
            Conduct::Hides(Run::right())
        } else {
            Conduct::Votes(Run::right())
        }
    };
    assert_eq!(court.world.judge(job, &mut conduct), PanelRuling::Upheld);
    let panel = court.world.panel(job);
    assert_eq!((panel.rung, panel.seats[1].verdict), (1, Some(SeatVerdict::Wrong)));
    assert_eq!(court.stake(&panel.seats[1]), VALIDATOR_STAKE * 9 / 10);
    court.world.check();
}

#[test]
fn an_epoch_that_ends_before_the_draw_takes_the_rung_back_to_its_seal() {
    let mut court = Court::new(12);
    let job = court.delivered(&Run::right());
    let set = court.world.validator_set();
    let end = (set.epoch + 1) * set.epoch_secs;
    court.world.pass_to(end - 100);
    if court.world.panel(job).phase_until < court.world.now() {
        court.world.timeout(job).unwrap();
    }
    court.world.seal(job).unwrap();
    let round = court.world.panel(job).round.unwrap();
    court.world.pass_to(end + 1);
    court.world.post_round(round).unwrap();
    let keeper = court.world.account("keeper");
    court
        .world
        .market(&keeper, &joule_types::marketplace::ExecuteMsg::Draw { job })
        .unwrap();
    let panel = court.world.panel(job);
    assert_eq!((panel.phase, panel.seats.len()), (PanelPhase::Sealing, 0));
    assert!(panel.reseals >= 1);
    assert_eq!(court.world.judge(job, &mut honest), PanelRuling::Upheld);
}

#[test]
fn too_few_validators_refuse_the_job_and_too_few_later_refund_it() {
    let mut court = Court::new(4);
    let spec = court.world.judged_spec();
    let refusal = court.world.try_post(&court.buyer, spec.clone(), vec![]).unwrap_err();
    assert_eq!(code(&refusal), "mkt.too_few_validators");
    let fifth = court.world.validator("late", VALIDATOR_STAKE);
    court.world.pass_epoch();
    let provider = court.provider.clone();
    court.world.beat(&provider, &[provider.node]).unwrap();
    let before = court.world.balance(&court.buyer.address, usdc()).total();
    let job = court.delivered(&Run::right());
    // Before the next epoch closes over them, three leave.
    for owner in [&fifth.owner, &court.validators[0].owner, &court.validators[1].owner] {
        court.world.retire(owner).unwrap();
    }
    court.world.pass_epoch();
    while court.world.panel(job).phase == PanelPhase::Sealing && court.world.panel(job).phase_until < court.world.now()
    {
        court.world.timeout(job).unwrap();
    }
    court.world.seat(job);
    let found = court.world.job(job);
    assert_eq!(
        (found.state, found.fail_reason),
        (JobState::Failed, Some(FailReason::NoJury))
    );
    let tips = court.world.balance(&court.world.account("keeper"), usdc()).earned;
    assert_eq!(court.world.balance(&court.buyer.address, usdc()).total() + tips, before);
    court.world.check();
}

/// Deadlines alone end every committee: nobody draws, nobody votes, nobody reveals.
#[test]
fn silence_in_every_phase_ends_in_a_refund() {
    for silent in [
        PanelPhase::Sealing,
        PanelPhase::AwaitBeacon,
        PanelPhase::Commit,
        PanelPhase::Reveal,
    ] {
        let mut court = Court::new(40);
        let before = court.world.balance(&court.buyer.address, usdc()).total();
        let job = court.delivered(&Run::right());
        for _ in 0..60 {
            if court.world.state(job) != JobState::Verifying {
                break;
            }
            let phase = court.world.panel(job).phase;
            match phase {
                PanelPhase::Sealing if silent != phase => drop(court.world.seal(job).unwrap()),
                PanelPhase::AwaitBeacon if silent != phase => drop(court.world.draw(job).unwrap()),
                PanelPhase::Commit if silent == PanelPhase::Reveal => {
                    for seat in court.world.seats(job).iter().filter(|seat| !seat.standby) {
                        court.world.commit_vote(job, seat, &Run::right()).unwrap();
                    }
                }
                _ => {
                    court.world.pass_deadline(job);
                    court.world.timeout(job).unwrap();
                }
            }
        }
        let found = court.world.job(job);
        assert_eq!(
            (found.state, found.fail_reason),
            (JobState::Failed, Some(FailReason::Undecided)),
            "{silent:?}"
        );
        let tips = court.world.balance(&court.world.account("keeper"), usdc()).earned;
        assert_eq!(
            court.world.balance(&court.buyer.address, usdc()).total() + tips,
            before,
            "{silent:?}"
        );
        court.world.check();
    }
}
