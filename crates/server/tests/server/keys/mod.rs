//! Friends and consumers, the keys between them, and requests that they sign.

mod at_rest;
mod doctor;
mod life;
mod nodes;
mod pending;
mod python_client;
mod refused;
mod tokens;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use server::{ConfigFile, Sources, load};

use crate::running::{Database, Running, password};

/// The stories, and functional users.
const OVER: &str = r#"
bailiwick: 1
users:
  - {id: ccm_user, name: ccm_user, groups: [], functional: true}
  - {id: spare_user, name: spare_user, groups: [], functional: true}
"#;

pub(crate) const CONSUMERS: &str = "/api/v1/consumers";
pub(crate) const FRIENDS: &str = "/api/v1/friends";

/// A server that may ask others on this machine.
pub(crate) async fn server(database: Database) -> Running {
    Running::start_over_as(database, OVER, |config| config.friends = on_this_machine()).await
}

pub(crate) fn on_this_machine() -> server::Friends {
    let environment = vec![("BAILIWICK_FRIENDS_ALLOW".to_owned(), "127.0.0.1".to_owned())];
    load(&Sources { file: ConfigFile::None, environment, flags: Vec::new() }).unwrap().config.friends
}

/// As the administrator of the server.
pub(crate) async fn by_root(server: &Running, method: Method, path: &str, body: Value) -> (u16, Value) {
    by(server, "root", method, path, body).await
}

pub(crate) async fn by(server: &Running, who: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
    let request = server.client.request(method.clone(), format!("{}{path}", server.base));
    let request = request.basic_auth(who, Some(password(who)));
    let request = if method.is_safe() { request } else { request.json(&body) };
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

/// A consumer that was registered by hand, with its key and secret.
pub(crate) async fn registered(server: &Running, body: Value) -> (String, String) {
    let (status, made) = by_root(server, Method::POST, CONSUMERS, body).await;
    assert_eq!(status, 200, "{made}");
    let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
    (text("key"), text("secret"))
}

pub(crate) fn seconds() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

/// A number used once.
pub(crate) fn nonce() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let begun = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    format!("{begun}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// How a request is signed.
#[derive(Clone)]
pub(crate) struct Signing<'a> {
    pub(crate) key: &'a str,
    pub(crate) secret: &'a str,
    pub(crate) token: Option<(&'a str, &'a str)>,
    pub(crate) method: oauth1::SignatureMethod,
    pub(crate) at: u64,
    pub(crate) nonce: String,
    pub(crate) callback: Option<&'a str>,
    pub(crate) verifier: Option<&'a str>,
}

impl<'a> Signing<'a> {
    pub(crate) fn by(key: &'a str, secret: &'a str) -> Self {
        Self {
            key,
            secret,
            token: None,
            method: oauth1::SignatureMethod::HmacSha256,
            at: seconds(),
            nonce: nonce(),
            callback: None,
            verifier: None,
        }
    }

    pub(crate) fn authorization(&self, method: &str, url: &str, body: oauth1::Body<'_>) -> String {
        let credentials = oauth1::Credentials {
            consumer_key: self.key,
            consumer_secret: self.secret,
            token: self.token.map(|(token, secret)| oauth1::Token { token, secret }),
            method: self.method,
        };
        let (callback, verifier) = (self.callback, self.verifier);
        let outgoing = oauth1::Outgoing { method, url, body, callback, verifier };
        credentials.authorization(&outgoing, self.at, &self.nonce).unwrap()
    }

    pub(crate) async fn get(&self, server: &Running, path: &str) -> Response {
        let url = format!("{}{path}", server.base);
        let authorization = self.authorization("GET", &url, oauth1::Body::Other(b""));
        server.client.get(url).header("authorization", authorization).send().await.unwrap()
    }

    pub(crate) async fn delete(&self, server: &Running, path: &str) -> Response {
        let url = format!("{}{path}", server.base);
        let authorization = self.authorization("DELETE", &url, oauth1::Body::Other(b""));
        server.client.delete(url).header("authorization", authorization).send().await.unwrap()
    }

    pub(crate) async fn post(&self, server: &Running, path: &str, body: &Value) -> Response {
        let (url, text) = (format!("{}{path}", server.base), body.to_string());
        let authorization = self.authorization("POST", &url, oauth1::Body::Other(text.as_bytes()));
        let request = server.client.post(url).header("authorization", authorization);
        request.header("content-type", "application/json").body(text).send().await.unwrap()
    }
}

/// The status, and the word that says why.
pub(crate) fn told(response: &Response) -> (u16, String) {
    let header = response.headers().get("www-authenticate").and_then(|value| value.to_str().ok());
    let word = header.and_then(|text| text.strip_prefix("OAuth realm=\"Jazz\", oauth_problem=\""));
    let word = word.and_then(|text| text.strip_suffix('"')).unwrap_or_default();
    (response.status().as_u16(), word.to_owned())
}

/// What the doctor says of a friend.
pub(crate) async fn diagnosis(server: &Running, friend: &str) -> Value {
    let (status, found) =
        by_root(server, Method::POST, &format!("{FRIENDS}/{friend}/doctor"), json!({})).await;
    assert_eq!(status, 200, "{found}");
    found
}
