//! Whether an attempt can be worked on here, and its bytes: asked before `Start`, which asserts both.
use std::future::Future;
use std::time::Duration;

use joule_types::marketplace::{JobSpec, Object};
use joule_types::NodeId;

use super::context::Context;
use crate::objects::Objects;
use crate::runtime::{self, Limits};
use crate::sandbox::{Job, Sandbox};

/// Longest reason of a `Decline`, bytes.
const MAX_REASON: usize = 280;

/// Why a job cannot be run here, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotReady {
    /// This agent or this host does not run it.
    Unfit(String),
    /// Program or input cannot be fetched by their digests, at least now.
    Unfetchable(String),
}

impl NotReady {
    /// The words.
    pub fn words(self) -> String {
        match self {
            Self::Unfit(words) | Self::Unfetchable(words) => words,
        }
    }
}

/// Checks the job against runtime, host and policy and fetches its bytes within `patience`. The error is the reason for a
/// `Decline`, in words for the buyer.
pub async fn ready(cx: &Context, node: NodeId, job: &JobSpec, patience: Duration) -> Result<Job, String> {
    runtime_spec(job).check().map_err(|e| clip(&e.to_string()))?;
    fits(cx, node, job)?;
    gather(&cx.objects, &cx.sandbox, job, patience)
        .await
        .map_err(NotReady::words)
}

/// Checks the job against runtime and host and fetches its bytes within `patience`, for whoever runs it: the provider or
/// a judge.
pub async fn gather(objects: &Objects, sandbox: &Sandbox, job: &JobSpec, patience: Duration) -> Result<Job, NotReady> {
    let spec = fitting(sandbox, job)?;
    let fetch = async {
        let module = object(objects, &job.bundle, Limits::CEILING.module_bytes).await?;
        let input = object(objects, &job.input, Limits::CEILING.input_bytes).await?;
        Ok(Job {
            spec,
            module: module.into(),
            input: input.into(),
            time: Duration::from_secs(job.requirements.max_secs),
            journalled: vec![],
        })
    };
    in_time(patience, fetch).await
}

/// The same checks, and the bytes into the cache: a later [`gather`] finds them there.
pub async fn bring(objects: &Objects, sandbox: &Sandbox, job: &JobSpec, patience: Duration) -> Result<(), NotReady> {
    fitting(sandbox, job)?;
    let fetch = async {
        for (object, most) in [
            (&job.bundle, Limits::CEILING.module_bytes),
            (&job.input, Limits::CEILING.input_bytes),
        ] {
            let (digest, most) = (sha256(object)?, object.size.u64().min(most));
            let size = objects.bring(&object.url, &digest, most).await;
            expect_size(object, size.map_err(|e| clip(&e.to_string()))?)?;
        }
        Ok(())
    };
    in_time(patience, fetch).await
}

/// The job as the runtime reads it, if this agent and this host run it.
fn fitting(sandbox: &Sandbox, job: &JobSpec) -> Result<runtime::JobSpec, NotReady> {
    let unfit = |words: &dyn std::fmt::Display| NotReady::Unfit(clip(&words.to_string()));
    let spec = runtime_spec(job);
    // A job that asks for what no agent runs fails the same way everywhere, which is what a judge says of it.
    match spec.check() {
        Err(e) if !e.is_deterministic() => return Err(unfit(&e)),
        _ => {}
    }
    let bundle = job.bundle.sha256.to_array::<32>();
    let bundle = bundle.map_err(|_| unfit(&"the bundle's digest has not 32 bytes"))?;
    sandbox.admit(&bundle).map_err(|e| unfit(&e))?;
    Ok(spec)
}

async fn in_time<T>(patience: Duration, fetch: impl Future<Output = Result<T, String>>) -> Result<T, NotReady> {
    let late = || format!("bundle and input could not be fetched in {} s", patience.as_secs());
    let fetched = tokio::time::timeout(patience, fetch).await;
    fetched.unwrap_or_else(|_| Err(late())).map_err(NotReady::Unfetchable)
}

async fn object(objects: &Objects, object: &Object, most: u64) -> Result<Vec<u8>, String> {
    let (digest, most) = (sha256(object)?, object.size.u64().min(most));
    let bytes = objects.fetch(&object.url, &digest, most).await;
    let bytes = bytes.map_err(|e| clip(&e.to_string()))?;
    expect_size(object, bytes.len() as u64)?;
    Ok(bytes)
}

fn sha256(object: &Object) -> Result<[u8; 32], String> {
    let digest = object.sha256.to_array::<32>();
    digest.map_err(|_| format!("the digest of {} has not 32 bytes", object.url))
}

fn expect_size(object: &Object, bytes: u64) -> Result<(), String> {
    if bytes == object.size.u64() {
        return Ok(());
    }
    let (url, says) = (&object.url, object.size);
    Err(clip(&format!("{url} has {bytes} bytes, the job says {says}")))
}

/// What the operator allows jobs to take.
fn fits(cx: &Context, node: NodeId, job: &JobSpec) -> Result<(), String> {
    let own = cx
        .nodes
        .iter()
        .find(|own| own.id == node)
        .ok_or_else(|| format!("node {node} does not work any more"))?;
    let declared = u32::try_from(own.config.memory_mb).unwrap_or(u32::MAX);
    let most = cx.config.max_memory_mb.unwrap_or(declared);
    if job.memory_mb > most {
        return Err(format!(
            "the job asks for {} MiB of memory, {most} are allowed here",
            job.memory_mb
        ));
    }
    if let Some(rate) = cx.config.fuel_per_sec {
        let fuel = u128::from(job.steps).saturating_mul(u128::from(job.fuel_per_step.u64()));
        let burns = u128::from(rate).saturating_mul(u128::from(job.requirements.max_secs));
        if fuel > burns {
            return Err(format!(
                "{fuel} units of fuel may not burn in {} s here",
                job.requirements.max_secs
            ));
        }
    }
    Ok(())
}

/// The job as the runtime reads it.
fn runtime_spec(job: &JobSpec) -> runtime::JobSpec {
    runtime::JobSpec {
        runtime: job.runtime.clone(),
        steps: job.steps,
        fuel_per_step: job.fuel_per_step.u64(),
        limits: Limits {
            module_bytes: job.bundle.size.u64(),
            input_bytes: job.input.size.u64(),
            output_bytes: job.max_output.u64(),
            memory_bytes: u64::from(job.memory_mb) << 20,
        },
    }
}

/// Words that fit into a `Decline`.
pub fn clip(text: &str) -> String {
    let end = text
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take_while(|end| *end <= MAX_REASON)
        .last();
    text[..end.unwrap_or(0)].to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_fit_and_stay_text() {
        assert_eq!(clip("short"), "short");
        let long = "ä".repeat(200);
        assert_eq!(clip(&long).len(), MAX_REASON);
    }
}
