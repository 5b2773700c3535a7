//! What the tests share: a client of the worker program, and the question whether there is an adapter.

use std::process::Command;

use joule_gpu::{GpuClient, State};

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
