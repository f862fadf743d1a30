//! What makes no sense is told so, harms nothing and tells nothing.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::api::{ask, get, told};
use crate::running::{BETA, BOTH, Database, Running, query};

const MOTOR: &str = "/components/gc%3AElectric%20Vehicle%23component%3AMotor";

/// The status, the last part of the problem's type, and what it says.
async fn problem(request: RequestBuilder) -> (u16, String, String) {
    let (status, problem) = told(request).await;
    let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
    (status.as_u16(), text("type").replace("urn:bailiwick:problem:", ""), text("detail"))
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_none_are_told_so_and_change_nothing() {
    let running = Running::start(Database::Sqlite).await;
    let before = get(&running, "lena", MOTOR).await;
    let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
    for (body, status, kind) in [
        (b"{".to_vec(), 400, "malformed"),
        (b"{} {}".to_vec(), 400, "malformed"),
        (b"\xef\xbb\xbf{}".to_vec(), 400, "malformed"),
        (b"{\"description\":\"\xff\xfe\"}".to_vec(), 400, "malformed"),
        ("{}".encode_utf16().flat_map(u16::to_be_bytes).collect(), 400, "malformed"),
        (br#"{"description":"\ud800"}"#.to_vec(), 400, "malformed"),
        (br#"{"attributes":{"a":1e999}}"#.to_vec(), 400, "malformed"),
        (r#"{"attributes":{"a":"#.bytes().chain("[".repeat(200_000).bytes()).collect(), 400, "malformed"),
        (format!(r#"{{"attributes":{deep}}}"#).into(), 400, "bad-value"),
        (br#"{"description":"a","description":"b"}"#.to_vec(), 400, "bad-value"),
        (br#"{"description":"a\u0000b"}"#.to_vec(), 400, "bad-value"),
        (b"null".to_vec(), 400, "bad-value"),
        (b"[]".to_vec(), 400, "bad-value"),
        (b"7".to_vec(), 400, "bad-value"),
        (br#"{"colour":"red"}"#.to_vec(), 400, "bad-value"),
        (br#"{"name":"a\u202eb"}"#.to_vec(), 400, "bad-value"),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let patch = ask(&running, "lena", Method::PATCH, MOTOR).header("If-Match", "*");
        let patch = patch.header("content-type", "application/json").body(body);
        let (answered, of_type, said) = problem(patch).await;
        assert_eq!((answered, &*of_type), (status, kind), "{shown}: {said}");
        assert!(!said.is_empty(), "{shown}");
    }
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json"] {
        let patch = ask(&running, "lena", Method::PATCH, MOTOR).header("If-Match", "*");
        let patch = patch.header("content-type", media_type).body("{}");
        assert_eq!(problem(patch).await.0, 415, "{media_type}");
    }
    assert_eq!(get(&running, "lena", MOTOR).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_another_kind_or_no_number_leads_nowhere() {
    let running = Running::start(Database::Sqlite).await;
    let of_another_kind = format!("/components/{}", query(&[("", BETA)]).trim_start_matches('='));
    for path in [
        &*of_another_kind,
        "/components/4294967295",
        "/components/4294967296",
        "/components/18446744073709551616",
        "/components/-1",
        "/components/+1",
        "/components/01",
        "/components/%D9%A1",
        "/components/..%2Fusers",
        "/components/%2e%2e",
        "/components/",
        "/journal/9223372036854775808",
        "/journal/18446744073709551616",
    ] {
        let (status, problem) = get(&running, "root", path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_there_once_unless_it_may_be_repeated() {
    let running = Running::start(Database::Sqlite).await;
    let asked = [("operation", "gc.save-stream"), ("action", "archive"), ("action", "modify-attributes")];
    let question = query(&[&asked[..], &[("item", BETA)]].concat());
    let (status, why) = get(&running, "bob", &format!("/explain?{question}")).await;
    assert_eq!(status, StatusCode::OK, "{why}");
    assert_eq!(why["actions"], json!(["archive", "modify-attributes"]));
    for twice in ["/users?text=a&text=b", "/users?limit=1&limit=2", "/users/bob?user=lena"] {
        let (status, problem) = get(&running, "root", twice).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{twice}: {problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_value_is_told_in_words_of_json() {
    let running = Running::start(Database::Sqlite).await;
    let beta = "/configurations/gc%3AElectric%20Vehicle%23Motor%2Fstream%3AMotor%201.0";
    let gc = "/project-areas/gc%3AElectric%20Vehicle";
    let add = format!("{beta}/contributions");
    let both = json!({"contributions": ["https://a.example/1", "https://a.example/1"]});
    for (method, path, body, expected) in [
        (
            Method::POST,
            &*add,
            json!({"configuration": 14}),
            "`/configuration`: expected a string, not the number `14`",
        ),
        (
            Method::POST,
            &*add,
            json!({"configuration": "x", "at": -1}),
            "`/at`: expected a whole number from 1, not the number `-1`",
        ),
        (
            Method::POST,
            &*add,
            json!({"configuration": "x", "at": 0}),
            "`/at`: expected a whole number from 1, not the number `0`",
        ),
        (
            Method::PUT,
            "/license-pools/elm-practitioner",
            json!({"seats": -1}),
            "`/seats`: expected a whole number from 0 to 4294967295, not the number `-1`",
        ),
        (
            Method::PUT,
            "/license-pools/elm-practitioner",
            json!({"authorised": 0.5}),
            "`/authorised`: expected a whole number from 0 to 4294967295, not the number `0.5`",
        ),
        (
            Method::POST,
            "/project-areas/ccm%3ADevelopment/work-items",
            json!({"id": -7}),
            "`/id`: expected a whole number from 0, not the number `-7`",
        ),
        (
            Method::GET,
            "/licenses/unused?days=-1",
            json!({}),
            "`days` in the query: expected a whole number from 0",
        ),
        (Method::POST, &*add, json!({}), "the body: `configuration` is missing"),
        (
            Method::POST,
            &*add,
            json!({"colour": 1}),
            "`/colour`: `colour` is unknown; expected `configuration` or `at`",
        ),
        (Method::PATCH, beta, both, "`/contributions/1`: `https://a.example/1` is there twice"),
        (Method::PATCH, beta, json!({"tags": {}}), "`/tags`: expected an array, not an object"),
        (Method::GET, "/users?archived=maybe", json!({}), "`archived` in the query: expected \"true\""),
        (
            Method::GET,
            "/users?colour=red",
            json!({}),
            "`colour` in the query: `colour` is unknown; expected one of",
        ),
        (Method::GET, "/explain?item=x", json!({}), "the query: `operation` is missing"),
        (
            Method::POST,
            &*format!("{gc}/categories"),
            json!({"name": "x"}),
            "for project areas of `ccm`, and this is one of `gc`",
        ),
        (
            Method::POST,
            &*format!("{gc}/folders"),
            json!({"name": "x"}),
            "for project areas of `rm`, and this is one of `gc`",
        ),
    ] {
        let request = ask(&running, "root", method.clone(), path).json(&body);
        let request = if method == Method::PATCH { request.header("If-Match", "*") } else { request };
        let (_, _, said) = problem(request).await;
        assert!(said.contains(expected), "{path} {body}: {said}");
    }
    let car = "/configurations/gc%3AElectric%20Vehicle%23Electric%20Vehicle%2Fstream%3AElectric%20Vehicle%20-%20Sport%202.0";
    let (_, there) = get(&running, "root", &format!("{car}/contributions")).await;
    let again = json!({"configuration": there["items"][0]["configuration"]});
    let (status, _, said) =
        problem(ask(&running, "root", Method::POST, &format!("{car}/contributions")).json(&again)).await;
    assert_eq!(status, 409);
    assert!(said.contains("already: replace it, or move it"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_goes_on_in_its_own_list_and_nothing_is_read_of_what_is_to_come() {
    let running = Running::start(Database::Sqlite).await;
    let (_, users) = get(&running, "root", "/users?limit=1").await;
    let (_, found) = get(&running, "root", "/configurations?limit=1").await;
    let next = |page: &Value| page["next"].as_str().unwrap().to_owned();
    for (path, status) in [
        (format!("/users?limit=2&cursor={}", next(&users)), 200),
        (format!("/users?archived=false&cursor={}", next(&users)), 400),
        (format!("/project-areas?cursor={}", next(&users)), 400),
        (format!("/users?cursor={}", next(&found)), 400),
        (format!("/configurations?limit=2&cursor={}", next(&found)), 200),
        (format!("/configurations?kind=stream&cursor={}", next(&found)), 400),
        (format!("/components?cursor={}", next(&found)), 400),
        ("/users/bob?as_of=1".to_owned(), 200),
        ("/users/bob?as_of=2".to_owned(), 400),
        ("/users/bob?as_of=2999-01-01T00:00:00Z".to_owned(), 400),
    ] {
        let (answered, problem) = get(&running, "root", &path).await;
        assert_eq!(answered, status, "{path}: {problem}");
        if path.contains("as_of=2") {
            assert_eq!(problem["newest"], 1, "{problem}");
            assert!(problem["detail"].as_str().unwrap().contains("is still to come"), "{problem}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_have_a_thousand_characters_at_most_and_ids_two_hundred_and_fifty() {
    let running = Running::start(Database::Sqlite).await;
    let make = async |path: &str, key: &str, length: usize| {
        // A letter of two bytes: characters are counted.
        let body = json!({key: "ä".repeat(length)});
        problem(ask(&running, "root", Method::POST, path).json(&body)).await
    };
    for (path, key, longest) in [
        ("/project-areas/gc%3AElectric%20Vehicle/tags", "name", 1000),
        ("/access-groups", "name", 1000),
        ("/users", "id", 250),
    ] {
        let (status, _, said) = make(path, key, longest).await;
        assert_eq!(status, 201, "{path}: {said}");
        let (status, kind, said) = make(path, key, longest + 1).await;
        assert!(
            matches!((status, &*kind), (400, "bad-value") | (409, "conflict")),
            "{path}: {status} {kind}"
        );
        assert!(said.contains(&longest.to_string()), "{path}: {said}");
    }
    // What has the longest name is found by its reference.
    for (length, status) in [(1001, 400), (1000, 204)] {
        let rename = ask(&running, "root", Method::PATCH, MOTOR).header("If-Match", "*");
        let renamed = rename.json(&json!({"name": "ä".repeat(length)})).send().await.unwrap();
        assert_eq!(renamed.status(), status);
    }
    let long = query(&[("", &format!("gc:Electric Vehicle#component:{}", "ä".repeat(1000)))]);
    let (status, found) =
        get(&running, "root", &format!("/components/{}", long.trim_start_matches('='))).await;
    assert_eq!(status, StatusCode::OK, "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_are_known_are_told_which_revisions_there_are() {
    for database in BOTH {
        let running = Running::start(database).await;
        for (name, value) in
            [("Revision", "4000"), ("Revision", "none"), ("Revision", "-1"), ("History", "another")]
        {
            let url = format!("{}/api/v1{MOTOR}", running.base);
            let plain = running.client.get(&url).send().await.unwrap().text().await.unwrap();
            let nobody = running.client.get(&url).header(name, value).send().await.unwrap();
            assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED, "{name}: {value}");
            assert_eq!(nobody.text().await.unwrap(), plain);
            let known = told(ask(&running, "bob", Method::GET, MOTOR).header(name, value)).await;
            assert_eq!(known.0, StatusCode::BAD_REQUEST, "{}", known.1);
        }
        let (status, problem) =
            told(ask(&running, "bob", Method::GET, MOTOR).header("Revision", "4000")).await;
        let kind: &Value = &problem["type"];
        assert_eq!(
            (status, kind),
            (StatusCode::BAD_REQUEST, &json!("urn:bailiwick:problem:foreign-revision"))
        );
    }
}
