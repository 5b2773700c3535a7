use super::support::*;
use joule_types::{marketplace::*, registry::NodeState, JobId, OfferId};
use joule_work::job::JobState;

fn assign(job: u64) -> ExecuteMsg {
    ExecuteMsg::Assign {
        job: JobId(job),
        hints: vec![],
    }
}

#[test]
fn a_queued_job_is_assigned_by_anyone_for_a_tip() {
    let (mut market, job) = Market::job_in(JobState::Queued);
    assert_eq!(code(market.exec("keeper", assign(1))), "mkt.insufficient_compute");
    market.add_offer(node(1), terms(1));
    let response = market.exec("keeper", assign(1)).unwrap();
    assert_eq!(event::<JobAssigned>(&response).offer, OfferId(1));
    assert_eq!(
        market.told.tips,
        [(market.job(job).hold.u64(), a("keeper").to_string(), 10)]
    );
    assert_eq!(market.job(job).version, 3);
}

#[test]
fn only_a_queued_job_inside_its_deadline_is_assigned() {
    assert_eq!(code(Market::new().exec("x", assign(1))), "mkt.job_not_found");
    let (mut market, _) = Market::job_in(JobState::Queued);
    market.add_offer(node(1), terms(1));
    market.now = START + 86_401;
    assert_eq!(code(market.exec("x", assign(1))), "mkt.too_late");
    market.now = START + 86_400;
    market.exec("x", assign(1)).unwrap();
    assert_eq!(code(market.exec("x", assign(1))), "mkt.job_active");
    market.exec("buyer", ExecuteMsg::Cancel { job: JobId(1) }).unwrap();
    assert_eq!(code(market.exec("x", assign(1))), "mkt.job_final");
}

#[test]
fn no_tip_without_a_crank_deposit() {
    let mut market = Market::new();
    let mut poor = spec();
    poor.crank_deposit = cosmwasm_std::Uint128::zero();
    market.post(poor);
    market.add_offer(node(1), terms(1));
    market.exec("keeper", assign(1)).unwrap();
    assert_eq!(market.told.tips, []);
}

/// A node carries as many attempts as its offer allows, and a full one is not met by the scan.
#[test]
fn capacity_is_never_oversold() {
    let mut market = Market::new();
    let mut two = terms(1);
    two.capacity = 2;
    market.add_offer(node(1), two);
    let states: Vec<JobState> = (0..3)
        .map(|_| {
            let job = market.post(spec());
            market.job(job).state
        })
        .collect();
    assert_eq!(states, [JobState::Assigned, JobState::Assigned, JobState::Queued]);
    let told: RankResponse = market.query(QueryMsg::ExplainMatch {
        requirements: wish(),
        buyer: None,
        limit: None,
    });
    assert_eq!(told.offers[0].unmet, [Unmet::Busy]);
    // The node is free again once a result was delivered.
    market.deliver_result(JobId(1));
    market.exec("keeper", assign(3)).unwrap();
    assert_eq!(market.job(JobId(3)).state, JobState::Assigned);
}

/// Two offers of one node in two denominations share its capacity.
#[test]
fn offers_of_one_node_fill_together() {
    let mut market = Market::with_offers(1);
    let mut other = terms(1);
    other.denom = joule();
    market.exec("owner1", ExecuteMsg::CreateOffer { terms: other }).unwrap();
    let first = market.post(spec());
    let mut paid_in_joule = spec();
    paid_in_joule.requirements.denom = joule();
    let second = market.post(paid_in_joule);
    assert_eq!(market.job(first).state, JobState::Assigned);
    assert_eq!(market.job(second).state, JobState::Queued);
    market.exec("buyer", ExecuteMsg::Cancel { job: first }).unwrap();
    market.exec("keeper", assign(2)).unwrap();
}

/// Offers that the live check finds too high sink, two a call, so a front of dead offers wears off.
#[test]
fn losses_are_rekeyed_two_a_call() {
    let mut market = Market::with_offers(12);
    for id in 1..=11 {
        market.nodes.get_mut(&id).unwrap().state = NodeState::Inactive;
    }
    let job = market.post(spec());
    assert_eq!(market.queries.take(), 12 + 2, "two batches at most");
    assert_eq!(market.job(job).state, JobState::Queued);
    let sunk: Vec<u64> = (1..=12).filter(|id| market.offer(*id).booked == 0).collect();
    assert_eq!(sunk, [1, 2]);
    // A hint reaches the good one at once.
    let hints = vec![OfferId(12)];
    market.exec("keeper", ExecuteMsg::Assign { job, hints }).unwrap();
    assert_eq!(market.job(job).attempt.unwrap().offer, OfferId(12));
}

#[test]
fn a_fallen_reputation_counts_at_once_and_a_risen_one_after_a_refresh() {
    let mut market = Market::with_offers(2);
    market.nodes.get_mut(&1).unwrap().standing.reputation = 10;
    let job = market.post(spec());
    assert_eq!(market.job(job).attempt.unwrap().offer, OfferId(2), "the loss counts");
    assert!(market.offer(1).booked < market.offer(2).booked, "and is booked");

    let mut market = Market::with_offers(2);
    market.nodes.get_mut(&2).unwrap().standing.reputation = 2_000_000;
    let job = market.post(spec());
    assert_eq!(
        market.job(job).attempt.unwrap().offer,
        OfferId(1),
        "the gain does not count yet"
    );
    market.exec("buyer", ExecuteMsg::Cancel { job }).unwrap();
    market
        .exec(
            "anyone",
            ExecuteMsg::Refresh {
                offers: vec![OfferId(2)],
            },
        )
        .unwrap();
    let job = market.post(spec());
    assert_eq!(market.job(job).attempt.unwrap().offer, OfferId(2));
}

#[test]
fn the_referrer_of_the_first_year_is_kept_with_the_attempt() {
    for (age, wanted) in [
        (0, Some(a("friend"))),
        (365 * 86_400 - 1, Some(a("friend"))),
        (365 * 86_400, None),
    ] {
        let mut market = Market::new();
        let mut candidate = node(1);
        candidate.referrer = Some(a("friend"));
        candidate.registered_at = START - age;
        market.add_offer(candidate, terms(1));
        let job = market.post(spec());
        assert_eq!(market.job(job).attempt.unwrap().referrer, wanted);
    }
}
