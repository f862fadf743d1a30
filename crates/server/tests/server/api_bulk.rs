//! Several requests in one: what is told when only some of them can be done.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{ask, get, told};
use super::api_again::in_an_hour;
use super::health::Locked;
use super::running::{Database, Running};

const MOTOR: &str = "/api/v1/components/gc%3AElectric%20Vehicle%23component%3AMotor";

fn user(id: &str) -> Value {
    json!({"method": "POST", "path": "/api/v1/users", "body": {"id": id}})
}

async fn bulk(running: &Running, id: &str, body: Value) -> (StatusCode, Value) {
    told(ask(running, id, Method::POST, "/bulk").json(&body)).await
}

fn statuses(answer: &Value) -> Vec<u64> {
    answer["results"].as_array().unwrap().iter().map(|it| it["status"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_change_tells_what_each_request_has_made() {
    let running = Running::start(Database::Sqlite).await;
    let patch =
        json!({"method": "PATCH", "path": "/api/v1/users/kim", "if_match": "*", "body": {"name": "Kim"}});
    let requests = json!({"together": true, "requests": [user("kim"), user("tim"), patch]});
    let again = |key: &str| {
        let request = ask(&running, "root", Method::POST, "/bulk").header("Idempotency-Key", key);
        told(request.json(&requests))
    };
    let (status, answer) = again("a").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(statuses(&answer), [201, 201, 200]);
    let results = &answer["results"];
    assert_eq!(results[0]["location"], "/api/v1/users/kim");
    // Each as it is after all of them.
    assert_eq!((&results[0]["body"]["name"], &results[1]["body"]["id"]), (&json!("Kim"), &json!("tim")));
    let (_, read) = get(&running, "root", "/users/tim").await;
    assert_eq!(results[1]["body"], read);
    assert!(results[1]["etag"].is_string());
    assert_eq!(again("a").await.1["results"], *results);
    assert_eq!(again("b").await.0, StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leads_nowhere_is_told_in_its_place() {
    let running = Running::start(Database::Sqlite).await;
    let read = |path: &str| json!({"method": "GET", "path": path});
    let requests = json!([
        user("kim"),
        read("/api/v1/nowhere"),
        read("/api/v1/users/kim"),
        {"method": "DELETE", "path": "/api/v1/users/kim"},
        read("/nowhere"),
        {"method": "POST", "path": "/api/v1/bulk"},
    ]);
    let (status, answer) = bulk(&running, "root", json!({"requests": requests})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(statuses(&answer), [201, 404, 200, 405, 400, 400]);
    let together = json!({"together": true, "requests": [user("tim"), read("/api/v1/nowhere")]});
    let (status, problem) = bulk(&running, "root", together).await;
    assert_eq!((status, &problem["request"]), (StatusCode::NOT_FOUND, &json!(1)), "{problem}");
    assert_eq!(get(&running, "root", "/users/tim").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_archives_themselves_is_told_what_was_done_before() {
    let running = Running::start(Database::Sqlite).await;
    let groups = json!({"groups": ["JazzAdmins", "JazzUsers"]});
    let patch = ask(&running, "root", Method::PATCH, "/users/lena").header("If-Match", "*").json(&groups);
    assert_eq!(told(patch).await.0, StatusCode::OK);
    let archive = json!({"method": "POST", "path": "/api/v1/users/lena/archive"});
    let requests = json!({"requests": [user("kim"), archive, user("tim")]});
    let (status, answer) = bulk(&running, "lena", requests).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(statuses(&answer), [201, 204, 401]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_that_runs_out_of_time_tells_what_it_has_done_and_goes_on_under_its_key() {
    let running = Running::start_as(Database::Postgres, |config| {
        config.limits.request_timeout = Duration::from_secs(5);
    })
    .await;
    let ids = ["ann", "ben", "cyd", "dot", "eli"];
    let many = async |ids: &[&str]| {
        let requests: Vec<_> = ids.iter().map(|id| user(id)).collect();
        let request = ask(&running, "root", Method::POST, "/bulk").header("Idempotency-Key", "many");
        let (status, answer) = told(request.json(&json!({"requests": requests}))).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        statuses(&answer)
    };
    assert_eq!(many(&ids[..2]).await, [201, 201]);
    // Nobody else can change anything for so long.
    let locked = Locked::new(&running.location, "organisation");
    assert_eq!(many(&ids).await, [201, 201, 504, 503, 503]);
    drop(locked);
    assert_eq!(many(&ids).await, [201; 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_thought_of_needs_no_precondition() {
    let running = Running::start(Database::Sqlite).await;
    let area = "/api/v1/project-areas/gc%3AElectric%20Vehicle";
    let put =
        |path: &str, body: Value| json!({"method": "PUT", "path": format!("{area}/{path}"), "body": body});
    let requests = json!({"requests": [
        user("kim"),
        put("members/kim", json!({"roles": []})),
        put("administrators/kim", json!({})),
        {"method": "PATCH", "path": "/api/v1/users/bob", "if_match": "\"old\"", "body": {"name": "Robert"}},
    ]});
    let (status, shifts) = told(ask(&running, "root", Method::POST, "/what-if").json(&requests)).await;
    assert_eq!(status, StatusCode::OK, "{shifts}");
    assert!(shifts.as_array().unwrap().iter().any(|shift| shift["user"] == "kim"), "{shifts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_read_is_shown_nothing() {
    let running = Running::start(Database::Sqlite).await;
    let new = json!({"name": "ci", "scopes": ["write"], "expires": in_an_hour()});
    let (_, made) = told(ask(&running, "lena", Method::POST, "/me/tokens").json(&new)).await;
    let token = made["secret"].as_str().unwrap();
    let patch = |tag: &str| {
        let request = running.client.patch(format!("{}{MOTOR}", running.base)).bearer_auth(token);
        told(request.header("If-Match", tag).json(&json!({})))
    };
    assert_eq!(patch("*").await, (StatusCode::NO_CONTENT, Value::Null));
    let (status, problem) = patch("\"old\"").await;
    assert_eq!((status, problem.get("current")), (StatusCode::PRECONDITION_FAILED, None), "{problem}");
    // Nor by a detour.
    let post = |path: &str, body: Value| {
        told(running.client.post(format!("{}/api/v1{path}", running.base)).bearer_auth(token).json(&body))
    };
    let patch = json!({"method": "PATCH", "path": MOTOR, "if_match": "\"old\"", "body": {}});
    let (status, problem) = post("/bulk", json!({"together": true, "requests": [patch]})).await;
    assert_eq!((status, problem.get("current")), (StatusCode::PRECONDITION_FAILED, None), "{problem}");
    let items = json!({"items": [{"item": "component:Motor", "if_match": "\"old\""}]});
    let edit = json!({"select": items, "set": {"description": "Drives."}});
    let (_, edited) = post("/project-areas/gc%3AElectric%20Vehicle/edit-attributes", edit).await;
    let problem = &edited["results"][0]["problem"];
    assert_eq!((&problem["status"], problem.get("current")), (&json!(412), None), "{edited}");
}

/// What is not the reader's to see, made together with a functional user, whom everybody sees.
#[tokio::test(flavor = "multi_thread")]
async fn the_summary_of_a_change_is_told_to_whoever_sees_all_of_it() {
    let running = Running::start(Database::Sqlite).await;
    let hidden = json!({"method": "POST", "path": "/api/v1/project-areas", "body": {"application": "gc", "name": "Hidden", "access": "no-one"}});
    let requests = json!({"together": true, "requests": [hidden, user("kim")]});
    assert_eq!(bulk(&running, "root", requests).await.0, StatusCode::OK);
    assert_eq!(bulk(&running, "root", json!({"requests": [user("tim")]})).await.0, StatusCode::OK);
    for (reader, summaries) in [("root", 2), ("bob", 1)] {
        let mut changes = ask(&running, reader, Method::GET, "/changes?after=1").send().await.unwrap();
        let mut text = String::new();
        while text.matches("event: revision").count() < 2 {
            text += str::from_utf8(&changes.chunk().await.unwrap().unwrap()).unwrap();
        }
        assert_eq!(text.matches("\"summary\":\"").count(), summaries, "{text}");
        assert_eq!(text.matches("\"user\":\"kim\"").count(), 1, "{text}");
    }
}
