//! The embedded chain with a market: an owner that pays an operator's fees, and a keeper with rounds that drand published.
mod drand;
mod net;

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cosmwasm_std::{coins, HexBinary};
use drand::{server, Manner};
use joule::chain::contracts::Market;
use joule::chain::deploy::{Codes, Site};
use joule::chain::tx::GasPolicy;
use joule::devchain::{store_key, store_settings, Settings, TREASURY};
use joule::keys::demo_key;
use joule::signer::LocalSigner;
use joule_devchain::{Code, DevChain, Genesis, Handle};
use joule_rollout::{Deployment, Plan};
use joule_types::registry::BeaconParams;
use joule_types::staking::GenesisStake;
use joule_work::beacon::{QUICKNET_KEY, QUICKNET_PERIOD};
use net::{key, scenarios, Net, NAMES};

/// A market on an embedded chain, deployed by the first of the names.
async fn market(mut plan: Plan) -> (Handle, Net, Deployment) {
    // A launch is voted for, and votes are stake.
    plan.genesis_stake = vec![GenesisStake {
        owner: key("beam").address().to_string(),
        amount: TREASURY.into(),
    }];
    plan.token.treasury = TREASURY.into();
    let balances = NAMES.map(|name| (key(name).address().to_string(), coins(1_000_000_000, "uwatt")));
    let codes = joule_native::codes().map(|code| Code {
        name: code.name.into(),
        version: code.version.into(),
        contract: code.contract,
    });
    let genesis = Genesis {
        balances: balances.into(),
        codes: codes.into(),
        ..Genesis::default()
    };
    let options = joule_devchain::Options {
        block_time: Duration::from_millis(100),
        ..Default::default()
    };
    let start = move || DevChain::start(genesis, options).unwrap();
    let dev = tokio::task::spawn_blocking(start).await.unwrap();
    let net = Net::at(&dev.rpc_url(), dev.chain_id());
    let gas = GasPolicy {
        max_gas: 50_000_000,
        max_fee: 10_000_000,
        ..net::options().gas
    };
    let site = Site {
        chain: net.client(&[&net.rpc]).await,
        signer: Some(Arc::new(LocalSigner::new(key(NAMES[0])))),
        gas,
        codes: Codes::Preloaded,
    };
    let deployment = site.deploy(plan, None).await.unwrap();
    (dev, net, deployment)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_pays_the_fees_of_an_operator() {
    let (_dev, net, deployment) = market(Plan::demo(key("beam").address())).await;
    let owner = net.party("anchor").await;
    let operator = demo_key(0, "without coins").unwrap().1;
    let call = format!(
        r#"{{"increase_allowance":{{"spender":"{}","amount":"1"}}}}"#,
        key("beam").address()
    );
    let token = &deployment.contracts["token"].address;
    scenarios::fees_of_another(&net, &owner, operator, token, &call).await;
}

/// Ends with the test.
struct Keeper(Child);

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_posts_published_rounds_of_quicknet_and_the_chain_believes_them() {
    // Round 1000 of the vectors is due in an hour, and every round opens a window.
    let due = unix_now() + 3_600;
    let mut plan = Plan::demo(key("beam").address());
    plan.beacon = BeaconParams {
        public_key: HexBinary::from_hex(QUICKNET_KEY).unwrap(),
        genesis: due - 999 * QUICKNET_PERIOD,
        period: QUICKNET_PERIOD,
    };
    plan.registry.window_every_secs = QUICKNET_PERIOD;
    let (dev, net, deployment) = market(plan).await;

    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("market.json");
    std::fs::write(&file, serde_json::to_vec(&deployment).unwrap()).unwrap();
    store_key(home.path(), "anchor", &demo_key(0, "anchor").unwrap().0).unwrap();
    let settings = Settings {
        chain_id: &deployment.chain_id,
        rpc: &net.rpc,
        deployment: &file,
        key: "anchor",
    };
    store_settings(home.path(), &settings).unwrap();
    // Nobody, a liar, one behind, then one that has what drand published.
    let mut endpoints = vec!["http://127.0.0.1:9/hash".to_string()];
    for manner in [Manner::Forged, Manner::Behind, Manner::Quicknet] {
        endpoints.push(server(manner).await.0);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_joule"));
    command
        .args(["keep", "--log", "info", "--beacon", &endpoints.join(",")])
        .env("JOULE_HOME", home.path());
    let log = home.path().join("keeper.log");
    command
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap());
    let _keeper = Keeper(command.spawn().unwrap());

    let client = net.client(&[&net.rpc]).await;
    let registry = Market::new(client, &deployment.peers().unwrap()).registry;
    let said = || std::fs::read_to_string(&log).unwrap();
    let started = Instant::now();
    while !said().contains("keeping") {
        assert!(started.elapsed() < Duration::from_secs(60), "{}", said());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let ahead = due + 1 - unix_now();
    let _dev = tokio::task::spawn_blocking(move || dev.advance(Duration::from_secs(ahead)).map(|_| dev))
        .await
        .unwrap()
        .unwrap();
    let window = loop {
        if let Some(window) = registry.window(None).await.unwrap() {
            break window;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{}", said());
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!((1_000..=1_002).contains(&window.round), "{}", window.round);
    assert!(registry.round(window.round).await.unwrap().is_some());
}

fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
