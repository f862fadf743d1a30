//! Hierarchies over the REST API, by the Electric Vehicle.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{ask, get, told};
use super::running::{Database, Running, demo_of, query};

/// Sport 2.0 contains the motor, and a drive that contains another motor; the drive's baseline is frozen.
const DRIVE: &str = r#"
bailiwick: 1
project_areas:
  - application: gc
    name: Electric Vehicle
    components:
      - name: Drive
        configurations:
          - {kind: stream, name: "Drive <1>", from: "baseline:Drive Initial Baseline"}
    contributions:
      - to: "Electric Vehicle/stream:Electric Vehicle - Sport 2.0"
        configurations:
          - "Motor/stream:Motor - Performance Beta 0.0"
          - "Drive/stream:Drive <1>"
          - "https://rm.example.com/rm/cm/stream/_7"
      - to: "Drive/stream:Drive <1>"
        configurations: ["Motor/stream:Motor 1.0", "Battery/stream:Battery 1.0"]
  - application: gc
    name: Secret
    access: no-one
    components: [{name: Rocket}]
"#;

const SPORT: &str = "/configurations/gc%3AElectric%20Vehicle%23Electric%20Vehicle%2Fstream%3AElectric%20Vehicle%20-%20Sport%202.0";
const BETA: &str = "Motor/stream:Motor - Performance Beta 0.0";
const MOTOR: &str = "Motor/stream:Motor 1.0";

async fn start() -> Running {
    Running::start_over(Database::Sqlite, Some(demo_of(&["root", "lena", "bob", "tia"])), DRIVE).await
}

async fn read(running: &Running, id: &str, path: &str) -> Value {
    let (status, answer) = get(running, id, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer
}

async fn post(running: &Running, id: &str, path: &str, body: Value) -> (StatusCode, Value) {
    told(ask(running, id, Method::POST, path).json(&body)).await
}

/// One key of each of a list.
fn each<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|it| it[key].as_str().unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hierarchy_is_read_whole_to_a_level_and_node_by_node() {
    let running = start().await;
    let whole = read(&running, "bob", &format!("{SPORT}/hierarchy")).await;
    assert_eq!(
        (&whole["configurations"], &whole["contributions"], &whole["levels"]),
        (&json!(5), &json!(4), &json!(3))
    );
    let names = [
        "Electric Vehicle - Sport 2.0",
        "Motor - Performance Beta 0.0",
        "Drive <1>",
        "Motor 1.0",
        "Battery 1.0",
    ];
    assert_eq!(each(&whole["nodes"], "name"), names);
    assert_eq!(whole["nodes"][1]["effective_team_area"], "Tuning Team");
    assert_eq!(
        each(&whole["nodes"][0]["contributions"], "configuration"),
        [BETA, "Drive/stream:Drive <1>", "https://rm.example.com/rm/cm/stream/_7"]
    );
    let top = read(&running, "bob", &format!("{SPORT}/hierarchy?level=1")).await;
    assert_eq!(each(&top["nodes"], "name"), names[..3]);

    let page = read(&running, "bob", &format!("{SPORT}/hierarchy/children?limit=2")).await;
    assert_eq!(each(&page["items"], "contribution"), [BETA, "Drive/stream:Drive <1>"]);
    let next = page["next"].as_str().unwrap();
    let rest = read(&running, "bob", &format!("{SPORT}/hierarchy/children?limit=2&cursor={next}")).await;
    assert_eq!(each(&rest["items"], "contribution"), ["https://rm.example.com/rm/cm/stream/_7"]);
    assert_eq!((&rest["next"], &rest["items"][0]["path"]), (&Value::Null, &Value::Null));
    let drive = page["items"][1]["path"].as_str().unwrap();
    let below = read(&running, "bob", &format!("{SPORT}/hierarchy/children?path={drive}")).await;
    assert_eq!(each(&below["items"], "contribution"), [MOTOR, "Battery/stream:Battery 1.0"]);
    let elsewhere = format!("{SPORT}/hierarchy/children?path={drive}/{drive}");
    assert_eq!(get(&running, "bob", &elsewhere).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skew_is_told_with_its_paths_and_resolved_by_its_offer() {
    let running = start().await;
    let skews = read(&running, "lena", &format!("{SPORT}/skew")).await;
    assert_eq!(each(&skews, "component"), ["Motor"]);
    let occurrences = &skews[0]["occurrences"];
    let car = "Electric Vehicle/stream:Electric Vehicle - Sport 2.0";
    assert_eq!(occurrences[0]["paths"], json!([[car, BETA]]));
    assert_eq!(occurrences[1]["paths"], json!([[car, "Drive/stream:Drive <1>", MOTOR]]));
    assert_eq!(skews[0]["offers"][0], json!({"keep": BETA, "replace": [MOTOR], "places": 1, "frozen": []}));
    let (status, done) =
        post(&running, "lena", &format!("{SPORT}/replace-everywhere"), json!({"replace": MOTOR, "by": BETA}))
            .await;
    assert_eq!(
        (status, done),
        (StatusCode::OK, json!({"replaced": ["Drive/stream:Drive <1>"], "refused": []}))
    );
    assert_eq!(read(&running, "lena", &format!("{SPORT}/skew")).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_configuration_is_used_is_told_directly_and_at_any_depth() {
    let running = start().await;
    let motor = read(
        &running,
        "bob",
        &format!("/items?{}", query(&[("reference", &format!("gc:Electric Vehicle#{MOTOR}"))])),
    )
    .await;
    let path = format!("/configurations/{}/where-used", motor["number"]);
    let direct = read(&running, "bob", &format!("{path}?depth=direct")).await;
    assert_eq!(each(&direct["items"], "name"), ["Drive <1>"]);
    let any = read(&running, "bob", &path).await;
    let steps: Vec<_> =
        any["items"].as_array().unwrap().iter().map(|it| (&it["name"], &it["steps"])).collect();
    assert!(steps.contains(&(&json!("Drive <1>"), &json!(1))), "{steps:?}");
    assert!(steps.contains(&(&json!("Electric Vehicle - Sport 2.0"), &json!(2))), "{steps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_replaced_everywhere_is_replaced_nowhere_or_in_part() {
    let running = start().await;
    let path = format!("{SPORT}/replace-everywhere");
    // Beta stands in the drive as well: Bob replaces it anywhere by what is his team's too, Tia nowhere.
    let by = "Motor/stream:Motor - Performance Beta 1.0";
    let drive = "/configurations/gc%3AElectric%20Vehicle%23Drive%2Fstream%3ADrive%20%3C1%3E";
    let (status, _) =
        post(&running, "lena", &format!("{drive}/contributions"), json!({"configuration": BETA})).await;
    assert_eq!(status, StatusCode::CREATED);
    let asked = query(&[("replace", BETA), ("by", by)]);
    let places = read(&running, "bob", &format!("{path}?{asked}")).await;
    assert_eq!(each(&places, "refused"), ["", ""], "the second path");
    let body = json!({"replace": BETA, "by": by});
    // By what is of no team: that is a change of the parents, which are not Bob's.
    let other = json!({"replace": BETA, "by": "Motor/baseline:Motor Initial Baseline"});
    let (status, refused) = post(&running, "bob", &path, other.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{refused}");
    assert_eq!(refused["refusals"].as_array().map(Vec::len), Some(2), "{refused}");
    assert_eq!(each(&refused["refusals"], "gate"), ["PERMISSION", "PERMISSION"]);
    let mut partly = other;
    partly["partial"] = true.into();
    assert_eq!(
        post(&running, "bob", &path, partly.clone()).await.0,
        StatusCode::FORBIDDEN,
        "nothing of it is his"
    );
    // Given the drive, he may replace it there, and is told where not.
    let give = json!({"team_area": "Tuning Team"});
    let given = told(ask(&running, "lena", Method::PATCH, drive).header("If-Match", "*").json(&give)).await;
    assert_eq!(given.0, StatusCode::OK, "{given:?}");
    let (status, done) = post(&running, "bob", &path, partly).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    assert_eq!(done["replaced"], json!(["Drive/stream:Drive <1>"]));
    assert_eq!(
        each(&done["refused"], "configuration"),
        ["Electric Vehicle/stream:Electric Vehicle - Sport 2.0"]
    );
    assert!(done["refused"][0]["refused"].as_str().unwrap().contains("may not"), "{done}");
    let (status, done) = post(&running, "bob", &path, body).await;
    assert_eq!((status, &done["refused"]), (StatusCode::OK, &json!([])), "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hierarchy_is_branched_and_what_differs_is_told_from_both_and_from_their_base() {
    let running = start().await;
    let names = json!({"names": "{name} - Sport"});
    let (status, refused) = post(&running, "lena", &format!("{SPORT}/branch"), names.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "beta is the team's: {refused}");
    // One name for all will do where no component is there twice; in this hierarchy one is.
    let (status, taken) = post(&running, "root", &format!("{SPORT}/branch"), json!({"names": "Sport"})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{taken}");
    let (status, bad) = post(&running, "root", &format!("{SPORT}/branch"), json!({"names": " "})).await;
    assert_eq!((status, &bad["pointer"]), (StatusCode::BAD_REQUEST, &json!("/names")));
    let (status, made) = post(&running, "root", &format!("{SPORT}/branch"), names).await;
    assert_eq!(
        (status, &made["name"]),
        (StatusCode::CREATED, &json!("Electric Vehicle - Sport 2.0 - Sport"))
    );
    let branch = format!("/configurations/{}", made["number"]);
    let number = made["number"].to_string();
    let theirs = read(&running, "root", &format!("{branch}/hierarchy")).await;
    assert_eq!(theirs["configurations"], 5);

    let (status, _) = post(
        &running,
        "root",
        &format!("{branch}/replace-everywhere"),
        json!({"replace": "Battery/stream:Battery 1.0 - Sport", "by": "Battery/stream:Battery 2.0"}),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let compared = read(&running, "bob", &format!("{SPORT}/compare?with={number}")).await;
    let rows: Vec<_> = compared["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["change"].as_str().unwrap(), it["left"].clone(), it["right"].clone()))
        .collect();
    assert!(
        rows.contains(&(
            "replaced",
            json!("Battery/stream:Battery 1.0"),
            json!("Battery/stream:Battery 2.0")
        )),
        "{rows:?}"
    );
    assert!(rows.iter().all(|(change, ..)| ["replaced", "changed"].contains(change)), "{rows:?}");

    let (_, other) =
        post(&running, "root", &format!("{SPORT}/branch"), json!({"names": "{name} - Eco"})).await;
    let eco = other["number"].to_string();
    let asked = query(&[("with", &*eco), ("base", "Electric Vehicle/stream:Electric Vehicle - Sport 2.0")]);
    let merged = read(&running, "bob", &format!("{branch}/compare?{asked}")).await;
    let changes = merged["changes"].as_array().unwrap();
    assert!(
        changes.iter().all(|it| it["conflict"] == (it["mine"] != Value::Null && it["theirs"] != Value::Null))
    );
    assert!(!changes.is_empty());
    let wrong = get(&running, "bob", &format!("{SPORT}/compare?with=nothing")).await;
    assert_eq!(wrong.0, StatusCode::BAD_REQUEST, "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_has_every_configuration_and_no_name_breaks_it() {
    let running = start().await;
    for (form, media_type) in [("dot", "text/vnd.graphviz"), ("graphml", "application/graphml+xml")] {
        let response =
            ask(&running, "bob", Method::GET, &format!("{SPORT}/hierarchy.{form}")).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], media_type);
        let text = response.text().await.unwrap();
        let (nodes, edges) = match form {
            "dot" => ("[label=", " -> "),
            _ => ("<node ", "<edge "),
        };
        assert_eq!((text.matches(nodes).count(), text.matches(edges).count()), (6, 5), "{text}");
        assert_eq!(text.contains("Drive &lt;1&gt;"), form == "graphml", "{text}");
        assert!(text.contains("Tuning Team"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_whole_hierarchy_is_thought_of_like_any_other() {
    let running = start().await;
    let request = json!({"method": "POST", "path": format!("/api/v1{SPORT}/replace-everywhere"), "body": {"replace": MOTOR, "by": BETA}});
    let (status, shifts) = post(&running, "lena", "/what-if", json!({"requests": [request]})).await;
    assert_eq!((status, shifts), (StatusCode::OK, json!([])), "nobody gains or loses by it");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_thinks_of_changes_learns_no_name_of_what_they_do_not_see() {
    let running = start().await;
    let call = |name: &str| {
        let body = json!({"application": "gc", "name": name});
        let request = json!({"method": "POST", "path": "/api/v1/project-areas", "body": body});
        post(&running, "bob", "/what-if", json!({"requests": [request]}))
    };
    assert_eq!(call("Secret").await, call("Sekret").await);
    assert_eq!(call("Electric Vehicle").await.0, StatusCode::CONFLICT, "this he sees");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_that_is_part_of_one_change_tells_what_has_become_of_it() {
    let running = start().await;
    let drive = "/api/v1/configurations/gc%3AElectric%20Vehicle%23Drive%2Fstream%3ADrive%20%3C1%3E";
    let replace = |by: &str, old: &str| {
        let body = json!({"replace": old, "by": by, "partial": true});
        json!({"method": "POST", "path": format!("/api/v1{SPORT}/replace-everywhere"), "body": body})
    };
    let requests = json!({"together": true, "requests": [
        replace(BETA, MOTOR),
        replace("Battery/stream:Battery Initial Stream", "Battery/stream:Battery 1.0"),
        {"method": "PATCH", "path": drive, "if_match": "*", "body": {"description": "With Beta.", "name": "Drive 2"}},
    ]});
    let again = || {
        let bulk = ask(&running, "lena", Method::POST, "/bulk").header("Idempotency-Key", "a");
        told(bulk.json(&requests))
    };
    let (status, answer) = again().await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let report = |at: usize| (&answer["results"][at]["status"], &answer["results"][at]["body"]);
    // Each what it has done itself, under the names that things have after all of them.
    let replaced = json!({"replaced": ["Drive/stream:Drive 2"], "refused": []});
    assert_eq!([report(0), report(1)], [(&json!(200), &replaced); 2]);
    assert_eq!(again().await.1, answer, "a key tells the same again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hierarchy_of_what_one_may_not_see_is_none() {
    let running = start().await;
    let rocket = "/configurations/gc%3ASecret%23Rocket%2Fstream%3ARocket%20Initial%20Stream";
    let nothing = "/configurations/gc%3ASecret%23Rocket%2Fstream%3ARacket";
    for below in ["hierarchy", "hierarchy/children", "hierarchy.dot", "skew", "where-used", "compare?with=1"]
    {
        let [hidden, absent] = [rocket, nothing].map(|it| format!("{it}/{below}"));
        assert_eq!(get(&running, "bob", &hidden).await, get(&running, "bob", &absent).await);
        assert_eq!(get(&running, "bob", &hidden).await.0, StatusCode::NOT_FOUND, "{below}");
    }
    let by_secret = format!("{SPORT}/compare?with=gc%3ASecret%23Rocket%2Fstream%3ARocket%20Initial%20Stream");
    assert_eq!(get(&running, "bob", &by_secret).await.0, StatusCode::BAD_REQUEST);
}
