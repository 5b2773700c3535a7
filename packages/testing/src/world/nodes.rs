//! Nodes, admission, windows, offers.

use cosmwasm_std::{Binary, Uint64};
use cw20::Denom;
use cw_multi_test::AppResponse;
use joule_types::{
    marketplace::{self, OfferOpened, OfferTerms},
    registry::{
        self, ChallengeResponse, ExecuteMsg, Hardware, NodeAdded, NodeResponse, NodeSpec, QueryMsg, WindowResponse,
    },
    work::{kind::ResourceKind, price::PriceUnit, ticket},
    NodeId, OfferId, WindowId,
};

use super::{event, Provider, World, USDC};

impl World {
    /// Parameters of the registry.
    #[must_use]
    pub fn registry_params(&self) -> registry::Params {
        self.ask(&self.peers.registry, &QueryMsg::Params {})
    }

    /// Sends a message to the registry.
    ///
    /// # Errors
    /// What the registry answered.
    pub fn registry(&mut self, sender: &cosmwasm_std::Addr, msg: &ExecuteMsg) -> anyhow::Result<AppResponse> {
        let registry = self.peers.registry.clone();
        self.send(sender, &registry, msg, &[])
    }

    /// A cpu with 8 cores and 16 GiB in the first region.
    #[must_use]
    pub fn cpu_spec(&self) -> NodeSpec {
        NodeSpec {
            kind: ResourceKind::Cpu,
            region: "us".into(),
            hardware: Hardware {
                model: "generic x86-64".into(),
                units: 8,
                memory_mb: 16 * 1024,
            },
            endpoint: None,
            endpoint_key: None,
        }
    }

    /// Adds a node by the operator.
    ///
    /// # Errors
    /// What the registry answered.
    pub fn add_node(&mut self, provider: &Provider, spec: NodeSpec) -> anyhow::Result<NodeId> {
        let response = self.registry(&provider.operator, &ExecuteMsg::AddNode { spec })?;
        Ok(event::<NodeAdded>(&response).node)
    }

    /// Asks for a challenge, waits for its round and solves it.
    ///
    /// # Errors
    /// What the registry answered.
    pub fn admit(&mut self, provider: &Provider, node: NodeId) -> anyhow::Result<AppResponse> {
        self.registry(&provider.operator, &ExecuteMsg::RequestChallenge { node })?;
        let nonce = self.solution(node)?;
        self.registry(&provider.operator, &ExecuteMsg::SolveChallenge { node, nonce })
    }

    /// The open challenge of a node.
    #[must_use]
    pub fn challenge(&self, node: NodeId) -> Option<ChallengeResponse> {
        self.ask(&self.peers.registry, &QueryMsg::Challenge { node })
    }

    /// Waits for the round of a node's challenge, posts it and finds what solves it.
    ///
    /// # Errors
    /// What the registry answered to the round.
    ///
    /// # Panics
    /// If no challenge is open.
    pub fn solution(&mut self, node: NodeId) -> anyhow::Result<Uint64> {
        let round = self.challenge(node).expect("a challenge is open").round;
        self.pass_to_round(round);
        self.post_round(round)?;
        let challenge = self.challenge(node).expect("a challenge is open");
        let seed = challenge.seed.expect("the round was posted");
        let seed: [u8; 32] = seed.as_slice().try_into().expect("32 bytes");
        let nonce = (0..).find(|nonce| ticket::solves(&seed, *nonce, challenge.target.u64()));
        Ok(nonce.unwrap_or_default().into())
    }

    /// A beat of nodes.
    ///
    /// # Errors
    /// What the registry answered.
    pub fn beat(&mut self, provider: &Provider, nodes: &[NodeId]) -> anyhow::Result<AppResponse> {
        self.registry(&provider.operator, &ExecuteMsg::Beat { nodes: nodes.to_vec() })
    }

    /// A node.
    #[must_use]
    pub fn node(&self, node: NodeId) -> NodeResponse {
        self.ask(&self.peers.registry, &QueryMsg::Node { node })
    }

    /// The record of a provider.
    #[must_use]
    pub fn provider_record(&self, provider: &Provider) -> registry::ProviderResponse {
        self.ask(&self.peers.registry, &QueryMsg::Provider { provider: provider.id })
    }

    /// Works `units` tickets in an open window and commits the best; returns the packed list for the reveal.
    ///
    /// # Errors
    /// What the registry answered.
    ///
    /// # Panics
    /// If `units` are fewer than the window's k.
    pub fn commit(&mut self, provider: &Provider, window: &WindowResponse, units: u64) -> anyhow::Result<Binary> {
        let seed: [u8; 32] = window.seed.as_slice().try_into().unwrap();
        let seed = ticket::node_seed(&seed, provider.node.u64(), 0, provider.operator.as_str());
        let claim = ticket::select_k(&seed, 0..units, u32::from(window.k))
            .unwrap()
            .expect("enough units");
        let commitment = claim.commitment();
        self.registry(
            &provider.operator,
            &ExecuteMsg::CommitWindow {
                window: window.window,
                node: provider.node,
                bound: Uint64::new(commitment.bound),
                list_hash: Binary::from(commitment.digest),
            },
        )?;
        Ok(ticket::pack_ids(&claim.ids).unwrap().into())
    }

    /// Reveals a committed list.
    ///
    /// # Errors
    /// What the registry answered.
    pub fn reveal(&mut self, provider: &Provider, window: WindowId, ids: Binary) -> anyhow::Result<AppResponse> {
        self.registry(
            &provider.operator,
            &ExecuteMsg::RevealWindow {
                window,
                node: provider.node,
                ids,
            },
        )
    }

    /// Terms of an offer of a provider's node at `price` uusdc an hour.
    #[must_use]
    pub fn offer_terms(&self, provider: &Provider, price: u128) -> OfferTerms {
        OfferTerms {
            node: provider.node,
            denom: Denom::Native(USDC.into()),
            price: price.into(),
            unit: PriceUnit::Hour,
            min_secs: 1,
            max_secs: 7 * 24 * 3600,
            capacity: 1,
            sla_bps: 9_500,
        }
    }

    /// Opens an offer of the provider's node.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn offer(&mut self, provider: &Provider, price: u128) -> anyhow::Result<OfferId> {
        let terms = self.offer_terms(provider, price);
        let market = self.peers.marketplace.clone();
        let msg = marketplace::ExecuteMsg::CreateOffer { terms };
        let response = self.send(&provider.operator, &market, &msg, &[])?;
        Ok(event::<OfferOpened>(&response).offer)
    }
}
