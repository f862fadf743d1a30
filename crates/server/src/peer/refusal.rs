//! Why a peer has not answered, and what can be done about it.

use std::error::Error as _;
use std::net::IpAddr;
use std::time::Duration;

use axum::http::StatusCode;
use governance::text::is_unseen;
use reqwest::Url;
use thiserror::Error;

use super::lookup::NotLookedUp;

/// Why a peer was not asked, or has not answered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PeerRefusal {
    /// It is no address of a server.
    #[error("`{uri}` is no address of a server: {cause}")]
    NoAddress { uri: String, cause: &'static str },
    /// It is without TLS, and not on this machine.
    #[error(
        "`{uri}` is without TLS; use an address that begins with `https://`, or, of this machine, one such as \
         `http://127.0.0.1:8080`"
    )]
    NoTlsAsked { uri: String },
    /// Its address is private.
    #[error(
        "`{host}` is at `{address}`, in a private network; if it is meant, the configuration must list the \
         host or its network in `friends.allow`"
    )]
    Private { host: String, address: IpAddr },
    /// Its address is one that nobody needs, save to break in.
    #[error("`{host}` is at `{address}`, which is never asked: {what}; use another address of the server")]
    Never { host: String, address: IpAddr, what: &'static str },
    /// There is no such host.
    #[error("there is no host `{host}`: {cause}; check the name, and the name server of this machine")]
    NoHost { host: String, cause: String },
    /// Nothing listens there.
    #[error("cannot connect to `{uri}`: {cause}; check the address, and whether the server runs")]
    NoConnection { uri: String, cause: String },
    /// The certificate is not believed.
    #[error(
        "the certificate of `{uri}` is not believed: {cause}; if a private authority has signed it, name \
         that in `friends.authority`"
    )]
    Certificate { uri: String, cause: String },
    /// What answers speaks no TLS, or none that is understood.
    #[error(
        "no TLS connection to `{uri}` comes about: {cause}; check that the address and its port are of TLS"
    )]
    NoTlsThere { uri: String, cause: String },
    /// TLS cannot be set up here.
    #[error("cannot set up TLS: {0}")]
    NoTls(String),
    /// Nothing came.
    #[error("`{uri}` has not answered within {after:?} (`friends.head_timeout`)")]
    NoAnswer { uri: String, after: Duration },
    /// It did not end.
    #[error("the answer of `{uri}` has not ended within {after:?} (`friends.timeout`)")]
    TooSlow { uri: String, after: Duration },
    /// It is larger than any document.
    #[error("the answer of `{uri}` has more than {most} bytes")]
    TooLarge { uri: String, most: usize },
    /// It leads to another server.
    #[error(
        "`{from}` redirects to another server, `{to}`, which is not followed; use that one's address if it is meant"
    )]
    RedirectedElsewhere { from: String, to: String },
    /// It leads elsewhere on the same server, where the request must not go.
    #[error("`{from}` redirects to `{to}`; use that address")]
    Redirected { from: String, to: String },
    /// It leads in circles.
    #[error("`{from}` redirects again and again; check that server's configuration")]
    RedirectedTooOften { from: String },
    /// It is something else than what was asked for.
    #[error("`{uri}` is of type `{found}`; expected {expected}, so check the address")]
    WrongType { uri: String, found: String, expected: &'static str },
    /// It says that something is wrong.
    #[error("`{uri}` answers {status}")]
    Status { uri: String, status: StatusCode },
    /// It is not what it says.
    #[error("`{uri}` cannot be read: {cause}{}", if uri.starts_with("http:") { OR_TLS } else { "" })]
    Broken { uri: String, cause: String },
}

/// Whoever asks a port of TLS without it is answered by what no HTTP is.
const OR_TLS: &str = "; if that port is of TLS, the address begins with `https://`";

impl PeerRefusal {
    /// Whether the address itself is none that is asked, so that nobody was.
    pub(crate) const fn is_of_address(&self) -> bool {
        matches!(
            self,
            Self::NoAddress { .. } | Self::NoTlsAsked { .. } | Self::Private { .. } | Self::Never { .. }
        )
    }

    pub(super) fn broken(uri: &Url, cause: impl AsRef<str>) -> Self {
        Self::Broken { uri: uri.to_string(), cause: short(cause.as_ref()) }
    }

    pub(super) fn of(uri: &Url, error: &reqwest::Error) -> Self {
        let mut source = error.source();
        while let Some(error) = source {
            if let Some(NotLookedUp(refusal)) = error.downcast_ref() {
                return refusal.clone();
            }
            // One may lie within the other.
            let mut cause = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
            while let Some(within) = cause {
                if let Some(error) = within.downcast_ref::<tokio_rustls::rustls::Error>() {
                    let (uri, cause) = (uri.to_string(), error.to_string());
                    return match error {
                        tokio_rustls::rustls::Error::InvalidCertificate(_) => {
                            Self::Certificate { uri, cause }
                        }
                        _ => Self::NoTlsThere { uri, cause },
                    };
                }
                cause = within.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
            }
            source = error.source();
        }
        if error.is_timeout() || error.is_connect() {
            return Self::NoConnection { uri: uri.to_string(), cause: causes(error) };
        }
        Self::broken(uri, causes(error))
    }
}

/// An error with what lies behind it, without the address, which is told besides.
pub(super) fn causes(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

/// As much of a text that a peer wrote as is told: it is shown, and kept. What is not seen, or turns the
/// order of what follows, is told as what it is.
pub(crate) fn short(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut told = String::new();
    for letter in text.chars().take(LONGEST) {
        match letter.is_control() || is_unseen(letter) {
            true => told.extend(letter.escape_default()),
            false => told.push(letter),
        }
    }
    if text.chars().nth(LONGEST).is_some() { told + "…" } else { told }
}
