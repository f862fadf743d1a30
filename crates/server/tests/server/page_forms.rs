//! Forms of pages: what was typed is kept, what nobody has looked at is not done, and nothing is done in a
//! preview.

use serde_json::{Value, json};

use crate::pages::areas;
use crate::people_pages::{Visitor, hidden};
use crate::running::{BETA, Database, MODIFY, MOTOR, Running, query, why};

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
async fn what_is_sent_after_a_session_has_ended_is_kept_and_browsers_ask_for_no_password() {
    let server = Running::start(Database::Sqlite).await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let path = format!("/project-areas/{area}");
    let fields = [("name", "Vehicle \"E\""), ("upon", "*")];
    let refused = server.submit(&path, Some("bailiwick_session=ended"), &fields).await;
    let asked = |refused: &reqwest::Response| {
        let all = refused.headers().get_all("www-authenticate").iter();
        all.map(|it| it.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let bearer = ["Bearer realm=\"Bailiwick\""];
    assert_eq!((refused.status().as_u16(), &*asked(&refused)), (401, &bearer.map(str::to_owned)[..]));
    let page = refused.text().await.unwrap();
    assert!(page.contains(&format!("method=\"post\" action=\"{path}\"")), "{page}");
    assert!(hidden(&page, "name") == "Vehicle \"E\"" && page.contains("Send it again"), "{page}");
    // A script of a page asks for no password either; a program is told that it may send one.
    for (header, asks) in [("sec-fetch-mode", 1), ("x-requested-with", 1), ("x-other", 2)] {
        let refused = server.get("/api/v1/users").header(header, "cors").send().await.unwrap();
        assert_eq!((refused.status().as_u16(), asked(&refused).len()), (401, asks), "{header}");
    }
    // No page carries a password.
    let change = [("old", "one"), ("password", "two"), ("again", "two")];
    let page = server.submit("/password", None, &change).await.text().await.unwrap();
    assert!(!page.contains("Send it again") && page.contains("href=\"/sign-in\""), "{page}");
}

#[tokio::test]
async fn somebody_is_invited_and_the_invitation_taken_back() {
    let server = Running::start(Database::Sqlite).await;
    let (area, team) = areas(&server, "Electric Vehicle");
    let path = format!("/team-areas/{team}/invitations");
    let ada = Visitor::of(&server, "ada").await;
    assert!(ada.page(&path).await.1.contains("Nobody is invited"));
    let (status, page) = ada.sends(&path, &[("role", "contributor"), ("expires", "2000-01-01")]).await;
    assert!(status == 400 && page.contains("value=\"2000-01-01\"") && page.contains("90 days"), "{page}");
    let (status, page) = ada.sends(&path, &[("role", "contributor")]).await;
    assert!(status == 200 && page.contains("/invitation?link="), "{page}");
    let open = ada.page(&path).await.1;
    assert!(!open.contains("/invitation?link=") && open.contains("whoever has the link"), "{open}");
    let id = open.split("name=\"take-back\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(ada.sends(&path, &[("take-back", id)]).await.0, 303);
    assert!(ada.page(&path).await.1.contains("Nobody is invited"));
    // Who may not is told why, and not which are open.
    let path = format!("/project-areas/{area}/invitations");
    let page = Visitor::of(&server, "bob").await.page(&path).await.1;
    assert!(page.contains("told to those who may invite") && page.contains("Why not?"), "{page}");
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
    // Bob asks about himself, and not about others; what was asked for by somebody is told to them.
    let page = root.page(&why("/why", "bob", MODIFY, MOTOR)).await.1;
    assert!(page.contains("What would allow it") && !page.contains("Ask for it"), "{page}");
    for path in ["/why", "/explain.json"] {
        assert_eq!(root.page(&why(path, "ada", MODIFY, MOTOR)).await.0, 403, "{path}");
    }
    assert!(root.page("/access-requests").await.1.contains("not in a preview either"));
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
