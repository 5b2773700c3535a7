//! `joule dao list|show|vote|execute|close`.
mod text;

use clap::ValueEnum;
use joule_types::dao::{ProposalState, Vote};
use joule_types::ProposalId;

use self::text::Known;
use super::common::{Common, Session};
use super::output::{show, table};
use crate::chain::contracts::pages;
use crate::chain::types::Msg;
use crate::error::Result;

/// Most proposals that are listed.
const MOST: usize = 10_000;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// List proposals that are not over
    List(List),
    /// Show a proposal with its messages and votes
    Show(One),
    /// Vote once, with the power that the stake had when the proposal opened
    Vote(Ballot),
    /// Run the messages of a proposal that has passed; anybody may
    Execute(One),
    /// End a proposal that was rejected, vetoed or has expired; anybody may
    Close(One),
}

#[derive(clap::Args, Debug)]
pub struct List {
    /// Those that are over too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
pub struct One {
    /// Number of the proposal
    proposal: ProposalId,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
pub struct Ballot {
    /// Number of the proposal
    proposal: ProposalId,
    /// Choice; a veto that enough agree with forfeits the deposit
    choice: Choice,
    #[command(flatten)]
    common: Common,
}

/// A vote.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    Yes,
    No,
    Abstain,
    Veto,
}

impl From<Choice> for Vote {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Yes => Self::Yes,
            Choice::No => Self::No,
            Choice::Abstain => Self::Abstain,
            Choice::Veto => Self::Veto,
        }
    }
}

pub async fn run(command: Command) -> Result<()> {
    match command {
        Command::List(args) => list(args).await,
        Command::Show(args) => {
            let session = args.common.open().await?;
            shown(&args.common, &session, args.proposal).await
        }
        Command::Vote(args) => {
            let session = args.common.open().await?;
            let msg = session.market.dao.vote(args.proposal, args.choice.into())?;
            send(&args.common, &session, args.proposal, msg).await
        }
        Command::Execute(args) => {
            let session = args.common.open().await?;
            let msg = session.market.dao.run(args.proposal)?;
            send(&args.common, &session, args.proposal, msg).await
        }
        Command::Close(args) => {
            let session = args.common.open().await?;
            let msg = session.market.dao.close(args.proposal)?;
            send(&args.common, &session, args.proposal, msg).await
        }
    }
}

async fn list(args: List) -> Result<()> {
    let session = args.common.open().await?;
    let dao = &session.market.dao;
    let mut all = pages::all(MOST, |after| dao.proposals(after)).await?;
    all.retain(|proposal| args.all || !matches!(proposal.state, ProposalState::Executed | ProposalState::Closed));
    let now = session.market.now().await?;
    show(args.common.json, &all, |all| {
        if all.is_empty() {
            return match args.all {
                true => "No proposals yet.".into(),
                false => "No proposals that are not over; --all shows the others too.".into(),
            };
        }
        let rows = all.iter().map(|p| {
            [
                p.proposal.to_string(),
                text::name(p.state),
                p.title.clone(),
                text::next(p, now),
            ]
        });
        table(["proposal", "state", "title", "next"], rows)
    })
}

/// Sends the message and shows what became of the proposal.
async fn send(common: &Common, session: &Session, proposal: ProposalId, msg: Msg) -> Result<()> {
    common.sender(session).await?.submit(vec![msg]).await?;
    let found = session.market.dao.proposal(proposal).await?;
    let (joule, now) = (session.denoms.joule()?, session.market.now().await?);
    show(common.json, &found, |found| text::head(found, joule, now))
}

async fn shown(common: &Common, session: &Session, proposal: ProposalId) -> Result<()> {
    let found = session.market.dao.proposal(proposal).await?;
    let known = Known::of(&session.market, &found.msgs).await?;
    let (joule, now) = (session.denoms.joule()?, session.market.now().await?);
    show(common.json, &found, |found| text::whole(found, &known, joule, now))
}
