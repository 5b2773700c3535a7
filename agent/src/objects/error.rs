//! Why an object cannot be had.

use std::io;
use std::path::PathBuf;

/// A refusal or failure; none of them leaves anything behind in the cache.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("objects.bad_url: {url}: {reason}")]
    BadUrl { url: String, reason: String },
    #[error("objects.forbidden_address: {host} is {why}; only public hosts are reached, by https (a development network may allow loopback)")]
    ForbiddenAddress { host: String, why: String },
    #[error("objects.forbidden_file: {url} is no file below an allowed folder; add its folder to the configuration if you trust it")]
    ForbiddenFile { url: String },
    #[error("objects.folder: {}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("objects.not_found: {url} holds nothing")]
    NotFound { url: String },
    #[error("objects.too_large: {url} has {bytes} bytes or more, {cap} are allowed")]
    TooLarge { url: String, bytes: u64, cap: u64 },
    #[error("objects.wrong_digest: {url} has SHA-256 {found}, expected {expected}; the object was changed or the job names another")]
    WrongDigest {
        url: String,
        expected: String,
        found: String,
    },
    #[error("objects.transport: {url}: {reason}; try again later")]
    Transport { url: String, reason: String },
    #[error("objects.too_slow: {url} gave {bytes} bytes in {secs} s; try again later, or from a faster place")]
    TooSlow { url: String, bytes: u64, secs: u64 },
    #[error("objects.cache: {}: {source}; check the disk and the folder's owner", path.display())]
    Cache { path: PathBuf, source: io::Error },
    #[error("objects.client: no https client: {reason}")]
    Client { reason: String },
}

impl ObjectError {
    /// The stable code in front of the message.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadUrl { .. } => "objects.bad_url",
            Self::ForbiddenAddress { .. } => "objects.forbidden_address",
            Self::ForbiddenFile { .. } => "objects.forbidden_file",
            Self::Folder { .. } => "objects.folder",
            Self::NotFound { .. } => "objects.not_found",
            Self::TooLarge { .. } => "objects.too_large",
            Self::WrongDigest { .. } => "objects.wrong_digest",
            Self::Transport { .. } => "objects.transport",
            Self::TooSlow { .. } => "objects.too_slow",
            Self::Cache { .. } => "objects.cache",
            Self::Client { .. } => "objects.client",
        }
    }

    pub(super) fn store(url: &str, error: object_store::Error) -> Self {
        let url = url.to_owned();
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Self::NotFound { url };
        }
        // The guard's own words lie at the end of the chain of causes.
        let mut reason = error.to_string();
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
        while let Some(e) = cause {
            if let Some(Self::ForbiddenAddress { host, why }) = e.downcast_ref() {
                return Self::ForbiddenAddress {
                    host: host.clone(),
                    why: why.clone(),
                };
            }
            reason = format!("{reason}: {e}");
            cause = e.source();
        }
        Self::Transport { url, reason }
    }
}
