//! The end by signal: the first asks to finish, the second ends at once.
use std::future::Future;
use std::time::{Duration, Instant};

use tokio::signal::unix::{signal, SignalKind};
use tokio::sync::watch;

use crate::error::{Error, Result};

/// Signals so close together are one: some senders reach a process both by its id and by its group.
const ONE_WISH: Duration = Duration::from_millis(300);

/// Set once the process was asked to end. Clones share it.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens to SIGTERM and SIGINT from now on.
    pub fn on_signals() -> Result<Self> {
        let failed = |e| Error::internal("daemon.no_signals", e, "check the system's limits");
        let mut term = signal(SignalKind::terminate()).map_err(failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let (asked, stop) = watch::channel(false);
        tokio::spawn(async move {
            let mut first: Option<Instant> = None;
            loop {
                tokio::select! {
                    _ = term.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if first.is_some_and(|first| first.elapsed() < ONE_WISH) {
                    continue;
                }
                if first.is_some() {
                    tracing::warn!("asked again: ending at once");
                    std::process::exit(i32::from(crate::error::Exit::Internal.code()));
                }
                first = Some(Instant::now());
                tracing::info!("asked to end: finishing what was begun");
                // Nobody listens any more when everything has ended already.
                let _ = asked.send(true);
            }
        });
        Ok(Self(stop))
    }

    /// Whether the process was asked to end.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when the process is asked to end.
    pub async fn wait(&mut self) {
        // The listener lives as long as the process.
        let _ = self.0.wait_for(|asked| *asked).await;
    }
}

/// Finishes `work`, but no longer than `limit`. What is not finished by then is left to the journal and named by `left`;
/// the error says so.
pub async fn finish<L: Future<Output = Vec<String>>>(
    limit: Option<Duration>,
    work: impl Future<Output = Result<()>>,
    left: impl FnOnce() -> L,
) -> Result<()> {
    let Some(limit) = limit else { return work.await };
    if let Ok(done) = tokio::time::timeout(limit, work).await {
        return done;
    }
    let left = left().await;
    let left = if left.is_empty() {
        "a transaction".into()
    } else {
        left.join(", ")
    };
    Err(Error::local(
        "stop.left_behind",
        format!("not finished within {} s: {left}", limit.as_secs()),
        "start again before the deadlines: the journal has it; or give it longer with stop.within_secs",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_not_finished_in_time_is_named() {
        let work = || async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            Ok(())
        };
        let left = || async { vec!["job 7 attempt 1".to_string()] };
        assert_eq!(finish(None, work(), left).await, Ok(()));
        assert_eq!(finish(Some(Duration::from_secs(60)), work(), left).await, Ok(()));
        let error = finish(Some(Duration::from_millis(20)), work(), left).await.unwrap_err();
        assert_eq!(error.code(), "stop.left_behind");
        assert!(error.what().contains("job 7 attempt 1"), "{error}");
    }
}
