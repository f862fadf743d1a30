//! The REST API: reading, changing, and what is said when it cannot be.

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::running::{BOTH, Database, Running, password};

fn ask(running: &Running, id: &str, method: Method, path: &str) -> RequestBuilder {
    let url = format!("{}/api/v1{path}", running.base);
    running.client.request(method, url).basic_auth(id, Some(password(id)))
}

async fn get(running: &Running, id: &str, path: &str) -> (StatusCode, Value) {
    told(ask(running, id, Method::GET, path)).await
}

async fn told(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null))
}

fn tag(response: &Response) -> String {
    response.headers()["etag"].to_str().unwrap().to_owned()
}

const MOTOR: &str = "/components/gc%3AElectric%20Vehicle%23component%3AMotor";

#[tokio::test(flavor = "multi_thread")]
async fn a_component_is_read_by_number_and_by_reference_and_changed_with_what_was_read() {
    for database in BOTH {
        let running = Running::start(database).await;
        let (status, motor) = get(&running, "lena", MOTOR).await;
        assert_eq!(status, StatusCode::OK, "{motor}");
        assert_eq!(motor["team_area"], "unassigned");
        let number = motor["number"].as_u64().unwrap();
        let path = format!("/components/{number}");
        let read = ask(&running, "lena", Method::GET, &path).send().await.unwrap();
        let (before, revision) = (tag(&read), read.headers()["revision"].to_str().unwrap().to_owned());

        let patch = |id: &'static str, body: Value| ask(&running, id, Method::PATCH, &path).json(&body);
        let (status, problem) = told(patch("lena", json!({"name": "Motors"}))).await;
        assert_eq!(status, StatusCode::PRECONDITION_REQUIRED, "{problem}");
        let changed = patch("lena", json!({"description": "Drives."})).header("If-Match", &before);
        let changed = changed.send().await.unwrap();
        assert_eq!(changed.status(), StatusCode::OK);
        assert_ne!(changed.headers()["revision"].to_str().unwrap(), revision);
        let after = tag(&changed);
        let body: Value = changed.json().await.unwrap();
        assert_eq!(body["description"], "Drives.");

        let (status, problem) = told(patch("lena", json!({"name": "M"})).header("If-Match", &before)).await;
        assert_eq!(status, StatusCode::PRECONDITION_FAILED);
        assert_eq!((&problem["current"], &problem["yours"]), (&body, &json!({"name": "M"})));
        assert_eq!(problem["etag"], after);
        let again = ask(&running, "lena", Method::GET, &path).header("If-None-Match", &after);
        assert_eq!(again.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);

        let (status, problem) = told(patch("bob", json!({"name": "M"})).header("If-Match", "*")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{problem}");
        assert_eq!(problem["gate"], "PERMISSION");
        assert_eq!(problem["missing"], json!(["modify-attributes"]));
        let explained = problem["explanation"].as_str().unwrap();
        let explained = running.get(&explained.replace("/explain", "/explain.json"));
        let explained = explained.basic_auth("bob", Some(password("bob"))).send().await.unwrap();
        let explained: Value = explained.json().await.unwrap();
        assert_eq!((&explained["allowed"], &explained["sentence"]), (&json!(false), &problem["detail"]));

        // As it was.
        let (_, past) = get(&running, "lena", &format!("{path}?as_of={revision}")).await;
        assert_eq!(past, motor);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_once_under_a_key_is_answered_again() {
    for database in BOTH {
        let running = Running::start(database).await;
        let make = |name: &str| {
            let below = "/project-areas/gc%3AElectric%20Vehicle/components";
            let request = ask(&running, "lena", Method::POST, below).header("Idempotency-Key", "brake-1");
            request.json(&json!({"name": name, "tags": ["braking"]}))
        };
        let first = make("Brake").send().await.unwrap();
        assert_eq!(first.status(), StatusCode::CREATED);
        let second = make("Brake").send().await.unwrap();
        assert_eq!(second.status(), StatusCode::CREATED);
        assert_eq!(first.headers()["location"], second.headers()["location"]);
        assert_eq!(first.headers()["revision"], second.headers()["revision"]);
        assert_eq!(first.bytes().await.unwrap(), second.bytes().await.unwrap());
        let (status, problem) = told(make("Brakes")).await;
        assert_eq!(
            (status, &problem["type"]),
            (StatusCode::CONFLICT, &json!("urn:bailiwick:problem:idempotency-key"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_value_is_told_with_its_place() {
    let running = Running::start(Database::Sqlite).await;
    for (body, pointer) in [
        (json!({"nmae": "x"}), "/nmae"),
        (json!({"name": 5}), "/name"),
        (json!({"name": null}), "/name"),
        (json!({"tags": ["a", 1]}), "/tags/1"),
        (json!({"team_area": "Nobody"}), "/team_area"),
        (json!([]), ""),
    ] {
        let patch = ask(&running, "lena", Method::PATCH, MOTOR).header("If-Match", "*").json(&body);
        let (status, problem) = told(patch).await;
        assert_eq!(
            (status, &problem["pointer"]),
            (StatusCode::BAD_REQUEST, &json!(pointer)),
            "{body}: {problem}"
        );
    }
    for path in
        ["/users?limit=0", "/users?limit=x", "/users?cursor=x", "/users?colour=red", "/users?archived=2"]
    {
        let (status, problem) = get(&running, "lena", path).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {problem}");
    }
    for path in ["/components/999", "/components/x", "/components/gc%3AElectric%20Vehicle", "/users/nobody"] {
        let (status, _) = get(&running, "lena", path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_comes_page_by_page() {
    let running = Running::start(Database::Sqlite).await;
    let (_, whole) = get(&running, "root", "/users?limit=1000").await;
    let mut gathered = Vec::new();
    let mut next = String::new();
    loop {
        let (status, page) = get(&running, "root", &format!("/users?limit=3{next}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        gathered.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(Value::from(gathered), whole["items"]);
}

#[test]
fn the_committed_description_is_the_programs() {
    let committed = include_str!("../../../../docs/openapi.json");
    assert!(server::openapi() == committed, "write it anew by `cargo run -- openapi > docs/openapi.json`");
}
