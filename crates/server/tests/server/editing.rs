//! The walk of the seed example, step by step; searching and *Edit Attributes* over REST.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{ask, get, told};
use super::running::{BOTH, Database, Running, demo_of, told_by};

/// The people and the team, and nothing made yet.
const BEFORE: &str = r#"
bailiwick: 1
users:
  - {id: root, groups: [JazzAdmins], licenses: [elm-practitioner]}
  - {id: ada, licenses: [elm-practitioner]}
  - {id: lena, licenses: [elm-practitioner]}
  - {id: carl, licenses: [elm-practitioner]}
  - {id: bob, licenses: [elm-practitioner]}
  - {id: tia, licenses: [elm-practitioner]}
  - {id: otto, licenses: [elm-practitioner]}
project_areas:
  - application: gc
    name: Electric Vehicle
    template: Global Configuration Management
    access: everyone
    administrators: [ada]
    members: {lena: [configuration-lead], carl: [contributor]}
    team_areas:
      - name: Tuning Team
        members: {bob: [configuration-lead], tia: [contributor]}
        permissions:
          - {role: contributor, operation: gc.save-stream, actions: [modify-attributes]}
      - name: Old Team
"#;

const PEOPLE: [&str; 6] = ["ada", "lena", "carl", "bob", "tia", "otto"];
const AREA: &str = "/project-areas/gc%3AElectric%20Vehicle";
const EDIT: &str = "/project-areas/gc%3AElectric%20Vehicle/edit-attributes";

async fn start(database: Database) -> Running {
    let everybody = [&PEOPLE[..], &["root"]].concat();
    Running::start_on(told_by(BEFORE), database, |config| config.demo = Some(demo_of(&everybody))).await
}

async fn post(running: &Running, id: &str, path: &str, body: Value) -> Value {
    let (status, answer) = told(ask(running, id, Method::POST, path).json(&body)).await;
    assert!(status.is_success(), "{path} {body}: {status} {answer}");
    answer
}

/// The path of a configuration of Motor, or of another component.
fn at(reference: &str) -> String {
    let encoded = reference.replace(' ', "%20").replace('/', "%2F").replace('#', "%23").replace(':', "%3A");
    format!("/configurations/gc%3AElectric%20Vehicle%23{encoded}")
}

/// Who of the people may modify the attributes of it.
async fn may_modify(running: &Running, item: &str) -> Vec<&'static str> {
    let operation = match item {
        it if it.starts_with("component:") => "gc.save-component",
        it if it.contains("/baseline:") => "gc.save-baseline",
        _ => "gc.save-stream",
    };
    let question = |user: &&str| json!({"user": user, "operation": operation, "actions": ["modify-attributes"], "item": format!("gc:Electric Vehicle#{item}")});
    let lines: Vec<String> = PEOPLE.iter().map(|user| question(user).to_string()).collect();
    let request = ask(running, "root", Method::POST, "/check").header("content-type", "application/jsonl");
    let answers = request.body(lines.join("\n")).send().await.unwrap().text().await.unwrap();
    let allowed = |line: &str| serde_json::from_str::<Value>(line).unwrap()["allowed"] == json!(true);
    PEOPLE.into_iter().zip(answers.lines()).filter(|(_, line)| allowed(line)).map(|(user, _)| user).collect()
}

const LEADS: &[&str] = &["lena"];
const TEAM: &[&str] = &["bob", "tia"];

#[tokio::test(flavor = "multi_thread")]
async fn the_walk_of_the_seed_example() {
    for database in BOTH {
        let running = start(database).await;
        // Motor begins unassigned; what it begins with inherits.
        let motor = post(&running, "lena", &format!("{AREA}/components"), json!({"name": "Motor"})).await;
        assert_eq!(motor["team_area"], "unassigned");
        for initial in ["Motor/stream:Motor Initial Stream", "Motor/baseline:Motor Initial Baseline"] {
            let (_, it) = get(&running, "otto", &at(initial)).await;
            assert_eq!(
                (&it["team_area"], &it["effective_team_area"]),
                (&json!("inherit"), &json!("unassigned"))
            );
            assert_eq!(may_modify(&running, initial).await, LEADS);
        }
        // Both streams come from the initial baseline, and copy its setting.
        let motors = format!("/components/{}/configurations", motor["number"]);
        for name in ["Motor 1.0", "Motor - Performance Beta 0.0"] {
            let new = json!({"kind": "stream", "name": name, "from": "baseline:Motor Initial Baseline"});
            let made = post(&running, "lena", &motors, new).await;
            assert_eq!(
                (&made["team_area"], &made["effective_team_area"]),
                (&json!("inherit"), &json!("unassigned"))
            );
        }
        const MOTOR: &str = "Motor/stream:Motor 1.0";
        const BETA: &str = "Motor/stream:Motor - Performance Beta 0.0";
        // Sport 2.0 is put together from several components.
        for name in ["Battery", "Electric Vehicle"] {
            post(&running, "lena", &format!("{AREA}/components"), json!({"name": name})).await;
        }
        let cars = "/components/gc%3AElectric%20Vehicle%23component%3AElectric%20Vehicle/configurations";
        let sport =
            json!({"kind": "stream", "name": "Sport 2.0", "from": "stream:Electric Vehicle Initial Stream"});
        let sport = post(&running, "lena", cars, sport).await;
        let parts = json!({"contributions": [MOTOR, "Battery/stream:Battery Initial Stream"]});
        let path = format!("/configurations/{}", sport["number"]);
        let filled = ask(&running, "lena", Method::PATCH, &path).header("If-Match", "*").json(&parts);
        assert_eq!(told(filled).await.0, StatusCode::OK);
        // Beta takes the place of Motor 1.0.
        let replace = json!({"contributions": [BETA, "Battery/stream:Battery Initial Stream"]});
        let (_, refused) =
            told(ask(&running, "bob", Method::PATCH, &path).header("If-Match", "*").json(&replace)).await;
        assert_eq!(refused["gate"], "PERMISSION", "{refused}");
        let replaced = ask(&running, "lena", Method::PATCH, &path).header("If-Match", "*").json(&replace);
        assert_eq!(told(replaced).await.1["contributions"], replace["contributions"]);

        // The team gets Beta and nothing else; that is shown before, and told by the journal afterwards.
        assert_eq!(may_modify(&running, BETA).await, LEADS);
        let edit = |items: Value, team: &str, preview: bool| json!({"select": {"items": items}, "set": {"team_area": team}, "preview": preview});
        let before = post(&running, "lena", EDIT, edit(json!([BETA]), "Tuning Team", true)).await;
        assert_eq!((&before["revision"], &before["changed"]), (&Value::Null, &json!(1)), "{before}");
        assert_eq!(may_modify(&running, BETA).await, LEADS);
        let (_, refused) =
            told(ask(&running, "bob", Method::POST, EDIT).json(&edit(json!([BETA]), "Tuning Team", false)))
                .await;
        assert_eq!(
            (&refused["refused"], &refused["results"][0]["problem"]["gate"]),
            (&json!(1), &json!("PERMISSION"))
        );
        let done = post(&running, "lena", EDIT, edit(json!([BETA]), "Tuning Team", false)).await;
        assert_eq!((&done["changed"], &done["refused"]), (&json!(1), &json!(0)), "{done}");
        let (_, journal) = get(&running, "root", &format!("/journal/{}", done["revision"])).await;
        assert_eq!(
            (&journal["impact"]["gain"], &journal["impact"]["items"]),
            (&json!(2), &json!(1)),
            "{journal}"
        );
        // She is told so beforehand, though it is not hers to ask about the team.
        let told_before = &before["impact"];
        for key in ["gain", "lose", "items"] {
            assert_eq!(told_before[key], journal["impact"][key], "{key}: {before}");
        }
        assert_eq!((&told_before["untold"], &journal["impact"]["untold"]), (&json!(2), &json!(0)));
        let mut of_whom = told_before["shifts"].as_array().unwrap().iter().map(|it| &it["user"]);
        assert!(of_whom.all(|user| user == "lena"), "{before}");
        assert_eq!(may_modify(&running, BETA).await, TEAM);
        for other in [
            MOTOR,
            "component:Motor",
            "Motor/stream:Motor Initial Stream",
            "Electric Vehicle/stream:Sport 2.0",
        ] {
            assert_eq!(may_modify(&running, other).await, LEADS, "{other}");
        }
        // What is derived from Beta is theirs.
        let derived =
            json!({"kind": "baseline", "name": "Beta 0.1", "from": "stream:Motor - Performance Beta 0.0"});
        for id in ["tia", "lena", "carl", "otto"] {
            let (status, _) = told(ask(&running, id, Method::POST, &motors).json(&derived)).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{id}");
        }
        let derived = post(&running, "bob", &motors, derived).await;
        assert_eq!(derived["team_area"], "Tuning Team");
        assert_eq!(may_modify(&running, "Motor/baseline:Beta 0.1").await, ["bob"]);

        // Motor set to the team changes every inheriting stream at once, and is shown beforehand.
        let before =
            post(&running, "root", EDIT, edit(json!(["component:Motor"]), "Tuning Team", true)).await;
        let inheriting = 4; // Motor, its initial stream and baseline, Motor 1.0
        assert_eq!(
            (&before["impact"]["outcome"], &before["impact"]["items"]),
            (&json!("known"), &json!(inheriting))
        );
        let by_bob = before["impact"]["shifts"].as_array().unwrap().iter().any(|it| {
            it["user"] == "bob"
                && it["change"] == "gains"
                && it["action"] == "modify-attributes"
                && it["kind"] == "stream"
                && it["items"] == 2
        });
        assert!(by_bob, "{before}");
        let done = post(&running, "lena", EDIT, edit(json!(["component:Motor"]), "Tuning Team", false)).await;
        let (_, journal) = get(&running, "root", &format!("/journal/{}", done["revision"])).await;
        assert_eq!(journal["impact"], before["impact"], "the same numbers");
        for (item, expected) in [
            (MOTOR, TEAM),
            (BETA, TEAM),
            ("component:Motor", &["bob"]),
            ("Motor/stream:Motor Initial Stream", TEAM),
        ] {
            assert_eq!(may_modify(&running, item).await, expected, "{item}");
        }
        let found =
            "/configurations?team_area=Tuning%20Team&project_area=gc%3AElectric%20Vehicle&team_area_by=";
        for (by, number) in [("effective", 5), ("explicit", 2), ("inherited", 3)] {
            let (_, page) = get(&running, "otto", &format!("{found}{by}")).await;
            assert_eq!(page["total"], number, "{by}: {page}");
        }
        // Set back, it closes; Beta stays. A single change tells the journal as well.
        let (_, problem) = told(
            ask(&running, "tia", Method::PATCH, "/components/0")
                .header("If-Match", "*")
                .json(&json!({"team_area": "unassigned"})),
        )
        .await;
        assert_eq!(problem["gate"], "PERMISSION");
        let back = ask(&running, "ada", Method::PATCH, "/components/0").header("If-Match", "*");
        assert_eq!(told(back.json(&json!({"team_area": "unassigned"}))).await.0, StatusCode::OK);
        let (_, newest) = get(&running, "root", "/journal?limit=1").await;
        assert_eq!(newest["items"][0]["impact"]["lose"], 2, "{newest}");
        assert_eq!(may_modify(&running, MOTOR).await, LEADS);
        assert_eq!(may_modify(&running, BETA).await, TEAM);

        // Archiving the team asks for what governs instead.
        let archive = "/team-areas/gc%3AElectric%20Vehicle%40Tuning%20Team/archive";
        let (status, _) = told(ask(&running, "ada", Method::POST, archive).json(&json!({}))).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let replaced =
            ask(&running, "root", Method::POST, archive).json(&json!({"replacement": "unassigned"}));
        let (status, answer) = told(replaced).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let (_, newest) = get(&running, "root", "/journal?limit=1").await;
        assert_eq!(newest["items"][0]["impact"]["outcome"], "known", "{newest}");
        assert_eq!(may_modify(&running, BETA).await, LEADS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_item_of_an_edit_has_its_own_result() {
    for database in BOTH {
        let running = start(database).await;
        for name in ["Motor", "Brake"] {
            let new = json!({"name": name, "tags": ["drive", "drive/old"], "attributes": {"state": "open"}});
            post(&running, "lena", &format!("{AREA}/components"), new).await;
        }
        let mine = json!({"kind": "personal", "name": "Mine", "from": "baseline:Motor Initial Baseline"});
        post(&running, "lena", "/components/0/configurations", mine).await;
        let read = ask(&running, "lena", Method::GET, "/components/1").send().await.unwrap();
        let tag = read.headers()["etag"].to_str().unwrap().to_owned();
        let body = json!({
            "select": {
                "items": [
                    {"item": "component:Brake", "if_match": tag}, {"item": "component:Motor", "if_match": "\"old\""},
                    "Motor/personal:Mine", "https://rm.example.com/1", "component:Nothing"
                ],
                "configurations": {"name": "initial", "kind": ["baseline"]}
            },
            "set": {"team_area": "Tuning Team", "tags": {"add": ["new"], "remove": ["drive/old"]}, "attributes": {"state": null}}
        });
        let answer = post(&running, "lena", EDIT, body.clone()).await;
        let results: Vec<_> = answer["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["result"].as_str().unwrap(), it["problem"]["status"].as_u64().unwrap_or(0)))
            .collect();
        assert_eq!(
            results,
            [
                ("changed", 0),
                ("refused", 412),
                ("refused", 409),
                ("refused", 409),
                ("refused", 404),
                ("changed", 0),
                ("changed", 0)
            ],
            "{answer}"
        );
        assert!(
            answer["results"][2]["problem"]["detail"].as_str().unwrap().contains("personal stream"),
            "{answer}"
        );
        let (_, brake) = get(&running, "lena", "/components/1").await;
        assert_eq!(
            (&brake["tags"], &brake["attributes"]),
            (&json!(["drive", "new"]), &Value::Null),
            "{brake}"
        );
        assert_eq!(brake["team_area"], "Tuning Team");
        // A component has nothing to inherit from, and what is not seen is not there.
        let inherit = json!({"select": {"components": {}}, "set": {"team_area": "inherit"}});
        assert_eq!(post(&running, "ada", EDIT, inherit).await["refused"], 2);
        let (_, page) = get(&running, "otto", "/components?tag=drive&sort=-name").await;
        let names: Vec<_> =
            page["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!((names, &page["total"]), (vec!["Motor", "Brake"], &json!(2)));
        for (query, total) in [
            ("tag=new", 3),
            ("attribute=state:open", 0),
            ("created_from=2020-01-01T00:00:00Z", 5),
            ("created_to=2020-01-01T00:00:00Z", 0),
            ("modified_from=2020-01-01T00:00:00Z&sort=-modified", 5),
            ("modified_to=2020-01-01T00:00:00Z", 0),
            ("owner=lena", 1),
        ] {
            let (_, page) = get(&running, "otto", &format!("/configurations?{query}")).await;
            let of_components = usize::from(query == "tag=new");
            assert_eq!(page["total"], total - of_components, "{query}: {page}");
        }
        let (_, first) = get(&running, "otto", "/configurations?sort=-modified&limit=1").await;
        assert_eq!(first["items"][0]["kind"], "baseline", "{first}");
        for wrong in
            ["component=9", "team_area=Nobody", "kind=river", "cursor=x", "sort=colour", "created_from=now"]
        {
            let (status, problem) = get(&running, "otto", &format!("/configurations?{wrong}")).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}: {problem}");
        }
    }
}
