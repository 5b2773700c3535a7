//! Input that nobody should send: what is no message at all, messages made from a schema, and messages with one thing
//! wrong. A contract answers each with a value or an error; the VM must never have to stop it.

use serde_json::{json, Map, Value};

/// How deep made-up messages go before they end.
const MAX_DEPTH: usize = 6;

/// What is no message of any contract: must be refused with an error.
pub fn garbage() -> Vec<Vec<u8>> {
    let text = [
        "",
        " ",
        "{",
        "}",
        "nul",
        "null",
        "true",
        "0",
        "-1",
        "1e999",
        "\"",
        "\"\\ud800\"",
        "[]",
        "[{}]",
        "{\"\":{}}",
        "{\"no_such_message\":{}}",
        "{\"a\":{},\"b\":{}}",
        "{\"a\":1}{\"a\":1}",
        "\"no_such_message\"",
        "{1:2}",
        "{\"transfer\"}",
        "{\"transfer\":}",
        "\u{feff}{}",
        "{\"execute\":{\"execute\":{\"execute\":{}}}}",
    ];
    let mut all: Vec<Vec<u8>> = text.iter().map(|t| t.as_bytes().to_vec()).collect();
    all.push(vec![0xff, 0xfe, 0x00, 0x80]);
    all.push(vec![0; 4096]);
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [130, 50_000] {
            all.push(format!("{}1{}", open.repeat(depth), close.repeat(depth)).into_bytes());
            all.push(open.repeat(depth).into_bytes());
        }
    }
    all.push(format!("\"{}\"", "x".repeat(1_000_000)).into_bytes());
    all.push(format!("{{\"{}\":{{}}}}", "k".repeat(500_000)).into_bytes());
    all.push("9".repeat(100_000).into_bytes());
    all
}

/// One message a variant, made from the JSON schema of a message type.
pub fn samples(schema: &Value) -> Vec<Value> {
    let variants = ["oneOf", "anyOf"].into_iter().find_map(|k| schema.get(k)?.as_array());
    match variants {
        Some(variants) => variants.iter().flat_map(|v| enumerated(schema, v)).collect(),
        None => enumerated(schema, schema),
    }
}

fn enumerated(root: &Value, schema: &Value) -> Vec<Value> {
    match schema.get("enum").and_then(Value::as_array) {
        Some(values) => values.clone(),
        None => vec![sample(root, schema, 0)],
    }
}

/// Some value that the schema allows, with every field set.
fn sample(root: &Value, schema: &Value, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = name.strip_prefix('#').and_then(|path| root.pointer(path));
        return target.map_or(Value::Null, |t| sample(root, t, depth + 1));
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        if let Some(first) = schema.get(key).and_then(|v| v.get(0)) {
            return sample(root, first, depth + 1);
        }
    }
    if let Some(first) = schema.get("enum").and_then(|v| v.get(0)) {
        return first.clone();
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        Some(kind) => kind.as_str(),
        None => None,
    };
    match kind {
        Some("object") => {
            let fields = schema.get("properties").and_then(Value::as_object);
            let made = fields
                .into_iter()
                .flatten()
                .map(|(k, s)| (k.clone(), sample(root, s, depth + 1)));
            Value::Object(made.collect())
        }
        Some("array") => match schema.get("items") {
            Some(Value::Array(items)) => items.iter().map(|s| sample(root, s, depth + 1)).collect(),
            Some(item) => json!([sample(root, item, depth + 1)]),
            None => json!([]),
        },
        Some("string") => json!("1"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        _ => Value::Null,
    }
}

/// Copies of a message, each with one value replaced, one field missing or one too many, at every place in it.
pub fn mutations(msg: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for path in paths(msg) {
        for value in replacements() {
            all.push(replaced(msg, &path, value));
        }
        if let Some(Value::Object(fields)) = msg.pointer(&path) {
            for field in fields.keys() {
                let mut less = fields.clone();
                less.remove(field);
                all.push(replaced(msg, &path, Value::Object(less)));
            }
            let mut more = fields.clone();
            more.insert("no_such_field".to_string(), Value::Object(Map::new()));
            all.push(replaced(msg, &path, Value::Object(more)));
        }
        if let Some(Value::Array(items)) = msg.pointer(&path) {
            let many: Vec<Value> = items.iter().cycle().take(items.len().min(1) * 3_000).cloned().collect();
            all.push(replaced(msg, &path, Value::Array(many)));
        }
    }
    all.retain(|m| m != msg);
    all
}

fn replacements() -> Vec<Value> {
    vec![
        Value::Null,
        json!(false),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("0"),
        json!("-1"),
        json!(u64::MAX.to_string()),
        json!(u128::MAX.to_string()),
        json!("340282366920938463463374607431768211456"),
        json!("\u{0}\u{202e}\u{1F4A5}"),
        json!("x".repeat(20_000)),
        json!([]),
        json!({}),
        deep(140),
    ]
}

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

/// JSON pointers of every value inside, the whole first.
fn paths(value: &Value) -> Vec<String> {
    let mut all = vec![String::new()];
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v))
            .collect(),
        Value::Array(items) => items
            .iter()
            .take(2)
            .enumerate()
            .map(|(i, v)| (i.to_string(), v))
            .collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        all.extend(paths(child).into_iter().map(|below| format!("/{name}{below}")));
    }
    all
}

fn replaced(msg: &Value, path: &str, value: Value) -> Value {
    let mut copy = msg.clone();
    if let Some(place) = copy.pointer_mut(path) {
        *place = value;
    }
    copy
}

/// The start of a long text, for error messages.
pub fn shorten(text: &str) -> String {
    let start: String = text.chars().take(300).collect();
    if start.len() < text.len() {
        format!("{start}... ({} bytes)", text.len())
    } else {
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_follow_the_schema() {
        let schema = json!({
            "oneOf": [
                {"type": "object", "properties": {"send": {"type": "object", "properties": {
                    "to": {"$ref": "#/definitions/Addr"}, "list": {"type": "array", "items": {"type": "integer"}},
                    "maybe": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}}}}},
                {"type": "string", "enum": ["stop", "go"]}
            ],
            "definitions": {"Addr": {"type": "string"}}
        });
        let expected = json!([{"send": {"to": "1", "list": [1], "maybe": true}}, "stop", "go"]);
        assert_eq!(Value::Array(samples(&schema)), expected);
    }

    #[test]
    fn every_place_is_mutated() {
        let all = mutations(&json!({"a": {"b": "c"}}));
        assert!(all.contains(&json!({"a": {"b": null}})));
        assert!(all.contains(&json!({"a": {}})));
        assert!(all.contains(&json!({})));
        assert!(all.contains(&json!({"a": {"b": "c", "no_such_field": {}}})));
        assert!(!all.contains(&json!({"a": {"b": "c"}})));
    }
}
