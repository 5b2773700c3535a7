//! The node: state, mempool, clock, blocks. Lives on one thread.

mod block;
mod mempool;
pub(crate) mod query;
pub(crate) mod search;
pub(crate) mod store;

use crate::app::overlay::Changes;
use crate::app::{self, ChainApp};
use crate::error::TxError;
use crate::genesis::{Genesis, Options};
use crate::tx::Chain;
use cosmwasm_std::Timestamp;
use mempool::Mempool;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use store::{Block, Store};
use tokio::sync::broadcast;

/// The whole chain.
pub(crate) struct Node {
    pub(crate) app: ChainApp,
    pub(crate) chain: Chain,
    pub(crate) options: Options,
    pub(crate) store: Store,
    pub(crate) mempool: Mempool,
    /// What the waiting transactions have taken: fees and sequences on top of the last block's state.
    checked: Changes,
    app_hash: [u8; 32],
    /// Nanoseconds that the clock was put forward.
    jumped: u64,
    /// Tells the subscribers of each block.
    blocks: broadcast::Sender<Arc<Block>>,
}

impl Node {
    /// Builds the state and makes the first block, so that every answer has a height.
    pub(crate) fn new(
        genesis: &Genesis,
        options: Options,
        blocks: broadcast::Sender<Arc<Block>>,
    ) -> Result<Self, TxError> {
        let fee_collector = app::module_address(genesis.prefix, "fee_collector");
        let time = Timestamp::from_nanos(wall_clock());
        let (app, codes) = app::build(genesis, time, &fee_collector)?;
        let chain = Chain {
            id: genesis.chain_id.clone(),
            prefix: genesis.prefix,
            fee_denom: genesis.fee_denom.clone(),
            fee_collector,
            min_gas_price_nanos: options.min_gas_price_nanos,
            max_gas: options.max_block_gas,
            codes,
        };
        let mut node = Self {
            app,
            chain,
            store: Store::new(options.history),
            options,
            mempool: Mempool::default(),
            checked: Changes::new(),
            app_hash: [0; 32],
            jumped: 0,
            blocks,
        };
        node.make_block();
        Ok(node)
    }

    /// Height of the last block.
    pub(crate) fn height(&self) -> u64 {
        self.app.block_info().height
    }

    /// The chain's clock in nanoseconds since 1970: real time plus all jumps.
    fn now(&self) -> u64 {
        wall_clock().saturating_add(self.jumped)
    }

    /// Makes the block `height` at `time` (nanoseconds since 1970), and empty ones before it up to there. None if the height is over.
    pub(crate) fn follow(&mut self, height: u64, time: u64) -> Option<Arc<Block>> {
        let waiting = std::mem::take(&mut self.mempool);
        let last = self.store.last().map_or(0, |block| block.time);
        while self.height().saturating_add(1) < height {
            self.make_block_at(last);
        }
        self.mempool = waiting;
        (self.height() < height).then(|| self.make_block_at(time))
    }

    /// Puts the clock forward and makes a block at the new time.
    pub(crate) fn advance(&mut self, seconds: u64) -> Arc<Block> {
        self.jumped = self.jumped.saturating_add(seconds.saturating_mul(1_000_000_000));
        self.make_block()
    }
}

fn wall_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
