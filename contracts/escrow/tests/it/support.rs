//! A launched escrow over a counting storage.

use cosmwasm_std::testing::{message_info, mock_env, MockApi, MockQuerier};
use cosmwasm_std::{
    coin, from_json, to_json_binary, Addr, BankMsg, Binary, CosmosMsg, Empty, Env, OwnedDeps, Response, Uint128,
    WasmMsg,
};
use cw20::{Cw20ExecuteMsg, Cw20ReceiveMsg, Denom};
use joule_escrow::contract::{execute, instantiate, query};
use joule_escrow::EscrowError;
use joule_kit::{testing::CountingStorage, KitError};
use joule_types::escrow::{
    Award, BalanceResponse, ConservationResponse, EscrowHook, ExecuteMsg, FeesResponse, HoldResponse, HoldTerms,
    InstantiateMsg, Params, QueryMsg,
};
use joule_types::work::fees::FeeTerms;
use joule_types::{AdminMsg, HoldId, Money, Peer, Peers};
use serde::de::DeserializeOwned;

pub const DAY: u64 = 86_400;
/// From this second after the start on a test hold can be reclaimed.
pub const RECLAIM_AFTER: u64 = 30 * DAY;

pub type Outcome = Result<Response, EscrowError>;

pub fn addr(name: &str) -> Addr {
    MockApi::default().addr_make(name)
}

pub fn peer(peer: Peer) -> Addr {
    addr(peer.name())
}

pub fn usdc() -> Denom {
    Denom::Native("uusdc".into())
}

pub fn joule() -> Denom {
    Denom::Cw20(peer(Peer::Token))
}

pub fn fees() -> FeeTerms {
    FeeTerms::DEFAULT
}

pub fn award(to: &str, amount: u128) -> Award {
    Award {
        to: addr(to).into(),
        amount: amount.into(),
    }
}

pub struct Bench {
    pub deps: OwnedDeps<CountingStorage, MockApi, MockQuerier, Empty>,
    pub env: Env,
}

impl Bench {
    /// Instantiated, not launched.
    pub fn setup() -> Self {
        let mut bench = Self {
            deps: OwnedDeps {
                storage: CountingStorage::default(),
                api: MockApi::default(),
                querier: MockQuerier::default(),
                custom_query_type: std::marker::PhantomData,
            },
            env: mock_env(),
        };
        let msg = InstantiateMsg {
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
                denoms: vec![usdc(), joule()],
            },
        };
        instantiate(
            bench.deps.as_mut(),
            bench.env.clone(),
            message_info(&addr("deployer"), &[]),
            msg,
        )
        .unwrap();
        bench
    }

    /// Launched, with uusdc and JOULE on the list.
    pub fn new() -> Self {
        let mut bench = Self::setup();
        bench
            .send(&addr("deployer"), ExecuteMsg::Admin(AdminMsg::Launch {}))
            .unwrap();
        bench
    }

    pub fn send(&mut self, sender: &Addr, msg: ExecuteMsg) -> Outcome {
        self.send_with(sender, &[], msg)
    }

    /// A message with coins. One that fails has written nothing, since checks come before effects; only an overflow,
    /// which no real supply reaches, is left to the chain to roll back.
    pub fn send_with(&mut self, sender: &Addr, funds: &[(&str, u128)], msg: ExecuteMsg) -> Outcome {
        let before = self.deps.storage.clone();
        let coins: Vec<_> = funds.iter().map(|(denom, amount)| coin(*amount, *denom)).collect();
        let info = message_info(sender, &coins);
        let outcome = execute(self.deps.as_mut(), self.env.clone(), info, msg.clone());
        if let Err(error) = &outcome {
            let wrote = before.records() != self.deps.storage.records();
            let overflow = matches!(error, EscrowError::Kit(KitError::Overflow(_)));
            assert!(!wrote || overflow, "{msg:?} failed after it had written: {error}");
            self.deps.storage = before;
        }
        outcome
    }

    pub fn jump(&mut self, secs: u64) {
        self.env.block.time = self.env.block.time.plus_seconds(secs);
        self.env.block.height += 1;
    }

    pub fn now(&self) -> u64 {
        self.env.block.time.seconds()
    }

    pub fn ask<T: DeserializeOwned>(&self, msg: QueryMsg) -> Result<T, EscrowError> {
        Ok(from_json(query(self.deps.as_ref(), self.env.clone(), msg)?).unwrap())
    }

    pub fn deposit(&mut self, who: &str, denom: &Denom, amount: u128) -> Outcome {
        match denom {
            Denom::Native(name) => self.send_with(&addr(who), &[(name, amount)], ExecuteMsg::Deposit { owner: None }),
            Denom::Cw20(token) => self.receive(token, who, amount, &EscrowHook::Deposit { owner: None }),
        }
    }

    pub fn receive(&mut self, token: &Addr, who: &str, amount: u128, hook: &EscrowHook) -> Outcome {
        self.receive_raw(token, who, amount, to_json_binary(hook).unwrap())
    }

    pub fn receive_raw(&mut self, token: &Addr, who: &str, amount: u128, msg: Binary) -> Outcome {
        let msg = Cw20ReceiveMsg {
            sender: addr(who).into(),
            amount: amount.into(),
            msg,
        };
        self.send(token, ExecuteMsg::Receive(msg))
    }

    pub fn terms(&self, tips: u128) -> HoldTerms {
        HoldTerms {
            fees: fees(),
            tips: tips.into(),
            reclaim_at: mock_env().block.time.seconds() + RECLAIM_AFTER,
        }
    }

    /// `OpenHold` by the marketplace from the free balance of `payer`.
    pub fn open(&mut self, hold: u64, payer: &str, amount: u128, tips: u128) -> Outcome {
        let msg = self.open_msg(hold, payer, usdc(), amount, self.terms(tips));
        self.send(&peer(Peer::Marketplace), msg)
    }

    pub fn open_msg(&self, hold: u64, payer: &str, denom: Denom, amount: u128, terms: HoldTerms) -> ExecuteMsg {
        ExecuteMsg::OpenHold {
            hold: HoldId(hold),
            payer: addr(payer).into(),
            amount: Money::new(denom, amount),
            terms,
        }
    }

    pub fn settle(
        &mut self,
        hold: u64,
        payee: Option<&str>,
        referrer: Option<&str>,
        gross: u128,
        awards: Vec<Award>,
    ) -> Outcome {
        let msg = ExecuteMsg::Settle {
            hold: HoldId(hold),
            payee: payee.map(|name| addr(name).into()),
            referrer: referrer.map(|name| addr(name).into()),
            gross: gross.into(),
            awards,
        };
        self.send(&peer(Peer::Marketplace), msg)
    }

    pub fn pay(&mut self, hold: u64, awards: Vec<Award>) -> Outcome {
        let hold = HoldId(hold);
        self.send(&peer(Peer::Marketplace), ExecuteMsg::Pay { hold, awards })
    }

    pub fn tip(&mut self, hold: u64, to: &str, amount: u128) -> Outcome {
        let msg = ExecuteMsg::Tip {
            hold: HoldId(hold),
            to: addr(to).into(),
            amount: amount.into(),
        };
        self.send(&peer(Peer::Marketplace), msg)
    }

    pub fn withdraw(&mut self, who: &str, denom: &Denom, amount: Option<u128>) -> Outcome {
        let msg = ExecuteMsg::Withdraw {
            denom: denom.clone(),
            amount: amount.map(Uint128::new),
            to: None,
        };
        self.send(&addr(who), msg)
    }

    /// (deposited, earned).
    pub fn balance(&self, who: &str, denom: &Denom) -> (u128, u128) {
        let msg = QueryMsg::Balance {
            owner: addr(who).into(),
            denom: denom.clone(),
        };
        let balance: BalanceResponse = self.ask(msg).unwrap();
        (balance.deposited.u128(), balance.earned.u128())
    }

    pub fn hold(&self, hold: u64) -> Result<HoldResponse, EscrowError> {
        self.ask(QueryMsg::Hold { hold: HoldId(hold) })
    }

    /// (treasury, stakers).
    pub fn fees(&self, denom: &Denom) -> (u128, u128) {
        let fees: FeesResponse = self.ask(QueryMsg::Fees { denom: denom.clone() }).unwrap();
        (fees.treasury.u128(), fees.stakers.u128())
    }

    pub fn conservation(&self, denom: &Denom) -> ConservationResponse {
        self.ask(QueryMsg::Conservation { denom: denom.clone() }).unwrap()
    }
}

/// What a response pays out: (to, denomination, amount).
pub fn payments(response: &Response) -> Vec<(Addr, Denom, u128)> {
    response
        .messages
        .iter()
        .map(|sub| match &sub.msg {
            CosmosMsg::Bank(BankMsg::Send { to_address, amount }) => {
                assert_eq!(amount.len(), 1);
                assert!(!amount[0].amount.is_zero(), "the bank refuses empty sends");
                (
                    Addr::unchecked(to_address),
                    Denom::Native(amount[0].denom.clone()),
                    amount[0].amount.u128(),
                )
            }
            CosmosMsg::Wasm(WasmMsg::Execute {
                contract_addr,
                msg,
                funds,
            }) => {
                assert!(funds.is_empty());
                let Cw20ExecuteMsg::Transfer { recipient, amount } = from_json(msg).unwrap() else {
                    panic!("fees and payouts are plain transfers")
                };
                (
                    Addr::unchecked(recipient),
                    Denom::Cw20(Addr::unchecked(contract_addr)),
                    amount.u128(),
                )
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

/// The one event of the kind in a response.
pub fn event<'a, E: TryFrom<&'a cosmwasm_std::Event>>(response: &'a Response) -> E {
    let mut found = response.events.iter().filter_map(|event| E::try_from(event).ok());
    let event = found.next().expect("the event");
    assert!(found.next().is_none(), "one event a change");
    event
}
