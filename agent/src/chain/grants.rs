//! Fee grants (the SDK's `x/feegrant`): an owner pays the fees of an operator whose key holds no coins.
use cosmrs::proto::cosmos::feegrant::v1beta1::{
    AllowedMsgAllowance, BasicAllowance, MsgGrantAllowance, MsgRevokeAllowance, QueryAllowanceRequest,
    QueryAllowanceResponse,
};
use cosmrs::proto::cosmwasm::wasm::v1::MsgExecuteContract;
use cosmrs::proto::prost::{Message, Name};
use cosmrs::proto::Timestamp;
use cosmrs::Any;

use super::messages::any;
use super::rpc::RpcError;
use super::types::Coin;
use super::wire::to_proto;
use super::Client;

/// A grant as the chain has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeGrant {
    /// What may still be charged, `None` for no limit.
    pub left: Option<Vec<Coin>>,
    /// Until when, seconds since 1970; `None` for no end.
    pub until: Option<u64>,
}

/// For calls of contracts only: a stolen operator's key cannot burn the owner's coins on anything else.
pub(super) fn grant(granter: &str, grantee: &str, limit: Option<&Coin>, until: Option<u64>) -> Any {
    let basic = BasicAllowance {
        spend_limit: limit.into_iter().map(to_proto).collect(),
        expiration: until.map(|seconds| Timestamp {
            seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
            nanos: 0,
        }),
    };
    let allowance = AllowedMsgAllowance {
        allowance: Some(any(&basic)),
        allowed_messages: vec![MsgExecuteContract::type_url()],
    };
    any(&MsgGrantAllowance {
        granter: granter.to_string(),
        grantee: grantee.to_string(),
        allowance: Some(any(&allowance)),
    })
}

pub(super) fn revoke(granter: &str, grantee: &str) -> Any {
    any(&MsgRevokeAllowance {
        granter: granter.to_string(),
        grantee: grantee.to_string(),
    })
}

/// What the SDK says of a pair of addresses without a grant.
const NO_GRANT: &str = "fee-grant not found";

impl Client {
    /// The grant that lets `grantee` charge its fees to `granter`; `None` without one.
    ///
    /// # Errors
    /// [`RpcError::Unreadable`] for kinds of grants that joule does not make (periodic ones).
    pub async fn fee_grant(&self, granter: &str, grantee: &str) -> Result<Option<FeeGrant>, RpcError> {
        let request = QueryAllowanceRequest {
            granter: granter.to_string(),
            grantee: grantee.to_string(),
        };
        let answer: Result<QueryAllowanceResponse, _> =
            self.ask("/cosmos.feegrant.v1beta1.Query/Allowance", &request).await;
        let grant = match answer {
            Ok(answer) => answer.allowance.and_then(|grant| grant.allowance),
            Err(RpcError::Application { log, .. }) if log.contains(NO_GRANT) => None,
            Err(error) => return Err(error),
        };
        let read = |any: Any| {
            basic(any).ok_or_else(|| RpcError::Unreadable {
                url: self.chain_id().to_string(),
                why: format!("the fee grant of {granter} for {grantee} is of a kind that joule does not make"),
            })
        };
        grant.map(read).transpose()
    }
}

/// Reads a plain allowance, or one for named messages.
fn basic(any: Any) -> Option<FeeGrant> {
    let any = match AllowedMsgAllowance::decode(any.value.as_slice()) {
        Ok(allowed) if any.type_url == AllowedMsgAllowance::type_url() => allowed.allowance?,
        _ => any,
    };
    if any.type_url != BasicAllowance::type_url() {
        return None;
    }
    let basic = BasicAllowance::decode(any.value.as_slice()).ok()?;
    let coins = basic.spend_limit.into_iter();
    let left: Option<Vec<Coin>> = coins
        .map(|c| Some(Coin::new(c.amount.parse().ok()?, c.denom)))
        .collect();
    Some(FeeGrant {
        left: Some(left?).filter(|coins| !coins.is_empty()),
        until: basic.expiration.and_then(|t| u64::try_from(t.seconds).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_reads_back_and_other_kinds_do_not() {
        for (limit, until) in [(Some(Coin::new(7, "uwatt")), Some(9)), (None, None)] {
            let message = grant("wasm1o", "wasm1a", limit.as_ref(), until);
            let message = MsgGrantAllowance::decode(message.value.as_slice()).unwrap();
            let read = basic(message.allowance.unwrap()).unwrap();
            let left = limit.map(|coin| vec![coin]);
            assert_eq!(read, FeeGrant { left, until });
        }
        let periodic = Any {
            type_url: "/cosmos.feegrant.v1beta1.PeriodicAllowance".into(),
            value: vec![],
        };
        assert_eq!(basic(periodic), None);
    }
}
