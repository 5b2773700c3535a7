//! `joule deploy` against the embedded chain, through a line that breaks: before a transaction reaches the chain, or before the deployer
//! hears that it did.
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::{body::Bytes, extract::State, http::StatusCode, routing::post, Router};
use cosmwasm_std::{coins, Binary, CosmosMsg, WasmMsg};
use joule::chain::deploy::{Codes, Site};
use joule::chain::tx::GasPolicy;
use joule::chain::{Client, Limits};
use joule::config::{self, MarketFile};
use joule::keys::{demo_key, Key};
use joule::signer::LocalSigner;
use joule_devchain::{Code, DevChain, Genesis, Handle};
use joule_rollout::{Change, Deployment, Plan, Upgrade};
use joule_types::staking::GenesisStake;
use joule_types::Peer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Six contracts and the launch.
const TRANSACTIONS: u32 = 7;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Cut {
    Before,
    After,
}

/// What the line does to transactions.
#[derive(Default)]
struct Line {
    seen: u32,
    breaks_at: Option<(u32, Cut)>,
    broken: bool,
}

#[derive(Clone)]
struct Proxy {
    line: Arc<Mutex<Line>>,
    chain: String,
}

impl Proxy {
    /// Breaks for good at the transaction of that number, if it is this side of it.
    fn breaks(&self, cut: Cut) -> bool {
        let mut line = self.line.lock().unwrap();
        line.broken |= line.breaks_at == Some((line.seen, cut));
        line.broken
    }

    async fn pass(&self, body: &[u8]) -> Vec<u8> {
        let mut node = tokio::net::TcpStream::connect(&self.chain).await.unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: chain\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        node.write_all(head.as_bytes()).await.unwrap();
        node.write_all(body).await.unwrap();
        let mut answer = Vec::new();
        node.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        answer.split_off(end + 4)
    }
}

async fn call(State(proxy): State<Proxy>, body: Bytes) -> Result<Vec<u8>, StatusCode> {
    let sends = body.windows(17).any(|part| part == b"broadcast_tx_sync");
    if proxy.line.lock().unwrap().broken || (sends && proxy.breaks(Cut::Before)) {
        return Err(StatusCode::BAD_GATEWAY);
    }
    let answer = proxy.pass(&body).await;
    if sends {
        if proxy.breaks(Cut::After) {
            return Err(StatusCode::BAD_GATEWAY);
        }
        proxy.line.lock().unwrap().seen += 1;
    }
    Ok(answer)
}

struct Rig {
    dev: Handle,
    proxy: Proxy,
    url: String,
    plan: Plan,
}

fn deployer() -> Key {
    demo_key(11, "deployer").unwrap().1
}

impl Rig {
    async fn new() -> Self {
        let genesis = Genesis {
            balances: vec![(deployer().address().to_string(), coins(1_000_000_000, "uwatt"))],
            codes: joule_native::codes()
                .map(|code| Code {
                    name: code.name.into(),
                    version: code.version.into(),
                    contract: code.contract,
                })
                .into(),
            ..Genesis::default()
        };
        let options = joule_devchain::Options {
            block_time: Duration::from_millis(50),
            ..Default::default()
        };
        let dev = tokio::task::spawn_blocking(move || DevChain::start(genesis, options))
            .await
            .unwrap()
            .unwrap();
        let proxy = Proxy {
            line: Arc::default(),
            chain: dev.rpc_url().trim_start_matches("http://").to_string(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/", post(call)).with_state(proxy.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let mut plan = Plan::demo(deployer().address());
        plan.genesis_stake = vec![GenesisStake {
            owner: deployer().address().into(),
            amount: plan.power_floor,
        }];
        Self { dev, proxy, url, plan }
    }

    async fn site(&self) -> Site {
        let limits = Limits {
            backoff: Duration::from_millis(10),
            ..Limits::default()
        };
        Site {
            chain: Client::connect("joule-dev-1", &[&self.url], limits).await.unwrap(),
            signer: Some(Arc::new(LocalSigner::new(deployer()))),
            gas: GasPolicy {
                denom: "uwatt".into(),
                price: "0.025".parse().unwrap(),
                max_gas: 50_000_000,
                max_fee: 10_000_000,
            },
            codes: Codes::Preloaded,
        }
    }

    async fn deploy(&self, recorded: Option<Deployment>) -> joule::error::Result<Deployment> {
        self.site().await.deploy(self.plan.clone(), recorded).await
    }

    /// Transactions of the deployer that are in blocks.
    async fn sent(&self) -> u64 {
        let client = Client::connect("joule-dev-1", &[self.dev.rpc_url()], Limits::default())
            .await
            .unwrap();
        client.account(deployer().address()).await.unwrap().unwrap().sequence
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_loses_its_line_anywhere_is_finished_by_the_next_and_nothing_is_done_twice() {
    let rig = Rig::new().await;
    let reference = rig.deploy(None).await.unwrap();
    assert_eq!(rig.sent().await, u64::from(TRANSACTIONS));
    for recorded in [None, Some(reference.clone())] {
        assert_eq!(rig.deploy(recorded).await.unwrap(), reference);
        assert_eq!(rig.sent().await, u64::from(TRANSACTIONS), "a second run sends nothing");
    }
    let cases = (0..TRANSACTIONS).flat_map(|at| [(at, Cut::Before), (at, Cut::After)]);
    for case in cases {
        let rig = Rig::new().await;
        rig.proxy.line.lock().unwrap().breaks_at = Some(case);
        let error = rig.deploy(None).await.unwrap_err();
        assert_eq!(error.code(), "chain.unreachable", "{case:?}: {error}");
        *rig.proxy.line.lock().unwrap() = Line::default();
        // At once: what the first run sent may still wait for its block.
        assert_eq!(rig.deploy(None).await.unwrap(), reference, "{case:?}");
        assert_eq!(
            rig.sent().await,
            u64::from(TRANSACTIONS),
            "{case:?}: nothing is done twice"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_differences_are_told_and_need_no_key() {
    let rig = Rig::new().await;
    let deployment = rig.deploy(None).await.unwrap();
    let site = Site {
        signer: None,
        ..rig.site().await
    };
    let compare = |plan: &Plan, deployment: &Deployment| {
        let (site, plan, deployment) = (site.clone(), plan.clone(), deployment.clone());
        async move { site.differences(plan, deployment, true).await.unwrap() }
    };
    assert_eq!(compare(&rig.plan, &deployment).await, []);

    let (mut plan, mut other) = (rig.plan.clone(), deployment.clone());
    plan.dao.quorum_bps = 1;
    plan.marketplace.fees.fee_bps = 700;
    other.contracts.get_mut("escrow").unwrap().checksum = "00".into();
    let found: Vec<_> = compare(&plan, &other).await.iter().map(ToString::to_string).collect();
    let checksum = &deployment.contracts["escrow"].checksum;
    assert_eq!(
        found,
        [
            format!("escrow: checksum is {checksum}, expected 00"),
            "marketplace: params.fees.fee_bps is 800, expected 700".into(),
            "dao: params.quorum_bps is 2000, expected 1".into(),
            format!("escrow: checksum of the code is 00, expected {checksum}"),
        ]
    );
    let error = rig.site().await.deploy(plan, Some(other)).await.unwrap_err();
    assert_eq!(error.code(), "roll.differs");
    assert!(
        error.what().contains("quorum_bps") && error.what().contains("fee_bps"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_upgrade_names_the_contract_and_what_to_do() {
    let rig = Rig::new().await;
    let deployment = rig.deploy(None).await.unwrap();
    let change = |peer: Peer| {
        let record = deployment.contract(peer).unwrap().clone();
        Change {
            peer,
            address: record.address,
            runs: record.code_id,
            checksum: record.checksum.clone(),
            code_id: Some(record.code_id),
            new_checksum: record.checksum,
        }
    };
    let changes = vec![change(Peer::Escrow), change(Peer::Dao)];
    let msgs = changes.iter().map(|change| {
        CosmosMsg::from(WasmMsg::Migrate {
            contract_addr: change.address.clone(),
            new_code_id: change.runs,
            msg: Binary::from(b"{}"),
        })
    });
    let upgrade = Upgrade {
        msgs: msgs.collect(),
        changes,
    };
    let error = rig.site().await.rehearse(&deployment, &upgrade).await.unwrap_err();
    assert_eq!(error.code(), "kit.not_newer", "{error}");
    assert!(error.what().starts_with("escrow: stored version is "), "{error}");
    assert!(error.next().starts_with("raise the version"), "{error}");
}

/// A crash between the last transaction and the file costs nothing, and none leaves half a file.
#[test]
fn the_deployment_file_is_replaced_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("joule-x-1.json");
    let file = |deployer: &str| Deployment {
        chain_id: "joule-x-1".into(),
        deployer: deployer.into(),
        contracts: Default::default(),
    };
    config::write_deployment(&path, &file("a")).unwrap();
    let first = path.metadata().unwrap();
    config::write_deployment(&path, &file("a")).unwrap();
    assert_eq!(
        path.metadata().unwrap().ino(),
        first.ino(),
        "the same again is not written"
    );
    config::write_deployment(&path, &file("b")).unwrap();
    let second = path.metadata().unwrap();
    assert_ne!(second.ino(), first.ino(), "a new file takes the place of the old one");
    assert_eq!(second.mode() & 0o777, 0o644);
    assert!(std::fs::read_to_string(&path).unwrap().contains("\"b\""));
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file stays");

    let error = config::write_deployment(&folder.path().join("none/x.json"), &file("a")).unwrap_err();
    assert_eq!(error.code(), "deploy.no_output");
}

#[test]
fn a_market_file_may_change_what_its_profile_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    let head =
        "chain_id = \"x\"\nrpc = []\nprofile = \"public\"\narbiter = \"wasm1a\"\ntreasury = \"5\"\nsalt_version = 3\n";
    let read = |more: &str| {
        std::fs::write(&path, format!("{head}{more}")).unwrap();
        MarketFile::read(&path)?.plan()
    };
    let plan = read("[params]\npower_floor = \"7\"\n[params.dao]\nvoting_secs = 600\n").unwrap();
    let mut expected = Plan::public("wasm1a");
    expected.salt_version = 3;
    expected.token.treasury = 5u128.into();
    expected.power_floor = 7u128.into();
    expected.dao.voting_secs = 600;
    assert_eq!(plan, expected);
    for wrong in [
        "[params]\nfloor = 1",
        "[params.dao]\nvoting = 1",
        "[params.dao]\nvoting_secs = \"x\"",
    ] {
        assert_eq!(read(wrong).unwrap_err().code(), "deploy.bad_params", "{wrong}");
    }
}
