//! The demo on the node, as a person would run it.
use std::fs::File;

use serde_json::Value;

use super::net::{artifacts, Run};
use super::Result;

/// All scenarios of the demo with all that it expects, on the market that is there.
pub fn story(run: &Run) -> Result<()> {
    for turn in 0..run.times(1, 3) {
        if turn > 0 {
            run.fresh()?;
        }
        let seed = run.seed.wrapping_add(u64::try_from(turn)?);
        let log = run.dir.join(format!("story-{seed}.jsonl"));
        let done = run
            .joule()
            .args(["demo", "--json", "--seed", &seed.to_string(), "--chain"])
            .arg(&run.market)
            .arg("--artifacts")
            .arg(artifacts())
            .arg("--out")
            .arg(run.dir.join(format!("story-{seed}")))
            .stdout(File::create(&log)?)
            .stderr(File::create(log.with_extension("err"))?)
            .status()?;
        let text = std::fs::read_to_string(&log)?;
        if !done.success() {
            let why = std::fs::read_to_string(log.with_extension("err"))?;
            return Err(format!("seed {seed}: {why}").into());
        }
        let summary: Value = serde_json::from_str(text.lines().last().unwrap_or_default())?;
        if summary["event"] != "summary" || summary["conserved"] != true {
            return Err(format!("seed {seed}: {summary}").into());
        }
    }
    Ok(())
}
