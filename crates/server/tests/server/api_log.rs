//! The REST API: searching and exporting the journal and the log of refusals, and verifying the journal.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::{Location, RefusalFilter, Store};

use super::api::{ask, get, told};
use super::running::{BOTH, Database, Running, demo, password, query};

const MOTOR: &str = "/components/gc%3AElectric%20Vehicle%23component%3AMotor";

/// Some changes: by Lena, through a token and not, and by Root, by an override.
async fn with_changes(database: Database) -> Running {
    let running = Running::start(database).await;
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let new = json!({"name": "nightly", "scopes": ["read", "write"], "expires": expires.to_string()});
    let (status, made) = told(ask(&running, "lena", Method::POST, "/me/tokens").json(&new)).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    let url = format!("{}/api/v1{MOTOR}", running.base);
    let patch = running.client.patch(url).bearer_auth(made["secret"].as_str().unwrap());
    let patch = patch.header("If-Match", "*").json(&json!({"description": "by a program"}));
    assert_eq!(told(patch).await.0, StatusCode::OK);
    for id in ["lena", "root"] {
        let patch = ask(&running, id, Method::PATCH, MOTOR).header("If-Match", "*");
        let patch = patch.json(&json!({"description": format!("by {id}, \"again\"\nand again")}));
        assert_eq!(told(patch).await.0, StatusCode::OK, "{id}");
    }
    running
}

async fn text(running: &Running, path: &str, accept: &str) -> (String, String) {
    let response = ask(running, "root", Method::GET, path).header("accept", accept).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (media_type, response.text().await.unwrap())
}

fn revisions(page: &Value) -> Vec<u64> {
    page["items"].as_array().unwrap().iter().map(|it| it["revision"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_searched_by_who_through_what_from_where_and_by_what_right() {
    for database in BOTH {
        let running = with_changes(database).await;
        for (filter, expected) in [
            ("by=LENA", vec![3, 2]),
            ("via=token+nightly", vec![2]),
            ("address=127.0.0.1", vec![4, 3, 2]),
            ("address=192.0.2.1", vec![]),
            ("basis=override", vec![4]),
            ("basis=registry", vec![]),
            ("basis=role&by=lena&text=COMPONENT", vec![3, 2]),
            ("text=import", vec![1]),
            ("to=2026-01-02T00:00:00Z", vec![1]),
        ] {
            let (status, page) = get(&running, "root", &format!("/journal?{filter}")).await;
            assert_eq!((status, revisions(&page)), (StatusCode::OK, expected), "{filter}");
        }
        for wrong in ["/journal?changes=true", "/journal?basis=roles", "/journal?kind=users"] {
            let (status, problem) = get(&running, "root", wrong).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}: {problem}");
        }
        assert_eq!(get(&running, "lena", "/journal?format=csv").await.0, StatusCode::FORBIDDEN);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_search_of_the_journal_finds_is_exported_whole() {
    for database in BOTH {
        let running = with_changes(database).await;
        let (media_type, lines) = text(&running, "/journal", "application/jsonl").await;
        assert_eq!(media_type, "application/jsonl");
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (_, page) = get(&running, "root", "/journal").await;
        assert_eq!(json!(lines), page["items"]);

        let (_, lines) = text(&running, "/journal?format=jsonl&changes=true&by=lena", "*/*").await;
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), &lines[1]["revision"]), (2, &json!(2)));
        let (_, read) = get(&running, "root", "/journal/2").await;
        assert_eq!(lines[1]["change"], read["changes"][0]);

        let (media_type, table) = text(&running, "/journal?basis=override", "text/csv").await;
        assert_eq!(media_type, "text/csv; charset=utf-8");
        let (header, row) = table.split_once('\n').unwrap();
        assert_eq!(header, "revision,at,by,via,address,basis,summary");
        assert!(
            row.starts_with("4,") && row.contains(",root,,127.0.0.1,override,Change a component\n"),
            "{row}"
        );

        // Each fact of the import is a row of its own, however many there are.
        let facts = running.organisation.facts().count();
        assert!(facts > 100);
        let (_, table) = text(&running, "/journal?format=csv&changes=true", "*/*").await;
        let mut reader = csv_rows(&table);
        let header = reader.remove(0);
        assert_eq!(header[7..], ["kind", "item", "key", "before", "after"]);
        assert_eq!(reader.len(), facts + 3);
        let motor = &reader[0];
        assert_eq!(motor[8], "gc:Electric Vehicle#component:Motor");
        assert!(motor[10].contains("by lena") && motor[11].contains("by root"), "{motor:?}");
        assert_eq!(reader.last().unwrap()[0], "1");
    }
}

/// RFC 4180, as far as it is needed.
fn csv_rows(table: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = table.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_searched_and_exported() {
    for database in BOTH {
        let running = Running::start(database).await;
        let wrong = query(&[("user", "BOB"), ("password", "wrong")]);
        let form = running.post("/sign-in").header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(form.body(wrong).send().await.unwrap().status(), 401);
        let patch = ask(&running, "bob", Method::PATCH, MOTOR).header("If-Match", "*");
        assert_eq!(told(patch.json(&json!({"name": "Engine"}))).await.0, StatusCode::FORBIDDEN);
        for (filter, expected) in [
            ("", vec!["Change a component", "sign in"]),
            ("by=bob", vec!["Change a component", "sign in"]),
            ("gate=AUTH", vec!["sign in"]),
            ("text=COMPONENT&address=127.0.0.1", vec!["Change a component"]),
            ("by=bob&gate=LICENSE", vec![]),
            ("by=bo", vec![]),
        ] {
            let (status, page) = get(&running, "root", &format!("/refusals?{filter}")).await;
            let items = page["items"].as_array().unwrap();
            let what: Vec<_> = items.iter().map(|it| it["what"].as_str().unwrap()).collect();
            assert_eq!((status, what), (StatusCode::OK, expected), "{filter}");
        }
        assert_eq!(get(&running, "root", "/refusals?gate=auth").await.0, StatusCode::BAD_REQUEST);
        let (_, page) = get(&running, "root", "/refusals").await;
        let (_, lines) = text(&running, "/refusals?format=jsonl", "*/*").await;
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(json!(lines), page["items"]);
        let (_, table) = text(&running, "/refusals?gate=AUTH", "text/csv").await;
        let rows = csv_rows(&table);
        assert_eq!(rows[0], ["at", "by", "address", "what", "gate"]);
        assert_eq!(rows[1][1..], ["BOB", "127.0.0.1", "sign in", "AUTH"]);
        assert_eq!(rows.len(), 2);
        // A stranger's name is no formula in a spreadsheet.
        let wrong = query(&[("user", "=1+1"), ("password", "wrong")]);
        let form = running.post("/sign-in").header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(form.body(wrong).send().await.unwrap().status(), 401);
        let (_, table) = text(&running, "/refusals?by=%3D1%2B1", "text/csv").await;
        assert_eq!(csv_rows(&table)[1][1], "'=1+1");
        assert_eq!(get(&running, "bob", "/refusals?format=csv").await.0, StatusCode::FORBIDDEN);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_kept_as_long_as_the_configuration_says() {
    let running = Running::start_as(Database::Sqlite, |config| {
        config.demo = Some(demo());
        config.refusals.kept = Duration::from_secs(6);
    })
    .await;
    let patch = ask(&running, "bob", Method::PATCH, MOTOR).header("If-Match", "*");
    assert_eq!(told(patch.json(&json!({"name": "Engine"}))).await.0, StatusCode::FORBIDDEN);
    let store = Store::open_to_read(&Location::parse(&running.location).unwrap()).await.unwrap();
    let kept = async || store.refusals(&RefusalFilter::default()).await.unwrap().refusals.len();
    assert_eq!(kept().await, 1);
    for _ in 0..400 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if kept().await == 0 {
            return;
        }
    }
    panic!("it is kept for longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_verifies_its_own_journal() {
    for database in BOTH {
        let running = with_changes(database).await;
        let (status, found) = get(&running, "root", "/journal/chain").await;
        assert_eq!((status, &found["intact"]), (StatusCode::OK, &json!(true)), "{found}");
        assert_eq!((&found["verified"], &found["altered"]), (&json!(4), &Value::Null));
        let noted = |hash: &str| format!("/journal/chain?noted=4:{hash}");
        let hash = found["hash"].as_str().unwrap();
        assert_eq!(get(&running, "root", &noted(hash)).await.1, found);
        let (_, other) = get(&running, "root", &noted(&"0".repeat(64))).await;
        assert_eq!((&other["intact"], &other["altered"]), (&json!(false), &json!(4)), "{other}");
        let (status, problem) = get(&running, "root", &noted("x")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert_eq!(get(&running, "bob", "/journal/chain").await.0, StatusCode::FORBIDDEN);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_out_is_released_by_those_who_manage_users() {
    for database in BOTH {
        let running = Running::start(database).await;
        let sign_in = async |password: &str| {
            let form = query(&[("user", "bob"), ("password", password)]);
            let request =
                running.post("/sign-in").header("content-type", "application/x-www-form-urlencoded");
            request.body(form).send().await.unwrap().status().as_u16()
        };
        for _ in 0..5 {
            assert_eq!(sign_in("wrong").await, 401);
        }
        assert_eq!(sign_in(&password("bob")).await, 429);
        let release = async |by: &str, of: &str| {
            told(ask(&running, by, Method::POST, &format!("/users/{of}/release"))).await.0
        };
        assert_eq!(release("lena", "bob").await, StatusCode::FORBIDDEN);
        assert_eq!(release("root", "nobody").await, StatusCode::NOT_FOUND);
        assert_eq!(sign_in(&password("bob")).await, 429);
        // Under its key once, however often it is sent.
        let once = async || {
            let request = ask(&running, "root", Method::POST, "/users/BOB/release");
            told(request.header("Idempotency-Key", "once")).await.0
        };
        assert_eq!([once().await, once().await], [StatusCode::NO_CONTENT; 2]);
        assert_eq!(sign_in(&password("bob")).await, 303);
        let (_, journal) = get(&running, "root", "/journal?limit=2").await;
        let summaries = [0, 1].map(|at| journal["items"][at]["summary"].as_str().unwrap_or_default());
        assert_eq!(summaries[0], "Release the lock-out of a user: bob");
        assert_ne!(summaries[1], summaries[0]);
    }
}
