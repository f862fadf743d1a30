//! The REST API for the server's settings, licences, access groups and process areas.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::{Demo, Example};

use super::api::{ask, get, told};
use super::running::{BOTH, Database, Running, demo, password};

/// With people who have no other part: a project administrator, a guest, a contributor, a member of another
/// project area.
async fn start(database: Database) -> Running {
    let Demo { mut users } = demo();
    users.extend(["pam", "gus", "carl", "tia", "user8"].map(|id| Example {
        id: id.to_owned(),
        password: password(id),
        about: String::new(),
    }));
    Running::start_with(database, Some(Demo { users })).await
}

/// A request with a body, unless that is null; what is changed or deleted, whatever it is now.
async fn send(running: &Running, id: &str, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let mut request = ask(running, id, method.clone(), path);
    if method == Method::PATCH || method == Method::DELETE {
        request = request.header("If-Match", "*");
    }
    told(if body.is_null() { request } else { request.json(&body) }).await
}

async fn patch(running: &Running, id: &str, path: &str, body: Value) -> (StatusCode, Value) {
    send(running, id, Method::PATCH, path, body).await
}

/// A change that is made; what is there then.
async fn made(running: &Running, id: &str, method: Method, path: &str, body: Value) -> Value {
    let (status, told) = send(running, id, method.clone(), path, body.clone()).await;
    assert!(status.is_success(), "{id}: {method} {path} {body}: {status} {told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn who_manages_the_server_changes_its_settings_and_everybody_reads_them() {
    for database in BOTH {
        let running = start(database).await;
        let (_, read) = get(&running, "gus", "/settings").await;
        assert_eq!(read, json!({"administrative_override": "artefacts"}));
        let process = json!({"administrative_override": "process"});
        let (status, problem) = patch(&running, "ada", "/settings", process.clone()).await;
        assert_eq!((status, &problem["gate"]), (StatusCode::FORBIDDEN, &json!("REPOSITORY_GROUP")));
        let (status, after) = patch(&running, "root", "/settings", process.clone()).await;
        assert_eq!((status, &after), (StatusCode::OK, &process));
        assert_eq!(get(&running, "bob", "/settings").await.1, process);
        let bound = json!({"group_bindings": [
            {"group": "cn=devs", "area": "gc/Electric Vehicle", "role": "configuration-lead"},
        ]});
        let (_, after) = patch(&running, "root", "/settings", bound.clone()).await;
        assert_eq!(
            (&after["group_bindings"], &after["administrative_override"]),
            (&bound["group_bindings"], &json!("process"))
        );
        assert_eq!(patch(&running, "root", "/settings", json!({"group_bindings": null})).await.1, process);
        let wrong = json!({"administrative_override": "everything"});
        let (status, problem) = patch(&running, "root", "/settings", wrong).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(problem["pointer"], "/administrative_override");
        assert!(
            problem["detail"].as_str().unwrap().contains("not one of `artefacts`, `process`"),
            "{problem}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_licences_is_made_resized_and_removed() {
    for database in BOTH {
        let running = start(database).await;
        let path = "/license-pools/ewm-developer";
        assert_eq!(get(&running, "root", path).await.0, StatusCode::NOT_FOUND);
        let put = |id, body: Value| ask(&running, id, Method::PUT, path).json(&body);
        assert_eq!(told(put("ada", json!({"seats": 3}))).await.0, StatusCode::FORBIDDEN);
        let (status, pool) = told(put("root", json!({"seats": 3, "expires": "2030-01-01"}))).await;
        assert_eq!(status, StatusCode::OK, "{pool}");
        assert_eq!(pool, json!({"type": "ewm-developer", "seats": 3, "expires": "2030-01-01"}));
        // What is there already is not overwritten by accident.
        assert_eq!(told(put("root", json!({"seats": 5}))).await.0, StatusCode::PRECONDITION_REQUIRED);
        let resized = told(put("root", json!({"seats": 5, "tokens": 7})).header("If-Match", "*")).await;
        assert_eq!(resized.1, json!({"type": "ewm-developer", "seats": 5, "tokens": 7}));
        let (_, pools) = get(&running, "bob", "/license-pools").await;
        assert_eq!(pools["items"], json!([resized.1]));
        for (body, pointer) in [
            (json!({}), ""),
            (json!({"seats": -1}), "/seats"),
            (json!({"seats": 1, "tokens": "many"}), "/tokens"),
            (json!({"seats": 1, "colour": "red"}), "/colour"),
        ] {
            let (status, problem) = told(put("root", body).header("If-Match", "*")).await;
            assert_eq!(
                (status, &problem["pointer"]),
                (StatusCode::BAD_REQUEST, &json!(pointer)),
                "{problem}"
            );
        }
        let internal = "/license-pools/system-internal";
        let (status, problem) = send(&running, "root", Method::PUT, internal, json!({"seats": 1})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert_eq!(get(&running, "root", "/license-pools/moo").await.0, StatusCode::NOT_FOUND);
        let (status, _) = send(&running, "root", Method::DELETE, path, Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (status, _) = send(&running, "root", Method::DELETE, path, Value::Null).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_tells_what_can_be_written() {
    let running = start(Database::Sqlite).await;
    let (_, operations) = get(&running, "gus", "/operations?application=gc&limit=1000").await;
    let operations = operations["items"].as_array().unwrap();
    assert!(operations.iter().all(|it| it["application"].is_null() || it["application"] == "gc"));
    let save = operations.iter().find(|it| it["name"] == "gc.save-stream").unwrap();
    assert_eq!((&save["class"], &save["process"]), (&json!("team"), &json!(false)));
    assert!(save["licenses"].as_array().unwrap().contains(&json!("elm-practitioner")));
    let actions = save["actions"].as_array().unwrap();
    assert!(actions.contains(&json!({"action": "archive", "kind": "delete", "grantable": true})));
    assert!(actions.contains(&json!({"action": "modify-team-area", "kind": "modify", "grantable": false})));
    let (_, types) = get(&running, "gus", "/license-types").await;
    assert!(types["items"].as_array().unwrap().iter().any(|it| it["id"] == "elm-practitioner"));
    let (_, operations) = get(&running, "gus", "/repository-operations").await;
    let operations = operations["items"].as_array().unwrap();
    let users = operations.iter().find(|it| it["name"] == "repository.manage-users").unwrap();
    assert_eq!(users["groups"], json!(["JazzAdmins"]));
    let (status, _) = get(&running, "gus", "/operations?application=java").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

const TUNING: &str = "gc/Electric Vehicle/Tuning Team";

#[tokio::test(flavor = "multi_thread")]
async fn an_access_group_is_made_changed_key_by_key_and_deleted() {
    for database in BOTH {
        let running = start(database).await;
        let new = json!({"name": "Motor people", "users": ["tia", "bob"], "team_areas": [TUNING]});
        let make = |id| ask(&running, id, Method::POST, "/access-groups").json(&new);
        assert_eq!(told(make("ada")).await.0, StatusCode::FORBIDDEN);
        let response = make("pam").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        let path = response.headers()["location"].to_str().unwrap().replace("/api/v1", "");
        let (_, group) = get(&running, "gus", &path).await;
        assert_eq!(group["users"], json!(["bob", "tia"]));
        assert_eq!(group["team_areas"], json!([TUNING]));
        for (key, value) in [
            ("name", json!("Motor")),
            ("users", json!(["carl"])),
            ("project_areas", json!(["gc/Electric Vehicle"])),
            ("team_areas", json!([])),
            ("description", json!("Who knows the motor.")),
        ] {
            let (status, after) = patch(&running, "pam", &path, json!({key: value})).await;
            assert_eq!((status, &after[key]), (StatusCode::OK, &value), "{key}");
        }
        let (_, found) = get(&running, "bob", "/access-groups?name=Motor").await;
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        for (body, pointer) in [
            (json!({"users": ["carl", "nemo"]}), "/users/1"),
            (json!({"users": ["carl", "CARL"]}), "/users/1"),
            (json!({"project_areas": [TUNING]}), "/project_areas/0"),
            (json!({"team_areas": ["gc/Electric Vehicle"]}), "/team_areas/0"),
            (json!({"team_areas": ["gc:Electric Vehicle"]}), "/team_areas/0"),
            (json!({"name": ""}), "/name"),
        ] {
            let (status, problem) = patch(&running, "pam", &path, body).await;
            assert_eq!(
                (status, &problem["pointer"]),
                (StatusCode::BAD_REQUEST, &json!(pointer)),
                "{problem}"
            );
        }
        assert_eq!(patch(&running, "lena", &path, json!({"name": "X"})).await.0, StatusCode::FORBIDDEN);
        let taken = patch(&running, "pam", &path, json!({"name": "Safety reviewers"})).await;
        assert_eq!(taken.0, StatusCode::CONFLICT);
        let delete = async |id| send(&running, id, Method::DELETE, &path, Value::Null).await.0;
        assert_eq!(delete("lena").await, StatusCode::FORBIDDEN);
        assert_eq!(delete("pam").await, StatusCode::NO_CONTENT);
        assert_eq!(get(&running, "pam", &path).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_group_keeps_what_who_changes_it_cannot_see() {
    let running = start(Database::Sqlite).await;
    let new = json!({"name": "Mixed", "project_areas": ["ccm/Development", "gc/Electric Vehicle"],
        "team_areas": ["ccm/Development/Core"]});
    let group = made(&running, "root", Method::POST, "/access-groups", new.clone()).await;
    let path = format!("/access-groups/{}", group["number"]);
    // Pam is no member of Development: it is not there for her, under whatever name.
    let (_, seen) = get(&running, "pam", &path).await;
    assert_eq!((&seen["project_areas"], &seen["team_areas"]), (&json!(["gc/Electric Vehicle"]), &json!([])));
    let hidden = patch(&running, "pam", &path, json!({"project_areas": ["ccm/Development"]})).await;
    let absent = patch(&running, "pam", &path, json!({"project_areas": ["ccm/Developmemt"]})).await;
    assert_eq!(hidden.0, StatusCode::BAD_REQUEST);
    let said = |told: &Value| told.to_string().replace("Developmemt", "Development");
    assert_eq!(said(&hidden.1), said(&absent.1));
    let emptied =
        made(&running, "pam", Method::PATCH, &path, json!({"project_areas": [], "team_areas": []})).await;
    assert_eq!(emptied["project_areas"], json!([]));
    let (_, all) = get(&running, "root", &path).await;
    assert_eq!(all["project_areas"], json!(["ccm/Development"]));
    assert_eq!(all["team_areas"], json!(["ccm/Development/Core"]));
}

const VEHICLE: &str = "/project-areas/gc%3AElectric%20Vehicle";
const TUNING_TEAM: &str = "/team-areas/gc%3AElectric%20Vehicle%40Tuning%20Team";

/// The keys that a noun of the organisation document has, as the document's reader lists them.
fn keys_of(noun: &str) -> Vec<&'static str> {
    let source = include_str!("../../../document/src/raw/project_area.rs");
    let (_, block) = source.split_once(&format!("    {noun} {{")).unwrap();
    let (block, _) = block.split_once("    }\n").unwrap();
    let keys = block.lines().filter_map(|line| line.trim().split_once(": "));
    keys.map(|(key, _)| key).filter(|key| key.chars().all(|it| it.is_lowercase() || it == '_')).collect()
}

/// Changes one key after the other; what is read then differs in this key alone, by one revision.
async fn change_key_by_key(running: &Running, who: &str, path: &str, changes: &[(&str, Value, Value)]) {
    for (key, sent, expected) in changes {
        let (_, before) = get(running, who, path).await;
        let request = ask(running, who, Method::PATCH, path).header("If-Match", "*");
        let response = request.json(&json!({*key: sent})).send().await.unwrap();
        let (status, revision) = (response.status(), response.headers().get("revision").cloned());
        let after: Value = response.json().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{key}: {after}");
        assert_eq!(&after[*key], expected, "{key}");
        let mut only = before.clone();
        only[*key] = expected.clone();
        // The reference tells the name.
        for derived in ["reference", "path"] {
            if *key == "name" && !only[derived].is_null() {
                only[derived] = after[derived].clone();
            }
        }
        // What is carried is not there where it is not set.
        let carried = before.get(*key).is_none() || after.get(*key).is_none();
        only.as_object_mut().unwrap().retain(|it, value| !(carried && it == key && value.is_null()));
        assert_eq!(after, only, "{key}");
        let number = format!("/{}/{}", path.split('/').nth(1).unwrap(), after["number"]);
        assert_eq!(get(running, who, &number).await.1, after, "{key}");
        // Sent again, it is as it was wanted already.
        let again = ask(running, who, Method::PATCH, path).header("If-Match", "*");
        let again = again.json(&json!({*key: sent})).send().await.unwrap();
        assert_eq!((again.status(), again.headers().get("revision").cloned()), (StatusCode::OK, revision));
    }
}

fn same(key: &'static str, value: Value) -> (&'static str, Value, Value) {
    (key, value.clone(), value)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_of_a_project_area_is_read_and_changed() {
    for database in BOTH {
        let running = start(database).await;
        let number = get(&running, "ada", VEHICLE).await.1["number"].clone();
        let path = format!("/project-areas/{number}");
        let standard = json!({"application": "gc", "name": "Standard", "shares_process": true,
            "roles": [{"id": "welder"}], "access": "no-one"});
        made(&running, "root", Method::POST, "/project-areas", standard).await;
        let (_, vehicle) = get(&running, "ada", &path).await;
        let mut roles = vehicle["roles"].as_array().unwrap().clone();
        roles.reverse();
        roles.push(json!({"id": "driver", "name": "Driver", "cardinality": "one", "description": "Drives."}));
        let iterations = json!([{"id": "1.0", "type": "build", "name": "One", "start": "2026-01-01",
            "end": "2026-06-30", "has_release": true, "description": "First.",
            "iterations": [{"id": "a/b", "type": "freeze", "iterations": []}]}]);
        let timelines = json!([
            {"name": "Own", "project": false, "current": null, "iterations": []},
            {"name": "Main", "project": true, "current": "1.0/a%2Fb", "iterations": iterations,
             "description": "The line.", "working_days": ["monday"], "start": "2026-01-01", "end": "2026-12-31"},
        ]);
        let entry = |at: Value| {
            json!({"role": "driver", "operation": "gc.save-stream", "actions": ["create"],
            "final": true, "at": at})
        };
        let permissions = json!([
            {"role": "driver", "operation": "gc.save-stream", "actions": [], "final": false},
            entry(json!({"timeline": "Main"})),
            entry(json!({"iteration_type": "freeze"})),
            entry(json!({"iteration": "Main:1.0/a%2Fb"})),
        ]);
        // Its words are kept by those who may.
        let vocabulary = [
            same("tags", json!([{"name": "safety"}, {"name": "safety/brake", "description": "ISO 26262"}])),
            same("attribute_types", json!([{"id": "asil", "type": "enumeration", "values": ["A", "D"]}])),
            same("link_types", json!([{"id": "satisfies", "inverse": "is satisfied by"}])),
            same(
                "shared_queries",
                json!([{"name": "Mine", "criteria": {"tag": ["safety"], "kind": ["stream"]}}]),
            ),
        ];
        change_key_by_key(&running, "lena", &path, &vocabulary).await;
        for (key, sent, _) in &vocabulary {
            let (status, problem) = patch(&running, "ada", &path, json!({*key: sent})).await;
            assert_eq!((status, &problem["gate"]), (StatusCode::FORBIDDEN, &json!("PERMISSION")), "{key}");
        }
        let uses = json!({"project_area": "Standard", "iteration_types": true});
        let mut changes = vec![
            same("name", json!("E: Vehicle")),
            same("summary", json!("The car")),
            same("description", json!("With wheels.")),
            same("access", json!("hierarchy-and-list")),
            same("access_list", json!(["gus"])),
            same("administrators", json!(["ada", "lena"])),
            (
                "members",
                json!({"CARL": [], "tia": ["contributor", "configuration-lead"], "nora": null}),
                json!({"lena": ["configuration-lead"], "carl": [], "tia": ["contributor", "configuration-lead"]}),
            ),
            same("roles", json!(roles)),
            same("shares_process", json!(true)),
            same("shares_process", json!(false)),
            same("uses_process", uses),
            same("uses_process", Value::Null),
            same("iteration_types", json!(["build", "freeze"])),
            same("timelines", timelines),
            same("permissions", permissions),
            same(
                "preconditions",
                json!([{"role": "driver", "operation": "gc.save-baseline", "final": true, "require": [
                    "no-skew", "no-archived-contributions", {"approval": "driver"}]}]),
            ),
        ];
        for key in ["associations", "denial_texts"] {
            changes.push(same(key, json!({"any": ["thing", 1, null]})));
        }
        for key in ["work_item_types", "artefact_types", "test_artefact_types", "test_categories"] {
            changes.push(same(key, json!(["story", {"id": "defect"}])));
            changes.push((key, Value::Null, Value::Null));
        }
        // Its application stays; a template is copied when it is made; archiving has an address of its own,
        // and so has what is kept in it.
        let elsewhere = [
            "application",
            "template",
            "archived",
            "team_areas",
            "components",
            "contributions",
            "categories",
            "work_items",
            "plans",
            "scm",
            "test_artefacts",
            "folders",
            "artefacts",
        ];
        for key in keys_of("ProjectArea") {
            let covered =
                elsewhere.contains(&key) || vocabulary.iter().chain(&changes).any(|(it, ..)| *it == key);
            assert!(covered, "the key `{key}` of the document");
        }
        change_key_by_key(&running, "ada", &path, &changes).await;
        // Members of a team area may not lose roles that they have; all or nothing.
        let (_, before) = get(&running, "ada", &path).await;
        let (status, problem) = patch(&running, "ada", &path, json!({"summary": "x", "roles": []})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert_eq!(get(&running, "ada", &path).await.1, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_of_a_team_area_is_read_and_changed() {
    for database in BOTH {
        let running = start(database).await;
        let number = get(&running, "ada", TUNING_TEAM).await.1["number"].clone();
        let timeline = json!({"timelines": [{"name": "Main"}, {"name": "Own"}]});
        made(&running, "ada", Method::PATCH, VEHICLE, timeline).await;
        let changes = [
            same("name", json!("Tuners")),
            same("summary", json!("They tune")),
            same("description", json!("Motors.")),
            same("role_inheritance", json!("inherit")),
            same("timeline", json!("Own")),
            same("timeline", Value::Null),
            same("administrators", json!(["tia"])),
            (
                "members",
                json!({"bob": ["contributor"], "carl": [], "tia": null}),
                json!({"bob": ["contributor"], "carl": []}),
            ),
            same("roles", json!([{"id": "tuner", "name": "tuner", "cardinality": "many"}])),
            same(
                "permissions",
                json!([
                    {"role": "tuner", "operation": "gc.save-stream", "actions": ["*"], "final": true,
                     "at": {"timeline": "Main"}},
                ]),
            ),
            same(
                "preconditions",
                json!([{"role": "tuner", "operation": "gc.save-baseline", "final": true, "require": ["no-skew"]}]),
            ),
        ];
        for key in keys_of("TeamArea") {
            let covered =
                ["archived", "team_areas"].contains(&key) || changes.iter().any(|(it, ..)| *it == key);
            assert!(covered, "the key `{key}` of the document");
        }
        change_key_by_key(&running, "ada", &format!("/team-areas/{number}"), &changes).await;
    }
}
