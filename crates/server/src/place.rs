//! Where somebody signs in: a browser, if it has been here before, and a network.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::sync::Arc;

use crate::client_address::ClientAddress;
use crate::cookie::{BROWSER, is_secure};
use crate::router::Server;
use crate::secret::TokenHash;

/// Where somebody signs in.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) client: ClientAddress,
    /// The hash of the browser's mark, if it has one.
    pub(crate) browser: Option<TokenHash>,
}

impl Place {
    pub(crate) const fn without_browser(client: ClientAddress) -> Self {
        Self { client, browser: None }
    }

    /// The addresses that are likely to be one client's: of IPv6, everybody has more than can be counted.
    pub(crate) fn network(&self) -> String {
        match self.client.address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let first = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
                format!("{first}/64")
            }
        }
    }
}

impl FromRequestParts<Arc<Server>> for Place {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Infallible> {
        let client = ClientAddress::from_request_parts(parts, server).await?;
        let browser = BROWSER.value(&parts.headers, is_secure(&server.config, client)).map(TokenHash::of);
        Ok(Self { client, browser })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_address::Scheme;

    #[test]
    fn a_network_is_an_address_or_half_of_one() {
        let check = |address: &str, network: &str| {
            let client = ClientAddress { address: address.parse().unwrap(), scheme: Scheme::Http };
            assert_eq!(Place::without_browser(client).network(), network);
        };
        check("192.0.2.7", "192.0.2.7");
        check("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64");
    }
}
