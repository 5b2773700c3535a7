//! The job file: what a buyer writes down, TOML or JSON. `examples/jobs/factor.toml` explains every line.
use std::path::{Path, PathBuf};

use cosmwasm_std::{HexBinary, Uint64};
use joule_types::marketplace::{JobSpec, Object, Params, Requirements, Verification};
use serde::Deserialize;

use super::judge::Judge;
use super::wanted::Wanted;
use crate::chain::contracts::money::{Amount, Denoms};
use crate::error::{Error, Result};
use crate::provider::toml_error;
use crate::runtime::{self, Limits};

/// Largest job file.
const MAX_BYTES: u64 = 64 << 10;

/// A job as its buyer describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobFile {
    /// Engine, interface and fuel table.
    pub runtime: String,
    /// The program.
    pub bundle: Source,
    /// Its input.
    pub input: Source,
    /// Calls of `step(i)`.
    pub steps: u32,
    /// Fuel of one call.
    pub fuel_per_step: u64,
    /// Memory of the job.
    #[serde(default = "memory")]
    pub memory_mb: u32,
    /// Most bytes of output.
    #[serde(default = "output")]
    pub max_output: u64,
    /// The most the provider may get; its coin is the denomination of the deal.
    pub budget: Amount,
    /// Set aside for those who carry out deadlines, in the budget's coin.
    pub tips: Option<Amount>,
    /// Who judges the result.
    #[serde(default)]
    pub verification: Judge,
    /// Set aside for validators, in the budget's coin; what the first jury of every attempt costs at most if absent.
    pub verification_budget: Option<Amount>,
    /// Longest running time in seconds: what the quote covers.
    pub max_secs: u64,
    /// Seconds it should take.
    pub estimated_secs: Option<u64>,
    /// Seconds from now in which a node has to be found.
    #[serde(default = "deadline")]
    pub deadline_secs: u64,
    /// The buyer's own measure of difficulty.
    #[serde(default = "one")]
    pub complexity: u32,
    /// What the offer must meet.
    #[serde(default)]
    pub requirements: Wanted,
    /// Folder of the file: paths in it start there.
    #[serde(skip)]
    folder: PathBuf,
}

/// Where the bytes of an object are: a local file, which is uploaded, or a place that providers can reach.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
pub enum Source {
    /// A file, relative to the job file.
    File {
        /// Path.
        path: PathBuf,
    },
    /// An object that lies somewhere already.
    Placed {
        /// https address, or file: on a local chain.
        url: String,
        /// Digest of the bytes, hexadecimal.
        sha256: HexBinary,
        /// Number of bytes.
        size: u64,
    },
}

impl JobFile {
    /// Reads and checks a file; by its ending JSON, otherwise TOML.
    pub fn read(path: &Path) -> Result<Self> {
        let unreadable = |why: &dyn std::fmt::Display| {
            Error::usage(
                "job_file.unreadable",
                format!("{}: {why}", path.display()),
                "give a readable job file",
            )
        };
        let size = std::fs::metadata(path).map_err(|e| unreadable(&e))?.len();
        if size > MAX_BYTES {
            return Err(unreadable(&format!("{size} bytes are no job file")));
        }
        let text = std::fs::read_to_string(path).map_err(|e| unreadable(&e))?;
        let invalid = |why: String| {
            let next = "compare it with examples/jobs/factor.toml";
            Error::usage("job_file.invalid", format!("{}: {why}", path.display()), next)
        };
        let is_json = path.extension().is_some_and(|e| e == "json");
        let mut file = Self::parse(&text, is_json).map_err(invalid)?;
        file.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(file)
    }

    /// Reads and checks the text of a file.
    pub fn parse(text: &str, is_json: bool) -> std::result::Result<Self, String> {
        let file: Self = if is_json {
            serde_json::from_str(text).map_err(|e| e.to_string())
        } else {
            toml::from_str(text).map_err(|e| toml_error(text, &e))
        }?;
        file.check()?;
        Ok(file)
    }

    /// What the market would refuse later, and what this version's runtime cannot run.
    fn check(&self) -> std::result::Result<(), String> {
        self.runtime_spec().check().map_err(|e| e.to_string())?;
        self.check_judge()?;
        let positive = [
            ("max_secs", self.max_secs),
            ("deadline_secs", self.deadline_secs),
            ("complexity", self.complexity.into()),
        ];
        for (field, value) in positive {
            if value == 0 {
                return Err(format!("{field} must be positive"));
            }
        }
        if self.estimated_secs.is_some_and(|secs| secs > self.max_secs) {
            return Err("estimated_secs is above max_secs".into());
        }
        for source in [&self.bundle, &self.input] {
            match source {
                Source::Placed { sha256, .. } if sha256.len() != 32 => return Err("sha256 must have 64 digits".into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// As the runtime reads it.
    fn runtime_spec(&self) -> runtime::JobSpec {
        let limits = Limits {
            output_bytes: self.max_output,
            memory_bytes: u64::from(self.memory_mb) << 20,
            ..Limits::CEILING
        };
        runtime::JobSpec {
            runtime: self.runtime.clone(),
            steps: self.steps,
            fuel_per_step: self.fuel_per_step,
            limits,
        }
    }

    /// What the offer must meet.
    pub fn requirements(&self, denoms: &Denoms) -> Result<Requirements> {
        Ok(self
            .requirements
            .clone()
            .requirements(denoms.money(&self.budget)?, self.max_secs))
    }

    /// Tips as base units of the deal's coin.
    pub fn tips(&self, denoms: &Denoms) -> Result<u128> {
        self.beside(denoms, "tips", self.tips.as_ref())
            .map(|tips| tips.unwrap_or(0))
    }

    /// Base units of a sum that has to be in the budget's coin.
    pub(super) fn beside(&self, denoms: &Denoms, name: &str, sum: Option<&Amount>) -> Result<Option<u128>> {
        let Some(sum) = sum else { return Ok(None) };
        let (sum, budget) = (denoms.money(sum)?, denoms.money(&self.budget)?);
        if sum.denom != budget.denom {
            return Err(Error::usage(
                "job_file.invalid",
                format!("{name} and budget are in different coins"),
                "use the budget's coin",
            ));
        }
        Ok(Some(sum.amount.u128()))
    }

    /// The job on chain, once its objects are placed. `now` is the chain's time.
    pub fn spec(&self, denoms: &Denoms, params: &Params, bundle: Object, input: Object, now: u64) -> Result<JobSpec> {
        Ok(JobSpec {
            runtime: self.runtime.clone(),
            bundle,
            input,
            steps: self.steps,
            fuel_per_step: Uint64::new(self.fuel_per_step),
            memory_mb: self.memory_mb,
            max_output: Uint64::new(self.max_output),
            complexity: self.complexity,
            estimated_secs: self.estimated_secs.unwrap_or(self.max_secs),
            requirements: self.requirements(denoms)?,
            verification_budget: self.verification_budget(denoms, params)?.into(),
            crank_deposit: self.tips(denoms)?.into(),
            deadline_at: now.saturating_add(self.deadline_secs),
            verification: match self.verification {
                Judge::Buyer => Verification::BuyerAccept {},
                Judge::Committee => Verification::Committee {},
            },
        })
    }

    /// The bytes of a local source with their limit; none for one that is placed already.
    pub fn local(&self, source: &Source, most: u64) -> Result<Option<Vec<u8>>> {
        let Source::File { path } = source else { return Ok(None) };
        let path = self.folder.join(path);
        let failed = |why: &dyn std::fmt::Display| {
            Error::usage(
                "job_file.missing_object",
                format!("{}: {why}", path.display()),
                "correct the path in the job file",
            )
        };
        let size = std::fs::metadata(&path).map_err(|e| failed(&e))?.len();
        if size > most {
            return Err(failed(&format!("{size} bytes, at most {most} are allowed")));
        }
        std::fs::read(&path).map(Some).map_err(|e| failed(&e))
    }
}

fn memory() -> u32 {
    64
}

fn output() -> u64 {
    16 << 20
}

fn deadline() -> u64 {
    600
}

fn one() -> u32 {
    1
}

#[cfg(test)]
pub(super) mod tests {
    use cosmwasm_std::Addr;
    use cw20::Denom;
    use joule_work::kind::ResourceKind;

    use super::*;

    const GOOD: &str = r#"
        runtime = "wasm/1@wasmtime-48.0.8"
        steps = 32
        fuel_per_step = 2_000_000_000
        budget = "0.2usdc"
        tips = "0.01usdc"
        max_secs = 120
        bundle = { path = "factor.wasm" }
        input = { url = "https://objects.example/in", sha256 = "00", size = 3 }
        [requirements]
        min_reputation = 90
    "#;

    pub fn params() -> Params {
        joule_rollout::Plan::local("wasm1arbiter").marketplace
    }

    pub fn denoms() -> Denoms {
        Denoms::new(
            &[Denom::Native("uusdc".into()), Denom::Cw20(Addr::unchecked("wasm1t"))],
            "wasm1t",
        )
    }

    pub fn read(text: &str, ending: &str) -> Result<JobFile> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(format!("job.{ending}"));
        std::fs::write(&path, text).unwrap();
        JobFile::read(&path)
    }

    pub fn good() -> String {
        GOOD.replace("\"00\"", &format!("\"{}\"", "ab".repeat(32)))
    }

    #[test]
    fn a_file_becomes_a_job() {
        let file = read(&good(), "toml").unwrap();
        let object = |url: &str| Object {
            sha256: HexBinary::from([1; 32]),
            size: 1u64.into(),
            url: url.into(),
        };
        let spec = file
            .spec(&denoms(), &params(), object("a"), object("b"), 1_000)
            .unwrap();
        assert_eq!(
            (spec.requirements.budget.u128(), spec.crank_deposit.u128()),
            (200_000, 10_000)
        );
        assert_eq!(
            (spec.deadline_at, spec.estimated_secs, spec.requirements.min_reputation),
            (1_600, 120, 90_000)
        );
        assert_eq!(spec.requirements.kind, ResourceKind::Cpu);
        assert_eq!(spec.verification, Verification::BuyerAccept {});
        assert!(spec.verification_budget.is_zero());
    }

    #[test]
    fn the_examples_are_jobs_and_hold_the_defaults() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/jobs");
        for name in ["factor.toml", "raytrace.json"] {
            let file = JobFile::read(&folder.join(name)).unwrap();
            assert!(
                file.local(&file.bundle, 1 << 20).unwrap().is_some()
                    && file.local(&file.input, 1 << 20).unwrap().is_some()
            );
        }
        let factor = JobFile::read(&folder.join("factor.toml")).unwrap();
        let money = denoms().money(&factor.budget).unwrap();
        let defaults = Wanted::default().requirements(money, factor.max_secs);
        assert_eq!(factor.requirements(&denoms()).unwrap(), defaults);
        assert_eq!((factor.deadline_secs, factor.complexity), (deadline(), one()));
    }

    #[test]
    fn malformed_files_are_named_with_the_line_at_fault() {
        let with = |from: &str, to: &str| good().replace(from, to);
        for (text, words) in [
            (String::new(), "missing field `runtime`"),
            (with("steps = 32", "steps = 0"), "steps"),
            (with("steps = 32", "stepps = 32"), "stepps"),
            (with("wasmtime-48.0.8", "wasmtime-1.0.0"), "runtime.unknown"),
            (with("\"0.2usdc\"", "0.2"), "budget"),
            (with("max_secs = 120", "max_secs = 0"), "max_secs must be positive"),
            (
                with("max_secs = 120", "max_secs = 120\nestimated_secs = 121"),
                "estimated_secs",
            ),
            (with("abababab", "abab"), "sha256"),
            (with("path = ", "pth = "), "bundle"),
        ] {
            let error = read(&text, "toml").unwrap_err();
            assert_eq!(error.code(), "job_file.invalid", "{error}");
            assert!(
                error.to_string().contains(words) && !error.to_string().contains('\n'),
                "{words}: {error}"
            );
        }
        assert_eq!(read("{", "json").unwrap_err().code(), "job_file.invalid");
        assert_eq!(
            JobFile::read(Path::new("/nowhere/job.toml")).unwrap_err().code(),
            "job_file.unreadable"
        );
        let file = read(&good(), "toml").unwrap();
        assert_eq!(
            file.local(&file.bundle, 10).unwrap_err().code(),
            "job_file.missing_object"
        );
        assert_eq!(
            super::super::wanted::kind("tpu").unwrap_err().code(),
            "job_file.unknown_kind"
        );
    }

    #[test]
    fn tips_are_in_the_coin_of_the_budget() {
        let file = read(&good().replace("\"0.01usdc\"", "\"1joule\""), "toml").unwrap();
        assert_eq!(file.tips(&denoms()).unwrap_err().code(), "job_file.invalid");
        let file = read(&good().replace("0.2usdc", "0.2euro"), "toml").unwrap();
        assert_eq!(file.requirements(&denoms()).unwrap_err().code(), "money.unknown_denom");
    }
}
