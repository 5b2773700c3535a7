//! The contracts of the market with one bug each, to show that the random markets find it.

mod judges;

use cosmwasm_std::{
    Addr, Binary, Checksum, CosmosMsg, Deps, DepsMut, Empty, Env, MessageInfo, Order, Reply, Response, WasmMsg,
};
use cw_multi_test::{error::AnyResult, Contract};
use joule_types::Peer;

pub use judges::*;

/// A bug: what it does to the answer of a message that was carried out, and to the storage behind it.
pub type Bug = fn(&mut DepsMut, &MessageInfo, &[u8], &mut Response);

struct Faulty {
    inner: Box<dyn Contract<Empty>>,
    bug: Bug,
}

/// The code of `peer` with a bug.
#[must_use]
pub fn faulty(peer: Peer, bug: Bug) -> Box<dyn Contract<Empty>> {
    Box::new(Faulty {
        inner: (joule_native::code(peer).contract)(),
        bug,
    })
}

impl Contract<Empty> for Faulty {
    fn instantiate(&self, deps: DepsMut, env: Env, info: MessageInfo, msg: Vec<u8>) -> AnyResult<Response> {
        self.inner.instantiate(deps, env, info, msg)
    }

    fn execute(&self, mut deps: DepsMut, env: Env, info: MessageInfo, msg: Vec<u8>) -> AnyResult<Response> {
        let mut response = self.inner.execute(deps.branch(), env, info.clone(), msg.clone())?;
        (self.bug)(&mut deps, &info, &msg, &mut response);
        Ok(response)
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

    fn migrate(&self, deps: DepsMut, env: Env, msg: Vec<u8>) -> AnyResult<Response> {
        self.inner.migrate(deps, env, msg)
    }

    fn checksum(&self) -> Option<Checksum> {
        self.inner.checksum()
    }
}

fn is(msg: &[u8], name: &str) -> bool {
    msg.starts_with(format!("{{\"{name}\"").as_bytes())
}

/// Escrow: a withdrawal is booked and not paid.
pub fn withdrawal_not_paid(_: &mut DepsMut, _: &MessageInfo, msg: &[u8], response: &mut Response) {
    if is(msg, "withdraw") {
        response.messages.clear();
    }
}

/// Escrow: whoever withdraws keeps the balance.
pub fn withdrawal_not_booked(deps: &mut DepsMut, info: &MessageInfo, msg: &[u8], _: &mut Response) {
    if is(msg, "withdraw") {
        let balance = joule_escrow::domain::balance::Balance {
            deposited: 5u128.into(),
            earned: 0u128.into(),
        };
        let key = (&info.sender, "nuusdc");
        joule_escrow::state::BALANCES
            .save(deps.storage, key, &balance)
            .expect("a test's storage does not fail");
    }
}

/// Escrow: a settlement gives the payer nothing back.
pub fn refund_kept(deps: &mut DepsMut, _: &MessageInfo, msg: &[u8], response: &mut Response) {
    if !is(msg, "settle") {
        return;
    }
    let Some(hold) = response
        .events
        .iter()
        .flat_map(|event| &event.attributes)
        .find(|a| a.key == "hold")
    else {
        return;
    };
    let hold: u64 = hold.value.parse().unwrap_or_default();
    if let Ok(closed) = joule_escrow::state::CLOSED.load(deps.storage, hold) {
        let denom = joule_types::denom_key(&closed.denom);
        joule_escrow::state::BALANCES.remove(deps.storage, (&closed.payer, denom.as_str()));
    }
}

/// Staking: a slash burns and forgets that it happened, so that it may happen again.
pub fn incident_forgotten(deps: &mut DepsMut, _: &MessageInfo, msg: &[u8], _: &mut Response) {
    if is(msg, "slash") {
        joule_staking::state::INCIDENTS.clear(deps.storage);
    }
}

/// Staking: an unbonding matures at once, out of reach of every slash.
pub fn unbonding_at_once(deps: &mut DepsMut, info: &MessageInfo, msg: &[u8], _: &mut Response) {
    if !is(msg, "unbond") {
        return;
    }
    let last = joule_staking::state::COHORTS
        .prefix(&info.sender)
        .range(deps.storage, None, None, Order::Descending)
        .next();
    if let Some(Ok((at, pot))) = last {
        joule_staking::state::COHORTS.remove(deps.storage, (&info.sender, at));
        joule_staking::state::COHORTS
            .save(deps.storage, (&info.sender, 1), &pot)
            .expect("a test's storage does not fail");
    }
}

/// Marketplace: the registry is not told about loads.
pub fn load_not_told(_: &mut DepsMut, _: &MessageInfo, _: &[u8], response: &mut Response) {
    response.messages.retain(|message| match &message.msg {
        CosmosMsg::Wasm(WasmMsg::Execute { msg, .. }) => !is(msg, "record"),
        _ => true,
    });
}

/// Marketplace: a job that is cancelled stays in the list of open ones.
pub fn stale_look_up(deps: &mut DepsMut, _: &MessageInfo, msg: &[u8], response: &mut Response) {
    if is(msg, "cancel") {
        let job = response
            .events
            .iter()
            .flat_map(|event| &event.attributes)
            .find(|a| a.key == "job");
        let job = job.and_then(|attribute| attribute.value.parse().ok()).unwrap_or(0u64);
        joule_marketplace::state::OPEN
            .save(deps.storage, job, &())
            .expect("a test's storage does not fail");
    }
}

/// Marketplace: an accepted result pays whoever accepted.
pub fn wrong_payee(_: &mut DepsMut, info: &MessageInfo, msg: &[u8], response: &mut Response) {
    if !is(msg, "accept") {
        return;
    }
    for message in &mut response.messages {
        let CosmosMsg::Wasm(WasmMsg::Execute { msg, .. }) = &mut message.msg else {
            continue;
        };
        let Ok(joule_types::escrow::ExecuteMsg::Settle {
            hold,
            gross,
            referrer,
            awards,
            ..
        }) = cosmwasm_std::from_json(&msg)
        else {
            continue;
        };
        let payee = Some(Addr::to_string(&info.sender));
        let stolen = joule_types::escrow::ExecuteMsg::Settle {
            hold,
            payee,
            referrer,
            gross,
            awards,
        };
        if let Ok(stolen) = cosmwasm_std::to_json_binary(&stolen) {
            *msg = stolen;
        }
    }
}
