//! Messages and sign documents to and from protobuf. The signer reads documents with [`decode`], so that what it judges is
//! what the chain will read.
use cosmrs::proto::cosmos::bank::v1beta1::MsgSend;
use cosmrs::proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use cosmrs::proto::cosmos::crypto::secp256k1::PubKey;
use cosmrs::proto::cosmos::tx::signing::v1beta1::SignMode;
use cosmrs::proto::cosmos::tx::v1beta1::{mode_info, AuthInfo, Fee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw};
use cosmrs::proto::cosmwasm::wasm::v1::MsgExecuteContract;
use cosmrs::proto::prost::{Message, Name};
use cosmrs::Any;

use super::grants;
use super::types::{Coin, Msg};
use crate::error::{Error, Result};

/// Everything that decides about a transaction except its signature.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Chain it is for.
    pub chain_id: &'a str,
    /// Sender and signer.
    pub sender: &'a str,
    /// Compressed secp256k1 public key of the sender, 33 bytes.
    pub public_key: &'a [u8],
    /// Account number of the sender.
    pub account_number: u64,
    /// Sequence.
    pub sequence: u64,
    /// Last height at which it may land.
    pub timeout_height: u64,
    /// Gas limit.
    pub gas: u64,
    /// Fee.
    pub fee: Vec<Coin>,
    /// Address that pays the fee by a grant; empty when the sender pays.
    pub granter: &'a str,
    /// Messages in order.
    pub msgs: &'a [Msg],
}

/// A document ready to be signed.
#[derive(Clone, Debug)]
pub struct Unsigned {
    doc: SignDoc,
}

impl Unsigned {
    /// Writes the plan down.
    pub fn new(plan: &Plan<'_>) -> Self {
        Self::of(plan, plan.msgs.iter().map(|m| msg_to_any(plan.sender, m)).collect())
    }

    /// Writes the plan down with these messages in place of its own: for a deployment, which sends kinds of messages that
    /// no signer of a daemon signs.
    pub fn of(plan: &Plan<'_>, messages: Vec<Any>) -> Self {
        let body = TxBody {
            messages,
            timeout_height: plan.timeout_height,
            ..Default::default()
        };
        let mode = ModeInfo {
            sum: Some(mode_info::Sum::Single(mode_info::Single {
                mode: SignMode::Direct.into(),
            })),
        };
        let signer = SignerInfo {
            public_key: Some(Any {
                type_url: PubKey::type_url(),
                value: PubKey {
                    key: plan.public_key.to_vec(),
                }
                .encode_to_vec(),
            }),
            mode_info: Some(mode),
            sequence: plan.sequence,
        };
        let auth = AuthInfo {
            signer_infos: vec![signer],
            fee: Some(Fee {
                amount: plan.fee.iter().map(to_proto).collect(),
                gas_limit: plan.gas,
                granter: plan.granter.to_string(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let doc = SignDoc {
            body_bytes: body.encode_to_vec(),
            auth_info_bytes: auth.encode_to_vec(),
            chain_id: plan.chain_id.to_string(),
            account_number: plan.account_number,
        };
        Self { doc }
    }

    /// The bytes that are signed.
    pub fn sign_bytes(&self) -> Vec<u8> {
        self.doc.encode_to_vec()
    }

    /// The transaction with its signature (empty for a simulation).
    pub fn with_signature(&self, signature: Vec<u8>) -> Vec<u8> {
        TxRaw {
            body_bytes: self.doc.body_bytes.clone(),
            auth_info_bytes: self.doc.auth_info_bytes.clone(),
            signatures: vec![signature],
        }
        .encode_to_vec()
    }
}

pub(super) fn to_proto(coin: &Coin) -> ProtoCoin {
    ProtoCoin {
        denom: coin.denom.clone(),
        amount: coin.amount.to_string(),
    }
}

fn from_proto(coin: ProtoCoin) -> Result<Coin> {
    let amount = coin
        .amount
        .parse()
        .map_err(|_| unreadable(format!("amount `{}`", coin.amount)))?;
    Ok(Coin {
        denom: coin.denom,
        amount,
    })
}

fn msg_to_any(sender: &str, msg: &Msg) -> Any {
    match msg {
        Msg::Execute { contract, msg, funds } => Any {
            type_url: MsgExecuteContract::type_url(),
            value: MsgExecuteContract {
                sender: sender.to_string(),
                contract: contract.clone(),
                msg: msg.clone().into_bytes(),
                funds: funds.iter().map(to_proto).collect(),
            }
            .encode_to_vec(),
        },
        Msg::Send { to, amount } => Any {
            type_url: MsgSend::type_url(),
            value: MsgSend {
                from_address: sender.to_string(),
                to_address: to.clone(),
                amount: amount.iter().map(to_proto).collect(),
            }
            .encode_to_vec(),
        },
        Msg::GrantFees { to, limit, until } => grants::grant(sender, to, limit.as_ref(), *until),
        Msg::RevokeFees { to } => grants::revoke(sender, to),
    }
}

/// What a sign document asks for. Anything the agent never writes makes [`decode`] fail instead of showing up here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Chain.
    pub chain_id: String,
    /// Account number.
    pub account_number: u64,
    /// Sequence.
    pub sequence: u64,
    /// Public key the chain will check the signature against.
    pub public_key: Vec<u8>,
    /// Timeout height; zero for none.
    pub timeout_height: u64,
    /// Gas limit.
    pub gas: u64,
    /// Fee.
    pub fee: Vec<Coin>,
    /// Who pays the fee by a grant; empty for the signer.
    pub granter: String,
    /// Senders and messages.
    pub msgs: Vec<(String, Msg)>,
}

/// Reads a sign document. Refuses other message types, other sign modes, more than one signer, other payers of
/// the fee, tips, grants, extension options and memos: the agent writes none of them.
pub fn decode(sign_bytes: &[u8]) -> Result<Decoded> {
    let doc = SignDoc::decode(sign_bytes).map_err(unreadable)?;
    // Bytes the reader skipped could mean something to a newer chain.
    if doc.encode_to_vec() != sign_bytes {
        return Err(unreadable("unknown fields in the document"));
    }
    let body = TxBody::decode(doc.body_bytes.as_slice()).map_err(unreadable)?;
    if body.encode_to_vec() != doc.body_bytes {
        return Err(unreadable("unknown fields in the body"));
    }
    if !body.memo.is_empty() || !body.extension_options.is_empty() || !body.non_critical_extension_options.is_empty() {
        return Err(not_ours("memo or extension options"));
    }
    let auth = AuthInfo::decode(doc.auth_info_bytes.as_slice()).map_err(unreadable)?;
    if auth.encode_to_vec() != doc.auth_info_bytes {
        return Err(unreadable("unknown fields in the auth info"));
    }
    #[allow(deprecated)] // tips are gone from the chain; a document with one is not ours
    let tip = auth.tip.is_some();
    let [signer] = auth.signer_infos.as_slice() else {
        return Err(not_ours("other than one signer"));
    };
    let fee = auth.fee.ok_or_else(|| not_ours("no fee"))?;
    if tip || !fee.payer.is_empty() {
        return Err(not_ours("a tip or a payer"));
    }
    let direct = mode_info::Sum::Single(mode_info::Single {
        mode: SignMode::Direct.into(),
    });
    if signer.mode_info.as_ref().and_then(|m| m.sum.as_ref()) != Some(&direct) {
        return Err(not_ours("a sign mode other than DIRECT"));
    }
    let key = signer.public_key.as_ref().filter(|k| k.type_url == PubKey::type_url());
    let key = key.ok_or_else(|| not_ours("no secp256k1 public key"))?;
    Ok(Decoded {
        chain_id: doc.chain_id,
        account_number: doc.account_number,
        sequence: signer.sequence,
        public_key: PubKey::decode(key.value.as_slice()).map_err(unreadable)?.key,
        timeout_height: body.timeout_height,
        gas: fee.gas_limit,
        granter: fee.granter,
        fee: fee.amount.into_iter().map(from_proto).collect::<Result<_>>()?,
        msgs: body.messages.into_iter().map(any_to_msg).collect::<Result<_>>()?,
    })
}

fn any_to_msg(any: Any) -> Result<(String, Msg)> {
    if any.type_url == MsgExecuteContract::type_url() {
        let m = MsgExecuteContract::decode(any.value.as_slice()).map_err(unreadable)?;
        if m.encode_to_vec() != any.value {
            return Err(unreadable("unknown fields in a contract call"));
        }
        let funds = m.funds.into_iter().map(from_proto).collect::<Result<_>>()?;
        let msg = String::from_utf8(m.msg).map_err(unreadable)?;
        return Ok((
            m.sender,
            Msg::Execute {
                contract: m.contract,
                msg,
                funds,
            },
        ));
    }
    if any.type_url == MsgSend::type_url() {
        let m = MsgSend::decode(any.value.as_slice()).map_err(unreadable)?;
        if m.encode_to_vec() != any.value {
            return Err(unreadable("unknown fields in a transfer"));
        }
        let amount = m.amount.into_iter().map(from_proto).collect::<Result<_>>()?;
        return Ok((
            m.from_address,
            Msg::Send {
                to: m.to_address,
                amount,
            },
        ));
    }
    Err(not_ours(format!("message type {}", any.type_url)))
}

fn unreadable(why: impl std::fmt::Display) -> Error {
    Error::key("signer.unreadable", why, "only documents written by joule are signed")
}

fn not_ours(what: impl std::fmt::Display) -> Error {
    Error::key(
        "signer.unknown_content",
        format!("the document has {what}"),
        "only documents written by joule are signed",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn msgs() -> Vec<Msg> {
        vec![
            Msg::Execute {
                contract: "wasm1c".into(),
                msg: r#"{"a":{}}"#.into(),
                funds: vec![Coin::new(5, "uusdc")],
            },
            Msg::Send {
                to: "wasm1t".into(),
                amount: vec![Coin::new(7, "uwatt")],
            },
        ]
    }

    fn plan(msgs: &[Msg]) -> Plan<'_> {
        Plan {
            chain_id: "joule-dev-1",
            sender: "wasm1s",
            public_key: &[2; 33],
            account_number: 4,
            sequence: 9,
            timeout_height: 77,
            gas: 200_000,
            fee: vec![Coin::new(5_000, "uwatt")],
            granter: "wasm1g",
            msgs,
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let msgs = msgs();
        let d = decode(&Unsigned::new(&plan(&msgs)).sign_bytes()).unwrap();
        assert_eq!(
            (d.chain_id.as_str(), d.account_number, d.sequence, d.timeout_height),
            ("joule-dev-1", 4, 9, 77)
        );
        assert_eq!(
            (d.gas, d.fee, d.granter.as_str(), d.public_key),
            (200_000, vec![Coin::new(5_000, "uwatt")], "wasm1g", vec![2; 33])
        );
        assert_eq!(
            d.msgs,
            msgs.into_iter().map(|m| ("wasm1s".to_string(), m)).collect::<Vec<_>>()
        );
    }

    /// Changes the document through its parts and returns the code of the refusal.
    fn refusal(change: impl FnOnce(&mut TxBody, &mut AuthInfo)) -> String {
        let msgs = msgs();
        let mut doc = Unsigned::new(&plan(&msgs)).doc;
        let mut body = TxBody::decode(doc.body_bytes.as_slice()).unwrap();
        let mut auth = AuthInfo::decode(doc.auth_info_bytes.as_slice()).unwrap();
        change(&mut body, &mut auth);
        doc.body_bytes = body.encode_to_vec();
        doc.auth_info_bytes = auth.encode_to_vec();
        decode(&doc.encode_to_vec()).unwrap_err().code().to_string()
    }

    #[test]
    fn content_the_agent_never_writes_is_refused() {
        assert_eq!(refusal(|b, _| b.memo = "hi".into()), "signer.unknown_content");
        assert_eq!(
            refusal(|b, _| b.messages[0].type_url = "/cosmos.gov.v1.MsgVote".into()),
            "signer.unknown_content"
        );
        assert_eq!(
            refusal(|b, _| b.extension_options.push(Any::default())),
            "signer.unknown_content"
        );
        assert_eq!(
            refusal(|b, _| b.non_critical_extension_options.push(Any::default())),
            "signer.unknown_content"
        );
        assert_eq!(
            refusal(|_, a| a.signer_infos.push(SignerInfo::default())),
            "signer.unknown_content"
        );
        assert_eq!(
            refusal(|_, a| a.signer_infos[0].mode_info = None),
            "signer.unknown_content"
        );
        assert_eq!(
            refusal(|_, a| a.signer_infos[0].public_key = None),
            "signer.unknown_content"
        );
        assert_eq!(
            refusal(|_, a| a.fee.as_mut().unwrap().payer = "wasm1p".into()),
            "signer.unknown_content"
        );
        assert_eq!(refusal(|_, a| a.fee = None), "signer.unknown_content");
    }

    #[test]
    fn bytes_beyond_the_known_fields_and_garbage_are_refused() {
        let msgs = msgs();
        let mut bytes = Unsigned::new(&plan(&msgs)).sign_bytes();
        bytes.extend([0xfa, 0x01, 0x01, 0x00]); // field 31, one byte
        assert_eq!(decode(&bytes).unwrap_err().code(), "signer.unreadable");
        for bad in [&b"\xff\xff"[..], b"{}", &[0x0a, 0x7f]] {
            assert!(decode(bad).is_err(), "{bad:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn decoding_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let _ = decode(&bytes);
        }
    }
}
