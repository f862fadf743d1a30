//! Approvals, preconditions and baselines of hierarchies over HTTP (docs/global-configurations.md#runs).

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{ask, get, told};
use super::running::{BOTH, MOTOR, Running};

const SPORT: &str = "/configurations/gc%3AElectric%20Vehicle%23Electric%20Vehicle%2Fstream%3AElectric%20Vehicle%20-%20Sport%202.0";

async fn send(running: &Running, id: &str, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let changes = [Method::PATCH, Method::DELETE].contains(&method);
    let request = ask(running, id, method, path);
    let request = if changes { request.header("If-Match", "*") } else { request };
    told(if body.is_null() { request } else { request.json(&body) }).await
}

fn motor(what: &str) -> String {
    format!("/configurations/{}{what}", MOTOR.replace('%', "%25").replace('/', "%2F").replace('#', "%23"))
}

/// The events of a run, from the first to the last.
async fn events(running: &Running, id: &str, run: &str) -> Vec<(String, Value)> {
    let request = ask(running, id, Method::GET, &format!("/baseline-runs/{run}/events"));
    let text = request.send().await.unwrap().text().await.unwrap();
    let mut events = Vec::new();
    for event in text.split("\n\n").filter(|event| !event.trim().is_empty()) {
        let field = |name: &str| {
            let line = event.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim().to_owned()
        };
        events.push((field("event:"), serde_json::from_str(&field("data:")).unwrap()));
    }
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hierarchy_is_planned_baselined_and_followed() {
    for database in BOTH {
        let running = Running::start(database).await;
        let plan = format!("{SPORT}/baseline-plan?names=%7Bname%7D%20R1");
        let (status, planned) = get(&running, "lena", &plan).await;
        assert_eq!((status, &planned["changes"]), (StatusCode::OK, &json!(true)), "{planned}");
        let begin = format!("{SPORT}/baseline-hierarchy");
        let names = json!({"names": "{name} R1"});
        let (status, refused) = send(&running, "bob", Method::POST, &begin, names.clone()).await;
        assert_eq!((status, &refused["gate"]), (StatusCode::FORBIDDEN, &json!("PERMISSION")), "{refused}");

        let (status, run) = send(&running, "lena", Method::POST, &begin, names).await;
        assert_eq!(status, StatusCode::OK, "{run}");
        let id = run["id"].as_str().unwrap();
        let events = events(&running, "lena", id).await;
        let (last, ended) = events.last().unwrap();
        assert_eq!((&**last, &ended["state"]), ("run", &json!("finished")), "{events:?}");
        assert!(events[..events.len() - 1].iter().all(|(name, _)| name == "progress"));
        assert_eq!(ended["lines"], planned["lines"], "it does what was planned");
        assert_eq!(get(&running, "lena", &format!("/baseline-runs/{id}")).await.1, *ended);
        assert_eq!(get(&running, "root", &format!("/baseline-runs/{id}")).await.0, StatusCode::OK);
        assert_eq!(get(&running, "bob", &format!("/baseline-runs/{id}")).await.0, StatusCode::NOT_FOUND);
        let runs = get(&running, "lena", "/baseline-runs").await.1;
        assert_eq!(runs["items"][0]["id"], json!(id));
        assert_eq!(get(&running, "bob", "/baseline-runs").await.1, json!({"items": []}));
        let resume = format!("/baseline-runs/{id}/resume");
        let (_, resumed) = send(&running, "lena", Method::POST, &resume, Value::Null).await;
        assert_eq!(resumed, *ended, "what has ended is not gone on with");

        // One revision, and nothing is left to do.
        let revision = ended["revision"].as_u64().unwrap();
        let newest = running.get_as("lena", "/api/v1/settings").await;
        assert_eq!(newest.headers()["revision"].to_str().unwrap(), revision.to_string());
        let (_, again) = get(&running, "lena", &plan).await;
        assert_eq!(again["changes"], json!(false), "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_baseline_waits_for_the_approval_of_a_role() {
    for database in BOTH {
        let running = Running::start(database).await;
        let demanded = json!({"preconditions": [{"role": "default", "operation": "gc.save-baseline",
            "require": [{"approval": "configuration-lead"}]}]});
        let area = "/project-areas/gc:Electric%20Vehicle";
        let (status, changed) = send(&running, "ada", Method::PATCH, area, demanded.clone()).await;
        assert_eq!(status, StatusCode::OK, "{changed}");
        assert_eq!(changed["preconditions"][0]["require"], demanded["preconditions"][0]["require"]);
        let wrong = json!({"preconditions": [{"role": "default", "operation": "gc.save-stream",
            "require": ["no-skew"]}]});
        let (status, refused) = send(&running, "ada", Method::PATCH, area, wrong).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(refused["pointer"], json!("/preconditions/0/require/0"), "{refused}");

        let component = "/components/gc:Electric%20Vehicle%23component:Motor/configurations";
        let new = json!({"kind": "baseline", "name": "Motor 1.0 R1", "from": "stream:Motor 1.0"});
        let (status, refused) = send(&running, "lena", Method::POST, component, new.clone()).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(refused["unmet"][0]["precondition"], json!("approval"), "{refused}");

        // Her own approval does not help; nor does Bob's, who leads in his team alone.
        for id in ["lena", "bob"] {
            let (status, approvals) =
                send(&running, id, Method::POST, &motor("/approvals"), Value::Null).await;
            assert_eq!(status, StatusCode::OK, "{approvals}");
            let (status, _) = send(&running, "lena", Method::POST, component, new.clone()).await;
            assert_eq!(status, StatusCode::CONFLICT);
        }
        let approvals = get(&running, "lena", &motor("/approvals")).await.1;
        let users: Vec<_> = approvals["items"].as_array().unwrap().iter().map(|it| &it["user"]).collect();
        assert_eq!(users, ["bob", "lena"]);
        assert!(approvals["items"][0]["revision"].as_u64() > Some(0), "{approvals}");
        let (status, approvals) =
            send(&running, "bob", Method::DELETE, &motor("/approvals"), Value::Null).await;
        assert_eq!((status, approvals["items"].as_array().unwrap().len()), (StatusCode::OK, 1));

        // As a lead of the project area he counts.
        let lead = format!("{area}/members/bob");
        let roles = json!({"roles": ["configuration-lead"]});
        let (status, told) = send(&running, "root", Method::PUT, &lead, roles).await;
        assert!(status.is_success(), "{told}");
        send(&running, "bob", Method::POST, &motor("/approvals"), Value::Null).await;
        let (status, made) = send(&running, "lena", Method::POST, component, new).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        // What changes is approved no longer.
        let description = json!({"description": "faster"});
        send(&running, "lena", Method::PATCH, &motor(""), description).await;
        assert_eq!(get(&running, "lena", &motor("/approvals")).await.1, json!({"items": []}));
    }
}
