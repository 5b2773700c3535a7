//! The marketplace: offers, matching, jobs, disputes.
use cosmwasm_std::{HexBinary, Uint64};
use joule_types::marketplace::{
    ExecuteMsg, IndexResponse, JobDeclined, JobFilter, JobResponse, JobSpec, OfferResponse, OfferTerms, OpenSeat,
    PanelResponse, Params, QueryMsg, RankResponse, Requirements,
};
use joule_types::{JobId, OfferId, Page, ProviderId};

use super::votes::{self, Reveal, Seat};
use super::{events, pages, Contract};
use crate::chain::types::{Coin, Msg};
use crate::chain::Client;
use crate::error::Result;

/// Offers asked for at once.
const LIMIT: Option<u32> = Some(100);
/// Jobs asked for at once: they are fat.
const JOBS: Option<u32> = Some(30);
/// More offers than one provider may have, and more open jobs than an agent carries.
const MOST: usize = 10_000;

/// A delivered result as it goes on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// SHA-256 of the output.
    pub result_root: [u8; 32],
    /// Root over the step digests.
    pub trace_root: [u8; 32],
    /// Where the output lies.
    pub output_url: String,
    /// Bytes of it.
    pub output_size: u64,
}

/// Typed client of the marketplace.
#[derive(Clone)]
pub struct Marketplace(Contract);

impl Marketplace {
    /// The marketplace at `address`.
    pub fn at(chain: Client, address: impl Into<String>) -> Self {
        Self(Contract::at(chain, address))
    }

    /// Its address.
    pub fn address(&self) -> &str {
        self.0.address()
    }

    /// Parameters.
    pub async fn params(&self) -> Result<Params> {
        self.0.query(&QueryMsg::Params {}).await
    }

    /// Epochs of the index.
    pub async fn index(&self) -> Result<IndexResponse> {
        self.0.query(&QueryMsg::Index {}).await
    }

    /// An offer.
    pub async fn offer(&self, offer: OfferId) -> Result<OfferResponse> {
        self.0.query(&QueryMsg::Offer { offer }).await
    }

    /// A page of open offers, all or one provider's.
    pub async fn offers(
        &self,
        provider: Option<ProviderId>,
        start_after: Option<OfferId>,
        limit: Option<u32>,
    ) -> Result<Page<OfferResponse, OfferId>> {
        self.0
            .query(&QueryMsg::Offers {
                provider,
                start_after,
                limit,
            })
            .await
    }

    /// All open offers of a provider.
    pub async fn offers_of(&self, provider: ProviderId) -> Result<Vec<OfferResponse>> {
        pages::all(MOST, |after| self.offers(Some(provider), after, LIMIT)).await
    }

    /// A job.
    pub async fn job(&self, job: JobId) -> Result<JobResponse> {
        self.0.query(&QueryMsg::Job { job }).await
    }

    /// A page of jobs.
    pub async fn jobs(&self, filter: JobFilter, start_after: Option<JobId>) -> Result<Page<JobResponse, JobId>> {
        self.0
            .query(&QueryMsg::Jobs {
                filter,
                start_after,
                limit: JOBS,
            })
            .await
    }

    /// All jobs of a filter that names few of them.
    pub async fn all_jobs(&self, filter: JobFilter) -> Result<Vec<JobResponse>> {
        pages::all(MOST, |after| self.jobs(filter.clone(), after)).await
    }

    /// The committee of an attempt with every seat and vote; of the last attempt without a number.
    pub async fn panel(&self, job: JobId, attempt: Option<u32>) -> Result<Option<PanelResponse>> {
        self.0.query(&QueryMsg::Panel { job, attempt }).await
    }

    /// The last time that a provider handed the job back, with its reason: only the events say it, and only nodes with an index of
    /// transactions find it.
    pub async fn last_decline(&self, job: JobId) -> Result<Option<JobDeclined>> {
        let events = self.0.newest(JobDeclined::NAME, "job", job).await?;
        let declines = events::of::<JobDeclined>(self.address(), &events);
        Ok(declines.filter(|declined| declined.job == job).last())
    }

    /// All seats of a validator in committees that are not closed.
    pub async fn seats_of(&self, owner: &str) -> Result<Vec<OpenSeat>> {
        pages::all(MOST, |start_after: Option<JobId>| async move {
            let query = QueryMsg::SeatsOf {
                owner: owner.into(),
                start_after,
                limit: LIMIT,
            };
            self.0.query::<Page<OpenSeat, JobId>>(&query).await
        })
        .await
    }

    /// The best offers for a request.
    pub async fn rank(
        &self,
        requirements: Requirements,
        buyer: Option<String>,
        limit: u32,
        hints: Vec<OfferId>,
    ) -> Result<RankResponse> {
        self.0
            .query(&QueryMsg::Rank {
                requirements,
                buyer,
                limit: Some(limit),
                hints,
            })
            .await
    }

    /// The best-scored offers, eligible or not, and what excludes each.
    pub async fn explain(&self, requirements: Requirements, buyer: Option<String>, limit: u32) -> Result<RankResponse> {
        self.0
            .query(&QueryMsg::ExplainMatch {
                requirements,
                buyer,
                limit: Some(limit),
            })
            .await
    }

    /// Opens an offer.
    pub fn create_offer(&self, terms: OfferTerms) -> Result<Msg> {
        self.send(&ExecuteMsg::CreateOffer { terms })
    }

    /// Changes an offer.
    pub fn update_offer(&self, offer: OfferId, terms: OfferTerms) -> Result<Msg> {
        self.send(&ExecuteMsg::UpdateOffer { offer, terms })
    }

    /// Closes an offer.
    pub fn close_offer(&self, offer: OfferId) -> Result<Msg> {
        self.send(&ExecuteMsg::CloseOffer { offer })
    }

    /// Books the live score of up to 8 offers.
    pub fn refresh(&self, offers: Vec<OfferId>) -> Result<Msg> {
        self.send(&ExecuteMsg::Refresh { offers })
    }

    /// Re-keys offers into the epoch that is being filled.
    pub fn reindex(&self, limit: u32) -> Result<Msg> {
        self.send(&ExecuteMsg::Reindex { limit })
    }

    /// Posts a job; `funds` are deposited for the sender first.
    pub fn post_job(&self, spec: JobSpec, hints: Vec<OfferId>, funds: Vec<Coin>) -> Result<Msg> {
        self.0.execute(
            &ExecuteMsg::PostJob {
                spec: Box::new(spec),
                hints,
            },
            funds,
        )
    }

    /// Tries to match a queued job.
    pub fn assign(&self, job: JobId, hints: Vec<OfferId>) -> Result<Msg> {
        self.send(&ExecuteMsg::Assign { job, hints })
    }

    /// Hands an attempt back before it started.
    pub fn decline(&self, job: JobId, attempt: u32, reason: String) -> Result<Msg> {
        self.send(&ExecuteMsg::Decline { job, attempt, reason })
    }

    /// Claims an attempt: inputs are here and match.
    pub fn start(&self, job: JobId, attempt: u32) -> Result<Msg> {
        self.send(&ExecuteMsg::Start { job, attempt })
    }

    /// Delivers a result.
    pub fn submit_result(&self, job: JobId, attempt: u32, delivery: &Delivery) -> Result<Msg> {
        self.send(&ExecuteMsg::SubmitResult {
            job,
            attempt,
            result_root: HexBinary::from(delivery.result_root),
            trace_root: HexBinary::from(delivery.trace_root),
            output_url: delivery.output_url.clone(),
            output_size: Uint64::new(delivery.output_size),
        })
    }

    /// Fixes round and epoch of the draw of a committee.
    pub fn seal(&self, job: JobId) -> Result<Msg> {
        self.send(&ExecuteMsg::Seal { job })
    }

    /// Draws the seats of a committee.
    pub fn draw(&self, job: JobId) -> Result<Msg> {
        self.send(&ExecuteMsg::Draw { job })
    }

    /// Commits a sealed vote.
    pub fn commit_vote(&self, seat: Seat, sealed: [u8; 32]) -> Result<Msg> {
        self.send(&votes::commit(seat, sealed))
    }

    /// Reveals a vote.
    pub fn reveal_vote(&self, seat: Seat, reveal: &Reveal) -> Result<Msg> {
        self.send(&votes::reveal(seat, reveal))
    }

    /// Counts the votes of a rung.
    pub fn tally(&self, job: JobId) -> Result<Msg> {
        self.send(&ExecuteMsg::Tally { job })
    }

    /// Accepts a result.
    pub fn accept(&self, job: JobId) -> Result<Msg> {
        self.send(&ExecuteMsg::Accept { job })
    }

    /// Withdraws a job that does not run yet.
    pub fn cancel(&self, job: JobId) -> Result<Msg> {
        self.send(&ExecuteMsg::Cancel { job })
    }

    /// Disputes a result.
    pub fn dispute(&self, job: JobId, reason: String) -> Result<Msg> {
        self.send(&ExecuteMsg::Dispute { job, reason })
    }

    /// Splits a disputed job, by its arbiter.
    pub fn resolve(&self, job: JobId, provider_bps: u16) -> Result<Msg> {
        self.send(&ExecuteMsg::Resolve { job, provider_bps })
    }

    /// Carries out a deadline that has passed.
    pub fn timeout(&self, job: JobId) -> Result<Msg> {
        self.send(&ExecuteMsg::Timeout { job })
    }

    fn send(&self, msg: &ExecuteMsg) -> Result<Msg> {
        self.0.execute(msg, Vec::new())
    }

    /// Never called: a message that is new in the contract stops the build here, until it has a place in this client or a
    /// reason not to have one.
    #[allow(dead_code)]
    fn every_message(&self, msg: ExecuteMsg) -> Result<Msg> {
        match msg {
            ExecuteMsg::CreateOffer { terms } => self.create_offer(terms),
            ExecuteMsg::UpdateOffer { offer, terms } => self.update_offer(offer, terms),
            ExecuteMsg::CloseOffer { offer } => self.close_offer(offer),
            ExecuteMsg::Refresh { offers } => self.refresh(offers),
            ExecuteMsg::Reindex { limit } => self.reindex(limit),
            ExecuteMsg::PostJob { spec, hints } => self.post_job(*spec, hints, Vec::new()),
            ExecuteMsg::Assign { job, hints } => self.assign(job, hints),
            ExecuteMsg::Decline { job, attempt, reason } => self.decline(job, attempt, reason),
            ExecuteMsg::Start { job, attempt } => self.start(job, attempt),
            ExecuteMsg::SubmitResult {
                job,
                attempt,
                result_root,
                trace_root,
                output_url,
                output_size,
            } => {
                let result_root = result_root.to_array().unwrap_or_default();
                let trace_root = trace_root.to_array().unwrap_or_default();
                let delivery = Delivery {
                    result_root,
                    trace_root,
                    output_url,
                    output_size: output_size.u64(),
                };
                self.submit_result(job, attempt, &delivery)
            }
            ExecuteMsg::Seal { job } => self.seal(job),
            ExecuteMsg::Draw { job } => self.draw(job),
            ExecuteMsg::CommitVote {
                job,
                attempt,
                rung,
                seat,
                sealed,
            } => {
                let seat = Seat {
                    job,
                    attempt,
                    rung,
                    seat,
                };
                self.commit_vote(seat, sealed.to_array().unwrap_or_default())
            }
            // From a ballot of the journal: `reveal_vote` writes it.
            other @ ExecuteMsg::RevealVote { .. } => self.send(&other),
            ExecuteMsg::Tally { job } => self.tally(job),
            ExecuteMsg::Accept { job } => self.accept(job),
            ExecuteMsg::Cancel { job } => self.cancel(job),
            ExecuteMsg::Dispute { job, reason } => self.dispute(job, reason),
            ExecuteMsg::Resolve { job, provider_bps } => self.resolve(job, provider_bps),
            ExecuteMsg::Timeout { job } => self.timeout(job),
            // The dao's and the guardian's; the deployment's.
            other @ (ExecuteMsg::UpdateParams { .. } | ExecuteMsg::UpdateIndex { .. } | ExecuteMsg::Admin(_)) => {
                self.send(&other)
            }
        }
    }
}
