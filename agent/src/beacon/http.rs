//! drand over HTTP: several endpoints, each answer verified before it is used, the next one asked when one fails.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use joule_types::registry::BeaconParams;
use reqwest::{redirect, StatusCode, Url};
use serde::Deserialize;

use super::BeaconSource;
use crate::error::{Error, Result};
use crate::objects::guard::{check_url, Network};

/// Longest wait for one endpoint.
const PATIENCE: Duration = Duration::from_secs(5);
/// Largest answer: a round takes some 400 bytes.
const MAX_BYTES: usize = 4 << 10;

/// Endpoints of drand's HTTP interface: addresses with the hash of the chain (`https://host/<hash>`, or
/// `https://host/v2/chains/<hash>`).
pub struct HttpBeacon {
    client: reqwest::Client,
    endpoints: Vec<String>,
    public_key: Vec<u8>,
    /// The one that answered last: it is asked first.
    good: AtomicUsize,
}

/// What an endpoint says of a round; what else it says is not needed.
#[derive(Deserialize)]
struct Round {
    round: u64,
    signature: String,
}

impl HttpBeacon {
    /// For the beacon that the chain believes.
    ///
    /// # Errors
    /// `beacon.bad_endpoint` for an address that is not https (or http on this machine), `beacon.client`.
    pub fn new<S: AsRef<str>>(endpoints: &[S], chain: &BeaconParams) -> Result<Self> {
        let endpoints = endpoints
            .iter()
            .map(|url| checked(url.as_ref()))
            .collect::<Result<_>>()?;
        // Whoever comes first installs it; there is one implementation in the program.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("joule/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|e| Error::internal("beacon.client", e, "check the system's certificates"))?;
        Ok(Self {
            client,
            endpoints,
            public_key: chain.public_key.to_vec(),
            good: AtomicUsize::new(0),
        })
    }

    /// What one endpoint says; none if it has not got the round yet. The error is in words.
    async fn ask(&self, endpoint: &str, round: u64) -> std::result::Result<Option<Vec<u8>>, String> {
        let place = if endpoint.contains("/v2/") { "rounds" } else { "public" };
        let answer = self.client.get(format!("{endpoint}/{place}/{round}")).send().await;
        let mut answer = answer.map_err(|e| e.to_string())?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::TOO_EARLY => return Ok(None),
            status => return Err(format!("it answers {status}")),
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|e| e.to_string())? {
            if body.len().saturating_add(part.len()) > MAX_BYTES {
                return Err(format!("its answer has more than {MAX_BYTES} bytes"));
            }
            body.extend_from_slice(&part);
        }
        let said: Round = serde_json::from_slice(&body).map_err(|e| format!("its answer is no round: {e}"))?;
        if said.round != round {
            return Err(format!("it answers with round {}", said.round));
        }
        let signature = hex::decode(&said.signature).map_err(|e| format!("its signature is no hex: {e}"))?;
        joule_beacon::verify(&self.public_key, round, &signature).map_err(|e| e.to_string())?;
        Ok(Some(signature))
    }
}

#[async_trait]
impl BeaconSource for HttpBeacon {
    async fn round(&self, round: u64) -> Result<Option<Vec<u8>>> {
        let first = self.good.load(Ordering::Relaxed);
        let (mut early, mut failures) = (false, Vec::new());
        for at in 0..self.endpoints.len() {
            let at = (first + at) % self.endpoints.len();
            let Some(endpoint) = self.endpoints.get(at) else {
                continue;
            };
            match self.ask(endpoint, round).await {
                Ok(Some(signature)) => {
                    self.good.store(at, Ordering::Relaxed);
                    return Ok(Some(signature));
                }
                Ok(None) => early = true,
                Err(why) => {
                    tracing::debug!(endpoint, round, why, "passed over");
                    failures.push(format!("{endpoint}: {why}"));
                }
            }
        }
        if early {
            return Ok(None);
        }
        Err(Error::unreachable(
            "beacon.unreachable",
            format!("round {round}: {}", failures.join("; ")),
            "check the addresses given with --beacon",
        ))
    }
}

/// An address without a slash at its end, if it may be asked.
fn checked(text: &str) -> Result<String> {
    let bad = |why: &dyn std::fmt::Display| {
        let next = "give https://<host>/<chain hash>, several with commas between them, or `local`";
        Error::usage("beacon.bad_endpoint", format!("`{text}`: {why}"), next)
    };
    let url = Url::parse(text).map_err(|e| bad(&e))?;
    check_url(&url, Network::WithLoopback).map_err(|e| bad(&e))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad(&"query and fragment are not supported"));
    }
    Ok(text.trim_end_matches('/').to_string())
}
