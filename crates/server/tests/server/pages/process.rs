//! Project areas and team areas, made and changed by pages.

use serde_json::{Value, json};

use super::{DESKTOP, PHONE, areas, signed_in};
use crate::running::{Database, Running, demo_of, password, told_by};
use crate::web_driver::{Browser, Scripts};

/// A project area in which nobody has a team yet.
const BEFORE: &str = r#"
bailiwick: 1
users:
  - {id: root, groups: [JazzAdmins], licenses: [elm-practitioner]}
  - {id: ada, name: Ada, licenses: [elm-practitioner]}
  - {id: bob, name: Bob, licenses: [elm-practitioner]}
  - {id: tia, name: Tia, licenses: [elm-practitioner]}
project_areas:
  - application: gc
    name: Electric Vehicle
    template: Global Configuration Management
    access: everyone
    administrators: [ada]
    components: [{name: Motor, configurations: [{kind: stream, name: Motor 1.0, from: "baseline:Motor Initial Baseline"}]}]
"#;

async fn json(server: &Running, path: &str) -> Value {
    server.get_as("ada", &format!("/api/v1{path}")).await.json().await.unwrap()
}

/// Makes somebody a member of the team area whose members are shown, with a role.
async fn add(browser: &Browser, id: &str, role: &str) {
    browser.type_into("#field-user", id).await;
    browser.click(&format!("#edit input[value='{role}']")).await;
    browser.click("#edit button.primary").await;
}

async fn the_tuning_team_is_made(size: (u32, u32), scripts: Scripts) {
    let server = Running::start_on(told_by(BEFORE), Database::Sqlite, |config| {
        config.demo = Some(demo_of(&["root", "ada", "bob"]));
    })
    .await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let browser = signed_in(&server, "ada", size, scripts).await;
    browser.open(&format!("{}/project-areas", server.base)).await;
    browser.click(&format!("main a[href='/project-areas/{area}']")).await;
    browser.reads("h1", "Electric Vehicle").await;
    browser.click(".tabs a[href$='/team-areas']").await;
    browser.is_at(&format!("/project-areas/{area}/team-areas")).await;
    browser.type_into("#field-name", "Tuning Team").await;
    browser.click("form[aria-labelledby='new'] button.primary").await;
    browser.reads("h1", "Tuning Team").await;
    browser.reads("[role='status']", "Saved: revision").await;
    browser.click(".tabs a[href$='/members']").await;
    browser.reads(".lede", "this team area isolates").await;
    add(&browser, "bob", "configuration-lead").await;
    // Bob may save the team area's plan of nothing yet: whatever he gains is shown before, if it is anything.
    let page = browser.reads("main", "Bob").await;
    if page.contains("Before this is done") {
        browser.click(".review button.primary").await;
    }
    browser.reads("[role='status']", "Saved: revision").await;
    browser.reads("table", "Bob").await;
    add(&browser, "tia", "contributor").await;
    if browser.reads("main", "Tia").await.contains("Before this is done") {
        browser.click(".review button.primary").await;
    }
    browser.reads("table", "Tia").await;
    let teams = json(&server, &format!("/project-areas/{area}/team-areas")).await;
    let team = teams["items"][0]["number"].as_u64().unwrap();
    let team = json(&server, &format!("/team-areas/{team}")).await;
    assert_eq!(team["members"], json!({"bob": ["configuration-lead"], "tia": ["contributor"]}), "{team}");
    assert_eq!(browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn the_tuning_team_is_made_by_pages() {
    the_tuning_team_is_made(DESKTOP, Scripts::On).await;
}

#[tokio::test]
async fn the_tuning_team_is_made_without_scripts() {
    the_tuning_team_is_made(DESKTOP, Scripts::Off).await;
}

#[tokio::test]
async fn the_tuning_team_is_made_on_a_phone() {
    the_tuning_team_is_made(PHONE, Scripts::On).await;
}

#[tokio::test]
async fn a_button_that_would_be_refused_says_why_and_where_to_ask() {
    let server = Running::start(Database::Sqlite).await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let browser = signed_in(&server, "bob", DESKTOP, Scripts::Off).await;
    browser.open(&format!("{}/project-areas/{area}/members", server.base)).await;
    browser.reads("#edit button[disabled]", "Save the member").await;
    browser.click("#edit .refusal summary").await;
    browser.reads("#edit .refusal", "Bob may not").await;
    browser.click("#edit .refusal a").await;
    browser.reads(".verdict", "Bob may not").await;
    browser.reads(".remedies", "Ada").await;
}

/// A form as a page has it, and its answer.
async fn submit(server: &Running, path: &str, cookie: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = server.submit(path, Some(cookie), fields).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn whoever_was_overtaken_sees_both_versions_and_keeps_what_was_typed() {
    let server = Running::start(Database::Sqlite).await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let path = format!("/project-areas/{area}");
    let cookie = server.sign_in("ada", &password("ada")).await.unwrap();
    let stale =
        server.get_as("ada", &format!("/api/v1{path}")).await.headers()["etag"].to_str().unwrap().to_owned();
    let fields = |upon: &str, summary: &str| {
        let fields = [("name", "Electric Vehicle"), ("summary", summary), ("upon", upon)];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let send = async |upon: &str, summary: &str| {
        let fields = fields(upon, summary);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        submit(&server, &path, &cookie, &fields).await
    };
    assert_eq!(send(&stale, "The first one").await.0, 303);
    let (status, page) = send(&stale, "The second one").await;
    assert_eq!(status, 412);
    assert!(page.contains("The first one") && page.contains("value=\"The second one\""), "{page}");
    // What the form now says is made upon what is there.
    let (_, upon) = page.split_once("name=\"upon\" value=\"").unwrap();
    let upon = upon.split('"').next().unwrap().replace("&#34;", "\"");
    assert_ne!(upon, stale);
    assert_eq!(send(&upon, "The second one").await.0, 303);
    assert_eq!(json(&server, &path).await["summary"], "The second one");
}

#[tokio::test]
async fn what_is_wrong_is_told_beside_its_field() {
    let server = Running::start(Database::Sqlite).await;
    let cookie = server.sign_in("root", &password("root")).await.unwrap();
    let fields =
        [("application", "gc"), ("name", ""), ("summary", "Trams <b>"), ("administrators", "nobody-at-all")];
    let (status, page) = submit(&server, "/project-areas/new", &cookie, &fields).await;
    assert_eq!(status, 400);
    assert!(page.contains("aria-invalid=\"true\"") && page.contains("Trams &#60;b&#62;"), "{page}");
}

#[tokio::test]
async fn who_gains_and_who_loses_is_shown_before_a_change_is_made() {
    let server = Running::start(Database::Sqlite).await;
    let (_, team) = areas(&server, "Electric Vehicle");
    let path = format!("/team-areas/{team}/members");
    let cookie = server.sign_in("ada", &password("ada")).await.unwrap();
    let tag = server.get_as("ada", &format!("/api/v1/team-areas/{team}")).await.headers()["etag"]
        .to_str()
        .unwrap()
        .to_owned();
    let fields = [("user", "carl"), ("role", "configuration-lead"), ("upon", &*tag)];
    let (status, page) = submit(&server, &path, &cookie, &fields).await;
    assert_eq!(status, 200);
    assert!(page.contains("Before this is done") && page.contains("Carl</strong> gains"), "{page}");
    assert!(json(&server, &format!("/team-areas/{team}")).await["members"]["carl"].is_null());
    let (_, digest) = page.split_once("name=\"reviewed\" value=\"").unwrap();
    let digest = digest.split('"').next().unwrap();
    // What was looked at is what is done: another form is looked at again.
    let other = [("user", "nora"), ("role", "configuration-lead"), ("upon", &*tag), ("reviewed", digest)];
    assert_eq!(submit(&server, &path, &cookie, &other).await.0, 200);
    let same = [fields[0], fields[1], fields[2], ("reviewed", digest)];
    assert_eq!(submit(&server, &path, &cookie, &same).await.0, 303);
    assert_eq!(
        json(&server, &format!("/team-areas/{team}")).await["members"]["carl"],
        json!(["configuration-lead"])
    );
}

#[tokio::test]
async fn a_preview_shows_what_the_other_sees_and_changes_nothing() {
    let server = Running::start(Database::Sqlite).await;
    let cookie = server.sign_in("root", &password("root")).await.unwrap();
    let begun =
        server.submit("/preview", Some(&cookie), &[("user", "bob"), ("back", "/project-areas")]).await;
    assert_eq!(begun.status(), 303);
    let preview = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let both = format!("{cookie}; {preview}");
    let page = async |path: &str| {
        let request = server.get(path).header("cookie", &both).header("accept", "text/html");
        request.send().await.unwrap().text().await.unwrap()
    };
    let list = page("/project-areas").await;
    assert!(list.contains("Nothing can be changed") && list.contains("Electric Vehicle"), "{list}");
    assert!(!list.contains("Development"), "Bob does not read it");
    let (area, _) = areas(&server, "Electric Vehicle");
    let (hidden, _) = areas(&server, "Development");
    assert!(page(&format!("/project-areas/{hidden}")).await.contains("Nothing is here"));
    let fields = [("name", "Other"), ("upon", "*")];
    let (status, _) = submit(&server, &format!("/project-areas/{area}"), &both, &fields).await;
    assert_eq!(status, 409);
    // Bob himself previews nobody.
    let bob = server.sign_in("bob", &password("bob")).await.unwrap();
    assert_eq!(server.submit("/preview", Some(&bob), &[("user", "root")]).await.status(), 403);
}

#[tokio::test]
async fn the_matrix_tells_where_each_value_comes_from_and_goes_to_a_table() {
    let server = Running::start(Database::Sqlite).await;
    let (_, team) = areas(&server, "Electric Vehicle");
    let table = server.get_as("ada", &format!("/team-areas/{team}/permissions/export?format=csv")).await;
    let table = table.text().await.unwrap();
    let has = |line: &str| assert!(table.lines().any(|it| it == line), "{line}\n{table}");
    has("gc.save-stream,modify-attributes,Contributor,contributor,granted,here,,,");
    has("gc.save-stream,archive,Contributor,contributor,not granted,here,,,");
    has("gc.save-stream,archive,Configuration Lead,configuration-lead,granted,Electric Vehicle,,,");
    let book = server.get_as("ada", &format!("/team-areas/{team}/permissions/export?format=xlsx")).await;
    let book = book.bytes().await.unwrap();
    assert!(book.starts_with(b"PK\x03\x04") && book.windows(12).any(|it| it == b"Contributor<"));
    // Against the template it began with, the team's own entry is what differs.
    let path = format!("/team-areas/{team}/permissions?with=template:Global+Configuration+Management");
    let page = server.page_as("ada", &path).await;
    assert!(page.contains("differs-mark"), "{page}");
    // Why leads to the question about the action that was opened.
    let cell = "contributor+gc.save-stream/modify-attributes";
    let page = server.page_as("ada", &format!("/team-areas/{team}/permissions?cell={cell}")).await;
    assert!(page.contains("/why?operation=gc.save-stream%2Fmodify-attributes\""), "{page}");
    // At each level, an area is compared with the same level: it differs from itself nowhere.
    let development = server.organisation.project_areas().find(|(_, area, _)| *area.name == *"Development");
    let development = development.map(|(id, ..)| id.number()).unwrap();
    for level in ["", "always", "type:stabilisation"] {
        let path = format!("/project-areas/{development}/permissions?at={level}&with=days:0");
        let page = server.page_as("root", &path).await;
        assert!(page.contains("0 days ago: 0 differences"), "{level}: {page}");
    }
    // An iteration has what is said of its type, and what is said always.
    let path = format!("/project-areas/{development}/permissions?at=iteration:Main:1.0/Endgame");
    let page = server.page_as("root", &path).await;
    assert!(page.contains("· type stabilisation") && page.contains("· always"), "{page}");
    // What a team of another application governs is told as well.
    let page = server.page_as("root", &format!("/project-areas/{development}/team-areas")).await;
    assert!(page.contains(">2 categories, 1 source control item</a>"), "{page}");
    // An id of a role may be anything.
    let cookie = server.sign_in("ada", &password("ada")).await.unwrap();
    let (area, _) = areas(&server, "Electric Vehicle");
    let role = [("id", "test lead"), ("name", "Test Lead"), ("cardinality", "many")];
    assert_eq!(submit(&server, &format!("/project-areas/{area}/roles"), &cookie, &role).await.0, 303);
    let cell = "test+lead+gc.save-stream/archive";
    let page = server.page_as("ada", &format!("/project-areas/{area}/permissions?cell={cell}")).await;
    assert!(page.contains("Streams for Test Lead"), "{page}");
}
