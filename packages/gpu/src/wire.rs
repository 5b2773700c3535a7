//! Frames: the length of the JSON part (u32, big endian), the length of the raw part (u32, big endian), both parts.

use std::io::{self, Read, Write};

use serde::{de::DeserializeOwned, Serialize};

/// Largest JSON part; the longest real one is a driver's complaint.
const JSON_BYTES: u32 = 1 << 20;
/// Largest raw part: bundle and input of a job, or its output.
pub const RAW_BYTES: u32 = 512 << 20;

/// Writes a frame.
pub fn send(to: &mut impl Write, message: &impl Serialize, raw: &[u8]) -> io::Result<()> {
    let json = serde_json::to_vec(message)?;
    let len = |part: &[u8], cap: u32| match u32::try_from(part.len()) {
        Ok(len) if len <= cap => Ok(len.to_be_bytes()),
        _ => Err(invalid(format!(
            "a frame part of {} bytes, at most {cap} go",
            part.len()
        ))),
    };
    to.write_all(&len(&json, JSON_BYTES)?)?;
    to.write_all(&len(raw, RAW_BYTES)?)?;
    to.write_all(&json)?;
    to.write_all(raw)?;
    to.flush()
}

/// Reads a frame; nothing at the end of the pipe. Memory is taken as bytes arrive, not as they are announced.
pub fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<(T, Vec<u8>)>> {
    let mut head = [0; 8];
    match from.read(&mut head)? {
        0 => return Ok(None),
        n => from.read_exact(&mut head[n..])?,
    }
    let [a, b, c, d, e, f, g, h] = head;
    let json = part(from, u32::from_be_bytes([a, b, c, d]), JSON_BYTES)?;
    let raw = part(from, u32::from_be_bytes([e, f, g, h]), RAW_BYTES)?;
    Ok(Some((serde_json::from_slice(&json)?, raw)))
}

fn part(from: &mut impl Read, len: u32, cap: u32) -> io::Result<Vec<u8>> {
    if len > cap {
        return Err(invalid(format!("a frame part of {len} bytes, at most {cap} go")));
    }
    let mut bytes = Vec::new();
    from.take(u64::from(len)).read_to_end(&mut bytes)?;
    if u32::try_from(bytes.len()) != Ok(len) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_the_pipe() {
        let mut pipe = Vec::new();
        send(&mut pipe, &"one", &[1, 2, 3]).unwrap();
        send(&mut pipe, &2u8, &[]).unwrap();
        let mut from = pipe.as_slice();
        assert_eq!(
            receive::<String>(&mut from).unwrap(),
            Some(("one".to_owned(), vec![1, 2, 3]))
        );
        assert_eq!(receive::<u8>(&mut from).unwrap(), Some((2, vec![])));
        assert_eq!(receive::<u8>(&mut from).unwrap(), None);
    }

    #[test]
    fn nonsense_is_refused_before_memory_is_taken() {
        let mut whole = Vec::new();
        send(&mut whole, &"text", &[7; 9]).unwrap();
        for end in 1..whole.len() {
            let error = receive::<String>(&mut &whole[..end]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{end}");
        }
        for (head, kind) in [
            ([0xff; 8], io::ErrorKind::InvalidData),
            ([0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff], io::ErrorKind::InvalidData),
            ([0, 0, 0, 2, 0, 0, 0, 0], io::ErrorKind::InvalidData),
            ([0, 16, 0, 0, 0, 0, 0, 0], io::ErrorKind::UnexpectedEof),
        ] {
            let frame = [&head[..], b"{]"].concat();
            assert_eq!(
                receive::<String>(&mut frame.as_slice()).unwrap_err().kind(),
                kind,
                "{head:?}"
            );
        }
    }
}
