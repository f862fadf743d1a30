//! The certification scenario of the OpenID AuthZEN working group (in its repository
//! `certification/authorization-api-1_0-scenario.md`): the sub-levels Basic Core, Batch Core, Search Core and
//! Discovery, the last by its client. What it calls a record is a stream here, and to write it is to modify
//! its attributes.
//!
//! The sub-levels *Properties* decide by what the request itself says of a user or an item, which this server
//! never believes: it decides by what it knows.

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};
use server::{Demo, Example};

use crate::running::{Database, Running, password, told_by};

const FIXTURE: &str = r#"
bailiwick: 1
users:
  - {id: root, groups: [JazzAdmins], licenses: [elm-practitioner]}
  - {id: alice, licenses: [elm-practitioner]}
  - {id: bob, licenses: [elm-practitioner]}
project_areas:
  - application: gc
    name: Records
    template: Global Configuration Management
    access: everyone
    members: {alice: [configuration-lead], bob: []}
    components:
      - name: Record
        configurations:
          - {kind: stream, name: record-1, from: "baseline:Record Initial Baseline"}
          - {kind: stream, name: record-2, from: "baseline:Record Initial Baseline"}
"#;

async fn started() -> Running {
    let root = Example { id: "root".into(), password: password("root"), about: "asks".into() };
    let demo = Demo { users: vec![root] };
    Running::start_on(told_by(FIXTURE), Database::Sqlite, |config| config.demo = Some(demo)).await
}

/// In our words.
fn ours(value: &Value) -> Value {
    match value {
        Value::String(word) => match word.as_str() {
            "record" => "stream".into(),
            "record-1" => "gc:Records#Record/stream:record-1".into(),
            "record-2" => "gc:Records#Record/stream:record-2".into(),
            "write" => "gc.save-stream/modify-attributes".into(),
            other => other.into(),
        },
        Value::Array(each) => each.iter().map(ours).collect(),
        Value::Object(keys) => {
            Value::Object(keys.iter().map(|(key, value)| (key.clone(), ours(value))).collect())
        }
        other => other.clone(),
    }
}

/// Whether everything expected is there.
fn has(answer: &Value, expected: &Value) -> bool {
    match (answer, expected) {
        (Value::Object(answer), Value::Object(expected)) => {
            expected.iter().all(|(key, value)| answer.get(key).is_some_and(|it| has(it, value)))
        }
        (Value::Array(answer), Value::Array(expected)) => {
            answer.len() == expected.len() && answer.iter().zip(expected).all(|(it, value)| has(it, value))
        }
        (answer, expected) => answer == expected,
    }
}

async fn check(server: &Running, id: &str, path: &str, request: Value, expected: Value) -> Value {
    let (status, answer) = server.post_as("root", path, &ours(&request)).await;
    assert_eq!(status, 200, "{id}: {answer}");
    assert!(has(&answer, &ours(&expected)), "{id}: {answer}");
    answer
}

async fn refuse(server: &Running, id: &str, path: &str, request: Value) {
    let (status, answer) = server.post_as("root", path, &ours(&request)).await;
    assert_eq!(status, 400, "{id}: {answer}");
}

fn user(id: &str) -> Value {
    json!({"type": "user", "id": id})
}

fn record(id: &str) -> Value {
    json!({"type": "record", "id": id})
}

fn asked(id: &str, action: &str, resource: &str) -> Value {
    json!({"subject": user(id), "action": {"name": action}, "resource": record(resource)})
}

fn without(value: &Value, path: &str) -> Value {
    let mut value = value.clone();
    let (above, key) = path.rsplit_once('/').unwrap();
    value.pointer_mut(above).unwrap().as_object_mut().unwrap().remove(key).unwrap();
    value
}

fn with(value: &Value, more: Value) -> Value {
    let mut value = value.clone();
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

#[tokio::test]
async fn basic_core() {
    let server = started().await;
    let path = "/access/v1/evaluation";
    let reads = asked("alice", "read", "record-1");
    let (yes, no) = (json!({"decision": true}), json!({"decision": false}));
    check(&server, "c-2-2-1", path, reads.clone(), yes.clone()).await;
    check(&server, "c-1-4 rule 2", path, asked("alice", "write", "record-1"), yes.clone()).await;
    check(&server, "c-1-4 rule 3", path, asked("bob", "read", "record-1"), yes.clone()).await;
    check(&server, "c-2-2-2", path, asked("bob", "write", "record-1"), no).await;
    let context = json!({"context": {"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"}});
    check(&server, "c-2-2-3", path, with(&reads, context), yes.clone()).await;
    let more = json!({
        "subject": {"type": "user", "id": "alice", "properties": {"department": "Sales", "role": "manager"}},
        "action": {"name": "read", "properties": {"method": "GET"}},
        "resource": {"type": "record", "id": "record-1", "properties": {"status": "active", "owner": "bob"}},
    });
    check(&server, "c-2-2-8", path, more, yes.clone()).await;
    let unknown = json!({"foo": "bar", "futureField": {"nested": true}});
    check(&server, "c-2-2-9", path, with(&reads, unknown), yes.clone()).await;
    for missing in ["/subject", "/action", "/resource"] {
        refuse(&server, "c-2-4-1", path, without(&reads, missing)).await;
    }
    for missing in ["/subject/type", "/subject/id", "/action/name", "/resource/type", "/resource/id"] {
        refuse(&server, "c-2-4-2", path, without(&reads, missing)).await;
    }
    refuse(&server, "c-2-4-6", path, with(&reads, json!({"subject": "alice"}))).await;
    refuse(&server, "c-2-4-6", path, with(&reads, json!({"action": {"name": 123}}))).await;
    let send = async |kind: &str, body: String, id: Option<&str>| {
        let mut request = server.post(path).basic_auth("root", Some(password("root")));
        if let Some(id) = id {
            request = request.header("x-request-id", id);
        }
        request.header(CONTENT_TYPE, kind).header(ACCEPT, "*/*").body(body).send().await.unwrap()
    };
    let body = ours(&reads).to_string();
    assert_eq!(send("text/plain", body.clone(), None).await.status(), 400, "c-2-4-3");
    assert_eq!(send("application/json", "{subject:".into(), None).await.status(), 400, "c-2-4-4");
    assert_eq!(send("application/json", String::new(), None).await.status(), 400, "c-2-4-5");
    let id = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716";
    let answer = send("application/json", body.clone(), Some(id)).await;
    assert_eq!(answer.headers()["x-request-id"], id, "c-2-5-1");
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/json", "c-5");
    assert_eq!(send("application/json", body, None).await.status(), 200, "c-2-5-2");
    for _ in 0..5 {
        check(&server, "c-2-6", path, reads.clone(), yes.clone()).await;
    }
}

#[tokio::test]
async fn batch_core() {
    let server = started().await;
    let path = "/access/v1/evaluations";
    let reads = json!({"subject": user("alice"), "action": {"name": "read"}});
    let both = json!([{"resource": record("record-1")}, {"resource": record("record-2")}]);
    let decisions = |each: &[bool]| {
        let each: Vec<_> = each.iter().map(|it| json!({"decision": it})).collect();
        json!({"evaluations": each})
    };
    check(&server, "c-3-2-1", path, with(&reads, json!({"evaluations": both})), decisions(&[true, true]))
        .await;
    let request = json!({
        "subject": user("bob"),
        "resource": record("record-1"),
        "evaluations": [{"action": {"name": "read"}}, {"action": {"name": "write"}}],
    });
    check(&server, "c-3-2-2", path, request, decisions(&[true, false])).await;
    let full =
        json!({"evaluations": [asked("alice", "read", "record-1"), asked("bob", "write", "record-1")]});
    let answer = check(&server, "c-3-2-5", path, full, decisions(&[true, false])).await;
    assert_eq!(answer.get("decision"), None, "c-3-3-4");
    let request = json!({
        "context": {"time": "2025-06-27T18:03-07:00"},
        "evaluations": [
            {"resource": record("record-1")},
            {"resource": record("record-2"), "context": {"time": "2025-06-27T19:00-07:00", "source": "batch-override"}},
        ],
    });
    check(&server, "c-3-2-6", path, with(&reads, request), decisions(&[true, true])).await;
    // Advisory, and without the properties on which its decisions hang.
    let request = json!({
        "subject": user("alice"),
        "action": {"name": "write"},
        "resource": {"type": "record"},
        "evaluations": [{"resource": {"id": "record-1"}}, {"resource": record("record-2")}],
    });
    check(&server, "c-3-2-7", path, request, decisions(&[true, true])).await;
    let request = with(&reads, json!({"evaluations": [{"resource": record("record-1")}, {}]}));
    check(&server, "c-3-4-1", path, request, decisions(&[true, false])).await;
    let single = asked("alice", "read", "record-1");
    check(&server, "c-3-4-2", path, single.clone(), json!({"decision": true})).await;
    let empty = with(&single, json!({"evaluations": []}));
    check(&server, "c-3-4-3", path, empty, json!({"decision": true})).await;
}

#[tokio::test]
async fn search_core() {
    let server = started().await;
    let [subject, resource, action] =
        ["subject", "resource", "action"].map(|of| format!("/access/v1/search/{of}"));
    let who =
        json!({"subject": {"type": "user"}, "action": {"name": "read"}, "resource": record("record-1")});
    let on_what =
        json!({"subject": user("alice"), "action": {"name": "read"}, "resource": {"type": "record"}});
    let what = json!({"subject": user("alice"), "resource": record("record-1")});
    let includes = |id: &str, answer: &Value, expected: &[Value]| {
        let results = answer["results"].as_array().unwrap();
        for expected in expected {
            assert!(results.iter().any(|it| has(it, &ours(expected))), "{id}: {answer}");
        }
    };
    let any = json!({});
    let context = json!({"context": {"time": "2025-06-27T18:03-07:00"}});
    for request in [who.clone(), with(&who, context.clone())] {
        let answer = check(&server, "c-4-2", &subject, request, any.clone()).await;
        includes("c-4-2", &answer, &[user("alice"), user("bob")]);
        assert!(
            answer["results"]
                .as_array()
                .unwrap()
                .iter()
                .all(|it| it["type"] == "user" && it["id"].is_string())
        );
    }
    let answer = check(&server, "c-4-3-1", &resource, on_what.clone(), any.clone()).await;
    includes("c-4-3-1", &answer, &[record("record-1")]);
    for request in [what.clone(), with(&what, context)] {
        let answer = check(&server, "c-4-4", &action, request, any.clone()).await;
        includes("c-4-4", &answer, &[json!({"name": "read"}), json!({"name": "write"})]);
    }
    let first =
        check(&server, "c-4-5-1", &subject, with(&who, json!({"page": {"limit": 1}})), any.clone()).await;
    let mut token = first["page"]["next_token"].clone();
    assert!(token.as_str().is_some_and(|token| !token.is_empty()), "{first}");
    while token != "" {
        let next = with(&who, json!({"page": {"token": token}}));
        let answer = check(&server, "c-4-5-2", &subject, next, any.clone()).await;
        assert!(answer["results"].is_array() && answer["page"]["next_token"].is_string(), "{answer}");
        token = answer["page"]["next_token"].clone();
    }
    let nothing = json!({"results": []});
    let nobody = with(&what, json!({"subject": user("nonexistent-user")}));
    check(&server, "c-4-6-1", &action, nobody, nothing.clone()).await;
    check(&server, "c-4-6-2", &subject, with(&who, json!({"subject": {"type": "spaceship"}})), nothing).await;
    refuse(&server, "c-4-7-1", &subject, without(&who, "/action")).await;
    refuse(&server, "c-4-7-1", &resource, without(&on_what, "/subject")).await;
    refuse(&server, "c-4-7-1", &action, without(&what, "/resource")).await;
    refuse(&server, "c-4-7-2", &subject, without(&who, "/resource/id")).await;
    refuse(&server, "c-4-7-2", &resource, without(&on_what, "/subject/id")).await;
}
