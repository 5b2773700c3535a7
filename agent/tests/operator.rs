//! The operator's commands on a market of processes: setting up, checking, registering, watching, leaving.
mod rig;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rig::{joule, spinner, turn, Rig, Said};
use serde_json::Value;

/// The finding of a check, the worst first.
fn finding(said: &Said, check: &str) -> Value {
    let found: Value = serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}: {}{}", said.out, said.err));
    let mut all: Vec<Value> = found.as_array().unwrap().clone();
    all.retain(|finding| finding["check"] == check);
    all.sort_by_key(|finding| match finding["verdict"].as_str() {
        Some("fail") => 0,
        Some("warn") => 1,
        _ => 2,
    });
    assert!(!all.is_empty(), "no check {check} in {}", said.out);
    all.remove(0)
}

/// The check ends like this, and says so in words.
fn check(said: &Said, name: &str, verdict: &str, words: &str) {
    let found = finding(said, name);
    println!("{found}");
    assert_eq!(found["verdict"], verdict, "{found}");
    assert!(found.to_string().contains(words), "{words}: {found}");
    if verdict == "fail" {
        assert!(
            found["fix"].as_str().is_some_and(|fix| fix.len() > 10),
            "no fix: {found}"
        );
        assert_eq!(said.code, 8, "{}", said.err);
        assert!(said.err.contains("doctor.failed"), "{}", said.err);
    }
}

fn doctor(rig: &Rig, key: &str, flags: &[&str]) -> Said {
    let args: Vec<&str> = ["doctor", "--json", "--patience", "3"]
        .iter()
        .chain(flags)
        .copied()
        .collect();
    rig.run(key, &args)
}

fn provider_file(rig: &Rig, change: impl Fn(String) -> String) -> PathBuf {
    let (home, store) = (rig.path("home"), rig.path("store"));
    let text = format!(
        r#"
        owner_key = "turbine"
        owner_passphrase_file = "{}"
        stake = "1000joule"
        store = "file://{store}"
        allow_files = ["{store}"]
        threads = 1
        [[nodes]]
        kind = "cpu"
        region = "eu"
        model = "test"
        memory_mb = 512
        [[nodes.offers]]
        price = "0.3usdc"
        unit = "hour"
        "#,
        home.join("passphrase").display(),
        store = store.display(),
    );
    let path = rig.path("mine.toml");
    std::fs::write(&path, change(text)).unwrap();
    path
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn every_check_of_the_doctor_fails_for_its_own_reason() {
    let _turn = turn();
    let rig = Rig::start();
    let file = provider_file(&rig, |text| text);
    let config = ["--config", file.to_str().unwrap()];
    let said = doctor(&rig, "turbine-agent", &config);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    for name in [
        "port",
        "home",
        "disk",
        "key",
        "node",
        "clock",
        "contracts",
        "fees",
        "store",
        "stake",
        "adapter",
    ] {
        check(&said, name, "ok", "");
    }
    check(&said, "provider", "warn", "joule register");
    check(&said, "sandbox", "ok", "namespaces,landlock,seccomp");
    if !finding(&said, "adapter").to_string().contains("hardware: ") {
        check(&said, "adapter", "ok", "jobs of wgsl/1 run in the interpreter");
    }

    // Files.
    let key = rig.path("home/keys/turbine-agent.key");
    mode(&key, 0o644);
    check(&doctor(&rig, "turbine-agent", &config), "keys", "fail", "chmod 600");
    mode(&key, 0o600);
    mode(&rig.path("home"), 0o777);
    check(&doctor(&rig, "turbine-agent", &config), "home", "fail", "chmod 700");
    mode(&rig.path("home"), 0o755);
    let full = doctor(&rig, "turbine-agent", &["--min-free", "100000000000"]);
    check(&full, "disk", "fail", "empties the cache");
    check(&doctor(&rig, "nobody", &[]), "key", "fail", "keys create nobody");
    std::fs::write(rig.path("wrong"), "not the passphrase").unwrap();
    mode(&rig.path("wrong"), 0o600);
    let pass = ["--passphrase-file", rig.path("wrong").to_str().unwrap()].map(String::from);
    check(
        &doctor(&rig, "lab", &pass.each_ref().map(String::as_str)),
        "key",
        "fail",
        "keys.wrong_passphrase",
    );

    // Nodes.
    let dead = doctor(&rig, "lab", &["--node", "http://127.0.0.1:9"]);
    check(&dead, "node", "fail", "joule devchain");
    let known = std::fs::read_to_string(rig.ready["files"]["deployment"].as_str().unwrap()).unwrap();
    let other = rig.path("other.json");
    std::fs::write(&other, known.replace("joule-dev-1", "joule-1")).unwrap();
    check(
        &doctor(&rig, "lab", &["--deployment", other.to_str().unwrap()]),
        "node",
        "fail",
        "serves chain `joule-dev-1`",
    );

    // Contracts: another code, no contract, no file.
    let deployed: Value = serde_json::from_str(&known).unwrap();
    let differ = |change: &dyn Fn(&mut Value)| {
        let mut changed = deployed.clone();
        change(&mut changed["contracts"]);
        std::fs::write(&other, changed.to_string()).unwrap();
        doctor(&rig, "lab", &["--deployment", other.to_str().unwrap()])
    };
    let checksum = differ(&|c| c["escrow"]["checksum"] = "00".repeat(32).into());
    check(&checksum, "contracts", "fail", "the escrow's code is another");
    let swapped = differ(&|c| c["escrow"]["address"] = c["staking"]["address"].clone());
    check(&swapped, "contracts", "fail", "the escrow runs code");
    let missing = differ(&|c| c["dao"]["address"] = rig.ready["actors"][0]["address"].clone());
    check(&missing, "contracts", "fail", "there is no contract");
    let none = rig.path("none.json");
    let gone = doctor(
        &rig,
        "lab",
        &["--chain-id", "joule-dev-1", "--deployment", none.to_str().unwrap()],
    );
    check(&gone, "contracts", "fail", "config.no_deployment");

    // Coins. A new key has none.
    let pass = rig.path("home/passphrase");
    rig.run(
        "lab",
        &["keys", "create", "poor", "--passphrase-file", pass.to_str().unwrap()],
    )
    .ok();
    check(&doctor(&rig, "poor", &[]), "fees", "fail", "send at least");
    check(
        &doctor(&rig, "lab", &["--transactions", "4000000000"]),
        "fees",
        "warn",
        "send at least",
    );
    check(&doctor(&rig, "poor", &[]), "money", "warn", "joule deposit AMOUNT");
    let lots = provider_file(&rig, |text| text.replace("1000joule", "900000joule"));
    check(
        &doctor(&rig, "turbine-agent", &["--config", lots.to_str().unwrap()]),
        "stake",
        "fail",
        "send ",
    );

    // A port that somebody else has.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = rig.command("turbine-agent", &["doctor", "--json", "--patience", "3", "--config"]);
    command
        .arg(&file)
        .env("JOULE_MONITOR__LISTEN", taken.local_addr().unwrap().to_string());
    check(&Said::of(command.output().unwrap()), "port", "fail", "monitor.listen");

    // The provider's file and store.
    let lost = provider_file(&rig, |text| {
        text.replace("[[nodes]]", "gpu = true\n[[nodes]]")
            .replace("region = \"eu\"", "region = \"mars\"")
    });
    let said = doctor(&rig, "turbine-agent", &["--config", lost.to_str().unwrap()]);
    check(&said, "provider", "fail", "no region `mars`");
    if !finding(&said, "adapter").to_string().contains("hardware: ") {
        check(&said, "adapter", "fail", "gpu = false");
    }
    let shut = provider_file(&rig, |text| {
        text.replace("store = \"file://", "store = \"file:///nowhere")
    });
    check(
        &doctor(&rig, "turbine-agent", &["--config", shut.to_str().unwrap()]),
        "store",
        "fail",
        "allow_files",
    );

    // Other roles.
    check(
        &doctor(&rig, "anchor", &["--role", "validator"]),
        "validator",
        "warn",
        "validator enrol",
    );
    check(
        &doctor(&rig, "keeper", &["--role", "keeper"]),
        "beacon",
        "ok",
        "1 of 1 sources",
    );
    let far = doctor(
        &rig,
        "keeper",
        &["--role", "keeper", "--beacon", "http://127.0.0.1:9/hash"],
    );
    check(&far, "beacon", "fail", "0 of 1 sources");

    // The chain's clock, an hour ahead.
    rig.advance(3_600);
    check(&doctor(&rig, "lab", &[]), "clock", "fail", "timedatectl");

    // Settings that cannot be read stop what depends on them, with their line.
    std::fs::write(rig.path("home/joule.toml"), "[chain]\nrcp = []\n").unwrap();
    check(&doctor(&rig, "lab", &[]), "settings", "fail", "line 2");
}

#[test]
fn a_provider_registers_serves_is_watched_and_leaves() {
    let _turn = turn();
    let rig = Rig::start();
    let _keeper = rig.keeper("keeper");
    let file = provider_file(&rig, |text| text);
    let register = |flags: &[&str]| {
        let args: Vec<&str> = ["register", "--config", file.to_str().unwrap()]
            .iter()
            .chain(flags)
            .copied()
            .collect();
        rig.run("turbine-agent", &args)
    };
    rig.run("turbine-agent", &["drain"]).fails("provider.not_registered", 6);
    let first = register(&["--json"]).json();
    assert_eq!(
        (&first["provider"], &first["bonded"]),
        (&"1".into(), &"1000000000".into())
    );
    assert_eq!(
        (&first["admitted"], first["sent"].as_u64().unwrap() > 3),
        (&serde_json::json!(["1"]), true)
    );
    let again = register(&["--json"]).json();
    assert_eq!(again["sent"], 0, "{again}");
    assert!(register(&[]).ok().out.contains("none: everything was there"));
    // Nothing is sold yet: whoever is not there must not be given jobs.
    let status = |key: &str| rig.run(key, &["status", "--json"]).json();
    let state = status("turbine-agent");
    assert_eq!(
        (&state["provider"]["offers"], &state["provider"]["nodes"][0]["state"]),
        (&serde_json::json!([]), &"verified".into())
    );
    assert_eq!(state["processes"][0]["pid"], Value::Null);
    let text = rig.run("turbine-agent", &["status"]).ok().out;
    assert!(
        text.contains("no open offers") && text.contains("nothing is left undone"),
        "{text}"
    );

    // Its pages, on a port that is free now.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let settings = rig.path("home/joule.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(
        &settings,
        text.replace("listen = \"\"", &format!("listen = \"{free}\"")),
    )
    .unwrap();
    let mut agent = rig.provider("turbine", "0.3usdc", &[]);
    agent.says("on the market");
    register(&[]).fails("journal.locked", 8);
    let state = status("turbine");
    assert_eq!(state["provider"]["offers"][0]["open"], true);
    let state = status("turbine-agent");
    assert_eq!(state["processes"][0]["pid"], agent.pid());
    assert_eq!(state["processes"][0]["says"]["stage"], "serving", "{state}");
    let job = rig.post("long", &spinner(40_000_000, u64::MAX >> 1), 16, 120);
    rig.reaches(&job, "running");
    let text = rig.run("turbine-agent", &["status"]).ok().out;
    for words in [
        "running attempts",
        "Running",
        "runs as process",
        "an hour",
        "100 points",
        "unpaid earnings  none",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(rig.run("lab", &["status"]).ok().out.contains("your open jobs"));
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");

    // It owes the job, and then nothing.
    let drained = rig.run("turbine-agent", &["drain", "--json"]).json();
    assert_eq!(
        (&drained["switched_off"], &drained["safe_to_stop"]),
        (&serde_json::json!(["1"]), &false.into())
    );
    assert_eq!(
        (&drained["left"]["jobs"][0]["job"], &drained["process"]),
        (&job["job"], &agent.pid().into())
    );
    let said = rig.run("turbine-agent", &["drain", "--wait"]).ok();
    assert!(said.err.contains("waiting: job 1 is Running"), "{}", said.err);
    assert!(
        said.out.contains(&format!("Safe to stop: kill -TERM {}", agent.pid())),
        "{}",
        said.out
    );
    rig.reaches(&job, "result_submitted");
    let queued = rig.post("later", &spinner(1_000, u64::MAX >> 1), 16, 60);
    assert_eq!(queued["queued"], "no_offer", "no new work comes");
    rig.run("lab", &["job", "cancel", queued["job"].as_str().unwrap()]).ok();
    agent.signal("TERM");
    assert_eq!(agent.ends(), 0);

    // Earnings are with the owner, and say so to the operator.
    rig.run("lab", &["job", "accept", job["job"].as_str().unwrap()]).ok();
    let text = rig.run("turbine-agent", &["status"]).ok().out;
    assert!(text.contains("joule withdraw --all COIN"), "{text}");
    let refused = rig.run("turbine-agent", &["withdraw", "--all", "usdc"]);
    assert!(
        refused.err.contains("is paid to") && refused.err.contains("--key"),
        "{}",
        refused.err
    );
    rig.run("turbine", &["withdraw", "--all", "usdc"]).ok();
    rig.run("turbine", &["withdraw", "--claims"]).fails("funds.nothing", 7);
    let left = rig.run("turbine", &["drain", "--close-offers", "--json"]).json();
    assert_eq!(
        (&left["closed_offers"], &left["safe_to_stop"]),
        (&serde_json::json!(["1"]), &true.into())
    );
    let joule = rig.run("turbine", &["balance", "--json"]).json();
    let joule = joule["denoms"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["denom"] == "ujoule")
        .unwrap()
        .clone();
    assert_eq!(joule["deposited"], "1000000", "the offer's deposit is back");
}

/// `joule init` in a home of its own, as somebody who is not at a terminal.
fn init(home: &Path, args: &[&str], typed: &str) -> Said {
    let mut command = joule();
    command.args(["init", "--home"]).arg(home).args(args);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing has closed its end.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), typed.as_bytes());
    Said::of(child.wait_with_output().unwrap())
}

#[test]
fn a_home_is_made_whole_or_not_at_all() {
    let _turn = turn();
    let rig = Rig::start();
    let (home, pass) = (rig.path("new"), rig.path("home/passphrase"));
    let (pass, deployment) = (
        pass.to_str().unwrap(),
        rig.ready["files"]["deployment"].as_str().unwrap(),
    );
    let url = rig.ready["rpc"].as_str().unwrap();
    let nothing = |said: Said, flag: &str| {
        assert!(
            said.err.starts_with("init.missing: ") && said.err.contains(flag),
            "{}",
            said.err
        );
        assert_eq!(said.code, 2);
        assert!(
            !home.exists()
                && std::fs::read_dir(home.parent().unwrap())
                    .unwrap()
                    .all(|entry| { !entry.unwrap().file_name().to_string_lossy().contains("init-") })
        );
    };
    nothing(init(&home, &[], ""), "--role");
    nothing(init(&home, &["--role", "buyer"], ""), "--chain");
    nothing(init(&home, &["--role", "buyer", "--yes"], ""), "--chain");
    nothing(init(&home, &["--role", "buyer", "--chain", deployment], ""), "--key");
    nothing(
        init(&home, &["--role", "buyer", "--chain", deployment, "--key", "ada"], ""),
        "--new or --import",
    );
    init(&home, &["--role", "buyer", "--chain", "mars", "--yes"], "").fails("init.no_chain", 2);
    let dev = ["--chain", deployment, "--rpc", url, "--yes", "--passphrase-file", pass];
    let with = |home: &Path, flags: &[&str], typed: &str| {
        let args: Vec<&str> = dev.iter().chain(flags).copied().collect();
        init(home, &args, typed)
    };
    with(&home, &["--role", "provider", "--price", "dear"], "").fails("cli.usage", 2);
    with(&home, &["--role", "provider", "--store", "ftp://x"], "").fails("cli.bad_store", 2);
    assert!(!home.exists());

    // A provider, with nothing but defaults.
    let made = with(&home, &["--role", "provider", "--json"], "").json();
    let keys = made["keys"].as_array().unwrap();
    assert_eq!(
        (keys.len(), &keys[0]["name"], &keys[1]["name"]),
        (2, &"agent".into(), &"owner".into())
    );
    assert_eq!(keys[0]["phrase"].as_str().unwrap().split(' ').count(), 24);
    for name in [
        "joule.toml",
        "provider.toml",
        "signer.toml",
        "deployments/joule-dev-1.json",
        "keys/agent.key",
        "objects",
    ] {
        assert!(home.join(name).exists(), "{name}");
    }
    let said = |args: &[&str]| Said::of(joule().env("JOULE_HOME", &home).args(args).output().unwrap());
    said(&["config", "validate"]).ok();
    let settings = std::fs::read_to_string(home.join("joule.toml")).unwrap();
    assert!(
        settings.contains("role = \"provider\"") && settings.contains("# RPC addresses"),
        "{settings}"
    );
    let sells = std::fs::read_to_string(home.join("provider.toml")).unwrap();
    assert!(
        sells.contains("owner_key = \"owner\"") && sells.contains("# What a provider sells"),
        "{sells}"
    );
    let found = said(&["doctor", "--json", "--patience", "3"]);
    check(&found, "policy", "ok", "signer.toml");
    check(&found, "store", "ok", "objects");
    check(&found, "fees", "fail", "send at least");
    let before = std::fs::read_to_string(home.join("signer.toml")).unwrap();
    with(&home, &["--role", "buyer"], "").fails("init.exists", 8);
    assert_eq!(std::fs::read_to_string(home.join("signer.toml")).unwrap(), before);
    // A policy that refuses what the role sends is told.
    std::fs::write(
        home.join("signer.toml"),
        before.replace("\"beat\", ", "").replace("\"beat\",\n", ""),
    )
    .unwrap();
    check(
        &said(&["doctor", "--json", "--patience", "3"]),
        "policy",
        "warn",
        "it refuses beat",
    );

    // The commands it names work, once there are coins.
    let next = made["next"].as_array().unwrap();
    assert!(next[0].as_str().unwrap().starts_with("joule doctor --home"), "{next:?}");

    // An imported key, in a home with a key that stays.
    let second = rig.path("second");
    std::fs::create_dir(&second).unwrap();
    Said::of(
        joule()
            .env("JOULE_HOME", &second)
            .args(["keys", "create", "old", "--passphrase-file", pass])
            .output()
            .unwrap(),
    )
    .ok();
    let phrase = keys[0]["phrase"].as_str().unwrap();
    let imported = with(
        &second,
        &["--role", "keeper", "--key", "ada", "--import", "--json"],
        phrase,
    )
    .json();
    assert_eq!(imported["keys"][0]["address"], keys[0]["address"]);
    assert_eq!(imported["keys"][0]["phrase"], Value::Null);
    assert!(second.join("keys/old.key").exists() && second.join("signer.toml").exists());
    with(
        &rig.path("third"),
        &["--role", "buyer", "--key", "ada", "--import"],
        "abandon about",
    )
    .fails("keys.word_count", 4);
    assert!(!rig.path("third").exists());
    // A key that is there is used, and never replaced.
    let fourth = rig.path("fourth");
    std::fs::create_dir(&fourth).unwrap();
    std::fs::create_dir(fourth.join("keys")).unwrap();
    std::fs::copy(second.join("keys/old.key"), fourth.join("keys/old.key")).unwrap();
    with(&fourth, &["--role", "buyer", "--key", "old", "--new"], "").fails("keys.exists", 4);
    let text = with(&fourth, &["--role", "buyer", "--key", "old"], "").ok().out;
    assert!(text.contains("Next:") && !text.contains("Write these words"), "{text}");
    assert!(!fourth.join("signer.toml").exists(), "a buyer signs by itself");
}
