//! The dao: proposals, votes, treasury.
use joule_types::dao::{DaoHook, ExecuteMsg, ParamsResponse, ProposalResponse, QueryMsg, Vote};
use joule_types::{Page, ProposalId};

use super::{cw20_send, Contract};
use crate::chain::types::Msg;
use crate::chain::Client;
use crate::error::Result;

/// Items asked for at once.
const LIMIT: Option<u32> = Some(100);

/// Typed client of the dao.
#[derive(Clone)]
pub struct Dao(Contract);

impl Dao {
    /// The dao at `address`.
    pub fn at(chain: Client, address: impl Into<String>) -> Self {
        Self(Contract::at(chain, address))
    }

    /// Its address.
    pub fn address(&self) -> &str {
        self.0.address()
    }

    /// Parameters.
    pub async fn params(&self) -> Result<ParamsResponse> {
        self.0.query(&QueryMsg::Params {}).await
    }

    /// A proposal.
    pub async fn proposal(&self, proposal: ProposalId) -> Result<ProposalResponse> {
        self.0.query(&QueryMsg::Proposal { proposal }).await
    }

    /// A page of proposals.
    pub async fn proposals(&self, start_after: Option<ProposalId>) -> Result<Page<ProposalResponse, ProposalId>> {
        self.0
            .query(&QueryMsg::Proposals {
                start_after,
                limit: LIMIT,
            })
            .await
    }

    /// Opens a proposal: the deposit in JOULE with the hook inside.
    pub fn propose(&self, token: &str, deposit: u128, hook: &DaoHook) -> Result<Msg> {
        cw20_send(token, self.address(), deposit, hook)
    }

    /// Votes.
    pub fn vote(&self, proposal: ProposalId, vote: Vote) -> Result<Msg> {
        self.send(&ExecuteMsg::Vote { proposal, vote })
    }

    /// Runs a passed proposal.
    pub fn run(&self, proposal: ProposalId) -> Result<Msg> {
        self.send(&ExecuteMsg::Execute { proposal })
    }

    /// Ends a proposal that will not run.
    pub fn close(&self, proposal: ProposalId) -> Result<Msg> {
        self.send(&ExecuteMsg::Close { proposal })
    }

    fn send(&self, msg: &ExecuteMsg) -> Result<Msg> {
        self.0.execute(msg, Vec::new())
    }

    /// Never called: a message that is new in the contract stops the build here, until it has a place in this client or a
    /// reason not to have one.
    #[allow(dead_code)]
    fn every_message(&self, msg: ExecuteMsg) -> Result<Msg> {
        match msg {
            ExecuteMsg::Vote { proposal, vote } => self.vote(proposal, vote),
            ExecuteMsg::Execute { proposal } => self.run(proposal),
            ExecuteMsg::Close { proposal } => self.close(proposal),
            // Through the token.
            other @ ExecuteMsg::Receive(_) => self.send(&other),
            // The dao's own and the guardian's; the deployment's.
            other @ (ExecuteMsg::UpdateParams { .. } | ExecuteMsg::Admin(_)) => self.send(&other),
        }
    }
}
