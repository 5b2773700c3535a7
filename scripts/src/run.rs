//! Running commands from the workspace root, and counting what `cargo test` reports.

use anyhow::{bail, Context, Result};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The workspace root: the parent of this crate.
pub fn root() -> PathBuf {
    let mut here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.pop();
    here
}

/// A command with the root as its folder, without input, that never makes rustup download a toolchain.
pub fn command(program: &str) -> Command {
    let mut c = Command::new(program);
    c.current_dir(root())
        .stdin(Stdio::null())
        .env("RUSTUP_AUTO_INSTALL", "0")
        .env("RUST_BACKTRACE", "0");
    c
}

pub fn cargo() -> Command {
    command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string()))
}

/// Runs to the end, output shown; fails on a non-zero exit.
pub fn check(c: &mut Command) -> Result<()> {
    let status = c.status().with_context(|| format!("cannot start {c:?}"))?;
    if !status.success() {
        bail!("{} ended with {status}", show(c));
    }
    Ok(())
}

/// Runs to the end and returns standard output; fails on a non-zero exit.
pub fn output(c: &mut Command) -> Result<String> {
    let out = c
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {c:?}"))?;
    if !out.status.success() {
        bail!("{} ended with {}", show(c), out.status);
    }
    Ok(String::from_utf8(out.stdout)?)
}

/// Files that git tracks or would track (not ignored), as paths from the root, that exist.
pub fn files() -> Result<Vec<String>> {
    let list = output(command("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    let root = root();
    let mut files: Vec<String> = list
        .split('\0')
        .filter(|f| !f.is_empty() && root.join(f).is_file())
        .map(str::to_string)
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// What test binaries reported.
#[derive(Default, Debug, PartialEq, Eq, Clone, Copy)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
}

/// Runs a `cargo test`, output shown as it comes, and sums its result lines. A run that fails without a failed test
/// (it did not compile, a test binary died) counts as one failure.
pub fn tests(c: &mut Command) -> Result<Counts> {
    count(c, &mut std::io::stdout())
}

fn count(c: &mut Command, shown: &mut dyn Write) -> Result<Counts> {
    let mut child = c
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {c:?}"))?;
    let out = child.stdout.take().context("no output pipe")?;
    let mut counts = Counts::default();
    for line in BufReader::new(out).split(b'\n') {
        let line = line?;
        let text = String::from_utf8_lossy(&line);
        if let Some(found) = result_line(&text) {
            counts.passed += found.passed;
            counts.failed += found.failed;
        }
        writeln!(shown, "{text}")?;
    }
    let ok = child.wait()?.success();
    if !ok && counts.failed == 0 {
        counts.failed = 1;
    }
    Ok(counts)
}

/// Reads `test result: ok. 3 passed; 0 failed; ...`.
fn result_line(line: &str) -> Option<Counts> {
    let rest = line.trim_start().strip_prefix("test result: ")?;
    let number = |word: &str| -> Option<u64> {
        let before = rest.split(word).next()?.trim_end();
        before.rsplit([' ', '.', ';']).next()?.parse().ok()
    };
    Some(Counts {
        passed: number(" passed")?,
        failed: number(" failed")?,
    })
}

fn show(c: &Command) -> String {
    let mut words = vec![c.get_program().to_string_lossy().into_owned()];
    words.extend(c.get_args().map(|a| a.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_counted_and_nothing_else() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(result_line(line), Some(Counts { passed: 12, failed: 3 }));
        assert_eq!(
            result_line("test result: ok. 0 passed; 0 failed;"),
            Some(Counts::default())
        );
        assert_eq!(result_line("test foo ... ok"), None);
        assert_eq!(result_line("12 passed; 3 failed"), None);
    }

    #[test]
    fn a_run_that_dies_without_a_failed_test_counts_as_one_failure() {
        let mut shown = Vec::new();
        let mut c = command("sh");
        c.args(["-c", "echo 'test result: ok. 2 passed; 0 failed;'; exit 101"]);
        assert_eq!(count(&mut c, &mut shown).unwrap(), Counts { passed: 2, failed: 1 });
        assert!(shown.ends_with(b"0 failed;\n"));
    }
}
