//! Configurations and what they contain, by REST.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::api::{ask, get, told};
use super::api_items::{
    archive_and_back, change_each, delete, has, make, names, part, patch, post, refused, start,
};
use super::running::{BOTH, Database};

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_stream_is_given_away_by_who_manages_the_server() {
    let running = start(Database::Sqlite, &["root", "lena"]).await;
    let below = format!("/components/{}/configurations", part("gc:Electric Vehicle#component:Motor"));
    let new = |name: &str, owner: &str| json!({"kind": "personal", "name": name, "from": "stream:Motor 1.0", "owner": owner});
    let own = make(&running, "lena", &below, new("Lena's", "lena")).await;
    let (status, problem) = post(&running, "lena", &below, new("Bob's", "bob")).await;
    assert_eq!((status, &problem["gate"]), (StatusCode::FORBIDDEN, &json!("REPOSITORY_GROUP")), "{problem}");
    let (_, bobs) = post(&running, "root", &below, new("Bob's", "bob")).await;
    assert_eq!(bobs["owner"], "bob");
    refused(&running, "lena", &own, json!({"owner": "bob"}), "REPOSITORY_GROUP").await;
    assert_eq!(patch(&running, "root", &own, json!({"owner": "bob"})).await.1["owner"], "bob");
    let stream = format!("/configurations/{}", part("gc:Electric Vehicle#Motor/stream:Motor 1.0"));
    assert_eq!(patch(&running, "root", &stream, json!({"owner": "bob"})).await.0, StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_is_made_from_another_and_changed_key_by_key() {
    for database in BOTH {
        let running = start(database, &["lena", "bob", "ada", "gus", "nora"]).await;
        let motor = format!("/components/{}", part("gc:Electric Vehicle#component:Motor"));
        let below = format!("{motor}/configurations");
        let stream = json!({
            "kind": "stream", "name": "Motor 2.0", "from": "baseline:Motor Initial Baseline",
            "description": "The next.", "tags": ["next"], "attributes": {"power": 90}, "links": ["https://a.b"],
        });
        let path = make(&running, "lena", &below, stream).await;
        let (_, read) = get(&running, "lena", &path).await;
        has(
            &read,
            &json!({
                "reference": "gc:Electric Vehicle#Motor/stream:Motor 2.0",
                "component": "gc:Electric Vehicle#component:Motor",
                "team_area": "inherit", "effective_team_area": "unassigned", "owner": null, "archived": false,
                "contributions": [],
            }),
        );
        let keys = json!({
            "name": "Motor 2", "description": "More.", "tags": [], "attributes": {}, "links": [{"uri": "https://a.b", "title": "A"}],
            "contributions": ["https://rm.example.com/rm/cm/stream/_42"],
        });
        change_each(&running, "lena", &path, keys).await;
        let (_, gone) = patch(&running, "lena", &path, json!({"description": null, "tags": null})).await;
        assert!(gone.get("description").is_none() && gone.get("tags").is_none(), "{gone}");
        archive_and_back(&running, "lena", &path, json!({"name": "Motor 3"})).await;
        refused(&running, "bob", &path, json!({"name": "Mine"}), "PERMISSION").await;
        refused(&running, "gus", &path, json!({"name": "Mine"}), "REPOSITORY_GROUP").await;
        refused(&running, "nora", &path, json!({"name": "Mine"}), "LICENSE").await;

        // With the team area go the rights.
        let (status, given) = patch(&running, "ada", &path, json!({"team_area": "Tuning Team"})).await;
        assert_eq!(status, StatusCode::OK, "{given}");
        has(&given, &json!({"team_area": "Tuning Team", "effective_team_area": "Tuning Team"}));
        change_each(&running, "bob", &path, json!({"name": "Motor of the team"})).await;
        refused(&running, "lena", &path, json!({"name": "Mine"}), "PERMISSION").await;

        // What is made from it copies the setting, unless it says something else.
        let from = "stream:Motor of the team";
        let path =
            make(&running, "bob", &below, json!({"kind": "baseline", "name": "M", "from": from})).await;
        assert_eq!(get(&running, "bob", &path).await.1["team_area"], "Tuning Team");
        let other = json!({"kind": "stream", "name": "N", "from": from, "team_area": "unassigned"});
        make(&running, "bob", &below, other).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_takes_its_sources_place_and_a_staging_stream_ends_as_a_baseline() {
    let running = start(Database::Sqlite, &["lena", "root"]).await;
    let below = format!("/components/{}/configurations", part("gc:Electric Vehicle#component:Motor"));
    let sport = format!(
        "/configurations/{}",
        part("gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0")
    );
    let new = json!({
        "kind": "stream", "name": "Faster", "from": "stream:Motor - Performance Beta 0.0",
        "in_place_in": "Electric Vehicle/stream:Electric Vehicle - Sport 2.0",
    });
    let (status, made) = post(&running, "root", &below, new).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let (_, parent) = get(&running, "lena", &sport).await;
    assert_eq!(parent["contributions"], json!(["Motor/stream:Faster"]));

    let staging = json!({"kind": "staging", "name": "Soon", "from": "stream:Motor 1.0"});
    let path = make(&running, "lena", &below, staging).await;
    let (status, done) = post(&running, "lena", &format!("{path}/commit"), json!({})).await;
    assert_eq!((status, &done["kind"]), (StatusCode::OK, &json!("baseline")), "{done}");

    let own = json!({"kind": "personal", "name": "Mine", "from": "stream:Motor 1.0"});
    let path = make(&running, "lena", &below, own).await;
    has(&get(&running, "lena", &path).await.1, &json!({"owner": "lena", "team_area": null}));
    let (status, problem) = patch(&running, "lena", &path, json!({"team_area": "Tuning Team"})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    assert_eq!(names(&running, "lena", &format!("{below}?kind=personal")).await, ["Mine"]);
    assert_eq!(names(&running, "lena", &format!("{below}?archived=true")).await, ["Motor 0.9"]);
    assert_eq!(names(&running, "lena", &format!("{below}?text=faST")).await, ["Faster"]);
    let all = "/project-areas/gc%3AElectric%20Vehicle/configurations";
    let batteries = names(&running, "lena", &format!("{all}?text=battery&kind=stream")).await;
    assert_eq!(batteries, ["Battery Initial Stream", "Battery 1.0", "Battery 2.0"]);
    let (status, problem) = get(&running, "lena", &format!("{all}?kind=streams")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn contributions_are_added_replaced_ordered_and_removed() {
    for database in BOTH {
        let running = start(database, &["lena", "bob"]).await;
        let sport = "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0";
        let path = format!("/configurations/{}", part(sport));
        let below = format!("{path}/contributions");
        let at = |text: &str| format!("{below}/{}", part(text));
        let listed = async |id| {
            let (_, list) = get(&running, id, &below).await;
            let items = list["items"].as_array().unwrap();
            items.iter().map(|it| it["configuration"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        const BETA: &str = "Motor/stream:Motor - Performance Beta 0.0";
        const NEXT: &str = "Motor/stream:Motor - Performance Beta 1.0";
        const BATTERY: &str = "Battery/stream:Battery 1.0";
        const LOCAL: &str = "https://rm.example.com/rm/cm/stream/_42?a=b&c#d";

        // Bob may put his team's new stream in the place of its old one, and nothing else.
        let (status, problem) = post(&running, "bob", &below, json!({"configuration": BATTERY})).await;
        assert_eq!((status, &problem["gate"]), (StatusCode::FORBIDDEN, &json!("PERMISSION")));
        let (status, problem) = delete(&running, "bob", &at(BETA)).await;
        assert_eq!((status, &problem["gate"]), (StatusCode::FORBIDDEN, &json!("PERMISSION")));
        let (status, _) = post(&running, "bob", &format!("{}/replace", at(BETA)), json!({"by": NEXT})).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(listed("bob").await, [NEXT]);
        let (status, answer) = patch(&running, "bob", &path, json!({"contributions": [BETA]})).await;
        assert_eq!((status, &answer["contributions"]), (StatusCode::OK, &json!([BETA])), "{answer}");

        make(&running, "lena", &below, json!({"configuration": LOCAL, "at": 1})).await;
        make(&running, "lena", &below, json!({"configuration": BATTERY})).await;
        assert_eq!(listed("lena").await, [LOCAL, BETA, BATTERY]);
        let (_, one) = get(&running, "lena", &at(BETA)).await;
        assert_eq!(one["reference"], format!("gc:Electric Vehicle#{BETA}"));
        let (_, again) = get(&running, "lena", &at(&format!("gc:Electric Vehicle#{BETA}"))).await;
        assert_eq!(one, again);
        let unguarded = ask(&running, "lena", Method::DELETE, &at(LOCAL));
        assert_eq!(told(unguarded).await.0, StatusCode::PRECONDITION_REQUIRED);
        assert_eq!(delete(&running, "lena", &at(LOCAL)).await.0, StatusCode::NO_CONTENT);
        assert_eq!(delete(&running, "lena", &at(LOCAL)).await.0, StatusCode::NOT_FOUND);
        let (status, problem) = post(&running, "lena", &below, json!({"configuration": BATTERY})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");

        for wanted in [
            json!([BATTERY, BETA]),
            json!([LOCAL, BETA, NEXT, BATTERY]),
            json!([BATTERY, LOCAL, "Motor/stream:Motor 1.0"]),
            json!([]),
            json!([BETA]),
        ] {
            change_each(&running, "lena", &path, json!({"contributions": wanted})).await;
        }
        let (status, problem) = patch(&running, "lena", &path, json!({"contributions": [BETA, "x"]})).await;
        assert_eq!((status, &problem["pointer"]), (StatusCode::BAD_REQUEST, &json!("/contributions/1")));
        let itself = "Electric Vehicle/stream:Electric Vehicle - Sport 2.0";
        let (status, problem) = patch(&running, "lena", &path, json!({"contributions": [itself]})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    }
}

/// Configurations of another project area never contribute, whether one sees them or not; which of the two is
/// the case is told to nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_one_does_not_see_is_no_contribution_and_nothing_tells_that_it_is_there() {
    let running = start(Database::Sqlite, &["lena", "root"]).await;
    let path = format!("/configurations/{}", part("gc:Electric Vehicle#Motor/stream:Motor 1.0"));
    let answer = async |id: &'static str, text: &'static str| {
        let (status, problem) = patch(&running, id, &path, json!({"contributions": [text]})).await;
        (status, problem.to_string().replace(text, "…"))
    };
    let hidden = answer("lena", "gc:Secret#Rocket/stream:Rocket Initial Stream").await;
    assert_eq!(hidden, answer("lena", "gc:Secret#Rocket/stream:Nothing").await);
    assert_eq!(hidden, answer("lena", "gc:Nowhere#Rocket/stream:Nothing").await);
    assert_eq!(hidden.0, StatusCode::BAD_REQUEST);
    let seen = answer("root", "gc:Secret#Rocket/stream:Rocket Initial Stream").await;
    assert_eq!(seen.0, StatusCode::CONFLICT, "{}", seen.1);
}
