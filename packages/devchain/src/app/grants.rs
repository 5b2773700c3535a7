//! The fee grant module: who pays the fees of whom. Plain allowances and those for named messages; periodic ones are refused.

use super::{accounts, coins};
use crate::error::{feegrant, sdk, TxError, FEEGRANT};
use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use cosmos_sdk_proto::cosmos::feegrant::v1beta1::{AllowedMsgAllowance, BasicAllowance};
use cosmos_sdk_proto::prost::{Message, Name};
use cosmos_sdk_proto::{Any, Timestamp};
use cosmwasm_std::{Addr, BlockInfo, Coin, Event, Storage};
use serde::{Deserialize, Serialize};

const GRANT: &[u8] = b"devchain/feegrant/";

/// What a granter pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Allowance {
    /// Most that is left; `None` without limit.
    left: Option<Vec<Coin>>,
    /// Seconds and nanoseconds since 1970 after which nothing is paid.
    until: Option<(i64, i32)>,
    /// Types of messages it is for; `None` for all.
    messages: Option<Vec<String>>,
}

fn refused(code: u32, log: &str) -> TxError {
    TxError::new(FEEGRANT, code, log)
}

fn invalid(log: impl std::fmt::Display) -> TxError {
    TxError::sdk(sdk::INVALID_REQUEST, format!("{log}: invalid request"))
}

fn decode<T: Message + Name + Default>(any: &Any) -> Result<T, TxError> {
    T::decode(any.value.as_slice()).map_err(|error| invalid(format!("{}: {error}", any.type_url)))
}

impl Allowance {
    /// From a message, checked as the module's `ValidateBasic` does.
    pub(crate) fn read(any: Option<Any>) -> Result<Self, TxError> {
        let any = any.ok_or_else(|| invalid("a grant needs an allowance"))?;
        if any.type_url == AllowedMsgAllowance::type_url() {
            let allowed: AllowedMsgAllowance = decode(&any)?;
            if allowed.allowed_messages.is_empty() {
                return Err(refused(
                    feegrant::NO_MESSAGES,
                    "allowed messages shouldn't be empty: allowed messages are empty",
                ));
            }
            let inner = allowed
                .allowance
                .filter(|inner| inner.type_url == BasicAllowance::type_url());
            return Ok(Self {
                messages: Some(allowed.allowed_messages),
                ..Self::read(inner)?
            });
        }
        if any.type_url != BasicAllowance::type_url() {
            return Err(invalid(format!(
                "this chain has no allowances of type {}",
                any.type_url
            )));
        }
        let basic: BasicAllowance = decode(&any)?;
        let left = coins::parse(&basic.spend_limit)?;
        let until = basic.expiration.map(|at| (at.seconds, at.nanos));
        if until.is_some_and(|(seconds, _)| seconds < 0) {
            return Err(invalid("expiration time cannot be negative"));
        }
        Ok(Self {
            left: (!left.is_empty()).then_some(left),
            until,
            messages: None,
        })
    }

    /// As the module's query answers it.
    pub(crate) fn write(&self) -> Any {
        let coin = |coin: &Coin| ProtoCoin {
            denom: coin.denom.clone(),
            amount: coin.amount.to_string(),
        };
        let basic = pack(&BasicAllowance {
            spend_limit: self.left.iter().flatten().map(coin).collect(),
            expiration: self.until.map(|(seconds, nanos)| Timestamp { seconds, nanos }),
        });
        match &self.messages {
            None => basic,
            Some(messages) => pack(&AllowedMsgAllowance {
                allowance: Some(basic),
                allowed_messages: messages.clone(),
            }),
        }
    }

    fn is_over(&self, block: &BlockInfo) -> bool {
        let now = i128::from(block.time.nanos());
        self.until
            .is_some_and(|(seconds, nanos)| i128::from(seconds) * 1_000_000_000 + i128::from(nanos) < now)
    }

    /// The allowance after `fee`; `None` when it is used up to the last coin.
    fn after(mut self, block: &BlockInfo, fee: &[Coin]) -> Result<Option<Self>, TxError> {
        if self.is_over(block) {
            return Err(refused(feegrant::EXPIRED, "basic allowance: fee allowance expired"));
        }
        let Some(left) = &mut self.left else {
            return Ok(Some(self));
        };
        for coin in fee {
            let rest = left
                .iter_mut()
                .find(|own| own.denom == coin.denom)
                .and_then(|own| Some((own.amount.checked_sub(coin.amount).ok()?, own)));
            let Some((rest, own)) = rest else {
                return Err(refused(feegrant::LIMIT_EXCEEDED, "basic allowance: fee limit exceeded"));
            };
            own.amount = rest;
        }
        left.retain(|coin| !coin.amount.is_zero());
        Ok((!left.is_empty()).then_some(self))
    }
}

fn pack<T: Message + Name>(message: &T) -> Any {
    Any {
        type_url: T::type_url(),
        value: message.encode_to_vec(),
    }
}

fn key(granter: &str, grantee: &str) -> Vec<u8> {
    [GRANT, granter.as_bytes(), b"/", grantee.as_bytes()].concat()
}

fn event(kind: &str, granter: &str, grantee: &str) -> Event {
    Event::new(kind)
        .add_attribute("granter", granter)
        .add_attribute("grantee", grantee)
}

pub(crate) fn load(storage: &dyn Storage, granter: &str, grantee: &str) -> Result<Allowance, TxError> {
    let bytes = storage.get(&key(granter, grantee));
    bytes
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| TxError::sdk(sdk::NOT_FOUND, "fee-grant not found: not found"))
}

fn save(storage: &mut dyn Storage, granter: &str, grantee: &str, allowance: &Allowance) {
    let bytes = serde_json::to_vec(allowance).unwrap_or_default();
    storage.set(&key(granter, grantee), &bytes);
}

/// `MsgGrantAllowance`. The grantee gets an account, so that it can sign at once.
pub(crate) fn grant(
    storage: &mut dyn Storage,
    block: &BlockInfo,
    granter: &Addr,
    grantee: &Addr,
    allowance: &Allowance,
) -> Result<Event, TxError> {
    let (granter, grantee) = (granter.as_str(), grantee.as_str());
    if load(storage, granter, grantee).is_ok_and(|grant| !grant.is_over(block)) {
        return Err(invalid("fee allowance already exists"));
    }
    if allowance.is_over(block) {
        return Err(invalid("expiration is before current block time"));
    }
    accounts::ensure(storage, grantee);
    save(storage, granter, grantee, allowance);
    Ok(event("set_feegrant", granter, grantee))
}

/// `MsgRevokeAllowance`.
pub(crate) fn revoke(storage: &mut dyn Storage, granter: &Addr, grantee: &Addr) -> Result<Event, TxError> {
    load(storage, granter.as_str(), grantee.as_str())?;
    storage.remove(&key(granter.as_str(), grantee.as_str()));
    Ok(event("revoke_feegrant", granter.as_str(), grantee.as_str()))
}

/// Takes `fee` off what `granter` pays for `grantee`, for messages of types `urls`.
pub(crate) fn use_up<'a>(
    storage: &mut dyn Storage,
    block: &BlockInfo,
    granter: &str,
    grantee: &str,
    fee: &[Coin],
    mut urls: impl Iterator<Item = &'a str>,
) -> Result<Vec<Event>, TxError> {
    let allowance = load(storage, granter, grantee)?;
    if let Some(allowed) = &allowance.messages {
        if !urls.all(|url| allowed.iter().any(|known| known == url)) {
            let log = "message does not exist in allowed messages: message not allowed";
            return Err(refused(feegrant::MESSAGE_NOT_ALLOWED, log));
        }
    }
    let used = event("use_feegrant", granter, grantee);
    match allowance.after(block, fee)? {
        Some(rest) => {
            save(storage, granter, grantee, &rest);
            Ok(vec![used, event("update_feegrant", granter, grantee)])
        }
        None => {
            storage.remove(&key(granter, grantee));
            Ok(vec![event("revoke_feegrant", granter, grantee), used])
        }
    }
}
