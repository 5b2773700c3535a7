use super::support::*;
use joule_types::{marketplace::*, registry::Outcome};
use joule_work::job::{FailReason, JobState};

#[test]
fn a_job_that_does_not_run_is_cancelled_and_refunded() {
    for state in [JobState::Queued, JobState::Assigned] {
        let (mut market, job) = Market::job_in(state);
        let hold = market.job(job).hold.u64();
        let response = market.exec("buyer", ExecuteMsg::Cancel { job }).unwrap();
        assert_eq!(event::<JobFailed>(&response).reason, "Cancelled");
        let ended = market.job(job);
        assert_eq!(
            (ended.state, ended.fail_reason),
            (JobState::Failed, Some(FailReason::Cancelled))
        );
        let settled = market.told.settled.last().unwrap();
        assert_eq!((settled.hold, settled.gross, &settled.payee), (hold, 0, &None));
        let neutral = (1, 0, Some(Outcome::Neutral {}));
        assert_eq!(market.told.outcomes.contains(&neutral), state == JobState::Assigned);
        assert!(market.told.slashes.is_empty());
    }
}

#[test]
fn cancelling_is_open_in_a_pause() {
    let (mut market, job) = Market::job_in(JobState::Assigned);
    let pause = joule_types::AdminMsg::Pause { secs: 1_000 };
    market.exec("guardian", ExecuteMsg::Admin(pause)).unwrap();
    assert_eq!(code(market.exec("buyer", post_msg(spec()))), "kit.paused");
    market.exec("buyer", ExecuteMsg::Cancel { job }).unwrap();
}
