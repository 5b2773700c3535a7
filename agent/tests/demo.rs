//! The whole demo as a process, twice with one seed: what it must show, and that outputs depend on the seed alone.
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

fn digests(summary: &Value) -> Vec<&Value> {
    summary["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| &job["output_sha256"])
        .collect()
}

/// Processes whose command line mentions `text`.
fn processes_with(text: &str) -> Vec<String> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = all.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(text)).collect()
}

#[test]
fn a_market_runs_from_stake_to_payment_and_its_outputs_depend_on_the_seed_alone() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let lines = demo(&out, "7");
    let summary = lines.last().unwrap();
    check_summary(summary);
    check_story(&lines);
    check_files(&out, summary);
    assert_eq!(
        processes_with(&out.display().to_string()),
        Vec::<String>::new(),
        "nobody is left behind"
    );
    let again = demo(&out, "7");
    assert_eq!(digests(again.last().unwrap()), digests(summary));
}

fn check_summary(summary: &Value) {
    assert_eq!(keys(summary), ["conserved", "event", "jobs", "money", "providers"]);
    assert_eq!(
        (&summary["event"], &summary["conserved"]),
        (&"summary".into(), &true.into())
    );
    let jobs = summary["jobs"].as_array().unwrap();
    assert!(jobs.len() >= 4, "{summary}");
    for job in jobs {
        assert_eq!(
            keys(job),
            ["attempts", "id", "output_sha256", "provider", "runtime", "state"]
        );
        assert!(job["state"] == "Completed" || job["state"] == "Resolved", "{job}");
        assert_eq!(job["output_sha256"].as_str().unwrap().len(), 64);
        assert_eq!(job["runtime"], joule::runtime::wasm::RUNTIME_ID);
    }
    assert_eq!(jobs.iter().filter(|job| job["attempts"] == 2).count(), 1, "{summary}");
    assert_eq!(
        jobs.iter().filter(|job| job["state"] == "Resolved").count(),
        1,
        "{summary}"
    );

    let providers = summary["providers"].as_array().unwrap();
    assert!(providers
        .iter()
        .all(|p| keys(p) == ["earned", "id", "reputation", "slashed", "trust", "verified"]));
    let verified: Vec<u64> = providers.iter().map(|p| p["verified"].as_u64().unwrap()).collect();
    assert!(
        verified.len() == 3 && verified[0] > verified[1] && verified[1] > verified[2] && verified[2] > 0,
        "{verified:?}"
    );
    let slashed: Vec<u128> = providers.iter().map(|p| number(&p["slashed"])).collect();
    assert_eq!(slashed, [0, 0, 20_000_000], "5 % of 400 JOULE");

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
    assert_eq!(number(&money["joule"]["slashed"]), 20_000_000);
    let earned: u128 = providers.iter().map(|p| number(&p["earned"])).sum();
    assert!(earned > 0 && earned <= number(&money["uusdc"]["paid"]), "{summary}");
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
    assert_eq!(
        fees,
        ["8.0 %", "8.0 %", "8.0 %", "8.0 %", "7.0 %"],
        "only the deal after the vote is cheaper"
    );
}

fn check_files(out: &Path, summary: &Value) {
    let read = |name: &str| std::fs::read(out.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    for picture in ["picture.png", "marbles.png"] {
        assert!(read(picture).starts_with(b"\x89PNG\r\n\x1a\n"), "{picture}");
    }
    let mut known: Vec<String> = digests(summary)
        .into_iter()
        .map(|d| d.as_str().unwrap().to_string())
        .collect();
    for name in ["codes.txt", "picture.png", "factors.txt", "marbles.png", "late.txt"] {
        let digest = hex::encode(joule::objects::digest(&read(name)));
        let at = known.iter().position(|known| *known == digest);
        known.remove(at.unwrap_or_else(|| panic!("{name} is {digest}, not one of {known:?}")));
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
                page[at + attribute.len()..].starts_with("data:image/png;base64,"),
                "{}",
                &page[at..at + 40]
            );
        }
    }
    assert_eq!(page.matches("<img ").count(), 2);
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
