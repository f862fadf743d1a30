use std::time::Duration;

use serde_json::json;

use crate::running::{BOTH, Database, Running, password, query};

#[tokio::test]
async fn a_browser_signs_in_and_out() {
    for database in BOTH {
        let server = Running::start(database).await;
        let cookie = server.sign_in("Bob", &password("bob")).await.expect("ids are compared without case");
        let with = |path: &str| server.get(path).header("cookie", &cookie).header("accept", "text/html");
        let page = with("/").send().await.unwrap();
        assert_eq!(page.status(), 200, "{database:?}");
        assert!(page.text().await.unwrap().contains("Bob"));
        let out = server.submit("/sign-out", Some(&cookie), &[]).await;
        assert_eq!((out.status().as_u16(), &out.headers()["location"]), (303, &"/sign-in".parse().unwrap()));
        let after = with("/").send().await.unwrap();
        assert_eq!(after.status(), 303, "the session has ended, whatever the browser still sends");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    for database in BOTH {
        let server = Running::start(database).await;
        let mut answers = Vec::new();
        for id in ["bob", "bub", "gus", "system"] {
            let form = query(&[("user", id), ("password", "wrong")]);
            let request = server.post("/sign-in").header("content-type", "application/x-www-form-urlencoded");
            let response = request.body(form).send().await.unwrap();
            assert_eq!(response.status(), 401);
            assert!(response.headers().get("set-cookie").is_none());
            // The page repeats what was typed.
            let typed = format!("name=\"user\" value=\"{id}\" autocomplete");
            answers.push(response.text().await.unwrap().replace(&typed, "TYPED"));
            let basic = server.get("/explain").basic_auth(id, Some("wrong")).send().await.unwrap();
            assert_eq!(basic.status(), 401);
            answers.push(basic.text().await.unwrap());
        }
        assert!(answers.chunks(2).all(|pair| pair == &answers[..2]), "{database:?}: {answers:?}");
    }
}

#[tokio::test]
async fn a_known_user_takes_no_longer_to_refuse_than_an_unknown_one() {
    let server = Running::start(Database::Sqlite).await;
    // Whatever else the machine does takes time away and gives none: the shortest of each are compared.
    let mut shortest = [Duration::MAX; 3];
    for _ in 0..5 {
        // One whom it knows, one whom nobody knows, one without a password.
        for (shortest, id) in shortest.iter_mut().zip(["bob", "bub", "gus"]) {
            let begun = std::time::Instant::now();
            assert!(server.sign_in(id, "wrong").await.is_none());
            *shortest = begun.elapsed().min(*shortest);
        }
    }
    // Without the hash it would be a hundredth.
    let [least, most] = [shortest.iter().min().unwrap(), shortest.iter().max().unwrap()];
    assert!(*least * 8 > *most, "{shortest:?}");
}

#[tokio::test]
async fn programs_use_basic_and_are_told_how() {
    let server = Running::start(Database::Sqlite).await;
    let path = "/explain?operation=read&item=gc%3AElectric%20Vehicle";
    let anonymous = server.get(path).send().await.unwrap();
    assert_eq!(anonymous.status(), 401);
    assert_eq!(anonymous.headers()["www-authenticate"], "Basic realm=\"Bailiwick\", charset=\"UTF-8\"");
    assert_eq!(anonymous.headers()["content-type"], "application/problem+json");
    let problem: serde_json::Value = anonymous.json().await.unwrap();
    assert_eq!(problem["type"], "urn:bailiwick:problem:sign-in");
    assert_eq!(problem["status"], 401);
    for _ in 0..3 {
        assert_eq!(server.get_as("bob", path).await.status(), 200);
    }
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        assert_eq!(server.get_as("bob", path).await.status(), 200);
    }
    let wrong = server.get(path).basic_auth("bob", Some("wrong")).send().await.unwrap();
    assert_eq!(wrong.status(), 401, "what is remembered is this password only ({:?})", begun.elapsed());
}

#[tokio::test]
async fn archived_and_functional_users_never_sign_in() {
    use governance::Organisation;
    let organisation: Organisation = {
        let text = b"bailiwick: 1\nusers:\n  - {id: old, archived: true}\n  - {id: gc_user, functional: true}\n  - {id: new}\n";
        let sources = [document::Source { name: "users".into(), text }];
        document::load(&sources, &document::Limits::default()).unwrap().organisation
    };
    let signs_in = |id: &str| organisation.user_who_signs_in(id).is_some();
    assert_eq!(
        [signs_in("old"), signs_in("gc_user"), signs_in("new"), signs_in("NEW")],
        [false, false, true, true]
    );
}

#[tokio::test]
async fn nobody_sees_anything_but_the_sign_in_page() {
    let server = Running::start(Database::Sqlite).await;
    for path in ["/", "/explain", "/explain.json"] {
        let page =
            server.get(&format!("{path}?user=bob")).header("accept", "text/html").send().await.unwrap();
        assert_eq!(page.status(), 303, "{path}");
        let location = page.headers()["location"].to_str().unwrap();
        assert!(location.starts_with("/sign-in?next=%2F"), "{location}");
        assert_eq!(server.get(path).send().await.unwrap().status(), 401, "{path}");
    }
    for path in ["/access/v1/evaluation", "/access/v1/evaluations"] {
        let response = server.post(path).json(&json!({})).send().await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
    }
    for path in ["/sign-in", "/health/live", "/health/ready", "/.well-known/authzen-configuration"] {
        assert_eq!(server.get(path).send().await.unwrap().status(), 200, "{path}");
    }
}

#[tokio::test]
async fn the_sign_in_page_names_example_users_only_in_a_demo() {
    let server = Running::start(Database::Sqlite).await;
    let page = server.get("/sign-in").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Example users") && page.contains("leads the Tuning Team’s configurations"));
    let server = Running::start_with(Database::Sqlite, None).await;
    let page = server.get("/sign-in").send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("Example users") && !page.contains("bob"));
}
