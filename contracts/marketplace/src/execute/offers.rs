//! `CreateOffer`, `UpdateOffer`, `CloseOffer`.

use cosmwasm_std::{Addr, Response, StdResult, Uint128};
use cw20::Denom;
use joule_kit::ids;
use joule_types::{
    denom_name,
    escrow::HoldTerms,
    marketplace::{OfferClosed, OfferOpened, OfferTerms, OfferUpdated},
    registry::{self, Candidate, NodeState, MAX_REGIONS},
    Money, NodeId, OfferId,
};
use joule_work::fees::FeeTerms;

use super::Ctx;
use crate::{
    domain::record::{Record, MAX_CAPACITY},
    error::Res,
    index::{self, Books, Place},
    jobs, nodes,
    outbox::Outbox,
    params,
    state::{NodeOffer, OfferRecord, OFFERS, OFFER_COUNT, OFFER_SEQ, PARAMS, PROVIDER_OFFERS},
    tally, MarketplaceError,
};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
/// Longest deal that an offer may allow.
const MAX_SECS: u64 = 3_650 * DAY;
/// The deposit of an offer can be reclaimed without the marketplace after ten years.
const DEPOSIT_SECS: u64 = 3_650 * DAY;

/// Opens an offer.
pub fn create(ctx: Ctx, terms: OfferTerms) -> Res<Response> {
    let Ctx {
        deps,
        env,
        info,
        control,
    } = ctx;
    control.ensure_open(&env)?;
    let core = PARAMS.load(deps.storage)?;
    let denom = params::listed_denom(deps.storage, &terms.denom)?;
    let candidate = own_node(&deps.querier, &control.peers.registry, &info.sender, terms.node)?;
    if matches!(
        candidate.state,
        NodeState::Pending | NodeState::Rejected | NodeState::Slashed
    ) {
        return Err(MarketplaceError::ProviderOffline {
            node: terms.node,
            state: format!("{:?}", candidate.state),
        });
    }
    let mut record = offered(&terms, &candidate)?;
    // Whoever opens an offer says that the node is there; the first look of a match or a refresh finds out.
    record.dormant = false;
    let node = nodes::load(deps.storage, terms.node.u64())?;
    if let Some(other) = node.offers.iter().find(|offer| offer.denom == denom.id) {
        return Err(MarketplaceError::OfferExists {
            node: terms.node,
            offer: OfferId(other.offer),
        });
    }
    expect_room(
        u32::try_from(node.offers.len()).unwrap_or(u32::MAX),
        nodes::MAX_NODE_OFFERS,
    )?;
    let provider = candidate.provider;
    let open = OFFER_COUNT.may_load(deps.storage, provider.u64())?.unwrap_or(0);
    expect_room(open, core.max_offers)?;

    let offer = OfferId(ids::next(deps.storage, &OFFER_SEQ)?);
    let place = Place {
        kind: candidate.kind,
        denom: denom.id,
        region: candidate.region,
        full: node.is_full(record.capacity),
    };
    let listed = NodeOffer {
        denom: denom.id,
        capacity: record.capacity,
        offer: offer.u64(),
    };
    let booked = Books::load(deps.storage)?.book(deps.storage, offer.u64(), place, record)?;
    nodes::put_offer(deps.storage, terms.node.u64(), listed)?;
    let stored = OfferRecord {
        provider,
        owner: candidate.owner.clone(),
        terms: terms.clone(),
        version: 1,
        deposit: core.offer_deposit,
        open: true,
    };
    OFFERS.save(deps.storage, offer.u64(), &stored)?;
    PROVIDER_OFFERS.save(deps.storage, (provider.u64(), offer.u64()), &())?;
    OFFER_COUNT.save(deps.storage, provider.u64(), &open.saturating_add(1))?;
    tally::offer(deps.storage, candidate.class, true);

    let mut out = Outbox::new(&control);
    if !core.offer_deposit.is_zero() {
        let deposit = Money::new(Denom::Cw20(control.peers.token.clone()), core.offer_deposit);
        let terms = HoldTerms {
            fees: FeeTerms::default(),
            tips: Uint128::zero(),
            reclaim_at: env.block.time.seconds().saturating_add(DEPOSIT_SECS),
        };
        out.hold(jobs::deposit_of(offer)?, &candidate.owner, deposit, terms, vec![])?;
    }

    out.say(OfferOpened {
        offer,
        node: terms.node,
        provider,
        denom: denom_name(&terms.denom).into(),
        price: terms.price,
        booked: booked.into(),
    });
    Ok(out.respond("create_offer"))
}

/// Changes the terms of an offer and books its score anew.
pub fn update(ctx: Ctx, offer: OfferId, terms: OfferTerms) -> Res<Response> {
    let Ctx {
        deps, info, control, ..
    } = ctx;
    let mut stored = open_offer(deps.storage, offer)?;
    let candidate = own_node(&deps.querier, &control.peers.registry, &info.sender, stored.terms.node)?;
    if terms.node != stored.terms.node {
        return Err(invalid(
            "node",
            terms.node,
            "the node of an offer stays; open another offer",
        ));
    }
    if terms.denom != stored.terms.denom {
        let found = denom_name(&terms.denom);
        return Err(invalid(
            "denom",
            found,
            "the denomination of an offer stays; open another offer",
        ));
    }
    let record = offered(&terms, &candidate)?;
    let old = index::entry(deps.storage, offer.u64())?.ok_or(MarketplaceError::OfferNotFound { offer })?;

    let node = nodes::load(deps.storage, terms.node.u64())?;
    index::park(
        deps.storage,
        offer.u64(),
        node.is_full(old.record.capacity),
        node.is_full(record.capacity),
    )?;
    let listed = NodeOffer {
        denom: old.denom,
        capacity: record.capacity,
        offer: offer.u64(),
    };
    let place = Place {
        kind: candidate.kind,
        denom: old.denom,
        region: candidate.region,
        full: node.is_full(record.capacity),
    };
    let booked = Books::load(deps.storage)?.book(deps.storage, offer.u64(), place, record)?;
    nodes::put_offer(deps.storage, terms.node.u64(), listed)?;
    stored.version = stored.version.saturating_add(1);
    stored.terms = terms;
    OFFERS.save(deps.storage, offer.u64(), &stored)?;

    let mut out = Outbox::new(&control);
    out.say(OfferUpdated {
        offer,
        price: stored.terms.price,
        version: stored.version,
        booked: booked.into(),
    });
    Ok(out.respond("update_offer"))
}

/// Closes an offer. Attempts it was matched with go on.
pub fn close(ctx: Ctx, offer: OfferId) -> Res<Response> {
    let Ctx {
        deps, info, control, ..
    } = ctx;
    let mut stored = open_offer(deps.storage, offer)?;
    if info.sender != stored.owner {
        own_node(&deps.querier, &control.peers.registry, &info.sender, stored.terms.node)?;
    }

    let (provider, node) = (stored.provider.u64(), stored.terms.node.u64());
    let capacity = index::entry(deps.storage, offer.u64())?.map_or(0, |entry| entry.record.capacity);
    let full = nodes::load(deps.storage, node)?.is_full(capacity);
    let entry = index::remove(deps.storage, offer.u64(), full)?;
    nodes::remove_offer(deps.storage, node, offer.u64())?;
    stored.open = false;
    OFFERS.save(deps.storage, offer.u64(), &stored)?;
    PROVIDER_OFFERS.remove(deps.storage, (provider, offer.u64()));
    OFFER_COUNT.update(deps.storage, provider, |open| {
        StdResult::Ok(open.unwrap_or(0).saturating_sub(1))
    })?;
    tally::offer(deps.storage, entry.record.class, false);

    let mut out = Outbox::new(&control);
    if !stored.deposit.is_zero() {
        out.settle(jobs::deposit_of(offer)?, None, None, Uint128::zero(), vec![])?;
    }

    out.say(OfferClosed { offer });
    Ok(out.respond("close_offer"))
}

fn expect_room(open: u32, max: u32) -> Res<()> {
    if open < max {
        Ok(())
    } else {
        Err(MarketplaceError::TooManyOffers { open, max })
    }
}

fn open_offer(storage: &dyn cosmwasm_std::Storage, offer: OfferId) -> Res<OfferRecord> {
    let found = OFFERS.may_load(storage, offer.u64())?;
    found
        .filter(|stored| stored.open)
        .ok_or(MarketplaceError::OfferNotFound { offer })
}

/// What the registry knows of a node that the sender runs.
fn own_node(querier: &cosmwasm_std::QuerierWrapper, registry: &Addr, sender: &Addr, node: NodeId) -> Res<Candidate> {
    let found = registry::handle::candidates(querier, registry, vec![node])?
        .into_iter()
        .next();
    let own = found.filter(|known| known.node == node && (known.owner == *sender || known.operator == *sender));
    own.ok_or_else(|| MarketplaceError::NotYourNode {
        sender: sender.to_string(),
        node,
    })
}

/// Checks the terms against the node and packs them with its facts.
fn offered(terms: &OfferTerms, candidate: &Candidate) -> Res<Record> {
    if terms.price.is_zero() {
        return Err(invalid("price", 0, "name a positive price"));
    }
    if !candidate.kind.sells_by(terms.unit) {
        return Err(invalid(
            "unit",
            terms.unit,
            format!("{} is not sold by it", candidate.kind),
        ));
    }
    within("min_secs", terms.min_secs, 0, HOUR)?;
    within("max_secs", terms.max_secs, DAY, MAX_SECS)?;
    within("capacity", terms.capacity.into(), 1, MAX_CAPACITY.into())?;
    within("sla_bps", terms.sla_bps.into(), 0, 10_000)?;
    if usize::from(candidate.region) >= MAX_REGIONS {
        return Err(invalid("region", candidate.region, "the index knows eight regions"));
    }
    Ok(Record::of(terms, candidate.provider).with_facts(candidate))
}

fn within(field: &'static str, found: u64, min: u64, max: u64) -> Res<()> {
    if (min..=max).contains(&found) {
        Ok(())
    } else {
        Err(invalid(field, found, format!("{min} to {max} is allowed")))
    }
}

fn invalid(field: &'static str, found: impl std::fmt::Display, rule: impl Into<String>) -> MarketplaceError {
    MarketplaceError::InvalidOffer {
        field,
        found: found.to_string(),
        rule: rule.into(),
    }
}
