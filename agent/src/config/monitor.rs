//! Where a role says how it is, and how long it may take to end.
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The word for the default address of a role.
const AUTO: &str = "auto";

/// Health, status and metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MonitorSettings {
    /// Address and port; `auto` for 127.0.0.1 and the port of the role, empty for nowhere.
    pub listen: String,
    /// Allow an address that other machines reach.
    pub public: bool,
    /// Seconds without a turn of the main loop after which the role is not healthy.
    pub stalled_after_secs: u64,
}

impl Default for MonitorSettings {
    fn default() -> Self {
        Self {
            listen: AUTO.into(),
            public: false,
            stalled_after_secs: 120,
        }
    }
}

impl MonitorSettings {
    /// The address to serve at, for a role whose port is `port`; none for nowhere.
    pub fn address(&self, port: u16) -> Result<Option<SocketAddr>> {
        let listen = self.listen.trim();
        if listen.is_empty() || listen == "off" {
            return Ok(None);
        }
        if listen == AUTO {
            return Ok(Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)));
        }
        let address: SocketAddr = listen.parse().map_err(|_| {
            Error::config(
                "monitor.bad_address",
                format!("`{listen}`"),
                format!("write address and port, like 127.0.0.1:{port}, or `off`"),
            )
        })?;
        if !address.ip().is_loopback() && !self.public {
            return Err(Error::config(
                "monitor.not_loopback",
                format!("`{listen}` can be reached from other machines, and what is served there asks for no password"),
                "listen on 127.0.0.1 and forward it, or set monitor.public = true behind a firewall",
            ));
        }
        Ok(Some(address))
    }

    /// Time without a turn of the main loop after which the role is not healthy.
    pub fn stalled_after(&self) -> Duration {
        Duration::from_secs(self.stalled_after_secs)
    }
}

/// The end of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StopSettings {
    /// Seconds to finish what was begun; 0 for as long as it takes.
    pub within_secs: u64,
}

impl Default for StopSettings {
    fn default() -> Self {
        Self { within_secs: 3600 }
    }
}

impl StopSettings {
    /// Longest time to finish what was begun; none for as long as it takes.
    pub fn within(&self) -> Option<Duration> {
        (self.within_secs > 0).then(|| Duration::from_secs(self.within_secs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(listen: &str, public: bool) -> Result<Option<String>> {
        let settings = MonitorSettings {
            listen: listen.into(),
            public,
            ..MonitorSettings::default()
        };
        settings.address(9464).map(|address| address.map(|a| a.to_string()))
    }

    #[test]
    fn only_this_machine_is_served_unless_somebody_says_otherwise() {
        for (listen, public, wanted) in [
            ("auto", false, Ok(Some("127.0.0.1:9464"))),
            ("", false, Ok(None)),
            ("off", false, Ok(None)),
            ("127.0.0.1:0", false, Ok(Some("127.0.0.1:0"))),
            ("[::1]:7000", false, Ok(Some("[::1]:7000"))),
            ("0.0.0.0:9464", false, Err("monitor.not_loopback")),
            ("[::]:9464", false, Err("monitor.not_loopback")),
            ("10.0.0.7:9464", true, Ok(Some("10.0.0.7:9464"))),
            ("9464", false, Err("monitor.bad_address")),
            ("localhost:9464", false, Err("monitor.bad_address")),
        ] {
            let found = at(listen, public);
            let found = found.as_ref().map(Option::as_deref).map_err(|e| e.code());
            assert_eq!(found, wanted, "{listen}");
        }
    }
}
