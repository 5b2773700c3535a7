//! I-18 to I-25, I-45: jobs, their holds, and what nodes carry.

use std::collections::BTreeMap;

use joule_types::work::job::{next, JobAction, JobState};

use super::{Report, Step};
use crate::observe::{JobBooks, Observation};

pub(super) fn state(seen: &Observation, report: &mut Report) {
    let market = &seen.market;
    let ids: Vec<u64> = (1..=market.job_seq).collect();
    report.equal(
        "I-19",
        "ids of jobs",
        &market.jobs.keys().copied().collect::<Vec<_>>(),
        &ids,
    );
    report.equal(
        "I-19",
        "jobs that have a state",
        &market.progress.iter().copied().collect::<Vec<_>>(),
        &ids,
    );
    for (id, job) in &market.jobs {
        if let Some(state) = job_state(job) {
            money(seen, *id, job, state, report);
            dispute(*id, job, state, report);
        }
    }
    for id in seen.escrow.holds.keys() {
        let record = id / 4;
        let state = market.jobs.get(&record).and_then(job_state);
        let known = match id % 4 {
            0 => state.is_some_and(|state| !state.is_final()),
            1 => state == Some(JobState::Disputed),
            2 => market.offers.get(&record).is_some_and(|offer| offer.open),
            _ => false,
        };
        report.unless(known, "I-45", || format!("hold {id} belongs to nothing that is open"));
    }
    offers(seen, report);
    loads(seen, report);
}

pub(super) fn job_state(job: &JobBooks) -> Option<JobState> {
    job.progress.as_ref().map(|progress| progress.state)
}

/// I-21, I-22: a job that is not over has one hold of what it brought in less tips; one that is over has none.
fn money(seen: &Observation, id: u64, job: &JobBooks, state: JobState, report: &mut Report) {
    let (spec, hold) = (&job.posted.spec, id * 4);
    if state.is_final() {
        report.unless(!seen.escrow.holds.contains_key(&hold), "I-22", || {
            format!("job {id} is {state} and has an open hold")
        });
        return;
    }
    let reclaimed = seen
        .escrow
        .closed
        .get(&hold)
        .is_some_and(|hold| seen.now >= hold.terms.reclaim_at);
    let Some(open) = seen.escrow.holds.get(&hold) else {
        report.unless(reclaimed, "I-21", || {
            format!("job {id} is {state} and has no open hold")
        });
        return;
    };
    let brought = spec.requirements.budget + spec.verification_budget + spec.crank_deposit;
    let right = open.payer == job.posted.buyer
        && open.denom == spec.requirements.denom
        && open.amount == brought
        && open.terms.fees == job.posted.terms.fees;
    report.unless(right, "I-45", || {
        format!("job {id} brought {brought}, its hold is {open:?}")
    });
    let kept = (spec.requirements.budget + spec.verification_budget).u128() - job.spent;
    report.unless(open.remaining.u128() >= kept, "I-21", || {
        format!("job {id} keeps {kept}, its hold has {}", open.remaining)
    });
}

/// I-25: a dispute has a deadline after its opening and a bond while it lasts; every open state has a deadline.
fn dispute(id: u64, job: &JobBooks, state: JobState, report: &mut Report) {
    let deadline = job.progress.as_ref().map_or(0, |progress| progress.next_deadline_at);
    report.unless((deadline == 0) == state.is_final(), "I-25", || {
        format!("job {id} is {state} until {deadline}")
    });
    match &job.dispute {
        Some(dispute) if state == JobState::Disputed => {
            let right = dispute.deadline_at > dispute.opened_at && dispute.deadline_at == deadline;
            report.unless(right, "I-25", || format!("job {id}: {dispute:?}, deadline {deadline}"));
        }
        Some(_) => report.unless(state == JobState::Resolved, "I-25", || {
            format!("job {id} was disputed and is {state}")
        }),
        None => report.unless(
            // A committee that had nothing to judge divides without a dispute.
            state != JobState::Disputed && (state != JobState::Resolved || job.posted.terms.committee.is_some()),
            "I-25",
            || format!("job {id} is {state} without a dispute"),
        ),
    }
}

/// I-45: an open offer has its deposit.
fn offers(seen: &Observation, report: &mut Report) {
    let ids: Vec<u64> = (1..=seen.market.offer_seq).collect();
    report.equal(
        "I-24",
        "ids of offers",
        &seen.market.offers.keys().copied().collect::<Vec<_>>(),
        &ids,
    );
    for (id, offer) in &seen.market.offers {
        let hold = seen.escrow.holds.get(&(id * 4 + 2));
        let backed = match hold {
            Some(hold) => hold.payer == offer.owner && hold.amount == offer.deposit,
            None => !offer.open || offer.deposit.is_zero(),
        };
        report.unless(backed, "I-45", || {
            format!("offer {id} of {} has the deposit {hold:?}", offer.owner)
        });
    }
}

/// I-23: the load of a node is the number of its attempts, in both contracts.
fn loads(seen: &Observation, report: &mut Report) {
    let mut counted = BTreeMap::<u64, u32>::new();
    for job in seen
        .market
        .jobs
        .values()
        .filter(|job| job_state(job).is_some_and(JobState::is_on_node))
    {
        if let Some(attempt) = &job.attempt {
            *counted.entry(attempt.node.u64()).or_default() += 1;
        }
    }
    for (id, node) in &seen.registry.nodes {
        let counted = counted.remove(id).unwrap_or(0);
        let carried = seen.market.nodes.get(id).map_or(0, |node| u32::from(node.load));
        report.equal("I-23", &format!("load of node {id}"), &carried, &counted);
        report.equal(
            "I-45",
            &format!("load of node {id} in the registry"),
            &node.load,
            &carried,
        );
    }
    report.unless(counted.is_empty(), "I-45", || {
        format!("attempts on nodes that do not exist: {counted:?}")
    });
}

pub(super) fn step(before: &Observation, after: &Observation, step: &Step, report: &mut Report) {
    for (id, was) in &before.market.jobs {
        let Some(is) = after.market.jobs.get(id) else {
            report.unless(false, "I-19", || format!("job {id} vanished"));
            continue;
        };
        report.unless(was.posted == is.posted, "I-18", || {
            format!("spec or terms of job {id} changed")
        });
    }
    for (id, job) in &after.market.jobs {
        let was = before.market.jobs.get(id);
        edges(*id, was, job, report);
        assigned(before, after, *id, was, job, step.at, report);
    }
}

/// I-20: as many edges of the table as the version rose.
fn edges(id: u64, was: Option<&JobBooks>, is: &JobBooks, report: &mut Report) {
    let Some(now) = &is.progress else { return };
    let (from, version) = match was.and_then(|was| was.progress.as_ref()) {
        Some(was) => (was.state, was.version),
        None => (JobState::Submitted, 1),
    };
    let Some(rise) = now.version.checked_sub(version) else {
        return report.unless(false, "I-20", || {
            format!("version of job {id} fell from {version} to {}", now.version)
        });
    };
    let mut reach = vec![from];
    for _ in 0..rise.min(8) {
        let onward = |state: &JobState| {
            JobAction::ALL
                .iter()
                .filter_map(|action| next(*state, *action))
                .collect::<Vec<_>>()
        };
        reach = reach.iter().flat_map(onward).collect();
    }
    report.unless(rise < 8 && reach.contains(&now.state), "I-20", || {
        format!("job {id} went from {from} to {} in {rise} changes", now.state)
    });
    if rise == 0 {
        // The phases of a committee are no states of the job: they move its deadline alone.
        let mut same = was.cloned();
        let moved = same.as_mut().and_then(|was| was.progress.as_mut());
        if let Some(progress) = moved.filter(|progress| progress.state == JobState::Verifying) {
            progress.next_deadline_at = now.next_deadline_at;
        }
        let same = same.is_none_or(|was| was.progress == is.progress && was.attempt == is.attempt);
        report.unless(same, "I-20", || {
            format!("job {id} changed under the same version {version}")
        });
    }
}

/// I-24: only open offers take work, up to their capacity, and never that of a linked or excluded party.
fn assigned(
    before: &Observation,
    after: &Observation,
    id: u64,
    was: Option<&JobBooks>,
    is: &JobBooks,
    at: u64,
    report: &mut Report,
) {
    let attempts = |job: &JobBooks| job.progress.as_ref().map_or(0, |progress| progress.attempts);
    let (Some(attempt), Some(progress)) = (&is.attempt, &is.progress) else {
        return;
    };
    if attempts(is) == was.map_or(0, attempts) {
        return;
    }
    let offer = before.market.offers.get(&attempt.offer.u64());
    let open = offer.is_some_and(|offer| offer.open && offer.terms.node == attempt.node);
    report.unless(open, "I-24", || {
        format!("job {id} was given to offer {}, which is not open", attempt.offer)
    });
    let load = after.market.nodes.get(&attempt.node.u64()).map_or(0, |node| node.load);
    let capacity = offer.map_or(0, |offer| offer.terms.capacity);
    report.unless(load <= capacity, "I-23", || {
        format!("node {} carries {load} of {capacity}", attempt.node)
    });
    let (buyer, arbiter) = (&is.posted.buyer, &is.posted.terms.arbiter);
    let mut parties = vec![&attempt.owner, &attempt.operator, &attempt.payout];
    parties.extend(&attempt.referrer);
    let linked = parties.iter().any(|party| *party == buyer || *party == arbiter);
    let again = progress.excluded.contains(&attempt.provider.u64());
    let wish = &is.posted.spec.requirements;
    let dear = attempt.quote > wish.budget || at > is.posted.spec.deadline_at;
    report.unless(!linked && !again && !dear, "I-24", || {
        format!("job {id} was given to {attempt:?}")
    });
}
