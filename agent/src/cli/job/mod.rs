//! `joule job`.
mod act;
pub mod file;
mod get;
pub mod judge;
pub mod list;
mod panel;
mod post;
pub mod wanted;

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::objects::Policy;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Post a job: shows what will be held and who gets what, then sends it
    Post(post::Args),
    /// Show jobs
    List(list::Args),
    /// Show a job; when it has a result, fetch the output, check its digest and write it
    Get(get::Args),
    /// Accept a result: the provider is paid
    Accept(act::Accept),
    /// Withdraw a job that does not run yet
    Cancel(act::Cancel),
    /// Dispute a result, with a bond
    Dispute(act::Dispute),
    /// Split a disputed job, as its arbiter
    Resolve(act::Resolve),
}

pub async fn run(command: Command) -> Result<()> {
    match command {
        Command::Post(args) => post::run(args).await,
        Command::List(args) => list::run(args).await,
        Command::Get(args) => get::run(args).await,
        Command::Accept(args) => act::accept(args).await,
        Command::Cancel(args) => act::cancel(args).await,
        Command::Dispute(args) => act::dispute(args).await,
        Command::Resolve(args) => act::resolve(args).await,
    }
}

/// Where objects may be.
#[derive(clap::Args, Debug)]
pub struct Reach {
    /// Folder whose files may be read by file: addresses; may be given more than once
    #[arg(long, value_name = "DIR")]
    allow_files: Vec<PathBuf>,
    /// Also reach http and this machine's own addresses: for local chains
    #[arg(long)]
    allow_loopback: bool,
}

impl Reach {
    /// As the object store reads it; `store` is a folder that may be used too.
    pub fn policy(&self, store: Option<&Path>) -> Policy {
        let mut files = self.allow_files.clone();
        files.extend(store.map(Path::to_path_buf));
        Policy {
            files,
            allow_loopback: self.allow_loopback,
        }
    }
}
