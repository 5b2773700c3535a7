//! Providers and their nodes.

use joule_rollout::ONE_JOULE;
use joule_types::{
    escrow,
    marketplace::{ExecuteMsg as MarketMsg, OfferTerms},
    registry::{
        ChallengeResponse, ExecuteMsg, Hardware, NodeResponse, NodeSpec, ProviderResponse, QueryMsg, RegistryHook,
    },
    staking,
    work::{kind::ResourceKind, price::PriceUnit, ticket},
    NodeId, Page, Peer, ProviderId,
};

use crate::market::Market;

impl Market {
    /// From stake to an offer.
    pub fn equip(&mut self, number: usize) {
        let provider = &self.cast.providers[number];
        let (owner, agent) = (provider.owner.clone(), provider.agent.clone());
        let hook = RegistryHook::Register {
            operator: (agent.name != owner.name).then(|| agent.address()),
            payout: None,
            referrer: (number == 0).then(|| self.cast.stranger.address()),
        };
        let begin = [
            self.pay(&owner, Peer::Staking, 2_000 * ONE_JOULE, &staking::StakingHook::Bond {}),
            self.pay(&owner, Peer::Registry, 10 * ONE_JOULE, &hook),
            self.pay(
                &owner,
                Peer::Escrow,
                20 * ONE_JOULE,
                &escrow::EscrowHook::Deposit { owner: None },
            ),
        ];
        self.send("bond+register+deposit", &owner, &begin);
        let spec = NodeSpec {
            kind: ResourceKind::Cpu,
            region: "us".into(),
            hardware: Hardware {
                model: "generic x86-64".into(),
                units: 8,
                memory_mb: 16 * 1024,
            },
            endpoint: None,
            endpoint_key: None,
        };
        self.tell("add_node", &agent, Peer::Registry, &ExecuteMsg::AddNode { spec });
        let Some(node) = self.node_of(&owner.address()) else {
            return;
        };
        self.cast.providers[number].node = node;
        self.admit(number);
        self.tell("beat", &agent, Peer::Registry, &ExecuteMsg::Beat { nodes: vec![node] });
        let terms = self.terms(node, 90_000 + 150_000 * number as u128);
        self.tell(
            "create_offer",
            &agent,
            Peer::Marketplace,
            &MarketMsg::CreateOffer { terms },
        );
    }

    /// A beat, a switch, an address, a registration; by somebody else now and then.
    pub fn act_node(&mut self) {
        let number = usize::try_from(self.dice.below(3)).unwrap_or(0);
        let provider = &self.cast.providers[number];
        let (owner, agent, node) = (provider.owner.clone(), provider.agent.clone(), provider.node);
        let (who, other) = (self.mostly(agent), self.anyone());
        match self.dice.below(8) {
            0..3 => drop(self.tell("beat", &who, Peer::Registry, &ExecuteMsg::Beat { nodes: vec![node] })),
            3 => {
                let available = self.dice.once_in(2);
                self.tell(
                    "switch",
                    &who,
                    Peer::Registry,
                    &ExecuteMsg::SetAvailable { node, available },
                );
                let back = ExecuteMsg::SetAvailable { node, available: true };
                self.tell("switch", &who, Peer::Registry, &back);
            }
            4 => {
                let payout = Some(other.address());
                let msg = ExecuteMsg::UpdateProvider { operator: None, payout };
                self.tell("update_provider", &owner, Peer::Registry, &msg);
            }
            5 => {
                let hook = RegistryHook::Register {
                    operator: None,
                    payout: None,
                    referrer: None,
                };
                let fee = 10 * ONE_JOULE - u128::from(self.dice.once_in(2));
                let msg = self.pay(&other, Peer::Registry, fee, &hook);
                self.send("register", &other, &[msg]);
            }
            6 => drop(self.tell(
                "judge_uptime",
                &other,
                Peer::Registry,
                &ExecuteMsg::JudgeUptime { node },
            )),
            _ => {
                let node = if self.dice.once_in(2) { NodeId(999) } else { node };
                self.tell(
                    "expire_challenge",
                    &other,
                    Peer::Registry,
                    &ExecuteMsg::ExpireChallenge { node },
                );
            }
        }
    }

    fn node_of(&self, owner: &str) -> Option<NodeId> {
        let query = QueryMsg::ProviderOf { address: owner.into() };
        let found: Option<ProviderResponse> = self.ask(Peer::Registry, &query);
        let provider: ProviderId = found?.provider;
        let query = QueryMsg::Nodes {
            provider: Some(provider),
            start_after: None,
            limit: None,
        };
        let nodes: Page<NodeResponse, NodeId> = self.ask(Peer::Registry, &query);
        nodes.items.first().map(|node| node.node)
    }

    /// A challenge, its round, and the answer.
    pub fn admit(&mut self, number: usize) {
        let provider = &self.cast.providers[number];
        let (node, agent) = (provider.node, provider.agent.clone());
        self.tell(
            "request_challenge",
            &agent,
            Peer::Registry,
            &ExecuteMsg::RequestChallenge { node },
        );
        let query = QueryMsg::Challenge { node };
        let Some(challenge) = self.ask::<Option<ChallengeResponse>>(Peer::Registry, &query) else {
            return;
        };
        self.post_round(challenge.round);
        let Some(challenge) = self.ask::<Option<ChallengeResponse>>(Peer::Registry, &query) else {
            return;
        };
        let Some(seed) = challenge.seed else { return };
        let seed: [u8; 32] = seed.as_slice().try_into().expect("a seed of 32 bytes");
        let nonce = (0..).find(|nonce| ticket::solves(&seed, *nonce, challenge.target.u64()));
        let nonce = nonce.unwrap_or_default().into();
        self.tell(
            "solve_challenge",
            &agent,
            Peer::Registry,
            &ExecuteMsg::SolveChallenge { node, nonce },
        );
    }

    /// Waits for a round and posts it, by the keeper.
    pub fn post_round(&mut self, round: u64) {
        let beacon: joule_types::registry::BeaconResponse = self.ask(Peer::Registry, &QueryMsg::Beacon {});
        let due = beacon.beacon.genesis + round.saturating_sub(1) * beacon.beacon.period;
        self.wait_until(due);
        let keeper = self.cast.keeper.clone();
        let signature = joule_testing::signature(round).into();
        self.tell(
            "post_round",
            &keeper,
            Peer::Registry,
            &ExecuteMsg::PostRound { round, signature },
        );
    }

    /// Terms of an offer.
    pub fn terms(&self, node: NodeId, price: u128) -> OfferTerms {
        OfferTerms {
            node,
            denom: self.usdc(),
            price: price.into(),
            unit: PriceUnit::Hour,
            min_secs: 1,
            max_secs: 24 * 3_600,
            capacity: 2,
            sla_bps: 9_500,
        }
    }
}
