//! Locks of crates that are no members of the workspace: they go stale when dependencies of our crates change, and nothing notices
//! before their own build, which is late.

use crate::run::{cargo, root};
use anyhow::{bail, Context, Result};
use std::path::Path;

/// Manifests beside the workspace's.
const OTHERS: [&str; 1] = ["fuzz/Cargo.toml"];

pub fn check() -> Result<()> {
    OTHERS
        .iter()
        .try_for_each(|manifest| fits(manifest, &root().join(manifest)))
}

/// The lock beside a manifest says all that its crates need.
fn fits(name: &str, manifest: &Path) -> Result<()> {
    let mut c = cargo();
    c.args(["metadata", "--locked", "--format-version", "1", "--manifest-path"]);
    let done = c
        .arg(manifest)
        .output()
        .with_context(|| format!("cannot start {c:?}"))?;
    if !done.status.success() {
        let why = String::from_utf8_lossy(&done.stderr);
        bail!(
            "the lock beside {name} does not fit: {}\n  run: cargo update --workspace --manifest-path {name}",
            why.trim()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_lock_that_lacks_a_dependency_is_told_with_what_to_run() {
        let dir = std::env::temp_dir().join(format!("joule-locks-{}", std::process::id()));
        let make = |name: &str, more: &str| {
            let src = dir.join(name).join("src");
            fs::create_dir_all(&src).unwrap();
            fs::write(src.join("lib.rs"), "").unwrap();
            let text = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n[workspace]\n{more}");
            fs::write(dir.join(name).join("Cargo.toml"), text).unwrap();
        };
        make("a", "");
        make("b", "");
        let manifest = dir.join("a/Cargo.toml");
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n";
        fs::write(dir.join("a/Cargo.lock"), lock).unwrap();
        let first = fits("a/Cargo.toml", &manifest).map_err(|e| e.to_string());
        make("a", "[dependencies]\nb = { path = \"../b\" }\n");
        let second = fits("a/Cargo.toml", &manifest).map_err(|e| e.to_string());
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!(first, Ok(()));
        let told = second.unwrap_err();
        assert!(
            told.starts_with("the lock beside a/Cargo.toml does not fit: "),
            "{told}"
        );
        assert!(
            told.ends_with("run: cargo update --workspace --manifest-path a/Cargo.toml"),
            "{told}"
        );
    }
}
