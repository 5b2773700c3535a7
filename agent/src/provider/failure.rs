//! Failures on the way to a result, as the agent's error and as what a buyer gets.
use joule_work::digest;
use serde_json::json;

use crate::error::{Error, Exit};
use crate::objects::ObjectError;
use crate::runtime::{Outcome, RuntimeError, StepRecord};

/// An object store's failure as an error for people: without the code in front, which [`Error`] adds itself.
pub fn object_error(error: ObjectError) -> Error {
    let code = error.code();
    let text = error.to_string();
    let what = text
        .strip_prefix(code)
        .and_then(|t| t.strip_prefix(": "))
        .unwrap_or(&text)
        .to_string();
    let exit = match error {
        ObjectError::BadUrl { .. } | ObjectError::ForbiddenAddress { .. } | ObjectError::ForbiddenFile { .. } => {
            Exit::Usage
        }
        ObjectError::Transport { .. } => Exit::Unreachable,
        ObjectError::NotFound { .. } | ObjectError::TooLarge { .. } | ObjectError::WrongDigest { .. } => Exit::Refused,
        ObjectError::Folder { .. } | ObjectError::Cache { .. } | ObjectError::Client { .. } => Exit::Local,
    };
    Error::new(exit, code, what, "")
}

/// Whether the failure lies in the job: every machine meets it in the same step.
pub fn is_the_jobs(error: &RuntimeError) -> bool {
    !matches!(
        error,
        RuntimeError::Interrupted { .. } | RuntimeError::ReplayDiverged { .. } | RuntimeError::Host { .. }
    )
}

/// What is delivered for a job that fails by itself: the report is the output, the trace covers the steps before it. Both
/// are the same on every machine, so that an arbiter can run the job and compare. Without a delivery the provider would be
/// slashed for the buyer's fault.
pub fn report(error: &RuntimeError, steps: &[StepRecord]) -> Outcome {
    let text = error.to_string();
    let report = json!({ "joule_failure": 1, "code": error.code(), "steps_done": steps.len(), "error": text });
    let output = report.to_string().into_bytes();
    let digests: Vec<[u8; 32]> = steps.iter().map(|s| s.digest).collect();
    Outcome {
        result_root: digest::result_root(&output),
        trace_root: digest::trace_root(&digests),
        steps: steps.to_vec(),
        output,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_not_said_twice() {
        let error = object_error(ObjectError::NotFound {
            url: "https://x/y".into(),
        });
        assert_eq!(error.to_string(), "objects.not_found: https://x/y holds nothing");
    }

    #[test]
    fn a_report_depends_on_the_failure_and_the_steps_before_it() {
        let trap = RuntimeError::Trap {
            step: 1,
            reason: "unreachable".into(),
        };
        assert!(is_the_jobs(&trap) && !is_the_jobs(&RuntimeError::Interrupted { step: 1 }));
        let step = StepRecord {
            index: 0,
            digest: [7; 32],
            bytes: 3,
            fuel: 5,
        };
        let with = report(&trap, std::slice::from_ref(&step));
        assert_eq!(with, report(&trap, &[step]));
        assert_ne!(with.trace_root, report(&trap, &[]).trace_root);
        let text = String::from_utf8(with.output).unwrap();
        assert!(
            text.contains("wasm.trap") && text.contains("\"steps_done\":1"),
            "{text}"
        );
    }
}
