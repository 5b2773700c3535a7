//! A market of one: the contract over a counting storage, beside a registry that answers from a table and an escrow and a
//! staking that write down what they are told. After each message of a small market the lists are rebuilt and compared.

mod check;
mod court;
mod data;
mod peers;

pub use court::*;
pub use data::*;
pub use peers::*;

use std::cell::Cell;
use std::collections::BTreeMap;

use cosmwasm_std::{
    from_json,
    testing::{mock_env, MockApi},
    Addr, Binary, Coin, Deps, DepsMut, Env, Event, MessageInfo, QuerierWrapper, Response, Timestamp,
};
use joule_kit::testing::CountingStorage;
use joule_marketplace::{contract, MarketplaceError};
use joule_types::{marketplace::*, registry, staking, AdminMsg, JobId, OfferId};
use joule_work::job::JobState;

pub struct Market {
    pub storage: CountingStorage,
    pub nodes: BTreeMap<u64, registry::Candidate>,
    pub regions: Vec<String>,
    pub now: u64,
    pub height: u64,
    pub told: Told,
    /// Records of the registry that are read raw.
    pub rounds: CountingStorage,
    /// Records of staking that are read raw.
    pub stakes: CountingStorage,
    pub validators: Vec<staking::DrawnSeat>,
    /// Rebuild and compare the lists after each message.
    pub checked: bool,
    pub queries: Cell<u32>,
}

impl Market {
    /// Instantiated, not launched.
    pub fn in_setup() -> Self {
        let mut market = Self {
            storage: CountingStorage::default(),
            nodes: BTreeMap::new(),
            regions: REGIONS.map(String::from).to_vec(),
            now: START,
            height: 1_000,
            told: Told::default(),
            rounds: CountingStorage::default(),
            stakes: CountingStorage::default(),
            validators: Vec::new(),
            checked: true,
            queries: Cell::new(0),
        };
        market.init_court();
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
        env.block.height = self.height;
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
            JobState::Verifying => return Self::judged(),
            JobState::Submitted => panic!("no job rests in {state}"),
        }
        assert_eq!(market.job(job).state, state);
        (market, job)
    }

    /// A copy to try something on.
    pub fn fork(&self) -> Self {
        Self {
            storage: self.storage.clone(),
            nodes: self.nodes.clone(),
            regions: self.regions.clone(),
            now: self.now,
            height: self.height,
            told: self.told.clone(),
            rounds: self.rounds.clone(),
            stakes: self.stakes.clone(),
            validators: self.validators.clone(),
            checked: self.checked,
            queries: Cell::new(0),
        }
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

pub fn info(sender: &str, funds: &[Coin]) -> MessageInfo {
    MessageInfo {
        sender: a(sender),
        funds: funds.to_vec(),
    }
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
