//! A contract that panics fails its transaction and nothing else.

use crate::contract::{Exec, Query};
use crate::world::*;

#[tokio::test]
async fn a_panic_fails_one_transaction_of_a_block() {
    let world = World::start(slow());
    let contract = world.counter(1).await;
    let msg = |actor: &Actor, msg: &Exec| vec![execute(actor, &contract, msg)];
    let bad = world
        .sign(&world.alice, msg(&world.alice, &Exec::Panic {}), &How::default())
        .await;
    let good = world
        .sign(&world.bob, msg(&world.bob, &Exec::Add { by: 5 }), &How::default())
        .await;
    let (bad, good) = (world.broadcast(bad).await, world.broadcast(good).await);
    world.block();
    use tendermint_rpc::Client;
    let bad = world.client.tx(bad.hash, false).await.unwrap();
    let good = world.client.tx(good.hash, false).await.unwrap();
    assert_eq!(bad.height, good.height);
    assert_eq!(
        (bad.tx_result.codespace.as_str(), bad.tx_result.code.value()),
        ("wasm", 29)
    );
    assert!(
        bad.tx_result.log.contains("the contract gave up"),
        "{}",
        bad.tx_result.log
    );
    assert!(good.tx_result.code.is_ok());
    assert_eq!(
        world.count(&contract).await,
        6,
        "what the panicking call had written is gone"
    );
    assert_eq!(world.account(&world.alice.address).await.unwrap().sequence, 2);
}

#[tokio::test]
async fn a_caller_survives_the_panic_of_its_callee() {
    let world = World::start(slow());
    let (outer, inner) = (world.counter(0).await, world.counter(3).await);
    let msg = Exec::Call {
        contract: inner.clone(),
        msg: Box::new(Exec::Panic {}),
        catch: true,
    };
    let tx = world
        .send(&world.alice, vec![execute(&world.alice, &outer, &msg)])
        .await;
    assert!(tx.tx_result.code.is_ok(), "{}", tx.tx_result.log);
    let note = world.smart(&outer, &Query::Note {}).await.unwrap();
    assert!(note.as_str().unwrap().contains("the contract gave up"), "{note}");
    assert_eq!(world.count(&inner).await, 3);
}

#[tokio::test]
async fn a_panic_in_a_query_or_simulation_is_an_answer() {
    let world = World::start(slow());
    let contract = world.counter(1).await;
    let error = world.smart(&contract, &Query::Panic {}).await.unwrap_err();
    assert!(error.log.contains("the query gave up"), "{}", error.log);
    let bytes = world
        .sign(
            &world.alice,
            vec![execute(&world.alice, &contract, &Exec::Panic {})],
            &How::default(),
        )
        .await;
    let error = world.simulate(bytes).await.unwrap_err();
    assert!(error.log.contains("the contract gave up"), "{}", error.log);
    assert_eq!(world.count(&contract).await, 1);
}
