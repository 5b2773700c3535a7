//! A dao with mock dependencies: staking answers from a table.

use std::collections::BTreeMap;

use cosmwasm_std::{
    from_json,
    testing::{message_info, mock_env, MockApi, MockQuerier, MockStorage},
    to_json_binary, Addr, BankMsg, Binary, ContractResult, CosmosMsg, Env, OwnedDeps, Response, SystemResult, Uint128,
    WasmQuery,
};
use cw20::Cw20ReceiveMsg;
use joule_dao::{contract, DaoError};
use joule_types::{
    dao::{DaoHook, ExecuteMsg, InstantiateMsg, Params, ProposalResponse, QueryMsg, Vote},
    staking, AdminMsg, Peers, ProposalId,
};
use serde::de::DeserializeOwned;

pub type Deps = OwnedDeps<MockStorage, MockApi, MockQuerier>;

pub const DEPOSIT: u128 = 100;
pub const FLOOR: u128 = 500;

pub struct Dao {
    pub deps: Deps,
    pub env: Env,
}

pub fn account(name: &str) -> Addr {
    MockApi::default().addr_make(name)
}

pub fn params() -> Params {
    Params {
        voting_secs: 100,
        timelock_secs: 10,
        expiry_secs: 50,
        quorum_bps: 2_000,
        threshold_bps: 5_000,
        veto_bps: 3_300,
        deposit: DEPOSIT.into(),
        max_open: 2,
    }
}

pub fn instantiate_msg() -> InstantiateMsg {
    let name = |name: &str| account(name).to_string();
    InstantiateMsg {
        peers: Peers {
            registry: name("registry"),
            marketplace: name("marketplace"),
            escrow: name("escrow"),
            staking: name("staking"),
            dao: name("dao"),
            token: name("token"),
        },
        guardian: Some(name("guardian")),
        params: params(),
        min_duration_secs: 5,
        power_floor: FLOOR.into(),
    }
}

/// Staking answers these powers at any height up to `height`, and nothing later: a vote that asks for a later height shows.
pub fn powers(deps: &mut Deps, height: u64, powers: &[(&str, u128)]) {
    let table: BTreeMap<String, u128> = powers
        .iter()
        .map(|(name, power)| (account(name).to_string(), *power))
        .collect();
    deps.querier.update_wasm(move |query| {
        let WasmQuery::Smart { contract_addr, msg } = query else {
            panic!("raw query")
        };
        assert_eq!(*contract_addr, account("staking").to_string());
        let answer = |asked: u64, power: u128| {
            let power = Uint128::new(if asked <= height { power } else { 0 });
            let answer: Binary = to_json_binary(&staking::PowerResponse { power, height: asked }).unwrap();
            SystemResult::Ok(ContractResult::Ok(answer))
        };
        match from_json(msg).unwrap() {
            staking::QueryMsg::PowerAt { address, height } => answer(height, table.get(&address).copied().unwrap_or(0)),
            staking::QueryMsg::TotalPowerAt { height } => answer(height, table.values().sum()),
            other => panic!("unexpected query {other:?}"),
        }
    });
}

impl Dao {
    /// Launched, with alice 600, bob 300 and carol 100 of power.
    pub fn new() -> Self {
        let mut dao = Self::setup();
        dao.send("deployer", ExecuteMsg::Admin(AdminMsg::Launch {})).unwrap();
        dao
    }

    pub fn setup() -> Self {
        let deps = OwnedDeps {
            storage: MockStorage::default(),
            api: MockApi::default(),
            querier: MockQuerier::default(),
            custom_query_type: Default::default(),
        };
        let mut dao = Self { deps, env: mock_env() };
        let height = dao.env.block.height;
        powers(&mut dao.deps, height, &[("alice", 600), ("bob", 300), ("carol", 100)]);
        let info = message_info(&account("deployer"), &[]);
        contract::instantiate(dao.deps.as_mut(), dao.env.clone(), info, instantiate_msg()).unwrap();
        dao
    }

    pub fn send(&mut self, sender: &str, msg: ExecuteMsg) -> Result<Response, DaoError> {
        let info = message_info(&account(sender), &[]);
        contract::execute(self.deps.as_mut(), self.env.clone(), info, msg)
    }

    pub fn hook(&mut self, from: &str, amount: u128, hook: &DaoHook) -> Result<Response, DaoError> {
        let msg = to_json_binary(hook).unwrap();
        let msg = Cw20ReceiveMsg {
            sender: account(from).to_string(),
            amount: amount.into(),
            msg,
        };
        self.send("token", ExecuteMsg::Receive(msg))
    }

    pub fn propose(&mut self, from: &str) -> Result<Response, DaoError> {
        self.hook(from, DEPOSIT, &proposal())
    }

    pub fn vote(&mut self, from: &str, id: u64, vote: Vote) -> Result<Response, DaoError> {
        self.send(
            from,
            ExecuteMsg::Vote {
                proposal: ProposalId(id),
                vote,
            },
        )
    }

    pub fn pass_time(&mut self, secs: u64) {
        self.env.block.time = self.env.block.time.plus_seconds(secs);
        self.env.block.height += 1;
    }

    pub fn ask<T: DeserializeOwned>(&self, msg: QueryMsg) -> T {
        from_json(contract::query(self.deps.as_ref(), self.env.clone(), msg).unwrap()).unwrap()
    }

    pub fn proposal(&self, id: u64) -> ProposalResponse {
        self.ask(QueryMsg::Proposal {
            proposal: ProposalId(id),
        })
    }
}

/// What the test proposals run.
pub fn payout() -> CosmosMsg {
    BankMsg::Send {
        to_address: account("grantee").into(),
        amount: cosmwasm_std::coins(5, "uusdc"),
    }
    .into()
}

pub fn proposal() -> DaoHook {
    DaoHook::Propose {
        title: "A grant".into(),
        description: "For work done".into(),
        msgs: vec![payout()],
    }
}

/// The stable code of an error.
pub fn code(error: &DaoError) -> String {
    error.to_string().split(':').next().unwrap().into()
}
