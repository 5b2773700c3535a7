//! A contract that can do everything a test needs: count, fail, panic, pay, call others, burn gas.

use cosmwasm_std::{
    coins, to_json_binary, BankMsg, Binary, Deps, DepsMut, Empty, Env, Event, MessageInfo, Order, Reply, Response,
    StdError, StdResult, SubMsg, Uint128, WasmMsg, WasmQuery,
};
use cw_multi_test::{Contract, ContractWrapper};
use cw_storage_plus::{Item, Map};
use serde::{Deserialize, Serialize};

const COUNT: Item<u64> = Item::new("count");
const NOTE: Item<String> = Item::new("note");
const CELLS: Map<u64, Vec<u8>> = Map::new("cells");

#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "snake_case")]
pub struct Init {
    pub start: u64,
}

#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Exec {
    Add {
        by: u64,
    },
    /// Writes, then fails.
    Fail {
        text: String,
    },
    /// Writes, then panics.
    Panic {},
    Pay {
        to: String,
        amount: Uint128,
        denom: String,
    },
    Burn {
        amount: Uint128,
        denom: String,
    },
    /// Calls another contract; with `catch` its failure is noted and survived.
    Call {
        contract: String,
        msg: Box<Exec>,
        catch: bool,
    },
    /// Writes `cells` values of `bytes` bytes each.
    Fill {
        cells: u64,
        bytes: u32,
    },
    /// Writes until something stops it.
    Forever {},
    /// Calls itself `depth` times, one inside the other.
    Deep {
        depth: u32,
    },
    /// Notes its position in the block.
    NoteIndex {},
}

#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Query {
    Count {},
    Note {},
    Panic {},
    Sum {},
    /// Asks itself, without end.
    Forever {},
}

fn instantiate(deps: DepsMut, _env: Env, _info: MessageInfo, msg: Init) -> StdResult<Response> {
    if msg.start == 13 {
        return Err(StdError::generic_err("test.unlucky: start 13"));
    }
    COUNT.save(deps.storage, &msg.start)?;
    Ok(Response::new().add_attribute("action", "init"))
}

fn execute(deps: DepsMut, env: Env, _info: MessageInfo, msg: Exec) -> StdResult<Response> {
    let add = |deps: DepsMut, by: u64| COUNT.update(deps.storage, |n| StdResult::Ok(n + by));
    match msg {
        Exec::Add { by } => {
            let count = add(deps, by)?;
            let event = Event::new("counted").add_attribute("count", count.to_string());
            let response = Response::new().add_attribute("action", "add").add_event(event);
            Ok(response.set_data(to_json_binary(&count)?))
        }
        Exec::Fail { text } => {
            add(deps, 1_000)?;
            Err(StdError::generic_err(text))
        }
        Exec::Panic {} => {
            add(deps, 1_000)?;
            panic!("the contract gave up");
        }
        Exec::Pay { to, amount, denom } => Ok(Response::new().add_message(BankMsg::Send {
            to_address: to,
            amount: coins(amount.u128(), denom),
        })),
        Exec::Burn { amount, denom } => Ok(Response::new().add_message(BankMsg::Burn {
            amount: coins(amount.u128(), denom),
        })),
        Exec::Call { contract, msg, catch } => {
            let call = WasmMsg::Execute {
                contract_addr: contract,
                msg: to_json_binary(&msg)?,
                funds: vec![],
            };
            let message = if catch {
                SubMsg::reply_on_error(call, 7)
            } else {
                SubMsg::new(call)
            };
            Ok(Response::new().add_attribute("action", "call").add_submessage(message))
        }
        Exec::Fill { cells, bytes } => {
            for cell in 0..cells {
                CELLS.save(deps.storage, cell, &vec![1; bytes as usize])?;
            }
            Ok(Response::new())
        }
        Exec::Forever {} => {
            for cell in 0.. {
                CELLS.save(deps.storage, cell, &vec![1; 100])?;
            }
            Ok(Response::new())
        }
        Exec::Deep { depth: 0 } => Ok(Response::new().add_attribute("action", "bottom")),
        Exec::Deep { depth } => Ok(Response::new().add_message(WasmMsg::Execute {
            contract_addr: env.contract.address.into(),
            msg: to_json_binary(&Exec::Deep { depth: depth - 1 })?,
            funds: vec![],
        })),
        Exec::NoteIndex {} => {
            let index = env.transaction.map(|t| t.index.to_string());
            NOTE.save(deps.storage, &index.unwrap_or_default())?;
            Ok(Response::new())
        }
    }
}

fn query(deps: Deps, env: Env, msg: Query) -> StdResult<Binary> {
    match msg {
        Query::Count {} => to_json_binary(&COUNT.load(deps.storage)?),
        Query::Note {} => to_json_binary(&NOTE.may_load(deps.storage)?.unwrap_or_default()),
        Query::Panic {} => panic!("the query gave up"),
        Query::Sum {} => {
            let cells = CELLS.range(deps.storage, None, None, Order::Ascending);
            to_json_binary(&cells.map(|cell| cell.map(|(_, v)| v.len())).sum::<StdResult<usize>>()?)
        }
        Query::Forever {} => {
            let answer: u64 = deps.querier.query(&cosmwasm_std::QueryRequest::Wasm(WasmQuery::Smart {
                contract_addr: env.contract.address.into(),
                msg: to_json_binary(&Query::Forever {})?,
            }))?;
            to_json_binary(&answer)
        }
    }
}

fn reply(deps: DepsMut, _env: Env, msg: Reply) -> StdResult<Response> {
    let text = msg.result.into_result().err().unwrap_or_default();
    NOTE.save(deps.storage, &text)?;
    Ok(Response::new().add_attribute("caught", "yes"))
}

fn migrate(deps: DepsMut, _env: Env, msg: Init) -> StdResult<Response> {
    COUNT.save(deps.storage, &msg.start)?;
    Ok(Response::new().add_attribute("action", "migrate"))
}

/// As the chain stores it.
pub fn contract() -> Box<dyn Contract<Empty>> {
    Box::new(
        ContractWrapper::new(execute, instantiate, query)
            .with_reply(reply)
            .with_migrate(migrate),
    )
}
