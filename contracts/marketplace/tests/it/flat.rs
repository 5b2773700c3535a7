//! I-47: what a message reads and writes does not grow with the market, spam included.

use super::support::*;
use cosmwasm_std::Uint128;
use joule_types::{marketplace::*, JobId, OfferId};
use joule_work::job::JobState;

/// Records read and written by one message.
type Counts = (u64, u64);

/// A market with `count` offers that cost and score differently; `spam` in front of them with offers for one-hour deals that
/// no longer job can use.
fn market(count: u64, spam: u64) -> Market {
    let mut market = Market::new();
    market.checked = false;
    for id in 1..=count.saturating_add(spam) {
        let mut candidate = node(id);
        (candidate.region, candidate.hardware.units) = (u8::try_from(id % 3).unwrap(), 2 << (id % 6));
        candidate.provider = joule_types::ProviderId(1 + id % 5_000);
        let mut offer = terms(id);
        offer.price = Uint128::new(3_000_000 + u128::from(id * 7 % 1_000) * 1_000);
        if id <= spam {
            (offer.price, offer.min_secs) = (Uint128::one(), 3_600);
        }
        market.add_offer(candidate, offer);
    }
    market.storage.take_counts();
    market
}

/// The spam serves one hour and more only, the job of this test half an hour.
fn short_job(hints: &[u64]) -> ExecuteMsg {
    let mut job = spec();
    job.requirements.max_secs = 1_800;
    ExecuteMsg::PostJob {
        spec: Box::new(job),
        hints: hints.iter().map(|id| OfferId(*id)).collect(),
    }
}

fn counted(market: &mut Market, sender: &str, msg: ExecuteMsg) -> Counts {
    market.storage.take_counts();
    market.exec(sender, msg).unwrap();
    market.storage.take_counts()
}

/// Post, start, deliver, accept, a job that queues, its assignment and its timeout, in this order.
fn life(market: &mut Market) -> Vec<(&'static str, Counts)> {
    let mut counts = vec![("post", counted(market, "buyer", short_job(&[])))];
    let (job, operator) = (JobId(1), market.operator(JobId(1)));
    let mut by_operator = |market: &mut Market, name, msg| {
        market.storage.take_counts();
        market.exec_as(&operator, &[], msg).unwrap();
        counts.push((name, market.storage.take_counts()));
    };
    by_operator(market, "start", ExecuteMsg::Start { job, attempt: 1 });
    by_operator(market, "deliver", result_msg(job, 1));
    counts.push(("accept", counted(market, "buyer", ExecuteMsg::Accept { job })));

    let mut far = spec();
    far.requirements.max_secs = 1_800;
    far.requirements.budget = Uint128::new(10);
    counts.push(("post, over budget", counted(market, "buyer", post_msg(far))));
    let job = JobId(3);
    market.exec("buyer", short_job(&[])).unwrap();
    market.now += 301;
    counts.push(("timeout", counted(market, "keeper", ExecuteMsg::Timeout { job })));
    assert_eq!(market.job(job).state, JobState::Assigned, "reassigned");
    let offers = vec![OfferId(1)];
    counts.push(("refresh", counted(market, "x", ExecuteMsg::Refresh { offers })));
    counts
}

/// No message costs more at 10 000 offers than at 1 000: the scan's limits are reached well before.
#[test]
fn cost_is_flat_from_ten_to_ten_thousand_offers() {
    let [few, some, many] = [10, 1_000, 10_000].map(|count| life(&mut market(count, 0)));
    for (position, (name, (reads, writes))) in many.iter().enumerate() {
        let (reads_some, writes_some) = some[position].1;
        assert!(
            reads.abs_diff(reads_some) <= 40,
            "{name}: {reads_some} and {reads} reads"
        );
        assert!(
            writes.abs_diff(writes_some) <= 2,
            "{name}: {writes_some} and {writes} writes"
        );
        assert!(few[position].1 .1.abs_diff(*writes) <= 4, "{name}: {few:?} {many:?}");
    }
    let post = many[0].1;
    assert!(
        post.0 <= 100 && post.1 <= 14,
        "a plain post reads {} and writes {}",
        post.0,
        post.1
    );
    let worst = many.iter().map(|(_, (reads, _))| *reads).max().unwrap();
    assert!(worst <= 256 + 64 + 60, "{worst} reads");
}

/// With 2 000 unusable offers in front the scan ends at its limit, and a hint still reaches a good offer.
#[test]
fn spam_has_a_ceiling() {
    for spam in [300, 2_000] {
        let mut market = market(100, spam);
        let (reads, writes) = counted(&mut market, "buyer", short_job(&[]));
        assert_eq!(market.job(JobId(1)).state, JobState::Queued);
        assert!(reads <= 256 + 64 + 30, "{reads} reads with {spam} in front");
        assert!(writes <= 10, "{writes} writes");
        let hints = vec![OfferId(spam + 1)];
        let (reads, _) = counted(&mut market, "keeper", ExecuteMsg::Assign { job: JobId(1), hints });
        assert!(reads <= 256 + 64 + 40, "{reads} reads with a hint");
        assert_eq!(market.job(JobId(1)).state, JobState::Assigned);
    }
}

/// A buyer who wants the best for sure waits when the scan cannot prove it, and says how much it may leave open.
#[test]
fn a_gap_beyond_what_the_buyer_tolerates_queues() {
    let mut market = market(100, 300);
    let hinted = |max_gap| {
        let mut job = spec();
        (job.requirements.max_secs, job.requirements.max_gap) = (1_800, max_gap);
        ExecuteMsg::PostJob {
            spec: Box::new(job),
            hints: vec![OfferId(301)],
        }
    };
    let response = market.exec("buyer", hinted(Some(0))).unwrap();
    assert_eq!(event::<JobQueued>(&response).reason, "gap");
    let response = market.exec("buyer", hinted(Some(10_000))).unwrap();
    let assigned: JobAssigned = event(&response);
    assert!(assigned.bound > assigned.score && !assigned.exhaustive);
    let gap = assigned.bound - assigned.score;
    market.exec("buyer", ExecuteMsg::Cancel { job: JobId(2) }).unwrap();
    assert_eq!(
        event::<JobQueued>(&market.exec("buyer", hinted(Some(gap - 1))).unwrap()).reason,
        "gap"
    );
    assert_eq!(
        event::<JobAssigned>(&market.exec("buyer", hinted(Some(gap))).unwrap()).offer,
        OfferId(301)
    );
}
