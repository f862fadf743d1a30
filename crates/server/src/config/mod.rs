//! What a server is told when it starts.

mod build;
mod friends;
mod ldap;
mod load;
mod mail;
mod provider;
mod settings;
mod show;
mod value;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use store::Location;

use crate::client_address::TrustedProxies;
use crate::telemetry::Log;

pub(crate) use build::is_loopback;
pub use friends::Friends;
pub use ldap::{Ldap, LdapServer};
pub use load::{ConfigError, ConfigFile, Loaded, Sources, load};
pub use mail::{MailAddress, MailSecurity};
pub use provider::{Claims, Provider};
pub use show::{Shown, example};
pub use value::BaseUri;
pub(crate) use value::{Texts, Value, wrong};

/// What a server is told when it starts. What each part is for stands at its key, in `settings`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file from which it comes, if there was one.
    pub file: Option<PathBuf>,
    /// What each key came to, for those who look after the server.
    pub shown: Vec<Shown>,
    /// The data folder; holds the SQLite database unless there is another.
    pub data: PathBuf,
    /// Another database than the one in the data folder.
    pub database: Option<Location>,
    /// Where to listen without TLS; port 0 is any free port.
    pub http: Option<SocketAddr>,
    /// How long browsers that come by TLS shall use nothing else; none at all if zero.
    pub hsts: Duration,
    /// Where to listen with TLS, and as whom.
    pub https: Option<Https>,
    /// The address by which clients know the server; without it, answers name the host that the request
    /// names.
    pub base_uri: Option<BaseUri>,
    /// Whether a proxy with TLS is in front of the plain listeners.
    pub behind_proxy: bool,
    /// The proxies that are believed when they say for whom they ask.
    pub trusted_proxies: TrustedProxies,
    /// How much, and for how long.
    pub limits: Limits,
    /// How long browsers stay signed in.
    pub sessions: Sessions,
    /// How long a floating licence stays leased after its last use.
    pub lease: Duration,
    /// How people get in.
    pub sign_in: SignIn,
    /// What becomes of what was refused.
    pub refusals: Refusals,
    /// Where else people are known: providers of identities.
    pub providers: Vec<Provider>,
    /// The directory that tells who people are.
    pub ldap: Option<Ldap>,
    /// How other servers are asked.
    pub friends: Friends,
    /// Who gets the metrics.
    pub metrics: Metrics,
    /// Who takes mail.
    pub mail: Option<Mail>,
    /// What is logged.
    pub log: Log,
    /// With what secrets are encrypted that must be had back; without it, by a key in the data folder.
    pub secrets_key: Option<Token>,
    /// How the server stops.
    pub stop: Stop,
    /// Example users, listed on the sign-in page.
    pub demo: Option<Demo>,
}

impl Default for Config {
    fn default() -> Self {
        let defaults = build::config(&settings::Settings::default(), &Default::default(), &mut Vec::new());
        defaults.expect("a test builds the defaults")
    }
}

/// A listener with TLS.
#[derive(Clone, Debug)]
pub struct Https {
    /// Where to listen; port 0 is any free port.
    pub listen: SocketAddr,
    /// The file with the chain of certificates, as PEM.
    pub certificate: PathBuf,
    /// The file with the private key, as PEM.
    pub key: PathBuf,
}

/// How much, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest body, in bytes.
    pub body: usize,
    /// The largest body of an import, in bytes.
    pub import_body: usize,
    /// The largest head of a request, in bytes.
    pub headers: usize,
    /// The most headers of a request.
    pub header_count: usize,
    /// For a handshake of TLS, and for the head of a request.
    pub head_timeout: Duration,
    /// For a connection to be kept between two requests.
    pub idle_timeout: Duration,
    /// For a connection on which nothing moves though something should.
    pub stall_timeout: Duration,
    /// For a request.
    pub request_timeout: Duration,
    /// For a request that imports something.
    pub import_timeout: Duration,
    /// The most connections.
    pub connections: usize,
}

/// How long browsers stay signed in.
#[derive(Clone, Copy, Debug)]
pub struct Sessions {
    /// A session that is not used ends.
    pub idle: Duration,
    /// Used or not, it ends.
    pub absolute: Duration,
}

/// How people get in.
#[derive(Clone, Copy, Debug)]
pub struct SignIn {
    /// So many characters a new password has at least.
    pub shortest_password: usize,
    /// So long it takes to make up for a wrong password.
    pub wait: Duration,
}

/// What becomes of what was refused.
#[derive(Clone, Copy, Debug)]
pub struct Refusals {
    /// So long the log keeps it.
    pub kept: Duration,
}

/// Who gets the metrics.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// A listener for nothing else.
    pub listen: Option<SocketAddr>,
    /// What must be known to get them.
    pub token: Option<Token>,
}

/// A mail server, and how to speak to it.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether by TLS.
    pub security: MailSecurity,
    /// The file with the authority that vouches for it, as PEM, in place of the system's.
    pub authority: Option<PathBuf>,
    /// As whom to sign in, and the password.
    pub login: Option<(String, Token)>,
    /// From whom mail comes.
    pub from: MailAddress,
}

/// Something that must be known. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token of this text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }
    /// The text, for those who ask for it elsewhere.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
    /// Whether somebody knows it; it takes as long whatever they say.
    pub(crate) fn is(&self, given: &str) -> bool {
        Sha256::digest(given) == Sha256::digest(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// How the server stops.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// So long it still serves, while it says that it is not ready.
    pub delay: Duration,
    /// So long requests under way then have to end.
    pub grace: Duration,
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
