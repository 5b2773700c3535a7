//! What a transaction must satisfy before anything runs.

use crate::contract::Exec;
use crate::world::*;
use cosmos_sdk_proto::cosmos::staking::v1beta1::MsgDelegate;
use cosmos_sdk_proto::cosmos::tx::v1beta1::{AuthInfo, TxRaw};
use cosmos_sdk_proto::prost::Message;

fn sdk(code: u32) -> (String, u32) {
    ("sdk".into(), code)
}

fn key(refusal: (String, u32, String)) -> (String, u32) {
    (refusal.0, refusal.1)
}

fn pay(world: &World) -> Vec<cosmrs::Any> {
    vec![send_coins(&world.alice, &world.bob.address, "5", "uusdc")]
}

#[tokio::test]
async fn an_ordinary_transfer_passes_and_says_so_in_its_events() {
    let world = World::start(slow());
    let tx = world.send(&world.alice, pay(&world)).await;
    assert!(tx.tx_result.code.is_ok(), "{}", tx.tx_result.log);
    assert_eq!(world.balance(&world.bob.address, "uusdc").await, MONEY + 5);
    let ante = ["coin_spent", "coin_received", "transfer", "message", "tx", "tx", "tx"];
    let message = ["message", "coin_spent", "coin_received", "transfer", "message"];
    assert_eq!(event_types(&tx), [&ante[..], &message[..]].concat());
    assert_eq!(attribute(&tx, "tx", "fee"), ["1000uwatt"]);
    assert_eq!(attribute(&tx, "tx", "fee_payer"), [world.alice.address.as_str()]);
    assert_eq!(attribute(&tx, "tx", "acc_seq"), [format!("{}/0", world.alice.address)]);
    assert_eq!(attribute(&tx, "tx", "signature").len(), 1);
    assert_eq!(attribute(&tx, "message", "action"), ["/cosmos.bank.v1beta1.MsgSend"]);
    assert_eq!(attribute(&tx, "message", "module"), ["bank"]);
    assert_eq!(attribute(&tx, "transfer", "amount"), ["1000uwatt", "5uusdc"]);
    assert_eq!(attribute(&tx, "transfer", "msg_index"), ["0"]);
    let account = world.account(&world.alice.address).await.unwrap();
    assert_eq!(account.sequence, 1);
    assert!(account.pub_key.is_some());
}

#[tokio::test]
async fn a_wrong_sequence_is_32_and_pending_transactions_count() {
    let world = World::start(slow());
    let at = |sequence| How {
        sequence: Some(sequence),
        ..How::default()
    };
    let ahead = world.refused(&world.alice, pay(&world), &at(1)).await;
    assert!(ahead.2.contains("expected 0, got 1"), "{}", ahead.2);
    assert_eq!(key(ahead), sdk(32));
    for sequence in 0..3 {
        let bytes = world.sign(&world.alice, pay(&world), &at(sequence)).await;
        assert!(world.broadcast(bytes).await.code.is_ok());
    }
    let again = world
        .refused(
            &world.alice,
            vec![send_coins(&world.alice, &world.bob.address, "6", "uusdc")],
            &at(2),
        )
        .await;
    assert_eq!(key(again), sdk(32));
    world.block();
    assert_eq!(world.balance(&world.bob.address, "uusdc").await, MONEY + 15);
    assert_eq!(world.account(&world.alice.address).await.unwrap().sequence, 3);
}

#[tokio::test]
async fn fees_are_checked_taken_and_collected() {
    let world = World::start(slow());
    let fee = |fee| How {
        fee: Some(fee),
        ..How::default()
    };
    let low = world.refused(&world.alice, pay(&world), &fee(999)).await;
    assert!(low.2.contains("required: 1000uwatt"), "{}", low.2);
    assert_eq!(key(low), sdk(13));
    let poor = world.refused(&world.alice, pay(&world), &fee(MONEY + 1)).await;
    assert_eq!(key(poor), sdk(5));
    let before = world.balance(&world.alice.address, "uwatt").await;
    let tx = world.send_as(&world.alice, pay(&world), &fee(2_500)).await;
    assert!(tx.tx_result.code.is_ok());
    assert_eq!(world.balance(&world.alice.address, "uwatt").await, before - 2_500);
    let collector = attribute(&tx, "coin_received", "receiver").remove(0);
    assert_eq!(world.balance(&collector, "uwatt").await, 2_500);
    let gift = vec![send_coins(&world.alice, &collector, "1", "uwatt")];
    let tx = world.send(&world.alice, gift).await;
    assert_eq!((tx.tx_result.codespace.as_str(), tx.tx_result.code.value()), ("sdk", 4));
}

#[tokio::test]
async fn a_failed_message_still_pays_and_takes_its_sequence() {
    let world = World::start(slow());
    let too_much = vec![send_coins(&world.alice, &world.bob.address, "2000000000", "uusdc")];
    let tx = world.send(&world.alice, too_much).await;
    assert_eq!((tx.tx_result.codespace.as_str(), tx.tx_result.code.value()), ("sdk", 5));
    assert!(tx
        .tx_result
        .log
        .starts_with("failed to execute message; message index: 0: spendable balance"));
    assert!(tx.tx_result.data.is_empty());
    assert_eq!(
        event_types(&tx),
        ["coin_spent", "coin_received", "transfer", "message", "tx", "tx", "tx"]
    );
    assert_eq!(world.account(&world.alice.address).await.unwrap().sequence, 1);
    assert_eq!(world.balance(&world.alice.address, "uwatt").await, MONEY - 1_000);
}

#[tokio::test]
async fn timeouts_memos_and_sizes() {
    let world = World::start(slow());
    for _ in 0..5 {
        world.block();
    }
    let late = How {
        timeout: 3,
        ..How::default()
    };
    assert_eq!(key(world.refused(&world.alice, pay(&world), &late).await), sdk(30));
    let now = How {
        timeout: 7,
        ..How::default()
    };
    let tx = world.send_as(&world.alice, pay(&world), &now).await;
    assert!(
        tx.tx_result.code.is_ok(),
        "timeout height is the last that counts: {}",
        tx.tx_result.log
    );
    let chatty = How {
        memo: "x".repeat(257),
        ..How::default()
    };
    assert_eq!(key(world.refused(&world.alice, pay(&world), &chatty).await), sdk(12));
    let huge = world.broadcast(vec![0; 1_048_577]).await;
    assert_eq!((huge.codespace.as_str(), huge.code.value()), ("sdk", 21));
}

#[tokio::test]
async fn signatures_are_real() {
    let world = World::start(slow());
    let good = world.sign(&world.alice, pay(&world), &How::default()).await;
    let raw = TxRaw::decode(good.as_slice()).unwrap();
    let mut cases = Vec::new();

    let mut tampered = raw.clone();
    tampered.signatures[0][10] ^= 1;
    cases.push(("tampered signature", tampered, 4));

    // The other valid encoding of the same signature: s -> n - s.
    let mut high = raw.clone();
    let signature = k256::ecdsa::Signature::from_slice(&raw.signatures[0]).unwrap();
    let (r, s) = signature.split_scalars();
    let flipped = k256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s.as_ref()).to_bytes()).unwrap();
    high.signatures[0] = flipped.to_bytes().to_vec();
    cases.push(("high s", high, 4));

    let mut short = raw.clone();
    short.signatures[0].pop();
    cases.push(("short signature", short, 4));

    let mut none = raw.clone();
    none.signatures.clear();
    cases.push(("no signature", none, 15));

    let mut two = raw.clone();
    two.signatures.push(raw.signatures[0].clone());
    cases.push(("two signatures", two, 4));

    // Someone else's body under this signature.
    let other = world
        .sign(
            &world.alice,
            vec![send_coins(&world.alice, &world.bob.address, "6", "uusdc")],
            &How::default(),
        )
        .await;
    let mut swapped = raw.clone();
    swapped.body_bytes = TxRaw::decode(other.as_slice()).unwrap().body_bytes;
    cases.push(("swapped body", swapped, 4));

    // Bob signs a transfer out of alice's account.
    let stolen = world.sign(&world.bob, pay(&world), &How::default()).await;
    cases.push(("someone else's key", TxRaw::decode(stolen.as_slice()).unwrap(), 8));

    let mut amino = raw.clone();
    let mut auth = AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap();
    let mode = auth.signer_infos[0].mode_info.as_mut().unwrap();
    if let Some(cosmos_sdk_proto::cosmos::tx::v1beta1::mode_info::Sum::Single(single)) = &mut mode.sum {
        single.mode = 127;
    }
    amino.auth_info_bytes = auth.encode_to_vec();
    cases.push(("amino mode", amino, 4));

    for (what, raw, code) in cases {
        let answer = world.broadcast(raw.encode_to_vec()).await;
        assert_eq!(
            (answer.codespace.as_str(), answer.code.value()),
            ("sdk", code),
            "{what}: {}",
            answer.log
        );
    }
    let elsewhere = How {
        chain_id: "another-chain".into(),
        ..How::default()
    };
    assert_eq!(key(world.refused(&world.alice, pay(&world), &elsewhere).await), sdk(4));
    assert!(world.broadcast(good).await.code.is_ok());
}

#[tokio::test]
async fn duplicates_are_19_while_pending_and_after_success() {
    let world = World::start(slow());
    let bytes = world.sign(&world.alice, pay(&world), &How::default()).await;
    assert!(world.broadcast(bytes.clone()).await.code.is_ok());
    let again = world.broadcast(bytes.clone()).await;
    assert_eq!((again.codespace.as_str(), again.code.value()), ("sdk", 19));
    world.block();
    let replayed = world.broadcast(bytes).await;
    assert_eq!((replayed.codespace.as_str(), replayed.code.value()), ("sdk", 19));
    assert_eq!(world.balance(&world.bob.address, "uusdc").await, MONEY + 5);
}

#[tokio::test]
async fn strangers_unknown_messages_and_junk_bytes() {
    let world = World::start(slow());
    let gift = vec![send_coins(&world.nobody, &world.bob.address, "1", "uwatt")];
    assert_eq!(key(world.refused(&world.nobody, gift, &How::default()).await), sdk(9));
    let delegate = any(&MsgDelegate {
        delegator_address: world.alice.address.clone(),
        ..MsgDelegate::default()
    });
    let refusal = world.refused(&world.alice, vec![delegate], &How::default()).await;
    assert!(refusal.2.contains("unable to resolve type URL"), "{}", refusal.2);
    assert_eq!(key(refusal), sdk(2));
    assert_eq!(key(world.refused(&world.alice, vec![], &How::default()).await), sdk(18));
    for junk in [vec![], vec![0xff; 40], b"hello".to_vec()] {
        let answer = world.broadcast(junk).await;
        assert_eq!(
            (answer.codespace.as_str(), answer.code.value()),
            ("sdk", 2),
            "{}",
            answer.log
        );
    }
}

#[tokio::test]
async fn two_signers_both_sign_and_the_first_pays() {
    let world = World::start(slow());
    let both = vec![
        send_coins(&world.alice, &world.bob.address, "1", "uusdc"),
        send_coins(&world.bob, &world.alice.address, "2", "uusdc"),
    ];
    // Only alice signs.
    assert_eq!(
        key(world.refused(&world.alice, both.clone(), &How::default()).await),
        sdk(4)
    );
    let tx = world.send_two(both).await;
    assert!(tx.tx_result.code.is_ok(), "{}", tx.tx_result.log);
    assert_eq!(world.balance(&world.alice.address, "uusdc").await, MONEY + 1);
    assert_eq!(world.balance(&world.bob.address, "uwatt").await, MONEY);
    assert_eq!(world.account(&world.bob.address).await.unwrap().sequence, 1);
}

#[tokio::test]
async fn gas_limits_beyond_a_block_are_refused() {
    let world = World::start(slow());
    let greedy = How {
        gas: 100_000_001,
        ..How::default()
    };
    let contract = world.counter(0).await;
    let msg = vec![execute(&world.alice, &contract, &Exec::Add { by: 1 })];
    assert_eq!(key(world.refused(&world.alice, msg, &greedy).await), sdk(41));
}
