//! What is known about the nodes of the list, for those who look after the agent. Addresses of nodes may hold secrets (a
//! user, a key in the path): what is shown is scheme, host and port.
use serde::Serialize;

use super::types::Status;

/// How a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Fresh: it may be used.
    Good,
    /// Behind the best of the list, or its latest block is old.
    Behind,
    /// It failed and is left alone for a while.
    Resting,
    /// It serves another chain and is never used.
    WrongChain,
    /// It was not asked yet.
    Unknown,
}

/// A node of the list.
#[derive(Clone, Debug)]
pub struct Known {
    /// RPC address, as configured. See [`public_part`].
    pub url: String,
    /// It answered last.
    pub in_use: bool,
    /// How it stands.
    pub standing: Standing,
    /// Its last status.
    pub status: Option<Status>,
    /// Seconds since that was had.
    pub seen_secs: Option<u64>,
    /// Failures since the start.
    pub failures: u64,
    /// The last one. May hold the address.
    pub last_error: Option<String>,
}

/// Scheme, host and port of an address.
pub fn public_part(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// A text with the addresses in `urls` cut down to their public parts.
pub fn discreet<'a>(text: &str, urls: impl IntoIterator<Item = &'a str>) -> String {
    urls.into_iter().fold(text.to_string(), |text, url| {
        let url = url.trim_end_matches('/');
        text.replace(url, &public_part(url))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_addresses_are_not_shown() {
        let url = "https://user:secret@rpc.example.org:443/key-1234?token=abc";
        assert_eq!(public_part(url), "https://rpc.example.org:443");
        assert_eq!(public_part("http://127.0.0.1:26657"), "http://127.0.0.1:26657");
        let text = format!("{url} gave no answer: error sending request for url ({url}/)");
        let shown = discreet(&text, [url, "http://127.0.0.1:26657"]);
        assert_eq!(
            shown,
            "https://rpc.example.org:443 gave no answer: error sending request for url (https://rpc.example.org:443/)"
        );
    }
}
