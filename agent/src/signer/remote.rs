//! The agent's side: a signer in another process.
use std::io::{BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use base64::prelude::{Engine, BASE64_STANDARD};

use super::protocol::{read, write, Request, Response};
use super::Signer;
use crate::error::{Error, Result};

/// Longest wait for an answer; signing takes milliseconds, writing the spend file may wait for a disk.
const PATIENCE: Duration = Duration::from_secs(20);

struct Wire {
    from: Box<dyn Read + Send>,
    to: Box<dyn Write + Send>,
    /// Ended when the agent ends.
    child: Option<Child>,
}

impl Wire {
    fn ask(&mut self, request: &Request) -> Result<Response> {
        write(&mut self.to, request)?;
        read(&mut self.from)?.ok_or_else(gone)
    }

    fn connect(path: &Path) -> Result<Self> {
        let fail = |e: std::io::Error| {
            Error::key(
                "signer.unreachable",
                format!("{}: {e}", path.display()),
                "start it with `joule signer`",
            )
        };
        let stream = UnixStream::connect(path).map_err(fail)?;
        stream
            .set_read_timeout(Some(PATIENCE))
            .and_then(|()| stream.set_write_timeout(Some(PATIENCE)))
            .map_err(fail)?;
        let reader = stream.try_clone().map_err(fail)?;
        Ok(Self {
            from: Box::new(BufReader::new(reader)),
            to: Box::new(stream),
            child: None,
        })
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended by itself; waiting takes its remains away either way.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A connection that may have to be made again.
struct Link {
    wire: Option<Wire>,
    /// Where to connect again; a child is not started twice.
    socket: Option<PathBuf>,
}

impl Link {
    fn ask(&mut self, request: &Request) -> Result<Response> {
        let mut wire = match (self.wire.take(), &self.socket) {
            (Some(wire), _) => wire,
            (None, Some(path)) => Wire::connect(path)?,
            (None, None) => return Err(gone()),
        };
        match wire.ask(request) {
            Ok(Response::Refused { code, what, next }) => {
                self.wire = Some(wire);
                Err(Response::refusal(code, what, next))
            }
            Ok(answer) => {
                self.wire = Some(wire);
                Ok(answer)
            }
            // Where the next message would begin is unknown: this connection is over.
            Err(error) => Err(error),
        }
    }
}

/// A signer behind a Unix socket or a pipe.
pub struct RemoteSigner {
    link: Arc<Mutex<Link>>,
    address: String,
    public_key: Vec<u8>,
}

impl RemoteSigner {
    /// Connects to the socket of a running signer. A connection that ends later is made again at the next document.
    pub fn connect(path: &Path) -> Result<Self> {
        Self::over(Link {
            wire: None,
            socket: Some(path.to_path_buf()),
        })
    }

    /// Starts a signer as a child that talks over its standard input and output, and ends it with this value.
    pub fn spawn(mut command: Command) -> Result<Self> {
        let fail = |e: &dyn std::fmt::Display| Error::key("signer.no_start", e, "see the signer's own message above");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| fail(&e))?;
        let (from, to) = (child.stdout.take(), child.stdin.take());
        let (Some(from), Some(to)) = (from, to) else {
            return Err(fail(&"no pipe"));
        };
        let wire = Wire {
            from: Box::new(BufReader::new(from)),
            to: Box::new(to),
            child: Some(child),
        };
        Self::over(Link {
            wire: Some(wire),
            socket: None,
        })
    }

    fn over(mut link: Link) -> Result<Self> {
        let Response::Identity { address, public_key } = link.ask(&Request::Identity {})? else {
            return Err(unexpected());
        };
        let public_key = BASE64_STANDARD.decode(public_key).map_err(|_| unexpected())?;
        Ok(Self {
            link: Arc::new(Mutex::new(link)),
            address,
            public_key,
        })
    }
}

impl RemoteSigner {
    /// One question, off the async threads.
    async fn ask(&self, request: Request) -> Result<Response> {
        let link = self.link.clone();
        let answer =
            tokio::task::spawn_blocking(move || link.lock().unwrap_or_else(PoisonError::into_inner).ask(&request));
        answer
            .await
            .map_err(|e| Error::internal("signer.panicked", e, "report this, with the log"))?
    }
}

#[async_trait]
impl Signer for RemoteSigner {
    fn address(&self) -> &str {
        &self.address
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    async fn sign(&self, sign_bytes: &[u8]) -> Result<Vec<u8>> {
        let request = Request::Sign {
            sign_bytes: BASE64_STANDARD.encode(sign_bytes),
        };
        let Response::Signed { signature } = self.ask(request).await? else {
            return Err(unexpected());
        };
        BASE64_STANDARD.decode(signature).map_err(|_| unexpected())
    }

    async fn answers(&self) -> Result<()> {
        match self.ask(Request::Identity {}).await? {
            Response::Identity { address, .. } if address == self.address => Ok(()),
            _ => Err(unexpected()),
        }
    }
}

fn gone() -> Error {
    Error::key(
        "signer.gone",
        "the signer closed the connection",
        "start it again and see its log",
    )
}

fn unexpected() -> Error {
    Error::key(
        "signer.protocol",
        "the signer answers something else",
        "use agent and signer of the same version",
    )
}
