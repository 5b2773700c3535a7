//! The signer: what its policy lists is signed, everything else is refused with a code, and no secret leaves it.
mod support;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use cosmrs::bip32::secp256k1::ecdsa::signature::Verifier;
use cosmrs::bip32::secp256k1::ecdsa::{Signature, VerifyingKey};
use joule::chain::contracts::{cw20_send, cw20_transfer};
use joule::chain::tx::Sender;
use joule::chain::wire::{Plan, Unsigned};
use joule::chain::{Coin, Msg};
use joule::journal::Journal;
use joule::keys::{demo_key, Key, KeyStore, Phrase};
use joule::signer::policy::{ContractRule, SendRule, TokenRule};
use joule::signer::spend::Spend;
use joule::signer::{main_loop, Guard, Policy, RemoteSigner, Signer, Transport};
use secrecy::SecretString;
use serde_json::json;
use support::{client, msg, options, Chain, CHAIN};

const MARKET: &str = "wasm1contract";
const TOKEN: &str = "wasm1token";
const STAKING: &str = "wasm1staking";

fn key() -> Key {
    demo_key(3, "provider").unwrap().1
}

fn set(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(ToString::to_string).collect()
}

fn policy() -> Policy {
    let amount = |asset: &str, amount| (asset.to_string(), amount);
    Policy {
        chain_id: CHAIN.into(),
        max_gas: 1_000_000,
        granter: "wasm1granter".into(),
        per_tx: [
            amount("uwatt", 10_000),
            amount("uusdc", 50),
            amount("cw20:wasm1token", 700),
        ]
        .into(),
        per_day: [
            amount("uwatt", 25_000),
            amount("uusdc", 60),
            amount("cw20:wasm1token", 1_000),
        ]
        .into(),
        contracts: vec![ContractRule {
            address: MARKET.into(),
            messages: set(&["start", "submit_result"]),
        }],
        tokens: vec![TokenRule {
            address: TOKEN.into(),
            send: vec![SendRule {
                contract: STAKING.into(),
                hooks: set(&["bond"]),
            }],
            transfer_to: set(&["wasm1owner"]),
        }],
        bank_send_to: BTreeSet::new(),
    }
}

fn guard_with(policy: Policy, dir: &Path) -> Guard {
    Guard::new(key(), policy, Spend::open(&dir.join("spend.json")).unwrap())
}

/// A document that the policy allows, to be spoilt in one place.
struct Doc {
    chain_id: String,
    sender: String,
    public_key: Vec<u8>,
    sequence: u64,
    timeout: u64,
    gas: u64,
    fee: Vec<Coin>,
    granter: String,
    msgs: Vec<Msg>,
}

impl Doc {
    fn good() -> Self {
        Self {
            chain_id: CHAIN.into(),
            sender: key().address().into(),
            public_key: key().public_key().to_vec(),
            sequence: 1,
            timeout: 100,
            gas: 200_000,
            fee: vec![Coin::new(5_000, "uwatt")],
            granter: String::new(),
            msgs: vec![msg("start")],
        }
    }

    fn with(change: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut doc = Self::good();
        change(&mut doc);
        doc.bytes()
    }

    fn bytes(&self) -> Vec<u8> {
        let plan = Plan {
            chain_id: &self.chain_id,
            sender: &self.sender,
            public_key: &self.public_key,
            account_number: 1,
            sequence: self.sequence,
            timeout_height: self.timeout,
            gas: self.gas,
            fee: self.fee.clone(),
            granter: &self.granter,
            msgs: &self.msgs,
        };
        Unsigned::new(&plan).sign_bytes()
    }
}

fn funded(amount: u128, denom: &str) -> Msg {
    Msg::Execute {
        contract: MARKET.into(),
        msg: r#"{"start":{}}"#.into(),
        funds: vec![Coin::new(amount, denom)],
    }
}

fn verify(document: &[u8], signature: &[u8]) {
    let key = VerifyingKey::from_sec1_bytes(key().public_key()).unwrap();
    key.verify(document, &Signature::from_slice(signature).unwrap())
        .unwrap();
}

#[test]
fn listed_messages_are_signed() {
    let dir = tempfile::tempdir().unwrap();
    let guard = guard_with(policy(), dir.path());
    for (n, msgs) in [
        vec![msg("start")],
        vec![msg("submit_result"), msg("start")],
        vec![funded(50, "uusdc")],
        vec![cw20_send(TOKEN, STAKING, 700, &json!({"bond": {}})).unwrap()],
        vec![cw20_transfer(TOKEN, "wasm1owner", 300).unwrap()],
    ]
    .into_iter()
    .enumerate()
    {
        let document = Doc::with(|d| (d.msgs, d.sequence) = (msgs, n as u64));
        verify(
            &document,
            &guard.sign(&document).unwrap_or_else(|e| panic!("case {n}: {e}")),
        );
    }
}

#[test]
fn fees_may_be_charged_to_the_listed_granter() {
    let dir = tempfile::tempdir().unwrap();
    let document = Doc::with(|d| d.granter = "wasm1granter".into());
    verify(&document, &guard_with(policy(), dir.path()).sign(&document).unwrap());
    // Without one in the policy nobody else pays; the ceilings hold for fees of a granter too.
    let none = Policy {
        granter: String::new(),
        ..policy()
    };
    let other = tempfile::tempdir().unwrap();
    let refused = guard_with(none, other.path()).sign(&document).unwrap_err();
    assert_eq!(refused.code(), "signer.granter");
    let dear = Doc::with(|d| (d.granter, d.fee) = ("wasm1granter".into(), vec![Coin::new(10_001, "uwatt")]));
    let refused = guard_with(policy(), other.path()).sign(&dear).unwrap_err();
    assert_eq!(refused.code(), "signer.tx_ceiling");
}

#[test]
fn everything_else_is_refused_with_a_code() {
    let dir = tempfile::tempdir().unwrap();
    let guard = guard_with(policy(), dir.path());
    let other = demo_key(3, "other").unwrap().1;
    let call = |contract: &str, text: &str| Msg::Execute {
        contract: contract.into(),
        msg: text.into(),
        funds: vec![],
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("signer.chain", Doc::with(|d| d.chain_id = "cosmoshub-4".into())),
        (
            "signer.contract",
            Doc::with(|d| d.msgs = vec![call("wasm1evil", r#"{"start":{}}"#)]),
        ),
        ("signer.message", Doc::with(|d| d.msgs = vec![msg("update_owner")])),
        (
            "signer.message",
            Doc::with(|d| d.msgs = vec![msg("start"), msg("update_owner")]),
        ),
        (
            "signer.message",
            Doc::with(|d| d.msgs = vec![call(MARKET, r#"{"start":{},"update_owner":{}}"#)]),
        ),
        (
            "signer.message",
            Doc::with(|d| d.msgs = vec![call(MARKET, r#""start""#)]),
        ),
        (
            "signer.tx_ceiling",
            Doc::with(|d| d.fee = vec![Coin::new(10_001, "uwatt")]),
        ),
        ("signer.tx_ceiling", Doc::with(|d| d.fee = vec![Coin::new(1, "uatom")])),
        ("signer.tx_ceiling", Doc::with(|d| d.msgs = vec![funded(51, "uusdc")])),
        (
            "signer.tx_ceiling",
            Doc::with(|d| d.msgs = vec![funded(30, "uusdc"), funded(30, "uusdc")]),
        ),
        (
            "signer.tx_ceiling",
            Doc::with(|d| d.msgs = vec![funded(6_000, "uwatt")]),
        ), // with the fee of 5000
        (
            "signer.amount",
            Doc::with(|d| d.msgs = vec![funded(u128::MAX, "uusdc"), funded(1, "uusdc")]),
        ),
        ("signer.gas", Doc::with(|d| d.gas = 1_000_001)),
        ("signer.granter", Doc::with(|d| d.granter = "wasm1other".into())),
        (
            "signer.unknown_content",
            Doc::with(|d| {
                d.msgs = vec![Msg::RevokeFees {
                    to: "wasm1operator".into(),
                }]
            }),
        ),
        ("signer.no_timeout", Doc::with(|d| d.timeout = 0)),
        ("signer.empty", Doc::with(|d| d.msgs.clear())),
        ("signer.other_sender", Doc::with(|d| d.sender = other.address().into())),
        (
            "signer.other_key",
            Doc::with(|d| d.public_key = other.public_key().to_vec()),
        ),
        (
            "signer.bank_send",
            Doc::with(|d| {
                d.msgs = vec![Msg::Send {
                    to: "wasm1thief".into(),
                    amount: vec![Coin::new(1, "uwatt")],
                }]
            }),
        ),
        ("signer.token_send", {
            Doc::with(|d| d.msgs = vec![cw20_send(TOKEN, "wasm1evil", 1, &json!({"bond": {}})).unwrap()])
        }),
        ("signer.token_send", {
            Doc::with(|d| d.msgs = vec![cw20_send(TOKEN, STAKING, 1, &json!({"delegate": {}})).unwrap()])
        }),
        ("signer.tx_ceiling", {
            Doc::with(|d| d.msgs = vec![cw20_send(TOKEN, STAKING, 701, &json!({"bond": {}})).unwrap()])
        }),
        (
            "signer.token_transfer",
            Doc::with(|d| d.msgs = vec![cw20_transfer(TOKEN, "wasm1thief", 1).unwrap()]),
        ),
        ("signer.message", {
            let text = r#"{"increase_allowance":{"spender":"wasm1thief","amount":"9"}}"#;
            Doc::with(|d| d.msgs = vec![call(TOKEN, text)])
        }),
        ("signer.unreadable", b"garbage".to_vec()),
    ];
    for (n, (code, document)) in cases.into_iter().enumerate() {
        let error = guard
            .sign(&document)
            .expect_err(&format!("case {n} must be refused with {code}"));
        assert_eq!(error.code(), code, "case {n}: {error}");
        assert_eq!(error.exit().code(), 4);
    }
    // A refused document costs nothing of the day.
    guard.sign(&Doc::good().bytes()).unwrap();
}

#[test]
fn the_day_has_a_ceiling_that_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let guard = guard_with(policy(), dir.path());
    for sequence in 0..5 {
        guard.sign(&Doc::with(|d| d.sequence = sequence)).unwrap();
    }
    drop(guard);
    let guard = guard_with(policy(), dir.path());
    assert_eq!(
        guard.sign(&Doc::with(|d| d.sequence = 5)).unwrap_err().code(),
        "signer.day_ceiling"
    );
}

fn serve(dir: &Path, policy: Policy) -> std::path::PathBuf {
    let socket = dir.join("signer.sock");
    let transport = Transport::Socket(socket.clone());
    let guard = guard_with(policy, dir);
    std::thread::spawn(move || main_loop(&transport, guard).unwrap());
    for _ in 0..500 {
        if std::os::unix::net::UnixStream::connect(&socket).is_ok() {
            return socket;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    panic!("the signer does not answer");
}

#[tokio::test]
async fn the_process_signs_and_refuses_over_its_socket() {
    let dir = tempfile::tempdir().unwrap();
    let socket = serve(dir.path(), policy());
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let remote = RemoteSigner::connect(&socket).unwrap();
    assert_eq!(
        (remote.address(), remote.public_key()),
        (key().address(), key().public_key())
    );
    let good = Doc::good().bytes();
    verify(&good, &remote.sign(&good).await.unwrap());
    let error = remote
        .sign(&Doc::with(|d| d.msgs = vec![msg("update_owner")]))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "signer.message");
    // The refusal does not end the connection.
    remote.sign(&good).await.unwrap();
    // A second signer does not take the socket of a running one.
    let other = tempfile::tempdir().unwrap();
    let error = main_loop(&Transport::Socket(socket), guard_with(policy(), other.path())).unwrap_err();
    assert_eq!(error.code(), "signer.running");
}

#[tokio::test]
async fn the_signer_protects_its_process() {
    joule::signer::harden::harden().unwrap();
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let core = limits.lines().find(|l| l.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    let dumpable = rustix::process::dumpable_behavior().unwrap();
    assert_eq!(dumpable, rustix::process::DumpableBehavior::NotDumpable);
}

#[tokio::test]
async fn a_signer_that_is_none_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let code = |r: joule::error::Result<RemoteSigner>| r.err().map(|e| e.code().to_string()).unwrap_or_default();
    assert_eq!(
        code(RemoteSigner::connect(&dir.path().join("none.sock"))),
        "signer.unreachable"
    );
    assert_eq!(
        code(RemoteSigner::spawn(Command::new("/nowhere/joule"))),
        "signer.no_start"
    );
    // Echoes our own question.
    assert_eq!(code(RemoteSigner::spawn(Command::new("cat"))), "signer.protocol");
    let ended = code(RemoteSigner::spawn(Command::new("true")));
    assert!(ended == "signer.gone" || ended == "signer.protocol", "{ended}");
}

#[tokio::test]
async fn a_refused_submission_does_not_hold_up_the_batch() {
    let chain = Chain::start();
    chain.with(|l| l.fund(key().address()));
    let node = chain.node().await;
    let dir = tempfile::tempdir().unwrap();
    let guard: Arc<dyn Signer> = Arc::new(guard_with(policy(), dir.path()));
    let journal = Arc::new(Journal::open(&dir.path().join("home")).unwrap());
    let sender = Sender::start(client(&[&node]).await, guard, journal, options());
    let (good, bad) = tokio::join!(
        sender.submit(vec![msg("start")]),
        sender.submit(vec![msg("update_owner")])
    );
    good.unwrap();
    assert_eq!(bad.unwrap_err().code(), "signer.message");
    assert_eq!(chain.with(|l| (l.count("start"), l.count("update_owner"))), (1, 0));
}

#[test]
fn key_files_hold_their_phrase_closely() {
    let dir = tempfile::tempdir().unwrap();
    let store = KeyStore::new(dir.path().join("keys")).with_work_factor(2);
    let (right, wrong) = (SecretString::from("correct horse"), SecretString::from("wrong horse"));
    assert!(store.list().unwrap().is_empty());
    let (entry, phrase) = store.create("main", 12, &right).unwrap();
    let path = dir.path().join("keys/main.key");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        !phrase.expose().split(' ').take(3).all(|w| text.contains(w)),
        "the phrase is not readable in the file"
    );

    assert_eq!(store.open("main", &right).unwrap().address(), entry.address);
    assert_eq!(store.show("main").unwrap(), entry);
    let code = |e: joule::error::Error| e.code().to_string();
    assert_eq!(code(store.open("main", &wrong).unwrap_err()), "keys.wrong_passphrase");
    assert_eq!(code(store.open("other", &right).unwrap_err()), "keys.unknown");
    assert_eq!(code(store.show("../main").unwrap_err()), "keys.bad_name");
    assert_eq!(code(store.create("main", 24, &right).unwrap_err()), "keys.exists");
    assert_eq!(
        code(store.export("main", &right, false).unwrap_err()),
        "keys.export_refused"
    );
    assert_eq!(store.export("main", &right, true).unwrap().expose(), phrase.expose());

    store
        .import("again", &Phrase::parse(phrase.expose()).unwrap(), &right)
        .unwrap();
    let names: Vec<String> = store.list().unwrap().into_iter().map(|e| e.name).collect();
    assert_eq!(names, ["again", "main"]);

    // Another address in front of the same secret is noticed.
    let stranger = demo_key(1, "stranger").unwrap().1;
    std::fs::write(&path, text.replace(&entry.address, stranger.address())).unwrap();
    assert_eq!(code(store.open("main", &right).unwrap_err()), "keys.file_tampered");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(code(store.open("main", &right).unwrap_err()), "keys.file_mode");
    std::fs::write(dir.path().join("keys/broken.key"), "{").unwrap();
    assert_eq!(code(store.open("broken", &right).unwrap_err()), "keys.damaged");
}

#[tokio::test]
async fn no_secret_shows_up_in_logs_errors_or_debug_text() {
    support::logs::collect();
    let dir = tempfile::tempdir().unwrap();
    let passphrase = SecretString::from("hunter-seventeen");
    let store = KeyStore::new(dir.path().join("keys")).with_work_factor(2);
    let (entry, phrase) = store.create("main", 24, &passphrase).unwrap();
    let key = store.open("main", &passphrase).unwrap();
    let chain = Chain::start();
    chain.with(|l| l.fund(key.address()));
    let node = chain.node().await;
    let mut seen = format!("{entry:?} {phrase:?} {key:?} {passphrase:?}");
    let guard: Arc<dyn Signer> = Arc::new(Guard::new(
        key,
        policy(),
        Spend::open(&dir.path().join("spend")).unwrap(),
    ));
    let journal = Arc::new(Journal::open(&dir.path().join("home")).unwrap());
    let sender = Sender::start(client(&[&node]).await, guard, journal, options());
    sender.submit(vec![msg("start")]).await.unwrap();
    seen += &sender.submit(vec![msg("update_owner")]).await.unwrap_err().to_string();
    seen += &store
        .open("main", &SecretString::from("wrong"))
        .unwrap_err()
        .to_string();
    let logs = support::logs::text();
    assert!(
        logs.contains("outgoing request"),
        "the log is there at its finest level"
    );
    seen += &logs;

    let seed = bip39::Mnemonic::parse(phrase.expose()).unwrap().to_seed("");
    let path = "m/44'/118'/0'/0/0".parse().unwrap();
    let secret = cosmrs::bip32::XPrv::derive_from_path(seed, &path)
        .unwrap()
        .private_key()
        .to_bytes();
    let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, secret);
    let words: Vec<&str> = phrase.expose().split(' ').collect();
    let pair = words[..2].join(" ");
    for needle in [
        &pair,
        &hex::encode(secret),
        &hex::encode_upper(secret),
        &base64,
        "hunter-seventeen",
    ] {
        assert!(!seen.contains(needle), "a secret leaked");
    }
}
