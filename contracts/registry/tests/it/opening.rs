//! Openings of windows by rounds: how often, from when, and when not.

use cosmwasm_std::Response;
use joule_beacon::LocalBeacon;
use joule_types::registry::*;
use joule_types::{AdminMsg, WindowId};
use joule_work::beacon::{opens_window, randomness, window_seed};
use joule_work::ticket;

use crate::suite::*;

fn latest(suite: &mut Suite) -> Option<WindowResponse> {
    suite.query(QueryMsg::Window { window: None })
}

fn opened(response: &Response) -> bool {
    response
        .events
        .iter()
        .any(|e| e.ty == "wasm-joule_window_opened" || e.ty == "joule_window_opened")
}

/// Posts the round that was due `late` seconds ago as a trigger.
fn post_late(suite: &mut Suite, late: u64) -> bool {
    suite.set_every(1);
    let response = suite.run("keeper", post_msg(suite.round() - late));
    suite.set_every(SELDOM);
    opened(&response)
}

#[test]
fn a_window_counts_from_the_second_in_which_its_round_was_due() {
    let mut suite = Suite::new();
    assert_eq!(latest(&mut suite), None);
    for (id, late) in [(1, 0), (2, 5), (3, 1)] {
        let round = suite.round() - late;
        assert!(post_late(&mut suite, late));
        let due = suite.now() - late;
        let (chain, contract) = (&suite.env.block.chain_id, suite.env.contract.address.as_str());
        let drawn = randomness(&LocalBeacon::new().sign(round));
        let window = WindowResponse {
            window: WindowId(id),
            round,
            seed: window_seed(chain, contract, round, &drawn).into(),
            opened_at: due,
            closes_at: due + 10,
            reveal_by: due + 30,
            k: 64,
        };
        assert_eq!(latest(&mut suite), Some(window));
        suite.wait(200);
    }
}

#[test]
fn the_event_says_what_opened() {
    let mut suite = Suite::new();
    suite.set_every(1);
    let round = suite.round();
    let response = suite.run("keeper", post_msg(round));
    let window = latest(&mut suite).unwrap();
    assert_eq!(
        event::<WindowOpened>(&response),
        WindowOpened {
            window: WindowId(1),
            round,
            seed: cosmwasm_std::HexBinary::from(window.seed.to_vec()).to_hex(),
            closes_at: window.closes_at,
            reveal_by: window.reveal_by,
        }
    );
    assert!(!event::<RoundPosted>(&response).wanted);
}

#[test]
fn a_round_that_is_posted_after_the_grace_opens_nothing() {
    for (late, opens) in [(5, true), (6, false), (1_000_000, false)] {
        let mut suite = Suite::new();
        assert_eq!(post_late(&mut suite, late), opens, "{late} s late");
        assert_eq!(latest(&mut suite).is_some(), opens);
    }
}

#[test]
fn the_gap_counts_between_openings_and_not_between_postings() {
    let mut suite = Suite::new();
    let first = suite.open_window();
    suite.go_to(first.opened_at + 99);
    assert!(!post_late(&mut suite, 0));
    suite.go_to(first.opened_at + 104);
    // Due one second before the gap was over, posted after it.
    suite.run("keeper", post_msg(suite.round() - 6));
    assert!(!post_late(&mut suite, 5));
    assert!(post_late(&mut suite, 4), "due in the first second after the gap");
    assert_eq!(latest(&mut suite).unwrap().opened_at, first.opened_at + 100);
}

#[test]
fn an_older_round_opens_nothing_behind_a_younger_window() {
    let mut suite = Suite::new();
    assert!(post_late(&mut suite, 0));
    assert!(!post_late(&mut suite, 3));
    assert_eq!(latest(&mut suite).unwrap().window, WindowId(1));
}

#[test]
fn a_shorter_gap_does_not_open_a_window_into_a_running_one() {
    let mut suite = Suite::new();
    let window = suite.open_window();
    suite.change(ParamsUpdate {
        window_secs: Some(2),
        window_grace_secs: Some(1),
        reveal_secs: Some(2),
        window_gap_secs: Some(4),
        window_k: Some(128),
        forgery_slash_bps: Some(1),
        ..ParamsUpdate::default()
    });
    suite.go_to(window.reveal_by);
    assert!(!post_late(&mut suite, 0));
    assert_eq!(latest(&mut suite), Some(window), "a running window keeps its terms");
    suite.wait(1);
    assert_eq!(suite.open_window().k, 128);
}

#[test]
fn no_window_opens_in_a_pause_and_rounds_are_kept() {
    let mut suite = Suite::new();
    let pause = ExecuteMsg::Admin(AdminMsg::Pause { secs: 50 });
    suite.run("guardian", pause);
    suite.wait(49);
    let round = suite.round();
    assert!(!post_late(&mut suite, 0));
    assert!(suite.query::<Option<RoundRecord>>(QueryMsg::Round { round }).is_some());
    suite.wait(1);
    assert!(post_late(&mut suite, 0));
}

/// Windows come memoryless: as often as the parameter says, and after a window no sooner or later than at any other time.
#[test]
fn triggers_come_with_the_frequency_of_the_parameter_and_without_memory() {
    let (rounds, every, period) = (200_000u64, 60u64, 3u64);
    let hits: Vec<u64> = (0..rounds)
        .filter(|n| opens_window(&ticket::list_digest(&[*n]), period, every).unwrap())
        .collect();
    let p = period as f64 / every as f64;
    let within = |found: usize, n: f64, p: f64, what: &str| {
        let (mean, sigma) = (n * p, (n * p * (1.0 - p)).sqrt());
        let off = (found as f64 - mean).abs() / sigma;
        assert!(off < 4.0, "{what}: {found} instead of {mean:.0}, {off:.1} sigma");
    };
    within(hits.len(), rounds as f64, p, "triggers");
    // The wait for the next trigger is geometric: of all waits, (1 - p)^k are longer than k.
    let waits: Vec<u64> = hits.windows(2).map(|two| two[1] - two[0]).collect();
    for k in [1u64, 5, 20, 50] {
        let longer = waits.iter().filter(|wait| **wait > k).count();
        within(longer, waits.len() as f64, (1.0 - p).powi(k as i32), "waits");
    }
    // And a long wait makes a further one neither likelier nor less likely.
    let long: Vec<u64> = waits.iter().filter(|wait| **wait > 20).copied().collect();
    let longer = long.iter().filter(|wait| **wait > 25).count();
    within(longer, long.len() as f64, (1.0 - p).powi(5), "waits after 20");
}

/// The contract opens exactly the windows of the rule, over the rounds of the local beacon.
#[test]
fn the_contract_follows_the_rule_round_by_round() {
    let mut suite = Suite::new();
    suite.set_every(40);
    let (mut expected, mut count) = (None, 0u64);
    for _ in 0..600 {
        suite.wait(1);
        let (now, round) = (suite.now(), suite.round());
        let drawn = randomness(&LocalBeacon::new().sign(round));
        let free = expected.is_none_or(|last| now >= last + 100);
        let opens = free && opens_window(&drawn, 1, 40).unwrap();
        if opens {
            (expected, count) = (Some(now), count + 1);
        }
        let response = suite.run("keeper", post_msg(round));
        assert_eq!(opened(&response), opens, "round {round}");
    }
    let found = latest(&mut suite).unwrap();
    assert_eq!((found.window.u64(), Some(found.opened_at)), (count, expected));
    assert!((2..=6).contains(&count), "{count} windows in 600 s");
}
