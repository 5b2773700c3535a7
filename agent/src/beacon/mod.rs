//! Rounds of the beacon, from wherever they are published. A keeper posts them; nobody has to believe it, since the registry
//! verifies every signature itself.
mod http;

use async_trait::async_trait;
use joule_beacon::LocalBeacon;
use joule_types::registry::BeaconParams;
use joule_work::beacon::QUICKNET_KEY;

use crate::error::{Error, Result};

pub use http::HttpBeacon;

/// The word that chooses the beacon of the local chains.
const LOCAL: &str = "local";
/// Who serves drand's quicknet, with the hash of its chain.
const QUICKNET: [&str; 4] = [
    "https://api.drand.sh/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    "https://api2.drand.sh/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    "https://api3.drand.sh/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    "https://drand.cloudflare.com/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
];

/// Where signatures of rounds come from.
#[async_trait]
pub trait BeaconSource: Send + Sync {
    /// The signature of a round, verified under the chain's key; none if it is not published yet.
    async fn round(&self, round: u64) -> Result<Option<Vec<u8>>>;
}

/// The beacon of the local chains: every round is there at once. Its key is no secret.
struct Local(LocalBeacon);

#[async_trait]
impl BeaconSource for Local {
    async fn round(&self, round: u64) -> Result<Option<Vec<u8>>> {
        Ok(Some(self.0.sign(round).to_vec()))
    }
}

/// The source that `wanted` names (`local`, or addresses of drand's HTTP interface with the hash of the chain), or without
/// any the one that is known for the chain's key.
///
/// # Errors
/// `beacon.other_key` if the local beacon does not sign for this chain, `beacon.unknown_key` if nothing is known of its key,
/// `beacon.bad_endpoint`.
pub fn open(wanted: &[String], chain: &BeaconParams) -> Result<Box<dyn BeaconSource>> {
    let local = LocalBeacon::new();
    let ours = chain.public_key.as_slice() == local.public_key();
    match wanted {
        [word] if word == LOCAL && ours => Ok(Box::new(Local(local))),
        [word] if word == LOCAL => Err(Error::config(
            "beacon.other_key",
            "this chain does not believe the local beacon",
            "give the addresses of its beacon with --beacon, or leave the flag out",
        )),
        [] if ours => Ok(Box::new(Local(local))),
        [] if chain.public_key.to_hex() == QUICKNET_KEY => Ok(Box::new(HttpBeacon::new(&QUICKNET, chain)?)),
        [] => Err(Error::config(
            "beacon.unknown_key",
            format!("nothing is known of the beacon with key {}", chain.public_key),
            "give the addresses of its HTTP interface with --beacon",
        )),
        urls => Ok(Box::new(HttpBeacon::new(urls, chain)?)),
    }
}

/// Each of the sources that [`open`] would ask, by itself, with its name.
///
/// # Errors
/// Those of [`open`].
pub fn open_each(wanted: &[String], chain: &BeaconParams) -> Result<Vec<(String, Box<dyn BeaconSource>)>> {
    let quicknet = chain.public_key.to_hex() == QUICKNET_KEY;
    let urls: Vec<String> = match wanted {
        [] if quicknet => QUICKNET.map(String::from).to_vec(),
        [] => return Ok(vec![(LOCAL.into(), open(wanted, chain)?)]),
        wanted => wanted.to_vec(),
    };
    let one = |url: String| Ok((url.clone(), open(&[url], chain)?));
    urls.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::HexBinary;

    use super::*;

    fn chain(key: &[u8]) -> BeaconParams {
        BeaconParams {
            public_key: HexBinary::from(key),
            genesis: 1,
            period: 1,
        }
    }

    #[tokio::test]
    async fn the_chain_s_key_decides_what_is_believed() {
        let local = chain(&LocalBeacon::new().public_key());
        let other = chain(&LocalBeacon::with_seed(b"other").public_key());
        let quicknet = chain(&hex::decode(QUICKNET_KEY).unwrap());
        let word = [LOCAL.to_string()];
        for wanted in [&word[..], &[]] {
            let signature = open(wanted, &local).unwrap().round(7).await.unwrap().unwrap();
            assert!(joule_beacon::verify(&local.public_key, 7, &signature).is_ok());
        }
        let code = |opened: Result<Box<dyn BeaconSource>>| opened.err().map(|e| e.code().to_string());
        assert_eq!(code(open(&word, &quicknet)).as_deref(), Some("beacon.other_key"));
        assert_eq!(code(open(&[], &other)).as_deref(), Some("beacon.unknown_key"));
        assert_eq!(code(open(&[], &quicknet)), None);
        let names = |wanted: &[String], chain| -> Vec<String> {
            open_each(wanted, chain)
                .unwrap()
                .into_iter()
                .map(|(name, _)| name)
                .collect()
        };
        assert_eq!(names(&[], &local), ["local"]);
        assert_eq!(names(&[], &quicknet), QUICKNET);
        for url in ["http://beacon.example/x", "beacon.example", "https://10.0.0.1/x"] {
            assert_eq!(
                code(open(&[url.into()], &quicknet)).as_deref(),
                Some("beacon.bad_endpoint"),
                "{url}"
            );
        }
    }
}
