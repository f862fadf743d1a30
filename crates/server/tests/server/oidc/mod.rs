//! Sign-in by a provider of identities that nobody here wrote: OpenID Connect, by Node.js's `oidc-provider`.

mod answers;
mod people;
mod provider;
mod sign_in;

use std::net::SocketAddr;

use reqwest::Method;
use serde_json::{Value, json};
use server::{Config, GroupMapping};
use store::{Location, Store};

use crate::api::{ask, told};
use crate::running::{Database, Running, demo};
use provider::{Person, Provider, free_port};

/// A server that knows the provider, which knows it.
struct Both {
    server: Running,
    provider: Provider,
}

const SESSION: &str = "bailiwick_session";

async fn start(algorithm: &'static str, groups: GroupMapping, change: impl FnOnce(&mut Config)) -> Both {
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let provider = Provider::start(&base, algorithm).await;
    let section = provider.section(groups);
    let server = Running::start_as(Database::Sqlite, |config| {
        config.demo = Some(demo());
        config.http = Some(SocketAddr::from(([127, 0, 0, 1], port)));
        config.base_uri = Some(base.parse().unwrap());
        config.providers = vec![section];
        change(config);
    })
    .await;
    Both { server, provider }
}

async fn plain() -> Both {
    let both = start("ES256", GroupMapping::default(), |_| {}).await;
    let quinn = json!({"name": "Quinn Berg", "email": "quinn@example.com"});
    both.provider.told(&json!({"people": {"quinn": quinn}})).await;
    both
}

impl Both {
    async fn root(&self, path: &str) -> Value {
        self.server.get_as("root", path).await.json().await.unwrap()
    }

    /// What the newest refusal was about.
    async fn refused(&self) -> String {
        let store = Store::open_beside(&Location::parse(&self.server.location).unwrap(), "x").await.unwrap();
        let page = store.refusals(&Default::default()).await.unwrap();
        page.refusals.first().map(|it| it.what.clone()).unwrap_or_default()
    }

    /// Quinn leads, and changes something by a licence that she leases.
    async fn leases_a_seat(&self, quinn: &Person) {
        let by_root = async |path: &str, body: Value| {
            let (status, said) = told(ask(&self.server, "root", Method::PUT, path).json(&body)).await;
            assert!(status.is_success(), "{path}: {status} {said}");
        };
        by_root("/license-pools/elm-contributor", json!({"seats": 1})).await;
        let member = "/project-areas/gc%3AElectric%20Vehicle/members/quinn";
        by_root(member, json!({"roles": ["configuration-lead"]})).await;
        let motor = "/api/v1/components/gc%3AElectric%20Vehicle%23component%3AMotor";
        let change = self.server.client.patch(format!("{}{motor}", self.server.base));
        let change = change.header("cookie", quinn.cookie(&self.server.base, SESSION).unwrap());
        let (status, said) = told(change.header("if-match", "*").json(&json!({"description": "x"}))).await;
        assert_eq!(status, 200, "{said}");
    }

    /// Who somebody is here; nobody, if the session has ended.
    async fn is_in(&self, person: &Person) -> bool {
        let asked = person.once(Method::GET, &format!("{}/api/v1/me/sessions", self.server.base), None).await;
        asked.status() == 200
    }
}
