//! From the storage of the contracts to plain data.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{Addr, Coin, Order, StdResult, Storage};
use cw_storage_plus::{KeyDeserialize, Map, PrimaryKey};
use joule_escrow::state as esc;
use joule_kit::{
    control::CONTROL,
    packed::{Packed, PackedMap},
};
use joule_marketplace::state as mkt;
use joule_registry::state as reg;
use joule_staking::{state as stk, validators};
use joule_types::{dao, denom_key, registry, staking, Peer, WindowId};
use serde::{de::DeserializeOwned, Serialize};

use super::{
    DenomKey, EscrowBooks, JobBooks, MarketBooks, Observation, PanelBooks, RegistryBooks, StakingBooks, ValidatorBooks,
};
use crate::World;

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
            chain_id: app.block_info().chain_id,
            peers: self.peers.clone(),
            joule,
            wallets,
            supply,
            donated: BTreeMap::new(),
            controls,
            escrow: escrow_books(&open(Peer::Escrow)),
            staking: staking_books(&open(Peer::Staking)),
            market: market_books(&open(Peer::Marketplace)),
            registry: self.registry_books(&open(Peer::Registry)),
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
        awards: all(&stk::AWARDS, store)
            .into_iter()
            .map(|(key, sum)| (key, sum.u128()))
            .collect(),
        incidents: keys(&stk::INCIDENTS, store),
        ledger: stk::LEDGER.may_load(&**store).expect("a ledger").unwrap_or_default(),
        validators: validator_books(store),
    }
}

fn validator_books(store: &Store) -> ValidatorBooks {
    ValidatorBooks {
        record: staking::handle::VALIDATORS.load(&**store).expect("a record"),
        tree: packed(&validators::TREE, store),
        seats: all(&validators::SEATS, store),
        slots: all(&validators::SLOT_OF, store),
        operators: all(&validators::OWNER_OF, store),
        retired: all(&validators::RETIRED, store),
        free: keys(&validators::FREE, store),
        used: validators::USED
            .may_load(&**store)
            .expect("a number")
            .unwrap_or_default(),
    }
}

fn market_books(store: &Store) -> MarketBooks {
    let progress = by_id(&mkt::PROGRESS, store);
    let (attempts, disputes) = (all(&mkt::ATTEMPTS, store), all(&mkt::DISPUTES, store));
    let (results, settlements) = (all(&mkt::RESULTS, store), all(&mkt::SETTLEMENTS, store));
    let (mut panels, spent) = (panel_books(store), all(&mkt::SPENT, store));
    let jobs = all(&mkt::SPECS, store).into_iter().map(|(id, posted)| {
        let job = JobBooks {
            posted,
            progress: progress.get(&id).cloned(),
            attempt: attempts.get(&id).cloned(),
            dispute: disputes.get(&id).cloned(),
            result: results.get(&id).cloned(),
            settlement: settlements.get(&id).cloned(),
            panels: panels.remove(&id).unwrap_or_default(),
            spent: spent.get(&id).map_or(0, |sum| sum.u128()),
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
        open_seats: all(&mkt::OPEN_SEATS, store),
        open: keys(&mkt::OPEN, store),
        queued: keys(&mkt::QUEUED, store),
        verifying: keys(&mkt::VERIFYING, store),
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

/// Committees by job and attempt.
fn panel_books(store: &Store) -> BTreeMap<u64, BTreeMap<u32, PanelBooks>> {
    let mut found = BTreeMap::<u64, BTreeMap<u32, PanelBooks>>::new();
    let id = |key: &[u8]| {
        let (job, rest) = key.split_first_chunk::<8>().expect("a key begins with a job");
        let (attempt, rest) = rest.split_first_chunk::<4>().expect("and an attempt");
        (u64::from_be_bytes(*job), u32::from_be_bytes(*attempt), rest.to_vec())
    };
    let links = all(&mkt::LINKS, store);
    for (key, panel) in packed(&mkt::PANELS, store) {
        let (job, attempt, _) = id(&key);
        let books = PanelBooks {
            panel,
            seats: BTreeMap::new(),
            links: links.get(&(job, attempt)).cloned().unwrap_or_default(),
        };
        found.entry(job).or_default().insert(attempt, books);
    }
    for (key, seat) in packed(&mkt::SEATS, store) {
        let (job, attempt, place) = id(&key);
        let [rung, number] = place.try_into().expect("a rung and a number");
        let panel = found.get_mut(&job).and_then(|panels| panels.get_mut(&attempt));
        panel.expect("a seat of a committee").seats.insert((rung, number), seat);
    }
    found
}

impl World {
    fn registry_books(&self, store: &Store) -> RegistryBooks {
        let last = |item: &cw_storage_plus::Item<u64>| item.may_load(&**store).expect("an id").unwrap_or_default();
        let rounds = all(&registry::handle::ROUNDS, store).into_iter();
        let windows = (1..=last(&reg::LAST_WINDOW)).filter_map(|id| {
            let window = Some(WindowId(id));
            let window: Option<registry::WindowResponse> =
                self.ask(&self.peers.registry, &registry::QueryMsg::Window { window });
            window.map(|window| (id, (window.round, window.opened_at)))
        });
        RegistryBooks {
            params: reg::PARAMS.load(&**store).expect("parameters"),
            last: (last(&reg::LAST_PROVIDER), last(&reg::LAST_NODE)),
            profiles: all(&reg::PROFILES, store),
            tracks: by_id(&reg::TRACKS, store),
            provider_of: all(&reg::PROVIDER_OF, store),
            nodes: by_id(&reg::NODES, store),
            cards: keys(&reg::CARDS, store),
            nodes_of: keys(&reg::NODES_OF, store),
            beacon: self.beacon(),
            rounds: rounds
                .map(|(round, record)| (round, record.randomness.to_vec()))
                .collect(),
            wanted: all(&reg::WANTED, store)
                .into_iter()
                .map(|(round, who)| (round, who == reg::Wanted::Committee))
                .collect(),
            tips: all(&reg::TIPS_OF, store)
                .into_iter()
                .map(|(who, sum)| (who, sum.u128()))
                .collect(),
            windows: windows.collect(),
        }
    }
}
