//! `floors.toml`: least safe versions, for advisories that CI cannot fetch. Checked against all locks.

use crate::run::root;
use anyhow::{bail, Context, Result};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Floors {
    floor: Vec<Floor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    /// Name in Cargo.lock.
    package: String,
    /// Least safe version.
    least: String,
    /// What is wrong below it.
    reason: String,
    /// Day of the last review, YYYY-MM-DD.
    reviewed: String,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
}

pub fn check() -> Result<()> {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).with_context(|| format!("cannot read {name}"));
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let below = below(&read("floors.toml")?, &read(lock)?).with_context(|| lock.to_string())?;
        if !below.is_empty() {
            bail!("{lock}: locked below the least safe version\n  {}", below.join("\n  "));
        }
    }
    Ok(())
}

fn below(floors: &str, lock: &str) -> Result<Vec<String>> {
    let floors: Floors = basic_toml::from_str(floors).context("floors.toml")?;
    let lock: Lock = basic_toml::from_str(lock).context("not a lock")?;
    let mut bad = Vec::new();
    for floor in &floors.floor {
        if floor.reason.is_empty() || floor.reviewed.split('-').count() != 3 {
            bail!("floors.toml: {} needs a reason and a review date", floor.package);
        }
        let least = version(&floor.least)?;
        for locked in lock.package.iter().filter(|p| p.name == floor.package) {
            if version(&locked.version)? < least {
                bad.push(format!(
                    "{} {} is below {}: {}",
                    locked.name, locked.version, floor.least, floor.reason
                ));
            }
        }
    }
    Ok(bad)
}

/// Major, minor, patch, and whether it is a release (a pre-release sorts before it). Build data is left out.
fn version(text: &str) -> Result<(u64, u64, u64, bool)> {
    let plain = text.split('+').next().unwrap_or(text);
    let (numbers, release) = match plain.split_once('-') {
        Some((numbers, _)) => (numbers, false),
        None => (plain, true),
    };
    let parts: Vec<u64> = numbers
        .split('.')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .with_context(|| format!("not a version: {text}"))?;
    match parts[..] {
        [major, minor, patch] => Ok((major, minor, patch, release)),
        _ => bail!("not a version: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str =
        "[[package]]\nname = \"a\"\nversion = \"1.9.0\"\n[[package]]\nname = \"a\"\nversion = \"2.10.0\"\n";

    fn floor(least: &str) -> String {
        format!("[[floor]]\npackage = \"a\"\nleast = \"{least}\"\nreason = \"r\"\nreviewed = \"2026-11-21\"\n")
    }

    #[test]
    fn versions_below_the_floor_are_named() {
        assert!(below(&floor("1.9.0"), LOCK).unwrap().is_empty());
        let bad = below(&floor("2.9.0"), LOCK).unwrap();
        assert_eq!(bad, ["a 1.9.0 is below 2.9.0: r"]);
        assert_eq!(below(&floor("2.10.1"), LOCK).unwrap().len(), 2);
    }

    #[test]
    fn a_pre_release_is_below_its_release() {
        assert!(version("1.0.0-rc.1").unwrap() < version("1.0.0+build").unwrap());
        assert!(version("1.0").is_err());
    }
}
