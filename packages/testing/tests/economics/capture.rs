//! Capture probabilities of the ladder against the table of the verification study (section 7): exact, for any number of validators,
//! and by the draw itself.

use std::collections::BTreeMap;

use joule_types::work::committee::{draw_point, Panel, RUNGS};

/// Bad shares of the stake that the table has.
const SHARES: [f64; 3] = [0.10, 0.20, 0.33];

fn choose(n: u64, k: u64) -> f64 {
    (0..k).fold(1.0, |product, i| product * (n - i) as f64 / (i + 1) as f64)
}

/// At least `k` bad ones of `n` seats, of ever so many small validators.
fn at_least(k: u64, n: u64, q: f64) -> f64 {
    let exactly = |i: u64| choose(n, i) * q.powi(i as i32) * (1.0 - q).powi((n - i) as i32);
    (k..=n).map(exactly).sum()
}

/// The same, drawn without replacement from `all` validators of whom `bad` are bad.
fn at_least_of(k: u64, n: u64, all: u64, bad: u64) -> f64 {
    let exactly = |i: u64| choose(bad, i) * choose(all - bad, n - i) / choose(all, n);
    (k..=n.min(bad)).filter(|i| n - i <= all - bad).map(exactly).sum()
}

/// What one rung does: accepts the lie, finds the truth, goes on.
fn rung(place: usize, q: f64) -> (f64, f64, f64) {
    let (seats, agree) = (u64::from(RUNGS[place].seats), u64::from(RUNGS[place].agree));
    let (lie, truth) = (at_least(agree, seats, q), at_least(agree, seats, 1.0 - q));
    (lie, truth, 1.0 - lie - truth)
}

/// The whole ladder under full attack: a wrong acceptance, and the votes that a job takes.
fn ladder(q: f64) -> (f64, f64) {
    let (mut reached, mut wrong, mut votes) = (1.0, 0.0, 0.0);
    for (place, step) in RUNGS.iter().enumerate() {
        let (lie, _, on) = rung(place, q);
        wrong += reached * lie;
        votes += reached * f64::from(step.seats);
        reached *= on;
    }
    (wrong, votes)
}

/// In percent, rounded as a table rounds it: `places` after the point.
fn percent(p: f64, places: usize) -> String {
    format!("{:.places$}", p * 100.0)
}

#[test]
fn the_table_of_the_study_is_what_the_ladder_gives() {
    let column = |f: &dyn Fn(f64) -> String| SHARES.map(f).join(" / ");
    println!("bad share of the stake: 10 / 20 / 33 %");
    let rows = [
        (
            "capture of 3 of 3, %",
            column(&|q| percent(rung(0, q).0, 2)),
            "0.10 / 0.80 / 3.59",
        ),
        (
            "capture of 5 of 7, %",
            column(&|q| percent(rung(1, q).0, 2)),
            "0.02 / 0.47 / 4.34",
        ),
        (
            "capture of 11 of 21, %",
            column(&|q| percent(rung(2, q).0, 4)),
            "0.0001 / 0.0970 / 5.2019",
        ),
        (
            "3 of 3 goes on, %",
            column(&|q| percent(rung(0, q).2, 0)),
            "27 / 48 / 66",
        ),
        (
            "honest 5 of 7 fall short, %",
            column(&|q| percent(1.0 - rung(1, q).1, 1)),
            "2.6 / 14.8 / 42.2",
        ),
        (
            "wrong acceptance of the ladder, %",
            column(&|q| percent(ladder(q).0, 2)),
            "",
        ),
        (
            "votes of a job under full attack",
            column(&|q| format!("{:.1}", ladder(q).1)),
            "",
        ),
    ];
    for (name, found, _) in &rows {
        println!("{name}: {found}");
    }
    for (name, found, wanted) in rows.iter().filter(|(_, _, wanted)| !wanted.is_empty()) {
        assert_eq!(found, wanted, "{name}");
    }
    // The study's own figures: 0.11 / 1.0 / 7.8 % and 5.0 / 7.8 / 12.9 votes.
    for (q, wrong, votes) in [(0.10, 0.0011, 5.0), (0.20, 0.010, 7.8), (0.33, 0.078, 12.9)] {
        let found = ladder(q);
        assert!((found.0 - wrong).abs() < wrong * 0.06, "{q}: {found:?}");
        assert!((found.1 - votes).abs() < 0.1, "{q}: {found:?}");
    }
}

/// Without replacement a share of few validators captures less than the same share of ever so many.
#[test]
fn fewer_validators_are_no_worse() {
    for (place, all) in [(0, 30u64), (1, 50), (2, 100)] {
        let (seats, agree) = (u64::from(RUNGS[place].seats), u64::from(RUNGS[place].agree));
        for q in [0.10, 0.20] {
            let bad = (all as f64 * q).round() as u64;
            let (few, many) = (at_least_of(agree, seats, all, bad), at_least(agree, seats, q));
            assert!(few <= many + 1e-12, "{seats} of {all}: {few} against {many}");
        }
    }
    let whole: f64 = (0..=7)
        .map(|i| at_least_of(i, 7, 50, 10) - at_least_of(i + 1, 7, 50, 10))
        .sum();
    assert!((whole - 1.0).abs() < 1e-9, "{whole}");
}

/// The draw that the contract makes captures as often as the formula says: 20,000 jobs over 100 equal validators, 20 of them bad.
#[test]
fn the_draw_captures_as_often_as_it_should() {
    let (jobs, all, bad) = (20_000u64, 100u64, 20u64);
    let mut hits = BTreeMap::<usize, u64>::new();
    for job in 0..jobs {
        for (place, step) in RUNGS.iter().enumerate() {
            let panel = Panel {
                chain_id: "joule-dev-1",
                contract: "market",
                job,
                attempt: 1,
                rung: u8::try_from(place).unwrap(),
            };
            let seed = panel.draw_seed(&[7; 32]);
            let mut line: Vec<u64> = (0..all).collect();
            let mut liars = 0;
            for index in 0..step.seats {
                let point = draw_point(&seed, index, line.len() as u64).unwrap();
                liars += u64::from(line.remove(usize::try_from(point).unwrap()) < bad);
            }
            *hits.entry(place).or_default() += u64::from(liars >= u64::from(step.agree));
        }
    }
    for (place, step) in RUNGS.iter().enumerate() {
        let p = at_least_of(step.agree.into(), step.seats.into(), all, bad);
        let (mean, found) = (jobs as f64 * p, hits[&place] as f64);
        let deviation = (mean * (1.0 - p)).sqrt().max(1.0);
        assert!(
            (found - mean).abs() < 5.0 * deviation,
            "rung {place}: {found} of {jobs}, expected {mean}"
        );
    }
}
