//! Messages of the marketplace.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Binary, HexBinary, Uint128, Uint64};
use cw20::Denom;
use joule_work::{fees::FeeTerms, price::PriceUnit, score::Weights};

use super::{CommitteeTerms, JobSpec, OfferTerms, VoteRoots};
use crate::{AdminMsg, JobId, OfferId, Peers, Role};

/// Instantiation, by the deployer.
#[cw_serde]
pub struct InstantiateMsg {
    /// All contracts of the deployment, predicted.
    pub peers: Peers<String>,
    /// May pause.
    pub guardian: Option<String>,
    /// Parameters.
    pub params: Params,
    /// Weights and references of the first index epoch.
    pub index: IndexParams,
    /// The shortest deadlines in seconds that a later change may set, fixed for good.
    pub min_deadline_secs: u64,
}

/// Parameters. A job keeps those of the day it was posted.
#[cw_serde]
pub struct Params {
    /// Fee and split; the discount applies to deals in JOULE only.
    pub fees: FeeTerms,
    /// Who decides disputes.
    pub arbiter: String,
    /// Dispute fee and bond, basis points of the quote.
    pub dispute_bps: u16,
    /// Seconds to start after an assignment.
    pub start_secs: u64,
    /// Seconds to accept or dispute a result.
    pub accept_secs: u64,
    /// Seconds for the arbiter.
    pub arbiter_secs: u64,
    /// Attempts of a job, 1 to 10; up to eight that were declined do not count.
    pub max_attempts: u8,
    /// Share of the pool slashed on a timeout, basis points.
    pub timeout_slash_bps: u16,
    /// Refundable deposit of an offer, micro-JOULE, held in the escrow.
    pub offer_deposit: Uint128,
    /// Most open offers of a provider.
    pub max_offers: u32,
    /// Limits for each listed denomination, at most 16.
    pub denoms: Vec<DenomRules>,
    /// Longest running time of a job in seconds.
    pub max_job_secs: u64,
    /// Longest time from post to deadline in seconds.
    pub max_queue_secs: u64,
    /// Capacity plan in basis points: dedicated, cloud, community; sums to 10000.
    pub capacity_plan: [u16; 3],
    /// How committees judge.
    pub committee: CommitteeTerms,
}

/// Limits of one denomination, in its base units.
#[cw_serde]
pub struct DenomRules {
    /// Denomination.
    pub denom: Denom,
    /// Highest quote for trust levels 1 to 4; absent: no limit.
    pub deal_caps: [Option<Uint128>; 4],
    /// Least quote for which a success counts for reputation.
    pub rep_min_quote: Uint128,
    /// Tip for one crank.
    pub tip: Uint128,
    /// Micro-JOULE per 1,000,000 base units, for repaying buyers from a slash; absent: nothing is repaid in this denomination.
    pub joule_per_million: Option<Uint128>,
}

/// What the booked score depends on besides the offer. A change starts a new epoch of the index.
#[cw_serde]
pub struct IndexParams {
    /// Weights.
    pub weights: Weights,
    /// Reference prices.
    pub ref_prices: Vec<RefPrice>,
    /// Tickets a second that score half of the power points.
    pub ref_hash_rate: u64,
    /// Latency points by (buyer's region, offer's region), indexes of the registry's list; at most 8 x 8, each 0 to 10000; unknown is zero.
    pub latency: Vec<Vec<u16>>,
}

/// The price that scores half of the price points.
#[cw_serde]
pub struct RefPrice {
    /// Denomination.
    pub denom: Denom,
    /// Unit of sale.
    pub unit: PriceUnit,
    /// Base units per unit.
    pub price: Uint128,
}

/// New values; absent ones stay.
#[cw_serde]
#[derive(Default)]
pub struct ParamsUpdate {
    /// See [`Params::fees`].
    pub fees: Option<FeeTerms>,
    /// See [`Params::arbiter`].
    pub arbiter: Option<String>,
    /// See [`Params::dispute_bps`].
    pub dispute_bps: Option<u16>,
    /// See [`Params::start_secs`].
    pub start_secs: Option<u64>,
    /// See [`Params::accept_secs`].
    pub accept_secs: Option<u64>,
    /// See [`Params::arbiter_secs`].
    pub arbiter_secs: Option<u64>,
    /// See [`Params::max_attempts`].
    pub max_attempts: Option<u8>,
    /// See [`Params::timeout_slash_bps`].
    pub timeout_slash_bps: Option<u16>,
    /// See [`Params::offer_deposit`].
    pub offer_deposit: Option<Uint128>,
    /// See [`Params::max_offers`].
    pub max_offers: Option<u32>,
    /// See [`Params::denoms`].
    pub denoms: Option<Vec<DenomRules>>,
    /// See [`Params::max_job_secs`].
    pub max_job_secs: Option<u64>,
    /// See [`Params::max_queue_secs`].
    pub max_queue_secs: Option<u64>,
    /// See [`Params::capacity_plan`].
    pub capacity_plan: Option<[u16; 3]>,
    /// See [`Params::committee`].
    pub committee: Option<CommitteeTerms>,
}

/// Messages. Funds are refused unless a message says otherwise. "The provider" is its owner or operator.
#[cw_serde]
pub enum ExecuteMsg {
    /// Opens an offer of a node; the deposit is held from the provider owner's balance in the escrow. By the provider; one open offer a
    /// node and denomination. Refused while paused. Errors: `mkt.not_your_node`, `mkt.provider_offline` (not admitted), `mkt.invalid_offer`,
    /// `mkt.offer_exists`, `mkt.too_many_offers`, `mkt.denom_not_listed`. Event: `joule_offer_opened`.
    CreateOffer {
        /// Terms.
        terms: OfferTerms,
    },
    /// Changes price, capacity or limits of an offer; deals already made keep theirs. By the provider. Errors: `mkt.offer_not_found`,
    /// `mkt.invalid_offer`. Event: `joule_offer_updated`.
    UpdateOffer {
        /// Offer.
        offer: OfferId,
        /// New terms; node and denomination must stay.
        terms: OfferTerms,
    },
    /// Closes an offer and gives the deposit back. By the provider; open in a pause. Event: `joule_offer_closed`.
    CloseOffer {
        /// Offer.
        offer: OfferId,
    },
    /// Books the live score of up to 8 offers, zero for a node that can take no work now. Losses found in a match are booked then, gains only
    /// here: a node that is back on line sends this for its offers. By anyone. Errors: `mkt.invalid_list`. Event: `joule_offers_refreshed`.
    Refresh {
        /// Offers.
        offers: Vec<OfferId>,
    },
    /// Re-keys up to `limit` (at most 20) offers into the new epoch of the index. By anyone; until all are done the old epoch serves.
    /// Errors: `mkt.index_current`. Event: `joule_index_advanced`.
    Reindex {
        /// Offers at most.
        limit: u32,
    },
    /// Posts a job. The hold (budget + verification budget + crank deposit) comes from the buyer's balance in the escrow; native
    /// coins attached are deposited first. Matched at once if an offer fits, else queued. Refused while paused. Errors: `mkt.invalid_job`,
    /// `mkt.denom_not_listed`, `mkt.too_few_validators` (committee mode), `kit.paused`; from the escrow `esc.insufficient_balance`. Events: `joule_job_posted`, `joule_job_assigned` or `joule_job_queued`.
    PostJob {
        /// Job.
        spec: Box<JobSpec>,
        /// Up to 8 offers to look at besides the index.
        hints: Vec<OfferId>,
    },
    /// Tries to match a queued job. By anyone, for a tip when it succeeds. Errors: `mkt.job_not_found`, `mkt.job_active`,
    /// `mkt.insufficient_compute`. Event: `joule_job_assigned`.
    Assign {
        /// Job.
        job: JobId,
        /// Up to 8 offers to look at besides the index.
        hints: Vec<OfferId>,
    },
    /// Hands an attempt back before it started, without penalty. By the provider, until the time to start is over. Errors:
    /// `mkt.job_not_open`, `mkt.stale_attempt`, `mkt.not_party`, `mkt.too_late`. Event: `joule_job_declined`.
    Decline {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Words, at most 280 bytes.
        reason: String,
    },
    /// Says that inputs were fetched and match, and that work begins. By the provider. Errors: `mkt.job_not_open`, `mkt.stale_attempt`,
    /// `mkt.not_party`, `mkt.too_late`. Event: `joule_job_started`.
    Start {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
    },
    /// Delivers a result: to the buyer, or to a committee, whose excluded parties are fixed now. By the provider, before the attempt's deadline. Errors: `mkt.job_not_open`, `mkt.stale_attempt`, `mkt.too_late`,
    /// `mkt.invalid_result`, `mkt.already_claimed`. Event: `joule_result_submitted`.
    SubmitResult {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// SHA-256 of the output, 32 bytes.
        result_root: HexBinary,
        /// Root over the step digests, 32 bytes.
        trace_root: HexBinary,
        /// Where the output can be fetched.
        output_url: String,
        /// Bytes of output.
        output_size: Uint64,
    },
    /// Fixes the round of the beacon and the epoch of stake by which the present rung is drawn: `seal_ahead` rounds after the one
    /// due now, and the last closed epoch. By anyone, from two blocks after the result (or the end of the rung before) on, for a tip. Not if the
    /// round would be due less than a minute (a quarter of a short epoch) before the present epoch of stake ends. Errors:
    /// `mkt.no_panel`, `mkt.wrong_phase`, `mkt.too_early`. Event: `joule_panel_sealed`.
    Seal {
        /// Job.
        job: JobId,
    },
    /// Draws the seats of the present rung by the sealed round. If the stake of the sealed epoch is not known any more, the rung goes back to
    /// sealing; if too few validators are eligible, the job ends and the buyer is refunded. By anyone, for a tip. Errors: `mkt.no_panel`, `mkt.wrong_phase`,
    /// `mkt.no_round` (not posted yet). Events: `joule_seat_drawn` each, or `joule_panel_resealed`, or `joule_job_failed`.
    Draw {
        /// Job.
        job: JobId,
    },
    /// Commits a sealed vote (`joule_work::committee::Panel::seal` over the seat owner's address). By owner or operator of the seat, once; by a standby only while seats are empty.
    /// Refused if the validator's bonded stake fell below half of `min_validator_stake`. When the last empty seat is filled the
    /// reveals begin. Errors: `mkt.no_panel`, `mkt.wrong_phase`, `mkt.stale_attempt`, `mkt.not_seated`, `mkt.already_claimed`, `mkt.too_late`, `mkt.invalid_vote`. Event: `joule_vote_committed`.
    CommitVote {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Rung.
        rung: u8,
        /// Seat.
        seat: u8,
        /// 32 bytes.
        sealed: HexBinary,
    },
    /// Reveals a vote with the steps that it must open (`joule_work::committee::Panel::openings`): each the step's digest followed by its path to the vote's
    /// `trace_root`, 32 bytes each (`joule_work::digest::prove`). By owner or operator of the seat. Errors: `mkt.no_panel`, `mkt.wrong_phase`, `mkt.stale_attempt`, `mkt.not_seated`,
    /// `mkt.too_late`, `mkt.invalid_vote` (does not match the seal, or an opening does not fit). Event: `joule_vote_revealed`.
    RevealVote {
        /// Job.
        job: JobId,
        /// Attempt.
        attempt: u32,
        /// Rung.
        rung: u8,
        /// Seat.
        seat: u8,
        /// Vote.
        vote: VoteRoots,
        /// 32 bytes that were sealed with it.
        salt: HexBinary,
        /// One for each position, rising; none if nothing could be fetched.
        openings: Vec<Binary>,
    },
    /// Counts the votes of the present rung once all that were committed are revealed, or the time to reveal is over: the result is upheld
    /// (the provider is paid), overturned (slashed, the job goes on elsewhere), there was nothing to judge (divided), or the next rung decides. By anyone, for a tip. Errors: `mkt.no_panel`,
    /// `mkt.wrong_phase`, `mkt.too_early`. Events: `joule_panel_escalated`, or `joule_panel_closed` and as the edge.
    Tally {
        /// Job.
        job: JobId,
    },
    /// Accepts a result: the provider is paid. By the buyer. Errors: `mkt.job_not_open`, `mkt.not_buyer`. Event: `joule_job_completed`.
    Accept {
        /// Job.
        job: JobId,
    },
    /// Cancels a job that does not run yet; everything not spent on tips goes back. By the buyer; open in a pause. Errors: `mkt.job_not_open`,
    /// `mkt.not_buyer`. Event: `joule_job_failed`.
    Cancel {
        /// Job.
        job: JobId,
    },
    /// Disputes a result inside the accept window; a bond of `dispute_bps` of the quote is held from the opener's balance. By the buyer or the
    /// provider. Errors: `mkt.job_not_open`, `mkt.too_late`, `mkt.not_party`. Event: `joule_job_disputed`.
    Dispute {
        /// Job.
        job: JobId,
        /// Words, at most 280 bytes.
        reason: String,
    },
    /// Splits a disputed job. By the arbiter of the job's terms, before the deadline. Errors: `mkt.not_arbiter`, `mkt.job_not_open`,
    /// `mkt.too_late`, `mkt.invalid_split`. Event: `joule_job_resolved`.
    Resolve {
        /// Job.
        job: JobId,
        /// Share of the quote for the provider, 0 to 10000.
        provider_bps: u16,
    },
    /// Carries out the deadline that has passed: start and run timeouts (5 % slash, next attempt or end), silence after a result
    /// (pays), silence of the arbiter (half and half), expiry in the queue (refund), the phases of a committee (seal again, standbys,
    /// reveals, tally; refund when its whole time is over). By anyone, for a tip. Errors: `mkt.too_early`,
    /// `mkt.job_not_found`, `mkt.job_final`. Events: as the edge.
    Timeout {
        /// Job.
        job: JobId,
    },
    /// Changes parameters within their bounds. By the dao. Errors: `mkt.invalid_params`. Event: `joule_params_updated`.
    UpdateParams {
        /// New values.
        update: Box<ParamsUpdate>,
    },
    /// Starts a new epoch of the index with other weights or references. By the dao, not while one is being re-keyed. Errors:
    /// `mkt.index_busy`, `mkt.invalid_params`. Event: `joule_index_advanced`.
    UpdateIndex {
        /// New values.
        index: IndexParams,
    },
    /// Launch, pause, resume, guardian.
    Admin(AdminMsg),
}

impl ExecuteMsg {
    /// Who may send it.
    #[must_use]
    pub const fn required_role(&self) -> Role {
        match self {
            ExecuteMsg::CreateOffer { .. }
            | ExecuteMsg::UpdateOffer { .. }
            | ExecuteMsg::CloseOffer { .. }
            | ExecuteMsg::Decline { .. }
            | ExecuteMsg::Start { .. }
            | ExecuteMsg::SubmitResult { .. }
            | ExecuteMsg::CommitVote { .. }
            | ExecuteMsg::RevealVote { .. }
            | ExecuteMsg::Accept { .. }
            | ExecuteMsg::Cancel { .. }
            | ExecuteMsg::Dispute { .. }
            | ExecuteMsg::Resolve { .. } => Role::Party,
            ExecuteMsg::Refresh { .. }
            | ExecuteMsg::Reindex { .. }
            | ExecuteMsg::PostJob { .. }
            | ExecuteMsg::Assign { .. }
            | ExecuteMsg::Seal { .. }
            | ExecuteMsg::Draw { .. }
            | ExecuteMsg::Tally { .. }
            | ExecuteMsg::Timeout { .. } => Role::Anyone,
            ExecuteMsg::UpdateParams { .. } | ExecuteMsg::UpdateIndex { .. } => Role::Owner,
            ExecuteMsg::Admin(admin) => admin.required_role(),
        }
    }
}
