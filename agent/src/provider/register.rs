//! Everything up to the admission, and nothing of serving.
use std::sync::Arc;

use joule_types::{NodeId, ProviderId};

use super::onboard::Onboarding;
use super::run::{hands, Setup};
use crate::error::{Error, Result};
use crate::journal::Journal;

/// A provider that could begin to serve.
pub struct Registered {
    /// On chain.
    pub provider: ProviderId,
    /// Owner of stake and record.
    pub owner: String,
    /// Key of the agent.
    pub operator: String,
    /// Nodes that may work.
    pub admitted: Vec<NodeId>,
    /// Transactions that were sent, of owner and operator together.
    pub sent: usize,
}

/// Stakes, registers, adds nodes and passes their admission, as far as it is not done yet.
///
/// # Errors
/// `provider.no_node` if no node is admitted; those of the chain and of the keys.
pub async fn register(setup: Setup) -> Result<Registered> {
    let journal = Arc::new(Journal::open(&setup.signer.state)?);
    let (sender, owner) = hands(&setup, &journal).await?;
    let chain = &setup.market.chain;
    let sequences = async || -> Result<u64> {
        let mut sum = 0_u64;
        let mut counted = vec![sender.address()];
        if owner.address != sender.address() {
            counted.push(&owner.address);
        }
        for address in counted {
            sum = sum.saturating_add(chain.account(address).await?.map_or(0, |account| account.sequence));
        }
        Ok(sum)
    };
    let before = sequences().await?;
    let onboarding = Onboarding {
        market: &setup.market,
        denoms: &setup.denoms,
        config: &setup.config,
        sender: &sender,
        owner: &owner,
    };
    let (provider, _, admitted) = onboarding.enrol().await?;
    let sent = usize::try_from(sequences().await?.saturating_sub(before))
        .map_err(|e| Error::internal("provider.bad_sequence", e, "report this"))?;
    Ok(Registered {
        provider,
        owner: owner.address.clone(),
        operator: sender.address().to_string(),
        admitted: admitted.iter().map(|node| node.id).collect(),
        sent,
    })
}
