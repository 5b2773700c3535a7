//! As much HTTP/1.1 as there is between a client and the RPC of a node.
use std::io;

use base64::prelude::{Engine, BASE64_STANDARD};
use serde_json::{json, Value};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Longest head of a message, bytes.
const MAX_HEAD: usize = 64 << 10;
/// Longest body, bytes.
const MAX_BODY: usize = 64 << 20;
const MAX_HEADERS: usize = 64;

/// A request, read to its end.
pub(crate) struct Request {
    /// First line and headers that are passed on, with the empty line behind them.
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<u8>,
    pub(crate) question: Question,
    pub(crate) websocket: bool,
}

impl Request {
    /// The bytes for the node.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.head.as_slice(), &self.body].concat()
    }
}

/// What a request asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    /// JSON-RPC method; the path without its query for a GET.
    pub(crate) method: String,
    /// Equal for equal questions: method and parameters.
    pub(crate) key: String,
    /// JSON-RPC id.
    pub(crate) id: Option<Value>,
    /// Signed bytes of a broadcast.
    pub(crate) tx: Vec<u8>,
}

impl Question {
    fn of(target: &str, body: &[u8]) -> Self {
        let Ok(call) = serde_json::from_slice::<Value>(body) else {
            let method = target.split('?').next().unwrap_or_default().trim_start_matches('/');
            return Self {
                method: method.to_string(),
                key: target.to_string(),
                id: None,
                tx: Vec::new(),
            };
        };
        let method = call
            .get("method")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_string();
        let params = call.get("params").cloned().unwrap_or_default();
        let tx = params.get("tx").and_then(Value::as_str).unwrap_or_default();
        Self {
            tx: BASE64_STANDARD.decode(tx).unwrap_or_default(),
            key: format!("{method} {params}"),
            id: call.get("id").cloned(),
            method,
        }
    }

    pub(crate) fn is_broadcast(&self) -> bool {
        self.method.starts_with("broadcast_tx")
    }

    /// An earlier answer, as one to this request.
    pub(crate) fn readdressed(&self, body: Vec<u8>) -> Vec<u8> {
        match (&self.id, serde_json::from_slice::<Value>(&body)) {
            (Some(id), Ok(Value::Object(mut answer))) => {
                answer.insert("id".into(), id.clone());
                Value::Object(answer).to_string().into_bytes()
            }
            _ => body,
        }
    }

    /// What a node says that took the broadcast.
    pub(crate) fn accepted(&self) -> Vec<u8> {
        let hash = hex::encode_upper(Sha256::digest(&self.tx));
        let result = json!({ "code": 0, "codespace": "", "data": "", "log": "", "hash": hash });
        json!({ "jsonrpc": "2.0", "id": self.id, "result": result })
            .to_string()
            .into_bytes()
    }
}

/// An answer with status 200 and this body.
pub(crate) fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// An answer without a body.
pub(crate) fn status(line: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
}

fn bad(why: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_string())
}

/// Reads until the head of a message is complete: its length, and what was read.
async fn head(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<(usize, Vec<u8>)>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            return Ok(Some((end + 4, bytes)));
        }
        if bytes.len() > MAX_HEAD {
            return Err(bad("a head without end"));
        }
        if from.read_buf(&mut bytes).await? == 0 {
            return if bytes.is_empty() {
                Ok(None)
            } else {
                Err(bad("cut off in the head"))
            };
        }
    }
}

fn header<'a>(headers: &'a [httparse::Header<'_>], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|h| h.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(found.value).ok().map(str::trim)
}

/// Reads `length` bytes in all, of which `have` are there.
async fn exactly(from: &mut (impl AsyncRead + Unpin), mut have: Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    if length > MAX_BODY {
        return Err(bad("a body beyond all measure"));
    }
    while have.len() < length {
        if from.read_buf(&mut have).await? == 0 {
            return Err(bad("cut off in the body"));
        }
    }
    have.truncate(length);
    Ok(have)
}

/// The next request; none when the client is gone.
pub(crate) async fn request(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Request>> {
    let Some((end, bytes)) = head(from).await? else {
        return Ok(None);
    };
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(&bytes).map_err(bad)?;
    let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or("/"));
    let websocket = header(parsed.headers, "upgrade").is_some_and(|v| v.eq_ignore_ascii_case("websocket"));
    if header(parsed.headers, "transfer-encoding").is_some() {
        return Err(bad("requests in chunks are not supported"));
    }
    let length = match header(parsed.headers, "content-length") {
        Some(text) => text.parse().map_err(bad)?,
        None => 0,
    };
    let mut passed = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
    for h in parsed.headers.iter() {
        // One request a connection, whatever the two sides would like.
        if websocket || !h.name.eq_ignore_ascii_case("connection") {
            passed.extend_from_slice(&[h.name.as_bytes(), b": ", h.value, b"\r\n"].concat());
        }
    }
    passed.extend_from_slice(if websocket {
        b"\r\n"
    } else {
        b"connection: close\r\n\r\n"
    });
    let target = target.to_string();
    let body = exactly(from, bytes.get(end..).unwrap_or_default().to_vec(), length).await?;
    Ok(Some(Request {
        head: passed,
        question: Question::of(&target, &body),
        body,
        websocket,
    }))
}

/// The answer of a node that closes the connection behind it: its status and its whole body.
pub(crate) async fn answer(from: &mut (impl AsyncRead + Unpin)) -> io::Result<(u16, Vec<u8>)> {
    let (end, bytes) = head(from).await?.ok_or_else(|| bad("no answer"))?;
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    parsed.parse(&bytes).map_err(bad)?;
    let code = parsed.code.unwrap_or(502);
    let rest = bytes.get(end..).unwrap_or_default().to_vec();
    if header(parsed.headers, "transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
        return Ok((code, chunks(from, rest).await?));
    }
    let length = header(parsed.headers, "content-length")
        .map(str::parse)
        .transpose()
        .map_err(bad)?;
    let body = match length {
        Some(length) => exactly(from, rest, length).await?,
        None => {
            let mut body = rest;
            from.read_to_end(&mut body).await?;
            body
        }
    };
    Ok((code, body))
}

/// A body in chunks, put together.
async fn chunks(from: &mut (impl AsyncRead + Unpin), mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let mut at = 0usize;
    loop {
        match httparse::parse_chunk_size(bytes.get(at..).unwrap_or_default()) {
            Ok(httparse::Status::Complete((_, 0))) => return Ok(body),
            Ok(httparse::Status::Complete((start, length))) => {
                let length = usize::try_from(length).map_err(bad)?;
                let first = at + start;
                // The chunk and the line's end behind it.
                let all = first
                    .checked_add(length)
                    .and_then(|n| n.checked_add(2))
                    .ok_or_else(|| bad("a huge chunk"))?;
                if body.len().saturating_add(length) > MAX_BODY {
                    return Err(bad("a body beyond all measure"));
                }
                while bytes.len() < all {
                    if from.read_buf(&mut bytes).await? == 0 {
                        return Err(bad("cut off in a chunk"));
                    }
                }
                body.extend_from_slice(bytes.get(first..first + length).unwrap_or_default());
                at = all;
            }
            Ok(httparse::Status::Partial) => {
                if from.read_buf(&mut bytes).await? == 0 {
                    return Err(bad("cut off between chunks"));
                }
            }
            Err(_) => return Err(bad("a chunk without a size")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_are_read_by_length_by_chunks_and_to_the_end() {
        for (text, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
                "abc",
            ),
            ("HTTP/1.1 500 No\r\n\r\nabc", "abc"),
        ] {
            let (_, read) = answer(&mut text.as_bytes()).await.unwrap();
            assert_eq!(read, body.as_bytes(), "{text}");
        }
        for cut in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        ] {
            assert!(answer(&mut cut.as_bytes()).await.is_err(), "{cut}");
        }
    }

    #[tokio::test]
    async fn requests_are_known_by_method_and_parameters_and_answered_by_their_id() {
        let body = r#"{"jsonrpc":"2.0","id":"x","method":"broadcast_tx_sync","params":{"tx":"YQ=="}}"#;
        let text = format!(
            "POST / HTTP/1.1\r\nConnection: keep-alive\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let read = request(&mut text.as_bytes()).await.unwrap().unwrap();
        assert!(read.question.is_broadcast() && !read.websocket);
        let passed = String::from_utf8(read.bytes()).unwrap();
        assert!(
            passed.contains("connection: close") && !passed.contains("keep-alive"),
            "{passed}"
        );
        let accepted: Value = serde_json::from_slice(&read.question.accepted()).unwrap();
        // SHA-256 of "a".
        let hash = "CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB";
        assert_eq!(
            (&accepted["id"], &accepted["result"]["hash"]),
            (&json!("x"), &json!(hash))
        );

        let get = request(&mut "GET /block?height=3 HTTP/1.1\r\n\r\n".as_bytes())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (get.question.method.as_str(), get.question.key.as_str()),
            ("block", "/block?height=3")
        );
        assert!(request(&mut "".as_bytes()).await.unwrap().is_none());
    }
}
