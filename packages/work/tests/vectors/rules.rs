//! Rules of money, matching, jobs, tickets and digests.

use joule_work::digest::{prove, result_root, step_digest, trace_root, verify, Recorder};
use joule_work::fees::{split, FeeTerms};
use joule_work::job::{dispute_bond, next, resolve_dispute, JobAction, JobState, Party, Retry};
use joule_work::kind::{band, tier, Capacity, ResourceKind, Tier};
use joule_work::price::{accrued, due, estimate, quote, PriceUnit, Usage};
use joule_work::score::{breakdown, effective, Facts, References, Weights};
use joule_work::trust::{level, Evidence, TrustLevel, TrustRules};
use joule_work::uptime::{Clock, Outage};
use joule_work::{incident, reputation, ticket};
use serde_json::Value;

use crate::support::{cases, flag, hash, int, list, text, wire};

fn hashes(case: &Value, field: &str) -> Vec<[u8; 32]> {
    list(case, field)
        .iter()
        .map(|hex| hash(hex.as_str().unwrap()))
        .collect()
}

#[test]
fn fees_split() {
    for case in cases("fees", "split") {
        let terms = FeeTerms {
            fee_bps: int(&case, "fee_bps"),
            stakers_bps: int(&case, "stakers_bps"),
            referrer_bps: int(&case, "referrer_bps"),
            discount_bps: int(&case, "discount_bps"),
        };
        let parts = split(int(&case, "gross"), &terms, flag(&case, "has_referrer")).unwrap();
        let got = [
            parts.provider,
            parts.discount,
            parts.stakers,
            parts.referrer,
            parts.treasury,
        ];
        let want = ["provider", "discount", "stakers", "referrer", "treasury"].map(|field| int::<u128>(&case, field));
        assert_eq!(got, want, "{case}");
    }
}

#[test]
fn price_quote() {
    for case in cases("price", "quote") {
        let unit: PriceUnit = wire(&case, "unit");
        let got = quote(int(&case, "price"), int(&case, "units"), int(&case, "max_secs"), unit);
        match case["quote"].is_null() {
            true => assert!(got.unwrap_err().to_string().starts_with("work.overflow"), "{case}"),
            false => assert_eq!(got.unwrap(), int::<u128>(&case, "quote"), "{case}"),
        }
    }
}

#[test]
fn price_accrued() {
    for case in cases("price", "accrued") {
        let (rate, secs, funded) = (int(&case, "rate_per_hour"), int(&case, "secs"), int(&case, "funded"));
        let total: u128 = int(&case, "accrued");
        assert_eq!(accrued(rate, secs, funded), total, "{case}");
        assert_eq!(due(rate, secs, funded, total / 3), total - total / 3, "{case}");
    }
}

#[test]
fn price_earnings() {
    let cases = cases("price", "earnings");
    for case in &cases {
        let usage = Usage {
            price: int(case, "price"),
            unit: wire(case, "unit"),
            units: int(case, "units"),
            utilisation_bps: int(case, "utilisation_bps"),
            period_secs: int(case, "period_secs"),
        };
        let got = estimate(&usage, &FeeTerms::DEFAULT).unwrap();
        assert_eq!(
            (got.gross, got.net, got.fee),
            (int(case, "gross"), int(case, "net"), int(case, "fee")),
            "{case}"
        );
    }
    // The plan's own case, in a coin of six decimals: 350.40 = 322.368 + 28.032.
    let first = ["gross", "net", "fee"].map(|field| int::<u128>(&cases[0], field));
    assert_eq!(first, [350_400_000, 322_368_000, 28_032_000]);
}

#[test]
fn kind_tier_and_band() {
    for case in cases("kind", "tier") {
        let want: Option<Tier> = wire(&case, "tier");
        assert_eq!(
            tier(int(&case, "memory_bytes"), int(&case, "bandwidth")),
            want,
            "{case}"
        );
    }
    for case in cases("kind", "band") {
        let mut size = Capacity::default();
        match text(&case, "field") {
            "memory_bytes" => size.memory_bytes = int(&case, "value"),
            "cores" => size.cores = int(&case, "value"),
            "network_mbps" => size.network_mbps = int(&case, "value"),
            other => panic!("unknown field {other}"),
        }
        let kind: ResourceKind = wire(&case, "kind");
        assert_eq!(band(kind, &size), int::<u8>(&case, "band"), "{case}");
    }
}

#[test]
fn trust_level() {
    for case in cases("trust", "level") {
        let evidence = Evidence {
            stake: int(&case, "stake"),
            accepted_windows: int(&case, "accepted_windows"),
            successes: int(&case, "successes"),
            success_bps: int(&case, "success_bps"),
            partner: flag(&case, "partner"),
            banned: flag(&case, "banned"),
        };
        let want: TrustLevel = wire(&case, "level");
        assert_eq!(level(&evidence, &TrustRules::DEFAULT), want, "{case}");
    }
}

#[test]
fn reputation_rules() {
    for case in cases("reputation", "sequence") {
        let mut value: u32 = int(&case, "start");
        assert_eq!(value, reputation::START);
        let events = list(&case, "events");
        assert_eq!(events.len(), list(&case, "after").len());
        for (event, after) in events.iter().zip(list(&case, "after")) {
            value = match event.as_str().unwrap() {
                "success" => reputation::success(value),
                "window" => reputation::window_accepted(value),
                "missed" => reputation::missed(value),
                "fraud" => reputation::fraud(value),
                other => panic!("unknown event {other}"),
            };
            assert_eq!(u64::from(value), after.as_u64().unwrap(), "{event} in {case}");
        }
    }
    for case in cases("reputation", "success_rate") {
        let got = reputation::success_rate_bps(int(&case, "successes"), int(&case, "total"));
        assert_eq!(got, int::<u16>(&case, "rate_bps"), "{case}");
    }
    for case in cases("reputation", "curve") {
        assert_eq!(
            reputation::curve(int(&case, "reputation"), int(&case, "half")),
            int::<u32>(&case, "value"),
            "{case}"
        );
    }
}

#[test]
fn score_parts() {
    for case in cases("score", "score") {
        let weights: Weights = wire(&case, "weights");
        weights.validate().unwrap();
        let references = References {
            price: int(&case, "ref_price"),
            reputation_half: int(&case, "half"),
            hash_rate: int(&case, "ref_hash_rate"),
        };
        let facts = Facts {
            price: int(&case, "price"),
            reputation: int(&case, "reputation"),
            uptime_bps: int(&case, "uptime_bps"),
            hash_rate: int(&case, "hash_rate"),
        };
        let got = breakdown(&weights, &references, &facts);
        let curves = [got.price, got.reputation, got.uptime, got.power].map(u64::from);
        let want: Vec<u64> = list(&case, "curves")
            .iter()
            .map(|curve| curve.as_u64().unwrap())
            .collect();
        assert_eq!(curves.as_slice(), want, "{case}");
        assert_eq!(got.booked, int::<u32>(&case, "booked"), "{case}");
        assert_eq!(
            effective(got.booked, &weights, int(&case, "latency")),
            int::<u32>(&case, "effective"),
            "{case}"
        );
    }
}

/// The listed pairs lead where the list says; every other pair is refused.
#[test]
fn job_table() {
    let legal = cases("job", "legal");
    let mut seen = 0;
    for state in JobState::ALL {
        for action in JobAction::ALL {
            let retry = match action {
                JobAction::Decline(retry)
                | JobAction::StartTimeout(retry)
                | JobAction::RunTimeout(retry)
                | JobAction::Overturn(retry) => Some(retry),
                _ => None,
            };
            let retry = retry.map(|retry| if retry == Retry::Again { "again" } else { "exhausted" });
            let listed = legal.iter().find(|case| {
                (text(case, "state"), text(case, "action"), case["retry"].as_str())
                    == (state.name(), action.name(), retry)
            });
            seen += usize::from(listed.is_some());
            let got = next(*state, action).map(JobState::name);
            assert_eq!(got, listed.map(|case| text(case, "next")), "{state} and {action:?}");
        }
    }
    assert_eq!(seen, legal.len(), "a listed pair names no known state or action");
}

#[test]
fn job_money() {
    for case in cases("job", "dispute") {
        let (quote, fee_bps) = (int::<u128>(&case, "quote"), int(&case, "fee_bps"));
        let opener: Party = wire(&case, "opener");
        let got = resolve_dispute(quote, int(&case, "provider_bps"), fee_bps, opener).unwrap();
        let got = [
            dispute_bond(quote, fee_bps).unwrap(),
            got.provider,
            got.buyer,
            got.arbiter,
            got.bond_back,
        ];
        let want = ["bond", "provider", "buyer", "arbiter", "bond_back"].map(|field| int::<u128>(&case, field));
        assert_eq!(got, want, "{case}");
    }
    for case in cases("job", "slash") {
        let got = incident::slash(int(&case, "stake"), int(&case, "bps")).unwrap();
        assert_eq!(got, int::<u128>(&case, "slashed"), "{case}");
    }
}

#[test]
fn ticket_seeds_and_values() {
    for case in cases("ticket", "node_seed") {
        let window = hash(text(&case, "window_seed"));
        let got = ticket::node_seed(
            &window,
            int(&case, "node_id"),
            int(&case, "device"),
            text(&case, "operator"),
        );
        assert_eq!(hex::encode(got), text(&case, "seed"), "{case}");
    }
    for case in cases("ticket", "value") {
        let got = ticket::value(&hash(text(&case, "seed")), int(&case, "id"));
        assert_eq!(got, int::<u64>(&case, "value"), "{case}");
    }
}

#[test]
fn ticket_search_and_audit() {
    for case in cases("ticket", "best") {
        let (seed, k) = (hash(text(&case, "seed")), int(&case, "k"));
        let mut best = ticket::Best::new(k).unwrap();
        ticket::search_range(&seed, int(&case, "start"), int(&case, "count"), &mut best);
        let claim = best.claim().unwrap();
        let want: Vec<u64> = list(&case, "ids")
            .iter()
            .map(|id| id.as_str().unwrap().parse().unwrap())
            .collect();
        assert_eq!(claim.ids, want);
        assert_eq!(claim.bound, int::<u64>(&case, "bound"));
        let packed = ticket::pack_ids(&claim.ids).unwrap();
        assert_eq!(hex::encode(&packed), text(&case, "packed"));
        let commitment = claim.commitment();
        assert_eq!(hex::encode(commitment.digest), text(&case, "digest"));
        assert_eq!(ticket::reveal(&seed, &packed, &commitment), Ok(claim.bound));
    }
}

#[test]
fn ticket_power() {
    for case in cases("ticket", "estimate") {
        let (k, bound) = (int(&case, "k"), int(&case, "bound"));
        assert_eq!(
            ticket::estimate(k, bound).unwrap(),
            int::<u128>(&case, "estimate"),
            "{case}"
        );
        assert_eq!(
            ticket::lower_bound(k, bound).unwrap(),
            int::<u128>(&case, "lower_bound"),
            "{case}"
        );
    }
    for case in cases("ticket", "smooth") {
        assert_eq!(
            ticket::smooth(int(&case, "old"), int(&case, "measured")),
            int::<u64>(&case, "new"),
            "{case}"
        );
    }
    for case in cases("ticket", "difficulty") {
        assert_eq!(
            ticket::difficulty_target(int(&case, "expected_units")).unwrap(),
            int::<u64>(&case, "target"),
            "{case}"
        );
    }
    for case in cases("ticket", "admission_rate") {
        let got = ticket::admission_rate(int(&case, "expected_units"), int(&case, "elapsed_secs"));
        assert_eq!(got, int::<u64>(&case, "rate"), "{case}");
    }
}

#[test]
fn uptime_clock() {
    for case in cases("uptime", "clock") {
        let window = int(&case, "window");
        let mut beats = list(&case, "beats")
            .iter()
            .map(|at| at.as_str().unwrap().parse::<u64>().unwrap());
        let mut clock = Clock::start(beats.next().unwrap(), window);
        let mut log: Vec<(u64, Outage)> = Vec::new();
        for at in beats {
            let (after, outage) = clock.beat(at, window).unwrap();
            clock = after;
            log.extend(outage);
        }
        for reading in list(&case, "readings") {
            let t = int(reading, "t");
            let latest = log.iter().rev().find(|(began, _)| *began <= t).copied();
            assert_eq!(
                clock.online_secs(t, latest),
                int::<u64>(reading, "online_secs"),
                "{reading} of {case}"
            );
        }
    }
}

#[test]
fn digest_runs() {
    for case in cases("digest", "run") {
        let written: Vec<Vec<u8>> = list(&case, "written")
            .iter()
            .map(|hex| hex::decode(hex.as_str().unwrap()).unwrap())
            .collect();
        let steps = hashes(&case, "steps");
        let (result, trace) = (hash(text(&case, "result_root")), hash(text(&case, "trace_root")));
        let mut recorder = Recorder::new();
        for (index, (bytes, step)) in (0u64..).zip(written.iter().zip(&steps)) {
            assert_eq!(step_digest(index, bytes), *step);
            recorder.write(bytes);
            assert_eq!(recorder.end_step(), *step);
        }
        let roots = recorder.finish();
        assert_eq!((roots.result_root, roots.trace_root), (result, trace));
        assert_eq!((result_root(&written.concat()), trace_root(&steps)), (result, trace));
        let len = roots.steps;
        assert_eq!(len, u64::try_from(steps.len()).unwrap());
        for (index, (path, step)) in (0u64..).zip(list(&case, "paths").iter().zip(&steps)) {
            let path: Vec<_> = path
                .as_array()
                .unwrap()
                .iter()
                .map(|hex| hash(hex.as_str().unwrap()))
                .collect();
            assert_eq!(prove(&steps, index).as_ref(), Some(&path));
            assert!(verify(&trace, step, index, len, &path));
        }
    }
}
