//! Work that would hold up the others.
use crate::error::{Error, Result};

/// Runs work that blocks its thread on a thread of its own.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(panicked)
}

/// Work that has ended without an answer.
pub fn panicked(why: impl std::fmt::Display) -> Error {
    Error::internal("daemon.panicked", why, "report this, with the log")
}
