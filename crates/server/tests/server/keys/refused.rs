//! Signed requests that are not accepted.

use oauth1::{Body, SignatureMethod};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Signing, by_root, registered, seconds, server, told};
use crate::running::{BOTH, Database, Running};

const ASKED: &str = "/api/v1/users?limit=1";

fn word(word: &str) -> (u16, String) {
    (401, word.to_owned())
}

async fn ready(database: Database) -> (Running, String, String) {
    let server = server(database).await;
    let (key, secret) = registered(&server, json!({"name": "Reports", "functional_user": "ccm_user"})).await;
    (server, key, secret)
}

#[tokio::test]
async fn what_is_not_signed_right_is_refused_and_kept_for_administrators() {
    let (server, key, secret) = ready(Database::Sqlite).await;
    for method in [SignatureMethod::HmacSha1, SignatureMethod::HmacSha256] {
        let signing = Signing { method, ..Signing::by(&key, &secret) };
        assert_eq!(signing.get(&server, ASKED).await.status(), 200, "{method:?}");
    }
    assert_eq!(told(&Signing::by(&key, "wrong").get(&server, ASKED).await), word("signature_invalid"));
    assert_eq!(told(&Signing::by("nobody", &secret).get(&server, ASKED).await), word("consumer_key_unknown"));
    let token = Signing { token: Some(("no-token", "x")), ..Signing::by(&key, &secret) };
    assert_eq!(told(&token.get(&server, ASKED).await), word("token_rejected"));

    // Signed for something else.
    let url = format!("{}{ASKED}", server.base);
    let signed = Signing::by(&key, &secret).authorization("GET", &url, Body::Other(b""));
    let send = async |method: Method, path: &str, authorization: &str| {
        let request = server.client.request(method, format!("{}{path}", server.base));
        told(&request.header("authorization", authorization).send().await.unwrap())
    };
    assert_eq!(send(Method::GET, "/api/v1/users?limit=2", &signed).await, word("signature_invalid"));
    assert_eq!(send(Method::DELETE, "/api/v1/me/sessions", &signed).await, word("signature_invalid"));
    assert_eq!(send(Method::GET, ASKED, &signed).await, (200, String::new()));
    for (authorization, expected) in [
        ("OAuth", "parameter_absent"),
        ("OAuth x", "parameter_rejected"),
        ("OAuth oauth_consumer_key=\"a\"", "parameter_absent"),
        (&*signed.replace("1.0", "2.0"), "version_rejected"),
        (&*signed.replace("HMAC-SHA256", "PLAINTEXT"), "signature_method_rejected"),
    ] {
        assert_eq!(send(Method::GET, ASKED, authorization).await, word(expected), "{authorization}");
    }
    let (_, refused) = by_root(&server, Method::GET, "/api/v1/refused-handshakes", json!({})).await;
    let refused = refused["items"].as_array().unwrap();
    // What cannot be read is among them: it is what somebody sets up a client with.
    assert!(refused.iter().any(|it| it["problem"] == "signature_method_rejected"), "{refused:?}");
    let wrong = refused.iter().rfind(|it| it["problem"] == "signature_invalid").unwrap();
    assert_eq!((&wrong["consumer"], &wrong["path"]), (&json!("Reports"), &json!("/api/v1/users")));
    let base_string = wrong["base_string"].as_str().unwrap();
    assert!(
        base_string.starts_with("GET&http%3A%2F%2F127.0.0.1%3A") && base_string.contains("limit%3D1"),
        "{base_string}"
    );
    assert!(!json!(refused).to_string().contains(&secret));

    // Guessing is slow, by whoever guesses.
    for _ in 0..20 {
        Signing::by(&key, "another guess").get(&server, ASKED).await;
    }
    let guessed = Signing::by(&key, "another guess").get(&server, ASKED).await;
    assert!(guessed.status() == 429 && guessed.headers().contains_key("retry-after"), "{guessed:?}");
    let (other, other_secret) =
        registered(&server, json!({"name": "Other", "functional_user": "ccm_user"})).await;
    assert_eq!(Signing::by(&other, &other_secret).get(&server, ASKED).await.status(), 200);
}

#[tokio::test]
async fn clocks_may_differ_by_five_minutes() {
    let (server, key, secret) = ready(Database::Sqlite).await;
    let at = async |at: u64| told(&Signing { at, ..Signing::by(&key, &secret) }.get(&server, ASKED).await);
    assert_eq!(at(seconds() - 290).await.0, 200);
    assert_eq!(at(seconds() + 290).await.0, 200);
    for wrong in [seconds() - 310, seconds() + 310, 0, u64::MAX] {
        assert_eq!(at(wrong).await, word("timestamp_refused"), "{wrong}");
    }
}

#[tokio::test]
async fn a_nonce_is_good_once_with_a_key() {
    for database in BOTH {
        let (server, key, secret) = ready(database).await;
        let signing = Signing::by(&key, &secret);
        assert_eq!(signing.get(&server, ASKED).await.status(), 200);
        assert_eq!(told(&signing.get(&server, ASKED).await), word("nonce_used"));
        // Another timestamp does not make it new.
        let later = Signing { at: signing.at + 1, ..signing.clone() };
        assert_eq!(told(&later.get(&server, ASKED).await), word("nonce_used"));
        let (other, other_secret) =
            registered(&server, json!({"name": "Other", "functional_user": "ccm_user"})).await;
        let other = Signing { nonce: signing.nonce.clone(), ..Signing::by(&other, &other_secret) };
        assert_eq!(other.get(&server, ASKED).await.status(), 200, "it is of another key");
        // A forged one uses nothing up.
        let forged = Signing::by(&key, "wrong");
        assert_eq!(told(&forged.get(&server, ASKED).await), word("signature_invalid"));
        let right = Signing { secret: &secret, ..forged.clone() };
        assert_eq!(right.get(&server, ASKED).await.status(), 200);
    }
}

#[tokio::test]
async fn a_body_is_signed_as_a_whole() {
    let (server, key, secret) = ready(Database::Sqlite).await;
    let path = "/api/v1/check";
    let question = json!({"operation": "read", "item": "gc:Electric Vehicle"});
    let signing = Signing::by(&key, &secret);
    let url = format!("{}{path}", server.base);
    let send = async |authorization: String, body: String| {
        let request = server.client.post(&url).header("authorization", authorization);
        let request = request.header("content-type", "application/json").body(body);
        told(&request.send().await.unwrap())
    };
    let text = question.to_string();
    let signed = signing.authorization("POST", &url, Body::Other(text.as_bytes()));
    assert_eq!(send(signed.clone(), text.replace("read", "context.set")).await, word("signature_invalid"));
    assert_ne!(send(signed, text.clone()).await.0, 401);
    // One that is not covered could have been changed on its way, where there is no TLS.
    let bare = Signing::by(&key, &secret).authorization("POST", &url, Body::Other(b""));
    assert_eq!(send(bare, text).await, word("signature_invalid"));
}

#[tokio::test]
async fn a_consumer_acts_as_its_functional_user_and_as_nobody_else() {
    let (server, key, secret) = ready(Database::Sqlite).await;
    let signing = || Signing::by(&key, &secret);
    let me = signing().get(&server, "/api/v1/handshake").await.json::<Value>().await.unwrap();
    assert_eq!((&me["consumer"], &me["functional_user"]), (&json!("Reports"), &json!("ccm_user")));
    // It has no group: it changes nothing, makes no token, and administers nothing.
    let body = json!({"id": "eve"});
    assert_eq!(signing().post(&server, "/api/v1/users", &body).await.status(), 403);
    assert_eq!(signing().get(&server, "/api/v1/consumers").await.status(), 403);
    // It does not take a person's name, in which it would act from then on.
    let (url, name) = (format!("{}/api/v1/users/ccm_user", server.base), json!({"name": "Mia"}).to_string());
    let authorization = signing().authorization("PATCH", &url, Body::Other(name.as_bytes()));
    let rename = server.client.patch(&url).header("authorization", authorization).header("if-match", "*");
    let rename = rename.header("content-type", "application/json").body(name).send().await.unwrap();
    assert_eq!(rename.status(), 403);
    let token = json!({"name": "x", "scopes": ["read"], "expires": "2030-01-01T00:00:00Z"});
    let response = signing().post(&server, "/api/v1/me/tokens", &token).await;
    assert_eq!(response.status(), 403);
    // By a password there is no handshake.
    assert_eq!(by_root(&server, Method::GET, "/api/v1/handshake", json!({})).await.0, 403);
    // A session beside a wrong signature does not help.
    let cookie = server.sign_in("root", &crate::running::password("root")).await.unwrap();
    let url = format!("{}/api/v1/consumers", server.base);
    let wrong = Signing::by(&key, "wrong").authorization("GET", &url, Body::Other(b""));
    let request = server.client.get(&url).header("authorization", wrong).header("cookie", cookie);
    assert_eq!(told(&request.send().await.unwrap()), word("signature_invalid"));
}

#[tokio::test]
async fn parameters_may_be_in_the_query() {
    let (server, key, secret) = ready(Database::Sqlite).await;
    let url = format!("{}{ASKED}", server.base);
    let header = Signing::by(&key, &secret).authorization("GET", &url, Body::Other(b""));
    let query: Vec<String> =
        header.trim_start_matches("OAuth ").split(", ").map(|pair| pair.replace('"', "")).collect();
    let signed = format!("{url}&{}", query.join("&"));
    assert_eq!(server.client.get(&signed).send().await.unwrap().status(), 200);
    let tampered = signed.replace("limit=1", "limit=2");
    let response = server.client.get(tampered).send().await.unwrap();
    assert_eq!(told(&response), word("signature_invalid"));
}
