//! Providers, keeper and buyers as processes of the real binary on an embedded chain with the real contracts.
mod rig;

use std::time::Duration;

use joule::runtime::{run_here, wasm, JobFailure, JobSpec, Limits};
use joule_work::digest;
use rig::{spinner, turn, wait, Rig};
use serde_json::Value;

/// Spins that take a fraction of a second.
const SPINS: u64 = 40_000_000;
/// No step traps.
const NEVER: u64 = u64::MAX >> 1;

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{path} in {value}"))
}

/// The output that the job has on every machine.
fn expected(module: &[u8], steps: u32) -> joule::runtime::Outcome {
    let spec = JobSpec {
        runtime: wasm::RUNTIME_ID.into(),
        steps,
        fuel_per_step: 10_000_000_000,
        limits: Limits::default(),
    };
    run_here(&spec, module, b"input".to_vec(), Duration::from_secs(120)).unwrap()
}

fn earned(rig: &Rig, name: &str) -> u128 {
    let balance = rig.run(name, &["balance", "--json"]).json();
    let usdc = balance["denoms"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["denom"] == "uusdc")
        .unwrap();
    usdc["earned"].as_str().unwrap().parse().unwrap()
}

fn bonded(rig: &Rig, name: &str) -> u128 {
    text(&rig.run(name, &["balance", "--json"]).json(), "/bonded")
        .parse()
        .unwrap()
}

#[test]
fn a_job_goes_from_post_to_payment_and_starting_again_changes_nothing() {
    let _turn = turn();
    let rig = Rig::start();
    let _keeper = rig.keeper("keeper");
    let mut provider = rig.provider("turbine", "0.3usdc", &[]);
    provider.says("on the market");
    let module = spinner(1_000, NEVER);
    let job = rig.post("quick", &module, 16, 60);
    assert_eq!(job["assigned"]["provider"], "1");
    let done = rig.reaches(&job, "result_submitted");
    let outcome = expected(&module, 16);
    assert_eq!(text(&done, "/result/result_root"), hex::encode(outcome.result_root));
    assert_eq!(text(&done, "/result/trace_root"), hex::encode(outcome.trace_root));

    let out = rig.path("out");
    let store = rig.path("store");
    let get = [
        "job",
        "get",
        text(&job, "/job"),
        "--output",
        out.to_str().unwrap(),
        "--allow-files",
        store.to_str().unwrap(),
    ];
    rig.run("lab", &get).ok();
    assert_eq!(std::fs::read(&out).unwrap(), outcome.output);
    rig.run("lab", &get).fails("job.output_exists", 2);

    rig.run("lab", &["job", "accept", text(&job, "/job")]).ok();
    // 0.3 usdc an hour for 60 s are 5000 uusdc, of which the provider gets 92 %.
    assert_eq!(earned(&rig, "turbine"), 4_600);
    provider.says("revealed");

    provider.signal("TERM");
    assert_eq!(provider.ends(), 0);
    let owner = rig.run("turbine", &["balance", "--json"]).json();
    let provider = rig.provider("turbine", "0.3usdc", &[]);
    wait("the second start", || {
        (provider.log().matches("on the market").count() == 2).then_some(())
    });
    assert_eq!(rig.run("turbine", &["balance", "--json"]).json(), owner);
    let log = provider.log();
    for once in ["bonded", "registered ", "admitted"] {
        assert_eq!(log.matches(once).count(), 1, "{once} in {log}");
    }
    let found = rig.run("lab", &["search", "--budget", "1usdc", "--json"]).json();
    assert_eq!(found["offers"].as_array().unwrap().len(), 1);
    rig.run("turbine", &["withdraw", "--all", "usdc"]).ok();
    assert_eq!(earned(&rig, "turbine"), 0);
}

#[test]
fn a_killed_provider_takes_its_attempt_up_again_and_is_paid_once() {
    let _turn = turn();
    let rig = Rig::start();
    let _keeper = rig.keeper("keeper");
    let mut provider = rig.provider("turbine", "0.3usdc", &[]);
    provider.says("on the market");
    let module = spinner(SPINS, NEVER);
    let job = rig.post("long", &module, 24, 80);
    rig.reaches(&job, "running");
    std::thread::sleep(Duration::from_secs(2));
    let child = wait("the job's child", || child_of(provider.pid()));
    provider.signal("KILL");
    provider.ends();
    wait("the end of the job's child", || {
        (!std::path::Path::new(&format!("/proc/{child}")).exists()).then_some(())
    });
    assert_eq!(rig.job(&job)["state"], "running", "killed in the middle");
    drop(provider);

    let mut provider = rig.provider("turbine", "0.3usdc", &[]);
    let done = rig.reaches(&job, "result_submitted");
    let outcome = expected(&module, 24);
    assert_eq!(text(&done, "/result/result_root"), hex::encode(outcome.result_root));
    assert_eq!(text(&done, "/result/trace_root"), hex::encode(outcome.trace_root));
    assert_eq!((&done["attempts"], &done["attempt"]["attempt"]), (&1.into(), &1.into()));
    let log = provider.log();
    assert_eq!(
        (
            log.matches("claimed job=").count(),
            log.matches("taken up again").count()
        ),
        (1, 1),
        "{log}"
    );
    rig.run("lab", &["job", "accept", text(&job, "/job")]).ok();
    let paid = earned(&rig, "turbine");
    assert!(paid > 0);

    // Killed once more after the delivery: nothing is delivered or earned twice.
    provider.signal("KILL");
    provider.ends();
    let provider = rig.provider("turbine", "0.3usdc", &[]);
    wait("the third start", || {
        (provider.log().matches("on the market").count() == 3).then_some(())
    });
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(
        (
            provider.log().matches("delivered job=").count(),
            earned(&rig, "turbine")
        ),
        (1, paid)
    );
}

#[test]
fn a_provider_that_is_asked_to_end_finishes_what_it_began() {
    let _turn = turn();
    let rig = Rig::start();
    let _keeper = rig.keeper("keeper");
    let mut provider = rig.provider("turbine", "0.3usdc", &[]);
    provider.says("on the market");
    let job = rig.post("long", &spinner(SPINS, NEVER), 16, 80);
    rig.reaches(&job, "running");
    provider.signal("TERM");
    provider.says("asked to end");
    assert_eq!(provider.ends(), 0);
    assert_eq!(rig.job(&job)["state"], "result_submitted");
    let next = rig.post("quick", &spinner(1_000, NEVER), 16, 60);
    assert_eq!(next["queued"], "no_offer", "the node was switched off");
}

#[test]
fn a_list_that_was_committed_is_revealed_by_the_next_process() {
    let _turn = turn();
    let rig = Rig::start();
    let _keeper = rig.keeper("keeper");
    let mut provider = rig.provider("turbine", "0.3usdc", &[]);
    provider.says("tickets found");
    std::thread::sleep(Duration::from_secs(2));
    assert!(!provider.log().contains("revealed"), "killed before the window closes");
    provider.signal("KILL");
    provider.ends();
    drop(provider);
    let provider = rig.provider("turbine", "0.3usdc", &[]);
    provider.says("revealed");
    assert!(!provider.log().contains("reg."), "{}", provider.log());
}

#[test]
fn a_silent_provider_is_timed_out_slashed_and_replaced() {
    let _turn = turn();
    let rig = Rig::start();
    let _keeper = rig.keeper("keeper");
    let silent = rig.provider("dynamo", "0.1usdc", &["--fault", "silent-after-start"]);
    silent.says("on the market");
    let honest = rig.provider("windmill", "5usdc", &[]);
    honest.says("on the market");
    let (before, other) = (bonded(&rig, "dynamo"), bonded(&rig, "windmill"));
    let job = rig.post("quick", &spinner(1_000, NEVER), 16, 10);
    assert_eq!(job["assigned"]["provider"], "1", "the cheaper one");
    silent.says("falling silent");
    let done = rig.reaches(&job, "result_submitted");
    assert_eq!((text(&done, "/attempt/provider"), &done["attempts"]), ("2", &2.into()));
    assert_eq!(bonded(&rig, "dynamo"), before - before / 20, "5 % of the stake");
    assert_eq!(bonded(&rig, "windmill"), other);
    rig.run("lab", &["job", "accept", text(&job, "/job")]).ok();
    assert_eq!(earned(&rig, "dynamo"), 0);
    assert!(earned(&rig, "windmill") > 0);
}

#[test]
fn faulty_jobs_are_declined_or_delivered_as_failures_and_cost_no_stake() {
    let _turn = turn();
    let rig = Rig::start();
    let _keeper = rig.keeper("keeper");
    let provider = rig.provider("turbine", "0.3usdc", &[]);
    provider.says("on the market");
    let before = bonded(&rig, "turbine");

    // A trap is the job's own: the report is the result, and every step that did not end counts as having written it.
    let trapping = spinner(10, 3);
    let job = rig.post("trap", &trapping, 16, 60);
    let done = rig.reaches(&job, "result_submitted");
    let failure = JobFailure {
        code: "wasm.trap".into(),
        step: 3,
        words: String::new(),
    };
    let mut trace = expected(&trapping, 3).trace;
    trace.extend((3..16).map(|step| digest::step_digest(step, &failure.report())));
    assert_eq!(
        text(&done, "/result/trace_root"),
        hex::encode(digest::trace_root(&trace))
    );
    let (out, store) = (rig.path("report"), rig.path("store"));
    let get = [
        "job",
        "get",
        text(&job, "/job"),
        "-o",
        out.to_str().unwrap(),
        "--allow-files",
        store.to_str().unwrap(),
    ];
    rig.run("lab", &get).ok();
    assert_eq!(std::fs::read(&out).unwrap(), failure.report());

    // An input that nobody can fetch is handed back before it starts.
    let file = rig.path("missing.toml");
    let known = std::fs::read_to_string(rig.path("trap.toml")).unwrap();
    let nowhere = format!(
        "url = \"file://{}/none\", sha256 = \"{}\", size = 5",
        store.display(),
        "ab".repeat(32)
    );
    std::fs::write(&file, known.replace("path = \"input\"", &nowhere)).unwrap();
    let job = rig.post_file(&file);
    let queued = rig.reaches(&job, "queued");
    assert_eq!(queued["attempts"], 1);
    provider.says("declined");
    assert!(provider.log().contains("objects."), "{}", provider.log());
    assert_eq!(bonded(&rig, "turbine"), before);
    // Its buyer is told why.
    let got = rig.run("lab", &["job", "get", text(&job, "/job"), "--json"]).json();
    let why = text(&got, "/declined/reason");
    assert!(why.starts_with("objects.") && why.contains("/none"), "{got}");
    assert_eq!(got["declined"]["provider"], "1");
    let shown = rig.run("lab", &["job", "get", text(&job, "/job")]).ok().out;
    assert!(
        shown.contains(&format!("declined       by provider 1: {why}")),
        "{shown}"
    );
    let done = rig.run("lab", &["job", "cancel", text(&job, "/job")]).ok().out;
    assert!(done.contains("is cancelled; what is left"), "{done}");
}

#[test]
fn a_keeper_carries_out_what_nobody_else_does() {
    let _turn = turn();
    let rig = Rig::start();
    let keeper = rig.keeper("keeper");
    // Nobody offers anything yet: the job waits, and is assigned when there is an offer.
    let job = rig.post("quick", &spinner(1_000, NEVER), 16, 60);
    assert_eq!(job["queued"], "no_offer");
    let mut provider = rig.provider("turbine", "0.3usdc", &[]);
    let done = rig.reaches(&job, "result_submitted");
    assert_eq!(done["attempts"], 1);
    // The buyer is silent: the provider is paid, and the treasury gets its fee.
    let earned_before = earned(&rig, "turbine");
    rig.advance(120);
    rig.reaches(&job, "completed");
    assert!(earned(&rig, "turbine") > earned_before);
    keeper.says("distribute/uusdc");
    // A node that is on line when a window opens and gone before it commits: the miss is booked.
    provider.says("on the market");
    let windows = keeper.log().matches("task=\"window/").count();
    // In steps shorter than what a beat covers, with time for a beat after each: the node stays on line.
    for _ in 0..3 {
        rig.advance(14);
        std::thread::sleep(Duration::from_millis(1_500));
    }
    wait("a window", || {
        (keeper.log().matches("task=\"window/").count() > windows).then_some(())
    });
    provider.signal("KILL");
    provider.ends();
    rig.advance(45);
    keeper.says("missed/");
}

#[test]
fn two_processes_with_one_key_get_their_transactions_through() {
    let _turn = turn();
    let rig = Rig::start();
    // A keeper that signs with the buyer's key, while the buyer deposits.
    let _provider = rig.provider("turbine", "0.3usdc", &[]);
    let keeper = rig.keeper("lab");
    // The round that the admission waits for.
    keeper.says("task=\"round/");
    for _ in 0..6 {
        rig.run("lab", &["deposit", "0.5usdc"]).ok();
    }
    let balance = rig.run("lab", &["balance", "--json"]).json();
    let usdc = balance["denoms"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["denom"] == "uusdc")
        .unwrap();
    assert_eq!(usdc["deposited"], "3000000");
    keeper.says("task=\"window/");
}

/// A job's child of an agent, found by its command line.
fn child_of(parent: u32) -> Option<u32> {
    let list = std::fs::read_dir("/proc").unwrap();
    let pids = list.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.into_iter().find(|pid| {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let ours = read("status").lines().any(|line| line == format!("PPid:\t{parent}"));
        ours && read("cmdline").contains("job-child")
    })
}
