//! Tokens that arrive: proposals and donations.

use cosmwasm_std::{from_json, CosmosMsg, DepsMut, Env, Response};
use cw20::Cw20ReceiveMsg;
use joule_kit::{addr, ids, Control};
use joule_types::{
    dao::{DaoHook, ProposalOpened, Tally},
    staking, ProposalId,
};

use crate::{
    domain::tally,
    state::{Body, Record, BODIES, FIXED, LAST, OPEN, PARAMS, RECORDS},
    DaoError,
};

const MAX_TITLE: usize = 100;
const MAX_DESCRIPTION: usize = 4_000;
const MAX_MSGS: usize = 20;

/// Reads what the tokens are for; the sender was checked to be the token contract.
pub fn receive(deps: DepsMut, env: &Env, control: &Control, msg: Cw20ReceiveMsg) -> Result<Response, DaoError> {
    match from_json(&msg.msg)? {
        DaoHook::Propose {
            title,
            description,
            msgs,
        } => propose(
            deps,
            env,
            control,
            &msg,
            Body {
                title,
                description,
                msgs,
            },
        ),
        DaoHook::Donate {} => Ok(Response::new().add_attribute("action", "donate")),
    }
}

fn propose(
    deps: DepsMut,
    env: &Env,
    control: &Control,
    msg: &Cw20ReceiveMsg,
    body: Body,
) -> Result<Response, DaoError> {
    control.ensure_open(env)?;
    check(&body)?;
    let params = PARAMS.load(deps.storage)?;
    if msg.amount != params.deposit {
        return Err(DaoError::WrongDeposit {
            sent: msg.amount,
            deposit: params.deposit,
        });
    }
    let proposer = addr(deps.api, &msg.sender)?;
    let open = OPEN.may_load(deps.storage, &proposer)?.unwrap_or(0);
    if open >= params.max_open {
        return Err(DaoError::TooManyOpen {
            proposer: proposer.into(),
            open,
            max: params.max_open,
        });
    }
    let height = env.block.height;
    let total = staking::handle::total_power_at(&deps.querier, &control.peers.staking, height)?;
    let floor = FIXED.load(deps.storage)?.power_floor;
    if total < floor {
        return Err(DaoError::PowerBelowFloor { total, floor });
    }

    let id = ProposalId(ids::next(deps.storage, &LAST)?);
    let opened_at = env.block.time.seconds();
    let event = ProposalOpened {
        proposal: id,
        proposer: proposer.clone(),
        title: body.title.clone(),
        voting_ends_at: tally::times(opened_at, &params).voting_ends_at,
    };
    OPEN.save(deps.storage, &proposer, &open.saturating_add(1))?;
    BODIES.save(deps.storage, id.u64(), &body)?;
    let record = Record {
        proposer,
        deposit: msg.amount,
        start_height: height,
        total_power: total,
        opened_at,
        tally: Tally::default(),
        end: None,
        params,
    };
    RECORDS.save(deps.storage, id.u64(), &record)?;

    Ok(Response::new().add_attribute("action", "propose").add_event(event))
}

fn check(body: &Body) -> Result<(), DaoError> {
    let within = |what, found, most, allowed| {
        if (1..=most).contains(&found) {
            Ok(())
        } else {
            Err(DaoError::InvalidProposal { what, found, allowed })
        }
    };
    within("the length of the title", body.title.len(), MAX_TITLE, "1 to 100 bytes")?;
    within(
        "the length of the description",
        body.description.len(),
        MAX_DESCRIPTION,
        "1 to 4000 bytes",
    )?;
    let msgs: &Vec<CosmosMsg> = &body.msgs;
    within("the number of messages", msgs.len(), MAX_MSGS, "1 to 20")
}
