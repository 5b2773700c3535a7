//! Ends a step when the time of the job is over.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use super::RuntimeError;

/// Calls back once the time is over, unless dropped before.
pub struct Watchdog {
    _stop: Sender<()>,
}

impl Watchdog {
    /// Starts the thread that waits; a confined child must do so before threads are forbidden.
    pub fn start(time: Duration, interrupt: impl FnOnce() + Send + 'static) -> Result<Self, RuntimeError> {
        let (stop, stopped) = mpsc::channel::<()>();
        thread::Builder::new()
            .name("watchdog".into())
            .stack_size(128 << 10)
            .spawn(move || {
                if stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                    interrupt();
                }
            })
            .map_err(|e| RuntimeError::Host {
                reason: format!("no thread for the watchdog: {e}"),
            })?;
        Ok(Self { _stop: stop })
    }
}
