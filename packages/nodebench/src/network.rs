//! The local network (`scripts/localnet`) in a folder of its own, started from a genesis that has been written into.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use anyhow::{ensure, Context, Result};
use joule::chain::{Client, Limits};

use crate::genesis::{extend, Setup};
use crate::market::{Frozen, CHAIN};

/// An account that codes and contracts of a genesis are said to be of: the deployer of the local network.
pub const ANYBODY: &str = "wasm1re7zjc79r8ju5ru0h9fgws32dyk262jvt4ef2v";

/// Where the node counts for Prometheus, from its first port on.
const METRICS: u16 = 6;

/// One node with its folder.
pub struct Network {
    root: PathBuf,
    home: PathBuf,
    block_ms: u64,
    port: u16,
}

/// Ports of a network, from its first one on.
const PORTS: [&str; 6] = [
    "LOCALNET_RPC",
    "LOCALNET_REST",
    "LOCALNET_GRPC",
    "LOCALNET_P2P",
    "LOCALNET_PPROF",
    "LOCALNET_FAUCET",
];

impl Network {
    /// Of the repository in `root`, with a block each `block_ms` milliseconds and six ports from `port` on. Nothing runs yet.
    pub fn new(root: &Path, name: &str, port: u16, block_ms: u64) -> Self {
        Self {
            root: root.into(),
            home: root.join("target/localnet").join(name),
            block_ms,
            port,
        }
    }

    /// Address of its RPC.
    pub fn rpc(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// A new chain without contracts.
    pub fn start_new(&self) -> Result<()> {
        self.script(&["reset"])?;
        self.script(&["start"])
    }

    /// A new chain whose genesis has these markets.
    pub fn start(&self, setup: &Setup, markets: &[Frozen]) -> Result<()> {
        for command in ["reset", "start", "stop"] {
            self.script(&[command])?;
        }
        // A first genesis creates its validator by a transaction, which has to be at height 1; an exported one has it already.
        self.script(&["export", &self.home.join("config/genesis.json").display().to_string()])?;
        extend(&self.home.join("config/genesis.json"), setup, markets)?;
        for folder in ["data", "wasm"] {
            let path = self.home.join(folder);
            if path.exists() {
                std::fs::remove_dir_all(path)?;
            }
        }
        std::fs::create_dir(self.home.join("data"))?;
        let config = self.home.join("config/config.toml");
        let metrics = format!("prometheus_listen_addr = \"127.0.0.1:{}\"", self.port + METRICS);
        let text = std::fs::read_to_string(&config)?
            .replace("prometheus = false", "prometheus = true")
            .replace("prometheus_listen_addr = \":26660\"", &metrics);
        std::fs::write(config, text)?;
        let fresh = r#"{"height":"0","round":0,"step":0}"#;
        std::fs::write(self.home.join("data/priv_validator_state.json"), fresh)?;
        self.script(&["start"])
    }

    /// Length of the genesis that it was started from.
    pub fn genesis_bytes(&self) -> Result<u64> {
        Ok(std::fs::metadata(self.home.join("config/genesis.json"))?.len())
    }

    /// Ends the node and forgets the chain.
    pub fn reset(&self) -> Result<()> {
        self.script(&["reset"])
    }

    /// Seconds that the node has spent in each method of the application, by its own count.
    pub async fn spent(&self) -> Result<BTreeMap<String, f64>> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port + METRICS)).await?;
        let request = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        let spent = methods(&text)?;
        ensure!(!spent.is_empty(), "the node's metrics have no methods");
        Ok(spent)
    }

    /// A client of the node.
    pub async fn client(&self) -> Result<Client> {
        // A node that executes a large block answers nobody meanwhile.
        let limits = Limits {
            call_timeout: Duration::from_secs(60),
            ..Limits::default()
        };
        Ok(Client::connect(CHAIN, &[self.rpc()], limits).await?)
    }

    fn script(&self, command: &[&str]) -> Result<()> {
        let done = Command::new("scripts/localnet")
            .args(command)
            .current_dir(&self.root)
            .env("LOCALNET_DIR", &self.home)
            .env("LOCALNET_BLOCK_MS", self.block_ms.to_string())
            .env("LOCALNET_WAIT_SECS", "1800")
            .envs(
                PORTS
                    .iter()
                    .zip(self.port..)
                    .map(|(name, port)| (name, port.to_string())),
            )
            .output()
            .context("scripts/localnet")?;
        ensure!(
            done.status.success(),
            "scripts/localnet {}: {}{}",
            command.join(" "),
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        Ok(())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // A node must not outlive what measures it, whatever went wrong.
        let _ = self.script(&["stop"]);
    }
}

/// Seconds by method in what a node writes for Prometheus; a method may have several lines.
fn methods(metrics: &str) -> Result<BTreeMap<String, f64>> {
    let mut spent = BTreeMap::new();
    for line in metrics.lines() {
        let Some(line) = line.strip_prefix("cometbft_abci_connection_method_timing_seconds_sum{") else {
            continue;
        };
        let method = line.split("method=\"").nth(1).and_then(|rest| rest.split('"').next());
        let seconds = line.rsplit(' ').next().context("a figure")?.parse::<f64>()?;
        *spent.entry(method.context("a method")?.to_string()).or_default() += seconds;
    }
    Ok(spent)
}

/// Seconds since 1970.
pub fn clock() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

/// Seconds from now to `time`; negative once it is past.
pub fn left(time: u64) -> i64 {
    time as i64 - clock() as i64
}

/// Waits until the chain's latest block is of `time` or later.
pub async fn wait_for_time(client: &Client, time: u64) -> Result<()> {
    while client.status().await?.block_time_nanos < i128::from(time) * 1_000_000_000 {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_of_a_method_are_added_up() {
        let metrics = "# HELP\n\
            cometbft_abci_connection_method_timing_seconds_sum{chain_id=\"c\",method=\"check_tx\",type=\"sync\"} 0.5\n\
            cometbft_abci_connection_method_timing_seconds_count{chain_id=\"c\",method=\"check_tx\",type=\"sync\"} 7\n\
            cometbft_abci_connection_method_timing_seconds_sum{chain_id=\"c\",method=\"check_tx\",type=\"async\"} 1.25\n\
            cometbft_abci_connection_method_timing_seconds_sum{chain_id=\"c\",method=\"commit\",type=\"sync\"} 2e-1\n";
        let spent = methods(metrics).unwrap();
        assert_eq!(
            spent,
            BTreeMap::from([("check_tx".to_string(), 1.75), ("commit".to_string(), 0.2)])
        );
    }
}
