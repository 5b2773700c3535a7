//! Bans, licences and sources of every crate in the lock, as `deny.toml` has them. The file is cargo-deny's, which reads
//! it too; this is the part of it that needs neither a network nor the building of a tool of 350 crates on every machine.

mod spdx;

use crate::metadata::{Metadata, Package};
use crate::run::root;
use anyhow::{bail, Context, Result};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
    #[serde(default)]
    clarify: Vec<Clarify>,
}

/// Licences that one crate may have beyond the list.
#[derive(Deserialize)]
struct Exception {
    allow: Vec<String>,
    #[serde(rename = "crate")]
    package: String,
}

/// The licence of a crate whose manifest does not say it, read by a person.
#[derive(Deserialize)]
struct Clarify {
    #[serde(rename = "crate")]
    package: String,
    expression: String,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    package: String,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

pub fn check() -> Result<()> {
    let text = std::fs::read_to_string(root().join("deny.toml")).context("cannot read deny.toml")?;
    let deny: Deny = basic_toml::from_str(&text).context("deny.toml")?;
    let graph = Metadata::load()?;
    let mut bad = Vec::new();
    for package in &graph.packages {
        bad.extend(package_faults(&deny, package));
    }
    for member in graph.members() {
        bad.extend(member_faults(member));
    }
    bad.extend(unused(&deny, &graph));
    if !bad.is_empty() {
        bail!("{} faults\n  {}", bad.len(), bad.join("\n  "));
    }
    Ok(())
}

fn package_faults(deny: &Deny, package: &Package) -> Vec<String> {
    let mut bad = Vec::new();
    let name = format!("{} {}", package.name, package.version);
    if let Some(banned) = deny.bans.deny.iter().find(|b| b.package == package.name) {
        bad.push(format!("{name} is banned: {}", banned.reason));
    }
    if let Some(source) = &package.source {
        let url = source.strip_prefix("registry+");
        if !url.is_some_and(|u| deny.sources.allow_registry.iter().any(|a| a == u)) {
            bad.push(format!("{name} comes from {source}"));
        }
    }
    let clarified = deny.licenses.clarify.iter().find(|c| c.package == package.name);
    let Some(licence) = clarified.map(|c| &c.expression).or(package.license.as_ref()) else {
        bad.push(format!(
            "{name} names no licence: read it and add it to licenses.clarify"
        ));
        return bad;
    };
    let exceptions = deny.licenses.exceptions.iter().filter(|e| e.package == package.name);
    let extra: Vec<&String> = exceptions.flat_map(|e| &e.allow).collect();
    let allowed = |l: &str| deny.licenses.allow.iter().any(|a| a == l) || extra.iter().any(|a| *a == l);
    match spdx::satisfied(licence, &allowed) {
        Ok(true) => {}
        Ok(false) => bad.push(format!("{name} is under {licence}")),
        Err(e) => bad.push(format!("{name}: {e:#}")),
    }
    bad
}

/// Registry dependencies of our own crates must name a version.
fn member_faults(member: &Package) -> Vec<String> {
    let wild = |d: &&crate::metadata::Dependency| d.source.is_some() && d.path.is_none() && d.req == "*";
    let deps = member.dependencies.iter().filter(wild);
    deps.map(|d| format!("{} takes any version of {}", member.name, d.name))
        .collect()
}

/// Exceptions that no crate needs any more.
fn unused(deny: &Deny, graph: &Metadata) -> Vec<String> {
    let known: BTreeSet<&str> = graph.packages.iter().map(|p| p.name.as_str()).collect();
    let exceptions = deny.licenses.exceptions.iter().map(|e| &e.package);
    let clarified = deny.licenses.clarify.iter().map(|c| &c.package);
    let gone = exceptions.chain(clarified).filter(|n| !known.contains(n.as_str()));
    gone.map(|n| format!("deny.toml names {n}, which is not in the lock"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = r#"
        [licenses]
        allow = ["MIT"]
        exceptions = [{ allow = ["ISC"], crate = "special" }]
        [[licenses.clarify]]
        crate = "silent"
        expression = "MIT"
        [bans]
        deny = [{ crate = "evil", reason = "why" }]
        [sources]
        allow-registry = ["https://registry"]
    "#;

    fn faults(name: &str, licence: Option<&str>, source: Option<&str>) -> Vec<String> {
        let package = Package {
            id: String::new(),
            name: name.to_string(),
            version: "1.0.0".to_string(),
            license: licence.map(str::to_string),
            source: source.map(str::to_string),
            manifest_path: String::new(),
            dependencies: Vec::new(),
            targets: Vec::new(),
        };
        package_faults(&basic_toml::from_str(DENY).unwrap(), &package)
    }

    #[test]
    fn each_rule_bites() {
        let home = Some("registry+https://registry");
        assert!(faults("good", Some("MIT"), home).is_empty());
        assert!(faults("special", Some("ISC"), home).is_empty());
        assert!(faults("silent", None, home).is_empty());
        assert_eq!(faults("good", Some("ISC"), home).len(), 1);
        assert_eq!(faults("good", None, home).len(), 1);
        assert_eq!(faults("evil", Some("MIT"), home).len(), 1);
        assert_eq!(faults("good", Some("MIT"), Some("git+https://elsewhere")).len(), 1);
        assert_eq!(faults("good", Some("MIT"), Some("registry+https://other")).len(), 1);
    }
}
