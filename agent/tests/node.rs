//! The same on a real node. `scripts/e2e` runs it with JOULE_LOCALNET set to the RPC address of a `scripts/localnet` and
//! JOULE_DEPLOYMENT to the file of a market on it; without JOULE_LOCALNET it says that it did nothing.
mod net;

use std::path::PathBuf;

use joule::config::read_deployment;
use joule::keys::demo_key;
use net::{scenarios, Net};

/// The node, unless none is wanted. A wanted one that does not answer fails the test.
async fn node() -> Option<Net> {
    let Ok(rpc) = std::env::var("JOULE_LOCALNET") else {
        eprintln!("skipped: JOULE_LOCALNET is not set (scripts/localnet start)");
        return None;
    };
    let net = Net::real(&rpc);
    let status = net.client(&[&rpc]).await.status().await.unwrap();
    assert_eq!(status.chain_id, net.chain_id);
    Some(net)
}

macro_rules! on_the_node {
    ($($name:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            if let Some(net) = node().await {
                scenarios::$name(&net).await;
            }
        }
    )*};
}

net::for_each_scenario!(on_the_node);

#[tokio::test(flavor = "multi_thread")]
async fn bad_weather() {
    if let Some(net) = node().await {
        scenarios::bad_weather(&net, 7, 12).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_pays_the_fees_of_an_operator() {
    let Some(net) = node().await else { return };
    let file = std::env::var("JOULE_DEPLOYMENT").expect("JOULE_DEPLOYMENT: the file of a market on the node");
    let deployment = read_deployment(&PathBuf::from(file), &net.chain_id).unwrap();
    let token = &deployment.contracts["token"].address;
    let owner = net.party("sextant").await;
    let operator = demo_key(u64::from(std::process::id()), &net::fresh()).unwrap().1;
    let call = format!(
        r#"{{"increase_allowance":{{"spender":"{}","amount":"1"}}}}"#,
        owner.key.address()
    );
    scenarios::fees_of_another(&net, &owner, operator, token, &call).await;
}
