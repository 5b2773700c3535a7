//! The simulator as a deployer's machine may meet it.

use std::cell::Cell;

use cosmwasm_std::{from_json, to_json_binary, Binary};
use joule_rollout::{ChainOps, CodeRef, ContractInfo, RolloutError};
use joule_testing::Backend;
use joule_types::Peer;
use serde_json::Value;

/// Where the deployer's machine dies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cut {
    /// Before the chain hears of the step.
    Before,
    /// After it: the chain has done it and nobody was told.
    After,
}

type EditInfo = Box<dyn Fn(&str, &mut Option<ContractInfo>)>;
type EditAnswer = Box<dyn Fn(&str, &mut Value)>;

/// A chain whose deployer dies at one step, of whatever kind, or that says other things than it holds.
pub struct Chain {
    /// The chain itself.
    pub inner: Backend,
    step: Cell<u32>,
    dies_at: Option<(u32, Cut)>,
    info: EditInfo,
    answer: EditAnswer,
}

impl Chain {
    /// Answers everything before step `at`.
    pub fn dying(inner: Backend, at: u32, cut: Cut) -> Self {
        Self {
            dies_at: Some((at, cut)),
            ..Self::lying(inner, |_, _| {}, |_, _| {})
        }
    }

    /// Edits, by address, what is known of contracts and what they answer and have stored.
    pub fn lying(
        inner: Backend,
        info: impl Fn(&str, &mut Option<ContractInfo>) + 'static,
        answer: impl Fn(&str, &mut Value) + 'static,
    ) -> Self {
        Self {
            inner,
            step: Cell::new(0),
            dies_at: None,
            info: Box::new(info),
            answer: Box::new(answer),
        }
    }

    fn edited(&self, contract: &str, answer: &Binary) -> Result<Binary, RolloutError> {
        let mut value = from_json(answer)?;
        (self.answer)(contract, &mut value);
        Ok(to_json_binary(&value)?)
    }

    fn alive(&self, cut: Cut) -> Result<(), RolloutError> {
        if self.dies_at == Some((self.step.get(), cut)) {
            return Err(RolloutError::Backend {
                step: "any".into(),
                reason: "connection lost".into(),
            });
        }
        Ok(())
    }

    fn read<T>(&self, read: impl FnOnce(&Backend) -> Result<T, RolloutError>) -> Result<T, RolloutError> {
        self.alive(Cut::Before)?;
        let answer = read(&self.inner);
        self.alive(Cut::After)?;
        self.step.set(self.step.get() + 1);
        answer
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Backend) -> Result<T, RolloutError>) -> Result<T, RolloutError> {
        self.alive(Cut::Before)?;
        let answer = change(&mut self.inner);
        self.alive(Cut::After)?;
        self.step.set(self.step.get() + 1);
        answer
    }
}

impl ChainOps for Chain {
    fn chain_id(&self) -> String {
        self.inner.chain_id()
    }
    fn deployer(&self) -> String {
        self.inner.deployer()
    }
    fn checksum(&self, peer: Peer) -> Result<Vec<u8>, RolloutError> {
        self.inner.checksum(peer)
    }
    fn stored(&self, checksum: &[u8]) -> Result<Option<u64>, RolloutError> {
        self.read(|chain| chain.stored(checksum))
    }
    fn code(&self, code_id: u64) -> Result<Option<Vec<u8>>, RolloutError> {
        self.read(|chain| chain.code(code_id))
    }
    fn store(&mut self, peer: Peer) -> Result<CodeRef, RolloutError> {
        self.change(|chain| chain.store(peer))
    }
    fn predict(&self, code: &CodeRef, salt: &[u8]) -> Result<String, RolloutError> {
        self.inner.predict(code, salt)
    }
    fn contract(&self, address: &str) -> Result<Option<ContractInfo>, RolloutError> {
        let mut info = self.read(|chain| chain.contract(address))?;
        (self.info)(address, &mut info);
        Ok(info)
    }
    fn instantiate2(
        &mut self,
        code: &CodeRef,
        msg: Binary,
        label: &str,
        admin: &str,
        salt: &[u8],
    ) -> Result<String, RolloutError> {
        self.change(|chain| chain.instantiate2(code, msg, label, admin, salt))
    }
    fn execute(&mut self, msgs: Vec<(String, Binary)>) -> Result<(), RolloutError> {
        self.change(|chain| chain.execute(msgs))
    }
    fn query(&self, contract: &str, msg: Binary) -> Result<Binary, RolloutError> {
        let answer = self.read(|chain| chain.query(contract, msg))?;
        self.edited(contract, &answer)
    }
    fn raw(&self, contract: &str, key: &[u8]) -> Result<Option<Binary>, RolloutError> {
        let record = self.read(|chain| chain.raw(contract, key))?;
        record.map(|record| self.edited(contract, &record)).transpose()
    }
}
