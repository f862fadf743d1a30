//! Each step between two servers left out or broken, and what the doctor says of it.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{CONSUMERS, FRIENDS, by_root, diagnosis, server};
use crate::running::{Database, Running, password};

struct Pair {
    here: Running,
    there: Running,
}

/// What a check came to: guide step, direction, step, outcome, where.
fn checks(found: &Value) -> Vec<(u64, String, String, String, Option<String>)> {
    let text = |check: &Value, name: &str| check[name].as_str().map(str::to_owned);
    let of = |check: &Value| {
        let words = ["direction", "step", "outcome"].map(|name| text(check, name).unwrap());
        let [direction, step, outcome] = words;
        (check["guide_step"].as_u64().unwrap(), direction, step, outcome, text(check, "server"))
    };
    found["checks"].as_array().unwrap().iter().map(of).collect()
}

/// The first check that has failed.
fn missing(found: &Value) -> Option<(u64, String, String, Option<String>)> {
    let failed = checks(found).into_iter().find(|(.., outcome, _)| outcome == "failed")?;
    let (guide_step, direction, step, _, server) = failed;
    Some((guide_step, direction, step, server))
}

fn expected(
    guide_step: u64,
    direction: &str,
    step: &str,
    server: Option<&str>,
) -> Option<(u64, String, String, Option<String>)> {
    Some((guide_step, direction.to_owned(), step.to_owned(), server.map(str::to_owned)))
}

impl Pair {
    async fn new() -> Self {
        Self { here: server(Database::Sqlite).await, there: server(Database::Sqlite).await }
    }

    /// Step 1, or 4 the other way round; answers the key.
    async fn add(of: &Running, to: &Running, name: &str) -> String {
        let body = json!({"name": name, "root_services": format!("{}/ccm/rootservices", to.base)});
        let (status, friend) = by_root(of, Method::POST, FRIENDS, body).await;
        assert_eq!(status, 200, "{friend}");
        friend["consumer_key"].as_str().unwrap().to_owned()
    }
    /// Step 2, or 5.
    async fn approve(at: &Running, key: &str) {
        let path = format!("{CONSUMERS}/{key}/approve");
        assert_eq!(by_root(at, Method::POST, &path, json!({})).await.0, 200);
    }
    /// Step 3, or 6.
    async fn employ(at: &Running, key: &str, user: Value) {
        let path = format!("{CONSUMERS}/{key}");
        assert_eq!(by_root(at, Method::PATCH, &path, json!({"functional_user": user})).await.0, 200);
    }
    async fn archive(at: &Running, verb: &str) {
        let request = at.post(&format!("/api/v1/users/ccm_user/{verb}")).header("if-match", "*");
        let done = request.basic_auth("root", Some(password("root"))).send().await.unwrap();
        assert!(done.status().is_success(), "{}", done.status());
    }
    async fn delete(at: &Running, path: &str) {
        let request = at.client.delete(format!("{}{path}", at.base));
        let done = request.basic_auth("root", Some(password("root"))).send().await.unwrap();
        assert_eq!(done.status(), 204);
    }
    async fn missing(&self) -> Option<(u64, String, String, Option<String>)> {
        missing(&diagnosis(&self.here, "There").await)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_the_six_steps_is_named_while_it_is_missing() {
    let pair = Pair::new().await;
    let (here, there) = (&pair.here, &pair.there);
    let (status, none) = by_root(here, Method::POST, &format!("{FRIENDS}/There/doctor"), json!({})).await;
    let told = none["detail"].as_str().unwrap();
    assert!(status == 404 && told.contains("step 1 is missing, here: root or user1 adds it"), "{told}");
    let own = json!({"name": "Here", "root_services": format!("{}/gc/rootservices", here.base)});
    let (status, own) = by_root(here, Method::POST, FRIENDS, own).await;
    assert!(status == 400 && own["detail"].as_str().unwrap().contains("this server itself"), "{own}");
    let key = Pair::add(here, there, "There").await;
    let found = diagnosis(here, "There").await;
    assert_eq!(missing(&found), expected(2, "outbound", "key-approved", Some("There")));
    let told = found["missing"].as_str().unwrap();
    assert!(
        told.contains("step 2, on There") && told.contains("JazzAdmins") && told.contains("consumer approve"),
        "{told}"
    );
    Pair::approve(there, &key).await;
    assert_eq!(pair.missing().await, expected(3, "outbound", "functional-user", Some("There")));
    Pair::employ(there, &key, json!("ccm_user")).await;
    // This way works; the other has not begun.
    let found = diagnosis(here, "There").await;
    assert_eq!(missing(&found), expected(4, "inbound", "root-services", Some("There")));
    assert_eq!((&found["works"], found["clock_ahead"].as_i64().unwrap().abs() <= 1), (&json!(false), true));
    let back = Pair::add(there, here, "Here").await;
    let found = diagnosis(here, "There").await;
    assert_eq!(missing(&found), expected(5, "inbound", "key-approved", None));
    let told = found["missing"].as_str().unwrap();
    assert!(
        told.contains("step 5, here")
            && told.contains("root or user1 approves the key")
            && told.contains(&back),
        "{told}"
    );
    // Anybody can say the same of themselves: the friend tells which key is its own.
    let claim = |name: &str| {
        let root_services = format!("{}/ccm/rootservices", there.base);
        json!({"name": name, "secret": "theirs alone", "rootServices": root_services}).to_string()
    };
    let claimed = here.post("/jts/oauth-request-consumer").body(claim("There")).send().await.unwrap();
    assert_eq!(claimed.status(), 200);
    let found = diagnosis(here, "There").await;
    let told = found["missing"].as_str().unwrap();
    assert!(told.contains(&back), "{told}");
    assert_eq!(found["consumer_key"], back);
    let other: Value = claimed.json().await.unwrap();
    let (_, shown) =
        by_root(here, Method::GET, &format!("{CONSUMERS}/{}", other["key"].as_str().unwrap()), json!({}))
            .await;
    assert_eq!((&shown["asked_from"], &shown["state"]), (&json!("127.0.0.1"), &json!("provisional")));
    Pair::approve(here, &back).await;
    // Once one is approved, nothing of the others counts.
    assert!(here.page_as("root", "/friends").await.contains("no functional user"));
    let page = here.page_as("root", &format!("{}/{}", "/consumers", other["key"].as_str().unwrap())).await;
    assert!(page.contains("is that server already"), "{page}");
    assert_eq!(pair.missing().await, expected(6, "inbound", "functional-user", None));
    Pair::employ(here, &back, json!("ccm_user")).await;
    for (server, friend) in [(here, "There"), (there, "Here")] {
        let found = diagnosis(server, friend).await;
        assert_eq!(
            (missing(&found), &found["works"], &found["missing"]),
            (None, &json!(true), &Value::Null),
            "{found}"
        );
    }

    // Each is broken again, one after the other.
    Pair::archive(there, "archive").await;
    assert_eq!(pair.missing().await, expected(3, "outbound", "functional-user", Some("There")));
    Pair::archive(there, "unarchive").await;
    Pair::archive(here, "archive").await;
    assert_eq!(pair.missing().await, expected(6, "inbound", "functional-user", None));
    Pair::archive(here, "unarchive").await;
    assert_eq!(pair.missing().await, None);
    let other_secret = json!({"secret": "not what they know"});
    by_root(there, Method::PATCH, &format!("{FRIENDS}/Here"), other_secret.clone()).await;
    assert_eq!(pair.missing().await, expected(4, "inbound", "signature", Some("There")));
    by_root(here, Method::PATCH, &format!("{FRIENDS}/There"), other_secret).await;
    assert_eq!(pair.missing().await, expected(1, "outbound", "signature", None));
    // While the friend cannot be asked, what is known here is told.
    Pair::employ(here, &back, Value::Null).await;
    let found = diagnosis(here, "There").await;
    let inbound: Vec<_> =
        checks(&found).into_iter().filter(|check| check.1 == "inbound" && check.3 == "failed").collect();
    assert_eq!(inbound.len(), 1);
    assert_eq!((inbound[0].0, &*inbound[0].2), (6, "functional-user"));
    Pair::delete(there, &format!("{CONSUMERS}/{key}")).await;
    assert_eq!(pair.missing().await, expected(1, "outbound", "key-known", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_which_it_is_not_known_whose_it_is_is_told_as_such() {
    let pair = Pair::new().await;
    let (here, there) = (&pair.here, &pair.there);
    let by_hand = async |at: &Running, key: &str| {
        let body = json!({"name": "By hand", "key": key, "secret": "a phrase of both", "functional_user": "ccm_user"});
        assert_eq!(by_root(at, Method::POST, CONSUMERS, body).await.0, 200);
    };
    let befriend = async |of: &Running, to: &Running, name: &str, key: &str| {
        let root_services = format!("{}/ccm/rootservices", to.base);
        let body =
            json!({"name": name, "root_services": root_services, "key": key, "secret": "a phrase of both"});
        assert_eq!(by_root(of, Method::POST, FRIENDS, body).await.0, 200);
    };
    let tell = async |at: &Running, key: &str, of: &Running| {
        let body = json!({"root_services": format!("{}/ccm/rootservices", of.base)});
        assert_eq!(by_root(at, Method::PATCH, &format!("{CONSUMERS}/{key}"), body).await.0, 200);
    };
    by_hand(here, "theirs").await;
    by_hand(there, "ours").await;
    befriend(here, there, "There", "ours").await;
    befriend(there, here, "Here", "theirs").await;
    // There it is not known whose key this server has: nothing could be told to it.
    let found = diagnosis(here, "There").await;
    assert_eq!(missing(&found), expected(1, "outbound", "key-known", Some("There")));
    let told = found["missing"].as_str().unwrap();
    assert!(told.contains("bailiwick consumer edit ours --root-services"), "{told}");
    tell(there, "ours", here).await;
    // Nor is it known here whose the other is.
    let found = diagnosis(here, "There").await;
    assert_eq!(missing(&found), expected(4, "inbound", "key-known", None));
    let told = found["missing"].as_str().unwrap();
    assert!(told.contains("bailiwick consumer edit theirs --root-services"), "{told}");
    tell(here, "theirs", there).await;
    assert_eq!(pair.missing().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_friend_that_names_the_key_of_somebody_else_is_not_believed() {
    let here = server(Database::Sqlite).await;
    let body = json!({
        "name": "Other", "key": "key-of-other", "functional_user": "ccm_user",
        "root_services": "https://other.example.org/ccm/rootservices",
    });
    assert_eq!(by_root(&here, Method::POST, CONSUMERS, body).await.0, 200);
    let base = stub(
        "200 OK",
        "content-type: application/json",
        r#"{"consumer": "x", "functional_user": "x", "now": 0, "is_friend": true, "key": "key-of-other",
            "reverse": [{"step": "key-known", "outcome": "passed", "said": ""}]}"#,
    )
    .await;
    let add = json!({"name": "Bad", "root_services": format!("{base}/jts/rootservices")});
    assert_eq!(by_root(&here, Method::POST, FRIENDS, add).await.0, 200);
    let found = diagnosis(&here, "Bad").await;
    assert!(!found.to_string().contains("key-of-other"), "{found}");
    assert_eq!(found["works"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_key_is_told_as_such() {
    let pair = Pair::new().await;
    let key = Pair::add(&pair.here, &pair.there, "There").await;
    by_root(&pair.there, Method::POST, &format!("{CONSUMERS}/{key}/reject"), json!({})).await;
    let found = diagnosis(&pair.here, "There").await;
    // It is asked for anew, here.
    assert_eq!(missing(&found), expected(2, "outbound", "key-approved", None));
    let told = found["missing"].as_str().unwrap();
    assert!(told.contains("rejected") && told.contains("removes the friend and adds it again"), "{told}");
    // While the friend cannot be asked, keys that say that they are its own are told as just that.
    let inbound = async || diagnosis(&pair.here, "There").await["checks"][10].clone();
    for (many, said) in
        [(1, "a key that says it is of There waits"), (2, "2 keys wait for approval that say")]
    {
        let root_services = format!("{}/ccm/rootservices", pair.there.base);
        let body = json!({"name": "Other", "secret": "theirs", "rootServices": root_services}).to_string();
        assert_eq!(
            pair.here.post("/jts/oauth-request-consumer").body(body).send().await.unwrap().status(),
            200
        );
        let check = inbound().await;
        assert!(check["said"].as_str().unwrap().contains(said), "{many}: {check}");
        let remedy = check["remedy"].as_str().unwrap();
        assert!(remedy.contains("asks whoever looks after There"), "{remedy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_told_as_such() {
    let pair = Pair::new().await;
    Pair::add(&pair.here, &pair.there, "There").await;
    let Pair { here, there } = pair;
    there.stop().await;
    let found = diagnosis(&here, "There").await;
    assert_eq!(missing(&found), expected(1, "outbound", "root-services", Some("There")));
}

/// A server that answers its root services, and everything else so.
async fn stub(status: &'static str, header: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let own = base.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 8192];
            let read = stream.read(&mut head).await.unwrap();
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            let answer = if head.contains("/rootservices HTTP") {
                let text = format!(
                    "<rdf:Description xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
                     xmlns:jfs=\"http://jazz.net/xmlns/prod/jazz/jfs/1.0/\"><jfs:oauthRequestConsumerKeyUrl \
                     rdf:resource=\"{own}/key\"/></rdf:Description>"
                );
                format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/rdf+xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
                    text.len()
                )
            } else if head.starts_with("POST /key") {
                let text = "{\"key\":\"0123456789abcdef\"}";
                format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
                    text.len()
                )
            } else {
                format!(
                    "HTTP/1.1 {status}\r\n{header}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                )
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    base
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_server_answers_is_told_for_what_it_is() {
    let here = server(Database::Sqlite).await;
    const PROBLEM: &str = "content-type: application/problem+json";
    let cases = [
        (
            "Clock",
            "401 x",
            PROBLEM,
            r#"{"oauth_problem": "timestamp_refused", "detail": "an hour"}"#,
            "clock",
        ),
        ("Nonce", "401 x", PROBLEM, r#"{"oauth_problem": "nonce_used", "detail": "again"}"#, "signature"),
        ("Silent", "401 x", "content-type: text/html", "<p>sign in</p>", "signature"),
        ("Other", "404 x", "content-type: text/html", "<p>nothing</p>", "signature"),
        ("Elsewhere", "302 x", "location: http://169.254.169.254/latest", "", "signature"),
        ("Strange", "200 x", "content-type: text/plain", "hello", "signature"),
    ];
    for (name, status, header, body, step) in cases {
        let base = stub(status, header, body).await;
        let add = json!({"name": name, "root_services": format!("{base}/jts/rootservices")});
        let (status, friend) = by_root(&here, Method::POST, FRIENDS, add).await;
        assert_eq!(status, 200, "{friend}");
        let found = diagnosis(&here, name).await;
        let failed = missing(&found).unwrap();
        assert_eq!((&*failed.1, &*failed.2), ("outbound", step), "{name}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_friend_that_must_not_be_asked_is_refused_and_the_key_that_would_allow_it_named() {
    let here = crate::running::Running::start(Database::Sqlite).await;
    for (uri, said) in [
        ("http://127.0.0.1:1/gc/rootservices", "friends.allow"),
        ("https://10.0.0.1/gc/rootservices", "friends.allow"),
        ("https://169.254.169.254/gc/rootservices", "never asked"),
        ("ftp://example.org/gc/rootservices", "no address"),
    ] {
        let body = json!({"name": "x", "root_services": uri});
        let (status, problem) = by_root(&here, Method::POST, FRIENDS, body).await;
        assert_eq!((status, &problem["pointer"]), (400, &json!("/root_services")), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
}
