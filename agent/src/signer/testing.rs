//! What the tests of the roles' policies share.
use joule_types::Peers;

use super::Policy;
use crate::chain::contracts::Market;
use crate::chain::types::Msg;
use crate::chain::wire::Decoded;
use crate::chain::{Client, Endpoints, Limits};

/// A market that only has addresses: `wasm1registry` and so on.
pub fn market() -> Market {
    let name = |part: &str| format!("wasm1{part}");
    let peers = Peers {
        registry: name("registry"),
        marketplace: name("marketplace"),
        escrow: name("escrow"),
        staking: name("staking"),
        dao: name("dao"),
        token: name("token"),
    };
    let nodes = Endpoints::new("joule-dev-1", &["http://127.0.0.1:1"], Limits::default()).unwrap();
    Market::new(Client::new(nodes), &peers)
}

/// What a policy says of one message: nothing, or the code of the refusal.
pub fn judge(policy: &Policy, msg: Msg) -> Result<(), String> {
    let doc = Decoded {
        chain_id: "joule-dev-1".into(),
        account_number: 1,
        sequence: 0,
        public_key: vec![2; 33],
        timeout_height: 9,
        gas: 1_000,
        fee: vec![],
        granter: String::new(),
        msgs: vec![("wasm1me".into(), msg)],
    };
    policy
        .judge(&doc, "wasm1me", &[2; 33])
        .map(drop)
        .map_err(|e| e.code().to_string())
}
