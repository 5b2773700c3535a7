//! What one query knows of providers: each is read once, its stake raw.

use std::collections::BTreeMap;

use cosmwasm_std::{Addr, Deps, Env};
use joule_kit::control::CONTROL;
use joule_types::registry::{NodeState, Params, Standing};
use joule_types::staking::{handle, PoolRecord};
use joule_types::ProviderId;
use joule_work::trust::TrustRules;

use crate::domain::lifecycle::Facts;
use crate::domain::standing;
use crate::records::{Node, Track};
use crate::state::{self, Profile, PARAMS};
use crate::RegistryError;

/// A provider with its pool.
pub struct Known {
    /// Addresses and class.
    pub profile: Profile,
    /// What it did.
    pub track: Track,
    /// The owner's pool.
    pub pool: PoolRecord,
    /// Reputation, success, trust, stake.
    pub standing: Standing,
}

impl Known {
    /// State of one of its nodes.
    pub const fn state(&self, node: &Node, now: u64) -> NodeState {
        Facts::of(node, self.track.banned, self.pool.slash_epoch, now).state()
    }
}

/// Reader of one query.
pub struct View<'a> {
    deps: Deps<'a>,
    staking: Addr,
    rules: TrustRules,
    known: BTreeMap<ProviderId, Known>,
    /// Parameters.
    pub params: Params,
    /// Seconds.
    pub now: u64,
}

impl<'a> View<'a> {
    /// A reader that has read no provider yet.
    pub fn new(deps: Deps<'a>, env: &Env) -> Result<Self, RegistryError> {
        let params = PARAMS.load(deps.storage)?;
        Ok(Self {
            deps,
            staking: CONTROL.load(deps.storage)?.peers.staking,
            rules: TrustRules::from(&params.trust),
            known: BTreeMap::new(),
            params,
            now: env.block.time.seconds(),
        })
    }

    /// A provider, read once.
    pub fn provider(&mut self, id: ProviderId) -> Result<&Known, RegistryError> {
        if !self.known.contains_key(&id) {
            let profile = state::profile(self.deps.storage, id)?;
            let known = self.know(id, profile)?;
            self.known.insert(id, known);
        }
        self.known.get(&id).ok_or_else(|| RegistryError::InvalidProvider {
            provider: id.to_string(),
            reason: "was not read",
        })
    }

    /// A provider whose profile was read already.
    pub fn know(&self, id: ProviderId, profile: Profile) -> Result<Known, RegistryError> {
        let track = state::track(self.deps.storage, id)?;
        let pool = handle::pool(&self.deps.querier, &self.staking, &profile.owner)?;
        let standing = standing::standing(&track, profile.partner, pool.bonded, &self.rules);
        Ok(Known {
            profile,
            track,
            pool,
            standing,
        })
    }
}
