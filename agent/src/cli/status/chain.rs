//! What the chain knows.
use std::time::{SystemTime, UNIX_EPOCH};

use joule_types::marketplace::{JobFilter, JobResponse, OfferResponse};
use joule_types::registry::{CommitState, NodeResponse, ProviderResponse};
use joule_types::staking::ValidatorResponse;
use joule_types::{NodeId, WindowId};
use serde::Serialize;

use super::super::common::Session;
use super::super::funds::{self, Account};
use crate::chain::contracts::Seat;
use crate::error::Result;

/// The nodes, and the chain as the first good one shows it.
#[derive(Serialize)]
pub struct ChainState {
    pub chain_id: String,
    pub height: u64,
    /// Time of the latest block, seconds since 1970.
    pub time: u64,
    /// Between that and this machine's clock.
    pub age_secs: u64,
    pub nodes: Vec<Node>,
}

#[derive(Serialize)]
pub struct Node {
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

pub async fn state(session: &Session) -> Result<ChainState> {
    let chain = &session.market.chain;
    let nodes = chain.endpoints().check().await.into_iter();
    let nodes = nodes
        .map(|seen| Node {
            url: seen.url,
            height: seen.status.as_ref().ok().map(|status| status.height),
            trouble: seen.status.err().map(|error| error.to_string()),
        })
        .collect();
    let time = session.market.now().await?;
    let ours = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    Ok(ChainState {
        chain_id: chain.chain_id().into(),
        height: chain.height().await?,
        age_secs: ours.saturating_sub(time),
        time,
        nodes,
    })
}

/// A provider with all that it has on the market.
#[derive(Serialize)]
pub struct ProviderState {
    pub record: ProviderResponse,
    pub nodes: Vec<NodeResponse>,
    pub offers: Vec<OfferResponse>,
    /// Open jobs whose running attempt is the provider's.
    pub attempts: Vec<JobResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Where earnings go.
    pub payout: Account,
    /// Base units of JOULE behind the provider.
    pub bonded: String,
}

/// The latest proof window, while something can be done in it.
#[derive(Serialize)]
pub struct Window {
    pub window: WindowId,
    pub closes_at: u64,
    pub reveal_by: u64,
    pub commits: Vec<Commit>,
}

#[derive(Serialize)]
pub struct Commit {
    pub node: NodeId,
    /// None: nothing is committed.
    pub state: Option<CommitState>,
}

pub async fn provider(session: &Session, address: &str) -> Result<Option<ProviderState>> {
    let market = &session.market;
    let Some(record) = market.registry.provider_of(address).await? else {
        return Ok(None);
    };
    let nodes = market.registry.nodes_of(record.provider).await?;
    let filter = JobFilter::Provider {
        provider: record.provider,
    };
    let now = market.now().await?;
    let open = market
        .registry
        .window(None)
        .await?
        .filter(|window| now <= window.reveal_by);
    let window = match open {
        Some(window) => {
            let mut commits = Vec::new();
            for node in &nodes {
                let commit = market.registry.commit(window.window, node.node).await?;
                commits.push(Commit {
                    node: node.node,
                    state: commit.map(|commit| commit.state),
                });
            }
            Some(Window {
                window: window.window,
                closes_at: window.closes_at,
                reveal_by: window.reveal_by,
                commits,
            })
        }
        None => None,
    };
    Ok(Some(ProviderState {
        offers: market.marketplace.offers_of(record.provider).await?,
        attempts: market.marketplace.all_jobs(filter).await?,
        payout: funds::account(session, record.payout.as_str()).await?,
        bonded: market.staking.pool(record.owner.as_str()).await?.bonded.to_string(),
        record,
        nodes,
        window,
    }))
}

/// A validator and what it has to do.
#[derive(Serialize)]
pub struct ValidatorState {
    pub record: ValidatorResponse,
    /// Base units of JOULE behind it.
    pub bonded: String,
    /// Open seats, `job/attempt/rung/seat`.
    pub seats: Vec<String>,
    /// Until when the committees of these seats wait for the next step, seconds since 1970.
    pub next_deadline_at: Option<u64>,
}

pub async fn validator(session: &Session, address: &str) -> Result<Option<ValidatorState>> {
    let market = &session.market;
    let Some(record) = market.staking.validator_of(address).await? else {
        return Ok(None);
    };
    let open = market.marketplace.seats_of(record.owner.as_str()).await?;
    let mut next_deadline_at = None;
    for seat in &open {
        let due = market.marketplace.job(seat.job).await?.next_deadline_at;
        next_deadline_at = match (next_deadline_at, due) {
            (Some(known), Some(due)) => Some(std::cmp::min::<u64>(known, due)),
            (known, due) => known.or(due),
        };
    }
    Ok(Some(ValidatorState {
        bonded: market.staking.pool(record.owner.as_str()).await?.bonded.to_string(),
        seats: open.into_iter().map(|seat| Seat::from(seat).to_string()).collect(),
        next_deadline_at,
        record,
    }))
}
