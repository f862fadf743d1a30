//! The REST API: tags, types and shared queries of a project area.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{ask, get, told};
use super::running::{BOTH, Database, Running};

const VEHICLE: &str = "/project-areas/gc%3AElectric%20Vehicle";
const MOTOR: &str = "/components/gc%3AElectric%20Vehicle%23component%3AMotor";

async fn send(running: &Running, id: &str, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    told(ask(running, id, method, path).header("If-Match", "*").json(&body)).await
}

async fn post(running: &Running, id: &str, path: &str, body: Value) -> (StatusCode, Value) {
    told(ask(running, id, Method::POST, path).json(&body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_made_counted_renamed_and_deleted() {
    for database in BOTH {
        let running = Running::start(database).await;
        let tags = format!("{VEHICLE}/tags");
        let new = json!({"name": "safety", "description": "ISO 26262"});
        assert_eq!(post(&running, "bob", &tags, new.clone()).await.0, StatusCode::FORBIDDEN);
        let (status, made) = post(&running, "lena", &tags, new).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(made, json!({"name": "safety", "description": "ISO 26262", "items": 0}));
        let (status, problem) = post(&running, "lena", &tags, json!({"name": "Safety"})).await;
        assert_eq!((status, &problem["pointer"]), (StatusCode::BAD_REQUEST, &json!("/name")));
        assert_eq!(problem["detail"], "`/name`: `Safety` is no tag: write `safety`");

        let given = json!({"tags": ["safety/brake", "fast"]});
        let (status, motor) = send(&running, "lena", Method::PATCH, MOTOR, given).await;
        assert_eq!(status, StatusCode::OK, "{motor}");
        let brake = format!("{tags}/safety%2Fbrake");
        assert_eq!(get(&running, "bob", &brake).await.1, json!({"name": "safety/brake", "items": 1}));
        let rename = json!({"name": "risk"});
        let path = format!("{tags}/safety");
        assert_eq!(
            send(&running, "bob", Method::PATCH, &path, rename.clone()).await.0,
            StatusCode::FORBIDDEN
        );
        let (status, _) = send(&running, "lena", Method::PATCH, &path, rename).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "it is not there any more");
        assert_eq!(get(&running, "lena", MOTOR).await.1["tags"], json!(["risk/brake", "fast"]));
        // One is there with what is nested in it, though nobody has listed it, and goes with that.
        let nested = json!({"name": "crash/side"});
        assert_eq!(post(&running, "lena", &tags, nested).await.0, StatusCode::CREATED);
        let crash = format!("{tags}/crash");
        assert_eq!(get(&running, "bob", &crash).await.1, json!({"name": "crash", "items": 0}));
        let (status, _) = send(&running, "lena", Method::DELETE, &crash, json!({})).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (status, _) = send(&running, "lena", Method::DELETE, &format!("{tags}/fast"), json!({})).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let unnamed = json!({"attributes": {" a ": 1}});
        let (status, problem) = send(&running, "lena", Method::PATCH, MOTOR, unnamed).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        let (_, list) = get(&running, "bob", &tags).await;
        let expected = json!([
            {"name": "risk", "description": "ISO 26262", "items": 0}, {"name": "risk/brake", "items": 1},
        ]);
        assert_eq!(list["items"], expected);
        // The change of the tag is one of the component's history.
        let (_, journal) = get(&running, "root", "/journal").await;
        let summaries: Vec<_> =
            journal["items"].as_array().unwrap().iter().map(|it| &it["summary"]).collect();
        assert!(summaries.contains(&&json!("Delete a tag wherever it is")), "{summaries:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn types_tell_how_many_use_them_and_come_from_another_project_area() {
    for database in BOTH {
        let running = Running::start(database).await;
        let standard = json!({
            "application": "gc", "name": "Standard", "access": "everyone",
            "attribute_types": [{"id": "asil", "type": "enumeration", "values": ["QM", "D"], "required": true,
                                 "default": "QM"}],
            "link_types": [{"id": "satisfies"}],
        });
        let (status, made) = post(&running, "root", "/project-areas", standard).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let import = format!("{VEHICLE}/import-types");
        let from = json!({"from": "gc/Standard"});
        assert_eq!(post(&running, "lena", &import, from.clone()).await.0, StatusCode::FORBIDDEN);
        let (status, vehicle) = post(&running, "root", &import, from).await;
        assert_eq!(status, StatusCode::OK, "{vehicle}");
        assert_eq!(vehicle["attribute_types"], made["attribute_types"]);
        let link = json!([{"uri": "https://a.b", "type": "satisfies"}]);
        assert_eq!(
            send(&running, "lena", Method::PATCH, MOTOR, json!({"links": link})).await.0,
            StatusCode::OK
        );
        let (_, types) = get(&running, "bob", &format!("{VEHICLE}/types")).await;
        assert_eq!(types["link_types"], json!([{"id": "satisfies", "items": 1}]));
        assert!(types["attribute_types"][0]["items"].as_u64().unwrap() > 10, "everything has the default");
        let (_, problem) =
            send(&running, "lena", Method::PATCH, MOTOR, json!({"attributes": {"asil": "B"}})).await;
        assert_eq!(problem["detail"], "component `Motor`: the attribute `asil` is one of `QM`, `D`, not `B`");
        let none = json!({"link_types": []});
        let (status, problem) = send(&running, "lena", Method::PATCH, VEHICLE, none).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_query_is_kept_with_criteria_that_a_search_knows() {
    for database in BOTH {
        let running = Running::start(database).await;
        let queries = format!("{VEHICLE}/shared-queries");
        let new = json!({"name": "Brakes", "criteria": {"tag": ["safety/brake"], "sort": "-name"}});
        assert_eq!(post(&running, "bob", &queries, new.clone()).await.0, StatusCode::FORBIDDEN);
        let (status, made) = post(&running, "lena", &queries, new.clone()).await;
        let mut told = new;
        told["missing"] = json!([{"criterion": "tag", "detail": "there is no tag `safety/brake`"}]);
        assert_eq!((status, &made), (StatusCode::CREATED, &told));
        let colour = json!({"name": "Red", "criteria": {"colour": "red"}});
        let (status, problem) = post(&running, "lena", &queries, colour).await;
        assert_eq!((status, &problem["pointer"]), (StatusCode::BAD_REQUEST, &json!("/criteria/colour")));
        // What could never be run is not kept.
        for (key, criterion) in [
            ("kind", json!(["x"])),
            ("team_area", json!("Nope")),
            ("created_from", json!("yesterday")),
            ("tag", json!([""])),
            ("attribute", json!([":D"])),
        ] {
            let odd = json!({"name": "Odd", "criteria": {(key): criterion}});
            let (status, problem) = post(&running, "lena", &queries, odd).await;
            let pointer = json!(format!("/criteria/{key}"));
            assert_eq!((status, &problem["pointer"]), (StatusCode::BAD_REQUEST, &pointer), "{problem}");
        }
        let path = format!("{queries}/Brakes");
        let (status, changed) =
            send(&running, "lena", Method::PATCH, &path, json!({"description": "All of them"})).await;
        assert_eq!((status, &changed["description"]), (StatusCode::OK, &json!("All of them")));
        assert_eq!(send(&running, "bob", Method::DELETE, &path, json!({})).await.0, StatusCode::FORBIDDEN);
        assert_eq!(send(&running, "lena", Method::DELETE, &path, json!({})).await.0, StatusCode::NO_CONTENT);
        assert_eq!(get(&running, "bob", &queries).await.1, json!({"items": []}));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_query_goes_on_naming_what_is_called_otherwise_by_now() {
    let running = Running::start(Database::Sqlite).await;
    let queries = format!("{VEHICLE}/shared-queries");
    let beta = "gc:Electric Vehicle#Motor/stream:Motor - Performance Beta 0.0";
    let criteria = json!({"component": "gc:Electric Vehicle#component:Motor", "team_area": "Tuning Team",
        "contained_in": beta, "tag": ["fast"]});
    assert_eq!(
        send(&running, "lena", Method::PATCH, MOTOR, json!({"tags": ["fast"]})).await.0,
        StatusCode::OK
    );
    let new = json!({"name": "Ours", "criteria": criteria});
    let (status, made) = post(&running, "lena", &queries, new).await;
    assert_eq!((status, &made["missing"]), (StatusCode::CREATED, &Value::Null), "{made}");
    let team = "/team-areas/gc%3AElectric%20Vehicle%40Tuning%20Team";
    for (path, name) in [(MOTOR, "Engine"), (team, "Racing Team"), (VEHICLE, "Vehicle")] {
        let (status, told) = send(&running, "root", Method::PATCH, path, json!({"name": name})).await;
        assert!(status.is_success(), "{told}");
    }
    let vehicle = "/project-areas/gc%3AVehicle";
    let path = format!("{vehicle}/shared-queries/Ours");
    let engine = "gc:Vehicle#Engine/stream:Motor - Performance Beta 0.0";
    let told = json!({"component": "gc:Vehicle#component:Engine", "team_area": "gc:Vehicle@Racing Team",
        "contained_in": engine, "tag": ["fast"]});
    assert_eq!(get(&running, "bob", &path).await.1, json!({"name": "Ours", "criteria": told}));
    // What is described otherwise, or sent back as it was told, is no other query; what is gone is told.
    let tag = format!("{vehicle}/tags/fast");
    assert_eq!(send(&running, "lena", Method::DELETE, &tag, json!({})).await.0, StatusCode::NO_CONTENT);
    let described = json!({"description": "What we tune", "criteria": told});
    let (status, changed) = send(&running, "lena", Method::PATCH, &path, described).await;
    let missing = json!([{"criterion": "tag", "detail": "there is no tag `fast`"}]);
    assert_eq!((status, &changed["criteria"]), (StatusCode::OK, &told), "{changed}");
    assert_eq!(changed["missing"], missing);
    // The same as a key of the project area, and as its document.
    let (_, area) = get(&running, "lena", vehicle).await;
    assert_eq!(area["shared_queries"][0]["criteria"], told);
    let again = json!({"shared_queries": area["shared_queries"]});
    assert!(send(&running, "lena", Method::PATCH, vehicle, again).await.0.is_success());
    let mut odd = area["shared_queries"].clone();
    odd[0]["criteria"]["component"] = json!("gc:Vehicle#component:Motor");
    let (status, problem) =
        send(&running, "lena", Method::PATCH, vehicle, json!({"shared_queries": odd})).await;
    let pointer = json!("/shared_queries/0/criteria/component");
    assert_eq!((status, &problem["pointer"]), (StatusCode::BAD_REQUEST, &pointer), "{problem}");
    let (_, document) = get(&running, "root", "/export?format=json").await;
    let areas = document["project_areas"].as_array().unwrap();
    let exported = areas.iter().find(|it| it["name"] == "Vehicle").unwrap();
    assert_eq!(exported["shared_queries"][0]["criteria"], told);
}
