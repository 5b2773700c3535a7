//! What is shipped beside the program fits the program: units, dashboard, alerts and the operator's page.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use joule::metrics::Kind;
use joule::monitor::{catalogue, Role};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Metrics of all roles, as (name, kind).
fn known() -> BTreeSet<(String, String)> {
    let all = Role::ALL.into_iter().flat_map(catalogue);
    all.map(|entry| (entry.name, entry.kind.to_string())).collect()
}

/// Names that a query may use.
fn queryable() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in Role::ALL.into_iter().flat_map(catalogue) {
        match entry.kind {
            Kind::Histogram => names.extend(["_bucket", "_sum", "_count"].map(|end| entry.name.clone() + end)),
            Kind::Counter | Kind::Gauge => drop(names.insert(entry.name)),
        }
    }
    names
}

/// Our metrics that a query names.
fn named(query: &str) -> Vec<&str> {
    let words = query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words
        .filter(|word| word.starts_with("joule_") || word.starts_with("process_"))
        .collect()
}

/// Queries of the dashboard, variables included.
fn dashboard() -> (Value, Vec<String>) {
    let board: Value = serde_json::from_str(&read("packaging/grafana/joule.json")).unwrap();
    let mut queries = Vec::new();
    for panel in board["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            queries.push(target["expr"].as_str().unwrap().to_string());
        }
    }
    for variable in board["templating"]["list"].as_array().unwrap() {
        queries.extend(variable["query"]["query"].as_str().map(String::from));
    }
    (board, queries)
}

fn alerts() -> Vec<String> {
    let text = read("packaging/prometheus/alerts.yml");
    let queries = text.lines().filter_map(|line| line.trim().strip_prefix("expr: "));
    let queries: Vec<String> = queries.map(String::from).collect();
    assert_eq!(
        queries.len(),
        text.matches("- alert: ").count(),
        "each alert has its query in one line"
    );
    queries
}

#[test]
fn every_query_asks_for_a_metric_that_exists_and_every_metric_is_asked_for() {
    let (board, mut queries) = dashboard();
    let shown = queries.len();
    assert!(shown > 30, "{shown} queries");
    queries.extend(alerts());
    let queryable = queryable();
    let mut asked = BTreeSet::new();
    for query in &queries {
        let names = named(query);
        assert!(!names.is_empty() || query.starts_with("up{"), "{query}");
        for name in names {
            assert!(queryable.contains(name), "`{name}` in `{query}` does not exist");
            asked.insert(name.to_string());
        }
    }
    for entry in Role::ALL.into_iter().flat_map(catalogue) {
        let found = asked.iter().any(|name| match entry.kind {
            Kind::Histogram => name.starts_with(&entry.name),
            Kind::Counter | Kind::Gauge => *name == entry.name,
        });
        assert!(found, "nothing shows `{}`", entry.name);
    }
    // What Grafana needs to take the file.
    let mut ids = BTreeSet::new();
    for panel in board["panels"].as_array().unwrap() {
        let place = &panel["gridPos"];
        let width = place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()) && width <= 24, "{panel}");
        assert!(
            ["row", "stat", "timeseries", "table"].contains(&panel["type"].as_str().unwrap()),
            "{panel}"
        );
        if panel["type"] != "row" {
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
            assert!(
                !panel["title"].as_str().unwrap().is_empty() && panel["targets"].is_array(),
                "{panel}"
            );
        }
    }
    assert!(board["schemaVersion"].as_u64().unwrap() >= 36 && board["uid"] == "joule" && board["title"].is_string());
}

#[test]
fn the_operators_page_explains_every_metric_and_every_alert() {
    let page = read("docs/operations.md");
    let rows: BTreeSet<(String, String)> = page
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.splitn(3, " | ");
            let name = cells
                .next()?
                .trim_end_matches('`')
                .split('{')
                .next()?
                .trim_end_matches('`');
            Some((name.to_string(), cells.next()?.trim().to_string()))
        })
        .filter(|(name, _)| name.starts_with("joule_") || name.starts_with("process_"))
        .collect();
    assert_eq!(rows, known());
    let alerts = read("packaging/prometheus/alerts.yml");
    for name in alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(page.contains(&format!("`{name}`")), "{name} is not explained");
    }
}

/// The value of a line of a unit.
fn set<'a>(unit: &'a str, key: &str) -> &'a str {
    let line = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("{key} in {unit}"))
}

#[test]
fn the_units_start_what_exists_and_keep_it_in() {
    let home = tempfile::tempdir().unwrap();
    for (role, port) in Role::ALL.map(|role| (role.name(), role.port())) {
        let unit = read(&format!("packaging/systemd/joule-{role}.service"));
        // The flags are the program's: it gets as far as its files, which are not here.
        let line = set(&unit, "ExecStart")
            .replace("%d", "/nowhere")
            .replace("/etc/joule", "/nowhere");
        let mut words = line.split(' ');
        assert_eq!(words.next(), Some("/usr/bin/joule"));
        let said = Command::new(env!("CARGO_BIN_EXE_joule"))
            .args(words)
            .env_clear()
            .env("JOULE_HOME", home.path())
            .output()
            .unwrap();
        let words = String::from_utf8(said.stderr).unwrap();
        assert!(
            [3, 5].contains(&said.status.code().unwrap()) && !words.contains("cli.usage"),
            "{words}"
        );

        assert_eq!(set(&unit, "Type"), "notify");
        assert_eq!(set(&unit, "NoNewPrivileges"), "yes");
        assert_eq!(set(&unit, "ProtectSystem"), "strict");
        assert_eq!(set(&unit, "CapabilityBoundingSet"), "");
        assert_eq!(set(&unit, "KillMode"), "mixed", "the agent ends its own processes");
        assert_eq!(set(&unit, "StateDirectory"), format!("joule-{role}"));
        assert_eq!(
            set(&unit, "LoadCredential"),
            format!("passphrase:/etc/joule/{role}.passphrase")
        );
        let patience: u64 = set(&unit, "TimeoutStopSec").parse().unwrap();
        assert!(patience > joule::config::StopSettings::default().within_secs);
        // The sandbox of jobs.
        let keeper = role == "keeper";
        assert_eq!(set(&unit, "RestrictNamespaces") == "yes", keeper);
        assert_eq!(unit.contains("\nMemoryDenyWriteExecute="), keeper);
        assert!(read("packaging/prometheus/scrape.yml").contains(&format!("\"127.0.0.1:{port}\"")));
        assert!(read("packaging/systemd/joule-sysusers.conf").contains(&format!("u joule-{role} ")));
    }
}

#[test]
fn systemd_takes_the_units() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("not checked: there is no systemd-analyze here");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_joule");
    let units = Role::ALL.map(|role| {
        let name = format!("joule-{}.service", role.name());
        let path = dir.path().join(&name);
        let text = read(&format!("packaging/systemd/{name}")).replace("/usr/bin/joule", program);
        std::fs::write(&path, text).unwrap();
        path
    });
    let said = Command::new("systemd-analyze")
        .arg("verify")
        .args(&units)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    // Other units of the machine are not ours to judge.
    let ours: Vec<&str> = words.lines().filter(|line| line.contains("joule-")).collect();
    assert!(said.status.success() && ours.is_empty(), "{words}");
}
