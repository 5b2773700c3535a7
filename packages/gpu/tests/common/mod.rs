//! What the tests share: a client of the worker program, and the question whether there is an adapter.

#![allow(dead_code)] // no test uses all of it

pub mod jobs;

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use joule_gpu::{GpuClient, State};
use rustix::process::{test_kill_process, Pid};

/// The worker program.
pub fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_joule-gpu-worker"))
}

/// A client, or none (with a printed reason) where there is no adapter. `JOULE_EXPECT_ADAPTER=1` makes that a failure.
pub fn client() -> Option<GpuClient> {
    let mut client = GpuClient::new(command());
    match client.adapters().expect("the worker lists adapters").state {
        State::NoAdapter { reason } => {
            let expected = std::env::var("JOULE_EXPECT_ADAPTER").is_ok_and(|v| v == "1");
            assert!(!expected, "JOULE_EXPECT_ADAPTER=1, but there is no adapter: {reason}");
            eprintln!("skipped, there is no adapter: {reason}");
            None
        }
        State::Software { .. } | State::Hardware { .. } => Some(client),
    }
}

/// A process id as the system's functions take it.
pub fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
}

/// Whether a process is gone and reaped.
pub fn is_gone(id: u32) -> bool {
    test_kill_process(pid(id)).is_err()
}

/// A worker without a client: frames by hand.
pub struct Raw(pub Child);

impl Raw {
    pub fn start() -> Self {
        let mut command = command();
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.0.stdin.as_mut().unwrap().write_all(bytes).unwrap();
    }

    pub fn send(&mut self, json: &serde_json::Value, raw: &[u8]) {
        let json = json.to_string();
        let len = |n: usize| u32::try_from(n).unwrap().to_be_bytes();
        self.write(&[&len(json.len())[..], &len(raw.len()), json.as_bytes(), raw].concat());
    }

    pub fn close_input(&mut self) {
        drop(self.0.stdin.take());
    }

    /// Its exit code, if it ends by itself in time; else it is killed and the test fails.
    pub fn ends_within(&mut self, time: Duration) -> Option<i32> {
        let begun = Instant::now();
        while begun.elapsed() < time {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        panic!("the worker goes on");
    }
}
