//! The steps of a deployment.

use cosmwasm_std::to_json_binary;
use joule_types::{AdminMsg, Peer, Peers};
use serde::Serialize;

use crate::{
    ops::{ChainOps, CodeRef},
    plan::{label, salt, Plan},
    verify::{self, built, differences},
    ContractRecord, Deployment, RolloutError,
};

/// The shape of the shared admin messages in every contract but the token.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Admin {
    Admin(AdminMsg),
}

/// Deploys the plan, or finishes what an earlier run began, and verifies the outcome. `recorded` is what the deployment file
/// says, if there is one: a market that stands there under codes that were changed since is compared and left as it is.
///
/// # Errors
/// The first step that the chain refuses, and the next run goes on from there; [`RolloutError::Differs`] if the market on the chain
/// is not the planned one.
pub fn deploy(ops: &mut impl ChainOps, plan: &Plan, recorded: Option<&Deployment>) -> Result<Deployment, RolloutError> {
    let deployment = match recorded {
        Some(recorded) if stands(ops, recorded)? && !leads_to(ops, plan, recorded)? => {
            verify::none(built(ops, recorded)?)?;
            recorded.clone()
        }
        _ => create_all(ops, plan)?,
    };
    let (waiting, wrong): (Vec<_>, Vec<_>) = differences(ops, &deployment, plan)?
        .into_iter()
        .partition(verify::Difference::is_launch);
    verify::none(wrong)?;
    if !waiting.is_empty() {
        let peers = deployment.peers()?;
        let launch = to_json_binary(&Admin::Admin(AdminMsg::Launch {}))?;
        let calls = waiting.iter().map(|at| (peers.get(at.peer).clone(), launch.clone()));
        ops.execute(calls.collect())?;
        verify::verify(ops, &deployment, plan)?;
    }
    Ok(deployment)
}

/// All contracts of the record are on the chain. They are not on one that was reset since.
fn stands(ops: &impl ChainOps, recorded: &Deployment) -> Result<bool, RolloutError> {
    for peer in Peer::ALL {
        if ops.contract(&recorded.contract(peer)?.address)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A deployment of the codes of this run has the addresses of the record. It has not once the dao changed the codes.
fn leads_to(ops: &impl ChainOps, plan: &Plan, recorded: &Deployment) -> Result<bool, RolloutError> {
    for peer in Peer::ALL {
        let code = CodeRef {
            code_id: 0,
            checksum: ops.checksum(peer)?,
        };
        if ops.predict(&code, &salt(peer, plan.salt_version))? != recorded.contract(peer)?.address {
            return Ok(false);
        }
    }
    Ok(true)
}

fn create_all(ops: &mut impl ChainOps, plan: &Plan) -> Result<Deployment, RolloutError> {
    let codes = Peer::ALL
        .iter()
        .map(|peer| Ok((*peer, ops.store(*peer)?)))
        .collect::<Result<Vec<_>, RolloutError>>()?;
    let deployment = predict(ops, plan, &codes)?;
    let peers = deployment.peers()?;
    for (peer, code) in &codes {
        create(ops, plan, &peers, *peer, code)?;
    }
    Ok(deployment)
}

fn predict(ops: &impl ChainOps, plan: &Plan, codes: &[(Peer, CodeRef)]) -> Result<Deployment, RolloutError> {
    let contracts = codes
        .iter()
        .map(|(peer, code)| {
            let address = ops.predict(code, &salt(*peer, plan.salt_version))?;
            let record = ContractRecord {
                address,
                code_id: code.code_id,
                checksum: hex::encode(&code.checksum),
            };
            Ok((peer.name().to_string(), record))
        })
        .collect::<Result<_, RolloutError>>()?;
    Ok(Deployment {
        chain_id: ops.chain_id(),
        deployer: ops.deployer(),
        contracts,
    })
}

fn create(
    ops: &mut impl ChainOps,
    plan: &Plan,
    peers: &Peers<String>,
    peer: Peer,
    code: &CodeRef,
) -> Result<(), RolloutError> {
    let predicted = peers.get(peer);
    if ops.contract(predicted)?.is_some() {
        return Ok(());
    }
    let msg = plan.instantiate_msg(peer, peers)?;
    let found = ops.instantiate2(code, msg, &label(peer), &peers.dao, &salt(peer, plan.salt_version))?;
    if found == *predicted {
        Ok(())
    } else {
        Err(RolloutError::Address {
            peer,
            predicted: predicted.clone(),
            found,
        })
    }
}
