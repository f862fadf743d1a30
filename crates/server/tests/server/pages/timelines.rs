//! Timelines and their iterations, by pages: what is in the way of removing them, and what is asked before.

use serde_json::{Value, json};

use super::access::{assert_sound, questions};
use super::{DESKTOP, areas, signed_in};
use crate::people_pages::Visitor;
use crate::running::{Database, Running, password};
use crate::web_driver::Scripts;

const RELEASE: &str = "Release 1";

/// A server on which a project area has two timelines, and an entry holds in an iteration of the first.
async fn started() -> (Running, String) {
    let server = Running::start(Database::Sqlite).await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let path = format!("/project-areas/{area}");
    let sprint = json!({"id": "s1", "name": "Sprint 1", "type": "sprint", "has_release": true});
    let next = json!({"id": "s2", "name": "Sprint 2", "description": "The last one."});
    let release = json!({"id": "r1", "name": RELEASE, "iterations": [sprint, next]});
    let main = json!({"name": "Main", "project": true, "current": "r1/s2", "iterations": [release],
        "start": "2026-01-01", "end": "2026-12-31", "working_days": ["mon", "tue"], "description": "Ours."});
    let other = json!({"name": "Other", "iterations": [{"id": "x", "iterations": [{"id": "y"}]}]});
    let keys = json!({"iteration_types": ["sprint", "idle"], "timelines": [main, other]});
    let entry = json!({"role": "default", "operation": "gc.save-stream", "actions": ["archive"],
        "at": {"iteration": "Main:r1/s1"}});
    for (path, body) in [(path.clone(), keys), (format!("{path}/permissions"), json!({"set": [entry]}))] {
        let request = server.client.patch(format!("{}/api/v1{path}", server.base)).json(&body);
        let request = request.header("if-match", "*").basic_auth("root", Some(password("root")));
        let changed = request.send().await.unwrap();
        assert!(changed.status().is_success(), "{}", changed.text().await.unwrap());
    }
    (server, path)
}

/// The row of an iteration, as the page has it.
fn row<'p>(page: &'p str, name: &str) -> &'p str {
    let rows = page.split("<tr").filter(|it| it.contains("data-label=\"Iteration\""));
    let found =
        rows.filter_map(|it| it.split("</tr>").next()).find(|it| it.contains(&format!(">{name}</span>")));
    found.unwrap_or_else(|| panic!("no {name} in {page}"))
}

async fn timelines(server: &Running, path: &str) -> Value {
    let area: Value = server.get_as("root", &format!("/api/v1{path}")).await.json().await.unwrap();
    area["timelines"].clone()
}

#[tokio::test]
async fn what_is_in_the_way_of_removing_an_iteration_is_told_before_it_is_tried() {
    let (server, path) = started().await;
    let root = Visitor::of(&server, "root").await;
    let page = root.page(&format!("{path}/timelines")).await.1;
    let sprint = row(&page, "Sprint 1");
    assert!(
        sprint.contains("1 entry holds in it: remove it first.") && sprint.contains("disabled"),
        "{sprint}"
    );
    assert!(sprint.contains(&format!("{path}/permissions?at=iteration%3AMain%3Ar1%2Fs1")), "{sprint}");
    let next = row(&page, "Sprint 2");
    assert!(next.contains("Sprint 2 is current: make another one current, or none, first."), "{next}");
    assert!(row(&page, RELEASE).contains("The current iteration is in it"), "{page}");
    // What is of a type keeps it; what nothing names is asked about.
    assert!(page.contains("Sprint 1 is of this type: give it another one first."), "{page}");
    assert!(page.contains("No iteration can be of the type idle any more."), "{page}");
    let x = row(&page, "x");
    assert!(x.contains("Remove x? It cannot be brought back by a page, nor can 1 iteration in it."), "{x}");
    assert!(page.contains("It is the project timeline: make another one that first."), "{page}");

    // None is current: what the timeline then cannot lose is what the entry holds in.
    let none = [("verb", "none"), ("timeline", "Main"), ("upon", "*")];
    assert_eq!(root.sends(&format!("{path}/timelines"), &none).await.0, 303);
    assert_eq!(timelines(&server, &path).await[0]["current"], Value::Null);
    let page = root.page(&format!("{path}/timelines")).await.1;
    assert!(row(&page, RELEASE).contains("1 entry holds in it"), "{page}");
    let take = [("verb", "take"), ("timeline", "Main"), ("path", "r1/s2"), ("upon", "*")];
    assert_eq!(root.sends(&format!("{path}/timelines"), &take).await.0, 303);
    assert_eq!(
        timelines(&server, &path).await[0]["iterations"][0]["iterations"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn everything_that_is_said_of_a_timeline_is_read_by_whoever_may_not_change_it() {
    let (server, path) = started().await;
    let bob = Visitor::of(&server, "bob").await;
    let page = bob.page(&format!("{path}/timelines")).await.1;
    for said in [
        "2026-01-01 – 2026-12-31 · Working days: Monday, Tuesday · Ours.",
        "Current: Release 1 › Sprint 2",
        "The last one.",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(row(&page, "Sprint 1").contains("Release</span>"), "{page}");
    // So iterations are called wherever they are named.
    let overview = bob.page(&path).await.1;
    assert!(overview.contains("Main · Release 1 › Sprint 2"), "{overview}");
    let matrix = bob.page(&format!("{path}/permissions")).await.1;
    assert!(matrix.contains("In Main · Release 1 › Sprint 1"), "{matrix}");
}

#[tokio::test]
async fn a_timeline_that_entries_name_keeps_its_name_and_what_is_taken_is_told_at_its_field() {
    let (server, path) = started().await;
    let root = Visitor::of(&server, "root").await;
    let page = root.page(&format!("{path}/timelines?verb=timeline&timeline=Main")).await.1;
    assert!(page.contains("The name stays as long as something names it so. 1 entry holds in it"), "{page}");
    assert!(page.contains("value=\"Main\" autocomplete=\"off\"") && page.contains(" readonly"), "{page}");
    let page = root.page(&format!("{path}/timelines?verb=timeline&timeline=Other")).await.1;
    assert!(!page.contains(" readonly"), "{page}");
    let path = format!("{path}/timelines");
    for fields in [
        &[("verb", "timeline"), ("timeline", "Other"), ("upon", "*"), ("name", "Main")][..],
        &[("verb", "add"), ("name", "Main")],
        &[("verb", "iteration"), ("timeline", "Main"), ("below", "r1"), ("upon", "*"), ("id", "s1")],
    ] {
        let (status, page) = root.sends(&path, fields).await;
        assert!(status == 400 && page.contains("aria-invalid=\"true\""), "{fields:?}: {page}");
        assert!(page.contains("choose another"), "{page}");
    }
}

#[tokio::test]
async fn what_a_form_of_days_cannot_show_is_kept_by_it() {
    let (server, path) = started().await;
    let odd = json!({"name": "Odd", "working_days": ["Mo", "Thursday", 6], "start": "soon",
        "iterations": [{"id": "a", "start": "later"}]});
    let request = server.client.post(format!("{}/api/v1{path}/timelines", server.base)).json(&odd);
    let made = request.basic_auth("root", Some(password("root"))).send().await.unwrap();
    assert!(made.status().is_success(), "{}", made.text().await.unwrap());
    let root = Visitor::of(&server, "root").await;
    let (tab, odd) = (format!("{path}/timelines"), async || timelines(&server, &path).await[2].clone());
    let open = root.page(&format!("{tab}?timeline=Odd&verb=timeline")).await.1;
    assert!(open.contains("value=\"soon\""), "{open}");
    let form = |days: &'static [&'static str]| {
        let said =
            [("verb", "timeline"), ("timeline", "Odd"), ("name", "Odd"), ("upon", "*"), ("start", "soon")];
        let days = days.iter().map(|day| ("working_day", *day));
        said.into_iter().chain([("description", "Ours.")]).chain(days).collect::<Vec<_>>()
    };
    assert_eq!(root.sends(&tab, &form(&["thu"])).await.0, 303);
    let now = odd().await;
    assert_eq!(
        (&now["working_days"], &now["start"]),
        (&json!(["Mo", "Thursday", 6]), &json!("soon")),
        "{now}"
    );
    assert_eq!(root.sends(&tab, &form(&["thu", "fri"])).await.0, 303);
    assert_eq!(odd().await["working_days"], json!(["thu", "fri", "Mo", 6]));
}

#[tokio::test]
async fn a_question_is_asked_of_whoever_removes_something_and_ends_by_escape() {
    const ESCAPE: &str = "\u{E00C}";
    let (server, path) = started().await;
    let path = format!("{path}/timelines");
    assert_sound(&server, "root", std::slice::from_ref(&path)).await;
    let browser = signed_in(&server, "root", DESKTOP, Scripts::On).await;
    browser.open(&format!("{}{path}", server.base)).await;
    browser.reads("main", "Other").await;
    let remove = "document.querySelector('main button[popovertarget]:not([popovertargetaction])').click()";
    browser.run(remove, json!([])).await;
    assert_eq!(questions(&browser).await, 1);
    let inside = "return document.activeElement.closest('.question') !== null";
    assert_eq!(browser.run(inside, json!([])).await, true);
    browser.press(ESCAPE).await;
    assert_eq!(questions(&browser).await, 0);
    assert!(timelines(&server, path.trim_end_matches("/timelines")).await.as_array().unwrap().len() == 2);
}
