//! What is stored, read straight from the records: no query and no handler stands between the books and who checks them.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{Addr, Coin, Order, StdResult, Storage};
use cw_storage_plus::{KeyDeserialize, Map, PrimaryKey};
use joule_escrow::state as esc;
use joule_kit::{
    control::CONTROL,
    packed::{Packed, PackedMap},
    Control,
};
use joule_marketplace::{domain::record, state as mkt};
use joule_registry::{records as reg_records, state as reg};
use joule_staking::state as stk;
use joule_types::{dao, denom_key, escrow, marketplace, registry, staking, Peer, Peers};
use serde::{de::DeserializeOwned, Serialize};

use crate::World;

/// A denomination by its storage key, `denom_key`.
pub type DenomKey = String;

/// Everything that the checks look at, at one moment. Plain data: a test may change any of it and ask what is reported.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Block time in seconds.
    pub now: u64,
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
    /// Claims of harmed parties.
    pub awards: BTreeMap<Addr, u128>,
    /// Incidents by caller and key.
    pub incidents: BTreeSet<(Addr, [u8; 17])>,
    /// Totals.
    pub ledger: joule_staking::domain::ledger::Ledger,
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
    /// End.
    pub settlement: Option<marketplace::Settlement>,
}

/// Records of the marketplace.
#[derive(Clone, Debug)]
pub struct MarketBooks {
    /// Parameters but denominations.
    pub params: mkt::Core,
    /// Denominations by key.
    pub denoms: BTreeMap<DenomKey, mkt::DenomRecord>,
    /// Last job id given.
    pub job_seq: u64,
    /// Jobs.
    pub jobs: BTreeMap<u64, JobBooks>,
    /// Jobs that have a state.
    pub progress: BTreeSet<u64>,
    /// Look-up: open jobs.
    pub open: BTreeSet<u64>,
    /// Look-up: queued jobs.
    pub queued: BTreeSet<u64>,
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
    pub stats: BTreeMap<u8, mkt::Stats>,
    /// Figures over all.
    pub totals: mkt::Totals,
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
}

type Store<'a> = Box<dyn Storage + 'a>;

fn all<'a, K, V>(map: &Map<K, V>, store: &Store) -> BTreeMap<K::Output, V>
where
    K: PrimaryKey<'a> + KeyDeserialize,
    K::Output: Ord + 'static,
    V: Serialize + DeserializeOwned,
{
    let found: StdResult<_> = map.range(&**store, None, None, Order::Ascending).collect();
    found.expect("records can be read")
}

fn keys<'a, K, V>(map: &Map<K, V>, store: &Store) -> BTreeSet<K::Output>
where
    K: PrimaryKey<'a> + KeyDeserialize,
    K::Output: Ord + 'static,
    V: Serialize + DeserializeOwned,
{
    let found: StdResult<_> = map.keys(&**store, None, None, Order::Ascending).collect();
    found.expect("keys can be read")
}

fn packed<T: Packed>(map: &PackedMap<T>, store: &Store) -> BTreeMap<Vec<u8>, T> {
    map.range(&**store, &[], None, Order::Ascending)
        .collect::<Result<_, _>>()
        .expect("packed records can be read")
}

fn by_id<T: Packed>(map: &PackedMap<T>, store: &Store) -> BTreeMap<u64, T> {
    let id = |key: Vec<u8>| u64::from_be_bytes(key.try_into().expect("a key of eight bytes"));
    packed(map, store)
        .into_iter()
        .map(|(key, record)| (id(key), record))
        .collect()
}

impl World {
    /// Reads all records.
    ///
    /// # Panics
    /// If a record does not read: every layout is part of what is checked.
    #[must_use]
    pub fn observe(&self) -> Observation {
        let app = &self.backend.app;
        let open = |peer: Peer| app.contract_storage(self.peers.get(peer));
        let controls = Peer::ALL
            .into_iter()
            .filter(|peer| *peer != Peer::Token)
            .map(|peer| (peer.name(), CONTROL.load(&*open(peer)).expect("a control record")))
            .collect();
        let joule = denom_key(&self.joule());
        let (wallets, supply) = self.wallets(&joule);
        Observation {
            now: self.now(),
            peers: self.peers.clone(),
            joule,
            wallets,
            supply,
            donated: BTreeMap::new(),
            controls,
            escrow: escrow_books(&open(Peer::Escrow)),
            staking: staking_books(&open(Peer::Staking)),
            market: market_books(&open(Peer::Marketplace)),
            registry: registry_books(&open(Peer::Registry)),
            dao: self.ask(&self.peers.dao, &dao::QueryMsg::Params {}),
        }
    }

    fn wallets(&self, joule: &str) -> (BTreeMap<(DenomKey, Addr), u128>, BTreeMap<DenomKey, u128>) {
        const BANK: Map<&Addr, Vec<Coin>> = Map::new("balances");
        let app = &self.backend.app;
        let (mut wallets, mut supply) = (BTreeMap::new(), BTreeMap::new());
        for (owner, coins) in all(&BANK, &app.prefixed_storage(b"bank")) {
            for coin in coins {
                let key = format!("n{}", coin.denom);
                if !supply.contains_key(&key) {
                    let sum = app.wrap().query_supply(&coin.denom).expect("a supply");
                    supply.insert(key.clone(), sum.amount.u128());
                }
                wallets.insert((key, owner.clone()), coin.amount.u128());
            }
        }
        let token = app.contract_storage(&self.peers.token);
        for (owner, amount) in all(&cw20_base::state::BALANCES, &token) {
            wallets.insert((joule.to_string(), owner), amount.u128());
        }
        let info = cw20_base::state::TOKEN_INFO.load(&*token).expect("a token");
        supply.insert(joule.to_string(), info.total_supply.u128());
        wallets.retain(|_, amount| *amount > 0);
        (wallets, supply)
    }
}

fn escrow_books(store: &Store) -> EscrowBooks {
    EscrowBooks {
        params: esc::PARAMS.load(&**store).expect("parameters"),
        balances: all(&esc::BALANCES, store),
        ledgers: all(&esc::LEDGERS, store),
        holds: all(&esc::HOLDS, store),
        closed: all(&esc::CLOSED, store),
    }
}

fn staking_books(store: &Store) -> StakingBooks {
    let range = |item: StdResult<(_, _)>| item.expect("records can be read");
    let plain = |map: BTreeMap<_, cosmwasm_std::Uint128>| map.into_iter().map(|(key, sum)| (key, sum.u128())).collect();
    StakingBooks {
        params: stk::PARAMS.load(&**store).expect("parameters"),
        pools: stk::POOLS
            .range(&**store, None, None, Order::Ascending)
            .map(range)
            .collect(),
        shares: stk::SHARES
            .range(&**store, None, None, Order::Ascending)
            .map(|item| item.map(|(key, sum)| (key, sum.u128())).expect("records can be read"))
            .collect(),
        total: stk::TOTAL
            .may_load(&**store)
            .expect("a total")
            .unwrap_or_default()
            .u128(),
        cohorts: all(&stk::COHORTS, store),
        entries: all(&stk::ENTRIES, store),
        awards: plain(all(&stk::AWARDS, store)),
        incidents: keys(&stk::INCIDENTS, store),
        ledger: stk::LEDGER.may_load(&**store).expect("a ledger").unwrap_or_default(),
    }
}

fn market_books(store: &Store) -> MarketBooks {
    let progress = by_id(&mkt::PROGRESS, store);
    let (attempts, disputes, settlements) = (
        all(&mkt::ATTEMPTS, store),
        all(&mkt::DISPUTES, store),
        all(&mkt::SETTLEMENTS, store),
    );
    let jobs = all(&mkt::SPECS, store).into_iter().map(|(id, posted)| {
        let job = JobBooks {
            posted,
            progress: progress.get(&id).cloned(),
            attempt: attempts.get(&id).cloned(),
            dispute: disputes.get(&id).cloned(),
            settlement: settlements.get(&id).cloned(),
        };
        (id, job)
    });
    let stats = packed(&mkt::STATS, store).into_iter();
    MarketBooks {
        params: mkt::PARAMS.load(&**store).expect("parameters"),
        denoms: all(&mkt::DENOMS, store),
        job_seq: mkt::JOB_SEQ.may_load(&**store).expect("an id").unwrap_or_default(),
        jobs: jobs.collect(),
        progress: progress.into_keys().collect(),
        open: keys(&mkt::OPEN, store),
        queued: keys(&mkt::QUEUED, store),
        buyer_jobs: keys(&mkt::BUYER_JOBS, store),
        provider_jobs: keys(&mkt::PROVIDER_JOBS, store),
        offer_seq: mkt::OFFER_SEQ.may_load(&**store).expect("an id").unwrap_or_default(),
        offers: all(&mkt::OFFERS, store),
        provider_offers: keys(&mkt::PROVIDER_OFFERS, store),
        offer_count: all(&mkt::OFFER_COUNT, store),
        nodes: by_id(&mkt::NODES, store),
        index: mkt::INDEX.load(&**store, &[]).expect("the index").expect("the index"),
        entries: by_id(&mkt::ENTRIES, store),
        rank: packed(&mkt::RANK, store),
        parked: packed(&mkt::PARKED, store),
        stats: stats.filter_map(|(key, stats)| Some((*key.first()?, stats))).collect(),
        totals: mkt::TOTALS.load(&**store, &[]).expect("totals").unwrap_or_default(),
        earners: keys(&mkt::EARNERS, store),
    }
}

fn registry_books(store: &Store) -> RegistryBooks {
    let last = |item: &cw_storage_plus::Item<u64>| item.may_load(&**store).expect("an id").unwrap_or_default();
    RegistryBooks {
        params: reg::PARAMS.load(&**store).expect("parameters"),
        last: (last(&reg::LAST_PROVIDER), last(&reg::LAST_NODE)),
        profiles: all(&reg::PROFILES, store),
        tracks: by_id(&reg::TRACKS, store),
        provider_of: all(&reg::PROVIDER_OF, store),
        nodes: by_id(&reg::NODES, store),
        cards: keys(&reg::CARDS, store),
        nodes_of: keys(&reg::NODES_OF, store),
    }
}
