//! The beacon and committees.

use joule_work::beacon::{self, Clock};
use joule_work::committee::{self, Durations, Panel, Ruling, Vote, RUNGS};
use serde_json::Value;

use crate::support::{cases, flag, hash, int, list, text};

#[test]
fn rounds_are_due_when_the_clock_says() {
    for case in cases("beacon", "clock") {
        let clock = Clock {
            genesis: int(&case, "genesis"),
            period: int(&case, "period"),
        };
        let (now, round): (u64, u64) = (int(&case, "now"), int(&case, "round"));
        assert_eq!(clock.round_at(now), round, "{case}");
        if round > 0 {
            assert!(
                clock.due_at(round) <= now && now - clock.due_at(round) < clock.period,
                "{case}"
            );
        }
    }
}

#[test]
fn randomness_of_rounds() {
    for case in cases("beacon", "round") {
        let randomness = hash(text(&case, "randomness"));
        assert_eq!(
            hex::encode(beacon::message(int(&case, "round"))),
            text(&case, "message")
        );
        let signature = hex::decode(text(&case, "signature")).unwrap();
        assert_eq!(beacon::randomness(&signature), randomness, "{case}");
        for trigger in list(&case, "trigger") {
            let opens = beacon::opens_window(&randomness, int(trigger, "period"), int(trigger, "every_secs")).unwrap();
            assert_eq!(opens, flag(trigger, "opens"), "{case}");
        }
    }
}

#[test]
fn seeds_from_rounds() {
    let place = |case: &Value| {
        let chain = (text(case, "chain_id").to_owned(), text(case, "contract").to_owned());
        (chain, int::<u64>(case, "round"), hash(text(case, "randomness")))
    };
    for case in cases("beacon", "window_seed") {
        let ((chain, contract), round, randomness) = place(&case);
        let got = beacon::window_seed(&chain, &contract, round, &randomness);
        assert_eq!(hex::encode(got), text(&case, "seed"), "{case}");
    }
    for case in cases("beacon", "admission_seed") {
        let ((chain, contract), round, randomness) = place(&case);
        let (node, attempt) = (int(&case, "node_id"), int(&case, "attempt"));
        let got = beacon::admission_seed(&chain, &contract, round, &randomness, node, attempt);
        assert_eq!(hex::encode(got), text(&case, "seed"), "{case}");
    }
}

fn panel(case: &Value) -> Panel<'_> {
    Panel {
        chain_id: text(case, "chain_id"),
        contract: text(case, "contract"),
        job: int(case, "job"),
        attempt: int(case, "attempt"),
        rung: int(case, "rung"),
    }
}

#[test]
fn draws() {
    for case in cases("committee", "draw_seed") {
        let got = panel(&case).draw_seed(&hash(text(&case, "randomness")));
        assert_eq!(hex::encode(got), text(&case, "seed"), "{case}");
    }
    for case in cases("committee", "point") {
        let got = committee::draw_point(&hash(text(&case, "seed")), int(&case, "index"), int(&case, "total"));
        assert_eq!(got, Some(int(&case, "point")), "{case}");
    }
}

#[test]
fn sealed_votes_and_openings() {
    for case in cases("committee", "seal") {
        let vote = Vote {
            result_root: hash(text(&case, "result_root")),
            trace_root: hash(text(&case, "trace_root")),
        };
        let got = panel(&case).seal(text(&case, "validator"), &vote, &hash(text(&case, "salt")));
        assert_eq!(hex::encode(got), text(&case, "sealed"), "{case}");
    }
    for case in cases("committee", "openings") {
        let randomness = hash(text(&case, "randomness"));
        let got = panel(&case).openings(&randomness, text(&case, "validator"), int(&case, "steps"));
        let got: Vec<String> = got.iter().map(ToString::to_string).collect();
        let want: Vec<&str> = list(&case, "positions").iter().map(|at| at.as_str().unwrap()).collect();
        assert_eq!(got, want, "{case}");
    }
}

#[test]
fn rulings_and_pay() {
    let vote = |kind: u64| Vote {
        result_root: [u8::try_from(kind).unwrap(); 32],
        trace_root: [7; 32],
    };
    for case in cases("committee", "rule") {
        let votes: Vec<Vote> = list(&case, "votes").iter().map(|v| vote(v.as_u64().unwrap())).collect();
        let want = match text(&case, "ruling") {
            "upheld" => Ruling::Upheld,
            "overturned" => Ruling::Overturned(vote(int(&case, "vote"))),
            _ => Ruling::Escalated,
        };
        let rung = RUNGS[int::<usize>(&case, "rung")];
        assert_eq!(committee::rule(&rung, &vote(0), &votes), want, "{case}");
    }
    for case in cases("committee", "pay") {
        let (quote, bps) = (int(&case, "quote"), int(&case, "verify_bps"));
        let got = committee::pay(quote, bps, int(&case, "voters"), int(&case, "budget")).unwrap();
        assert_eq!(got, int::<u128>(&case, "each"), "{case}");
    }
    for case in cases("committee", "least_budget") {
        let got = committee::least_budget(int(&case, "quote"), int(&case, "verify_bps")).unwrap();
        assert_eq!(got, int::<u128>(&case, "budget"), "{case}");
    }
}

#[test]
fn the_longest_judgement() {
    for case in cases("committee", "durations") {
        let commit = Durations::commit_secs(int(&case, "max_secs"), int(&case, "least"));
        assert_eq!(commit, int::<u64>(&case, "commit"), "{case}");
        let durations = Durations {
            beacon: int(&case, "beacon"),
            commit,
            reveal: int(&case, "reveal"),
            reseals: int(&case, "reseals"),
        };
        assert_eq!(durations.longest(), int::<u64>(&case, "longest"), "{case}");
    }
}
