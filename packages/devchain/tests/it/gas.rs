//! Gas: limits hold, more work costs more, a simulation tells the truth.

use crate::contract::{Exec, Query};
use crate::world::*;

fn code(tx: &tendermint_rpc::endpoint::tx::Response) -> (String, u32) {
    (tx.tx_result.codespace.clone(), tx.tx_result.code.value())
}

#[tokio::test]
async fn an_endless_writer_runs_out_of_gas_and_only_it() {
    let world = World::start(slow());
    let contract = world.counter(4).await;
    let tx = world
        .send(&world.alice, vec![execute(&world.alice, &contract, &Exec::Forever {})])
        .await;
    assert_eq!(code(&tx), ("sdk".into(), 11));
    assert!(
        tx.tx_result
            .log
            .contains("out of gas in location: WritePerByte; gasWanted: 1000000"),
        "{}",
        tx.tx_result.log
    );
    assert!(tx.tx_result.gas_used > 1_000_000 && tx.tx_result.gas_used < 1_010_000);
    assert_eq!(event_types(&tx).len(), 7);
    assert_eq!(
        world.account(&world.alice.address).await.unwrap().sequence,
        2,
        "it paid"
    );
    assert_eq!(
        world.smart(&contract, &Query::Sum {}).await.unwrap(),
        0,
        "nothing of it stayed"
    );
    let tx = world
        .send(
            &world.alice,
            vec![execute(&world.alice, &contract, &Exec::Add { by: 1 })],
        )
        .await;
    assert_eq!(code(&tx), (String::new(), 0));
}

#[tokio::test]
async fn out_of_gas_cannot_be_caught_by_a_caller() {
    let world = World::start(slow());
    let (outer, inner) = (world.counter(0).await, world.counter(0).await);
    let msg = Exec::Call {
        contract: inner,
        msg: Box::new(Exec::Forever {}),
        catch: true,
    };
    let tx = world
        .send(&world.alice, vec![execute(&world.alice, &outer, &msg)])
        .await;
    assert_eq!(code(&tx), ("sdk".into(), 11));
}

#[tokio::test]
async fn a_limit_below_the_fixed_cost_is_refused_at_once() {
    let world = World::start(slow());
    let stingy = How {
        gas: 50_000,
        ..How::default()
    };
    let gift = vec![send_coins(&world.alice, &world.bob.address, "1", "uusdc")];
    let refusal = world.refused(&world.alice, gift, &stingy).await;
    assert_eq!((refusal.0.as_str(), refusal.1), ("sdk", 11));
    assert_eq!(world.account(&world.alice.address).await.unwrap().sequence, 0);
}

#[tokio::test]
async fn gas_grows_with_work() {
    let world = World::start(slow());
    let contract = world.counter(0).await;
    let mut last = 0;
    for (cells, bytes) in [(0, 0), (1, 10), (1, 100), (2, 100), (20, 100), (20, 1_000)] {
        let msg = vec![execute(&world.alice, &contract, &Exec::Fill { cells, bytes })];
        let how = How {
            gas: 5_000_000,
            ..How::default()
        };
        let tx = world.send_as(&world.alice, msg, &how).await;
        assert_eq!(code(&tx), (String::new(), 0), "{}", tx.tx_result.log);
        assert!(
            tx.tx_result.gas_used > last,
            "{cells} cells of {bytes}: {} after {last}",
            tx.tx_result.gas_used
        );
        last = tx.tx_result.gas_used;
    }
    let empty = world
        .send(
            &world.alice,
            vec![execute(&world.alice, &contract, &Exec::Deep { depth: 0 })],
        )
        .await;
    let used = empty.tx_result.gas_used;
    assert!(
        (116_500..140_000).contains(&used),
        "a first code costs 116.5k and a little: {used}"
    );
}

#[tokio::test]
async fn a_simulation_says_what_the_transaction_then_uses() {
    let world = World::start(slow());
    let contract = world.counter(0).await;
    let cases = [
        vec![send_coins(&world.alice, &world.bob.address, "5", "uusdc")],
        vec![execute(&world.alice, &contract, &Exec::Add { by: 1 })],
        vec![execute(&world.alice, &contract, &Exec::Fill { cells: 9, bytes: 99 })],
        vec![
            instantiate(&world.alice, 2, 1),
            execute(&world.alice, &contract, &Exec::Add { by: 1 }),
        ],
    ];
    for msgs in cases {
        let bytes = world.sign(&world.alice, msgs.clone(), &How::default()).await;
        let before = world.account(&world.alice.address).await;
        let simulated = world.simulate(bytes).await.unwrap();
        assert_eq!(
            world.account(&world.alice.address).await,
            before,
            "a simulation keeps nothing"
        );
        let told = simulated.gas_info.unwrap().gas_used as i64;
        let tx = world.send(&world.alice, msgs).await;
        assert_eq!(code(&tx), (String::new(), 0));
        assert!(
            (tx.tx_result.gas_used - told).abs() <= 100,
            "{told} against {}",
            tx.tx_result.gas_used
        );
        assert_eq!(simulated.result.unwrap().events.len(), tx.tx_result.events.len());
    }
    let fail = vec![execute(
        &world.alice,
        &contract,
        &Exec::Fill {
            cells: 5_000,
            bytes: 1_000,
        },
    )];
    let bytes = world.sign(&world.alice, fail, &How::default()).await;
    let refusal = world.simulate(bytes).await.unwrap_err();
    assert_eq!((refusal.codespace.as_str(), refusal.code.value()), ("sdk", 6));
    assert!(refusal.log.contains("out of gas"), "{}", refusal.log);
}

#[tokio::test]
async fn deep_calls_end_at_the_limit_of_calls_not_of_the_stack() {
    let world = World::start(slow());
    let contract = world.counter(0).await;
    let how = How {
        gas: 50_000_000,
        ..How::default()
    };
    let deep = |depth| vec![execute(&world.alice, &contract, &Exec::Deep { depth })];
    let tx = world.send_as(&world.alice, deep(400), &how).await;
    assert_eq!(code(&tx), (String::new(), 0), "{}", tx.tx_result.log);
    let tx = world.send_as(&world.alice, deep(600), &how).await;
    assert_eq!(code(&tx), ("wasm".into(), 30));
}

#[tokio::test]
async fn queries_have_limits_too() {
    let world = World::start(slow());
    let contract = world.counter(0).await;
    let error = world.smart(&contract, &Query::Forever {}).await.unwrap_err();
    assert!(error.log.contains("max query stack size exceeded"), "{}", error.log);
    let how = How {
        gas: 60_000_000,
        ..How::default()
    };
    let fill = Exec::Fill {
        cells: 300,
        bytes: 3_000,
    };
    let tx = world
        .send_as(&world.alice, vec![execute(&world.alice, &contract, &fill)], &how)
        .await;
    assert_eq!(code(&tx), (String::new(), 0), "{}", tx.tx_result.log);
    let error = world.smart(&contract, &Query::Sum {}).await.unwrap_err();
    assert!(error.log.contains("out of gas"), "{}", error.log);
}
