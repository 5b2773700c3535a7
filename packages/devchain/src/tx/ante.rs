//! What every transaction passes before its messages: timeout, memo, size, fee, signatures, sequence.
//!
//! Order and codes are those of the SDK's ante handler chain.

use super::decode::Tx;
use super::{Chain, Mode};
use crate::app::accounts::{self, Account};
use crate::app::{address, coins, grants, meter, ChainRouter};
use crate::error::{sdk, TxError, SDK};
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use cosmos_sdk_proto::cosmos::crypto::secp256k1::PubKey;
use cosmos_sdk_proto::cosmos::tx::signing::v1beta1::SignMode;
use cosmos_sdk_proto::cosmos::tx::v1beta1::{mode_info::Sum, SignDoc, SignerInfo};
use cosmos_sdk_proto::prost::{Message, Name};
use cosmwasm_std::{Addr, Api, BlockInfo, Event, Storage};
use k256::ecdsa::signature::Verifier;
use k256::ecdsa::{Signature, VerifyingKey};
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};

/// The SDK's `MaxMemoCharacters`.
const MAX_MEMO: usize = 256;
/// Bytes of a signature with its protobuf tag, paid in a simulation, which carries none.
const SIGNATURE_BYTES: usize = 66;
/// The SDK's gas for checking one secp256k1 signature.
const SIGNATURE_GAS: u64 = 1_000;

/// Runs the checks against `storage` and books fee and sequences in it. Returns the events of the fee and signatures.
pub(crate) fn run(
    (router, api): (&ChainRouter, &dyn Api),
    storage: &mut dyn Storage,
    block: &BlockInfo,
    chain: &Chain,
    mode: Mode,
    tx: &Tx,
) -> Result<Vec<Event>, TxError> {
    meter::charge(meter::TX, "transaction");
    check_shape(tx)?;
    let timeout = tx.body.timeout_height;
    if timeout != 0 && block.height > timeout {
        let log = format!(
            "block height: {}, timeout height: {timeout}: tx timeout height",
            block.height
        );
        return Err(TxError::sdk(sdk::TX_TIMEOUT_HEIGHT, log));
    }
    let memo = tx.body.memo.chars().count();
    if memo > MAX_MEMO {
        let log = format!("maximum number of characters is {MAX_MEMO} but received {memo} characters: memo too large");
        return Err(TxError::sdk(sdk::MEMO_TOO_LARGE, log));
    }
    let unsigned = tx
        .raw
        .signatures
        .iter()
        .filter(|signature| signature.is_empty())
        .count();
    let bytes = tx.size
        + if mode == Mode::Simulate {
            unsigned * SIGNATURE_BYTES
        } else {
            0
        };
    meter::charge_bytes(0, meter::TX_BYTE, bytes, "txSize");
    let mut events = pay_fee((router, api), storage, block, chain, mode, tx)?;
    for (index, signer) in tx.signers.iter().enumerate() {
        let (Some(info), Some(signature)) = (tx.auth.signer_infos.get(index), tx.raw.signatures.get(index)) else {
            return Err(TxError::sdk(sdk::NO_SIGNATURES, "no signatures supplied"));
        };
        meter::charge(SIGNATURE_GAS, "ante verify: secp256k1");
        let account = sign(storage, chain, mode, tx, signer, info, signature)?;
        accounts::save(storage, signer, &account);
        events.push(Event::new("tx").add_attribute("acc_seq", format!("{signer}/{}", info.sequence)));
        events.push(Event::new("tx").add_attribute("signature", STANDARD.encode(signature)));
    }
    Ok(events)
}

/// One signer info and one signature for each signer.
fn check_shape(tx: &Tx) -> Result<(), TxError> {
    if tx.raw.signatures.is_empty() {
        return Err(TxError::sdk(sdk::NO_SIGNATURES, "no signatures supplied"));
    }
    let (want, infos, signatures) = (tx.signers.len(), tx.auth.signer_infos.len(), tx.raw.signatures.len());
    if infos != want || signatures != want {
        let log = format!(
            "invalid number of signers; expected: {want}, got {infos} signer infos and {signatures} signatures: \
             unauthorized"
        );
        return Err(TxError::sdk(sdk::UNAUTHORIZED, log));
    }
    Ok(())
}

fn pay_fee(
    (router, api): (&ChainRouter, &dyn Api),
    storage: &mut dyn Storage,
    block: &BlockInfo,
    chain: &Chain,
    mode: Mode,
    tx: &Tx,
) -> Result<Vec<Event>, TxError> {
    let fee = coins::parse(&tx.fee.amount)?;
    let payer = match tx.fee.payer.as_str() {
        "" => tx.signers.first().cloned().unwrap_or_default(),
        payer if tx.signers.iter().any(|signer| signer == payer) => payer.to_string(),
        payer => {
            let log = format!("fee payer {payer} must sign: unauthorized");
            return Err(TxError::sdk(sdk::UNAUTHORIZED, log));
        }
    };
    let required = chain.min_fee(tx.gas_limit());
    let offered = fee
        .iter()
        .find(|coin| coin.denom == chain.fee_denom)
        .map_or(0, |coin| coin.amount.u128());
    if mode != Mode::Simulate && offered < required {
        let log = format!(
            "insufficient fees; got: {} required: {required}{}: insufficient fee",
            coins::text(&fee),
            chain.fee_denom
        );
        return Err(TxError::sdk(sdk::INSUFFICIENT_FEE, log));
    }
    let mut events = Vec::new();
    let (grantee, granter) = (payer, tx.fee.granter.clone());
    let payer = if granter.is_empty() || granter == grantee {
        grantee
    } else {
        let urls = tx.messages.iter().map(|message| message.type_url.as_str());
        let used = grants::use_up(storage, block, &granter, &grantee, &fee, urls);
        events = used.map_err(|error| error.wrap(&format!("{granter} does not allow to pay fees for {grantee}")))?;
        granter
    };
    if accounts::load(storage, &payer).is_none() {
        let log = format!("fee payer address: {payer} does not exist: unknown address");
        return Err(TxError::sdk(sdk::UNKNOWN_ADDRESS, log));
    }
    if !fee.is_empty() {
        let from = Addr::unchecked(&payer);
        router
            .bank
            .pay_fee(api, storage, router, block, &from, (&chain.fee_collector, &fee))
            .map_err(|error| beyond_means(TxError::from_any(&error)))?;
        events.extend(coins::transfer_events(&payer, &chain.fee_collector, &fee));
    }
    let paid = Event::new("tx").add_attribute("fee", coins::text(&fee));
    events.push(paid.add_attribute("fee_payer", payer));
    Ok(events)
}

/// The ante handler puts the name of the error behind the bank's text, which ends with it already.
fn beyond_means(mut error: TxError) -> TxError {
    if (error.codespace, error.code) == (SDK, sdk::INSUFFICIENT_FUNDS) {
        error.log += ": insufficient funds";
    }
    error
}

/// Checks one signer and returns the account with its sequence taken.
fn sign(
    storage: &dyn Storage,
    chain: &Chain,
    mode: Mode,
    tx: &Tx,
    signer: &str,
    info: &SignerInfo,
    signature: &[u8],
) -> Result<Account, TxError> {
    let Some(mut account) = accounts::load(storage, signer) else {
        let log = format!("account {signer} does not exist: unknown address");
        return Err(TxError::sdk(sdk::UNKNOWN_ADDRESS, log));
    };
    if account.pub_key.is_none() {
        account.pub_key = key_of(chain, mode, signer, info)?;
    }
    if info.sequence != account.sequence {
        let log = format!(
            "account sequence mismatch, expected {}, got {}: incorrect account sequence",
            account.sequence, info.sequence
        );
        return Err(TxError::sdk(sdk::WRONG_SEQUENCE, log));
    }
    if mode != Mode::Simulate {
        check_mode(info)?;
        let Some(key) = &account.pub_key else {
            return Err(TxError::sdk(
                sdk::INVALID_PUBKEY,
                "pubkey on account is not set: invalid pubkey",
            ));
        };
        let doc = SignDoc {
            body_bytes: tx.raw.body_bytes.clone(),
            auth_info_bytes: tx.raw.auth_info_bytes.clone(),
            chain_id: chain.id.clone(),
            account_number: account.number,
        };
        if !verifies(key, &doc.encode_to_vec(), signature) {
            let log = format!(
                "signature verification failed; please verify account number ({}) and chain-id ({}): (unable to verify \
                 single signer signature): unauthorized",
                account.number, chain.id
            );
            return Err(TxError::sdk(sdk::UNAUTHORIZED, log));
        }
    }
    account.sequence = account.sequence.saturating_add(1);
    Ok(account)
}

/// The key in a signer info, which must be the one that the address was derived from: simulations are of anybody.
fn key_of(chain: &Chain, mode: Mode, signer: &str, info: &SignerInfo) -> Result<Option<Vec<u8>>, TxError> {
    let Some(any) = &info.public_key else {
        return Ok(None);
    };
    let invalid = |log: String| TxError::sdk(sdk::INVALID_PUBKEY, format!("{log}: invalid pubkey"));
    if any.type_url != PubKey::type_url() {
        return Err(invalid(format!("key type {} is not supported", any.type_url)));
    }
    let key = PubKey::decode(any.value.as_slice())
        .map_err(|error| invalid(error.to_string()))?
        .key;
    let hash = Ripemd160::digest(Sha256::digest(&key));
    let theirs = mode == Mode::Simulate || address(chain.prefix, &hash) == signer;
    if key.len() != 33 || !theirs {
        return Err(invalid(format!("pubKey does not match signer address {signer}")));
    }
    Ok(Some(key))
}

fn check_mode(info: &SignerInfo) -> Result<(), TxError> {
    let mode = info.mode_info.as_ref().and_then(|mode| mode.sum.as_ref());
    match mode {
        Some(Sum::Single(single)) if single.mode == SignMode::Direct as i32 => Ok(()),
        _ => {
            let log = "this chain reads SIGN_MODE_DIRECT of single keys only: unauthorized";
            Err(TxError::sdk(sdk::UNAUTHORIZED, log))
        }
    }
}

/// Signature over SHA-256 of `bytes`, 64 bytes, in its low form: the high one would be a second valid encoding.
fn verifies(key: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_sec1_bytes(key), Signature::from_slice(signature)) else {
        return false;
    };
    signature.normalize_s().is_none() && key.verify(bytes, &signature).is_ok()
}
