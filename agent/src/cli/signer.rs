//! `joule signer`: the process that holds a key. `joule run` and `joule keep` start their own over a pipe; `--socket` serves
//! agents that are started apart from it.
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::common::{Home, Passphrase};
use crate::error::{Error, Result};
use crate::signer::spend::Spend;
use crate::signer::{main_loop, Guard, Policy, Transport};

/// Patience with the signer of a former agent.
const HANDOVER: Duration = Duration::from_secs(5);

#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Name of the key
    #[arg(long, value_name = "NAME")]
    key: String,
    /// What may be signed
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// What was signed today
    #[arg(long, value_name = "FILE")]
    spend: PathBuf,
    /// Serve this Unix socket instead of standard input and output
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<()> {
    let text = std::fs::read_to_string(&args.policy).map_err(|e| {
        Error::config(
            "signer.bad_policy",
            format!("{}: {e}", args.policy.display()),
            "give a readable policy file",
        )
    })?;
    let policy = Policy::parse(&text)?;
    let key = args.home.keys()?.open(&args.key, &args.passphrase.source().read()?)?;
    let guard = Guard::new(key, policy, open_books(&args.spend)?);
    let transport = args.socket.clone().map_or(Transport::Pipe, Transport::Socket);
    main_loop(&transport, guard)
}

/// The signer of an agent that was killed ends with its pipe, a moment after the agent: its books are waited for.
fn open_books(path: &Path) -> Result<Spend> {
    let started = Instant::now();
    loop {
        match Spend::open(path) {
            Err(e) if e.code() == "signer.locked" && started.elapsed() < HANDOVER => {
                std::thread::sleep(Duration::from_millis(50));
            }
            opened => return opened,
        }
    }
}
