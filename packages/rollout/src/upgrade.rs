//! New code for a live market: the dao migrates its contracts.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{to_json_binary, Binary, CosmosMsg, Uint128, WasmMsg};
use cw20::{BalanceResponse, Cw20ExecuteMsg, Cw20QueryMsg};
use joule_types::{
    dao::{DaoHook, ParamsResponse, ProposalResponse, ProposalState, QueryMsg},
    Page, Peer, ProposalId,
};

use crate::{
    ops::{ask, ChainOps},
    record::checksum,
    Deployment, RolloutError,
};

/// A contract whose code is not the newest.
#[cw_serde]
pub struct Change {
    /// Contract.
    pub peer: Peer,
    /// Its address.
    pub address: String,
    /// The code that it runs.
    pub runs: u64,
    /// Hex SHA-256 of that code.
    pub checksum: String,
    /// The new code on the chain; none before it is stored.
    pub code_id: Option<u64>,
    /// Hex SHA-256 of the new code.
    pub new_checksum: String,
}

/// What would bring a market to the newest code.
#[cw_serde]
pub struct Upgrade {
    /// The contracts whose code differs, callees before their callers and the dao, which carries the list out, last: each contract
    /// is migrated after all that it asks, inside one transaction that happens whole or not at all.
    pub changes: Vec<Change>,
    /// What the dao has to run; empty while a new code is not stored.
    pub msgs: Vec<CosmosMsg>,
}

/// A proposal for the dao.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Title, at most 100 bytes.
    pub title: String,
    /// Reasons, at most 4000 bytes.
    pub description: String,
    /// What is run if it passes.
    pub msgs: Vec<CosmosMsg>,
}

/// Compares the codes that the market runs with the newest ones, and stores the new ones if asked to.
///
/// # Errors
/// [`RolloutError::NoContract`]; [`RolloutError::Backend`].
pub fn upgrade(ops: &mut impl ChainOps, deployment: &Deployment, store: bool) -> Result<Upgrade, RolloutError> {
    let mut changes = vec![];
    // In the order of deployment: by rank.
    for peer in Peer::ALL {
        let address = deployment.contract(peer)?.address.clone();
        let info = ops.contract(&address)?.ok_or_else(|| RolloutError::NoContract {
            name: peer.name().into(),
            address: address.clone(),
        })?;
        let (runs, new) = (checksum(ops, info.code_id)?, ops.checksum(peer)?);
        if runs == new {
            continue;
        }
        let code_id = if store {
            Some(ops.store(peer)?.code_id)
        } else {
            ops.stored(&new)?
        };
        changes.push(Change {
            peer,
            address,
            runs: info.code_id,
            checksum: hex::encode(runs),
            code_id,
            new_checksum: hex::encode(new),
        });
    }
    let msgs: Option<Vec<CosmosMsg>> = changes.iter().map(migrate).collect();
    Ok(Upgrade {
        changes,
        msgs: msgs.unwrap_or_default(),
    })
}

fn migrate(change: &Change) -> Option<CosmosMsg> {
    let migrate = WasmMsg::Migrate {
        contract_addr: change.address.clone(),
        new_code_id: change.code_id?,
        msg: Binary::from(b"{}"),
    };
    Some(migrate.into())
}

/// Opens the proposal with the deposit that the dao wants, from the deployer's wallet. One with the same messages that can still
/// be carried out is taken instead, so that a run that was cut off is finished by the next.
///
/// # Errors
/// [`RolloutError::Deposit`]; what dao and token refuse ([`RolloutError::Backend`]).
pub fn propose(
    ops: &mut impl ChainOps,
    deployment: &Deployment,
    proposal: Proposal,
) -> Result<ProposalResponse, RolloutError> {
    let peers = deployment.peers()?;
    if let Some(open) = find(ops, &peers.dao, &proposal.msgs)? {
        return Ok(open);
    }
    let params: ParamsResponse = ask(ops, &peers.dao, &QueryMsg::Params {})?;
    let (deposit, deployer) = (params.params.deposit, ops.deployer());
    let wallet = Cw20QueryMsg::Balance {
        address: deployer.clone(),
    };
    let found = ask::<BalanceResponse>(ops, &peers.token, &wallet)?.balance;
    if found < deposit {
        return Err(RolloutError::Deposit {
            account: deployer,
            found,
            deposit,
        });
    }
    ops.execute(vec![(
        peers.token.clone(),
        to_json_binary(&hook(&peers.dao, deposit, &proposal)?)?,
    )])?;
    find(ops, &peers.dao, &proposal.msgs)?.ok_or_else(|| RolloutError::Backend {
        step: "propose".into(),
        reason: "the dao does not list the proposal".into(),
    })
}

fn hook(dao: &str, amount: Uint128, proposal: &Proposal) -> Result<Cw20ExecuteMsg, RolloutError> {
    let hook = DaoHook::Propose {
        title: proposal.title.clone(),
        description: proposal.description.clone(),
        msgs: proposal.msgs.clone(),
    };
    Ok(Cw20ExecuteMsg::Send {
        contract: dao.into(),
        amount,
        msg: to_json_binary(&hook)?,
    })
}

/// The last proposal with these messages that can still be carried out.
fn find(ops: &impl ChainOps, dao: &str, msgs: &[CosmosMsg]) -> Result<Option<ProposalResponse>, RolloutError> {
    let (mut found, mut start_after): (_, Option<ProposalId>) = (None, None);
    loop {
        let query = QueryMsg::Proposals {
            start_after,
            limit: Some(100),
        };
        let page: Page<ProposalResponse, ProposalId> = ask(ops, dao, &query)?;
        let ours = |proposal: &ProposalResponse| {
            let lives = matches!(
                proposal.state,
                ProposalState::Open | ProposalState::Timelocked | ProposalState::Passed
            );
            lives && proposal.msgs == msgs
        };
        found = page.items.into_iter().rfind(ours).or(found);
        match page.next {
            Some(next) => start_after = Some(next),
            None => return Ok(found),
        }
    }
}
