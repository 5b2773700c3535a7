//! From bytes to a transaction whose messages are known and well formed.

use super::msgs::{self, Message};
use crate::error::{sdk, TxError};
use cosmos_sdk_proto::cosmos::tx::v1beta1::{AuthInfo, Fee, TxBody, TxRaw};
use cosmos_sdk_proto::prost::Message as _;
use cosmwasm_std::Api;

/// A decoded transaction beside the bytes that were signed.
pub(crate) struct Tx {
    pub(crate) raw: TxRaw,
    pub(crate) body: TxBody,
    pub(crate) auth: AuthInfo,
    pub(crate) fee: Fee,
    pub(crate) messages: Vec<Message>,
    /// Who must sign, in the order of first mention; the first pays the fee.
    pub(crate) signers: Vec<String>,
    /// Length of the whole encoding in bytes.
    pub(crate) size: usize,
}

impl Tx {
    /// Gas that the sender allows.
    pub(crate) fn gas_limit(&self) -> u64 {
        self.fee.gas_limit
    }
}

fn parse_error(what: impl std::fmt::Display) -> TxError {
    TxError::sdk(sdk::TX_DECODE, format!("{what}: tx parse error"))
}

/// Decodes and does everything the SDK does before its ante handlers: nothing of this depends on state, and nothing is
/// paid when it fails.
pub(crate) fn decode(bytes: &[u8], api: &dyn Api) -> Result<Tx, TxError> {
    let raw = TxRaw::decode(bytes).map_err(parse_error)?;
    let body = TxBody::decode(raw.body_bytes.as_slice()).map_err(parse_error)?;
    let auth = AuthInfo::decode(raw.auth_info_bytes.as_slice()).map_err(parse_error)?;
    let fee = auth
        .fee
        .clone()
        .ok_or_else(|| parse_error("a transaction needs a fee"))?;
    if !body.extension_options.is_empty() {
        return Err(TxError::sdk(sdk::UNKNOWN_EXTENSION, "unknown extension options"));
    }
    if body.messages.is_empty() {
        let log = "must contain at least one message: invalid request";
        return Err(TxError::sdk(sdk::INVALID_REQUEST, log));
    }
    let messages = body
        .messages
        .iter()
        .map(|any| msgs::decode(any, api))
        .collect::<Result<Vec<_>, _>>()?;
    let mut signers: Vec<String> = Vec::new();
    for message in &messages {
        if !signers.iter().any(|signer| *signer == message.signer.as_str()) {
            signers.push(message.signer.to_string());
        }
    }
    Ok(Tx {
        raw,
        body,
        auth,
        fee,
        messages,
        signers,
        size: bytes.len(),
    })
}
