//! Two nodes of one consumer: what one of them learns of keys and processes holds at the other.

use std::time::{Duration, Instant};

use oauth1::Body;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use super::{CONSUMERS, FRIENDS, Signing, on_this_machine, told};
use crate::running::{Database, Running, config, password, started_with};

const PHRASE: &str = "a phrase that both keep";
const ASKED: &str = "/api/v1/users?limit=1";
pub(super) const TRAMS: &str = "/api/v1/project-areas/ccm:Trams";
const STANDARD: &str = "/api/v1/project-areas/ccm:Standard";

/// The stories, functional users, and a project area of source control.
pub(super) async fn server(database: Database, area: &str) -> Running {
    let area = format!("project_areas:\n  - {{application: ccm, administrators: [root], {area}}}\n");
    Running::start_over_as(database, &format!("{}{area}", super::OVER), |config| {
        config.friends = on_this_machine();
    })
    .await
}

/// A server by its address, as root.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) base: &'a str,
    pub(super) client: &'a Client,
}

impl Node<'_> {
    pub(super) async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.client.request(method.clone(), format!("{}{path}", self.base));
        let request = request.basic_auth("root", Some(password("root")));
        let request = if method == Method::PATCH { request.header("if-match", "*") } else { request };
        let request = if method.is_safe() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let (status, answer) = (response.status(), response.json::<Value>().await.unwrap_or_default());
        assert!(status.is_success(), "{path}: {status}: {answer}");
        answer
    }

    async fn signed(&self, signing: &Signing<'_>) -> Response {
        let url = format!("{}{ASKED}", self.base);
        let authorization = signing.authorization("GET", &url, Body::Other(b""));
        self.client.get(url).header("authorization", authorization).send().await.unwrap()
    }

    /// Has another server as a friend, and answers the key by which that knows it.
    pub(super) async fn befriends(&self, name: &str, other: &str) -> String {
        let root_services = format!("{other}/ccm/rootservices");
        let body = json!({"name": name, "root_services": root_services, "secret": PHRASE});
        let friend = self.ask(Method::POST, FRIENDS, body).await;
        friend["consumer_key"].as_str().unwrap().to_owned()
    }

    pub(super) async fn lets_in(&self, key: &str) {
        let body = json!({"functional_user": "ccm_user"});
        self.ask(Method::POST, &format!("{CONSUMERS}/{key}/approve"), body).await;
    }

    /// The version that is used here; none while this node has not heard that one is.
    async fn version(&self) -> Option<String> {
        let request = self.client.get(format!("{}{TRAMS}/used-process", self.base));
        let response = request.basic_auth("root", Some(password("root"))).send().await.unwrap();
        let used: Value = response.json().await.unwrap();
        used["version"].as_str().map(str::to_owned)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_learns_of_keys_and_processes_holds_at_the_other() {
    let shares = "name: Standard, shares_process: true, roles: [{id: developer, name: Developer}]";
    let provider = server(Database::Sqlite, shares).await;
    let consumer = server(Database::Postgres, "name: Trams").await;
    let mut config = config(consumer.folder.path(), Some(consumer.location.clone()), None);
    config.friends = on_this_machine();
    let (other, task) = started_with(config).await;
    let node = |base| Node { base, client: &consumer.client };
    let (provider, one, other) = (node(&provider.base), node(&consumer.base), node(&other));

    // A key that was refused here a moment ago is approved there.
    let key = provider.befriends("Consumer", one.base).await;
    let signing = || Signing::by(&key, PHRASE);
    assert_eq!(told(&one.signed(&signing()).await), (401, "consumer_key_refused".to_owned()));
    other.lets_in(&key).await;
    let spent = signing();
    assert_eq!(one.signed(&spent).await.status(), 200, "it is good here at once");
    assert_eq!(told(&other.signed(&spent).await), (401, "nonce_used".to_owned()));
    let rotated = other.ask(Method::POST, &format!("{CONSUMERS}/{key}/rotate"), json!({})).await;
    let secret = rotated["secret"].as_str().unwrap();
    assert_eq!(one.signed(&Signing::by(&key, secret)).await.status(), 200, "so is another secret");

    // The provider tells one of them of a change, long before either would ask, and both go by it.
    let key = one.befriends("Provider", provider.base).await;
    provider.lets_in(&key).await;
    let uses = json!({"uses_process": {"project_area": "Standard", "server": provider.base}});
    other.ask(Method::PATCH, TRAMS, uses).await;
    let both_have_another_than = async |before: Option<String>| {
        let begun = Instant::now();
        loop {
            let versions = (one.version().await, other.version().await);
            if versions.0.is_some() && versions.0 == versions.1 && versions.0 != before {
                return versions.0;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{versions:?}, before {before:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let first = both_have_another_than(None).await;
    let entry = json!({"role": "developer", "operation": "ccm.deliver", "actions": ["deliver"]});
    provider.ask(Method::PATCH, STANDARD, json!({"permissions": [entry]})).await;
    both_have_another_than(first).await;
    task.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn all_nodes_of_a_provider_tell_one_revision_of_a_version_whenever_they_have_begun() {
    let provider =
        server(Database::Postgres, "name: Standard, shares_process: true, iteration_types: [sprint]").await;
    let configured = || config(provider.folder.path(), Some(provider.location.clone()), None);
    let one = Node { base: &provider.base, client: &provider.client };
    let registered = json!({"name": "Consumer", "secret": PHRASE, "functional_user": "ccm_user"});
    let key = one.ask(Method::POST, CONSUMERS, registered).await["key"].as_str().unwrap().to_owned();
    let told_by = async |base: &str| {
        let url = format!("{base}/api/v1/process-sharing/processes/ccm/Standard");
        let authorization = Signing::by(&key, PHRASE).authorization("GET", &url, Body::Other(b""));
        let response = provider.client.get(url).header("authorization", authorization).send().await.unwrap();
        response.json::<Value>().await.unwrap()
    };
    let revision = async || {
        let journal = one.ask(Method::GET, "/api/v1/journal?limit=1", Value::Null).await;
        journal["items"][0]["revision"].clone()
    };
    let change = async |keys: Value| drop(one.ask(Method::PATCH, STANDARD, keys).await);
    // Nodes learn of one another's changes within a moment.
    let all_tell = async |bases: &[&str], wanted: &Value| {
        let begun = Instant::now();
        loop {
            let mut told = Vec::new();
            for base in bases {
                told.push(told_by(base).await);
            }
            if told.iter().all(|it| it["revision"] == *wanted && *it == told[0]) {
                return told.remove(0);
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "not {wanted}: {told:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };

    let first = told_by(one.base).await;
    change(json!({"iteration_types": ["sprint", "endgame"]})).await;
    let changed = revision().await;
    // What is no part of the process makes no version, and is not the revision of one.
    change(json!({"summary": "Of all trams", "access": "everyone"})).await;
    assert_ne!(revision().await, changed);
    let (other, task) = started_with(configured()).await;
    let told = all_tell(&[one.base, &other], &changed).await;
    assert_ne!(told["version"], first["version"]);
    let told = one.ask(Method::GET, "/api/v1/process-consumers", Value::Null).await["items"][0].clone();
    assert_eq!((&told["revision"], &told["newest_revision"]), (&changed, &changed), "{told}");

    // Gone back, it is the version of before, as of now; a node that begins later tells it, too.
    change(json!({"iteration_types": ["sprint"]})).await;
    let back = revision().await;
    change(json!({"summary": null})).await;
    let (third, last) = started_with(configured()).await;
    let told = all_tell(&[one.base, &other, &third], &back).await;
    assert_eq!(told["version"], first["version"]);
    task.abort();
    last.abort();
}
