//! `joule init`: a home directory in one go. Every answer is also a flag; what a flag does not say is asked for on the
//! terminal, or with `--yes` taken from its default.
mod answers;
mod ask;
mod chain;
mod files;
mod machine;

use std::io::{stderr, stdin, BufReader, IsTerminal};
use std::path::PathBuf;

use serde::Serialize;

use super::common::{Home, Passphrase};
use super::output;
use crate::chain::contracts::money::Amount;
use crate::config::Role;
use crate::error::Result;
use answers::Answers;
use ask::Ask;
use files::Made;

/// Makes a home directory: settings, key, deployment file, for a provider what it sells, and a policy for the signer. Never
/// replaces anything; all is written, or nothing. Ends with the next commands.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What the home is for
    #[arg(long, value_enum)]
    role: Option<Role>,
    /// Chain to work on: `local` or `dev` (the chains of scripts/localnet and of `joule devchain`), a market file
    /// (deployments/<chain>.toml), or a deployment file (deployments/<chain-id>.json)
    #[arg(long, value_name = "local|dev|FILE")]
    chain: Option<String>,
    /// Deployment file to copy [default: <chain-id>.json beside --chain, or in deployments/]
    #[arg(long, env = "JOULE_DEPLOYMENT", value_name = "FILE")]
    deployment: Option<PathBuf>,
    /// RPC addresses of nodes, the preferred one first [default: those of --chain]
    #[arg(long, alias = "node", env = "JOULE_NODE", value_name = "URL", value_delimiter = ',')]
    rpc: Option<Vec<String>>,
    /// Name of the key that signs
    #[arg(long, env = "JOULE_KEY", value_name = "NAME")]
    key: Option<String>,
    /// Make the key; its recovery phrase is shown once
    #[arg(long, conflicts_with = "import")]
    new: bool,
    /// Take the key of a recovery phrase, read from standard input
    #[arg(long)]
    import: bool,
    #[command(flatten)]
    passphrase: Passphrase,
    #[command(flatten)]
    sells: Sells,
    /// Ask nothing: what is not given takes its default
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    home: Home,
    /// One JSON object on standard output instead of text
    #[arg(long)]
    json: bool,
}

/// What only a provider is asked for.
#[derive(clap::Args, Debug)]
pub struct Sells {
    /// Provider: name of the key that owns stake and record; made if it is not there. The same as --key for one key in all
    #[arg(long, value_name = "NAME", help_heading = "Provider")]
    owner_key: Option<String>,
    /// Provider: file with the owner's passphrase [default: the same passphrase as the key's]
    #[arg(long, value_name = "FILE", help_heading = "Provider")]
    owner_passphrase_file: Option<PathBuf>,
    /// Provider: price of an hour, e.g. 0.3usdc
    #[arg(long, value_name = "AMOUNT", help_heading = "Provider")]
    price: Option<Amount>,
    /// Provider: stake to hold bonded, e.g. 1000joule
    #[arg(long, value_name = "AMOUNT", help_heading = "Provider")]
    stake: Option<Amount>,
    /// Provider: one of the market's regions
    #[arg(long, value_name = "NAME", help_heading = "Provider")]
    region: Option<String>,
    /// Provider: what is sold, as found on this machine
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "cpu,gpu",
        help_heading = "Provider"
    )]
    devices: Option<Vec<machine::Kind>>,
    /// Provider: where outputs are put for buyers to fetch, an https address or a folder of this machine (local chains)
    #[arg(long, value_name = "URL|DIR", help_heading = "Provider")]
    store: Option<String>,
}

/// What was made, and what comes next.
#[derive(Serialize)]
struct Done {
    home: PathBuf,
    role: Role,
    chain_id: String,
    files: Vec<PathBuf>,
    keys: Vec<Made>,
    next: Vec<String>,
}

pub fn run(args: &Args) -> Result<()> {
    let home = args.home.dir()?;
    files::refuse_existing(&home)?;
    let terminal = stdin().is_terminal() && stderr().is_terminal();
    let mut ask = Ask::new(BufReader::new(stdin()), stderr(), terminal, args.yes);
    let answers = Answers::collect(args, &home, &mut ask)?;
    let keys = files::write(&home, &answers)?;
    let done = Done {
        files: answers.files(&home),
        next: answers.next(&home),
        role: answers.role,
        chain_id: answers.chain.id.clone(),
        keys,
        home,
    };
    output::show(args.json, &done, text)
}

fn text(done: &Done) -> String {
    let mut lines = vec![format!(
        "A {} on {} lives in {}:",
        done.role,
        done.chain_id,
        done.home.display()
    )];
    lines.extend(done.files.iter().map(|file| format!("  {}", file.display())));
    for key in &done.keys {
        lines.push(format!("\nkey `{}`  {}", key.name, key.address));
        if let Some(phrase) = &key.phrase {
            lines
                .push("Write these words down; whoever has them has the money, and they are not shown again:\n".into());
            lines.push(phrase.clone());
        }
    }
    lines.push("\nNext:".into());
    lines.extend(done.next.iter().map(|command| format!("  {command}")));
    lines.join("\n")
}
