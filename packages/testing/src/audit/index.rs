//! I-38 and I-39 of the marketplace: every look-up, list and counter, rebuilt from the records it stands for.

use std::collections::{BTreeMap, BTreeSet};

use joule_marketplace::{
    domain::{
        figures::Stats,
        record::{Entry, Record},
    },
    state::{NodeOffer, Work},
};
use joule_types::work::{job::JobState, kind::Class, score::MAX_BOOKED};

use super::{market::job_state, Report};
use crate::observe::Observation;

type Listed = BTreeMap<Vec<u8>, Record>;

pub(super) fn state(seen: &Observation, report: &mut Report) {
    jobs(seen, report);
    offers(seen, report);
    ranks(seen, report);
    figures(seen, report);
}

fn jobs(seen: &Observation, report: &mut Report) {
    let market = &seen.market;
    let those = |wanted: fn(JobState) -> bool| -> BTreeSet<u64> {
        let found = market.jobs.iter().filter(|(_, job)| job_state(job).is_some_and(wanted));
        found.map(|(id, _)| *id).collect()
    };
    report.equal("I-38", "open jobs", &market.open, &those(|state| !state.is_final()));
    report.equal(
        "I-38",
        "queued jobs",
        &market.queued,
        &those(|state| state == JobState::Queued),
    );
    report.equal(
        "I-38",
        "jobs that are judged",
        &market.verifying,
        &those(|state| state == JobState::Verifying),
    );
    let buyers = market
        .jobs
        .iter()
        .map(|(id, job)| (job.posted.buyer.clone(), *id))
        .collect();
    report.equal("I-38", "jobs by buyer", &market.buyer_jobs, &buyers);
    let with_provider = those(|state| !state.is_final() && !matches!(state, JobState::Submitted | JobState::Queued));
    let providers = with_provider.iter().filter_map(|id| {
        let attempt = market.jobs.get(id)?.attempt.as_ref()?;
        Some((attempt.provider.u64(), *id))
    });
    report.equal(
        "I-38",
        "open jobs by provider",
        &market.provider_jobs,
        &providers.collect(),
    );
}

fn offers(seen: &Observation, report: &mut Report) {
    let market = &seen.market;
    let open: Vec<_> = market.offers.iter().filter(|(_, offer)| offer.open).collect();
    let by_provider: BTreeSet<_> = open.iter().map(|(id, offer)| (offer.provider.u64(), **id)).collect();
    report.equal("I-38", "open offers by provider", &market.provider_offers, &by_provider);
    let mut counted = BTreeMap::<u64, u32>::new();
    for (provider, _) in &by_provider {
        *counted.entry(*provider).or_default() += 1;
    }
    let counts = market.offer_count.iter().filter(|(_, count)| **count > 0);
    report.equal(
        "I-39",
        "numbers of open offers",
        &counts.map(|(id, count)| (*id, *count)).collect(),
        &counted,
    );
    let listed: BTreeSet<u64> = market.entries.keys().copied().collect();
    report.equal(
        "I-38",
        "offers that have an entry",
        &listed,
        &open.iter().map(|(id, _)| **id).collect(),
    );
    let mut nodes = BTreeMap::<u64, BTreeSet<(u8, u8, u64)>>::new();
    for (id, offer) in open {
        let Some(entry) = market.entries.get(id) else { continue };
        let record = &entry.record;
        let same = record.node == offer.terms.node.u64()
            && record.provider == offer.provider.u64()
            && record.price == offer.terms.price.u128()
            && u16::from(record.capacity) == offer.terms.capacity
            && market
                .denoms
                .get(&joule_types::denom_key(&offer.terms.denom))
                .is_some_and(|known| known.id == entry.denom);
        report.unless(same, "I-38", || {
            format!("offer {id} has {:?}, its entry {entry:?}", offer.terms)
        });
        nodes
            .entry(record.node)
            .or_default()
            .insert((entry.denom, record.capacity, *id));
    }
    let stored = market.nodes.iter().map(|(id, node)| {
        let offers = node
            .offers
            .iter()
            .map(|NodeOffer { denom, capacity, offer }| (*denom, *capacity, *offer));
        (*id, offers.collect::<BTreeSet<_>>())
    });
    report.equal(
        "I-38",
        "offers of nodes",
        &stored.filter(|(_, offers)| !offers.is_empty()).collect(),
        &nodes,
    );
}

/// The two lists of each epoch that serves or is being filled, from entries and loads. What an earlier epoch still has is
/// being removed and is looked at by nobody.
fn ranks(seen: &Observation, report: &mut Report) {
    let market = &seen.market;
    let (mut rank, mut parked) = (Listed::new(), Listed::new());
    for (offer, entry) in &market.entries {
        let load = market.nodes.get(&entry.record.node).map_or(0, |node| node.load);
        let list = if load >= u16::from(entry.record.capacity) {
            &mut parked
        } else {
            &mut rank
        };
        list.insert(key(entry, market.index.serving, *offer), entry.record.clone());
        if matches!(market.index.work, Work::Filling { cursor } if *offer <= cursor) {
            list.insert(key(entry, market.index.serving + 1, *offer), entry.record.clone());
        }
    }
    let alive = |list: &Listed| -> Listed {
        let draining = market.index.work == Work::Draining;
        let old = |key: &[u8]| {
            draining
                && key
                    .get(..4)
                    .is_some_and(|epoch| epoch < &market.index.serving.to_be_bytes()[..])
        };
        list.iter()
            .filter(|(key, _)| !old(key))
            .map(|(key, record)| (key.clone(), record.clone()))
            .collect()
    };
    report.equal("I-38", "listed offers", &alive(&market.rank), &rank);
    report.equal("I-38", "listed offers of full nodes", &alive(&market.parked), &parked);
}

/// The key of an offer: epoch, kind, denomination, band, region, what is missing to the best score, id.
fn key(entry: &Entry, epoch: u32, offer: u64) -> Vec<u8> {
    let booked = if epoch == entry.epoch { entry.booked } else { entry.next };
    let missing = u16::try_from(MAX_BOOKED - u32::from(booked)).unwrap_or(u16::MAX);
    let mut key = epoch.to_be_bytes().to_vec();
    key.extend([entry.kind.index(), entry.denom, entry.band, entry.region]);
    key.extend(missing.to_be_bytes());
    key.extend(offer.to_be_bytes());
    key
}

fn figures(seen: &Observation, report: &mut Report) {
    let market = &seen.market;
    for denom in market.denoms.values() {
        let of_denom: Vec<_> = market
            .jobs
            .values()
            .filter(|job| job.posted.denom == denom.id)
            .collect();
        let count = |wanted: fn(JobState) -> bool| {
            of_denom.iter().filter(|job| job_state(job).is_some_and(wanted)).count() as u64
        };
        let settled = of_denom.iter().filter_map(|job| job.settlement.as_ref());
        let stats = market.stats.get(&denom.id).cloned().unwrap_or_default();
        let counted = Stats {
            posted: of_denom.len() as u64,
            paid: count(|state| matches!(state, JobState::Completed | JobState::Resolved)),
            failed: count(|state| state == JobState::Failed),
            volume: settled.map(|settlement| settlement.gross.u128()).sum(),
            // A moving mean and a sum of fees are not counts.
            earned: stats.earned,
            reference: stats.reference,
        };
        report.equal(
            "I-39",
            &format!("figures of denomination {}", denom.id),
            &stats,
            &counted,
        );
    }
    let buyers: BTreeSet<_> = market.jobs.values().map(|job| &job.posted.buyer).collect();
    report.equal(
        "I-39",
        "number of buyers",
        &market.totals.buyers,
        &(buyers.len() as u64),
    );
    report.equal(
        "I-39",
        "number of earners",
        &market.totals.providers,
        &(market.earners.len() as u64),
    );
    let classes = [Class::Dedicated, Class::Cloud, Class::Community];
    let open = classes.map(|class| {
        market
            .entries
            .values()
            .filter(|entry| entry.record.class == class)
            .count() as u64
    });
    report.equal("I-39", "open offers by class", &market.totals.open_offers, &open);
}
