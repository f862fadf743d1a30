//! Cookies: out of reach of scripts, of other sites' forms, and, where there is TLS, of everything without.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

use crate::client_address::{ClientAddress, Scheme};
use crate::config::Config;

/// A cookie of this server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookie {
    name: &'static str,
    /// The name that browsers take from this host alone, and with TLS only.
    secure_name: &'static str,
}

/// Holds the token of a session.
pub(crate) const SESSION: Cookie =
    Cookie { name: "bailiwick_session", secure_name: "__Host-bailiwick_session" };
/// Tells a browser from which somebody has signed in before from those of strangers.
pub(crate) const BROWSER: Cookie =
    Cookie { name: "bailiwick_browser", secure_name: "__Host-bailiwick_browser" };

/// Goes along while somebody signs in with a provider of identities.
pub(crate) const PROVIDER: Cookie =
    Cookie { name: "bailiwick_provider", secure_name: "__Host-bailiwick_provider" };

/// How somebody wants pages to look.
pub(crate) const LOOK: Cookie = Cookie { name: "bailiwick_look", secure_name: "__Host-bailiwick_look" };
/// The number of the current configuration.
pub(crate) const CONTEXT: Cookie =
    Cookie { name: "bailiwick_context", secure_name: "__Host-bailiwick_context" };
/// The number of the user as whom somebody looks at pages.
pub(crate) const PREVIEW: Cookie =
    Cookie { name: "bailiwick_preview", secure_name: "__Host-bailiwick_preview" };

/// Whether clients know the server by TLS.
pub(crate) fn is_secure(config: &Config, client: ClientAddress) -> bool {
    client.scheme == Scheme::Https
        || config.base_uri.as_ref().is_some_and(|uri| {
            uri.as_str().split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
        })
}

impl Cookie {
    /// Its value in a request.
    pub(crate) fn value(self, headers: &HeaderMap, secure: bool) -> Option<&str> {
        let wanted = if secure { self.secure_name } else { self.name };
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
    }

    /// The header that sets it for so many seconds; none makes browsers forget it.
    pub(crate) fn set(self, value: &str, seconds: u64, secure: bool) -> HeaderValue {
        let (name, secure) = if secure { (self.secure_name, "; Secure") } else { (self.name, "") };
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&text).expect("a cookie of digits and letters is a header value")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_needs_tls_where_the_server_is_known_by_it() {
        let check = |base_uri: Option<&str>, scheme, secure| {
            let base_uri = base_uri.map(|uri| uri.parse().unwrap());
            let config = Config { base_uri, ..Config::default() };
            let client = ClientAddress { address: [192, 0, 2, 7].into(), scheme };
            assert_eq!(
                is_secure(&config, client),
                secure,
                "{base_uri:?} {scheme:?}",
                base_uri = config.base_uri
            );
        };
        check(None, Scheme::Http, false);
        check(None, Scheme::Https, true);
        check(Some("http://jazz.example.com"), Scheme::Http, false);
        check(Some("https://jazz.example.com"), Scheme::Http, true);
        let text = SESSION.set("0a", 60, true);
        assert_eq!(
            text.to_str().unwrap(),
            "__Host-bailiwick_session=0a; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn with_tls_no_cookie_counts_that_anybody_else_could_have_set() {
        let mut headers = HeaderMap::new();
        headers
            .insert(COOKIE, "a=b; bailiwick_session=plain; __Host-bailiwick_session=safe".parse().unwrap());
        assert_eq!(SESSION.value(&headers, false), Some("plain"));
        assert_eq!(SESSION.value(&headers, true), Some("safe"));
        assert_eq!(BROWSER.value(&headers, true), None);
    }
}
