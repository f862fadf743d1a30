//! A node says when it is of use, and what is amiss otherwise.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::{Config, serve};
use store::Location;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::api::{ask, told};
use crate::running::{Database, Running, client, listening, location, password, started_with};

/// A way to the PostgreSQL of the tests.
struct Way {
    passage: watch::Sender<Passage>,
    /// The database at its end.
    database: Location,
}

/// How a way is passed.
#[derive(Clone, Copy, PartialEq)]
enum Passage {
    Open,
    /// Connections are cut, and new ones lead nowhere.
    Cut,
    /// Connections stay, and nothing moves on them: the server has stopped, or the network is lost.
    Silent,
}

impl Way {
    async fn new(passage: Passage) -> Self {
        Self::to(&location(Database::Postgres, std::path::Path::new("")), passage).await
    }

    async fn to(direct: &str, passage: Passage) -> Self {
        let (before, rest) = direct.split_once('@').unwrap();
        let (host, name) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let database = format!("{before}@{}/{name}", listener.local_addr().unwrap());
        let (passage, seen) = watch::channel(passage);
        let host = host.to_owned();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (host, mut seen) = (host.clone(), seen.clone());
                tokio::spawn(async move {
                    let _ = seen.wait_for(|passage| *passage == Passage::Open).await;
                    let mut server = TcpStream::connect(host).await.unwrap();
                    let passed = pass(&mut client, &mut server, seen.clone());
                    tokio::select! {
                        () = passed => {}
                        _ = seen.wait_for(|passage| *passage == Passage::Cut) => {}
                    }
                });
            }
        });
        Self { passage, database: Location::parse(&database).unwrap() }
    }

    fn config(&self) -> Config {
        let database = Some(self.database.clone());
        Config { http: Some("127.0.0.1:0".parse().unwrap()), database, ..Config::default() }
    }
}

/// Passes bytes on in both directions, while the way is open.
async fn pass(client: &mut TcpStream, server: &mut TcpStream, mut seen: watch::Receiver<Passage>) {
    let (mut to_server, mut to_client) = ([0; 4096], [0; 4096]);
    loop {
        let (bytes, to) = tokio::select! {
            read = client.read(&mut to_server) => (&to_server[..read.unwrap_or(0)], &mut *server),
            read = server.read(&mut to_client) => (&to_client[..read.unwrap_or(0)], &mut *client),
        };
        let _ = seen.wait_for(|passage| *passage == Passage::Open).await;
        if bytes.is_empty() || to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

async fn readiness(base: &str) -> (StatusCode, Value) {
    let response = client().get(format!("{base}/health/ready")).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// Waits until it is this.
async fn becomes(base: &str, expected: &Value) {
    until(base, |found| found == expected).await;
}

/// Waits until the database cannot be reached. Some seconds later it is not known what others change.
async fn becomes_unreachable(base: &str) {
    until(base, |found| found["database"] == "unreachable").await;
}

async fn until(base: &str, is: impl Fn(&Value) -> bool) {
    let begin = Instant::now();
    loop {
        let (status, found) = readiness(base).await;
        assert_eq!(status.is_success(), found["ready"] == true, "{found}");
        if is(&found) {
            return;
        }
        assert!(begin.elapsed() < 2 * BOUND, "{found}");
        sleep(Duration::from_millis(100)).await;
    }
}

fn is(ready: bool, organisation: &str, database: &str, changes: &str) -> Value {
    json!({
        "ready": ready, "organisation": organisation, "database": database, "changes": changes,
        "service": "running",
    })
}

#[tokio::test]
async fn a_server_that_loads_says_so_and_asks_to_be_asked_again() {
    let way = Way::new(Passage::Cut).await;
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
    way.passage.send_replace(Passage::Open);
    becomes(&base, &is(true, "loaded", "reachable", "followed")).await;
    assert_eq!(client.get(format!("{base}/explain")).send().await.unwrap().status(), 401);
    task.abort();
}

#[tokio::test]
async fn a_node_without_its_database_is_not_ready_until_it_is_back() {
    let way = Way::new(Passage::Open).await;
    let (listening, task) = listening(way.config()).await;
    let base = format!("http://{}", listening.http.unwrap());
    becomes(&base, &is(true, "loaded", "reachable", "followed")).await;
    way.passage.send_replace(Passage::Cut);
    // At first it is only unreachable; then nobody knows what others have changed.
    becomes_unreachable(&base).await;
    becomes(&base, &is(false, "loaded", "unreachable", "behind")).await;
    way.passage.send_replace(Passage::Open);
    becomes(&base, &is(true, "loaded", "reachable", "followed")).await;
    task.abort();
}

/// Answers are given well before a client gives up, also when the machine is busy.
const BOUND: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_has_stopped_nothing_waits_for_long() {
    let running = Running::start(Database::Postgres).await;
    let way = Way::to(&running.location, Passage::Open).await;
    let mut config = way.config();
    config.limits.request_timeout = Duration::from_secs(2);
    let (base, task) = started_with(config).await;
    becomes(&base, &is(true, "loaded", "reachable", "followed")).await;
    let read = async || {
        let request = running.client.get(format!("{base}/api/v1/users/bob"));
        told(request.basic_auth("bob", Some(password("bob")))).await
    };
    let change = async |base: &str, name: &str| {
        let request = running.client.patch(format!("{base}/api/v1/users/bob")).header("If-Match", "*");
        told(request.basic_auth("root", Some(password("root"))).json(&json!({"name": name}))).await
    };
    assert_eq!(read().await.0, StatusCode::OK);
    let stopped = Instant::now();
    way.passage.send_replace(Passage::Silent);
    // Who comes with a password waits for the database, as long as a request may.
    let (status, problem) = read().await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("urn:bailiwick:problem:busy"))
    );
    assert!(stopped.elapsed() < BOUND, "{:?}", stopped.elapsed());
    let (status, problem) = change(&base, "Robert").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "nobody was found to have asked: {problem}");
    becomes_unreachable(&base).await;
    assert!(stopped.elapsed() < 3 * BOUND, "{:?}", stopped.elapsed());
    assert_eq!(client().get(format!("{base}/health/live")).send().await.unwrap().status(), 200);
    // It goes on by itself, with what others have changed meanwhile.
    assert_eq!(change(&running.base, "Bobby").await.0, StatusCode::OK);
    way.passage.send_replace(Passage::Open);
    becomes(&base, &is(true, "loaded", "reachable", "followed")).await;
    let begin = Instant::now();
    while read().await.1["name"] != "Bobby" {
        assert!(begin.elapsed() < 2 * BOUND, "it does not catch up");
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(change(&base, "Rob").await.0, StatusCode::OK);
    task.abort();
}

/// Somebody who keeps tables of the database to himself.
pub(crate) struct Locked(Child);

impl Locked {
    pub(crate) fn new(location: &str, tables: &str) -> Self {
        let mut psql = Command::new("psql");
        let psql = psql.args([location, "--quiet"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut psql = psql.expect("psql is there");
        let lock = format!("BEGIN; LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;\n\\echo locked\n");
        psql.stdin.as_mut().unwrap().write_all(lock.as_bytes()).unwrap();
        let mut said = [0; 7];
        psql.stdout.as_mut().unwrap().read_exact(&mut said).expect("they are locked");
        Self(psql)
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // It ends when there is nothing more to read.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_longer_than_a_request_may_keeps_nobody_else() {
    const SHORT: Duration = Duration::from_secs(2);
    let running = Running::start_as(Database::Postgres, |config| config.limits.request_timeout = SHORT).await;
    becomes(&running.base, &is(true, "loaded", "reachable", "followed")).await;
    let root = |method, path| ask(&running, "root", method, path);
    let locked = Locked::new(&running.location, "organisation, journal");
    let begin = Instant::now();
    let (_, problem) = told(root(Method::GET, "/journal")).await;
    assert_eq!(problem["type"], "urn:bailiwick:problem:busy", "{problem}");
    assert!(begin.elapsed() < BOUND, "{:?}", begin.elapsed());
    // What is in memory is answered as ever.
    assert_eq!(told(root(Method::GET, "/users/bob")).await.0, StatusCode::OK);
    let change = || root(Method::PATCH, "/users/bob").header("If-Match", "*").header("Idempotency-Key", "r");
    let (status, problem) = told(change().json(&json!({"name": "Robert"}))).await;
    let unknown = json!("urn:bailiwick:problem:outcome-unknown");
    assert_eq!((status, &problem["type"]), (StatusCode::GATEWAY_TIMEOUT, &unknown), "{problem}");
    becomes_unreachable(&running.base).await;
    assert!(begin.elapsed() < 4 * BOUND, "{:?}", begin.elapsed());
    drop(locked);
    becomes(&running.base, &is(true, "loaded", "reachable", "followed")).await;
    let (status, bob) = told(change().json(&json!({"name": "Robert"}))).await;
    assert_eq!((status, &bob["name"]), (StatusCode::OK, &json!("Robert")), "{bob}");
}
