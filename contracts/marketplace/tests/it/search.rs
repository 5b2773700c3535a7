//! The search against brute force over the live-checked state, on synthetic markets of up to 3000 offers.

use super::support::{a, node};
use joule_marketplace::domain::{
    eligibility::{unmet, Request},
    merge::{Listing, Merge, Stream},
    record::Record,
    search::{better, search, Checked, Found, Scale, BATCH, MAX_BATCHES, MAX_HINTS, MAX_SCANNED},
};
use joule_types::{marketplace::Unmet, registry::Candidate, registry::NodeState};
use joule_work::{
    kind::{Class, ResourceKind},
    price::PriceUnit,
    reputation::DEFAULT_HALF,
    score::{effective, References, Weights},
    trust::{DealCaps, TrustLevel},
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const REFERENCES: References = References {
    price: 1_000_000,
    reputation_half: DEFAULT_HALF,
    hash_rate: 1_000_000,
};

/// Small and fast; the seed comes from proptest.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

/// What an attacker fills the index with.
#[derive(Clone, Copy, Debug)]
enum Spam {
    None,
    /// Offers at the top that no request of the usual length fits (review, finding 3).
    Unusable,
    /// Offers at the top whose nodes are gone.
    Dead,
}

struct World {
    weights: Weights,
    latency: [u32; 4],
    listings: Vec<Listing>,
    candidates: BTreeMap<u64, Candidate>,
    request: Request,
}

fn weights(dice: &mut Dice) -> Weights {
    let mut cuts = [0; 4].map(|_| u16::try_from(dice.roll(10_001)).unwrap());
    cuts.sort_unstable();
    let [a, b, c, d] = cuts;
    Weights {
        price: a,
        reputation: b - a,
        latency: c - b,
        uptime: d - c,
        power: 10_000 - d,
    }
}

fn record(dice: &mut Dice, id: u64, class: Class) -> Record {
    Record {
        node: id,
        provider: 1 + dice.roll(id),
        price: 1 + u128::from(dice.roll(4_000_000)),
        unit: PriceUnit::Hour,
        min_secs: u16::try_from(dice.roll(3_600)).unwrap(),
        max_secs: 86_400,
        capacity: 1,
        dormant: dice.roll(20) == 0,
        class,
        tier: None,
        trust: TrustLevel::from_index(u8::try_from(dice.roll(5)).unwrap()).unwrap(),
        memory_mb: u32::try_from(1_024 * (1 + dice.roll(64))).unwrap(),
        units: u32::try_from(1 + dice.roll(200)).unwrap(),
        reputation: u32::try_from(dice.roll(2_000_000)).unwrap(),
        uptime_bps: u16::try_from(dice.roll(10_001)).unwrap(),
        hash_rate: dice.roll(4_000_000),
    }
}

/// What the registry says now: mostly what was booked, sometimes less, sometimes more, sometimes gone.
fn live(dice: &mut Dice, record: &Record, region: u8) -> Option<Candidate> {
    if dice.roll(40) == 0 {
        return None;
    }
    let mut now = node(record.node);
    now.provider = joule_types::ProviderId(record.provider);
    (now.class, now.region, now.hash_rate, now.uptime_bps) =
        (record.class, region, record.hash_rate, record.uptime_bps);
    (now.hardware.units, now.hardware.memory_mb) = (record.units, record.memory_mb.into());
    (now.standing.trust, now.standing.reputation) = (record.trust, record.reputation);
    match dice.roll(12) {
        0 => now.state = NodeState::Inactive,
        1 => now.standing.reputation /= 2,
        2 => now.standing.reputation = now.standing.reputation.saturating_mul(2),
        3 => now.load = 1,
        4 => now.owner = a("buyer"),
        5 => now.region = (region + 1) % 4,
        6 => now.standing.trust = TrustLevel::Basic,
        _ => {}
    }
    Some(now)
}

fn world(seed: u64, offers: u64, spam: Spam) -> World {
    let mut dice = Dice(seed);
    let weights = weights(&mut dice);
    let latency = [0; 4].map(|_| u32::try_from(dice.roll(10_001)).unwrap());
    let enterprise = dice.roll(4) == 0;
    let request = Request {
        kind: ResourceKind::Cpu,
        denom: 0,
        max_secs: 600 + dice.roll(7_200),
        units: 1,
        budget: 1 + u128::from(dice.roll(8_000_000)),
        min_memory_mb: dice.roll(32_000),
        min_units: u32::try_from(dice.roll(64)).unwrap(),
        min_tier: None,
        min_hash_rate: dice.roll(2) * dice.roll(2_000_000),
        min_reputation: u32::try_from(dice.roll(2) * dice.roll(1_000_000)).unwrap(),
        min_trust: if enterprise {
            TrustLevel::Trusted
        } else {
            TrustLevel::None
        },
        min_uptime_bps: 0,
        only_region: Some(u8::try_from(dice.roll(8)).unwrap()).filter(|region| *region < 4),
        enterprise,
        caps: DealCaps::USDC,
        excluded: vec![1 + dice.roll(10)],
        linked: vec![a("buyer").to_string()],
    };
    let mut made = World {
        weights,
        latency,
        listings: vec![],
        candidates: BTreeMap::new(),
        request,
    };
    for id in 1..=offers {
        let class = if dice.roll(10) == 0 {
            Class::Dedicated
        } else {
            Class::Community
        };
        let region = u8::try_from(dice.roll(4)).unwrap();
        let mut record = record(&mut dice, id, class);
        let attack = id % 2 == 0 && !matches!(spam, Spam::None);
        if attack {
            (record.price, record.reputation, record.uptime_bps) = (1, 1_900_000, 10_000);
            (record.hash_rate, record.dormant, record.min_secs) = (3_900_000, false, 0);
            if matches!(spam, Spam::Unusable) {
                record.max_secs = 1;
            }
        }
        let mut candidate = live(&mut dice, &record, region);
        if attack && matches!(spam, Spam::Dead) {
            candidate = None;
        }
        let booked = record.booked(&weights, &REFERENCES);
        let reach = effective(booked.into(), &weights, latency[usize::from(region)]);
        made.candidates.extend(candidate.map(|known| (id, known)));
        made.listings.push(Listing {
            offer: id,
            booked,
            region,
            reach,
            record,
        });
    }
    made
}

impl World {
    fn check(&self, listing: &Listing) -> Checked {
        let scale = Scale {
            weights: self.weights,
            references: REFERENCES,
            latency: |region: u8| self.latency[usize::from(region)],
        };
        scale.check(&self.request, listing.clone(), self.candidates.get(&listing.offer))
    }

    /// The best by looking at every offer.
    fn brute_force(&self) -> Option<Checked> {
        let eligible = self
            .listings
            .iter()
            .filter(|one| unmet(&self.request, one.region, &one.record).is_empty());
        let checked = eligible.map(|one| self.check(one)).filter(|one| one.unmet.is_empty());
        checked.reduce(|best, one| if better(&self.request, &one, &best) { one } else { best })
    }

    /// The search over the streams that the contract would open; returns the offers that it looked at, too.
    fn search(&self, hints: &[u64]) -> (Found, BTreeSet<u64>) {
        let mut streams: BTreeMap<(u8, u8), Vec<&Listing>> = BTreeMap::new();
        for listing in &self.listings {
            let band = listing.record.band(ResourceKind::Cpu);
            let region = self.request.only_region.is_none_or(|only| only == listing.region);
            if band >= self.request.min_band() && region {
                streams.entry((listing.region, band)).or_default().push(listing);
            }
        }
        assert!(streams.len() <= 64);
        let streams = streams.into_iter().map(|((region, _), mut entries)| {
            entries.sort_by(|a, b| b.booked.cmp(&a.booked).then(a.offer.cmp(&b.offer)));
            let found = entries
                .into_iter()
                .map(|one| Ok::<_, ()>((one.booked, one.offer, one.record.clone())));
            Stream {
                region,
                latency: self.latency[usize::from(region)],
                entries: found.collect::<Vec<_>>().into_iter(),
            }
        });
        let mut merge = Merge::new(self.weights, streams).unwrap();
        let hints = hints
            .iter()
            .map(|id| self.listings[usize::try_from(id - 1).unwrap()].clone())
            .collect();
        let (mut seen, mut batches) = (BTreeSet::new(), 0);
        let found = search(&self.request, &mut merge, hints, |batch| {
            batches += 1;
            assert!(batch.len() <= BATCH + MAX_HINTS && batches <= MAX_BATCHES);
            assert!(
                batch.iter().all(|one| seen.insert(one.offer)),
                "no offer is checked twice"
            );
            Ok::<_, ()>(batch.iter().map(|one| self.check(one)).collect())
        });
        let found = found.unwrap();
        assert!(found.scanned <= MAX_SCANNED);
        (found, seen)
    }
}

/// The certificate is true: no offer that was not looked at reaches above the bound, except those that the scan took
/// and found unfit.
fn assert_certified(world: &World, found: &Found, seen: &BTreeSet<u64>, best: Option<&Checked>) {
    let score = |one: Option<&Checked>| one.map(|one| one.effective);
    if let Some(best) = best.filter(|best| !seen.contains(&best.listing.offer)) {
        assert!(
            !found.certificate.exhaustive,
            "offer {} was overlooked",
            best.listing.offer
        );
        assert!(
            best.effective <= found.certificate.bound,
            "offer {} beats the bound",
            best.listing.offer
        );
    }
    if found.certificate.holds() {
        assert_eq!(
            score(found.best.as_ref()),
            score(best),
            "a certificate that holds is right"
        );
    }
    if found.certificate.exhaustive {
        let id = |one: Option<&Checked>| one.map(|one| one.listing.offer);
        assert_eq!(
            id(found.best.as_ref()),
            id(best),
            "all were seen: ties are decided the same way"
        );
    }
    if let Some(chosen) = &found.best {
        assert!(score(best) >= Some(chosen.effective) && chosen.unmet.is_empty());
        assert!(chosen.effective <= chosen.listing.reach);
    }
    for loss in &found.losses {
        let at_fault = |unmet: &Unmet| !matches!(unmet, Unmet::Linked | Unmet::Busy);
        assert!(loss.live < loss.listing.booked || loss.unmet.iter().any(at_fault));
    }
    assert!(world.listings.len() < usize::try_from(MAX_SCANNED).unwrap() || found.scanned > 0 || best.is_none());
}

fn compare(world: &World) {
    let best = world.brute_force();
    let (found, seen) = world.search(&[]);
    assert_certified(world, &found, &seen, best.as_ref());
    // With the true best among the hints the answer is the true best.
    if let Some(best) = &best {
        let hints = [1, best.listing.offer];
        let hints = if best.listing.offer == 1 {
            &hints[..1]
        } else {
            &hints[..]
        };
        let (hinted, seen) = world.search(hints);
        assert_certified(world, &hinted, &seen, Some(best));
        let chosen = hinted.best.expect("a hint that fits is a candidate");
        assert_eq!(chosen.effective, best.effective);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(320))]

    #[test]
    fn equal_to_brute_force_where_it_claims_to_be(seed: u64, offers in prop_oneof![3 => 0u64..60, 2 => 60u64..600, 1 => 600u64..3_000]) {
        compare(&world(seed, offers, Spam::None));
    }

    #[test]
    fn spam_costs_certainty_but_never_the_truth(seed: u64, offers in 2u64..3_000, dead: bool) {
        compare(&world(seed, offers, if dead { Spam::Dead } else { Spam::Unusable }));
    }
}

/// The spam case of the review: 2000 cheap offers that nobody can use in front. The scan ends at its limit, says so, and the
/// hint finds the best all the same.
#[test]
fn two_thousand_unusable_offers() {
    let mut spammed = world(7, 4_000, Spam::Unusable);
    spammed.request.budget = u128::MAX;
    (
        spammed.request.min_memory_mb,
        spammed.request.min_units,
        spammed.request.only_region,
    ) = (0, 0, None);
    let best = spammed.brute_force().expect("somebody serves it");
    let (found, _) = spammed.search(&[]);
    assert_eq!(found.scanned, MAX_SCANNED);
    assert!(!found.certificate.exhaustive && found.certificate.gap() > 0);
    let (hinted, _) = spammed.search(&[best.listing.offer]);
    assert_eq!(hinted.best.unwrap().listing.offer, best.listing.offer);
}
