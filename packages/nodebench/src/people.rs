//! Those who take part in a market, as persons would: the program with homes that it has made, each step by its command line.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{ensure, Context, Result};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver};
use tokio::time::timeout;

use crate::network::Network;

/// Longest wait for words in the log of an agent.
const PATIENCE: Duration = Duration::from_secs(120);
/// The job that buyers post.
const JOB: &str = "examples/jobs/factor.toml";

/// The program and the folder of the homes.
pub struct People {
    root: PathBuf,
    joule: PathBuf,
    folder: PathBuf,
}

impl People {
    /// On a network that runs. The program is the one beside this one.
    pub fn open(root: &Path, network: &Network) -> Result<Self> {
        let joule = std::env::current_exe()?.with_file_name("joule");
        ensure!(joule.exists(), "{} is missing: build it (cargo build)", joule.display());
        let people = Self {
            root: root.into(),
            joule,
            folder: network.home().into(),
        };
        let pass = people.path("pass");
        std::fs::create_dir_all(people.path("objects"))?;
        std::fs::write(&pass, "local network\n")?;
        std::fs::set_permissions(pass, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(people)
    }

    /// Deploys the contracts.
    pub async fn deploy(&self) -> Result<()> {
        let phrase = self.phrase("deployer").await?;
        let pass = self.path("pass");
        let import = ["keys", "import", "deployer", "--passphrase-file", &pass];
        self.told("deployer", &import, &phrase).await?;
        let market = self.path("market.toml");
        self.say("deployer", &["deploy", "--chain", &market, "--passphrase-file", &pass])
            .await?;
        Ok(())
    }

    /// Makes a home for a role with the published key of that name, which owns what the role sells.
    pub async fn init(&self, role: &str, key: &str) -> Result<()> {
        let phrase = self.phrase(key).await?;
        let (pass, market, objects) = (self.path("pass"), self.path("market.toml"), self.path("objects"));
        let mut args = vec![
            "init",
            "--role",
            role,
            "--chain",
            &market,
            "--key",
            key,
            "--import",
            "--passphrase-file",
            &pass,
            "--yes",
        ];
        if role == "provider" {
            args.extend([
                "--owner-key",
                key,
                "--price",
                "0.1usdc",
                "--stake",
                "1500joule",
                "--region",
                "eu",
                "--devices",
                "cpu",
            ]);
            args.extend(["--store", &objects]);
        }
        self.told(role, &args, &phrase).await?;
        Ok(())
    }

    /// Posts the job; its number and the height at which it was assigned.
    pub async fn post(&self, who: &str) -> Result<(u64, u64)> {
        let store = format!("file://{}", self.path("objects"));
        let said = self
            .say(who, &["job", "post", JOB, "--store", &store, "--yes", "--json"])
            .await?;
        let posted: Value = serde_json::from_str(&said).with_context(|| said.clone())?;
        ensure!(posted["assigned"].is_object(), "nobody took the job: {said}");
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        number(&posted["job"])
            .zip(number(&posted["height"]))
            .with_context(|| said.clone())
    }

    /// What the program answers.
    pub async fn say(&self, who: &str, args: &[&str]) -> Result<String> {
        self.told(who, args, "").await
    }

    /// Starts an agent, which ends with what is returned.
    pub fn agent(&self, command: &str, who: &str) -> Result<Agent> {
        let mut process = self
            .command(who, &["--log", "info", command])
            .stderr(Stdio::piped())
            .spawn()?;
        let log = process.stderr.take().context("a log")?;
        let (to, lines) = unbounded_channel();
        tokio::spawn(async move {
            let mut lines = BufReader::new(log).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                // Nobody reads it: the agent still must not wait for its pipe.
                let _ = to.send((Instant::now(), line));
            }
        });
        Ok(Agent {
            lines,
            _process: process,
        })
    }

    async fn phrase(&self, name: &str) -> Result<String> {
        let mut script = Command::new("scripts/localnet");
        output(script.current_dir(&self.root).args(["phrase", name]), "").await
    }

    async fn told(&self, who: &str, args: &[&str], input: &str) -> Result<String> {
        output(&mut self.command(who, args), input).await
    }

    fn command(&self, who: &str, args: &[&str]) -> Command {
        let mut command = Command::new(&self.joule);
        command
            .current_dir(&self.root)
            .args(args)
            .args(["--home", &self.path(who)]);
        // The usual ports may be those of an agent of this machine.
        command.env("JOULE_MONITOR__LISTEN", "");
        command.kill_on_drop(true).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

/// An agent that runs, and its log.
pub struct Agent {
    lines: UnboundedReceiver<(Instant, String)>,
    _process: Child,
}

impl Agent {
    /// Waits for a line with all these words; when it was written.
    pub async fn says(&mut self, words: &[&str]) -> Result<Instant> {
        let mut last = String::new();
        let line = async {
            while let Some((at, line)) = self.lines.recv().await {
                // A field may end the line.
                if words.iter().all(|word| format!("{line} ").contains(word)) {
                    return Some(at);
                }
                last = line;
            }
            None
        };
        let found = timeout(PATIENCE, line).await.unwrap_or_default();
        found.with_context(|| format!("{words:?} is not in the log of the agent, whose last line is: {last}"))
    }
}

async fn output(command: &mut Command, input: &str) -> Result<String> {
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = process.stdin.take().context("an input")?;
    stdin.write_all(input.as_bytes()).await?;
    drop(stdin);
    let output = process.wait_with_output().await?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{:?}: {errors}", command.as_std().get_args());
    Ok(String::from_utf8(output.stdout)?)
}
