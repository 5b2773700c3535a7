//! The parameters that a keeper goes by. The dao may change them while it runs.
use std::time::{Duration, Instant};

use joule_types::registry;

use crate::chain::contracts::money::Denoms;
use crate::chain::contracts::Market;
use crate::chain::Event;
use crate::error::Result;

/// They are read this often, whatever blocks say.
const OLD: Duration = Duration::from_secs(300);

/// As they were read.
pub struct Terms {
    /// Of windows and uptime.
    pub registry: registry::Params,
    /// Seconds of an epoch of stake.
    pub epoch_secs: u64,
    /// Rounds between a seal and its round.
    pub seal_ahead: u64,
    /// Coins of the market.
    pub denoms: Denoms,
    read: Instant,
}

impl Terms {
    /// Asks the contracts.
    pub async fn read(market: &Market) -> Result<Self> {
        let coins = market.escrow.params().await?.denoms;
        Ok(Self {
            registry: market.registry.params().await?,
            epoch_secs: market.staking.validators().await?.epoch_secs,
            seal_ahead: market.marketplace.params().await?.committee.seal_ahead,
            denoms: Denoms::new(&coins, market.token.address()),
            read: Instant::now(),
        })
    }

    /// Whether they may be others by now: a block changed parameters, or nobody knows what it did, or it is long ago.
    pub fn are_old(&self, block: Option<&[Event]>) -> bool {
        block.is_none_or(changes) || self.read.elapsed() >= OLD
    }
}

/// Whether a contract said that its parameters changed. Anybody's may say so; that costs a few queries.
fn changes(events: &[Event]) -> bool {
    events.iter().any(|event| event.get("action") == Some("update_params"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_tells_of_new_parameters() {
        let event = |action: &str| Event {
            kind: "wasm".into(),
            attributes: vec![("action".into(), action.into())],
        };
        assert!(changes(&[event("beat"), event("update_params")]));
        assert!(!changes(&[event("beat")]) && !changes(&[]));
    }
}
