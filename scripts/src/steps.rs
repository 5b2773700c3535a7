//! The steps by name, in the order in which CI runs them: cheap ones first.

use crate::run::{self, cargo, check, command, Counts};
use crate::{floors, layers, lengths, licences, links, locks, schema};
use anyhow::{bail, Result};
use std::time::Instant;

pub struct Step {
    pub name: &'static str,
    run: fn(Options) -> Result<Counts>,
}

#[derive(Clone, Copy)]
pub struct Options {
    /// Refresh the checked-in file instead of comparing with it.
    pub write: bool,
    /// Fresh contracts are in `artifacts/`: tests over them must run.
    pub wasm: bool,
}

pub const ALL: &[Step] = &[
    Step {
        name: "fmt",
        run: |o| one(fmt(o)),
    },
    Step {
        name: "lengths",
        run: |_| one(lengths::check()),
    },
    Step {
        name: "links",
        run: |_| one(links::check()),
    },
    Step {
        name: "locks",
        run: |_| one(locks::check()),
    },
    Step {
        name: "floors",
        run: |_| one(floors::check()),
    },
    Step {
        name: "licences",
        run: |_| one(licences::check()),
    },
    Step {
        name: "layers",
        run: |o| one(layers::check(o.write)),
    },
    Step {
        name: "clippy",
        run: |_| one(clippy()),
    },
    Step {
        name: "schema",
        run: |o| one(schema::check(o.write)),
    },
    Step {
        name: "wasm",
        run: |_| one(check(&mut command("scripts/build-wasm"))),
    },
    Step {
        name: "twice",
        // The smallest: the others are built by the same flags, and all of them take minutes (`reproducible`).
        run: |_| one(check(command("scripts/reproducible").arg("joule-token"))),
    },
    Step {
        name: "test",
        run: test,
    },
    Step {
        name: "node",
        // A fixed seed: what a gate finds has to be there when it is run again.
        run: |_| run::tests(command("scripts/e2e").arg("7")),
    },
    Step {
        name: "fuzz",
        run: |_| one(check(command("scripts/fuzz").args(["messages", "packed", "wgsl"]))),
    },
];

/// Steps that `ci` leaves out: part of another one, or a build of its own that takes long.
const EXTRA: &[Step] = &[
    Step { name: "vm", run: vm },
    Step {
        name: "reproducible",
        run: |_| one(reproducible()),
    },
    Step {
        name: "fuzz-all",
        run: |_| one(check(&mut command("scripts/fuzz"))),
    },
];

pub fn names() -> Vec<&'static str> {
    ALL.iter().chain(EXTRA).map(|s| s.name).collect()
}

/// Runs the named steps, prints a table and the count. True: nothing failed.
pub fn run(names: &[String], write: bool) -> Result<bool> {
    let mut steps = Vec::new();
    for name in names {
        match ALL.iter().chain(EXTRA).find(|s| s.name == name) {
            Some(step) => steps.push(step),
            None => bail!("no step named {name}; steps: ci {}", self::names().join(" ")),
        }
    }
    let mut options = Options { write, wasm: false };
    let mut table = Vec::new();
    let mut sum = Counts::default();
    for step in steps {
        println!("==> {}", step.name);
        let start = Instant::now();
        let counts = (step.run)(options).unwrap_or_else(|e| {
            eprintln!("{}: {e:#}", step.name);
            Counts { passed: 0, failed: 1 }
        });
        options.wasm |= step.name == "wasm" && counts.failed == 0;
        sum.passed += counts.passed;
        sum.failed += counts.failed;
        table.push((step.name, start.elapsed(), counts));
    }
    println!("\n{:<10} {:>8} {:>7} {:>7}", "step", "seconds", "passed", "failed");
    for (name, time, counts) in table {
        println!(
            "{name:<10} {:>8.1} {:>7} {:>7}",
            time.as_secs_f64(),
            counts.passed,
            counts.failed
        );
    }
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
    Ok(sum.failed == 0)
}

/// A check counts as one.
fn one(result: Result<()>) -> Result<Counts> {
    result.map(|()| Counts { passed: 1, failed: 0 })
}

fn fmt(options: Options) -> Result<()> {
    let mut c = cargo();
    c.args(["fmt", "--all"]);
    if !options.write {
        c.args(["--check", "--", "-l"]);
    }
    check(&mut c)
}

fn clippy() -> Result<()> {
    check(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))
}

fn test(options: Options) -> Result<Counts> {
    let mut c = cargo();
    c.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    if options.wasm {
        c.env("JOULE_WASM", "1");
    }
    run::tests(&mut c)
}

/// Fresh contracts, and the same once more in another folder.
fn reproducible() -> Result<()> {
    check(&mut command("scripts/build-wasm"))?;
    check(&mut command("scripts/reproducible"))
}

/// The tests over compiled contracts alone. `--workspace` keeps the features, and so the build, of the `test` step.
fn vm(_: Options) -> Result<Counts> {
    check(&mut command("scripts/build-wasm"))?;
    run::tests(
        cargo()
            .args(["test", "--workspace", "--locked", "--test", "vm"])
            .env("JOULE_WASM", "1"),
    )
}
