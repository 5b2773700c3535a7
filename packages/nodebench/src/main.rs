//! `scripts/bench`: the market measured on a real node.

mod gas;
mod gather;
mod genesis;
mod latency;
mod load;
mod market;
mod network;
mod page;
mod payer;
mod people;
mod scale;
mod throughput;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// Measures the market on a real node. Prints Markdown.
#[derive(Parser)]
#[command(name = "bench")]
struct Args {
    #[command(subcommand)]
    what: What,
    /// Write the tables into docs/ as well
    #[arg(long, global = true)]
    write: bool,
    /// First of six ports in a row; a second network uses those a hundred further up
    #[arg(long, global = true, default_value_t = 28600, env = "BENCH_PORT")]
    port: u16,
}

#[derive(Subcommand)]
enum What {
    /// Gas of every message, in transfers
    Gas {
        /// Seconds to make the markets and start the nodes; doubled when they do not suffice
        #[arg(long, default_value_t = 240)]
        lead: u64,
    },
    /// Gas of the frequent messages in markets of several sizes
    Scale {
        /// Seconds to start the node once the markets are made: for a hundred thousand records ten minutes
        #[arg(long, default_value_t = 480)]
        lead: u64,
        /// Records of each kind
        #[arg(long, value_delimiter = ',', default_values_t = [10, 1_000])]
        sizes: Vec<usize>,
    },
    /// Jobs a block, from post to payment
    Throughput {
        /// Blocks that count
        #[arg(long, default_value_t = 12)]
        blocks: u64,
        /// Gas limits of a block
        #[arg(long, value_delimiter = ',', default_values_t = [100_000_000, 300_000_000])]
        max_gas: Vec<u64>,
    },
    /// Time from the block that assigns a job to the start of its child
    Latency {
        /// Jobs, one after the other
        #[arg(long, default_value_t = 40)]
        jobs: usize,
        /// Milliseconds between blocks
        #[arg(long, default_value_t = 1_000)]
        block_ms: u64,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let root = root()?;
    match args.what {
        What::Gas { lead } => {
            let text = gas::run(&root, args.port, lead).await?;
            print(&root.join("docs/gas-node.md"), "gas", &text, args.write)
        }
        What::Scale { lead, sizes } => {
            let text = scale::run(&root, args.port, lead, &sizes).await?;
            print(&root.join("docs/performance.md"), "scale", &text, args.write)
        }
        What::Throughput { blocks, max_gas } => {
            let text = throughput::run(&root, args.port, blocks, &max_gas).await?;
            print(&root.join("docs/performance.md"), "throughput", &text, args.write)
        }
        What::Latency { jobs, block_ms } => {
            let text = latency::run(&root, args.port, jobs, block_ms).await?;
            print(&root.join("docs/performance.md"), "latency", &text, args.write)
        }
    }
}

fn print(path: &Path, section: &str, text: &str, write: bool) -> Result<()> {
    println!("{text}");
    if write {
        page::write(path, section, text)?;
    }
    Ok(())
}

/// The repository: where this was built.
fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here
        .ancestors()
        .nth(2)
        .context("packages/nodebench is in a repository")?;
    Ok(root.to_path_buf())
}
