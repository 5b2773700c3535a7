//! Providers and their offers.

use cosmwasm_std::{Addr, Event};
use joule_types::{
    denom_key,
    marketplace::{OfferOpened, OfferTerms},
    registry::{ProviderRegistered, RegistryHook},
    work::fees::FeeTerms,
};

use super::{Call, Hold, Model};
use crate::{
    audit::events_of,
    observe::{DenomKey, Observation},
};

/// Addresses of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Owner.
    pub owner: Addr,
    /// Operator.
    pub operator: Addr,
    /// Where earnings go.
    pub payout: Addr,
    /// Who brought it.
    pub referrer: Option<Addr>,
}

impl Party {
    /// Owner or operator.
    #[must_use]
    pub fn acts(&self, who: &Addr) -> bool {
        self.owner == *who || self.operator == *who
    }

    /// Any of the four.
    #[must_use]
    pub fn is_linked(&self, who: &Addr) -> bool {
        self.acts(who) || self.payout == *who || self.referrer.as_ref() == Some(who)
    }
}

/// An offer; all are sold by the hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Provider.
    pub provider: u64,
    /// Node.
    pub node: u64,
    /// In what it is paid.
    pub denom: DenomKey,
    /// Base units an hour.
    pub price: u128,
    /// Shortest and longest deal, seconds.
    pub secs: (u64, u64),
    /// It takes work.
    pub open: bool,
}

impl Offer {
    fn of(provider: u64, terms: &OfferTerms) -> Self {
        Self {
            provider,
            node: terms.node.u64(),
            denom: denom_key(&terms.denom),
            price: terms.price.u128(),
            secs: (terms.min_secs, terms.max_secs),
            open: true,
        }
    }
}

impl Model {
    pub(super) fn take_offers(&mut self, seen: &Observation) {
        for (id, profile) in &seen.registry.profiles {
            let party = Party {
                owner: profile.owner.clone(),
                operator: profile.operator.clone(),
                payout: profile.payout.clone(),
                referrer: profile.referrer.clone(),
            };
            self.parties.insert(*id, party);
        }
        for (id, offer) in &seen.market.offers {
            let open = Offer {
                open: offer.open,
                ..Offer::of(offer.provider.u64(), &offer.terms)
            };
            self.offers.insert(*id, open);
        }
    }

    /// The provider that an address acts for.
    #[must_use]
    pub fn party_of(&self, who: &Addr) -> Option<(u64, &Party)> {
        self.parties
            .iter()
            .find(|(_, party)| party.acts(who))
            .map(|(id, party)| (*id, party))
    }

    /// A new provider: its fee goes to the treasury, and its owner leaves whoever had named it as operator.
    pub(super) fn register(
        &mut self,
        call: &Call,
        fee: u128,
        hook: &RegistryHook,
        events: &[Event],
    ) -> Result<(), String> {
        let id = events_of::<ProviderRegistered>(events)
            .first()
            .map(|event| event.provider.u64());
        if id != Some(self.parties.len() as u64 + 1) {
            return Err(format!("provider {id:?} follows {}", self.parties.len()));
        }
        let dao = self.peers.dao.clone();
        self.carry(&self.joule.clone(), &call.sender, &dao, fee)?;
        for party in self.parties.values_mut().filter(|party| party.operator == call.sender) {
            party.operator = party.owner.clone();
        }
        let RegistryHook::Register {
            operator,
            payout,
            referrer,
        } = hook
        else {
            return Err("a registration without one".into());
        };
        let or_owner = |text: &Option<String>| text.as_ref().map_or_else(|| call.sender.clone(), Addr::unchecked);
        let party = Party {
            owner: call.sender.clone(),
            operator: or_owner(operator),
            payout: or_owner(payout),
            referrer: referrer.as_ref().map(Addr::unchecked),
        };
        self.parties.insert(self.parties.len() as u64 + 1, party);
        Ok(())
    }

    pub(super) fn apply_addresses(
        &mut self,
        call: &Call,
        operator: &Option<String>,
        payout: &Option<String>,
    ) -> Result<(), String> {
        let party = self.parties.values_mut().find(|party| party.owner == call.sender);
        let party = party.ok_or("addresses of no provider changed")?;
        if let Some(operator) = operator {
            party.operator = Addr::unchecked(operator);
        }
        if let Some(payout) = payout {
            party.payout = Addr::unchecked(payout);
        }
        Ok(())
    }

    pub(super) fn open_offer(
        &mut self,
        call: &Call,
        terms: &OfferTerms,
        events: &[Event],
        now: u64,
    ) -> Result<(), String> {
        let opened = events_of::<OfferOpened>(events);
        let id = opened.first().ok_or("an offer opened without an event")?.offer.u64();
        let last = self.offers.keys().last().copied().unwrap_or(0);
        if id != last + 1 {
            return Err(format!("offer {id} follows {last}"));
        }
        let (provider, party) = self.party_of(&call.sender).ok_or("an offer of no provider")?;
        if self.nodes.get(&terms.node.u64()) != Some(&provider) {
            return Err(format!(
                "{} offered node {} of another provider",
                call.sender, terms.node
            ));
        }
        let payer = party.owner.clone();
        self.offers.insert(id, Offer::of(provider, terms));
        let deposit = self.rules.offer_deposit.u128();
        if deposit == 0 {
            return Ok(());
        }
        let hold = Hold {
            payer,
            denom: self.joule.clone(),
            left: deposit,
            tips: 0,
            fees: FeeTerms::DEFAULT,
            reclaim_at: now + 3_650 * 24 * 3_600,
        };
        self.hold(id * 4 + 2, hold)
    }

    pub(super) fn change_offer(&mut self, id: u64, terms: &OfferTerms) -> Result<(), String> {
        let offer = self
            .offers
            .get_mut(&id)
            .filter(|offer| offer.open)
            .ok_or("a closed offer changed")?;
        *offer = Offer::of(offer.provider, terms);
        Ok(())
    }

    pub(super) fn close_offer(&mut self, id: u64) -> Result<(), String> {
        let offer = self
            .offers
            .get_mut(&id)
            .filter(|offer| offer.open)
            .ok_or("a closed offer closed")?;
        offer.open = false;
        let nobody = Addr::unchecked("");
        self.settle(id * 4 + 2, 0, None, None, (&nobody, 0));
        Ok(())
    }
}
