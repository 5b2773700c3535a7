//! Awards out of a hold that stays open.

use cosmwasm_std::{DepsMut, Response, Uint128};
use joule_kit::Control;
use joule_types::escrow::{Award, AwardsPaid};
use joule_types::work::fees::Split;
use joule_types::{denom_key, denom_name, HoldId};

use super::creditable_awards;
use crate::domain::settlement::cut;
use crate::state::{self, HOLDS};
use crate::EscrowError;

/// The most awards of one payment: every seat of a committee's last rung with those of the rungs before it.
pub const MAX_PAID: usize = 40;

/// `Pay`: total over the state of the hold. The tip budget is part of what is left and shrinks with it.
pub fn pay(deps: DepsMut, control: &Control, hold: HoldId, awards: &[Award]) -> Result<Response, EscrowError> {
    let awards = creditable_awards(control, deps.api, awards, MAX_PAID)?;
    let open = HOLDS.may_load(deps.storage, hold.u64())?;

    let (denom, parties, amount) = match open {
        Some(mut record) => {
            let key = denom_key(&record.denom);
            let (paid, rest) = cut(record.remaining, &awards.sums)?;
            let amount = record.remaining.checked_sub(rest)?;
            let parties = paid.iter().filter(|part| !part.is_zero()).count();
            record.remaining = rest;
            record.tips = record.tips.min(rest);
            HOLDS.save(deps.storage, hold.u64(), &record)?;
            awards.credit(deps.storage, &key, &paid)?;
            state::update_ledger(deps.storage, &key, |ledger| {
                Ok(ledger.release(amount, &Split::default())?)
            })?;
            (denom_name(&record.denom).to_owned(), parties, amount)
        }
        None => (String::new(), 0, Uint128::zero()),
    };

    Ok(Response::new().add_attribute("action", "pay").add_event(AwardsPaid {
        hold,
        denom,
        parties: u32::try_from(parties).unwrap_or(u32::MAX),
        amount,
    }))
}
