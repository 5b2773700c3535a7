//! `Seal`: fixes round and epoch of a rung before either can be known.

use cosmwasm_std::Deps;
use joule_kit::Control;
use joule_types::{
    marketplace::{CommitteeTerms, PanelPhase, PanelSealed},
    registry, staking,
};
use joule_work::beacon::Clock;

use super::Court;
use crate::{domain::panel::Edge, error::Res, MarketplaceError};

/// When rounds are due, and the length of an epoch.
fn times(deps: Deps, control: &Control) -> Res<(Clock, u64)> {
    let peers = &control.peers;
    let clock = registry::handle::clock(&deps.querier, &peers.registry)?;
    let epoch_secs = staking::handle::validators(&deps.querier, &peers.staking)?.epoch_secs;
    Ok((clock, epoch_secs))
}

fn edge(clock: &Clock, epoch_secs: u64, terms: &CommitteeTerms, now: u64) -> Option<Edge> {
    Edge::of(now, epoch_secs, terms.seal_ahead.saturating_mul(clock.period))
}

/// Seconds that the end of the epoch takes from a time to seal that begins now.
pub(super) fn edge_loss(deps: Deps, control: &Control, terms: &CommitteeTerms, now: u64) -> Res<u64> {
    let (clock, epoch_secs) = times(deps, control)?;
    let until = now.saturating_add(terms.beacon_secs);
    Ok(edge(&clock, epoch_secs, terms, now).map_or(0, |edge| edge.lost(now, until)))
}

impl Court<'_> {
    /// Fixes the round `seal_ahead` after the one due now and the last closed epoch of stake, unless the present epoch is about
    /// to end.
    ///
    /// # Errors
    /// [`MarketplaceError::WrongPhase`], [`MarketplaceError::TooLate`], [`MarketplaceError::TooEarly`],
    /// [`MarketplaceError::NoEpoch`].
    pub fn seal(&mut self) -> Res<()> {
        self.expect_phase(PanelPhase::Sealing, "seal")?;
        let (height, from, now) = (self.env.block.height, self.panel.seal_from, self.now());
        if height < from {
            return Err(self.job.too_early("height", from.saturating_sub(1), height));
        }
        let (clock, epoch_secs) = times(self.deps.as_ref(), self.control)?;
        let current = now.checked_div(epoch_secs);
        let epoch = current
            .and_then(|current| current.checked_sub(1))
            .ok_or(MarketplaceError::NoEpoch { now, epoch_secs })?;
        let terms = self.terms()?;
        let round = clock.round_at(now).saturating_add(terms.seal_ahead);
        let secs = terms.beacon_secs;
        if let Some(edge) = edge(&clock, epoch_secs, terms, now).filter(|edge| clock.due_at(round) > edge.latest) {
            return Err(self.job.too_early("second", edge.end.saturating_sub(1), now));
        }

        self.panel.seal = (round, epoch);
        self.enter(PanelPhase::AwaitBeacon, secs);

        self.out
            .send(registry::handle::want_round(&self.control.peers.registry, round)?);
        self.out.say(PanelSealed {
            job: self.job.id,
            attempt: self.attempt,
            rung: self.panel.rung,
            round,
            epoch,
        });
        Ok(())
    }
}
