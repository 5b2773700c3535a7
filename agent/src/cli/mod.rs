//! The command line: parse, open what the command needs, run it, print, exit with a code of [`exit`].
mod bench;
mod common;
mod completions;
mod config;
mod dao;
mod deploy;
mod doctor;
mod drain;
pub mod exit;
mod fees;
mod funds;
mod init;
pub mod job;
mod keep;
mod keys;
mod offers;
mod output;
mod register;
mod run;
mod signer;
mod status;
mod store;
mod validator;
mod verify;

use std::ffi::OsString;
use std::future::Future;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

pub use common::Session;

use crate::error::{Error, Result};
use crate::monitor::Notes;
use crate::{demo, devchain};

/// An open market for computing power: provider, validator, keeper and buyer in one program.
#[derive(Parser, Debug)]
#[command(name = "joule", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    /// How much to log on standard error: off, error, warn, info, debug, trace
    #[arg(long, env = "JOULE_LOG", value_name = "LEVEL", default_value = "warn", global = true)]
    log: LevelFilter,
    #[command(subcommand)]
    command: Command,
}

/// Time for threads to end by themselves when the command is done.
const LAST_MOMENTS: Duration = Duration::from_millis(500);

#[derive(Subcommand, Debug)]
enum Command {
    /// Run a whole market on this machine, with real processes, real work and real proofs
    Demo(demo::Args),
    /// Leave an embedded chain running, deployed and funded, for development
    Devchain(devchain::Args),
    /// Measure this machine's processor and graphics processors
    Bench(bench::Args),
    /// Make a home directory: settings, keys, what a provider sells, a policy for the signer
    Init(init::Args),
    /// Check files, key, node, clock, contracts, coins and this machine, and say how to mend what is wrong
    Doctor(doctor::Args),
    /// Show everything about a key: coins, provider, validator, jobs, what is due next
    Status(status::Args),
    /// Stake, register and pass the admission of a provider, without serving
    Register(register::Args),
    /// Take a provider off the market, and say when its agent may be stopped
    Drain(drain::Args),
    /// Serve as a provider: stake, register, prove power, offer, work
    Run(run::Args),
    /// Judge results as a validator: run drawn jobs again and vote
    Verify(verify::Args),
    /// Become a validator, stop being one, see how it stands
    #[command(subcommand)]
    Validator(validator::Command),
    /// Keep the market moving: post rounds of the beacon, carry out deadlines, assign queued jobs
    Keep(keep::Args),
    /// Make, import and show keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// Post jobs, fetch their results, judge them
    #[command(subcommand)]
    Job(job::Command),
    /// Move coins from the wallet into the escrow
    Deposit(funds::Deposit),
    /// Move free coins from the escrow into the wallet
    Withdraw(funds::Withdraw),
    /// Show wallet, escrow and stake of an address
    Balance(funds::Balance),
    /// Pay the fees of an operator's key, so that it needs no coins of its own
    #[command(subcommand)]
    Fees(fees::Command),
    /// Rank the offers for a request, with their scores
    Search(offers::Args),
    /// Say for each of the top offers which requirement excludes it
    Explain(offers::Args),
    /// Read proposals of the dao, vote, carry them out
    #[command(subcommand)]
    Dao(dao::Command),
    /// Deploy a market to a chain, compare one with its file, bring one to new code
    Deploy(deploy::Args),
    /// Show the settings in force and where they come from, and check the files
    #[command(subcommand)]
    Config(config::Command),
    /// Print what a shell needs to complete commands and flags
    Completions(completions::Args),
    /// Hold a key and sign what a policy allows
    #[command(hide = true)]
    Signer(signer::Args),
    /// Serve requests for this machine's graphics processors on standard input
    #[command(hide = true)]
    GpuWorker,
}

/// Runs the command line `args`.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    // The flag itself may be what does not parse.
    let json = args.iter().any(|arg| arg == "--json");
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) if matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            // Prints to standard output, with colours where they are wanted.
            let _ = e.print();
            return ExitCode::SUCCESS;
        }
        Err(e) => return exit::report(&usage(&e), json),
    };
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(colours);
    tracing_subscriber::registry()
        .with(lines.with_filter(cli.log))
        .with(Notes.with_filter(LevelFilter::WARN))
        .init();
    match dispatch(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error, json),
    }
}

fn dispatch(command: Command) -> Result<()> {
    match command {
        Command::Demo(args) => demo::run(args),
        Command::Devchain(args) => devchain::run(args),
        Command::Bench(args) => bench::run(&args),
        Command::Signer(args) => signer::run(&args),
        Command::GpuWorker => joule_gpu::serve(),
        Command::Keys(command) => keys::run(&command),
        Command::Config(command) => config::run(command),
        Command::Completions(args) => completions::run(&args, Cli::command()),
        Command::Init(args) => init::run(&args),
        Command::Doctor(args) => block_on(doctor::run(args)),
        Command::Status(args) => block_on(status::run(args)),
        Command::Register(args) => block_on(register::run(args)),
        Command::Drain(args) => block_on(drain::run(args)),
        Command::Run(args) => block_on(run::run(args)),
        Command::Verify(args) => block_on(verify::run(args)),
        Command::Validator(command) => block_on(validator::run(command)),
        Command::Keep(args) => block_on(keep::run(args)),
        Command::Job(command) => block_on(job::run(command)),
        Command::Deposit(args) => block_on(funds::deposit(args)),
        Command::Withdraw(args) => block_on(funds::withdraw(args)),
        Command::Balance(args) => block_on(funds::balance(args)),
        Command::Dao(command) => block_on(dao::run(command)),
        Command::Fees(command) => block_on(fees::run(command)),
        Command::Deploy(args) => block_on(deploy::run(args)),
        Command::Search(args) => block_on(offers::search(args)),
        Command::Explain(args) => block_on(offers::explain(args)),
    }
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|e| Error::internal("cli.no_runtime", e, "check the limits of processes and memory"))?;
    let done = runtime.block_on(work);
    // What still runs on a thread of its own was left behind on purpose: it ends with the process, and jobs with it.
    runtime.shutdown_timeout(LAST_MOMENTS);
    done
}

/// Clap's words, without its own prefix and usage text, as one coded line.
fn usage(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    let first = lines
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_string();
    let details: Vec<&str> = lines
        .take_while(|l| !l.starts_with("Usage:") && !l.starts_with("For more information"))
        .collect();
    let what = if details.is_empty() {
        first
    } else {
        format!("{first} {}", details.join(", "))
    };
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Error::usage("cli.usage", "no command was given", "run `joule --help` for the list");
    }
    Error::usage("cli.usage", what, "run the command with --help for its flags")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_do_not_contradict_themselves() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_flags_become_one_coded_line() {
        for (args, words) in [
            (&["joule", "job", "get"][..], "<JOB>"),
            (&["joule", "bench", "--what"], "--what"),
            (&["joule", "frobnicate"], "frobnicate"),
            (&["joule", "job", "get", "x"], "types.invalid_id"),
            (&["joule", "deposit", "5euro!"], "money.bad_amount"),
        ] {
            let error = usage(&Cli::try_parse_from(args).unwrap_err());
            assert_eq!(error.code(), "cli.usage");
            assert!(
                error.what().contains(words) && !error.to_string().contains('\n'),
                "{error}"
            );
        }
        let nothing = usage(&Cli::try_parse_from(["joule", "job"]).unwrap_err());
        assert_eq!(nothing.code(), "cli.usage");
    }
}
