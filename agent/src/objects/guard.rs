//! Which addresses a stranger's URL may reach. Names are resolved once, every address of the answer is checked, and the
//! connection goes to what was checked; redirects pass the same checks. Proxies from the environment are ignored, since
//! behind one nothing could be checked.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::ClientOptions;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect;
use reqwest::Url;

use super::ObjectError;

/// Hops that a redirect may take.
const REDIRECTS: usize = 3;
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// A whole request with its body.
const REQUEST_TIME: Duration = Duration::from_secs(300);
/// Between two parts of a body.
const READ_TIME: Duration = Duration::from_secs(30);

/// The addresses that count as reachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Public ones, by https.
    Public,
    /// Also loopback, and plain http there.
    WithLoopback,
}

/// Refuses a URL by its scheme, or by its host where that is a bare address; names are judged when they are resolved.
pub fn check_url(url: &Url, network: Network) -> Result<(), ObjectError> {
    let host = url.host_str().unwrap_or_default();
    let forbidden = |why: &str| ObjectError::ForbiddenAddress {
        host: host.into(),
        why: why.into(),
    };
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let loopback =
        network == Network::WithLoopback && (host == "localhost" || address.is_some_and(|a| a.is_loopback()));
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        _ => return Err(forbidden("asked for without https")),
    }
    match address {
        Some(address) => check_address(host, address, network),
        None if host.is_empty() => Err(forbidden("no host")),
        None => Ok(()),
    }
}

fn check_address(host: &str, address: IpAddr, network: Network) -> Result<(), ObjectError> {
    if is_public(address) || (network == Network::WithLoopback && address.is_loopback()) {
        return Ok(());
    }
    let why = format!("not a public address ({address})");
    Err(ObjectError::ForbiddenAddress { host: host.into(), why })
}

/// Whether an address is globally reachable unicast (IANA special-purpose registries; cloud metadata services are
/// link-local or private and so excluded).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(a) => is_public_v4(a),
        IpAddr::V6(a) => is_public_v6(a),
    }
}

fn is_public_v4(a: Ipv4Addr) -> bool {
    let [first, second, third, _] = a.octets();
    !(first == 0
        || a.is_private()
        || a.is_loopback()
        || a.is_link_local()
        || a.is_documentation()
        || first == 100 && (64..128).contains(&second)
        || first == 192 && second == 0 && third == 0
        || first == 192 && second == 88 && third == 99
        || first == 198 && (18..20).contains(&second)
        || first >= 224)
}

fn is_public_v6(a: Ipv6Addr) -> bool {
    let [first, second, ..] = a.segments();
    // Only global unicast is handed out; mapped and translated IPv4 lie outside it.
    (first & 0xe000 == 0x2000)
        // Protocol assignments, Teredo among them.
        && !(first == 0x2001 && second < 0x200)
        && !(first == 0x2001 && second == 0xdb8)
        // 6to4 can carry any IPv4 address.
        && first != 0x2002
        && !(first == 0x3fff && second < 0x1000)
}

/// Makes the clients of object stores, all of them over one guarded client.
#[derive(Clone)]
pub struct Connector {
    client: reqwest::Client,
    network: Network,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}

impl Connector {
    pub fn new(network: Network) -> Result<Self, ObjectError> {
        let client = crate::http::client()
            .dns_resolver(Arc::new(Resolver(network)))
            .redirect(redirect::Policy::custom(move |hop| {
                if hop.previous().len() > REDIRECTS {
                    return hop.error(format!("more than {REDIRECTS} redirects"));
                }
                match check_url(hop.url(), network) {
                    Ok(()) => hop.follow(),
                    Err(e) => hop.error(e),
                }
            }))
            .connect_timeout(CONNECT_TIME)
            .read_timeout(READ_TIME)
            .timeout(REQUEST_TIME)
            .build()
            .map_err(|e| ObjectError::Client {
                reason: format!("{e:?}"),
            })?;
        Ok(Self { client, network })
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Connector {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let refused = |e: ObjectError| HttpError::new(HttpErrorKind::Request, e);
        let url = Url::parse(&request.uri().to_string()).map_err(|e| {
            refused(ObjectError::BadUrl {
                url: request.uri().to_string(),
                reason: e.to_string(),
            })
        })?;
        check_url(&url, self.network).map_err(refused)?;
        self.client.call(request).await
    }
}

/// Resolves with the system's resolver and lets an answer pass only as a whole: a name that points inside as well as
/// outside is not one to trust.
struct Resolver(Network);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let network = self.0;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            for address in &found {
                check_address(&host, address.ip(), network)?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for public in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "2606:4700::1",
            "2a00::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:808:808::1",
            "3fff::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
    }

    #[test]
    fn urls_are_judged_by_scheme_and_bare_address() {
        let ok = |url: &str, network| check_url(&Url::parse(url).unwrap(), network).is_ok();
        for url in ["https://example.org/a", "https://1.1.1.1/a"] {
            assert!(ok(url, Network::Public), "{url}");
        }
        for url in [
            "http://example.org/a",
            "https://127.0.0.1/a",
            "https://2130706433/a",
            "https://0x7f.1/a",
            "https://[::1]/a",
            "https://[::ffff:127.0.0.1]/a",
            "https://169.254.169.254/latest",
            "ftp://example.org/a",
        ] {
            assert!(!ok(url, Network::Public), "{url}");
        }
        for (url, allowed) in [
            ("http://127.0.0.1:80/a", true),
            ("http://[::1]/a", true),
            ("http://localhost/a", true),
            ("http://example.org/a", false),
            ("http://10.0.0.1/a", false),
            ("https://10.0.0.1/a", false),
        ] {
            assert_eq!(ok(url, Network::WithLoopback), allowed, "{url}");
        }
    }
}
