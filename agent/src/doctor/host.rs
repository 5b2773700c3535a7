//! What this machine offers to jobs, found out by running one.
use std::time::Duration;

use joule_gpu::{AdapterKind, GpuClient};

use super::{Report, Subject};
use crate::daemon::blocking;
use crate::process::gpu_worker;
use crate::runtime::{wasm, JobSpec, Limits};
use crate::sandbox::{landlock_abi, Job, Sandbox, SandboxError, Stop};

/// `(module (import "joule" "output_write" (func (param i32 i32))) (memory (export "memory") 1)
///   (data (i32.const 0) "ok") (func (export "step") (param i64) i32.const 0 i32.const 2 call 0))`
const MODULE: &[u8] = &[
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
    0x01, 0x0a, 0x02, 0x60, 0x02, 0x7f, 0x7f, 0x00, 0x60, 0x01, 0x7e, 0x00, // types
    0x02, 0x16, 0x01, 0x05, b'j', b'o', b'u', b'l', b'e', 0x0c, b'o', b'u', b't', b'p', b'u', b't', b'_', b'w', b'r',
    b'i', b't', b'e', 0x00, 0x00, // import
    0x03, 0x02, 0x01, 0x01, // function
    0x05, 0x03, 0x01, 0x00, 0x01, // memory
    0x07, 0x11, 0x02, 0x06, b'm', b'e', b'm', b'o', b'r', b'y', 0x02, 0x00, 0x04, b's', b't', b'e', b'p', 0x00, 0x01,
    // exports
    0x0a, 0x0a, 0x01, 0x08, 0x00, 0x41, 0x00, 0x41, 0x02, 0x10, 0x00, 0x0b, // code
    0x0b, 0x08, 0x01, 0x00, 0x41, 0x00, 0x0b, 0x02, b'o', b'k', // data
];
/// Time for a module of a dozen instructions.
const TIME: Duration = Duration::from_secs(20);

/// Sandbox and graphics processor.
pub async fn check(subject: &Subject, report: &mut Report) {
    match blocking(|| Sandbox::open().and_then(|sandbox| try_job(&sandbox).map(|()| sandbox))).await {
        Ok(Ok(sandbox)) => {
            let confinement = sandbox.confinement();
            let abi = landlock_abi().map_or(String::new(), |abi| format!(", Landlock ABI {abi}"));
            let found = format!("a job ran behind {}{abi}", confinement.layers);
            if confinement.missing.is_empty() {
                report.ok("sandbox", found);
            } else if confinement.layers.sufficient() {
                report.warn(
                    "sandbox",
                    format!("{found}; {}", confinement.gaps()),
                    help(&confinement.gaps()),
                );
            }
        }
        Ok(Err(SandboxError::Unconfined { have, missing, .. })) => report.fail(
            "sandbox",
            format!("jobs would run behind {have} only ({missing}): buyers' code is refused here"),
            help(&missing),
        ),
        Ok(Err(error)) => report.fail("sandbox", error, "check that this program may start itself"),
        Err(error) => report.error("sandbox", &error),
    }
    adapter(subject, report).await;
}

fn help(missing: &str) -> &'static str {
    if missing.contains("no namespaces") {
        "sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000 (Ubuntu: \
         kernel.apparmor_restrict_unprivileged_userns=0), and outside of a container"
    } else if missing.contains("no landlock") {
        "use a kernel from 5.13 on with `landlock` in the boot parameter lsm="
    } else {
        "use a kernel with CONFIG_SECCOMP_FILTER"
    }
}

/// A job like any buyer's, in a confined child.
fn try_job(sandbox: &Sandbox) -> Result<(), SandboxError> {
    let job = Job {
        spec: JobSpec {
            runtime: wasm::RUNTIME_ID.into(),
            steps: 1,
            fuel_per_step: 1_000,
            limits: Limits::default(),
        },
        module: MODULE.into(),
        input: [].into(),
        time: TIME,
        journalled: Vec::new(),
    };
    let outcome = sandbox.run(&job, &Stop::default(), &mut |_| {})?;
    match outcome.failure {
        None if outcome.output == b"ok" => Ok(()),
        other => Err(SandboxError::Protocol {
            reason: format!("the test job gave {} bytes, {other:?}", outcome.output.len()),
        }),
    }
}

/// Names the adapter for what it is: a software one does not sell as a graphics processor.
async fn adapter(subject: &Subject, report: &mut Report) {
    let wants = subject.provider.as_ref().is_some_and(|config| config.gpu);
    let listed = blocking(|| {
        let program = std::env::current_exe().unwrap_or_default();
        GpuClient::new(gpu_worker(&program)).adapters()
    });
    let found = match listed.await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) if wants => return report.fail("adapter", error, "check the driver with `joule bench`"),
        Ok(Err(error)) => {
            return report.warn(
                "adapter",
                error,
                "needed for graphics processors only: see `joule bench`",
            )
        }
        Err(error) => return report.error("adapter", &error),
    };
    let hardware = found.list.iter().any(|adapter| adapter.kind != AdapterKind::Software);
    let words = found.state.words();
    match (hardware, wants) {
        (true, _) => report.ok("adapter", words),
        (false, true) => report.fail(
            "adapter",
            words,
            "install the card's driver, or set `gpu = false` in provider.toml: jobs of wgsl/1 then run in the interpreter",
        ),
        (false, false) => report.ok("adapter", format!("{words}; jobs of wgsl/1 run in the interpreter")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_what_its_text_says() {
        let text = r#"(module (import "joule" "output_write" (func (param i32 i32))) (memory (export "memory") 1)
            (data (i32.const 0) "ok") (func (export "step") (param i64) i32.const 0 i32.const 2 call 0))"#;
        let spec = JobSpec {
            runtime: wasm::RUNTIME_ID.into(),
            steps: 1,
            fuel_per_step: 1_000,
            limits: Limits::default(),
        };
        let run = |module: &[u8]| crate::runtime::run_here(&spec, module, Vec::new(), TIME).unwrap();
        let (ours, wat) = (run(MODULE), run(&wat::parse_str(text).unwrap()));
        assert_eq!((ours.output.as_slice(), ours.trace_root), (&b"ok"[..], wat.trace_root));
    }
}
