//! Which addresses may be asked (docs/cross-server.md#network-rules).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use super::allowed::AllowedPeers;
use super::refusal::{PeerRefusal, short};

/// Whether an address of a host may be asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judged {
    Asked,
    Refused(PeerRefusal),
}

/// The address that a text is, if it may be asked. Hosts written in decimal, octal or hexadecimal digits are
/// the addresses that they stand for.
pub(super) fn parse(text: &str, allow: &AllowedPeers) -> Result<Url, PeerRefusal> {
    let wrong = |cause| PeerRefusal::NoAddress { uri: text.chars().take(LONGEST_TOLD).collect(), cause };
    if text.len() > LONGEST {
        return Err(wrong(TOO_LONG));
    }
    let uri = Url::parse(text).map_err(|_| wrong(EXPECTED))?;
    if !matches!(uri.scheme(), "http" | "https") {
        return Err(wrong(EXPECTED));
    }
    if !uri.username().is_empty() || uri.password().is_some() {
        return Err(wrong("it has a name or a password in it; leave them out"));
    }
    if uri.fragment().is_some() {
        return Err(wrong("it ends in `#…`; leave that out"));
    }
    check(&uri, allow)?;
    Ok(uri)
}

/// No address is longer, in bytes.
const LONGEST: usize = 2_000;
const TOO_LONG: &str = "it is longer than 2,000 bytes";
const LONGEST_TOLD: usize = 200;
const EXPECTED: &str = "expected one such as `https://elm.example.org/ccm/rootservices`";

/// What can be told before any name is looked up.
pub(super) fn check(uri: &Url, allow: &AllowedPeers) -> Result<(), PeerRefusal> {
    let no_address = || PeerRefusal::NoAddress { uri: short(uri.as_str()), cause: EXPECTED };
    if uri.as_str().len() > LONGEST {
        return Err(PeerRefusal::NoAddress { uri: short(uri.as_str()), cause: TOO_LONG });
    }
    // By now it is written as everybody writes it, and IPv6 in brackets.
    let host = uri.host_str().ok_or_else(no_address)?.trim_start_matches('[').trim_end_matches(']');
    let literal: Option<IpAddr> = host.parse().ok();
    // Nobody is on the way to this machine.
    let on_this_machine = literal.is_some_and(|address| meant(address).is_loopback());
    if uri.scheme() != "https" && !on_this_machine {
        return Err(PeerRefusal::NoTlsAsked { uri: uri.to_string() });
    }
    match literal.map_or(Judged::Asked, |address| judge(host, address, allow)) {
        Judged::Asked => Ok(()),
        Judged::Refused(refusal) => Err(refusal),
    }
}

/// Judges one address of a host.
pub(super) fn judge(host: &str, address: IpAddr, allow: &AllowedPeers) -> Judged {
    let meant = meant(address);
    match kind(meant) {
        Kind::Public => Judged::Asked,
        Kind::Private if allow.list(host, meant) => Judged::Asked,
        Kind::Private => Judged::Refused(PeerRefusal::Private { host: host.to_owned(), address: meant }),
        Kind::Never(what) => {
            Judged::Refused(PeerRefusal::Never { host: host.to_owned(), address: meant, what })
        }
    }
}

/// What kind of address it is.
enum Kind {
    Public,
    Private,
    Never(&'static str),
}

/// The address where packets end up: some of IPv6 stand for one of IPv4.
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else { return address };
    let bits = six.to_bits();
    let four = |bits: u128| IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits & 0xffff_ffff).unwrap_or(0)));
    match six.segments() {
        // Mapped (RFC 4291); compatible with IPv4 (deprecated there), but for `::` and `::1`.
        [0, 0, 0, 0, 0, 0xffff, ..] => four(bits),
        [0, 0, 0, 0, 0, 0, ..] if bits > 1 => four(bits),
        // Translated (RFC 2765), NAT64 (RFC 6052).
        [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => four(bits),
        // 6to4 (RFC 3056).
        [0x2002, ..] => four(bits >> 80),
        // Teredo (RFC 4380) has it turned round.
        [0x2001, 0, ..] => four(!bits),
        _ => address,
    }
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_of_4(address),
        IpAddr::V6(address) => kind_of_6(address),
    }
}

const METADATA: &str = "machines in a cloud get their credentials there";
const LINK_LOCAL: &str = "it is link-local";
const NO_HOST: &str = "it is no address of one machine";

/// By the registry of special addresses (RFC 6890), and where clouds keep what they tell their machines.
fn kind_of_4(address: Ipv4Addr) -> Kind {
    match address.octets() {
        [169, 254, 169, 254] | [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192] => {
            Kind::Never(METADATA)
        }
        [169, 254, ..] => Kind::Never(LINK_LOCAL),
        [0, ..] | [224..=255, ..] => Kind::Never(NO_HOST),
        [10 | 127, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        | [100, 64..=127, ..]
        | [192, 0, 0 | 2, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [192, 88, 99, _] => Kind::Private,
        _ => Kind::Public,
    }
}

const METADATA_6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

fn kind_of_6(address: Ipv6Addr) -> Kind {
    if METADATA_6.contains(&address) {
        return Kind::Never(METADATA);
    }
    match address.segments() {
        [0xfe80..=0xfebf, ..] => Kind::Never(LINK_LOCAL),
        [0, 0, 0, 0, 0, 0, 0, 0] | [0xff00..=0xffff, ..] => Kind::Never(NO_HOST),
        // Global addresses are `2000::/3`; of those, some are for documentation and tests.
        [0x2001, 0xdb8 | 2, ..] | [0x3fff, ..] => Kind::Private,
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Private,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Value as _;

    fn refused(text: &str, allow: &str) -> String {
        let allow = AllowedPeers::parse(allow).unwrap();
        parse(text, &allow).map_or_else(|refusal| refusal.to_string(), |_| String::new())
    }

    #[test]
    fn addresses_that_are_public_are_asked() {
        for text in [
            "https://elm.example.org/ccm/rootservices",
            "https://elm.example.org:9443/jts?x=y",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            // 6to4 and NAT64 of a public address.
            "https://[2002:808:808::1]/",
            "https://[64:ff9b::808:808]/",
        ] {
            assert_eq!(refused(text, ""), "", "{text}");
        }
    }

    #[test]
    fn private_addresses_are_refused_however_they_are_written_unless_they_are_listed() {
        for (text, listed) in [
            ("https://127.0.0.1/", "127.0.0.1"),
            ("https://127.1/", "127.0.0.0/8"),
            ("https://2130706433/", "127.0.0.1"),
            ("https://0177.0.0.1/", "127.0.0.1"),
            ("https://0x7f.1/", "127.0.0.1"),
            ("https://127。0。0。1/", "127.0.0.1"),
            ("https://[::1]/", "::1"),
            ("https://[::ffff:127.0.0.1]/", "127.0.0.1"),
            ("https://[::ffff:a00:1]/", "10.0.0.0/8"),
            ("https://[::127.0.0.1]/", "127.0.0.1"),
            ("https://[64:ff9b::10.0.0.1]/", "10.0.0.1"),
            ("https://[64:ff9b:1::a00:1]/", "64:ff9b:1::/48"),
            ("https://[2002:a00:1::]/", "10.0.0.1"),
            ("https://[2001:0:0:0:0:0:f5ff:fffe]/", "10.0.0.1"),
            ("https://10.1.2.3/", "10.0.0.0/8"),
            ("https://172.31.0.1/", "172.16.0.0/12"),
            ("https://192.168.1.1/", "192.168.1.1"),
            ("https://100.64.0.1/", "100.64.0.0/10"),
            ("https://198.18.0.1/", "198.18.0.0/15"),
            ("https://[fd12::1]/", "fd00::/8"),
            ("https://[fec0::1]/", "fec0::/10"),
            ("https://[2001:db8::1]/", "2001:db8::/32"),
            ("http://127.0.0.1:9/", "127.0.0.1"),
        ] {
            let said = refused(text, "");
            assert!(said.contains("`friends.allow`"), "{text}: {said}");
            assert_eq!(refused(text, listed), "", "{text}");
            assert!(!refused(text, "elm.internal,203.0.113.0/24").is_empty(), "{text}");
        }
    }

    #[test]
    fn link_local_and_metadata_addresses_are_never_asked() {
        for text in [
            "https://169.254.169.254/latest/meta-data/",
            "https://169.254.0.1/",
            "https://2852039166/",
            "https://[::ffff:169.254.169.254]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[2002:a9fe:a9fe::]/",
            "https://[fe80::1]/",
            "https://[fd00:ec2::254]/",
            "https://[fd20:ce::254]/",
            "https://100.100.100.200/",
            "https://168.63.129.16/",
            "https://0.0.0.0/",
            "https://0/",
            "https://[::]/",
            "https://[::ffff:0.0.0.0]/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[ff02::1]/",
        ] {
            let said = refused(text, "0.0.0.0/0,::/0");
            assert!(said.contains("which is never asked"), "{text}: {said}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_server_is_told() {
        for (text, expected) in [
            ("", "is no address of a server: expected one such as"),
            ("elm.example.org", "is no address of a server"),
            ("file:///etc/passwd", "is no address of a server"),
            ("gopher://elm.example.org/", "is no address of a server"),
            ("https://", "is no address of a server"),
            ("https://ann:secret@elm.example.org/", "a name or a password"),
            ("https://elm.example.org/#x", "ends in `#…`"),
            ("http://elm.example.org/", "is without TLS"),
            // A name may be anything by the time it is looked up.
            ("http://localhost/", "is without TLS"),
            ("http://10.0.0.1/", "is without TLS"),
        ] {
            let said = refused(text, "10.0.0.0/8,localhost");
            assert!(said.contains(expected), "{text}: {said}");
        }
    }
}
