//! The one task that signs with a key.
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::attempt::Outcome;
use super::fee::Margin;
use super::parts::receipts;
use super::settle::{settle, Settled};
use super::{Options, Stats, Submission};
use crate::chain::types::{Account, TxInfo};
use crate::chain::Client;
use crate::error::{Error, Result};
use crate::journal::{Journal, OutboxTx, Receipt};
use crate::signer::Signer;

pub(super) struct Actor {
    pub(super) chain: Client,
    pub(super) signer: Arc<dyn Signer>,
    pub(super) journal: Arc<Journal>,
    pub(super) options: Options,
    pub(super) margin: Margin,
    /// Account with the sequence to use next; `None` when it has to be asked for.
    pub(super) account: Option<Account>,
    pub(super) stats: Stats,
}

impl Actor {
    pub(super) fn new(chain: Client, signer: Arc<dyn Signer>, journal: Arc<Journal>, mut options: Options) -> Self {
        if options.granter == signer.address() {
            // Owner and operator may share their settings: the owner pays for itself.
            options.granter.clear();
        }
        Self {
            chain,
            signer,
            journal,
            margin: Margin::new(options.gas_percent),
            options,
            account: None,
            stats: Stats::default(),
        }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Submission>) {
        let recovered = self.recover().await;
        if let Err(error) = &recovered {
            tracing::error!(%error, "the journal cannot say what is in flight");
        }
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                let Some(first) = inbox.recv().await else { return };
                waiting.push_back(first);
                tokio::time::sleep(self.options.tick).await;
            }
            while let Ok(next) = inbox.try_recv() {
                waiting.push_back(next);
            }
            if let Err(error) = &recovered {
                // Without the journal nothing may be sent: something may be in flight.
                waiting.drain(..).for_each(|s| self.answer(s, Err(error.clone())));
                continue;
            }
            let batch = self.take_batch(&mut waiting).await;
            self.send(batch).await;
        }
    }

    /// Settles what a former process left in flight.
    async fn recover(&mut self) -> Result<()> {
        let key = self.signer.address().to_string();
        let Some(tx) = self.journal(move |j| j.outbox_current(&key)).await? else {
            return Ok(());
        };
        tracing::info!(hash = %tx.hash, "settling a transaction of a former run");
        self.stats.taken_up(tx.hash);
        let settled = settle(&self.chain, self.signer.address(), &tx, false, &self.options).await;
        match settled {
            Settled::Landed(info) => self.decided(&tx, &info).await.map(drop),
            Settled::Rejected(_) | Settled::Lapsed | Settled::Taken => self.forget().await,
        }
    }

    /// The next submissions that fit into one transaction. Submissions whose tag has a receipt are answered, and a second
    /// one of the same tag waits for the first.
    async fn take_batch(&mut self, waiting: &mut VecDeque<Submission>) -> Vec<Submission> {
        let mut batch: Vec<Submission> = Vec::new();
        let mut later = VecDeque::new();
        let mut tags = HashSet::new();
        let mut msgs = 0usize;
        while let Some(next) = waiting.pop_front() {
            if !batch.is_empty() && msgs.saturating_add(next.msgs.len()) > self.options.max_msgs {
                later.push_back(next);
                break;
            }
            if let Some(tag) = next.tag.clone() {
                if tags.contains(&tag) {
                    later.push_back(next);
                    continue;
                }
                let key = self.signer.address().to_string();
                let asked = tag.clone();
                match self.journal(move |j| j.receipt(&key, &asked)).await {
                    Ok(None) => {}
                    Ok(Some(receipt)) => {
                        self.answer(next, Ok(receipt));
                        continue;
                    }
                    Err(error) => {
                        self.answer(next, Err(error));
                        continue;
                    }
                }
                tags.insert(tag);
            }
            msgs = msgs.saturating_add(next.msgs.len());
            batch.push(next);
        }
        later.append(waiting);
        *waiting = later;
        batch
    }

    /// Sends a batch, leaving out those at fault, until everybody has an answer.
    async fn send(&mut self, batch: Vec<Submission>) {
        let mut groups = VecDeque::from([batch]);
        while let Some(mut group) = groups.pop_front() {
            if group.is_empty() {
                continue;
            }
            match self.attempt(&group).await {
                Outcome::Done(receipts) => {
                    group
                        .into_iter()
                        .zip(receipts)
                        .for_each(|(s, receipt)| self.answer(s, Ok(receipt)));
                }
                Outcome::Blame(index, error) if index < group.len() => {
                    self.answer(group.remove(index), Err(error));
                    groups.push_front(group);
                }
                Outcome::Split(_) if group.len() > 1 => {
                    let rest = group.split_off(group.len() / 2);
                    groups.push_front(rest);
                    groups.push_front(group);
                }
                Outcome::Blame(_, error) | Outcome::Split(error) | Outcome::Failed(error) => {
                    group.into_iter().for_each(|s| self.answer(s, Err(error.clone())));
                }
            }
        }
    }

    /// Takes a landed transaction out of the journal, keeping receipts of success, and moves the sequence on.
    pub(super) async fn decided(&mut self, tx: &OutboxTx, info: &TxInfo) -> Result<Vec<Receipt>> {
        let receipts = receipts(&tx.parts, info);
        let tagged = tx
            .parts
            .iter()
            .zip(&receipts)
            .filter_map(|(p, r)| Some((p.tag.clone()?, r.clone())));
        let kept: Vec<(String, Receipt)> = if info.code == 0 { tagged.collect() } else { Vec::new() };
        let key = self.signer.address().to_string();
        if let Some(account) = &mut self.account {
            account.sequence = tx.sequence.saturating_add(1);
        }
        self.stats.ended();
        self.journal(move |j| j.outbox_decided(&key, &kept)).await?;
        Ok(receipts)
    }

    pub(super) async fn forget(&self) -> Result<()> {
        let key = self.signer.address().to_string();
        self.stats.ended();
        self.journal(move |j| j.outbox_decided(&key, &[])).await
    }

    /// Disk access off the async threads.
    pub(super) async fn journal<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Journal) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let journal = self.journal.clone();
        tokio::task::spawn_blocking(move || call(&journal))
            .await
            .map_err(|e| Error::internal("journal.panicked", e, "report this, with the log"))?
    }

    fn answer(&self, submission: Submission, outcome: Result<Receipt>) {
        if let Err(error) = &outcome {
            self.stats.failed.of(error.code()).inc();
        }
        // A submitter that stopped waiting is no failure.
        let _ = submission.answer.send(outcome);
    }
}
