//! What is stored, read straight from the records: no query and no handler stands between the books and who checks them.

mod read;

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::Addr;
use joule_escrow::state as esc;
use joule_kit::Control;
use joule_marketplace::{
    domain::{
        figures,
        panel::{Panel, Seat},
        record,
    },
    state as mkt,
};
use joule_registry::{records as reg_records, state as reg};
use joule_staking::{domain::tree::Node, state as stk, validators};
use joule_types::{dao, escrow, marketplace, registry, staking, Peers};

/// A denomination by its storage key, `denom_key`.
pub type DenomKey = String;

/// Everything that the checks look at, at one moment. Plain data: a test may change any of it and ask what is reported.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Block time in seconds.
    pub now: u64,
    /// The chain.
    pub chain_id: String,
    /// Addresses of the contracts.
    pub peers: Peers<Addr>,
    /// JOULE by its storage key.
    pub joule: DenomKey,
    /// What each account has outside of the contracts' books, by denomination.
    pub wallets: BTreeMap<(DenomKey, Addr), u128>,
    /// Supply of each denomination, as bank and token say.
    pub supply: BTreeMap<DenomKey, u128>,
    /// Coins that were sent to a contract by plain sends: nobody's.
    pub donated: BTreeMap<(DenomKey, Addr), u128>,
    /// Phase, pause and guardian of the five contracts.
    pub controls: BTreeMap<&'static str, Control>,
    /// Escrow.
    pub escrow: EscrowBooks,
    /// Staking.
    pub staking: StakingBooks,
    /// Marketplace.
    pub market: MarketBooks,
    /// Registry.
    pub registry: RegistryBooks,
    /// Dao.
    pub dao: dao::ParamsResponse,
}

/// Records of the escrow.
#[derive(Clone, Debug)]
pub struct EscrowBooks {
    /// Parameters.
    pub params: escrow::Params,
    /// Free balances.
    pub balances: BTreeMap<(Addr, DenomKey), joule_escrow::domain::balance::Balance>,
    /// Totals.
    pub ledgers: BTreeMap<DenomKey, joule_escrow::domain::ledger::Ledger>,
    /// Open holds.
    pub holds: BTreeMap<u64, esc::Hold>,
    /// Closed holds.
    pub closed: BTreeMap<u64, esc::Hold>,
}

/// Records of staking.
#[derive(Clone, Debug)]
pub struct StakingBooks {
    /// Parameters.
    pub params: staking::Params,
    /// Pools by owner.
    pub pools: BTreeMap<Addr, staking::PoolRecord>,
    /// Shares by pool, generation and staker.
    pub shares: BTreeMap<(Addr, u32, Addr), u128>,
    /// Sum of what is bonded.
    pub total: u128,
    /// Unbonding stake by pool and maturity.
    pub cohorts: BTreeMap<(Addr, u64), joule_staking::domain::pot::Pot>,
    /// Parts of stakers by staker, maturity and pool.
    pub entries: BTreeMap<(Addr, u64, Addr), stk::Entry>,
    /// Claims of those who were repaid, by party and maturity.
    pub awards: BTreeMap<(Addr, u64), u128>,
    /// Incidents by caller and key.
    pub incidents: BTreeSet<(Addr, [u8; 17])>,
    /// Totals.
    pub ledger: joule_staking::domain::ledger::Ledger,
    /// Validators.
    pub validators: ValidatorBooks,
}

/// Records of the validators.
#[derive(Clone, Debug)]
pub struct ValidatorBooks {
    /// Length of an epoch and counters.
    pub record: staking::ValidatorsRecord,
    /// Nodes of the tree by the digits that lead to them.
    pub tree: BTreeMap<Vec<u8>, Node>,
    /// Who sits on a slot.
    pub seats: BTreeMap<u16, validators::Seat>,
    /// Slots of the enrolled.
    pub slots: BTreeMap<Addr, u16>,
    /// Look-up: owner by operator.
    pub operators: BTreeMap<Addr, Addr>,
    /// Slots that were given back, by last owner, and from when others may have them.
    pub retired: BTreeMap<Addr, (u16, u32)>,
    /// The same in the order in which others may have them.
    pub free: BTreeSet<(u32, u16)>,
    /// Slots that were ever given.
    pub used: u32,
}

/// A job with all its records.
#[derive(Clone, Debug, PartialEq)]
pub struct JobBooks {
    /// As posted.
    pub posted: mkt::Posted,
    /// State; absent only if a record is missing.
    pub progress: Option<mkt::Progress>,
    /// Running or last attempt.
    pub attempt: Option<mkt::AttemptRecord>,
    /// Dispute.
    pub dispute: Option<marketplace::Dispute>,
    /// What was delivered last.
    pub result: Option<marketplace::JobResult>,
    /// End.
    pub settlement: Option<marketplace::Settlement>,
    /// Committees by attempt.
    pub panels: BTreeMap<u32, PanelBooks>,
    /// What validators were paid from the verification budget.
    pub spent: u128,
}

/// A committee with all its records.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelBooks {
    /// Where it stands.
    pub panel: Panel,
    /// Seats by rung and number.
    pub seats: BTreeMap<(u8, u8), Seat>,
    /// Who may not judge.
    pub links: Vec<Addr>,
}

/// Records of the marketplace.
#[derive(Clone, Debug)]
pub struct MarketBooks {
    /// Parameters but denominations.
    pub params: marketplace::Params,
    /// Denominations by key.
    pub denoms: BTreeMap<DenomKey, mkt::DenomRecord>,
    /// Last job id given.
    pub job_seq: u64,
    /// Jobs.
    pub jobs: BTreeMap<u64, JobBooks>,
    /// Jobs that have a state.
    pub progress: BTreeSet<u64>,
    /// Look-up: seats of committees that are not closed, by owner and job.
    pub open_seats: BTreeMap<(Addr, u64), u64>,
    /// Look-up: open jobs.
    pub open: BTreeSet<u64>,
    /// Look-up: queued jobs.
    pub queued: BTreeSet<u64>,
    /// Look-up: jobs that a committee judges.
    pub verifying: BTreeSet<u64>,
    /// Look-up: jobs by buyer.
    pub buyer_jobs: BTreeSet<(Addr, u64)>,
    /// Look-up: open jobs by provider.
    pub provider_jobs: BTreeSet<(u64, u64)>,
    /// Last offer id given.
    pub offer_seq: u64,
    /// Offers.
    pub offers: BTreeMap<u64, mkt::OfferRecord>,
    /// Look-up: open offers by provider.
    pub provider_offers: BTreeSet<(u64, u64)>,
    /// Counter: open offers by provider.
    pub offer_count: BTreeMap<u64, u32>,
    /// Loads and offers of nodes.
    pub nodes: BTreeMap<u64, mkt::NodeRecord>,
    /// State of the index.
    pub index: mkt::IndexState,
    /// Entries by offer.
    pub entries: BTreeMap<u64, record::Entry>,
    /// Listed offers by key.
    pub rank: BTreeMap<Vec<u8>, record::Record>,
    /// Listed offers whose node is full, by key.
    pub parked: BTreeMap<Vec<u8>, record::Record>,
    /// Figures by number of the denomination.
    pub stats: BTreeMap<u8, figures::Stats>,
    /// Figures over all.
    pub totals: figures::Totals,
    /// Providers that were ever paid.
    pub earners: BTreeSet<u64>,
}

/// Records of the registry.
#[derive(Clone, Debug)]
pub struct RegistryBooks {
    /// Parameters.
    pub params: registry::Params,
    /// Last provider and node id given.
    pub last: (u64, u64),
    /// Providers.
    pub profiles: BTreeMap<u64, reg::Profile>,
    /// What they did.
    pub tracks: BTreeMap<u64, reg_records::Track>,
    /// Look-up: provider of an address.
    pub provider_of: BTreeMap<Addr, u64>,
    /// Nodes.
    pub nodes: BTreeMap<u64, reg_records::Node>,
    /// Nodes that have a description.
    pub cards: BTreeSet<u64>,
    /// Look-up: nodes by provider.
    pub nodes_of: BTreeSet<(u64, u64)>,
    /// The beacon, its latest round and the fund for tips.
    pub beacon: registry::BeaconResponse,
    /// Posted rounds: their randomness.
    pub rounds: BTreeMap<u64, Vec<u8>>,
    /// Rounds that somebody waits for: a committee, or a node alone.
    pub wanted: BTreeMap<u64, bool>,
    /// Tips that were earned and not claimed, by who posted.
    pub tips: BTreeMap<Addr, u128>,
    /// Proof windows by id: the round that opened each, and when.
    pub windows: BTreeMap<u64, (u64, u64)>,
}
