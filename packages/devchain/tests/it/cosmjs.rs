//! The same chain through CosmJS: `tests/cosmjs/run.mjs` under Node.

use crate::world::*;
use joule_devchain::Options;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn works(tool: &str) -> bool {
    let output = Command::new(tool).arg("--version").output();
    output.is_ok_and(|output| output.status.success())
}

#[test]
fn a_cosmjs_client_connects_queries_signs_and_reads_events() {
    if !works("node") || !works("npm") {
        let message = "node and npm are needed for the CosmJS test: install Node 20 or later";
        assert!(std::env::var_os("CI").is_none(), "{message}");
        eprintln!("SKIPPED: {message}");
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cosmjs");
    let installed = folder.join("node_modules/.package-lock.json");
    let lock = folder.join("package-lock.json");
    let newer = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    if newer(&installed) < newer(&lock) {
        let status = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
            .current_dir(&folder)
            .status();
        assert!(status.unwrap().success(), "npm ci failed");
    }
    let world = World::start(Options {
        block_time: Duration::from_millis(100),
        ..Options::default()
    });
    let output = Command::new("node")
        .arg("run.mjs")
        .current_dir(&folder)
        .env("RPC", world.chain.rpc_url())
        .env("KEY", hex::encode([1u8; 32]))
        .env("CHECKSUM", joule_devchain::code_checksum("counter", "1.0.0").to_hex())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}{err}");
    assert!(out.ends_with("all good\n"), "{out}{err}");
}
