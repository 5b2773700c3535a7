//! What has time: fees for the treasury, tips of this keeper, holds and proposals that everybody forgot.
use joule_types::dao::{ProposalResponse, ProposalState};
use joule_types::{HoldId, ProposalId};

use super::task::Task;
use crate::chain::contracts::money::Denoms;
use crate::chain::contracts::Market;
use crate::error::Result;

/// Of the time in which a passed proposal can be executed, what is left to those who wanted it: a tenth.
const PATIENCE: u64 = 10;

/// Where the rounds through long lists stand.
#[derive(Default)]
pub struct Chores {
    holds: Option<HoldId>,
    proposals: Option<ProposalId>,
}

impl Chores {
    /// Everything that waits; one page of holds and one of proposals.
    pub async fn tasks(&mut self, market: &Market, denoms: &Denoms, own: &str, now: u64) -> Result<Vec<Task>> {
        let mut tasks = fees(market, denoms).await?;
        if market.registry.tips(own).await? > 0 {
            tasks.push(Task::new("tips".into(), market.registry.claim_tips())?);
        }
        let page = market.escrow.holds(self.holds).await?;
        self.holds = page.next;
        for hold in page.items.iter().filter(|hold| hold.terms.reclaim_at < now) {
            tasks.push(Task::new(
                format!("reclaim/{}", hold.hold),
                market.escrow.reclaim(hold.hold),
            )?);
        }
        let page = market.dao.proposals(self.proposals).await?;
        self.proposals = page.next;
        for proposal in &page.items {
            tasks.extend(end(market, proposal, now)?);
        }
        Ok(tasks)
    }
}

/// Fees that wait for the treasury.
async fn fees(market: &Market, denoms: &Denoms) -> Result<Vec<Task>> {
    let mut tasks = Vec::new();
    for unit in denoms.units() {
        let waiting = market.escrow.fees(unit.denom.clone()).await?.treasury;
        if !waiting.is_zero() {
            tasks.push(Task::new(
                format!("distribute/{}", unit.base),
                market.escrow.distribute(unit.denom.clone()),
            )?);
        }
    }
    Ok(tasks)
}

/// What ends a proposal that is decided: its execution, or the return of its deposit.
fn end(market: &Market, proposal: &ProposalResponse, now: u64) -> Result<Option<Task>> {
    let id = proposal.proposal;
    let whole = proposal.expires_at.saturating_sub(proposal.executable_at);
    let left_alone = now > proposal.executable_at.saturating_add(whole / PATIENCE);
    match proposal.state {
        ProposalState::Passed if left_alone => Task::new(format!("execute/{id}"), market.dao.run(id)).map(Some),
        ProposalState::Rejected | ProposalState::Vetoed | ProposalState::Expired if left_alone => {
            Task::new(format!("close/{id}"), market.dao.close(id)).map(Some)
        }
        _ => Ok(None),
    }
}
