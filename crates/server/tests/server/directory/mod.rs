//! A directory tells who people are: they sign in there, are picked, and are kept equal to it.

mod away;
mod bindings;
mod development;
mod large;
mod picking;
mod signing_in;
mod slapd;
mod syncing;

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use server::{GroupMapping, Ldap, LdapServer, Token};

use crate::running::{Database, Running, demo_of, password};
pub(crate) use slapd::*;

/// How a server is told of a directory: by StartTLS, with its authority.
pub(crate) fn told_of(directory: &Directory) -> Ldap {
    Ldap {
        name: "corp".into(),
        servers: vec![LdapServer { url: directory.url(), start_tls: true }],
        authority: Some(directory.authority()),
        bind: Some((SEARCHER.to_owned(), Token::new(SEARCHERS_PASSWORD.to_owned()))),
        people_base: format!("ou=people,{BASE}"),
        people_filter: "(objectClass=inetOrgPerson)".to_owned(),
        id: "uid".to_owned(),
        person_name: "cn".to_owned(),
        mail: "mail".to_owned(),
        groups_base: Some(format!("ou=groups,{BASE}")),
        groups_filter: "(objectClass=groupOfNames)".to_owned(),
        member: "member".to_owned(),
        nested_groups: true,
        groups: GroupMapping::default(),
        page: 10,
        connect_timeout: Duration::from_secs(2),
        timeout: Duration::from_secs(10),
        sync_every: None,
        most_vanished: 50,
    }
}

/// Which group of the directory stands for which repository group.
pub(crate) fn mapping(pairs: &[(&str, &str)]) -> GroupMapping {
    let pair = |(group, stands_for): &(&str, &str)| {
        (group_name(group), governance::RepositoryGroup::from_id(stands_for).unwrap())
    };
    GroupMapping::new(pairs.iter().map(pair), str::to_lowercase)
}

/// A server with the stories' organisation, which asks a directory.
pub(crate) async fn asking(ldap: Ldap) -> Running {
    Running::start_over_as(Database::Sqlite, "bailiwick: 1", |config| {
        config.demo = Some(demo_of(&["root", "ada", "bob"]));
        config.ldap = Some(ldap);
    })
    .await
}

impl Running {
    /// As somebody with a password of the directory.
    pub(crate) async fn there(&self, id: &str, path: &str) -> Response {
        self.get(path).basic_auth(id, Some(password_of(id))).send().await.unwrap()
    }
    /// As one of the built-in registry.
    pub(crate) async fn here(&self, method: Method, id: &str, path: &str, body: Value) -> (u16, Value) {
        let names = method == Method::PATCH || path.ends_with("/import");
        let request = self.client.request(method, format!("{}{path}", self.base));
        let request = request.basic_auth(id, Some(password(id)));
        let request = if names { request.header("if-match", "*") } else { request };
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or_default())
    }
    pub(crate) async fn sync(&self, query: &str) -> (u16, Value) {
        self.here(Method::POST, "root", &format!("/api/v1/registry/sync{query}"), Value::Null).await
    }
    pub(crate) async fn user(&self, id: &str) -> Value {
        self.here(Method::GET, "root", &format!("/api/v1/users/{id}"), Value::Null).await.1
    }
    /// The newest entries of the journal, the newest first.
    pub(crate) async fn newest_entries(&self, many: usize) -> Vec<Value> {
        let path = format!("/api/v1/journal?limit={many}");
        let (_, entries) = self.here(Method::GET, "root", &path, Value::Null).await;
        entries["items"].as_array().unwrap().clone()
    }
}

/// What a directory begins with, and these people.
pub(crate) fn with_people(ids: &[&str]) -> String {
    let people = ids.iter().map(|id| person(&somebody(id)));
    beginning() + &people.collect::<String>()
}

/// What is asked to be shown of a report.
pub(crate) fn of_report(report: &Value) -> Value {
    json!({
        "created": report["created"], "vanished": report["vanished"], "returned": report["returned"],
        "renewed": report["renewed"].as_array().unwrap().iter().map(|it| it["user"].clone()).collect::<Vec<_>>(),
    })
}
