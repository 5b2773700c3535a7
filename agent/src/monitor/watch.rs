//! What is looked up every now and then, because asking for it at every scrape would cost the nodes too much.
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cw20::Denom;
use serde::Serialize;

use super::board::Board;
use super::gauges::{bytes_below, free_bytes};
use super::Own;
use crate::daemon::blocking;
use crate::error::Result;

/// Pause between two looks.
const EVERY: Duration = Duration::from_secs(10);

/// What a role says about itself.
#[async_trait]
pub trait Watched: Send + Sync {
    /// Whose earnings are shown.
    fn payee(&self) -> &str;

    /// Why it cannot work now, by what the chain says; nothing when it can. Brings gauges that come from the chain up to
    /// date.
    async fn standing(&self) -> Result<Option<String>>;

    /// What is under way. Brings its gauges up to date.
    async fn in_hand(&self) -> Result<Vec<InHand>>;
}

/// Something under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InHand {
    /// Which, in words.
    pub what: String,
    /// How far it is.
    pub state: String,
    /// Next deadline on the chain, Unix seconds, as last seen.
    pub deadline: Option<u64>,
}

/// Looks for as long as the process lives.
pub async fn look(board: Arc<Board>) {
    loop {
        if let Some(own) = board.own() {
            if let Err(error) = money(&board, own).await {
                tracing::debug!(%error, "balances are not known");
            }
            if let Err(error) = disk(&board, own).await {
                tracing::debug!(%error, "the disk is not known");
            }
        }
        if let Some(watched) = board.watched() {
            match watched.standing().await {
                Ok(why) => board.stands(why),
                // Whether the chain answers is a check of its own.
                Err(error) => tracing::debug!(%error, "the standing is not known"),
            }
        }
        let ready = board.checks().await.iter().all(|check| check.ok);
        board.gauges.ready.set(f64::from(u8::from(ready)));
        // The first look after a change of the stage is worth having at once.
        let _ = tokio::time::timeout(EVERY, board.changed.notified()).await;
    }
}

async fn money(board: &Board, own: &Own) -> Result<()> {
    let chain = &own.market.chain;
    let fees = chain.balance(own.sender.address(), &board.fee_denom).await?;
    board.gauges.fee_balance.of(&board.fee_denom).set(fees as f64);
    let payee = board.watched().map_or(own.sender.address(), |watched| watched.payee());
    for balance in own.market.escrow.balances(payee).await? {
        let denom = match &balance.denom {
            Denom::Native(denom) => denom.as_str(),
            Denom::Cw20(token) if token.as_str() == own.market.token.address() => "ujoule",
            Denom::Cw20(token) => token.as_str(),
        };
        board.gauges.earned.of(denom).set(balance.earned.u128() as f64);
    }
    Ok(())
}

async fn disk(board: &Board, own: &Own) -> Result<()> {
    let (home, cache) = (board.home.clone(), own.cache.clone());
    let (free, cached) = blocking(move || (free_bytes(&home), cache.as_deref().map_or(0, bytes_below))).await?;
    board.gauges.cache.set(cached as f64);
    if let Some(free) = free {
        board.gauges.disk_free.set(free as f64);
    }
    Ok(())
}
