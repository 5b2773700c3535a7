//! The settings one by one, each with where it comes from: for people who ask why something is as it is.
use std::path::{Path, PathBuf};

use figment::Source;
use serde::Serialize;
use serde_json::Value;

use super::lines::Lines;
use super::{checked, figment, Flags, ENV_PREFIX, FILE};
use crate::error::{Error, Result};

/// A setting as it is in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// `chain.id`.
    pub key: String,
    /// Its value. Access data in addresses of nodes are left out.
    pub value: Value,
    /// Where it comes from.
    #[serde(flatten)]
    pub origin: Origin,
}

/// Where a value comes from, in rising precedence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    /// Nobody said otherwise.
    Default,
    /// The settings file.
    File {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment {
        /// Its name.
        variable: String,
    },
    /// A flag of the command line, or the variable that stands for the flag.
    Flag,
}

/// All settings with their origins, in the order of the template.
///
/// # Errors
/// Those of [`super::load`].
pub fn entries(home: &Path, flags: &Flags) -> Result<Vec<Entry>> {
    let (settings, given) = (checked(home, flags)?, figment(home, flags)?);
    let path = home.join(FILE);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let lines = Lines::parse(&path, &text)?;
    let all = serde_json::to_value(settings)
        .map_err(|e| Error::internal("config.bad_output", e, "report this: the settings cannot be written"))?;
    let mut entries = Vec::new();
    for (section, keys) in all.as_object().into_iter().flatten() {
        for (key, value) in keys.as_object().into_iter().flatten() {
            let key = format!("{section}.{key}");
            let origin = match given.find_metadata(&key) {
                None => Origin::Default,
                Some(found) => match &found.source {
                    Some(Source::File(_)) => Origin::File {
                        line: lines.line(&key).unwrap_or(1),
                        file: path.clone(),
                    },
                    Some(Source::Code(_)) => Origin::Flag,
                    _ => Origin::Environment {
                        variable: format!("{ENV_PREFIX}{}", key.to_uppercase().replace('.', "__")),
                    },
                },
            };
            let value = match key.as_str() {
                "chain.rpc" => without_access(value),
                _ => value.clone(),
            };
            entries.push(Entry { key, value, origin });
        }
    }
    Ok(entries)
}

/// Addresses without user, password and query, which is where providers of nodes put access data.
fn without_access(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(without_access).collect(),
        Value::String(text) => match reqwest::Url::parse(text) {
            Ok(mut url) if !url.username().is_empty() || url.password().is_some() || url.query().is_some() => {
                // Neither can fail on an address with a host, and one without has no user.
                let _ = url.set_username("");
                let _ = url.set_password(None);
                url.set_query(url.query().map(|_| "...").map(str::to_string).as_deref());
                Value::String(url.to_string())
            }
            _ => value.clone(),
        },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_data_is_not_shown() {
        let shown = without_access(&serde_json::json!([
            "http://127.0.0.1:26657",
            "https://ada:secret@rpc.example/path?key=secret"
        ]));
        assert_eq!(
            shown,
            serde_json::json!(["http://127.0.0.1:26657", "https://rpc.example/path?..."])
        );
    }
}
