//! What is asked for again, at once, or for nothing.

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{ask, get, tag, told};
use super::running::{BOTH, Database, Running, started};

const MOTOR: &str = "/components/gc%3AElectric%20Vehicle%23component%3AMotor";

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_again_while_it_is_under_way_is_done_once_and_answered_alike() {
    for database in BOTH {
        let running = Running::start(database).await;
        get(&running, "root", "/users/bob").await;
        let make = || {
            let request = ask(&running, "root", Method::POST, "/users").header("Idempotency-Key", "kim");
            told(request.json(&json!({"id": "kim"})))
        };
        let answers = join_all((0..8).map(|_| make())).await;
        for (status, user) in &answers {
            assert_eq!((*status, &user["id"]), (StatusCode::CREATED, &json!("kim")), "{user}");
        }
        let read = ask(&running, "lena", Method::GET, MOTOR).send().await.unwrap();
        let before = tag(&read);
        let change = || {
            let request = ask(&running, "lena", Method::PATCH, MOTOR).header("Idempotency-Key", "drives");
            told(request.header("If-Match", &before).json(&json!({"description": "Drives."})))
        };
        for (status, motor) in join_all((0..8).map(|_| change())).await {
            assert_eq!((status, &motor["description"]), (StatusCode::OK, &json!("Drives.")), "{motor}");
        }
        let (_, history) =
            get(&running, "lena", "/history?item=gc:Electric%20Vehicle%23component:Motor").await;
        let changes = history["items"].as_array().unwrap();
        assert_eq!(changes.iter().filter(|it| it["summary"] == "Change a component").count(), 1, "{history}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_answers_again_as_the_first_one_did() {
    let running = Running::start(Database::Postgres).await;
    let other = tempfile::tempdir().unwrap();
    let demo = Some(super::running::demo());
    let (base, task) = started(other.path(), Some(running.location.clone()), demo).await;
    for number in 0..10 {
        let make = |base: &str| {
            let request = running.client.post(format!("{base}/api/v1/users"));
            let request = request.basic_auth("root", Some(super::running::password("root")));
            request
                .header("Idempotency-Key", format!("user {number}"))
                .json(&json!({"id": format!("u{number}")}))
        };
        let first = make(&running.base).send().await.unwrap();
        let again = make(&base).send().await.unwrap();
        assert_eq!((first.status(), again.status()), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(first.headers()["location"], again.headers()["location"]);
    }
    task.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_imported_once_and_a_secret_is_told_once() {
    let running = Running::start(Database::Sqlite).await;
    let import = |key: &str, text: &str| {
        let request = ask(&running, "root", Method::POST, "/import").header("Idempotency-Key", key);
        let request = request.header("If-Match", "*").header("Content-Type", "application/yaml");
        told(request.body(text.to_owned()))
    };
    let first = import("a", "bailiwick: 1\nusers: [{id: kim}]\n").await;
    assert_eq!(first.0, StatusCode::OK, "{}", first.1);
    let (_, settings) = get(&running, "root", "/users/kim").await;
    assert_eq!(settings["id"], "kim");
    assert_eq!(import("a", "bailiwick: 1\nusers: [{id: kim}]\n").await, first);
    let (status, problem) = import("a", "bailiwick: 1\nusers: [{id: tim}]\n").await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::CONFLICT, &json!("urn:bailiwick:problem:idempotency-key"))
    );
    for (path, body) in [
        ("/me/tokens", json!({"name": "ci", "scopes": ["read"], "expires": in_an_hour()})),
        ("/users/bob/password-link", json!({})),
    ] {
        let request = ask(&running, "root", Method::POST, path).header("Idempotency-Key", "b").json(&body);
        let (status, problem) = told(request).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("Idempotency-Key"), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_changes_nothing_is_answered_as_if_it_had() {
    let running = Running::start(Database::Sqlite).await;
    let revision = async || {
        let read = ask(&running, "root", Method::GET, MOTOR).send().await.unwrap();
        read.headers()["revision"].to_str().unwrap().to_owned()
    };
    let change = async |id: &str, method: Method, path: &str, body: Value| {
        let request = ask(&running, id, method, path).header("If-Match", "*").json(&body);
        let (status, answer) = told(request).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    };
    let begun = revision().await;
    for path in ["/users/bob", "/access-groups/0", MOTOR, "/settings"] {
        change("root", Method::PATCH, path, json!({})).await;
    }
    let nothing = json!({"together": true, "requests": [
        {"method": "PATCH", "path": "/api/v1/users/bob", "if_match": "*", "body": {}},
    ]});
    let answer = change("root", Method::POST, "/bulk", nothing).await;
    assert_eq!(
        (&answer["results"][0]["status"], &answer["results"][0]["body"]["id"]),
        (&json!(200), &json!("bob"))
    );
    // Sent again after somebody else's change, it does not undo that.
    let called = |name: &str, key: &str| {
        let request = ask(&running, "root", Method::PATCH, "/users/bob").header("Idempotency-Key", key);
        told(request.header("If-Match", "*").json(&json!({"name": name})))
    };
    let (_, bob) = get(&running, "root", "/users/bob").await;
    let name = bob["name"].as_str().unwrap();
    assert_eq!(called(name, "as it is").await.0, StatusCode::OK);
    assert_eq!(revision().await, begun);
    assert_eq!(called("Robert", "another").await.0, StatusCode::OK);
    let (status, again) = called(name, "as it is").await;
    assert_eq!((status, &again["name"]), (StatusCode::OK, &json!("Robert")), "{again}");
    assert_eq!(called("Other", "as it is").await.0, StatusCode::CONFLICT);
    let below = "/project-areas/gc%3AElectric%20Vehicle/components";
    let made = told(ask(&running, "lena", Method::POST, below).json(&json!({"name": "Wheel"}))).await;
    assert_eq!(made.0, StatusCode::CREATED, "{}", made.1);
    for (id, path) in [
        ("lena", "/components/gc%3AElectric%20Vehicle%23component%3AWheel"),
        ("root", "/users/bob"),
        ("ada", "/project-areas/gc%3AElectric%20Vehicle"),
    ] {
        let archive = format!("{path}/archive");
        change(id, Method::POST, &archive, json!({})).await;
        let once = revision().await;
        change(id, Method::POST, &archive, json!({})).await;
        assert_eq!(revision().await, once, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_tells_of_a_revision_except_to_nobody() {
    let running = Running::start(Database::Sqlite).await;
    let has = async |method: Method, path: &str, id: Option<&str>| {
        let url = format!("{}/api/v1{path}", running.base);
        let request = running.client.request(method, url);
        let request = match id {
            Some(id) => request.basic_auth(id, Some(super::running::password(id))),
            None => request,
        };
        let response = request.send().await.unwrap();
        (response.headers().contains_key("revision"), response.headers().contains_key("history"))
    };
    for path in ["/me/tokens", "/components/9999", "/users?limit=x", MOTOR] {
        assert_eq!(has(Method::GET, path, Some("bob")).await, (true, true), "{path}");
        assert_eq!(has(Method::GET, path, None).await, (false, false), "{path}");
    }
    assert_eq!(has(Method::PATCH, MOTOR, Some("lena")).await, (true, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_changes_is_told_none_once_the_token_has_ended() {
    let running = Running::start(Database::Sqlite).await;
    let new = json!({"name": "ci", "scopes": ["read"], "expires": in_an_hour()});
    let (status, made) = told(ask(&running, "bob", Method::POST, "/me/tokens").json(&new)).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    let request = running.client.get(format!("{}/api/v1/changes", running.base));
    let mut changes = request.bearer_auth(made["secret"].as_str().unwrap()).send().await.unwrap();
    let change = async |name: &str| {
        let patch = ask(&running, "root", Method::PATCH, "/users/carl").header("If-Match", "*");
        let (status, _) = told(patch.json(&json!({"name": name}))).await;
        assert_eq!(status, StatusCode::OK);
    };
    change("Carlo").await;
    let text = String::from_utf8(changes.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(text.contains(r#""item":null,"user":"carl""#), "{text}");
    let path = format!("/me/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(told(ask(&running, "bob", Method::DELETE, &path)).await.0, StatusCode::NO_CONTENT);
    change("Carl").await;
    assert!(changes.chunk().await.unwrap().is_none(), "it has ended");
}

pub(super) fn in_an_hour() -> String {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap() + std::time::Duration::from_secs(3600);
    jiff::Timestamp::from_microsecond(since.as_micros() as i64).unwrap().to_string()
}

const AREA: &str = "/project-areas/gc%3AElectric%20Vehicle";
const SPORT: &str = "/configurations/gc%3AElectric%20Vehicle%23Electric%20Vehicle%2Fstream%3AElectric%20Vehicle%20-%20Sport%202.0";

/// What makes a report is done once, and the report told again as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_told_again_and_what_it_tells_of_not_done_again() {
    for database in BOTH {
        let running = Running::start(database).await;
        let send = |key: &str, path: &str, media_type: &str, body: String| {
            let request = ask(&running, "lena", Method::POST, path).header("Idempotency-Key", key);
            told(request.header("Content-Type", media_type).body(body))
        };
        let edit = json!({"select": {"components": {}}, "set": {"tags": {"add": ["new"]}}});
        let replace =
            json!({"replace": "Motor/stream:Motor - Performance Beta 0.0", "by": "Motor/stream:Motor 1.0"});
        let json = "application/json";
        for (path, media_type, body, other) in [
            (format!("{AREA}/edit-attributes"), json, edit.to_string(), json!({}).to_string()),
            (format!("{SPORT}/replace-everywhere"), json, replace.to_string(), json!({}).to_string()),
            (
                format!("{AREA}/import?what=components"),
                "text/csv",
                "name\nWheel\n".into(),
                "name\nAxle\n".into(),
            ),
            (format!("{SPORT}/baseline-hierarchy"), json, r#"{"names": "{name} R"}"#.into(), "{}".into()),
        ] {
            let revision = async || {
                let read = running.get_as("lena", "/api/v1/settings").await;
                read.headers()["revision"].to_str().unwrap().to_owned()
            };
            let (status, mut first) = send(&path, &path, media_type, body.clone()).await;
            assert_eq!(status, StatusCode::OK, "{path}: {first}");
            let is_run = first.get("id").is_some();
            let ended = async |id: &str| loop {
                let (_, run) = get(&running, "lena", &format!("/baseline-runs/{id}")).await;
                if run["state"] != "running" {
                    return run;
                }
            };
            if is_run {
                first = ended(first["id"].as_str().unwrap()).await;
                assert_eq!(first["state"], "finished");
            }
            let made = revision().await;
            let again = join_all((0..3).map(|_| send(&path, &path, media_type, body.clone()))).await;
            for (status, again) in again {
                assert_eq!((status, again), (StatusCode::OK, first.clone()), "{path}");
            }
            assert_eq!(revision().await, made, "{path}");
            let (status, problem) = send(&path, &path, media_type, other).await;
            assert_eq!(
                (status, &problem["status"]),
                (StatusCode::CONFLICT, &json!(409)),
                "{path}: {problem}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_are_begun_at_once_under_one_key_are_one() {
    let running = Running::start(Database::Sqlite).await;
    let begin = || {
        let path = format!("{SPORT}/baseline-hierarchy");
        told(ask(&running, "lena", Method::POST, &path).header("Idempotency-Key", "once").json(&json!({})))
    };
    let answers = join_all((0..6).map(|_| begin())).await;
    for (status, run) in &answers {
        assert_eq!((*status, &run["id"]), (StatusCode::OK, &answers[0].1["id"]), "{run}");
    }
    let (_, runs) = get(&running, "lena", "/baseline-runs").await;
    assert_eq!(runs["items"].as_array().unwrap().len(), 1, "{runs}");
}
