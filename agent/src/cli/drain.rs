//! `joule drain`.
use std::time::Duration;

use joule_types::marketplace::JobFilter;
use joule_types::registry::{CommitState, ProviderResponse};
use joule_types::{JobId, NodeId, OfferId, WindowId};
use joule_work::job::JobState;
use serde::Serialize;

use super::common::{Common, Session};
use super::job::list::state_name;
use super::output;
use crate::error::{Error, Result};
use crate::journal;

/// Pause between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// Switches the nodes of a provider off for new work, and says what is still owed: jobs that are not delivered, lists of
/// tickets that are not revealed. The agent, wherever it runs, goes on with these; when nothing is left it is safe to stop it.
/// `joule run` switches the nodes on again.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Wait until it is safe to stop the agent
    #[arg(long)]
    wait: bool,
    /// Close the offers too: their deposits come back
    #[arg(long)]
    close_offers: bool,
    #[command(flatten)]
    common: Common,
}

/// What was done, and what is left.
#[derive(Serialize)]
struct Drained {
    provider: joule_types::ProviderId,
    switched_off: Vec<NodeId>,
    closed_offers: Vec<OfferId>,
    left: Left,
    safe_to_stop: bool,
    /// Process of the agent, if it runs in this home.
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<u32>,
}

/// What only the agent can still do.
#[derive(Default, PartialEq, Serialize)]
struct Left {
    jobs: Vec<Owed>,
    windows: Vec<Unrevealed>,
}

#[derive(PartialEq, Serialize)]
struct Owed {
    job: JobId,
    state: JobState,
    deadline_at: Option<u64>,
}

#[derive(PartialEq, Serialize)]
struct Unrevealed {
    window: WindowId,
    node: NodeId,
    reveal_by: u64,
}

impl Left {
    fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.windows.is_empty()
    }

    fn words(&self, now: u64) -> Vec<String> {
        let due = |at: Option<u64>| at.map_or(String::new(), |at| format!(", due {}", output::when(at, now)));
        let jobs = self.jobs.iter().map(|owed| {
            format!(
                "job {} is {}{}",
                owed.job,
                state_name(owed.state),
                due(owed.deadline_at)
            )
        });
        let windows = self.windows.iter().map(|list| {
            let due = due(Some(list.reveal_by));
            format!(
                "node {} has to reveal its tickets of window {}{due}",
                list.node, list.window
            )
        });
        jobs.chain(windows).collect()
    }
}

pub async fn run(args: Args) -> Result<()> {
    let session = args.common.open().await?;
    let address = args.common.address()?;
    let provider = session.market.registry.provider_of(&address).await?.ok_or_else(|| {
        Error::refused(
            "provider.not_registered",
            format!("{address} is neither owner nor operator of a provider"),
            "choose the provider's key with --key",
        )
    })?;
    let nodes = session.market.registry.nodes_of(provider.provider).await?;
    let on: Vec<NodeId> = nodes
        .iter()
        .filter(|node| node.available)
        .map(|node| node.node)
        .collect();
    let mut msgs = on
        .iter()
        .map(|node| session.market.registry.set_available(*node, false))
        .collect::<Result<Vec<_>>>()?;
    let mut closed = Vec::new();
    if args.close_offers {
        for offer in session.market.marketplace.offers_of(provider.provider).await? {
            if offer.open {
                msgs.push(session.market.marketplace.close_offer(offer.offer)?);
                closed.push(offer.offer);
            }
        }
    }
    if !msgs.is_empty() {
        args.common.sender(&session).await?.submit(msgs).await?;
    }
    let all: Vec<NodeId> = nodes.iter().map(|node| node.node).collect();
    let left = settle(&args, &session, &provider, &all).await?;
    let drained = Drained {
        provider: provider.provider,
        switched_off: on,
        closed_offers: closed,
        safe_to_stop: left.is_empty(),
        left,
        process: process(&args.common, &provider)?,
    };
    let now = session.market.now().await?;
    output::show(args.common.json, &drained, |drained| text(drained, now))
}

/// What is left now or, with `--wait`, at last.
async fn settle(args: &Args, session: &Session, provider: &ProviderResponse, nodes: &[NodeId]) -> Result<Left> {
    let mut told = Left::default();
    loop {
        let left = owed(session, provider, nodes).await?;
        if left.is_empty() || !args.wait {
            return Ok(left);
        }
        if left != told {
            let now = session.market.now().await?;
            for words in left.words(now) {
                eprintln!("waiting: {words}");
            }
            told = left;
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn owed(session: &Session, provider: &ProviderResponse, nodes: &[NodeId]) -> Result<Left> {
    let market = &session.market;
    let filter = JobFilter::Provider {
        provider: provider.provider,
    };
    let jobs = market.marketplace.all_jobs(filter).await?.into_iter();
    let undelivered = |state: JobState| matches!(state, JobState::Assigned | JobState::Running);
    let jobs = jobs
        .filter(|job| undelivered(job.state))
        .map(|job| Owed {
            job: job.job,
            state: job.state,
            deadline_at: job.next_deadline_at,
        })
        .collect();
    let (mut windows, now) = (Vec::new(), market.now().await?);
    if let Some(window) = market
        .registry
        .window(None)
        .await?
        .filter(|window| now <= window.reveal_by)
    {
        for node in nodes {
            let commit = market.registry.commit(window.window, *node).await?;
            if commit.is_some_and(|commit| commit.state == CommitState::Committed) {
                windows.push(Unrevealed {
                    window: window.window,
                    node: *node,
                    reveal_by: window.reveal_by,
                });
            }
        }
    }
    Ok(Left { jobs, windows })
}

/// The agent of this home that signs as the provider's operator.
fn process(common: &Common, provider: &ProviderResponse) -> Result<Option<u32>> {
    let keys = common.home.keys()?.list()?;
    let Some(key) = keys.iter().find(|key| key.address == provider.operator.as_str()) else {
        return Ok(None);
    };
    Ok(journal::holder(
        &common.home.dir()?.join("state").join(&key.name).join("run"),
    ))
}

fn text(drained: &Drained, now: u64) -> String {
    let mut lines = vec![match drained.switched_off.len() {
        0 => format!("provider {}: all nodes were off already", drained.provider),
        n => format!(
            "provider {}: {n} node(s) switched off, no new jobs come",
            drained.provider
        ),
    }];
    if !drained.closed_offers.is_empty() {
        lines.push(format!(
            "{} offer(s) closed, their deposits are back",
            drained.closed_offers.len()
        ));
    }
    let words = drained.left.words(now);
    lines.extend(words.iter().map(|words| format!("still owed: {words}")));
    lines.push(match (drained.safe_to_stop, drained.process) {
        (true, Some(pid)) => format!("Safe to stop: kill -TERM {pid}"),
        (true, None) => "Safe: nothing is owed, and no agent of this provider runs here.".into(),
        (false, Some(pid)) => {
            format!("Not yet: process {pid} works on it. `joule drain --wait` says when it is safe to stop.")
        }
        (false, None) => {
            "Not yet, and no agent of this provider runs here: if it runs nowhere else, start it with `joule run`."
                .into()
        }
    });
    lines.join("\n")
}
