//! What is sent compressed, and what is not.

use std::io::Read as _;

use flate2::read::GzDecoder;
use reqwest::{RequestBuilder, Response};
use serde_json::json;

use crate::running::{Database, MODIFY, MOTOR, Running, password};

/// What a body was before it was compressed.
pub(crate) fn plain(body: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(body).read_to_string(&mut text).unwrap();
    text
}

async fn sent(request: RequestBuilder) -> Response {
    request.header("accept-encoding", "gzip, deflate, br").send().await.unwrap()
}

fn is_compressed(response: &Response) -> bool {
    response.headers().get("content-encoding").is_some_and(|it| it == "gzip")
}

#[tokio::test]
async fn what_a_stranger_may_have_made_a_browser_ask_for_is_not_compressed() {
    let server = Running::start_as(Database::Sqlite, |config| {
        config.base_uri = Some("https://elm.example.org".parse().unwrap());
    })
    .await;
    let cookie = server.sign_in("ada", &password("ada")).await.unwrap();
    let page = || server.get("/users?q=a").header("accept", "text/html");
    for (site, expected) in [
        (Some("same-origin"), true),
        (Some("none"), true),
        (Some("same-site"), false),
        (Some("cross-site"), false),
        (None, false),
    ] {
        let asked = page().header("cookie", &cookie);
        let asked = site.iter().fold(asked, |asked, site| asked.header("sec-fetch-site", *site));
        let page = sent(asked).await;
        assert_eq!((page.status().as_u16(), is_compressed(&page)), (200, expected), "{site:?}");
        assert_eq!(page.headers()["vary"], "accept-encoding");
        let text = page.bytes().await.unwrap();
        let text = if expected { plain(&text) } else { String::from_utf8(text.into()).unwrap() };
        assert!(text.contains("/users/ada") && text.trim_end().ends_with("</html>"), "{text}");
    }
    // Nobody makes a program ask.
    let program = sent(page().basic_auth("ada", Some(password("ada")))).await;
    assert!(is_compressed(&program));
    let style = server.get("/sign-in").send().await.unwrap().text().await.unwrap();
    let style = style.split("href=\"/static/style").nth(1).unwrap().split('"').next().unwrap();
    let style = format!("/static/style{style}");
    let compressed = sent(server.get(&style).header("sec-fetch-site", "cross-site")).await;
    assert!(is_compressed(&compressed), "it tells of nobody");
    let compressed = plain(&compressed.bytes().await.unwrap());
    assert_eq!(compressed, server.get(&style).send().await.unwrap().text().await.unwrap());
}

#[tokio::test]
async fn texts_are_compressed_and_neither_decisions_nor_events_nor_problems() {
    let server = Running::start(Database::Sqlite).await;
    let root = |path: &str| server.get(path).basic_auth("root", Some(password("root")));
    for path in ["/api/v1/users", "/api/v1/users.csv", "/api/v1/export", "/api/v1/openapi.json", "/users"] {
        let compressed = sent(root(path)).await;
        assert!(is_compressed(&compressed), "{path}");
        let as_it_is = root(path).header("accept-encoding", "gzip;q=0").send().await.unwrap();
        assert!(!is_compressed(&as_it_is), "{path}");
        for name in ["etag", "revision", "content-type"] {
            assert_eq!(compressed.headers().get(name), as_it_is.headers().get(name), "{path} {name}");
        }
        assert_eq!(plain(&compressed.bytes().await.unwrap()), as_it_is.text().await.unwrap(), "{path}");
    }
    let resource = json!({"type": "stream", "id": MOTOR});
    let asked =
        json!({"subject": {"type": "user", "id": "bob"}, "action": {"name": MODIFY}, "resource": resource});
    let evaluations = json!({"evaluations": vec![asked.clone(); 20]});
    for (path, body) in [("/access/v1/evaluation", &asked), ("/access/v1/evaluations", &evaluations)] {
        let decided = sent(server.post(path).basic_auth("root", Some(password("root"))).json(body)).await;
        assert_eq!((decided.status().as_u16(), is_compressed(&decided)), (200, false), "{path}");
    }
    let events = sent(root("/api/v1/changes").header("accept", "text/event-stream")).await;
    assert_eq!(
        (&events.headers()["content-type"], is_compressed(&events)),
        (&"text/event-stream".parse().unwrap(), false)
    );
    let long = "x".repeat(2000);
    let problem = sent(root(&format!("/api/v1/users/{long}"))).await;
    assert!(
        !is_compressed(&problem) && problem.text().await.unwrap().contains("urn:bailiwick:problem:not-found")
    );
}
