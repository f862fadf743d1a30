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
