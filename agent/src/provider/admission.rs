//! Admission: one ticket below the target, searched by all threads.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use joule_types::registry::{ChallengeResponse, NodeResponse, NodeState};
use joule_types::NodeId;
use joule_work::ticket::solves;

use super::context::blocking;
use crate::chain::contracts::Market;
use crate::chain::tx::Sender;
use crate::error::{Error, Result};
use crate::tickets::{CpuShare, Pace};

/// Ids tried between two looks at the clock.
const BATCH: u64 = 4096;
/// Pause between two looks for the round of a challenge.
const LOOK: Duration = Duration::from_millis(500);
/// Kept of the time for the answer to land.
const MARGIN: Duration = Duration::from_secs(5);

/// Passes the admission of a node that needs it; says whether it may beat.
pub async fn admit(
    market: &Market,
    sender: &Sender,
    node: &NodeResponse,
    threads: usize,
    share: CpuShare,
) -> Result<bool> {
    match node.state {
        NodeState::Rejected => {
            tracing::error!(node = %node.node, "rejected for good: it cannot work");
            return Ok(false);
        }
        NodeState::Verified | NodeState::Active | NodeState::Earning | NodeState::Inactive => return Ok(true),
        NodeState::Pending | NodeState::Slashed => {}
    }
    loop {
        if solve(market, sender, node.node, threads, share).await? {
            return Ok(true);
        }
        tracing::warn!(node = %node.node, "not admitted in time: asking for another challenge");
    }
}

/// One challenge. False when its time passed without a solution.
async fn solve(market: &Market, sender: &Sender, node: NodeId, threads: usize, share: CpuShare) -> Result<bool> {
    let registry = &market.registry;
    let mut open = registry.challenge(node).await?;
    let now = market.now().await?;
    if open.as_ref().is_none_or(|open| open.deadline_at < now) {
        sender.submit(vec![registry.request_challenge(node)?]).await?;
        open = registry.challenge(node).await?;
    }
    let Some(open) = open else {
        let next = "the registry rejects a node after too many missed challenges";
        return Err(Error::refused(
            "provider.no_challenge",
            format!("node {node} got no challenge"),
            next,
        ));
    };
    let Some(seed) = seed(market, node, &open).await? else {
        tracing::warn!(%node, round = open.round, "the round of the challenge was never posted: nobody is blamed");
        tokio::time::sleep(Duration::from_secs(1)).await;
        return Ok(false);
    };
    let left = Duration::from_secs(open.deadline_at.saturating_sub(market.now().await?)).saturating_sub(MARGIN);
    tracing::info!(%node, "searching the admission ticket");
    let target = open.target.u64();
    let end = Instant::now() + left;
    let Some(nonce) = blocking(move || search(&seed, target, threads, share, end)).await? else {
        // The next request books the miss.
        tokio::time::sleep(MARGIN + Duration::from_secs(1)).await;
        return Ok(false);
    };
    sender.submit(vec![registry.solve_challenge(node, nonce)?]).await?;
    tracing::info!(%node, nonce, "admitted");
    Ok(true)
}

/// The seed of an open challenge, once its round of the beacon is posted. None if its time passes before.
async fn seed(market: &Market, node: NodeId, open: &ChallengeResponse) -> Result<Option<[u8; 32]>> {
    let mut told = false;
    while market.now().await? <= open.deadline_at {
        let now = market.registry.challenge(node).await?;
        let Some(now) = now.filter(|now| now.opened_at == open.opened_at) else {
            return Ok(None);
        };
        if let Some(seed) = now.seed {
            let next = "use agent and market of one version";
            return seed
                .to_array()
                .map(Some)
                .map_err(|e| Error::refused("provider.no_challenge", e, next));
        }
        if !told {
            tracing::info!(%node, round = open.round, "waiting for the round that the challenge comes from");
            told = true;
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(None)
}

/// The first ticket found within the target, or none in time.
fn search(seed: &[u8; 32], target: u64, threads: usize, share: CpuShare, end: Instant) -> Option<u64> {
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let work = || {
            let mut pace = Pace::start(share);
            while !stop.load(Ordering::Relaxed) && Instant::now() < end {
                let from = next.fetch_add(BATCH, Ordering::Relaxed);
                if let Some(nonce) = (from..from.saturating_add(BATCH)).find(|id| solves(seed, *id, target)) {
                    stop.store(true, Ordering::Relaxed);
                    return Some(nonce);
                }
                pace.rest(end.saturating_duration_since(Instant::now()));
            }
            None
        };
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        // A worker has nothing to panic about; if one does, the others go on.
        workers.into_iter().filter_map(|w| w.join().ok().flatten()).next()
    })
}

#[cfg(test)]
mod tests {
    use joule_work::ticket::difficulty_target;

    use super::*;

    #[test]
    fn a_solution_is_found_or_the_time_passes() {
        let target = difficulty_target(10_000).unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        let nonce = search(&[3; 32], target, 2, CpuShare::FULL, end).unwrap();
        assert!(solves(&[3; 32], nonce, target));
        let soon = Instant::now() + Duration::from_millis(100);
        assert_eq!(search(&[3; 32], 0, 2, CpuShare::FULL, soon), None);
        assert!(Instant::now() >= soon);
    }
}
