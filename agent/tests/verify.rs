//! Validators as processes of the real binary: a committee from post to ruling, and what happens when somebody dies, lies,
//! stays away, keeps the output or drips it.
#[path = "verify/drip.rs"]
mod drip;
mod rig;

use std::time::Duration;

use joule::objects::digest;
use joule::runtime::{run_here, JobSpec, Limits, Outcome, Runtime};
use rig::{spinner, turn, wait, Daemon, Rig};
use serde_json::Value;

/// All validators of these tests. Five are the least with which the local market takes jobs for committees.
const BENCH: [&str; 6] = ["anchor", "beam", "bracket", "caliper", "compass", "gauge"];
/// No step traps.
const NEVER: u64 = u64::MAX >> 1;
const STEPS: u32 = 16;
/// Longest running time of the jobs here.
const MAX_SECS: u64 = 8;

/// A market with a keeper and enrolled validators, one of which runs with `fault` for every name in `faulty`.
struct Court {
    rig: Rig,
    keeper: Daemon,
    validators: Vec<(&'static str, Daemon)>,
}

impl Court {
    /// Only those for which `flags` gives some are started.
    fn open(enrolled: usize, flags: impl Fn(&str) -> Option<&'static [&'static str]>) -> Self {
        let rig = Rig::start();
        let names = &BENCH[..enrolled];
        std::thread::scope(|scope| {
            for name in names {
                let rig = &rig;
                scope.spawn(move || {
                    let said = rig.enrol(name);
                    assert_eq!(said["validator"]["weight"], "1000000000", "{said}");
                });
            }
        });
        // Their weight counts from the next epoch on.
        rig.advance(20);
        let keeper = rig.keeper("keeper");
        let mut court = Self {
            rig,
            keeper,
            validators: Vec::new(),
        };
        court.start(names, flags);
        court
    }

    /// Starts those of `names` that `flags` has some for.
    fn start(&mut self, names: &[&'static str], flags: impl Fn(&str) -> Option<&'static [&'static str]>) {
        let rig = &self.rig;
        let started = names
            .iter()
            .filter_map(|name| Some((*name, rig.verifier(name, flags(name)?))));
        self.validators = started.collect();
    }

    fn provider(&self, flags: &[&str]) -> Daemon {
        let provider = self.rig.provider("turbine", "5usdc", flags);
        provider.says("on the market");
        provider
    }

    fn validator(&self, name: &str) -> &Daemon {
        &self.validators.iter().find(|(known, _)| *known == name).unwrap().1
    }
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{path} in {value}"))
}

fn seats(panel: &Value) -> &Vec<Value> {
    panel["seats"].as_array().unwrap_or_else(|| panic!("seats in {panel}"))
}

/// Seats with this verdict.
fn judged(panel: &Value, verdict: &str) -> usize {
    seats(panel).iter().filter(|seat| seat["verdict"] == verdict).count()
}

/// The name of the actor with an address.
fn name_of(rig: &Rig, address: &str) -> String {
    let actors = rig.ready["actors"].as_array().unwrap();
    let actor = actors.iter().find(|actor| actor["address"] == address).unwrap();
    actor["name"].as_str().unwrap().into()
}

fn balance(rig: &Rig, name: &str, field: &str) -> u128 {
    let balance = rig.run(name, &["balance", "--json"]).json();
    let value = match field {
        "bonded" => balance["bonded"].clone(),
        field => {
            let denoms = balance["denoms"].as_array().unwrap();
            denoms.iter().find(|d| d["denom"] == "uusdc").unwrap()[field].clone()
        }
    };
    value.as_str().unwrap().parse().unwrap()
}

/// The output that the job has on every machine.
fn expected(module: &[u8]) -> Outcome {
    let spec = JobSpec {
        runtime: Runtime::Wasm.id().into(),
        steps: STEPS,
        fuel_per_step: 10_000_000_000,
        limits: Limits::default(),
    };
    run_here(&spec, module, b"input".to_vec(), Duration::from_secs(60)).unwrap()
}

/// Waits for the ruling on an attempt of a job and returns its panel.
fn ruling(court: &Court, job: &Value) -> Value {
    wait(&format!("the ruling on job {}", job["job"]), || {
        let panel = court.rig.panel(job);
        (panel["phase"] == "closed").then_some(panel)
    })
}

/// The seated validators (not standbys) of a job, once drawn.
fn drawn(court: &Court, job: &Value) -> Vec<(String, Value)> {
    wait("the draw", || {
        let panel = court.rig.panel(job);
        let all = panel["seats"].as_array().filter(|seats| !seats.is_empty())?.clone();
        let primaries = all.into_iter().filter(|seat| seat["standby"] == false);
        Some(
            primaries
                .map(|seat| (name_of(&court.rig, text(&seat, "/owner")), seat))
                .collect(),
        )
    })
}

/// Waits until all but `absent` primaries have committed, and puts the clock behind the end of their phase.
fn wait_for_the_rest(court: &Court, job: &Value, absent: usize) {
    if absent == 0 {
        return;
    }
    wait("the votes of those who are there", || {
        let panel = court.rig.panel(job);
        let sealed = seats(&panel).iter().filter(|seat| !seat["sealed"].is_null()).count();
        (sealed + absent == 3).then_some(())
    });
    court.rig.advance(20);
}

#[test]
fn strangers_uphold_an_honest_result_and_each_votes_once_whenever_it_is_killed() {
    let _turn = turn();
    let mut court = Court::open(5, |_| Some(&[]));
    let mut provider = court.provider(&[]);
    let module = spinner(1_000, NEVER);
    let job = court.rig.post_judged("honest", &module, STEPS, MAX_SECS);
    let done = court.rig.reaches(&job, "completed");
    let panel = ruling(&court, &job);
    let outcome = expected(&module);
    assert_eq!((text(&panel, "/ruling"), judged(&panel, "paid")), ("upheld", 3));
    assert_eq!(judged(&panel, "excused"), 2, "the standbys");
    for seat in seats(&panel).iter().filter(|seat| seat["verdict"] == "paid") {
        assert_eq!(text(seat, "/vote/result_root"), hex::encode(outcome.result_root));
        assert_eq!(text(seat, "/vote/trace_root"), hex::encode(outcome.trace_root));
        // Half of the quote for each vote; 5 usdc an hour for 8 s are 11112 uusdc.
        let name = name_of(&court.rig, text(seat, "/owner"));
        assert_eq!(balance(&court.rig, &name, "earned"), 5_556, "{name}");
        assert_eq!(balance(&court.rig, &name, "bonded"), 1_000_000_000, "{name}");
    }
    assert_eq!(text(&done, "/attempt/quote"), "11112");
    assert_eq!(balance(&court.rig, "turbine", "earned"), 10_223);
    let people = court.rig.run("lab", &["job", "get", text(&job, "/job")]).ok().out;
    assert!(
        people.contains("the result was upheld") && people.matches("for the result").count() >= 3,
        "{people}"
    );

    // A job that fails by itself fails alike everywhere: its report is upheld.
    let job = court.rig.post_judged("failing", &spinner(1_000, 3), STEPS, MAX_SECS);
    court.rig.reaches(&job, "completed");
    assert_eq!(text(&ruling(&court, &job), "/ruling"), "upheld");
    wait("settled journals", || {
        let votes = |log: String| (log.matches("vote revealed").count(), log.matches("settled").count());
        let logs = court.validators.iter().map(|(_, daemon)| votes(daemon.log()));
        logs.into_iter()
            .all(|(revealed, settled)| revealed == settled)
            .then_some(())
    });

    // Now with validators that die with their vote in the journal and nothing sent.
    court.validators.clear();
    court.start(&BENCH[..5], |_| Some(&["--fault", "die-before-commit"]));
    let job = court.rig.post_judged("twice", &spinner(1_000, NEVER), STEPS, MAX_SECS);
    let primaries = drawn(&court, &job);
    for (name, _) in &primaries {
        court.validator(name).says("dying");
    }
    assert!(seats(&court.rig.panel(&job))
        .iter()
        .all(|seat| seat["sealed"].is_null()));
    // Those that start again cast the vote of the journal, without running the job a second time; all but one do so while
    // the last is awaited, so that there is time to kill one between commit and reveal.
    let mut again: Vec<Daemon> = Vec::new();
    for (name, _) in &primaries[..2] {
        again.push(court.rig.verifier(name, &[]));
    }
    for daemon in &again {
        daemon.says("vote committed");
    }
    again[0].signal("KILL");
    again[0].ends();
    let sealed = seats(&court.rig.panel(&job)).clone();
    let first = again.remove(0);
    drop(first);
    again.push(court.rig.verifier(&primaries[0].0, &[]));
    again.push(court.rig.verifier(&primaries[2].0, &[]));
    court.rig.reaches(&job, "completed");
    let panel = ruling(&court, &job);
    assert_eq!(
        (text(&panel, "/ruling"), judged(&panel, "paid")),
        ("upheld", 3),
        "{panel}"
    );
    for (before, after) in sealed.iter().zip(seats(&panel)) {
        if !before["sealed"].is_null() {
            assert_eq!(before["sealed"], after["sealed"], "one vote a seat");
        }
    }
    for (name, _) in &primaries {
        let log = std::fs::read_to_string(court.rig.path(&format!("{name}.log"))).unwrap();
        let count = |words: &str| log.matches(&format!("{words} seat={}/", text(&job, "/job"))).count();
        assert_eq!((count("judging"), count("vote revealed")), (1, 1), "{name}: {log}");
    }
    provider.signal("TERM");
    assert_eq!(provider.ends(), 0);
}

#[test]
fn a_wrong_result_is_overturned_and_done_elsewhere_and_what_cannot_be_fetched_is_divided() {
    let _turn = turn();
    let court = Court::open(5, |_| Some(&[]));
    let liar = court.rig.provider("turbine", "5usdc", &["--fault", "wrong-result"]);
    let honest = court.rig.provider("windmill", "9usdc", &[]);
    for provider in [&liar, &honest] {
        provider.says("on the market");
    }
    let (before, other) = (
        balance(&court.rig, "turbine", "bonded"),
        balance(&court.rig, "windmill", "bonded"),
    );
    let module = spinner(1_000, NEVER);
    let job = court.rig.post_judged("lied", &module, STEPS, MAX_SECS);
    liar.says("delivered");
    let done = court.rig.reaches(&job, "completed");
    let winner = name_of(&court.rig, text(&done, "/attempt/owner"));
    assert_eq!((winner.as_str(), &done["attempts"]), ("windmill", &2.into()));
    assert_eq!(
        text(&done, "/result/result_root"),
        hex::encode(expected(&module).result_root)
    );
    assert_eq!(
        balance(&court.rig, "turbine", "bonded"),
        before - before * 3 / 10,
        "30 % of the stake"
    );
    assert_eq!(balance(&court.rig, "turbine", "earned"), 0);
    assert_eq!(balance(&court.rig, "windmill", "bonded"), other);
    let earned = balance(&court.rig, "windmill", "earned");
    assert!(earned > 0);

    // A program that nobody can fetch any more: the jury says so and is paid, and the quote is divided.
    let gone = spinner(3_000, NEVER);
    let job = court.rig.post_judged("gone", &gone, STEPS, MAX_SECS);
    court.rig.reaches(&job, "verifying");
    std::fs::remove_file(court.rig.path("store").join(hex::encode(digest(&gone)))).unwrap();
    let panel = ruling(&court, &job);
    assert_eq!(
        (text(&panel, "/ruling"), judged(&panel, "paid")),
        ("unjudged", 3),
        "{panel}"
    );
    for seat in seats(&panel).iter().filter(|seat| seat["verdict"] == "paid") {
        for root in ["/vote/result_root", "/vote/trace_root"] {
            assert_eq!(text(seat, root), "0".repeat(64));
        }
    }
    court.rig.reaches(&job, "resolved");
    assert!(balance(&court.rig, "windmill", "earned") > earned);
}

#[test]
fn a_seat_that_stays_away_is_replaced_by_a_standby_and_an_output_that_is_kept_is_no_result() {
    let _turn = turn();
    // All are on the jury or stand by; the first two never vote, so that at least one primary is missing in most draws.
    let court = Court::open(5, |name| match name {
        "anchor" | "beam" => Some(&["--fault", "silent"]),
        _ => Some(&[]),
    });
    let provider = court.provider(&[]);
    let job = court.rig.post_judged("absent", &spinner(1_000, NEVER), STEPS, MAX_SECS);
    let absent: Vec<String> = drawn(&court, &job).into_iter().map(|(name, _)| name).collect();
    let absent = absent
        .iter()
        .filter(|name| ["anchor", "beam"].contains(&name.as_str()))
        .count();
    let panel = ruling(&court, &job);
    assert_eq!(
        (text(&panel, "/ruling"), judged(&panel, "paid")),
        ("upheld", 3),
        "{panel}"
    );
    assert_eq!(judged(&panel, "no_show"), absent, "{panel}");
    let replaced = seats(&panel)
        .iter()
        .filter(|seat| seat["standby"] == true && seat["verdict"] == "paid");
    assert_eq!(replaced.count(), absent);
    for seat in seats(&panel) {
        let name = name_of(&court.rig, text(seat, "/owner"));
        let lost = if seat["verdict"] == "no_show" { 10_000_000 } else { 0 };
        assert_eq!(
            balance(&court.rig, &name, "bonded"),
            1_000_000_000 - lost,
            "{name}: 1 % of the stake"
        );
    }
    assert!(court.keeper.log().contains("task=\"round/") || court.keeper.log().contains("task=\"draw/"));
    drop(provider);

    // A provider that delivers right roots and keeps the output is overturned for that alone.
    let withholder = court.rig.provider("dynamo", "0.5usdc", &["--fault", "withhold-output"]);
    withholder.says("on the market");
    let before = balance(&court.rig, "dynamo", "bonded");
    let job = court.rig.post_judged("kept", &spinner(2_000, NEVER), STEPS, MAX_SECS);
    assert_eq!(text(&job, "/assigned/provider"), "2", "the cheaper one");
    let primaries = drawn(&court, &job);
    let absent = primaries
        .iter()
        .filter(|(name, _)| ["anchor", "beam"].contains(&name.as_str()))
        .count();
    wait_for_the_rest(&court, &job, absent);
    let panel = ruling(&court, &job);
    assert_eq!(text(&panel, "/ruling"), "overturned", "{panel}");
    let votes = seats(&panel).iter().filter(|seat| seat["verdict"] == "paid");
    assert!(votes
        .map(|seat| text(seat, "/vote/result_root"))
        .all(|root| root == "0".repeat(64)));
    assert_eq!(
        balance(&court.rig, "dynamo", "bonded"),
        before - before / 20,
        "as if it had come late"
    );
}
