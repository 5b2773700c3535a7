//! A deployment on both chains at once.

use std::rc::Rc;

use cosmrs::proto::cosmwasm::wasm::v1 as wasm;
use cosmrs::Any;
use cosmwasm_std::Binary;
use joule::chain::messages;
use joule_rollout::{ChainOps, CodeRef, ContractInfo, RolloutError};
use joule_types::Peer;

use crate::pair::{Actor, How, Pair};
use crate::side::Ran;
use crate::state::smart;

/// The two chains as a deployment sees them. What it asks is answered by the embedded one.
pub struct Both<'a> {
    pub pair: &'a mut Pair,
    pub deployer: Rc<Actor>,
    pub codes: Vec<(Peer, CodeRef)>,
}

fn failed(step: &str, reason: impl std::fmt::Debug) -> RolloutError {
    RolloutError::Backend {
        step: step.into(),
        reason: format!("{reason:?}"),
    }
}

impl Both<'_> {
    fn known(&self, step: &str, peer: Peer) -> Result<CodeRef, RolloutError> {
        let found = self.codes.iter().find(|(known, _)| *known == peer);
        found.map(|(_, code)| code.clone()).ok_or_else(|| failed(step, peer))
    }

    fn send(&mut self, step: &str, msgs: &[Any]) -> Result<Ran, RolloutError> {
        let ran = self.pair.send(step, &self.deployer, msgs, &How::default());
        let ran = ran.ok_or_else(|| failed(step, "refused by the check"))?;
        if ran.verdict.code == 0 {
            Ok(ran)
        } else {
            Err(failed(step, ran.verdict))
        }
    }
}

impl ChainOps for Both<'_> {
    fn chain_id(&self) -> String {
        self.pair.chain_id.clone()
    }

    fn deployer(&self) -> String {
        self.deployer.address()
    }

    fn checksum(&self, peer: Peer) -> Result<Vec<u8>, RolloutError> {
        self.known("checksum", peer).map(|code| code.checksum)
    }

    fn stored(&self, checksum: &[u8]) -> Result<Option<u64>, RolloutError> {
        let found = self.codes.iter().find(|(_, code)| code.checksum == checksum);
        Ok(found.map(|(_, code)| code.code_id))
    }

    fn code(&self, code_id: u64) -> Result<Option<Vec<u8>>, RolloutError> {
        let found = self.codes.iter().find(|(_, code)| code.code_id == code_id);
        Ok(found.map(|(_, code)| code.checksum.clone()))
    }

    fn store(&mut self, peer: Peer) -> Result<CodeRef, RolloutError> {
        self.known("store", peer)
    }

    fn predict(&self, code: &CodeRef, salt: &[u8]) -> Result<String, RolloutError> {
        messages::address(&code.checksum, &self.deployer(), salt).map_err(|e| failed("predict", e))
    }

    fn contract(&self, address: &str) -> Result<Option<ContractInfo>, RolloutError> {
        let query = wasm::QueryContractInfoRequest {
            address: address.into(),
        };
        let info: Result<wasm::QueryContractInfoResponse, _> =
            self.pair.dev.ask("/cosmwasm.wasm.v1.Query/ContractInfo", &query);
        Ok(info.ok().and_then(|info| info.contract_info).map(|info| ContractInfo {
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
        let ran = self.send("instantiate2", &[create])?;
        let made = ran.events.iter().find(|(kind, _)| kind == "instantiate");
        let address = made.and_then(|(_, attributes)| attributes.iter().find(|(key, _)| key == "_contract_address"));
        address
            .map(|(_, address)| address.clone())
            .ok_or_else(|| failed(label, "no address"))
    }

    fn execute(&mut self, msgs: Vec<(String, Binary)>) -> Result<(), RolloutError> {
        let sender = self.deployer();
        let calls: Vec<Any> = msgs
            .into_iter()
            .map(|(contract, msg)| messages::execute(&sender, contract, msg))
            .collect();
        self.send("launch", &calls).map(drop)
    }

    fn query(&self, contract: &str, msg: Binary) -> Result<Binary, RolloutError> {
        let question = String::from_utf8(msg.into()).map_err(|e| failed("query", e))?;
        let answer = smart(&self.pair.dev, contract, question).map_err(|e| failed("query", e))?;
        Ok(answer.into_bytes().into())
    }

    fn raw(&self, contract: &str, key: &[u8]) -> Result<Option<Binary>, RolloutError> {
        let query = wasm::QueryRawContractStateRequest {
            address: contract.into(),
            query_data: key.into(),
        };
        let answer: wasm::QueryRawContractStateResponse = self
            .pair
            .dev
            .ask("/cosmwasm.wasm.v1.Query/RawContractState", &query)
            .map_err(|e| failed("raw", e))?;
        Ok(Some(answer.data.into()).filter(|data: &Binary| !data.is_empty()))
    }
}
