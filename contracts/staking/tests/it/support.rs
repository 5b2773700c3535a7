//! A launched staking contract over a counting storage.

use cosmwasm_std::testing::{message_info, mock_env, MockApi, MockQuerier};
use cosmwasm_std::{
    coins, from_json, to_json_binary, Addr, Binary, ContractResult, CosmosMsg, Empty, Env, OwnedDeps, Response,
    SystemResult, Uint128, WasmMsg, WasmQuery,
};
use cw20::{BalanceResponse, Cw20ExecuteMsg, Cw20QueryMsg, Cw20ReceiveMsg};
use joule_kit::testing::CountingStorage;
use joule_staking::contract::{execute, instantiate, query};
use joule_staking::StakingError;
use joule_types::staking::{
    ClaimableResponse, ConservationResponse, DrawResponse, DrawnSeat, ExecuteMsg, GenesisStake, Incident, IncidentKind,
    InstantiateMsg, Params, ParamsUpdate, Penalty, PoolResponse, PowerResponse, QueryMsg, Repay, SlashOutcome,
    StakingHook, ValidatorResponse, ValidatorsResponse,
};
use joule_types::{AdminMsg, Peer, Peers};
use serde::de::DeserializeOwned;

pub const DAY: u64 = 86_400;
pub const UNBONDING: u64 = 21 * DAY;
pub const MIN_BOND: u128 = 10;
pub const MIN_STAKE: u128 = 100;
pub const EPOCH: u64 = 900;

pub type Outcome = Result<Response, StakingError>;

pub fn addr(name: &str) -> Addr {
    MockApi::default().addr_make(name)
}

pub fn peer(peer: Peer) -> Addr {
    addr(peer.name())
}

pub fn incident(id: u64) -> Incident {
    Incident {
        kind: IncidentKind::Timeout,
        id,
        attempt: 1,
    }
}

pub fn instantiation(genesis: &[(&str, u128)]) -> InstantiateMsg {
    InstantiateMsg {
        peers: Peers {
            registry: peer(Peer::Registry).into(),
            marketplace: peer(Peer::Marketplace).into(),
            escrow: peer(Peer::Escrow).into(),
            staking: peer(Peer::Staking).into(),
            dao: peer(Peer::Dao).into(),
            token: peer(Peer::Token).into(),
        },
        guardian: Some(addr("guardian").into()),
        params: Params {
            unbonding_secs: UNBONDING,
            min_bond: MIN_BOND.into(),
            min_validator_stake: MIN_STAKE.into(),
        },
        min_unbonding_secs: 10,
        epoch_secs: EPOCH,
        genesis: genesis
            .iter()
            .map(|(owner, amount)| GenesisStake {
                owner: addr(owner).into(),
                amount: Uint128::new(*amount),
            })
            .collect(),
    }
}

pub struct Bench {
    pub deps: OwnedDeps<CountingStorage, MockApi, MockQuerier, Empty>,
    pub env: Env,
    incidents: u64,
}

impl Bench {
    /// Nothing but dependencies, at a midnight, so that maturities are easy to read.
    pub fn bare() -> Self {
        let mut env = mock_env();
        let midnight = env.block.time.seconds() / DAY * DAY + DAY;
        env.block.time = cosmwasm_std::Timestamp::from_seconds(midnight);
        Self {
            deps: OwnedDeps {
                storage: CountingStorage::default(),
                api: MockApi::default(),
                querier: MockQuerier::default(),
                custom_query_type: std::marker::PhantomData,
            },
            env,
            incidents: 0,
        }
    }

    /// Instantiated, not launched.
    pub fn setup(genesis: &[(&str, u128)]) -> Self {
        let mut bench = Self::bare();
        bench.instantiate(instantiation(genesis)).unwrap();
        bench
    }

    /// Launched without genesis stake.
    pub fn new() -> Self {
        let mut bench = Self::setup(&[]);
        bench.token_says(0);
        bench
            .send(&addr("deployer"), ExecuteMsg::Admin(AdminMsg::Launch {}))
            .unwrap();
        bench
    }

    pub fn instantiate(&mut self, msg: InstantiateMsg) -> Outcome {
        let info = message_info(&addr("deployer"), &[]);
        instantiate(self.deps.as_mut(), self.env.clone(), info, msg)
    }

    /// What the token answers for the balance of this contract.
    pub fn token_says(&mut self, balance: u128) {
        let (token, me) = (peer(Peer::Token), self.env.contract.address.clone());
        self.deps.querier.update_wasm(move |asked| {
            let WasmQuery::Smart { contract_addr, msg } = asked else {
                panic!("{asked:?}")
            };
            assert_eq!(*contract_addr, token.to_string());
            let asked: Cw20QueryMsg = from_json(msg).unwrap();
            assert_eq!(
                asked,
                Cw20QueryMsg::Balance {
                    address: me.to_string()
                }
            );
            let answer = BalanceResponse {
                balance: balance.into(),
            };
            SystemResult::Ok(ContractResult::Ok(to_json_binary(&answer).unwrap()))
        });
    }

    /// A message without coins. One that fails has written nothing: checks come before effects.
    pub fn send(&mut self, sender: &Addr, msg: ExecuteMsg) -> Outcome {
        let before = self.deps.storage.clone();
        let info = message_info(sender, &[]);
        let outcome = execute(self.deps.as_mut(), self.env.clone(), info, msg.clone());
        if let Err(error) = &outcome {
            let same = before.records() == self.deps.storage.records();
            assert!(same, "{msg:?} failed after it had written: {error}");
        }
        outcome
    }

    pub fn send_coins(&mut self, sender: &Addr, msg: ExecuteMsg) -> Outcome {
        let info = message_info(sender, &coins(1, "uusdc"));
        execute(self.deps.as_mut(), self.env.clone(), info, msg)
    }

    /// One block later, `secs` seconds later.
    pub fn jump(&mut self, secs: u64) {
        self.env.block.time = self.env.block.time.plus_seconds(secs);
        self.env.block.height += 1;
    }

    pub fn now(&self) -> u64 {
        self.env.block.time.seconds()
    }

    pub fn ask<T: DeserializeOwned>(&self, msg: QueryMsg) -> Result<T, StakingError> {
        Ok(from_json(query(self.deps.as_ref(), self.env.clone(), msg)?).unwrap())
    }

    pub fn receive(&mut self, token: &Addr, who: &str, amount: u128, msg: Binary) -> Outcome {
        let msg = Cw20ReceiveMsg {
            sender: addr(who).into(),
            amount: amount.into(),
            msg,
        };
        self.send(token, ExecuteMsg::Receive(msg))
    }

    pub fn bond(&mut self, who: &str, amount: u128) -> Outcome {
        let hook = to_json_binary(&StakingHook::Bond {}).unwrap();
        self.receive(&peer(Peer::Token), who, amount, hook)
    }

    pub fn unbond(&mut self, who: &str, amount: u128) -> Outcome {
        let amount = amount.into();
        self.send(&addr(who), ExecuteMsg::Unbond { amount })
    }

    pub fn claim(&mut self, who: &str) -> Outcome {
        self.send(&addr(who), ExecuteMsg::Claim {})
    }

    /// A new incident, reported by the marketplace.
    pub fn slash(&mut self, who: &str, bps: u16) -> SlashOutcome {
        self.slash_for(who, bps, None)
    }

    pub fn slash_for(&mut self, who: &str, bps: u16, repay: Option<(&str, u128)>) -> SlashOutcome {
        self.incidents += 1;
        let msg = slash_msg(self.incidents, who, bps, repay);
        data(&self.send(&peer(Peer::Marketplace), msg).unwrap())
    }

    pub fn enrol(&mut self, who: &str, operator: Option<&str>) -> Outcome {
        let operator = operator.map(|name| addr(name).into());
        self.send(&addr(who), ExecuteMsg::Enrol { operator })
    }

    /// Bonds and enrols; votes by the owner.
    pub fn validator(&mut self, who: &str, stake: u128) {
        self.bond(who, stake).unwrap();
        self.enrol(who, None).unwrap();
    }

    pub fn retire(&mut self, who: &str) -> Outcome {
        self.send(&addr(who), ExecuteMsg::Retire {})
    }

    pub fn epoch(&self) -> u64 {
        self.now() / EPOCH
    }

    pub fn next_epoch(&mut self) {
        self.jump(EPOCH - self.now() % EPOCH);
    }

    /// A draw on the epoch that closed last, without those named.
    pub fn draw(&self, seed: [u8; 32], seats: u8, exclude: &[&str]) -> Vec<DrawnSeat> {
        let told = self.draw_at(self.epoch() - 1, seed, seats, exclude).unwrap();
        assert!(!told.stale);
        told.seats
    }

    pub fn draw_at(
        &self,
        epoch: u64,
        seed: [u8; 32],
        seats: u8,
        exclude: &[&str],
    ) -> Result<DrawResponse, StakingError> {
        self.ask(QueryMsg::Draw {
            epoch,
            seed: seed.into(),
            seats,
            exclude: exclude.iter().map(|name| addr(name).into()).collect(),
        })
    }

    pub fn validators(&self) -> ValidatorsResponse {
        self.ask(QueryMsg::Validators {}).unwrap()
    }

    pub fn validator_of(&self, who: &str) -> Option<ValidatorResponse> {
        self.ask(QueryMsg::ValidatorOf {
            address: addr(who).into(),
        })
        .unwrap()
    }

    pub fn set_unbonding(&mut self, secs: u64) {
        let update = ParamsUpdate {
            unbonding_secs: Some(secs),
            ..Default::default()
        };
        self.send(&peer(Peer::Dao), ExecuteMsg::UpdateParams { update })
            .unwrap();
    }

    pub fn pool(&self, who: &str) -> PoolResponse {
        self.ask(QueryMsg::Pool {
            owner: addr(who).into(),
        })
        .unwrap()
    }

    /// (bonded, unbonding, slash epoch).
    pub fn stake(&self, who: &str) -> (u128, u128, u32) {
        let pool = self.pool(who);
        (pool.bonded.u128(), pool.unbonding.u128(), pool.slash_epoch)
    }

    pub fn due(&self, who: &str) -> ClaimableResponse {
        self.ask(QueryMsg::Claimable {
            address: addr(who).into(),
        })
        .unwrap()
    }

    /// (matured, awarded and matured).
    pub fn claimable(&self, who: &str) -> (u128, u128) {
        let due = self.due(who);
        (due.matured.u128(), due.awarded.u128())
    }

    pub fn power_at(&self, who: &str, height: u64) -> u128 {
        let msg = QueryMsg::PowerAt {
            address: addr(who).into(),
            height,
        };
        self.ask::<PowerResponse>(msg).unwrap().power.u128()
    }

    pub fn total_at(&self, height: u64) -> u128 {
        self.ask::<PowerResponse>(QueryMsg::TotalPowerAt { height })
            .unwrap()
            .power
            .u128()
    }

    pub fn conservation(&self) -> ConservationResponse {
        self.ask(QueryMsg::Conservation {}).unwrap()
    }
}

pub fn slash_msg(id: u64, who: &str, bps: u16, repay: Option<(&str, u128)>) -> ExecuteMsg {
    ExecuteMsg::Slash {
        incident: incident(id),
        pool: addr(who).into(),
        fraction_bps: bps,
        repay: repay.into_iter().map(|(to, up_to)| repaid(to, up_to)).collect(),
    }
}

pub fn penalty(id: u64, who: &str, fraction_bps: u16) -> Penalty {
    Penalty {
        incident: incident(id),
        pool: addr(who).into(),
        fraction_bps,
    }
}

pub fn repaid(to: &str, up_to: u128) -> Repay {
    Repay {
        to: addr(to).into(),
        up_to: up_to.into(),
    }
}

/// A seed for each number.
pub fn seed(number: u64) -> [u8; 32] {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    seed
}

pub fn data(response: &Response) -> SlashOutcome {
    from_json(response.data.as_ref().unwrap()).unwrap()
}

/// The one message of a response, to the token; none if there is none.
pub fn to_token(response: &Response) -> Option<Cw20ExecuteMsg> {
    assert!(response.messages.len() <= 1);
    response.messages.first().map(|sub| {
        let CosmosMsg::Wasm(WasmMsg::Execute {
            contract_addr,
            msg,
            funds,
        }) = &sub.msg
        else {
            panic!("{sub:?}")
        };
        assert_eq!((contract_addr.as_str(), funds.len()), (peer(Peer::Token).as_str(), 0));
        from_json(msg).unwrap()
    })
}

pub fn transfer(to: &str, amount: u128) -> Option<Cw20ExecuteMsg> {
    Some(Cw20ExecuteMsg::Transfer {
        recipient: addr(to).into(),
        amount: amount.into(),
    })
}

pub fn burn(amount: u128) -> Option<Cw20ExecuteMsg> {
    Some(Cw20ExecuteMsg::Burn { amount: amount.into() })
}

/// The one event of the kind in a response.
pub fn event<'a, E: TryFrom<&'a cosmwasm_std::Event>>(response: &'a Response) -> E {
    let mut found = response.events.iter().filter_map(|event| E::try_from(event).ok());
    let event = found.next().expect("the event");
    assert!(found.next().is_none(), "one event a change");
    event
}
