//! Work that would hold up the others.
use crate::error::{Error, Result};

/// Runs work that blocks its thread on a thread of its own.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::internal("daemon.panicked", e, "report this, with the log"))
}
