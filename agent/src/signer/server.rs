//! The signer process.
use std::io::{BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{Engine, BASE64_STANDARD};

use super::guard::Guard;
use super::harden::harden;
use super::protocol::{read, write, Request, Response};
use crate::error::{Error, Result};

/// A connected agent that stops in the middle of a message is dropped after this.
const STALL: Duration = Duration::from_secs(600);

/// How agents reach the signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A Unix socket, mode 0600; only processes of the same user are answered.
    Socket(PathBuf),
    /// Standard input and output, for one agent that started the signer itself.
    Pipe,
}

/// Serves until the agent is gone (pipe) or for ever (socket). Protects the process first.
pub fn main_loop(transport: &Transport, guard: Guard) -> Result<()> {
    harden()?;
    let guard = Arc::new(guard);
    match transport {
        Transport::Pipe => serve(&guard, std::io::stdin().lock(), std::io::stdout().lock()),
        Transport::Socket(path) => {
            let listener = bind(path)?;
            tracing::info!(socket = %path.display(), address = guard.address(), "signer ready");
            for stream in listener.incoming() {
                match stream {
                    Ok(stream) => accept(&guard, stream),
                    Err(error) => tracing::warn!(%error, "connection failed"),
                }
            }
            Ok(())
        }
    }
}

fn bind(path: &Path) -> Result<UnixListener> {
    let fail = |e: std::io::Error| {
        Error::local(
            "signer.socket",
            format!("{}: {e}", path.display()),
            "choose a path in a directory of your own",
        )
    };
    if UnixStream::connect(path).is_ok() {
        let what = format!("a signer answers at {}", path.display());
        return Err(Error::local(
            "signer.running",
            what,
            "stop it, or choose another socket",
        ));
    }
    // Left over from a signer that was killed: nobody answers there.
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(fail(e)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(fail)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(fail)?;
    Ok(listener)
}

/// Answers one agent on a thread of its own.
fn accept(guard: &Arc<Guard>, stream: UnixStream) {
    if !is_same_user(&stream) {
        tracing::warn!("connection of another user refused");
        return;
    }
    let guard = guard.clone();
    std::thread::spawn(move || {
        let served = stream
            .set_read_timeout(Some(STALL))
            .and_then(|()| stream.try_clone())
            .map_err(|e| Error::local("signer.socket", e, ""))
            .and_then(|reader| serve(&guard, reader, &stream));
        if let Err(error) = served {
            tracing::debug!(%error, "agent disconnected");
        }
    });
}

/// The mode of the socket says it already; this holds where a file system ignores modes.
#[cfg(target_os = "linux")]
fn is_same_user(stream: &UnixStream) -> bool {
    let ours = rustix::process::geteuid();
    rustix::net::sockopt::socket_peercred(stream).is_ok_and(|peer| peer.uid == ours)
}

/// The mode of the socket is all there is.
#[cfg(not(target_os = "linux"))]
fn is_same_user(_: &UnixStream) -> bool {
    true
}

fn serve(guard: &Guard, from: impl Read, mut to: impl Write) -> Result<()> {
    let mut from = BufReader::new(from);
    while let Some(request) = read(&mut from)? {
        write(&mut to, &respond(guard, &request))?;
    }
    Ok(())
}

fn respond(guard: &Guard, request: &Request) -> Response {
    match request {
        Request::Identity {} => Response::Identity {
            address: guard.address().to_string(),
            public_key: BASE64_STANDARD.encode(guard.public_key()),
        },
        Request::Sign { sign_bytes } => {
            let signed = BASE64_STANDARD
                .decode(sign_bytes)
                .map_err(|e| Error::key("signer.protocol", e, "send the document as base64"))
                .and_then(|bytes| guard.sign(&bytes));
            match signed {
                Ok(signature) => Response::Signed {
                    signature: BASE64_STANDARD.encode(signature),
                },
                Err(error) => {
                    tracing::warn!(%error, "refused");
                    error.into()
                }
            }
        }
    }
}
