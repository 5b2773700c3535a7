//! `joule status`: everything about a key at one look.
mod chain;
mod local;
mod text;

use joule_types::marketplace::{JobFilter, JobResponse};
use serde::Serialize;

use super::common::Common;
use super::funds::{self, Account};
use super::output;
use crate::config::Role;
use crate::error::Result;
use chain::{ChainState, ProviderState, ValidatorState};
use local::Process;

/// Shows the node, the key with its coins, what it is on the market (provider, validator, buyer) with what is due next, and
/// the agents that work in this home. Needs no passphrase and changes nothing.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Look at this address instead of the key
    address: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// All that is known.
#[derive(Serialize)]
struct Status {
    role: Role,
    chain: ChainState,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<ProviderState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validator: Option<ValidatorState>,
    /// Open jobs of the address as a buyer.
    jobs: Vec<JobResponse>,
    /// Agents of the key in this home.
    processes: Vec<Process>,
}

pub async fn run(args: Args) -> Result<()> {
    let session = args.common.open().await?;
    let address = match &args.address {
        Some(address) => Some(address.clone()),
        None => args.common.known_address()?,
    };
    let key = args.address.is_none().then(|| session.settings.key.name.clone());
    let mut status = Status {
        role: session.settings.agent.role,
        chain: chain::state(&session).await?,
        account: None,
        provider: None,
        validator: None,
        jobs: Vec::new(),
        processes: match &key {
            Some(_) => local::processes(&args.common.home.dir()?, &session.settings, address.as_deref()).await?,
            None => Vec::new(),
        },
        key: key.filter(|_| address.is_some()),
    };
    if let Some(address) = address {
        status.account = Some(funds::account(&session, &address).await?);
        status.provider = chain::provider(&session, &address).await?;
        status.validator = chain::validator(&session, &address).await?;
        let buyer = JobFilter::Buyer { buyer: address };
        let jobs = session.market.marketplace.jobs(buyer, None).await?;
        status.jobs = jobs.items.into_iter().filter(|job| !job.state.is_final()).collect();
    }
    output::show(args.common.json, &status, |status| text::whole(status, &session))
}
