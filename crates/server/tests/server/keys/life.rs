//! The life of a key on both sides.

use reqwest::Method;
use serde_json::{Value, json};

use super::{CONSUMERS, FRIENDS, Signing, by, by_root, registered, server, told};
use crate::running::{BOTH, Database, Running};

const HANDSHAKE: &str = "/api/v1/handshake";

async fn handshake(server: &Running, key: &str, secret: &str) -> (u16, String) {
    told(&Signing::by(key, secret).get(server, HANDSHAKE).await)
}

fn fine() -> (u16, String) {
    (200, String::new())
}

async fn request_key(server: &Running, name: &str, secret: &str) -> String {
    let body = json!({"name": name, "secret": secret, "secretType": "string", "trusted": true, "other": 1});
    let response = server.post("/jts/oauth-request-consumer").body(body.to_string()).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let answer: Value = response.json().await.unwrap();
    let key = answer["key"].as_str().unwrap().to_owned();
    assert!(key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    key
}

#[tokio::test]
async fn a_key_is_provisional_then_authorized_then_deleted() {
    for database in BOTH {
        let server = server(database).await;
        let key = request_key(&server, "Reports", "a phrase of ours").await;
        let path = format!("{CONSUMERS}/{key}");
        let (_, waiting) =
            by_root(&server, Method::GET, &format!("{CONSUMERS}?state=provisional"), json!({})).await;
        let waiting = &waiting["items"][0];
        assert_eq!((&waiting["key"], &waiting["state"]), (&json!(key), &json!("provisional")));
        assert_eq!(
            (&waiting["trusted"], &waiting["asks_trust"]),
            (&json!(false), &json!(true)),
            "it is a proposal"
        );
        let secret = "a phrase of ours";
        assert_eq!(handshake(&server, &key, secret).await, (401, "consumer_key_refused".to_owned()));
        assert_eq!(handshake(&server, &key, "another one").await, (401, "signature_invalid".to_owned()));

        let approve = json!({"name": "Vehicle Reports"});
        let (status, approved) = by_root(&server, Method::POST, &format!("{path}/approve"), approve).await;
        assert_eq!(
            (status, &approved["state"], &approved["name"]),
            (200, &json!("authorized"), &json!("Vehicle Reports"))
        );
        assert_eq!(approved["trusted"], false);
        assert_eq!(by_root(&server, Method::POST, &format!("{path}/approve"), json!({})).await.0, 409);
        assert_eq!(by_root(&server, Method::POST, &format!("{path}/reject"), json!({})).await.0, 409);
        assert_eq!(handshake(&server, &key, secret).await, (401, "permission_denied".to_owned()));

        let edit = json!({"functional_user": "ccm_user"});
        assert_eq!(by_root(&server, Method::PATCH, &path, edit).await.1["functional_user"], "ccm_user");
        assert_eq!(handshake(&server, &key, secret).await, fine());

        let request = server.client.delete(format!("{}{path}", server.base));
        let request = request.basic_auth("root", Some(crate::running::password("root")));
        assert_eq!(request.send().await.unwrap().status(), 204);
        assert_eq!(handshake(&server, &key, secret).await, (401, "consumer_key_unknown".to_owned()));
        assert_eq!(by_root(&server, Method::GET, &path, json!({})).await.0, 404);

        // The journal tells of each step, and of no secret.
        let (_, journal) = by_root(&server, Method::GET, "/api/v1/journal?limit=100", json!({})).await;
        let text = journal.to_string();
        for said in [
            "Approve the consumer Reports",
            "functional user ccm_user",
            "Delete the consumer Vehicle Reports",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(!text.contains(secret));
    }
}

#[tokio::test]
async fn a_rejected_key_is_good_for_nothing() {
    let server = server(Database::Sqlite).await;
    let key = request_key(&server, "Reports", "a phrase of ours").await;
    let (status, rejected) =
        by_root(&server, Method::POST, &format!("{CONSUMERS}/{key}/reject"), json!({})).await;
    assert_eq!((status, &rejected["state"]), (200, &json!("rejected")));
    assert_eq!(handshake(&server, &key, "a phrase of ours").await, (401, "consumer_key_rejected".to_owned()));
}

#[tokio::test]
async fn a_functional_user_is_one_who_works_for_servers_and_is_there() {
    let server = server(Database::Sqlite).await;
    let (key, secret) =
        registered(&server, json!({"name": "Reports", "functional_user": "spare_user"})).await;
    assert_eq!(handshake(&server, &key, &secret).await, fine());
    let path = format!("{CONSUMERS}/{key}");
    let edit =
        async |user: Value| by_root(&server, Method::PATCH, &path, json!({"functional_user": user})).await;
    for (user, status, said) in
        [(json!("bob"), 409, "is a person"), (json!("nobody"), 400, "there is no user `nobody`")]
    {
        let (found, problem) = edit(user.clone()).await;
        assert!(found == status && problem["detail"].as_str().unwrap().contains(said), "{user}: {problem}");
    }
    let archive = server.post("/api/v1/users/spare_user/archive").header("if-match", "*");
    let archive = archive.basic_auth("root", Some(crate::running::password("root"))).send().await.unwrap();
    assert!(archive.status().is_success());
    assert_eq!(handshake(&server, &key, &secret).await, (401, "permission_denied".to_owned()));
    let (_, shown) = by_root(&server, Method::GET, &path, json!({})).await;
    assert_eq!(shown["functional_user_archived"], true);
    assert_eq!(edit(Value::Null).await.1["functional_user"], Value::Null);
    let (status, problem) = edit(json!("spare_user")).await;
    assert!(status == 409 && problem["detail"].as_str().unwrap().contains("archived"), "{problem}");
}

#[tokio::test]
async fn a_rotated_secret_leaves_the_one_before_good_for_a_while() {
    for database in BOTH {
        let server = server(database).await;
        let (key, first) =
            registered(&server, json!({"name": "Reports", "functional_user": "ccm_user"})).await;
        let rotate = async |overlap: &str| {
            let path = format!("{CONSUMERS}/{key}/rotate");
            by_root(&server, Method::POST, &path, json!({"overlap": overlap})).await
        };
        let (status, rotated) = rotate("1h").await;
        let second = rotated["secret"].as_str().unwrap().to_owned();
        assert!(status == 200 && rotated["old_secret_until"].is_string() && second != first, "{rotated}");
        assert_eq!(
            [handshake(&server, &key, &first).await, handshake(&server, &key, &second).await],
            [fine(), fine()]
        );
        // Who knows a secret that was replaced here replaces none by it.
        let body = json!({"secret": "what a thief would like"});
        let renewed = Signing::by(&key, &first).post(&server, "/api/v1/handshake/secret", &body).await;
        assert_eq!(renewed.status(), 409);
        assert_eq!(handshake(&server, &key, &second).await, fine());
        // Without an overlap the one before ends at once, and the one before that with it.
        let third = rotate("0s").await.1["secret"].as_str().unwrap().to_owned();
        for old in [&first, &second] {
            assert_eq!(handshake(&server, &key, old).await, (401, "signature_invalid".to_owned()));
        }
        assert_eq!(handshake(&server, &key, &third).await, fine());
        assert_eq!(rotate("31d").await.0, 400);
        assert_eq!(rotate("long").await.0, 400);
    }
}

#[tokio::test]
async fn who_has_used_a_new_secret_replaces_none_by_the_one_before() {
    let server = server(Database::Sqlite).await;
    let (key, first) = registered(&server, json!({"name": "Reports", "functional_user": "ccm_user"})).await;
    let renew = async |by: &str, to: &str| {
        let body = json!({"secret": to});
        Signing::by(&key, by).post(&server, "/api/v1/handshake/secret", &body).await.status().as_u16()
    };
    // An answer may be lost: whoever has not used the new one may ask again by the one before.
    assert_eq!(renew(&first, "the second of them").await, 204);
    assert_eq!(renew(&first, "the third of them all").await, 204);
    assert_eq!(handshake(&server, &key, "the third of them all").await, fine());
    assert_eq!(renew(&first, "what a thief would like").await, 409);
    assert_eq!(handshake(&server, &key, &first).await, fine(), "it is good for asking, for a day");
    assert_eq!(renew("the third of them all", "and a fourth one").await, 204);
}

#[tokio::test]
async fn a_friend_that_is_rotated_is_asked_by_the_new_secret_at_once() {
    let (here, there) = (server(Database::Sqlite).await, server(Database::Sqlite).await);
    let root_services = format!("{}/ccm/rootservices", there.base);
    let add = json!({"name": "There", "root_services": root_services, "secret": "a secret that got about"});
    let (_, friend) = by_root(&here, Method::POST, FRIENDS, add).await;
    let key = friend["consumer_key"].as_str().unwrap();
    let approve = json!({"functional_user": "ccm_user"});
    by_root(&there, Method::POST, &format!("{CONSUMERS}/{key}/approve"), approve).await;
    let rotated = by_root(&here, Method::POST, &format!("{FRIENDS}/There/rotate"), json!({})).await;
    assert_eq!(rotated.0, 200, "{rotated:?}");
    let thief = Signing::by(key, "a secret that got about");
    let wanted = json!({"secret": "what a thief would like"});
    assert_eq!(thief.post(&there, "/api/v1/handshake/secret", &wanted).await.status(), 409);
    assert_eq!(super::diagnosis(&here, "There").await["checks"][5]["outcome"], "passed");
}

#[tokio::test]
async fn another_server_is_told_nothing_that_may_not_be_kept_here() {
    let (here, there) = (server(Database::Sqlite).await, server(Database::Sqlite).await);
    let add = json!({"name": "There", "root_services": format!("{}/ccm/rootservices", there.base)});
    let (_, friend) = by_root(&here, Method::POST, FRIENDS, add).await;
    let one = format!("{CONSUMERS}/{}", friend["consumer_key"].as_str().unwrap());
    let approve = json!({"functional_user": "ccm_user"});
    by_root(&there, Method::POST, &format!("{one}/approve"), approve).await;
    let (_, before) = by_root(&there, Method::GET, &one, json!({})).await;
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let token = json!({"name": "ci", "scopes": ["read", "write"], "expires": expires.to_string()});
    let (status, token) = by_root(&here, Method::POST, "/api/v1/me/tokens", token).await;
    assert_eq!(status, 200, "{token}");
    let by_token = async |path: &str, body: Value| {
        let request = here.post(path).bearer_auth(token["secret"].as_str().unwrap()).json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(by_token(&format!("{FRIENDS}/There/rotate"), json!({})).await, 403);
    let other = json!({"name": "Third", "root_services": format!("{}/gc/rootservices", there.base)});
    assert_eq!(by_token(FRIENDS, other).await, 403);
    let (_, after) = by_root(&there, Method::GET, &one, json!({})).await;
    assert_eq!(before, after);
    let (_, all) = by_root(&there, Method::GET, CONSUMERS, json!({})).await;
    assert_eq!(all["items"].as_array().map(Vec::len), Some(1), "{all}");
}

#[tokio::test]
async fn a_form_that_is_signed_is_short() {
    let server = server(Database::Sqlite).await;
    let ask = async |length: usize| {
        let request =
            server.post("/api/v1/users").header("authorization", "OAuth oauth_consumer_key=\"none\"");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body("a&".repeat(length / 2)).send().await.unwrap().status().as_u16()
    };
    assert_eq!([ask(1 << 10).await, ask(1 << 20).await], [401, 413]);
}

#[tokio::test]
async fn what_somebody_says_of_themselves_looks_like_nothing_else() {
    let server = server(Database::Sqlite).await;
    let ask = async |root_services: &str| {
        let body = json!({"name": "x", "secret": "theirs alone", "rootServices": root_services}).to_string();
        let made: Value =
            server.post("/jts/oauth-request-consumer").body(body).send().await.unwrap().json().await.unwrap();
        let path = format!("{CONSUMERS}/{}", made["key"].as_str().unwrap());
        by_root(&server, Method::GET, &path, json!({})).await.1["root_services"].clone()
    };
    let whole = "https://elm.example.org/ccm/rootservices";
    assert_eq!(ask(whole).await, whole);
    for other in ["https://evil.example/\u{202e}x", "https://elm.example.org@evil.example/", "https://x y/"] {
        assert_eq!(ask(other).await, Value::Null, "{other}");
    }
    for key in ["$(touch x)", "a b", "k;id", "`id`"] {
        let body = json!({"name": "By hand", "key": key});
        assert_eq!(by_root(&server, Method::POST, CONSUMERS, body).await.0, 400, "{key}");
    }
}

#[tokio::test]
async fn friends_and_consumers_are_for_those_who_administer_the_server() {
    let server = server(Database::Sqlite).await;
    let (key, _) = registered(&server, json!({"name": "Reports"})).await;
    let one = format!("{CONSUMERS}/{key}");
    for (method, path, body) in [
        (Method::GET, CONSUMERS.to_owned(), json!({})),
        (Method::POST, CONSUMERS.to_owned(), json!({"name": "Mine"})),
        (Method::GET, one.clone(), json!({})),
        (Method::PATCH, one.clone(), json!({"name": "Mine"})),
        (Method::DELETE, one.clone(), json!({})),
        (Method::POST, format!("{one}/rotate"), json!({})),
        (Method::GET, "/api/v1/refused-handshakes".to_owned(), json!({})),
        (Method::GET, FRIENDS.to_owned(), json!({})),
        (
            Method::POST,
            FRIENDS.to_owned(),
            json!({"name": "x", "root_services": "http://127.0.0.1:1/gc/rootservices"}),
        ),
        (Method::POST, format!("{FRIENDS}/x/doctor"), json!({})),
    ] {
        let (status, problem) = by(&server, "lena", method.clone(), &path, body).await;
        assert_eq!(
            (status, &problem["gate"]),
            (403, &json!("REPOSITORY_GROUP")),
            "{method} {path}: {problem}"
        );
    }
}

#[tokio::test]
async fn what_is_no_request_for_a_key_is_told_so_and_there_is_a_limit_to_them() {
    let server = server(Database::Sqlite).await;
    let ask = async |body: &str| {
        server
            .post("/jts/oauth-request-consumer")
            .body(body.to_owned())
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    for body in [
        "",
        "[]",
        "{}",
        r#"{"name": "x"}"#,
        r#"{"name": " ", "secret": "y"}"#,
        r#"{"name": "x", "secret": ""}"#,
        r#"{"name": "x", "secret": "y", "secretType": "file"}"#,
    ] {
        assert_eq!(ask(body).await, 400, "{body}");
    }
    let asked = [ask(r#"{"name": "x", "secret": "y"}"#).await];
    assert_eq!(asked, [200]);
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(ask(r#"{"name": "x", "secret": "y"}"#).await);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 8, "{statuses:?}");
}

#[tokio::test]
async fn a_friend_is_added_rotated_changed_and_removed() {
    let (here, there) = (server(Database::Sqlite).await, server(Database::Sqlite).await);
    let add = json!({"name": "There", "root_services": format!("{}/ccm/rootservices", there.base), "called": "Here"});
    // Of two at once the second finds the name taken, and leaves no key there.
    let by_two = || by_root(&here, Method::POST, FRIENDS, add.clone());
    let (one, two) = tokio::join!(by_two(), by_two());
    let (friend, (status, refused)) = if one.0 == 200 { (one.1, two) } else { (two.1, one) };
    assert_eq!(status, 409, "{friend} {refused}");
    let keys = by_root(&there, Method::GET, CONSUMERS, json!({})).await.1;
    assert_eq!(keys["items"].as_array().map(Vec::len), Some(1), "{keys}");
    let key = friend["consumer_key"].as_str().unwrap();
    let (_, consumer) = by_root(&there, Method::GET, &format!("{CONSUMERS}/{key}"), json!({})).await;
    assert_eq!((&consumer["name"], &consumer["state"]), (&json!("Here"), &json!("provisional")));
    assert_eq!(consumer["root_services"], format!("{}/ccm/rootservices", here.base));
    assert_eq!(consumer["proposed_functional_user"], "ccm_user");
    let approve = json!({"functional_user": "ccm_user"});
    by_root(&there, Method::POST, &format!("{CONSUMERS}/{key}/approve"), approve).await;
    let again = json!({"name": "There too", "root_services": format!("{}/jts/rootservices", there.base)});
    let (status, problem) = by_root(&here, Method::POST, FRIENDS, again).await;
    assert!(status == 409 && problem["detail"].as_str().unwrap().contains("`There`"), "{problem}");
    let works = async || super::diagnosis(&here, "There").await["checks"][5]["outcome"] == "passed";
    assert!(works().await);
    for _ in 0..2 {
        let (status, rotated) =
            by_root(&here, Method::POST, &format!("{FRIENDS}/There/rotate"), json!({})).await;
        assert!(status == 200 && rotated["rotated"].is_string(), "{rotated}");
        assert!(works().await);
    }
    // Of several at a time one counts, and that is the one that the friend knows.
    let at = format!("{FRIENDS}/There/rotate");
    for _ in 0..5 {
        let rotate = || by_root(&here, Method::POST, &at, json!({}));
        let (one, two, three) = tokio::join!(rotate(), rotate(), rotate());
        assert!([one.0, two.0, three.0].contains(&200), "{one:?} {two:?} {three:?}");
        assert!(works().await);
    }
    a_key_of_no_server_learns_nothing_of_a_friend(&here, &there).await;
    // Another secret here alone.
    let one = format!("{FRIENDS}/There");
    let other = json!({"secret": "not what they know"});
    assert_eq!(by_root(&here, Method::PATCH, &one, other).await.0, 200);
    assert!(!works().await);
    // What is signed for one server is not sent to another.
    let moved = json!({"root_services": "http://127.0.0.1:1/ccm/rootservices"});
    assert_eq!(by_root(&here, Method::PATCH, &one, moved).await.0, 400);
    let request = here.client.delete(format!("{}{one}", here.base));
    let request = request.basic_auth("root", Some(crate::running::password("root")));
    assert_eq!(request.send().await.unwrap().status(), 204);
    assert_eq!(by_root(&here, Method::GET, &one, json!({})).await.0, 404);
}

/// Shares a process, and asks for it by a key of which it is not known which server has it; answers all of
/// that.
async fn asked_for_a_process(server: &Running) -> (String, String, Value) {
    let (key, secret) = registered(server, json!({"name": "Reports", "functional_user": "ccm_user"})).await;
    let share = server.client.patch(format!("{}/api/v1/project-areas/gc:Electric%20Vehicle", server.base));
    let share = share.json(&json!({"shares_process": true})).header("if-match", "*");
    let share = share.basic_auth("root", Some(crate::running::password("root"))).send().await.unwrap();
    assert!(share.status().is_success(), "{}", share.status());
    let path = "/api/v1/process-sharing/processes/gc/Electric%20Vehicle";
    let told: Value = Signing::by(&key, &secret).get(server, path).await.json().await.unwrap();
    let process = told["process"].clone();
    (key, secret, process)
}

async fn a_key_of_no_server_learns_nothing_of_a_friend(server: &Running, friend: &Running) {
    let (key, secret, process) = asked_for_a_process(server).await;
    let change = json!({"application": "gc", "project_area": "Standard", "process": process});
    let theirs = format!("{}/ccm/rootservices", friend.base);
    let asked = async || {
        let path = format!("{HANDSHAKE}?reverse=true");
        let told: Value = Signing::by(&key, &secret).get(server, &path).await.json().await.unwrap();
        let path = "/api/v1/process-sharing/what-if";
        let outcome: Value =
            Signing::by(&key, &secret).post(server, path, &change).await.json().await.unwrap();
        (told["is_friend"].clone(), told["reverse"] != json!([]), outcome["outcome"].clone())
    };
    assert_eq!(asked().await, (Value::Null, false, json!("unknown")));
    let path = format!("{CONSUMERS}/{key}");
    let (status, _) = by_root(server, Method::PATCH, &path, json!({"root_services": theirs})).await;
    assert_eq!((status, asked().await), (200, (json!(true), true, json!("unused"))));
}

#[tokio::test]
async fn who_uses_a_process_is_told_to_those_who_may_change_it() {
    let server = server(Database::Sqlite).await;
    let (key, secret, _) = asked_for_a_process(&server).await;
    // What was never shared is used by nobody.
    let other = "/api/v1/process-sharing/processes/gc/Car";
    assert_eq!(Signing::by(&key, &secret).get(&server, other).await.status(), 404);
    for (who, told) in [("root", 1), ("ada", 1), ("lena", 0)] {
        let (status, list) = by(&server, who, Method::GET, "/api/v1/process-consumers", json!({})).await;
        assert_eq!((status, list["items"].as_array().map(Vec::len)), (200, Some(told)), "{who}: {list}");
    }
}
