//! Buyers and providers that answer each block with all that it lets them do, each in a task of its own with its own sequence.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{bail, ensure, Context, Result};
use cosmwasm_std::to_json_string;
use joule::chain::contracts::events::of;
use joule::chain::{BlockResults, Client, Msg};
use joule_types::marketplace::{
    ExecuteMsg, JobAssigned, JobCompleted, JobPosted, JobSpec, JobStarted, ResultSubmitted,
};
use joule_types::{work::digest, JobId};
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver, UnboundedSender};
use tokio::sync::Semaphore;

use crate::network::Network;
use crate::payer::Payer;

/// Within what a block is executed at most.
const EXECUTED: Duration = Duration::from_secs(60);

/// What was counted between warm-up and end.
#[derive(Default)]
pub struct Count {
    /// Blocks.
    pub blocks: u64,
    /// Jobs paid.
    pub jobs: u64,
    /// Jobs paid in the block with the most.
    pub best: u64,
    /// Transactions in the blocks.
    pub txs: u64,
    /// Gas they used.
    pub gas: u64,
    /// Their gas limits.
    pub wanted: u64,
    /// What the senders counted.
    pub sending: Sending,
    /// Time spent reading blocks.
    pub read: Duration,
    /// The node's own count of its time by method of the application, seconds.
    pub spent: BTreeMap<String, f64>,
    /// From the first counted block to the last.
    pub wall: Duration,
}

/// What the senders have counted together.
#[derive(Default)]
pub struct Sending {
    /// Transactions sent.
    pub sent: u64,
    /// Time between sending and the mempool's verdict.
    pub check: Duration,
    /// Time spent signing.
    pub sign: Duration,
    /// Gas limit by kind of message: simulated once, with the margin that an agent leaves.
    limits: BTreeMap<&'static str, u64>,
    /// The first failure.
    failed: Option<String>,
}

impl Sending {
    /// Counts from here on.
    fn restart(&mut self) {
        (self.sent, self.check, self.sign) = Default::default();
    }
}

/// Shared by all senders.
type Shared = Arc<Mutex<Sending>>;

/// Transactions that wait for the mempool's verdict at once: the node checks one at a time.
const AT_ONCE: usize = 2;

fn lock(shared: &Shared) -> MutexGuard<'_, Sending> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a sender is to send.
struct Order {
    kind: &'static str,
    msg: String,
}

/// An account with a task that signs and sends in order.
struct Sender(UnboundedSender<Order>);

impl Sender {
    fn new(client: Client, market: String, payer: Payer, shared: Shared, turns: Arc<Semaphore>) -> Self {
        let (orders, queue) = unbounded_channel();
        tokio::spawn(async move {
            if let Err(error) = work(&client, &market, payer, queue, &shared, &turns).await {
                lock(&shared).failed.get_or_insert(format!("{error:#}"));
            }
        });
        Self(orders)
    }

    fn order(&self, kind: &'static str, msg: &ExecuteMsg) -> Result<()> {
        let msg = to_json_string(msg)?;
        // A sender that has failed has said why.
        let _ = self.0.send(Order { kind, msg });
        Ok(())
    }
}

async fn work(
    client: &Client,
    market: &str,
    mut payer: Payer,
    mut queue: UnboundedReceiver<Order>,
    shared: &Shared,
    turns: &Semaphore,
) -> Result<()> {
    while let Some(Order { kind, msg }) = queue.recv().await {
        let msgs = [Msg::Execute {
            contract: market.to_string(),
            msg,
            funds: vec![],
        }];
        let _turn = turns.acquire().await?;
        let known = lock(shared).limits.get(kind).copied();
        let limit = match known {
            Some(limit) => limit,
            None => {
                let limit = payer.simulate(client, &msgs).await? * 5 / 4;
                *lock(shared).limits.entry(kind).or_insert(limit)
            }
        };
        let begun = Instant::now();
        let tx = payer.sign(&msgs, limit)?;
        let signed = Instant::now();
        payer.broadcast(client, &tx).await.context(kind)?;
        let mut sending = lock(shared);
        sending.sign += signed - begun;
        sending.check += signed.elapsed();
        sending.sent += 1;
    }
    Ok(())
}

/// A market under load.
pub struct Load {
    client: Client,
    market: String,
    spec: Box<JobSpec>,
    buyers: Vec<(String, Sender)>,
    providers: BTreeMap<String, Sender>,
    owner: BTreeMap<JobId, usize>,
    operator: BTreeMap<JobId, String>,
    shared: Shared,
    most: usize,
    under_way: usize,
    posted: usize,
    count: Count,
}

impl Load {
    /// Accounts that carry jobs of `spec`, `most` at once.
    pub fn new(
        client: Client,
        market: String,
        spec: JobSpec,
        (buyers, providers): (Vec<Payer>, Vec<Payer>),
        most: usize,
    ) -> Self {
        let (shared, turns) = (Shared::default(), Arc::new(Semaphore::new(AT_ONCE)));
        let sender = |payer: Payer| {
            let address = payer.address().to_string();
            let sender = Sender::new(client.clone(), market.clone(), payer, shared.clone(), turns.clone());
            (address, sender)
        };
        Self {
            buyers: buyers.into_iter().map(sender).collect(),
            providers: providers.into_iter().map(sender).collect(),
            owner: BTreeMap::new(),
            operator: BTreeMap::new(),
            spec: Box::new(spec),
            under_way: 0,
            posted: 0,
            count: Count::default(),
            client,
            market,
            shared,
            most,
        }
    }

    /// Carries jobs through `warm_up` blocks and counts the `blocks` after them.
    pub async fn carry(mut self, warm_up: u64, blocks: u64, network: &Network) -> Result<Count> {
        let first = self.client.height().await? + 1;
        let (mut height, mut begun, mut before) = (first, Instant::now(), BTreeMap::new());
        // The crowd comes along in the first blocks, so that jobs are at every stage at once.
        let step = self.most.div_ceil(usize::try_from(warm_up)?.max(2) / 2);
        while height < first + warm_up + blocks {
            if let Some(why) = lock(&self.shared).failed.take() {
                bail!("a sender failed: {why}");
            }
            if self.client.height().await? < height {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            let block = self.results(height).await?;
            height += 1;
            self.answer(&block)?;
            if height == first + warm_up {
                self.count = Count::default();
                lock(&self.shared).restart();
                (begun, before) = (Instant::now(), network.spent().await?);
            }
            self.fill(step)?;
        }
        self.count.wall = begun.elapsed();
        self.count.spent = network.spent().await?;
        for (method, seconds) in &mut self.count.spent {
            *seconds -= before.get(method).unwrap_or(&0.0);
        }
        self.count.sending = std::mem::take(&mut *lock(&self.shared));
        Ok(self.count)
    }

    /// What came of a block: it is there before its results are.
    async fn results(&mut self, height: u64) -> Result<BlockResults> {
        let begun = Instant::now();
        loop {
            let reading = Instant::now();
            match self.client.block_results(height).await {
                Err(error) if begun.elapsed() > EXECUTED => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                Ok(block) => {
                    self.count.read += reading.elapsed();
                    return Ok(block);
                }
            }
        }
    }

    /// At most `step` jobs are posted, until as many as can be are under way.
    fn fill(&mut self, step: usize) -> Result<()> {
        for _ in 0..step.min(self.most - self.under_way) {
            let msg = ExecuteMsg::PostJob {
                spec: self.spec.clone(),
                hints: vec![],
            };
            let (_, buyer) = &self.buyers[self.posted % self.buyers.len()];
            buyer.order("post", &msg)?;
            self.posted += 1;
            self.under_way += 1;
        }
        Ok(())
    }

    /// Everybody does what the block asks for.
    fn answer(&mut self, block: &BlockResults) -> Result<()> {
        let mut done = 0;
        for tx in &block.txs {
            self.count.txs += 1;
            self.count.gas += tx.gas_used;
            self.count.wanted += tx.gas_wanted;
            ensure!(tx.code == 0, "a transaction failed: {}", tx.log);
            for event in of::<JobPosted>(&self.market, &tx.events) {
                let buyer = self
                    .buyers
                    .iter()
                    .position(|(address, _)| event.buyer.as_str() == address);
                self.owner.insert(event.job, buyer.context("a buyer of ours")?);
            }
            for event in of::<JobAssigned>(&self.market, &tx.events) {
                let operator = event.operator.to_string();
                let (job, attempt) = (event.job, event.attempt);
                self.provider(&operator)?
                    .order("start", &ExecuteMsg::Start { job, attempt })?;
                self.operator.insert(job, operator);
            }
            for event in of::<JobStarted>(&self.market, &tx.events) {
                let root = digest::result_root(b"output");
                let msg = ExecuteMsg::SubmitResult {
                    job: event.job,
                    attempt: event.attempt,
                    result_root: root.into(),
                    trace_root: root.into(),
                    output_url: "https://objects.example/out".into(),
                    output_size: 6u64.into(),
                };
                let operator = self.operator.get(&event.job).context("an operator of ours")?;
                self.provider(operator)?.order("submit", &msg)?;
            }
            for event in of::<ResultSubmitted>(&self.market, &tx.events) {
                let buyer = *self.owner.get(&event.job).context("a job of ours")?;
                self.buyers[buyer]
                    .1
                    .order("accept", &ExecuteMsg::Accept { job: event.job })?;
            }
            done += of::<JobCompleted>(&self.market, &tx.events).count();
        }
        self.under_way = self.under_way.saturating_sub(done);
        self.count.blocks += 1;
        self.count.jobs += done as u64;
        self.count.best = self.count.best.max(done as u64);
        Ok(())
    }

    fn provider(&self, operator: &str) -> Result<&Sender> {
        self.providers.get(operator).context("a provider of ours")
    }
}
