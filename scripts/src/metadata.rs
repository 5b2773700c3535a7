//! The parts of `cargo metadata` that checks need.

use crate::run::{cargo, output, root};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
pub struct Metadata {
    pub packages: Vec<Package>,
    pub workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
pub struct Package {
    pub id: String,
    pub name: String,
    pub version: String,
    pub license: Option<String>,
    pub source: Option<String>,
    pub manifest_path: String,
    pub dependencies: Vec<Dependency>,
    pub targets: Vec<Target>,
}

#[derive(Deserialize)]
pub struct Dependency {
    pub name: String,
    pub req: String,
    pub source: Option<String>,
    pub path: Option<String>,
    /// `None` is a normal dependency, otherwise `dev` or `build`.
    pub kind: Option<String>,
}

#[derive(Deserialize)]
pub struct Target {
    pub name: String,
    pub kind: Vec<String>,
    pub src_path: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

impl Metadata {
    /// The whole locked graph.
    pub fn load() -> Result<Self> {
        let text = output(cargo().args(["metadata", "--locked", "--format-version", "1"]))?;
        serde_json::from_str(&text).context("cargo metadata")
    }

    pub fn package(&self, id: &str) -> Option<&Package> {
        self.packages.iter().find(|p| p.id == id)
    }

    /// Our own crates.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|p| self.workspace_members.contains(&p.id))
    }

    /// Crates in `contracts/`.
    pub fn contracts(&self) -> impl Iterator<Item = &Package> {
        self.members().filter(|p| p.dir().starts_with("contracts/"))
    }

    /// What is linked into a crate: normal dependencies all the way down, without macros, which only run at compile time.
    pub fn linked(&self, id: &str) -> BTreeSet<&str> {
        let edges: BTreeMap<&str, &Node> = self.resolve.nodes.iter().map(|n| (n.id.as_str(), n)).collect();
        let mut seen = BTreeSet::new();
        let mut next = vec![id];
        while let Some(id) = next.pop() {
            for edge in edges.get(id).map(|n| n.deps.as_slice()).unwrap_or_default() {
                let normal = edge.dep_kinds.iter().any(|k| k.kind.is_none());
                let is_macro = self.package(&edge.pkg).is_some_and(Package::is_macro);
                if normal && !is_macro && seen.insert(edge.pkg.as_str()) {
                    next.push(&edge.pkg);
                }
            }
        }
        seen
    }
}

impl Package {
    fn is_macro(&self) -> bool {
        self.targets.iter().any(|t| t.kind.iter().any(|k| k == "proc-macro"))
    }

    /// The crate's folder from the root, e.g. `contracts/escrow`.
    pub fn dir(&self) -> String {
        let path = std::path::Path::new(&self.manifest_path);
        let dir = path.parent().unwrap_or(path);
        let dir = dir.strip_prefix(root()).unwrap_or(dir);
        dir.to_string_lossy().into_owned()
    }
}
