//! Documents over REST: exports, comparisons, plans and imports; changes that are only thought of.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::running::{BOTH, Database, Running, password};

fn ask(server: &Running, asker: &str, method: Method, path: &str) -> RequestBuilder {
    let url = format!("{}/api/v1{path}", server.base);
    server.client.request(method, url).basic_auth(asker, Some(password(asker)))
}

async fn told(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

fn post(server: &Running, asker: &str, path: &str, text: &str) -> RequestBuilder {
    ask(server, asker, Method::POST, path).header("content-type", "application/yaml").body(text.to_owned())
}

/// Bob's wish: Motor is the Tuning Team's.
const MOTOR: &str = "bailiwick: 1\nproject_areas:\n  - {application: gc, name: Electric Vehicle, components: [{name: Motor, team_area: Tuning Team}]}\n";
const NEW_USER: &str = "bailiwick: 1\nusers: [{id: zoe}]\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_agreed_is_what_is_imported() {
    for database in BOTH {
        let server = Running::start(database).await;
        let (status, plan) = told(post(&server, "root", "/plan?name=motor.yaml", MOTOR)).await;
        assert_eq!((status, &plan["revision"]), (StatusCode::OK, &json!(1)), "{plan}");
        assert_eq!(plan["changes"].as_array().unwrap().len(), 1);
        assert!(plan["impact"]["shifts"].as_array().unwrap().iter().any(|it| it["user"] == "bob"));

        let import = |path: &'static str, text: &str, agreed: &str| {
            post(&server, "root", path, text).header("if-match", agreed)
        };
        let (status, problem) = told(post(&server, "root", "/import", MOTOR)).await;
        assert_eq!((status, &problem["status"]), (StatusCode::PRECONDITION_REQUIRED, &json!(428)));
        // Somebody is faster.
        let (status, made) = told(import("/import?name=zoe.yaml", NEW_USER, "\"1\"")).await;
        assert_eq!((status, &made["revision"]), (StatusCode::OK, &json!(2)), "{made}");
        let (status, problem) = told(import("/import", MOTOR, "\"1\"")).await;
        assert_eq!(status, StatusCode::PRECONDITION_FAILED);
        assert_eq!((&problem["plan"]["revision"], &problem["etag"]), (&json!(2), &json!("\"2\"")));
        assert_eq!(problem["plan"]["changes"], plan["changes"]);

        let (status, made) = told(import("/import?name=motor.yaml", MOTOR, "\"2\"")).await;
        assert_eq!(
            (status, &made["revision"], &made["impact"]["shifts"]),
            (StatusCode::OK, &json!(3), &plan["impact"]["shifts"])
        );
        let (status, again) = told(import("/import", MOTOR, "*")).await;
        assert_eq!((status, &again["revision"], &again["changes"]), (StatusCode::OK, &json!(3), &json!([])));

        let (_, entry) = told(ask(&server, "root", Method::GET, "/journal/3")).await;
        assert_eq!((&entry["by"], &entry["summary"]), (&json!("root"), &json!("imported motor.yaml")));
        let (_, shifts) = told(ask(&server, "root", Method::GET, "/compare?from=2&to=3")).await;
        assert_eq!(shifts, plan["impact"]["shifts"]);
        let (_, back) = told(ask(&server, "root", Method::GET, "/compare?to=2")).await;
        let moved = |shifts: &Value, way: &str| -> BTreeSet<String> {
            let of_way = shifts.as_array().unwrap().iter().filter(|it| it["change"] == way);
            of_way.map(|it| format!("{} {} {}", it["user"], it["operation"], it["action"])).collect()
        };
        assert_eq!(moved(&back, "loses"), moved(&shifts, "gains"));
        assert_eq!(moved(&back, "gains"), moved(&shifts, "loses"));
        let (status, _) = told(ask(&server, "root", Method::GET, "/compare")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn documents_are_for_those_who_manage_the_server() {
    let server = Running::start(Database::Sqlite).await;
    for asker in ["ada", "bob"] {
        for request in [
            post(&server, asker, "/plan", NEW_USER),
            post(&server, asker, "/import", NEW_USER).header("if-match", "*"),
            ask(&server, asker, Method::GET, "/export"),
            ask(&server, asker, Method::GET, "/export?as_of=0"),
        ] {
            let (status, problem) = told(request).await;
            assert_eq!(
                (status, &problem["gate"]),
                (StatusCode::FORBIDDEN, &json!("REPOSITORY_GROUP")),
                "{asker}"
            );
        }
    }
    let (_, refusals) = told(ask(&server, "root", Method::GET, "/refusals")).await;
    let what = |it: &Value| it["what"].as_str().unwrap().to_owned();
    let refused: Vec<_> = refusals["items"].as_array().unwrap().iter().map(what).collect();
    assert!(refused.contains(&"Import documents".to_owned()), "{refusals}");
}

#[tokio::test]
async fn what_is_wrong_with_documents_is_told_at_its_place() {
    let server = Running::start(Database::Sqlite).await;
    let slip = "bailiwick: 1\nusers:\n  - {id: zoe, licences: []}\n";
    let body = json!({"documents": [{"name": "a.yaml", "text": NEW_USER}, {"name": "b.yaml", "text": slip}]});
    for path in ["/plan", "/compare"] {
        let (status, problem) = told(ask(&server, "root", Method::POST, path).json(&body)).await;
        assert_eq!((status, &problem["total"]), (StatusCode::BAD_REQUEST, &json!(1)), "{problem}");
        assert_eq!(
            problem["problems"][0],
            json!({
                "file": "b.yaml",
                "line": 3,
                "column": 15,
                "path": "users[0].licences",
                "message": "unknown key `licences`; did you mean `licenses`?",
            })
        );
    }
    for (body, status) in [
        (json!({"documents": []}), 400),
        (json!({"documents": [{"name": "", "text": NEW_USER}]}), 400),
        (json!({"documents": [{"name": "a"}]}), 400),
        (json!({"document": []}), 400),
        (json!([]), 400),
    ] {
        assert_eq!(told(ask(&server, "root", Method::POST, "/plan").json(&body)).await.0, status, "{body}");
    }
    for (path, media_type, status) in [
        ("/plan", "text/html", 415),
        ("/plan?mode=both", "application/yaml", 400),
        ("/plan?as_of=0", "application/yaml", 400),
        ("/plan?name=a", "application/json", 400),
        ("/plan?name=a%0Ab", "application/yaml", 400),
    ] {
        let request = ask(&server, "root", Method::POST, path).header("content-type", media_type);
        assert_eq!(told(request.body(NEW_USER)).await.0, status, "{path} {media_type}");
    }
}

#[tokio::test]
async fn an_export_is_the_document_of_the_whole_organisation() {
    for database in BOTH {
        let server = Running::start(database).await;
        let export = async |path: &str, accept: &'static str| {
            let response =
                ask(&server, "root", Method::GET, path).header("accept", accept).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
            (media_type, response.text().await.unwrap())
        };
        let yaml = ("application/yaml".to_owned(), document::export(&server.organisation));
        let json = ("application/json".to_owned(), document::export_json(&server.organisation));
        assert_eq!(export("/export", "*/*").await, yaml);
        assert_eq!(export("/export?as_of=1", "application/json").await, json);
        assert_eq!(export("/export?format=yaml", "application/json").await, yaml);
        assert_eq!(export("/export?as_of=0", "*/*").await.1, "bailiwick: 1\n");
        assert!(export("/export?template=Scrum", "*/*").await.1.contains("template: Scrum"));
    }
}

#[tokio::test]
async fn a_comparison_tells_what_the_asker_sees_and_may_ask() {
    let server = Running::start(Database::Sqlite).await;
    let shifts = async |asker: &str, document: &str| {
        let (status, shifts) = told(post(&server, asker, "/compare", document)).await;
        assert_eq!(status, StatusCode::OK, "{shifts}");
        shifts.as_array().unwrap().clone()
    };
    let whole = document::export(&server.organisation);
    let moved = whole.replacen("name: Motor\n", "name: Motor\n        team_area: Tuning Team\n", 1);
    assert_ne!(moved, whole);
    let all = shifts("root", &moved).await;
    assert!(all.iter().any(|it| it["user"] == "lena") && all.iter().any(|it| it["user"] == "bob"));
    // Whoever administers the project area asks about everybody there.
    assert_eq!(shifts("ada", &moved).await, all);
    let of_bob: Vec<Value> = all.iter().filter(|it| it["user"] == "bob").cloned().collect();
    assert_eq!(shifts("bob", &moved).await, of_bob);
    // User5 sees the project area, whose members they are not among, and gains nothing.
    assert!(shifts("user5", &moved).await.is_empty());
    // Bob does not see Development at all: that it is no more is not told.
    let (_, others) = told(post(&server, "bob", "/compare", "bailiwick: 1\nusers: [{id: bob}]\n")).await;
    assert!(!others.to_string().contains("Development"), "{others}");
}

#[tokio::test]
async fn changes_that_are_only_thought_of_tell_who_would_gain_and_lose() {
    let server = Running::start(Database::Sqlite).await;
    let motor = "/api/v1/components/gc%3AElectric%20Vehicle%23component%3AMotor";
    let change =
        |path: &str, body: Value| json!({"requests": [{"method": "PATCH", "path": path, "body": body}]});
    let think = async |asker: &str, body: &Value| {
        told(ask(&server, asker, Method::POST, "/what-if").json(body)).await
    };
    let wish = change(motor, json!({"team_area": "Tuning Team"}));
    let (status, shifts) = think("root", &wish).await;
    assert_eq!(status, StatusCode::OK, "{shifts}");
    let (_, plan) = told(post(&server, "root", "/plan", MOTOR)).await;
    assert_eq!(shifts, plan["impact"]["shifts"]);
    // Bob may not make the change, and may ask what it would do to him.
    let (status, of_bob) = think("bob", &wish).await;
    assert_eq!(status, StatusCode::OK);
    let of_bob = of_bob.as_array().unwrap();
    assert!(!of_bob.is_empty() && of_bob.iter().all(|it| it["user"] == "bob"));
    // What breaks a rule is told to those who may do it; others may not see what the rule protects.
    let clash = change(motor, json!({"name": "Battery"}));
    let (status, problem) = think("lena", &clash).await;
    assert_eq!((status, problem["rules"].is_array()), (StatusCode::CONFLICT, true), "{problem}");
    let (status, problem) = think("gus", &clash).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{problem}");
    let (status, problem) = think("bob", &clash).await;
    assert_eq!((status, problem.get("rules")), (StatusCode::CONFLICT, None), "{problem}");
    let (_, nothing) = think("root", &json!({"requests": []})).await;
    assert_eq!(nothing, json!([]));
    let read = json!({"requests": [{"method": "GET", "path": motor}]});
    assert_eq!(think("root", &read).await.0, StatusCode::BAD_REQUEST);
    let (_, after) = told(ask(&server, "root", Method::GET, &motor[7..])).await;
    assert_eq!(after["team_area"], "unassigned");
}
