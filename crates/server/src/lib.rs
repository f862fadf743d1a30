//! HTTP: sign-in, the decision API, pages; a thin skin around `governance` and `store`.
//!
//! [`serve`] runs a server until it is told to stop. A request passes the [`edge`] (identification,
//! headers, one line of log) and is not [`cross_site`], a [`caller::Caller`] is found out, and a handler asks
//! the caller's `governance::View`; no handler holds an organisation. Changes go through [`office::Office`],
//! which alone publishes a new one.
//!
//! Time and chance enter here and nowhere below, in one file.

mod access;
mod access_request;
mod access_token;
mod api;
mod asset;
mod authority;
mod baseline_run;
mod caller;
mod certificate;
mod chance;
mod client_address;
mod compression;
mod config;
mod connections;
mod consumers;
mod cookie;
mod cross_site;
mod dates;
mod deadline;
mod documents;
mod edge;
mod explain;
mod friends;
mod gate;
mod handler;
mod health;
mod in_turn;
mod in_words;
mod invitation;
mod json;
mod leases;
mod licence_chart;
mod link;
mod listen;
mod local_configurations;
mod mail;
mod metrics;
mod negotiate;
mod new_password;
mod notify;
mod oauth;
mod observed;
mod office;
mod own_password;
mod pages;
mod password;
mod past;
mod peer;
mod place;
mod problem;
mod process;
mod process_sharing;
mod recover;
mod registry;
mod repeated_failure;
mod revision;
mod root_services;
mod router;
mod routes;
mod scope;
mod secret;
mod serve;
mod session;
mod sign_in;
mod signals;
mod telemetry;
mod throttle;
mod tls;
mod transfer;
mod vault;

pub use api::openapi;
pub use client_address::{Network, NotANetwork, ProxyHeader, TrustedProxies};
pub use config::{
    BaseUri, Claims, Config, ConfigError, ConfigFile, Demo, Example, Friends, Https, Ldap, LdapServer,
    Limits, Loaded, Mail, MailAddress, MailSecurity, Metrics, Provider, Sessions, Shown, Sources, Stop,
    Token, example, load,
};
pub use link::StartLink;
pub use mail::MailError;
pub use office::{Author, ChangeError, Office};
pub use password::{PasswordError, set_password};
pub use problem::NOTHING_HERE;
pub use process_sharing::{ConsumerImpact, ConsumerOutcome, Followed, FriendProcesses, followed};
pub use recover::{RecoverError, recover_administrator};
pub use registry::{GroupMapping, MappedGroup};
pub use router::routes;
pub use scope::{Scope, Scopes};
pub use serve::{Listening, ServeError, serve};
pub use telemetry::{Log, LogForm, LogLevel, start_log, start_log_in};
pub use tls::TlsError;
pub use vault::{KeptSecrets, kept_secrets, open_to_others};
