//! Secrets are encrypted where they are kept, and leave the server in no way.

use reqwest::Method;
use serde_json::{Value, json};

use super::{CONSUMERS, FRIENDS, Signing, by_root, registered, server, told};
use crate::running::{Database, started_with};

const PHRASE: &str = "correct horse battery";

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_in_no_file_and_in_no_answer() {
    let there = server(Database::Sqlite).await;
    let here = server(Database::Sqlite).await;
    let body = json!({"name": "Reports", "secret": PHRASE, "functional_user": "ccm_user"});
    let (key, told_again) = registered(&here, body).await;
    assert_eq!(told_again, "", "whoever has typed it knows it");
    let add = json!({"name": "There", "root_services": format!("{}/ccm/rootservices", there.base), "secret": PHRASE});
    assert_eq!(by_root(&here, Method::POST, FRIENDS, add).await.0, 200);
    let mut answers = Vec::new();
    for path in [CONSUMERS, FRIENDS, "/api/v1/journal?limit=100", "/api/v1/export", "/api/v1/refusals"] {
        answers.push(by_root(&here, Method::GET, path, json!({})).await.1.to_string());
    }
    assert!(answers.iter().all(|text| !text.contains(PHRASE)), "{answers:?}");
    let folder = here.folder.path().to_owned();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(
                !bytes.windows(PHRASE.len()).any(|window| window == PHRASE.as_bytes()),
                "{}",
                path.display()
            );
        }
    }
    assert!(folder.join("secrets.key").is_file());
    let signing = Signing::by(&key, PHRASE);
    assert_eq!(signing.get(&here, "/api/v1/handshake").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_key_file_a_server_says_what_is_wrong() {
    let server = server(Database::Postgres).await;
    let (key, secret) = registered(&server, json!({"name": "Reports", "functional_user": "ccm_user"})).await;
    assert_eq!(Signing::by(&key, &secret).get(&server, "/api/v1/handshake").await.status(), 200);
    // Another node, with another data folder.
    let folder = tempfile::tempdir().unwrap();
    let config = crate::running::config(folder.path(), Some(server.location.clone()), None);
    let (node, task) = started_with(config).await;
    let url = format!("{node}/api/v1/handshake");
    let authorization = Signing::by(&key, &secret).authorization("GET", &url, oauth1::Body::Other(b""));
    let response = server.client.get(&url).header("authorization", authorization).send().await.unwrap();
    assert_eq!(told(&response).0, 500, "it cannot know");
    // Nothing is encrypted by another key meanwhile, and nothing is lost: the key is given back.
    let rotate = async || {
        let rotate = server.client.post(format!("{node}{CONSUMERS}/{key}/rotate")).json(&json!({}));
        rotate.basic_auth("root", Some(crate::running::password("root"))).send().await.unwrap()
    };
    let refused = rotate().await;
    assert_eq!(refused.status(), 500);
    let said: Value = refused.json().await.unwrap();
    assert!(
        said["detail"]
            .as_str()
            .unwrap()
            .starts_with("secrets here were encrypted with a key that is not in "),
        "{said}"
    );
    std::fs::copy(server.folder.path().join("secrets.key"), folder.path().join("secrets.key")).unwrap();
    let rotated = rotate().await;
    assert_eq!(rotated.status(), 200);
    let rotated: Value = rotated.json().await.unwrap();
    let new = rotated["secret"].as_str().unwrap();
    let authorization = Signing::by(&key, new).authorization("GET", &url, oauth1::Body::Other(b""));
    let response = server.client.get(&url).header("authorization", authorization).send().await.unwrap();
    assert_eq!(response.status(), 200);
    task.abort();
}
