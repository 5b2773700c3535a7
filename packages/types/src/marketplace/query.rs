//! Queries of the marketplace.

use cosmwasm_schema::{cw_serde, QueryResponses};
use cosmwasm_std::Uint128;
use cw20::Denom;
use joule_work::{kind::Class, price::PriceUnit};

use super::{IndexParams, JobResponse, OfferResponse, PanelResponse, Params, RankedOffer, Requirements};
use crate::{AdminResponse, JobId, OfferId, Page, ProviderId};

/// Queries.
#[cw_serde]
#[derive(QueryResponses)]
pub enum QueryMsg {
    /// Parameters.
    #[returns(Params)]
    Params {},
    /// Phase, pause, guardian, peers.
    #[returns(AdminResponse)]
    Admin {},
    /// Epochs of the index and their parameters.
    #[returns(IndexResponse)]
    Index {},
    /// An offer.
    #[returns(OfferResponse)]
    Offer {
        /// Id.
        offer: OfferId,
    },
    /// Open offers, all or of one provider, by id.
    #[returns(Page<OfferResponse, OfferId>)]
    Offers {
        /// Only this provider's.
        provider: Option<ProviderId>,
        /// Exclusive.
        start_after: Option<OfferId>,
        /// At most 100.
        limit: Option<u32>,
    },
    /// A job.
    #[returns(JobResponse)]
    Job {
        /// Id.
        job: JobId,
    },
    /// Jobs, by id.
    #[returns(Page<JobResponse, JobId>)]
    Jobs {
        /// Which.
        filter: JobFilter,
        /// Exclusive.
        start_after: Option<JobId>,
        /// At most 30.
        limit: Option<u32>,
    },
    /// The committee of an attempt, with every seat and vote; none if there was none.
    #[returns(Option<PanelResponse>)]
    Panel {
        /// Job.
        job: JobId,
        /// Attempt; the last one if absent.
        attempt: Option<u32>,
    },
    /// Seats of a validator in panels that are not closed, by job.
    #[returns(Page<OpenSeat, JobId>)]
    SeatsOf {
        /// Owner of the validator's pool.
        owner: String,
        /// Exclusive.
        start_after: Option<JobId>,
        /// At most 100.
        limit: Option<u32>,
    },
    /// The best offers for a request with their scores and the certificate. Read only: costs nothing to ask.
    #[returns(RankResponse)]
    Rank {
        /// Request.
        requirements: Requirements,
        /// Who asks: offers of linked providers are marked.
        buyer: Option<String>,
        /// At most 30.
        limit: Option<u32>,
        /// Up to 8 offers to look at besides the index.
        hints: Vec<OfferId>,
    },
    /// For the best-scored offers of the kind and denomination, eligible or not: which requirement excludes each. Read only.
    #[returns(RankResponse)]
    ExplainMatch {
        /// Request.
        requirements: Requirements,
        /// Who asks.
        buyer: Option<String>,
        /// At most 30.
        limit: Option<u32>,
    },
    /// Figures of one denomination.
    #[returns(StatsResponse)]
    Stats {
        /// Denomination.
        denom: Denom,
    },
    /// What a price earns.
    #[returns(EstimateResponse)]
    Estimate {
        /// Base units per unit.
        price: Uint128,
        /// Unit of sale.
        unit: PriceUnit,
        /// Units (hours, GB, tasks, ...) in the period at full use.
        units: Uint128,
        /// Share of them that is sold, basis points.
        utilisation_bps: u16,
    },
    /// Shares of the capacity classes against the plan.
    #[returns(CapacityShareResponse)]
    CapacityShare {},
}

/// Which jobs.
#[cw_serde]
pub enum JobFilter {
    /// All.
    All {},
    /// Of one buyer.
    Buyer {
        /// Buyer.
        buyer: String,
    },
    /// Open ones whose running attempt is a provider's.
    Provider {
        /// Provider.
        provider: ProviderId,
    },
    /// Waiting in the queue.
    Queued {},
    /// Not in a final state.
    Open {},
    /// Judged by a committee now.
    Verifying {},
}

/// A seat that still may have to vote.
#[cw_serde]
pub struct OpenSeat {
    /// Job.
    pub job: JobId,
    /// Attempt.
    pub attempt: u32,
    /// Rung.
    pub rung: u8,
    /// Seat.
    pub seat: u8,
}

/// State of the index.
#[cw_serde]
pub struct IndexResponse {
    /// Epoch that matches use.
    pub serving: u32,
    /// Epoch that is being filled, if any.
    pub filling: Option<u32>,
    /// Parameters of the serving epoch.
    pub params: IndexParams,
    /// Parameters of the epoch being filled.
    pub next_params: Option<IndexParams>,
    /// Offers still to be re-keyed (an upper bound).
    pub remaining: u32,
}

/// A ranking.
#[cw_serde]
pub struct RankResponse {
    /// Best first.
    pub offers: Vec<RankedOffer>,
    /// No offer that was not scanned has an effective score above this.
    pub bound: u32,
    /// Every offer of the streams was scanned.
    pub exhaustive: bool,
    /// The first offer is certainly the best: `exhaustive` or its score is at least `bound`.
    pub certain: bool,
    /// Offers scanned.
    pub scanned: u32,
}

/// Figures of one denomination, kept in O(1) a deal.
#[cw_serde]
pub struct StatsResponse {
    /// Denomination.
    pub denom: Denom,
    /// Jobs posted.
    pub posted: u64,
    /// Jobs paid in full or by a split.
    pub paid_jobs: u64,
    /// Jobs failed.
    pub failed: u64,
    /// Sum of quotes of paid jobs.
    pub volume: Uint128,
    /// Sum that providers earned after fees.
    pub earned: Uint128,
    /// Buyers that ever posted in any denomination.
    pub buyers: u64,
    /// Providers that ever earned in any denomination.
    pub providers: u64,
    /// Paid of all ended jobs, basis points.
    pub success_bps: u16,
    /// Mean earnings of a paid job.
    pub mean_earned: Uint128,
    /// Price per hour of settled gpu and cpu jobs, moving mean over the last 16; none before the first.
    pub reference_price: Option<Uint128>,
}

/// What a price earns in a period, base units.
#[cw_serde]
pub struct EstimateResponse {
    /// Price x units x utilisation, floor.
    pub gross: Uint128,
    /// The provider's part.
    pub net: Uint128,
    /// The platform's fee.
    pub fee: Uint128,
    /// Yield on stake; 0 until staking pays yield.
    pub staking: Uint128,
    /// Bonuses; 0 until they exist.
    pub bonuses: Uint128,
}

/// Share of one class.
#[cw_serde]
pub struct ClassShare {
    /// Class.
    pub class: Class,
    /// Open offers of the class.
    pub offers: u64,
    /// Its share of all open offers, basis points.
    pub share_bps: u16,
    /// The plan's share, basis points.
    pub plan_bps: u16,
    /// Seconds sold by the class so far.
    pub sold_secs: u64,
}

/// Shares of all classes.
#[cw_serde]
pub struct CapacityShareResponse {
    /// Dedicated, cloud, community.
    pub classes: Vec<ClassShare>,
}
