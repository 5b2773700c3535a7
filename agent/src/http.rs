//! Calls to strangers' servers and to this machine's own pages.

/// A client of this program: its name, no proxy, and one implementation of TLS.
pub fn client() -> reqwest::ClientBuilder {
    // Whoever comes first installs it; there is one in the program.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("joule/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
}
