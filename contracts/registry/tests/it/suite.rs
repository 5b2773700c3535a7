//! A launched registry with a mock staking contract whose pools are read raw.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::rc::Rc;

use cosmwasm_std::testing::{message_info, mock_env, MockApi, MockQuerier};
use cosmwasm_std::{
    from_json, to_json_binary, to_json_vec, Addr, Binary, Coin, ContractResult, CosmosMsg, Env, Event, OwnedDeps,
    Response, SystemError, SystemResult, Uint128, Uint64, WasmMsg, WasmQuery,
};
use cw20::Cw20ReceiveMsg;
use joule_beacon::LocalBeacon;
use joule_kit::testing::CountingStorage;
use joule_registry::{contract, RegistryError};
use joule_types::registry::*;
use joule_types::staking::{handle::POOLS, PoolRecord};
use joule_types::{AdminMsg, NodeId, Peers, ProviderId, WindowId};
use joule_work::kind::ResourceKind;
use joule_work::ticket::{self, Claim};
use joule_work::trust::TrustRules;
use serde::de::DeserializeOwned;

pub const JOULE: u128 = 1_000_000;
pub const FEE: u128 = 10 * JOULE;
pub const FLOOR: u64 = 2;
/// Time of round 1: a round a second, so that one is due in each second of a test.
pub const GENESIS: u64 = 1_570_000_000;
/// Mean seconds between windows: no test waits long enough for one that it does not ask for.
pub const SELDOM: u64 = 2_592_000;

type Pools = Rc<RefCell<BTreeMap<Vec<u8>, Vec<u8>>>>;

pub struct Suite {
    pub deps: OwnedDeps<CountingStorage, MockApi, MockQuerier>,
    pub env: Env,
    pub raw_queries: Rc<Cell<u32>>,
    pools: Pools,
}

pub fn params() -> Params {
    Params {
        fee: Uint128::new(FEE),
        regions: vec!["us".into(), "eu".into(), "asia".into()],
        min_gpu_memory_mb: 8_192,
        max_nodes: 64,
        beat_secs: 60,
        min_uptime_bps: 9_500,
        uptime_period_secs: 1_000,
        admission_units: Uint64::new(4),
        admission_secs: 30,
        max_admission_failures: 3,
        window_secs: 10,
        reveal_secs: 20,
        window_gap_secs: 100,
        window_every_secs: SELDOM,
        window_grace_secs: 5,
        round_tip: Uint128::new(1_000),
        window_k: 64,
        forgery_slash_bps: 3_000,
        misuse_slash_bps: 5_000,
        trust: TrustRules::DEFAULT.into(),
    }
}

pub fn cpu() -> NodeSpec {
    NodeSpec {
        kind: ResourceKind::Cpu,
        region: "eu".into(),
        hardware: Hardware {
            model: "Cascade 16".into(),
            units: 16,
            memory_mb: 65_536,
        },
        endpoint: None,
        endpoint_key: None,
    }
}

pub fn gpu(memory_mb: u64) -> NodeSpec {
    NodeSpec {
        kind: ResourceKind::Gpu,
        region: "us".into(),
        hardware: Hardware {
            model: "Arc 9000".into(),
            units: 1,
            memory_mb,
        },
        endpoint: Some("https://node.example:8443".into()),
        endpoint_key: Some(Binary::from([7u8; 32])),
    }
}

/// The checked address that stands for a name.
pub fn at(name: &str) -> Addr {
    MockApi::default().addr_make(name)
}

pub fn peers() -> Peers<String> {
    let name = |peer: &str| at(peer).to_string();
    Peers {
        registry: mock_env().contract.address.to_string(),
        marketplace: name("marketplace"),
        escrow: name("escrow"),
        staking: name("staking"),
        dao: name("dao"),
        token: name("token"),
    }
}

pub fn init_msg(params: Params) -> InstantiateMsg {
    InstantiateMsg {
        peers: peers(),
        guardian: Some(at("guardian").to_string()),
        params,
        min_window_secs: FLOOR,
        beacon: BeaconParams {
            public_key: LocalBeacon::new().public_key().into(),
            genesis: GENESIS,
            period: 1,
        },
    }
}

/// Code of an error.
pub fn code(error: &RegistryError) -> String {
    error.to_string().split(':').next().unwrap().to_string()
}

/// Asserts that a message was refused with a code.
#[track_caller]
pub fn refused(result: Result<Response, RegistryError>, expected: &str) {
    assert_eq!(code(&result.unwrap_err()), expected);
}

/// The event of a type, which must be there once.
#[track_caller]
pub fn event<E: for<'a> TryFrom<&'a Event>>(response: &Response) -> E {
    let mut found: Vec<E> = response.events.iter().filter_map(|e| E::try_from(e).ok()).collect();
    assert_eq!(found.len(), 1, "{:?}", response.events);
    found.remove(0)
}

/// The messages of a response, each to a contract of the deployment and without funds.
pub fn calls<M: DeserializeOwned>(response: &Response, peer: &str) -> Vec<M> {
    response
        .messages
        .iter()
        .map(|sub| match &sub.msg {
            CosmosMsg::Wasm(WasmMsg::Execute {
                contract_addr,
                msg,
                funds,
            }) => {
                assert_eq!((contract_addr.as_str(), funds.len()), (at(peer).as_str(), 0));
                from_json(msg).unwrap()
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

impl Suite {
    pub fn new() -> Self {
        Self::with(params())
    }

    pub fn with(params: Params) -> Self {
        let mut suite = Self::in_setup(params);
        suite.exec("deployer", ExecuteMsg::Admin(AdminMsg::Launch {})).unwrap();
        suite
    }

    pub fn in_setup(params: Params) -> Self {
        let (pools, raw_queries) = (Pools::default(), Rc::new(Cell::new(0)));
        let mut querier = MockQuerier::new(&[]);
        let (known, count, staking) = (pools.clone(), raw_queries.clone(), at("staking"));
        querier.update_wasm(move |query| match query {
            WasmQuery::Raw { contract_addr, key } if *contract_addr == staking.as_str() => {
                count.set(count.get() + 1);
                let value = known.borrow().get(key.as_slice()).cloned().unwrap_or_default();
                SystemResult::Ok(ContractResult::Ok(value.into()))
            }
            other => SystemResult::Err(SystemError::UnsupportedRequest {
                kind: format!("{other:?}"),
            }),
        });
        let mut suite = Self {
            deps: OwnedDeps {
                storage: CountingStorage::default(),
                api: MockApi::default(),
                querier,
                custom_query_type: PhantomData,
            },
            env: mock_env(),
            raw_queries,
            pools,
        };
        let info = message_info(&at("deployer"), &[]);
        contract::instantiate(suite.deps.as_mut(), suite.env.clone(), info, init_msg(params)).unwrap();
        suite
    }

    pub fn now(&self) -> u64 {
        self.env.block.time.seconds()
    }

    /// A later block.
    pub fn wait(&mut self, secs: u64) {
        self.env.block.time = self.env.block.time.plus_seconds(secs);
        self.env.block.height += 1;
    }

    /// Goes to a second, which must not have passed.
    pub fn go_to(&mut self, second: u64) {
        let secs = second.checked_sub(self.now()).unwrap();
        self.wait(secs);
    }

    pub fn set_pool(&mut self, owner: &str, bonded: u128, slash_epoch: u32) {
        let record = PoolRecord {
            bonded: Uint128::new(bonded),
            shares: Uint128::new(bonded),
            generation: 0,
            slash_epoch,
        };
        let key = POOLS.key(&at(owner)).to_vec();
        self.pools.borrow_mut().insert(key, to_json_vec(&record).unwrap());
    }

    /// Sends a message; a refused one leaves no trace.
    pub fn exec(&mut self, sender: &str, msg: ExecuteMsg) -> Result<Response, RegistryError> {
        self.exec_with(sender, &[], msg)
    }

    pub fn exec_with(&mut self, sender: &str, funds: &[Coin], msg: ExecuteMsg) -> Result<Response, RegistryError> {
        let before = self.deps.storage.clone();
        let result = self.send(sender, funds, msg);
        if result.is_err() {
            self.deps.storage = before;
        }
        result
    }

    /// Sends a message that must work.
    #[track_caller]
    pub fn run(&mut self, sender: &str, msg: ExecuteMsg) -> Response {
        self.send(sender, &[], msg).unwrap()
    }

    fn send(&mut self, sender: &str, funds: &[Coin], msg: ExecuteMsg) -> Result<Response, RegistryError> {
        self.deps.storage.take_counts();
        let info = message_info(&at(sender), funds);
        contract::execute(self.deps.as_mut(), self.env.clone(), info, msg)
    }

    /// Records that the last message or query read and wrote.
    pub fn counts(&self) -> (u64, u64) {
        self.deps.storage.take_counts()
    }

    pub fn try_query(&mut self, msg: QueryMsg) -> Result<Binary, RegistryError> {
        self.deps.storage.take_counts();
        contract::query(self.deps.as_ref(), self.env.clone(), msg)
    }

    #[track_caller]
    pub fn query<T: DeserializeOwned>(&mut self, msg: QueryMsg) -> T {
        from_json(self.try_query(msg).unwrap()).unwrap()
    }

    pub fn node(&mut self, node: NodeId) -> NodeResponse {
        self.query(QueryMsg::Node { node })
    }

    pub fn provider(&mut self, provider: ProviderId) -> ProviderResponse {
        self.query(QueryMsg::Provider { provider })
    }

    pub fn register_msg(owner: &str, fee: u128, hook: &RegistryHook) -> ExecuteMsg {
        ExecuteMsg::Receive(Cw20ReceiveMsg {
            sender: at(owner).to_string(),
            amount: Uint128::new(fee),
            msg: to_json_binary(hook).unwrap(),
        })
    }

    /// A provider `owner` with the operator `<owner>-op` and 1 000 JOULE at stake.
    pub fn register(&mut self, owner: &str) -> ProviderId {
        self.set_pool(owner, 1_000 * JOULE, 0);
        let hook = RegistryHook::Register {
            operator: Some(at(&format!("{owner}-op")).to_string()),
            payout: None,
            referrer: None,
        };
        let response = self.run("token", Self::register_msg(owner, FEE, &hook));
        event::<ProviderRegistered>(&response).provider
    }

    pub fn add_node(&mut self, owner: &str) -> NodeId {
        let response = self.run(owner, ExecuteMsg::AddNode { spec: cpu() });
        event::<NodeAdded>(&response).node
    }

    /// The round that is due now.
    pub fn round(&self) -> u64 {
        self.now() - GENESIS + 1
    }

    /// Requests a challenge and posts its round a second late, so that the round of that second is still to be posted.
    pub fn challenge(&mut self, owner: &str, node: NodeId) -> ChallengeResponse {
        let response = self.run(owner, ExecuteMsg::RequestChallenge { node });
        let round = event::<ChallengeOpened>(&response).round;
        self.wait(3);
        self.run("keeper", post_msg(round));
        let open: Option<ChallengeResponse> = self.query(QueryMsg::Challenge { node });
        open.unwrap()
    }

    /// Requests and solves a challenge.
    pub fn admit(&mut self, owner: &str, node: NodeId) {
        self.challenge(owner, node);
        self.solve(owner, node);
    }

    /// Solves the open challenge.
    pub fn solve(&mut self, owner: &str, node: NodeId) {
        let nonce = self.solution(node);
        self.run(owner, ExecuteMsg::SolveChallenge { node, nonce });
    }

    /// Changes parameters.
    pub fn change(&mut self, update: ParamsUpdate) {
        let update = Box::new(update);
        self.run("dao", ExecuteMsg::UpdateParams { update });
    }

    /// Mean seconds between windows.
    pub fn set_every(&mut self, secs: u64) {
        self.change(ParamsUpdate {
            window_every_secs: Some(secs),
            ..ParamsUpdate::default()
        });
    }

    /// The first ticket that solves the open challenge.
    pub fn solution(&mut self, node: NodeId) -> Uint64 {
        self.first_ticket(node, true)
    }

    /// The first ticket that does, or does not, solve the open challenge.
    pub fn first_ticket(&mut self, node: NodeId, solves: bool) -> Uint64 {
        let challenge: Option<ChallengeResponse> = self.query(QueryMsg::Challenge { node });
        let challenge = challenge.unwrap();
        let seed: [u8; 32] = challenge.seed.unwrap().as_slice().try_into().unwrap();
        let fits = |nonce: &u64| (ticket::value(&seed, *nonce) <= challenge.target.u64()) == solves;
        Uint64::new((0u64..).find(fits).unwrap())
    }

    /// A provider `owner` with one admitted node.
    pub fn admitted(&mut self, owner: &str) -> (ProviderId, NodeId) {
        let provider = self.register(owner);
        let node = self.add_node(owner);
        self.admit(owner, node);
        (provider, node)
    }

    pub fn beat(&mut self, owner: &str, nodes: &[NodeId]) {
        let nodes = nodes.to_vec();
        self.run(owner, ExecuteMsg::Beat { nodes });
    }

    /// Posts the round that is due now as one that opens a window.
    pub fn open_window(&mut self) -> WindowResponse {
        self.set_every(1);
        let response = self.run("keeper", post_msg(self.round()));
        self.set_every(SELDOM);
        let window = event::<WindowOpened>(&response).window;
        let found: Option<WindowResponse> = self.query(QueryMsg::Window { window: Some(window) });
        found.unwrap()
    }

    /// What a node of `operator` finds among `units` tickets.
    pub fn work(window: &WindowResponse, node: NodeId, operator: &str, units: u64) -> Claim {
        let seed: [u8; 32] = window.seed.as_slice().try_into().unwrap();
        let seed = ticket::node_seed(&seed, node.u64(), 0, at(operator).as_str());
        ticket::select_k(&seed, 0..units, u32::from(window.k)).unwrap().unwrap()
    }

    /// Opens a window, commits and reveals an honest list of `units` tickets.
    pub fn prove(&mut self, owner: &str, node: NodeId, units: u64) -> Response {
        let window = self.open_window();
        let claim = Self::work(&window, node, &format!("{owner}-op"), units);
        self.run(owner, commit_msg(window.window, node, &claim));
        self.go_to(window.closes_at + 1);
        self.run(owner, reveal_msg(window.window, node, &claim.ids))
    }
}

/// A round as the local beacon signs it.
pub fn post_msg(round: u64) -> ExecuteMsg {
    ExecuteMsg::PostRound {
        round,
        signature: LocalBeacon::new().sign(round).into(),
    }
}

pub fn commit_msg(window: WindowId, node: NodeId, claim: &Claim) -> ExecuteMsg {
    ExecuteMsg::CommitWindow {
        window,
        node,
        bound: Uint64::new(claim.bound),
        list_hash: Binary::from(ticket::list_digest(&claim.ids)),
    }
}

/// Ids as they are, in whatever order.
pub fn reveal_msg(window: WindowId, node: NodeId, ids: &[u64]) -> ExecuteMsg {
    let ids: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
    ExecuteMsg::RevealWindow {
        window,
        node,
        ids: ids.into(),
    }
}
