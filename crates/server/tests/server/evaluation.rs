use serde_json::{Value, json};

use crate::running::{BETA, BOTH, Database, MODIFY, MOTOR, Running, expectations, told};

const ONE: &str = "/access/v1/evaluation";
const MANY: &str = "/access/v1/evaluations";

fn question(user: &str, action: &str, kind: &str, item: &str) -> Value {
    json!({
        "subject": {"type": "user", "id": user},
        "action": {"name": action},
        "resource": {"type": kind, "id": item},
    })
}

#[tokio::test]
async fn bobs_two_questions() {
    for database in BOTH {
        let server = Running::start(database).await;
        let may = server.post_as("bob", ONE, &question("bob", MODIFY, "stream", BETA)).await;
        let context = json!({
            "gate": null, "basis": "role", "area": "gc/Electric Vehicle/Tuning Team", "missing": [], "revision": 1,
        });
        assert_eq!(may, (200, json!({"decision": true, "context": context})), "{database:?}");
        let may_not = server.post_as("bob", ONE, &question("bob", MODIFY, "stream", MOTOR)).await;
        let context = json!({
            "gate": "PERMISSION", "basis": null, "area": "gc/Electric Vehicle", "missing": ["modify-attributes"],
            "revision": 1,
        });
        assert_eq!(may_not, (200, json!({"decision": false, "context": context})), "{database:?}");
    }
}

#[tokio::test]
async fn every_expectation_of_the_stories_holds_over_http() {
    for database in BOTH {
        let server = Running::start(database).await;
        let told = told();
        let mut asked = Vec::new();
        let mut expected = Vec::new();
        for (text, allowed) in expectations(&told) {
            let kind = told.organisation.kind_of(told.organisation.item_at(&text.item).unwrap());
            let mut properties = serde_json::Map::new();
            for (key, value) in [("replace", &text.replace), ("by", &text.by), ("to", &text.to)] {
                properties.extend(value.clone().map(|value| (key.to_owned(), json!(value))));
            }
            asked.push(json!({
                "subject": {"type": "user", "id": text.user},
                "action": {"name": text.operation, "properties": {"actions": text.actions}},
                "resource": {"type": kind, "id": text.item, "properties": properties},
            }));
            expected.push(allowed);
        }
        let (status, answer) = server.post_as("root", MANY, &json!({"evaluations": asked})).await;
        assert_eq!(status, 200);
        let decisions: Vec<_> = answer["evaluations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["decision"].as_bool().unwrap())
            .collect();
        for ((asked, expected), decision) in asked.iter().zip(&expected).zip(&decisions) {
            assert_eq!(decision, expected, "{database:?}: {asked}");
        }
        assert_eq!(decisions.len(), expected.len());
    }
}

#[tokio::test]
async fn evaluations_inherit_what_they_do_not_say() {
    let server = Running::start(Database::Sqlite).await;
    let body = json!({
        "subject": {"type": "user", "id": "bob"},
        "action": {"name": MODIFY},
        "resource": {"type": "stream", "id": MOTOR},
        "context": {"time": "now"},
        "evaluations": [
            {},
            {"resource": {"type": "stream", "id": BETA}},
            {"action": {"name": "read"}},
            {"subject": {"type": "user", "id": "bob", "properties": {"x": 1}}, "unknown": true},
        ],
        "options": {"another": 1},
    });
    let (_, answer) = server.post_as("bob", MANY, &body).await;
    let decisions: Vec<_> =
        answer["evaluations"].as_array().unwrap().iter().map(|it| it["decision"].clone()).collect();
    assert_eq!(decisions, [json!(false), json!(true), json!(true), json!(false)]);
}

#[tokio::test]
async fn without_evaluations_it_is_a_single_question() {
    let server = Running::start(Database::Sqlite).await;
    let mut body = question("bob", MODIFY, "stream", BETA);
    let alone = server.post_as("bob", ONE, &body).await;
    assert_eq!(server.post_as("bob", MANY, &body).await, alone);
    body["evaluations"] = json!([]);
    assert_eq!(server.post_as("bob", MANY, &body).await, alone);
}

#[tokio::test]
async fn each_semantic_stops_where_it_says() {
    let server = Running::start(Database::Sqlite).await;
    let (yes, no) = (question("bob", MODIFY, "stream", BETA), question("bob", MODIFY, "stream", MOTOR));
    let bad = question("bob", "gc.fly/away", "stream", BETA);
    let check = async |semantic: &str, asked: [&Value; 3], expected: &[bool]| {
        let body = json!({"evaluations": asked, "options": {"evaluations_semantic": semantic}});
        let (status, answer) = server.post_as("bob", MANY, &body).await;
        assert_eq!(status, 200);
        let decisions: Vec<_> = answer["evaluations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["decision"].as_bool().unwrap())
            .collect();
        assert_eq!(decisions, expected, "{semantic}");
    };
    check("execute_all", [&yes, &no, &yes], &[true, false, true]).await;
    check("deny_on_first_deny", [&yes, &no, &yes], &[true, false]).await;
    check("deny_on_first_deny", [&yes, &bad, &yes], &[true, false]).await;
    check("permit_on_first_permit", [&no, &yes, &no], &[false, true]).await;
    check("permit_on_first_permit", [&bad, &no, &yes], &[false, false, true]).await;
    let body = json!({"evaluations": [yes], "options": {"evaluations_semantic": "sometimes"}});
    assert_eq!(server.post_as("bob", MANY, &body).await.0, 400);
}

#[tokio::test]
async fn a_bad_question_is_400_alone_and_an_error_among_others() {
    let server = Running::start(Database::Sqlite).await;
    let check = async |body: Value, said: &str| {
        let (status, problem) = server.post_as("bob", ONE, &body).await;
        assert_eq!((status, &problem["type"]), (400, &json!("urn:bailiwick:problem:bad-question")), "{body}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(said), "{detail}");
        let (status, answer) = server.post_as("bob", MANY, &json!({"evaluations": [body]})).await;
        assert_eq!(status, 200);
        let error = json!({"decision": false, "context": {"error": {"status": 400, "message": detail}}});
        assert_eq!(answer["evaluations"], json!([error]));
    };
    check(question("bob", "gc.fly/away", "stream", BETA), "unknown operation `gc.fly`").await;
    check(question("bob", "gc.save-stream/fly", "stream", BETA), "fly").await;
    check(question("bob", "gc.save-stream", "stream", BETA), "needs at least one action").await;
    check(question("bob", "gc.save-baseline/archive", "stream", BETA), "does not apply").await;
    check(question("bob", MODIFY, "baseline", BETA), "is a stream, not a `baseline`").await;
    check(question("bob", MODIFY, "stream", "gc:Electric Vehicle#Motor/stream:Nope"), "unknown item").await;
    check(
        json!({"subject": {"type": "user", "id": "bob"}, "action": {"name": "read"}}),
        "`resource` is missing",
    )
    .await;
    let mut group = question("bob", MODIFY, "stream", BETA);
    group["subject"]["type"] = json!("group");
    check(group, "expected `user`").await;
}

#[tokio::test]
async fn others_are_asked_about_by_those_who_may() {
    let server = Running::start(Database::Sqlite).await;
    let about_bob = question("bob", MODIFY, "stream", MOTOR);
    for (asker, status) in [("bob", 200), ("root", 200), ("ada", 200), ("lena", 403), ("user5", 403)] {
        assert_eq!(server.post_as(asker, ONE, &about_bob).await.0, status, "{asker}");
    }
    // Somebody who does not exist is no more to be asked about than somebody who does.
    let about =
        async |user: &str| server.post_as("lena", ONE, &question(user, MODIFY, "stream", MOTOR)).await;
    assert_eq!(about("bob").await, about("nobody").await);
    let (_, answer) = server.post_as("root", ONE, &question("nobody", MODIFY, "stream", MOTOR)).await;
    assert_eq!(answer["context"]["gate"], "AUTH");
    let (_, answer) = server.post_as("lena", MANY, &json!({"evaluations": [about_bob]})).await;
    assert_eq!(answer["evaluations"][0]["context"]["error"]["status"], 403);
}

#[tokio::test]
async fn more_actions_and_companions_come_as_properties() {
    let server = Running::start(Database::Sqlite).await;
    let mut body = question("bob", MODIFY, "stream", MOTOR);
    body["action"]["properties"] = json!({"actions": ["archive"], "other": 1});
    let (_, answer) = server.post_as("bob", ONE, &body).await;
    assert_eq!(answer["context"]["missing"], json!(["modify-attributes", "archive"]));
    let car = "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0";
    let mut body = question("bob", "gc.save-stream/replace-contribution", "stream", car);
    let next = "gc:Electric Vehicle#Motor/stream:Motor - Performance Beta 1.0";
    body["resource"]["properties"] = json!({"replace": BETA, "by": next});
    assert_eq!(server.post_as("bob", ONE, &body).await.1["decision"], true);
}

#[tokio::test]
async fn the_decision_point_describes_itself() {
    let server = Running::start(Database::Sqlite).await;
    let response = server.get("/.well-known/authzen-configuration").send().await.unwrap();
    let base = &server.base;
    // The client's own word for the server is nobody else's.
    assert_eq!(response.headers()["cache-control"], "no-store");
    let expected = json!({
        "policy_decision_point": base,
        "access_evaluation_endpoint": format!("{base}{ONE}"),
        "access_evaluations_endpoint": format!("{base}{MANY}"),
    });
    assert_eq!(response.json::<Value>().await.unwrap(), expected);
}

#[tokio::test]
async fn the_past_is_asked_by_revision_and_by_instant() {
    for database in BOTH {
        let server = Running::start(database).await;
        let mut body = question("bob", MODIFY, "stream", BETA);
        let mut check = async |as_of: Value, status: u16, revision: Value| {
            body["context"] = json!({"as_of": as_of});
            let (got, answer) = server.post_as("bob", ONE, &body).await;
            assert_eq!(
                (got, &answer["context"]["revision"]),
                (status, &revision),
                "{database:?} {as_of}: {answer}"
            );
        };
        check(json!(1), 200, json!(1)).await;
        check(json!("1"), 200, json!(1)).await;
        check(json!("2026-06-01T00:00:00Z"), 200, json!(1)).await;
        // Before the import there was no such item.
        check(json!(0), 400, Value::Null).await;
        check(json!("2020-06-01T02:00:00+02:00"), 400, Value::Null).await;
        check(json!(2), 400, Value::Null).await;
        check(json!("yesterday"), 400, Value::Null).await;
    }
}
