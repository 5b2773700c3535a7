//! Money goes to real addresses in whole coins, or nowhere.

use crate::contract::Exec;
use crate::world::*;
use cosmos_sdk_proto::cosmos::bank::v1beta1::{
    MsgSend, QueryAllBalancesRequest, QueryAllBalancesResponse, QuerySupplyOfRequest, QuerySupplyOfResponse,
};
use cosmos_sdk_proto::prost::Message;
use cosmwasm_std::Uint128;

#[tokio::test]
async fn addresses_that_are_none_are_refused_everywhere() {
    let world = World::start(slow());
    let contract = world.counter(0).await;
    let fund = execute_with(
        &world.alice,
        &contract,
        &Exec::Add { by: 1 },
        vec![proto("10", "uwatt")],
    );
    world.send(&world.alice, vec![fund]).await;
    let upper = world.bob.address.to_uppercase();
    let foreign = cosmrs::AccountId::new("cosmos", &[7; 20]).unwrap().to_string();
    let mut typo = world.bob.address.clone();
    typo.replace_range(10..11, if &typo[10..11] == "q" { "p" } else { "q" });
    let gift = vec![send_coins(&world.alice, &upper, "1", "uwatt")];
    let before = world.balance(&world.bob.address, "uwatt").await;
    assert!(world.send(&world.alice, gift).await.tx_result.code.is_ok());
    assert_eq!(world.balance(&world.bob.address, "uwatt").await, before + 1);
    for bad in ["", "bob", foreign.as_str(), typo.as_str(), " "] {
        let gift = vec![send_coins(&world.alice, bad, "1", "uwatt")];
        // The check takes it: the bank looks when the message runs.
        let tx = world.send(&world.alice, gift).await;
        assert_eq!(
            (tx.tx_result.codespace.as_str(), tx.tx_result.code.value()),
            ("sdk", 7),
            "{bad:?}: {}",
            tx.tx_result.log
        );
        // From inside a contract the chain says the same.
        let msg = Exec::Pay {
            to: bad.into(),
            amount: Uint128::new(1),
            denom: "uwatt".into(),
        };
        let tx = world
            .send(&world.alice, vec![execute(&world.alice, &contract, &msg)])
            .await;
        assert_eq!(
            (tx.tx_result.codespace.as_str(), tx.tx_result.code.value()),
            ("sdk", 7),
            "{bad:?}"
        );
    }
}

#[tokio::test]
async fn amounts_that_are_none_are_refused() {
    let world = World::start(slow());
    let cases: [Vec<_>; 7] = [
        vec![],
        vec![proto("0", "uwatt")],
        vec![proto("-1", "uwatt")],
        vec![proto("1.5", "uwatt")],
        vec![proto("1", "u!")],
        vec![proto("1", "uwatt"), proto("1", "uusdc")],
        vec![proto("1", "uwatt"), proto("1", "uwatt")],
    ];
    for amount in cases {
        let msg = any(&MsgSend {
            from_address: world.alice.address.clone(),
            to_address: world.bob.address.clone(),
            amount: amount.clone(),
        });
        let tx = world.send(&world.alice, vec![msg]).await;
        assert_eq!(
            (tx.tx_result.codespace.as_str(), tx.tx_result.code.value()),
            ("sdk", 10),
            "{amount:?}: {}",
            tx.tx_result.log
        );
    }
}

#[tokio::test]
async fn contracts_pay_and_burn_with_a_nodes_events() {
    let world = World::start(slow());
    let contract = world.counter(0).await;
    let tx = world
        .send(
            &world.alice,
            vec![execute_with(
                &world.alice,
                &contract,
                &Exec::Add { by: 1 },
                vec![proto("100", "uusdc")],
            )],
        )
        .await;
    let own: Vec<String> = event_types(&tx).split_off(7);
    let want = [
        "message",
        "coin_spent",
        "coin_received",
        "transfer",
        "execute",
        "wasm",
        "wasm-counted",
    ];
    assert_eq!(own, want);
    assert_eq!(attribute(&tx, "transfer", "recipient")[1], contract);
    assert_eq!(world.balance(&contract, "uusdc").await, 100);

    let pay = Exec::Pay {
        to: world.nobody.address.clone(),
        amount: Uint128::new(30),
        denom: "uusdc".into(),
    };
    assert!(world.account(&world.nobody.address).await.is_none());
    world
        .send(&world.alice, vec![execute(&world.alice, &contract, &pay)])
        .await;
    assert_eq!(world.balance(&world.nobody.address, "uusdc").await, 30);
    assert!(
        world.account(&world.nobody.address).await.is_some(),
        "a receiver has an account"
    );

    // Of what a contract sends on, a node sorts the attributes by key, and leaves out the events about messages.
    let second = world.counter(0).await;
    let call = Exec::Call {
        contract: contract.clone(),
        msg: Box::new(pay),
        catch: false,
    };
    let tx = world
        .send(&world.alice, vec![execute(&world.alice, &second, &call)])
        .await;
    let transfer = tx
        .tx_result
        .events
        .iter()
        .rev()
        .find(|event| event.kind == "transfer")
        .unwrap();
    let keys: Vec<&str> = transfer.attributes.iter().map(|a| a.key_str().unwrap()).collect();
    assert_eq!(keys, ["amount", "recipient", "sender", "msg_index"]);
    let own = event_types(&tx).split_off(7);
    assert_eq!(own.iter().filter(|kind| *kind == "message").count(), 1, "{own:?}");
    let fund = execute_with(
        &world.alice,
        &contract,
        &Exec::Add { by: 1 },
        vec![proto("30", "uusdc")],
    );
    world.send(&world.alice, vec![fund]).await;

    let burn = Exec::Burn {
        amount: Uint128::new(50),
        denom: "uusdc".into(),
    };
    let tx = world
        .send(&world.alice, vec![execute(&world.alice, &contract, &burn)])
        .await;
    assert_eq!(attribute(&tx, "burn", "amount"), ["50uusdc"]);
    let supply = world
        .abci(
            "/cosmos.bank.v1beta1.Query/SupplyOf",
            &QuerySupplyOfRequest { denom: "uusdc".into() },
        )
        .await;
    let supply = QuerySupplyOfResponse::decode(supply.value.as_slice())
        .unwrap()
        .amount
        .unwrap();
    assert_eq!(supply.amount, (2 * MONEY - 50).to_string());

    let over = Exec::Pay {
        to: world.bob.address.clone(),
        amount: Uint128::new(21),
        denom: "uusdc".into(),
    };
    let tx = world
        .send(&world.alice, vec![execute(&world.alice, &contract, &over)])
        .await;
    assert_eq!((tx.tx_result.codespace.as_str(), tx.tx_result.code.value()), ("sdk", 5));
    assert_eq!(world.balance(&contract, "uusdc").await, 20);
}

#[tokio::test]
async fn all_balances_are_listed_by_denom() {
    let world = World::start(slow());
    let request = QueryAllBalancesRequest {
        address: world.alice.address.clone(),
        ..QueryAllBalancesRequest::default()
    };
    let answer = world.abci("/cosmos.bank.v1beta1.Query/AllBalances", &request).await;
    let balances = QueryAllBalancesResponse::decode(answer.value.as_slice())
        .unwrap()
        .balances;
    let money = MONEY.to_string();
    assert_eq!(balances, [proto(&money, "uusdc"), proto(&money, "uwatt")]);
}
