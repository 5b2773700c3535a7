//! JSON-RPC 2.0: requests, parameters, answers.

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use serde_json::{json, Map, Value};

/// A refusal in JSON-RPC's own terms.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RpcError {
    pub(crate) code: i64,
    message: &'static str,
    data: String,
}

impl RpcError {
    pub(crate) fn parse(data: impl Into<String>) -> Self {
        Self {
            code: -32700,
            message: "Parse error",
            data: data.into(),
        }
    }

    pub(crate) fn invalid_request(data: impl Into<String>) -> Self {
        Self {
            code: -32600,
            message: "Invalid Request",
            data: data.into(),
        }
    }

    pub(crate) fn no_method(method: &str) -> Self {
        Self {
            code: -32601,
            message: "Method not found",
            data: method.to_string(),
        }
    }

    pub(crate) fn params(data: impl Into<String>) -> Self {
        Self {
            code: -32602,
            message: "Invalid params",
            data: data.into(),
        }
    }

    pub(crate) fn internal(data: impl Into<String>) -> Self {
        Self {
            code: -32603,
            message: "Internal error",
            data: data.into(),
        }
    }
}

/// One answer.
pub(crate) fn answer(id: &Value, result: Result<Value, RpcError>) -> Value {
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => {
            let error = json!({ "code": error.code, "message": error.message, "data": error.data });
            json!({ "jsonrpc": "2.0", "id": id, "error": error })
        }
    }
}

/// How a parameter is written: in a POST body, and in a URI, where text is quoted and bytes are `0x` hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Flag,
    /// Bytes, base64 in a body.
    Base64,
    /// Bytes, hex in a body.
    Hex,
}

/// Names and kinds of a method's parameters, in the order of a positional call.
pub(crate) type Signature = &'static [(&'static str, Kind)];

/// Parameters by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Map<String, Value>);

/// A request that was well formed.
pub(crate) struct Request {
    pub(crate) id: Value,
    pub(crate) method: String,
    params: Value,
}

impl Request {
    /// Reads one request; the error carries the id if there was one.
    pub(crate) fn read(value: Value) -> Result<Self, (Value, RpcError)> {
        let Value::Object(mut map) = value else {
            return Err((Value::Null, RpcError::invalid_request("a request is an object")));
        };
        let id = map.remove("id").unwrap_or(Value::Null);
        let Some(Value::String(method)) = map.remove("method") else {
            return Err((id, RpcError::invalid_request("a request names its method")));
        };
        let params = map.remove("params").unwrap_or(Value::Null);
        Ok(Self { id, method, params })
    }

    /// Its parameters by the method's signature.
    pub(crate) fn params(&self, signature: Signature) -> Result<Params, RpcError> {
        match &self.params {
            Value::Null => Ok(Params::default()),
            Value::Object(map) => Ok(Params(map.clone())),
            Value::Array(list) if list.len() <= signature.len() => {
                let named = signature
                    .iter()
                    .zip(list)
                    .map(|((name, _), value)| (name.to_string(), value.clone()));
                Ok(Params(named.collect()))
            }
            _ => Err(RpcError::params(format!(
                "expected at most {} parameters",
                signature.len()
            ))),
        }
    }
}

impl Params {
    /// From a URI's query.
    pub(crate) fn from_uri(pairs: Vec<(String, String)>, signature: Signature) -> Result<Self, RpcError> {
        let mut map = Map::new();
        for (name, text) in pairs {
            let kind = signature
                .iter()
                .find(|(known, _)| *known == name)
                .map_or(Kind::Text, |(_, kind)| *kind);
            let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            let bytes = || match (text.strip_prefix("0x"), quoted) {
                (Some(digits), _) => hex::decode(digits).map_err(|error| RpcError::params(format!("{name}: {error}"))),
                (None, Some(raw)) => Ok(raw.as_bytes().to_vec()),
                (None, None) => {
                    hex::decode(&text).map_err(|_| RpcError::params(format!("{name}: write bytes as 0x...")))
                }
            };
            let value = match kind {
                Kind::Base64 => STANDARD.encode(bytes()?),
                Kind::Hex => hex::encode(bytes()?),
                Kind::Text | Kind::Number | Kind::Flag => quoted.unwrap_or(&text).to_string(),
            };
            map.insert(name, Value::String(value));
        }
        Ok(Self(map))
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, RpcError> {
        match self.0.get(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(RpcError::params(format!("{name}: a text is needed"))),
        }
    }

    /// A whole number, as a number or a text; `None` if absent, null or empty.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, RpcError> {
        let number = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => return Ok(None),
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_u64(),
        };
        number
            .map(Some)
            .ok_or_else(|| RpcError::params(format!("{name}: a whole number is needed")))
    }

    pub(crate) fn base64(&self, name: &str) -> Result<Vec<u8>, RpcError> {
        let text = self.text(name)?;
        STANDARD
            .decode(text)
            .map_err(|error| RpcError::params(format!("{name}: {error}")))
    }

    /// Bytes in hex; none if absent.
    pub(crate) fn hex(&self, name: &str) -> Result<Vec<u8>, RpcError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            _ => hex::decode(self.text(name)?).map_err(|error| RpcError::params(format!("{name}: {error}"))),
        }
    }

    /// A hash of 32 bytes: base64 as the protocol has it, or hex as people write it.
    pub(crate) fn hash(&self, name: &str) -> Result<[u8; 32], RpcError> {
        let text = self.text(name)?;
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        let bytes = bytes.or_else(|| hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok()));
        bytes.ok_or_else(|| RpcError::params(format!("{name}: a hash of 32 bytes is needed")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: Signature = &[("tx", Kind::Base64), ("data", Kind::Hex), ("height", Kind::Number)];

    fn uri(name: &str, text: &str) -> Result<Params, RpcError> {
        Params::from_uri(vec![(name.to_string(), text.to_string())], SIGNATURE)
    }

    #[test]
    fn bodies_by_name_and_by_position_agree() {
        let read = |params: Value| {
            let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "x", "params": params });
            Request::read(request).ok().unwrap().params(SIGNATURE)
        };
        let named = read(json!({ "tx": "AQI=", "data": "ff", "height": "7" })).unwrap();
        let placed = read(json!(["AQI=", "ff", 7])).unwrap();
        for params in [named, placed] {
            assert_eq!(params.base64("tx").unwrap(), [1, 2]);
            assert_eq!(params.hex("data").unwrap(), [255]);
            assert_eq!(params.number("height").unwrap(), Some(7));
        }
        assert!(read(json!([1, 2, 3, 4])).is_err());
        assert!(read(json!("x")).is_err());
    }

    #[test]
    fn uri_parameters_mean_the_same_as_a_body() {
        assert_eq!(uri("tx", "0x0102").unwrap().base64("tx").unwrap(), [1, 2]);
        assert_eq!(uri("tx", "\"ab\"").unwrap().base64("tx").unwrap(), b"ab");
        assert_eq!(uri("data", "0xff").unwrap().hex("data").unwrap(), [255]);
        assert_eq!(uri("height", "\"5\"").unwrap().number("height").unwrap(), Some(5));
        assert_eq!(uri("height", "5").unwrap().number("height").unwrap(), Some(5));
        assert!(uri("tx", "0xzz").is_err());
        assert!(uri("height", "-1").unwrap().number("height").is_err());
    }

    #[test]
    fn hashes_in_both_forms() {
        let hash = [7u8; 32];
        for text in [STANDARD.encode(hash), hex::encode(hash), hex::encode_upper(hash)] {
            let mut map = Map::new();
            map.insert("hash".into(), Value::String(text));
            assert_eq!(Params(map).hash("hash").unwrap(), hash);
        }
    }
}
