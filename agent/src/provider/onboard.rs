//! Onto the market, from whatever is there already: each step looks at the chain first, so that a start that was cut off is
//! finished by the next one, and a start of a provider that has everything sends nothing but a beat.
use joule_types::marketplace::OfferTerms;
use joule_types::registry::{NodeResponse, NodeState, NodeUpdate, RegistryHook};
use joule_types::{NodeId, ProviderId};

use super::admission::admit;
use super::context::OwnNode;
use super::owner::Owner;
use super::{NodeConfig, OfferConfig, ProviderConfig};
use crate::chain::contracts::money::Denoms;
use crate::chain::contracts::Market;
use crate::chain::tx::Sender;
use crate::chain::Msg;
use crate::error::{Error, Result};

/// A provider on its way.
pub struct Onboarding<'a> {
    pub market: &'a Market,
    pub denoms: &'a Denoms,
    pub config: &'a ProviderConfig,
    /// The operator's.
    pub sender: &'a Sender,
    pub owner: &'a Owner,
}

impl Onboarding<'_> {
    /// Brings the provider onto the market and returns its id and those of its nodes that may work.
    pub async fn run(&self) -> Result<(ProviderId, Vec<OwnNode>)> {
        let (provider, nodes, admitted) = self.enrol().await?;
        self.appear(&nodes, &admitted).await?;
        self.offers(provider, &admitted).await?;
        Ok((provider, admitted))
    }

    /// Stakes, registers, adds the nodes and passes their admission: what can be done without serving. Returns the provider, all
    /// its nodes, and those that may work.
    pub async fn enrol(&self) -> Result<(ProviderId, Vec<NodeResponse>, Vec<OwnNode>)> {
        self.bond().await?;
        let provider = self.register().await?;
        let nodes = self.nodes(provider).await?;
        let mut admitted = Vec::new();
        for (node, config) in nodes.iter().zip(&self.config.nodes) {
            if admit(
                self.market,
                self.sender,
                node,
                self.config.threads(),
                self.config.share(),
            )
            .await?
            {
                admitted.push(OwnNode {
                    id: node.node,
                    config: config.clone(),
                });
            }
        }
        if admitted.is_empty() {
            return Err(Error::refused(
                "provider.no_node",
                "no node is admitted",
                "see the log above",
            ));
        }
        Ok((provider, nodes, admitted))
    }

    /// Bonds what is missing of the stake.
    async fn bond(&self) -> Result<()> {
        let wanted = self.denoms.ujoule(&self.config.stake)?;
        let bonded = self.market.staking.pool(&self.owner.address).await?.bonded.u128();
        let missing = wanted.saturating_sub(bonded);
        if missing == 0 {
            return Ok(());
        }
        self.need(missing, "bonding").await?;
        let msg = self.market.staking.bond(self.market.token.address(), missing)?;
        self.owner.sender("stake has to be bonded")?.submit(vec![msg]).await?;
        tracing::info!(amount = %self.show(missing)?, "bonded");
        Ok(())
    }

    /// Registers unless the operator is known already.
    async fn register(&self) -> Result<ProviderId> {
        let operator = self.sender.address();
        if let Some(known) = self.market.registry.provider_of(operator).await? {
            if known.owner.as_str() != self.owner.address {
                let what = format!("{operator} works for {}, not for {}", known.owner, self.owner.address);
                return Err(Error::config(
                    "provider.other_owner",
                    what,
                    "correct owner_key, or choose another operator key",
                ));
            }
            return Ok(known.provider);
        }
        let fee = self.market.registry.params().await?.fee.u128();
        self.need(fee, "the registration fee").await?;
        let other = |address: &str| (address != self.owner.address).then(|| address.to_string());
        let hook = RegistryHook::Register {
            operator: other(operator),
            payout: self.config.payout.clone(),
            referrer: self.config.referrer.clone(),
        };
        let msg = self.market.registry.register(self.market.token.address(), fee, &hook)?;
        self.owner
            .sender("the provider has to be registered")?
            .submit(vec![msg])
            .await?;
        let known = self.market.registry.provider_of(operator).await?;
        let known = known.ok_or_else(|| {
            Error::refused(
                "provider.not_registered",
                "the registration left no record",
                "check the node that answers",
            )
        })?;
        tracing::info!(provider = %known.provider, "registered");
        Ok(known.provider)
    }

    /// The configured nodes, in their order: added, or changed where they differ.
    async fn nodes(&self, provider: ProviderId) -> Result<Vec<NodeResponse>> {
        let known = self.market.registry.nodes_of(provider).await?;
        let mut msgs = Vec::new();
        for (at, config) in self.config.nodes.iter().enumerate() {
            match known.get(at) {
                None => msgs.push(self.market.registry.add_node(config.spec())?),
                Some(node) => msgs.extend(self.change(node, config)?),
            }
        }
        if known.len() > self.config.nodes.len() {
            tracing::warn!(
                "{} nodes on chain are not configured: they stay silent",
                known.len() - self.config.nodes.len()
            );
        }
        if msgs.is_empty() {
            return Ok(known);
        }
        for msg in msgs {
            self.sender.submit(vec![msg]).await?;
        }
        self.market.registry.nodes_of(provider).await
    }

    /// The message that makes a known node what the configuration says, if it is not.
    fn change(&self, node: &NodeResponse, config: &NodeConfig) -> Result<Option<Msg>> {
        let wanted = config.spec();
        if node.spec.kind != wanted.kind {
            let what = format!(
                "node {} is of kind {:?}, configured is {:?}",
                node.node, node.spec.kind, wanted.kind
            );
            return Err(Error::config(
                "provider.node_kind",
                what,
                "keep the order of [[nodes]]; add new ones at the end",
            ));
        }
        let update = NodeUpdate {
            region: (node.spec.region != wanted.region).then_some(wanted.region),
            hardware: (node.spec.hardware != wanted.hardware).then_some(wanted.hardware),
            ..NodeUpdate::default()
        };
        if update == NodeUpdate::default() {
            return Ok(None);
        }
        if update.hardware.is_some() {
            tracing::warn!(node = %node.node, "other hardware than registered: its proofs become void");
        }
        self.market.registry.update_node(node.node, update).map(Some)
    }

    /// Switches nodes on that were off, and beats for all.
    async fn appear(&self, known: &[NodeResponse], admitted: &[OwnNode]) -> Result<()> {
        let ids: Vec<NodeId> = admitted.iter().map(|node| node.id).collect();
        let off = known.iter().filter(|node| !node.available && ids.contains(&node.node));
        let mut msgs = off
            .map(|node| self.market.registry.set_available(node.node, true))
            .collect::<Result<Vec<_>>>()?;
        msgs.push(self.market.registry.beat(ids)?);
        self.sender.submit(msgs).await.map(drop)
    }

    /// Opens offers that are missing and changes those that differ. The deposits of new ones are brought in first.
    async fn offers(&self, provider: ProviderId, admitted: &[OwnNode]) -> Result<()> {
        let known = self.market.marketplace.offers_of(provider).await?;
        let mut msgs = Vec::new();
        let mut new: u128 = 0;
        for (node, offer) in admitted
            .iter()
            .flat_map(|node| node.config.offers.iter().map(move |offer| (node, offer)))
        {
            let terms = self.terms(node.id, offer)?;
            match known
                .iter()
                .find(|k| k.terms.node == terms.node && k.terms.denom == terms.denom)
            {
                Some(old) if old.terms == terms => {}
                Some(old) => msgs.push(self.market.marketplace.update_offer(old.offer, terms)?),
                None => {
                    new = new.saturating_add(1);
                    msgs.push(self.market.marketplace.create_offer(terms)?);
                }
            }
        }
        if new > 0 {
            self.deposit(new).await?;
        }
        for msg in msgs {
            self.sender.submit(vec![msg]).await?;
        }
        Ok(())
    }

    /// Brings JOULE into the owner's escrow account for the deposits of `offers` new offers.
    async fn deposit(&self, offers: u128) -> Result<()> {
        let each = self.market.marketplace.params().await?.offer_deposit.u128();
        let joule = self.denoms.joule()?.denom.clone();
        let free = self
            .market
            .escrow
            .balance(&self.owner.address, joule)
            .await?
            .total()
            .u128();
        let missing = each.saturating_mul(offers).saturating_sub(free);
        if missing == 0 {
            return Ok(());
        }
        self.need(missing, "the deposits of offers").await?;
        let msg = self.market.escrow.deposit_joule(self.market.token.address(), missing)?;
        self.owner
            .sender("the deposits of offers have to be brought in")?
            .submit(vec![msg])
            .await
            .map(drop)
    }

    fn terms(&self, node: NodeId, offer: &OfferConfig) -> Result<OfferTerms> {
        let price = self.denoms.money(&offer.price)?;
        Ok(OfferTerms {
            node,
            denom: price.denom,
            price: price.amount,
            unit: offer.unit,
            min_secs: offer.min_secs,
            max_secs: offer.max_secs,
            capacity: offer.capacity,
            sla_bps: offer.sla_bps,
        })
    }

    /// Makes sure that the owner's wallet holds `amount` micro-JOULE before anything is sent.
    async fn need(&self, amount: u128, what: &str) -> Result<()> {
        let has = self.market.token.balance(&self.owner.address).await?;
        if has >= amount {
            return Ok(());
        }
        let text = format!(
            "{} has {}, {what} takes {}",
            self.owner.address,
            self.show(has)?,
            self.show(amount)?
        );
        Err(Error::funds(
            "funds.too_little",
            text,
            "send the owner some JOULE, then start again",
        ))
    }

    fn show(&self, ujoule: u128) -> Result<String> {
        Ok(self.denoms.joule()?.show(ujoule))
    }
}

/// Whether a node in this state may beat.
pub fn may_beat(state: NodeState) -> bool {
    !matches!(state, NodeState::Pending | NodeState::Rejected)
}
