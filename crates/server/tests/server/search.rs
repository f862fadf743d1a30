//! Who may, on what, and what, as other programs search for it.

use std::collections::BTreeSet;
use std::time::Duration;

use governance::{Application, Command, CreateComponent, QuestionText, View};
use serde_json::{Value, json};
use server::{Author, Office, Scopes};
use store::{Location, Store};

use crate::running::{BETA, BOTH, Database, MODIFY, MOTOR, Running};

const SUBJECT: &str = "/access/v1/search/subject";
const RESOURCE: &str = "/access/v1/search/resource";
const ACTION: &str = "/access/v1/search/action";

fn who(action: &str, kind: &str, item: &str) -> Value {
    json!({"subject": {"type": "user"}, "action": {"name": action}, "resource": {"type": kind, "id": item}})
}

fn on_what(user: &str, action: &str, kind: &str) -> Value {
    json!({"subject": {"type": "user", "id": user}, "action": {"name": action}, "resource": {"type": kind}})
}

fn what(user: &str, kind: &str, item: &str) -> Value {
    json!({"subject": {"type": "user", "id": user}, "resource": {"type": kind, "id": item}})
}

/// What the results are called, in order.
fn names(answer: &Value, key: &str) -> Vec<String> {
    let results = answer["results"].as_array().unwrap_or_else(|| panic!("{answer}")).iter();
    results.map(|it| it[key].as_str().unwrap().to_owned()).collect()
}

async fn found(server: &Running, asker: &str, path: &str, body: &Value) -> Value {
    let (status, answer) = server.post_as(asker, path, body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// Whether each is allowed, evaluated one by one.
async fn evaluated(server: &Running, asker: &str, evaluations: Vec<Value>) -> Vec<bool> {
    let body = json!({"evaluations": evaluations});
    let (_, answer) = server.post_as(asker, "/access/v1/evaluations", &body).await;
    let answers = answer["evaluations"].as_array().unwrap().iter();
    answers.map(|it| it["decision"].as_bool().unwrap()).collect()
}

#[tokio::test]
async fn everyone_who_may_comes_with_the_basis() {
    for database in BOTH {
        let server = Running::start(database).await;
        let answer = found(&server, "ada", SUBJECT, &who(MODIFY, "stream", BETA)).await;
        let user = |id: &str, basis: &str| json!({"type": "user", "id": id, "properties": {"basis": basis}});
        let administrators = ["root", "pam", "user1", "user2"].map(|id| user(id, "override"));
        let [root, pam, user1, user2] = administrators;
        let expected = json!({
            "page": {"next_token": "", "count": 6, "total": 6},
            "context": {"revision": 1},
            "results": [root, pam, user("bob", "role"), user("tia", "role"), user1, user2],
        });
        assert_eq!(answer, expected, "{database:?}");
    }
}

#[tokio::test]
async fn searches_find_what_evaluations_allow_and_nothing_else() {
    let server = Running::start(Database::Sqlite).await;
    let organisation = &server.organisation;
    let users: Vec<String> = organisation.users().map(|(_, user)| user.id.to_string()).collect();
    for action in [MODIFY, "read", "gc.save-stream/archive", "gc.save-baseline/create"] {
        let of = who(action, "stream", BETA);
        let each = users.iter().map(|user| {
            let mut one = of.clone();
            one["subject"]["id"] = json!(user);
            one
        });
        let allowed = evaluated(&server, "root", each.collect()).await;
        let expected: Vec<_> =
            users.iter().zip(allowed).filter(|(_, it)| *it).map(|(id, _)| id.clone()).collect();
        assert_eq!(names(&found(&server, "root", SUBJECT, &of).await, "id"), expected, "{action}");
    }
    let root = organisation.user_by_id("root").unwrap();
    let view = View::of(std::sync::Arc::new(organisation.clone()), root).unwrap();
    let every: Vec<_> = view.items(usize::MAX).collect();
    for (user, action, kind) in [
        ("bob", MODIFY, "stream"),
        ("bob", "read", "team-area"),
        ("user5", "read", "work-item"),
        ("gus", "read", "stream"),
    ] {
        let of_kind: Vec<&str> = every.iter().filter(|it| it.kind == kind).map(|it| &*it.reference).collect();
        let each = of_kind.iter().map(|item| {
            let mut one = on_what(user, action, kind);
            one["resource"]["id"] = json!(item);
            one
        });
        let allowed = evaluated(&server, "root", each.collect()).await;
        let expected: BTreeSet<_> =
            of_kind.iter().zip(allowed).filter(|(_, it)| *it).map(|(id, _)| (*id).to_owned()).collect();
        assert!(!expected.is_empty(), "{user} {action} {kind}");
        let answer = found(&server, "root", RESOURCE, &on_what(user, action, kind)).await;
        assert_eq!(
            names(&answer, "id").into_iter().collect::<BTreeSet<_>>(),
            expected,
            "{user} {action} {kind}"
        );
    }
    for (user, kind, item) in
        [("bob", "stream", BETA), ("bob", "stream", MOTOR), ("root", "repository", "repository")]
    {
        let listed = names(&found(&server, "root", ACTION, &what(user, kind, item)).await, "name");
        let each = listed.iter().map(|name| {
            let mut one = what(user, kind, item);
            one["action"] = json!({"name": name});
            one
        });
        assert!(
            evaluated(&server, "root", each.collect()).await.into_iter().all(|it| it),
            "{user} {item}: {listed:?}"
        );
        assert_eq!(listed.contains(&MODIFY.to_owned()), item == BETA, "{listed:?}");
        assert_eq!(listed.contains(&"read".to_owned()), kind == "stream");
        assert!(listed.is_sorted());
    }
}

#[tokio::test]
async fn pages_come_to_the_whole_and_neither_skip_nor_repeat() {
    let server = Running::start(Database::Sqlite).await;
    for (path, key, body) in [
        (SUBJECT, "id", who("read", "stream", BETA)),
        (RESOURCE, "id", on_what("root", "read", "stream")),
        (ACTION, "name", what("root", "stream", BETA)),
    ] {
        let whole = found(&server, "root", path, &body).await;
        let whole = names(&whole, key);
        for limit in [1, 2, 7, whole.len() - 1, whole.len(), 100_000] {
            let mut body = body.clone();
            body["page"] = json!({"limit": limit});
            let mut paged = Vec::new();
            loop {
                let answer = found(&server, "root", path, &body).await;
                let page = names(&answer, key);
                assert!(page.len() <= limit && !page.is_empty(), "{path} {limit}: {answer}");
                assert_eq!(answer["page"]["count"], page.len());
                assert_eq!(answer["page"]["total"], whole.len());
                paged.extend(page);
                match answer["page"]["next_token"].as_str().unwrap() {
                    "" => break,
                    // The limit may be left out: the token knows it.
                    token if paged.len() % 2 == 0 => body["page"] = json!({"token": token}),
                    token => body["page"] = json!({"token": token, "limit": limit}),
                }
            }
            assert_eq!(paged, whole, "{path} {limit}");
        }
        let mut none = body.clone();
        none["page"] = json!({"limit": 0});
        let answer = found(&server, "root", path, &none).await;
        assert_eq!((&answer["results"], &answer["page"]["total"]), (&json!([]), &json!(whole.len())));
        none["page"] = json!({"token": answer["page"]["next_token"]});
        assert_eq!(found(&server, "root", path, &none).await["page"], answer["page"]);
    }
}

#[tokio::test]
async fn pages_are_of_one_revision_whatever_changes_meanwhile() {
    let server = Running::start(Database::Postgres).await;
    let mut body = on_what("lena", "read", "component");
    let whole = names(&found(&server, "lena", RESOURCE, &body).await, "id");
    body["page"] = json!({"limit": 1});
    let first = found(&server, "lena", RESOURCE, &body).await;
    let mut paged = names(&first, "id");
    // Another node adds a component.
    let store = Store::open(&Location::parse(&server.location).unwrap(), "other").await.unwrap();
    let other = Office::open(store).await.unwrap();
    let organisation = &server.organisation;
    let user = organisation.user_by_id("lena").unwrap();
    let author = Author { user, via: None, address: None, scopes: Scopes::ALL };
    let project_area = organisation.project_area_named(Application::Gc, "Electric Vehicle").unwrap();
    let add = CreateComponent { project_area, name: "Aerial".into(), carried: Default::default() };
    other.change(author, "create the component Aerial".into(), Command::from(add)).await.unwrap();
    let now = on_what("lena", "read", "component");
    while found(&server, "lena", RESOURCE, &now).await["context"]["revision"] != 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(names(&found(&server, "lena", RESOURCE, &now).await, "id").len(), whole.len() + 1);
    let mut token = first["page"]["next_token"].clone();
    while token != "" {
        body["page"] = json!({"token": token});
        let answer = found(&server, "lena", RESOURCE, &body).await;
        assert_eq!(answer["context"]["revision"], 1);
        paged.extend(names(&answer, "id"));
        token = answer["page"]["next_token"].clone();
    }
    assert_eq!(paged, whole);
    // So does a search of the past.
    let mut past = now.clone();
    past["context"] = json!({"as_of": 1});
    assert_eq!(names(&found(&server, "lena", RESOURCE, &past).await, "id"), whole);
    past["context"] = json!({"as_of": 0});
    assert_eq!(found(&server, "lena", RESOURCE, &past).await["results"], json!([]));
}

#[tokio::test]
async fn a_token_belongs_to_its_search_and_to_who_searched() {
    let server = Running::start(Database::Sqlite).await;
    let mut body = on_what("lena", "read", "stream");
    body["page"] = json!({"limit": 2});
    let token = found(&server, "root", RESOURCE, &body).await["page"]["next_token"].clone();
    let refused = async |asker: &str, path: &str, mut body: Value, page: Value, said: &str| {
        body["page"] = page;
        let (status, problem) = server.post_as(asker, path, &body).await;
        assert_eq!(status, 400, "{body}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    };
    let plain = on_what("lena", "read", "stream");
    let with_token = json!({"token": token});
    let not_of = "`page.token` is not the `next_token` of an answer to this search";
    refused("ada", RESOURCE, plain.clone(), with_token.clone(), not_of).await;
    refused("root", RESOURCE, on_what("bob", "read", "stream"), with_token.clone(), not_of).await;
    refused("root", RESOURCE, on_what("lena", "read", "baseline"), with_token.clone(), not_of).await;
    refused("root", RESOURCE, on_what("lena", MODIFY, "stream"), with_token.clone(), not_of).await;
    let mut earlier = plain.clone();
    earlier["context"] = json!({"as_of": 1});
    refused("root", RESOURCE, earlier, with_token.clone(), not_of).await;
    refused("root", ACTION, what("lena", "stream", BETA), with_token.clone(), not_of).await;
    refused("root", RESOURCE, plain.clone(), json!({"token": "nonsense"}), not_of).await;
    refused(
        "root",
        RESOURCE,
        plain.clone(),
        json!({"token": token, "limit": 3}),
        "the token is of pages of 2",
    )
    .await;
    refused("root", RESOURCE, plain.clone(), json!({"token": 5}), "`page.token`: expected a string").await;
    for limit in [json!(-1), json!(1.5), json!("2")] {
        let page = json!({"limit": limit});
        refused("root", RESOURCE, plain.clone(), page, "`page.limit`: expected a whole number from 0").await;
    }
    refused("root", RESOURCE, plain.clone(), json!([]), "`page`: expected an object, not an array").await;
}

#[tokio::test]
async fn what_is_not_there_is_found_nowhere_and_what_is_no_question_is_an_error() {
    let server = Running::start(Database::Sqlite).await;
    let hidden = "ccm:Development#work-item:1";
    for (asker, path, body) in [
        ("root", SUBJECT, who(MODIFY, "stream", "gc:Electric Vehicle#Motor/stream:Nope")),
        ("root", SUBJECT, who(MODIFY, "stream", "record-1")),
        ("root", SUBJECT, who(MODIFY, "stream", "gc:%zz")),
        ("root", SUBJECT, who(MODIFY, "spaceship", BETA)),
        ("root", SUBJECT, who(MODIFY, "baseline", BETA)),
        ("root", RESOURCE, on_what("nobody", MODIFY, "stream")),
        ("root", RESOURCE, on_what("root", MODIFY, "spaceship")),
        ("root", ACTION, what("nobody", "stream", BETA)),
        ("root", ACTION, what("bob", "stream", "nothing")),
        // What Bob may not see is nothing to him, and neither is what one could do with it.
        ("bob", SUBJECT, who("read", "work-item", hidden)),
        ("bob", SUBJECT, who("fly", "work-item", hidden)),
        ("bob", ACTION, what("bob", "work-item", hidden)),
        ("bob", RESOURCE, on_what("bob", "read", "work-item")),
    ] {
        let answer = found(&server, asker, path, &body).await;
        assert_eq!(answer["results"], json!([]), "{body}");
        assert_eq!(answer["page"], json!({"next_token": "", "count": 0, "total": 0}));
    }
    let mut spaceship = who(MODIFY, "stream", BETA);
    spaceship["subject"]["type"] = json!("spaceship");
    assert_eq!(found(&server, "root", SUBJECT, &spaceship).await["results"], json!([]));
    let move_team = "process.save-team-area/move";
    for (path, body, said) in [
        (SUBJECT, who("gc.save-streem/archive", "stream", BETA), "did you mean `gc.save-stream`?"),
        (SUBJECT, who("gc.save-stream", "stream", BETA), "needs at least one action"),
        (SUBJECT, who("gc.save-baseline/archive", "stream", BETA), "does not apply to a stream"),
        (RESOURCE, on_what("bob", "gc.save-stream/fly", "stream"), "is no action of `gc.save-stream`"),
        (RESOURCE, on_what("root", move_team, "team-area"), "`move` needs `to`"),
        (
            SUBJECT,
            json!({"subject": {"type": "user"}, "resource": {"type": "stream", "id": BETA}}),
            "`action` is missing",
        ),
        (
            SUBJECT,
            json!({"subject": {"type": "user"}, "action": {"name": "read"}, "resource": {"type": "stream"}}),
            "`resource.id` is missing",
        ),
        (
            SUBJECT,
            json!({"subject": {}, "action": {"name": "read"}, "resource": {"type": "stream", "id": BETA}}),
            "`subject.type` is missing",
        ),
        (
            RESOURCE,
            json!({"subject": {"type": "user"}, "action": {"name": "read"}, "resource": {"type": "stream"}}),
            "`subject.id` is missing",
        ),
        (
            RESOURCE,
            json!({"action": {"name": "read"}, "resource": {"type": "stream"}}),
            "`subject` is missing",
        ),
        (
            RESOURCE,
            json!({"subject": {"type": "user", "id": "bob"}, "action": {"name": "read"}}),
            "`resource` is missing",
        ),
        (ACTION, json!({"subject": {"type": "user", "id": "bob"}}), "`resource` is missing"),
        (ACTION, json!([]), "the body: expected an object, not an array"),
    ] {
        let (status, problem) = server.post_as("root", path, &body).await;
        assert_eq!(status, 400, "{body}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
}

#[tokio::test]
async fn only_those_who_may_ask_about_others_search_for_them() {
    let server = Running::start(Database::Sqlite).await;
    let status = async |asker: &str, path: &str, body: &Value| server.post_as(asker, path, body).await.0;
    for (asker, expected) in [("bob", 403), ("lena", 403), ("ada", 200), ("root", 200)] {
        assert_eq!(status(asker, SUBJECT, &who(MODIFY, "stream", BETA)).await, expected, "{asker}");
        assert_eq!(status(asker, ACTION, &what("tia", "stream", BETA)).await, expected, "{asker}");
        assert_eq!(status(asker, RESOURCE, &on_what("tia", MODIFY, "stream")).await, expected, "{asker}");
        assert_eq!(status(asker, RESOURCE, &on_what("nobody", MODIFY, "stream")).await, expected, "{asker}");
    }
    // Everybody may about themselves; administrators of a part only about that part.
    let mine = found(&server, "bob", RESOURCE, &on_what("bob", MODIFY, "stream")).await;
    assert!(names(&mine, "id").contains(&BETA.to_owned()));
    let readable = async |asker: &str| {
        let answer = found(&server, asker, RESOURCE, &on_what("user5", "read", "project-area")).await;
        names(&answer, "id")
    };
    assert_eq!(readable("ada").await, ["gc:Electric Vehicle"]);
    assert_eq!(readable("root").await, ["gc:Electric Vehicle", "ccm:Development"]);
}

#[tokio::test]
async fn a_search_is_narrowed_to_a_project_area() {
    let server = Running::start(Database::Sqlite).await;
    let within = async |project_area: &str| {
        let mut body = on_what("root", "read", "team-area");
        body["resource"]["properties"] = json!({"project_area": project_area});
        names(&found(&server, "root", RESOURCE, &body).await, "id")
    };
    assert_eq!(within("gc:Electric Vehicle").await, ["gc:Electric Vehicle@Tuning Team"]);
    assert_eq!(within("ccm:Development").await, ["ccm:Development@Web UI", "ccm:Development@Core"]);
    assert_eq!(within("gc:Nowhere").await, [""; 0]);
}

#[tokio::test]
async fn a_move_is_among_the_actions_where_its_new_parent_is_told() {
    let server = Running::start(Database::Sqlite).await;
    let team = "gc:Electric Vehicle@Tuning Team";
    let mut body = what("ada", "team-area", team);
    let move_team = "process.save-team-area/move".to_owned();
    assert!(!names(&found(&server, "ada", ACTION, &body).await, "name").contains(&move_team));
    body["resource"]["properties"] = json!({"to": "gc:Electric Vehicle"});
    assert!(names(&found(&server, "ada", ACTION, &body).await, "name").contains(&move_team));
    let text = QuestionText {
        user: "ada".into(),
        operation: "process.save-team-area".into(),
        actions: vec!["move".into()],
        item: team.into(),
        to: Some("gc:Electric Vehicle".into()),
        ..QuestionText::default()
    };
    let question = server.organisation.question(&text, server.organisation.leasable()).unwrap();
    assert!(governance::decide(&server.organisation, &question).is_ok());
}
