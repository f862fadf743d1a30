//! An AuthZEN client that others have written, over TLS, as it finds its way from the metadata.

use std::net::SocketAddr;
use std::path::Path;

use authzen_reqwest::{Certificate, Client};
use authzen_rs::client::{HeaderName, HeaderValue};
use authzen_rs::prelude::*;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use server::{Config, Https};
use store::{Location, Revision, Store};
use tokio::task::JoinHandle;
use tokio_rustls::rustls::crypto::ring;

use crate::running::{BETA, Database, MODIFY, MOTOR, demo, entry, listening, location, password, told};

/// A server with TLS, known as `localhost`.
struct Served {
    base: String,
    certificate: Certificate,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn served() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::parse(&location(Database::Sqlite, folder.path())).unwrap();
    let store = Store::open(&location, "test").await.unwrap();
    store.append(Revision::NONE, &entry("import"), &told().events).await.unwrap();
    store.close().await;
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let https = Https {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        certificate: write("certificate.pem", signed.cert.pem()),
        key: write("key.pem", signed.signing_key.serialize_pem()),
    };
    let config = Config {
        http: None,
        https: Some(https),
        data: Path::to_owned(folder.path()),
        database: Some(location),
        demo: Some(demo()),
        ..Config::default()
    };
    let (listening, task) = listening(config).await;
    let port = listening.https.expect("the test listens with TLS").port();
    let certificate = Certificate::from_pem(signed.cert.pem().as_bytes()).unwrap();
    Served { base: format!("https://localhost:{port}"), certificate, task, _folder: folder }
}

impl Served {
    /// The client of a user, who is told nothing but where the server is.
    async fn client_of(&self, user: &str) -> AuthZenClient {
        // There may be one already.
        ring::default_provider().install_default().ok();
        let http = Client::builder().add_root_certificate(self.certificate.clone()).build().unwrap();
        let basic = BASE64_STANDARD.encode(format!("{user}:{}", password(user)));
        AuthZenClient::builder(&self.base)
            .http_client(http)
            .header(
                HeaderName::from_static("authorization"),
                HeaderValue::from_str(&format!("Basic {basic}")).unwrap(),
            )
            .discover()
            .build()
            .await
            .unwrap()
    }
}

fn bob() -> Subject {
    Subject::new("user", "bob")
}

fn stream(item: &str) -> Resource {
    Resource::new("stream", item)
}

#[tokio::test]
async fn it_evaluates() {
    let server = served().await;
    let client = server.client_of("bob").await;
    let ask = |item: &str| EvaluationRequest::new(bob(), Action::new(MODIFY), stream(item));
    let may = client.evaluate(ask(BETA)).await.unwrap();
    assert!(may.allowed());
    assert_eq!(may.context().unwrap().get("basis").unwrap(), "role");
    assert!(!client.evaluate(ask(MOTOR)).await.unwrap().allowed());
    let bad = client.evaluate(ask("gc:Electric Vehicle#Motor/stream:Nope")).await.unwrap_err();
    assert!(matches!(bad, AuthZenError::Pdp { status: 400, .. }), "{bad:?}");
    let of_others = EvaluationRequest::new(Subject::new("user", "tia"), Action::new(MODIFY), stream(BETA));
    assert!(matches!(client.evaluate(of_others).await, Err(AuthZenError::Pdp { status: 403, .. })));
}

#[tokio::test]
async fn it_evaluates_many_at_once_in_each_semantic() {
    let server = served().await;
    let client = server.client_of("bob").await;
    let on = |item: &str| EvaluationRequest::new(bob(), Action::new(MODIFY), stream(item));
    let ask = || EvaluationsRequest::new(vec![on(BETA), on(MOTOR), on(BETA)]);
    for (semantic, expected) in [
        (EvaluationsSemantic::ExecuteAll, &[true, false, true][..]),
        (EvaluationsSemantic::DenyOnFirstDeny, &[true, false]),
        (EvaluationsSemantic::PermitOnFirstPermit, &[true]),
    ] {
        let answer = client.evaluations(ask().with_options(EvaluationOptions::new(semantic))).await.unwrap();
        let decisions: Vec<bool> = answer.evaluations().iter().map(Decision::allowed).collect();
        assert_eq!(decisions, expected);
    }
}

#[tokio::test]
async fn it_searches_page_by_page() {
    let server = served().await;
    let client = server.client_of("root").await;
    let mut who = client
        .paginate_subjects(
            SubjectSearchRequest::new(Subject::query("user"), Action::new(MODIFY), stream(BETA))
                .with_page(PageRequest::new().with_limit(2)),
        )
        .unwrap();
    let mut users = Vec::new();
    while let Some(page) = who.next_page().await.unwrap() {
        users.extend(page.results().iter().map(|user| user.id().unwrap().to_owned()));
    }
    assert_eq!(users, ["root", "pam", "bob", "tia", "user1", "user2"]);
    let mut on_what = client
        .paginate_resources(
            ResourceSearchRequest::new(bob(), Action::new(MODIFY), Resource::query("stream"))
                .with_page(PageRequest::new().with_limit(1)),
        )
        .unwrap();
    let mut streams = Vec::new();
    while let Some(page) = on_what.next_page().await.unwrap() {
        assert_eq!(page.page().unwrap().count(), Some(1));
        streams.extend(page.results().iter().map(|item| item.id().unwrap().to_owned()));
    }
    assert!(streams.len() > 1 && streams.contains(&BETA.to_owned()) && !streams.contains(&MOTOR.to_owned()));
    let what = client.search_actions(ActionSearchRequest::new(bob(), stream(BETA))).await.unwrap();
    assert!(what.results().iter().any(|action| action.name() == Some(MODIFY)));
    assert_eq!(what.next_token(), None);
    let nothing = ActionSearchRequest::new(Subject::new("user", "nobody"), stream(BETA));
    assert!(client.search_actions(nothing).await.unwrap().results().is_empty());
}
