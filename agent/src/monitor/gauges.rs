//! What every role measures: itself, the chain and its nodes, money, and the disk.
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::notes;
use super::Role;
use crate::chain::endpoints::age;
use crate::chain::known::{public_part, Known, Standing};
use crate::chain::types::Status;
use crate::metrics::{Book, By, Counter, Gauge};

/// The gauges. Clones share them.
#[derive(Clone, Debug)]
pub struct Gauges {
    build: By<Gauge>,
    role: By<Gauge>,
    started: Gauge,
    idle: Gauge,
    pub(super) ready: Gauge,
    notes: By<Counter>,
    height: Gauge,
    block_age: Gauge,
    processed: Gauge,
    lag: Gauge,
    endpoint_up: By<Gauge>,
    endpoint_height: By<Gauge>,
    endpoint_lag: By<Gauge>,
    endpoint_failures: By<Counter>,
    pub(super) switches: Counter,
    pub(super) fee_balance: By<Gauge>,
    pub(super) earned: By<Gauge>,
    pub(super) cache: Gauge,
    pub(super) disk_free: Gauge,
}

impl Default for Gauges {
    fn default() -> Self {
        Self {
            build: By::new("version"),
            role: By::new("role"),
            started: Gauge::default(),
            idle: Gauge::default(),
            ready: Gauge::default(),
            notes: notes::counters(),
            height: Gauge::default(),
            block_age: Gauge::default(),
            processed: Gauge::default(),
            lag: Gauge::default(),
            endpoint_up: By::new("endpoint"),
            endpoint_height: By::new("endpoint"),
            endpoint_lag: By::new("endpoint"),
            endpoint_failures: By::new("endpoint"),
            switches: Counter::default(),
            fee_balance: By::new("denom"),
            earned: By::new("denom"),
            cache: Gauge::default(),
            disk_free: Gauge::default(),
        }
    }
}

impl Gauges {
    /// Of a process that starts now. `switches` is the count of its list of nodes.
    pub fn new(role: Role, started: SystemTime, switches: Counter) -> Self {
        let gauges = Self {
            switches,
            ..Self::default()
        };
        gauges.build.of(env!("CARGO_PKG_VERSION")).set(1.0);
        gauges.role.of(role.name()).set(1.0);
        let started = started.duration_since(UNIX_EPOCH).unwrap_or_default();
        gauges.started.set(started.as_secs_f64());
        gauges
    }

    /// Lists them.
    pub fn list(&self, book: &mut Book) {
        for (name, help, gauge) in [
            (
                "process_start_time_seconds",
                "Unix time at which the process started",
                &self.started,
            ),
            (
                "joule_loop_idle_seconds",
                "Time since the main loop last turned",
                &self.idle,
            ),
            (
                "joule_ready",
                "1 when /readyz says so, looked at every 10 s",
                &self.ready,
            ),
            ("joule_chain_height", "Height of the best node", &self.height),
            (
                "joule_chain_block_age_seconds",
                "Age of the best node's latest block by the clock of this machine",
                &self.block_age,
            ),
            (
                "joule_chain_processed_height",
                "Last block that the role has dealt with",
                &self.processed,
            ),
            (
                "joule_chain_lag_blocks",
                "Blocks that the role is behind the best node",
                &self.lag,
            ),
            (
                "joule_cache_bytes",
                "Size of the cache of inputs and outputs",
                &self.cache,
            ),
            (
                "joule_disk_free_bytes",
                "Free space where the home directory is",
                &self.disk_free,
            ),
        ] {
            book.gauge(name, help, gauge);
        }
        for (name, help, gauges) in [
            ("joule_build_info", "Version of the program; always 1", &self.build),
            ("joule_role_info", "Role of the process; always 1", &self.role),
            (
                "joule_endpoint_up",
                "1 while a node may be used: it answers, serves the right chain and is not resting after a failure",
                &self.endpoint_up,
            ),
            (
                "joule_endpoint_height",
                "Height of a node, when it last said",
                &self.endpoint_height,
            ),
            (
                "joule_endpoint_lag_blocks",
                "Blocks that a node is behind the best one",
                &self.endpoint_lag,
            ),
            (
                "joule_fee_balance",
                "Coins for fees in the wallet of the key, in base units",
                &self.fee_balance,
            ),
            (
                "joule_earned_balance",
                "Earned and not withdrawn, in the escrow, in base units",
                &self.earned,
            ),
        ] {
            book.gauges(name, help, gauges);
        }
        book.counters("joule_log_events", "Warnings and errors in the log", &self.notes);
        book.counters(
            "joule_endpoint_failures",
            "Calls to a node that it failed",
            &self.endpoint_failures,
        );
        book.counter(
            "joule_endpoint_switches",
            "How often another node answered than the one before",
            &self.switches,
        );
    }

    /// Brings up to date what follows the clock and what is known about the nodes.
    pub fn refresh(&self, idle: Duration, nodes: &[Known], processed: Option<u64>) {
        self.idle.set(idle.as_secs_f64());
        let best = best(nodes);
        let height = best.map_or(0, |status| status.height);
        if let Some(status) = best {
            self.height.set(height as f64);
            self.block_age.set(age(status).as_secs_f64());
        }
        if let Some(done) = processed {
            self.processed.set(done as f64);
            self.lag.set(height.saturating_sub(done) as f64);
        }
        for (place, node) in nodes.iter().enumerate() {
            let name = name(place, node);
            let up = matches!(node.standing, Standing::Good | Standing::Behind);
            self.endpoint_up.of(&name).set(f64::from(u8::from(up)));
            if let Some(status) = &node.status {
                self.endpoint_height.of(&name).set(status.height as f64);
                let lag = height.saturating_sub(status.height);
                self.endpoint_lag.of(&name).set(lag as f64);
            }
            let failures = self.endpoint_failures.of(&name);
            failures.inc_by(node.failures.saturating_sub(failures.get()));
        }
    }
}

/// The newest of the nodes' last statuses.
pub fn best(nodes: &[Known]) -> Option<&Status> {
    nodes
        .iter()
        .filter_map(|node| node.status.as_ref())
        .max_by_key(|status| status.height)
}

/// How a node is called: its place in the settings and the public part of its address.
pub fn name(place: usize, node: &Known) -> String {
    format!("{} {}", place.saturating_add(1), public_part(&node.url))
}

/// Bytes in the files below a folder; what cannot be read counts nothing.
pub fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => bytes_below(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    });
    sizes.fold(0, u64::saturating_add)
}

/// Bytes that this user may still write where `folder` is; none when the system does not say.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(url: &str, height: Option<u64>, standing: Standing) -> Known {
        Known {
            url: url.into(),
            in_use: false,
            standing,
            status: height.map(|height| Status {
                chain_id: "c".into(),
                height,
                block_time_nanos: 0,
                version: "0.38.1".into(),
                catching_up: false,
            }),
            seen_secs: None,
            failures: 3,
            last_error: None,
        }
    }

    #[test]
    fn nodes_are_compared_with_the_best_and_named_without_secrets() {
        let gauges = Gauges::new(Role::Keeper, SystemTime::now(), Counter::default());
        let nodes = [
            node("https://key:pass@a.example/secret", Some(90), Standing::Behind),
            node("https://b.example", Some(100), Standing::Good),
            node("https://c.example", None, Standing::Resting),
        ];
        gauges.refresh(Duration::from_secs(2), &nodes, Some(97));
        gauges.refresh(Duration::from_secs(2), &nodes, Some(97));
        let mut book = Book::default();
        gauges.list(&mut book);
        let page = book.page();
        for line in [
            "joule_chain_height 100.0",
            "joule_chain_lag_blocks 3.0",
            "joule_loop_idle_seconds 2.0",
            "joule_role_info{role=\"keeper\"} 1.0",
            "joule_endpoint_up{endpoint=\"1 https://a.example\"} 1.0",
            "joule_endpoint_lag_blocks{endpoint=\"1 https://a.example\"} 10.0",
            "joule_endpoint_up{endpoint=\"3 https://c.example\"} 0.0",
            "joule_endpoint_failures_total{endpoint=\"2 https://b.example\"} 3",
        ] {
            assert!(page.lines().any(|known| known == line), "{line} in {page}");
        }
        assert!(!page.contains("secret") && !page.contains("pass"), "{page}");
    }

    #[test]
    fn files_below_a_folder_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        std::fs::write(dir.path().join("a/x"), [0; 10]).unwrap();
        std::fs::write(dir.path().join("y"), [0; 5]).unwrap();
        assert_eq!(bytes_below(dir.path()), 15);
        assert_eq!(bytes_below(&dir.path().join("none")), 0);
        assert!(free_bytes(dir.path()).unwrap() > 0);
    }
}
