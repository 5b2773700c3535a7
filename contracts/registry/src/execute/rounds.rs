//! Rounds of the beacon and the tips for posting them.
//!
//! A tip goes to whoever's message comes first; one that comes second changes nothing and costs its sender gas only.

use cosmwasm_std::{to_json_binary, Addr, DepsMut, Env, HexBinary, Response, Storage, Uint128, WasmMsg};
use cw20::Cw20ExecuteMsg;
use joule_kit::Control;
use joule_types::registry::{RoundPosted, RoundRecord, TipsClaimed, TipsFunded};

use super::opening;
use crate::beacon;
use crate::state::{Tips, Wanted, BEACON, LAST_ROUND, PARAMS, ROUNDS, TIPS, TIPS_OF, WANTED};
use crate::RegistryError;

/// Verifies and keeps a round; opens a window if it triggers one; pays if a committee waited for it.
pub fn post(
    deps: DepsMut,
    env: &Env,
    control: &Control,
    sender: &Addr,
    round: u64,
    signature: &[u8],
) -> Result<Response, RegistryError> {
    let now = env.block.time.seconds();
    let response = Response::new().add_attribute("action", "post_round");
    if let Some(known) = ROUNDS.may_load(deps.storage, round)? {
        return Ok(response.add_event(RoundPosted {
            round,
            randomness: known.randomness.to_hex(),
            known: true,
            wanted: false,
            tip: Uint128::zero(),
        }));
    }
    if round == 0 {
        return Err(RegistryError::InvalidRound {
            round,
            reason: "rounds count from 1",
        });
    }
    let beacon = BEACON.load(deps.storage)?;
    let clock = beacon::clock(&beacon);
    if round > clock.round_at(now) {
        return Err(RegistryError::TooEarly {
            at: clock.due_at(round),
            now,
        });
    }
    let randomness = beacon::verify(deps.api, &beacon, round, signature)?;
    let params = PARAMS.load(deps.storage)?;

    let record = RoundRecord {
        randomness: HexBinary::from(&randomness),
        posted_at: now,
    };
    ROUNDS.save(deps.storage, round, &record)?;
    if LAST_ROUND.may_load(deps.storage)?.is_none_or(|last| last < round) {
        LAST_ROUND.save(deps.storage, &round)?;
    }
    let wanted = WANTED.may_load(deps.storage, round)?;
    if wanted.is_some() {
        WANTED.remove(deps.storage, round);
    }
    let drawn = opening::Drawn {
        round,
        due_at: clock.due_at(round),
        period: clock.period,
        randomness,
    };
    let opened = opening::open(deps.storage, env, control, &params, &drawn)?;
    // Who asks for a challenge can post its round himself: a tip for it could be drawn at will.
    let tip = match wanted == Some(Wanted::Committee) || opened.is_some() {
        true => earn(deps.storage, sender, params.round_tip)?,
        false => Uint128::zero(),
    };

    let event = RoundPosted {
        round,
        randomness: record.randomness.to_hex(),
        known: false,
        wanted: wanted.is_some(),
        tip,
    };
    let response = response.add_event(event);
    Ok(match opened {
        Some(opened) => response.add_event(opened),
        None => response,
    })
}

/// Credits a tip as far as the fund goes. An empty fund stops tips, not rounds.
fn earn(storage: &mut dyn Storage, sender: &Addr, tip: Uint128) -> Result<Uint128, RegistryError> {
    let tips = TIPS.load(storage)?;
    let tip = tip.min(tips.fund);
    if tip.is_zero() {
        return Ok(tip);
    }
    let earned = TIPS_OF.may_load(storage, sender)?.unwrap_or_default();
    TIPS_OF.save(storage, sender, &earned.checked_add(tip)?)?;
    let tips = Tips {
        fund: tips.fund.checked_sub(tip)?,
        unclaimed: tips.unclaimed.checked_add(tip)?,
    };
    TIPS.save(storage, &tips)?;
    Ok(tip)
}

/// Puts a round on the list. Total, so that it can never block a job: 0, which is no round, and a posted or listed one
/// change nothing.
pub fn want(deps: DepsMut, round: u64) -> Result<Response, RegistryError> {
    let open = round != 0 && !ROUNDS.has(deps.storage, round);

    if open {
        WANTED.save(deps.storage, round, &Wanted::Committee)?;
    }

    Ok(Response::new().add_attribute("action", "want_round"))
}

/// Pays the sender what it earned.
pub fn claim(deps: DepsMut, control: &Control, sender: &Addr) -> Result<Response, RegistryError> {
    let amount = TIPS_OF
        .may_load(deps.storage, sender)?
        .ok_or_else(|| RegistryError::NothingToClaim {
            address: sender.to_string(),
        })?;

    TIPS_OF.remove(deps.storage, sender);
    let mut tips = TIPS.load(deps.storage)?;
    tips.unclaimed = tips.unclaimed.checked_sub(amount)?;
    TIPS.save(deps.storage, &tips)?;

    let transfer = WasmMsg::Execute {
        contract_addr: control.peers.token.to_string(),
        msg: to_json_binary(&Cw20ExecuteMsg::Transfer {
            recipient: sender.to_string(),
            amount,
        })?,
        funds: vec![],
    };

    let event = TipsClaimed {
        to: sender.clone(),
        amount,
    };
    Ok(Response::new()
        .add_message(transfer)
        .add_attribute("action", "claim_tips")
        .add_event(event))
}

/// Adds to the fund; the dispatcher made sure that the token sent this.
pub fn fund(deps: DepsMut, sender: &str, amount: Uint128) -> Result<Response, RegistryError> {
    let from = joule_kit::addr(deps.api, sender)?;
    let mut tips = TIPS.load(deps.storage)?;

    tips.fund = tips.fund.checked_add(amount)?;
    TIPS.save(deps.storage, &tips)?;

    Ok(Response::new()
        .add_attribute("action", "fund_tips")
        .add_event(TipsFunded { from, amount }))
}
