//! What a server is told, out of what was said of every key: here keys meet each other.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use governance::RepositoryGroup;
use store::Location;

use super::load::text_of;
use super::provider::{self, Sections};
use super::settings::{Origin, Set, Settings};
use super::value::{Hidden, Listen, Texts};
use super::{Config, Https, Limits, Mail, MailSecurity, Metrics, Refusals, Sessions, SignIn, Stop, Token};
use crate::authority::authorities;
use crate::client_address::TrustedProxies;
use crate::new_password::SHORTEST_OF_ALL;
use crate::registry::GroupMapping;
use crate::telemetry::Log;

/// Everything but what is wrong; nothing when it is not even known what was meant.
pub(super) fn config(
    settings: &Settings,
    providers: &Sections,
    problems: &mut Vec<String>,
) -> Option<Config> {
    let database = database(settings).map_err(|problem| problems.push(problem)).ok();
    let https = https(settings).map_err(|problem| problems.push(problem)).ok();
    let token = token(settings).map_err(|problem| problems.push(problem)).ok();
    let providers = provider::providers(providers, settings, problems);
    let ldap = super::ldap::ldap(settings, problems);
    if let Some(Some(ldap)) = &ldap
        && providers.iter().any(|provider| *provider.name == *ldap.name)
    {
        let (origin, name) = (&settings.ldap_name.origin, &ldap.name);
        problems.push(format!(
            "{origin}: ldap.name: `{name}` is what `[oidc.{name}]` is called, too, and people of the one would be \
             taken for those of the other: call one of them otherwise"
        ));
    }
    let secrets_key = secrets_key(settings).map_err(|problem| problems.push(problem)).ok();
    let friends = super::friends::friends(settings).map_err(|problem| problems.push(problem)).ok();
    let mail = mail(settings).map_err(|problem| problems.push(problem)).ok();
    listeners(settings, problems);
    sizes(settings, problems);
    Some(Config {
        // Whoever reads the sources says these.
        file: None,
        shown: Vec::new(),
        data: settings.data.value.clone(),
        database: database?,
        http: settings.http_listen.value.0,
        hsts: settings.https_hsts.value.0,
        https: https?,
        base_uri: settings.base_uri.value.clone(),
        behind_proxy: settings.behind_proxy.value,
        trusted_proxies: TrustedProxies {
            networks: settings.trusted_proxies.value.clone(),
            header: settings.proxy_header.value,
        },
        limits: limits(settings),
        sessions: Sessions {
            idle: settings.sessions_idle.value.0,
            absolute: settings.sessions_absolute.value.0,
        },
        lease: settings.licences_lease.value.0,
        sign_in: SignIn {
            shortest_password: settings.sign_in_shortest_password.value.get(),
            wait: settings.sign_in_wait.value.0,
        },
        refusals: Refusals { kept: settings.refusals_kept.value.0 },
        providers,
        ldap: ldap?,
        friends: friends?,
        metrics: Metrics { listen: settings.metrics_listen.value.0, token: token? },
        mail: mail?,
        log: Log { form: settings.log_format.value, level: settings.log_level.value },
        secrets_key: secrets_key?,
        stop: Stop { delay: settings.stop_delay.value.0, grace: settings.stop_grace.value.0 },
        demo: None,
    })
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        body: settings.limits_body.value.0,
        import_body: settings.limits_import_body.value.0,
        headers: settings.limits_headers.value.0,
        header_count: settings.limits_header_count.value.get(),
        head_timeout: settings.limits_head_timeout.value.0,
        idle_timeout: settings.limits_idle_timeout.value.0,
        stall_timeout: settings.limits_stall_timeout.value.0,
        request_timeout: settings.limits_request_timeout.value.0,
        import_timeout: settings.limits_import_timeout.value.0,
        connections: settings.limits_connections.value.get(),
    }
}

const LARGEST_SECRET: u64 = 16 << 10;

/// What a secret's file holds, without the line's end.
pub(super) fn secret(path: &Path) -> Result<String, String> {
    let text = text_of(path, LARGEST_SECRET)
        .map_err(|cause| format!("cannot read `{}`: {cause}", path.display()))?;
    match text.trim() {
        "" => Err(format!("`{}` is empty", path.display())),
        text => Ok(text.to_owned()),
    }
}

/// A key, and what was said of it.
pub(super) type Said<'a, T> = (&'static str, &'a Set<Option<T>>);

/// As whom this server signs in elsewhere, and the password: there are both or none.
pub(super) fn login(
    (name_key, name): Said<'_, String>,
    (file_key, file): Said<'_, PathBuf>,
) -> Result<Option<(String, Token)>, String> {
    match (&name.value, &file.value) {
        (None, None) => Ok(None),
        (Some(name), Some(path)) => match secret(path) {
            Ok(password) => Ok(Some((name.clone(), Token::new(password)))),
            Err(cause) => Err(format!("{}: {file_key}: {cause}", file.origin)),
        },
        (Some(_), None) => {
            Err(format!("{}: {name_key}: a name goes with a password; set `{file_key}`", name.origin))
        }
        (None, Some(_)) => {
            Err(format!("{}: {file_key}: a password goes with a name; set `{name_key}`", file.origin))
        }
    }
}

/// Whether a host, as it stands in an address, is this machine: nobody is on the way there.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Which groups stand for which repository groups, out of a list for each of these.
pub(super) fn groups(lists: [&Set<Texts>; 5], compared: impl Fn(&str) -> String) -> GroupMapping {
    let mut each = Vec::new();
    for (list, group) in lists.into_iter().zip(RepositoryGroup::ALL) {
        each.extend(list.value.0.iter().map(|name| (name.clone(), group)));
    }
    GroupMapping::new(each, compared)
}

/// The address itself, or the file with it: who has the last word.
fn database(settings: &Settings) -> Result<Option<Location>, String> {
    let Settings { database, database_url_file: file, .. } = settings;
    let Some(path) = &file.value else { return Ok(database.value.clone()) };
    if database.value.is_some() {
        if database.origin.outranks(&file.origin) {
            return Ok(database.value.clone());
        }
        if !file.origin.outranks(&database.origin) {
            return Err(format!(
                "{}: database_url_file: `database` names a database too ({}); keep one of them",
                file.origin, database.origin
            ));
        }
    }
    let problem = |cause: String| format!("{}: database_url_file: {cause}", file.origin);
    let location = Location::parse(&secret(path).map_err(problem)?);
    location.map(Some).map_err(|error| problem(format!("`{}`: {error}", path.display())))
}

fn https(settings: &Settings) -> Result<Option<Https>, String> {
    let Settings { https_listen, https_certificate, https_key, .. } = settings;
    let Some(listen) = https_listen.value.0 else { return Ok(None) };
    let missing = |key: &str| {
        format!("{}: https.listen: TLS needs a certificate and its key; set `{key}`", https_listen.origin)
    };
    Ok(Some(Https {
        listen,
        certificate: https_certificate.value.clone().ok_or_else(|| missing("https.certificate"))?,
        key: https_key.value.clone().ok_or_else(|| missing("https.key"))?,
    }))
}

const SHORTEST_TOKEN: usize = 16;

fn token(settings: &Settings) -> Result<Option<Token>, String> {
    let file = &settings.metrics_token_file;
    let Some(path) = &file.value else { return Ok(None) };
    let problem = |cause: String| format!("{}: metrics.token_file: {cause}", file.origin);
    let token = secret(path).map_err(problem)?;
    if token.len() < SHORTEST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let cause =
            "expected a token of 16 characters or more, without blanks, such as `openssl rand -hex 32` makes";
        return Err(problem(format!("`{}`: {cause}", path.display())));
    }
    Ok(Some(Token::new(token)))
}

const SHORTEST_KEY: usize = 32;

/// The key itself, or the file with it: who has the last word.
fn secrets_key(settings: &Settings) -> Result<Option<Token>, String> {
    let Settings { secrets_key: key, secrets_key_file: file, .. } = settings;
    let (text, origin, name) = match (&key.value, &file.value) {
        (Some(_), Some(_)) if !key.origin.outranks(&file.origin) && !file.origin.outranks(&key.origin) => {
            let (file, key) = (&file.origin, &key.origin);
            return Err(format!(
                "{file}: secrets.key_file: `secrets.key` is a key too ({key}); keep one of them"
            ));
        }
        (Some(Hidden(text)), None) => (text.clone(), &key.origin, "secrets.key"),
        (Some(Hidden(text)), Some(_)) if key.origin.outranks(&file.origin) => {
            (text.clone(), &key.origin, "secrets.key")
        }
        (_, Some(path)) => {
            let problem = |cause: String| format!("{}: secrets.key_file: {cause}", file.origin);
            (secret(path).map_err(problem)?, &file.origin, "secrets.key_file")
        }
        (None, None) => return Ok(None),
    };
    if text.chars().count() < SHORTEST_KEY {
        return Err(format!(
            "{origin}: {name}: expected a key of {SHORTEST_KEY} characters or more, such as `openssl rand -hex 32` makes"
        ));
    }
    Ok(Some(Token::new(text)))
}

fn mail(settings: &Settings) -> Result<Option<Mail>, String> {
    let Settings { mail_server, mail_security, mail_authority, mail_user, mail_password_file, .. } = settings;
    let Some(server) = &mail_server.value else { return Ok(None) };
    let problem = |cause: &str| format!("{}: mail.server: {cause}", mail_server.origin);
    if settings.base_uri.value.is_none() {
        return Err(problem("the links in mail need an address of this server; set `base_uri`"));
    }
    let from = settings.mail_from.value.clone();
    let from = from.ok_or_else(|| problem("mail comes from somebody; set `mail.from`"))?;
    let security = mail_security.value;
    if let Some(path) = &mail_authority.value {
        authorities(path).map_err(|error| format!("{}: mail.authority: {error}", mail_authority.origin))?;
    }
    let login = login(("mail.user", mail_user), ("mail.password_file", mail_password_file))?;
    if security == MailSecurity::None && login.is_some() && !is_loopback(&server.host) {
        return Err(problem(
            "the password would cross the network in the clear; set `mail.security` to \"starttls\" or \"tls\"",
        ));
    }
    Ok(Some(Mail {
        host: server.host.clone(),
        port: server.port.unwrap_or(security.port()),
        security,
        authority: mail_authority.value.clone(),
        login,
        from,
    }))
}

fn listeners(settings: &Settings, problems: &mut Vec<String>) {
    let Settings { http_listen, https_listen, metrics_listen, behind_proxy, .. } = settings;
    if http_listen.value.0.is_none() && https_listen.value.0.is_none() {
        problems.push("nothing to listen on; set `http.listen` or `https.listen` to an address".to_owned());
    }
    let passwords = "passwords would cross the network in the clear; listen on 127.0.0.1 or [::1], use \
                     `https.listen`, or set `behind_proxy` to true if a proxy with TLS is in front";
    let metrics = "the metrics, and the token that they are asked with, would cross the network in the clear; \
                   listen on 127.0.0.1 or [::1], leave the key away and set `metrics.token_file`, with which \
                   they are at `/metrics` of `https.listen`, or set `behind_proxy` to true if a proxy with \
                   TLS is in front";
    for (name, listen, danger) in
        [("http.listen", http_listen, passwords), ("metrics.listen", metrics_listen, metrics)]
    {
        if let Some(address) = listen.value.0
            && !address.ip().is_loopback()
            && !behind_proxy.value
        {
            problems
                .push(format!("{}: {name}: `{address}` is no loopback address, and {danger}", listen.origin));
        }
    }
    let all =
        [("http.listen", http_listen), ("https.listen", https_listen), ("metrics.listen", metrics_listen)];
    for (position, (name, listen)) in all.iter().enumerate() {
        let same = |(_, other): &&(&str, &Set<Listen>)| port(other).is_some() && port(other) == port(listen);
        if let Some((other, _)) = all[..position].iter().find(same) {
            problems.push(format!("{}: {name}: `{other}` has the same address", listen.origin));
        }
    }
}

/// Where something really listens: port 0 is another one each time.
fn port(listen: &Set<Listen>) -> Option<SocketAddr> {
    listen.value.0.filter(|address| address.port() != 0)
}

const SMALLEST_HEAD: usize = 8 << 10;

fn sizes(settings: &Settings, problems: &mut Vec<String>) {
    let mut wrong = |origin: &Origin, what: &str| problems.push(format!("{origin}: {what}"));
    let Settings { limits_headers, limits_body, limits_import_body, .. } = settings;
    if limits_headers.value.0 < SMALLEST_HEAD {
        wrong(&limits_headers.origin, "limits.headers: expected `8 KiB` or more");
    }
    if limits_import_body.value.0 < limits_body.value.0 {
        wrong(&limits_import_body.origin, "limits.import_body: expected no less than `limits.body`");
    }
    let shortest = &settings.sign_in_shortest_password;
    if shortest.value.get() < SHORTEST_OF_ALL {
        wrong(&shortest.origin, "sign_in.shortest_password: expected 8 or more");
    }
    let Settings { sessions_idle, sessions_absolute, .. } = settings;
    if sessions_absolute.value.0 < sessions_idle.value.0 {
        wrong(&sessions_absolute.origin, "sessions.absolute: expected no less than `sessions.idle`");
    }
}
