//! The REST API: reading, changing, and what is said when it cannot be.

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::running::{BOTH, Database, Running, password};

pub(super) fn ask(running: &Running, id: &str, method: Method, path: &str) -> RequestBuilder {
    let url = format!("{}/api/v1{path}", running.base);
    running.client.request(method, url).basic_auth(id, Some(password(id)))
}

pub(super) async fn get(running: &Running, id: &str, path: &str) -> (StatusCode, Value) {
    told(ask(running, id, Method::GET, path)).await
}

pub(super) async fn told(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null))
}

pub(super) fn tag(response: &Response) -> String {
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

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_come_in_one_each_with_its_result_or_as_one_change() {
    for database in BOTH {
        let running = Running::start(database).await;
        let below = "/api/v1/project-areas/gc%3AElectric%20Vehicle/components";
        let bulk = |body: Value| ask(&running, "lena", Method::POST, "/bulk").json(&body);
        let make = |name: &str| json!({"method": "POST", "path": below, "body": {"name": name}});
        let read = json!({"method": "GET", "path": format!("/api/v1{MOTOR}")});
        let (status, answer) =
            told(bulk(json!({"requests": [make("A"), make("Motor"), make("B"), read]}))).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let statuses: Vec<_> =
            answer["results"].as_array().unwrap().iter().map(|it| it["status"].clone()).collect();
        assert_eq!(statuses, [201, 409, 201, 200]);

        let revision =
            |response: &Response| response.headers()["revision"].to_str().unwrap().parse::<u64>().unwrap();
        let before = revision(&ask(&running, "lena", Method::GET, MOTOR).send().await.unwrap());
        let failed = json!({"together": true, "requests": [make("C"), make("Motor")]});
        let (status, problem) = told(bulk(failed)).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        let tune = json!({"method": "PATCH", "path": "/api/v1/components/gc%3AElectric%20Vehicle%23component%3AC",
            "if_match": "*", "body": {"tags": ["new"]}});
        let made = bulk(json!({"together": true, "requests": [make("C"), tune]})).send().await.unwrap();
        assert_eq!(revision(&made), before + 1, "{}", made.text().await.unwrap());
        let (_, read) = get(&running, "lena", "/components/gc%3AElectric%20Vehicle%23component%3AC").await;
        assert_eq!(read["tags"], json!(["new"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_for_auditors_and_a_history_for_readers() {
    for database in BOTH {
        let running = Running::start(database).await;
        for text in ["Drives.", "Drives cars."] {
            let patch = ask(&running, "lena", Method::PATCH, MOTOR).header("If-Match", "*");
            let (status, _) = told(patch.json(&json!({"description": text}))).await;
            assert_eq!(status, StatusCode::OK);
        }
        let (status, journal) = get(&running, "root", "/journal?by=lena&kind=component").await;
        assert_eq!(status, StatusCode::OK, "{journal}");
        let items = journal["items"].as_array().unwrap();
        assert_eq!(items.len(), 2);
        assert_eq!(
            (&items[0]["summary"], &items[0]["basis"]),
            (&json!("Change a component"), &json!("role"))
        );
        let (_, entry) = get(&running, "root", &format!("/journal/{}", items[0]["revision"])).await;
        let change = &entry["changes"][0];
        assert_eq!(change["item"], "gc:Electric Vehicle#component:Motor");
        assert_eq!(change["key"]["name"], change["item"]);
        assert_eq!(change["before"]["project_area"]["name"], "gc:Electric Vehicle");
        assert!(change["after"]["project_area"]["number"].is_u64(), "{change}");
        let (status, problem) = get(&running, "lena", "/journal").await;
        assert_eq!((status, &problem["gate"]), (StatusCode::FORBIDDEN, &json!("REPOSITORY_GROUP")));

        let history = "/history?item=gc%3AElectric%20Vehicle%23component%3AMotor&limit=2";
        let (status, first) = get(&running, "bob", history).await;
        assert_eq!(status, StatusCode::OK, "{first}");
        assert_eq!(first["items"][0]["changes"][0]["after"]["carried"]["description"], "Drives cars.");
        let next = format!("{history}&cursor={}", first["next"].as_str().unwrap());
        let (_, last) = get(&running, "bob", &next).await;
        assert_eq!((last["items"].as_array().unwrap().len(), &last["next"]), (1, &Value::Null));
        let (status, _) = get(&running, "user5", "/history?item=ccm%3ANowhere").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, area) = get(&running, "bob", "/history?item=gc%3AElectric%20Vehicle").await;
        assert_eq!(status, StatusCode::OK, "{area}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_names_what_its_reader_sees() {
    let running = Running::start(Database::Sqlite).await;
    let lender = json!({"application": "gc", "name": "Lender", "access": "no-one", "shares_process": true});
    let (status, told_of) = told(ask(&running, "root", Method::POST, "/project-areas").json(&lender)).await;
    assert_eq!(status, StatusCode::CREATED, "{told_of}");
    let uses = json!({"uses_process": {"project_area": "Lender"}, "members": {"lena": []}});
    let patch = ask(&running, "root", Method::PATCH, "/project-areas/gc%3AElectric%20Vehicle");
    assert_eq!(told(patch.header("If-Match", "*").json(&uses)).await.0, StatusCode::OK);
    for (reader, name) in [("root", json!("gc:Lender")), ("bob", Value::Null)] {
        let (_, history) = get(&running, reader, "/history?item=gc%3AElectric%20Vehicle&limit=1").await;
        let changes = history["items"][0]["changes"].as_array().unwrap();
        let area = changes.iter().find(|it| it["kind"] == "process-area").unwrap();
        let told_of = json!({"number": told_of["number"], "name": name});
        assert!(area["after"].to_string().contains(&told_of.to_string()), "{reader}: {area}");
        let member = changes.iter().find(|it| it["kind"] == "member").unwrap();
        assert_eq!((&member["key"][1]["name"], &member["after"]), (&json!("lena"), &json!([])), "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_told_as_they_are_made_and_a_revision_is_waited_for() {
    for database in BOTH {
        let running = Running::start(database).await;
        let read = ask(&running, "bob", Method::GET, MOTOR).send().await.unwrap();
        let revision: u64 = read.headers()["revision"].to_str().unwrap().parse().unwrap();
        let history = read.headers()["history"].to_str().unwrap();
        let id = |revision: u64| format!("{history}/{revision}");
        let mut changes = ask(&running, "bob", Method::GET, "/changes").send().await.unwrap();
        assert_eq!(changes.headers()["content-type"], "text/event-stream");
        let patch = ask(&running, "lena", Method::PATCH, MOTOR).header("If-Match", "*");
        told(patch.json(&json!({"description": "Drives."}))).await;
        let chunk = changes.chunk().await.unwrap().unwrap();
        let text = String::from_utf8(chunk.to_vec()).unwrap();
        assert!(text.contains(&format!("id: {}\n", id(revision + 1))), "{text}");
        assert!(text.contains("gc:Electric Vehicle#component:Motor"), "{text}");
        // Who comes back is told what was missed.
        let mut again = ask(&running, "bob", Method::GET, "/changes").header("Last-Event-ID", id(revision));
        again = again.header("Revision", revision + 1);
        let missed = again.send().await.unwrap().chunk().await.unwrap().unwrap();
        assert_eq!(missed, chunk);
        // A restored server has another history, or has not come so far yet.
        for id in [id(revision + 50), format!("another/{revision}")] {
            let asked = ask(&running, "bob", Method::GET, "/changes").header("Last-Event-ID", &id);
            let (status, problem) = told(asked).await;
            let kind = &problem["type"];
            assert_eq!(
                (status.as_u16(), kind),
                (400, &json!("urn:bailiwick:problem:foreign-revision")),
                "{id}"
            );
        }
        for (name, value, status) in [
            ("Revision", (revision + 50).to_string(), StatusCode::BAD_REQUEST),
            ("Revision", "x".to_owned(), StatusCode::BAD_REQUEST),
            ("Revision", "-1".to_owned(), StatusCode::BAD_REQUEST),
            ("History", "another".to_owned(), StatusCode::BAD_REQUEST),
        ] {
            let asked = ask(&running, "bob", Method::GET, MOTOR).header(name, value);
            let (answered, problem) = told(asked).await;
            assert_eq!(
                (answered, &problem["type"] == "urn:bailiwick:problem:internal"),
                (status, false),
                "{problem}"
            );
        }
    }
}
