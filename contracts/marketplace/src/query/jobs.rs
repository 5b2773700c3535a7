//! Jobs.

use cosmwasm_std::{Deps, Order, StdResult};
use cw_storage_plus::Bound;
use joule_kit::paging;
use joule_types::{
    marketplace::{Attempt, JobFilter, JobResponse},
    JobId, Page,
};

use super::MAX_FAT;
use crate::{
    error::Res,
    jobs::Job,
    state::{ATTEMPTS, BUYER_JOBS, DISPUTES, OPEN, PROVIDER_JOBS, QUEUED, RESULTS, SETTLEMENTS, SPECS, VERIFYING},
};

/// A job, put together from its parts.
pub fn job(deps: Deps, id: JobId) -> Res<JobResponse> {
    let job = Job::load(deps.storage, id)?;
    let hold = job.hold()?;
    let (posted, progress) = (job.posted, job.progress);
    let key = id.u64();
    let attempt = ATTEMPTS.may_load(deps.storage, key)?.map(|tried| Attempt {
        attempt: progress.attempts,
        offer: tried.offer,
        node: tried.node,
        provider: tried.provider,
        owner: tried.owner,
        operator: tried.operator,
        payout: tried.payout,
        quote: tried.quote,
        score: tried.score,
        assigned_at: progress.assigned_at,
        started_at: Some(progress.started_at).filter(|at| *at > 0),
        referrer: tried.referrer,
    });
    Ok(JobResponse {
        job: id,
        buyer: posted.buyer,
        spec: posted.spec,
        terms: posted.terms,
        state: progress.state,
        fail_reason: progress.fail_reason,
        hold,
        attempts: progress.attempts,
        attempt,
        result: RESULTS.may_load(deps.storage, key)?,
        dispute: DISPUTES.may_load(deps.storage, key)?,
        settlement: SETTLEMENTS.may_load(deps.storage, key)?,
        posted_at: posted.posted_at,
        next_deadline_at: Some(progress.next_deadline_at).filter(|_| !progress.state.is_final()),
        version: progress.version,
    })
}

type Keys<'a> = Box<dyn Iterator<Item = StdResult<u64>> + 'a>;

/// Jobs by id.
pub fn list(
    deps: Deps,
    filter: &JobFilter,
    start_after: Option<JobId>,
    limit: Option<u32>,
) -> Res<Page<JobResponse, JobId>> {
    let limit = paging::limit(limit, MAX_FAT);
    let min = start_after.map(|after| Bound::exclusive(after.u64()));
    let storage = deps.storage;
    let buyer = match filter {
        JobFilter::Buyer { buyer } => Some(joule_kit::addr(deps.api, buyer)?),
        _ => None,
    };
    let ids: Keys = match (filter, &buyer) {
        (_, Some(buyer)) => Box::new(BUYER_JOBS.prefix(buyer).keys(storage, min, None, Order::Ascending)),
        (JobFilter::Provider { provider }, _) => Box::new(PROVIDER_JOBS.prefix(provider.u64()).keys(
            storage,
            min,
            None,
            Order::Ascending,
        )),
        (JobFilter::Queued {}, _) => Box::new(QUEUED.keys(storage, min, None, Order::Ascending)),
        (JobFilter::Verifying {}, _) => Box::new(VERIFYING.keys(storage, min, None, Order::Ascending)),
        (JobFilter::Open {}, _) => Box::new(OPEN.keys(storage, min, None, Order::Ascending)),
        (JobFilter::All {} | JobFilter::Buyer { .. }, _) => Box::new(SPECS.keys(storage, min, None, Order::Ascending)),
    };
    paging::page(ids.map(|id| job(deps, JobId(id?))), limit, |item| item.job)
}
