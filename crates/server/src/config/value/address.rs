//! Where to listen, whom to believe, and as what to be known.

use std::net::SocketAddr;
use std::str::FromStr;

use axum::http::Uri;
use toml::de::DeValue;

use super::{Value, of_type, quoted, wrong};
use crate::client_address::Network;

/// Where to listen, if at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen(pub(crate) Option<SocketAddr>);

impl Value for Listen {
    const EXPECTED: &'static str = "an address and port such as `127.0.0.1:8080` or `[::]:443`, or `off`";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self(None)),
            _ => text.parse().map(|address| Self(Some(address))).map_err(|_| wrong::<Self>(text)),
        }
    }
    fn written(&self) -> Option<String> {
        self.0.map_or_else(|| quoted("off"), quoted)
    }
}

impl Value for Vec<Network> {
    const EXPECTED: &'static str =
        "a list of networks such as `[\"10.0.0.0/8\", \"fd00::/8\", \"192.0.2.7\"]`";

    /// Outside TOML a list is written with commas.
    fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| part.parse().map_err(|_| wrong::<Self>(part))).collect()
    }
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        let Some(list) = value.as_array() else {
            return Err(format!("this is {}; expected {}", of_type(value), Self::EXPECTED));
        };
        let network = |value: &DeValue<'_>| match value.as_str() {
            Some(text) => text.parse().map_err(|_| wrong::<Self>(text)),
            None => Err(format!("there is {} in the list; expected {}", of_type(value), Self::EXPECTED)),
        };
        list.iter().map(|value| network(value.get_ref())).collect()
    }
    fn written(&self) -> Option<String> {
        let list: Vec<String> = self.iter().filter_map(quoted).collect();
        Some(format!("[{}]", list.join(", ")))
    }
}

/// The address by which clients know the server; it ends in no slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUri {
    text: String,
    is_https: bool,
}

impl BaseUri {
    /// The address, to which a path is added.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// Whether clients come by TLS.
    pub const fn is_https(&self) -> bool {
        self.is_https
    }
}

impl FromStr for BaseUri {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = || {
            let uri: Uri = text.parse().ok().filter(|_| !text.contains(['?', '#', '@']))?;
            let is_https = match uri.scheme_str()? {
                "https" => true,
                "http" => false,
                _ => return None,
            };
            uri.authority().filter(|authority| !authority.host().is_empty())?;
            // Pages and answers have addresses that begin at the root.
            if !matches!(uri.path(), "" | "/") {
                return None;
            }
            Some(Self { text: text.trim_end_matches('/').to_owned(), is_https })
        };
        parsed().ok_or_else(|| wrong::<Self>(text))
    }
}

impl Value for BaseUri {
    const EXPECTED: &'static str =
        "an absolute http or https address without path and query, such as `https://elm.example.org`";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
    }
    fn written(&self) -> Option<String> {
        quoted(&self.text)
    }
}
