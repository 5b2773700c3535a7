//! Jobs.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, HexBinary, Uint128, Uint64};
use joule_work::{
    fees::FeeTerms,
    job::{FailReason, JobState},
};

use super::Requirements;
use crate::{HoldId, JobId, NodeId, OfferId, ProviderId};

/// Most bytes of a content address.
pub const MAX_URL: usize = 256;

/// A content-addressed object.
#[cw_serde]
pub struct Object {
    /// SHA-256 of the bytes, 32 bytes.
    pub sha256: HexBinary,
    /// Bytes.
    pub size: Uint64,
    /// Where to fetch it (https, file on local chains, s3, ...); the digest decides. At most 256 bytes.
    pub url: String,
}

/// How a result is judged.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum Verification {
    /// The buyer accepts, disputes, or is silent and thereby accepts.
    BuyerAccept {},
    /// Validators drawn by the beacon run the job again and vote (`joule_work::committee`). For bit-deterministic runtimes only: a result
    /// that differs between honest machines costs its provider stake.
    Committee {},
}

/// What a buyer wants run.
#[cw_serde]
pub struct JobSpec {
    /// Engine, interface and fuel table, e.g. `wasm/1@wasmtime-48.0.8`; at most 48 bytes.
    pub runtime: String,
    /// The program.
    pub bundle: Object,
    /// Its input.
    pub input: Object,
    /// Steps, 1 to 65536: calls of `step(i)`, or dispatches. At least 16 in committee mode.
    pub steps: u32,
    /// Fuel of one step.
    pub fuel_per_step: Uint64,
    /// Memory of the job in MiB, at most 65536.
    pub memory_mb: u32,
    /// Most bytes of output.
    pub max_output: Uint64,
    /// The buyer's own measure of difficulty, kept for statistics; at least 1.
    pub complexity: u32,
    /// Seconds it should take; at most `requirements.max_secs`.
    pub estimated_secs: u64,
    /// What the offer must meet. `budget` is what the hold keeps for the provider.
    pub requirements: Requirements,
    /// Part of the hold for validators; zero in buyer-accept mode, in committee mode at least what a first jury costs at the full budget, or at
    /// `rep_min_quote` if that is more (`joule_work::committee::least_budget`). Each attempt that is judged uses up its part.
    pub verification_budget: Uint128,
    /// Part of the hold for those who crank the job, in the job's denomination.
    pub crank_deposit: Uint128,
    /// Without an assignment by this time (seconds) the job expires.
    pub deadline_at: u64,
    /// How the result is judged.
    pub verification: Verification,
}

/// Terms of a job, fixed when it is posted.
#[cw_serde]
pub struct JobTerms {
    /// Fee and split.
    pub fees: FeeTerms,
    /// Seconds to start after an assignment.
    pub start_secs: u64,
    /// Seconds to accept or dispute a result.
    pub accept_secs: u64,
    /// Seconds for the arbiter.
    pub arbiter_secs: u64,
    /// Who decides disputes.
    pub arbiter: Addr,
    /// Dispute fee and bond, basis points of the quote.
    pub dispute_bps: u16,
    /// Share of the pool slashed on a timeout, basis points.
    pub timeout_slash_bps: u16,
    /// Attempts in all; up to eight that were declined do not count.
    pub max_attempts: u8,
    /// Tip for one crank, base units of the job's denomination.
    pub tip: Uint128,
    /// Least quote for which a success counts for reputation.
    pub rep_min_quote: Uint128,
    /// How a committee judges; none in buyer-accept mode.
    pub committee: Option<CommitteeTerms>,
}

/// One provider's try at a job.
#[cw_serde]
pub struct Attempt {
    /// From 1.
    pub attempt: u32,
    /// Offer it was matched with.
    pub offer: OfferId,
    /// Node.
    pub node: NodeId,
    /// Provider.
    pub provider: ProviderId,
    /// Owner: whose pool is behind it.
    pub owner: Addr,
    /// Operator: who may act.
    pub operator: Addr,
    /// Where earnings go.
    pub payout: Addr,
    /// What the provider gets before the fee, base units.
    pub quote: Uint128,
    /// Score at the match.
    pub score: u32,
    /// Seconds.
    pub assigned_at: u64,
    /// Seconds; none before `Start`.
    pub started_at: Option<u64>,
    /// Referrer of the provider inside its first year.
    pub referrer: Option<Addr>,
}

/// How committees judge; a job keeps the terms of the day it was posted.
#[cw_serde]
pub struct CommitteeTerms {
    /// What a majority vote earns, basis points of the quote, or of the job's `rep_min_quote` if that is more: a jury is never free.
    pub verify_bps: u16,
    /// Least number of eligible validators for which a job is taken.
    pub min_validators: u32,
    /// Longest running time of a job in committee mode, seconds.
    pub max_secs: u64,
    /// A seal fixes the round this far after the one due then, 1 to 100.
    pub seal_ahead: u64,
    /// Seconds to seal (longer by what the end of an epoch takes, near which no rung is sealed), and from a seal to the draw.
    pub beacon_secs: u64,
    /// Least seconds to commit a vote; the time is twice the job's `max_secs` if that is more. Standbys get as much again.
    pub commit_secs: u64,
    /// Seconds to reveal.
    pub reveal_secs: u64,
    /// Seals of a rung after the first, 0 to 10.
    pub max_reseals: u8,
    /// Slash for a result proven wrong, basis points of the provider's pool. One that is right and was not served costs `timeout_slash_bps`.
    pub wrong_result_bps: u16,
    /// Slash for a vote against the final ruling, or committed and not revealed.
    pub wrong_vote_bps: u16,
    /// Slash for a seat that never voted, or only for what it could not fetch, where enough others committed.
    pub no_show_bps: u16,
    /// Micro-JOULE for each majority vote out of the provider's slash, after the buyer was repaid.
    pub premium: Uint128,
}

/// Where a committee stands.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum PanelPhase {
    /// Waits for `Seal`.
    Sealing,
    /// A round is fixed; waits for it and for `Draw`.
    AwaitBeacon,
    /// Seats commit.
    Commit,
    /// Standbys commit in place of empty seats.
    Standby,
    /// Votes are revealed.
    Reveal,
    /// The ruling is final.
    Closed,
}

/// A committee that judges an attempt.
#[cw_serde]
pub struct PanelResponse {
    /// Job.
    pub job: JobId,
    /// Attempt.
    pub attempt: u32,
    /// Rung, from 0; the last one if the panel is closed.
    pub rung: u8,
    /// Phase.
    pub phase: PanelPhase,
    /// Last second of the phase; then anyone may send `Timeout`.
    pub phase_until: u64,
    /// After this time anyone may refund the buyer. Grows with the times to seal that the end of an epoch made longer.
    pub judge_by: u64,
    /// Height from which `Seal` is possible.
    pub seal_from: u64,
    /// Sealed round of the rung.
    pub round: Option<u64>,
    /// Epoch of stake that the draw of the rung reads.
    pub epoch: Option<u64>,
    /// Seals of the rung after the first.
    pub reseals: u8,
    /// Randomness of the draw of the rung, 32 bytes; none before the draw.
    pub randomness: Option<HexBinary>,
    /// How it ended.
    pub ruling: Option<PanelRuling>,
    /// Seats of all rungs, in order of rung and seat; primaries before standbys.
    pub seats: Vec<SeatResponse>,
}

/// How a committee ended.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum PanelRuling {
    /// The result is right.
    Upheld,
    /// It is wrong.
    Overturned,
    /// Program or input could not be fetched: the quote was divided.
    Unjudged,
    /// No ruling: the buyer was refunded.
    Abandoned,
}

/// A seat of a committee.
#[cw_serde]
pub struct SeatResponse {
    /// Rung, from 0.
    pub rung: u8,
    /// Number on the rung, from 0.
    pub seat: u8,
    /// A standby.
    pub standby: bool,
    /// Owner of the validator's pool: who is paid and slashed.
    pub owner: Addr,
    /// Who votes, as well as the owner.
    pub operator: Addr,
    /// Stake by which it was drawn, micro-JOULE.
    pub weight: Uint128,
    /// Sealed vote, 32 bytes.
    pub sealed: Option<HexBinary>,
    /// Revealed vote.
    pub vote: Option<VoteRoots>,
    /// What became of it; none before the ruling.
    pub verdict: Option<SeatVerdict>,
}

/// A vote on the wire: `joule_work::committee::Vote`.
#[cw_serde]
pub struct VoteRoots {
    /// SHA-256 of the output, or 32 zero bytes if it could not be fetched. With a trace root of zeros too: program or input could not be fetched,
    /// nothing was run, and no step is opened.
    pub result_root: HexBinary,
    /// Root over the step digests.
    pub trace_root: HexBinary,
}

/// What became of a seat.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum SeatVerdict {
    /// Voted as finally ruled: paid.
    Paid,
    /// Voted otherwise, or committed and did not reveal: slashed.
    Wrong,
    /// Never voted, or only said that something could not be fetched while the ruling says otherwise: slashed a little, if enough others of the
    /// rung voted.
    NoShow,
    /// A standby that was not needed, or there was no ruling.
    Excused,
}

/// What a provider delivered.
#[cw_serde]
pub struct JobResult {
    /// SHA-256 of the output.
    pub result_root: HexBinary,
    /// RFC 6962 root over the step digests.
    pub trace_root: HexBinary,
    /// Where the output can be fetched.
    pub output_url: String,
    /// Bytes of output.
    pub output_size: Uint64,
    /// Seconds.
    pub submitted_at: u64,
}

/// A dispute.
#[cw_serde]
pub struct Dispute {
    /// Buyer or provider's owner or operator.
    pub opened_by: Addr,
    /// The opener is the buyer.
    pub by_buyer: bool,
    /// Its words, at most 280 bytes.
    pub reason: String,
    /// Hold of the bond.
    pub bond: HoldId,
    /// Base units of the bond.
    pub bond_amount: Uint128,
    /// Seconds.
    pub opened_at: u64,
    /// After this time anyone settles it half and half.
    pub deadline_at: u64,
}

/// How a job ended.
#[cw_serde]
pub struct Settlement {
    /// Sum to which the fee applied.
    pub gross: Uint128,
    /// Paid to validators, all attempts.
    pub validators: Uint128,
    /// Arbiter's fee from the hold (the bond's part is not in it).
    pub arbiter: Uint128,
    /// Share of the quote that the provider got of a divided job, basis points: by the arbiter, or 5000 by his silence or where a committee
    /// had nothing to judge. None otherwise.
    pub provider_bps: Option<u16>,
    /// Seconds.
    pub at: u64,
}

/// A job.
#[cw_serde]
pub struct JobResponse {
    /// Id.
    pub job: JobId,
    /// Who pays.
    pub buyer: Addr,
    /// What is to be run.
    pub spec: JobSpec,
    /// Terms of the day it was posted.
    pub terms: JobTerms,
    /// State.
    pub state: JobState,
    /// Why it failed.
    pub fail_reason: Option<FailReason>,
    /// Hold in the escrow.
    pub hold: HoldId,
    /// Attempts made so far.
    pub attempts: u32,
    /// The running or last attempt.
    pub attempt: Option<Attempt>,
    /// The delivered result.
    pub result: Option<JobResult>,
    /// The dispute.
    pub dispute: Option<Dispute>,
    /// The end.
    pub settlement: Option<Settlement>,
    /// Seconds.
    pub posted_at: u64,
    /// After this time anyone may send `Timeout`; none in a final state.
    pub next_deadline_at: Option<u64>,
    /// Rises by one with each change of state.
    pub version: u32,
}
