use serde_json::{Value, json};

use crate::running::{BETA, BOTH, Database, MODIFY, MOTOR, Running, expectations, password, told};

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
    // What is asked twice is asked once.
    body["action"]["properties"] = json!({"actions": ["archive", "modify-attributes", "archive"]});
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
        "search_subject_endpoint": format!("{base}/access/v1/search/subject"),
        "search_resource_endpoint": format!("{base}/access/v1/search/resource"),
        "search_action_endpoint": format!("{base}/access/v1/search/action"),
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

#[tokio::test]
async fn a_malformed_request_is_told_where_and_what_was_expected() {
    let server = Running::start(Database::Sqlite).await;
    let check = async |path: &str, body: &str, said: &str| {
        let request = server.post(path).basic_auth("bob", Some(password("bob")));
        let request = request.header("content-type", "application/json; charset=utf-8").body(body.to_owned());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400, "{body}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["detail"], said, "{body}");
    };
    check(ONE, "", "the body is empty; expected a JSON object").await;
    check(ONE, "subject=bob", "the body is not JSON: expected value at line 1 column 1").await;
    check(ONE, "{\"subject\":", "the body is not JSON: EOF while parsing a value at line 1 column 11").await;
    check(ONE, "[1]", "the body: expected an object, not an array").await;
    check(ONE, "\"x\"", "the body: expected an object, not the string \"x\"").await;
    check(ONE, r#"{"subject":"bob"}"#, "`subject`: expected an object, not the string \"bob\"").await;
    check(ONE, r#"{"subject":["user","bob"]}"#, "`subject`: expected an object, not an array").await;
    check(ONE, r#"{"action":{"name":123}}"#, "`action.name`: expected a string, not the number `123`").await;
    let actions = r#"{"action":{"name":"x","properties":{"actions":[{}]}}}"#;
    check(ONE, actions, "`action.properties.actions[0]`: expected a string, not an object").await;
    let moment = "`context.as_of`: expected a revision or an instant, not the boolean `true`";
    check(ONE, r#"{"context":{"as_of":true}}"#, moment).await;
    check(ONE, r#"{"subject":{},"subject":{}}"#, "the body: the key `subject` is there twice").await;
    check(ONE, "{}", "`subject` is missing").await;
    check(ONE, r#"{"subject":{"id":"bob"}}"#, "`subject.type` is missing").await;
    check(ONE, r#"{"subject":{"type":"user","id":null}}"#, "`subject.id` is missing").await;
    let named = r#"{"subject":{"type":"user","id":"bob"},"action":{}}"#;
    check(ONE, named, "`action.name` is missing").await;
    check(MANY, r#"{"evaluations":{}}"#, "`evaluations`: expected an array, not an object").await;
    let second = "`evaluations[1].resource`: expected an object, not the boolean `false`";
    check(MANY, r#"{"evaluations":[{},{"resource":false}]}"#, second).await;
    check(MANY, r#"{"options":7}"#, "`options`: expected an object, not the number `7`").await;
    let semantics = "`options.evaluations_semantic`: unknown semantic `any`; expected `execute_all`, \
                     `deny_on_first_deny` or `permit_on_first_permit`";
    check(MANY, r#"{"options":{"evaluations_semantic":"any"}}"#, semantics).await;
    let deep = format!("{{\"subject\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    check(ONE, &deep, "`subject`: expected an object, not an array").await;
    let actions = vec!["archive"; 50_000];
    let mut many = question("bob", MODIFY, "stream", BETA);
    many["action"]["properties"] = json!({"actions": actions});
    assert_eq!(server.post_as("bob", ONE, &many).await.0, 200, "each is asked once");
}

#[tokio::test]
async fn keys_that_are_for_others_are_passed_over_whatever_they_hold() {
    let server = Running::start(Database::Sqlite).await;
    let mut body = question("bob", MODIFY, "stream", BETA);
    let alone = server.post_as("bob", ONE, &body).await;
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    body["futureField"] = json!({"nested": deep});
    body["evaluations"] = json!("for another endpoint");
    body["options"] = json!(7);
    body["page"] = json!([]);
    body["subject"]["properties"] = json!("Sales");
    body["action"]["properties"] = json!({"method": "GET"});
    body["resource"]["properties"] = json!({"status": "archived", "owner": ["bob"]});
    body["context"] = json!({"time": "2025-06-27T18:03-07:00", "ip": 5});
    assert_eq!(server.post_as("bob", ONE, &body).await, alone);
}

#[tokio::test]
async fn a_part_takes_the_keys_that_it_must_have_from_the_one_in_common() {
    let server = Running::start(Database::Sqlite).await;
    let body = json!({
        "subject": {"type": "user", "id": "tia"},
        "action": {"name": MODIFY, "properties": {"actions": ["archive"]}},
        "resource": {"type": "stream"},
        "evaluations": [{"resource": {"id": BETA}}, {"resource": {}}, {"action": {}, "resource": {"id": BETA}}],
    });
    let (_, answer) = server.post_as("root", MANY, &body).await;
    let answers = &answer["evaluations"];
    assert_eq!(answers[0]["context"]["missing"], json!(["archive"]));
    assert_eq!(answers[1]["context"]["error"]["message"], "`resource.id` is missing");
    assert_eq!(answers[2]["decision"], true, "its properties are its own: {answer}");
}
