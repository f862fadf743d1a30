//! Forms of pages: what was typed is kept, what nobody has looked at is not done, and nothing is done in a
//! preview.

use serde_json::{Value, json};

use crate::pages::areas;
use crate::people_pages::{Visitor, hidden};
use crate::running::{BETA, Database, MODIFY, Running, query};

#[tokio::test]
async fn a_reader_is_taken_out_of_the_access_list_without_scripts() {
    let server = Running::start(Database::Sqlite).await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let (path, list) = (format!("/project-areas/{area}/access"), format!("/api/v1/project-areas/{area}"));
    let root = Visitor::of(&server, "root").await;
    let closed = [("access", "hierarchy-and-list"), ("user", "gus"), ("upon", "*")];
    assert_eq!(root.means(&path, &closed).await.0, 303);
    let upon = hidden(&root.page(&path).await.1, "upon");
    let fields = [("access", "hierarchy-and-list"), ("remove", "gus"), ("upon", &*upon)];
    // Gus loses what he read: that is shown first, and his tick with it.
    let (status, page) = root.sends(&path, &fields).await;
    assert!(status == 200 && page.contains("value=\"gus\" checked"), "{page}");
    assert_eq!(root.means(&path, &fields).await.0, 303);
    let now: Value = server.get_as("root", &list).await.json().await.unwrap();
    assert_eq!(now["access_list"], json!([]), "{now}");
    // Where nothing is changed, nothing is said to be saved.
    let (status, to) = root.sends(&path, &[("access", "hierarchy-and-list"), ("upon", "*")]).await;
    assert!(status == 303 && to.ends_with("?done=nothing"), "{to}");
    let page = root.page(&to).await.1;
    assert!(page.contains("Nothing has changed") && !page.contains("Saved"), "{page}");
}

#[tokio::test]
async fn what_was_typed_is_kept_in_the_form_that_was_sent() {
    let server = Running::start(Database::Sqlite).await;
    let (area, team) = areas(&server, "Electric Vehicle");
    let ada = Visitor::of(&server, "ada").await;
    let cell = query(&[("cell", "contributor gc.save-stream")]);
    let page = ada.page(&format!("/project-areas/{area}/permissions?{cell}")).await.1;
    let action = page.split("<form").find(|it| it.contains("Save the text")).unwrap();
    let action = action.split("action=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let text = [("operation", "gc.save-stream"), ("text", "Ask Lena."), ("upon", "\"stale\"")];
    let (status, page) = ada.sends(&action, &text).await;
    assert!(status == 412 && page.contains("Ask Lena.</textarea>"), "{page}");
    let path = format!("/team-areas/{team}/administrators");
    let (status, page) = ada.sends(&path, &[("user", "nobody"), ("upon", "*")]).await;
    assert!(status == 400 && page.contains("value=\"nobody\""), "{page}");
    // What does not say when it holds does not hold always.
    let entry =
        [("role", "contributor"), ("operation", "gc.save-stream"), ("action", "archive"), ("upon", "*")];
    let path = format!("/team-areas/{team}/permissions?{cell}");
    let (status, page) = ada.sends(&path, &[&entry[..], &[("slot", "whenever")]].concat()).await;
    assert!(status == 400 && page.contains("<code>whenever</code>"), "{page}");
}

#[tokio::test]
async fn no_form_is_carried_out_in_a_preview() {
    let server = Running::start(Database::Sqlite).await;
    let root = Visitor::of(&server, "root").await.previewing("bob");
    assert!(root.page("/users").await.1.contains("You see this as"));
    for path in ["/users", "/me/tokens", "/consumers/none"] {
        let (status, page) = root.sends(path, &[("do", "approve")]).await;
        assert!(status == 409 && page.contains("end the preview first"), "{path}: {page}");
    }
    // What belongs to the server is told to none who could not read it themselves, whoever they are shown as.
    assert_eq!(root.page("/audit").await.0, 403);
}

#[tokio::test]
async fn a_place_beyond_the_end_of_a_list_is_its_end() {
    let server = Running::start(Database::Sqlite).await;
    let (_, team) = areas(&server, "Electric Vehicle");
    let root = Visitor::of(&server, "root").await;
    let who = query(&[("operation", MODIFY), ("item", BETA)]);
    let what = query(&[("operation", MODIFY), ("user", "bob")]);
    for path in [
        "/users?".to_owned(),
        format!("/who-can?{who}&"),
        format!("/what-can?{what}&"),
        "/licences/elm-practitioner?".to_owned(),
        "/licences/unused?".to_owned(),
        format!("/team-areas/{team}/members?"),
    ] {
        let (status, page) = root.page(&format!("{path}after={}", u64::MAX)).await;
        assert_eq!(status, 200, "{path}: {page}");
    }
}
