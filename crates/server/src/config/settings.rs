//! Every key of the configuration, once: its name, its kind, its default, and what it is for.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use store::Location;
use toml::de::DeValue;

use super::mail::{MailAddress, MailSecurity, MailServer};
use super::value::{BaseUri, Delay, Hidden, Listen, Percent, Size, Span, Texts, Value};
use crate::client_address::{Network, ProxyHeader};
use crate::peer::AllowedPeers;
use crate::telemetry::{LogForm, LogLevel};

/// A value, and who said it.
#[derive(Clone, Debug)]
pub(super) struct Set<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

/// Who said a value; what is further down has the last word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Default,
    File { path: Arc<Path>, line: usize, column: usize },
    Environment(String),
    Flag(String),
}

impl Origin {
    /// Of two that contradict each other, which one wins, if any.
    pub(super) fn outranks(&self, other: &Self) -> bool {
        let rank = |origin: &Self| match origin {
            Self::Default => 0,
            Self::File { .. } => 1,
            Self::Environment(_) => 2,
            Self::Flag(_) => 3,
        };
        rank(self) > rank(other)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Environment(variable) => write!(f, "${variable}"),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// What a value is read from.
pub(super) enum Written<'a> {
    Text(&'a str),
    Toml { value: &'a DeValue<'a>, folder: &'a Path },
}

impl Written<'_> {
    pub(super) fn read<T: Value>(&self) -> Result<T, String> {
        match self {
            Self::Text(text) => T::parse(text),
            Self::Toml { value, folder } => Ok(T::from_toml(value)?.within(folder)),
        }
    }
}

/// A key, and what is said of it in the example.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) about: &'static [&'static str],
    /// As it would be written for a value that has no default.
    pub(super) example: Option<&'static str>,
}

impl Key {
    /// Its section, and its name there.
    pub(super) fn parts(&self) -> (&'static str, &'static str) {
        self.name.rsplit_once('.').unwrap_or(("", self.name))
    }
    /// The environment variable that sets it.
    pub(super) fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.replace('.', "_").to_uppercase())
    }
}

pub(super) const PREFIX: &str = "BAILIWICK_";

macro_rules! settings {
    ($($(#[doc = $about:literal])+ $field:ident $name:literal : $type:ty = $kind:ident $text:literal;)+) => {
        /// What was said of every key.
        #[derive(Clone, Debug)]
        pub(super) struct Settings { $(pub(super) $field: Set<$type>,)+ }

        pub(super) const KEYS: &[Key] = &[
            $(Key { name: $name, about: &[$($about),+], example: settings!(@example $kind $text) },)+
        ];

        impl Default for Settings {
            fn default() -> Self {
                Self { $($field: Set { value: settings!(@default $kind $text), origin: Origin::Default },)+ }
            }
        }

        impl Settings {
            /// Takes a value for the key of this name, if there is one.
            pub(super) fn set(
                &mut self, name: &str, written: &Written<'_>, origin: Origin,
            ) -> Option<Result<(), String>> {
                match name {
                    $($name => Some(written.read().map(|value| self.$field = Set { value, origin })),)+
                    _ => None,
                }
            }

            /// Each key's value as TOML, without secrets, and who said it.
            pub(super) fn written(&self) -> impl Iterator<Item = (&'static Key, Option<String>, &Origin)> {
                let values = [$((self.$field.value.written(), &self.$field.origin)),+];
                KEYS.iter().zip(values).map(|(key, (value, origin))| (key, value, origin))
            }
        }
    };
    (@default default $text:literal) => { Value::parse($text).expect("a test reads every default") };
    (@default example $text:literal) => { None };
    (@example default $text:literal) => { None };
    (@example example $text:literal) => { Some($text) };
}
pub(super) use settings;

settings! {
    /// The data folder. It holds the SQLite database, unless `database` names another, and, if there is
    /// one, the file `bailiwick.toml`. It is made where there is none.
    data "data": PathBuf = default "bailiwick-data";
    /// The database, if it is not in the data folder: `sqlite:PATH`, or `postgres://USER@HOST/DATABASE`.
    database "database": Option<Location> = example "postgres://bailiwick@localhost/bailiwick";
    /// A file that holds nothing but the address of the database: for one with a password in it.
    database_url_file "database_url_file": Option<PathBuf> = example "/etc/bailiwick/database-url";
    /// The address by which clients know the server. Without it, answers name the host that the request
    /// names.
    base_uri "base_uri": Option<BaseUri> = example "https://elm.example.org";
    /// Whether a proxy with TLS stands in front, so that plain listeners may be on other addresses than
    /// loopback.
    behind_proxy "behind_proxy": bool = default "false";
    /// Proxies that are believed when they say for whom they ask: networks, or single addresses.
    trusted_proxies "trusted_proxies": Vec<Network> = default "";
    /// The header in which they say it: "x-forwarded-for" (with X-Forwarded-Proto), or "forwarded" (RFC
    /// 7239). They must set this header themselves, and not only pass on what they are sent.
    proxy_header "proxy_header": ProxyHeader = default "x-forwarded-for";

    /// Where to listen without TLS: an address and port, or "off". Other addresses than 127.0.0.1 and [::1]
    /// are refused unless `behind_proxy` is true.
    http_listen "http.listen": Listen = default "127.0.0.1:8080";

    /// Where to listen with TLS: an address and port, or "off".
    https_listen "https.listen": Listen = default "off";
    /// The certificate and those that link it to its authority, as PEM. Both files are read again when they
    /// change, and at SIGHUP.
    https_certificate "https.certificate": Option<PathBuf> = example "/etc/bailiwick/certificate.pem";
    /// The private key of the certificate, as PEM.
    https_key "https.key": Option<PathBuf> = example "/etc/bailiwick/key.pem";
    /// How long browsers shall use nothing but TLS with this host (Strict-Transport-Security); "0s" says
    /// nothing.
    https_hsts "https.hsts": Delay = default "365d";

    /// The largest body of a request.
    limits_body "limits.body": Size = default "2 MiB";
    /// The largest body of a request that imports something.
    limits_import_body "limits.import_body": Size = default "64 MiB";
    /// The largest head of a request: its first line and its headers together. At least 8 KiB.
    limits_headers "limits.headers": Size = default "32 KiB";
    /// How many headers a request may have.
    limits_header_count "limits.header_count": NonZeroUsize = default "100";
    /// How long a handshake of TLS, and then the head of each request, may take. A connection on which
    /// nothing was ever asked is closed after that time.
    limits_head_timeout "limits.head_timeout": Span = default "15s";
    /// How long a connection is kept between an answer and the next request. Consumers of processes ask once
    /// a minute.
    limits_idle_timeout "limits.idle_timeout": Span = default "75s";
    /// How long a connection may stand still while a body is on its way in, or an answer on its way out.
    limits_stall_timeout "limits.stall_timeout": Span = default "15s";
    /// How long a request may take, the arrival of its body included.
    limits_request_timeout "limits.request_timeout": Span = default "30s";
    /// How long a request may take that imports something.
    limits_import_timeout "limits.import_timeout": Span = default "10m";
    /// How many connections there may be. One more closes the one that has been idle for longest.
    limits_connections "limits.connections": NonZeroUsize = default "4096";

    /// How long a session lasts that is not used.
    sessions_idle "sessions.idle": Span = default "8h";
    /// How long a session lasts, used or not.
    sessions_absolute "sessions.absolute": Span = default "7d";

    /// How long a floating licence stays leased after its last use.
    licences_lease "licences.lease": Span = default "2h";

    /// How many characters a new password has at least; 8 or more.
    sign_in_shortest_password "sign_in.shortest_password": NonZeroUsize = default "12";
    /// Who has sent five wrong passwords for one id may send another one so often.
    sign_in_wait "sign_in.wait": Span = default "5m";

    /// How long the log of refusals keeps refused changes and sign-ins that failed. The journal is kept for
    /// good.
    refusals_kept "refusals.kept": Span = default "90d";
    /// The servers of a directory (LDAP) that tells who people are: "ldaps://HOST:PORT", or, with StartTLS,
    /// "ldap://HOST:PORT". The next is asked when one cannot be reached. None: there is no directory.
    ldap_servers "ldap.servers": Texts = default "";
    /// What the directory is called here: users keep it as their registry.
    ldap_name "ldap.name": String = default "ldap";
    /// Whether to begin TLS on "ldap://". Without it only servers on this machine are asked.
    ldap_start_tls "ldap.start_tls": bool = default "true";
    /// The authority that has signed the servers' certificates, as PEM, in the place of those that this
    /// machine trusts. Read again at each connection.
    ldap_authority "ldap.authority": Option<PathBuf> = example "/etc/bailiwick/ldap-authority.pem";
    /// As whom the directory is searched; without it, as nobody.
    ldap_bind_dn "ldap.bind_dn": Option<String> = example "cn=bailiwick,ou=services,dc=example,dc=org";
    /// A file that holds the password for that.
    ldap_bind_password_file "ldap.bind_password_file": Option<PathBuf> = example "/etc/bailiwick/ldap-password";
    /// Below which entry people are.
    ldap_people_base "ldap.people_base": Option<String> = example "ou=people,dc=example,dc=org";
    /// Which entries there are people.
    ldap_people_filter "ldap.people_filter": String = default "(objectClass=inetOrgPerson)";
    /// The attribute that is the id to sign in with: each person has exactly one.
    ldap_id "ldap.id": String = default "uid";
    /// The attribute that is the name for people.
    ldap_person_name "ldap.person_name": String = default "cn";
    /// The attribute that is the mail address.
    ldap_mail "ldap.mail": String = default "mail";
    /// Below which entry groups are.
    ldap_groups_base "ldap.groups_base": Option<String> = example "ou=groups,dc=example,dc=org";
    /// Which entries there are groups.
    ldap_groups_filter "ldap.groups_filter": String = default "(objectClass=groupOfNames)";
    /// The attribute that names a group's members by their distinguished names.
    ldap_member "ldap.member": String = default "member";
    /// Whether members of a group in a group are members of it.
    ldap_nested_groups "ldap.nested_groups": bool = default "false";
    /// The groups whose members are in JazzAdmins, by their distinguished names. Where any of the five lists
    /// has one, the directory says who is in each of them, and people in none are kept out.
    ldap_jazz_admins "ldap.jazz_admins": Texts = default "";
    /// The same for JazzProjectAdmins.
    ldap_jazz_project_admins "ldap.jazz_project_admins": Texts = default "";
    /// The same for JazzUsers.
    ldap_jazz_users "ldap.jazz_users": Texts = default "";
    /// The same for JazzGuests.
    ldap_jazz_guests "ldap.jazz_guests": Texts = default "";
    /// The same for JazzDWAdmins.
    ldap_jazz_dw_admins "ldap.jazz_dw_admins": Texts = default "";
    /// How many entries the directory sends at a time.
    ldap_page "ldap.page": NonZeroUsize = default "500";
    /// How long connecting to a server of the directory may take, TLS included.
    ldap_connect_timeout "ldap.connect_timeout": Span = default "5s";
    /// How long one answer of it may take.
    ldap_timeout "ldap.timeout": Span = default "15s";
    /// How often users are made what the directory says; "0s" only when an administrator asks for it.
    ldap_sync_every "ldap.sync_every": Delay = default "0s";
    /// A sync by which a larger share of the directory's users would vanish changes nothing.
    ldap_most_vanished "ldap.most_vanished": Percent = default "10 %";

    /// The private hosts and networks in which friends may be: names, addresses, networks. Others are
    /// refused, so that the address of a friend is no way into this network.
    friends_allow "friends.allow": AllowedPeers = default "";
    /// The authority that has signed the certificates of friends, as PEM, in the place of those that this
    /// machine trusts.
    friends_authority "friends.authority": Option<PathBuf> = example "/etc/bailiwick/friends-authority.pem";
    /// How long connecting to a friend may take, TLS included.
    friends_connect_timeout "friends.connect_timeout": Span = default "5s";
    /// How long a friend may take to begin an answer.
    friends_head_timeout "friends.head_timeout": Span = default "10s";
    /// How often a friend is asked for changes of a process that project areas here use; it tells of them by
    /// itself, too.
    friends_poll "friends.poll": Span = default "60s";
    /// How long a friend may take to answer altogether.
    friends_timeout "friends.timeout": Span = default "20s";

    /// Where to serve /metrics without TLS, and nothing else: an address and port, or "off". Without a
    /// listener of its own, /metrics is on the others if there is a token.
    metrics_listen "metrics.listen": Listen = default "off";
    /// A file that holds a token of 16 characters or more, without which /metrics is refused
    /// (`Authorization: Bearer TOKEN`).
    metrics_token_file "metrics.token_file": Option<PathBuf> = example "/etc/bailiwick/metrics-token";

    /// The mail server that takes what is sent: a name, and a port if it is none of the usual ones. Without
    /// it nothing is mailed, and links are shown to be copied. It needs `base_uri` and `mail.from`.
    mail_server "mail.server": Option<MailServer> = example "smtp.example.org:587";
    /// How it is spoken to: "starttls" (usually at port 587), "tls" (at 465), or "none" (at 25), without
    /// which neither password nor link is private.
    mail_security "mail.security": MailSecurity = default "starttls";
    /// The authority that has signed its certificate, as PEM, in the place of those that this machine trusts.
    mail_authority "mail.authority": Option<PathBuf> = example "/etc/bailiwick/mail-authority.pem";
    /// As whom to sign in there.
    mail_user "mail.user": Option<String> = example "bailiwick";
    /// A file that holds the password of `mail.user`.
    mail_password_file "mail.password_file": Option<PathBuf> = example "/etc/bailiwick/mail-password";
    /// From whom mail comes: an address, or a name with the address in angle brackets.
    mail_from "mail.from": Option<MailAddress> = example "Bailiwick <bailiwick@example.org>";

    /// A file that holds the key with which the secrets of friends and consumers are encrypted: 32 characters
    /// or more. All nodes have the same. Without it a key is made in the data folder, `secrets.key`.
    secrets_key_file "secrets.key_file": Option<PathBuf> = example "/etc/bailiwick/secrets-key";
    /// The key itself, in place of that file: for the environment, where no file can be.
    secrets_key "secrets.key": Option<Hidden> = example "";

    /// The form of the log on standard error: "text", or "json".
    log_format "log.format": LogForm = default "text";
    /// What is logged: "error", "warn", "info", "debug" or "trace", each with those before it.
    log_level "log.level": LogLevel = default "info";

    /// How long to go on serving after a signal to stop, while /health/ready already tells balancers to go
    /// elsewhere.
    stop_delay "stop.delay": Delay = default "0s";
    /// How long requests under way then get to end.
    stop_grace "stop.grace": Span = default "10s";
}
