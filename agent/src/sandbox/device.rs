//! Jobs of wgsl/1 on a graphics processor: a worker process of its own for each job, with a deadline and killed at it.
//!
//! The worker is less confined than the child, since a driver needs files, devices and threads. So it never sees a bundle
//! that the child has not admitted, and its results are compared with the interpreter's as far as the operator pays for.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

use joule_gpu::{Adapter, AdapterKind, GpuClient, GpuError};

use super::{Job, SandboxError, Stop};
use crate::process::gpu_worker;
use crate::runtime::engine::{drive, Engine, Record, Step};
use crate::runtime::{wgsl, RuntimeError, StepRecord, Transcript};

/// An adapter that runs jobs.
#[derive(Clone, Debug)]
pub struct Device {
    adapter: u32,
    /// Steps of each job that the interpreter runs first. None: it only admits the bundle.
    pub check_steps: u32,
}

impl Device {
    /// The best adapter, if it is hardware: what a software adapter computes is not sold.
    pub fn hardware(program: &Path, check_steps: u32) -> Result<(Self, Adapter), SandboxError> {
        let trouble = |reason: String| SandboxError::Device { reason };
        let found = GpuClient::new(gpu_worker(program)).adapters();
        let found = found.map_err(|e| trouble(e.to_string()))?;
        let hardware = found
            .list
            .into_iter()
            .find(|adapter| adapter.kind != AdapterKind::Software);
        let adapter = hardware.ok_or_else(|| trouble("there is no hardware adapter on this machine".into()))?;
        Ok((Self::adapter(adapter.index, check_steps), adapter))
    }

    /// Any adapter, for tests.
    pub fn adapter(adapter: u32, check_steps: u32) -> Self {
        Self { adapter, check_steps }
    }

    /// Runs a job that the child has admitted.
    pub fn run(
        &self,
        program: &Path,
        job: &Job,
        (deadline, stop): (Instant, &Stop),
        on_child: &mut dyn FnMut(u32),
        transcript: &mut Transcript,
        on_step: &mut dyn FnMut(&StepRecord),
    ) -> Result<(), SandboxError> {
        let mut client = GpuClient::new(gpu_worker(program));
        let loaded = client.load(
            &joule_gpu::Job {
                adapter: self.adapter,
                bundle: &job.module,
                input: &job.input,
                fuel_per_step: job.spec.fuel_per_step,
                limits: wgsl::limits(&job.spec),
            },
            deadline,
        );
        let mut engine = OnDevice { client, deadline };
        let mut report = Report {
            transcript,
            on_step,
            stop,
        };
        let planned = loaded.map_err(|e| explain(e, 0));
        if let Some(pid) = engine.client.worker() {
            on_child(pid);
        }
        let run = planned.and_then(|planned| {
            wgsl::same_steps(job.spec.steps, planned)?;
            drive(&mut engine, job.spec.steps, &mut report)
        });
        let steps = transcript.len();
        run.map_err(|error| match error {
            _ if stop.load(Ordering::Relaxed) => SandboxError::Stopped { steps },
            RuntimeError::Interrupted { .. } => SandboxError::Deadline { time: job.time, steps },
            other => other.into(),
        })
    }
}

struct OnDevice {
    client: GpuClient,
    deadline: Instant,
}

impl Engine for OnDevice {
    fn step(&mut self, index: u32) -> Result<Step<'_>, RuntimeError> {
        let done = self.client.step(index, self.deadline).map_err(|e| explain(e, index))?;
        Ok(Step {
            written: wgsl::state(index, &done.written),
            fuel: done.fuel,
        })
    }

    fn output(&mut self) -> Result<Option<Vec<u8>>, RuntimeError> {
        self.client.output(self.deadline).map(Some).map_err(|e| explain(e, 0))
    }
}

/// Into the transcript, and to whoever journals steps.
struct Report<'a, 'b> {
    transcript: &'a mut Transcript,
    on_step: &'a mut (dyn FnMut(&StepRecord) + 'b),
    stop: &'a Stop,
}

impl Record for Report<'_, '_> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), RuntimeError> {
        let record = self.transcript.push(step)?;
        (self.on_step)(record);
        if self.stop.load(Ordering::Relaxed) {
            let step = record.index;
            return Err(RuntimeError::Interrupted { step });
        }
        Ok(())
    }

    fn output(&mut self, output: Vec<u8>) -> Result<(), RuntimeError> {
        self.transcript.put_output(output)
    }
}

/// A worker's failure: the program's own, or this machine's. The child has admitted the bundle, so a refusal is no judgement.
fn explain(error: GpuError, step: u32) -> RuntimeError {
    match error {
        GpuError::Stopped(stop) => wgsl::stopped(&stop),
        GpuError::Deadline { .. } => RuntimeError::Interrupted { step },
        other => RuntimeError::Host {
            reason: other.to_string(),
        },
    }
}
