//! The steps of a deployment.

use std::collections::BTreeMap;

use cosmwasm_schema::cw_serde;
use cosmwasm_std::to_json_binary;
use joule_types::{AdminMsg, AdminResponse, Peer, Peers, Phase};
use serde::Serialize;

use crate::{
    ops::{ask, ChainOps, CodeRef},
    plan::{label, salt, Plan},
    RolloutError,
};

/// A finished deployment: what `deployments/<chain-id>.json` holds.
#[cw_serde]
pub struct Deployment {
    /// Chain.
    pub chain_id: String,
    /// Account that deployed; it has no role left.
    pub deployer: String,
    /// Contracts by name.
    pub contracts: BTreeMap<String, ContractRecord>,
}

/// One contract of a deployment.
#[cw_serde]
pub struct ContractRecord {
    /// Address.
    pub address: String,
    /// Code on the chain.
    pub code_id: u64,
    /// Hex SHA-256 of the code.
    pub checksum: String,
}

impl Deployment {
    /// All addresses.
    ///
    /// # Errors
    /// [`RolloutError::Plan`] if the file misses a contract.
    pub fn peers(&self) -> Result<Peers<String>, RolloutError> {
        let address = |peer: Peer| {
            let record = self.contracts.get(peer.name());
            record
                .map(|record| record.address.clone())
                .ok_or_else(|| RolloutError::Plan(format!("the deployment file has no `{peer}`")))
        };
        peers_with(address)
    }
}

fn peers_with(address: impl Fn(Peer) -> Result<String, RolloutError>) -> Result<Peers<String>, RolloutError> {
    Ok(Peers {
        registry: address(Peer::Registry)?,
        marketplace: address(Peer::Marketplace)?,
        escrow: address(Peer::Escrow)?,
        staking: address(Peer::Staking)?,
        dao: address(Peer::Dao)?,
        token: address(Peer::Token)?,
    })
}

/// The shape of the shared admin messages in every contract but the token.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Admin {
    Admin(AdminMsg),
}

/// The shape of the shared admin query.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum AdminQuery {
    Admin {},
}

/// Deploys the plan, or finishes what an earlier run began, and verifies the outcome.
///
/// # Errors
/// The first step that the chain refuses; a mismatch between chain and plan. The next run goes on from there.
pub fn deploy(ops: &mut impl ChainOps, plan: &Plan) -> Result<Deployment, RolloutError> {
    let codes = Peer::ALL
        .iter()
        .map(|peer| Ok((*peer, ops.store(*peer)?)))
        .collect::<Result<Vec<_>, RolloutError>>()?;
    let deployment = predict(ops, plan, &codes)?;
    let peers = deployment.peers()?;
    for (peer, code) in &codes {
        create(ops, plan, &peers, *peer, code)?;
    }
    let waiting = compare(ops, &peers)?;
    if !waiting.is_empty() {
        let launch = to_json_binary(&Admin::Admin(AdminMsg::Launch {}))?;
        ops.execute(waiting.into_iter().map(|address| (address, launch.clone())).collect())?;
    }
    verify(ops, &deployment)?;
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

/// Compares the peers that each contract stored with the prediction; returns the contracts that are not launched.
fn compare(ops: &impl ChainOps, peers: &Peers<String>) -> Result<Vec<String>, RolloutError> {
    let mut waiting = vec![];
    for peer in Peer::ALL.into_iter().filter(|peer| *peer != Peer::Token) {
        let address = peers.get(peer);
        let admin: AdminResponse = ask(ops, address, &AdminQuery::Admin {})?;
        expect(peer, "peers", format!("{peers:?}"), format!("{:?}", stored(&admin)))?;
        if admin.phase == Phase::Setup {
            expect(peer, "deployer", ops.deployer(), admin.deployer.to_string())?;
            waiting.push(address.clone());
        }
    }
    Ok(waiting)
}

fn stored(admin: &AdminResponse) -> Peers<String> {
    let text = |address: &cosmwasm_std::Addr| Ok::<_, std::convert::Infallible>(address.to_string());
    match admin.peers.try_map(text) {
        Ok(peers) => peers,
        Err(never) => match never {},
    }
}

/// Compares a deployment with the chain: code and admin of each contract, peers, and that all are launched.
///
/// # Errors
/// [`RolloutError::Mismatch`] with the first difference.
pub fn verify(ops: &impl ChainOps, deployment: &Deployment) -> Result<(), RolloutError> {
    let peers = deployment.peers()?;
    for peer in Peer::ALL {
        let record = &deployment.contracts[peer.name()];
        let info = ops.contract(&record.address)?;
        let info = info.ok_or_else(|| RolloutError::Mismatch {
            peer,
            what: "contract",
            expected: record.address.clone(),
            found: "nothing".into(),
        })?;
        expect(peer, "code id", record.code_id.to_string(), info.code_id.to_string())?;
        expect(peer, "admin", peers.dao.clone(), info.admin.unwrap_or_default())?;
    }
    match compare(ops, &peers)?.first() {
        None => Ok(()),
        Some(address) => Err(RolloutError::Plan(format!(
            "{address} is not launched; run the deployment again"
        ))),
    }
}

fn expect(peer: Peer, what: &'static str, expected: String, found: String) -> Result<(), RolloutError> {
    if expected == found {
        Ok(())
    } else {
        Err(RolloutError::Mismatch {
            peer,
            what,
            expected,
            found,
        })
    }
}
