//! I-18 to I-25, I-38, I-39.

use super::*;

#[test]
fn i18_terms_that_changed_under_a_deal() {
    expect_step("I-18", |_, after, _| {
        after.market.jobs.values_mut().next().unwrap().posted.terms.fees.fee_bps = 0;
    });
}

#[test]
fn i19_an_id_that_nobody_has() {
    expect("I-19", |seen| seen.market.job_seq += 1);
    expect("I-19", |seen| {
        seen.market.progress.insert(99);
    });
}

#[test]
fn i20_an_edge_that_is_not_in_the_table() {
    expect_step("I-20", |before, after, _| {
        let id = job_in(before, JobState::Completed);
        let progress = after.market.jobs.get_mut(&id).unwrap().progress.as_mut().unwrap();
        (progress.state, progress.version) = (JobState::Running, progress.version + 1);
    });
}

#[test]
fn i20_a_change_without_a_version() {
    expect_step("I-20", |before, after, _| {
        let id = job_in(before, JobState::Running);
        let progress = after.market.jobs.get_mut(&id).unwrap().progress.as_mut().unwrap();
        progress.next_deadline_at += 1;
    });
}

#[test]
fn i21_a_running_job_without_its_money() {
    expect("I-21", |seen| {
        let id = job_in(seen, JobState::Running) * 4;
        let ledger = seen.escrow.ledgers.get_mut(&usdc()).unwrap();
        let mut hold = seen.escrow.holds.remove(&id).unwrap();
        ledger.in_holds -= hold.remaining;
        ledger.stakers += hold.remaining;
        (hold.remaining, hold.tips) = Default::default();
        seen.escrow.closed.insert(id, hold);
    });
}

#[test]
fn i22_a_closed_hold_with_money() {
    expect("I-22", |seen| {
        seen.escrow.closed.values_mut().next().unwrap().remaining = one();
    });
}

#[test]
fn i23_a_load_that_is_not_the_number_of_attempts() {
    expect("I-23", |seen| {
        let node = seen.market.nodes.iter_mut().find(|(_, node)| node.load == 1).unwrap();
        node.1.load = 2;
        let id = *node.0;
        seen.registry.nodes.get_mut(&id).unwrap().load = 2;
    });
}

#[test]
fn i24_an_offer_with_an_id_out_of_turn() {
    expect("I-24", |seen| seen.market.offer_seq += 1);
}

#[test]
fn i24_work_for_a_closed_offer() {
    expect_step("I-24", |before, after, _| {
        let id = job_in(before, JobState::Running);
        let job = before.market.jobs.get_mut(&id).unwrap();
        let progress = job.progress.as_mut().unwrap();
        (progress.state, progress.attempts, progress.version) = (JobState::Queued, 0, progress.version - 2);
        let offer = after.market.jobs[&id].attempt.as_ref().unwrap().offer.u64();
        before.market.offers.get_mut(&offer).unwrap().open = false;
    });
}

#[test]
fn i25_a_dispute_that_ends_before_it_began() {
    expect("I-25", |seen| {
        let id = job_in(seen, JobState::Disputed);
        let job = seen.market.jobs.get_mut(&id).unwrap();
        let dispute = job.dispute.as_mut().unwrap();
        dispute.deadline_at = dispute.opened_at;
        job.progress.as_mut().unwrap().next_deadline_at = dispute.opened_at;
    });
}

#[test]
fn i25_a_state_without_a_deadline() {
    expect("I-25", |seen| {
        let id = job_in(seen, JobState::Running);
        seen.market
            .jobs
            .get_mut(&id)
            .unwrap()
            .progress
            .as_mut()
            .unwrap()
            .next_deadline_at = 0;
    });
}

#[test]
fn i38_every_look_up_is_rebuilt() {
    type Change = fn(&mut Observation);
    let changes: [Change; 13] = [
        |seen| {
            seen.market.open.pop_first();
        },
        |seen| {
            seen.market.queued.insert(77);
        },
        |seen| {
            seen.market.buyer_jobs.pop_first();
        },
        |seen| {
            seen.market.provider_jobs.pop_first();
        },
        |seen| {
            seen.market.provider_offers.insert((7, 7));
        },
        |seen| {
            seen.market.rank.pop_first();
        },
        |seen| {
            seen.market.rank.values_mut().next().unwrap().price += 1;
        },
        |seen| {
            seen.market.parked.pop_first();
        },
        |seen| {
            seen.market.nodes.values_mut().next().unwrap().offers.clear();
        },
        |seen| {
            seen.registry.provider_of.pop_first();
        },
        |seen| {
            seen.registry.provider_of.insert(Addr::unchecked("eve"), 1);
        },
        |seen| {
            seen.registry.nodes_of.pop_first();
        },
        |seen| {
            seen.registry.cards.pop_first();
        },
    ];
    for change in changes {
        expect("I-38", change);
    }
}

#[test]
fn i38_a_score_that_was_moved_in_the_index() {
    expect("I-38", |seen| {
        let (key, record) = seen.market.rank.pop_first().unwrap();
        let mut moved = key;
        moved[9] ^= 1;
        seen.market.rank.insert(moved, record);
    });
}

#[test]
fn i39_every_counter_is_counted_again() {
    type Change = fn(&mut Observation);
    let changes: [Change; 8] = [
        |seen| *seen.market.offer_count.values_mut().next().unwrap() += 1,
        |seen| seen.market.stats.values_mut().next().unwrap().posted += 1,
        |seen| seen.market.stats.values_mut().next().unwrap().volume += 1,
        |seen| seen.market.totals.buyers += 1,
        |seen| seen.market.totals.providers += 1,
        |seen| seen.market.totals.open_offers[2] -= 1,
        |seen| seen.registry.tracks.values_mut().next().unwrap().nodes += 1,
        |seen| seen.staking.total += 1,
    ];
    for change in changes {
        expect("I-39", change);
    }
}
