//! What happens to a transaction and to blocks on the way. After each: the message was executed once, and its sender knows.
use std::time::Duration;

use joule::chain::events::{Cursor, Next, Wake, Waker};
use joule::chain::tx::Options;
use joule::journal::Journal;
use joule_faultproxy::{Knobs, Proxy};

use super::{options, send, Net, Party};

const BROADCAST: &str = "broadcast_tx_sync";

/// One fault for broadcasts, so many times.
fn once(times: u64, knobs: Knobs) -> Knobs {
    Knobs {
        methods: vec![BROADCAST.into()],
        budget: Some(times),
        ..knobs
    }
}

pub async fn delayed(net: &Net) {
    let party = net.party("anchor").await;
    let sender = party.sender();
    party.proxy.set(Knobs {
        delay_ms: 100,
        jitter_ms: 200,
        ..Knobs::default()
    });
    for amount in 1..4 {
        party.pays(&sender, amount).await;
    }
}

pub async fn requests_and_answers_lost(net: &Net) {
    let party = net.party("beam").await;
    let sender = party.sender();
    party.proxy.set(once(
        2,
        Knobs {
            drop_before: 1.0,
            ..Knobs::default()
        },
    ));
    party.pays(&sender, 1).await;
    party.proxy.set(once(
        2,
        Knobs {
            drop_after: 1.0,
            ..Knobs::default()
        },
    ));
    party.pays(&sender, 2).await;
    let stats = party.proxy.stats();
    assert!(stats.dropped_before >= 1 && stats.dropped_after >= 1, "{stats:?}");
}

pub async fn broadcasts_doubled(net: &Net) {
    let party = net.party("bracket").await;
    let sender = party.sender();
    party.proxy.set(Knobs {
        duplicate: 1.0,
        methods: vec![BROADCAST.into()],
        ..Knobs::default()
    });
    for amount in 1..4 {
        party.pays(&sender, amount).await;
    }
    assert!(party.proxy.stats().duplicated >= 3);
}

pub async fn old_answers(net: &Net) {
    let party = net.party("caliper").await;
    let sender = party.sender();
    party.pays(&sender, 1).await;
    party.proxy.set(Knobs {
        seed: 5,
        stale: 0.4,
        ..Knobs::default()
    });
    for amount in 2..7 {
        party.pays(&sender, amount).await;
    }
    assert!(party.proxy.stats().stale > 0);
}

/// Another process with the same key, around the proxy.
pub async fn a_shared_key(net: &Net) {
    let party = net.party("compass").await;
    let (ours, theirs) = (party.sender(), party.sender_with(&party.direct, "thief", options()));
    party.proxy.set(Knobs {
        delay_ms: 80,
        ..Knobs::default()
    });
    for amount in 1..4 {
        // Different amounts: equal documents of one sequence would be one transaction.
        tokio::join!(party.pays(&ours, amount), party.pays(&theirs, amount + 100));
    }
}

/// Accepted and thrown away, until the timeout height has passed.
pub async fn a_transaction_that_never_lands(net: &Net) {
    let party = net.party("gauge").await;
    let sender = party.sender();
    party.pays(&sender, 1).await;
    party.proxy.set(Knobs {
        swallow: 1.0,
        methods: vec![BROADCAST.into()],
        ..Knobs::default()
    });
    let (paid, ()) = tokio::join!(party.pays(&sender, 2), async {
        party.blocks(options().timeout_blocks + 3).await;
        party.proxy.set(Knobs::default());
    });
    assert!(party.proxy.stats().swallowed > 0 && paid.height > 0);

    // For ever: it is said that it did not happen, and it did not.
    party.proxy.set(Knobs {
        swallow: 1.0,
        methods: vec![BROADCAST.into()],
        ..Knobs::default()
    });
    let impatient = Options {
        timeout_blocks: 2,
        ..options()
    };
    let hasty = party.sender_with(&party.client, "hasty", impatient);
    let (to, told) = party.tries(&hasty, 3).await;
    assert_eq!(told.unwrap_err().code(), "tx.lapsed");
    party.proxy.set(Knobs::default());
    party.blocks(4).await;
    assert_eq!(party.arrived(&to).await, 0);
    party.pays(&sender, 4).await;
}

/// The node is gone in the middle: connections are cut, then nobody answers, then all is well.
pub async fn a_node_that_is_away(net: &Net) {
    let party = net.party("hinge").await;
    let sender = party.sender();
    for knobs in [
        Knobs {
            cut: true,
            ..Knobs::default()
        },
        Knobs {
            black_hole: true,
            ..Knobs::default()
        },
    ] {
        // The answer to the broadcast is the first thing that is lost.
        party.proxy.set(once(
            1,
            Knobs {
                drop_after: 1.0,
                ..Knobs::default()
            },
        ));
        let before = party.proxy.stats().dropped_after;
        tokio::join!(party.pays(&sender, 5), async {
            while party.proxy.stats().dropped_after == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            party.proxy.set(knobs);
            tokio::time::sleep(Duration::from_secs(2)).await;
            party.proxy.set(Knobs::default());
        });
    }
}

/// The preferred node stands still at a height and swallows what it is given; the other one goes on.
pub async fn a_node_that_stands_still(net: &Net) {
    let party = net.party("lever").await;
    let second = Proxy::start("127.0.0.1:0", &net.rpc, Knobs::default()).await.unwrap();
    let client = net.client(&[&party.proxy.url(), &second.url()]).await;
    let sender = party.sender_with(&client, "two nodes", options());
    party.pays(&sender, 1).await;
    party.proxy.set(Knobs {
        freeze: true,
        ..Knobs::default()
    });
    for amount in 2..4 {
        party.pays(&sender, amount).await;
    }
    let stats = party.proxy.stats();
    assert!(stats.stale > 0, "{stats:?}");
}

/// Everything at once, by chance.
pub async fn bad_weather(net: &Net, seed: u64, payments: u128) {
    let party = net.party("plumb").await;
    let sender = party.sender();
    let knobs = Knobs {
        seed,
        delay_ms: 5,
        jitter_ms: 60,
        drop_before: 0.08,
        drop_after: 0.08,
        duplicate: 0.08,
        stale: 0.1,
        swallow: 0.2,
        ..Knobs::default()
    };
    party.proxy.set(knobs);
    let mut given_up = Vec::new();
    for amount in 1..=payments {
        let (to, told) = party.tries(&sender, amount).await;
        match told {
            Ok(receipt) => {
                let seen = party
                    .direct
                    .tx(receipt.hash)
                    .await
                    .unwrap()
                    .expect("the transaction of the receipt");
                assert_eq!((seen.code, party.arrived(&to).await), (0, amount));
            }
            // So many calls failed in a row that the sender gave up. What it says then has to be true.
            Err(error) => {
                assert!(["chain.unreachable", "tx.lapsed"].contains(&error.code()), "{error}");
                given_up.push(to);
            }
        }
    }
    assert!(
        given_up.len() * 2 < payments as usize,
        "{} of {payments}",
        given_up.len()
    );
    party.proxy.set(Knobs::default());
    party.blocks(options().timeout_blocks + 1).await;
    for to in given_up {
        assert_eq!(party.arrived(&to).await, 0);
    }
    let s = party.proxy.stats();
    let all = [s.dropped_before, s.dropped_after, s.duplicated, s.stale];
    assert!(all.iter().all(|n| *n > 0), "{s:?}");
}

/// Too little gas, also for the mempool's check: more is tried until it is enough, within the ceilings.
pub async fn gas_that_runs_out(net: &Net) {
    let party = net.party("ratchet").await;
    for (journal, percent) in [("half", 50), ("a little less", 95)] {
        let sender = party.sender_with(
            &party.direct,
            journal,
            Options {
                gas_percent: percent,
                ..options()
            },
        );
        party.pays(&sender, 1).await;
    }
    for (journal, code, change) in [
        ("low gas", "tx.gas_over_ceiling", (30_000, 1_000_000)),
        ("low fee", "tx.fee_over_ceiling", (20_000_000, 100)),
    ] {
        let mut capped = options();
        (capped.gas.max_gas, capped.gas.max_fee) = change;
        let sender = party.sender_with(&party.direct, journal, capped);
        let (to, told) = party.tries(&sender, 1).await;
        assert_eq!(told.unwrap_err().code(), code);
        assert_eq!(party.arrived(&to).await, 0);
    }
}

/// Reads on until the block `to`; the heights that came, in order.
async fn read(cursor: &mut Cursor, to: u64) -> Vec<u64> {
    let mut heights = Vec::new();
    while cursor.next_height() <= to {
        match cursor.next().await {
            Ok(Next::Block(block)) => {
                heights.push(block.height);
                cursor.done(block.height).unwrap();
            }
            Ok(Next::Gap { from, to }) => panic!("no gap here: {from} to {to}"),
            // As the daemons do.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    heights
}

/// Blocks come in order, each once, whatever happens to the websocket and to answers.
pub async fn blocks_in_order(net: &Net) {
    let party = net.party("scale").await;
    let journal = std::sync::Arc::new(Journal::open(&party.home.path().join("blocks")).unwrap());
    let start = party.direct.height().await.unwrap();
    let poll = Duration::from_millis(100);
    let open = |waker: Waker| Cursor::open(party.client.clone(), journal.clone(), "test", start, waker, poll).unwrap();
    let wake = Wake::start(party.client.endpoints().clone());
    let mut cursor = open(wake.waker());
    let mut heights = read(&mut cursor, start + 2).await;

    // Without a websocket.
    party.proxy.set(Knobs {
        no_websocket: true,
        ..Knobs::default()
    });
    party.proxy.cut();
    heights.extend(read(&mut cursor, start + 5).await);
    // In bad weather, and after a restart of the agent.
    party.proxy.set(Knobs {
        seed: 3,
        drop_before: 0.2,
        drop_after: 0.2,
        stale: 0.3,
        duplicate: 0.2,
        ..Knobs::default()
    });
    heights.extend(read(&mut cursor, start + 9).await);
    let mut cursor = open(wake.waker());
    heights.extend(read(&mut cursor, start + 12).await);
    // The node is away for some blocks.
    party.proxy.set(Knobs {
        cut: true,
        ..Knobs::default()
    });
    tokio::join!(async { heights.extend(read(&mut cursor, start + 18).await) }, async {
        party.blocks(4).await;
        party.proxy.set(Knobs::default());
    });
    assert_eq!(heights, (start..=start + 18).collect::<Vec<_>>());
}

/// A key that was never funded works at the cost of one that granted it fees, and is told when that ends. `contract` may be called
/// by anybody with `call`.
pub async fn fees_of_another(net: &Net, owner: &Party, operator: joule::keys::Key, contract: &str, call: &str) {
    use joule::chain::{Coin, Msg};
    use joule::signer::LocalSigner;

    let address = operator.address().to_string();
    let granter = owner.key.address().to_string();
    let chain = net.client(&[&net.rpc]).await;
    let journal = std::sync::Arc::new(Journal::open(&owner.home.path().join("operator")).unwrap());
    let paid = Options {
        granter: granter.clone(),
        ..options()
    };
    let signer = std::sync::Arc::new(LocalSigner::new(operator));
    let operator = joule::chain::tx::Sender::start(chain.clone(), signer, journal, paid);
    let work = || {
        vec![Msg::Execute {
            contract: contract.into(),
            msg: call.into(),
            funds: vec![],
        }]
    };
    let told = operator.submit(work()).await.unwrap_err();
    assert_eq!(told.code(), "tx.no_account", "{told}");
    assert!(told.next().contains("joule fees grant"), "{told}");

    let boss = owner.sender_with(&chain, "owner", options());
    let limit = Coin::new(100_000, "uwatt");
    let grant = |limit: Option<Coin>| Msg::GrantFees {
        to: address.clone(),
        limit,
        until: None,
    };
    boss.submit(vec![grant(Some(limit.clone()))]).await.unwrap();
    let granted = chain.fee_grant(&granter, &address).await.unwrap().unwrap();
    assert_eq!((granted.left, granted.until), (Some(vec![limit]), None));

    operator.submit(work()).await.unwrap();
    assert_eq!(chain.balance(&address, "uwatt").await.unwrap(), 0);
    let left = chain
        .fee_grant(&granter, &address)
        .await
        .unwrap()
        .unwrap()
        .left
        .unwrap();
    assert!(left[0].amount < 100_000, "{left:?}");
    // Only calls of contracts are paid for.
    let told = operator.submit(send(&granter, 1)).await.unwrap_err();
    assert_eq!(told.code(), "tx.no_fee_grant", "{told}");
    assert!(told.what().contains("message not allowed"), "{told}");

    // Too little left, replaced by one without limit, taken back.
    let replace = |limit| vec![Msg::RevokeFees { to: address.clone() }, grant(limit)];
    boss.submit(replace(Some(Coin::new(5, "uwatt")))).await.unwrap();
    assert_eq!(operator.submit(work()).await.unwrap_err().code(), "tx.no_fee_grant");
    boss.submit(replace(None)).await.unwrap();
    operator.submit(work()).await.unwrap();
    boss.submit(vec![Msg::RevokeFees { to: address.clone() }])
        .await
        .unwrap();
    assert_eq!(chain.fee_grant(&granter, &address).await.unwrap(), None);
    let told = operator.submit(work()).await.unwrap_err();
    assert_eq!(told.code(), "tx.no_fee_grant", "{told}");
    assert!(told.what().is_ascii() && told.what().contains("not found"), "{told}");
}
