//! `joule register`.
use std::path::PathBuf;

use joule_types::registry::NodeResponse;
use joule_types::{NodeId, ProviderId};
use serde::Serialize;

use super::common::Common;
use super::config::provider_file;
use super::output;
use crate::error::Result;
use crate::provider::{self, ProviderConfig, Setup};

/// Stakes, registers, adds the nodes of the file and passes their admission, and stops there: nothing is offered and no beat
/// is sent, so that no job comes while nobody serves. What is done already is not done again. `joule run` does all of
/// this too.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What is sold and on which terms [default: provider.toml in the home folder]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// Where the provider stands.
#[derive(Serialize)]
struct Standing {
    provider: ProviderId,
    owner: String,
    operator: String,
    bonded: String,
    nodes: Vec<NodeResponse>,
    admitted: Vec<NodeId>,
    /// Transactions of this run.
    sent: usize,
}

pub async fn run(args: Args) -> Result<()> {
    let home = args.common.home.dir()?;
    let file = provider_file(args.config.clone(), &home);
    let config = ProviderConfig::read(&file)?;
    let session = args.common.open().await?;
    let (market, denoms) = (session.market.clone(), session.denoms.clone());
    let registered = provider::register(Setup {
        market: session.market,
        denoms: session.denoms,
        settings: session.settings,
        config,
        signer: args.common.signer_place("run")?,
        fault: None,
    })
    .await?;
    let bonded = market.staking.pool(&registered.owner).await?.bonded;
    let standing = Standing {
        nodes: market.registry.nodes_of(registered.provider).await?,
        provider: registered.provider,
        owner: registered.owner,
        operator: registered.operator,
        bonded: bonded.to_string(),
        admitted: registered.admitted,
        sent: registered.sent,
    };
    let stake = denoms.joule()?.show(bonded.u128());
    output::show(args.common.json, &standing, |s| text(s, &stake, &file))
}

fn text(s: &Standing, stake: &str, file: &std::path::Path) -> String {
    let facts = output::facts([
        ("provider", s.provider.to_string()),
        ("owner", s.owner.clone()),
        ("operator", s.operator.clone()),
        ("staked", stake.into()),
        (
            "transactions",
            match s.sent {
                0 => "none: everything was there".into(),
                n => n.to_string(),
            },
        ),
    ]);
    let rows = s.nodes.iter().map(|node| {
        let admitted = s.admitted.contains(&node.node);
        [
            node.node.to_string(),
            format!("{:?}", node.spec.kind).to_lowercase(),
            node.spec.hardware.model.clone(),
            node.spec.region.clone(),
            if admitted {
                "yes".into()
            } else {
                format!("no ({:?})", node.state)
            },
        ]
    });
    let nodes = output::table(["node", "kind", "model", "region", "admitted"], rows);
    format!("{facts}\n{nodes}\nNext: joule run --config {}", file.display())
}
