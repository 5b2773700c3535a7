//! The search for the best offer: a bounded scan, live checks of a few candidates, and the certificate.

use joule_types::{marketplace::Unmet, registry::Candidate};
use joule_work::{
    kind::Class,
    score::{effective, Certificate, References, Weights},
};

use super::{
    eligibility::{unmet, unmet_live, Request},
    merge::{Listing, Merge},
    record::Record,
};

/// Offers taken from the streams at most.
pub const MAX_SCANNED: u32 = 256;
/// Candidates that one live check takes from the scan.
pub const BATCH: usize = 4;
/// Live checks of one search.
pub const MAX_BATCHES: usize = 2;
/// Offers that the caller may name.
pub const MAX_HINTS: usize = 8;

/// An offer after its live check.
#[derive(Clone, Debug)]
pub struct Checked {
    /// As the index has it.
    pub listing: Listing,
    /// The terms with the facts of now.
    pub fresh: Record,
    /// Score of the facts of now.
    pub live: u16,
    /// `min(booked, live)` and the lesser latency of the booked and the present region: what counts.
    pub effective: u32,
    /// What it does not meet; empty: it may be chosen.
    pub unmet: Vec<Unmet>,
    /// What the registry said; none if it does not know the node.
    pub candidate: Option<Candidate>,
}

impl Checked {
    /// Whether the index holds the offer too high: its score fell, or the facts that exclude it were booked otherwise.
    /// What lies in the request or in the load of the moment is no reason.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        let of_the_offer = |unmet: &Unmet| !matches!(unmet, Unmet::Linked | Unmet::Busy);
        let moved = self
            .candidate
            .as_ref()
            .is_some_and(|node| node.region != self.listing.region);
        let changed = moved || self.fresh != self.listing.record;
        self.live < self.listing.booked || (changed && self.unmet.iter().any(of_the_offer))
    }
}

/// What scores are computed with.
pub struct Scale<F> {
    /// Weights of the epoch.
    pub weights: Weights,
    /// References of the epoch for an offer's unit.
    pub references: References,
    /// Latency points of a region for the buyer.
    pub latency: F,
}

impl<F: Fn(u8) -> u32> Scale<F> {
    /// Compares a listing with what the registry says now; none if it does not know the node.
    pub fn check(&self, request: &Request, listing: Listing, candidate: Option<&Candidate>) -> Checked {
        let fresh = match candidate {
            Some(candidate) => listing.record.with_facts(candidate),
            None => listing.record.gone(),
        };
        let live = fresh.booked(&self.weights, &self.references);
        let here = (self.latency)(listing.region);
        let latency = candidate.map_or(0, |candidate| (self.latency)(candidate.region).min(here));
        let unmet = match candidate {
            Some(candidate) => unmet_live(request, &fresh, candidate),
            None => vec![Unmet::Offline],
        };
        Checked {
            effective: effective(live.min(listing.booked).into(), &self.weights, latency),
            listing,
            fresh,
            live,
            unmet,
            candidate: candidate.cloned(),
        }
    }
}

/// What a search found.
#[derive(Debug)]
pub struct Found {
    /// The best eligible offer.
    pub best: Option<Checked>,
    /// Offers that the index holds too high, those that were met first in front.
    pub losses: Vec<Checked>,
    /// What is proved.
    pub certificate: Certificate,
    /// Offers scanned.
    pub scanned: u32,
    /// At least one offer failed by its price alone.
    pub over_budget: bool,
}

/// Whether `a` is the better choice: score, then dedicated for an enterprise request, then trust, then the older offer.
#[must_use]
pub fn better(request: &Request, a: &Checked, b: &Checked) -> bool {
    let rank = |offer: &Checked| {
        let dedicated = request.enterprise && offer.fresh.class == Class::Dedicated;
        (offer.effective, dedicated, offer.fresh.trust)
    };
    match rank(a).cmp(&rank(b)) {
        std::cmp::Ordering::Equal => a.listing.offer < b.listing.offer,
        order => order == std::cmp::Ordering::Greater,
    }
}

/// Looks for the best offer. `live` asks for the facts of a batch in one query; hints join the first batch. Stops when
/// the best offer is proved, after two batches, or when [`MAX_SCANNED`] offers were taken.
///
/// # Errors
/// Those of the streams and of `live`.
pub fn search<I, E>(
    request: &Request,
    merge: &mut Merge<I>,
    hints: Vec<Listing>,
    mut live: impl FnMut(Vec<Listing>) -> Result<Vec<Checked>, E>,
) -> Result<Found, E>
where
    I: Iterator<Item = Result<(u16, u64, Record), E>>,
{
    let hinted: Vec<u64> = hints.iter().map(|hint| hint.offer).collect();
    let mut found = Found {
        best: None,
        losses: Vec::new(),
        certificate: Certificate {
            best: None,
            bound: 0,
            exhaustive: false,
        },
        scanned: 0,
        over_budget: false,
    };
    let mut batch: Vec<Listing> = hints.into_iter().filter(|hint| found.admit(request, hint)).collect();
    for _ in 0..MAX_BATCHES {
        let mut taken = 0;
        while taken < BATCH && merge.scanned() < MAX_SCANNED {
            let Some(listing) = merge.take()? else { break };
            if !hinted.contains(&listing.offer) && found.admit(request, &listing) {
                batch.push(listing);
                taken = taken.saturating_add(1);
            }
        }
        if !batch.is_empty() {
            for checked in live(std::mem::take(&mut batch))? {
                found.take(request, checked);
            }
        }
        if found.certify(merge) || merge.scanned() >= MAX_SCANNED {
            break;
        }
    }
    found.certify(merge);
    found.scanned = merge.scanned();
    Ok(found)
}

impl Found {
    fn admit(&mut self, request: &Request, listing: &Listing) -> bool {
        let unmet = unmet(request, listing.region, &listing.record);
        if unmet == [Unmet::Budget] {
            self.over_budget = true;
        }
        unmet.is_empty()
    }

    fn take(&mut self, request: &Request, checked: Checked) {
        if checked.is_loss() {
            self.losses.push(checked.clone());
        }
        if checked.unmet == [Unmet::Budget] {
            self.over_budget = true;
        }
        if checked.unmet.is_empty() && self.best.as_ref().is_none_or(|best| better(request, &checked, best)) {
            self.best = Some(checked);
        }
    }

    /// Writes the certificate for what is left in the streams; true if the best offer is proved.
    fn certify<I, E>(&mut self, merge: &Merge<I>) -> bool
    where
        I: Iterator<Item = Result<(u16, u64, Record), E>>,
    {
        self.certificate = Certificate {
            best: self.best.as_ref().map(|best| best.effective),
            bound: merge.bound().unwrap_or(0),
            exhaustive: merge.bound().is_none(),
        };
        self.certificate.holds()
    }
}
