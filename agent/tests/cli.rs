//! What commands answer when something is wrong: a coded line, an exit code of the table, and nothing half done.
mod rig;

use std::process::{Command, Stdio};

use rig::{joule, spinner, turn, Rig, Said};
use serde_json::Value;

/// A command without any market, in a home of its own.
fn alone(home: &std::path::Path, args: &[&str]) -> Said {
    let mut command = joule();
    command.env("JOULE_HOME", home).args(args).stdin(Stdio::null());
    Said::of(command.output().unwrap())
}

/// A command with words on its standard input.
fn piped(command: &mut Command, words: &str) -> Said {
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that reads nothing has closed its end.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), words.as_bytes());
    Said::of(child.wait_with_output().unwrap())
}

fn exists(path: &std::path::Path) -> bool {
    path.try_exists().unwrap()
}

#[test]
fn wrong_flags_are_one_coded_line_with_exit_2() {
    let home = tempfile::tempdir().unwrap();
    for args in [
        &["frobnicate"][..],
        &["bench", "--what"],
        &["bench", "--threads", "0"],
        &["bench", "--cpu-share", "101"],
        &["keep", "--max-fees-per-day", "-1"],
        &["verify", "--jobs", "0"],
        &["verify", "--fault", "honesty"],
        &["validator"],
        &["validator", "enrol", "--stake", "lots"],
        &["validator", "retire", "now"],
        &["job", "post", "job.toml", "--verification", "nobody"],
        &["keys"],
        &["keys", "create"],
        &["job", "post"],
        &["job", "get", "seven"],
        &["job", "accept"],
        &["job", "cancel", "1", "--force"],
        &["job", "dispute", "1"],
        &["job", "resolve", "1", "--provider-bps", "10001"],
        &["job", "list", "--all", "--queued"],
        &["init", "--role", "king"],
        &["init", "--new", "--import"],
        &["init", "--devices", "toaster"],
        &["doctor", "--patience", "0"],
        &["doctor", "--role", "king"],
        &["register", "--config"],
        &["drain", "now"],
        &["status", "a", "b"],
        &["config"],
        &["config", "show", "gas"],
        &["completions"],
        &["withdraw", "--claims", "--all", "usdc"],
        &["deposit"],
        &["deposit", "5"],
        &["deposit", "-5usdc"],
        &["withdraw"],
        &["withdraw", "1usdc", "--to", "lab"],
        &["fees", "grant", "lab"],
        &["fees", "revoke", "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4"],
        &["fees", "show"],
        &["withdraw", "1usdc", "--all", "usdc"],
        &["balance", "a", "b"],
        &["search"],
        &["search", "--budget", "1usdc", "--limit", "31"],
        &["explain", "--budget", "much"],
        &["signer"],
        &["devchain", "--rpc-port", "70000"],
        &["demo", "--frobnicate"],
    ] {
        let said = alone(home.path(), args);
        println!("{args:?}");
        said.fails("cli.usage", 2);
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn help_and_version_are_no_errors() {
    let home = tempfile::tempdir().unwrap();
    for args in [
        &["--help"][..],
        &["--version"],
        &["job", "post", "--help"],
        &["help", "run"],
    ] {
        let said = alone(home.path(), args).ok();
        assert!(!said.out.is_empty() && said.err.is_empty(), "{args:?}");
    }
    let said = alone(home.path(), &["--help"]).ok();
    assert!(!said.out.contains("\n  signer"), "hidden commands stay hidden");
}

#[test]
fn errors_are_objects_for_those_who_asked_for_json() {
    let home = tempfile::tempdir().unwrap();
    let said = alone(home.path(), &["keys", "show", "nobody", "--json"]);
    let error: Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!((said.code, &error["error"]["code"]), (4, &"keys.unknown".into()));
    for wrong in [&["keys", "--json"][..], &["keys", "show", "a", "--address", "--json"]] {
        let said = alone(home.path(), wrong);
        let error: Value = serde_json::from_str(&said.err).unwrap();
        assert_eq!(
            (said.code, &error["error"]["code"]),
            (2, &"cli.usage".into()),
            "{wrong:?}"
        );
    }
}

#[test]
fn missing_files_wrong_chains_and_silent_nodes_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_string();
    alone(home.path(), &["balance", "wasm1x"]).fails("config.no_deployment", 3);
    alone(home.path(), &["balance", "wasm1x", "--deployment", &path("none.json")]).fails("config.no_deployment", 3);
    std::fs::write(path("bad.json"), "{").unwrap();
    alone(home.path(), &["balance", "wasm1x", "--deployment", &path("bad.json")]).fails("config.bad_deployment", 3);
    alone(home.path(), &["run", "--config", &path("none.toml")]).fails("provider.no_config", 3);
    std::fs::write(path("provider.toml"), "stack = 1").unwrap();
    alone(home.path(), &["run", "--config", &path("provider.toml")]).fails("provider.bad_config", 3);
    alone(home.path(), &["job", "post", &path("none.toml")]).fails("job_file.unreadable", 2);
    std::fs::write(path("job.toml"), "steps = \"many\"").unwrap();
    alone(home.path(), &["job", "post", &path("job.toml")]).fails("job_file.invalid", 2);

    let contracts = ["registry", "marketplace", "escrow", "staking", "dao", "token"]
        .map(|name| format!(r#""{name}":{{"address":"wasm1{name}","code_id":1,"checksum":"00"}}"#));
    let deployment = |chain: &str| {
        format!(
            r#"{{"chain_id":"{chain}","deployer":"wasm1d","contracts":{{{}}}}}"#,
            contracts.join(",")
        )
    };
    std::fs::write(path("good.json"), deployment("joule-dev-1")).unwrap();
    let ask = [
        "balance",
        "wasm1x",
        "--deployment",
        &path("good.json"),
        "--node",
        "http://127.0.0.1:9",
    ];
    alone(home.path(), &ask).fails("chain.unreachable", 5);
    let ask = [
        "balance",
        "wasm1x",
        "--deployment",
        &path("good.json"),
        "--chain-id",
        "joule-1",
    ];
    alone(home.path(), &ask).fails("config.deployment_chain", 3);
    std::fs::write(path("joule.toml"), "[chain]\nrcp = []").unwrap();
    alone(home.path(), &["balance", "wasm1x", "--deployment", &path("good.json")]).fails("config.unknown_key", 3);
}

#[test]
fn keys_are_made_shown_and_exported_and_never_by_accident() {
    let home = tempfile::tempdir().unwrap();
    let pass = home.path().join("pass");
    std::fs::write(&pass, "correct horse\n").unwrap();
    let open = alone(
        home.path(),
        &["keys", "create", "a", "--passphrase-file", pass.to_str().unwrap()],
    );
    open.fails("keys.file_mode", 4);
    std::fs::set_permissions(&pass, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let with = |args: &[&str]| {
        let args: Vec<&str> = args
            .iter()
            .copied()
            .chain(["--passphrase-file", pass.to_str().unwrap()])
            .collect();
        alone(home.path(), &args)
    };
    assert!(with(&["keys", "list"]).ok().out.contains("No keys"));
    let made = with(&["keys", "create", "a", "--json"]).json();
    let phrase = made["phrase"].as_str().unwrap();
    assert_eq!(phrase.split(' ').count(), 24);
    with(&["keys", "create", "a"]).fails("keys.exists", 4);
    with(&["keys", "create", "../b"]).fails("keys.bad_name", 2);
    with(&["keys", "create", "b", "--words", "13"]).fails("keys.word_count", 2);
    with(&["keys", "show", "b"]).fails("keys.unknown", 4);
    with(&["keys", "export", "a"]).fails("keys.export_refused", 4);
    let export = |typed: &str| {
        let mut command = joule();
        command
            .env("JOULE_HOME", home.path())
            .args(["keys", "export", "a", "--unsafe-show-phrase"]);
        piped(command.arg("--passphrase-file").arg(&pass), typed)
    };
    for typed in ["", "yes\n", "b\n"] {
        let said = export(typed);
        assert_eq!((said.code, said.out.as_str()), (4, ""), "{typed}");
        assert!(
            said.err.contains("keys.not_confirmed: ") && !said.err.contains(phrase),
            "{}",
            said.err
        );
    }
    assert_eq!(export("a\n").ok().out.trim(), phrase);
    let address = with(&["keys", "show", "a", "--address"]).ok().out;
    assert_eq!(address.trim(), made["address"].as_str().unwrap());
    let shown = with(&["keys", "show", "a", "--json"]).ok();
    assert!(!shown.out.contains("phrase") && shown.out.contains(made["address"].as_str().unwrap()));

    let import = |name: &str, words: &str| {
        let mut command = joule();
        command
            .env("JOULE_HOME", home.path())
            .args(["keys", "import", name, "--json", "--passphrase-file"]);
        piped(command.arg(&pass), words)
    };
    assert_eq!(import("b", phrase).json()["address"], made["address"]);
    let wrong: Value = serde_json::from_str(&import("c", "abandon abandon").err).unwrap();
    assert_eq!(wrong["error"]["code"], "keys.word_count");
    assert!(!exists(&home.path().join("keys/c.key")));
}

#[test]
fn settings_are_shown_with_their_origin_and_mistakes_with_their_line() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("joule.toml");
    std::fs::write(
        &path,
        "[chain]\nrpc = [\"https://ada:pw@rpc.example/?key=secret\"]\n[gas]\nprice = \"0.1\"\n",
    )
    .unwrap();
    let mut command = joule();
    command.env("JOULE_HOME", home.path()).env("JOULE_TX__TICK_MS", "7");
    let said = Said::of(
        command
            .args(["config", "show", "--key", "ada", "--json"])
            .output()
            .unwrap(),
    )
    .ok();
    assert!(!said.out.contains("secret") && !said.out.contains("pw"), "{}", said.out);
    let shown: Value = serde_json::from_str(&said.out).unwrap();
    let of = |key: &str| {
        shown
            .as_array()
            .unwrap()
            .iter()
            .find(|e| e["key"] == key)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&of("gas.price")["from"], &of("gas.price")["line"]),
        (&"file".into(), &4.into())
    );
    assert_eq!(
        (&of("tx.tick_ms")["from"], &of("tx.tick_ms")["value"]),
        (&"environment".into(), &7.into())
    );
    assert_eq!(of("tx.tick_ms")["variable"], "JOULE_TX__TICK_MS");
    assert_eq!(
        (&of("key.name")["from"], &of("key.name")["value"]),
        (&"flag".into(), &"ada".into())
    );
    assert_eq!(of("chain.max_lag")["from"], "default");
    let text = alone(home.path(), &["config", "show", "--changed"]).ok().out;
    assert!(
        text.contains("gas.price") && text.contains("joule.toml line 4") && !text.contains("default"),
        "{text}"
    );

    std::fs::write(&path, "[chain]\nid = \"x\"\nrcp = []\n\n[gsa]\n").unwrap();
    std::fs::write(home.path().join("provider.toml"), "stack = 1\n").unwrap();
    let said = alone(home.path(), &["config", "validate"]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.starts_with("config.invalid: 3 problems; "), "{}", said.err);
    for words in [
        "`chain.rcp` in",
        "line 3",
        "did you mean `chain.rpc`?",
        "line 5",
        "did you mean [gas]?",
        "provider.bad_config",
    ] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    alone(home.path(), &["config", "show"]).fails("config.unknown_key", 3);
    std::fs::write(&path, "[chain]\nmax_lag = \"many\"\n").unwrap();
    let said = alone(home.path(), &["config", "show"]);
    assert!(
        said.err.contains("`chain.max_lag` in") && said.err.contains("line 2"),
        "{}",
        said.err
    );
    let said = alone(home.path(), &["config", "validate", "--json"]);
    let found: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(found["problems"][0]["code"], "config.bad_value");
}

#[test]
fn shells_are_told_every_command() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = alone(home.path(), &["completions", shell]).ok().out;
        for word in ["withdraw", "config", "keys", "--passphrase-file"] {
            // fish lists long flags without their dashes
            assert!(script.contains(word.trim_start_matches("--")), "{shell}: {word}");
        }
    }
    alone(home.path(), &["completions", "dos"]).fails("cli.usage", 2);
}

#[test]
fn bench_measures_and_says_so_in_json() {
    let home = tempfile::tempdir().unwrap();
    let report = alone(home.path(), &["bench", "--seconds", "1", "--threads", "1", "--json"]).json();
    assert!(report["tickets_per_sec"].as_f64().unwrap() > 1_000.0, "{report}");
}

/// Everything of an account that a command could have changed.
fn account(rig: &Rig, key: &str) -> Value {
    rig.run(key, &["balance", "--json"]).json()
}

#[test]
fn a_market_refuses_with_reasons_and_nothing_is_half_done() {
    let _turn = turn();
    let rig = Rig::start();
    let before = account(&rig, "lab");

    rig.run("lab", &["deposit", "5euro"]).fails("money.unknown_denom", 2);
    rig.run("lab", &["deposit", "0.0000001usdc"]).fails("cli.usage", 2);
    rig.run("lab", &["deposit", "0usdc"]).fails("funds.nothing", 2);
    rig.run("lab", &["deposit", "5000000usdc"]).fails("funds.too_little", 7);
    rig.run("lab", &["withdraw", "1usdc"]).fails("funds.too_little", 7);
    rig.run("lab", &["withdraw", "--all", "usdc"]).fails("funds.nothing", 7);
    rig.run("lab", &["withdraw", "--all", "gold"])
        .fails("money.unknown_denom", 2);
    rig.run("nobody", &["deposit", "1usdc"]).fails("keys.unknown", 4);
    rig.run("lab", &["search", "--budget", "5euro"])
        .fails("money.unknown_denom", 2);
    rig.run("lab", &["explain", "--budget", "5usdc", "--kind", "tpu"])
        .fails("job_file.unknown_kind", 2);
    for command in ["get", "accept", "cancel"] {
        rig.run("lab", &["job", command, "77"]).fails("mkt.job_not_found", 9);
    }
    rig.run("lab", &["job", "dispute", "77", "--reason", ""])
        .fails("job.bad_reason", 2);
    rig.run("lab", &["job", "resolve", "77", "--provider-bps", "5000"])
        .fails("mkt.job_not_found", 9);
    rig.run("lab", &["balance", "--chain-id", "joule-1"])
        .fails("config.deployment_chain", 3);
    let provider = rig.path("provider.toml");
    std::fs::write(
        &provider,
        "stake='1joule'\nstore='file:///x'\n[[nodes]]\nkind='cpu'\nregion='eu'\nmodel='m'\nmemory_mb=1",
    )
    .unwrap();
    let provider = provider.to_str().unwrap();
    rig.run("nobody", &["run", "--config", provider])
        .fails("keys.unknown", 4);
    rig.run("lab", &["run", "--config", provider, "--fault", "loud"])
        .fails("cli.usage", 2);

    std::fs::write(rig.path("a.wasm"), spinner(1, 9)).unwrap();
    let post = |text: &str, flags: &[&str]| {
        let file = rig.path("job.toml");
        std::fs::write(&file, text).unwrap();
        let args: Vec<&str> = ["job", "post", file.to_str().unwrap()]
            .into_iter()
            .chain(flags.iter().copied())
            .collect();
        rig.run("lab", &args)
    };
    let good = "runtime='wasm/1@wasmtime-48.0.8'\nsteps=1\nfuel_per_step=9\nmax_secs=9\nbudget='1usdc'\n\
                bundle={path='a.wasm'}\ninput={path='a.wasm'}";
    post(good, &["--yes"]).fails("funds.too_little", 7);
    let unasked = post(good, &["--from-wallet"]);
    assert_eq!(unasked.code, 2);
    assert!(unasked.err.starts_with("cli.not_confirmed: ") && unasked.out.contains("held until the job ends"));
    post(&good.replace("1usdc", "900000usdc"), &["--yes", "--from-wallet"]).fails("funds.too_little", 7);
    post(&good.replace("1usdc", "1euro"), &["--yes"]).fails("money.unknown_denom", 2);
    post(&good.replace("a.wasm", "b.wasm"), &["--yes"]).fails("job_file.missing_object", 2);
    post(&good.replace("wasmtime-48.0.8", "wasmtime-0"), &["--yes"]).fails("job_file.invalid", 2);
    let plan = post(good, &["--from-wallet", "--dry-run", "--json"]).json();
    assert_eq!(
        (&plan["hold"], &plan["from_wallet"], &plan["best_offer"]),
        (&"1000000".into(), &"1000000".into(), &Value::Null)
    );

    assert_eq!(account(&rig, "lab"), before, "no coin has moved");
    assert_eq!(
        rig.run("lab", &["job", "list", "--all", "--json"]).json()["items"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    assert!(!exists(&rig.path("home/objects")), "nothing was uploaded");

    // A queued job, and what its states refuse.
    let posted = post(good, &["--yes", "--from-wallet", "--json"]).json();
    assert_eq!((&posted["job"], &posted["queued"]), (&"1".into(), &"no_offer".into()));
    rig.run("lab", &["job", "accept", "1"]).fails("job.wrong_state", 6);
    rig.run("lab", &["job", "dispute", "1", "--reason", "late"])
        .fails("job.wrong_state", 6);
    rig.run("lab", &["job", "get", "1", "-o", rig.path("out").to_str().unwrap()])
        .fails("job.no_result", 6);
    rig.run("studio", &["job", "cancel", "1"]).fails("job.not_buyer", 6);
    let list = rig.run("lab", &["job", "list"]).ok().out;
    assert!(
        list.contains("Queued") && list.lines().all(|line| line.chars().count() <= 100),
        "{list}"
    );
    rig.run("lab", &["job", "cancel", "1"]).ok();
    rig.run("lab", &["withdraw", "--all", "usdc"]).ok();
    assert_eq!(
        account(&rig, "lab")["denoms"],
        before["denoms"],
        "everything but fees came back"
    );
}

#[test]
fn validators_and_keepers_are_refused_with_reasons() {
    let _turn = turn();
    let rig = Rig::start();
    let before = account(&rig, "anchor");
    let enrol = |key: &str, flags: &[&str]| {
        let args: Vec<&str> = ["validator", "enrol"]
            .into_iter()
            .chain(flags.iter().copied())
            .collect();
        rig.run(key, &args)
    };
    enrol("anchor", &["--stake", "5usdc"]).fails("money.not_joule", 2);
    enrol("anchor", &["--stake", "99joule"]).fails("validator.stake_too_low", 2);
    enrol("anchor", &["--stake", "3001joule"]).fails("funds.too_little", 7);
    enrol("keeper", &[]).fails("funds.too_little", 7);
    enrol("anchor", &["--operator", "nowhere"]).fails("kit.invalid_address", 6);
    rig.run("anchor", &["validator", "retire"])
        .fails("validator.not_enrolled", 6);
    rig.run("anchor", &["verify"]).fails("verify.not_enrolled", 6);
    rig.run("keeper", &["keep", "--beacon", "http://beacon.example/hash"])
        .fails("beacon.bad_endpoint", 2);
    assert_eq!(account(&rig, "anchor"), before, "nothing was staked");

    // The fund for rounds.
    let tips = || rig.run("keeper", &["keep", "tips", "--json"]).json();
    let fund = |amount: &str| rig.run("beam", &["keep", "fund", amount]);
    fund("1usdc").fails("money.not_joule", 2);
    fund("0joule").fails("funds.nothing", 2);
    fund("9000001joule").fails("funds.too_little", 7);
    let units = |state: &Value| state["fund"].as_str().unwrap().parse::<u64>().unwrap();
    let empty = units(&tips());
    let funded = rig.run("beam", &["keep", "fund", "1.5joule", "--json"]).json();
    assert_eq!(units(&funded), empty + 1_500_000);
    let state = tips();
    assert_eq!(
        (units(&state), state["earned"].as_str()),
        (empty + 1_500_000, Some("0"))
    );
    assert_eq!(state["address"], rig_address(&rig, "keeper"));

    // No jury can be drawn from nobody.
    let file = rig.job_file("judged", &spinner(1, 99), 16, 9);
    let few = rig.job_file("few", &spinner(1, 99), 15, 9);
    let post = |file: &std::path::Path, flags: &[&str]| {
        let args = ["job", "post", file.to_str().unwrap(), "--yes", "--from-wallet"];
        let args: Vec<&str> = args.into_iter().chain(flags.iter().copied()).collect();
        rig.run("lab", &args)
    };
    let committee = ["--verification", "committee"];
    post(&file, &committee).fails("mkt.too_few_validators", 6);
    post(&few, &committee).fails("job_file.invalid", 2);
    post(&file, &["--verification-budget", "1usdc"]).fails("job_file.invalid", 2);
    assert!(!exists(&rig.path("home/objects")), "nothing was uploaded");

    // The least stake, another's key for the votes, and back.
    let said = enrol("anchor", &["--operator", rig_address(&rig, "beam"), "--json"]).json();
    assert_eq!(
        (&said["bonded"], &said["validator"]["operator"]),
        (&"100000000".into(), &rig_address(&rig, "beam").into())
    );
    enrol("compass", &["--operator", rig_address(&rig, "beam")]).fails("stk.operator_taken", 6);
    let known = rig.run("beam", &["validator", "status", "--json"]).json();
    assert_eq!(known["validator"]["owner"], rig_address(&rig, "anchor"));
    let text = rig.run("anchor", &["validator", "status"]).ok().out;
    assert!(
        text.contains("1 enrolled, 1 eligible") && text.contains("100joule"),
        "{text}"
    );
    let out = rig.run("anchor", &["validator", "retire"]).ok().out;
    assert!(out.contains("retired in block"), "{out}");
    rig.run("beam", &["verify"]).fails("verify.not_enrolled", 6);
}

/// Address of an actor.
fn rig_address<'a>(rig: &'a Rig, name: &str) -> &'a str {
    let actors = rig.ready["actors"].as_array().unwrap();
    let actor = actors.iter().find(|actor| actor["name"] == name).unwrap();
    actor["address"].as_str().unwrap()
}

#[test]
fn a_node_of_another_chain_is_never_used() {
    let _turn = turn();
    let rig = Rig::start();
    let deployment = rig.path("other.json");
    let known = std::fs::read_to_string(rig.ready["files"]["deployment"].as_str().unwrap()).unwrap();
    std::fs::write(&deployment, known.replace("joule-dev-1", "joule-1")).unwrap();
    let mut command: Command = rig.command("lab", &["deposit", "1usdc", "--deployment"]);
    command.arg(&deployment).args(["--log", "off"]);
    Said::of(command.output().unwrap()).fails("chain.wrong_id", 3);
}
