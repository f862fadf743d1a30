//! What the server is told of a directory.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use governance::RepositoryGroup;
use governance::text::Name;
use ldap3::parse_filter;

use super::Token;
use super::build::secret;
use super::settings::{Set, Settings};
use crate::authority::authorities;
use crate::registry::{GroupMapping, normal_name};

/// A directory that tells who people are (docs/guide/people.md).
#[derive(Clone, Debug)]
pub struct Ldap {
    /// What it is called here.
    pub name: Name,
    /// In the order in which they are asked.
    pub servers: Vec<LdapServer>,
    /// The file with the authority that has signed their certificates.
    pub authority: Option<PathBuf>,
    /// As whom it is searched, and the password for that.
    pub bind: Option<(String, Token)>,
    /// Below which entry people are.
    pub people_base: String,
    /// Which entries there are people.
    pub people_filter: String,
    /// The attribute that is a person's id.
    pub id: String,
    /// The attribute that is a person's name.
    pub person_name: String,
    /// The attribute that is a person's mail address.
    pub mail: String,
    /// Below which entry groups are; without it no group is asked for.
    pub groups_base: Option<String>,
    /// Which entries there are groups.
    pub groups_filter: String,
    /// The attribute that names a group's members.
    pub member: String,
    /// Whether members of a group in a group are members of it.
    pub nested_groups: bool,
    /// Which groups stand for which repository groups.
    pub groups: GroupMapping,
    /// How many entries are sent at a time.
    pub page: usize,
    /// For a connection.
    pub connect_timeout: Duration,
    /// For an answer.
    pub timeout: Duration,
    /// How often users are made what it says, if ever by itself.
    pub sync_every: Option<Duration>,
    /// The share of users, of a hundred, that may vanish at a time.
    pub most_vanished: u8,
}

/// A server of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LdapServer {
    /// Its address, as a URL.
    pub url: String,
    /// Whether TLS is begun on a connection without.
    pub start_tls: bool,
}

/// What was said of the directory, if there is one; nothing when it is not known what was meant.
pub(super) fn ldap(settings: &Settings, problems: &mut Vec<String>) -> Option<Option<Ldap>> {
    if settings.ldap_servers.value.0.is_empty() {
        return Some(None);
    }
    let known = problems.len();
    let mut wrong = |problem: String| problems.push(problem);
    let servers = &settings.ldap_servers;
    let each = servers.value.0.iter().filter_map(|url| {
        let server = server(url, settings.ldap_start_tls.value);
        server.map_err(|cause| wrong(format!("{}: ldap.servers: `{url}` {cause}", servers.origin))).ok()
    });
    let each = each.collect();
    if let Some(path) = &settings.ldap_authority.value
        && let Err(error) = authorities(path)
    {
        wrong(format!("{}: ldap.authority: {error}", settings.ldap_authority.origin));
    }
    for (key, filter) in
        [("people_filter", &settings.ldap_people_filter), ("groups_filter", &settings.ldap_groups_filter)]
    {
        if parse_filter(&filter.value).is_err() {
            let (origin, value) = (&filter.origin, &filter.value);
            wrong(format!(
                "{origin}: ldap.{key}: `{value}` is no filter; expected one such as `(objectClass=person)`"
            ));
        }
    }
    let bind = bind(settings).map_err(&mut wrong).ok().flatten();
    let base = settings.ldap_people_base.value.clone();
    if base.is_none() {
        wrong(format!(
            "{}: ldap.servers: people are searched below an entry; set `ldap.people_base`",
            servers.origin
        ));
    }
    let groups = mapping(settings);
    if groups.groups().next().is_some() && settings.ldap_groups_base.value.is_none() {
        let cause = "groups are searched below an entry; set `ldap.groups_base`";
        wrong(format!("{}: ldap.servers: {cause}", servers.origin));
    }
    if problems.len() > known {
        return None;
    }
    Some(Some(Ldap {
        name: settings.ldap_name.value.as_str().into(),
        servers: each,
        authority: settings.ldap_authority.value.clone(),
        bind,
        people_base: base?,
        people_filter: settings.ldap_people_filter.value.clone(),
        id: settings.ldap_id.value.clone(),
        person_name: settings.ldap_person_name.value.clone(),
        mail: settings.ldap_mail.value.clone(),
        groups_base: settings.ldap_groups_base.value.clone(),
        groups_filter: settings.ldap_groups_filter.value.clone(),
        member: settings.ldap_member.value.clone(),
        nested_groups: settings.ldap_nested_groups.value,
        groups,
        page: settings.ldap_page.value.get(),
        connect_timeout: settings.ldap_connect_timeout.value.0,
        timeout: settings.ldap_timeout.value.0,
        sync_every: Some(settings.ldap_sync_every.value.0).filter(|every| !every.is_zero()),
        most_vanished: settings.ldap_most_vanished.value.0,
    }))
}

fn server(url: &str, start_tls: bool) -> Result<LdapServer, &'static str> {
    const EXPECTED: &str =
        "is no server of a directory; expected an address such as `ldaps://ldap.example.org`";
    let uri: Uri = url.parse().map_err(|_| EXPECTED)?;
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host().filter(|host| !host.is_empty())) else {
        return Err(EXPECTED);
    };
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() || url.contains('@') {
        return Err(EXPECTED);
    }
    let here = || {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    };
    let start_tls = match scheme {
        "ldaps" => false,
        "ldap" if start_tls || here() => start_tls,
        "ldap" => {
            return Err("is on another machine, and passwords would cross the network in the clear; use \
                        `ldaps://`, or set `ldap.start_tls` to true");
        }
        _ => return Err(EXPECTED),
    };
    Ok(LdapServer { url: url.trim_end_matches('/').to_owned(), start_tls })
}

/// As whom the directory is searched.
fn bind(settings: &Settings) -> Result<Option<(String, Token)>, String> {
    let Settings { ldap_bind_dn: name, ldap_bind_password_file: file, .. } = settings;
    match (&name.value, &file.value) {
        (None, None) => Ok(None),
        (Some(name), Some(path)) => {
            let password =
                secret(path).map_err(|cause| format!("{}: ldap.bind_password_file: {cause}", file.origin))?;
            if password.is_empty() {
                let path = path.display();
                return Err(format!("{}: ldap.bind_password_file: `{path}` holds no password", file.origin));
            }
            Ok(Some((name.clone(), Token::new(password))))
        }
        (Some(_), None) => Err(format!(
            "{}: ldap.bind_dn: a name goes with a password; set `ldap.bind_password_file`",
            name.origin
        )),
        (None, Some(_)) => Err(format!(
            "{}: ldap.bind_password_file: a password goes with a name; set `ldap.bind_dn`",
            file.origin
        )),
    }
}

fn mapping(settings: &Settings) -> GroupMapping {
    let lists = [
        &settings.ldap_jazz_admins,
        &settings.ldap_jazz_project_admins,
        &settings.ldap_jazz_users,
        &settings.ldap_jazz_guests,
        &settings.ldap_jazz_dw_admins,
    ];
    let each = lists
        .into_iter()
        .zip(RepositoryGroup::ALL)
        .flat_map(|(Set { value, .. }, group)| value.0.iter().map(move |name| (normal_name(name), group)));
    GroupMapping::new(each)
}
