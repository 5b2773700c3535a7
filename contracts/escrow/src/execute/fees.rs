//! Fees leave for the treasury.

use cosmwasm_std::{DepsMut, Response};
use cw20::Denom;
use joule_kit::Control;
use joule_types::{denom_key, denom_name, escrow::FeesDistributed};

use super::payout;
use crate::error::shown;
use crate::{state, EscrowError};

/// `Distribute`: a plain transfer to the dao, which needs no hook for it. The stakers' share stays until staking pays
/// yield.
pub fn distribute(deps: DepsMut, control: &Control, denom: Denom) -> Result<Response, EscrowError> {
    let key = denom_key(&denom);

    let amount = state::update_ledger(deps.storage, &key, |ledger| {
        if ledger.treasury.is_zero() {
            return Err(EscrowError::NothingToDistribute { denom: shown(&denom) });
        }
        Ok(ledger.distribute()?)
    })?;

    Ok(Response::new()
        .add_message(payout(&denom, &control.peers.dao, amount)?)
        .add_attribute("action", "distribute")
        .add_event(FeesDistributed {
            denom: denom_name(&denom).into(),
            amount,
        }))
}
