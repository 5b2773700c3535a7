//! From what the steps wrote to what is committed on chain: one place, used by whoever runs or re-runs a job.

use joule_work::digest;

use super::engine::{Record, Step, Written};
use super::{JobFailure, JobSpec, RuntimeError};

/// Most steps that a job on chain can have, whatever a runtime allows.
const MOST_LEAVES: u32 = 1 << 16;

/// One finished step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRecord {
    /// Position from 0.
    pub index: u32,
    /// `joule_work::digest::step_digest` of what the step wrote.
    pub digest: [u8; 32],
    /// Bytes that the step wrote.
    pub bytes: u64,
    /// Fuel that the step used.
    pub fuel: u64,
}

/// What a job came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// SHA-256 of the output.
    pub result_root: [u8; 32],
    /// Merkle root over `trace`.
    pub trace_root: [u8; 32],
    /// Digest of every step of the specification, also of those that a failure left out.
    pub trace: Vec<[u8; 32]>,
    /// The steps that ended, in order.
    pub steps: Vec<StepRecord>,
    /// The output, or the report of the failure.
    pub output: Vec<u8>,
    /// How the job failed by itself.
    pub failure: Option<JobFailure>,
}

/// Collects a run step by step.
///
/// With digests from before a restart, a run is a *replay* up to their end: an instance has state, so a job resumes by
/// running again from step 0, and each step must give the digest that the journal holds.
#[derive(Debug)]
pub struct Transcript {
    spec: JobSpec,
    steps: Vec<StepRecord>,
    output: Vec<u8>,
    journalled: Vec<[u8; 32]>,
}

impl Transcript {
    /// Starts a run; `journalled` are the digests of steps 0.. that an earlier run of the same attempt recorded.
    pub fn new(spec: &JobSpec, journalled: Vec<[u8; 32]>) -> Self {
        Self {
            spec: spec.clone(),
            steps: Vec::new(),
            output: Vec::new(),
            journalled,
        }
    }

    /// Takes the next step.
    pub fn push(&mut self, step: &Step<'_>) -> Result<&StepRecord, RuntimeError> {
        let at = self.steps.len();
        let index = self.len();
        let (digest, bytes) = match step.written {
            Written::Output(written) => {
                self.fits(written.len())?;
                let digest = digest::step_digest(u64::from(index), written);
                (digest, written.len() as u64)
            }
            Written::State { digest, bytes } => (digest, bytes),
        };
        if self.journalled.get(at).is_some_and(|before| *before != digest) {
            return Err(RuntimeError::ReplayDiverged { step: index });
        }
        if let Written::Output(written) = step.written {
            self.output.extend_from_slice(written);
        }
        self.steps.push(StepRecord {
            index,
            digest,
            bytes,
            fuel: step.fuel,
        });
        Ok(&self.steps[at])
    }

    /// Takes the output of a run whose steps wrote state.
    pub fn put_output(&mut self, output: Vec<u8>) -> Result<(), RuntimeError> {
        self.fits(output.len())?;
        self.output = output;
        Ok(())
    }

    fn fits(&self, more: usize) -> Result<(), RuntimeError> {
        let (bytes, cap) = ((self.output.len() + more) as u64, self.spec.limits.output_bytes);
        if bytes > cap {
            let step = self.len();
            return Err(RuntimeError::OutputLimit { step, bytes, cap });
        }
        Ok(())
    }

    /// Number of steps taken so far.
    pub fn len(&self) -> u32 {
        u32::try_from(self.steps.len()).unwrap_or(u32::MAX)
    }

    /// Whether no step was taken yet.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Roots over all that was taken.
    pub fn finish(self) -> Outcome {
        self.close(None)
    }

    /// What a job comes to that fails by itself ([`RuntimeError::is_deterministic`]): the report is the output, and every
    /// step that did not end counts as having written the report, so that a judge can open any position of the trace.
    ///
    /// # Errors
    /// [`RuntimeError::ReplayDiverged`] where an earlier run came further.
    pub fn fail(self, error: &RuntimeError) -> Result<Outcome, RuntimeError> {
        let step = self.len();
        if self.journalled.len() > self.steps.len() {
            return Err(RuntimeError::ReplayDiverged { step });
        }
        Ok(self.close(Some(JobFailure {
            code: error.code().into(),
            step,
            words: error.to_string(),
        })))
    }

    fn close(mut self, failure: Option<JobFailure>) -> Outcome {
        let mut trace: Vec<[u8; 32]> = self.steps.iter().map(|s| s.digest).collect();
        if let Some(failure) = &failure {
            self.output = failure.report();
            let left_out = self.len()..self.spec.steps.min(MOST_LEAVES);
            trace.extend(left_out.map(|step| digest::step_digest(u64::from(step), &self.output)));
        }
        Outcome {
            result_root: digest::result_root(&self.output),
            trace_root: digest::trace_root(&trace),
            trace,
            steps: self.steps,
            output: self.output,
            failure,
        }
    }
}

impl Record for Transcript {
    fn step(&mut self, step: &Step<'_>) -> Result<(), RuntimeError> {
        self.push(step).map(drop)
    }

    fn output(&mut self, output: Vec<u8>) -> Result<(), RuntimeError> {
        self.put_output(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{Limits, Runtime};

    fn transcript(steps: u32) -> Transcript {
        let spec = JobSpec {
            runtime: Runtime::Wasm.id().into(),
            steps,
            fuel_per_step: 1,
            limits: Limits {
                output_bytes: 4,
                ..Limits::default()
            },
        };
        Transcript::new(&spec, vec![])
    }

    fn trap() -> RuntimeError {
        RuntimeError::Trap {
            step: 1,
            reason: "whatever the engine says".into(),
        }
    }

    fn wrote(bytes: &[u8]) -> Step<'_> {
        Step {
            written: Written::Output(bytes),
            fuel: 1,
        }
    }

    #[test]
    fn a_failure_has_a_digest_for_every_step_of_the_job() {
        let mut run = transcript(16);
        run.push(&wrote(b"a")).unwrap();
        let failed = run.fail(&trap()).unwrap();
        let report = br#"{"code":"wasm.trap","joule_failure":1,"step":1}"#;
        assert_eq!((failed.output.as_slice(), failed.trace.len()), (&report[..], 16));
        assert_eq!(failed.steps.len(), 1);
        assert_eq!(failed.trace[0], digest::step_digest(0, b"a"));
        assert_eq!(failed.trace[15], digest::step_digest(15, report));
        assert_eq!(failed.trace_root, digest::trace_root(&failed.trace));
        assert_eq!(failed.result_root, digest::result_root(report));
        let failure = failed.failure.unwrap();
        assert_eq!((failure.code.as_str(), failure.step), ("wasm.trap", 1));
        let other = transcript(16).fail(&trap()).unwrap();
        assert_ne!(other.trace_root, failed.trace_root);
    }

    #[test]
    fn a_failure_before_the_end_of_the_journal_is_no_failure_of_the_job() {
        let run = Transcript {
            journalled: vec![[1; 32]],
            ..transcript(16)
        };
        assert_eq!(run.fail(&trap()), Err(RuntimeError::ReplayDiverged { step: 0 }));
    }

    #[test]
    fn state_counts_for_the_trace_and_the_output_comes_last() {
        let mut run = transcript(1);
        let state = Written::State {
            digest: [7; 32],
            bytes: 99,
        };
        run.push(&Step {
            written: state,
            fuel: 3,
        })
        .unwrap();
        assert_eq!(run.put_output(vec![0; 5]).unwrap_err().code(), "wasm.output_limit");
        run.put_output(b"done".to_vec()).unwrap();
        let outcome = run.finish();
        assert_eq!(
            (outcome.output.as_slice(), outcome.trace),
            (&b"done"[..], vec![[7; 32]])
        );
        assert_eq!((outcome.steps[0].bytes, outcome.failure), (99, None));
    }
}
