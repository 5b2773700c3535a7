//! Fee grants: an account without coins whose fees somebody else pays.

use crate::contract::Exec;
use crate::world::*;
use cosmos_sdk_proto::cosmos::feegrant::v1beta1::{
    AllowedMsgAllowance, BasicAllowance, MsgGrantAllowance, MsgRevokeAllowance, PeriodicAllowance,
    QueryAllowanceRequest, QueryAllowanceResponse,
};
use cosmos_sdk_proto::cosmwasm::wasm::v1::MsgExecuteContract;
use cosmos_sdk_proto::prost::{Message, Name};
use cosmos_sdk_proto::Any;
use cosmos_sdk_proto::Timestamp;

fn basic(limit: Option<&str>, seconds: Option<i64>) -> Any {
    any(&BasicAllowance {
        spend_limit: limit.into_iter().map(|amount| proto(amount, "uwatt")).collect(),
        expiration: seconds.map(|seconds| Timestamp { seconds, nanos: 0 }),
    })
}

fn for_calls(allowance: Any) -> Any {
    any(&AllowedMsgAllowance {
        allowance: Some(allowance),
        allowed_messages: vec![MsgExecuteContract::type_url()],
    })
}

fn grant(from: &Actor, to: &Actor, allowance: Any) -> Any {
    any(&MsgGrantAllowance {
        granter: from.address.clone(),
        grantee: to.address.clone(),
        allowance: Some(allowance),
    })
}

fn revoke(from: &Actor, to: &Actor) -> Any {
    any(&MsgRevokeAllowance {
        granter: from.address.clone(),
        grantee: to.address.clone(),
    })
}

fn paid_by(granter: &Actor) -> How {
    How {
        granter: Some(granter.address.clone()),
        ..How::default()
    }
}

async fn allowance(world: &World) -> Option<Any> {
    let request = QueryAllowanceRequest {
        granter: world.alice.address.clone(),
        grantee: world.nobody.address.clone(),
    };
    let answer = world.abci("/cosmos.feegrant.v1beta1.Query/Allowance", &request).await;
    if answer.code.is_err() {
        assert_eq!((answer.codespace.as_str(), answer.code.value()), ("sdk", 6));
        assert!(answer.log.contains("fee-grant not found"), "{}", answer.log);
        return None;
    }
    let answer = QueryAllowanceResponse::decode(answer.value.as_slice()).unwrap();
    answer.allowance.unwrap().allowance
}

#[tokio::test]
async fn a_key_without_coins_calls_contracts_at_the_cost_of_another() {
    let world = World::start(slow());
    let counter = world.counter(0).await;
    let call = || vec![execute(&world.nobody, &counter, &Exec::Add { by: 1 })];
    assert_eq!(allowance(&world).await, None);
    let made = world
        .send(
            &world.alice,
            vec![grant(&world.alice, &world.nobody, for_calls(basic(Some("2500"), None)))],
        )
        .await;
    assert!(made.tx_result.code.is_ok(), "{}", made.tx_result.log);
    assert_eq!(
        attribute(&made, "set_feegrant", "grantee"),
        [world.nobody.address.as_str()]
    );

    let before = world.balance(&world.alice.address, "uwatt").await;
    let tx = world.send_as(&world.nobody, call(), &paid_by(&world.alice)).await;
    assert!(tx.tx_result.code.is_ok(), "{}", tx.tx_result.log);
    assert_eq!(world.count(&counter).await, 1);
    assert_eq!(world.balance(&world.alice.address, "uwatt").await, before - 1_000);
    assert_eq!(attribute(&tx, "tx", "fee_payer"), [world.alice.address.as_str()]);
    assert_eq!(
        attribute(&tx, "use_feegrant", "granter"),
        [world.alice.address.as_str()]
    );
    assert_eq!(allowance(&world).await, Some(for_calls(basic(Some("1500"), None))));

    // Other messages, and more than is left.
    let send = vec![send_coins(&world.nobody, &world.bob.address, "1", "uusdc")];
    let refused = world.refused(&world.nobody, send, &paid_by(&world.alice)).await;
    assert_eq!((refused.0.as_str(), refused.1), ("feegrant", 7), "{}", refused.2);
    assert!(refused.2.contains("does not allow to pay fees for"), "{}", refused.2);
    let dear = How {
        fee: Some(1_501),
        ..paid_by(&world.alice)
    };
    let refused = world.refused(&world.nobody, call(), &dear).await;
    assert_eq!((refused.0.as_str(), refused.1), ("feegrant", 2), "{}", refused.2);

    // The last coin ends the grant.
    let last = How {
        fee: Some(1_500),
        ..paid_by(&world.alice)
    };
    assert!(world.send_as(&world.nobody, call(), &last).await.tx_result.code.is_ok());
    assert_eq!(allowance(&world).await, None);
    let refused = world.refused(&world.nobody, call(), &paid_by(&world.alice)).await;
    assert_eq!((refused.0.as_str(), refused.1), ("sdk", 38), "{}", refused.2);
    assert_eq!(world.count(&counter).await, 2);
}

#[tokio::test]
async fn grants_end_by_time_and_by_word() {
    let world = World::start(slow());
    let pay = || vec![send_coins(&world.bob, &world.alice.address, "1", "uusdc")];
    let give = |allowance| vec![grant(&world.alice, &world.bob, allowance)];
    assert!(world
        .send(&world.alice, give(basic(None, None)))
        .await
        .tx_result
        .code
        .is_ok());
    let twice = world.send(&world.alice, give(basic(None, None))).await;
    assert_eq!(
        (twice.tx_result.codespace.as_str(), twice.tx_result.code.value()),
        ("sdk", 18)
    );
    // Without a limit.
    assert!(world
        .send_as(&world.bob, pay(), &paid_by(&world.alice))
        .await
        .tx_result
        .code
        .is_ok());
    assert_eq!(world.balance(&world.bob.address, "uwatt").await, MONEY);
    assert!(world
        .send(&world.alice, vec![revoke(&world.alice, &world.bob)])
        .await
        .tx_result
        .code
        .is_ok());
    let refused = world.refused(&world.bob, pay(), &paid_by(&world.alice)).await;
    assert_eq!((refused.0.as_str(), refused.1), ("sdk", 38));
    let again = world.send(&world.alice, vec![revoke(&world.alice, &world.bob)]).await;
    assert_eq!(again.tx_result.code.value(), 38);

    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs() as i64;
    assert!(world
        .send(&world.alice, give(basic(None, Some(now + 1_000))))
        .await
        .tx_result
        .code
        .is_ok());
    world.chain.advance(std::time::Duration::from_secs(2_000)).unwrap();
    let refused = world.refused(&world.bob, pay(), &paid_by(&world.alice)).await;
    assert_eq!((refused.0.as_str(), refused.1), ("feegrant", 3), "{}", refused.2);
    let late = world.send(&world.alice, give(basic(None, Some(now)))).await;
    assert_eq!(late.tx_result.code.value(), 18, "it would be over already");
}

#[tokio::test]
async fn allowances_that_make_no_sense_are_refused() {
    let world = World::start(slow());
    let empty = any(&AllowedMsgAllowance {
        allowance: Some(basic(None, None)),
        allowed_messages: vec![],
    });
    let periodic = any(&PeriodicAllowance::default());
    for (allowance, code) in [(empty, ("feegrant", 6)), (periodic, ("sdk", 18))] {
        let msgs = vec![grant(&world.alice, &world.bob, allowance)];
        let refused = world.refused(&world.alice, msgs, &How::default()).await;
        assert_eq!((refused.0.as_str(), refused.1), code, "{}", refused.2);
    }
    let own = vec![grant(&world.alice, &world.alice, basic(None, None))];
    assert_eq!(world.refused(&world.alice, own, &How::default()).await.1, 7);
}
