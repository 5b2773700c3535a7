//! The contracts as an earlier version: the same handlers under version 0.0.1.

use cosmwasm_std::{from_json, Binary, Checksum, Deps, DepsMut, Empty, Env, MessageInfo, Reply, Response};
use cw_multi_test::{error::AnyResult, Contract};
use joule_kit::version;
use joule_native::Code;
use joule_types::Peer;

const VERSION: &str = "0.0.1";

struct Older {
    code: Code,
    inner: Box<dyn Contract<Empty>>,
}

/// The earlier code of `peer`.
pub fn older(peer: Peer) -> Box<dyn Contract<Empty>> {
    let code = joule_native::code(peer);
    let inner = (code.contract)();
    Box::new(Older { code, inner })
}

/// The newest code of `peer`.
pub fn newest(peer: Peer) -> Box<dyn Contract<Empty>> {
    (joule_native::code(peer).contract)()
}

impl Contract<Empty> for Older {
    fn instantiate(&self, mut deps: DepsMut, env: Env, info: MessageInfo, msg: Vec<u8>) -> AnyResult<Response> {
        let response = self.inner.instantiate(deps.branch(), env, info, msg)?;
        version::init(deps.storage, self.code.name, VERSION)?;
        Ok(response)
    }

    fn execute(&self, deps: DepsMut, env: Env, info: MessageInfo, msg: Vec<u8>) -> AnyResult<Response> {
        self.inner.execute(deps, env, info, msg)
    }

    fn query(&self, deps: Deps, env: Env, msg: Vec<u8>) -> AnyResult<Binary> {
        self.inner.query(deps, env, msg)
    }

    fn reply(&self, deps: DepsMut, env: Env, msg: Reply) -> AnyResult<Response> {
        self.inner.reply(deps, env, msg)
    }

    fn sudo(&self, deps: DepsMut, env: Env, msg: Vec<u8>) -> AnyResult<Response> {
        self.inner.sudo(deps, env, msg)
    }

    fn migrate(&self, deps: DepsMut, _: Env, msg: Vec<u8>) -> AnyResult<Response> {
        let _: Empty = from_json(msg)?;
        version::migrate(deps.storage, self.code.name, VERSION)?;
        Ok(Response::new())
    }

    fn checksum(&self) -> Option<Checksum> {
        Some(Checksum::generate(format!("{} {VERSION}", self.code.name).as_bytes()))
    }
}
