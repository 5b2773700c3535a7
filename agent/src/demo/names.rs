//! Who is who: addresses, ids and what they are called.
use std::collections::BTreeMap;

use cosmwasm_std::Addr;
use joule_types::{HoldId, JobId, NodeId, Peer, Peers, ProviderId};

use crate::devchain::Actor;

/// Names of everything the story mentions; it learns ids from the events as they come.
#[derive(Clone, Debug)]
pub struct Names {
    by_address: BTreeMap<String, String>,
    token: String,
    contracts: Vec<String>,
    providers: BTreeMap<ProviderId, String>,
    nodes: BTreeMap<NodeId, ProviderId>,
    payouts: BTreeMap<String, ProviderId>,
    holds: BTreeMap<HoldId, String>,
    jobs: BTreeMap<JobId, String>,
    jurors: Vec<String>,
}

impl Names {
    /// From the actors and the contracts.
    pub fn new(actors: &[Actor], peers: &Peers<String>) -> Self {
        // The agent's key acts for its provider.
        let people = actors
            .iter()
            .map(|a| (a.address.clone(), a.name.trim_end_matches("-agent").to_string()));
        let contracts = Peer::ALL.map(|peer| (peers.get(peer).clone(), peer.name().to_string()));
        Self {
            contracts: contracts.iter().map(|(address, _)| address.clone()).collect(),
            by_address: people.chain(contracts).collect(),
            token: peers.token.clone(),
            providers: BTreeMap::new(),
            nodes: BTreeMap::new(),
            payouts: BTreeMap::new(),
            holds: BTreeMap::new(),
            jobs: BTreeMap::new(),
            jurors: actors
                .iter()
                .filter(|a| a.role == "validator")
                .map(|a| a.name.clone())
                .collect(),
        }
    }

    /// Whether a contract of the market has this address.
    pub fn is_contract(&self, address: &str) -> bool {
        self.contracts.iter().any(|contract| contract == address)
    }

    /// Whether a validator has this name.
    pub fn is_juror(&self, name: &str) -> bool {
        self.jurors.iter().any(|known| known == name)
    }

    /// The name of an address; the end of the address for strangers.
    pub fn of(&self, address: &str) -> String {
        let short = || format!("…{}", address.get(address.len().saturating_sub(6)..).unwrap_or(address));
        self.by_address.get(address).cloned().unwrap_or_else(short)
    }

    /// The name of an address in an event.
    pub fn addr(&self, address: &Addr) -> String {
        self.of(address.as_str())
    }

    /// `joule` or the native denomination, as events name it.
    pub fn denom(&self, name: &str) -> &'static str {
        if name == self.token || name == "joule" {
            "joule"
        } else {
            "uusdc"
        }
    }

    /// Learns a provider.
    pub fn learn_provider(&mut self, id: ProviderId, owner: &Addr, payout: &Addr) {
        self.providers.insert(id, self.addr(owner));
        self.payouts.insert(payout.to_string(), id);
    }

    /// The provider of an id.
    pub fn provider(&self, id: ProviderId) -> String {
        self.providers
            .get(&id)
            .cloned()
            .unwrap_or_else(|| format!("provider {id}"))
    }

    /// Learns a node.
    pub fn learn_node(&mut self, node: NodeId, provider: ProviderId) {
        self.nodes.insert(node, provider);
    }

    /// The provider of a node.
    pub fn node(&self, node: NodeId) -> String {
        self.nodes
            .get(&node)
            .map_or_else(|| format!("node {node}"), |provider| self.provider(*provider))
    }

    /// Learns whose money a hold is.
    pub fn learn_hold(&mut self, hold: HoldId, payer: &Addr) {
        self.holds.insert(hold, self.addr(payer));
    }

    /// Whose money a hold is.
    pub fn payer(&self, hold: HoldId) -> String {
        self.holds.get(&hold).cloned().unwrap_or_else(|| format!("hold {hold}"))
    }

    /// Gives a job a title.
    pub fn learn_job(&mut self, job: JobId, title: &str) {
        self.jobs.insert(job, title.into());
    }

    /// The title of a job alone.
    pub fn title(&self, job: JobId) -> String {
        self.jobs.get(&job).cloned().unwrap_or_else(|| format!("job {job}"))
    }

    /// `job 3 (picture)`.
    pub fn job(&self, job: JobId) -> String {
        self.jobs
            .get(&job)
            .map_or_else(|| format!("job {job}"), |title| format!("job {job} ({title})"))
    }
}
