//! Entry points: the messages and answers are cw20-base's. Ours: no minter, no coins, our name and version.

#[cfg(not(feature = "library"))]
use cosmwasm_std::entry_point;
use cosmwasm_std::{Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdResult};
use cw20_base::contract as base;
pub use cw20_base::msg::{ExecuteMsg, InstantiateMsg, QueryMsg};
use joule_kit::{funds, version};

use crate::TokenError;

/// Name under cw2.
pub const NAME: &str = "joule:token";
/// Version under cw2.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Creates the whole supply. Errors: `tok.no_minter`, `tok.cw20`.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn instantiate(
    mut deps: DepsMut,
    env: Env,
    info: MessageInfo,
    msg: InstantiateMsg,
) -> Result<Response, TokenError> {
    funds::none(&info)?;
    if msg.mint.is_some() {
        return Err(TokenError::NoMinter);
    }
    let response = base::instantiate(deps.branch(), env, info, msg)?;
    version::init(deps.storage, NAME, VERSION)?;
    Ok(response)
}

/// Any cw20 message. Coins attached would be lost in here and are refused. Errors: `tok.cw20`, `kit.unexpected_funds`.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn execute(deps: DepsMut, env: Env, info: MessageInfo, msg: ExecuteMsg) -> Result<Response, TokenError> {
    funds::none(&info)?;
    Ok(base::execute(deps, env, info, msg)?)
}

/// Any cw20 query.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn query(deps: Deps, env: Env, msg: QueryMsg) -> StdResult<Binary> {
    base::query(deps, env, msg)
}

/// Accepts newer code of this contract only. Errors: `kit.wrong_contract`, `kit.not_newer`.
#[cfg_attr(not(feature = "library"), entry_point)]
pub fn migrate(deps: DepsMut, _env: Env, _msg: Empty) -> Result<Response, TokenError> {
    version::migrate(deps.storage, NAME, VERSION)?;
    Ok(Response::new().add_attribute("action", "migrate"))
}
