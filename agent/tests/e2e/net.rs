//! The network of this run: a node that `scripts/localnet` starts, in a folder and on ports of its own.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Result;

/// What `scripts/e2e` says.
pub struct Run {
    /// Says where the node is and what is deployed there.
    pub market: PathBuf,
    /// Everything of this run is below it.
    pub dir: PathBuf,
    /// Moments and victims follow from it.
    pub seed: u64,
    /// More of everything.
    pub long: bool,
}

impl Run {
    /// From the environment, if a network is named there.
    pub fn from_env() -> Option<Self> {
        let market = PathBuf::from(std::env::var_os("JOULE_E2E")?);
        let number = |name: &str| std::env::var(name).ok()?.parse().ok();
        Some(Self {
            dir: std::env::var_os("E2E_DIR").map(PathBuf::from)?,
            market,
            seed: number("E2E_SEED").unwrap_or(1),
            long: number("E2E_LONG").unwrap_or(0) == 1,
        })
    }

    /// Dice for one purpose.
    pub fn dice(&self, purpose: u64) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed.wrapping_mul(1000).wrapping_add(purpose))
    }

    /// So many in the bounded run, that many in the long one.
    pub fn times(&self, bounded: usize, long: usize) -> usize {
        if self.long {
            long
        } else {
            bounded
        }
    }

    /// The binary under test, without the settings of whoever runs the tests.
    pub fn joule(&self) -> Command {
        let mut command = Command::new(program());
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("JOULE_")) {
                command.env_remove(name);
            }
        }
        command.env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        command
    }

    /// A folder of this run.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.dir.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// A new chain.
    pub fn fresh(&self) -> Result<()> {
        self.localnet("reset")?;
        self.localnet("start")
    }

    /// A command of `scripts/localnet`.
    pub fn localnet(&self, command: &str) -> Result<()> {
        // A file and no pipe: the node goes on when the script has ended.
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.dir.join("localnet.log"))?;
        let done = Command::new(root().join("scripts/localnet"))
            .arg(command)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .status()?;
        if done.success() {
            return Ok(());
        }
        Err(format!("scripts/localnet {command} ended with {done}: see localnet.log").into())
    }

    /// Kills the node as a machine that fails would.
    pub fn kill_node(&self) -> Result<()> {
        let file = self.market.with_file_name("node.pid");
        let pid = std::fs::read_to_string(file)?.trim().parse()?;
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL)?;
        Ok(())
    }
}

/// The binary under test.
pub fn program() -> PathBuf {
    env!("CARGO_BIN_EXE_joule").into()
}

/// Of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The compiled contracts.
pub fn artifacts() -> PathBuf {
    root().join("artifacts")
}
