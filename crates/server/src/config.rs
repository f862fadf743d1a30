//! What a server is told when it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::client_address::TrustedProxies;

/// What a server is told when it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 is any free port. Without TLS only a loopback address is allowed.
    pub listen: SocketAddr,
    /// The data folder; holds the SQLite database unless there is another.
    pub data: PathBuf,
    /// Another database than the one in the data folder: `sqlite:PATH` or `postgres://…`.
    pub database: Option<String>,
    /// The address by which clients know the server, such as `https://jazz.example.com`; without it,
    /// answers name the host that the request names.
    pub base_uri: Option<String>,
    /// The proxies that are believed when they say for whom they ask.
    pub trusted_proxies: TrustedProxies,
    /// Example users, listed on the sign-in page.
    pub demo: Option<Demo>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            data: PathBuf::from("bailiwick-data"),
            database: None,
            base_uri: None,
            trusted_proxies: TrustedProxies::default(),
            demo: None,
        }
    }
}

/// A server for trying things out, which tells its passwords.
#[derive(Clone, Debug, Default)]
pub struct Demo {
    /// The users to sign in as. Those whom the organisation has get these passwords at every start.
    pub users: Vec<Example>,
}

/// An example user.
#[derive(Clone, Debug)]
pub struct Example {
    /// The user's id.
    pub id: String,
    /// The password, shown to everybody.
    pub password: String,
    /// What the user is an example of.
    pub about: String,
}
