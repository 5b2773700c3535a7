//! Settings: precedence, refusal of unknown keys with their place, the template, the deployment file.
use std::path::Path;
use std::sync::Mutex;

use joule::config::{home, load, read_deployment, Flags, Settings, FILE, TEMPLATE};
use joule::error::Error;
use joule::keys::PassphraseSource;

/// The environment belongs to the whole process.
static ENV: Mutex<()> = Mutex::new(());

fn with_env<T>(vars: &[(&str, &str)], f: impl FnOnce() -> T) -> T {
    let _one_at_a_time = ENV.lock().unwrap_or_else(|e| e.into_inner());
    vars.iter().for_each(|(k, v)| std::env::set_var(k, v));
    let out = f();
    vars.iter().for_each(|(k, _)| std::env::remove_var(k));
    out
}

fn load_text(text: &str) -> Result<Settings, Error> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(FILE), text).unwrap();
    with_env(&[], || load(dir.path(), &Flags::default()))
}

#[test]
fn the_template_is_the_defaults_and_a_missing_file_is_too() {
    assert_eq!(load_text(TEMPLATE).unwrap(), Settings::default());
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(
        with_env(&[], || load(empty.path(), &Flags::default())).unwrap(),
        Settings::default()
    );
    // Every key of the settings is explained in the template.
    let all = serde_json::to_value(Settings::default()).unwrap();
    for (section, keys) in all.as_object().unwrap() {
        assert!(TEMPLATE.contains(&format!("[{section}]")), "{section}");
        for key in keys.as_object().unwrap().keys() {
            assert!(TEMPLATE.contains(&format!("\n{key} = ")), "{section}.{key}");
        }
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join(FILE),
        "[chain]\nid = \"file-1\"\nmax_lag = 7\n[gas]\nprice = \"0.1\"\n",
    )
    .unwrap();
    let load_with = |flags: &Flags| load(dir.path(), flags).unwrap();
    with_env(
        &[
            ("JOULE_CHAIN__ID", "env-1"),
            ("JOULE_TX__TICK_MS", "5"),
            ("JOULE_LOG", "debug"),
        ],
        || {
            let s = load_with(&Flags::default());
            assert_eq!((s.chain.id.as_str(), s.chain.max_lag, s.tx.tick_ms), ("env-1", 7, 5));
            assert_eq!(s.gas.price.to_string(), "0.1");
            let flags = Flags::default().set("chain.id", Some("flag-1")).unwrap();
            let flags = flags.set("chain.rpc", Some(vec!["http://127.0.0.1:1"])).unwrap();
            let flags = flags.set("tx.tick_ms", None::<u64>).unwrap();
            let s = load_with(&flags);
            assert_eq!((s.chain.id.as_str(), s.chain.rpc.len(), s.tx.tick_ms), ("flag-1", 1, 5));
            assert_eq!(s.chain.rpc[0], "http://127.0.0.1:1");
        },
    );
}

#[test]
fn unknown_keys_are_refused_with_their_place() {
    let error = load_text("[chain]\nrcp = []\n").unwrap_err();
    assert_eq!(error.code(), "config.unknown_key");
    assert!(
        error.what().contains("`chain.rcp`") && error.what().contains(FILE),
        "{error}"
    );
    assert!(error.next().contains("rpc"), "{error}");
    let error = load_text("[chian]\nid = \"x\"\n").unwrap_err();
    assert!(
        error.code() == "config.unknown_key" && error.what().contains("`chian`"),
        "{error}"
    );
    let dir = tempfile::tempdir().unwrap();
    let error = with_env(&[("JOULE_GAS__PRIZE", "1")], || load(dir.path(), &Flags::default())).unwrap_err();
    assert_eq!(error.code(), "config.unknown_key");
    assert!(
        error.what().contains("prize") && error.what().contains("JOULE_"),
        "{error}"
    );
}

#[test]
fn bad_values_are_refused_with_their_key() {
    for (text, code, mention) in [
        ("[chain]\nid = 7\n", "config.bad_value", "chain.id"),
        ("[chain]\nid = \"\"\n", "config.bad_value", "chain.id"),
        ("[chain]\nrpc = []\n", "config.no_rpc", "chain.rpc"),
        ("[chain]\nrpc = [\"ftp://x\"]\n", "config.bad_rpc_url", "ftp://x"),
        ("[gas]\nprice = \"cheap\"\n", "config.bad_value", "gas.price"),
        ("[gas]\nmax_fee = 5\n", "config.bad_value", "gas.max_fee"),
        ("[gas]\nmax_fee = \"-5\"\n", "config.bad_value", "gas.max_fee"),
        ("[tx]\ntimeout_blocks = 0\n", "config.bad_value", "tx.timeout_blocks"),
        ("[tx\n", "config.bad_value", FILE),
    ] {
        let error = load_text(text).unwrap_err();
        assert_eq!((error.code(), error.exit().code()), (code, 3), "{text}: {error}");
        assert!(error.what().contains(mention), "{text}: {error}");
    }
}

#[test]
fn places_are_relative_to_the_home_directory() {
    let at = Path::new("/h");
    let s = Settings::default();
    assert_eq!(s.deployment_file(at), Path::new("/h/deployments/joule-dev-1.json"));
    assert_eq!(s.policy_file(at), Path::new("/h/signer.toml"));
    assert_eq!(s.passphrase(at), PassphraseSource::Prompt);
    let s = load_text("[chain]\ndeployment = \"/d.json\"\n[key]\npassphrase_file = \"pass\"\n").unwrap();
    assert_eq!(s.deployment_file(at), Path::new("/d.json"));
    assert_eq!(s.passphrase(at), PassphraseSource::File("/h/pass".into()));
    let from_env = with_env(&[("JOULE_HOME", "/e")], || {
        (home(None).unwrap(), home(Some("/f".into())).unwrap())
    });
    assert_eq!(from_env, ("/e".into(), "/f".into()));
}

#[test]
fn deployment_files_are_of_this_chain_and_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("d.json");
    let code = |path: &Path| {
        read_deployment(path, "joule-dev-1")
            .map(|_| ())
            .map_err(|e| e.code().to_string())
    };
    assert_eq!(code(&path), Err("config.no_deployment".into()));
    let record = |n: u64| serde_json::json!({"address": format!("wasm1c{n}"), "code_id": n, "checksum": "ab"});
    let names = ["registry", "marketplace", "escrow", "staking", "dao", "token"];
    let contracts: serde_json::Map<_, _> = names.iter().zip(1..).map(|(n, i)| (n.to_string(), record(i))).collect();
    let file = serde_json::json!({"chain_id": "joule-dev-1", "deployer": "wasm1d", "contracts": contracts});
    let write = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut changed = file.clone();
        change(&mut changed);
        std::fs::write(&path, changed.to_string()).unwrap();
    };
    write(&|_| {});
    assert_eq!(
        read_deployment(&path, "joule-dev-1").unwrap().peers().unwrap().escrow,
        "wasm1c3"
    );
    write(&|f| f["chain_id"] = "other-1".into());
    assert_eq!(code(&path), Err("config.deployment_chain".into()));
    write(&|f| drop(f["contracts"].as_object_mut().unwrap().remove("dao")));
    assert_eq!(code(&path), Err("config.bad_deployment".into()));
    std::fs::write(&path, "[]").unwrap();
    assert_eq!(code(&path), Err("config.bad_deployment".into()));
}
