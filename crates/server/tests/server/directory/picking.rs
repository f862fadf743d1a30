//! People of the directory are picked for areas before they are users.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Directory, asking, password_of, told_of, with_people};

const TEAM: &str = "/api/v1/team-areas/gc%3AElectric%20Vehicle%40Tuning%20Team";
const AREA: &str = "/api/v1/project-areas/gc%3AElectric%20Vehicle";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_picked_is_a_user_by_the_same_change() {
    let directory = Directory::start(&with_people(&["mia", "tom", "uma", "cem", "eva", "ivo"]));
    let running = asking(told_of(&directory)).await;
    let found = async |text: &str| {
        let path = format!("/api/v1/registry/people?text={text}");
        let (status, found) = running.here(Method::GET, "ada", &path, Value::Null).await;
        assert_eq!(status, 200, "{found}");
        found.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("om").await, ["tom"]);
    assert_eq!(found("ia%40EXAMPLE").await, ["mia"], "in mail addresses, too");
    assert_eq!(found("a%20of%20the").await, ["eva", "mia", "uma"], "in names, too");
    assert_eq!(found("*").await, Vec::<String>::new(), "it is no pattern");

    // Ada administers the project area, and manages no users.
    let before = running.newest_entries(1).await[0]["revision"].as_u64().unwrap();
    let lead = json!({"roles": ["configuration-lead"]});
    let (status, told) = running.here(Method::PUT, "ada", &format!("{TEAM}/members/mia"), lead.clone()).await;
    assert!(status < 300, "{status} {told}");
    let mia = running.user("mia").await;
    assert_eq!((&mia["registry"], &mia["name"]), (&json!("corp"), &json!("mia of the directory")));
    let entry = running.newest_entries(1).await.remove(0);
    assert_eq!((entry["revision"].as_u64(), &entry["by"]), (Some(before + 1), &json!("ada")), "one change");

    let tom = format!("{AREA}/administrators/tom");
    assert!(running.here(Method::PUT, "ada", &tom, Value::Null).await.0 < 300);
    let body = json!({"members": {"uma": []}, "administrators": ["ada", "tom", "cem"]});
    let (status, area) = running.here(Method::PATCH, "ada", AREA, body).await;
    assert_eq!(status, 200, "{area}");
    assert_eq!(area["administrators"], json!(["ada", "tom", "cem"]));
    let requests = json!({"together": true, "requests": [
        {"method": "PUT", "path": format!("{TEAM}/members/eva"), "body": {"roles": []}},
        {"method": "PUT", "path": format!("{TEAM}/administrators/eva")},
    ]});
    let (status, results) = running.here(Method::POST, "ada", "/api/v1/bulk", requests).await;
    assert_eq!(status, 200, "{results}");
    assert_eq!(running.user("eva").await["registry"], "corp");

    // Whoever may not pick makes nobody a user, and who is nobody there is nobody.
    let before = running.newest_entries(1).await;
    assert_eq!(running.here(Method::PUT, "bob", &format!("{TEAM}/members/ivo"), lead.clone()).await.0, 403);
    assert_eq!(running.here(Method::PUT, "ada", &format!("{TEAM}/members/nobody"), lead).await.0, 404);
    let wrong = json!({"roles": ["no-such-role"]});
    assert_eq!(running.here(Method::PUT, "ada", &format!("{TEAM}/members/ivo"), wrong).await.0, 409);
    assert_eq!(running.newest_entries(1).await, before);
    assert_eq!(running.user("ivo").await["status"], 404);
    // The picked sign in like everybody.
    assert!(running.sign_in("mia", &password_of("mia")).await.is_some());
}
