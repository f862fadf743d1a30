//! Who a request comes from: the peer of the connection, or, behind trusted proxies, whom they name.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::header::{FORWARDED, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use thiserror::Error;

use crate::config::Config;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// How a client talks to us, or to the proxy in front of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// The other end of a connection; the listener puts it into each request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    pub(crate) scheme: Scheme,
}

/// Where a request comes from, as far as it can be believed. Handlers extract it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress {
    pub(crate) address: IpAddr,
    pub(crate) scheme: Scheme,
}

/// What proxies add to a request to say for whom they ask. Only one is believed: a proxy that writes the
/// one may pass on the other as its client sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`.
    #[default]
    XForwarded,
    /// `Forwarded`, of RFC 7239.
    Forwarded,
}

/// The proxies whose word is taken.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    /// Where they are.
    pub networks: Vec<Network>,
    /// How they say for whom they ask.
    pub header: ProxyHeader,
}

impl ClientAddress {
    /// Each proxy adds, on the right, whom it talked to. From the right, then, each is believed as long as
    /// the one that said it is trusted.
    pub(crate) fn of(peer: Peer, headers: &HeaderMap, proxies: &TrustedProxies) -> Self {
        let mut client = Self { address: peer.address.to_canonical(), scheme: peer.scheme };
        let mut hops = match proxies.header {
            ProxyHeader::XForwarded => x_forwarded(headers),
            ProxyHeader::Forwarded => forwarded(headers),
        };
        while proxies.trust(client.address)
            && let Some(hop) = hops.pop()
        {
            client.scheme = hop.scheme.unwrap_or(client.scheme);
            let Some(address) = hop.address else { break };
            client.address = address.to_canonical();
        }
        client
    }

    /// The address by which clients know this server, or by which this one has come, if it says.
    pub(crate) fn known_as(self, config: &Config, headers: &HeaderMap) -> Option<String> {
        if let Some(base) = &config.base_uri {
            return Some(base.as_str().to_owned());
        }
        self.asked_by(headers)
    }

    /// The address that a request names, or at least that of the server, whatever it is known by.
    pub(crate) fn asked_by(self, headers: &HeaderMap) -> Option<String> {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let host = headers.get(HOST)?.to_str().ok()?;
        Some(format!("{scheme}://{host}"))
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(*parts.extensions.get().expect("the edge puts it into each request"))
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

/// What one proxy says of its client; it may hide the address.
#[derive(Clone, Copy, Debug)]
struct Hop {
    address: Option<IpAddr>,
    scheme: Option<Scheme>,
}

/// `X-Forwarded-Proto` is written by each proxy as `X-Forwarded-For` is, or once, by the last, be it alone.
fn x_forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let addresses = elements(headers, &FORWARDED_FOR);
    let schemes = elements(headers, &FORWARDED_PROTO);
    if addresses.is_empty() {
        let last = schemes.last().map(|text| Hop { address: None, scheme: scheme(text) });
        return last.into_iter().collect();
    }
    let scheme_of = |position: usize| match schemes.len() == addresses.len() {
        true => schemes.get(position),
        false => schemes.last(),
    };
    let hop = |(position, text): (usize, &&str)| Hop {
        address: address(text),
        scheme: scheme_of(position).and_then(|text| scheme(text)),
    };
    addresses.iter().enumerate().map(hop).collect()
}

fn elements<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    let lines = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
    lines.flat_map(|line| line.split(',')).map(str::trim).collect()
}

fn forwarded(headers: &HeaderMap) -> Vec<Hop> {
    let lines = headers.get_all(FORWARDED).iter().map(|value| value.to_str().unwrap_or_default());
    lines.flat_map(|line| unquoted(line, ',')).map(forwarded_element).collect()
}

fn forwarded_element(element: &str) -> Hop {
    let mut hop = Hop { address: None, scheme: None };
    for (name, value) in unquoted(element, ';').filter_map(|pair| pair.split_once('=')) {
        let value = value.trim().trim_matches('"');
        match name.trim() {
            name if name.eq_ignore_ascii_case("for") => hop.address = address(value),
            name if name.eq_ignore_ascii_case("proto") => hop.scheme = scheme(value),
            _ => {}
        }
    }
    hop
}

/// The parts of a text between separators that stand in no quotes.
fn unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |letter: char| {
        quoted ^= letter == '"';
        letter == separator && !quoted
    })
}

/// An address, with or without a port; IPv6 in brackets, or bare.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

fn scheme(text: &str) -> Option<Scheme> {
    match text {
        text if text.eq_ignore_ascii_case("https") => Some(Scheme::Https),
        text if text.eq_ignore_ascii_case("http") => Some(Scheme::Http),
        _ => None,
    }
}

impl TrustedProxies {
    fn trust(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }
}

/// A range of addresses, written `10.0.0.0/8` or `fd00::/8`; an address alone is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u32,
}

/// Why a text is no [`Network`].
#[derive(Debug, Error)]
#[error("`{0}` is no network; write it as `10.0.0.0/8`, `fd00::/8`, or an address alone")]
pub struct NotANetwork(String);

impl Network {
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let same = |width: u32, first: u128, other: u128| {
            (first ^ other).checked_shr(width - self.prefix).unwrap_or(0) == 0
        };
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(other)) => {
                same(32, first.to_bits().into(), other.to_bits().into())
            }
            (IpAddr::V6(first), IpAddr::V6(other)) => same(128, first.to_bits(), other.to_bits()),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let wrong = || NotANetwork(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if first.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        if prefix > width { Err(wrong()) } else { Ok(Self { first, prefix }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(header: ProxyHeader) -> TrustedProxies {
        let networks = ["10.0.0.0/8", "::1", "fd00::/8"].map(|text| text.parse().unwrap()).to_vec();
        TrustedProxies { networks, header }
    }

    fn check(header: ProxyHeader, peer: &str, headers: &[(&'static str, &str)], expected: (&str, Scheme)) {
        let peer = Peer { address: peer.parse().unwrap(), scheme: Scheme::Http };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let client = ClientAddress::of(peer, &map, &proxies(header));
        assert_eq!((client.to_string().as_str(), client.scheme), expected, "{headers:?}");
    }

    #[test]
    fn only_trusted_proxies_are_believed_and_only_from_the_right() {
        use Scheme::{Http, Https};
        let x = |peer, lines: &[(&'static str, &str)], expected| {
            check(ProxyHeader::XForwarded, peer, lines, expected);
        };
        let (list, proto) = ("x-forwarded-for", "x-forwarded-proto");
        x("192.0.2.9", &[(list, "198.51.100.1"), (proto, "https")], ("192.0.2.9", Http));
        x("10.0.0.1", &[(proto, "https")], ("10.0.0.1", Https));
        x("10.0.0.1", &[], ("10.0.0.1", Http));
        x("10.0.0.1", &[(list, "198.51.100.1"), (proto, "https")], ("198.51.100.1", Https));
        x("::ffff:10.0.0.1", &[(list, "198.51.100.1")], ("198.51.100.1", Http));
        // What the client itself wrote stands on the left.
        x("10.0.0.1", &[(list, "203.0.113.5, 198.51.100.1")], ("198.51.100.1", Http));
        x("10.0.0.1", &[(list, "203.0.113.5"), (list, "198.51.100.1 , 10.2.3.4")], ("198.51.100.1", Http));
        x(
            "10.0.0.1",
            &[(list, "1.1.1.1, 198.51.100.1, 10.2.3.4"), (proto, "http,https, http")],
            ("198.51.100.1", Https),
        );
        x("10.0.0.1", &[(list, "198.51.100.1, 10.2.3.4"), (proto, "https")], ("198.51.100.1", Https));
        x("10.0.0.1", &[(list, "198.51.100.1:4711")], ("198.51.100.1", Http));
        x("fd00::1", &[(list, "[2001:db8::7]:4711")], ("2001:db8::7", Http));
        // Nobody knows who is left of `unknown`.
        x("10.0.0.1", &[(list, "198.51.100.1, unknown, 10.2.3.4")], ("10.2.3.4", Http));
        x("10.0.0.1", &[("forwarded", "for=198.51.100.1;proto=https")], ("10.0.0.1", Http));
    }

    #[test]
    fn the_standard_header_is_read_where_it_is_configured() {
        use Scheme::{Http, Https};
        let standard = |lines: &[(&'static str, &str)], expected| {
            check(ProxyHeader::Forwarded, "::1", lines, expected);
        };
        let name = "forwarded";
        standard(&[(name, "for=198.51.100.1;proto=https;by=10.0.0.1")], ("198.51.100.1", Https));
        standard(&[(name, "For=\"[2001:db8:cafe::17]:4711\"")], ("2001:db8:cafe::17", Http));
        standard(
            &[(name, "for=1.1.1.1, for=198.51.100.1;Proto=https, for=10.1.1.1")],
            ("198.51.100.1", Https),
        );
        standard(&[(name, "for=\"_a,b;c\", for=10.9.9.9")], ("10.9.9.9", Http));
        standard(&[(name, "for=1.1.1.1"), (name, "for=_hidden;proto=https")], ("::1", Https));
        standard(&[("x-forwarded-for", "198.51.100.1")], ("::1", Http));
    }

    #[test]
    fn a_network_contains_what_shares_its_prefix() {
        for (network, address, within) in [
            ("0.0.0.0/0", "255.1.2.3", true),
            ("::/0", "fe80::1", true),
            ("::/0", "10.0.0.1", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("2001:db8::/33", "2001:db8:8000::", false),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert_eq!(parsed.contains(address.parse().unwrap()), within, "{network} {address}");
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "host", "10.0.0.0/", "::/129", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
