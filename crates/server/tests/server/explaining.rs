use serde_json::Value;

use crate::running::{BETA, BOTH, Database, MODIFY, MOTOR, Running, query, why};

#[tokio::test]
async fn the_json_is_what_governance_explains() {
    for database in BOTH {
        let server = Running::start(database).await;
        for item in [BETA, MOTOR] {
            let expected =
                serde_json::to_value(server.explanation("bob", "gc.save-stream", "modify-attributes", item));
            let expected = expected.unwrap();
            for path in ["/explain", "/explain.json"] {
                let response = server.get_as("bob", &why(path, "bob", MODIFY, item)).await;
                assert_eq!(response.headers()["content-type"], "application/json");
                assert_eq!(response.json::<Value>().await.unwrap(), expected, "{database:?} {item}");
            }
        }
    }
}

#[tokio::test]
async fn the_action_may_stand_by_itself_and_the_asker_is_meant_by_default() {
    let server = Running::start(Database::Sqlite).await;
    let long = query(&[("operation", "gc.save-stream"), ("action", "modify-attributes"), ("item", MOTOR)]);
    let long: Value = server.get_as("bob", &format!("/explain?{long}")).await.json().await.unwrap();
    let short: Value =
        server.get_as("bob", &why("/explain", "bob", MODIFY, MOTOR)).await.json().await.unwrap();
    assert_eq!(long, short);
    let several = why("/explain", "bob", "gc.save-stream/archive + modify-links", MOTOR);
    let several: Value = server.get_as("bob", &several).await.json().await.unwrap();
    assert_eq!(several["missing"], serde_json::json!(["archive", "modify-links"]));
}

#[tokio::test]
async fn bad_questions_and_those_of_others_are_problems() {
    let server = Running::start(Database::Sqlite).await;
    for (asker, user, operation, status) in [
        ("bob", "bob", "gc.fly/away", 400),
        ("bob", "lena", MODIFY, 403),
        ("ada", "lena", MODIFY, 200),
        ("root", "nobody", MODIFY, 200),
    ] {
        let response = server.get_as(asker, &why("/explain", user, operation, MOTOR)).await;
        assert_eq!(response.status(), status, "{asker} {user} {operation}");
    }
    assert_eq!(server.get_as("bob", "/explain.json").await.status(), 400);
}
