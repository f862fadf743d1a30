//! The request that is signed or verified.

use crate::Problem;

/// A request as it crosses the network, seen from the outside: behind a proxy, `url` is the public one.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `GET`, `POST`, …; its case does not matter.
    pub method: &'a str,
    /// Absolute, with the query; a fragment does not count.
    pub url: &'a str,
    /// The value of the `Authorization` header. One of another scheme counts as none.
    pub authorization: Option<&'a str>,
    /// What is sent along.
    pub body: Body<'a>,
}

/// What is sent along with a request.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// `application/x-www-form-urlencoded`: its pairs are signed one by one.
    Form(&'a [u8]),
    /// Anything else, or nothing: signed as a whole by `oauth_body_hash`, if at all.
    Other(&'a [u8]),
}

/// The parts of a URL that a signature is made of.
pub(crate) struct Url<'a> {
    /// Scheme, host, port where it is not the scheme's own, and path (RFC 5849 §3.4.1.2).
    pub(crate) base: String,
    pub(crate) query: &'a str,
}

impl<'a> Url<'a> {
    pub(crate) fn of(text: &'a str) -> Result<Self, Problem> {
        const EXPECTED: Problem = Problem::Malformed(
            "the URL is not absolute: expected `http://` or `https://`, a host and a path",
        );
        let text = text.split_once('#').map_or(text, |(text, _)| text);
        let (text, query) = text.split_once('?').unwrap_or((text, ""));
        let (scheme, rest) = text.split_once("://").ok_or(EXPECTED)?;
        let scheme = scheme.to_ascii_lowercase();
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
        let own_port = match scheme.as_str() {
            "http" => ":80",
            "https" => ":443",
            _ => return Err(EXPECTED),
        };
        let host = host.strip_suffix(own_port).or_else(|| host.strip_suffix(':')).unwrap_or(&host);
        if host.is_empty() {
            return Err(EXPECTED);
        }
        Ok(Self { base: format!("{scheme}://{host}{path}"), query })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_address_has_no_default_port_and_no_capitals_in_scheme_and_host() {
        let base = |text: &str| Url::of(text).map(|url| url.base);
        let check = |text: &str, expected: &str| assert_eq!(base(text).as_deref(), Ok(expected));
        check("HTTP://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X");
        check("https://www.example.net:8080/?q=1", "https://www.example.net:8080/");
        check("https://example.net:443/Path#part", "https://example.net/Path");
        check("https://example.net:80/", "https://example.net:80/");
        check("https://example.net", "https://example.net/");
        check("https://example.net?x", "https://example.net/");
        check("http://[::1]:8080/a", "http://[::1]:8080/a");
        check("http://[2001:DB8::443]/a", "http://[2001:db8::443]/a");
        check("http://who@example.net/a@b", "http://example.net/a@b");
        for text in ["/path", "example.net/a", "ftp://example.net/", "http:///a", "http://:80/"] {
            assert!(base(text).is_err(), "{text}");
        }
    }
}
