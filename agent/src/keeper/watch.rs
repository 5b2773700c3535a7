//! What a keeper says about itself.
use async_trait::async_trait;

use super::Stats;
use crate::chain::contracts::Market;
use crate::error::Result;
use crate::monitor::{InHand, Watched};

/// A keeper that is looked after. What it has in hand is the next block's.
pub struct Watch {
    pub market: Market,
    pub address: String,
    pub fee_denom: String,
    pub stats: Stats,
}

#[async_trait]
impl Watched for Watch {
    fn payee(&self) -> &str {
        &self.address
    }

    async fn standing(&self) -> Result<Option<String>> {
        let tips = self.market.registry.tips(&self.address).await?;
        self.stats.tips.set(tips as f64);
        let known = self.market.chain.account(&self.address).await?.is_some();
        Ok((!known).then(|| format!("{} was never funded: send it some {}", self.address, self.fee_denom)))
    }

    async fn in_hand(&self) -> Result<Vec<InHand>> {
        Ok(Vec::new())
    }
}
