//! Floating licences: who gets one, for how long, and what is told of it.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{ask, get, told};
use super::running::{BOTH, Database, Running, demo_of, started_with, told_by};

/// Lea and Kim lead, and have no licence of their own; Pat has.
const TEAM: &str = r#"
bailiwick: 1
users:
  - {id: root, groups: [JazzAdmins], licenses: [elm-practitioner]}
  - {id: pat, licenses: [elm-practitioner]}
  - {id: lea}
  - {id: kim}
license_pools:
  - {type: elm-contributor, seats: 1}
project_areas:
  - application: gc
    name: Car
    template: Global Configuration Management
    access: everyone
    members: {lea: [configuration-lead], kim: [configuration-lead], pat: [configuration-lead]}
    components: [{name: Motor}]
"#;

const POOL: &str = "/license-pools/elm-contributor";
const MOTOR: &str = "/components/gc%3ACar%23component%3AMotor";
const MODIFY: &str =
    r#""operation": "gc.save-component", "actions": ["modify-attributes"], "item": "gc:Car#component:Motor""#;

async fn start(database: Database) -> Running {
    start_lasting(database, Duration::from_secs(7200)).await
}

async fn start_lasting(database: Database, lasting: Duration) -> Running {
    Running::start_on(told_by(TEAM), database, |config| {
        config.demo = Some(demo_of(&["root", "pat", "lea", "kim"]));
        config.lease = lasting;
    })
    .await
}

/// Changes the motor; answers the gate that refuses it, if one does.
async fn changes(running: &Running, id: &str, to: &str) -> Option<String> {
    let request = ask(running, id, Method::PATCH, MOTOR).header("If-Match", "*");
    let (status, answer) = told(request.json(&json!({"description": to}))).await;
    match status {
        StatusCode::OK => None,
        _ => Some(answer["gate"].as_str().unwrap_or_else(|| panic!("{status} {answer}")).to_owned()),
    }
}

async fn may(running: &Running, id: &str) -> bool {
    let line = format!("{{\"user\": \"{id}\", {MODIFY}}}\n");
    let request = ask(running, id, Method::POST, "/check").header("content-type", "application/jsonl");
    let answer: Value = request.body(line).send().await.unwrap().json().await.unwrap();
    answer["allowed"] == json!(true)
}

async fn root(running: &Running, method: Method, path: &str) -> Value {
    let (status, answer) = told(ask(running, "root", method.clone(), path)).await;
    assert!(status.is_success(), "{method} {path}: {status} {answer}");
    answer
}

async fn leases(running: &Running) -> Vec<Value> {
    root(running, Method::GET, &format!("{POOL}/leases")).await["items"].as_array().unwrap().clone()
}

fn license() -> Option<String> {
    Some("LICENSE".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_takes_a_seat_and_a_question_takes_none() {
    for database in BOTH {
        let running = start(database).await;
        assert!(may(&running, "lea").await && may(&running, "kim").await, "a seat is free");
        assert_eq!(leases(&running).await, [] as [Value; 0], "nobody has taken it");

        assert_eq!(changes(&running, "lea", "first").await, None);
        let first = leases(&running).await;
        assert_eq!((&first[0]["user"], &first[0]["type"]), (&json!("lea"), &json!("elm-contributor")));
        assert!(may(&running, "lea").await && !may(&running, "kim").await);
        let who =
            "/who-can?operation=gc.save-component&action=modify-attributes&item=gc%3ACar%23component%3AMotor";
        let who = root(&running, Method::GET, who).await;
        let who: Vec<_> = who["items"].as_array().unwrap().iter().map(|it| &it["user"]).collect();
        assert_eq!(json!(who), json!(["root", "pat", "lea"]));
        assert_eq!(changes(&running, "kim", "second").await, license());
        let explained = "/explain?user=kim&operation=gc.save-component&action=modify-attributes&item=gc%3ACar%23component%3AMotor";
        let (_, explained) = get(&running, "kim", explained).await;
        let gates = explained["gates"].as_array().unwrap();
        let because = gates.iter().find(|it| it["gate"] == "LICENSE").unwrap()["because"].as_str().unwrap();
        assert!(because.ends_with("; none is free of elm-contributor"), "{because}");

        assert_eq!(changes(&running, "lea", "third").await, None);
        assert_eq!(leases(&running).await, first, "while it is fresh, nothing is written");
        assert_eq!(changes(&running, "pat", "fourth").await, None);
        assert_eq!(leases(&running).await, first, "who has one of their own needs no seat");

        let refusals = root(&running, Method::GET, "/refusals").await;
        assert_eq!(
            (&refusals["items"][0]["by"], &refusals["items"][0]["gate"]),
            (&json!("kim"), &json!("LICENSE"))
        );
        let lines = ask(&running, "kim", Method::POST, "/project-areas/gc%3ACar/import?what=components");
        let lines = lines.header("Content-Type", "text/csv").body("name\nBrake\nAxle\n");
        assert_eq!(told(lines).await.0, StatusCode::BAD_REQUEST, "an import is one change");
        let refusals = root(&running, Method::GET, "/refusals").await;
        assert_eq!(refusals["items"][0]["gate"], "LICENSE");
        assert!(refusals["items"][0]["what"].as_str().unwrap().starts_with("imported"), "{refusals}");
        let used = root(&running, Method::GET, &format!("{POOL}/use")).await;
        let days = used["days"].as_array().unwrap();
        assert_eq!(days.len(), 30);
        let last = days.last().unwrap();
        assert_eq!(
            json!([last["installed"], last["peak"], last["denials"]]),
            json!([1, 1, 2]),
            "{database:?}"
        );
        assert_eq!(json!([days[0]["installed"], days[0]["peak"]]), json!([0, 0]), "the server was not there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_ends_at_sign_out_by_an_administrator_and_with_the_account() {
    for database in BOTH {
        let running = start(database).await;
        let here = running.sign_in("lea", &super::running::password("lea")).await.unwrap();
        let there = running.sign_in("lea", &super::running::password("lea")).await.unwrap();
        assert_eq!(changes(&running, "lea", "a").await, None);
        running.submit("/sign-out", Some(&here), &[]).await;
        assert_eq!(leases(&running).await.len(), 1, "she is signed in elsewhere");
        running.submit("/sign-out", Some(&there), &[]).await;
        assert_eq!(leases(&running).await, [] as [Value; 0]);
        // So it does when the session ends by a new password.
        assert_eq!(changes(&running, "lea", "a").await, None);
        let change = ask(&running, "lea", Method::POST, "/me/password");
        let (old, new) = (super::running::password("lea"), super::running::password("lea"));
        let change = change.json(&json!({"old": old, "new": new}));
        assert_eq!(told(change).await.0, StatusCode::NO_CONTENT);
        assert_eq!(leases(&running).await, [] as [Value; 0]);
        assert_eq!(changes(&running, "kim", "b").await, None);

        let lease = format!("{POOL}/leases/kim");
        let (status, _) = told(ask(&running, "lea", Method::DELETE, &lease)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let once = async || {
            let request = ask(&running, "root", Method::DELETE, &lease).header("Idempotency-Key", "once");
            told(request).await.0
        };
        assert_eq!([once().await, once().await], [StatusCode::NO_CONTENT; 2]);
        let journal = root(&running, Method::GET, "/journal?limit=1").await;
        assert_eq!(journal["items"][0]["summary"], "End the lease of a user: kim, elm-contributor");
        let (status, _) = told(ask(&running, "root", Method::DELETE, &lease)).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(changes(&running, "lea", "c").await, None);
        assert_eq!(changes(&running, "kim", "d").await, license());

        // Whoever gets other groups is signed out, too.
        let change = ask(&running, "root", Method::PATCH, "/users/lea").header("If-Match", "*");
        let (status, _) = told(change.json(&json!({"groups": ["JazzUsers", "JazzGuests"]}))).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(leases(&running).await, [] as [Value; 0]);
        assert_eq!(changes(&running, "lea", "f").await, None);

        root(&running, Method::POST, "/users/lea/archive").await;
        assert_eq!(changes(&running, "kim", "e").await, None);
        assert_eq!(leases(&running).await[0]["user"], "kim");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_is_not_used_ends_in_time_and_one_that_is_goes_on() {
    // So that what is left when it is used suffices on a busy machine.
    let running = start_lasting(Database::Sqlite, Duration::from_secs(9)).await;
    assert_eq!(changes(&running, "lea", "a").await, None);
    let first = leases(&running).await.remove(0);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(changes(&running, "lea", "b").await, None);
    let renewed = leases(&running).await.remove(0);
    assert_eq!(renewed["taken"], first["taken"]);
    assert!(renewed["expires"].as_str() > first["expires"].as_str());
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(changes(&running, "kim", "c").await, license());
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(may(&running, "kim").await);
    assert_eq!(changes(&running, "kim", "d").await, None);
    assert_eq!(changes(&running, "lea", "e").await, license());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_is_leased_until_its_last_day_and_what_is_leased_counts_by_tokens() {
    let running = start(Database::Sqlite).await;
    let put = async |path: &str, body: Value| {
        let request = ask(&running, "root", Method::PUT, path).header("If-Match", "*").json(&body);
        let request =
            if path == POOL { request } else { ask(&running, "root", Method::PUT, path).json(&body) };
        told(request).await
    };
    let (status, answer) = put(POOL, json!({"seats": 1, "expires": "some day"})).await;
    assert_eq!((status, &answer["pointer"]), (StatusCode::BAD_REQUEST, &json!("/expires")), "{answer}");
    assert_eq!(changes(&running, "lea", "a").await, None);
    assert_eq!(put(POOL, json!({"seats": 1, "expires": "2000-01-01"})).await.0, StatusCode::OK);
    assert!(!may(&running, "lea").await);
    assert_eq!(changes(&running, "lea", "b").await, license());
    let counts = root(&running, Method::GET, "/licenses").await;
    let of =
        |id: &str| counts["items"].as_array().unwrap().iter().find(|it| it["type"] == id).unwrap().clone();
    assert_eq!(
        (&of("elm-contributor")["expired"], &of("elm-contributor")["free"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(of("elm-practitioner")["assigned"], 2);

    // Nine tokens are enough for one contributor, at five, and not for two.
    let contributor = json!({"seats": 0, "tokens": 9});
    assert_eq!(put("/license-pools/ewm-contributor", contributor).await.0, StatusCode::OK);
    assert_eq!(changes(&running, "lea", "c").await, None);
    assert_eq!(changes(&running, "kim", "d").await, license());
    let counts = root(&running, Method::GET, "/licenses").await;
    assert_eq!(counts["tokens"], json!({"installed": 9, "leased": 5, "free": 4}));
    let tokens = root(&running, Method::GET, "/license-pools/tokens/leases").await;
    assert_eq!((&tokens["items"][0]["user"], &tokens["items"][0]["pool"]), (&json!("lea"), &json!("tokens")));
    let used = root(&running, Method::GET, "/license-pools/tokens/use").await;
    let last = used["days"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(json!([last["installed"], last["peak"], last["denials"]]), json!([9, 5, 1]));
    // There was nothing before the server was, and what is installed now is told before anybody uses it.
    let installed = async || {
        let used = root(&running, Method::GET, "/license-pools/ewm-developer/use").await;
        let days = used["days"].as_array().unwrap().iter().map(|day| day["installed"].as_u64().unwrap());
        let days: Vec<_> = days.collect();
        (days[..days.len() - 1].iter().sum::<u64>(), days[days.len() - 1])
    };
    for (seats, guard) in [(7, None), (0, Some("*"))] {
        let request = ask(&running, "root", Method::PUT, "/license-pools/ewm-developer");
        let request = guard.into_iter().fold(request, |request, tag| request.header("If-Match", tag));
        assert_eq!(told(request.json(&json!({"seats": seats}))).await.0, StatusCode::OK);
        assert_eq!(installed().await, (0, seats));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_assigned_long_ago_and_never_used_is_told() {
    // The organisation was imported at the beginning of the year.
    let running = start(Database::Sqlite).await;
    let unused = async |days: u32| {
        let answer = root(&running, Method::GET, &format!("/licenses/unused?days={days}")).await;
        let items = answer["items"].as_array().unwrap().clone();
        items
            .into_iter()
            .map(|it| (it["user"].as_str().unwrap().to_owned(), it["last_used"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(unused(1).await, [("root".to_owned(), Value::Null), ("pat".to_owned(), Value::Null)]);
    assert_eq!(unused(36_500).await, [], "it was assigned since");
    assert_eq!(changes(&running, "pat", "a").await, None);
    assert_eq!(unused(1).await, [("root".to_owned(), Value::Null)]);
    let given = told(ask(&running, "root", Method::PUT, "/users/kim/licenses/ewm-developer")).await;
    assert!(given.0.is_success(), "{given:?}");
    assert_eq!(unused(1).await, [("root".to_owned(), Value::Null)], "it is new");
    let (status, _) = get(&running, "root", "/licenses/unused?days=0").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_assigned_is_counted_and_refused_beyond() {
    let running = start(Database::Sqlite).await;
    let request = ask(&running, "root", Method::PUT, "/license-pools/ewm-developer");
    let (status, _) = told(request.json(&json!({"seats": 0, "authorised": 1}))).await;
    assert_eq!(status, StatusCode::OK);
    let assign = async |id: &str, method: Method| {
        told(ask(&running, "root", method, &format!("/users/{id}/licenses/ewm-developer"))).await
    };
    assert!(assign("kim", Method::PUT).await.0.is_success());
    let (status, problem) = assign("lea", Method::PUT).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert!(problem.to_string().contains("2 people would have the licence `ewm-developer`, of which 1 are"));
    let counts = root(&running, Method::GET, "/licenses").await;
    let of = counts["items"].as_array().unwrap().iter().find(|it| it["type"] == "ewm-developer").unwrap();
    assert_eq!(json!([of["authorised"], of["assigned"], of["unassigned"]]), json!([1, 1, 0]));
    assert!(assign("kim", Method::DELETE).await.0.is_success());
    assert!(assign("lea", Method::PUT).await.0.is_success());
    let (status, problem) =
        told(ask(&running, "kim", Method::PUT, "/users/kim/licenses/ewm-developer")).await;
    assert_eq!((status, &problem["gate"]), (StatusCode::FORBIDDEN, &json!("REPOSITORY_GROUP")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chart_is_a_picture_for_those_who_manage_licences() {
    let running = start(Database::Sqlite).await;
    let chart = ask(&running, "root", Method::GET, &format!("{POOL}/use.svg?from=2026-01-01&to=2026-01-31"));
    let chart = chart.send().await.unwrap();
    assert_eq!(chart.headers()["content-type"], "image/svg+xml");
    let text = chart.text().await.unwrap();
    assert_eq!(text.matches("<g><title>2026-01-").count(), 31, "{text}");
    for (path, expected) in [
        ("/license-pools/elm-contributor/use?from=2026-02-30", StatusCode::BAD_REQUEST),
        ("/license-pools/elm-contributor/use?from=2026-02-02&to=2026-02-01", StatusCode::BAD_REQUEST),
        ("/license-pools/nothing/use", StatusCode::NOT_FOUND),
        ("/license-pools/system-internal/use", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(get(&running, "root", path).await.0, expected, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_one_server_frees_is_free_on_the_other() {
    let running = start(Database::Postgres).await;
    let mut config = super::running::config(running.folder.path(), Some(running.location.clone()), None);
    config.demo = Some(demo_of(&["lea", "kim"]));
    let (base, task) = started_with(config).await;
    let other = async |id: &str, to: &str| {
        let request = running.client.patch(format!("{base}/api/v1{MOTOR}")).header("If-Match", "*");
        let request = request.basic_auth(id, Some(super::running::password(id)));
        let (status, answer) = told(request.json(&json!({"description": to}))).await;
        if status.is_success() { None } else { Some(answer["gate"].as_str().unwrap().to_owned()) }
    };
    assert_eq!(changes(&running, "lea", "a").await, None);
    assert_eq!(other("kim", "b").await, license());
    assert_eq!(other("lea", "c").await, None, "one seat serves her everywhere");
    // The other has not heard of it yet, and looks before it refuses.
    let out = running.sign_in("lea", &super::running::password("lea")).await.unwrap();
    running.submit("/sign-out", Some(&out), &[]).await;
    assert_eq!(other("kim", "d").await, None);
    assert_eq!(changes(&running, "lea", "e").await, license());
    task.abort();
}
