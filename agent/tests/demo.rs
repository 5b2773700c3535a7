//! The whole demo as a process: what it must show, and that outputs depend on the seed alone.
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;
use serde_json::Value;

/// Runs the demo and returns what it said, one object a line.
fn demo(out: &Path, seed: &str) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_joule"))
        .args(["demo", "--json", "--seed", seed, "--out"])
        .arg(out)
        .output()
        .unwrap();
    let (said, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{errors}\n{said}");
    said.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}

fn number(value: &Value) -> u128 {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is not text"))
        .parse()
        .unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// Processes whose command line mentions `text`.
fn processes_with(text: &str) -> Vec<String> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = all.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(text)).collect()
}

/// SHA-256 of what the jobs give with seed 7, wherever and whenever they run.
const OUTPUTS: [(&str, &str); 8] = [
    (
        "codes.txt",
        "c587aa92bae0d28caa983cbf3da1b3cb8afc85f13ff91afb5f365937e57b23a5",
    ),
    (
        "ledger.txt",
        "cea3d75a903fc0ab9b28d940e441be91c0285e1defde53693e6259444ba26a6a",
    ),
    (
        "fractal.bmp",
        "b58554a50b5f2e255d9c25bb2107bb9518e2f2f05d2732856fc3c4c93d262d5f",
    ),
    (
        "census.txt",
        "68458781f474b04c61698573bb80f2b69a81d80b95db7553d199c0129816bab4",
    ),
    (
        "picture.png",
        "dac5a85ead57145fd9316c3e813b1eab89da70c1eb334fc27510b9e43a07464b",
    ),
    (
        "factors.txt",
        "32e7cb11572f33dd5b89bb38cfdefccb1d6d4e6db1e5d1d282de8a581a1e0cbb",
    ),
    (
        "marbles.png",
        "56b04d431aa35b1ae26a0dc6c4358e86108d6c01ad35e494f179bd0ec08de43b",
    ),
    (
        "late.txt",
        "4d54e3e9663bff7c5281fb3d54312a3fcf61b844b23ffa6b6728701cd9185e4c",
    ),
];

#[test]
fn a_market_runs_from_stake_to_payment_and_its_outputs_depend_on_the_seed_alone() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let begun = Instant::now();
    let lines = demo(&out, "7");
    assert!(begun.elapsed() < Duration::from_secs(400), "{:?}", begun.elapsed());
    let summary = lines.last().unwrap();
    check_summary(summary);
    check_juries(summary);
    check_story(&lines);
    check_files(&out);
    assert_eq!(
        processes_with(&out.display().to_string()),
        Vec::<String>::new(),
        "nobody is left behind"
    );
}

fn check_summary(summary: &Value) {
    assert_eq!(
        keys(summary),
        ["conserved", "event", "jobs", "money", "providers", "validators"]
    );
    assert_eq!(
        (&summary["event"], &summary["conserved"]),
        (&"summary".into(), &true.into())
    );
    let jobs = summary["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), OUTPUTS.len(), "{summary}");
    for (at, (job, (name, digest))) in jobs.iter().zip(OUTPUTS).enumerate() {
        assert_eq!(
            keys(job),
            [
                "attempts",
                "id",
                "output_sha256",
                "panels",
                "provider",
                "runtime",
                "state"
            ]
        );
        assert_eq!(
            (&job["id"], &job["output_sha256"]),
            (&(at + 1).into(), &digest.into()),
            "{name}"
        );
        let wanted = if name == "marbles.png" { "Resolved" } else { "Completed" };
        assert_eq!(job["state"], wanted, "{name}");
        let runtime = match name {
            "fractal.bmp" => joule::runtime::wgsl::RUNTIME_ID,
            _ => joule::runtime::wasm::RUNTIME_ID,
        };
        assert_eq!(job["runtime"], runtime, "{name}");
    }
    for reassigned in ["codes.txt", "ledger.txt"] {
        assert!(
            job(summary, reassigned)["attempts"].as_u64().unwrap() > 1,
            "{reassigned}"
        );
    }

    let providers = summary["providers"].as_array().unwrap();
    assert_eq!(providers.len(), 4);
    assert!(providers.iter().all(|p| {
        keys(p) == ["earned", "id", "reputation", "slashed", "trust", "verified"] && p["verified"].as_u64().unwrap() > 0
    }));
    let slashed: Vec<u128> = providers.iter().map(|p| number(&p["slashed"])).collect();
    assert!(
        slashed[2] >= 16_000_000 && slashed[3] >= 240_000_000,
        "5 % of 400 and 30 % of 1,000 JOULE, less what was lost before: {slashed:?}"
    );

    let money = summary["money"].as_object().unwrap();
    assert_eq!(keys(&summary["money"]), ["joule", "uusdc"]);
    for (denom, sums) in money {
        assert_eq!(
            keys(sums),
            ["burned", "deposited", "fees", "held", "paid", "refunded", "slashed"]
        );
        let out: u128 = ["paid", "fees", "refunded", "burned", "held"]
            .iter()
            .map(|name| number(&sums[*name]))
            .sum();
        assert_eq!(number(&sums["deposited"]), out, "{denom}");
    }
    let validators = summary["validators"].as_array().unwrap();
    let sum = |list: &[Value], field: &str| list.iter().map(|one| number(&one[field])).sum::<u128>();
    assert_eq!(
        number(&money["joule"]["slashed"]),
        slashed.iter().sum::<u128>() + sum(validators, "slashed")
    );
    let earned = sum(providers, "earned") + sum(validators, "earned");
    assert!(earned > 0 && earned <= number(&money["uusdc"]["paid"]), "{summary}");
}

/// The job whose output has this name.
fn job<'a>(summary: &'a Value, output: &str) -> &'a Value {
    let at = OUTPUTS.iter().position(|(name, _)| *name == output).unwrap();
    &summary["jobs"][at]
}

/// Seats of a panel with this verdict: validator, rung, standby, vote.
fn seats<'a>(panel: &'a Value, verdict: &str) -> Vec<(&'a str, u64, bool, &'a str)> {
    let all = panel["seats"].as_array().unwrap().iter();
    all.filter(|seat| seat["verdict"] == verdict)
        .map(|seat| {
            (
                seat["validator"].as_str().unwrap(),
                seat["rung"].as_u64().unwrap(),
                seat["standby"].as_bool().unwrap(),
                seat["vote"].as_str().unwrap_or_default(),
            )
        })
        .collect()
}

fn check_juries(summary: &Value) {
    let panels = |output: &str| job(summary, output)["panels"].as_array().unwrap();
    for unjudged in ["codes.txt", "picture.png", "marbles.png", "late.txt"] {
        assert!(panels(unjudged).is_empty(), "{unjudged}");
    }
    let unanimous = |panel: &Value, ruling: &str, vote: &str| {
        let paid = seats(panel, "paid");
        panel["ruling"] == ruling
            && panel["rung"] == 0
            && paid.len() == 3
            && paid.iter().all(|(_, _, standby, said)| !standby && *said == vote)
    };
    let [factors] = panels("factors.txt").as_slice() else {
        panic!("{summary}")
    };
    assert!(unanimous(factors, "upheld", "accept"), "{factors}");
    let forged = panels("ledger.txt");
    assert!(
        forged.len() == 2 && unanimous(&forged[0], "overturned", "other"),
        "{forged:?}"
    );
    assert!(unanimous(&forged[1], "upheld", "accept"), "{forged:?}");

    // Two to one, then seven fresh seats, none of which sat before.
    let [lied] = panels("fractal.bmp").as_slice() else {
        panic!("{summary}")
    };
    assert_eq!(
        (&lied["ruling"], &lied["rung"]),
        (&"upheld".into(), &1.into()),
        "{lied}"
    );
    assert_eq!(seats(lied, "wrong"), [("lever", 0, false, "other")]);
    let paid = seats(lied, "paid");
    assert_eq!(paid.iter().filter(|(_, rung, ..)| *rung == 0).count(), 2, "{lied}");
    assert_eq!(paid.iter().filter(|(_, rung, ..)| *rung == 1).count(), 7, "{lied}");
    let names: std::collections::BTreeSet<&str> = paid.iter().map(|(name, ..)| *name).collect();
    assert!(names.len() == 9 && !names.contains("lever"), "{lied}");

    let [missed] = panels("census.txt").as_slice() else {
        panic!("{summary}")
    };
    assert_eq!(seats(missed, "no_show"), [("hinge", 0, false, "")]);
    let paid = seats(missed, "paid");
    assert!(
        paid.len() == 3 && paid.iter().filter(|(_, _, standby, _)| *standby).count() == 1,
        "{missed}"
    );

    let validators = summary["validators"].as_array().unwrap();
    assert_eq!(validators.len(), 13);
    for validator in validators {
        assert_eq!(
            keys(validator),
            ["earned", "name", "paid_votes", "seats", "slashed", "stake"]
        );
        // 10 % for the lie, 1 % for the empty seat, each of what is staked then.
        let lost = match validator["name"].as_str().unwrap() {
            "lever" => 10_000_000_000,
            "hinge" => 1_000_000_000,
            _ => 0,
        };
        assert_eq!(number(&validator["slashed"]), lost, "{validator}");
        assert_eq!(
            number(&validator["earned"]) > 0,
            validator["paid_votes"] != 0,
            "{validator}"
        );
    }
}

/// Every line of the story that is not a note names its transaction.
fn check_story(lines: &[Value]) {
    let (first, rest) = lines.split_first().unwrap();
    assert_eq!((&first["event"], &first["seed"]), (&"begin".into(), &7.into()));
    for line in &rest[..rest.len() - 1] {
        match line["event"].as_str().unwrap() {
            "act" | "note" => assert!(line.get("tx").is_none(), "{line}"),
            "tx" => assert_eq!(line["tx"].as_str().unwrap().len(), 64, "{line}"),
            other => panic!("{other}"),
        }
    }
    let fees: Vec<&str> = rest
        .iter()
        .filter_map(|line| line["what"].as_str())
        .filter_map(|what| Some(what.split_once("as fee (")?.1.split_once(')')?.0))
        .collect();
    assert_eq!(fees.len(), OUTPUTS.len());
    assert!(
        fees[..7].iter().all(|fee| *fee == "8.0 %") && fees[7] == "7.0 %",
        "only the deal after the vote is cheaper: {fees:?}"
    );
}

fn check_files(out: &Path) {
    let read = |name: &str| std::fs::read(out.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    for (name, digest) in OUTPUTS {
        assert_eq!(hex::encode(joule::objects::digest(&read(name))), digest, "{name}");
    }
    let page = String::from_utf8(read("report.html")).unwrap();
    for (at, _) in page.match_indices("://") {
        let start = page[..at]
            .rfind(|c: char| !c.is_ascii_alphabetic())
            .map_or(0, |before| before + 1);
        assert!(
            page[start..].starts_with("http://127.0.0.1:"),
            "{}",
            &page[start..start + 60]
        );
    }
    for attribute in ["src=\"", "href=\"", "url(", "@import"] {
        for (at, _) in page.match_indices(attribute) {
            assert!(
                ["png", "bmp"]
                    .iter()
                    .any(|kind| { page[at + attribute.len()..].starts_with(&format!("data:image/{kind};base64,")) }),
                "{}",
                &page[at..at + 40]
            );
        }
    }
    assert_eq!(page.matches("<img ").count(), 3);
    assert_eq!(
        page.matches("<div class=\"panel\">").count(),
        5,
        "a table for each committee"
    );
    assert!(page.contains("<svg") && page.contains("prefers-color-scheme: dark"));
}

#[test]
fn an_interrupted_demo_leaves_nobody_and_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (out, temp) = (folder.path().join("demo"), folder.path().join("temp"));
    std::fs::create_dir(&temp).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_joule"))
        .args(["demo", "--out"])
        .arg(&out)
        .env("TMPDIR", &temp)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    // An agent is at work.
    while !out.join("logs/turbine.log").exists() {
        assert!(begun.elapsed() < Duration::from_secs(120) && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(!processes_with(&temp.display().to_string()).is_empty());
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    assert!(!child.wait().unwrap().success());
    // Signers end with the pipe of their agent.
    let ended = Instant::now();
    while !processes_with(&temp.display().to_string()).is_empty() {
        assert!(
            ended.elapsed() < Duration::from_secs(10),
            "{:?}",
            processes_with(&temp.display().to_string())
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(std::fs::read_dir(&temp).unwrap().count(), 0, "the homes are gone");
}

#[test]
fn a_folder_with_other_files_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("precious.txt"), "keep").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_joule"))
        .args(["demo", "--out"])
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.starts_with("demo.not_empty: "),
        "{said}"
    );
    assert_eq!(
        std::fs::read_to_string(folder.path().join("precious.txt")).unwrap(),
        "keep"
    );
}
