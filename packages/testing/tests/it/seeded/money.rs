//! I-01 to I-12.

use super::*;

#[test]
fn i01_a_balance_nobody_paid_in() {
    expect("I-01", |seen| {
        seen.escrow.balances.values_mut().next().unwrap().deposited += one();
    });
}

#[test]
fn i01_stake_that_is_in_no_pool() {
    expect("I-01", |seen| {
        let awards = seen.staking.awards.values_mut().next().unwrap();
        *awards += 1;
    });
}

#[test]
fn i02_coins_that_left_without_being_booked() {
    expect("I-02", |seen| {
        let (escrow, eve) = (seen.peers.escrow.clone(), Addr::unchecked("eve"));
        *seen.wallets.get_mut(&(usdc(), escrow)).unwrap() -= 1;
        *seen.wallets.entry((usdc(), eve)).or_default() += 1;
    });
}

#[test]
fn i03_a_payout_counted_twice() {
    expect("I-03", |seen| {
        seen.escrow.ledgers.get_mut(&usdc()).unwrap().paid += one();
    });
}

#[test]
fn i04_an_amount_that_wrapped() {
    expect("I-04", |seen| {
        // A subtraction that wrapped, and the sum that wraps back.
        let mut balances = seen
            .escrow
            .balances
            .iter_mut()
            .filter(|(_, balance)| balance.earned.is_zero());
        let (first, second) = (balances.next().unwrap().1, balances.next().unwrap().1);
        let more = first.deposited + one();
        first.deposited = first.deposited.wrapping_sub(more);
        second.deposited += more;
    });
}

#[test]
fn i05_a_hold_that_lost_more_than_its_tips() {
    expect("I-05", |seen| {
        let hold = seen
            .escrow
            .holds
            .values_mut()
            .find(|hold| hold.terms.tips.u128() > 0)
            .unwrap();
        hold.tips -= one();
    });
}

#[test]
fn i06_a_refusal_that_wrote() {
    expect_step("I-06", |_, _, step| {
        step.ok = false;
        step.digests = (1, 2);
    });
}

/// A settlement of the running job as it should be said.
fn settlement(before: &Observation, after: &mut Observation) -> HoldSettled {
    let id = job_in(before, JobState::Disputed) * 4 + 1;
    let hold = after.escrow.holds.remove(&id).unwrap();
    let closed = joule_escrow::state::Hold {
        remaining: Uint128::zero(),
        tips: Uint128::zero(),
        ..hold.clone()
    };
    after.escrow.closed.insert(id, closed);
    let zero = Uint128::zero();
    HoldSettled {
        hold: HoldId(id),
        closed_before: false,
        denom: USDC.into(),
        payee: None,
        gross: zero,
        provider: zero,
        discount: zero,
        stakers: zero,
        referrer: zero,
        treasury: zero,
        awards: zero,
        refunded: hold.remaining,
    }
}

#[test]
fn i05_a_settlement_that_keeps_a_unit() {
    expect_step("I-05", |before, after, step| {
        let mut event = settlement(before, after);
        event.refunded -= one();
        step.events.push(event.into());
    });
}

#[test]
fn i05_a_hold_that_closed_without_a_word() {
    expect_step("I-05", |before, after, _| {
        settlement(before, after);
    });
}

#[test]
fn i07_a_fee_rounded_against_the_rule() {
    expect_step("I-07", |before, after, step| {
        let mut event = settlement(before, after);
        event.gross = Uint128::new(1_000);
        event.refunded -= event.gross;
        // 92 % of 1000 is 920.
        (event.provider, event.treasury) = (Uint128::new(921), Uint128::new(79));
        step.events.push(event.into());
    });
}

#[test]
fn i08_a_claim_that_can_be_made_again() {
    expect_step("I-08", |before, _, step| {
        let (to, ripe) = before.staking.awards.keys().next().unwrap().clone();
        (step.sender, step.at) = (to, ripe);
        step.claims = true;
    });
}

#[test]
fn i09_somebody_elses_balance_fell() {
    expect_step("I-09", |_, after, _| {
        after.escrow.balances.values_mut().next().unwrap().deposited -= one();
    });
}

#[test]
fn i10_coins_from_nowhere() {
    expect("I-10", |seen| {
        *seen.wallets.entry((usdc(), Addr::unchecked("eve"))).or_default() += 1;
    });
    expect_step("I-10", |_, after, _| {
        *after.supply.get_mut(&usdc()).unwrap() += 1;
    });
}

#[test]
fn i12_more_tips_than_money() {
    expect("I-12", |seen| {
        let hold = seen
            .escrow
            .holds
            .values_mut()
            .find(|hold| hold.terms.tips.is_zero())
            .unwrap();
        hold.tips = hold.remaining + one();
        hold.terms.tips = hold.tips;
    });
}

#[test]
fn i11_a_stranger_that_got_rich() {
    let before = books();
    let (mut after, eve) = (before.clone(), Addr::unchecked("eve"));
    assert_eq!(audit::gained(&before, &after, &eve, 0), vec![]);
    after.wallets.insert((usdc(), eve.clone()), 5);
    assert_eq!(audit::gained(&before, &after, &eve, 5), vec![]);
    assert_eq!(ids(&audit::gained(&before, &after, &eve, 4)), BTreeSet::from(["I-11"]));
}
