//! Contracts that do what no honest one does, to be put where the market calls code that is not its own: a token on the escrow's list.
//! A vote of the dao would have had to list it; what is shown is that the damage ends there.

pub mod faulty;

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{
    to_json_binary, Addr, Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdError, StdResult, Uint128,
    WasmMsg,
};
use cw20::{Cw20ReceiveMsg, Denom};
use cw_multi_test::{Contract, ContractWrapper, Executor};
use cw_storage_plus::{Item, Map};
use joule_types::{escrow, Peer};

use crate::World;

const VICE: Item<Vice> = Item::new("vice");
const BALANCES: Map<&Addr, Uint128> = Map::new("balances");

/// What is wrong with a token.
#[cw_serde]
pub enum Vice {
    /// Nothing yet: it moves what it is told to.
    None,
    /// It reports transfers that did not happen, from whomever its caller names.
    Lies,
    /// It refuses every transfer.
    Blocks,
    /// It keeps a tenth of what is sent and reports all of it.
    TakesFee,
    /// Before it moves anything it calls back.
    CallsBack {
        /// Contract that is called.
        contract: String,
        /// With this message.
        msg: Binary,
    },
}

/// Messages of the token: the part of cw20 that the market uses, and what a test turns it into.
#[cw_serde]
pub enum ExecuteMsg {
    /// Pays somebody.
    Transfer {
        /// Who is paid.
        recipient: String,
        /// Base units.
        amount: Uint128,
    },
    /// Pays a contract and tells it.
    Send {
        /// Contract that is paid.
        contract: String,
        /// Base units.
        amount: Uint128,
        /// Its hook.
        msg: Binary,
    },
    /// Reports a transfer to a contract that nobody made.
    Claim {
        /// Contract that is told.
        contract: String,
        /// Who is said to have sent.
        sender: String,
        /// Base units.
        amount: Uint128,
        /// The hook.
        msg: Binary,
    },
    /// Changes what is wrong with it.
    Become(Vice),
    /// Sends a message to a contract in the token's own name.
    Act {
        /// Contract.
        contract: String,
        /// Message.
        msg: Binary,
    },
}

/// The token starts with this vice, and everybody named has a million.
#[cw_serde]
pub struct InstantiateMsg {
    vice: Vice,
    rich: Vec<String>,
}

fn instantiate(deps: DepsMut, _: Env, _: MessageInfo, msg: InstantiateMsg) -> StdResult<Response> {
    VICE.save(deps.storage, &msg.vice)?;
    for account in msg.rich {
        BALANCES.save(deps.storage, &Addr::unchecked(account), &Uint128::new(1_000_000))?;
    }
    Ok(Response::new())
}

fn call(contract: String, msg: Binary) -> WasmMsg {
    WasmMsg::Execute {
        contract_addr: contract,
        msg,
        funds: vec![],
    }
}

fn hook(contract: String, sender: String, amount: Uint128, msg: Binary) -> StdResult<WasmMsg> {
    #[cw_serde]
    enum Hook {
        Receive(Cw20ReceiveMsg),
    }
    Ok(call(
        contract,
        to_json_binary(&Hook::Receive(Cw20ReceiveMsg { sender, amount, msg }))?,
    ))
}

fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> StdResult<Response> {
    match msg {
        ExecuteMsg::Transfer { recipient, amount } => shift(deps, &info.sender, &Addr::unchecked(recipient), amount),
        ExecuteMsg::Send { contract, amount, msg } => {
            let moved = shift(deps, &info.sender, &Addr::unchecked(&contract), amount)?;
            Ok(moved.add_message(hook(contract, info.sender.into(), amount, msg)?))
        }
        ExecuteMsg::Claim {
            contract,
            sender,
            amount,
            msg,
        } => Ok(Response::new().add_message(hook(contract, sender, amount, msg)?)),
        ExecuteMsg::Become(vice) => {
            VICE.save(deps.storage, &vice)?;
            Ok(Response::new())
        }
        ExecuteMsg::Act { contract, msg } => {
            let own = contract == env.contract.address.as_str();
            if own {
                return Err(StdError::generic_err("nothing to do"));
            }
            Ok(Response::new().add_message(call(contract, msg)))
        }
    }
}

fn shift(deps: DepsMut, from: &Addr, to: &Addr, amount: Uint128) -> StdResult<Response> {
    let vice = VICE.load(deps.storage)?;
    let (taken, given) = match &vice {
        Vice::Lies => return Ok(Response::new()),
        Vice::Blocks => return Err(StdError::generic_err("this token does not move")),
        Vice::TakesFee => (amount, amount - amount.multiply_ratio(1u128, 10u128)),
        Vice::None | Vice::CallsBack { .. } => (amount, amount),
    };
    let had = BALANCES.may_load(deps.storage, from)?.unwrap_or_default();
    BALANCES.save(deps.storage, from, &had.checked_sub(taken)?)?;
    let has = BALANCES.may_load(deps.storage, to)?.unwrap_or_default();
    BALANCES.save(deps.storage, to, &has.checked_add(given)?)?;
    Ok(match vice {
        Vice::CallsBack { contract, msg } => Response::new().add_message(call(contract, msg)),
        _ => Response::new(),
    })
}

fn query(deps: Deps, _: Env, msg: cw20::Cw20QueryMsg) -> StdResult<Binary> {
    match msg {
        cw20::Cw20QueryMsg::Balance { address } => {
            let balance = BALANCES
                .may_load(deps.storage, &Addr::unchecked(address))?
                .unwrap_or_default();
            to_json_binary(&cw20::BalanceResponse { balance })
        }
        _ => Err(StdError::generic_err("not asked in the market")),
    }
}

fn code() -> Box<dyn Contract<Empty>> {
    Box::new(ContractWrapper::new(execute, instantiate, query))
}

impl World {
    /// A token with a vice; `rich` have a million of it each. Nobody lists it.
    ///
    /// # Panics
    /// If it does not deploy.
    pub fn hostile_token(&mut self, vice: Vice, rich: &[&Addr]) -> Addr {
        let app = &mut self.backend.app;
        let code = app.store_code(code());
        let msg = InstantiateMsg {
            vice,
            rich: rich.iter().map(ToString::to_string).collect(),
        };
        let creator = self.faucet.clone();
        app.instantiate_contract(code, creator, &msg, &[], "hostile", None)
            .unwrap()
    }

    /// Lists a token in the escrow, by the dao.
    ///
    /// # Panics
    /// If the escrow refuses.
    pub fn list_token(&mut self, token: &Addr) {
        let mut denoms = self.denoms();
        denoms.push(Denom::Cw20(token.clone()));
        let update = escrow::ParamsUpdate { denoms: Some(denoms) };
        let (dao, escrow) = (self.peers.dao.clone(), self.peers.get(Peer::Escrow).clone());
        self.send(&dao, &escrow, &escrow::ExecuteMsg::UpdateParams { update }, &[])
            .unwrap();
    }
}
