//! drand over HTTP: several endpoints, each answer verified before it is used, the next one asked when one fails. An endpoint that
//! failed is left alone for a while, one that lied for longer.
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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

/// Rest of an endpoint after its first failure; doubles with each one in a row up to 32 times this.
const REST: Duration = Duration::from_secs(1);
/// Rest of an endpoint after an answer that is not true.
const REST_OF_LIARS: Duration = Duration::from_secs(60);

/// Endpoints of drand's HTTP interface: addresses with the hash of the chain (`https://host/<hash>`, or
/// `https://host/v2/chains/<hash>`).
pub struct HttpBeacon {
    client: reqwest::Client,
    endpoints: Vec<String>,
    public_key: Vec<u8>,
    memory: Mutex<Memory>,
}

/// What is known of the endpoints.
#[derive(Default)]
struct Memory {
    /// The one that answered last: it is asked first.
    good: usize,
    /// Beside each endpoint; shorter than their list until the first failure.
    bad: Vec<Option<Bad>>,
}

/// What an endpoint has done.
#[derive(Clone)]
struct Bad {
    failures: u32,
    rest_until: Instant,
    why: String,
}

/// Why an endpoint gave no round.
enum Failure {
    /// It did not answer, or not with a round.
    Useless(String),
    /// It answered with something that is not the round.
    Lie(String),
}

fn useless(why: impl std::fmt::Display) -> Failure {
    Failure::Useless(why.to_string())
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
        let client = crate::http::client()
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|e| Error::internal("beacon.client", e, "check the system's certificates"))?;
        Ok(Self {
            client,
            endpoints,
            public_key: chain.public_key.to_vec(),
            memory: Mutex::default(),
        })
    }

    /// What one endpoint says; none if it has not got the round yet.
    async fn ask(&self, endpoint: &str, round: u64) -> std::result::Result<Option<Vec<u8>>, Failure> {
        let place = if endpoint.contains("/v2/") { "rounds" } else { "public" };
        let answer = self.client.get(format!("{endpoint}/{place}/{round}")).send().await;
        let mut answer = answer.map_err(useless)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::TOO_EARLY => return Ok(None),
            status => return Err(useless(format!("it answers {status}"))),
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(useless)? {
            if body.len().saturating_add(part.len()) > MAX_BYTES {
                return Err(useless(format!("its answer has more than {MAX_BYTES} bytes")));
            }
            body.extend_from_slice(&part);
        }
        let said: Round = serde_json::from_slice(&body).map_err(|e| useless(format!("its answer is no round: {e}")))?;
        if said.round != round {
            return Err(Failure::Lie(format!("it answers with round {}", said.round)));
        }
        let signature =
            hex::decode(&said.signature).map_err(|e| Failure::Lie(format!("its signature is no hex: {e}")))?;
        joule_beacon::verify(&self.public_key, round, &signature).map_err(|e| Failure::Lie(e.to_string()))?;
        Ok(Some(signature))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.bad.resize(self.endpoints.len(), None);
        memory
    }

    /// Why an endpoint is not asked now.
    fn resting(&self, at: usize) -> Option<String> {
        let memory = self.memory();
        let bad = memory.bad.get(at)?.as_ref()?;
        (bad.rest_until > Instant::now()).then(|| format!("{} (asked again later)", bad.why))
    }

    fn failed(&self, at: usize, failure: Failure) -> String {
        let mut memory = self.memory();
        let failures = memory
            .bad
            .get(at)
            .and_then(Option::as_ref)
            .map_or(0, |bad| bad.failures);
        let (why, rest) = match failure {
            Failure::Useless(why) => (why, REST.saturating_mul(1 << failures.min(5))),
            Failure::Lie(why) => (why, REST_OF_LIARS),
        };
        if let Some(slot) = memory.bad.get_mut(at) {
            *slot = Some(Bad {
                failures: failures.saturating_add(1),
                rest_until: Instant::now() + rest,
                why: why.clone(),
            });
        }
        why
    }

    fn answered(&self, at: usize, with_round: bool) {
        let mut memory = self.memory();
        if let Some(slot) = memory.bad.get_mut(at) {
            *slot = None;
        }
        if with_round {
            memory.good = at;
        }
    }
}

#[async_trait]
impl BeaconSource for HttpBeacon {
    async fn round(&self, round: u64) -> Result<Option<Vec<u8>>> {
        let first = self.memory().good;
        let (mut early, mut failures) = (false, Vec::new());
        for at in 0..self.endpoints.len() {
            let at = (first + at) % self.endpoints.len();
            let Some(endpoint) = self.endpoints.get(at) else {
                continue;
            };
            if let Some(why) = self.resting(at) {
                failures.push(format!("{endpoint}: {why}"));
                continue;
            }
            match self.ask(endpoint, round).await {
                Ok(answer) => {
                    self.answered(at, answer.is_some());
                    if answer.is_some() {
                        return Ok(answer);
                    }
                    early = true;
                }
                Err(failure) => {
                    let why = self.failed(at, failure);
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
