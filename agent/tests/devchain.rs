//! `joule devchain` as developers use it: its announcement, its files, a command of the agent and a script of CosmJS.
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;
use serde_json::Value;

/// A running chain, killed when the test ends before it was stopped.
struct Chain {
    child: Child,
    ready: Value,
}

impl Chain {
    fn start(home: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_joule"))
            .args(["devchain", "--json", "--rpc-port", "0", "--block-time", "100", "--home"])
            .arg(home)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        Self { child, ready }
    }

    fn text(&self, path: &str) -> &str {
        self.ready
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{path} in {}", self.ready))
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn joule(home: &Path, args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_joule"))
        .args(args)
        .arg("--json")
        .arg("--home")
        .arg(home)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_home_is_ready_for_use_and_the_chain_ends_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let mut chain = Chain::start(&home, &["--seed", "5"]);
    assert_eq!(chain.text("/chain_id"), "joule-dev-1");
    assert!(chain.text("/rpc").starts_with("http://127.0.0.1:"));
    let deployment: Value = serde_json::from_slice(&std::fs::read(chain.text("/files/deployment")).unwrap()).unwrap();
    assert_eq!(deployment["contracts"].as_object().unwrap().len(), 6);
    let (_, key) = joule::keys::demo_key(5, "studio").unwrap();
    let studio = chain.ready["actors"]
        .as_array()
        .unwrap()
        .iter()
        .find(|actor| actor["name"] == "studio")
        .unwrap();
    assert_eq!(studio["address"], key.address());

    joule(&home, &["deposit", "2usdc", "--key", "studio"]);
    let balance = joule(&home, &["balance", "--key", "studio"]);
    let usdc = balance["denoms"]
        .as_array()
        .unwrap()
        .iter()
        .find(|denom| denom["denom"] == "uusdc")
        .unwrap();
    assert_eq!(
        (usdc["deposited"].as_str(), usdc["wallet"].as_str()),
        (Some("2000000"), Some("98000000"))
    );

    kill(Pid::from_raw(chain.child.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
    assert!(chain.child.wait().unwrap().success());

    // The next chain in the same home knows nothing of this one, and neither does the home.
    let _next = Chain::start(&home, &["--seed", "5"]);
    joule(&home, &["deposit", "1usdc", "--key", "studio"]);
}

#[test]
fn a_port_that_is_taken_is_a_coded_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_joule"))
        .args(["devchain", "--rpc-port", &port, "--home"])
        .arg(folder.path().join("home"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.starts_with("dev.bind: "), "{said}");
    assert!(!folder.path().join("home").exists(), "nothing half-done");
}

#[test]
fn the_node_example_deposits() {
    let works = |tool: &str| {
        Command::new(tool)
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if !works("node") || !works("npm") {
        let message = "node and npm are needed for examples/node: install Node 20 or later";
        assert!(std::env::var_os("CI").is_none(), "{message}");
        eprintln!("SKIPPED: {message}");
        return;
    }
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/node");
    let age = |file: &str| example.join(file).metadata().and_then(|meta| meta.modified()).ok();
    if age("node_modules/.package-lock.json") < age("package-lock.json") {
        let mut install = Command::new("npm");
        install
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
            .current_dir(&example);
        assert!(install.status().unwrap().success(), "npm ci failed");
    }
    let folder = tempfile::tempdir().unwrap();
    let chain = Chain::start(folder.path(), &[]);
    let output = Command::new("node")
        .arg("deposit.mjs")
        .args([chain.text("/files/home"), chain.text("/rpc")])
        .current_dir(&example)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.starts_with("deposited 1500000 uusdc in transaction "), "{said}");
}
