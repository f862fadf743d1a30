//! A server with the two stories' organisation in it, in SQLite or in PostgreSQL.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use document::{Limits, Source};
use governance::{Explanation, Organisation, QuestionText};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use serde_json::Value;
use server::{Claims, Config, Demo, Example, GroupMapping, Listening, Provider, StartLink, serve};
use store::{Entry, Location, Moment, Revision, Store};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_rustls::rustls::crypto::ring;

pub(crate) const MODIFY: &str = "gc.save-stream/modify-attributes";
pub(crate) const BETA: &str = "gc:Electric Vehicle#Motor/stream:Motor - Performance Beta 0.0";
pub(crate) const MOTOR: &str = "gc:Electric Vehicle#Motor/stream:Motor 1.0";

/// Where the facts are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

pub(crate) const BOTH: [Database; 2] = [Database::Sqlite, Database::Postgres];

/// A running server; it ends with this value.
pub(crate) struct Running {
    pub(crate) base: String,
    pub(crate) organisation: Organisation,
    pub(crate) client: Client,
    /// The database.
    pub(crate) location: String,
    /// The link that it gave out.
    pub(crate) link: Option<StartLink>,
    task: JoinHandle<()>,
    pub(crate) folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The password of every example user.
pub(crate) fn password(id: &str) -> String {
    format!("{id}'s own password")
}

const EXAMPLES: [(&str, &str); 6] = [
    ("bob", "leads the Tuning Team’s configurations"),
    ("lena", "leads the configurations of Electric Vehicle"),
    ("ada", "administers Electric Vehicle"),
    ("root", "administers the server"),
    ("user5", "develops in the team Web UI"),
    ("user7", "develops in the team Core"),
];

pub(crate) fn demo() -> Demo {
    let example = |(id, about): (&str, &str)| Example {
        id: id.to_owned(),
        password: password(id),
        about: about.to_owned(),
    };
    Demo { users: EXAMPLES.into_iter().map(example).collect() }
}

/// Passwords for these users alone.
pub(crate) fn demo_of(ids: &[&str]) -> Demo {
    let example =
        |id: &&str| Example { id: (*id).to_owned(), password: password(id), about: "in a test".to_owned() };
    Demo { users: ids.iter().map(example).collect() }
}

/// The organisation of both stories.
pub(crate) fn told() -> document::Loaded {
    told_over("bailiwick: 1")
}

/// The organisation of both stories with a document over it.
fn told_over(over: &str) -> document::Loaded {
    let stories = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stories");
    let read = |path: &str| std::fs::read(stories.join(path)).expect("the story is there");
    let texts = [read("gcm/tuning-team.yaml"), read("development/eleven-users.yaml")];
    let sources = [
        Source { name: "vehicle".into(), text: &texts[0] },
        Source { name: "development".into(), text: &texts[1] },
        Source { name: "over".into(), text: over.as_bytes() },
    ];
    document::load(&sources, &Limits::default()).unwrap_or_else(|report| panic!("{report}"))
}

/// The organisation of a document, and somebody who administers it.
pub(crate) fn told_by(text: &str) -> document::Loaded {
    let sources = [Source { name: "scenario".into(), text: text.as_bytes() }];
    document::load(&sources, &Limits::default()).unwrap_or_else(|report| panic!("{report}"))
}

/// What the stories expect: questions, and whether they are allowed.
pub(crate) fn expectations(told: &document::Loaded) -> Vec<(QuestionText, bool)> {
    let text = |text: &Option<document::Text>| text.as_ref().map(|it| it.value.to_string());
    let each = told.expectations.iter().map(|it| {
        let question = QuestionText {
            user: it.user.value.to_string(),
            operation: it.operation.value.to_string(),
            actions: it.actions.iter().flatten().map(|it| it.value.to_string()).collect(),
            item: it.item.value.to_string(),
            replace: text(&it.replace),
            by: text(&it.by),
            to: text(&it.to),
        };
        (question, it.allowed.as_ref().expect("the story says so").value)
    });
    each.collect()
}

pub(crate) fn entry(summary: &str) -> Entry {
    Entry {
        at: Moment::new(1_767_225_600_000_000),
        by: "root".into(),
        via: None,
        address: None,
        basis: "group".into(),
        summary: summary.into(),
        impact: None,
    }
}

/// A database of its own for each test.
pub(crate) fn location(database: Database, folder: &Path) -> String {
    match database {
        Database::Sqlite => format!("sqlite:{}", folder.join("bailiwick.db").display()),
        Database::Postgres => {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let url = std::env::var("BAILIWICK_TEST_POSTGRES")
                .expect("BAILIWICK_TEST_POSTGRES names a server; `cargo xtask postgres -- …` starts one");
            let name = format!("server_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let made = Command::new("createdb").arg(format!("--maintenance-db={url}")).arg(&name).status();
            assert!(made.expect("createdb is there").success(), "cannot create the database {name}");
            let (server, _) = url.rsplit_once('/').expect("the URL ends in a database");
            format!("{server}/{name}")
        }
    }
}

/// A client that goes where it is told, and nowhere on its own.
pub(crate) fn client() -> Client {
    // All of its requests are one, so that what is the same is the same byte for byte.
    let same =
        HeaderMap::from_iter([(HeaderName::from_static("x-request-id"), HeaderValue::from_static("same"))]);
    client_builder().redirect(Policy::none()).default_headers(same).build().unwrap()
}

/// A client to be configured further. All clients of a process share one provider of TLS.
pub(crate) fn client_builder() -> ClientBuilder {
    // Whichever test comes first installs it.
    let _ = ring::default_provider().install_default();
    Client::builder()
}

impl Running {
    /// Ends the server, and waits until nobody answers at its address.
    pub(crate) async fn stop(self) {
        let address = self.base.strip_prefix("http://").expect("the test listens without TLS").to_owned();
        drop(self);
        while TcpStream::connect(&address).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn start(database: Database) -> Self {
        Self::start_with(database, Some(demo())).await
    }

    pub(crate) async fn start_with(database: Database, demo: Option<Demo>) -> Self {
        Self::start_on(told(), database, |config| config.demo = demo).await
    }

    /// With example users, unless the configuration is changed to have none.
    pub(crate) async fn start_as(database: Database, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_on(told(), database, change).await
    }

    /// With a document over the stories'.
    pub(crate) async fn start_over(database: Database, demo: Option<Demo>, over: &str) -> Self {
        Self::start_on(told_over(over), database, |config| config.demo = demo).await
    }

    /// The same, with another configuration.
    pub(crate) async fn start_over_as(
        database: Database,
        over: &str,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        Self::start_on(told_over(over), database, change).await
    }

    /// With another organisation than the stories'.
    pub(crate) async fn start_on(
        told: document::Loaded,
        database: Database,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = location(database, folder.path());
        let store = Store::open(&Location::parse(&location).unwrap(), "test").await.unwrap();
        store.append(Revision::NONE, &entry("import"), &told.events).await.unwrap();
        store.close().await;
        let organisation = told.organisation;
        let mut config = config(folder.path(), Some(location.clone()), Some(demo()));
        change(&mut config);
        let (listening, link, task) = listening_with_link(config).await;
        let base = format!("http://{}", listening.http.expect("the test listens without TLS"));
        let client = client();
        Self { base, organisation, client, location, link, task, folder }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }
    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base))
    }

    /// As a user, by HTTP Basic.
    pub(crate) async fn get_as(&self, id: &str, path: &str) -> Response {
        self.get(path).basic_auth(id, Some(password(id))).send().await.unwrap()
    }
    pub(crate) async fn page_as(&self, id: &str, path: &str) -> String {
        let request = self.get(path).header("accept", "text/html").basic_auth(id, Some(password(id)));
        request.send().await.unwrap().text().await.unwrap()
    }
    pub(crate) async fn post_as(&self, id: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = self.post(path).basic_auth(id, Some(password(id))).json(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Sends a form as a browser does.
    pub(crate) async fn submit(&self, path: &str, cookie: Option<&str>, fields: &[(&str, &str)]) -> Response {
        let request = self.post(path).header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("sec-fetch-site", "same-origin").header("accept", "text/html");
        let request = cookie.iter().fold(request, |request, cookie| request.header("cookie", *cookie));
        request.body(query(fields)).send().await.unwrap()
    }

    /// Signs in; answers the cookie.
    pub(crate) async fn sign_in(&self, id: &str, password: &str) -> Option<String> {
        let form = query(&[("user", id), ("password", password), ("next", "/?item=x")]);
        let request = self.post("/sign-in").header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(form).send().await.unwrap();
        if response.status() != 303 {
            assert_eq!(response.status(), 401);
            return None;
        }
        assert_eq!(response.headers()["location"], "/?item=x");
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
        Some(cookie.split(';').next().unwrap().to_owned())
    }

    /// What governance itself says.
    pub(crate) fn explanation(&self, user: &str, operation: &str, action: &str, item: &str) -> Explanation {
        let text = QuestionText {
            user: user.into(),
            operation: operation.into(),
            actions: vec![action.into()],
            item: item.into(),
            ..QuestionText::default()
        };
        let question = self.organisation.question(&text, self.organisation.leasable()).unwrap();
        governance::explain(&self.organisation, &question, user)
    }
}

pub(crate) async fn started(
    folder: &Path,
    database: Option<String>,
    demo: Option<Demo>,
) -> (String, JoinHandle<()>) {
    started_with(config(folder, database, demo)).await
}

pub(crate) fn config(folder: &Path, database: Option<String>, demo: Option<Demo>) -> Config {
    Config {
        http: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        data: folder.to_owned(),
        database: database.map(|text| Location::parse(&text).unwrap()),
        demo,
        ..Config::default()
    }
}

/// Names a registry, which is never asked.
pub(crate) fn name_corp(config: &mut Config) {
    let (nowhere, claim) = ("http://127.0.0.1:1", str::to_owned);
    config.base_uri = Some(nowhere.parse().unwrap());
    config.providers = vec![Provider {
        name: "corp".to_owned(),
        title: "Corp".to_owned(),
        issuer: nowhere.to_owned(),
        client_id: "bailiwick".to_owned(),
        client_secret: None,
        authorities: None,
        scopes: Vec::new(),
        claims: Claims {
            id: claim("sub"),
            name: claim("name"),
            mail: claim("email"),
            groups: claim("groups"),
        },
        groups: GroupMapping::default(),
    }];
}

pub(crate) async fn started_with(config: Config) -> (String, JoinHandle<()>) {
    let (listening, task) = listening(config).await;
    (format!("http://{}", listening.http.expect("the test listens without TLS")), task)
}

pub(crate) async fn listening(config: Config) -> (Listening, JoinHandle<()>) {
    let (listening, _, task) = listening_with_link(config).await;
    (listening, task)
}

/// With the link that it gives out.
pub(crate) async fn listening_with_link(config: Config) -> (Listening, Option<StartLink>, JoinHandle<()>) {
    let (tell, told) = oneshot::channel();
    let task = tokio::spawn(async move {
        let ready = |listening, link| tell.send((listening, link)).expect("the test waits");
        serve(config, ready).await.expect("the server runs");
    });
    let (listening, link) = told.await.expect("the server starts");
    (listening, link, task)
}

/// A query, or the body of a form.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        };
        text.bytes().map(byte).collect::<String>()
    };
    pairs.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

/// The address of a question.
pub(crate) fn why(path: &str, user: &str, operation: &str, item: &str) -> String {
    format!("{path}?{}", query(&[("user", user), ("operation", operation), ("item", item)]))
}
