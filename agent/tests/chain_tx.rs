//! The transaction actor against a scripted node: every message lands exactly once, whatever gets lost on the way.
mod support;

use std::sync::Arc;
use std::time::Duration;

use joule::chain::tx::{Options, Sender};
use joule::chain::Client;
use joule::error::Error;
use joule::journal::Journal;
use joule::keys::demo_key;
use joule::signer::{LocalSigner, Signer};
use support::{client, gas, msg, options, Chain, Fault, Manner, Node};

struct Rig {
    chain: Chain,
    node: Node,
    client: Client,
    home: tempfile::TempDir,
}

fn signer() -> Arc<dyn Signer> {
    Arc::new(LocalSigner::new(demo_key(1, "tester").unwrap().1))
}

impl Rig {
    async fn new() -> Self {
        let chain = Chain::start();
        chain.with(|l| l.fund(signer().address()));
        let node = chain.node().await;
        let client = client(&[&node]).await;
        Self {
            chain,
            node,
            client,
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn journal(&self) -> Arc<Journal> {
        Arc::new(Journal::open(self.home.path()).unwrap())
    }

    fn sender(&self) -> Sender {
        self.sender_with(options())
    }

    fn sender_with(&self, options: Options) -> Sender {
        Sender::start(self.client.clone(), signer(), self.journal(), options)
    }

    fn count(&self, key: &str) -> usize {
        self.chain.with(|l| l.count(key))
    }

    fn txs(&self) -> usize {
        self.chain.with(|l| l.blocks.iter().map(|b| b.txs.len()).sum())
    }

    fn fault(&self, fault: Fault) {
        self.chain.with(|l| l.faults.push_back(fault));
    }
}

#[tokio::test]
async fn messages_of_one_tick_share_a_transaction_and_each_gets_its_own_events() {
    let rig = Rig::new().await;
    let sender = rig.sender();
    let (a, b, c) = tokio::join!(
        sender.submit(vec![msg("a")]),
        sender.submit(vec![msg("b1"), msg("b2")]),
        sender.submit(vec![msg("c")]),
    );
    let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
    assert!(a.hash == b.hash && b.hash == c.hash);
    assert_eq!(rig.txs(), 1);
    let told = |events: &[joule::chain::Event]| -> Vec<String> {
        events.iter().map(|e| e.get("what").unwrap().to_string()).collect()
    };
    assert_eq!(
        (told(&a.events), told(&b.events), told(&c.events)),
        (vec!["a".into()], vec!["b1".into(), "b2".into()], vec!["c".into()])
    );
}

#[tokio::test]
async fn transactions_follow_each_other_with_rising_sequences() {
    let rig = Rig::new().await;
    let sender = rig.sender();
    for key in ["one", "two", "three"] {
        sender.submit(vec![msg(key)]).await.unwrap();
    }
    assert_eq!(rig.chain.with(|l| l.executed.clone()), ["one", "two", "three"]);
    assert_eq!(rig.chain.with(|l| l.broadcasts.len()), 3);
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_not_sent_again_as_something_new() {
    let rig = Rig::new().await;
    rig.fault(Fault::AcceptLoseAnswer);
    rig.sender().submit(vec![msg("a")]).await.unwrap();
    assert_eq!((rig.count("a"), rig.txs()), (1, 1));
}

#[tokio::test]
async fn bytes_that_never_arrived_are_sent_again_unchanged() {
    let rig = Rig::new().await;
    rig.fault(Fault::LoseBoth);
    rig.sender().submit(vec![msg("a")]).await.unwrap();
    assert_eq!(rig.count("a"), 1);
    let sent = rig.chain.with(|l| l.broadcasts.clone());
    assert!(
        sent.len() >= 2 && sent.iter().all(|b| *b == sent[0]),
        "{} broadcasts",
        sent.len()
    );
}

#[tokio::test]
async fn a_forgotten_transaction_is_signed_again_only_after_its_timeout_height() {
    let rig = Rig::new().await;
    let sender = rig.sender();
    sender.submit(vec![msg("first")]).await.unwrap();
    rig.fault(Fault::AcceptThenForget);
    let born = rig.chain.with(|l| l.height());
    let receipt = sender.submit(vec![msg("a")]).await.unwrap();
    assert_eq!(rig.count("a"), 1);
    assert!(
        receipt.height > born + options().timeout_blocks,
        "landed at {} from {born}",
        receipt.height
    );
    let sent = rig.chain.with(|l| l.broadcasts.clone());
    let (old, new) = (&sent[1], sent.last().unwrap());
    assert_ne!(old, new);
    let sequence = |tx: &[u8]| support::ledger::read(tx).0.sequence;
    assert_eq!(sequence(old), sequence(new), "the unused sequence is used again");
}

#[tokio::test]
async fn a_sequence_used_by_somebody_else_is_read_again() {
    let rig = Rig::new().await;
    let sender = rig.sender();
    sender.submit(vec![msg("a")]).await.unwrap();
    // Refused by the mempool at the first showing: nobody holds it.
    rig.fault(Fault::SequenceStolen);
    sender.submit(vec![msg("b")]).await.unwrap();
    // The cached sequence is old: the simulation says so.
    rig.chain
        .with(|l| *l.sequences.get_mut(signer().address()).unwrap() += 3);
    sender.submit(vec![msg("c")]).await.unwrap();
    assert_eq!(rig.chain.with(|l| l.executed.clone()), ["a", "b", "c"]);
}

#[tokio::test]
async fn already_in_the_mempool_is_not_a_failure() {
    let rig = Rig::new().await;
    rig.fault(Fault::AcceptLoseAnswer);
    // The next broadcasts of the same bytes answer 19 until the block comes.
    let slow = Options {
        resend_every: 1,
        poll: Duration::from_millis(1),
        ..options()
    };
    rig.sender_with(slow).submit(vec![msg("a")]).await.unwrap();
    assert_eq!(rig.count("a"), 1);
}

#[tokio::test]
async fn a_wrong_sequence_after_a_lost_answer_may_be_our_own_success() {
    let rig = Rig::new().await;
    rig.node.manner.lock().unwrap().no_index = true;
    rig.fault(Fault::AcceptLoseAnswer);
    rig.fault(Fault::Reject("sdk", 32, "account sequence mismatch, expected 1, got 0"));
    // Long enough between two broadcasts for the first one to land.
    let patient = Options {
        poll: Duration::from_millis(30),
        ..options()
    };
    let receipt = rig.sender_with(patient).submit(vec![msg("a")]).await.unwrap();
    assert_eq!(rig.count("a"), 1, "landed at {}", receipt.height);
    assert_eq!(rig.chain.with(|l| l.broadcasts.len()), 2);
}

#[tokio::test]
async fn a_refused_message_does_not_take_the_others_with_it() {
    let rig = Rig::new().await;
    let sender = rig.sender();
    let (a, bad, late, b) = tokio::join!(
        sender.submit(vec![msg("a")]),
        sender.submit(vec![msg("x"), msg("fail")]),
        sender.submit(vec![msg("late_fail")]),
        sender.submit(vec![msg("b")]),
    );
    a.unwrap();
    b.unwrap();
    for (error, key) in [(bad.unwrap_err(), "fail"), (late.unwrap_err(), "late_fail")] {
        assert_eq!(error.code(), "tst.refused");
        assert_eq!(error.what(), format!("{key} is not liked; do not"));
    }
    assert_eq!((rig.count("a"), rig.count("b"), rig.count("x")), (1, 1, 0));
}

#[tokio::test]
async fn out_of_gas_is_tried_again_with_more() {
    let rig = Rig::new().await;
    rig.sender().submit(vec![msg("burn")]).await.unwrap();
    assert_eq!((rig.count("burn"), rig.txs()), (1, 2), "the first one ran out");
}

#[tokio::test]
async fn a_fee_that_is_too_low_is_raised_up_to_the_ceiling() {
    let rig = Rig::new().await;
    let sender = rig.sender();
    rig.chain.with(|l| l.min_fee = 2_500);
    sender.submit(vec![msg("a")]).await.unwrap();
    assert_eq!(rig.count("a"), 1);
    rig.chain.with(|l| l.min_fee = 10_000_000);
    assert_eq!(
        sender.submit(vec![msg("b")]).await.unwrap_err().code(),
        "tx.fee_too_low"
    );
    // Nothing stays behind in the journal.
    rig.chain.with(|l| l.min_fee = 0);
    sender.submit(vec![msg("c")]).await.unwrap();
    assert_eq!((rig.count("b"), rig.count("c")), (0, 1));
}

#[tokio::test]
async fn ceilings_split_a_batch_and_refuse_what_is_too_much_alone() {
    let rig = Rig::new().await;
    let mut small = options();
    small.gas.max_gas = 300_000; // two messages of 100k with the margin
    let sender = rig.sender_with(small);
    let three: Vec<_> = ["a", "b", "c"].iter().map(|k| msg(k)).collect();
    let (a, b, c, big) = tokio::join!(
        sender.submit(vec![msg("a")]),
        sender.submit(vec![msg("b")]),
        sender.submit(vec![msg("c")]),
        sender.submit(three),
    );
    a.unwrap();
    b.unwrap();
    c.unwrap();
    assert_eq!(big.unwrap_err().code(), "tx.gas_over_ceiling");
    assert_eq!(rig.chain.with(|l| l.executed.len()), 3);
}

#[tokio::test]
async fn a_transaction_without_messages_or_money_is_refused() {
    let rig = Rig::new().await;
    assert_eq!(rig.sender().submit(vec![]).await.unwrap_err().code(), "tx.empty");
    let poor: Arc<dyn Signer> = Arc::new(LocalSigner::new(demo_key(1, "poor").unwrap().1));
    let home = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::open(home.path()).unwrap());
    let sender = Sender::start(rig.client.clone(), poor, journal, options());
    let error: Error = sender.submit(vec![msg("a")]).await.unwrap_err();
    assert_eq!((error.code(), error.exit().code()), ("tx.no_account", 7));
    assert!(error.to_string().contains(&gas().denom));
}

#[tokio::test]
async fn a_node_without_an_index_is_read_block_by_block() {
    let rig = Rig::new().await;
    rig.node.manner.lock().unwrap().no_index = true;
    let receipt = rig.sender().submit(vec![msg("a")]).await.unwrap();
    assert_eq!(rig.count("a"), 1);
    assert_eq!(receipt.events[0].get("what"), Some("a"));
}

#[tokio::test]
async fn a_silent_node_is_waited_for() {
    let rig = Rig::new().await;
    let sender = rig.sender();
    sender.submit(vec![msg("a")]).await.unwrap();
    rig.fault(Fault::AcceptLoseAnswer);
    let waiting = tokio::spawn({
        let sender = sender.clone();
        async move { sender.submit(vec![msg("b")]).await }
    });
    while rig.chain.with(|l| l.broadcasts.len()) < 2 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    rig.node.manner.lock().unwrap().down = true;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished(), "nothing is known while the node is silent");
    rig.node.manner.lock().unwrap().down = false;
    waiting.await.unwrap().unwrap();
    assert_eq!(rig.count("b"), 1);
}

#[tokio::test]
async fn a_stale_node_does_not_make_a_transaction_be_signed_twice() {
    let chain = Chain::start();
    chain.with(|l| l.fund(signer().address()));
    while chain.with(|l| l.height()) < 40 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let stale = Node::start(
        chain.ledger.clone(),
        Manner {
            lag: 30,
            ..Manner::default()
        },
    )
    .await;
    let fresh = chain.node().await;
    let client = client(&[&stale, &fresh]).await;
    let home = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::open(home.path()).unwrap());
    let sender = Sender::start(client, signer(), journal, options());
    for key in ["a", "b", "c"] {
        sender.submit(vec![msg(key)]).await.unwrap();
    }
    assert_eq!(chain.with(|l| l.executed.clone()), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_restart_settles_what_was_in_flight_before_anything_new() {
    let rig = Rig::new().await;
    let journal = rig.journal();
    let sender = Sender::start(rig.client.clone(), signer(), journal.clone(), options());
    rig.fault(Fault::AcceptLoseAnswer);
    rig.node.manner.lock().unwrap().no_index = true; // the outcome stays unknown for a while
    let task = tokio::spawn({
        let sender = sender.clone();
        async move { sender.submit_once("job/7/1/result", vec![msg("result")]).await }
    });
    while rig.count("result") == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // As in a crash: the actor is gone with its runtime, the outbox still has the transaction. A journal of another
    // home takes over its record, since this process still holds the first one's lock.
    let left = journal.outbox_current(signer().address()).unwrap().expect("in flight");
    task.abort();
    let second_home = tempfile::tempdir().unwrap();
    let second = Arc::new(Journal::open(second_home.path()).unwrap());
    second.outbox_begin(signer().address(), &left).unwrap();
    rig.node.manner.lock().unwrap().no_index = false;

    let restarted = Sender::start(rig.client.clone(), signer(), second.clone(), options());
    let receipt = restarted
        .submit_once("job/7/1/result", vec![msg("result")])
        .await
        .unwrap();
    assert_eq!(receipt.hash, left.hash);
    assert_eq!(
        rig.count("result"),
        1,
        "the recovered transaction answers for the repeated submission"
    );
    restarted.submit(vec![msg("next")]).await.unwrap();
    assert_eq!(rig.count("next"), 1);
}

#[tokio::test]
async fn a_restart_sends_signed_bytes_that_never_left() {
    let rig = Rig::new().await;
    rig.fault(Fault::LoseBoth);
    rig.node.manner.lock().unwrap().no_index = true;
    let journal = rig.journal();
    let sender = Sender::start(
        rig.client.clone(),
        signer(),
        journal.clone(),
        Options {
            resend_every: 1000,
            ..options()
        },
    );
    let task = tokio::spawn(async move { sender.submit_once("t", vec![msg("a")]).await });
    let left = loop {
        if let Some(left) = journal.outbox_current(signer().address()).unwrap() {
            break left;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    task.abort();
    assert_eq!(rig.count("a"), 0);
    rig.node.manner.lock().unwrap().no_index = false;
    let home = tempfile::tempdir().unwrap();
    let second = Arc::new(Journal::open(home.path()).unwrap());
    second.outbox_begin(signer().address(), &left).unwrap();
    let restarted = Sender::start(rig.client.clone(), signer(), second, options());
    assert_eq!(
        restarted.submit_once("t", vec![msg("a")]).await.unwrap().hash,
        left.hash
    );
    assert_eq!(rig.count("a"), 1);
}

#[tokio::test]
async fn a_tag_is_sent_once_and_a_refused_one_may_be_tried_again() {
    let rig = Rig::new().await;
    let sender = rig.sender();
    let (one, two) = tokio::join!(
        sender.submit_once("t", vec![msg("a")]),
        sender.submit_once("t", vec![msg("a")])
    );
    assert_eq!(one.unwrap(), two.unwrap());
    sender.submit_once("t", vec![msg("a")]).await.unwrap();
    assert_eq!(rig.count("a"), 1);
    assert_eq!(
        sender
            .submit_once("u", vec![msg("late_fail")])
            .await
            .unwrap_err()
            .code(),
        "tst.refused"
    );
    sender.submit_once("u", vec![msg("b")]).await.unwrap();
    assert_eq!(rig.count("b"), 1);
}

#[tokio::test]
async fn nothing_is_sent_twice_under_random_faults() {
    let rig = Rig::new().await;
    let sender = rig.sender();
    let mut state = 0x2545_f491_4f6c_dd1du64;
    for n in 0..25 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        match state % 6 {
            0 => rig.fault(Fault::AcceptLoseAnswer),
            1 => rig.fault(Fault::LoseBoth),
            2 => rig.fault(Fault::AcceptThenForget),
            3 => rig.fault(Fault::SequenceStolen),
            4 => rig.fault(Fault::Reject("sdk", 20, "mempool is full")),
            _ => {}
        }
        let key = format!("k{n}");
        sender.submit(vec![msg(&key)]).await.unwrap();
        assert_eq!(rig.count(&key), 1, "{key} after {}", state % 6);
    }
}
