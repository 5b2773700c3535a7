//! I-01 to I-12, I-22: money in the escrow and outside.

use std::collections::BTreeMap;

use cosmwasm_std::Addr;

use joule_types::{
    escrow::{FeesDistributed, HoldSettled},
    Peer,
};

use super::{events::all, Report, Step};
use crate::observe::Observation;

pub(super) fn state(seen: &Observation, report: &mut Report) {
    for (denom, ledger) in &seen.escrow.ledgers {
        let free = sum(balances(seen, denom).map(|(_, free)| free));
        let holds = sum(holds(seen, denom).map(|hold| hold.remaining.u128()));
        let fees = ledger.treasury.u128() + ledger.stakers.u128();
        report.equal(
            "I-01",
            &format!("escrow holds of {denom}"),
            &ledger.in_holds.u128(),
            &holds,
        );
        report.equal(
            "I-01",
            &format!("escrow parts of {denom}"),
            &sum([free, holds, fees].into_iter()),
            &ledger.held.u128(),
        );
        let out = ledger.paid + ledger.refunded + ledger.fees + ledger.held;
        report.equal("I-03", &format!("escrow flows of {denom}"), &out, &ledger.deposited);
        let most = ledger.deposited.u128();
        let parts = [
            ("paid", ledger.paid),
            ("refunded", ledger.refunded),
            ("fees", ledger.fees),
            ("held", ledger.held),
        ];
        let parts = parts.map(|(name, part)| (name.to_string(), part.u128())).into_iter();
        let parts = parts.chain(balances(seen, denom).map(|(owner, free)| (owner.to_string(), free)));
        for (name, part) in parts {
            report.unless(part <= most, "I-04", || {
                format!("{name} of {denom} is {part}, deposited were {most}")
            });
        }
    }
    for ((owner, denom), balance) in &seen.escrow.balances {
        let known = seen.escrow.ledgers.contains_key(denom);
        report.unless(known, "I-01", || {
            format!("{owner} has {balance:?} of {denom}, which has no ledger")
        });
    }
    open_holds(seen, report);
    backed(seen, report);
    closed_world(seen, report);
}

fn balances<'a>(seen: &'a Observation, denom: &'a str) -> impl Iterator<Item = (&'a cosmwasm_std::Addr, u128)> {
    let of = seen.escrow.balances.iter().filter(move |((_, key), _)| key == denom);
    of.map(|((owner, _), balance)| (owner, balance.deposited.u128().wrapping_add(balance.earned.u128())))
}

/// A sum that wraps as a wrong contract's would: an amount beyond all bounds is I-04 and reported as that.
fn sum(parts: impl Iterator<Item = u128>) -> u128 {
    parts.fold(0, u128::wrapping_add)
}

fn holds<'a>(seen: &'a Observation, denom: &'a str) -> impl Iterator<Item = &'a joule_escrow::state::Hold> {
    seen.escrow
        .holds
        .values()
        .filter(move |hold| joule_types::denom_key(&hold.denom) == denom)
}

/// I-05 and I-12 of what is open, per hold: what left it so far are tips, out of the tip budget, and the pay of validators.
fn open_holds(seen: &Observation, report: &mut Report) {
    for (id, hold) in &seen.escrow.holds {
        let (left, tips) = (hold.remaining.u128(), hold.tips.u128());
        report.unless(left <= hold.amount.u128() && tips <= left, "I-12", || {
            format!("hold {id}: {hold:?}")
        });
        let job = seen.market.jobs.get(&(id / 4)).filter(|_| id.is_multiple_of(4));
        let votes = job.map_or(0, |job| job.spent);
        let (spent, from_tips) = (
            hold.amount.u128().checked_sub(left),
            hold.terms.tips.u128().checked_sub(tips),
        );
        let wanted = from_tips.and_then(|tips| tips.checked_add(votes));
        report.unless(spent.is_some() && spent == wanted, "I-05", || {
            format!("hold {id}: more left than tips and the {votes} of validators: {hold:?}")
        });
    }
    for (id, hold) in &seen.escrow.closed {
        report.unless(hold.remaining.is_zero() && hold.tips.is_zero(), "I-22", || {
            format!("closed hold {id}: {hold:?}")
        });
        report.unless(!seen.escrow.holds.contains_key(id), "I-22", || {
            format!("hold {id} is open and closed")
        });
    }
}

/// I-02: each contract has what its books say and what was sent to it for nothing.
fn backed(seen: &Observation, report: &mut Report) {
    for peer in Peer::ALL.into_iter().filter(|peer| *peer != Peer::Dao) {
        let address = seen.peers.get(peer);
        let owed = |denom: &str| match peer {
            Peer::Escrow => seen.escrow.ledgers.get(denom).map_or(0, |ledger| ledger.held.u128()),
            Peer::Staking if denom == seen.joule => seen.staking.ledger.held.u128(),
            Peer::Registry if denom == seen.joule => {
                let beacon = &seen.registry.beacon;
                beacon.fund.u128() + beacon.unclaimed.u128()
            }
            _ => 0,
        };
        for denom in seen.supply.keys() {
            let key = (denom.clone(), address.clone());
            let donated = seen.donated.get(&key).copied().unwrap_or(0);
            let has = seen.wallets.get(&key).copied().unwrap_or(0);
            report.equal(
                "I-02",
                &format!("{peer} has of {denom}"),
                &has,
                &(owed(denom) + donated),
            );
        }
    }
}

/// I-10: every unit is somebody's.
fn closed_world(seen: &Observation, report: &mut Report) {
    let mut sums = BTreeMap::<&str, u128>::new();
    for ((denom, _), amount) in &seen.wallets {
        *sums.entry(denom).or_default() += amount;
    }
    for (denom, supply) in &seen.supply {
        let sum = sums.get(denom.as_str()).copied().unwrap_or(0);
        report.equal("I-10", &format!("sum of all accounts in {denom}"), &sum, supply);
    }
}

pub(super) fn step(before: &Observation, after: &Observation, step: &Step, report: &mut Report) {
    let burned = after
        .staking
        .ledger
        .burned
        .u128()
        .saturating_sub(before.staking.ledger.burned.u128());
    for (denom, supply) in &before.supply {
        let burned = if *denom == before.joule { burned } else { 0 };
        let now = after.supply.get(denom).copied().unwrap_or(0);
        report.equal(
            "I-10",
            &format!("supply of {denom} and what burned"),
            &(now + burned),
            supply,
        );
    }
    settled(before, after, step, report);
    foreign_balances(before, after, step, report);
    if step.ok && step.claims {
        // At most 30 of each kind leave with one claim.
        let ripe = |seen: &Observation| {
            let mine = |who: &Addr, at: u64| *who == step.sender && at <= step.at;
            let stake = seen.staking.entries.keys().filter(|(who, at, _)| mine(who, *at));
            let awards = seen.staking.awards.keys().filter(|(who, at)| mine(who, *at));
            (stake.count(), awards.count())
        };
        let (was, is) = (ripe(before), ripe(after));
        let left = (was.0.saturating_sub(30), was.1.saturating_sub(30));
        report.unless(is == left, "I-08", || format!("{} can claim again", step.sender));
    }
}

/// I-05 and I-07: a hold that closes is divided to the unit, the fee by its own terms.
fn settled(before: &Observation, after: &Observation, step: &Step, report: &mut Report) {
    let settlements = all::<HoldSettled>(&step.events);
    for event in settlements.iter().filter(|event| !event.closed_before) {
        let id = event.hold.u64();
        let opened = before.escrow.holds.get(&id);
        let Some(hold) = opened else {
            report.unless(false, "I-05", || format!("hold {id} was settled and not open"));
            continue;
        };
        let tips = tips(step, id) + votes(step, id);
        let (gross, provider) = (event.gross.u128(), event.provider.u128());
        let rest = [event.discount, event.stakers, event.referrer, event.treasury].map(|part| part.u128());
        let parts = provider + rest.iter().sum::<u128>();
        report.equal("I-05", &format!("parts of the gross of hold {id}"), &parts, &gross);
        let out = gross + event.awards.u128() + event.refunded.u128() - event.discount.u128() + tips;
        report.equal("I-05", &format!("what left hold {id}"), &out, &hold.remaining.u128());
        let fee_bps = u128::from(hold.terms.fees.fee_bps);
        report.equal(
            "I-07",
            &format!("pay from hold {id}"),
            &provider,
            &(gross * (10_000 - fee_bps) / 10_000),
        );
        let is_closed = after.escrow.closed.contains_key(&id) && !after.escrow.holds.contains_key(&id);
        report.unless(is_closed, "I-22", || format!("hold {id} was settled and is not closed"));
    }
    for (id, hold) in &before.escrow.holds {
        let said = settlements
            .iter()
            .any(|event| event.hold.u64() == *id && !event.closed_before);
        let gone = !after.escrow.holds.contains_key(id);
        report.unless(gone == said || !step.ok, "I-05", || {
            format!("hold {id} of {hold:?} closed without a word")
        });
        if let Some(open) = after.escrow.holds.get(id) {
            let out = hold.remaining.u128().checked_sub(open.remaining.u128());
            let said = tips(step, *id) + votes(step, *id);
            report.equal("I-05", &format!("what left the open hold {id}"), &out, &Some(said));
        }
    }
    let distributed: u128 = all::<FeesDistributed>(&step.events)
        .iter()
        .map(|event| event.amount.u128())
        .sum();
    let fees = |seen: &Observation| {
        seen.escrow
            .ledgers
            .values()
            .map(|ledger| ledger.fees.u128())
            .sum::<u128>()
    };
    report.equal(
        "I-03",
        "fees that left",
        &(fees(after) - fees(before).min(fees(after))),
        &distributed,
    );
}

fn tips(step: &Step, hold: u64) -> u128 {
    let tips = all::<joule_types::escrow::TipPaid>(&step.events);
    tips.iter()
        .filter(|tip| tip.hold.u64() == hold)
        .map(|tip| tip.amount.u128())
        .sum()
}

fn votes(step: &Step, hold: u64) -> u128 {
    let paid = all::<joule_types::escrow::AwardsPaid>(&step.events);
    paid.iter()
        .filter(|paid| paid.hold.u64() == hold)
        .map(|paid| paid.amount.u128())
        .sum()
}

/// I-09: a message takes from nobody's balance and claims but the sender's and those it acts for.
fn foreign_balances(before: &Observation, after: &Observation, step: &Step, report: &mut Report) {
    let own = |who: &Addr| *who == step.sender || step.on_behalf_of.as_ref() == Some(who);
    for ((owner, denom), had) in &before.escrow.balances {
        let has = after
            .escrow
            .balances
            .get(&(owner.clone(), denom.clone()))
            .copied()
            .unwrap_or_default();
        let (had, has) = (had.free().u128(), has.free().u128());
        report.unless(own(owner) || has >= had, "I-09", || {
            format!(
                "{} lowered what {owner} has of {denom} from {had} to {has}",
                step.sender
            )
        });
    }
    for (key, had) in &before.staking.awards {
        let has = after.staking.awards.get(key).copied().unwrap_or(0);
        report.unless(own(&key.0) || has >= *had, "I-09", || {
            format!("{} lowered the claim {key:?} from {had} to {has}", step.sender)
        });
    }
}

/// I-11: who serves nobody gets richer by what it was given only.
pub(super) fn gained(before: &Observation, after: &Observation, who: &Addr, given: u128, report: &mut Report) {
    let (had, has) = (worth(before, who), worth(after, who));
    report.unless(has <= had + given, "I-11", || {
        format!("{who} has {has}, had {had} and was given {given}")
    });
}

/// I-46: what is left when everybody has taken out what is theirs: the stakers' share of the fees.
pub(super) fn drained(seen: &Observation, report: &mut Report) {
    let (escrow, staking) = (&seen.escrow, &seen.staking);
    report.unless(escrow.holds.is_empty(), "I-46", || {
        format!("holds are left: {:?}", escrow.holds)
    });
    report.unless(escrow.balances.is_empty(), "I-46", || {
        format!("balances are left: {:?}", escrow.balances)
    });
    for (denom, ledger) in &escrow.ledgers {
        report.equal(
            "I-46",
            &format!("what is left of {denom}"),
            &ledger.held,
            &ledger.stakers,
        );
    }
    let empty = staking.ledger.held.is_zero() && staking.entries.is_empty() && staking.cohorts.is_empty();
    report.unless(empty, "I-46", || {
        format!("stake is left: {:?} {:?}", staking.ledger, staking.cohorts)
    });
}

/// All that an account has anywhere, every base unit of every denomination counted as one.
fn worth(seen: &Observation, who: &Addr) -> u128 {
    let wallets = seen
        .wallets
        .iter()
        .filter(|((_, owner), _)| owner == who)
        .map(|(_, sum)| *sum);
    let free = seen
        .escrow
        .balances
        .iter()
        .filter(|((owner, _), _)| owner == who)
        .map(|(_, sum)| sum.free().u128());
    let holds = seen
        .escrow
        .holds
        .values()
        .filter(|hold| hold.payer == *who)
        .map(|hold| hold.remaining.u128());
    let bonded = seen.staking.pools.get(who).map(|pool| pool.bonded.u128());
    let leaving = seen
        .staking
        .cohorts
        .iter()
        .filter(|((owner, _), _)| owner == who)
        .map(|(_, pot)| pot.amount.u128());
    let awards = seen
        .staking
        .awards
        .iter()
        .filter(|((to, _), _)| to == who)
        .map(|(_, sum)| *sum);
    wallets
        .chain(free)
        .chain(holds)
        .chain(bonded)
        .chain(leaving)
        .chain(awards)
        .sum()
}
