//! Questions and calls that no client of a chain has.
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::party::{self, Party};
use crate::devchain::Ready;
use crate::error::{Error, Result};
use crate::sandbox::Device;

/// Puts the chain's clock forward: the embedded chain's own call, which no real chain has.
pub async fn advance(rpc: &str, secs: u64) -> Result<()> {
    let host = rpc.trim_start_matches("http://");
    let request = format!("GET /joule_advance?seconds={secs} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let failed = |what: &dyn std::fmt::Display| Error::internal("demo.no_advance", what, "report this");
    let call = async {
        let mut stream = TcpStream::connect(host).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(10), call).await;
    match answer.map_err(|e| failed(&e))?.map_err(|e| failed(&e))? {
        answer if answer.contains("\"result\"") => Ok(()),
        answer => Err(failed(&answer)),
    }
}

/// The name of a hardware adapter. Asking the driver starts a worker, which blocks.
pub async fn hardware(program: PathBuf) -> Result<Option<String>> {
    let asked = tokio::task::spawn_blocking(move || Device::hardware(&program, 0)).await;
    let asked = asked.map_err(|e| Error::internal("demo.panicked", e, "report this"))?;
    // Whatever is in the way, the interpreter runs the jobs.
    Ok(asked.ok().map(|(_, adapter)| adapter.name))
}

/// Runs a command and reads the one JSON value that it says.
pub async fn answer(mut command: tokio::process::Command, what: String) -> Result<Value> {
    let lost = |e: std::io::Error| {
        Error::local(
            "demo.no_process",
            format!("{what}: {e}"),
            "check the limits of processes",
        )
    };
    let output = command.output().await.map_err(lost)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::internal(
            "demo.command_failed",
            format!("{what}: {}", said.trim()),
            "report this",
        ));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|e| Error::internal("demo.command_output", format!("{what}: {e}"), "report this"))
}

/// What the chain says when it is ready.
pub async fn first_words(chain: &mut Party) -> Result<Ready> {
    let mut line = String::new();
    if let Some(stdout) = chain.stdout() {
        let read = BufReader::new(stdout).read_line(&mut line).await;
        read.map_err(|e| Error::internal("demo.no_chain", e, "report this"))?;
    }
    serde_json::from_str(&line).map_err(|_| {
        let what = format!("the chain did not start: {}", party::tail(&chain.log));
        Error::internal("demo.no_chain", what, format!("see {}", chain.log.display()))
    })
}
