//! Who tries to turn a committee, and why it fails.

use cosmwasm_std::Addr;
use joule_testing::{code, opening, Conduct, Provider, Run, Validator, World, VALIDATOR_STAKE};
use joule_types::{
    marketplace::{ExecuteMsg, PanelPhase, PanelRuling, SeatResponse, SeatVerdict},
    staking::{ClaimableResponse, QueryMsg},
    JobId,
};

use super::{honest, lie, Court};

/// As much as a hundred validators of the others have: who sits with it is nearly certain to be drawn.
const HEAVY: u128 = 100 * VALIDATOR_STAKE;

/// A provider whose every address could judge, with a buyer who could too.
struct Insider {
    world: World,
    provider: Provider,
    buyer: joule_testing::Buyer,
}

fn insider() -> Insider {
    let mut world = World::new();
    let scout = world.account("scout");
    let provider = world.referred("turbine", Some(&scout));
    let provider = world.equip(provider, 400_000);
    let buyer = world.buyer("ada", 5_000_000);
    Insider { world, provider, buyer }
}

impl Insider {
    /// A pool of an address that votes by itself.
    fn judge_as(&mut self, owner: &Addr, operator: Option<&Addr>) {
        self.world.give_joule(owner, HEAVY);
        self.world.bond(owner, HEAVY).unwrap();
        self.world.enrol(owner, operator).unwrap();
    }

    /// Draws the first two rungs of a job of the buyer and the provider, after an epoch has closed over all stake.
    fn seats(&mut self) -> Vec<SeatResponse> {
        self.world.validators(14);
        let provider = self.provider.clone();
        self.world.beat(&provider, &[provider.node]).unwrap();
        let spec = self.world.judged_spec();
        let job = self.world.post(&self.buyer, spec);
        self.world.start(&provider, job).unwrap();
        self.world.submit_run(&provider, job, &Run::right()).unwrap();
        let mut disagree = |seat: &SeatResponse| match seat.seat {
            0 => Conduct::Votes(lie()),
            _ => Conduct::Votes(Run::right()),
        };
        self.world.rung(job, &mut disagree);
        self.world.seat(job);
        self.world.panel(job).seats
    }
}

fn sits_nowhere(seats: &[SeatResponse], owner: &Addr) {
    assert_eq!(seats.len(), 5 + 9);
    assert!(
        seats.iter().all(|seat| seat.owner != *owner),
        "{owner} judges its own work"
    );
}

macro_rules! own_jury {
    ($($test:ident: $owner:expr, $operator:expr;)*) => {$(
        #[test]
        fn $test() {
            let mut insider = insider();
            let world = &insider.world;
            let (owner, operator): (Addr, Option<Addr>) = (
                ($owner)(world, &insider.provider),
                ($operator)(world, &insider.provider),
            );
            insider.judge_as(&owner, operator.as_ref());
            let seats = insider.seats();
            sits_nowhere(&seats, &owner);
        }
    )*};
}

own_jury! {
    the_providers_owner_judges_no_own_work: |_: &World, p: &Provider| p.owner.clone(), |_: &World, _: &Provider| None;
    the_providers_agent_judges_no_own_work: |_: &World, p: &Provider| p.operator.clone(), |_: &World, _: &Provider| None;
    the_providers_agent_votes_for_nobody_else: |w: &World, _: &Provider| w.account("front"), |_: &World, p: &Provider| Some(p.operator.clone());
    the_providers_purse_judges_no_own_work: |_: &World, p: &Provider| p.payout.clone(), |_: &World, _: &Provider| None;
    the_providers_purse_votes_for_nobody_else: |w: &World, _: &Provider| w.account("front"), |_: &World, p: &Provider| Some(p.payout.clone());
    the_providers_referrer_judges_no_own_work: |w: &World, _: &Provider| w.account("scout"), |_: &World, _: &Provider| None;
    the_providers_referrer_votes_for_nobody_else: |w: &World, _: &Provider| w.account("front"), |w: &World, _: &Provider| Some(w.account("scout"));
    the_buyer_judges_no_own_job: |w: &World, _: &Provider| w.account("ada"), |_: &World, _: &Provider| None;
    the_buyer_votes_for_nobody_else: |w: &World, _: &Provider| w.account("front"), |w: &World, _: &Provider| Some(w.account("ada"));
}

/// The draw shows that weight matters: the same stake without a link sits at once.
#[test]
fn a_stranger_with_the_same_stake_would_sit() {
    let mut insider = insider();
    let owner = insider.world.account("stranger");
    insider.judge_as(&owner, None);
    assert!(insider.seats().iter().any(|seat| seat.owner == owner));
}

/// Who posts by the agent of an own business is known as its owner.
#[test]
fn the_owner_of_the_buyers_business_judges_no_own_job() {
    let mut insider = insider();
    let shop = insider.world.registered("shop");
    insider.judge_as(&shop.owner, None);
    insider.world.give(&shop.operator, 5_000_000, joule_testing::USDC);
    insider
        .world
        .deposit(&shop.operator, 5_000_000, joule_testing::USDC)
        .unwrap();
    insider.buyer.address = shop.operator.clone();
    let seats = insider.seats();
    sits_nowhere(&seats, &shop.owner);
}

/// Whoever moves to another address after the delivery is still who delivered.
#[test]
fn links_are_those_of_the_delivery() {
    let mut court = Court::new(14);
    let (world, provider) = (&mut court.world, court.provider.clone());
    world.give_joule(&provider.payout, HEAVY);
    world.bond(&provider.payout, HEAVY).unwrap();
    world.enrol(&provider.payout, None).unwrap();
    world.pass_epoch();
    world.beat(&provider, &[provider.node]).unwrap();
    let job = court.delivered(&Run::right());
    let elsewhere = court.world.account("elsewhere").to_string();
    let msg = joule_types::registry::ExecuteMsg::UpdateProvider {
        operator: Some(elsewhere.clone()),
        payout: Some(elsewhere),
    };
    court.world.registry(&provider.owner, &msg).unwrap();
    let seats = court.world.seat(job);
    assert!(seats.iter().all(|seat| seat.owner != provider.payout));
}

/// The round is known to whoever signs it before the draw; what is bonded, enrolled, unbonded or retired by then changes no seat.
#[test]
fn v_grinding_the_draw_by_stake_changes_no_seat() {
    let mut court = Court::new(20);
    let job = court.delivered(&Run::right());
    court.world.seal(job).unwrap();
    let start = court.world.snapshot();
    court.world.draw(job).unwrap();
    let honest: Vec<_> = court
        .world
        .seats(job)
        .into_iter()
        .map(|seat| (seat.owner, seat.weight))
        .collect();
    for attempt in 0..6u128 {
        court.world.restore(&start);
        let round = court.world.panel(job).round.unwrap();
        court.world.pass_to_round(round);
        court.world.post_round(round).unwrap();
        // Knows the randomness now, and tries what could move the points.
        let own = court.validators[usize::try_from(attempt).unwrap()].owner.clone();
        match attempt {
            0..3 => {
                let stake = HEAVY * (attempt + 1);
                court.world.give_joule(&own, stake);
                court.world.bond(&own, stake).unwrap();
            }
            3 => drop(court.world.validator("late", HEAVY)),
            4 => drop(court.world.unbond(&own, VALIDATOR_STAKE / 2).unwrap()),
            _ => drop(court.world.retire(&own).unwrap()),
        }
        let keeper = court.world.account("keeper");
        court.world.market(&keeper, &ExecuteMsg::Draw { job }).unwrap();
        let drawn: Vec<_> = court
            .world
            .seats(job)
            .into_iter()
            .map(|seat| (seat.owner, seat.weight))
            .collect();
        assert_eq!(drawn, honest, "attempt {attempt}");
    }
}

/// A seat of a drawn first rung with the three votes' runs.
fn drawn(court: &mut Court) -> (JobId, Vec<SeatResponse>) {
    let job = court.delivered(&Run::right());
    let seats = court.world.seat(job);
    (job, seats)
}

#[test]
fn a_copied_seal_opens_for_nobody_else() {
    let mut court = Court::new(12);
    let (job, seats) = drawn(&mut court);
    let run = Run::right();
    court.world.commit_vote(job, &seats[0], &run).unwrap();
    court.world.commit_vote(job, &seats[1], &run).unwrap();
    let ExecuteMsg::CommitVote { sealed, .. } = court.world.commit_msg(job, &seats[0], &run) else {
        unreachable!()
    };
    let copy = ExecuteMsg::CommitVote {
        job,
        attempt: 1,
        rung: 0,
        seat: 2,
        sealed,
    };
    court.world.market(&seats[2].operator, &copy).unwrap();
    assert_eq!(court.world.panel(job).phase, PanelPhase::Reveal);
    court.world.reveal_vote(job, &seats[0], &run).unwrap();
    court.world.reveal_vote(job, &seats[1], &run).unwrap();
    // All is public now, and still of no use.
    assert_eq!(
        code(&court.world.reveal_vote(job, &seats[2], &run).unwrap_err()),
        "mkt.invalid_vote"
    );
    court.world.end_phase(job).unwrap();
    assert_eq!(court.world.judge(job, &mut honest), PanelRuling::Upheld);
    let copier = &court.world.panel(job).seats[2];
    assert_eq!(copier.verdict, Some(SeatVerdict::Wrong));
    assert_eq!(court.stake(copier), VALIDATOR_STAKE * 9 / 10);
}

/// The roots are public with the delivery; what a copier lacks are the steps that its own seat has to open.
#[test]
fn anothers_openings_are_not_ones_own() {
    let mut court = Court::new(20);
    let (job, seats) = drawn(&mut court);
    let run = Run::right();
    for seat in &seats[..3] {
        court.world.commit_vote(job, seat, &run).unwrap();
    }
    court.world.reveal_vote(job, &seats[0], &run).unwrap();
    let ExecuteMsg::RevealVote { openings: seen, .. } = court.world.reveal_msg(job, &seats[0], &run) else {
        unreachable!()
    };
    let ExecuteMsg::RevealVote {
        job,
        attempt,
        rung,
        seat,
        vote,
        salt,
        openings,
    } = court.world.reveal_msg(job, &seats[1], &run)
    else {
        unreachable!()
    };
    assert_ne!(seen, openings, "seats open steps of their own");
    let forged = |openings| ExecuteMsg::RevealVote {
        job,
        attempt,
        rung,
        seat,
        vote: vote.clone(),
        salt: salt.clone(),
        openings,
    };
    let guess = Run::of(b"guess");
    let mut short = openings.clone();
    short.pop();
    let mut swapped = openings.clone();
    swapped.swap(0, 1);
    let mut cut = openings.clone();
    cut[0] = cut[0].as_slice()[..cut[0].len() - 1].into();
    let digest = court.world.digest();
    for openings in [seen, vec![opening(&guess, 0); 3], vec![], short, swapped, cut] {
        let answer = court.world.market(&seats[1].operator, &forged(openings));
        assert_eq!(code(&answer.unwrap_err()), "mkt.invalid_vote");
    }
    assert_eq!(court.world.digest(), digest);
    court.world.market(&seats[1].operator, &forged(openings)).unwrap();
}

#[test]
fn a_vote_is_cast_once_and_by_its_seat() {
    let mut court = Court::new(12);
    let (job, seats) = drawn(&mut court);
    let (run, eve) = (Run::right(), court.world.account("eve"));
    let commit = court.world.commit_msg(job, &seats[0], &run);
    assert_eq!(code(&court.world.market(&eve, &commit).unwrap_err()), "mkt.not_seated");
    assert_eq!(
        code(&court.world.market(&seats[1].operator, &commit).unwrap_err()),
        "mkt.not_seated"
    );
    court.world.market(&seats[0].operator, &commit).unwrap();
    // Neither again nor otherwise, by neither of its two keys.
    let other = court.world.commit_msg(job, &seats[0], &lie());
    for who in [&seats[0].operator, &seats[0].owner] {
        assert_eq!(
            code(&court.world.market(who, &other).unwrap_err()),
            "mkt.already_claimed"
        );
    }
    // A standby votes only in place of an empty seat.
    assert_eq!(
        code(&court.world.commit_vote(job, &seats[3], &run).unwrap_err()),
        "mkt.wrong_phase"
    );
    let reveal = court.world.reveal_msg(job, &seats[0], &run);
    assert_eq!(
        code(&court.world.market(&seats[0].operator, &reveal).unwrap_err()),
        "mkt.wrong_phase"
    );
    court.world.commit_vote(job, &seats[1], &run).unwrap();
    court.world.commit_vote(job, &seats[2], &run).unwrap();
    // Another vote than the sealed one, then the sealed one, once.
    assert_eq!(
        code(&court.world.reveal_vote(job, &seats[0], &lie()).unwrap_err()),
        "mkt.invalid_vote"
    );
    court.world.market(&seats[0].owner, &reveal).unwrap();
    assert_eq!(
        code(&court.world.market(&seats[0].operator, &reveal).unwrap_err()),
        "mkt.already_claimed"
    );
    assert_eq!(code(&court.world.tally(job).unwrap_err()), "mkt.too_early");
    court.world.reveal_vote(job, &seats[1], &run).unwrap();
    court.world.reveal_vote(job, &seats[2], &run).unwrap();
    court.world.tally(job).unwrap();
    assert_eq!(code(&court.world.tally(job).unwrap_err()), "mkt.wrong_phase");
    assert_eq!(court.world.panel(job).ruling, Some(PanelRuling::Upheld));
}

/// A slot that was given back after the draw does not take the duty with it.
#[test]
fn who_retires_after_the_draw_still_has_to_vote() {
    let mut court = Court::new(12);
    let (job, seats) = drawn(&mut court);
    court.world.retire(&seats[0].owner).unwrap();
    court.world.retire(&seats[1].owner).unwrap();
    let run = Run::right();
    for seat in [&seats[0], &seats[2]] {
        court.world.commit_vote(job, seat, &run).unwrap();
    }
    court.world.end_phase(job).unwrap();
    court.world.commit_vote(job, &seats[3], &run).unwrap();
    for seat in [&seats[0], &seats[2], &seats[3]] {
        court.world.reveal_vote(job, seat, &run).unwrap();
    }
    court.world.tally(job).unwrap();
    let panel = court.world.panel(job);
    assert_eq!(panel.seats[0].verdict, Some(SeatVerdict::Paid));
    assert_eq!(panel.seats[1].verdict, Some(SeatVerdict::NoShow));
    assert_eq!(court.stake(&seats[1]), VALIDATOR_STAKE * 99 / 100);
}

/// Who has taken its stake out has nothing to lose and does not vote; what is on its way out pays for the empty seat.
#[test]
fn an_exited_validator_does_not_vote_and_is_slashed_on_its_way_out() {
    let mut world = World::with(|plan| plan.staking.unbonding_secs = 21 * 24 * 3_600);
    world.validators(12);
    let mut court = Court::of(world);
    let (job, seats) = drawn(&mut court);
    let leaver = &seats[0].owner;
    court.world.unbond(leaver, VALIDATOR_STAKE).unwrap();
    let refusal = court.world.commit_vote(job, &seats[0], &lie()).unwrap_err();
    assert_eq!(code(&refusal), "mkt.invalid_vote");
    let run = Run::right();
    for seat in &seats[1..3] {
        court.world.commit_vote(job, seat, &run).unwrap();
    }
    court.world.end_phase(job).unwrap();
    court.world.commit_vote(job, &seats[3], &run).unwrap();
    for seat in &seats[1..4] {
        court.world.reveal_vote(job, seat, &run).unwrap();
    }
    court.world.tally(job).unwrap();
    assert_eq!(court.world.panel(job).seats[0].verdict, Some(SeatVerdict::NoShow));
    assert_eq!(court.world.pool(leaver).unbonding.u128(), VALIDATOR_STAKE * 99 / 100);
}

/// A result that nobody can look at is as wrong as another one.
#[test]
fn a_provider_that_withholds_the_output_is_overturned() {
    let mut court = Court::new(12);
    let job = court.delivered(&Run::right());
    let stake = court.world.pool(&court.provider.owner).bonded.u128();
    let mut unseen = |_: &SeatResponse| Conduct::Votes(Run::right().withheld());
    assert_eq!(court.world.judge(job, &mut unseen), PanelRuling::Overturned);
    // It computed the right thing and did not serve it: as if it had been late, and no fraud.
    assert_eq!(court.world.pool(&court.provider.owner).bonded.u128(), stake * 95 / 100);
    assert_eq!(court.world.provider_record(&court.provider).counters.frauds, 0);
    // And nobody may deliver what looks like it.
    let job = {
        let spec = court.world.judged_spec();
        let spare = court.world.provider("spare", 450_000);
        court.provider = spare;
        court.world.post(&court.buyer, spec)
    };
    let provider = court.provider.clone();
    court.world.start(&provider, job).unwrap();
    let refusal = court
        .world
        .submit_run(&provider, job, &Run::right().withheld())
        .unwrap_err();
    assert_eq!(code(&refusal), "mkt.invalid_result");
}

/// Slashing oneself to get stake out early does not work: what a slash repays leaves when the stake would have.
#[test]
fn awards_of_a_self_dealt_slash_leave_no_earlier_than_stake() {
    let mut court = Court::new(12);
    let job = court.delivered(&lie());
    let start = court.world.now();
    court.world.judge(job, &mut honest);
    let (buyer, params) = (court.buyer.address.clone(), joule_types::staking::QueryMsg::Params {});
    let params: joule_types::staking::Params = court.world.ask(&court.world.peers.staking, &params);
    let claimable = |world: &World| -> ClaimableResponse {
        let address = buyer.to_string();
        world.ask(&world.peers.staking, &QueryMsg::Claimable { address })
    };
    let found = claimable(&court.world);
    assert!(found.awarded.is_zero() && !found.maturing.is_zero(), "{found:?}");
    assert_eq!(code(&court.world.claim(&buyer).unwrap_err()), "stk.nothing_to_claim");
    while claimable(&court.world).awarded.is_zero() {
        court.world.pass(1);
    }
    assert!(court.world.now() >= start + params.unbonding_secs);
    court.world.claim(&buyer).unwrap();
    court.world.check();
}

/// Three of twenty collude with a provider that lies. Whenever one honest seat is among the first three, the lie falls.
#[test]
fn colluders_win_only_when_they_hold_every_seat_of_the_first_rung() {
    let mut court = Court::new(20);
    let ring: Vec<Addr> = court.validators[..3]
        .iter()
        .map(|validator: &Validator| validator.owner.clone())
        .collect();
    let mut conduct = |seat: &SeatResponse| {
        if ring.contains(&seat.owner) {
            Conduct::Votes(lie())
        } else {
            Conduct::Votes(Run::right())
        }
    };
    for round in 0..6 {
        let provider = court.world.provider(&format!("liar-{round}"), 300_000);
        court.provider = provider;
        let job = court.delivered(&lie());
        let ruling = court.world.judge(job, &mut conduct);
        let panel = court.world.panel(job);
        let all = panel
            .seats
            .iter()
            .filter(|seat| seat.rung == 0 && !seat.standby)
            .all(|seat| ring.contains(&seat.owner));
        assert_eq!(ruling == PanelRuling::Upheld, all);
        let sat = |seat: &&SeatResponse| ring.contains(&seat.owner) && seat.sealed.is_some();
        for seat in panel.seats.iter().filter(sat).filter(|_| !all) {
            assert_eq!(seat.verdict, Some(SeatVerdict::Wrong));
        }
    }
    let left: u128 = ring.iter().map(|owner| court.world.pool(owner).bonded.u128()).sum();
    assert!(left < 3 * VALIDATOR_STAKE, "nobody of the ring ever sat: {left}");
}
