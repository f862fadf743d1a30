//! What the server is told of a directory.

use std::path::PathBuf;
use std::time::Duration;

use axum::http::Uri;
use governance::text::Name;
use ldap3::parse_filter;

use super::Token;
use super::build::{groups, is_loopback, login};
use super::settings::Settings;
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
    let Settings { ldap_bind_dn, ldap_bind_password_file, .. } = settings;
    let bind = login(("ldap.bind_dn", ldap_bind_dn), ("ldap.bind_password_file", ldap_bind_password_file));
    let bind = bind.map_err(&mut wrong).ok().flatten();
    let base = settings.ldap_people_base.value.clone();
    if base.is_none() {
        wrong(format!(
            "{}: ldap.servers: people are searched below an entry; set `ldap.people_base`",
            servers.origin
        ));
    }
    let Settings { ldap_jazz_admins, ldap_jazz_project_admins, ldap_jazz_users, .. } = settings;
    let Settings { ldap_jazz_guests, ldap_jazz_dw_admins, .. } = settings;
    let lists =
        [ldap_jazz_admins, ldap_jazz_project_admins, ldap_jazz_users, ldap_jazz_guests, ldap_jazz_dw_admins];
    let groups = groups(lists, normal_name);
    if !groups.is_empty() && settings.ldap_groups_base.value.is_none() {
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
    let start_tls = match scheme {
        "ldaps" => false,
        "ldap" if start_tls || is_loopback(host) => start_tls,
        "ldap" => {
            return Err("is on another machine, and passwords would cross the network in the clear; use \
                        `ldaps://`, or set `ldap.start_tls` to true");
        }
        _ => return Err(EXPECTED),
    };
    Ok(LdapServer { url: url.trim_end_matches('/').to_owned(), start_tls })
}
