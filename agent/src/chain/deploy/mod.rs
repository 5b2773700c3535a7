//! A deployment over the agent's own client: the backend of `joule_rollout::deploy` for a chain behind an RPC.
mod codes;
mod tx;

use std::future::Future;
use std::sync::Arc;

use cosmrs::proto::cosmwasm::wasm::v1::{MsgExecuteContract, MsgInstantiateContract2};
use cosmrs::proto::prost::{Message, Name};
use cosmrs::{AccountId, Any};
use cosmwasm_std::{instantiate2_address, Binary, CanonicalAddr};
use joule_rollout::{ChainOps, CodeRef, ContractInfo, Deployment, Plan, RolloutError};
use joule_types::Peer;
use tokio::runtime::Handle;

pub use codes::Codes;

use crate::chain::tx::GasPolicy;
use crate::chain::Client;
use crate::error::{Error, Result};
use crate::keys::PREFIX;
use crate::signer::Signer;

/// Deploys `plan` to the chain of `chain`, or finishes what an earlier run began. Codes are looked up by their checksums and stored where
/// the chain lacks them.
///
/// # Errors
/// `deploy.failed` with the step that the chain refused.
pub async fn deploy(
    chain: Client,
    signer: Arc<dyn Signer>,
    gas: GasPolicy,
    plan: Plan,
    source: Codes,
) -> Result<Deployment> {
    with(chain, signer, gas, source, move |ops| joule_rollout::deploy(ops, &plan)).await
}

/// Compares a deployment with the chain: code, checksum, admin and peers of each contract, and that all are launched.
///
/// # Errors
/// `deploy.failed` with the first difference.
pub async fn verify(
    chain: Client,
    signer: Arc<dyn Signer>,
    gas: GasPolicy,
    deployment: Deployment,
    source: Codes,
) -> Result<()> {
    with(chain, signer, gas, source, move |ops| {
        joule_rollout::verify(ops, &deployment)
    })
    .await
}

async fn with<T: Send + 'static>(
    chain: Client,
    signer: Arc<dyn Signer>,
    gas: GasPolicy,
    source: Codes,
    run: impl FnOnce(&mut Ops) -> Result<T, RolloutError> + Send + 'static,
) -> Result<T> {
    let runtime = Handle::current();
    // The plan is carried out step by step and waits for each: it may not hold up the async threads.
    let work = move || {
        let codes = runtime.block_on(chain.codes())?;
        let mut ops = Ops {
            chain,
            signer,
            gas,
            codes,
            source,
            runtime,
        };
        run(&mut ops)
            .map_err(|e| Error::refused("deploy.failed", e, "correct the cause; the next run goes on from here"))
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::internal("deploy.panicked", e, "report this"))?
}

/// A chain as a deployment sees it.
struct Ops {
    chain: Client,
    signer: Arc<dyn Signer>,
    gas: GasPolicy,
    /// Id and checksum of each code on the chain.
    codes: Vec<(u64, Vec<u8>)>,
    source: Codes,
    runtime: Handle,
}

fn failed(step: &str, reason: impl std::fmt::Display) -> RolloutError {
    RolloutError::Backend {
        step: step.into(),
        reason: reason.to_string(),
    }
}

impl Ops {
    fn wait<T>(&self, step: &str, work: impl Future<Output = Result<T>>) -> Result<T, RolloutError> {
        self.runtime.block_on(work).map_err(|e| failed(step, e))
    }

    fn upload(&mut self, bytes: &[u8], checksum: &[u8]) -> Result<u64, RolloutError> {
        let message = codes::store_message(&self.deployer(), bytes).map_err(|e| failed("store", e))?;
        let events = self.send("store", vec![any(&message)])?;
        let stored = events.iter().find(|event| event.kind == "store_code");
        let code_id = stored
            .and_then(|event| event.get("code_id")?.parse().ok())
            .ok_or_else(|| failed("store", "no code id in the events"))?;
        self.codes.push((code_id, checksum.to_vec()));
        Ok(code_id)
    }

    fn send(&self, step: &str, messages: Vec<Any>) -> Result<Vec<crate::chain::Event>, RolloutError> {
        self.wait(step, tx::send(&self.chain, &*self.signer, &self.gas, messages))
    }
}

impl ChainOps for Ops {
    fn chain_id(&self) -> String {
        self.chain.chain_id().into()
    }

    fn deployer(&self) -> String {
        self.signer.address().into()
    }

    fn store(&mut self, peer: Peer) -> Result<CodeRef, RolloutError> {
        let (checksum, bytes) = self.source.of(peer).map_err(|e| failed("store", e))?;
        let known = self.codes.iter().find(|(_, known)| *known == checksum);
        let code_id = match (known, bytes) {
            (Some((code_id, _)), _) => *code_id,
            (None, Some(bytes)) => self.upload(&bytes, &checksum)?,
            (None, None) => {
                let why = format!("the chain has no code of the {peer} ({})", hex::encode(&checksum));
                return Err(failed("store", why));
            }
        };
        Ok(CodeRef { code_id, checksum })
    }

    fn predict(&self, code: &CodeRef, salt: &[u8]) -> Result<String, RolloutError> {
        let creator: AccountId = self.signer.address().parse().map_err(|e| failed("predict", e))?;
        let creator = CanonicalAddr::from(creator.to_bytes());
        let address = instantiate2_address(&code.checksum, &creator, salt).map_err(|e| failed("predict", e))?;
        Ok(AccountId::new(PREFIX, address.as_slice())
            .map_err(|e| failed("predict", e))?
            .to_string())
    }

    fn contract(&self, address: &str) -> Result<Option<ContractInfo>, RolloutError> {
        let info = self.wait("contract", async { Ok(self.chain.contract_info(address).await?) })?;
        Ok(info.map(|info| ContractInfo {
            code_id: info.code_id,
            creator: info.creator,
            admin: Some(info.admin).filter(|admin| !admin.is_empty()),
        }))
    }

    fn instantiate2(
        &mut self,
        code: &CodeRef,
        msg: Binary,
        label: &str,
        admin: &str,
        salt: &[u8],
    ) -> Result<String, RolloutError> {
        let create = MsgInstantiateContract2 {
            sender: self.deployer(),
            admin: admin.into(),
            code_id: code.code_id,
            label: label.into(),
            msg: msg.into(),
            funds: vec![],
            salt: salt.into(),
            fix_msg: false,
        };
        let events = self.send(label, vec![any(&create)])?;
        let made = events.iter().find(|event| event.kind == "instantiate");
        let address = made.and_then(|event| event.get("_contract_address"));
        address
            .map(String::from)
            .ok_or_else(|| failed(label, "no address in the events"))
    }

    fn execute(&mut self, msgs: Vec<(String, Binary)>) -> Result<(), RolloutError> {
        let sender = self.deployer();
        let call = |(contract, msg): (String, Binary)| {
            any(&MsgExecuteContract {
                sender: sender.clone(),
                contract,
                msg: msg.into(),
                funds: vec![],
            })
        };
        let calls = msgs.into_iter().map(call).collect();
        self.send("execute", calls).map(drop)
    }

    fn query(&self, contract: &str, msg: Binary) -> Result<Binary, RolloutError> {
        let answer = self.wait("query", self.chain.smart_raw(contract, msg.into()))?;
        Ok(answer.into())
    }
}

fn any<M: Message + Name>(message: &M) -> Any {
    Any {
        type_url: M::type_url(),
        value: message.encode_to_vec(),
    }
}
