//! Failures on the way to a result, as the agent's error.
use crate::error::{Error, Exit};
use crate::objects::ObjectError;

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
        ObjectError::Transport { .. } | ObjectError::TooSlow { .. } => Exit::Unreachable,
        ObjectError::NotFound { .. } | ObjectError::TooLarge { .. } | ObjectError::WrongDigest { .. } => Exit::Refused,
        ObjectError::Folder { .. } | ObjectError::Cache { .. } | ObjectError::Client { .. } => Exit::Local,
    };
    Error::new(exit, code, what, "")
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
}
