//! Contracts: birth, calls, failures, admins, atomic transactions.

use crate::contract::{Exec, Init, Query};
use crate::world::*;
use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use cosmos_sdk_proto::cosmos::base::abci::v1beta1::TxMsgData;
use cosmos_sdk_proto::cosmwasm::wasm::v1::{
    MsgClearAdmin, MsgExecuteContractResponse, MsgInstantiateContract2, MsgInstantiateContract2Response,
    MsgMigrateContract, MsgStoreCode, MsgStoreCodeResponse, MsgUpdateAdmin, QueryBuildAddressRequest,
    QueryBuildAddressResponse,
};
use cosmos_sdk_proto::prost::{Message, Name};
use joule_devchain::code_checksum;
use tendermint_rpc::endpoint::tx::Response as TxResponse;

fn code(tx: &TxResponse) -> (String, u32) {
    (tx.tx_result.codespace.clone(), tx.tx_result.code.value())
}

fn responses(tx: &TxResponse) -> Vec<cosmrs::Any> {
    // tendermint-rpc hands the JSON's base64 over as it stands.
    let data = STANDARD.decode(&tx.tx_result.data).unwrap();
    TxMsgData::decode(data.as_slice()).unwrap().msg_responses
}

#[tokio::test]
async fn a_call_answers_with_events_and_data() {
    let world = World::start(slow());
    let contract = world.counter(5).await;
    let add = execute(&world.alice, &contract, &Exec::Add { by: 2 });
    let tx = world.send(&world.alice, vec![add.clone(), add]).await;
    assert_eq!(code(&tx), (String::new(), 0));
    assert_eq!(tx.tx_result.log, "");
    assert_eq!(world.count(&contract).await, 9);
    assert_eq!(attribute(&tx, "wasm", "action"), ["add", "add"]);
    assert_eq!(attribute(&tx, "wasm", "msg_index"), ["0", "1"]);
    assert_eq!(attribute(&tx, "wasm-counted", "count"), ["7", "9"]);
    assert_eq!(
        attribute(&tx, "execute", "_contract_address"),
        [contract.as_str(), contract.as_str()]
    );
    assert_eq!(attribute(&tx, "message", "module"), ["wasm", "wasm"]);
    let last = responses(&tx).pop().unwrap();
    assert_eq!(last.type_url, MsgExecuteContractResponse::type_url());
    assert_eq!(
        MsgExecuteContractResponse::decode(last.value.as_slice()).unwrap().data,
        b"9"
    );
}

#[tokio::test]
async fn a_contracts_error_is_wasm_5_with_its_text_and_leaves_nothing() {
    let world = World::start(slow());
    let contract = world.counter(1).await;
    let fail = Exec::Fail {
        text: "mkt.job_not_open: job 7 is Completed".into(),
    };
    let tx = world
        .send(&world.alice, vec![execute(&world.alice, &contract, &fail)])
        .await;
    assert_eq!(code(&tx), ("wasm".into(), 5));
    assert_eq!(
        tx.tx_result.log,
        "failed to execute message; message index: 0: Generic error: mkt.job_not_open: job 7 is Completed: execute \
         wasm contract failed"
    );
    assert_eq!(event_types(&tx).len(), 7, "only the ante's events");
    assert_eq!(world.count(&contract).await, 1);
}

#[tokio::test]
async fn the_second_messages_failure_undoes_the_first() {
    let world = World::start(slow());
    let contract = world.counter(1).await;
    let before = world.balance(&world.bob.address, "uusdc").await;
    let msgs = vec![
        execute(&world.alice, &contract, &Exec::Add { by: 2 }),
        send_coins(&world.alice, &world.bob.address, "9", "uusdc"),
        execute(&world.alice, &contract, &Exec::Fail { text: "no".into() }),
    ];
    let tx = world.send(&world.alice, msgs).await;
    assert!(tx.tx_result.log.contains("message index: 2"), "{}", tx.tx_result.log);
    assert_eq!(world.count(&contract).await, 1);
    assert_eq!(world.balance(&world.bob.address, "uusdc").await, before);
    assert_eq!(world.account(&world.alice.address).await.unwrap().sequence, 2);
}

#[tokio::test]
async fn a_callees_failure_reaches_the_top_or_is_caught() {
    let world = World::start(slow());
    let (outer, inner) = (world.counter(0).await, world.counter(10).await);
    let call = |msg: Exec, catch| Exec::Call {
        contract: inner.clone(),
        msg: Box::new(msg),
        catch,
    };
    let tx = world
        .send(
            &world.alice,
            vec![execute(&world.alice, &outer, &call(Exec::Add { by: 1 }, false))],
        )
        .await;
    assert_eq!(
        attribute(&tx, "execute", "_contract_address"),
        [outer.as_str(), inner.as_str()]
    );
    assert_eq!(world.count(&inner).await, 11);

    let fail = || Exec::Fail {
        text: "deep.no: 4".into(),
    };
    let tx = world
        .send(&world.alice, vec![execute(&world.alice, &outer, &call(fail(), false))])
        .await;
    assert_eq!(code(&tx), ("wasm".into(), 5));
    let text = "message index: 0: Generic error: deep.no: 4: execute wasm contract failed";
    assert!(tx.tx_result.log.ends_with(text), "{}", tx.tx_result.log);

    let tx = world
        .send(&world.alice, vec![execute(&world.alice, &outer, &call(fail(), true))])
        .await;
    assert_eq!(code(&tx), (String::new(), 0), "{}", tx.tx_result.log);
    assert_eq!(attribute(&tx, "reply", "mode"), ["handle_failure"]);
    let note = world.smart(&outer, &Query::Note {}).await.unwrap();
    assert_eq!(note, "Generic error: deep.no: 4: execute wasm contract failed");
    assert_eq!(world.count(&inner).await, 11);
}

#[tokio::test]
async fn instantiate2_gives_the_predicted_address_once() {
    let world = World::start(slow());
    let make = || {
        any(&MsgInstantiateContract2 {
            sender: world.alice.address.clone(),
            admin: String::new(),
            code_id: 2,
            label: "second".into(),
            msg: serde_json::to_vec(&Init { start: 3 }).unwrap(),
            funds: vec![proto("7", "uwatt")],
            salt: b"salt".to_vec(),
            fix_msg: false,
        })
    };
    let build = QueryBuildAddressRequest {
        code_hash: code_checksum("counter", "2.0.0").to_hex(),
        creator_address: world.alice.address.clone(),
        salt: hex::encode("salt"),
        init_args: vec![],
    };
    let predicted = world.abci("/cosmwasm.wasm.v1.Query/BuildAddress", &build).await;
    let predicted = QueryBuildAddressResponse::decode(predicted.value.as_slice())
        .unwrap()
        .address;
    let tx = world.send(&world.alice, vec![make()]).await;
    assert_eq!(code(&tx), (String::new(), 0), "{}", tx.tx_result.log);
    let response = responses(&tx).pop().unwrap();
    assert_eq!(response.type_url, MsgInstantiateContract2Response::type_url());
    let address = MsgInstantiateContract2Response::decode(response.value.as_slice())
        .unwrap()
        .address;
    assert_eq!(address, predicted);
    assert_eq!(world.count(&address).await, 3);
    assert_eq!(world.balance(&address, "uwatt").await, 7);
    assert_eq!(attribute(&tx, "transfer", "recipient")[1], address);
    let tx = world.send(&world.alice, vec![make()]).await;
    assert_eq!(code(&tx), ("wasm".into(), 15));
}

#[tokio::test]
async fn births_that_must_fail() {
    let world = World::start(slow());
    let tx = world.send(&world.alice, vec![instantiate(&world.alice, 1, 13)]).await;
    assert_eq!(code(&tx), ("wasm".into(), 4));
    assert!(tx
        .tx_result
        .log
        .ends_with("test.unlucky: start 13: instantiate wasm contract failed"));
    let tx = world.send(&world.alice, vec![instantiate(&world.alice, 99, 1)]).await;
    assert_eq!(code(&tx), ("wasm".into(), 28));
    let ghost = cosmrs::AccountId::new("wasm", &[5; 32]).unwrap().to_string();
    let tx = world
        .send(&world.alice, vec![execute(&world.alice, &ghost, &Exec::Add { by: 1 })])
        .await;
    assert_eq!(code(&tx), ("wasm".into(), 22));
}

#[tokio::test]
async fn only_the_admin_migrates_and_hands_over() {
    let world = World::start(slow());
    let contract = world.counter(1).await;
    let to = |from: &Actor, contract: &str, code_id| {
        any(&MsgMigrateContract {
            sender: from.address.clone(),
            contract: contract.into(),
            code_id,
            msg: serde_json::to_vec(&Init { start: 50 }).unwrap(),
        })
    };
    let migrate = |from: &Actor| to(from, &contract, 2);
    // In the order in which wasmd looks: contract, admin, code.
    let ghost = cosmrs::AccountId::new("wasm", &[5; 32]).unwrap().to_string();
    for (from, contract, number, words) in [
        (&world.bob, &ghost, 18, "unknown contract: invalid request"),
        (&world.bob, &contract, 4, "can not migrate: unauthorized"),
        (&world.alice, &contract, 18, "unknown code: invalid request"),
    ] {
        let tx = world.send(from, vec![to(from, contract, 99)]).await;
        assert_eq!(code(&tx), ("sdk".into(), number), "{words}");
        assert!(tx.tx_result.log.ends_with(words), "{}", tx.tx_result.log);
    }
    let tx = world.send(&world.bob, vec![migrate(&world.bob)]).await;
    assert_eq!(code(&tx), ("sdk".into(), 4));
    assert!(
        tx.tx_result.log.ends_with("can not migrate: unauthorized"),
        "{}",
        tx.tx_result.log
    );
    let hand_over = any(&MsgUpdateAdmin {
        sender: world.alice.address.clone(),
        new_admin: world.bob.address.clone(),
        contract: contract.clone(),
    });
    let tx = world.send(&world.alice, vec![hand_over]).await;
    assert_eq!(
        attribute(&tx, "update_contract_admin", "new_admin_address"),
        [world.bob.address.as_str()]
    );
    let tx = world.send(&world.bob, vec![migrate(&world.bob)]).await;
    assert_eq!(code(&tx), (String::new(), 0), "{}", tx.tx_result.log);
    assert_eq!(attribute(&tx, "migrate", "code_id"), ["2"]);
    assert_eq!(world.count(&contract).await, 50);
    let give_up = any(&MsgClearAdmin {
        sender: world.bob.address.clone(),
        contract: contract.clone(),
    });
    world.send(&world.bob, vec![give_up]).await;
    let tx = world.send(&world.bob, vec![migrate(&world.bob)]).await;
    assert_eq!(code(&tx), ("sdk".into(), 4));
}

#[tokio::test]
async fn storing_a_code_is_a_look_up() {
    let world = World::start(slow());
    let store = |bytes: &[u8]| {
        any(&MsgStoreCode {
            sender: world.alice.address.clone(),
            wasm_byte_code: bytes.to_vec(),
            instantiate_permission: None,
        })
    };
    let checksum = code_checksum("counter", "2.0.0");
    let tx = world.send(&world.alice, vec![store(checksum.as_slice())]).await;
    let response = responses(&tx).pop().unwrap();
    let response = MsgStoreCodeResponse::decode(response.value.as_slice()).unwrap();
    assert_eq!(
        (response.code_id, response.checksum.as_slice()),
        (2, checksum.as_slice())
    );
    assert_eq!(attribute(&tx, "store_code", "code_id"), ["2"]);
    let tx = world.send(&world.alice, vec![store(b"\0asm\x01\0\0\0")]).await;
    assert_eq!(code(&tx), ("devchain".into(), 2));
    assert!(tx.tx_result.log.contains("dev.upload_refused"));
}

#[tokio::test]
async fn contract_messages_must_be_json() {
    let world = World::start(slow());
    let contract = world.counter(1).await;
    let junk = any(&cosmos_sdk_proto::cosmwasm::wasm::v1::MsgExecuteContract {
        sender: world.alice.address.clone(),
        contract: contract.clone(),
        msg: b"{not json".to_vec(),
        funds: vec![],
    });
    let refusal = world.refused(&world.alice, vec![junk], &How::default()).await;
    assert_eq!(refusal, ("wasm".into(), 14, "payload msg: invalid".into()));
    let unknown = any(&cosmos_sdk_proto::cosmwasm::wasm::v1::MsgExecuteContract {
        sender: world.alice.address.clone(),
        contract,
        msg: br#"{"dance":{}}"#.to_vec(),
        funds: vec![],
    });
    let tx = world.send(&world.alice, vec![unknown]).await;
    assert_eq!(code(&tx), ("wasm".into(), 5));
    assert!(
        tx.tx_result.log.contains("unknown variant `dance`"),
        "{}",
        tx.tx_result.log
    );
}

#[tokio::test]
async fn transactions_know_their_place_in_the_block() {
    let world = World::start(slow());
    let contract = world.counter(1).await;
    let add = world
        .sign(
            &world.alice,
            vec![execute(&world.alice, &contract, &Exec::Add { by: 1 })],
            &How::default(),
        )
        .await;
    let note = world
        .sign(
            &world.bob,
            vec![execute(&world.bob, &contract, &Exec::NoteIndex {})],
            &How::default(),
        )
        .await;
    assert!(world.broadcast(add).await.code.is_ok());
    assert!(world.broadcast(note).await.code.is_ok());
    world.block();
    assert_eq!(world.smart(&contract, &Query::Note {}).await.unwrap(), "1");
}
