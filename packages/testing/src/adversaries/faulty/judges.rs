//! Bugs of what judges: rounds, validators, committees.

use cosmwasm_std::{CosmosMsg, DepsMut, MessageInfo, Order, Response, Uint128, WasmMsg};
use joule_marketplace::{domain::panel::Panel, state as mkt};
use joule_registry::state as reg;
use joule_staking::validators;
use joule_types::marketplace::{PanelPhase, SeatVerdict};

use super::is;

/// The last committee of the marketplace that `wanted` says, with its key.
fn panel(deps: &DepsMut, wanted: impl Fn(&Panel) -> bool) -> Option<(Vec<u8>, Panel)> {
    let all = mkt::PANELS.range(deps.storage, &[], None, Order::Descending);
    all.filter_map(Result::ok).find(|(_, panel)| wanted(panel))
}

/// Marketplace: a revealed vote is counted twice.
pub fn vote_counted_twice(deps: &mut DepsMut, _: &MessageInfo, msg: &[u8], _: &mut Response) {
    if !is(msg, "reveal_vote") {
        return;
    }
    if let Some((key, mut panel)) = panel(deps, |panel| panel.phase == PanelPhase::Reveal && panel.revealed > 0) {
        panel.revealed += 1;
        mkt::PANELS.save(deps.storage, &key, &panel);
    }
}

/// Marketplace: who voted with the majority is found wrong.
pub fn majority_blamed(deps: &mut DepsMut, _: &MessageInfo, msg: &[u8], _: &mut Response) {
    if !is(msg, "tally") {
        return;
    }
    let seats: Vec<_> = mkt::SEATS.range(deps.storage, &[], None, Order::Descending).collect();
    let paid = seats
        .into_iter()
        .filter_map(Result::ok)
        .find(|(_, seat)| seat.verdict == Some(SeatVerdict::Paid));
    if let Some((key, mut seat)) = paid {
        seat.verdict = Some(SeatVerdict::Wrong);
        mkt::SEATS.save(deps.storage, &key, &seat);
    }
}

/// Marketplace: the keeper who draws gives itself a seat.
pub fn seat_stolen(deps: &mut DepsMut, info: &MessageInfo, msg: &[u8], _: &mut Response) {
    if !is(msg, "draw") {
        return;
    }
    let last = mkt::SEATS.range(deps.storage, &[], None, Order::Descending).next();
    if let Some(Ok((key, mut seat))) = last {
        seat.operator = info.sender.clone();
        mkt::SEATS.save(deps.storage, &key, &seat);
    }
}

/// Marketplace: seats of a committee that is over stay on the lists.
pub fn seat_left_open(deps: &mut DepsMut, info: &MessageInfo, msg: &[u8], _: &mut Response) {
    if is(msg, "tally") {
        mkt::OPEN_SEATS
            .save(deps.storage, (&info.sender, 1), &1)
            .expect("a test's storage does not fail");
    }
}

/// Marketplace: validators are paid twice.
pub fn votes_paid_twice(_: &mut DepsMut, _: &MessageInfo, msg: &[u8], response: &mut Response) {
    if !is(msg, "tally") {
        return;
    }
    let pays = |message: &&cosmwasm_std::SubMsg| match &message.msg {
        CosmosMsg::Wasm(WasmMsg::Execute { msg, .. }) => is(msg, "pay"),
        _ => false,
    };
    if let Some(again) = response.messages.iter().find(pays).cloned() {
        response.messages.insert(0, again);
    }
}

/// Marketplace: whoever is wrong or absent is not slashed.
pub fn nobody_penalized(_: &mut DepsMut, _: &MessageInfo, msg: &[u8], response: &mut Response) {
    if is(msg, "tally") || is(msg, "timeout") {
        response.messages.retain(|message| match &message.msg {
            CosmosMsg::Wasm(WasmMsg::Execute { msg, .. }) => !is(msg, "penalize"),
            _ => true,
        });
    }
}

/// Staking: who takes stake out keeps the weight of it.
pub fn weight_kept(deps: &mut DepsMut, info: &MessageInfo, msg: &[u8], _: &mut Response) {
    if !is(msg, "unbond") {
        return;
    }
    let Ok(Some(slot)) = validators::SLOT_OF.may_load(deps.storage, &info.sender) else {
        return;
    };
    let digits = [12, 8, 4].map(|shift| u8::try_from(slot >> shift & 15).unwrap_or(0));
    if let Ok(Some(mut node)) = validators::TREE.load(deps.storage, &digits) {
        node.0[usize::from(slot & 15)].now += 1;
        validators::TREE.save(deps.storage, &digits, &node);
    }
}

/// Staking: what is bonded now counts in the epoch that is over, so that a seat can be bought once the round is known.
pub fn stake_backdated(deps: &mut DepsMut, _: &MessageInfo, msg: &[u8], _: &mut Response) {
    if !is(msg, "receive") {
        return;
    }
    let nodes: Vec<_> = validators::TREE
        .range(deps.storage, &[], None, Order::Ascending)
        .collect();
    for (key, mut node) in nodes.into_iter().filter_map(Result::ok) {
        for child in &mut node.0 {
            child.before = child.now;
        }
        validators::TREE.save(deps.storage, &key, &node);
    }
}

/// Registry: a tip is booked twice.
pub fn tip_doubled(deps: &mut DepsMut, info: &MessageInfo, msg: &[u8], _: &mut Response) {
    if !is(msg, "post_round") {
        return;
    }
    if let Ok(Some(tip)) = reg::TIPS_OF.may_load(deps.storage, &info.sender) {
        reg::TIPS_OF
            .save(deps.storage, &info.sender, &(tip + Uint128::one()))
            .expect("a test's storage does not fail");
    }
}

/// Registry: a posted round is kept with other randomness than its signature gives.
pub fn round_bent(deps: &mut DepsMut, _: &MessageInfo, msg: &[u8], _: &mut Response) {
    if !is(msg, "post_round") {
        return;
    }
    let last = reg::ROUNDS.range(deps.storage, None, None, Order::Descending).next();
    if let Some(Ok((round, mut record))) = last {
        record.randomness = [7; 32].into();
        reg::ROUNDS
            .save(deps.storage, round, &record)
            .expect("a test's storage does not fail");
    }
}
