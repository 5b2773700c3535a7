//! What a provider writes down: `provider.toml`. Chain, fees and the operator's key are in `joule.toml`.
//! `examples/provider.toml` explains every line.
use std::path::{Path, PathBuf};

use joule_types::registry::{Hardware, NodeSpec};
use joule_work::kind::ResourceKind;
use joule_work::price::PriceUnit;
use serde::Deserialize;

use crate::chain::contracts::money::Amount;
use crate::config::{line_of, nearest};
use crate::error::{Error, Result};
use crate::tickets::{CpuShare, Preference};

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// Key that owns stake and record; the operator's if absent.
    pub owner_key: Option<String>,
    /// File with its passphrase.
    pub owner_passphrase_file: Option<PathBuf>,
    /// Stake to hold bonded.
    pub stake: Amount,
    /// Address that earnings are credited to; the owner's if absent.
    pub payout: Option<String>,
    /// Who referred the provider.
    pub referrer: Option<String>,
    /// Folder that outputs are put into.
    pub store: String,
    /// Folders that `file:` addresses may name.
    #[serde(default)]
    pub allow_files: Vec<PathBuf>,
    /// Also reach http and this machine's own addresses.
    #[serde(default)]
    pub allow_loopback: bool,
    /// Threads of a ticket search; all cores if absent.
    pub threads: Option<usize>,
    /// Percent of a core for each of them.
    #[serde(default = "hundred")]
    pub cpu_share: u8,
    /// What searches tickets: fastest, cpu or gpu.
    #[serde(default)]
    pub tickets: Preference,
    /// Most memory of a job in MiB; the node's if absent.
    pub max_memory_mb: Option<u32>,
    /// Fuel that this machine burns in a second. Jobs whose fuel does not fit their time at this rate are declined.
    pub fuel_per_sec: Option<u64>,
    /// Run jobs of wgsl/1 on this machine's graphics processor; otherwise the interpreter does.
    #[serde(default)]
    pub gpu: bool,
    /// Steps of such a job that the interpreter runs first: the processor's must be the same, or its results are not used.
    #[serde(default = "check_steps")]
    pub check_steps: u32,
    /// Most fees of a day, in base units of the fee coin.
    #[serde(default = "fees")]
    pub max_fees_per_day: u64,
    /// What is sold.
    pub nodes: Vec<NodeConfig>,
}

/// A node.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    /// gpu, cpu, network, mobile or iot.
    pub kind: ResourceKind,
    /// One of the market's regions.
    pub region: String,
    /// Model as its maker names it.
    pub model: String,
    /// Devices of a gpu node, cores of a cpu node.
    #[serde(default = "one")]
    pub units: u32,
    /// Device memory of a gpu node, main memory of the others, in MiB.
    pub memory_mb: u64,
    /// What it costs.
    #[serde(default)]
    pub offers: Vec<OfferConfig>,
}

/// A price.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferConfig {
    /// Price of a unit; its coin is what buyers pay in.
    pub price: Amount,
    /// hour, minute, gigabyte, task or data_point.
    pub unit: PriceUnit,
    /// Shortest deal in seconds.
    #[serde(default)]
    pub min_secs: u64,
    /// Longest deal in seconds.
    #[serde(default = "day")]
    pub max_secs: u64,
    /// Attempts that the node carries at once.
    #[serde(default = "capacity")]
    pub capacity: u16,
    /// Availability committed to, basis points.
    #[serde(default = "sla")]
    pub sla_bps: u16,
}

impl ProviderConfig {
    /// Reads and checks the file. Relative paths in it start at its folder.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            let next = "write one; examples/provider.toml explains every line";
            Error::config("provider.no_config", format!("{}: {e}", path.display()), next)
        })?;
        let path = std::path::absolute(path).map_err(|e| {
            Error::config(
                "provider.no_config",
                format!("{}: {e}", path.display()),
                "give its full path",
            )
        })?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("/"))).map_err(|why| {
            Error::config(
                "provider.bad_config",
                format!("{}: {why}", path.display()),
                "correct the file",
            )
        })
    }

    fn parse(text: &str, folder: &Path) -> std::result::Result<Self, String> {
        let mut config: Self = toml::from_str(text).map_err(|e| toml_error(text, &e))?;
        if CpuShare::percent(config.cpu_share).is_none() {
            return Err(format!("cpu_share is {}: 1 to 100 percent", config.cpu_share));
        }
        if config.threads == Some(0) {
            return Err("threads is 0".into());
        }
        if config.nodes.is_empty() {
            return Err("no [[nodes]]: nothing would be sold".into());
        }
        for (at, node) in config.nodes.iter().enumerate() {
            if let Some(offer) = node.offers.iter().find(|offer| !node.kind.sells_by(offer.unit)) {
                return Err(format!(
                    "node {}: {:?} is not sold by {:?}",
                    at + 1,
                    node.kind,
                    offer.unit
                ));
            }
        }
        for file in config
            .allow_files
            .iter_mut()
            .chain(config.owner_passphrase_file.as_mut())
        {
            *file = folder.join(&*file);
        }
        Ok(config)
    }

    /// The share of a core that proofs of power may use.
    pub fn share(&self) -> CpuShare {
        CpuShare::percent(self.cpu_share).unwrap_or(CpuShare::FULL)
    }

    /// Threads of proofs of power.
    pub fn threads(&self) -> usize {
        self.threads
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }
}

impl NodeConfig {
    /// As the registry reads it.
    pub fn spec(&self) -> NodeSpec {
        NodeSpec {
            kind: self.kind,
            region: self.region.clone(),
            hardware: Hardware {
                model: self.model.clone(),
                units: self.units,
                memory_mb: self.memory_mb,
            },
            endpoint: None,
            endpoint_key: None,
        }
    }
}

/// The parser's words with the line at fault, in one line, and what an unknown key was probably meant to be.
pub fn toml_error(text: &str, error: &toml::de::Error) -> String {
    let at = line_of(text, error.span().map_or(0, |span| span.start));
    let line = text.lines().nth(at.saturating_sub(1)).unwrap_or_default();
    let line: String = line.trim().chars().take(60).collect();
    let words = error.message().replace('\n', " ");
    let meant = meant(&words).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    format!("line {at}, `{line}`: {words}{meant}")
}

/// The known name nearest to the unknown one in the parser's words: "unknown field `a`, expected one of `b`, `c`".
fn meant(words: &str) -> Option<&str> {
    let mut names = words
        .strip_prefix("unknown ")
        .into_iter()
        .flat_map(|rest| rest.split('`').skip(1).step_by(2));
    let unknown = names.next()?;
    nearest(unknown, names)
}

fn hundred() -> u8 {
    100
}

fn one() -> u32 {
    1
}

fn day() -> u64 {
    86_400
}

fn capacity() -> u16 {
    1
}

fn sla() -> u16 {
    9_500
}

fn check_steps() -> u32 {
    1
}

/// A thousand transactions at the usual ceiling.
fn fees() -> u64 {
    1_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        stake = "10000joule"
        store = "file:///srv/objects"
        allow_files = ["objects", "/srv/objects"]
        [[nodes]]
        kind = "cpu"
        region = "eu"
        model = "test"
        memory_mb = 2048
        [[nodes.offers]]
        price = "0.3usdc"
        unit = "hour"
    "#;

    #[test]
    fn defaults_fill_in_and_paths_start_at_the_file() {
        let config = ProviderConfig::parse(GOOD, Path::new("/etc/joule")).unwrap();
        assert_eq!(
            config.allow_files,
            [PathBuf::from("/etc/joule/objects"), PathBuf::from("/srv/objects")]
        );
        assert_eq!(
            (
                config.cpu_share,
                config.nodes[0].units,
                config.nodes[0].offers[0].max_secs
            ),
            (100, 1, 86_400)
        );
        assert!(config.threads() >= 1 && !config.gpu);
    }

    #[test]
    fn the_example_holds_the_defaults() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/provider.toml");
        let config = ProviderConfig::read(&path).unwrap();
        let (node, offer) = (&config.nodes[0], &config.nodes[0].offers[0]);
        assert_eq!((config.max_fees_per_day, config.cpu_share), (fees(), hundred()));
        assert_eq!((config.gpu, config.check_steps), (false, check_steps()));
        assert_eq!(config.tickets, Preference::default());
        assert_eq!(
            (offer.min_secs, offer.max_secs, offer.capacity, offer.sla_bps),
            (0, day(), capacity(), sla())
        );
        assert!(node.kind.sells_by(offer.unit));
    }

    #[test]
    fn contradictions_and_unknown_keys_are_named() {
        for (from, to, words) in [
            ("stake =", "stack =", "did you mean `stake`?"),
            ("\"10000joule\"", "\"lots\"", "money.bad_amount"),
            ("unit = \"hour\"", "unit = \"task\"", "not sold by"),
            ("kind = \"cpu\"", "kind = \"tpu\"", "tpu"),
            ("store =", "cpu_share = 0\nstore =", "cpu_share"),
            ("store =", "threads = 0\nstore =", "threads"),
            ("store =", "tickets = \"tpu\"\nstore =", "tpu"),
        ] {
            let error = ProviderConfig::parse(&GOOD.replace(from, to), Path::new("/")).unwrap_err();
            assert!(error.contains(words), "{words}: {error}");
        }
        let no_nodes = GOOD.split("[[nodes]]").next().unwrap();
        assert!(ProviderConfig::parse(&no_nodes.replace("[[", ""), Path::new("/")).is_err());
        assert_eq!(
            ProviderConfig::read(Path::new("/nowhere")).unwrap_err().code(),
            "provider.no_config"
        );
    }
}
