//! The address of a server.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use crate::failure::Failure;

/// Where a server is: `https://elm.example.org`, perhaps with a path in front of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address(Url);

const HELP: &str = "expected an address such as `https://elm.example.org`";

impl Address {
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let no_address = || Failure::new(format_args!("`{text}` is no address of a server"), HELP);
        // What stands in front of an `@` may be a password.
        let hidden =
            || Failure::new("the address of the server names a user or a password", "use a token instead");
        // What is before an `@` may be a password, whatever else is wrong.
        let wrong = || if text.contains('@') { hidden() } else { no_address() };
        let mut url = Url::parse(text).map_err(|_| wrong())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(hidden().into());
        }
        let plain = url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !plain {
            return Err(wrong().into());
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }

    /// Whether others cannot listen.
    pub(super) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether it is this machine, so that nothing goes over a network.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Refuses to have a token sent where others can read it.
    pub(crate) fn expect_private(&self) -> anyhow::Result<()> {
        if self.is_encrypted() || self.is_loopback() {
            return Ok(());
        }
        let cause = format!("the token would cross the network unencrypted on its way to {self}");
        Err(Failure::new(cause, "use `https://`; or add `--insecure`, if nobody can listen there").into())
    }

    /// The address of a route of the API.
    pub(super) fn of(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}api/v1/{path}", self.0.path()));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_and_tells_no_secret() {
        for text in ["elm.example.org", "ftp://elm", "https://", "https://elm?x", "https://elm#x", "/tmp"] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(text) && error.ends_with(HELP), "{error}");
        }
        for text in ["https://bob:secret@elm", "bob:secret@elm", "https://secret@elm", "https://bob:secret@"]
        {
            assert!(!Address::parse(text).unwrap_err().to_string().contains("secret"), "{text}");
        }
        let of = |text: &str| Address::parse(text).unwrap().of("check", &[("as_of", "1 2")]).to_string();
        assert_eq!(of("https://elm:444"), "https://elm:444/api/v1/check?as_of=1+2");
        assert_eq!(of("https://elm/bailiwick/"), "https://elm/bailiwick/api/v1/check?as_of=1+2");
    }

    #[test]
    fn a_token_goes_unencrypted_to_this_machine_only() {
        for (text, private) in [
            ("https://elm.example.org", true),
            ("http://elm.example.org", false),
            ("http://localhost:8080", true),
            ("http://127.0.0.1", true),
            ("http://127.1.2.3:80", true),
            ("http://[::1]:8080", true),
            ("http://localhost.example.org", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(Address::parse(text).unwrap().expect_private().is_ok(), private, "{text}");
        }
    }
}
