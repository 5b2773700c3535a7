//! Starting, history, stopping.

use crate::world::*;
use cosmwasm_std::coins;
use joule_devchain::{Code, DevChain, Genesis, Options, StartError};
use std::time::{Duration, Instant};
use tendermint_rpc::Client;

#[tokio::test]
async fn blocks_come_by_themselves() {
    let options = Options {
        block_time: Duration::from_millis(30),
        ..Options::default()
    };
    let began = Instant::now();
    let world = World::start(options);
    while world
        .client
        .status()
        .await
        .unwrap()
        .sync_info
        .latest_block_height
        .value()
        < 6
    {
        assert!(began.elapsed() < Duration::from_secs(30), "no blocks");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(
        began.elapsed() >= Duration::from_millis(150),
        "five blocks need five block times"
    );
}

#[tokio::test]
async fn history_is_bounded() {
    let options = Options { history: 3, ..slow() };
    let world = World::start(options);
    let tx = world
        .send(
            &world.alice,
            vec![send_coins(&world.alice, &world.bob.address, "1", "uusdc")],
        )
        .await;
    for _ in 0..4 {
        world.block();
    }
    let sync = world.client.status().await.unwrap().sync_info;
    assert_eq!(
        (sync.earliest_block_height.value(), sync.latest_block_height.value()),
        (4, 6)
    );
    assert!(world
        .client
        .block(3u32)
        .await
        .unwrap_err()
        .to_string()
        .contains("lowest height is 4"));
    assert!(world.client.tx(tx.hash, false).await.is_err());
    assert_eq!(
        world.balance(&world.bob.address, "uusdc").await,
        MONEY + 1,
        "state is not history"
    );
}

#[test]
fn bad_starts_are_refused_in_words() {
    let start = |genesis: Genesis, options: Options| DevChain::start(genesis, options).err().unwrap().to_string();
    let outside = Options {
        rpc_addr: "0.0.0.0:0".parse().unwrap(),
        ..Options::default()
    };
    assert!(start(genesis(), outside).starts_with("dev.not_loopback: 0.0.0.0:0"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let same = Options {
        rpc_addr: taken.local_addr().unwrap(),
        ..Options::default()
    };
    assert!(matches!(DevChain::start(genesis(), same), Err(StartError::Bind(..))));
    let frantic = Options {
        block_time: Duration::ZERO,
        ..Options::default()
    };
    assert!(start(genesis(), frantic).starts_with("dev.option"));
    let alice = Actor::new(1).address;
    let cases = [
        (
            "chain id",
            Genesis {
                chain_id: "no spaces".into(),
                ..Genesis::default()
            },
        ),
        (
            "prefix",
            Genesis {
                prefix: "Wasm",
                ..Genesis::default()
            },
        ),
        (
            "denom",
            Genesis {
                fee_denom: "u".into(),
                ..Genesis::default()
            },
        ),
        (
            "invalid genesis address",
            Genesis {
                balances: vec![("bob".into(), vec![])],
                ..Genesis::default()
            },
        ),
        (
            "invalid coins",
            Genesis {
                balances: vec![(alice.clone(), coins(0, "uwatt"))],
                ..Genesis::default()
            },
        ),
        (
            "two balances",
            Genesis {
                balances: vec![(alice.clone(), vec![]), (alice, vec![])],
                ..Genesis::default()
            },
        ),
        (
            "listed twice",
            Genesis {
                codes: [0, 1]
                    .map(|_| Code {
                        name: "a".into(),
                        version: "1".into(),
                        contract: crate::contract::contract,
                    })
                    .into(),
                ..Genesis::default()
            },
        ),
    ];
    for (what, genesis) in cases {
        let error = start(genesis, Options::default());
        assert!(
            error.starts_with("dev.genesis: ") && error.contains(what),
            "{what}: {error}"
        );
    }
}

#[tokio::test]
async fn a_stopped_chain_frees_its_port_and_answers_nobody() {
    let World { chain, client, .. } = World::start(slow());
    client.health().await.unwrap();
    let address = chain.rpc_addr();
    let began = Instant::now();
    tokio::task::spawn_blocking(move || chain.shutdown()).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(client.health().await.is_err());
    let again = Options {
        rpc_addr: address,
        ..slow()
    };
    DevChain::start(genesis(), again).unwrap().shutdown();
}

#[tokio::test]
async fn the_mempool_is_bounded_and_blocks_take_what_fits() {
    let options = Options {
        mempool: 3,
        max_block_gas: 2_000_000,
        ..slow()
    };
    let world = World::start(options);
    let mut codes = Vec::new();
    for sequence in 0..4 {
        let how = How {
            sequence: Some(sequence),
            ..How::default()
        };
        let gift = vec![send_coins(&world.alice, &world.bob.address, "1", "uusdc")];
        let bytes = world.sign(&world.alice, gift, &how).await;
        codes.push(world.broadcast(bytes).await.code.value());
    }
    assert_eq!(codes, [0, 0, 0, 20]);
    world.block();
    assert_eq!(
        world.balance(&world.bob.address, "uusdc").await,
        MONEY + 2,
        "two of a million gas each"
    );
    world.block();
    assert_eq!(world.balance(&world.bob.address, "uusdc").await, MONEY + 3);
}

#[tokio::test]
async fn what_became_invalid_leaves_the_mempool() {
    let options = Options {
        max_block_gas: 1_000_000,
        ..slow()
    };
    let world = World::start(options);
    // The second passes its check now, but its timeout passes before there is room for it.
    let how = |sequence, timeout| How {
        sequence: Some(sequence),
        timeout,
        ..How::default()
    };
    let gift = || vec![send_coins(&world.alice, &world.bob.address, "1", "uusdc")];
    let first = world.sign(&world.alice, gift(), &how(0, 0)).await;
    let second = world.sign(&world.alice, gift(), &how(1, 1)).await;
    assert!(world.broadcast(first).await.code.is_ok());
    let second = world.broadcast(second).await;
    assert!(second.code.is_ok());
    world.block();
    world.block();
    assert!(
        world.client.tx(second.hash, false).await.is_err(),
        "dropped, never in a block"
    );
    assert_eq!(world.account(&world.alice.address).await.unwrap().sequence, 1);
}

/// Blocks as another chain made them: their heights, their times, and its addresses where the checksums of its codes are known.
#[tokio::test]
async fn a_chain_follows_another_one() {
    let checksum = cosmwasm_std::Checksum::generate(b"compiled");
    let followed = Genesis {
        compiled: [("counter".to_string(), checksum)].into(),
        codes: genesis().codes.into_iter().take(1).collect(),
        ..genesis()
    };
    assert_eq!(followed.checksum(&followed.codes[0]), checksum);
    let plain = genesis();
    assert_eq!(
        plain.checksum(&plain.codes[0]),
        joule_devchain::code_checksum("counter", "1.0.0")
    );

    let world = World::start(slow());
    let later = world
        .client
        .status()
        .await
        .unwrap()
        .sync_info
        .latest_block_time
        .unix_timestamp()
        + 1_000;
    let later = cosmwasm_std::Timestamp::from_seconds(u64::try_from(later).unwrap());
    let gift = vec![send_coins(&world.alice, &world.bob.address, "1", "uwatt")];
    let bytes = world.sign(&world.alice, gift, &How::default()).await;
    let checked = world.broadcast(bytes).await;
    assert!(checked.code.is_ok());
    assert!(world.chain.follow(9, later).unwrap());
    let block = world.client.block(9u32).await.unwrap().block;
    assert_eq!(block.header.time.unix_timestamp_nanos(), i128::from(later.nanos()));
    assert_eq!(block.data.len(), 1);
    // Those before it are empty, and come after each other.
    let empty = world.client.block(8u32).await.unwrap().block;
    assert!(empty.data.is_empty() && empty.header.time < block.header.time);
    assert!(
        !world.chain.follow(9, later.plus_seconds(1)).unwrap(),
        "that height is over"
    );
}
