//! The end of a proposal.

use cosmwasm_std::{to_json_binary, CosmosMsg, DepsMut, Env, Response, Storage, Uint128, WasmMsg};
use cw20::Cw20ExecuteMsg;
use joule_kit::Control;
use joule_types::{
    dao::{ProposalClosed, ProposalExecuted, ProposalState},
    ProposalId,
};

use super::load;
use crate::{
    state::{End, Record, BODIES, OPEN, RECORDS},
    DaoError,
};

/// Runs the messages of a passed proposal in order and returns the deposit. All or none: a failing message fails the transaction.
pub fn execute(deps: DepsMut, env: &Env, control: &Control, id: ProposalId) -> Result<Response, DaoError> {
    let (record, times, state) = load(deps.storage, id, env.block.time.seconds())?;
    match state {
        ProposalState::Passed => {}
        ProposalState::Timelocked => {
            return Err(DaoError::Timelocked {
                proposal: id,
                executable_at: times.executable_at,
            })
        }
        ProposalState::Expired => {
            return Err(DaoError::Expired {
                proposal: id,
                expires_at: times.expires_at,
            })
        }
        _ => return Err(DaoError::NotPassed { proposal: id, state }),
    }

    let deposit = record.deposit;
    let refund = refund(control, &record)?;
    end(deps.storage, id, record, End::Executed)?;

    let msgs = BODIES.load(deps.storage, id.u64())?.msgs;
    let event = ProposalExecuted {
        proposal: id,
        msgs: u32::try_from(msgs.len()).unwrap_or(u32::MAX),
        deposit,
    };
    Ok(Response::new()
        .add_messages(msgs)
        .add_messages(refund)
        .add_attribute("action", "execute")
        .add_event(event))
}

/// Ends a proposal that cannot be executed any more. A veto forfeits the deposit to the treasury, which is this contract.
pub fn close(deps: DepsMut, env: &Env, control: &Control, id: ProposalId) -> Result<Response, DaoError> {
    let (record, _, state) = load(deps.storage, id, env.block.time.seconds())?;
    let forfeited = match state {
        ProposalState::Rejected | ProposalState::Expired => false,
        ProposalState::Vetoed => true,
        _ => return Err(DaoError::StillOpen { proposal: id, state }),
    };

    let deposit = record.deposit;
    let refund = if forfeited { None } else { refund(control, &record)? };
    end(deps.storage, id, record, End::Closed)?;

    let state = format!("{state:?}").to_lowercase();
    let event = ProposalClosed {
        proposal: id,
        state,
        deposit,
        forfeited,
    };
    Ok(Response::new()
        .add_messages(refund)
        .add_attribute("action", "close")
        .add_event(event))
}

fn end(storage: &mut dyn Storage, id: ProposalId, mut record: Record, how: End) -> Result<(), DaoError> {
    let open = OPEN.may_load(storage, &record.proposer)?.unwrap_or(0).saturating_sub(1);
    OPEN.save(storage, &record.proposer, &open)?;
    record.end = Some(how);
    record.deposit = Uint128::zero();
    Ok(RECORDS.save(storage, id.u64(), &record)?)
}

fn refund(control: &Control, record: &Record) -> Result<Option<CosmosMsg>, DaoError> {
    if record.deposit.is_zero() {
        return Ok(None);
    }
    let msg = Cw20ExecuteMsg::Transfer {
        recipient: record.proposer.to_string(),
        amount: record.deposit,
    };
    let token = control.peers.token.to_string();
    Ok(Some(
        WasmMsg::Execute {
            contract_addr: token,
            msg: to_json_binary(&msg)?,
            funds: vec![],
        }
        .into(),
    ))
}
