//! The eleven users of the development story come from a directory, are licensed, and may what the story
//! says.

use reqwest::Method;
use serde_json::{Value, json};
use server::Ldap;

use super::{Directory, beginning, group, mapping, name_of, password_of, person, somebody, told_of};
use crate::running::{Database, Running, demo_of, expectations, password, told_by};

/// The story, and its users with their groups and licences taken out of it.
fn story() -> (String, Vec<(String, String, String)>) {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stories/development/eleven-users.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let told = told_by(&text);
    let users = told.organisation.users().map(|(_, user)| {
        let group = user.groups.iter().next().unwrap();
        let licence = user.licences.iter().next().unwrap();
        (user.id.to_string(), group.id().to_owned(), licence.id().to_owned())
    });
    let users = users.collect();
    let (before, rest) = text.split_once("users:\n").unwrap();
    let (_, after) = rest.split_once("access_groups:").unwrap();
    (format!("{before}access_groups:{after}"), users)
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_the_story_expects_holds_for_people_of_the_directory() {
    let (areas, users) = story();
    assert_eq!(users.len(), 11);
    let people: String = users.iter().map(|(id, ..)| person(&somebody(id))).collect();
    let groups = ["JazzAdmins", "JazzProjectAdmins", "JazzUsers"].map(|of| {
        let members = users.iter().filter(|(_, group, _)| group == of).map(|(id, ..)| name_of(id));
        group(&format!("elm-{of}"), &members.collect::<Vec<_>>())
    });
    let directory = Directory::start(&(beginning() + &people + &groups.concat()));
    let mapped = ["JazzAdmins", "JazzProjectAdmins", "JazzUsers"].map(|it| (format!("elm-{it}"), it));
    let mapped: Vec<_> = mapped.iter().map(|(group, stands_for)| (group.as_str(), *stands_for)).collect();
    let ldap = Ldap { groups: mapping(&mapped), ..told_of(&directory) };
    let begun = told_by("bailiwick: 1\nusers: [{id: root, groups: [JazzAdmins, JazzUsers]}]");
    let running = Running::start_on(begun, Database::Sqlite, |config| {
        config.demo = Some(demo_of(&["root"]));
        config.ldap = Some(ldap);
    })
    .await;

    // Root brings them in, and gives them their licences and the story's areas.
    let (status, report) = running.sync("").await;
    assert_eq!((status, report["created"].as_array().unwrap().len()), (200, 11), "{report:#}");
    for (id, group, licence) in &users {
        let body = json!({"licenses": [licence]});
        let (status, user) = running.here(Method::PATCH, "root", &format!("/api/v1/users/{id}"), body).await;
        assert_eq!((status, &user["groups"]), (200, &json!([group])), "{id}");
    }
    let documents = json!({"documents": [{"name": "areas.yaml", "text": areas}]});
    let (status, plan) = running.here(Method::POST, "root", "/api/v1/import", documents).await;
    assert_eq!(status, 200, "{plan:#}");

    // Each of them asks as themselves.
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stories/development/eleven-users.yaml");
    let told = told_by(&std::fs::read_to_string(path).unwrap());
    let mut sessions = std::collections::BTreeMap::new();
    for (id, ..) in &users {
        sessions.insert(id.clone(), running.sign_in(id, &password_of(id)).await.expect("they get in"));
    }
    let expected = expectations(&told);
    assert_eq!(expected.len(), 32);
    for (question, allowed) in expected {
        let asked = running.post("/api/v1/check").header("cookie", &sessions[&question.user]);
        let asked = asked.header("content-type", "application/jsonl").header("sec-fetch-site", "same-origin");
        let line = serde_json::to_string(&question).unwrap();
        let answer = asked.body(format!("{line}\n")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{line}");
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        // Of what they do not see nothing is said, not even that they may not.
        let unseen = answer["error"].as_str().is_some_and(|said| said.starts_with("unknown item"));
        assert_eq!(
            answer["allowed"].as_bool().or(unseen.then_some(false)),
            Some(allowed),
            "{line}: {answer}"
        );
    }
    assert!(running.sign_in("root", &password("root")).await.is_some());
}
