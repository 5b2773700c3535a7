//! The life of one transaction: decode, ante, messages, result.

pub(crate) mod ante;
pub(crate) mod decode;
pub(crate) mod msgs;

use crate::app::grants;
use crate::app::meter::{self, Abort};
use crate::app::overlay::{Changes, Overlay};
use crate::app::{ChainApp, ChainRouter, CodeInfo};
use crate::error::{sdk, TxError, DEVCHAIN, UPLOAD_REFUSED};
use cosmos_sdk_proto::cosmos::base::abci::v1beta1::TxMsgData;
use cosmos_sdk_proto::cosmos::feegrant::v1beta1::{MsgGrantAllowanceResponse, MsgRevokeAllowanceResponse};
use cosmos_sdk_proto::cosmwasm::wasm::v1::MsgStoreCodeResponse;
use cosmos_sdk_proto::prost::Message as _;
use cosmos_sdk_proto::Any;
use cosmwasm_std::{Api, BlockInfo, Event, Storage};
use cw_multi_test::CosmosRouter;
use decode::Tx;
use msgs::{Action, Message};

/// What transactions are checked against.
pub(crate) struct Chain {
    pub(crate) id: String,
    pub(crate) prefix: &'static str,
    pub(crate) fee_denom: String,
    pub(crate) fee_collector: String,
    /// Billionths of the fee denom per unit of gas.
    pub(crate) min_gas_price_nanos: u64,
    pub(crate) max_gas: u64,
    pub(crate) codes: Vec<CodeInfo>,
}

impl Chain {
    /// Lowest fee for `gas`, rounded up.
    pub(crate) fn min_fee(&self, gas: u64) -> u128 {
        (u128::from(gas) * u128::from(self.min_gas_price_nanos)).div_ceil(1_000_000_000)
    }
}

/// Why a transaction is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Admission to the mempool: ante only.
    Check,
    /// For its gas: no signature, no minimum fee, nothing kept.
    Simulate,
    /// In a block.
    Deliver,
}

/// What became of a transaction, as `ExecTxResult` says it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) code: u32,
    pub(crate) codespace: String,
    pub(crate) log: String,
    /// Encoded `TxMsgData`; empty on failure.
    pub(crate) data: Vec<u8>,
    pub(crate) gas_wanted: u64,
    pub(crate) gas_used: u64,
    pub(crate) events: Vec<Event>,
    pub(crate) responses: Vec<Any>,
}

impl Outcome {
    pub(crate) fn refused(error: TxError) -> Self {
        Self {
            code: error.code,
            codespace: error.codespace.to_string(),
            log: error.log,
            ..Self::default()
        }
    }
}

/// What the messages of a transaction left behind.
struct Done {
    changes: Changes,
    events: Vec<Event>,
    responses: Vec<Any>,
}

/// Runs a transaction on top of `base` and returns what it would change. On a failed message that is fee and sequences;
/// on a failed ante nothing.
pub(crate) fn run(
    app: &ChainApp,
    base: &dyn Storage,
    (block, index): (&BlockInfo, u32),
    chain: &Chain,
    mode: Mode,
    bytes: &[u8],
) -> (Outcome, Changes) {
    app.read_module(|router, api, _| {
        let api: &dyn Api = api;
        let tx = match decode::decode(bytes, api) {
            Ok(tx) => tx,
            Err(error) => return (Outcome::refused(error), Changes::new()),
        };
        if tx.gas_limit() > chain.max_gas {
            let log = format!(
                "tx gas limit {} exceeds block max gas {}: invalid gas limit",
                tx.gas_limit(),
                chain.max_gas
            );
            return (
                Outcome::refused(TxError::sdk(sdk::INVALID_GAS_LIMIT, log)),
                Changes::new(),
            );
        }
        let limit = if mode == Mode::Simulate {
            chain.max_gas
        } else {
            tx.gas_limit()
        };
        // Set once the ante has passed: it stays when the messages fail.
        let mut passed: Option<(Changes, Vec<Event>)> = None;
        let (result, used) = meter::run(limit, Some(index), || {
            let mut outer = Overlay::new(base);
            let events = ante::run((router, api), &mut outer, block, chain, mode, &tx)?;
            let changes = outer.into_changes();
            passed = Some((changes.clone(), events));
            if mode == Mode::Check {
                return Ok(Done {
                    changes: Changes::new(),
                    events: Vec::new(),
                    responses: Vec::new(),
                });
            }
            let outer = Overlay::with(base, changes);
            run_messages((router, api), &outer, block, chain, &tx.messages)
        });
        let result = match result {
            Ok(result) => result,
            Err(Abort::OutOfGas { location }) => Err(out_of_gas(location, &tx, used)),
            Err(Abort::Panic(message)) => Err(TxError::panic(&message)),
        };
        outcome(&tx, result, passed, used)
    })
}

fn out_of_gas(location: &str, tx: &Tx, used: u64) -> TxError {
    let log = format!(
        "out of gas in location: {location}; gasWanted: {}, gasUsed: {used}: out of gas",
        tx.gas_limit()
    );
    TxError::sdk(sdk::OUT_OF_GAS, log)
}

fn outcome(
    tx: &Tx,
    result: Result<Done, TxError>,
    passed: Option<(Changes, Vec<Event>)>,
    used: u64,
) -> (Outcome, Changes) {
    let (mut changes, events) = passed.unwrap_or_default();
    let mut outcome = match result {
        Ok(done) => {
            changes.extend(done.changes);
            #[allow(deprecated)]
            let data = TxMsgData {
                data: Vec::new(),
                msg_responses: done.responses.clone(),
            };
            Outcome {
                data: data.encode_to_vec(),
                events: events.into_iter().chain(done.events).collect(),
                responses: done.responses,
                ..Outcome::default()
            }
        }
        Err(error) => Outcome {
            events,
            ..Outcome::refused(error)
        },
    };
    outcome.gas_wanted = tx.gas_limit();
    outcome.gas_used = used;
    (outcome, changes)
}

/// All messages or none.
fn run_messages(
    (router, api): (&ChainRouter, &dyn Api),
    base: &dyn Storage,
    block: &BlockInfo,
    chain: &Chain,
    messages: &[Message],
) -> Result<Done, TxError> {
    let mut storage = Overlay::new(base);
    let mut events = Vec::new();
    let mut responses = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let (own, data) = run_message((router, api), &mut storage, block, chain, message)
            .map_err(|error| error.wrap(&format!("failed to execute message; message index: {index}")))?;
        let action = Event::new("message")
            .add_attribute("action", &message.type_url)
            .add_attribute("sender", &message.signer)
            .add_attribute("module", message.module);
        let numbered = |event: Event| event.add_attribute("msg_index", index.to_string());
        events.extend(std::iter::once(action).chain(own).map(numbered));
        responses.push(Any {
            type_url: format!("{}Response", message.type_url),
            value: data,
        });
    }
    Ok(Done {
        changes: storage.into_changes(),
        events,
        responses,
    })
}

fn run_message(
    (router, api): (&ChainRouter, &dyn Api),
    storage: &mut dyn Storage,
    block: &BlockInfo,
    chain: &Chain,
    message: &Message,
) -> Result<(Vec<Event>, Vec<u8>), TxError> {
    match &message.action {
        Action::Run(msg) => {
            let response = router
                .execute(api, storage, block, message.signer.clone(), msg.clone())
                .map_err(|error| TxError::from_any(&error))?;
            Ok((response.events, response.data.unwrap_or_default().to_vec()))
        }
        Action::Fail(error) => Err(error.clone()),
        Action::LookUpCode(checksum) => {
            let Some(code) = chain.codes.iter().find(|code| code.checksum.as_slice() == checksum) else {
                let log = format!(
                    "dev.upload_refused: {} bytes are not the checksum of a preloaded code; this chain runs native code: \
                     send the 32 bytes of SHA-256 of \"<name> <version>\" instead of a file",
                    checksum.len()
                );
                return Err(TxError::new(DEVCHAIN, UPLOAD_REFUSED, log));
            };
            let event = Event::new("store_code")
                .add_attribute("code_checksum", code.checksum.to_hex())
                .add_attribute("code_id", code.id.to_string());
            let response = MsgStoreCodeResponse {
                code_id: code.id,
                checksum: code.checksum.as_slice().to_vec(),
            };
            Ok((vec![event], response.encode_to_vec()))
        }
        Action::Grant(grantee, allowance) => {
            let event = grants::grant(storage, block, &message.signer, grantee, allowance)?;
            Ok((vec![event], MsgGrantAllowanceResponse {}.encode_to_vec()))
        }
        Action::Revoke(grantee) => {
            let event = grants::revoke(storage, &message.signer, grantee)?;
            Ok((vec![event], MsgRevokeAllowanceResponse {}.encode_to_vec()))
        }
    }
}
