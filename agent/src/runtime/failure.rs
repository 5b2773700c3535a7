//! A job that fails by itself, as the result that its provider delivers and its judges find again.

use serde_json::json;

/// How a job fails on every machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFailure {
    /// Stable code of the error, [`super::RuntimeError::code`].
    pub code: String,
    /// The first step that did not end; 0 also where the module was not admitted.
    pub step: u32,
    /// The error for people. It stays out of the report: what is hashed must not change with the wording of a library.
    pub words: String,
}

impl JobFailure {
    /// What stands in place of the output, the same bytes on every machine: a JSON object of code, mark and step.
    pub fn report(&self) -> Vec<u8> {
        // Alphabetical, so that it does not matter whether serde_json sorts the keys or keeps them.
        json!({ "code": self.code, "joule_failure": 1, "step": self.step })
            .to_string()
            .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_the_same_bytes_everywhere() {
        let failure = JobFailure {
            code: "wasm.trap".into(),
            step: 3,
            words: "anything".into(),
        };
        assert_eq!(failure.report(), br#"{"code":"wasm.trap","joule_failure":1,"step":3}"#);
    }
}
