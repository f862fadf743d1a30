//! Sessions: listed, ended by hand, by time, and with their user.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::sign_in::{cookie_of, made_link, store};
use crate::running::{BOTH, Database, Running, demo, password};

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    for database in BOTH {
        let server = Running::start(database).await;
        let old = password("bob");
        let (one, two) =
            (server.sign_in("bob", &old).await.unwrap(), server.sign_in("bob", &old).await.unwrap());
        let three = server.sign_in("bob", &old).await.unwrap();
        let list = async |cookie: &str| {
            let request = server.get("/api/v1/me/sessions").header("cookie", cookie);
            request.send().await.unwrap().json::<Value>().await.unwrap()["items"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        };
        let listed = list(&one).await;
        assert_eq!(listed.len(), 3);
        assert!(listed.iter().all(|it| it["address"] == "127.0.0.1"));
        assert_eq!(listed.iter().filter(|it| it["current"] == true).count(), 1);
        let end = async |cookie: &str, path: &str| {
            let url = format!("{}/api/v1/me/sessions{path}", server.base);
            let request = server.client.delete(url).header("cookie", cookie);
            request.header("x-requested-with", "a program").send().await.unwrap().status().as_u16()
        };
        let other = listed.iter().find(|it| it["current"] == false).unwrap();
        let other = format!("/{}", other["id"].as_str().unwrap());
        assert_eq!([end(&one, &other).await, end(&one, &other).await], [204, 404]);
        assert_eq!(list(&one).await.len(), 2);
        assert_eq!(end(&one, "").await, 204);
        assert_eq!([list(&one).await.len(), list(&two).await.len(), list(&three).await.len()], [1, 0, 0]);
        // Nobody ends another's.
        let lena = server.sign_in("lena", &password("lena")).await.unwrap();
        let lenas = format!("/{}", list(&lena).await[0]["id"].as_str().unwrap());
        assert_eq!(end(&one, &lenas).await, 404);
        // Signing in again ends the session that the browser had.
        let fields = [("user", "bob"), ("password", &*old)];
        let again = server.submit("/sign-in", Some(&one), &fields).await;
        let renewed = cookie_of(&again, "bailiwick_session").unwrap();
        assert_eq!([list(&one).await.len(), list(&renewed).await.len()], [0, 1]);
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
    // Long enough for a busy machine to use it in time.
    const IDLE: Duration = Duration::from_secs(6);
    const OLD: Duration = Duration::from_secs(11);
    let server = Running::start_as(Database::Sqlite, |config| {
        config.demo = Some(demo());
        config.sessions.idle = IDLE;
        config.sessions.absolute = OLD;
    })
    .await;
    let cookie = server.sign_in("bob", &password("bob")).await.unwrap();
    let home = async || {
        let request = server.get("/").header("cookie", &cookie).header("accept", "text/html");
        request.send().await.unwrap().status().as_u16()
    };
    let begun = Instant::now();
    while begun.elapsed() < IDLE + Duration::from_secs(1) {
        assert_eq!(home().await, 200, "it is used ({:?})", begun.elapsed());
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    while begun.elapsed() < OLD {
        home().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(home().await, 303, "used or not, it is old");
    let cookie = server.sign_in("bob", &password("bob")).await.unwrap();
    tokio::time::sleep(IDLE).await;
    let idle = server.get("/").header("cookie", &cookie).header("accept", "text/html").send().await.unwrap();
    assert_eq!(idle.status(), 303);
}

#[tokio::test]
async fn an_archived_user_is_out_and_comes_back_without_sessions() {
    for database in BOTH {
        let server = Running::start(database).await;
        let cookie = server.sign_in("bob", &password("bob")).await.unwrap();
        let status = async || {
            let request = server.get("/api/v1/me/sessions").header("cookie", &cookie);
            request.send().await.unwrap().status().as_u16()
        };
        assert_eq!(status().await, 200);
        let act =
            async |what: &str| server.post_as("root", &format!("/api/v1/users/bob/{what}"), &json!({})).await;
        let (archived, answer) = act("archive").await;
        assert_eq!(archived, 200, "{answer}");
        assert_eq!(status().await, 401);
        assert!(server.sign_in("bob", &password("bob")).await.is_none());
        assert_eq!(server.get_as("bob", "/api/v1/me/sessions").await.status(), 401);
        let (status_of_link, problem) = made_link(&server, "root", "bob").await;
        assert_eq!((status_of_link, &problem["type"]), (409, &json!("urn:bailiwick:problem:conflict")));
        assert_eq!(act("unarchive").await.0, 200);
        assert_eq!(status().await, 401, "a session that has ended has ended");
        assert!(server.sign_in("bob", &password("bob")).await.is_some());
    }
}

#[tokio::test]
async fn who_manages_users_sees_and_ends_the_sessions_of_others() {
    for database in BOTH {
        let server = Running::start(database).await;
        let old = password("bob");
        let mut cookies = Vec::new();
        for _ in 0..3 {
            cookies.push(server.sign_in("bob", &old).await.unwrap());
        }
        let alive = async || {
            let mut alive = Vec::new();
            for cookie in &cookies {
                let request = server.get("/api/v1/me/sessions").header("cookie", cookie);
                alive.push(request.send().await.unwrap().status() == 200);
            }
            alive
        };
        const PATH: &str = "/api/v1/users/bob/sessions";
        let delete = async |by: &str, path: &str| {
            let request = server.client.delete(format!("{}{path}", server.base));
            request.basic_auth(by, Some(password(by))).send().await.unwrap().status().as_u16()
        };
        assert_eq!(server.get_as("lena", PATH).await.status(), 403);
        let listed: Value = server.get_as("root", PATH).await.json().await.unwrap();
        let listed = listed["items"].as_array().unwrap();
        assert!(listed.len() == 3 && listed.iter().all(|it| it["current"] == false), "{listed:?}");
        let first = format!("{PATH}/{}", listed[0]["id"].as_str().unwrap());
        assert_eq!([delete("lena", PATH).await, delete("lena", &first).await], [403, 403]);
        assert_eq!(delete("bob", &first).await, 403, "one's own are elsewhere");
        assert_eq!(alive().await, [true, true, true]);
        assert_eq!([delete("root", &first).await, delete("root", &first).await], [204, 404]);
        assert_eq!(alive().await, [false, true, true]);
        assert_eq!(delete("root", PATH).await, 204);
        assert_eq!(alive().await, [false, false, false]);
        assert_eq!(delete("root", "/api/v1/users/nobody/sessions").await, 404);
        let journal: Value = server.get_as("root", "/api/v1/journal?limit=2").await.json().await.unwrap();
        let said = [0, 1].map(|at| (&journal["items"][at]["by"], &journal["items"][at]["summary"]));
        let root = json!("root");
        let (all, one) = (json!("End the sessions of a user: bob"), json!("End a session of a user: bob"));
        assert_eq!(said, [(&root, &all), (&root, &one)]);
        let refusals = store(&server.location).await.refusals(&Default::default()).await.unwrap().refusals;
        assert!(refusals.iter().any(|it| it.what == "End a session of a user: bob"
            && it.by.as_deref() == Some("lena")
            && it.gate == "REPOSITORY_GROUP"));
    }
}

#[tokio::test]
async fn whoever_gets_other_groups_signs_in_again() {
    let server = Running::start(Database::Sqlite).await;
    let cookie = server.sign_in("bob", &password("bob")).await.unwrap();
    let alive = async || {
        let request = server.get("/api/v1/me/sessions").header("cookie", &cookie);
        request.send().await.unwrap().status() == 200
    };
    let change = async |body: Value| {
        let request =
            server.client.patch(format!("{}/api/v1/users/bob", server.base)).header("if-match", "*");
        let request = request.basic_auth("root", Some(password("root"))).json(&body);
        assert_eq!(request.send().await.unwrap().status(), 200, "{body}");
    };
    change(json!({"name": "Bob the tuner", "groups": ["JazzUsers"]})).await;
    assert!(alive().await, "the groups are as they were");
    change(json!({"groups": ["JazzUsers", "JazzAdmins"]})).await;
    assert!(!alive().await);
    assert!(server.sign_in("bob", &password("bob")).await.is_some());
}
