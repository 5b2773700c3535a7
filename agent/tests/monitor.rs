//! What running roles say about themselves: the real binary on an embedded chain, asked over HTTP.
mod rig;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use joule::monitor::{catalogue, Role};
use joule_faultproxy::{Knobs, Proxy};
use rig::{spinner, turn, wait, Daemon, Rig, Said};
use serde_json::Value;
use tokio::runtime::Runtime;

/// No step traps.
const NEVER: u64 = u64::MAX >> 1;
/// Spins that take a few hundred milliseconds.
const SPINS: u64 = 40_000_000;

/// Every role of the rig serves its pages at a port of its own.
fn watched(rig: &Rig, rpc: Option<&str>, more: &str) {
    let file = rig.path("home").join("joule.toml");
    let mut text = std::fs::read_to_string(&file).unwrap();
    text = text.replace("listen = \"\"", "listen = \"127.0.0.1:0\"");
    if let Some(rpc) = rpc {
        text = text.replace(rig.ready["rpc"].as_str().unwrap(), rpc);
    }
    std::fs::write(file, format!("{text}{more}\n")).unwrap();
}

/// The pages of a role.
struct Pages(String);

impl Pages {
    fn of(daemon: &Daemon) -> Self {
        let address = wait("the address of the pages", || {
            let log = daemon.log();
            let line = log.lines().find(|line| line.contains("health, status and metrics"))?;
            Some(line.split("address=").nth(1)?.trim().to_string())
        });
        Self(address)
    }

    fn ask(&self, path: &str, host: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.0).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let code = head.split(' ').nth(1).unwrap().parse().unwrap();
        // Short bodies come whole; chunks would show their sizes.
        assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
        (code, body.to_string())
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.ask(path, &self.0)
    }

    fn json(&self, path: &str) -> (u16, Value) {
        let (code, body) = self.get(path);
        (
            code,
            serde_json::from_str(&body).unwrap_or_else(|e| panic!("{e}: {body}")),
        )
    }

    /// Waits until a page answers with a code, and returns what it says then.
    fn until(&self, path: &str, code: u16) -> Value {
        wait(&format!("{path} {code}"), || {
            let (found, body) = self.json(path);
            (found == code).then_some(body)
        })
    }

    /// A value of the page of metrics; the sum over all labels that hold `with`.
    fn metric(&self, name: &str, with: &str) -> Option<f64> {
        let (_, page) = self.get("/metrics");
        let values = page.lines().filter_map(|line| {
            let (key, value) = line.rsplit_once(' ')?;
            let (known, labels) = key.split_once('{').unwrap_or((key, ""));
            (known == name && labels.contains(with)).then(|| value.parse::<f64>().unwrap())
        });
        values.reduce(|a, b| a + b)
    }

    fn reaches(&self, name: &str, with: &str, least: f64) {
        wait(&format!("{name}{{{with}}} of at least {least}"), || {
            self.metric(name, with).filter(|value| *value >= least)
        });
    }

    /// Shows what the catalogue says, and nothing else.
    fn shows_the_catalogue(&self, role: Role) {
        let (_, page) = self.get("/metrics");
        let listed = catalogue(role);
        for entry in listed.iter().filter(|entry| entry.label.is_none()) {
            let line = |line: &str| line.starts_with(entry.name.as_str());
            assert!(page.lines().any(line), "{} in {page}", entry.name);
        }
        for shown in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let (name, kind) = shown.split_once(' ').unwrap();
            let known = |name: &str| {
                let mut same = listed.iter().filter(|entry| entry.name == name);
                same.any(|entry| entry.kind.to_string() == kind)
            };
            assert!(
                known(name) || known(&format!("{name}_total")),
                "{shown} is not in the catalogue"
            );
        }
        assert!(page.ends_with("# EOF\n"), "{page}");
    }
}

/// The check of `/readyz` with a name.
fn check<'a>(ready: &'a Value, name: &str) -> &'a Value {
    let checks = ready["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["check"] == name);
    found.unwrap_or_else(|| panic!("{name} in {ready}"))
}

/// Those that fail.
fn failing(ready: &Value) -> Vec<&str> {
    let checks = ready["checks"].as_array().unwrap().iter();
    let failing = checks.filter(|check| check["ok"] == false);
    failing.map(|check| check["check"].as_str().unwrap()).collect()
}

/// Processes below one, as (id, start).
fn below(pid: u32) -> Vec<(u32, String)> {
    let stat = |pid: u32| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<String> = rest.split_whitespace().map(String::from).collect();
        Some((fields[0].clone(), fields[1].parse::<u32>().unwrap(), fields[19].clone()))
    };
    let all: Vec<u32> = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    let mut found = Vec::new();
    for child in all {
        if let Some((_, parent, start)) = stat(child) {
            if parent == pid {
                found.push((child, start));
                found.extend(below(child));
            }
        }
    }
    found
}

/// Whether a process is still there and does anything.
fn lives((pid, start): &(u32, String)) -> bool {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let Some((_, rest)) = text.rsplit_once(')') else {
        return false;
    };
    let fields: Vec<&str> = rest.split_whitespace().collect();
    fields[0] != "Z" && fields[19] == start
}

#[test]
fn provider_and_keeper_count_what_they_do_and_say_what_is_missing() {
    let _turn = turn();
    let rig = Rig::start();
    let runtime = Runtime::new().unwrap();
    let upstream = rig.ready["rpc"].as_str().unwrap().trim_start_matches("http://");
    let proxy = runtime
        .block_on(Proxy::start("127.0.0.1:0", upstream, Knobs::default()))
        .unwrap();
    watched(&rig, Some(&proxy.url()), "stalled_after_secs = 3\n");
    // A node that is silent holds the loop up for longer than that.
    let file = rig.path("home").join("joule.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("[chain]", "[chain]\ncall_timeout_ms = 60000")).unwrap();

    let keeper = rig.keeper("keeper");
    let provider = rig.provider("turbine", "0.3usdc", &[]);
    let pages = Pages::of(&provider);
    // Getting on the market takes a while: alive, but not ready.
    assert_eq!(pages.get("/healthz").0, 200);
    let ready = pages.until("/readyz", 200);
    assert_eq!(check(&ready, "registered")["ok"], true, "{ready}");
    pages.shows_the_catalogue(Role::Provider);
    assert_eq!(pages.metric("joule_role_info", "provider"), Some(1.0));

    let job = rig.post("watched", &spinner(1_000, NEVER), 16, 60);
    rig.reaches(&job, "result_submitted");
    pages.reaches("joule_attempts_delivered_total", "", 1.0);
    pages.reaches("joule_attempts", "submitted", 1.0);
    rig.run("lab", &["job", "accept", job["job"].as_str().unwrap()]).ok();
    pages.reaches("joule_attempts_finished_total", "completed", 1.0);
    // 0.3 usdc an hour for 60 s are 5000 uusdc, of which the provider gets 92 %.
    pages.reaches("joule_earned_balance", "uusdc", 4_600.0);
    for (name, with) in [
        ("joule_attempts_claimed_total", ""),
        ("joule_job_prepare_seconds_count", ""),
        ("joule_job_run_seconds_count", ""),
        ("joule_beats_sent_total", ""),
        ("joule_tx_landed_total", ""),
        ("joule_tx_sent_total", ""),
        ("joule_tx_gas_used_total", ""),
        ("joule_tx_fees_spent_total", "uwatt"),
        ("joule_tx_gas_multiplier_ratio", ""),
        ("joule_fee_balance", "uwatt"),
        ("joule_chain_height", ""),
        ("joule_chain_processed_height", ""),
        ("joule_endpoint_up", "127.0.0.1"),
        ("joule_disk_free_bytes", ""),
        ("joule_cache_bytes", ""),
        ("joule_ready", ""),
        ("process_start_time_seconds", ""),
    ] {
        pages.reaches(name, with, f64::MIN_POSITIVE);
    }
    pages.reaches("joule_ticket_units_total", "", 1.0);
    pages.reaches("joule_windows_revealed_total", "", 1.0);

    let (code, status) = pages.json("/status");
    assert_eq!(code, 200);
    assert_eq!(
        (&status["role"], &status["stage"]),
        (&"provider".into(), &"serving".into())
    );
    assert_eq!(status["chain"]["id"], "joule-dev-1");
    assert_eq!(status["chain"]["endpoints"][0]["in_use"], true, "{status}");
    assert!(status["address"].as_str().unwrap().starts_with("wasm1"), "{status}");
    assert!(status["chain"]["processed_height"].as_u64().unwrap() > 0, "{status}");

    let kept = Pages::of(&keeper);
    let ready = kept.until("/readyz", 200);
    assert_eq!(check(&ready, "funded")["ok"], true);
    kept.shows_the_catalogue(Role::Keeper);
    kept.reaches("joule_rounds_posted_total", "", 1.0);
    kept.reaches("joule_chores_done_total", "kind", 1.0);

    // A browser that was led here by a foreign name gets nothing.
    assert_eq!(pages.ask("/status", "evil.example:9464").0, 403);
    assert_eq!(pages.get("/anything").0, 404);

    // The node goes away: alive, not ready, and it says which.
    proxy.set(Knobs {
        cut: true,
        ..Knobs::default()
    });
    let ready = pages.until("/readyz", 503);
    assert_eq!(failing(&ready), ["chain"], "{ready}");
    assert_eq!(pages.get("/healthz").0, 200);
    assert_eq!(kept.until("/readyz", 503)["ready"], false);
    assert!(pages.metric("joule_endpoint_failures_total", "127.0.0.1").unwrap() > 0.0);
    proxy.set(Knobs::default());
    pages.until("/readyz", 200);
    kept.until("/readyz", 200);

    // The node takes questions and never answers: the loop stands still, and that is not healthy.
    proxy.set(Knobs {
        black_hole: true,
        ..Knobs::default()
    });
    let alive = pages.until("/healthz", 503);
    assert!(
        alive["why"].as_str().unwrap().contains("restart the service"),
        "{alive}"
    );
    assert!(pages.metric("joule_loop_idle_seconds", "").unwrap() > 3.0);
    proxy.set(Knobs::default());
    proxy.cut();
    pages.until("/healthz", 200);
    pages.until("/readyz", 200);
    let notes = pages.json("/status").1["notes"].clone();
    let told = |note: &Value| note["text"].as_str().unwrap().contains("chain does not answer");
    assert!(notes.as_array().unwrap().iter().any(told), "{notes}");

    // The signer dies.
    let signer = below(provider.pid()).into_iter().find(|(pid, _)| {
        let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.contains("\0signer\0")
    });
    let done = std::process::Command::new("kill")
        .args(["-9", &signer.unwrap().0.to_string()])
        .status();
    assert!(done.unwrap().success());
    let ready = pages.until("/readyz", 503);
    assert_eq!(failing(&ready), ["signer"], "{ready}");
}

#[test]
fn validators_count_their_votes() {
    let _turn = turn();
    let rig = Rig::start();
    watched(&rig, None, "");
    let names = ["anchor", "beam", "bracket", "caliper", "compass"];
    names.iter().for_each(|name| drop(rig.enrol(name)));
    // Their weight counts from the next epoch on.
    rig.advance(20);
    let _keeper = rig.keeper("keeper");
    let bench: Vec<Daemon> = names.iter().map(|name| rig.verifier(name, &[])).collect();
    let pages: Vec<Pages> = bench.iter().map(Pages::of).collect();
    for page in &pages {
        let ready = page.until("/readyz", 200);
        assert_eq!(check(&ready, "enrolled")["ok"], true, "{ready}");
    }
    pages[0].shows_the_catalogue(Role::Validator);
    let provider = rig.provider("turbine", "5usdc", &[]);
    provider.says("on the market");
    let job = rig.post_judged("judged", &spinner(1_000, NEVER), 16, 8);
    let sum = |name: &str| pages.iter().filter_map(|page| page.metric(name, "")).sum::<f64>();
    wait("three votes", || {
        (sum("joule_votes_revealed_total") >= 3.0).then_some(())
    });
    assert!(sum("joule_votes_committed_total") >= 3.0);
    assert!(sum("joule_judge_seconds_count") >= 3.0);
    wait("the ruling", || {
        let panel = rig.panel(&job);
        (panel["phase"] == "closed").then_some(())
    });
    wait("no open seats", || (sum("joule_seats") == 0.0).then_some(()));
    assert_eq!(sum("joule_votes_missed_total"), 0.0);

    // Its place is given up: it says so.
    rig.run(names[0], &["validator", "retire"]).ok();
    let ready = pages[0].until("/readyz", 503);
    assert_eq!(failing(&ready), ["enrolled"], "{ready}");
}

#[test]
fn what_is_not_finished_in_time_is_left_to_the_next_start_and_no_process_stays() {
    let _turn = turn();
    let rig = Rig::start();
    watched(&rig, None, "[stop]\nwithin_secs = 2\n");
    let _keeper = rig.keeper("keeper");
    let mut provider = rig.provider("turbine", "0.3usdc", &[]);
    provider.says("on the market");
    let pages = Pages::of(&provider);
    let job = rig.post("slow", &spinner(SPINS, NEVER), 48, 120);
    let number = job["job"].as_str().unwrap();
    rig.reaches(&job, "running");
    pages.reaches("joule_attempts", "started", 1.0);
    let (_, status) = pages.json("/status");
    assert_eq!(
        status["in_hand"][0]["what"],
        format!("job {number} attempt 1"),
        "{status}"
    );
    assert_eq!(status["in_hand"][0]["state"], "started", "{status}");
    assert!(status["in_hand"][0]["deadline"].as_u64().unwrap() > 0, "{status}");

    // Signer, and the child that runs the job.
    let children = wait("signer and job", || {
        Some(below(provider.pid())).filter(|found| found.len() >= 2)
    });
    provider.signal("TERM");
    let ready = pages.until("/readyz", 503);
    assert!(failing(&ready).contains(&"stage"), "{ready}");
    assert_eq!(provider.ends(), 8);
    let log = provider.log();
    assert!(
        log.contains("stop.left_behind: ") && log.contains(&format!("job {number} attempt 1 (started)")),
        "{log}"
    );
    wait("the end of its processes", || {
        (!children.iter().any(lives)).then_some(())
    });

    // The next start takes it up.
    let _provider = rig.provider("turbine", "0.3usdc", &[]);
    let done = rig.reaches(&job, "result_submitted");
    assert_eq!(done["attempts"], 1, "{done}");
}

#[test]
fn a_service_is_told_when_it_is_up_and_reads_its_credential() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixDatagram;
    let _turn = turn();
    let rig = Rig::start();
    // What systemd gives a unit: a socket to be told at, and a credential that a list of access lets the user read.
    let socket = rig.path("notify");
    let told = UnixDatagram::bind(&socket).unwrap();
    told.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let folder = rig.path("credentials");
    std::fs::create_dir(&folder).unwrap();
    let credential = folder.join("passphrase");
    std::fs::copy(rig.path("home").join("passphrase"), &credential).unwrap();
    std::fs::set_permissions(&credential, std::fs::Permissions::from_mode(0o440)).unwrap();
    let keep = || {
        let mut command = rig.command("keeper", &["keep", "--passphrase-file"]);
        command.arg(&credential).env("NOTIFY_SOCKET", &socket);
        command
    };
    let refused = Said::of(keep().output().unwrap());
    assert!(
        refused.code == 4 && refused.err.contains("keys.file_mode"),
        "{}",
        refused.err
    );
    let plain = keep();
    let mut service = std::process::Command::new("sh");
    service.args(["-c", "export WATCHDOG_PID=$$; exec \"$@\"", "sh"]);
    service.arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => service.env(name, value),
            None => service.env_remove(name),
        };
    }
    service
        .env("CREDENTIALS_DIRECTORY", &folder)
        .env("WATCHDOG_USEC", "300000");
    let mut keeper = service.stderr(std::process::Stdio::null()).spawn().unwrap();
    let mut heard = String::new();
    let mut hear = |words: &[&str]| {
        let mut buffer = [0; 1024];
        while !words.iter().all(|word| heard.contains(word)) {
            let read = told
                .recv(&mut buffer)
                .unwrap_or_else(|e| panic!("{e}: {words:?} after {heard}"));
            heard.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
            heard.push(' ');
        }
    };
    hear(&["READY=1", "STATUS=serving", "WATCHDOG=1"]);
    let asked = std::process::Command::new("kill")
        .arg(keeper.id().to_string())
        .status()
        .unwrap();
    assert!(asked.success());
    hear(&["STOPPING=1"]);
    assert!(keeper.wait().unwrap().success());
}

#[test]
fn an_address_that_cannot_be_served_is_told_at_once() {
    let _turn = turn();
    let rig = Rig::start();
    let keep = |listen: &str| {
        let mut command = rig.command("keeper", &["keep"]);
        Said::of(command.env("JOULE_MONITOR__LISTEN", listen).output().unwrap())
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let said = keep(&taken).fails("monitor.port_in_use", 8);
    assert!(said.err.contains(&taken), "{}", said.err);
    keep("0.0.0.0:0").fails("monitor.not_loopback", 3);
    keep("here").fails("monitor.bad_address", 3);
}
