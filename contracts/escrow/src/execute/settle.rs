//! Holds close.

use cosmwasm_std::{Addr, Api, DepsMut, Env, Response, Storage, Uint128};
use joule_kit::{Control, KitError};
use joule_types::escrow::{Award, HoldSettled};
use joule_types::work::fees::Split;
use joule_types::{denom_key, denom_name, HoldId};

use super::{creditable, creditable_awards};
use crate::domain::settlement::{self, Settlement};
use crate::state::{self, Hold, CLOSED, HOLDS};
use crate::EscrowError;

/// The most awards of a settlement: each costs a balance.
pub const MAX_AWARDS: usize = 4;

/// Who is paid from the gross, as named in the message.
pub struct Parties {
    /// The provider's payout address.
    pub payee: Option<String>,
    /// Who brought the provider.
    pub referrer: Option<String>,
}

/// `Settle`: total over the state of the hold, so that no job hangs on it. Only a malformed message fails.
pub fn settle(
    deps: DepsMut,
    control: &Control,
    hold: HoldId,
    parties: &Parties,
    gross: Uint128,
    awards: &[Award],
) -> Result<Response, EscrowError> {
    let awards = creditable_awards(control, deps.api, awards, MAX_AWARDS)?;
    let payee = named(control, deps.api, parties.payee.as_deref())?;
    let referrer = named(control, deps.api, parties.referrer.as_deref())?;
    if payee.is_none() && !gross.is_zero() {
        return Err(EscrowError::NoPayee { hold, gross });
    }
    let Some(record) = HOLDS.may_load(deps.storage, hold.u64())? else {
        return closed_before(deps.storage, hold, payee);
    };
    let settled = settlement::settle(
        record.remaining,
        &record.terms.fees,
        referrer.is_some(),
        gross,
        &awards.sums,
    )?;

    let key = denom_key(&record.denom);
    if let Some(payee) = &payee {
        state::credit_earned(deps.storage, payee, &key, settled.split.provider.into())?;
    }
    if let Some(referrer) = &referrer {
        state::credit_earned(deps.storage, referrer, &key, settled.split.referrer.into())?;
    }
    awards.credit(deps.storage, &key, &settled.awards)?;
    let event = close(deps.storage, hold, record, payee, &settled)?;

    Ok(Response::new().add_attribute("action", "settle").add_event(event))
}

fn named(control: &Control, api: &dyn Api, text: Option<&str>) -> Result<Option<Addr>, KitError> {
    text.map(|text| creditable(control, api, text)).transpose()
}

/// The answer for a hold that is closed or never was.
fn closed_before(storage: &dyn Storage, hold: HoldId, payee: Option<Addr>) -> Result<Response, EscrowError> {
    let denom = CLOSED.may_load(storage, hold.u64())?.map(|record| record.denom);
    let zero = Uint128::zero();
    Ok(Response::new()
        .add_attribute("action", "settle")
        .add_event(HoldSettled {
            hold,
            closed_before: true,
            denom: denom.as_ref().map(denom_name).unwrap_or_default().into(),
            payee,
            gross: zero,
            provider: zero,
            discount: zero,
            stakers: zero,
            referrer: zero,
            treasury: zero,
            awards: zero,
            refunded: zero,
        }))
}

/// `Reclaim`: the whole rest to the payer, once the controller fell silent.
pub fn reclaim(deps: DepsMut, env: &Env, hold: HoldId) -> Result<Response, EscrowError> {
    let Some(record) = HOLDS.may_load(deps.storage, hold.u64())? else {
        return Err(if CLOSED.has(deps.storage, hold.u64()) {
            EscrowError::AlreadyClaimed { hold }
        } else {
            EscrowError::HoldNotFound { hold }
        });
    };
    let reclaim_at = record.terms.reclaim_at;
    if env.block.time.seconds() < reclaim_at {
        return Err(EscrowError::TooEarly { hold, reclaim_at });
    }

    let refund = Settlement {
        gross: Uint128::zero(),
        split: Split::default(),
        awards: vec![],
        refund: record.remaining,
    };
    let event = close(deps.storage, hold, record, None, &refund)?;

    Ok(Response::new().add_attribute("action", "reclaim").add_event(event))
}

/// Books what every close has in common: the refund, the fees, the record.
fn close(
    storage: &mut dyn Storage,
    hold: HoldId,
    record: Hold,
    payee: Option<Addr>,
    settled: &Settlement,
) -> Result<HoldSettled, EscrowError> {
    let key = denom_key(&record.denom);
    state::credit_deposit(storage, &record.payer, &key, settled.refund)?;
    state::update_ledger(storage, &key, |ledger| {
        Ok(ledger.release(record.remaining, &settled.split)?)
    })?;
    HOLDS.remove(storage, hold.u64());
    let record = Hold {
        remaining: Uint128::zero(),
        tips: Uint128::zero(),
        ..record
    };
    CLOSED.save(storage, hold.u64(), &record)?;

    let split = settled.split;
    let awards = settled
        .awards
        .iter()
        .try_fold(Uint128::zero(), |sum, paid| sum.checked_add(*paid))?;
    Ok(HoldSettled {
        hold,
        closed_before: false,
        denom: denom_name(&record.denom).into(),
        payee,
        gross: settled.gross,
        provider: split.provider.into(),
        discount: split.discount.into(),
        stakers: split.stakers.into(),
        referrer: split.referrer.into(),
        treasury: split.treasury.into(),
        awards,
        refunded: settled.refund,
    })
}
