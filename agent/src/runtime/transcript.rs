//! From what the steps wrote to what is committed on chain: one place, used by whoever runs or re-runs a job.

use joule_work::digest;

use super::{JobSpec, RuntimeError};

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

/// A finished run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// SHA-256 of the output.
    pub result_root: [u8; 32],
    /// Merkle root over the step digests.
    pub trace_root: [u8; 32],
    /// Every step, in order.
    pub steps: Vec<StepRecord>,
    /// What the steps wrote, one after the other.
    pub output: Vec<u8>,
}

/// Collects a run step by step.
///
/// With digests from before a restart, a run is a *replay* up to their end: an instance has state, so a job resumes by
/// running again from step 0, and each step must give the digest that the journal holds.
#[derive(Debug, Default)]
pub struct Transcript {
    steps: Vec<StepRecord>,
    output: Vec<u8>,
    journalled: Vec<[u8; 32]>,
}

impl Transcript {
    /// Starts a run; `journalled` are the digests of steps 0.. that an earlier run of the same attempt recorded.
    pub fn new(journalled: Vec<[u8; 32]>) -> Self {
        Self {
            journalled,
            ..Self::default()
        }
    }

    /// Takes what the next step wrote and the fuel it used.
    pub fn push(&mut self, spec: &JobSpec, written: &[u8], fuel: u64) -> Result<&StepRecord, RuntimeError> {
        let at = self.steps.len();
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        let bytes = (self.output.len() + written.len()) as u64;
        if bytes > spec.limits.output_bytes {
            return Err(RuntimeError::OutputLimit {
                step: index,
                bytes,
                cap: spec.limits.output_bytes,
            });
        }
        let digest = digest::step_digest(u64::from(index), written);
        if self.journalled.get(at).is_some_and(|before| *before != digest) {
            return Err(RuntimeError::ReplayDiverged { step: index });
        }
        self.output.extend_from_slice(written);
        self.steps.push(StepRecord {
            index,
            digest,
            bytes: written.len() as u64,
            fuel,
        });
        Ok(&self.steps[at])
    }

    /// Number of steps taken so far.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether no step was taken yet.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Roots over all that was taken.
    pub fn finish(self) -> Outcome {
        let digests: Vec<[u8; 32]> = self.steps.iter().map(|s| s.digest).collect();
        Outcome {
            result_root: digest::result_root(&self.output),
            trace_root: digest::trace_root(&digests),
            steps: self.steps,
            output: self.output,
        }
    }
}
