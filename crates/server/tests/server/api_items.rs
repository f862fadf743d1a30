//! The REST API: what the other applications keep, values that are wrong, and references.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{ask, get, told};
use super::running::{BOTH, Database, Running, demo_of};

const DEVELOPMENT: &str = "/project-areas/ccm%3ADevelopment";

/// Besides what the stories tell: project areas that nobody but JazzAdmins sees, and a team of testers.
const SECRETS: &str = r#"
bailiwick: 1
project_areas:
  - {application: gc, name: Secret, access: no-one, components: [{name: Rocket}]}
  - {application: qm, name: Secret, access: no-one, members: {user5: []}}
  - {application: qm, name: Test, team_areas: [{name: Load}]}
"#;

pub(super) async fn start(database: Database, users: &[&str]) -> Running {
    Running::start_over(database, Some(demo_of(users)), SECRETS).await
}

/// A reference as one part of a path.
pub(super) fn part(reference: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    reference.bytes().map(byte).collect()
}

pub(super) async fn post(running: &Running, id: &str, path: &str, body: Value) -> (StatusCode, Value) {
    told(ask(running, id, Method::POST, path).json(&body)).await
}

pub(super) async fn patch(running: &Running, id: &str, path: &str, body: Value) -> (StatusCode, Value) {
    told(ask(running, id, Method::PATCH, path).header("If-Match", "*").json(&body)).await
}

pub(super) async fn delete(running: &Running, id: &str, path: &str) -> (StatusCode, Value) {
    told(ask(running, id, Method::DELETE, path).header("If-Match", "*")).await
}

/// Makes something; answers the path at which it is read, after it was read there.
pub(super) async fn make(running: &Running, id: &str, below: &str, body: Value) -> String {
    let response = ask(running, id, Method::POST, below).json(&body).send().await.unwrap();
    let status = response.status();
    let location = response.headers().get("location").map(|it| it.to_str().unwrap().to_owned());
    let answer: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{body}: {answer}");
    let path = location.unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    assert_eq!(get(running, id, &path).await, (StatusCode::OK, answer.clone()));
    has(&answer, &body);
    path
}

/// Whether an answer says at least this.
pub(super) fn has(answer: &Value, wanted: &Value) {
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&answer[key], value, "`{key}` of {answer}");
    }
}

/// Changes keys one by one, and reads each.
pub(super) async fn change_each(running: &Running, id: &str, path: &str, keys: Value) {
    for (key, value) in keys.as_object().unwrap() {
        let (status, answer) = patch(running, id, path, json!({key: value})).await;
        assert_eq!(status, StatusCode::OK, "`{key}`: {answer}");
        // What was there and is taken away is not shown, or shown as null.
        assert_eq!(&answer[key], value, "{answer}");
        assert_eq!(get(running, id, path).await, (StatusCode::OK, answer));
    }
}

/// Archives it, finds that it takes no change, and takes it out again.
pub(super) async fn archive_and_back(running: &Running, id: &str, path: &str, key: Value) {
    let (status, answer) = post(running, id, &format!("{path}/archive"), json!({})).await;
    assert_eq!((status, &answer["archived"]), (StatusCode::OK, &json!(true)), "{answer}");
    let (status, problem) = patch(running, id, path, key).await;
    assert_eq!((status, &problem["gate"]), (StatusCode::CONFLICT, &json!("STATE")), "{problem}");
    let (status, answer) = post(running, id, &format!("{path}/unarchive"), json!({})).await;
    assert_eq!((status, &answer["archived"]), (StatusCode::OK, &json!(false)), "{answer}");
}

/// It is refused, at a gate.
pub(super) async fn refused(running: &Running, id: &str, path: &str, key: Value, gate: &str) {
    let (status, problem) = patch(running, id, path, key).await;
    assert_eq!((status, &problem["gate"]), (StatusCode::FORBIDDEN, &json!(gate)), "{problem}");
}

/// Reading, changing and archiving it are answered to somebody as what is not there is.
pub(super) async fn hidden(running: &Running, id: &str, path: &str) {
    let (collection, _) = path.rsplit_once('/').unwrap();
    let absent = |end: &str| format!("{collection}/4000000{end}");
    for (method, end) in
        [(Method::GET, ""), (Method::PATCH, ""), (Method::POST, "/archive"), (Method::POST, "/unarchive")]
    {
        let asked = |path: String| ask(running, id, method.clone(), &path).json(&json!({}));
        let one = asked(format!("{path}{end}")).send().await.unwrap();
        let other = asked(absent(end)).send().await.unwrap();
        assert_eq!((one.status(), other.status()), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{path}");
        assert_eq!(one.bytes().await.unwrap(), other.bytes().await.unwrap());
    }
}

pub(super) async fn names(running: &Running, id: &str, path: &str) -> Vec<String> {
    let (status, list) = get(running, id, path).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    let name = |item: &Value| item.get("name").unwrap_or(&item["title"]).as_str().unwrap().to_owned();
    list["items"].as_array().unwrap().iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_and_work_items_are_made_changed_archived_and_deleted() {
    for database in BOTH {
        let running = start(database, &["user3", "user5", "user7", "user9", "root"]).await;
        let categories = format!("{DEVELOPMENT}/categories");
        let new = json!({"name": "Fuzzing", "parent": "Core/Security", "restrict_visibility": true});
        let fuzzing = make(&running, "user3", &categories, new).await;
        let (_, read) = get(&running, "user3", &fuzzing).await;
        assert_eq!(read["reference"], "ccm:Development#category:Core/Security/Fuzzing");
        let keys = json!({
            "name": "Fuzz", "parent": "Web UI", "team_area": "Web UI", "restrict_access": true,
            "restrict_visibility": false, "description": "Found by chance.",
        });
        change_each(&running, "user3", &fuzzing, keys).await;
        change_each(&running, "user3", &fuzzing, json!({"parent": null})).await;
        archive_and_back(&running, "user3", &fuzzing, json!({"name": "F"})).await;
        let (status, problem) = patch(&running, "user3", &fuzzing, json!({"parent": "Fuzz"})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        refused(&running, "user5", &fuzzing, json!({"name": "F"}), "PERMISSION").await;
        hidden(&running, "user9", &fuzzing).await;
        let (status, problem) = delete(&running, "user3", &fuzzing).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{problem}");

        let items = format!("{DEVELOPMENT}/work-items");
        let (status, made) =
            post(&running, "user3", &items, json!({"type": "defect", "title": "First free number"})).await;
        assert_eq!((status, &made["id"]), (StatusCode::CREATED, &json!(6)), "{made}");
        let new = json!({
            "id": 70, "type": "defect", "title": "Crash", "category": "Core",
            "restricted_access": {"access_group": "Safety reviewers"}, "description": "On Mondays.",
        });
        // Whoever makes something may be unable to read it.
        let (status, _) = post(&running, "user3", &items, new.clone()).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        hidden(&running, "user3", "/work-items/70").await;
        let (status, problem) = post(&running, "user3", &items, new).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        let keys = json!({
            "type": "task", "title": "Crash on Mondays", "category": "Core/Security",
            "restricted_access": {"team_area": "Core"}, "description": "Always.",
        });
        change_each(&running, "root", "/work-items/70", keys).await;
        hidden(&running, "user5", "/work-items/70").await;
        refused(&running, "user5", "/work-items/5", json!({"restricted_access": null}), "PERMISSION").await;
        for access in [json!({"project_area": "ccm/Development"}), json!(null), json!("public")] {
            change_each(&running, "root", "/work-items/70", json!({"restricted_access": access})).await;
        }
        let step = json!({"action": "resolve", "to": "resolved"});
        let (status, done) = post(&running, "user7", "/work-items/70/state", step).await;
        assert_eq!((status, &done["state"]), (StatusCode::OK, &json!("resolved")), "{done}");
        archive_and_back(&running, "user7", "/work-items/70", json!({"title": "C"})).await;
        assert_eq!(names(&running, "user5", &format!("{items}?text=mondays")).await, ["Crash on Mondays"]);
        assert_eq!(names(&running, "user5", &format!("{items}?archived=true")).await, [""; 0]);
        let (_, seen) = get(&running, "user7", &items).await;
        let ids: Vec<_> = seen["items"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
        // Of the fourth only the safety reviewers know.
        assert_eq!(Value::from(ids), json!([1, 2, 3, 5, 6, 70]));
        assert_eq!(delete(&running, "root", "/work-items/70").await.0, StatusCode::NO_CONTENT);
        assert_eq!(get(&running, "root", "/work-items/70").await.0, StatusCode::NOT_FOUND);
    }
}

/// Somebody may read a work item as a member of a project area whose name they must not learn.
#[tokio::test(flavor = "multi_thread")]
async fn a_restriction_names_no_project_area_that_the_reader_does_not_see() {
    let running = start(Database::Sqlite, &["user5", "root"]).await;
    let secret = json!({"restricted_access": {"project_area": "qm/Secret"}});
    change_each(&running, "root", "/work-items/1", secret.clone()).await;
    let (status, read) = get(&running, "user5", "/work-items/1").await;
    assert_eq!(status, StatusCode::OK, "{read}");
    assert_eq!(read["restricted_access"], json!({"project_area": null}));
    has(&get(&running, "root", "/work-items/1").await.1, &secret);
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_and_source_control_are_made_changed_archived_and_deleted() {
    for database in BOTH {
        let running = start(database, &["user3", "user5", "user6", "user7", "user9", "root"]).await;
        let plans = format!("{DEVELOPMENT}/plans");
        let new = json!({"name": "Release 1", "owner": {"team_area": "Core"}, "description": "Soon."});
        let plan = make(&running, "user6", &plans, new).await;
        let keys = json!({"name": "Release 2", "owner": {"user": "user6"}, "description": "Later."});
        change_each(&running, "user6", &plan, keys).await;
        let (_, given) = patch(&running, "user3", &plan, json!({"owner": {"project_area": true}})).await;
        assert_eq!(given["owner"], json!({"project_area": true}));
        archive_and_back(&running, "user3", &plan, json!({"name": "R"})).await;
        hidden(&running, "user9", &plan).await;
        // A plan is read with a licence.
        change_each(&running, "root", "/users/user5", json!({"licenses": []})).await;
        for path in [&plan, &plans] {
            let (status, problem) = get(&running, "user5", path).await;
            assert_eq!((status, &problem["gate"]), (StatusCode::FORBIDDEN, &json!("LICENSE")), "{problem}");
        }
        assert_eq!(names(&running, "user3", &plans).await, ["Release 2"]);
        assert_eq!(delete(&running, "user3", &plan).await.0, StatusCode::NO_CONTENT);
        assert_eq!(names(&running, "user5", &plans).await, [""; 0]);

        let scm = format!("{DEVELOPMENT}/scm");
        let new = json!({
            "kind": "component", "name": "Core Secrets", "owner": {"team_area": "Core"},
            "visibility": "team-private",
        });
        let secrets = make(&running, "user6", &scm, new).await;
        hidden(&running, "user3", &secrets).await;
        let keys = json!({
            "name": "Core", "visibility": {"access_group": "Safety reviewers"}, "description": "Closed.",
        });
        change_each(&running, "root", &secrets, keys).await;
        hidden(&running, "user7", &secrets).await;
        for visibility in ["project", "public", "team-private"] {
            change_each(&running, "root", &secrets, json!({"visibility": visibility})).await;
        }
        // Private is what a user owns: both keys at once.
        let (status, problem) = patch(&running, "root", &secrets, json!({"visibility": "private"})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        let private = json!({"visibility": "private", "owner": {"user": "user7"}});
        let (status, answer) = patch(&running, "root", &secrets, private.clone()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        has(&get(&running, "user7", &secrets).await.1, &private);
        archive_and_back(&running, "root", &secrets, json!({"name": "C"})).await;
        let main = format!("/scm/{}", part("ccm:Development#stream:Core Main"));
        refused(&running, "user7", &main, json!({"name": "Main"}), "PERMISSION").await;
        let mine = make(
            &running,
            "user6",
            &scm,
            json!({"kind": "stream", "name": "Old", "owner": {"team_area": "Core"}}),
        );
        assert_eq!(delete(&running, "user6", &mine.await).await.0, StatusCode::NO_CONTENT);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_values_are_told_with_their_place() {
    let running = start(Database::Sqlite, &["root"]).await;
    let vehicle = format!("/components/{}/configurations", part("gc:Electric Vehicle#component:Motor"));
    let development = |what: &str| format!("{DEVELOPMENT}/{what}");
    let rm = |what: &str| format!("/project-areas/rm%3ARequirements/{what}");
    let stream = json!({"kind": "stream", "name": "S", "from": "stream:Motor 1.0"});
    let item = json!({"type": "defect", "title": "T"});
    let with = |body: &Value, key: &str, value: Value| {
        let mut body = body.clone();
        body[key] = value;
        body
    };
    for (path, body, pointer) in [
        (&vehicle, json!({"name": "S", "from": "stream:Motor 1.0"}), ""),
        (&vehicle, with(&stream, "kind", json!("branch")), "/kind"),
        (&vehicle, with(&stream, "from", json!("stream:Battery 1.0")), "/from"),
        (&vehicle, with(&stream, "in_place_in", json!("Motor/stream:X")), "/in_place_in"),
        (&vehicle, with(&stream, "in_place_in", json!("Motor/stream:Motor 1.0")), "/in_place_in"),
        (&vehicle, with(&stream, "team_area", json!("Nobody")), "/team_area"),
        (&vehicle, with(&stream, "attributes", json!([])), "/attributes"),
        (&vehicle, with(&stream, "colour", json!("red")), "/colour"),
        (&development("work-items"), with(&item, "id", json!(0)), "/id"),
        (&development("work-items"), with(&item, "id", json!(-1)), "/id"),
        (&development("work-items"), with(&item, "title", json!("")), "/title"),
        (&development("work-items"), with(&item, "category", json!("50%")), "/category"),
        (&development("work-items"), with(&item, "restricted_access", json!("nobody")), "/restricted_access"),
        (
            &development("work-items"),
            with(&item, "restricted_access", json!({"team_area": "X"})),
            "/restricted_access/team_area",
        ),
        (
            &development("work-items"),
            with(&item, "restricted_access", json!({"project_area": "ccm/Development/Core"})),
            "/restricted_access/project_area",
        ),
        (&development("categories"), json!({"name": "C", "parent": "X"}), "/parent"),
        (&development("categories"), json!({"name": "C", "restrict_access": 1}), "/restrict_access"),
        (&development("plans"), json!({"name": "P", "owner": {"user": "x"}}), "/owner/user"),
        (
            &development("plans"),
            json!({"name": "P", "owner": {"team_area": "unassigned"}}),
            "/owner/team_area",
        ),
        (
            &development("plans"),
            json!({"name": "P", "owner": {"project_area": false}}),
            "/owner/project_area",
        ),
        (&development("scm"), json!({"kind": "file", "name": "P"}), "/kind"),
        (
            &development("scm"),
            json!({"kind": "stream", "name": "P", "visibility": {"access_group": "x"}}),
            "/visibility/access_group",
        ),
        (&rm("folders"), json!({"name": "P", "read": {"project_area": "rm/Requirements"}}), "/read"),
        (&rm("folders"), json!({"name": "P", "team_area": "X"}), "/team_area"),
        (&rm("artefacts"), json!({"type": "", "title": "A"}), "/type"),
    ] {
        let (status, problem) = post(&running, "root", path, body.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path} {body}: {problem}");
        assert!(problem["pointer"].as_str().unwrap().starts_with(pointer), "{body}: {problem}");
    }
    // What a project area's application does not keep is made nowhere in it.
    for (what, body) in [("work-items", item), ("components", json!({"name": "C"}))] {
        let (status, problem) = post(&running, "root", &rm(what), body).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    }
    // Ids of other kinds lead nowhere.
    for path in [
        "/configurations/gc%3AElectric%20Vehicle%23component%3AMotor",
        "/work-items/0",
        "/work-items/01",
        "/work-items/7",
        "/artefacts/1",
        "/plans/0",
        "/plans/x",
        "/scm/ccm%3ADevelopment%23work-item%3A1",
        "/folders/4294967296",
        "/categories/18446744073709551616",
        "/test-artefacts/-1",
        "/configurations/0/contributions/0",
        "/items?reference=gc%3ANowhere",
    ] {
        let (status, problem) = get(&running, "root", path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_leads_to_the_address_of_its_item() {
    let running = start(Database::Sqlite, &["root", "user5"]).await;
    for (reference, kind, name) in [
        ("gc:Electric Vehicle#component:Motor", "component", "Motor"),
        ("gc:Electric Vehicle#Motor/stream:Motor 1.0", "stream", "Motor 1.0"),
        ("gc:Electric Vehicle#Motor/baseline:Motor Initial Baseline", "baseline", "Motor Initial Baseline"),
        ("ccm:Development#category:Core/Security", "category", "Security"),
        ("ccm:Development#work-item:3", "work-item", "3 Key leak"),
        ("ccm:Development#stream:Web Main", "stream", "Web Main"),
        ("ccm:Development#scm-component:Web Secrets", "scm-component", "Web Secrets"),
        ("qm:Test#test-case:Sign in", "test-case", "Sign in"),
        ("rm:Requirements#folder:Safety", "folder", "Safety"),
        ("rm:Requirements#artefact:8", "artefact", "8 The brake shall hold"),
    ] {
        let (status, found) = get(&running, "root", &format!("/items?reference={}", part(reference))).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        has(&found, &json!({"kind": kind, "name": name, "reference": reference}));
        let address = found["address"].as_str().unwrap();
        let (status, read) = get(&running, "root", address.strip_prefix("/api/v1").unwrap()).await;
        assert_eq!((status, &read["reference"]), (StatusCode::OK, &json!(reference)), "{address}");
        let (_, again) = get(&running, "root", &format!("/items?reference={}", part(address))).await;
        assert_eq!(found, again);
    }
    for reference in [
        "ccm:Development#work-item:3",
        "/api/v1/work-items/3",
        "/api/v1/users/root",
        "repository",
        "",
        "x",
        "https://rm.example.com/rm/cm/stream/_42",
    ] {
        let (status, problem) =
            get(&running, "user5", &format!("/items?reference={}", part(reference))).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{reference}: {problem}");
    }
}
