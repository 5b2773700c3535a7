//! The agent's client as a deployment sees a chain.
use std::cell::RefCell;
use std::future::Future;

use cosmrs::proto::cosmwasm::wasm::v1::MsgMigrateContract;
use cosmrs::Any;
use cosmwasm_std::{Binary, CosmosMsg, WasmMsg};
use joule_rollout::{ChainOps, CodeRef, ContractInfo, RolloutError, Upgrade};
use joule_types::Peer;
use tokio::runtime::Handle;

use super::{codes, tx, Site};
use crate::chain::messages::{self, any};
use crate::chain::types::Account;
use crate::error::{Error, Result};

/// A chain as a deployment sees it.
pub(super) struct Ops {
    site: Site,
    /// The deployer's, read before anything else; the sequence is of the next transaction.
    account: Option<Account>,
    /// Id and checksum of each code on the chain.
    codes: Vec<(u64, Vec<u8>)>,
    runtime: Handle,
    /// The last failure with its class, which the plan's own errors do not carry.
    failure: RefCell<Option<Error>>,
}

fn failed(step: &str, reason: impl std::fmt::Display) -> RolloutError {
    RolloutError::Backend {
        step: step.into(),
        reason: reason.to_string(),
    }
}

/// The plan's errors start with their codes; one of the chain is told as it came.
pub(super) fn coded(error: RolloutError, failure: Option<Error>) -> Error {
    let next = "correct the cause; the next run goes on from here";
    match (&error, failure) {
        (RolloutError::Backend { step, .. }, Some(failure)) => failure.within(step),
        // It says what to do.
        (RolloutError::Deposit { .. }, _) => split(&error, ""),
        (RolloutError::Differs(_), _) => {
            let next = "nothing was changed; docs/deploy.md says what each may mean";
            split(&error, next)
        }
        _ => split(&error, next),
    }
}

fn split(error: &RolloutError, next: &'static str) -> Error {
    let text = error.to_string();
    match text.split_once(": ") {
        Some((code, what)) => Error::refused(code.to_string(), what, next),
        None => Error::refused("roll.failed", text, next),
    }
}

impl Ops {
    pub(super) fn new(site: &Site, runtime: &Handle) -> Result<Self> {
        let deployer = site.signer.as_ref().map(|signer| signer.address());
        let account = match deployer {
            Some(address) => runtime.block_on(site.chain.account(address))?,
            None => None,
        };
        Ok(Self {
            account,
            codes: runtime.block_on(site.chain.codes())?,
            site: site.clone(),
            runtime: runtime.clone(),
            failure: RefCell::default(),
        })
    }

    pub(super) fn failure(&self) -> Option<Error> {
        self.failure.take()
    }

    fn wait<T>(&self, step: &str, work: impl Future<Output = Result<T>>) -> Result<T, RolloutError> {
        self.runtime.block_on(work).map_err(|e| {
            if e.code() == tx::PENDING {
                return RolloutError::Pending { step: step.into() };
            }
            let told = failed(step, &e);
            self.failure.replace(Some(e));
            told
        })
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

    fn send(&mut self, step: &str, messages: Vec<Any>) -> Result<Vec<crate::chain::Event>, RolloutError> {
        let Some(signer) = &self.site.signer else {
            return Err(failed(step, "no key to sign with"));
        };
        let account = self.account.ok_or_else(|| {
            Error::funds(
                "tx.no_account",
                format!("{} was never funded", signer.address()),
                "send it some coins for fees first",
            )
        });
        let (chain, gas) = (&self.site.chain, &self.site.gas);
        let events = self.wait(step, async {
            tx::send(chain, &**signer, gas, &account?, messages).await
        })?;
        if let Some(account) = &mut self.account {
            account.sequence = account.sequence.saturating_add(1);
        }
        Ok(events)
    }
}

impl ChainOps for Ops {
    fn chain_id(&self) -> String {
        self.site.chain.chain_id().into()
    }

    fn deployer(&self) -> String {
        let signer = self.site.signer.as_ref();
        signer.map(|signer| signer.address().into()).unwrap_or_default()
    }

    fn checksum(&self, peer: Peer) -> Result<Vec<u8>, RolloutError> {
        let code = self.wait("code", async { self.site.codes.of(peer) })?;
        Ok(code.0)
    }

    fn stored(&self, checksum: &[u8]) -> Result<Option<u64>, RolloutError> {
        let known = self.codes.iter().find(|(_, known)| known == checksum);
        Ok(known.map(|(code_id, _)| *code_id))
    }

    fn code(&self, code_id: u64) -> Result<Option<Vec<u8>>, RolloutError> {
        let known = self.codes.iter().find(|(known, _)| *known == code_id);
        Ok(known.map(|(_, checksum)| checksum.clone()))
    }

    fn store(&mut self, peer: Peer) -> Result<CodeRef, RolloutError> {
        let (checksum, bytes) = self.wait("store", async { self.site.codes.of(peer) })?;
        let code_id = match (self.stored(&checksum)?, bytes) {
            (Some(code_id), _) => code_id,
            (None, Some(bytes)) => self.upload(&bytes, &checksum)?,
            (None, None) => {
                let why = format!("the chain has no code of the {peer} ({})", hex::encode(&checksum));
                return Err(failed("store", why));
            }
        };
        Ok(CodeRef { code_id, checksum })
    }

    fn predict(&self, code: &CodeRef, salt: &[u8]) -> Result<String, RolloutError> {
        messages::address(&code.checksum, &self.deployer(), salt).map_err(|e| failed("predict", e))
    }

    fn contract(&self, address: &str) -> Result<Option<ContractInfo>, RolloutError> {
        let info = self.wait("contract", async { Ok(self.site.chain.contract_info(address).await?) })?;
        Ok(info.map(|info| ContractInfo {
            code_id: info.code_id,
            creator: info.creator,
            admin: Some(info.admin).filter(|admin| !admin.is_empty()),
            label: info.label,
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
        let create = messages::instantiate2(&self.deployer(), code.code_id, msg, label, admin, salt);
        let events = self.send(label, vec![create])?;
        let made = events.iter().find(|event| event.kind == "instantiate");
        let address = made.and_then(|event| event.get("_contract_address"));
        address
            .map(String::from)
            .ok_or_else(|| failed(label, "no address in the events"))
    }

    fn execute(&mut self, msgs: Vec<(String, Binary)>) -> Result<(), RolloutError> {
        let sender = self.deployer();
        let calls = msgs
            .into_iter()
            .map(|(contract, msg)| messages::execute(&sender, contract, msg))
            .collect();
        self.send("execute", calls).map(drop)
    }

    fn query(&self, contract: &str, msg: Binary) -> Result<Binary, RolloutError> {
        let answer = self.wait("query", self.site.chain.smart_raw(contract, msg.into()))?;
        Ok(answer.into())
    }

    fn raw(&self, contract: &str, key: &[u8]) -> Result<Option<Binary>, RolloutError> {
        let record = self.wait("raw", async { Ok(self.site.chain.raw(contract, key).await?) })?;
        Ok(record.map(Binary::from))
    }
}

/// The migrations of an upgrade as messages of the dao.
pub(super) fn migrations(dao: &str, upgrade: &Upgrade) -> Result<Vec<Any>> {
    let migration = |msg: &CosmosMsg| match msg {
        CosmosMsg::Wasm(WasmMsg::Migrate {
            contract_addr,
            new_code_id,
            msg,
        }) => Ok(any(&MsgMigrateContract {
            sender: dao.into(),
            contract: contract_addr.clone(),
            code_id: *new_code_id,
            msg: msg.to_vec(),
        })),
        other => Err(Error::internal(
            "deploy.no_migration",
            format!("{other:?}"),
            "report this",
        )),
    };
    upgrade.msgs.iter().map(migration).collect()
}
