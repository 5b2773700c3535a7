//! A market of one: the contract over a counting storage, beside a registry that answers from a table and an escrow and a staking
//! that write down what they are told. After each message of a small market the lists are rebuilt and compared.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{
    coin, from_json, testing::mock_env, testing::MockApi, to_json_binary, Addr, Binary, Coin, ContractResult,
    CosmosMsg, Deps, DepsMut, Empty, Env, Event, HexBinary, MessageInfo, Order, Querier, QuerierResult, QuerierWrapper,
    QueryRequest, Response, SystemResult, Timestamp, Uint128, WasmMsg, WasmQuery,
};
use cw20::Denom;
use joule_kit::testing::CountingStorage;
use joule_marketplace::{contract, state, MarketplaceError};
use joule_types::{escrow, marketplace::*, registry, staking, AdminMsg, JobId, NodeId, OfferId, Peers, ProviderId};
use joule_work::{
    fees::FeeTerms,
    job::JobState,
    kind::{Class, ResourceKind},
    price::PriceUnit,
    score::Weights,
    trust::TrustLevel,
};

pub const START: u64 = 1_700_000_000;
pub const REGIONS: [&str; 3] = ["us", "eu", "asia"];
pub const HOUR_PRICE: u128 = 3_600_000;

pub fn a(name: &str) -> Addr {
    MockApi::default().addr_make(name)
}

pub fn joule() -> Denom {
    Denom::Cw20(a("token"))
}

pub fn usdc() -> Denom {
    Denom::Native("uusdc".into())
}

pub fn peers() -> Peers<String> {
    let at = |name: &str| a(name).to_string();
    Peers {
        registry: at("registry"),
        marketplace: at("marketplace"),
        escrow: at("escrow"),
        staking: at("staking"),
        dao: at("dao"),
        token: at("token"),
    }
}

pub fn rules(denom: Denom) -> DenomRules {
    DenomRules {
        denom,
        deal_caps: [Some(10_000_000), Some(1_000_000_000), Some(50_000_000_000), None].map(|cap| cap.map(Uint128::new)),
        rep_min_quote: Uint128::new(500_000),
        tip: Uint128::new(10),
        joule_per_million: None,
    }
}

pub fn params() -> Params {
    Params {
        fees: FeeTerms {
            discount_bps: 1_000,
            ..FeeTerms::DEFAULT
        },
        arbiter: a("arbiter").into(),
        dispute_bps: 200,
        start_secs: 300,
        accept_secs: 86_400,
        arbiter_secs: 3 * 86_400,
        max_attempts: 3,
        timeout_slash_bps: 500,
        offer_deposit: Uint128::new(1_000_000),
        max_offers: 20_000.min(10_000),
        denoms: vec![
            rules(usdc()),
            DenomRules {
                joule_per_million: None,
                ..rules(joule())
            },
        ],
        max_job_secs: 86_400,
        max_queue_secs: 7 * 86_400,
        capacity_plan: [2_000, 3_000, 5_000],
    }
}

pub fn index_params() -> IndexParams {
    let price = |denom, unit, price: u128| RefPrice {
        denom,
        unit,
        price: price.into(),
    };
    IndexParams {
        weights: Weights::DEFAULT,
        ref_prices: vec![
            price(usdc(), PriceUnit::Hour, HOUR_PRICE),
            price(joule(), PriceUnit::Hour, HOUR_PRICE),
            price(usdc(), PriceUnit::Gigabyte, 1_000),
        ],
        ref_hash_rate: 1_000_000,
        latency: vec![
            vec![10_000, 6_000, 2_500],
            vec![6_000, 10_000, 2_500],
            vec![2_500, 2_500, 10_000],
        ],
    }
}

/// What the registry says of a good cpu node `id` of provider `id` in `us`.
pub fn node(id: u64) -> registry::Candidate {
    registry::Candidate {
        node: NodeId(id),
        provider: ProviderId(id),
        owner: a(&format!("owner{id}")),
        operator: a(&format!("operator{id}")),
        payout: a(&format!("payout{id}")),
        referrer: None,
        registered_at: START,
        class: Class::Community,
        kind: ResourceKind::Cpu,
        region: 0,
        hardware: registry::Hardware {
            model: "test".into(),
            units: 8,
            memory_mb: 16_384,
        },
        state: registry::NodeState::Active,
        available: true,
        hash_rate: 1_000_000,
        tier: None,
        uptime_bps: 9_900,
        load: 0,
        standing: registry::Standing {
            reputation: 100_000,
            success_bps: 10_000,
            trust: TrustLevel::Verified,
            stake: Uint128::new(1_000_000_000),
            under_review: false,
        },
    }
}

pub fn terms(node: u64) -> OfferTerms {
    OfferTerms {
        node: NodeId(node),
        denom: usdc(),
        price: HOUR_PRICE.into(),
        unit: PriceUnit::Hour,
        min_secs: 0,
        max_secs: 86_400,
        capacity: 1,
        sla_bps: 9_500,
    }
}

fn object(byte: u8) -> Object {
    Object {
        sha256: HexBinary::from(vec![byte; 32]),
        size: 100u64.into(),
        url: "file:///objects/x".into(),
    }
}

/// A cpu job of one hour at most; the offer of [`terms`] costs 3.6 USDC for it.
pub fn spec() -> JobSpec {
    JobSpec {
        runtime: "wasm/1@wasmtime-48.0.8".into(),
        bundle: object(1),
        input: object(2),
        steps: 16,
        fuel_per_step: 1_000_000u64.into(),
        memory_mb: 64,
        max_output: 1_000_000u64.into(),
        complexity: 3,
        estimated_secs: 60,
        requirements: wish(),
        verification_budget: Uint128::zero(),
        crank_deposit: Uint128::new(100),
        deadline_at: START + 86_400,
        verification: Verification::BuyerAccept {},
    }
}

pub fn wish() -> Requirements {
    Requirements {
        kind: ResourceKind::Cpu,
        denom: usdc(),
        max_secs: 3_600,
        units: 1,
        budget: Uint128::new(5_000_000),
        min_memory_mb: 0,
        min_units: 1,
        min_tier: None,
        min_hash_rate: 0,
        min_reputation: 0,
        min_trust: TrustLevel::Basic,
        min_uptime_bps: 0,
        region: None,
        only_region: false,
        enterprise: false,
        max_gap: None,
    }
}

pub fn post_msg(spec: JobSpec) -> ExecuteMsg {
    ExecuteMsg::PostJob {
        spec: Box::new(spec),
        hints: vec![],
    }
}

/// What the escrow was told of a hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    pub payer: String,
    pub amount: joule_types::Money,
    pub terms: escrow::HoldTerms,
    pub funds: Vec<Coin>,
    pub open: bool,
}

/// A hold that was settled.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    pub hold: u64,
    pub payee: Option<String>,
    pub referrer: Option<String>,
    pub gross: u128,
    pub awards: Vec<(String, u128)>,
}

/// What the peers were told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub holds: BTreeMap<u64, Hold>,
    pub settled: Vec<Settled>,
    pub tips: Vec<(u64, String, u128)>,
    pub slashes: Vec<(staking::Incident, String, u16, Option<staking::Repay>)>,
    pub outcomes: Vec<(u64, u32, Option<registry::Outcome>)>,
}

pub struct Market {
    pub storage: CountingStorage,
    pub nodes: BTreeMap<u64, registry::Candidate>,
    pub regions: Vec<String>,
    pub now: u64,
    pub told: Told,
    /// Rebuild and compare the lists after each message.
    pub checked: bool,
    pub queries: Cell<u32>,
}

struct Registry<'a>(&'a Market);

impl Querier for Registry<'_> {
    fn raw_query(&self, request: &[u8]) -> QuerierResult {
        let Ok(QueryRequest::<Empty>::Wasm(WasmQuery::Smart { contract_addr, msg })) = from_json(request) else {
            panic!("only the registry is asked, by smart query");
        };
        assert_eq!(contract_addr, a("registry").as_str());
        self.0.queries.set(self.0.queries.get() + 1);
        let answer = match from_json::<registry::QueryMsg>(&msg).unwrap() {
            registry::QueryMsg::Candidates { nodes } => {
                assert!(nodes.len() <= registry::MAX_CANDIDATES, "{} candidates", nodes.len());
                let unique: BTreeSet<u64> = nodes.iter().map(|node| node.u64()).collect();
                assert_eq!(unique.len(), nodes.len(), "no node is asked for twice");
                let known = nodes.iter().filter_map(|node| self.0.nodes.get(&node.u64()));
                to_json_binary(&known.collect::<Vec<_>>())
            }
            registry::QueryMsg::Params {} => to_json_binary(&registry_params(&self.0.regions)),
            other => panic!("unexpected query {other:?}"),
        };
        SystemResult::Ok(ContractResult::Ok(answer.unwrap()))
    }
}

fn registry_params(regions: &[String]) -> registry::Params {
    registry::Params {
        fee: Uint128::zero(),
        regions: regions.to_vec(),
        min_gpu_memory_mb: 8_192,
        max_nodes: 64,
        beat_secs: 300,
        min_uptime_bps: 9_500,
        uptime_period_secs: 2_592_000,
        admission_units: 1_000u64.into(),
        admission_secs: 600,
        max_admission_failures: 3,
        window_secs: 120,
        reveal_secs: 600,
        window_gap_secs: 3_600,
        window_k: 512,
        forgery_slash_bps: 3_000,
        misuse_slash_bps: 5_000,
        trust: joule_work::trust::TrustRules::DEFAULT.into(),
    }
}

impl Market {
    /// Instantiated, not launched.
    pub fn in_setup() -> Self {
        let mut market = Self {
            storage: CountingStorage::default(),
            nodes: BTreeMap::new(),
            regions: REGIONS.map(String::from).to_vec(),
            now: START,
            told: Told::default(),
            checked: true,
            queries: Cell::new(0),
        };
        market.instantiate(params(), index_params()).unwrap();
        market
    }

    pub fn instantiate(&mut self, params: Params, index: IndexParams) -> Result<Response, MarketplaceError> {
        let msg = InstantiateMsg {
            peers: peers(),
            guardian: Some(a("guardian").into()),
            params,
            index,
            min_deadline_secs: 60,
        };
        self.call(|deps, env, _| contract::instantiate(deps, env, info("deployer", &[]), msg))
    }

    pub fn new() -> Self {
        let mut market = Self::in_setup();
        market.exec("deployer", ExecuteMsg::Admin(AdminMsg::Launch {})).unwrap();
        market
    }

    /// A market with offers of [`terms`] on the nodes 1 to `count`.
    pub fn with_offers(count: u64) -> Self {
        let mut market = Self::new();
        for id in 1..=count {
            market.add_offer(node(id), terms(id));
        }
        market
    }

    pub fn add_offer(&mut self, candidate: registry::Candidate, terms: OfferTerms) -> OfferId {
        let (node, owner) = (candidate.node.u64(), candidate.owner.clone());
        self.nodes.insert(node, candidate);
        let response = self.exec_as(&owner, &[], ExecuteMsg::CreateOffer { terms }).unwrap();
        event::<OfferOpened>(&response).offer
    }

    /// Posts as `buyer`; returns the job.
    pub fn post(&mut self, spec: JobSpec) -> JobId {
        let response = self.exec("buyer", post_msg(spec)).unwrap();
        event::<JobPosted>(&response).job
    }

    pub fn exec(&mut self, sender: &str, msg: ExecuteMsg) -> Result<Response, MarketplaceError> {
        self.exec_as(&a(sender), &[], msg)
    }

    pub fn exec_as(&mut self, sender: &Addr, funds: &[Coin], msg: ExecuteMsg) -> Result<Response, MarketplaceError> {
        let info = MessageInfo {
            sender: sender.clone(),
            funds: funds.to_vec(),
        };
        let before = self.checked.then(|| self.storage.clone());
        match self.call(|deps, env, _| contract::execute(deps, env, info, msg)) {
            Ok(response) => {
                self.deliver(&response);
                if self.checked {
                    self.check();
                }
                Ok(response)
            }
            Err(error) => {
                if let Some(before) = before {
                    self.storage = before;
                }
                Err(error)
            }
        }
    }

    fn call<T>(&mut self, run: impl FnOnce(DepsMut, Env, ()) -> T) -> T {
        let mut storage = std::mem::take(&mut self.storage);
        let result = {
            let querier = Registry(self);
            let deps = DepsMut {
                storage: &mut storage,
                api: &MockApi::default(),
                querier: QuerierWrapper::new(&querier),
            };
            run(deps, self.env(), ())
        };
        self.storage = storage;
        result
    }

    pub fn env(&self) -> Env {
        let mut env = mock_env();
        env.block.time = Timestamp::from_seconds(self.now);
        env.contract.address = a("marketplace");
        env
    }

    pub fn try_query(&self, msg: QueryMsg) -> Result<Binary, MarketplaceError> {
        let querier = Registry(self);
        let deps = Deps {
            storage: &self.storage,
            api: &MockApi::default(),
            querier: QuerierWrapper::new(&querier),
        };
        contract::query(deps, self.env(), msg)
    }

    pub fn query<T: serde::de::DeserializeOwned>(&self, msg: QueryMsg) -> T {
        from_json(self.try_query(msg).unwrap()).unwrap()
    }

    pub fn job(&self, job: JobId) -> JobResponse {
        self.query(QueryMsg::Job { job })
    }

    pub fn offer(&self, offer: u64) -> OfferResponse {
        self.query(QueryMsg::Offer { offer: OfferId(offer) })
    }

    fn deliver(&mut self, response: &Response) {
        for sub in &response.messages {
            assert_eq!(sub.reply_on, cosmwasm_std::ReplyOn::Never);
            let CosmosMsg::Wasm(WasmMsg::Execute {
                contract_addr,
                msg,
                funds,
            }) = &sub.msg
            else {
                panic!("unexpected message {:?}", sub.msg);
            };
            if *contract_addr == a("escrow").as_str() {
                self.escrow(from_json(msg).unwrap(), funds.clone());
            } else if *contract_addr == a("registry").as_str() {
                let registry::ExecuteMsg::Record { node, load, outcome } = from_json(msg).unwrap() else {
                    panic!("the marketplace only records");
                };
                if let Some(known) = self.nodes.get_mut(&node.u64()) {
                    known.load = load;
                }
                self.told.outcomes.push((node.u64(), load, outcome));
            } else {
                assert_eq!(*contract_addr, a("staking").as_str());
                let staking::ExecuteMsg::Slash {
                    incident,
                    pool,
                    fraction_bps,
                    repay,
                } = from_json(msg).unwrap()
                else {
                    panic!("the marketplace only slashes");
                };
                self.told.slashes.push((incident, pool, fraction_bps, repay));
            }
        }
    }

    fn escrow(&mut self, msg: escrow::ExecuteMsg, funds: Vec<Coin>) {
        match msg {
            escrow::ExecuteMsg::OpenHold {
                hold,
                payer,
                amount,
                terms,
            } => {
                assert!(terms.tips <= amount.amount && !amount.amount.is_zero() && terms.reclaim_at > self.now);
                let hold_record = Hold {
                    payer,
                    amount,
                    terms,
                    funds,
                    open: true,
                };
                assert!(
                    self.told.holds.insert(hold.u64(), hold_record).is_none(),
                    "hold {hold} twice"
                );
            }
            escrow::ExecuteMsg::Tip { hold, to, amount } => {
                assert!(
                    self.told.holds[&hold.u64()].open,
                    "a tip from a closed hold pays nothing"
                );
                self.told.tips.push((hold.u64(), to, amount.u128()));
            }
            escrow::ExecuteMsg::Settle {
                hold,
                payee,
                referrer,
                gross,
                awards,
            } => {
                let record = self.told.holds.get_mut(&hold.u64()).expect("settles a known hold");
                assert!(record.open, "hold {hold} settled twice");
                record.open = false;
                assert!(payee.is_some() || gross.is_zero());
                let awards: Vec<_> = awards
                    .into_iter()
                    .map(|award| (award.to, award.amount.u128()))
                    .collect();
                let sum: u128 = awards.iter().map(|(_, amount)| *amount).sum();
                assert!(
                    gross.u128() + sum <= record.amount.amount.u128(),
                    "more than hold {hold} has"
                );
                self.told.settled.push(Settled {
                    hold: hold.u64(),
                    payee,
                    referrer,
                    gross: gross.u128(),
                    awards,
                });
            }
            other => panic!("unexpected escrow message {other:?}"),
        }
    }

    /// Everything that must hold between messages: lists equal what they are made from (I-38), holds and loads equal the
    /// jobs (I-21, I-22, I-23), deadlines exist where something is expected.
    pub fn check(&self) {
        let storage = &self.storage;
        let index = state::INDEX.load(storage, &[]).unwrap().unwrap();
        let mut listed = BTreeMap::new();
        for item in state::ENTRIES.range(storage, &[], None, Order::Ascending) {
            let (key, entry) = item.unwrap();
            let offer = u64::from_be_bytes(key.try_into().unwrap());
            let stored = state::OFFERS.load(storage, offer).unwrap();
            assert!(stored.open);
            assert_eq!(stored.terms.node.u64(), entry.record.node);
            assert!(state::PROVIDER_OFFERS.has(storage, (stored.provider.u64(), offer)));
            let node = state::NODES
                .load(storage, &entry.record.node.to_be_bytes())
                .unwrap()
                .unwrap();
            assert_eq!(node.offers.iter().filter(|known| known.offer == offer).count(), 1);
            let full = node.load >= entry.record.capacity.into();
            let mut epochs = vec![index.serving];
            if matches!(index.work, state::Work::Filling { cursor } if offer <= cursor) {
                epochs.push(index.serving + 1);
            }
            for epoch in epochs {
                listed.insert((full, entry.key(epoch, offer)), entry.record.clone());
            }
        }
        let stale = |key: &[u8]| index.work == state::Work::Draining && key[..4] == (index.serving - 1).to_be_bytes();
        let mut found = BTreeMap::new();
        for (full, list) in [(false, &state::RANK), (true, &state::PARKED)] {
            for item in list.range(storage, &[], None, Order::Ascending) {
                let (key, record) = item.unwrap();
                if !stale(&key) {
                    found.insert((full, key), record);
                }
            }
        }
        assert_eq!(found, listed, "the index equals what the entries say");
        let open = storage_keys(state::OFFERS.range(storage, None, None, Order::Ascending), |offer| {
            offer.open
        });
        assert_eq!(
            open.len(),
            state::ENTRIES.range(storage, &[], None, Order::Ascending).count()
        );
        self.check_jobs();
    }

    fn check_jobs(&self) {
        let storage = &self.storage;
        let mut loads: BTreeMap<u64, u16> = BTreeMap::new();
        for job in state::SPECS.keys(storage, None, None, Order::Ascending) {
            let job = self.job(JobId(job.unwrap()));
            let id = job.job.u64();
            assert_eq!(self.told.holds[&job.hold.u64()].open, !job.state.is_final(), "job {id}");
            assert_eq!(state::OPEN.has(storage, id), !job.state.is_final());
            assert_eq!(state::QUEUED.has(storage, id), job.state == JobState::Queued);
            assert_eq!(job.next_deadline_at.is_none(), job.state.is_final());
            assert!(state::BUYER_JOBS.has(storage, (&job.buyer, id)));
            if job.state.is_on_node() {
                *loads.entry(job.attempt.as_ref().unwrap().node.u64()).or_default() += 1;
            }
            if let Some(attempt) = &job.attempt {
                let open = !job.state.is_final() && job.state != JobState::Queued;
                assert_eq!(
                    state::PROVIDER_JOBS.has(storage, (attempt.provider.u64(), id)),
                    open,
                    "job {id}"
                );
                assert!(attempt.quote <= job.spec.requirements.budget);
            }
            if let Some(dispute) = &job.dispute {
                assert!(dispute.deadline_at > dispute.opened_at);
                if !dispute.bond_amount.is_zero() {
                    let bond = &self.told.holds[&dispute.bond.u64()];
                    assert_eq!(bond.open, job.state == JobState::Disputed);
                }
            }
        }
        for item in state::NODES.range(storage, &[], None, Order::Ascending) {
            let (key, record) = item.unwrap();
            let node = u64::from_be_bytes(key.try_into().unwrap());
            assert_eq!(record.load, loads.remove(&node).unwrap_or(0), "load of node {node}");
            if let Some(known) = self.nodes.get(&node) {
                assert_eq!(
                    u32::from(record.load),
                    known.load,
                    "the registry knows the load of node {node}"
                );
            }
        }
        assert!(loads.is_empty(), "nodes that carry work have a record");
    }

    /// A job of `buyer` in the given state, on node 1 (with offers on the nodes 1 to 3).
    pub fn job_in(state: JobState) -> (Self, JobId) {
        let mut market = Self::with_offers(if state == JobState::Queued { 0 } else { 1 });
        let job = market.post(spec());
        match state {
            JobState::Queued | JobState::Assigned => {}
            JobState::Running => market.start(job),
            JobState::ResultSubmitted => market.deliver_result(job),
            JobState::Completed => {
                market.deliver_result(job);
                market.exec("buyer", ExecuteMsg::Accept { job }).unwrap();
            }
            JobState::Failed => {
                market.exec("buyer", ExecuteMsg::Cancel { job }).unwrap();
            }
            JobState::Disputed | JobState::Resolved => {
                market.deliver_result(job);
                let reason = "wrong".into();
                market.exec("buyer", ExecuteMsg::Dispute { job, reason }).unwrap();
                if state == JobState::Resolved {
                    let provider_bps = 2_500;
                    market
                        .exec("arbiter", ExecuteMsg::Resolve { job, provider_bps })
                        .unwrap();
                }
            }
            JobState::Submitted | JobState::Verifying => panic!("no job rests in {state}"),
        }
        assert_eq!(market.job(job).state, state);
        (market, job)
    }

    /// The operator of the job's attempt.
    pub fn operator(&self, job: JobId) -> Addr {
        self.job(job).attempt.unwrap().operator
    }

    pub fn start(&mut self, job: JobId) {
        let (operator, attempt) = (self.operator(job), self.job(job).attempts);
        self.exec_as(&operator, &[], ExecuteMsg::Start { job, attempt })
            .unwrap();
    }

    pub fn deliver_result(&mut self, job: JobId) {
        self.start(job);
        let (operator, attempt) = (self.operator(job), self.job(job).attempts);
        self.exec_as(&operator, &[], result_msg(job, attempt)).unwrap();
    }
}

fn storage_keys<T>(
    items: impl Iterator<Item = cosmwasm_std::StdResult<(u64, T)>>,
    keep: impl Fn(&T) -> bool,
) -> BTreeSet<u64> {
    items
        .map(Result::unwrap)
        .filter(|(_, item)| keep(item))
        .map(|(key, _)| key)
        .collect()
}

pub fn result_msg(job: JobId, attempt: u32) -> ExecuteMsg {
    ExecuteMsg::SubmitResult {
        job,
        attempt,
        result_root: HexBinary::from(vec![7; 32]),
        trace_root: HexBinary::from(vec![8; 32]),
        output_url: "file:///objects/out".into(),
        output_size: 1_000u64.into(),
    }
}

pub fn info(sender: &str, funds: &[Coin]) -> MessageInfo {
    MessageInfo {
        sender: a(sender),
        funds: funds.to_vec(),
    }
}

pub fn uusdc(amount: u128) -> Coin {
    coin(amount, "uusdc")
}

/// The event of a type in a response.
pub fn event<T>(response: &Response) -> T
where
    T: for<'a> TryFrom<&'a Event>,
{
    find_event(response).expect("the event is there")
}

pub fn find_event<T>(response: &Response) -> Option<T>
where
    T: for<'a> TryFrom<&'a Event>,
{
    response.events.iter().find_map(|event| T::try_from(event).ok())
}

/// The code of an error: what stands before the first colon.
pub fn code<T: std::fmt::Debug>(result: Result<T, MarketplaceError>) -> String {
    let text = result.unwrap_err().to_string();
    text.split(':').next().unwrap().to_string()
}
