//! `joule deploy --upgrade`.
use std::path::Path;

use cosmwasm_std::CosmosMsg;
use joule_rollout::{Change, Deployment, Proposal};
use joule_types::ProposalId;
use serde::Serialize;

use super::words;
use crate::chain::deploy::Site;
use crate::cli::output::{facts, show, when};
use crate::config;
use crate::error::Result;

/// How far an upgrade is carried.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// With --upgrade: store the new codes, so that the proposal can be printed whole
    #[arg(long, requires = "upgrade")]
    store: bool,
    /// With --upgrade: store the new codes and open the proposal, with its deposit from the key's wallet
    #[arg(long, requires = "upgrade")]
    propose: bool,
    /// Title of the proposal [default: the contracts that change]
    #[arg(long, value_name = "TEXT", requires = "upgrade")]
    title: Option<String>,
    /// Reasons for the proposal [default: the checksums of the new codes]
    #[arg(long, value_name = "TEXT", requires = "upgrade")]
    description: Option<String>,
}

impl Options {
    /// Something is sent, so a key is needed.
    pub fn sends(&self) -> bool {
        self.store || self.propose
    }
}

/// What is proposed, as the dao's `propose` takes it.
#[derive(Serialize)]
struct Shown<'a> {
    changes: &'a [Change],
    title: String,
    description: String,
    /// Empty while a code is not stored.
    msgs: &'a [CosmosMsg],
    /// Once it is open.
    proposal: Option<ProposalId>,
    voting_ends_at: Option<u64>,
    #[serde(skip)]
    now: u64,
}

pub async fn run(options: &Options, json: bool, site: Site, deployment: Deployment, out: &Path) -> Result<()> {
    let upgrade = site.clone().upgrade(deployment.clone(), options.sends()).await?;
    if upgrade.changes.is_empty() {
        let fresh = site.refreshed(deployment).await?;
        config::write_deployment(out, &fresh)?;
        return show(json, &fresh, |fresh| words(fresh, out, "the market runs these codes"));
    }
    let mut shown = Shown {
        title: options.title.clone().unwrap_or_else(|| title(&upgrade.changes)),
        description: options
            .description
            .clone()
            .unwrap_or_else(|| checksums(&upgrade.changes)),
        changes: &upgrade.changes,
        msgs: &upgrade.msgs,
        proposal: None,
        voting_ends_at: None,
        now: 0,
    };
    if !upgrade.msgs.is_empty() {
        site.rehearse(&deployment, &upgrade).await?;
    }
    if options.propose {
        let proposal = Proposal {
            title: shown.title.clone(),
            description: shown.description.clone(),
            msgs: upgrade.msgs.clone(),
        };
        let now = site.chain.now().await?;
        let open = site.propose(deployment, proposal).await?;
        shown.proposal = Some(open.proposal);
        shown.voting_ends_at = Some(open.voting_ends_at);
        shown.now = now;
    }
    show(json, &shown, text)
}

fn title(changes: &[Change]) -> String {
    let names: Vec<_> = changes.iter().map(|change| change.peer.name()).collect();
    format!("New code: {}", names.join(", "))
}

fn checksums(changes: &[Change]) -> String {
    let lines: Vec<_> = changes
        .iter()
        .map(|change| {
            format!(
                "{}: code {} -> SHA-256 {}",
                change.peer, change.runs, change.new_checksum
            )
        })
        .collect();
    lines.join("\n")
}

fn text(shown: &Shown<'_>) -> String {
    let code = |id: Option<u64>| id.map_or("not stored yet".into(), |id| format!("code {id}"));
    let rows = shown.changes.iter().map(|c| {
        let change = format!("code {} -> {}  {}", c.runs, code(c.code_id), c.new_checksum);
        (c.peer.name(), change)
    });
    let next = match (shown.proposal, shown.voting_ends_at) {
        (Some(id), Some(until)) => format!(
            "proposal {id} is open, voting ends {}: joule dao vote {id} yes; once it has passed, joule dao execute {id} and this command \
             again",
            when(until, shown.now)
        ),
        _ if shown.msgs.is_empty() => "nothing was sent; --store stores the codes, --propose opens the proposal".into(),
        _ => format!(
            "the dao would run:\n{}\n--propose opens the proposal",
            serde_json::to_string_pretty(shown.msgs).unwrap_or_default()
        ),
    };
    format!("{}\n\n{next}", facts(rows))
}
