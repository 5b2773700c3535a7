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
        /// Why: no_offer, gap, budget, declined, timeout, overturned.
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
        /// Last second to accept or dispute; in committee mode the last one to judge.
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
        /// Accepted by the buyer; false: by silence, or by a committee.
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
        /// By silence of the arbiter, or because a committee had nothing to judge.
        by_silence: bool,
    }
    /// A committee is to judge a result.
    PanelOpened = "joule_panel_opened" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Height from which it can be sealed.
        seal_from: u64,
        /// After this time anyone may refund the buyer.
        judge_by: u64,
    }
    /// Round and epoch of a draw are fixed.
    PanelSealed = "joule_panel_sealed" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Rung.
        rung: u8,
        /// Round.
        round: u64,
        /// Epoch of stake.
        epoch: u64,
    }
    /// A rung goes back to sealing: its round or its epoch cannot be used any more.
    PanelResealed = "joule_panel_resealed" {
        /// Job.
        job: JobId,
        /// Rung.
        rung: u8,
        /// Seals after the first.
        reseals: u8,
    }
    /// A seat was drawn.
    SeatDrawn = "joule_seat_drawn" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Rung.
        rung: u8,
        /// Seat.
        seat: u8,
        /// A standby.
        standby: bool,
        /// Owner of the pool.
        owner: Addr,
        /// Who votes.
        operator: Addr,
        /// Last second to commit.
        commit_by: u64,
    }
    /// A panel entered another phase.
    PanelPhased = "joule_panel_phased" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Rung.
        rung: u8,
        /// commit, standby or reveal.
        phase: String,
        /// Last second of it.
        until: u64,
    }
    /// A vote was committed.
    VoteCommitted = "joule_vote_committed" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Rung.
        rung: u8,
        /// Seat.
        seat: u8,
        /// Owner of the pool.
        owner: Addr,
    }
    /// A vote was revealed.
    VoteRevealed = "joule_vote_revealed" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Rung.
        rung: u8,
        /// Seat.
        seat: u8,
        /// Owner of the pool.
        owner: Addr,
        /// It says that the result is right.
        accept: bool,
        /// Hex of the result root that it found.
        result_root: String,
    }
    /// A rung did not agree: the next one decides.
    PanelEscalated = "joule_panel_escalated" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Rung that begins.
        rung: u8,
        /// Height from which it can be sealed.
        seal_from: u64,
    }
    /// A committee came to its end.
    PanelClosed = "joule_panel_closed" {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Rung that decided.
        rung: u8,
        /// upheld, overturned, unjudged or abandoned.
        ruling: String,
        /// Majority votes that were paid.
        paid: u32,
        /// Base units for each of them.
        each: Uint128,
        /// Seats slashed for a wrong vote.
        wrong: u32,
        /// Seats slashed for none.
        no_shows: u32,
    }
}
