//! `Seal`: fixes round and epoch of a rung before either can be known.

use joule_types::{
    marketplace::{PanelPhase, PanelSealed},
    registry, staking,
};

use super::Court;
use crate::{error::Res, MarketplaceError};

impl Court<'_> {
    /// Fixes the round `seal_ahead` after the one due now and the last closed epoch of stake.
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
        let peers = &self.control.peers;
        let epoch_secs = staking::handle::validators(&self.deps.querier, &peers.staking)?.epoch_secs;
        let current = now.checked_div(epoch_secs);
        let epoch = current
            .and_then(|current| current.checked_sub(1))
            .ok_or(MarketplaceError::NoEpoch { now, epoch_secs })?;
        let clock = registry::handle::clock(&self.deps.querier, &peers.registry)?;
        let terms = self.terms()?;
        let round = clock.round_at(now).saturating_add(terms.seal_ahead);
        let secs = terms.beacon_secs;

        self.panel.seal = (round, epoch);
        self.enter(PanelPhase::AwaitBeacon, secs);

        self.out.send(registry::handle::want_round(&peers.registry, round)?);
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
