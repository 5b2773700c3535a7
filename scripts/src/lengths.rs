//! File lengths: a file that outgrows its limit holds more than one thing.

use crate::run::{files, root};
use anyhow::{bail, Result};

const SRC: usize = 400;
const CONTRACT: usize = 150;

pub fn check() -> Result<()> {
    let mut bad = Vec::new();
    for file in files()? {
        if let Some(limit) = limit(&file) {
            let lines = std::fs::read_to_string(root().join(&file))?.lines().count();
            if lines > limit {
                bad.push(format!("{file}: {lines} lines, at most {limit}"));
            }
        }
    }
    if !bad.is_empty() {
        bail!("{} files are too long\n  {}", bad.len(), bad.join("\n  "));
    }
    Ok(())
}

/// The limit for a path from the root; none for what is not a source file.
fn limit(file: &str) -> Option<usize> {
    let parts: Vec<&str> = file.split('/').collect();
    let skipped = |p: &&str| matches!(*p, "generated" | "testdata");
    if !file.ends_with(".rs") || !parts.contains(&"src") || parts.iter().any(skipped) {
        return None;
    }
    let dispatcher = parts.first() == Some(&"contracts") && parts.last() == Some(&"contract.rs");
    Some(if dispatcher { CONTRACT } else { SRC })
}

#[cfg(test)]
mod tests {
    use super::{limit, CONTRACT, SRC};

    #[test]
    fn limits_by_path() {
        assert_eq!(limit("contracts/escrow/src/contract.rs"), Some(CONTRACT));
        assert_eq!(limit("contracts/escrow/src/state.rs"), Some(SRC));
        assert_eq!(limit("packages/types/src/contract.rs"), Some(SRC));
        assert_eq!(limit("contracts/escrow/tests/it/main.rs"), None);
        assert_eq!(limit("packages/work/src/testdata/x.rs"), None);
        assert_eq!(limit("README.md"), None);
    }
}
