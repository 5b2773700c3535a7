//! `joule bench`.
use std::io::IsTerminal;
use std::process::Command;
use std::time::Duration;

use crate::bench::{self, terminal_progress, Options};
use crate::error::{Error, Result};
use crate::process;
use crate::tickets::CpuShare;

use super::output;

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Percent of a core that each thread may use
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u8).range(1..=100))]
    cpu_share: u8,
    /// Seconds for each of the tests
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Leave graphics processors out
    #[arg(long)]
    cpu_only: bool,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<()> {
    let mut options = Options {
        time: Duration::from_secs(args.seconds),
        ..Options::default()
    };
    if let Some(threads) = args.threads {
        options.threads = usize::from(threads);
    }
    options.share = CpuShare::percent(args.cpu_share).unwrap_or(CpuShare::FULL);
    let program = std::env::current_exe().map_err(|e| Error::internal("bench.no_program", e, "use --cpu-only"))?;
    let worker = || process::gpu_worker(&program);
    let worker: Option<&dyn Fn() -> Command> = if args.cpu_only { None } else { Some(&worker) };
    let report = if std::io::stderr().is_terminal() && !args.json {
        bench::run(&options, worker, &mut terminal_progress())
    } else {
        bench::run(&options, worker, &mut |_| {})
    };
    let report = report.map_err(|e| Error::internal("bench.failed", e, "report this"))?;
    output::show(args.json, &report, bench::Report::table)
}
