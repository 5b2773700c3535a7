//! The registry: providers, nodes, proofs of power, uptime.
use cosmwasm_std::{Binary, Uint128, Uint64};
use joule_types::registry::{
    BeaconResponse, Candidate, ChallengeResponse, CommitResponse, ExecuteMsg, NodeResponse, NodeSpec, NodeUpdate,
    OnlineResponse, Params, ProviderResponse, QueryMsg, RegistryHook, RoundRecord, WindowResponse,
};
use joule_types::{NodeId, Page, ProviderId, WindowId};

use super::{cw20_send, pages, Contract};
use crate::chain::types::Msg;
use crate::chain::Client;
use crate::error::Result;

/// Items asked for at once.
const LIMIT: Option<u32> = Some(100);
/// More nodes than one provider may have.
const MOST_NODES: usize = 10_000;

/// Typed client of the registry.
#[derive(Clone)]
pub struct Registry(Contract);

impl Registry {
    /// The registry at `address`.
    pub fn at(chain: Client, address: impl Into<String>) -> Self {
        Self(Contract::at(chain, address))
    }

    /// Its address.
    pub fn address(&self) -> &str {
        self.0.address()
    }

    /// Parameters.
    pub async fn params(&self) -> Result<Params> {
        self.0.query(&QueryMsg::Params {}).await
    }

    /// A provider.
    pub async fn provider(&self, provider: ProviderId) -> Result<ProviderResponse> {
        self.0.query(&QueryMsg::Provider { provider }).await
    }

    /// The provider of an owner or operator address.
    pub async fn provider_of(&self, address: &str) -> Result<Option<ProviderResponse>> {
        self.0
            .query(&QueryMsg::ProviderOf {
                address: address.into(),
            })
            .await
    }

    /// A page of providers.
    pub async fn providers(&self, start_after: Option<ProviderId>) -> Result<Page<ProviderResponse, ProviderId>> {
        self.0
            .query(&QueryMsg::Providers {
                start_after,
                limit: LIMIT,
            })
            .await
    }

    /// A node.
    pub async fn node(&self, node: NodeId) -> Result<NodeResponse> {
        self.0.query(&QueryMsg::Node { node }).await
    }

    /// A page of nodes, all or one provider's.
    pub async fn nodes(
        &self,
        provider: Option<ProviderId>,
        start_after: Option<NodeId>,
    ) -> Result<Page<NodeResponse, NodeId>> {
        self.0
            .query(&QueryMsg::Nodes {
                provider,
                start_after,
                limit: LIMIT,
            })
            .await
    }

    /// All nodes of a provider, in the order in which they were added.
    pub async fn nodes_of(&self, provider: ProviderId) -> Result<Vec<NodeResponse>> {
        pages::all(MOST_NODES, |after| self.nodes(Some(provider), after)).await
    }

    /// What the market knows of up to 12 nodes.
    pub async fn candidates(&self, nodes: Vec<NodeId>) -> Result<Vec<Candidate>> {
        self.0.query(&QueryMsg::Candidates { nodes }).await
    }

    /// The open admission challenge of a node.
    pub async fn challenge(&self, node: NodeId) -> Result<Option<ChallengeResponse>> {
        self.0.query(&QueryMsg::Challenge { node }).await
    }

    /// A proof window, or the latest.
    pub async fn window(&self, window: Option<WindowId>) -> Result<Option<WindowResponse>> {
        self.0.query(&QueryMsg::Window { window }).await
    }

    /// What a node committed in a window.
    pub async fn commit(&self, window: WindowId, node: NodeId) -> Result<Option<CommitResponse>> {
        self.0.query(&QueryMsg::Commit { window, node }).await
    }

    /// The online clock of a node.
    pub async fn online(&self, node: NodeId) -> Result<OnlineResponse> {
        self.0.query(&QueryMsg::Online { node, at: None }).await
    }

    /// The beacon and the fund for tips.
    pub async fn beacon(&self) -> Result<BeaconResponse> {
        self.0.query(&QueryMsg::Beacon {}).await
    }

    /// A posted round.
    pub async fn round(&self, round: u64) -> Result<Option<RoundRecord>> {
        self.0.query(&QueryMsg::Round { round }).await
    }

    /// A page of the rounds that somebody waits for, by number.
    pub async fn wanted_rounds(&self, start_after: Option<u64>) -> Result<Page<u64, u64>> {
        self.0
            .query(&QueryMsg::WantedRounds {
                start_after,
                limit: LIMIT,
            })
            .await
    }

    /// Micro-JOULE of tips that an address can claim.
    pub async fn tips(&self, address: &str) -> Result<u128> {
        let tips: Uint128 = self
            .0
            .query(&QueryMsg::Tips {
                address: address.into(),
            })
            .await?;
        Ok(tips.u128())
    }

    /// Registers the sender as a provider: the `fee` in JOULE with the hook inside.
    pub fn register(&self, token: &str, fee: u128, hook: &RegistryHook) -> Result<Msg> {
        cw20_send(token, self.address(), fee, hook)
    }

    /// Adds a node.
    pub fn add_node(&self, spec: NodeSpec) -> Result<Msg> {
        self.send(&ExecuteMsg::AddNode { spec })
    }

    /// Changes a node.
    pub fn update_node(&self, node: NodeId, update: NodeUpdate) -> Result<Msg> {
        self.send(&ExecuteMsg::UpdateNode { node, update })
    }

    /// Switches a node on or off for new work.
    pub fn set_available(&self, node: NodeId, available: bool) -> Result<Msg> {
        self.send(&ExecuteMsg::SetAvailable { node, available })
    }

    /// Says that nodes are up.
    pub fn beat(&self, nodes: Vec<NodeId>) -> Result<Msg> {
        self.send(&ExecuteMsg::Beat { nodes })
    }

    /// Asks for an admission challenge.
    pub fn request_challenge(&self, node: NodeId) -> Result<Msg> {
        self.send(&ExecuteMsg::RequestChallenge { node })
    }

    /// Answers it.
    pub fn solve_challenge(&self, node: NodeId, nonce: u64) -> Result<Msg> {
        self.send(&ExecuteMsg::SolveChallenge {
            node,
            nonce: Uint64::new(nonce),
        })
    }

    /// Books an unanswered challenge.
    pub fn expire_challenge(&self, node: NodeId) -> Result<Msg> {
        self.send(&ExecuteMsg::ExpireChallenge { node })
    }

    /// Posts a round of the beacon.
    pub fn post_round(&self, round: u64, signature: Vec<u8>) -> Result<Msg> {
        self.send(&ExecuteMsg::PostRound {
            round,
            signature: Binary::new(signature),
        })
    }

    /// Pays the sender the tips earned with rounds.
    pub fn claim_tips(&self) -> Result<Msg> {
        self.send(&ExecuteMsg::ClaimTips {})
    }

    /// Adds JOULE to the fund that pays for rounds.
    pub fn fund_tips(&self, token: &str, amount: u128) -> Result<Msg> {
        cw20_send(token, self.address(), amount, &RegistryHook::FundTips {})
    }

    /// Judges the last full period of a node's uptime.
    pub fn judge_uptime(&self, node: NodeId) -> Result<Msg> {
        self.send(&ExecuteMsg::JudgeUptime { node })
    }

    /// Commits to a list of tickets.
    pub fn commit_window(&self, window: WindowId, node: NodeId, bound: u64, list_hash: [u8; 32]) -> Result<Msg> {
        let list_hash = Binary::from(list_hash);
        self.send(&ExecuteMsg::CommitWindow {
            window,
            node,
            bound: Uint64::new(bound),
            list_hash,
        })
    }

    /// Reveals the list: packed ids.
    pub fn reveal_window(&self, window: WindowId, node: NodeId, ids: Vec<u8>) -> Result<Msg> {
        self.send(&ExecuteMsg::RevealWindow {
            window,
            node,
            ids: Binary::new(ids),
        })
    }

    /// Books a missed window.
    pub fn report_missed(&self, window: WindowId, node: NodeId) -> Result<Msg> {
        self.send(&ExecuteMsg::ReportMissed { window, node })
    }

    fn send(&self, msg: &ExecuteMsg) -> Result<Msg> {
        self.0.execute(msg, Vec::new())
    }

    /// Never called: a message that is new in the contract stops the build here, until it has a place in this client or a
    /// reason not to have one.
    #[allow(dead_code)]
    fn every_message(&self, msg: ExecuteMsg) -> Result<Msg> {
        match msg {
            ExecuteMsg::AddNode { spec } => self.add_node(spec),
            ExecuteMsg::UpdateNode { node, update } => self.update_node(node, update),
            ExecuteMsg::SetAvailable { node, available } => self.set_available(node, available),
            ExecuteMsg::Beat { nodes } => self.beat(nodes),
            ExecuteMsg::RequestChallenge { node } => self.request_challenge(node),
            ExecuteMsg::SolveChallenge { node, nonce } => self.solve_challenge(node, nonce.u64()),
            ExecuteMsg::ExpireChallenge { node } => self.expire_challenge(node),
            ExecuteMsg::PostRound { round, signature } => self.post_round(round, signature.into()),
            ExecuteMsg::ClaimTips {} => self.claim_tips(),
            ExecuteMsg::JudgeUptime { node } => self.judge_uptime(node),
            ExecuteMsg::CommitWindow {
                window,
                node,
                bound,
                list_hash,
            } => self.commit_window(window, node, bound.u64(), list_hash.to_array().unwrap_or_default()),
            ExecuteMsg::RevealWindow { window, node, ids } => self.reveal_window(window, node, ids.into()),
            ExecuteMsg::ReportMissed { window, node } => self.report_missed(window, node),
            // Through the token.
            other @ ExecuteMsg::Receive(_) => self.send(&other),
            // The owner's, by a wallet; the marketplace's; the dao's and the guardian's; the deployment's.
            other @ (ExecuteMsg::UpdateProvider { .. }
            | ExecuteMsg::WantRound { .. }
            | ExecuteMsg::Record { .. }
            | ExecuteMsg::SetClass { .. }
            | ExecuteMsg::SetPartner { .. }
            | ExecuteMsg::Ban { .. }
            | ExecuteMsg::RejectNode { .. }
            | ExecuteMsg::UpdateParams { .. }
            | ExecuteMsg::Admin(_)) => self.send(&other),
        }
    }
}
