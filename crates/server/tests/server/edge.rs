use std::net::SocketAddr;

use reqwest::Method;
use serde_json::{Value, json};
use server::Config;

use crate::running::{Database, Running, client, client_builder, password, started, started_with};

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect_it() {
    let server = Running::start(Database::Sqlite).await;
    for path in ["/", "/sign-in", "/explain", "/nowhere", "/health/live"] {
        let response = server.get_as("bob", path).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("x-request-id"), "same");
    }
    let mut ids = Vec::new();
    for _ in 0..3 {
        let path = format!("{}/nowhere", server.base);
        let response = client_builder().build().unwrap().get(path).send().await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(response.json::<Value>().await.unwrap()["request_id"], id.as_str());
        assert!(!ids.contains(&id), "{ids:?}");
        ids.push(id);
    }
}

#[tokio::test]
async fn pages_have_neither_scripts_nor_styles_in_them() {
    let server = Running::start(Database::Sqlite).await;
    for page in [server.page_as("bob", "/").await, server.page_as("bob", "/nowhere").await] {
        for script in page.split("<script").skip(1) {
            assert!(script.starts_with(" type=\"module\" src=\"/static/"), "{script}");
        }
        for word in ["<style", " style=", " onclick=", "javascript:"] {
            assert!(!page.contains(word), "{word}");
        }
    }
}

#[tokio::test]
async fn static_files_are_kept_for_good_under_names_of_their_content() {
    let server = Running::start(Database::Sqlite).await;
    let page = server.get("/sign-in").send().await.unwrap().text().await.unwrap();
    let (_, from) = page.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let (path, _) = from.split_once('"').unwrap();
    let style = server.get(path).send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    assert_eq!(style.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(server.get("/static/style-0.css").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn the_explorer_is_found_without_its_slash() {
    let server = Running::start(Database::Sqlite).await;
    let response = server.get("/api/explorer").send().await.unwrap();
    assert_eq!(
        (response.status(), &response.headers()["location"]),
        (reqwest::StatusCode::PERMANENT_REDIRECT, &"/api/explorer/".parse().unwrap())
    );
}

#[tokio::test]
async fn problems_are_documents_for_programs_and_pages_for_people() {
    let server = Running::start(Database::Sqlite).await;
    let response = server.get("/nowhere").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["type"], "urn:bailiwick:problem:not-found");
    assert_eq!(problem["title"], "Nothing is here");
    let response = server.get("/nowhere").header("accept", "text/html").send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    assert!(response.text().await.unwrap().contains("<h1>Nothing is here</h1>"));
    let response =
        server.client.request(Method::DELETE, format!("{}/explain", server.base)).send().await.unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET,HEAD");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn another_site_can_send_no_form() {
    let server = Running::start(Database::Sqlite).await;
    let own = server.base.as_str();
    let port_only = own.replace("127.0.0.1", "localhost");
    for (name, value, refused) in [
        ("sec-fetch-site", "cross-site", true),
        ("sec-fetch-site", "same-site", true),
        ("sec-fetch-site", "same-origin", false),
        ("sec-fetch-site", "none", false),
        ("origin", "https://evil.example", true),
        ("origin", "null", true),
        ("origin", &port_only, true),
        ("origin", own, false),
    ] {
        let response = server.post("/sign-out").header(name, value).send().await.unwrap();
        assert_eq!(response.status() == 403, refused, "{name}: {value}");
    }
}

#[tokio::test]
async fn bodies_have_a_size_and_a_type() {
    let server = Running::start(Database::Sqlite).await;
    let send = async |kind: &str, body: String| {
        let request = server.post("/access/v1/evaluations").basic_auth("bob", Some(password("bob")));
        let response = request.header("content-type", kind).body(body).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap()["type"].clone())
    };
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(2 << 20));
    assert_eq!(send("application/json", large).await, (413, json!("urn:bailiwick:problem:too-large")));
    assert_eq!(send("text/plain", "{}".into()).await, (400, json!("urn:bailiwick:problem:malformed")));
    assert_eq!(send("application/json", "{".into()).await, (400, json!("urn:bailiwick:problem:malformed")));
    let many = json!({"evaluations": vec![json!({}); 10_001]}).to_string();
    assert_eq!(send("application/json", many).await, (413, json!("urn:bailiwick:problem:too-large")));
}

#[tokio::test]
async fn an_empty_organisation_says_how_to_begin() {
    let folder = tempfile::tempdir().unwrap();
    let (base, task) = started(folder.path(), None, None).await;
    let page = client().get(format!("{base}/sign-in")).send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("Nobody administers this server yet")
            && page.contains("bailiwick import --data DIR FILE")
    );
    task.abort();
}

#[tokio::test]
async fn a_server_that_knows_its_address_tells_it_and_keeps_cookies_to_tls() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        http: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        data: folder.path().to_owned(),
        base_uri: Some("https://jazz.example.com/".parse().unwrap()),
        ..Config::default()
    };
    let (base, task) = started_with(config).await;
    let client = client();
    let described = client.get(format!("{base}/.well-known/authzen-configuration")).send().await.unwrap();
    assert_eq!(described.headers()["cache-control"], "public, max-age=3600");
    let described: Value = described.json().await.unwrap();
    assert_eq!(described["policy_decision_point"], "https://jazz.example.com");
    let out = client.post(format!("{base}/sign-out")).send().await.unwrap();
    let cookie = out.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Secure"), "{cookie}");
    task.abort();
}
