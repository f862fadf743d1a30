//! The private hosts and networks that may be asked.

use std::net::IpAddr;

use toml::de::DeValue;

use crate::client_address::Network;
use crate::config::{Texts, Value, wrong};

/// What `friends.allow` lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AllowedPeers {
    networks: Vec<Network>,
    /// In lower case.
    hosts: Vec<String>,
}

impl AllowedPeers {
    /// Whether this host is listed, or a network that its address is in.
    pub(super) fn list(&self, host: &str, address: IpAddr) -> bool {
        self.hosts.iter().any(|listed| listed.eq_ignore_ascii_case(host.trim_end_matches('.')))
            || self.networks.iter().any(|network| network.contains(address))
    }

    fn add(&mut self, text: &str) -> Result<(), String> {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if let Ok(network) = text.parse() {
            self.networks.push(network);
        // What looks like an address and is none was meant as one.
        } else if text.bytes().all(fine) && text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            self.hosts.push(text.trim_end_matches('.').to_ascii_lowercase());
        } else {
            return Err(wrong::<Self>(text));
        }
        Ok(())
    }
}

impl TryFrom<Vec<String>> for AllowedPeers {
    type Error = String;

    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        let mut allowed = Self::default();
        texts.iter().try_for_each(|text| allowed.add(text))?;
        Ok(allowed)
    }
}

impl Value for AllowedPeers {
    const EXPECTED: &'static str =
        "a list of hosts and networks such as `[\"elm.internal\", \"10.0.0.0/8\", \"::1\"]`";

    /// Outside TOML a list is written with commas.
    fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect::<Vec<_>>().try_into()
    }
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        Texts::from_toml(value)?.0.try_into()
    }
    fn written(&self) -> Option<String> {
        let networks = self.networks.iter().map(ToString::to_string);
        Texts(self.hosts.iter().cloned().chain(networks).collect()).written()
    }
}
