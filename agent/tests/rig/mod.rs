//! A market in processes: an embedded chain, agents and commands, all of the real binary.
#![allow(dead_code)] // each test file uses a part of it

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(90);

/// Market tests take turns: each is several processes, and deadlines on their chains are seconds.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The binary under test, without the settings of whoever runs the tests.
pub fn joule() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_joule"));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("JOULE_")) {
            command.env_remove(name);
        }
    }
    command.env("RUST_BACKTRACE", "0");
    command
}

/// What a command said.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Succeeded, or the test fails with its words.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self
    }

    /// The one JSON object of a success.
    pub fn json(self) -> Value {
        let said = self.ok();
        serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}: {}", said.out))
    }

    /// Failed with this code and exit code, in one line with a next step, and said nothing else.
    pub fn fails(self, code: &str, exit: i32) -> Self {
        assert_eq!((self.code, self.out.as_str()), (exit, ""), "{}", self.err);
        assert!(
            self.err.starts_with(&format!("{code}: ")),
            "expected {code}: {}",
            self.err
        );
        assert_eq!(self.err.trim_end().lines().count(), 1, "{}", self.err);
        self
    }
}

/// A process that is killed when it is dropped.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until the log has these words.
    pub fn says(&self, words: &str) {
        let log = || self.log();
        wait(&format!("`{words}` in {}", self.log.display()), || {
            log().contains(words).then_some(())
        });
    }

    pub fn signal(&self, name: &str) {
        let done = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.pid().to_string())
            .status()
            .unwrap();
        assert!(done.success());
    }

    /// Waits for the end and returns the exit code.
    pub fn ends(&mut self) -> i32 {
        wait("the end of the process", || self.child.try_wait().unwrap())
            .code()
            .unwrap_or(-1)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- {}\n{}", self.log.display(), self.log());
        }
    }
}

/// Asks until there is an answer.
pub fn wait<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// An embedded chain with the actors of `joule devchain`.
pub struct Rig {
    // Ends before its files go.
    _chain: Daemon,
    pub dir: tempfile::TempDir,
    pub ready: Value,
}

impl Rig {
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("store")).unwrap();
        let log = dir.path().join("chain.log");
        let mut command = joule();
        command.args(["devchain", "--rpc-port", "0", "--block-time", "250", "--json", "--home"]);
        command.arg(dir.path().join("home")).stdout(Stdio::piped());
        let mut child = command.stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let chain = Daemon { child, log };
        let ready = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        Self {
            _chain: chain,
            dir,
            ready,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// A command of the actor `key` on this market.
    pub fn command(&self, key: &str, args: &[&str]) -> Command {
        let mut command = joule();
        command.env("JOULE_HOME", self.home()).env("JOULE_KEY", key).args(args);
        command
    }

    /// Runs a command.
    pub fn run(&self, key: &str, args: &[&str]) -> Said {
        Said::of(self.command(key, args).output().unwrap())
    }

    fn daemon(&self, name: &str, mut command: Command) -> Daemon {
        let log = self.path(&format!("{name}.log"));
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        command.args(["--log", "info"]);
        let child = command.stdout(Stdio::null()).stderr(file).spawn().unwrap();
        Daemon { child, log }
    }

    /// A keeper with the key of `key`.
    pub fn keeper(&self, key: &str) -> Daemon {
        self.daemon("keeper", self.command(key, &["keep", "--distribute-every", "1"]))
    }

    /// Makes an actor a validator: it stakes and enrols.
    pub fn enrol(&self, name: &str) -> Value {
        self.run(name, &["validator", "enrol", "--stake", "1000joule", "--json"])
            .json()
    }

    /// A validator `name`, which is enrolled already. Its log is `name.log`.
    pub fn verifier(&self, name: &str, flags: &[&str]) -> Daemon {
        let mut command = self.command(name, &["verify", "--allow-files"]);
        command.arg(self.path("store")).args(flags);
        self.daemon(name, command)
    }

    /// A provider `name` (owner) with `name-agent` (operator) that sells one cpu node at `price`.
    pub fn provider(&self, name: &str, price: &str, flags: &[&str]) -> Daemon {
        let config = self.path(&format!("{name}.toml"));
        let text = format!(
            r#"
            owner_key = "{name}"
            owner_passphrase_file = "{pass}"
            stake = "1000joule"
            store = "file://{store}"
            allow_files = ["{store}"]
            allow_loopback = true
            threads = 1
            [[nodes]]
            kind = "cpu"
            region = "eu"
            model = "test"
            memory_mb = 512
            [[nodes.offers]]
            price = "{price}"
            unit = "hour"
            "#,
            pass = self.home().join("passphrase").display(),
            store = self.path("store").display(),
        );
        std::fs::write(&config, text).unwrap();
        let mut command = self.command(&format!("{name}-agent"), &["run", "--config"]);
        command.arg(config).args(flags);
        self.daemon(name, command)
    }

    /// Writes a job file whose bundle is `module`, and posts it as `lab` for a committee to judge.
    pub fn post_judged(&self, name: &str, module: &[u8], steps: u32, max_secs: u64) -> Value {
        let file = self.job_file(name, module, steps, max_secs);
        self.post_with(&file, &["--verification", "committee"])
    }

    /// Writes a job file whose bundle is `module`, and posts it as `lab`.
    pub fn post(&self, name: &str, module: &[u8], steps: u32, max_secs: u64) -> Value {
        let file = self.job_file(name, module, steps, max_secs);
        self.post_file(&file)
    }

    /// Writes a job file whose bundle is `module`.
    pub fn job_file(&self, name: &str, module: &[u8], steps: u32, max_secs: u64) -> PathBuf {
        std::fs::write(self.path(&format!("{name}.wasm")), module).unwrap();
        std::fs::write(self.path("input"), b"input").unwrap();
        let file = self.path(&format!("{name}.toml"));
        let text = format!(
            r#"
            runtime = "wasm/1@wasmtime-48.0.8"
            steps = {steps}
            fuel_per_step = 10_000_000_000
            memory_mb = 16
            max_output = 65536
            budget = "0.5usdc"
            tips = "0.01usdc"
            max_secs = {max_secs}
            bundle = {{ path = "{name}.wasm" }}
            input = {{ path = "input" }}
            "#
        );
        std::fs::write(&file, text).unwrap();
        file
    }

    pub fn post_file(&self, file: &Path) -> Value {
        self.post_with(file, &[])
    }

    /// Posts a job file with more flags.
    pub fn post_with(&self, file: &Path, flags: &[&str]) -> Value {
        let store = format!("file://{}", self.path("store").display());
        let file = file.to_str().unwrap();
        let mut args = vec!["job", "post", file, "--store", &store];
        args.extend(["--from-wallet", "--yes", "--json"]);
        args.extend(flags);
        self.run("lab", &args).json()
    }

    /// The committee of a job.
    pub fn panel(&self, job: &Value) -> Value {
        let got = self.run("lab", &["job", "get", job["job"].as_str().unwrap(), "--json"]);
        got.json()["panel"].clone()
    }

    pub fn job(&self, job: &Value) -> Value {
        self.run("lab", &["job", "get", job["job"].as_str().unwrap(), "--json"])
            .json()["job"]
            .clone()
    }

    /// Puts the chain's clock forward.
    pub fn advance(&self, seconds: u64) {
        use std::io::{Read, Write};
        let url = self.ready["rpc"].as_str().unwrap();
        let host = url.trim_start_matches("http://");
        let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"joule_advance","params":{{"seconds":"{seconds}"}}}}"#);
        let mut stream = std::net::TcpStream::connect(host).unwrap();
        let head =
            format!("POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n");
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("\"result\""), "{answer}");
    }

    /// Waits until the job is in a state.
    pub fn reaches(&self, job: &Value, state: &str) -> Value {
        wait(&format!("job {} in state {state}", job["job"]), || {
            let now = self.job(job);
            (now["state"] == state).then_some(now)
        })
    }
}

/// A module that loops `spins` times in each step and then writes eight bytes; from step `trap` on it traps.
pub fn spinner(spins: u64, trap: u64) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module
            (import "joule" "output_write" (func $write (param i32 i32)))
            (memory (export "memory") 1)
            (func (export "step") (param $step i64)
                (local $left i64)
                (if (i64.ge_u (local.get $step) (i64.const {trap})) (then unreachable))
                (local.set $left (i64.const {spins}))
                (loop $again
                    (i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (i64.mul (local.get $left) (i64.const 7))))
                    (local.set $left (i64.sub (local.get $left) (i64.const 1)))
                    (br_if $again (i64.ne (local.get $left) (i64.const 0))))
                (call $write (i32.const 0) (i32.const 8))))"#
    ))
    .unwrap()
}
