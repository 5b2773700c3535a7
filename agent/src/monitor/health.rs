//! Alive and ready, or why not.
use std::time::Duration;

use serde::Serialize;

use super::board::{Board, Stage};
use crate::chain::endpoints::age;

/// Longest wait for an answer of the chain or the signer.
const PATIENCE: Duration = Duration::from_secs(5);
/// A latest block older than this is not fresh.
const FRESH: Duration = Duration::from_secs(60);

/// One thing that has to be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which.
    pub check: &'static str,
    /// Whether it is so.
    pub ok: bool,
    /// Why not, or how well.
    pub why: String,
}

impl Check {
    fn new(check: &'static str, found: Result<String, String>) -> Self {
        let ok = found.is_ok();
        let (Ok(why) | Err(why)) = found;
        Self { check, ok, why }
    }
}

impl Board {
    /// Whether the main loop turns. While the role gets ready there is none yet, and that counts as alive.
    pub fn alive(&self) -> Check {
        let idle = self.pulse.idle();
        let found = match self.stage() {
            Stage::Starting => Ok("no loop yet: the role is getting ready".into()),
            _ if idle > self.stalled_after => Err(format!(
                "it last turned {} s ago, more than {} s: see the log, restart the service",
                idle.as_secs(),
                self.stalled_after.as_secs()
            )),
            _ => Ok(format!("it turned {:.1} s ago", idle.as_secs_f64())),
        };
        Check::new("loop", found)
    }

    /// Everything that work needs. Asks chain and signer, each for a few seconds at most.
    pub async fn checks(&self) -> Vec<Check> {
        let (chain, signer) = futures::future::join(self.chain_is_fresh(), self.signer_answers()).await;
        let stage = self.stage();
        let stage = match stage {
            Stage::Serving => Ok(stage.name().into()),
            Stage::Starting | Stage::Finishing => Err(format!("the role is {}", stage.name())),
        };
        let name = self.role.standing();
        vec![
            Check::new("stage", stage),
            self.alive(),
            Check::new("chain", chain),
            Check::new("signer", signer),
            Check::new(name, self.standing().map(|()| name.into())),
        ]
    }

    async fn chain_is_fresh(&self) -> Result<String, String> {
        let status = tokio::time::timeout(PATIENCE, self.chain.status()).await;
        let status = status.map_err(|_| format!("no node answered within {} s", PATIENCE.as_secs()))?;
        let status = status.map_err(|e| self.discreet(&e.to_string()))?;
        let age = age(&status);
        let said = format!("height {}, {} s old", status.height, age.as_secs());
        if status.catching_up {
            return Err(format!("{said}: the node is still catching up"));
        }
        if age > FRESH {
            return Err(format!(
                "{said}: the chain stands still, or the node does, or the clock here is wrong"
            ));
        }
        Ok(said)
    }

    async fn signer_answers(&self) -> Result<String, String> {
        let Some(own) = self.own() else {
            return Err("it is not started yet".into());
        };
        match tokio::time::timeout(PATIENCE, own.sender.signer().answers()).await {
            Ok(Ok(())) => Ok(own.sender.address().to_string()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }
}
