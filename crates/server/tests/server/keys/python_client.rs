//! A program in Python, as there are for ELM: requests-oauthlib asks for a key and signs requests.

use std::process::Command;

use reqwest::Method;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::{CONSUMERS, by_root, server};
use crate::python::environment;
use crate::running::{Database, Running, password};

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/keys/requirements.txt");
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/keys/client.py");

async fn client(server: &Running, arguments: &[&str]) -> String {
    let python = spawn_blocking(|| environment("requests-oauthlib", REQUIREMENTS)).await.unwrap();
    let mut command = Command::new(python);
    command.arg(PROGRAM).arg(&server.base).args(arguments);
    // Tokens over plain HTTP, on this machine.
    command.env("OAUTHLIB_INSECURE_TRANSPORT", "1");
    let output = spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_oauthlib_gets_a_key_and_asks_in_two_and_in_three_legs() {
    let server = server(Database::Sqlite).await;
    let secret = "a phrase & some %";
    let told = client(&server, &["request-key", "Vehicle Reports", secret]).await;
    let [status, kind, key] = told.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{told}") };
    assert_eq!((status, kind), ("200", "application/json"));
    const ASKED: &str = "/api/v1/users?limit=1";
    let two = async |method: &str| client(&server, &["two-legged", key, secret, method, ASKED]).await;
    assert!(
        two("HMAC-SHA1")
            .await
            .starts_with("401 OAuth realm=\"Jazz\", oauth_problem=\"consumer_key_refused\"")
    );
    let approve = json!({"functional_user": "ccm_user"});
    by_root(&server, Method::POST, &format!("{CONSUMERS}/{key}/approve"), approve).await;
    for method in ["HMAC-SHA1", "HMAC-SHA256"] {
        assert!(two(method).await.starts_with("200 None {"), "{method}");
        let question = r#"{"operation": "read", "item": "gc:Electric Vehicle"}"#;
        let asked = client(&server, &["two-legged", key, secret, method, "/api/v1/check", question]).await;
        assert!(!asked.starts_with("401"), "{asked}");
    }
    let wrong = client(&server, &["two-legged", key, "wrong", "HMAC-SHA1", ASKED]).await;
    assert!(wrong.starts_with("401 OAuth realm=\"Jazz\", oauth_problem=\"signature_invalid\""), "{wrong}");

    let (user, secret_of_bob) = ("bob", password("bob"));
    let three =
        client(&server, &["three-legged", key, secret, user, &secret_of_bob, "/api/v1/me/tokens"]).await;
    let lines: Vec<_> = three.lines().collect();
    assert!(
        lines[0].starts_with("page 200 1 ") && lines[0].contains("form-action 'self' http://127.0.0.1:1;"),
        "{three}"
    );
    assert_eq!(lines[1], "back 302 http://127.0.0.1:1/back?state=a%20b");
    assert!(lines[2].starts_with("asked 200 {\"items\":[]"), "{three}");
    assert_eq!(lines[3], "ended 200 401 OAuth realm=\"Jazz\", oauth_problem=\"token_rejected\"");

    let edit = json!({"trusted": true});
    by_root(&server, Method::PATCH, &format!("{CONSUMERS}/{key}"), edit).await;
    let trusted =
        client(&server, &["three-legged", key, secret, user, &secret_of_bob, "/api/v1/me/tokens"]).await;
    assert!(trusted.starts_with("page 302 0 "), "{trusted}");
}
