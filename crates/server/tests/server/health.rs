//! A node says when it is of use, and what is amiss otherwise.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use server::{Config, serve};
use store::Location;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::running::{Database, client, listening, location};

/// A way to the PostgreSQL of the tests that can be blocked.
struct Way {
    open: watch::Sender<bool>,
    /// The database at its end.
    database: Location,
}

impl Way {
    async fn new(open: bool) -> Self {
        let direct = location(Database::Postgres, std::path::Path::new(""));
        let (before, rest) = direct.split_once('@').unwrap();
        let (host, name) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let database = format!("{before}@{}/{name}", listener.local_addr().unwrap());
        let (open, opened) = watch::channel(open);
        let host = host.to_owned();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (host, mut opened) = (host.clone(), opened.clone());
                tokio::spawn(async move {
                    let _ = opened.wait_for(|open| *open).await;
                    let mut server = TcpStream::connect(host).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        _ = opened.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { open, database: Location::parse(&database).unwrap() }
    }

    fn config(&self) -> Config {
        let database = Some(self.database.clone());
        Config { http: Some("127.0.0.1:0".parse().unwrap()), database, ..Config::default() }
    }
}

async fn readiness(base: &str) -> (StatusCode, Value) {
    let response = client().get(format!("{base}/health/ready")).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// Waits until it is this.
async fn becomes(base: &str, expected: &Value) {
    let mut found = Value::Null;
    for _ in 0..150 {
        let (status, readiness) = readiness(base).await;
        assert_eq!(status.is_success(), readiness["ready"] == true, "{readiness}");
        found = readiness;
        if found == *expected {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(found, *expected);
}

fn is(ready: bool, organisation: &str, database: &str, changes: &str) -> Value {
    json!({
        "ready": ready, "organisation": organisation, "database": database, "changes": changes,
        "service": "running",
    })
}

#[tokio::test]
async fn a_server_that_loads_says_so_and_asks_to_be_asked_again() {
    let way = Way::new(false).await;
    // The port must be known before the server says it.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let base = format!("http://{address}");
    let config = Config { http: Some(address), ..way.config() };
    let task = tokio::spawn(async move { serve(config, |_, _| ()).await.expect("the server runs") });
    while TcpStream::connect(address).await.is_err() {
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(
        readiness(&base).await,
        (StatusCode::SERVICE_UNAVAILABLE, is(false, "loading", "reachable", "followed"))
    );
    let client = client();
    assert_eq!(client.get(format!("{base}/health/live")).send().await.unwrap().status(), 200);
    let loading = client.get(format!("{base}/explain")).send().await.unwrap();
    assert_eq!(
        (loading.status(), &loading.headers()["retry-after"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"1".parse().unwrap())
    );
    assert_eq!(loading.headers()["x-content-type-options"], "nosniff");
    let problem: Value = loading.json().await.unwrap();
    assert_eq!(problem["detail"], "the organisation is being loaded; try again in a moment");
    way.open.send_replace(true);
    becomes(&base, &is(true, "loaded", "reachable", "followed")).await;
    assert_eq!(client.get(format!("{base}/explain")).send().await.unwrap().status(), 401);
    task.abort();
}

#[tokio::test]
async fn a_node_without_its_database_is_not_ready_until_it_is_back() {
    let way = Way::new(true).await;
    let (listening, task) = listening(way.config()).await;
    let base = format!("http://{}", listening.http.unwrap());
    becomes(&base, &is(true, "loaded", "reachable", "followed")).await;
    way.open.send_replace(false);
    // At first it is only unreachable; then nobody knows what others have changed.
    becomes(&base, &is(false, "loaded", "unreachable", "followed")).await;
    becomes(&base, &is(false, "loaded", "unreachable", "behind")).await;
    way.open.send_replace(true);
    becomes(&base, &is(true, "loaded", "reachable", "followed")).await;
    task.abort();
}
