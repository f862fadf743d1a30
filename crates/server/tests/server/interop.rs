//! The interoperability scenarios of the OpenID AuthZEN working group, *Todo* and *Search*: their people,
//! things and expected decisions. What each thing and action is here stands beside it.

use std::fmt::Write as _;

use serde_json::{Value, json};
use server::{Demo, Example};

use crate::running::{Database, Running, password, told_by};

async fn started(document: &str) -> Running {
    let root = Example { id: "root".into(), password: password("root"), about: "asks".into() };
    let demo = Demo { users: vec![root] };
    Running::start_on(told_by(document), Database::Sqlite, |config| config.demo = Some(demo)).await
}

/// Todos are personal streams: one changes one's own, and others' with the permission to manage them.
const TODO: &str = r#"
bailiwick: 1
users:
  - {id: root, groups: [JazzAdmins], licenses: [elm-practitioner]}
  - {id: rick@the-citadel.com, licenses: [elm-practitioner]}
  - {id: morty@the-citadel.com, licenses: [elm-practitioner]}
  - {id: summer@the-smiths.com, licenses: [elm-practitioner]}
  - {id: beth@the-smiths.com, licenses: [elm-practitioner]}
  - {id: jerry@the-smiths.com, licenses: [elm-practitioner]}
project_areas:
  - application: gc
    name: Todos
    template: Unconfigured Process
    access: hierarchy
    roles:
      - {id: editor}
      - {id: evil-genius}
      - {id: viewer}
    permissions:
      - {role: editor, operation: gc.save-personal-stream, actions: [create, modify, archive]}
      - {role: evil-genius, operation: gc.save-personal-stream, actions: ["*"]}
    members:
      rick@the-citadel.com: [editor, evil-genius]
      morty@the-citadel.com: [editor]
      summer@the-smiths.com: [editor]
      beth@the-smiths.com: [viewer]
      jerry@the-smiths.com: [viewer]
    components:
      - name: Todo
        configurations:
          - {kind: stream, name: todo-1, from: "baseline:Todo Initial Baseline"}
          - {kind: personal, name: rick, from: "stream:todo-1", owner: rick@the-citadel.com}
          - {kind: personal, name: morty, from: "stream:todo-1", owner: morty@the-citadel.com}
          - {kind: personal, name: summer, from: "stream:todo-1", owner: summer@the-smiths.com}
          - {kind: personal, name: beth, from: "stream:todo-1", owner: beth@the-smiths.com}
          - {kind: personal, name: jerry, from: "stream:todo-1", owner: jerry@the-smiths.com}
"#;

#[tokio::test]
async fn everybody_does_to_todos_what_the_scenario_expects() {
    let server = started(TODO).await;
    let mut asked = Vec::new();
    let mut expected = Vec::new();
    let mut ask = |user: &str, action: &str, kind: &str, item: &str, allowed: bool| {
        asked.push(json!({
            "subject": {"type": "user", "id": user, "identity": "CiRmZDA2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs"},
            "action": {"name": action},
            "resource": {"type": kind, "id": item, "userID": "beth@the-smiths.com"},
        }));
        expected.push(allowed);
    };
    for (user, creates, changes_ricks, changes_own) in [
        ("rick@the-citadel.com", true, true, true),
        ("morty@the-citadel.com", true, false, true),
        ("summer@the-smiths.com", true, false, true),
        ("beth@the-smiths.com", false, false, false),
        ("jerry@the-smiths.com", false, false, false),
    ] {
        let (name, _) = user.split_once('@').unwrap();
        let (todos, of) =
            ("gc:Todos#component:Todo", |owner: &str| format!("gc:Todos#Todo/personal:{owner}"));
        // can_read_user, can_read_todos
        ask(user, "read", "project-area", "gc:Todos", true);
        ask(user, "read", "component", todos, true);
        // can_create_todo
        ask(user, "gc.save-personal-stream/create", "stream", "gc:Todos#Todo/stream:todo-1", creates);
        // can_update_todo, can_delete_todo
        for action in ["gc.save-personal-stream/modify", "gc.save-personal-stream/archive"] {
            ask(user, action, "personal", &of("rick"), changes_ricks);
            ask(user, action, "personal", &of(name), changes_own);
        }
        // Rick updates and deletes what Morty wrote.
        if name == "rick" {
            ask(user, "gc.save-personal-stream/modify", "personal", &of("morty"), true);
            ask(user, "gc.save-personal-stream/archive", "personal", &of("morty"), true);
        }
    }
    let body = json!({"evaluations": asked});
    let (status, answer) = server.post_as("root", "/access/v1/evaluations", &body).await;
    assert_eq!(status, 200);
    let answers = answer["evaluations"].as_array().unwrap();
    assert_eq!(answers.len(), expected.len());
    for ((asked, answer), expected) in asked.iter().zip(answers).zip(expected) {
        assert_eq!(answer["decision"], expected, "{asked} {answer}");
    }
}

/// Name, whether a manager, department.
const PEOPLE: [(&str, bool, &str); 6] = [
    ("alice", true, "Sales"),
    ("bob", false, "Legal"),
    ("carol", false, "Legal"),
    ("dan", true, "Finance"),
    ("erin", false, "Finance"),
    ("felix", false, "Accounting"),
];

/// Number, department, owner; who views, who edits and who deletes it, by their first letters.
const RECORDS: [(u32, &str, &str, &str, &str, &str); 20] = [
    (101, "Legal", "alice", "abcd", "a", "a"),
    (102, "Legal", "bob", "abcd", "b", "b"),
    (103, "Legal", "carol", "abcd", "c", "c"),
    (104, "Accounting", "dan", "adf", "d", "d"),
    (105, "Legal", "erin", "abcde", "e", "e"),
    (106, "Accounting", "felix", "adf", "f", "f"),
    (107, "Sales", "alice", "ad", "a", "a"),
    (108, "Legal", "bob", "abcd", "b", "b"),
    (109, "Accounting", "carol", "acdf", "c", "c"),
    (110, "Sales", "dan", "ad", "ad", "d"),
    (111, "Accounting", "erin", "adef", "e", "e"),
    (112, "Legal", "felix", "abcdf", "f", "f"),
    (113, "Sales", "alice", "ad", "a", "a"),
    (114, "Accounting", "bob", "abdf", "b", "b"),
    (115, "Finance", "carol", "acde", "cd", "c"),
    (116, "Legal", "dan", "abcd", "d", "d"),
    (117, "Legal", "erin", "abcde", "e", "e"),
    (118, "Accounting", "felix", "adf", "f", "f"),
    (119, "Legal", "alice", "abcd", "a", "a"),
    (120, "Accounting", "bob", "abdf", "b", "b"),
];

const VIEW: &str = "read";
const EDIT: &str = "ccm.save-work-item/modify/attribute/summary";
const DELETE: &str = "ccm.delete-work-item/delete";

/// Records are work items. For each owner and department there is a team: its owner edits and deletes, its
/// managers edit; and a group that views: the department, managers, the owner.
fn records() -> String {
    let mut text =
        "bailiwick: 1\nusers:\n  - {id: root, groups: [JazzAdmins], licenses: [elm-practitioner]}\n"
            .to_owned();
    for (name, ..) in PEOPLE {
        writeln!(text, "  - {{id: {name}, licenses: [elm-practitioner]}}").unwrap();
    }
    let mut teams: Vec<(&str, &str)> = RECORDS.iter().map(|it| (it.1, it.2)).collect();
    teams.sort_unstable();
    teams.dedup();
    text += "access_groups:\n";
    for (department, owner) in &teams {
        let views = |(name, manager, of): &(&str, bool, &str)| *manager || of == department || name == owner;
        let views: Vec<_> = PEOPLE.iter().filter(|it| views(it)).map(|it| it.0).collect();
        writeln!(text, "  - {{name: {department} {owner}, users: [{}]}}", views.join(", ")).unwrap();
    }
    text += "project_areas:\n  - application: ccm\n    name: Records\n    template: Unconfigured Process\n    access: everyone\n";
    text += "    roles: [{id: owner}, {id: manager}]\n    permissions:\n";
    text += "      - {role: owner, operation: ccm.save-work-item, actions: [modify]}\n";
    text += "      - {role: owner, operation: ccm.delete-work-item, actions: [delete]}\n";
    text += "      - {role: manager, operation: ccm.save-work-item, actions: [modify]}\n";
    text += "    team_areas:\n";
    for (department, owner) in &teams {
        let manages =
            |(name, manager, of): &(&str, bool, &str)| *manager && of == department && name != owner;
        let managers = PEOPLE.iter().filter(|it| manages(it)).map(|it| format!(", {}: [manager]", it.0));
        let managers: String = managers.collect();
        writeln!(text, "      - {{name: {department} {owner}, members: {{{owner}: [owner]{managers}}}}}")
            .unwrap();
    }
    text += "    categories:\n";
    for (department, owner) in &teams {
        writeln!(text, "      - {{name: {department} {owner}, team_area: {department} {owner}}}").unwrap();
    }
    text += "    work_items:\n";
    for (number, department, owner, ..) in RECORDS {
        let place = format!(
            "category: {department} {owner}, restricted_access: {{access_group: {department} {owner}}}"
        );
        writeln!(text, "      - {{id: {number}, type: task, title: Record, {place}}}").unwrap();
    }
    text
}

fn record(number: u32) -> String {
    format!("ccm:Records#work-item:{number}")
}

fn whole(letters: &str) -> Vec<&'static str> {
    letters
        .chars()
        .filter_map(|letter| PEOPLE.iter().map(|it| it.0).find(|name| name.starts_with(letter)))
        .collect()
}

/// The results but for the asker, who administers the server and may nearly everything.
fn names(answer: &Value, key: &str) -> Vec<String> {
    let results = answer["results"].as_array().unwrap_or_else(|| panic!("{answer}"));
    results.iter().map(|it| it[key].as_str().unwrap().to_owned()).filter(|it| it != "root").collect()
}

#[tokio::test]
async fn searches_find_the_people_records_and_actions_that_the_scenario_expects() {
    let server = started(&records()).await;
    for (number, _, _, view, edit, delete) in RECORDS {
        for (action, letters) in [(VIEW, view), (EDIT, edit), (DELETE, delete)] {
            let body = json!({
                "subject": {"type": "user"},
                "action": {"name": action},
                "resource": {"type": "work-item", "id": record(number)},
            });
            let (_, answer) = server.post_as("root", "/access/v1/search/subject", &body).await;
            assert_eq!(names(&answer, "id"), whole(letters), "{number} {action}");
        }
    }
    for (user, ..) in PEOPLE {
        let letter = &user[..1];
        for (action, which) in [(VIEW, 0), (EDIT, 1), (DELETE, 2)] {
            let body = json!({
                "subject": {"type": "user", "id": user},
                "action": {"name": action},
                "resource": {"type": "work-item"},
            });
            let (_, answer) = server.post_as("root", "/access/v1/search/resource", &body).await;
            let may = RECORDS.iter().filter(|it| [it.3, it.4, it.5][which].contains(letter));
            let expected: Vec<_> = may.map(|it| record(it.0)).collect();
            assert_eq!(names(&answer, "id"), expected, "{user} {action}");
        }
        for (number, _, _, view, edit, delete) in RECORDS {
            let body = json!({
                "subject": {"type": "user", "id": user},
                "resource": {"type": "work-item", "id": record(number)},
            });
            let (_, answer) = server.post_as("root", "/access/v1/search/action", &body).await;
            let names = names(&answer, "name");
            let edits = "ccm.save-work-item/modify/attribute/<attribute>";
            for (action, letters) in [(VIEW, view), (edits, edit), (DELETE, delete)] {
                let listed = names.iter().any(|name| name == action);
                assert_eq!(listed, letters.contains(letter), "{user} {number} {action}: {names:?}");
            }
        }
    }
}
