//! What a job asks for, checked before anything runs.

use serde::{Deserialize, Serialize};

use super::{wasm, wgsl, RuntimeError};

/// The runtimes of this agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// Core WebAssembly modules.
    Wasm,
    /// Integer WGSL compute programs.
    Wgsl,
}

impl Runtime {
    /// Every runtime.
    pub const ALL: [Self; 2] = [Self::Wasm, Self::Wgsl];

    /// Interface, engine and the version whose fuel and results hold.
    pub fn id(self) -> &'static str {
        match self {
            Self::Wasm => wasm::RUNTIME_ID,
            Self::Wgsl => wgsl::RUNTIME_ID,
        }
    }

    /// The largest limits that a job of this runtime may ask for.
    fn ceiling(self) -> Limits {
        match self {
            Self::Wasm => Limits::CEILING,
            Self::Wgsl => wgsl::CEILING,
        }
    }

    /// The largest fuel of a step.
    fn most_fuel(self) -> u64 {
        match self {
            // The engine counts fuel in a signed number.
            Self::Wasm => u64::MAX >> 1,
            Self::Wgsl => wgsl::MAX_FUEL,
        }
    }
}

/// Most steps a job may have: a trace of this size still opens with 12 hashes.
pub const MAX_STEPS: u32 = 4096;

/// Ceilings of one run, in bytes. They are part of the job: a run that meets one fails in the same way everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Size of the module as fetched.
    pub module_bytes: u64,
    /// Size of the input as fetched.
    pub input_bytes: u64,
    /// Size of the whole output.
    pub output_bytes: u64,
    /// Linear memory of a module, all buffers of a WGSL program.
    pub memory_bytes: u64,
}

impl Limits {
    /// The largest values an agent accepts, whatever a job asks for.
    pub const CEILING: Self = Self {
        module_bytes: 8 << 20,
        input_bytes: 256 << 20,
        output_bytes: 256 << 20,
        memory_bytes: 2 << 30,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            module_bytes: 2 << 20,
            input_bytes: 64 << 20,
            output_bytes: 64 << 20,
            memory_bytes: 256 << 20,
        }
    }
}

/// What is run, without the bytes: the module and the input come beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// Runtime id; it names the engine's version, since fuel depends on it ([`Runtime::id`]).
    pub runtime: String,
    /// Number of calls of `step`, or of dispatches: 1 to [`MAX_STEPS`].
    pub steps: u32,
    /// Fuel of each step, in the engine's units; what a step leaves over is not carried on.
    pub fuel_per_step: u64,
    /// Ceilings of the run.
    #[serde(default)]
    pub limits: Limits,
}

impl JobSpec {
    /// The runtime that the id names.
    pub fn runtime(&self) -> Result<Runtime, RuntimeError> {
        let known = Runtime::ALL.into_iter().find(|runtime| runtime.id() == self.runtime);
        known.ok_or_else(|| RuntimeError::UnknownRuntime {
            asked: self.runtime.clone(),
            have: Runtime::ALL.map(Runtime::id).join(" and "),
        })
    }

    /// Refuses what this agent cannot run as asked, naming the field.
    pub fn check(&self) -> Result<(), RuntimeError> {
        let runtime = self.runtime()?;
        let top = runtime.ceiling();
        within("steps", u64::from(self.steps), 1, u64::from(MAX_STEPS))?;
        within("fuel_per_step", self.fuel_per_step, 1, runtime.most_fuel())?;
        within("module_bytes", self.limits.module_bytes, 1, top.module_bytes)?;
        within("memory_bytes", self.limits.memory_bytes, 1, top.memory_bytes)?;
        within("output_bytes", self.limits.output_bytes, 1, top.output_bytes)?;
        within("input_bytes", self.limits.input_bytes, 0, top.input_bytes)
    }

    /// Most bytes of memory that a run takes beside the program's own.
    pub fn footprint(&self) -> u64 {
        let l = &self.limits;
        // The output of a step grows by doubling; input and module are held once while they are read.
        let passing = l
            .input_bytes
            .saturating_add(l.output_bytes.saturating_mul(2))
            .saturating_add(l.module_bytes * 2);
        let held = match self.runtime() {
            // As bytes and as words, and what a step wrote, which grows by doubling.
            Ok(Runtime::Wgsl) => l.memory_bytes.saturating_mul(4),
            _ => l.memory_bytes,
        };
        passing.saturating_add(held)
    }

    /// Refuses bytes that are larger than the job allows.
    pub fn check_sizes(&self, module: u64, input: u64) -> Result<(), RuntimeError> {
        let too_large = |what: &str, bytes, cap| RuntimeError::TooLarge {
            what: what.into(),
            bytes,
            cap,
        };
        if module > self.limits.module_bytes {
            return Err(too_large("module", module, self.limits.module_bytes));
        }
        if input > self.limits.input_bytes {
            return Err(too_large("input", input, self.limits.input_bytes));
        }
        Ok(())
    }
}

fn within(field: &'static str, value: u64, min: u64, max: u64) -> Result<(), RuntimeError> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(RuntimeError::OutOfRange {
            field: field.into(),
            value,
            min,
            max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> JobSpec {
        JobSpec {
            runtime: wasm::RUNTIME_ID.into(),
            steps: 1,
            fuel_per_step: 1,
            limits: Limits::default(),
        }
    }

    #[test]
    fn the_limits_of_a_spec_are_checked_at_their_edges() {
        assert_eq!(spec().check(), Ok(()));
        assert_eq!(
            JobSpec {
                limits: Limits::CEILING,
                steps: MAX_STEPS,
                ..spec()
            }
            .check(),
            Ok(())
        );
        for (bad, field) in [
            (JobSpec { steps: 0, ..spec() }, "steps"),
            (
                JobSpec {
                    steps: MAX_STEPS + 1,
                    ..spec()
                },
                "steps",
            ),
            (
                JobSpec {
                    fuel_per_step: 0,
                    ..spec()
                },
                "fuel_per_step",
            ),
            (
                JobSpec {
                    fuel_per_step: u64::MAX,
                    ..spec()
                },
                "fuel_per_step",
            ),
            (
                JobSpec {
                    limits: Limits {
                        memory_bytes: u64::MAX,
                        ..spec().limits
                    },
                    ..spec()
                },
                "memory_bytes",
            ),
            (
                JobSpec {
                    limits: Limits {
                        output_bytes: 0,
                        ..spec().limits
                    },
                    ..spec()
                },
                "output_bytes",
            ),
            (
                JobSpec {
                    limits: Limits {
                        input_bytes: u64::MAX,
                        ..spec().limits
                    },
                    ..spec()
                },
                "input_bytes",
            ),
        ] {
            let error = bad.check().unwrap_err();
            assert!(
                matches!(error, RuntimeError::OutOfRange { field: ref f, .. } if f == field),
                "{error}"
            );
        }
    }

    #[test]
    fn another_engine_version_is_another_runtime() {
        let bad = JobSpec {
            runtime: "wasm/1@wasmtime-1.0.0".into(),
            ..spec()
        };
        assert_eq!(bad.check().unwrap_err().code(), "runtime.unknown");
    }

    #[test]
    fn a_runtime_has_its_own_ceilings() {
        let wgsl = JobSpec {
            runtime: wgsl::RUNTIME_ID.into(),
            fuel_per_step: wgsl::MAX_FUEL,
            ..spec()
        };
        assert_eq!((wgsl.check(), wgsl.runtime()), (Ok(()), Ok(Runtime::Wgsl)));
        let fuel = JobSpec {
            fuel_per_step: wgsl::MAX_FUEL + 1,
            ..wgsl.clone()
        };
        assert_eq!(fuel.check().unwrap_err().code(), "runtime.out_of_range");
        let memory = JobSpec {
            limits: Limits {
                memory_bytes: wgsl::CEILING.memory_bytes + 1,
                ..wgsl.limits
            },
            ..wgsl
        };
        assert_eq!(memory.check().unwrap_err().code(), "runtime.out_of_range");
    }

    #[test]
    fn sizes_are_allowed_up_to_the_cap() {
        let cap = spec().limits;
        assert_eq!(spec().check_sizes(cap.module_bytes, cap.input_bytes), Ok(()));
        assert_eq!(
            spec().check_sizes(cap.module_bytes + 1, 0).unwrap_err().code(),
            "runtime.too_large"
        );
        assert_eq!(
            spec().check_sizes(0, cap.input_bytes + 1).unwrap_err().code(),
            "runtime.too_large"
        );
    }
}
