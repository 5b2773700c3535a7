//! Reads the files.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// The cases of one group of one file; a missing or empty group fails.
pub fn cases(file: &str, group: &str) -> Vec<Value> {
    let path = format!("{}/testdata/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let root: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = root[group].as_array().unwrap().clone();
    assert!(!cases.is_empty(), "{file}.json has no {group}");
    cases
}

/// A whole number, written as a string or as a JSON number.
pub fn int<T: TryFrom<u128>>(case: &Value, field: &str) -> T {
    let value = &case[field];
    let number = match value.as_str() {
        Some(text) => text.parse().unwrap(),
        None => u128::from(value.as_u64().unwrap_or_else(|| panic!("{field} of {case}"))),
    };
    T::try_from(number).unwrap_or_else(|_| panic!("{field} of {case} is too large"))
}

pub fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_else(|| panic!("{field} of {case}"))
}

pub fn flag(case: &Value, field: &str) -> bool {
    case[field].as_bool().unwrap_or_else(|| panic!("{field} of {case}"))
}

pub fn list<'a>(case: &'a Value, field: &str) -> &'a [Value] {
    case[field].as_array().unwrap_or_else(|| panic!("{field} of {case}"))
}

/// A value in its wire form, such as an enum.
pub fn wire<T: DeserializeOwned>(case: &Value, field: &str) -> T {
    serde_json::from_value(case[field].clone()).unwrap_or_else(|error| panic!("{field} of {case}: {error}"))
}

pub fn hash(hex: &str) -> [u8; 32] {
    hex::decode(hex).unwrap().try_into().unwrap()
}
