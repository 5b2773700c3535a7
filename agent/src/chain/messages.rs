//! Messages of wasmd as the chain carries them, and the addresses that they lead to.
use cosmrs::proto::cosmwasm::wasm::v1::{MsgExecuteContract, MsgInstantiateContract2};
use cosmrs::proto::prost::{Message, Name};
use cosmrs::{AccountId, Any};
use cosmwasm_std::{instantiate2_address, Binary, CanonicalAddr};

use crate::keys::PREFIX;

/// Any message.
pub fn any<M: Message + Name>(message: &M) -> Any {
    Any {
        type_url: M::type_url(),
        value: message.encode_to_vec(),
    }
}

/// Where [`instantiate2`] of `creator` puts a code of this checksum.
///
/// # Errors
/// An address, checksum or salt that is none, in words.
pub fn address(checksum: &[u8], creator: &str, salt: &[u8]) -> Result<String, String> {
    let creator: AccountId = creator.parse().map_err(|e| format!("{creator}: {e}"))?;
    let creator = CanonicalAddr::from(creator.to_bytes());
    let address = instantiate2_address(checksum, &creator, salt).map_err(|e| e.to_string())?;
    let address = AccountId::new(PREFIX, address.as_slice()).map_err(|e| e.to_string())?;
    Ok(address.to_string())
}

/// Creates a contract at its predicted address; the message is not mixed into it.
pub fn instantiate2(sender: &str, code_id: u64, msg: Binary, label: &str, admin: &str, salt: &[u8]) -> Any {
    any(&MsgInstantiateContract2 {
        sender: sender.into(),
        admin: admin.into(),
        code_id,
        label: label.into(),
        msg: msg.into(),
        funds: vec![],
        salt: salt.into(),
        fix_msg: false,
    })
}

/// A call of a contract, without funds.
pub fn execute(sender: &str, contract: String, msg: Binary) -> Any {
    any(&MsgExecuteContract {
        sender: sender.into(),
        contract,
        msg: msg.into(),
        funds: vec![],
    })
}
