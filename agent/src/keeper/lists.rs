//! What there is to do on the long lists of nodes and offers, found by bounded queries.
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use joule_types::marketplace::OfferResponse;
use joule_types::registry::{Candidate, CommitState, NodeState, WindowResponse};
use joule_types::{NodeId, OfferId, WindowId};
use joule_work::trust::TrustLevel;

use super::task::Task;
use crate::chain::contracts::Market;
use crate::error::Result;

/// Offers whose scores are compared at once; also the most that one `Refresh` takes.
const OFFERS: u32 = 8;
/// Offers re-keyed by one message.
const REKEY: u32 = 20;
/// Least time between two bookings of one offer: facts change all the time, and each booking costs gas.
const REST: Duration = Duration::from_secs(30);
/// Offers whose facts are remembered.
const MOST_FACTS: usize = 10_000;

/// Where the rounds through long lists stand.
#[derive(Default)]
pub struct Lists {
    nodes: Option<NodeId>,
    offers: Option<OfferId>,
    facts: HashMap<OfferId, (Facts, Instant)>,
    /// Nodes that were looked at for this window: each once.
    seen: (Option<WindowId>, HashSet<NodeId>),
    /// First beat of a node, and full periods since then that were judged.
    periods: HashMap<NodeId, (u64, u64)>,
}

/// What an offer's live score hangs on: power, reputation, uptime in whole percent, trust, and whether it can work.
type Facts = (u64, u32, u16, TrustLevel, bool);

impl Lists {
    /// Challenges that ran out, windows that were missed and periods of uptime (`period` seconds each) that are over: one page
    /// of nodes.
    pub async fn nodes(
        &mut self,
        market: &Market,
        now: u64,
        window: Option<&WindowResponse>,
        period: u64,
    ) -> Result<Vec<Task>> {
        let page = market.registry.nodes(None, self.nodes).await?;
        self.nodes = page.next;
        let mut tasks = Vec::new();
        for node in page.items {
            let id = node.node;
            match node.state {
                NodeState::Rejected => {}
                NodeState::Pending => {
                    let open = market.registry.challenge(id).await?;
                    if let Some(open) = open.filter(|open| open.deadline_at < now) {
                        let name = format!("expire/{id}/{}", open.opened_at);
                        tasks.push(Task::new(name, market.registry.expire_challenge(id))?);
                    }
                }
                _ => {
                    if node.last_beat > 0 {
                        tasks.extend(self.uptime(market, id, now, period).await?);
                    }
                    let Some(window) = window.filter(|window| window.reveal_by < now) else {
                        continue;
                    };
                    if !self.first_look(window.window, id) {
                        continue;
                    }
                    let commit = market.registry.commit(window.window, id).await?;
                    let open = commit.is_none_or(|commit| commit.state == CommitState::Committed);
                    // A node without a beat was never on line.
                    if open && node.last_beat > 0 {
                        let name = format!("missed/{}/{id}", window.window);
                        tasks.push(Task::new(name, market.registry.report_missed(window.window, id))?);
                    }
                }
            }
        }
        Ok(tasks)
    }

    /// Whether a node was not looked at for a window yet. Notes that it is now.
    fn first_look(&mut self, window: WindowId, node: NodeId) -> bool {
        if self.seen.0 != Some(window) {
            self.seen = (Some(window), HashSet::new());
        }
        self.seen.1.insert(node)
    }

    /// The judgement of a period that is over, once for each.
    async fn uptime(&mut self, market: &Market, id: NodeId, now: u64, period: u64) -> Result<Option<Task>> {
        let (since, judged) = match self.periods.get(&id) {
            Some(known) => *known,
            None => (market.registry.online(id).await?.since, 0),
        };
        let full = now.saturating_sub(since).checked_div(period).unwrap_or(0);
        if self.periods.len() >= MOST_FACTS {
            self.periods.clear();
        }
        self.periods.insert(id, (since, full));
        if full <= judged {
            return Ok(None);
        }
        Task::new(format!("judge/{id}/{full}"), market.registry.judge_uptime(id)).map(Some)
    }

    /// Something could not be sent: what was looked at is looked at again.
    pub fn look_again(&mut self) {
        self.seen = Default::default();
    }

    /// Scores that may have changed: the next few offers whose facts are others than when they were last booked.
    pub async fn offers(&mut self, market: &Market) -> Result<Vec<Task>> {
        let index = market.marketplace.index().await?;
        if let Some(filling) = index.filling {
            let name = format!("reindex/{filling}/{}", index.remaining);
            return Ok(vec![Task::new(name, market.marketplace.reindex(REKEY))?]);
        }
        let page = market.marketplace.offers(None, self.offers, Some(OFFERS)).await?;
        self.offers = page.next;
        let mut nodes: Vec<NodeId> = page.items.iter().map(|offer| offer.terms.node).collect();
        nodes.dedup();
        let known = market.registry.candidates(nodes).await?;
        let changed = self.changed(&page.items, &known);
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<String> = changed.iter().map(ToString::to_string).collect();
        Ok(vec![Task::new(
            format!("refresh/{}", ids.join(",")),
            market.marketplace.refresh(changed),
        )?])
    }

    fn changed(&mut self, offers: &[OfferResponse], nodes: &[Candidate]) -> Vec<OfferId> {
        if self.facts.len() > MOST_FACTS {
            self.facts.clear();
        }
        let mut changed = Vec::new();
        for offer in offers {
            let Some(node) = nodes.iter().find(|node| node.node == offer.terms.node) else {
                continue;
            };
            let (standing, live) = (
                &node.standing,
                matches!(node.state, NodeState::Active | NodeState::Earning),
            );
            let facts = (
                node.hash_rate,
                standing.reputation,
                node.uptime_bps / 100,
                standing.trust,
                live,
            );
            let rests = |(old, at): &(Facts, Instant)| *old == facts || at.elapsed() < REST;
            if !self.facts.get(&offer.offer).is_some_and(rests) {
                self.facts.insert(offer.offer, (facts, Instant::now()));
                changed.push(offer.offer);
            }
        }
        changed
    }
}
