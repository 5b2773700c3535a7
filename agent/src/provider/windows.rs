//! Proof windows: search while one is open, commit before it closes, reveal after.
//!
//! The list is in the journal before its commitment is sent, and stays there until it is revealed: a list that was
//! committed and is not revealed counts as forged.
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use joule_types::registry::{CommitState, WindowResponse};
use joule_types::{NodeId, WindowId};
use joule_work::ticket::{list_digest, node_seed, pack_ids};

use super::context::{blocking, Context};
use super::onboard::may_beat;
use crate::error::{Error, Result};
use crate::journal::TicketList;
use crate::tickets::{Search, Until};

/// Share of a window that is kept for the commitment to land, and the least and most of it.
const MARGIN_SHARE: u32 = 4;
const LEAST_MARGIN: Duration = Duration::from_secs(1);
const MOST_MARGIN: Duration = Duration::from_secs(30);

/// What is under way. One task a list.
pub struct Windows {
    cx: Arc<Context>,
    busy: Mutex<HashSet<(u64, u64)>>,
}

/// Takes its entry out of `busy` when the task ends, in whatever way.
struct Turn {
    windows: Arc<Windows>,
    key: (u64, u64),
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.windows
            .busy
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}

impl Windows {
    pub fn new(cx: Arc<Context>) -> Self {
        Self {
            cx,
            busy: Mutex::default(),
        }
    }

    /// Looks at the latest window and at lists that are not settled. Starts tasks and returns.
    pub async fn sync(self: &Arc<Self>) -> Result<()> {
        let lists = self.cx.journal(|j| j.lists()).await?;
        for list in &lists {
            let key = (list.window, list.node);
            self.spawn(key, settle(self.cx.clone(), list.clone()));
        }
        if self.cx.is_draining() {
            return Ok(());
        }
        let Some(window) = self.cx.market.registry.window(None).await? else {
            return Ok(());
        };
        if search_time(&self.cx, &window).is_zero() {
            return Ok(());
        }
        for node in &self.cx.nodes {
            let key = (window.window.u64(), node.id.u64());
            if lists.iter().all(|list| (list.window, list.node) != key) {
                self.spawn(key, prove(self.cx.clone(), window.clone(), node.id));
            }
        }
        Ok(())
    }

    /// Whether a list is still owed to the chain.
    pub async fn is_settled(&self) -> Result<bool> {
        Ok(self.cx.journal(|j| j.lists()).await?.is_empty())
    }

    fn spawn(self: &Arc<Self>, key: (u64, u64), work: impl std::future::Future<Output = Result<()>> + Send + 'static) {
        if !self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(key) {
            return;
        }
        let turn = Turn {
            windows: self.clone(),
            key,
        };
        tokio::spawn(async move {
            let (window, node) = turn.key;
            if let Err(error) = work.await {
                tracing::warn!(window, node, %error, "proof window");
            }
            drop(turn);
        });
    }
}

/// Time for the search: what is left of the window without the margin for the commitment.
fn search_time(cx: &Context, window: &WindowResponse) -> Duration {
    let whole = Duration::from_secs(window.closes_at.saturating_sub(window.opened_at));
    let margin = (whole / MARGIN_SHARE).clamp(LEAST_MARGIN, MOST_MARGIN);
    cx.clock.left(window.closes_at).saturating_sub(margin)
}

/// Searches, puts the list down and commits to it.
async fn prove(cx: Arc<Context>, window: WindowResponse, node: NodeId) -> Result<()> {
    if cx.market.registry.commit(window.window, node).await?.is_some() {
        return Ok(());
    }
    let known = cx.market.registry.node(node).await?;
    // A node at work owes no proof, and its job is what is paid.
    if known.load > 0 || !may_beat(known.state) {
        return Ok(());
    }
    let seed = window
        .seed
        .to_array()
        .map_err(|e| Error::refused("provider.bad_window", e, "use agent and market of one version"))?;
    let seed = node_seed(&seed, node.u64(), 0, cx.sender.address());
    let (k, threads, share) = (u32::from(window.k), cx.config.threads(), cx.config.share());
    let until = Until::Deadline(Instant::now() + search_time(&cx, &window));
    let here = cx.clone();
    let began = Instant::now();
    let found = blocking(move || {
        let (stop, tried) = (AtomicBool::new(false), AtomicU64::new(0));
        here.searcher.search(&Search {
            seed,
            k,
            until,
            threads,
            share,
            stop: &stop,
            tried: &tried,
        })
    });
    let found = found
        .await?
        .map_err(|e| Error::refused("provider.bad_window", e, "use agent and market of one version"))?;
    cx.stats.ticket_search.observe(began.elapsed().as_secs_f64());
    cx.stats.ticket_units.inc_by(found.units);
    let Some(claim) = found.claim else {
        cx.stats.windows_missed.of("search").inc();
        tracing::warn!(%node, window = %window.window, units = found.units, "too little time for a list");
        return Ok(());
    };
    tracing::info!(%node, window = %window.window, units = found.units, "tickets found");
    let list = TicketList {
        window: window.window.u64(),
        node: node.u64(),
        bound: claim.bound,
        ids: claim.ids,
    };
    let kept = list.clone();
    cx.journal(move |j| j.record_list(&kept)).await?;
    commit(&cx, &list).await
}

async fn commit(cx: &Context, list: &TicketList) -> Result<()> {
    let registry = &cx.market.registry;
    let msg = registry.commit_window(
        WindowId(list.window),
        NodeId(list.node),
        list.bound,
        list_digest(&list.ids),
    )?;
    cx.submit_once(&format!("commit/{}/{}", list.window, list.node), vec![msg])
        .await?;
    cx.stats.windows_committed.inc();
    Ok(())
}

/// Brings a list that is in the journal on: commits, reveals, or forgets it when neither is possible any more.
async fn settle(cx: Arc<Context>, list: TicketList) -> Result<()> {
    let (window, node) = (WindowId(list.window), NodeId(list.node));
    let registry = &cx.market.registry;
    let terms = registry.window(Some(window)).await?;
    let Some(terms) = terms else {
        return forget(&cx, &list).await;
    };
    let now = cx.clock.block();
    match registry.commit(window, node).await? {
        None if now <= terms.closes_at => commit(&cx, &list).await,
        Some(commit) if commit.state == CommitState::Committed && now <= terms.reveal_by => {
            if now <= terms.closes_at {
                return Ok(());
            }
            let ids = pack_ids(&list.ids).map_err(|e| Error::internal("provider.bad_list", e, "report this"))?;
            let msg = registry.reveal_window(window, node, ids)?;
            cx.submit_once(&format!("reveal/{window}/{node}"), vec![msg]).await?;
            cx.stats.windows_revealed.inc();
            tracing::info!(%node, %window, "revealed");
            forget(&cx, &list).await
        }
        // Accepted, or too late for everything.
        late => {
            match late.map(|commit| commit.state) {
                None | Some(CommitState::Missed) => cx.stats.windows_missed.of("commit").inc(),
                Some(CommitState::Committed | CommitState::Forged) => cx.stats.windows_missed.of("reveal").inc(),
                Some(CommitState::Accepted) => 0,
            };
            forget(&cx, &list).await
        }
    }
}

async fn forget(cx: &Context, list: &TicketList) -> Result<()> {
    let (window, node) = (list.window, list.node);
    cx.journal(move |j| j.forget_list(window, node)).await
}
