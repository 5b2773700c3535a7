//! Jobs from post to payment as fast as a block's gas allows: fifty buyers and fifty providers, with more jobs under way than blocks can carry on.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use joule_testing::World;
use joule_types::marketplace::ExecuteMsg;

use crate::genesis::Setup;
use crate::load::{Count, Load};
use crate::market::{freeze, key, world};
use crate::network::{clock, Network};
use crate::page::table;
use crate::payer::Payer;

/// Buyers, and as many providers.
const AGENTS: usize = 50;
/// What a job's transactions ask for at least, in gas: for the number of jobs that fill a block.
const JOB_GAS: u64 = 1_000_000;
/// Jobs under way, as blocks full of jobs: one is at work in four blocks, the others wait in the mempool.
const DEPTH: u64 = 7;
/// Jobs at once of an offer.
const CAPACITY: usize = 16;
const SEED: &str = "throughput";
/// Blocks whose jobs are not counted, while the first jobs come along.
const WARM_UP: u64 = 10;

/// Milliseconds between blocks of so much gas: what a client and a node need on two cores to fill them.
fn block_ms(max_gas: u64) -> u64 {
    max_gas / 20_000
}

/// Jobs under way in blocks of so much gas.
fn under_way(max_gas: u64) -> usize {
    usize::try_from(max_gas / JOB_GAS * DEPTH).unwrap_or(usize::MAX)
}

/// Providers with nodes for all jobs under way and some more.
fn fair(world: &mut World, jobs: usize) -> Result<()> {
    let nodes = (jobs * 3 / 2).div_ceil(CAPACITY * AGENTS);
    for n in 0..AGENTS {
        let mut provider = world.registered(&format!("provider-{n}"));
        for _ in 0..nodes {
            provider.node = world.add_node(&provider, world.cpu_spec())?;
            world.admit(&provider, provider.node)?;
            world.beat(&provider, &[provider.node])?;
            let mut terms = world.offer_terms(&provider, 400_000 + n as u128);
            terms.capacity = u16::try_from(CAPACITY)?;
            world.market(&provider.operator, &ExecuteMsg::CreateOffer { terms })?;
        }
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
        let cells = row(*limit, &count);
        println!("{}", cells.join(" | "));
        rows.push(cells);
    }
    let head = [
        "block gas limit",
        "jobs a block",
        "best block",
        "transactions a block",
        "gas a job",
        "gas used / wanted a block",
        "client: signing one",
        "sending one",
        "reading a block",
        "node: checking, a block",
        "executing",
        "committing",
        "time of a block",
    ];
    Ok(table(&head, &rows))
}

fn row(limit: u64, count: &Count) -> Vec<String> {
    let per = |sum: u64, n: u64| sum as f64 / n.max(1) as f64;
    let ms = |time: Duration, n: u64| format!("{:.2} ms", time.as_secs_f64() * 1_000.0 / n.max(1) as f64);
    let s = |seconds: f64| format!("{:.2} s", seconds / count.blocks.max(1) as f64);
    let node = |method: &str| s(count.spent.get(method).copied().unwrap_or_default());
    let sending = &count.sending;
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
        ms(sending.sign, sending.sent),
        ms(sending.check, sending.sent),
        s(count.read.as_secs_f64()),
        node("check_tx"),
        node("finalize_block"),
        node("commit"),
        s(count.wall.as_secs_f64()),
    ]
}

async fn at(root: &Path, port: u16, blocks: u64, max_gas: u64) -> Result<Count> {
    let jobs = under_way(max_gas);
    // The simulator's clock runs behind until the fair is set up.
    let (mut world, names) = world(SEED, clock() - 40_000, |plan| {
        plan.registry.admission_units = 64u64.into();
        plan.registry.beat_secs = 86_400;
        plan.marketplace.start_secs = 3_600;
        plan.marketplace.accept_secs = 3_600;
    });
    fair(&mut world, jobs)?;
    let behind = clock()
        .checked_sub(world.now())
        .context("the fair took longer than planned")?;
    world.pass(behind);
    let mut spec = world.job_spec();
    spec.deadline_at = world.now() + 86_400;
    let network = Network::new(root, "bench-throughput", port, block_ms(max_gas));
    let artifacts = root.join("artifacts");
    let setup = Setup {
        artifacts: &artifacts,
        pinned: true,
        max_gas: Some(max_gas),
    };
    network.start(&setup, &[freeze(&world, SEED, &names, |_| true)])?;
    let client = network.client().await?;
    let (mut buyers, mut providers) = (vec![], vec![]);
    for n in 0..AGENTS {
        buyers.push(Payer::new(&client, key(SEED, &format!("buyer-{n}"))?).await?);
        providers.push(Payer::new(&client, key(SEED, &format!("provider-{n}-agent"))?).await?);
    }
    let market = world.peers.marketplace.to_string();
    let load = Load::new(client, market, spec, (buyers, providers), jobs);
    let count = load.carry(WARM_UP, blocks, &network).await?;
    network.reset()?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_divides_by_what_it_counts() {
        let mut count = Count {
            blocks: 10,
            jobs: 800,
            best: 90,
            txs: 3_200,
            gas: 800_000_000,
            wanted: 1_000_000_000,
            read: Duration::from_secs(3),
            spent: [("finalize_block".to_string(), 6.4)].into(),
            wall: Duration::from_secs(12),
            ..Count::default()
        };
        count.sending.sent = 1_000;
        count.sending.check = Duration::from_secs(2);
        let cells = row(100_000_000, &count);
        assert_eq!(
            cells.join(" "),
            "100 M 80.0 90 320.0 1000000 80.0 M / 100.0 M 0.00 ms 2.00 ms 0.30 s 0.00 s 0.64 s 0.00 s 1.20 s"
        );
    }
}
