//! What a provider says about itself.
use std::sync::Arc;

use async_trait::async_trait;
use joule_types::registry::NodeState;

use super::context::Context;
use super::jobs::Jobs;
use super::onboard::may_beat;
use crate::error::Result;
use crate::journal::Stage;
use crate::monitor::{InHand, Watched};

/// Stages of attempts in hand, as the gauge names them.
const STAGES: [(Stage, &str); 4] = [
    (Stage::Claimed, "claimed"),
    (Stage::Started, "started"),
    (Stage::Result, "result"),
    (Stage::Submitted, "submitted"),
];
/// States of nodes, as the gauge names them.
const STATES: [(NodeState, &str); 7] = [
    (NodeState::Pending, "pending"),
    (NodeState::Verified, "verified"),
    (NodeState::Active, "active"),
    (NodeState::Earning, "earning"),
    (NodeState::Inactive, "inactive"),
    (NodeState::Slashed, "slashed"),
    (NodeState::Rejected, "rejected"),
];

/// A provider that is looked after.
pub struct Watch {
    pub cx: Arc<Context>,
    pub jobs: Arc<Jobs>,
    /// Owner, or the address that earnings are credited to.
    pub payee: String,
}

#[async_trait]
impl Watched for Watch {
    fn payee(&self) -> &str {
        &self.payee
    }

    async fn standing(&self) -> Result<Option<String>> {
        let cx = &self.cx;
        let nodes = cx.market.registry.nodes_of(cx.provider).await?;
        let ours = |state: NodeState| {
            let ours = nodes
                .iter()
                .filter(|node| cx.nodes.iter().any(|own| own.id == node.node));
            ours.filter(|node| node.state == state).count()
        };
        for (state, name) in STATES {
            cx.stats.nodes.of(name).set(ours(state) as f64);
        }
        if cx.is_silent() {
            return Ok(Some("the fault of --fault has struck".into()));
        }
        let able = STATES.iter().any(|(state, _)| may_beat(*state) && ours(*state) > 0);
        Ok((!able).then(|| "no node of this configuration may work: see joule_nodes".into()))
    }

    async fn in_hand(&self) -> Result<Vec<InHand>> {
        let open = self.cx.journal(|j| j.open_attempts()).await?;
        for (stage, name) in STAGES {
            let count = open.iter().filter(|known| known.stage == stage).count();
            self.cx.stats.attempts.of(name).set(count as f64);
        }
        let named = |stage| {
            STAGES
                .iter()
                .find(|(known, _)| *known == stage)
                .map_or("done", |(_, name)| name)
        };
        let hand = open.into_iter().map(|known| InHand {
            what: format!("job {} attempt {}", known.job, known.attempt),
            state: named(known.stage).into(),
            deadline: self.jobs.deadline((known.job, known.attempt)),
        });
        Ok(hand.collect())
    }
}
