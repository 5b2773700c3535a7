//! Follows the chain block by block and tells what its transactions did.
use std::time::Instant;

use super::names::Names;
use super::story::{seconds, Entry, Line};
use super::words;
use crate::chain::types::{Event, TxHash, TxResult};
use crate::chain::{Client, RpcError};
use crate::error::Result;

/// A reader of all blocks.
pub struct Watch {
    chain: Client,
    next: u64,
    began: Instant,
    /// Names, learnt as events come.
    pub names: Names,
    /// All events of the market's contracts so far.
    pub events: Vec<Event>,
    /// When each of them was seen, seconds since the demo began.
    pub times: Vec<f64>,
    /// Transactions that succeeded.
    pub txs: usize,
}

impl Watch {
    /// Starts behind block `after`.
    pub fn new(chain: Client, names: Names, after: u64, began: Instant) -> Self {
        Self {
            chain,
            next: after + 1,
            began,
            names,
            events: vec![],
            times: vec![],
            txs: 0,
        }
    }

    /// What happened since the last call.
    pub async fn news(&mut self) -> Result<Vec<Entry>> {
        let latest = self.chain.height().await?;
        let mut news = vec![];
        while self.next <= latest {
            let hashes = self.chain.block_txs(self.next).await?;
            if !hashes.is_empty() {
                let results = match self.chain.block_results(self.next).await {
                    Ok(results) => results,
                    // A node announces a height a moment before its results can be read.
                    Err(RpcError::Answered { .. }) if self.next == latest => break,
                    Err(error) => return Err(error.into()),
                };
                for (hash, tx) in hashes.into_iter().zip(results.txs) {
                    self.tell(hash, tx, &mut news);
                }
            }
            self.next += 1;
        }
        Ok(news)
    }

    fn tell(&mut self, hash: TxHash, tx: TxResult, news: &mut Vec<Entry>) {
        // Events of a failed transaction tell of nothing that lasts.
        if tx.code != 0 {
            return;
        }
        self.txs += 1;
        let signer = tx
            .events
            .iter()
            .find_map(|event| event.get("fee_payer"))
            .unwrap_or_default()
            .to_string();
        let mut told: Vec<Line> = words::drawn(&self.names, &tx.events);
        for event in tx.events {
            told.extend(words::line(&mut self.names, &event));
            if event
                .get("_contract_address")
                .is_some_and(|contract| self.names.is_contract(contract))
            {
                self.events.push(event);
                self.times.push(seconds(self.began.elapsed()));
            }
        }
        news.extend(told.into_iter().map(|line| Entry {
            at: seconds(self.began.elapsed()),
            who: line.who.unwrap_or_else(|| self.names.of(&signer)),
            what: line.text,
            kind: line.kind,
            tx: Some(hash.to_string()),
            height: Some(self.next),
            money: line.money,
            detail: line.detail,
        }));
    }
}
