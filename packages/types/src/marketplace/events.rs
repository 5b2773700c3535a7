//! Events of the marketplace. Amounts in base units of the deal's denomination.

use cosmwasm_std::{Addr, Uint128};

use crate::{HoldId, JobId, NodeId, OfferId, ProviderId};

crate::events! {
    /// An offer opened.
    OfferOpened = "joule_offer_opened" {
        /// Offer.
        offer: OfferId,
        /// Node.
        node: NodeId,
        /// Provider.
        provider: ProviderId,
        /// Denomination.
        denom: String,
        /// Price per unit.
        price: Uint128,
        /// Booked score.
        booked: u32,
    }
    /// An offer changed.
    OfferUpdated = "joule_offer_updated" {
        /// Offer.
        offer: OfferId,
        /// Price per unit.
        price: Uint128,
        /// Version of the terms.
        version: u32,
        /// Booked score.
        booked: u32,
    }
    /// An offer closed.
    OfferClosed = "joule_offer_closed" {
        /// Offer.
        offer: OfferId,
    }
    /// Scores were booked.
    OffersRefreshed = "joule_offers_refreshed" {
        /// Offers whose score changed.
        changed: u32,
    }
    /// The index moved on.
    IndexAdvanced = "joule_index_advanced" {
        /// Epoch that serves.
        serving: u32,
        /// Epoch that is being filled.
        filling: Option<u32>,
        /// Offers re-keyed by this call.
        rekeyed: u32,
    }
    /// A job was posted.
    JobPosted = "joule_job_posted" {
        /// Job.
        job: JobId,
        /// Buyer.
        buyer: Addr,
        /// Hold.
        hold: HoldId,
        /// Denomination.
        denom: String,
        /// Sum of the hold.
        amount: Uint128,
    }
    /// A job waits for an offer.
    JobQueued = "joule_job_queued" {
        /// Job.
        job: JobId,
        /// Why: no_offer, gap, budget, declined, timeout.
        reason: String,
    }
    /// A job was assigned.
    JobAssigned = "joule_job_assigned" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Offer.
        offer: OfferId,
        /// Node.
        node: NodeId,
        /// Provider.
        provider: ProviderId,
        /// Operator of the provider.
        operator: Addr,
        /// Quote.
        quote: Uint128,
        /// Effective score.
        score: u32,
        /// Upper bound of what was not scanned.
        bound: u32,
        /// Everything was scanned.
        exhaustive: bool,
    }
    /// A provider handed a job back.
    JobDeclined = "joule_job_declined" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Provider.
        provider: ProviderId,
        /// Words.
        reason: String,
    }
    /// Work began.
    JobStarted = "joule_job_started" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Provider.
        provider: ProviderId,
        /// Last second for a result.
        deadline_at: u64,
    }
    /// A result was delivered.
    ResultSubmitted = "joule_result_submitted" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Provider.
        provider: ProviderId,
        /// Hex of the result root.
        result_root: String,
        /// Hex of the trace root.
        trace_root: String,
        /// Last second to accept or dispute.
        accept_by: u64,
    }
    /// An attempt ran out of time: its pool is slashed.
    AttemptTimedOut = "joule_attempt_timed_out" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Provider.
        provider: ProviderId,
        /// It had started.
        started: bool,
        /// Share of the pool slashed, basis points.
        slash_bps: u16,
    }
    /// A job was paid.
    JobCompleted = "joule_job_completed" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Provider.
        provider: ProviderId,
        /// Sum to which the fee applied.
        quote: Uint128,
        /// Accepted by the buyer; false: by silence.
        accepted: bool,
    }
    /// A job failed; what was held went back.
    JobFailed = "joule_job_failed" {
        /// Job.
        job: JobId,
        /// Reason.
        reason: String,
    }
    /// A result is disputed.
    JobDisputed = "joule_job_disputed" {
        /// Job.
        job: JobId,
        /// Who opened it.
        opened_by: Addr,
        /// Bond.
        bond: Uint128,
        /// Last second of the arbiter.
        deadline_at: u64,
    }
    /// A dispute ended.
    JobResolved = "joule_job_resolved" {
        /// Job.
        job: JobId,
        /// Provider's share of the quote, basis points.
        provider_bps: u16,
        /// Base units to which the fee applied.
        gross: Uint128,
        /// Arbiter's fee in all.
        arbiter_fee: Uint128,
        /// By silence of the arbiter.
        by_silence: bool,
    }
}
