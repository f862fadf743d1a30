//! Where a host is: its addresses are looked up once for a connection, checked, and then used.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use super::address::{Judged, judge};
use super::allowed::AllowedPeers;
use super::refusal::PeerRefusal;

/// The addresses of a host.
pub(super) type Found = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

/// Whoever knows where hosts are.
pub(super) trait Lookup: Send + Sync {
    fn addresses(&self, host: String) -> Found;
}

/// The name service of this machine.
pub(super) struct System;

impl Lookup for System {
    fn addresses(&self, host: String) -> Found {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Answers with those addresses alone that may be asked.
pub(super) struct Checked {
    pub(super) allow: AllowedPeers,
    pub(super) lookup: Arc<dyn Lookup>,
}

/// Why there is no address to connect to.
#[derive(Debug, Error)]
#[error("{0}")]
pub(super) struct NotLookedUp(pub(super) PeerRefusal);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (host, allow) = (name.as_str().to_owned(), self.allow.clone());
        let found = self.lookup.addresses(host.clone());
        Box::pin(async move {
            let checked = match found.await {
                Ok(found) => check(&host, &found, &allow),
                Err(error) => Err(PeerRefusal::NoHost { host, cause: error.to_string() }),
            };
            let addresses = checked.map_err(NotLookedUp)?;
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

fn check(host: &str, found: &[IpAddr], allow: &AllowedPeers) -> Result<Vec<IpAddr>, PeerRefusal> {
    let mut refused = None;
    let mut good = Vec::new();
    for address in found {
        match judge(host, *address, allow) {
            Judged::Asked => good.push(*address),
            Judged::Refused(refusal) => {
                refused.get_or_insert(refusal);
            }
        }
    }
    if good.is_empty() {
        let none = || PeerRefusal::NoHost { host: host.to_owned(), cause: "it has no address".to_owned() };
        return Err(refused.unwrap_or_else(none));
    }
    Ok(good)
}
