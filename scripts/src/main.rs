//! The task runner: `cargo xtask STEP... [--write]`. Each check that CI makes is a step here; `ci` means all of them.
//! Steps go on after a failure; the last line reads `N passed, N failed` and the exit code tells the same.
#![forbid(unsafe_code)]

mod floors;
mod layers;
mod lengths;
mod licences;
mod links;
mod locks;
mod metadata;
mod run;
mod schema;
mod steps;

use anyhow::{bail, Result};

const USAGE: &str = "usage: cargo xtask STEP... [--write]   (steps are listed in scripts/README.md)";

fn main() {
    match real_main() {
        Ok(true) => {}
        Ok(false) => std::process::exit(1),
        Err(e) => {
            eprintln!("xtask: {e:#}");
            std::process::exit(2);
        }
    }
}

fn real_main() -> Result<bool> {
    let mut write = false;
    let mut names = Vec::new();
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "--write" => write = true,
            "ci" => names.extend(steps::ALL.iter().map(|s| s.name.to_string())),
            name if name.starts_with('-') => bail!("unknown flag {name}\n{USAGE}"),
            name => names.push(name.to_string()),
        }
    }
    if names.is_empty() {
        bail!("{USAGE}\nsteps: ci {}", steps::names().join(" "));
    }
    steps::run(&names, write)
}
