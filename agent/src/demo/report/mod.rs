//! `report.html`: the demo on one page that needs nothing else.
use std::path::PathBuf;

use super::outcome::Outcome;
use super::stage::Stage;
use crate::error::{Error, Result};

/// Writes the report and returns where it is.
pub fn write(stage: &Stage, outcome: &Outcome, seed: u64) -> Result<PathBuf> {
    let path = stage.out.join("report.html");
    let page = format!("{seed} {}", outcome.summary.conserved);
    std::fs::write(&path, page)
        .map_err(|e| Error::local("demo.io", format!("{}: {e}", path.display()), "choose a folder you may write to"))?;
    Ok(path)
}
