//! Holds open and pay tips.

use cosmwasm_std::{DepsMut, Env, MessageInfo, Response, Uint128};
use cw20::Denom;
use joule_kit::{funds, Control};
use joule_types::escrow::{HoldOpened, HoldTerms, TipPaid};
use joule_types::work::fees::Split;
use joule_types::{denom_key, denom_name, HoldId, Money};

use super::{creditable, ensure_listed};
use crate::error::shown;
use crate::state::{self, Hold, CLOSED, HOLDS};
use crate::EscrowError;

/// `OpenHold`: coins attached are deposited for the payer first; then the sum moves from the payer's balance. The coins
/// enter, so the pause and the list are for them; a balance that is here already may move, so that neither stops the
/// bond of a dispute.
pub fn open(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    control: &Control,
    hold: HoldId,
    payer: &str,
    money: Money,
    terms: HoldTerms,
) -> Result<Response, EscrowError> {
    let Money { denom, amount } = money;
    let attached = attached(info, &denom)?;
    if !attached.is_zero() {
        control.ensure_open(env)?;
        ensure_listed(deps.storage, &denom)?;
    }
    let payer = creditable(control, deps.api, payer)?;
    if HOLDS.has(deps.storage, hold.u64()) || CLOSED.has(deps.storage, hold.u64()) {
        return Err(EscrowError::HoldExists { hold });
    }
    ensure_terms(control, &terms, &denom, amount)?;

    let key = denom_key(&denom);
    state::update_balance(deps.storage, &payer, &key, |balance| {
        balance.deposit(attached)?;
        let free = balance.free();
        balance
            .take_for_hold(amount)
            .ok_or_else(|| EscrowError::InsufficientBalance {
                owner: payer.to_string(),
                denom: shown(&denom),
                free,
                asked: amount,
            })
    })?;
    state::update_ledger(deps.storage, &key, |ledger| {
        ledger.deposit(attached)?;
        Ok(ledger.hold(amount)?)
    })?;
    let record = Hold {
        payer,
        denom,
        amount,
        remaining: amount,
        tips: terms.tips,
        terms,
    };
    HOLDS.save(deps.storage, hold.u64(), &record)?;

    Ok(Response::new()
        .add_attribute("action", "open_hold")
        .add_event(HoldOpened {
            hold,
            payer: record.payer,
            denom: denom_name(&record.denom).into(),
            amount,
        }))
}

/// The coins that came with a hold: none, or one coin of its denomination.
fn attached(info: &MessageInfo, denom: &Denom) -> Result<Uint128, EscrowError> {
    match (funds::at_most_one(info)?, denom) {
        (None, _) => Ok(Uint128::zero()),
        (Some(coin), Denom::Native(name)) if coin.denom == *name => Ok(coin.amount),
        (Some(coin), _) => Err(EscrowError::WrongCoin {
            sent: coin.to_string(),
            denom: shown(denom),
        }),
    }
}

fn ensure_terms(control: &Control, terms: &HoldTerms, denom: &Denom, amount: Uint128) -> Result<(), EscrowError> {
    terms.fees.validate()?;
    let in_joule = *denom == Denom::Cw20(control.peers.token.clone());
    if terms.fees.discount_bps > 0 && !in_joule {
        return Err(EscrowError::DiscountNotJoule { denom: shown(denom) });
    }
    if terms.tips > amount {
        return Err(EscrowError::TipsExceedHold {
            tips: terms.tips,
            amount,
        });
    }
    Ok(())
}

/// `Tip`: total over the state of the hold; pays what is left of the budget at most.
pub fn tip(deps: DepsMut, control: &Control, hold: HoldId, to: &str, amount: Uint128) -> Result<Response, EscrowError> {
    let to = creditable(control, deps.api, to)?;
    let open = HOLDS.may_load(deps.storage, hold.u64())?;

    let (denom, paid) = match open {
        Some(mut record) => {
            let paid = amount.min(record.tips);
            if !paid.is_zero() {
                let key = denom_key(&record.denom);
                record.tips = record.tips.checked_sub(paid)?;
                record.remaining = record.remaining.checked_sub(paid)?;
                HOLDS.save(deps.storage, hold.u64(), &record)?;
                state::credit_earned(deps.storage, &to, &key, paid)?;
                state::update_ledger(
                    deps.storage,
                    &key,
                    |ledger| Ok(ledger.release(paid, &Split::default())?),
                )?;
            }
            (denom_name(&record.denom).to_owned(), paid)
        }
        None => (String::new(), Uint128::zero()),
    };

    Ok(Response::new().add_attribute("action", "tip").add_event(TipPaid {
        hold,
        to,
        denom,
        amount: paid,
    }))
}
