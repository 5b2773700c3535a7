//! The pipes between supervisor and child: a frame is a length (u32, big endian) and that many bytes of JSON; raw bytes
//! follow where the frame announces them.

use std::io::{self, Read, Write};

use serde::{de::DeserializeOwned, Deserialize, Serialize};

use super::Layer;
use crate::runtime::engine::{Record, Step, Written};
use crate::runtime::{JobSpec, RuntimeError};

/// Largest JSON part; the longest real one is an engine's complaint about a module.
const FRAME_BYTES: u32 = 64 << 10;

/// Frames to the child: `Probe`, or `Job` and after its `Admitted` the `Run`, unless it is not to be run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Come up confined and leave.
    Probe,
    /// Check and compile a module, whose bytes follow, and wait. The time is the most that waiting and running take.
    Job {
        spec: JobSpec,
        time_ms: u64,
        module_bytes: u64,
    },
    /// Run it with the input that follows.
    Run { input_bytes: u64 },
}

/// Frames from the child, in this order: `Ready`; `Admitted`; any number of `Step`, or of `State` and then `Output`; `Done` or `Failed`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// All layers hold.
    Ready,
    /// A layer could not be set up; nothing was read or run.
    Layer { layer: Layer, reason: String },
    /// The module was checked and compiled.
    Admitted,
    /// A step ended; its share of the output follows, `bytes` raw bytes.
    Step { bytes: u64, fuel: u64 },
    /// A step ended that left state of `bytes` bytes behind, of which this is the digest.
    State { digest: [u8; 32], bytes: u64, fuel: u64 },
    /// The output of a run whose steps left state behind; `bytes` raw bytes follow.
    Output { bytes: u64 },
    /// All steps ended.
    Done,
    /// The job ended early.
    Failed { error: RuntimeError },
}

/// Writes a frame and what follows it.
pub fn send(to: &mut impl Write, frame: &impl Serialize, follow: &[&[u8]]) -> io::Result<()> {
    let json = serde_json::to_vec(frame)?;
    let len = u32::try_from(json.len()).ok().filter(|n| *n <= FRAME_BYTES);
    to.write_all(&len.ok_or_else(|| io::Error::other("frame too long"))?.to_be_bytes())?;
    to.write_all(&json)?;
    for bytes in follow {
        to.write_all(bytes)?;
    }
    to.flush()
}

/// Reads a frame; nothing at the end of the stream.
pub fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut len = [0; 4];
    if from.read(&mut len[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut len[1..])?;
    let len = u32::from_be_bytes(len);
    if len > FRAME_BYTES {
        return Err(io::Error::other(format!("a frame of {len} bytes")));
    }
    let mut json = vec![0; len as usize];
    from.read_exact(&mut json)?;
    Ok(Some(serde_json::from_slice(&json)?))
}

/// Reads announced bytes, at most `cap`.
pub fn receive_bytes(from: &mut impl Read, len: u64, cap: u64) -> io::Result<Vec<u8>> {
    if len > cap {
        return Err(io::Error::other(format!("{len} bytes announced, {cap} allowed")));
    }
    let len = usize::try_from(len).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The supervisor, as a child's work sees it: gives the input, and takes what comes out.
pub struct Sink<'a> {
    pub(super) from: &'a mut dyn Read,
    pub(super) to: &'a mut dyn Write,
    /// Most bytes of an input.
    pub(super) most: u64,
}

impl Sink<'_> {
    /// Says that the module was taken in and waits for the input; nothing if the job is not to be run.
    pub fn input(&mut self) -> Result<Option<Vec<u8>>, RuntimeError> {
        self.event(&Event::Admitted, &[])?;
        match receive::<Order>(&mut self.from).map_err(cut_short)? {
            Some(Order::Run { input_bytes }) => self.bytes(input_bytes, self.most).map(Some),
            _ => Ok(None),
        }
    }

    pub(super) fn bytes(&mut self, len: u64, most: u64) -> Result<Vec<u8>, RuntimeError> {
        receive_bytes(&mut self.from, len, most).map_err(cut_short)
    }

    /// Reports a share of the output, as one step, and the fuel it took.
    pub fn write(&mut self, output: &[u8], fuel: u64) -> Result<(), RuntimeError> {
        let bytes = output.len() as u64;
        self.event(&Event::Step { bytes, fuel }, output)
    }

    pub(super) fn event(&mut self, event: &Event, bytes: &[u8]) -> Result<(), RuntimeError> {
        send(&mut self.to, event, &[bytes]).map_err(|e| RuntimeError::Host {
            reason: format!("no supervisor: {e}"),
        })
    }
}

impl Record for Sink<'_> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), RuntimeError> {
        let fuel = step.fuel;
        match step.written {
            Written::Output(output) => self.write(output, fuel),
            Written::State { digest, bytes } => self.event(&Event::State { digest, bytes, fuel }, &[]),
        }
    }

    fn output(&mut self, output: Vec<u8>) -> Result<(), RuntimeError> {
        let bytes = output.len() as u64;
        self.event(&Event::Output { bytes }, &output)
    }
}

fn cut_short(error: io::Error) -> RuntimeError {
    RuntimeError::Host {
        reason: format!("job cut short: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_and_the_end_is_told_from_a_cut() {
        let mut pipe = Vec::new();
        send(&mut pipe, &Event::Step { bytes: 3, fuel: 7 }, &[b"abc"]).unwrap();
        let mut read = &pipe[..];
        assert!(matches!(
            receive(&mut read).unwrap(),
            Some(Event::Step { bytes: 3, fuel: 7 })
        ));
        assert_eq!(receive_bytes(&mut read, 3, 3).unwrap(), b"abc");
        assert!(receive::<Event>(&mut read).unwrap().is_none());
        assert!(receive::<Event>(&mut &pipe[..7]).is_err());
        assert!(receive_bytes(&mut &pipe[..], 5, 4).is_err());
        assert!(receive::<Event>(&mut &u32::MAX.to_be_bytes()[..]).is_err());
    }
}
