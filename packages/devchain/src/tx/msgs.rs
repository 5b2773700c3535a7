//! The messages a transaction may carry, checked as the modules' `ValidateBasic` does.

use crate::app::grants::Allowance;
use crate::app::{bank, coins};
use crate::error::{sdk, wasm, TxError, UNDEFINED, UNREGISTERED};
use cosmos_sdk_proto::cosmos::bank::v1beta1::MsgSend;
use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use cosmos_sdk_proto::cosmos::feegrant::v1beta1::{MsgGrantAllowance, MsgRevokeAllowance};
use cosmos_sdk_proto::cosmwasm::wasm::v1::{
    MsgClearAdmin, MsgExecuteContract, MsgInstantiateContract, MsgInstantiateContract2, MsgMigrateContract,
    MsgStoreCode, MsgUpdateAdmin,
};
use cosmos_sdk_proto::prost::Name;
use cosmos_sdk_proto::Any;
use cosmwasm_std::{Addr, Api, BankMsg, Binary, Coin, CosmosMsg, WasmMsg};

/// A message that this chain can run.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) type_url: String,
    pub(crate) signer: Addr,
    /// `message.module` of its event.
    pub(crate) module: &'static str,
    pub(crate) action: Action,
}

/// What it does.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Run(CosmosMsg),
    /// Nothing: the transaction fails by it, after its fee.
    Fail(TxError),
    /// The "upload" of a preloaded code: its checksum instead of its bytes.
    LookUpCode(Vec<u8>),
    /// The signer pays the fees of an address from now on.
    Grant(Addr, Allowance),
    /// And no more.
    Revoke(Addr),
}

/// Decodes one message by its type.
pub(crate) fn decode(any: &Any, api: &dyn Api) -> Result<Message, TxError> {
    let url = any.type_url.as_str();
    let (module, signer, action) = if url == MsgSend::type_url() {
        let msg: MsgSend = parse(any)?;
        // The bank looks at the rest of its message when it runs.
        let action = send(&msg, api).map_or_else(Action::Fail, |msg| Action::Run(msg.into()));
        ("bank", sender(api, &msg.from_address)?, action)
    } else if url == MsgStoreCode::type_url() {
        let msg: MsgStoreCode = parse(any)?;
        (
            "wasm",
            sender(api, &msg.sender)?,
            Action::LookUpCode(msg.wasm_byte_code),
        )
    } else if url == MsgGrantAllowance::type_url() {
        let msg: MsgGrantAllowance = parse(any)?;
        let allowance = Allowance::read(msg.allowance)?;
        let (granter, grantee) = pair(api, &msg.granter, &msg.grantee, "cannot self-grant fee authorization")?;
        ("feegrant", granter, Action::Grant(grantee, allowance))
    } else if url == MsgRevokeAllowance::type_url() {
        let msg: MsgRevokeAllowance = parse(any)?;
        let (granter, grantee) = pair(api, &msg.granter, &msg.grantee, "addresses must be different")?;
        ("feegrant", granter, Action::Revoke(grantee))
    } else {
        let (signer, msg) = contract_message(any, api)?;
        ("wasm", signer, Action::Run(msg.into()))
    };
    Ok(Message {
        type_url: any.type_url.clone(),
        signer,
        module,
        action,
    })
}

fn send(msg: &MsgSend, api: &dyn Api) -> Result<BankMsg, TxError> {
    let to_address = bank::check_address(api, &msg.to_address, "to")?.into();
    let amount = coins::parse(&msg.amount)?;
    if amount.is_empty() {
        return Err(TxError::sdk(sdk::INVALID_COINS, ": invalid coins"));
    }
    Ok(BankMsg::Send { to_address, amount })
}

/// The two sides of a fee grant.
fn pair(api: &dyn Api, granter: &str, grantee: &str, same: &str) -> Result<(Addr, Addr), TxError> {
    let pair = (
        bank::check_address(api, granter, "granter")?,
        bank::check_address(api, grantee, "grantee")?,
    );
    if pair.0 == pair.1 {
        return Err(TxError::sdk(sdk::INVALID_ADDRESS, format!("{same}: invalid address")));
    }
    Ok(pair)
}

fn contract_message(any: &Any, api: &dyn Api) -> Result<(Addr, WasmMsg), TxError> {
    let url = any.type_url.as_str();
    if url == MsgExecuteContract::type_url() {
        let msg: MsgExecuteContract = parse(any)?;
        let run = WasmMsg::Execute {
            contract_addr: contract(api, &msg.contract)?,
            msg: json(msg.msg)?,
            funds: funds(&msg.funds)?,
        };
        Ok((sender(api, &msg.sender)?, run))
    } else if url == MsgInstantiateContract::type_url() {
        let msg: MsgInstantiateContract = parse(any)?;
        let run = WasmMsg::Instantiate {
            admin: optional(msg.admin),
            code_id: code_id(msg.code_id)?,
            msg: json(msg.msg)?,
            funds: funds(&msg.funds)?,
            label: msg.label,
        };
        Ok((sender(api, &msg.sender)?, run))
    } else if url == MsgInstantiateContract2::type_url() {
        let msg: MsgInstantiateContract2 = parse(any)?;
        if msg.fix_msg {
            let log = "fix_msg: this chain derives addresses without the message only: invalid request";
            return Err(TxError::sdk(sdk::INVALID_REQUEST, log));
        }
        let run = WasmMsg::Instantiate2 {
            admin: optional(msg.admin),
            code_id: code_id(msg.code_id)?,
            msg: json(msg.msg)?,
            funds: funds(&msg.funds)?,
            label: msg.label,
            salt: Binary::new(msg.salt),
        };
        Ok((sender(api, &msg.sender)?, run))
    } else if url == MsgMigrateContract::type_url() {
        let msg: MsgMigrateContract = parse(any)?;
        let run = WasmMsg::Migrate {
            contract_addr: contract(api, &msg.contract)?,
            new_code_id: code_id(msg.code_id)?,
            msg: json(msg.msg)?,
        };
        Ok((sender(api, &msg.sender)?, run))
    } else if url == MsgUpdateAdmin::type_url() {
        let msg: MsgUpdateAdmin = parse(any)?;
        let run = WasmMsg::UpdateAdmin {
            contract_addr: contract(api, &msg.contract)?,
            admin: bank::check_address(api, &msg.new_admin, "new admin")?.into(),
        };
        Ok((sender(api, &msg.sender)?, run))
    } else if url == MsgClearAdmin::type_url() {
        let msg: MsgClearAdmin = parse(any)?;
        let run = WasmMsg::ClearAdmin {
            contract_addr: contract(api, &msg.contract)?,
        };
        Ok((sender(api, &msg.sender)?, run))
    } else {
        let log = format!("unable to resolve type URL {url}: tx parse error");
        Err(TxError::sdk(sdk::TX_DECODE, log))
    }
}

fn parse<T: cosmos_sdk_proto::prost::Message + Default>(any: &Any) -> Result<T, TxError> {
    T::decode(any.value.as_slice())
        .map_err(|error| TxError::sdk(sdk::TX_DECODE, format!("{}: {error}: tx parse error", any.type_url)))
}

fn sender(api: &dyn Api, address: &str) -> Result<Addr, TxError> {
    bank::check_address(api, address, "sender")
}

/// The check of the message itself names no error of the SDK.
fn contract(api: &dyn Api, address: &str) -> Result<String, TxError> {
    let address = api.addr_validate(&bank::lower(address));
    let invalid = |error| unregistered(format!("contract: decoding bech32 failed: {error}"));
    address.map(Into::into).map_err(invalid)
}

fn funds(coins: &[ProtoCoin]) -> Result<Vec<Coin>, TxError> {
    coins::parse(coins).map_err(|_| unregistered(format!("funds: {}", coins::fault(coins))))
}

fn unregistered(log: String) -> TxError {
    TxError::new(UNDEFINED, UNREGISTERED, log)
}

fn optional(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn code_id(id: u64) -> Result<u64, TxError> {
    if id == 0 {
        return Err(TxError::wasm(wasm::EMPTY, "code id is required: empty"));
    }
    Ok(id)
}

/// Contract messages must be JSON before any contract sees them.
fn json(bytes: Vec<u8>) -> Result<Binary, TxError> {
    match serde_json::from_slice::<serde::de::IgnoredAny>(&bytes) {
        Ok(_) => Ok(Binary::new(bytes)),
        Err(_) => Err(TxError::wasm(wasm::INVALID, "payload msg: invalid")),
    }
}
