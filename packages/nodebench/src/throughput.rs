//! Jobs from post to payment as fast as a block's gas allows: fifty buyers and fifty providers that answer each block with all that it lets them do.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{ensure, Context, Result};
use cosmwasm_std::to_json_string;
use joule::chain::contracts::events::of;
use joule::chain::{BlockResults, Client, Msg};
use joule_testing::World;
use joule_types::marketplace::{ExecuteMsg, JobAssigned, JobCompleted, JobPosted, JobStarted, ResultSubmitted};
use joule_types::{work::digest, JobId};

use crate::genesis::Setup;
use crate::market::{freeze, key, world};
use crate::network::{clock, Network};
use crate::page::table;
use crate::payer::Payer;

/// Buyers, and as many providers.
const AGENTS: usize = 50;
/// Jobs that are under way at once: more than blocks can carry on.
const UNDER_WAY: usize = 600;
const SEED: &str = "throughput";
/// Blocks whose jobs are not counted, while the first jobs come along.
const WARM_UP: u64 = 6;

/// What a kind of message costs at most: simulated once, with the margin that an agent leaves.
#[derive(Default)]
struct Limits(BTreeMap<&'static str, u64>);

/// What was counted between warm-up and end.
#[derive(Default)]
struct Count {
    blocks: u64,
    jobs: u64,
    best: u64,
    txs: u64,
    failed: u64,
    gas: u64,
    wanted: u64,
    check: Duration,
    sent: u32,
    sign: Duration,
    execute_ms: f64,
    wall: Duration,
}

struct Load {
    client: Client,
    market: String,
    spec: Box<joule_types::marketplace::JobSpec>,
    buyers: Vec<Payer>,
    providers: BTreeMap<String, Payer>,
    owner: BTreeMap<JobId, usize>,
    operator: BTreeMap<JobId, String>,
    buyer_of: BTreeMap<String, usize>,
    limits: Limits,
    next: usize,
    count: Count,
}

fn fair(world: &mut World) -> Result<()> {
    for n in 0..AGENTS {
        let mut provider = world.registered(&format!("provider-{n}"));
        provider.node = world.add_node(&provider, world.cpu_spec())?;
        world.admit(&provider, provider.node)?;
        world.beat(&provider, &[provider.node])?;
        let mut terms = world.offer_terms(&provider, 400_000 + n as u128);
        terms.capacity = 16;
        world.market(&provider.operator, &ExecuteMsg::CreateOffer { terms })?;
        world.buyer(&format!("buyer-{n}"), 1_000_000_000);
    }
    Ok(())
}

/// Measures `blocks` blocks at each block gas limit and returns the page's section.
pub async fn run(root: &Path, port: u16, blocks: u64, limits: &[u64]) -> Result<String> {
    let mut rows = vec![];
    for limit in limits {
        let count = at(root, port, blocks, *limit)
            .await
            .with_context(|| format!("at {limit}"))?;
        rows.push(row(*limit, &count));
    }
    let head = [
        "block gas limit",
        "jobs a block",
        "best block",
        "transactions a block",
        "gas a job",
        "gas used / wanted a block",
        "checking a transaction",
        "signing one",
        "executing one",
        "block",
    ];
    Ok(table(&head, &rows))
}

fn row(limit: u64, count: &Count) -> Vec<String> {
    let per = |sum: u64, n: u64| sum as f64 / n.max(1) as f64;
    let ms = |time: Duration, n: u64| format!("{:.2} ms", time.as_secs_f64() * 1_000.0 / n.max(1) as f64);
    vec![
        format!("{} M", limit / 1_000_000),
        format!("{:.1}", per(count.jobs, count.blocks)),
        count.best.to_string(),
        format!("{:.1}", per(count.txs, count.blocks)),
        format!("{:.0}", per(count.gas, count.jobs)),
        format!(
            "{:.1} M / {:.1} M",
            per(count.gas, count.blocks) / 1e6,
            per(count.wanted, count.blocks) / 1e6
        ),
        ms(count.check, count.sent.into()),
        ms(count.sign, count.sent.into()),
        format!("{:.2} ms", count.execute_ms / count.txs.max(1) as f64),
        format!("{:.2} s", count.wall.as_secs_f64() / count.blocks.max(1) as f64),
    ]
}

async fn at(root: &Path, port: u16, blocks: u64, max_gas: u64) -> Result<Count> {
    // The simulator's clock runs behind until the fair is set up.
    let (mut world, names) = world(SEED, clock() - 8_000, |plan| {
        plan.registry.admission_units = 64u64.into();
        plan.registry.beat_secs = 86_400;
        plan.marketplace.start_secs = 3_600;
        plan.marketplace.accept_secs = 3_600;
    });
    fair(&mut world)?;
    let behind = clock()
        .checked_sub(world.now())
        .context("the fair took longer than planned")?;
    world.pass(behind);
    let mut spec = world.job_spec();
    spec.deadline_at = world.now() + 86_400;
    let network = Network::new(root, "bench-throughput", port, 1_000);
    let artifacts = root.join("artifacts");
    let setup = Setup {
        artifacts: &artifacts,
        pinned: true,
        max_gas: Some(max_gas),
    };
    network.start(&setup, &[freeze(&world, &names)])?;
    let client = network.client().await?;
    let mut load = Load {
        market: world.peers.marketplace.to_string(),
        spec: Box::new(spec),
        buyers: vec![],
        providers: BTreeMap::new(),
        owner: BTreeMap::new(),
        operator: BTreeMap::new(),
        buyer_of: BTreeMap::new(),
        limits: Limits::default(),
        next: 0,
        count: Count::default(),
        client,
    };
    for n in 0..AGENTS {
        let buyer = key(SEED, &format!("buyer-{n}"))?;
        load.buyer_of.insert(buyer.address().to_string(), n);
        load.buyers.push(Payer::new(&load.client, buyer).await?);
        let operator = key(SEED, &format!("provider-{n}-agent"))?;
        let address = operator.address().to_string();
        load.providers
            .insert(address, Payer::new(&load.client, operator).await?);
    }
    load.carry(blocks, &network).await?;
    network.reset()?;
    Ok(load.count)
}

impl Load {
    async fn carry(&mut self, blocks: u64, network: &Network) -> Result<()> {
        let first = self.client.height().await? + 1;
        let (mut height, mut begun, mut executed) = (first, Instant::now(), 0.0);
        self.fill().await?;
        while height < first + WARM_UP + blocks {
            if self.client.height().await? < height {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            let block = self.client.block_results(height).await?;
            height += 1;
            if height == first + WARM_UP {
                self.count = Count::default();
                (begun, executed) = (Instant::now(), network.executed_ms().await?);
            }
            self.answer(&block).await?;
            self.fill().await?;
        }
        self.count.wall = begun.elapsed();
        self.count.execute_ms = network.executed_ms().await? - executed;
        ensure!(self.count.failed == 0, "{} transactions failed", self.count.failed);
        Ok(())
    }

    /// Jobs are posted until as many as can be are under way.
    async fn fill(&mut self) -> Result<()> {
        while self.next < UNDER_WAY {
            let n = self.next % self.buyers.len();
            self.next += 1;
            let msg = ExecuteMsg::PostJob {
                spec: self.spec.clone(),
                hints: vec![],
            };
            self.send("post", Who::Buyer(n), &msg).await?;
        }
        Ok(())
    }

    /// Everybody does what the block asks for.
    async fn answer(&mut self, block: &BlockResults) -> Result<()> {
        let market = self.market.clone();
        let mut done = 0;
        for tx in &block.txs {
            self.count.txs += 1;
            self.count.gas += tx.gas_used;
            self.count.wanted += tx.gas_wanted;
            if tx.code != 0 {
                self.count.failed += 1;
                println!("failed: {}", tx.log);
            }
            for posted in of::<JobPosted>(&market, &tx.events) {
                let buyer = self.buyer_of.get(posted.buyer.as_str()).context("a buyer of ours")?;
                self.owner.insert(posted.job, *buyer);
            }
            for event in of::<JobAssigned>(&market, &tx.events) {
                let operator = event.operator.to_string();
                self.operator.insert(event.job, operator.clone());
                let (job, attempt) = (event.job, event.attempt);
                self.send("start", Who::Provider(operator), &ExecuteMsg::Start { job, attempt })
                    .await?;
            }
            for event in of::<JobStarted>(&market, &tx.events) {
                let root = digest::result_root(b"output");
                let msg = ExecuteMsg::SubmitResult {
                    job: event.job,
                    attempt: event.attempt,
                    result_root: root.into(),
                    trace_root: root.into(),
                    output_url: "https://objects.example/out".into(),
                    output_size: 6u64.into(),
                };
                let operator = self.operator.get(&event.job).context("an operator of ours")?.clone();
                self.send("submit", Who::Provider(operator), &msg).await?;
            }
            for event in of::<ResultSubmitted>(&market, &tx.events) {
                let buyer = *self.owner.get(&event.job).context("a job of ours")?;
                self.send("accept", Who::Buyer(buyer), &ExecuteMsg::Accept { job: event.job })
                    .await?;
            }
            done += of::<JobCompleted>(&market, &tx.events).count() as u64;
        }
        self.next = self.next.saturating_sub(done as usize);
        self.count.blocks += 1;
        self.count.jobs += done;
        self.count.best = self.count.best.max(done);
        Ok(())
    }

    async fn send(&mut self, kind: &'static str, who: Who, msg: &ExecuteMsg) -> Result<()> {
        let msgs = [Msg::Execute {
            contract: self.market.clone(),
            msg: to_json_string(msg)?,
            funds: vec![],
        }];
        let payer = match who {
            Who::Buyer(n) => self.buyers.get_mut(n),
            Who::Provider(operator) => self.providers.get_mut(&operator),
        };
        let payer = payer.context("an account of ours")?;
        let limit = match self.limits.0.get(kind) {
            Some(limit) => *limit,
            None => {
                let limit = payer.simulate(&self.client, &msgs).await? * 5 / 4;
                *self.limits.0.entry(kind).or_insert(limit)
            }
        };
        let begun = Instant::now();
        let tx = payer.sign(&msgs, limit)?;
        let signed = Instant::now();
        payer.broadcast(&self.client, &tx).await?;
        self.count.sign += signed - begun;
        self.count.check += signed.elapsed();
        self.count.sent += 1;
        Ok(())
    }
}

enum Who {
    Buyer(usize),
    Provider(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_divides_by_what_it_counts() {
        let count = Count {
            blocks: 10,
            jobs: 800,
            best: 90,
            txs: 3_200,
            gas: 800_000_000,
            wanted: 1_000_000_000,
            sent: 1_000,
            check: Duration::from_secs(2),
            execute_ms: 6_400.0,
            wall: Duration::from_secs(12),
            ..Count::default()
        };
        let cells = row(100_000_000, &count);
        assert_eq!(
            cells.join(" "),
            "100 M 80.0 90 320.0 1000000 80.0 M / 100.0 M 2.00 ms 0.00 ms 2.00 ms 1.20 s"
        );
    }
}
