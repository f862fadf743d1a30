//! Personal access tokens: what programs have in place of a password.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use store::{JournalFilter, Location, Store};

use crate::running::{BOTH, Database, MODIFY, MOTOR, Running, password};

const TOKENS: &str = "/api/v1/me/tokens";

/// An instant so much later.
fn later(by: Duration) -> String {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap() + by;
    jiff::Timestamp::from_microsecond(since.as_micros() as i64).unwrap().to_string()
}

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn make(server: &Running, by: &str, name: &str, scopes: &[&str]) -> (String, String) {
    let body = json!({"name": name, "scopes": scopes, "expires": later(HOUR)});
    let (status, made) = server.post_as(by, TOKENS, &body).await;
    assert_eq!(status, 200, "{made}");
    (made["secret"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned())
}

async fn by(server: &Running, token: &str, method: Method, path: &str, body: Option<&Value>) -> Response {
    let request = server.client.request(method, format!("{}{path}", server.base)).bearer_auth(token);
    let request = body.iter().fold(request, |request, body| request.json(body));
    request.send().await.unwrap()
}

async fn status(server: &Running, token: &str, method: Method, path: &str, body: &Value) -> (u16, String) {
    let response = by(server, token, method, path, Some(body)).await;
    let status = response.status().as_u16();
    let problem: Value = response.json().await.unwrap_or_default();
    (status, problem["type"].as_str().unwrap_or_default().replace("urn:bailiwick:problem:", ""))
}

#[tokio::test]
async fn who_manages_users_sees_and_revokes_the_tokens_of_others() {
    let server = Running::start(Database::Sqlite).await;
    let (token, id) = make(&server, "bob", "ci", &["read"]).await;
    const PATH: &str = "/api/v1/users/bob/tokens";
    assert_eq!(server.get_as("lena", PATH).await.status(), 403);
    let listed: Value = server.get_as("root", PATH).await.json().await.unwrap();
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["name"]), (&json!(id), &json!("ci")));
    let revoke = async |by: &str| {
        let request = server.client.delete(format!("{}{PATH}/{id}", server.base));
        request.basic_auth(by, Some(password(by))).send().await.unwrap().status().as_u16()
    };
    assert_eq!(revoke("lena").await, 403);
    assert_eq!(by(&server, &token, Method::GET, TOKENS, None).await.status(), 200);
    assert_eq!([revoke("root").await, revoke("root").await], [204, 404]);
    assert_eq!(by(&server, &token, Method::GET, TOKENS, None).await.status(), 401);
    // A token that administers does it as well, and one that does not is not for it.
    let (_, other) = make(&server, "bob", "more", &["read"]).await;
    let (weak, _) = make(&server, "root", "weak", &["read", "write"]).await;
    let (strong, _) = make(&server, "root", "strong", &["read", "write", "administer"]).await;
    let path = format!("{PATH}/{other}");
    assert_eq!(status(&server, &weak, Method::DELETE, &path, &json!({})).await, (403, "scope".to_owned()));
    assert_eq!(status(&server, &strong, Method::DELETE, &path, &json!({})).await.0, 204);
}

#[tokio::test]
async fn a_token_is_made_listed_used_and_revoked() {
    for database in BOTH {
        let server = Running::start(database).await;
        let (token, id) = make(&server, "bob", "ci", &["write", "read"]).await;
        assert!(token.starts_with("bwk_") && token.len() == 76, "{token}");
        let list =
            async || server.get_as("bob", TOKENS).await.json::<Value>().await.unwrap()["items"].clone();
        let listed = list().await;
        assert_eq!((&listed[0]["id"], &listed[0]["name"]), (&json!(id), &json!("ci")));
        assert_eq!(
            (&listed[0]["scopes"], &listed[0]["last_used"]),
            (&json!(["read", "write"]), &Value::Null)
        );
        assert!(!listed.to_string().contains(&token[4..20]), "never again");
        assert_eq!(by(&server, &token, Method::GET, TOKENS, None).await.status(), 200);
        assert_ne!(list().await[0]["last_used"], Value::Null);

        let again = json!({"name": "ci", "scopes": ["read"], "expires": later(HOUR)});
        assert_eq!(server.post_as("bob", TOKENS, &again).await.0, 409, "the name is taken");
        make(&server, "lena", "ci", &["read"]).await;

        // No token makes, revokes, or changes a password.
        for (method, path, body) in [
            (Method::POST, TOKENS, json!({"name": "x", "scopes": ["read"], "expires": later(HOUR)})),
            (Method::DELETE, &*format!("{TOKENS}/{id}"), json!({})),
            (Method::DELETE, "/api/v1/me/sessions", json!({})),
            (
                Method::POST,
                "/api/v1/me/password",
                json!({"old": password("bob"), "new": "four words are good"}),
            ),
        ] {
            let refused = status(&server, &token, method.clone(), path, &body).await;
            assert_eq!(refused, (403, "scope".to_owned()), "{method} {path}");
        }
        let revoke = async |by: &str| {
            let url = format!("{}{TOKENS}/{id}", server.base);
            let request = server.client.delete(url).basic_auth(by, Some(password(by)));
            request.send().await.unwrap().status().as_u16()
        };
        assert_eq!([revoke("lena").await, revoke("bob").await, revoke("bob").await], [404, 204, 404]);
        let gone = by(&server, &token, Method::GET, TOKENS, None).await;
        assert_eq!(gone.status(), 401);
        let asked: Vec<_> = gone.headers().get_all("www-authenticate").iter().collect();
        assert_eq!(asked, ["Basic realm=\"Bailiwick\", charset=\"UTF-8\"", "Bearer realm=\"Bailiwick\""]);
    }
}

#[tokio::test]
async fn what_a_new_token_lacks_is_told() {
    let server = Running::start(Database::Sqlite).await;
    let day = 24 * HOUR;
    let good = json!({"name": "ci", "scopes": ["read"], "expires": later(HOUR)});
    let with = |key: &str, value: Value| {
        let mut body = good.clone();
        body[key] = value;
        body
    };
    for (body, pointer, said) in [
        (with("name", json!(" ")), "/name", "1 to 100 characters"),
        (with("name", json!("x".repeat(101))), "/name", "1 to 100 characters"),
        (with("name", json!("a\nb")), "/name", "that can be seen"),
        (with("scopes", json!([])), "/scopes", "at least one of `read`"),
        (with("scopes", json!(["read", "reed"])), "/scopes/1", "`read`, `decide`, `write`, `administer`"),
        (with("scopes", json!("read")), "/scopes", "expected an array"),
        (with("expires", json!("tomorrow")), "/expires", "such as 2026-12-31T12:00:00Z"),
        (with("expires", json!("2020-01-01T00:00:00Z")), "/expires", "within the next 366 days"),
        (with("expires", json!(later(367 * day))), "/expires", "within the next 366 days"),
        (with("expires", json!(null)), "/expires", "string"),
        (with("expiry", json!("x")), "/expiry", "`expiry` is unknown"),
        (json!({"name": "ci", "scopes": ["read"]}), "", "`expires` is missing"),
    ] {
        let (status, problem) = server.post_as("bob", TOKENS, &body).await;
        assert_eq!((status, problem["pointer"].as_str()), (400, Some(pointer)), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
    let (status, problem) = server.post_as("bob", &format!("{TOKENS}?x=1"), &good).await;
    assert_eq!(status, 400, "{problem}");
    assert_eq!(server.post_as("bob", TOKENS, &with("expires", json!(later(365 * day)))).await.0, 200);
}

#[tokio::test]
async fn a_token_is_good_for_its_scopes_and_never_for_more_than_its_owner() {
    for database in BOTH {
        let server = Running::start(database).await;
        let scope = (403, "scope".to_owned());
        let (read, _) = make(&server, "lena", "read", &["read"]).await;
        let (write, _) = make(&server, "lena", "write", &["write"]).await;
        let area = "/api/v1/project-areas/gc%3AElectric%20Vehicle";
        let get = async |token: &str, path: &str| by(&server, token, Method::GET, path, None).await.status();
        assert_eq!((get(&read, area).await.as_u16(), get(&write, area).await.as_u16()), (200, 403));
        let (component, brake) = (format!("{area}/components"), json!({"name": "Brake"}));
        assert_eq!(status(&server, &read, Method::POST, &component, &brake).await, scope);
        assert_eq!(status(&server, &write, Method::POST, &component, &brake).await.0, 201);
        let journal = Store::open_beside(&Location::parse(&server.location).unwrap(), "fresh").await.unwrap();
        let journal = journal.journal(&JournalFilter::default()).await.unwrap();
        let (_, entry) = &journal.entries[0];
        assert_eq!((&*entry.by, entry.via.as_deref()), ("lena", Some("token write")));
        assert_eq!(entry.address.as_deref(), Some("127.0.0.1"));

        // A repository operation administers, and only those who may are let.
        let user = json!({"id": "new"});
        for (owner, scopes, expected) in [
            ("root", &["read", "write", "decide"][..], scope.clone()),
            ("root", &["administer"], scope.clone()),
            ("lena", &["write", "administer"], (403, "refused".to_owned())),
            ("root", &["write", "administer"], (201, String::new())),
        ] {
            let (token, _) = make(&server, owner, &scopes.join(" and "), scopes).await;
            let found = status(&server, &token, Method::POST, "/api/v1/users", &user).await;
            assert_eq!(found, expected, "{owner} {scopes:?}");
        }
        // What a token was not for may be the mark of a stolen one.
        let refusals = server.get("/api/v1/refusals").basic_auth("root", Some(password("root")));
        let refusals: Value = refusals.send().await.unwrap().json().await.unwrap();
        let items = refusals["items"].as_array().unwrap();
        let by = |who: &str| items.iter().filter(|it| it["by"] == who && it["gate"] == "AUTH").count();
        assert_eq!((by("lena"), by("root")), (2, 2), "{refusals:#}");
    }
}

#[tokio::test]
async fn questions_about_others_need_decide_within_what_the_owner_sees() {
    for database in BOTH {
        let server = Running::start(database).await;
        let ask = async |token: &str, user: &str, item: &str| {
            let body = json!({
                "subject": {"type": "user", "id": user},
                "action": {"name": if item.contains("work-item") { "read" } else { MODIFY }},
                "resource": {"type": if item.contains("work-item") { "work-item" } else { "stream" }, "id": item},
            });
            let (status, kind) = status(&server, token, Method::POST, "/access/v1/evaluation", &body).await;
            if status == 200 { "answered".to_owned() } else { kind }
        };
        let (read, _) = make(&server, "bob", "read", &["read"]).await;
        let (decide, _) = make(&server, "bob", "decide", &["decide"]).await;
        let (write, _) = make(&server, "bob", "write", &["write"]).await;
        let (admin, _) = make(&server, "root", "read", &["read"]).await;
        let hidden = "ccm:Development#work-item:3";
        for (token, user, item, expected) in [
            (&read, "bob", MOTOR, "answered"),
            (&read, "lena", MOTOR, "scope"),
            (&decide, "bob", MOTOR, "answered"),
            (&decide, "lena", MOTOR, "answered"),
            (&decide, "nobody", MOTOR, "answered"),
            (&decide, "user5", hidden, "bad-question"),
            (&write, "bob", MOTOR, "scope"),
            (&admin, "root", hidden, "answered"),
            (&admin, "user5", hidden, "scope"),
        ] {
            assert_eq!(ask(token, user, item).await, expected, "{user} {item}");
        }
        // Bob himself may not ask about Lena.
        let body = json!({
            "subject": {"type": "user", "id": "lena"}, "action": {"name": MODIFY},
            "resource": {"type": "stream", "id": MOTOR},
        });
        assert_eq!(server.post_as("bob", "/access/v1/evaluation", &body).await.0, 403);
    }
}

#[tokio::test]
async fn a_token_ends_when_it_expires_and_when_its_owner_is_archived() {
    // Long enough for a busy machine to use it once.
    const SHORT: Duration = Duration::from_secs(6);
    for database in BOTH {
        let server = Running::start(database).await;
        let short = json!({"name": "short", "scopes": ["read"], "expires": later(SHORT)});
        let (_, made) = server.post_as("bob", TOKENS, &short).await;
        let short_lived = made["secret"].as_str().unwrap();
        let get = async |token: &str| by(&server, token, Method::GET, TOKENS, None).await.status().as_u16();
        assert_eq!(get(short_lived).await, 200);
        tokio::time::sleep(SHORT).await;
        assert_eq!(get(short_lived).await, 401);
        assert_eq!(server.get_as("bob", TOKENS).await.json::<Value>().await.unwrap()["items"], json!([]));
        // Its name is free at once.
        let (lasting, _) = make(&server, "bob", "short", &["read"]).await;
        assert_eq!(get(&lasting).await, 200);
        for (what, expected) in [("archive", 401), ("unarchive", 401)] {
            let (done, answer) =
                server.post_as("root", &format!("/api/v1/users/bob/{what}"), &json!({})).await;
            assert_eq!(done, 200, "{answer}");
            assert_eq!(get(&lasting).await, expected, "{what}");
        }
        assert_eq!(server.get_as("bob", TOKENS).await.json::<Value>().await.unwrap()["items"], json!([]));
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_read_are_told_so() {
    let server = Running::start(Database::Sqlite).await;
    let (token, _) = make(&server, "bob", "ci", &["read"]).await;
    let cut = format!("Bearer {}", &token[..75]);
    for (value, said) in [
        ("", "another scheme"),
        ("bwk_x", "another scheme"),
        ("Negotiate abc", "another scheme"),
        ("Bearer", "no token"),
        ("Basic !!!", "no Base64"),
        ("Basic Ym9i", "no `:`"),
        (&cut, "not the credentials"),
        ("Bearer a.b.c", "not the credentials"),
    ] {
        let response = server.get(TOKENS).header("authorization", value).send().await.unwrap();
        assert_eq!(response.status(), 401, "{value}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["type"], "urn:bailiwick:problem:sign-in");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{value}: {problem}");
        assert!(!problem.to_string().contains(&token[..20]));
    }
    let twice =
        server.get(TOKENS).bearer_auth(&token).header("authorization", "Bearer b").send().await.unwrap();
    assert_eq!(twice.status(), 401);
    // A bad header is not made good by a cookie.
    let cookie = server.sign_in("bob", &password("bob")).await.unwrap();
    let both = server.get(TOKENS).header("cookie", cookie).header("authorization", "Bearer x");
    assert_eq!(both.send().await.unwrap().status(), 401);
}
