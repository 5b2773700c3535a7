//! Votes.

use cosmwasm_std::{DepsMut, Env, MessageInfo, Response};
use joule_kit::Control;
use joule_types::{
    dao::{Ballot, ProposalState, Vote, Voted},
    staking, ProposalId,
};

use super::load;
use crate::{
    domain::tally,
    state::{BALLOTS, RECORDS},
    DaoError,
};

/// Counts the sender's power at the start of the block in which the proposal opened, once.
pub fn vote(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    control: &Control,
    id: ProposalId,
    vote: Vote,
) -> Result<Response, DaoError> {
    let (mut record, _, state) = load(deps.storage, id, env.block.time.seconds())?;
    if state != ProposalState::Open {
        return Err(DaoError::NotOpen { proposal: id, state });
    }
    let voter = info.sender.clone();
    if BALLOTS.has(deps.storage, (id.u64(), &voter)) {
        return Err(DaoError::AlreadyVoted {
            voter: voter.into(),
            proposal: id,
        });
    }
    let height = record.start_height;
    let power = staking::handle::power_at(&deps.querier, &control.peers.staking, &voter, height)?;
    if power.is_zero() {
        return Err(DaoError::NoPower {
            voter: voter.into(),
            height,
        });
    }

    tally::count(&mut record.tally, vote, power);
    RECORDS.save(deps.storage, id.u64(), &record)?;
    BALLOTS.save(
        deps.storage,
        (id.u64(), &voter),
        &Ballot {
            voter: voter.clone(),
            vote,
            power,
        },
    )?;

    let event = Voted {
        proposal: id,
        voter,
        vote: format!("{vote:?}").to_lowercase(),
        power,
    };
    Ok(Response::new().add_attribute("action", "vote").add_event(event))
}
