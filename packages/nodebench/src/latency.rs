//! How long a provider takes from the block that assigns a job to the job's child: the agent, run as a person would, on a network of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use joule::chain::Client;

use crate::network::Network;
use crate::page::table;
use crate::people::People;

/// How often the node is asked for its height: what the moment of a block is uncertain by.
const LOOK: Duration = Duration::from_millis(10);
/// What is waited for in the log of the agent, in this order, with its name on the page.
const STATIONS: [(&str, &str); 3] = [
    ("its child waits", "child started, module compiled"),
    ("claimed", "claim landed: the child runs"),
    ("delivered", "result landed"),
];

/// When each height was first served.
type Heights = Arc<Mutex<BTreeMap<u64, Instant>>>;

/// Measures `jobs` jobs one after the other, and returns the page's section.
pub async fn run(root: &Path, port: u16, jobs: usize, block_ms: u64) -> Result<String> {
    let network = Network::new(root, "bench-latency", port, block_ms);
    network.start_new()?;
    let client = network.client().await?;
    let (heights, watch) = watch(client);
    let people = People::open(root, &network)?;
    people.deploy().await?;
    for (role, key) in [("keeper", "keeper"), ("provider", "turbine"), ("buyer", "lab")] {
        people.init(role, key).await?;
    }
    let _keeper = people.agent("keep", "keeper")?;
    let mut provider = people.agent("run", "provider")?;
    provider.says(&["on the market"]).await?;
    people.say("buyer", &["deposit", "20usdc"]).await?;
    let mut measured = vec![vec![]; STATIONS.len()];
    for n in 1..=jobs {
        let (job, height) = people.post("buyer").await?;
        for ((words, _), times) in STATIONS.iter().zip(&mut measured) {
            let at = provider.says(&[words, &format!("job={job} ")]).await?;
            let block = *lock(&heights).get(&height).context("a height that was seen")?;
            times.push(at.saturating_duration_since(block));
        }
        println!("job {n} of {jobs}");
    }
    watch.abort();
    let interval = interval(&lock(&heights));
    network.reset()?;
    let rows: Vec<Vec<String>> = STATIONS
        .iter()
        .zip(measured)
        .map(|((_, name), times)| row(name, times, interval))
        .collect();
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    let head = format!("{jobs} jobs, {build} build, a block each {} ms", interval.as_millis());
    Ok(table(&[&head, "median", "95 %", "longest", "median, in blocks"], &rows))
}

fn row(name: &str, mut times: Vec<Duration>, interval: Duration) -> Vec<String> {
    times.sort();
    let at = |share: usize| {
        times
            .get((times.len() * share).div_ceil(100).max(1) - 1)
            .copied()
            .unwrap_or_default()
    };
    let ms = |time: Duration| format!("{} ms", time.as_millis());
    let blocks = at(50).as_secs_f64() / interval.as_secs_f64();
    vec![name.into(), ms(at(50)), ms(at(95)), ms(at(100)), format!("{blocks:.2}")]
}

/// Notes when heights appear.
fn watch(client: Client) -> (Heights, tokio::task::JoinHandle<()>) {
    let heights = Heights::default();
    let kept = heights.clone();
    let task = tokio::spawn(async move {
        loop {
            if let Ok(height) = client.height().await {
                lock(&kept).entry(height).or_insert_with(Instant::now);
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    (heights, task)
}

fn lock(heights: &Heights) -> std::sync::MutexGuard<'_, BTreeMap<u64, Instant>> {
    heights.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Mean time between blocks.
fn interval(heights: &BTreeMap<u64, Instant>) -> Duration {
    let ends = heights.first_key_value().zip(heights.last_key_value());
    let Some(((first, from), (last, to))) = ends else {
        return Duration::ZERO;
    };
    (*to - *from) / u32::try_from(last - first).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_middle_and_the_end_of_what_was_measured() {
        let times = (1..=40).rev().map(Duration::from_millis).collect();
        let cells = row("x", times, Duration::from_millis(10));
        assert_eq!(cells.join(" "), "x 20 ms 38 ms 40 ms 2.00");
    }

    #[test]
    fn the_interval_is_the_mean_between_first_and_last() {
        let begun = Instant::now();
        let heights = [(7, 0), (8, 900), (11, 4_000)].map(|(height, ms)| (height, begun + Duration::from_millis(ms)));
        assert_eq!(interval(&heights.into()), Duration::from_millis(1_000));
    }
}
