//! Access requests: from a refusal to the grant and its journal entry (docs/process.md#access-requests).

use serde_json::{Value, json};

use crate::people_pages::hidden;
use crate::running::{BOTH, Database, MODIFY, MOTOR, Running, demo_of, password, why};

const ALL: &str = "/api/v1/access-requests";
const ASSIGN: &str = "Assign Tuning Team to the stream Motor 1.0";

async fn start(database: Database) -> Running {
    let users = ["bob", "lena", "ada", "tia", "carl", "pam", "root", "user5"];
    Running::start_with(database, Some(demo_of(&users))).await
}

async fn get(server: &Running, who: &str, path: &str) -> (u16, Value) {
    let response = server.get_as(who, path).await;
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

/// What `explain` proposes to Bob, by what it says.
async fn proposed(server: &Running, sentence: &str) -> String {
    let explanation = get(server, "bob", &why("/explain.json", "bob", MODIFY, MOTOR)).await.1;
    let remedies = explanation["remedies"].as_array().unwrap();
    let found = remedies.iter().find(|it| it["changes"] == json!([sentence]));
    found.unwrap_or_else(|| panic!("{sentence}: {remedies:?}"))["command"].as_str().unwrap().to_owned()
}

fn asking(remedy: &str) -> Value {
    json!({
        "operation": "gc.save-stream", "actions": ["modify-attributes"], "item": MOTOR,
        "remedy": remedy, "reason": "the tuning of the summer release",
    })
}

async fn ask(server: &Running, sentence: &str) -> Value {
    let remedy = proposed(server, sentence).await;
    let (status, asked) = server.post_as("bob", ALL, &asking(&remedy)).await;
    assert_eq!(status, 200, "{asked}");
    asked
}

fn at(request: &Value, what: &str) -> String {
    format!("{ALL}/{}{what}", request["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_state_that_there_is_not_is_told() {
    let server = start(Database::Sqlite).await;
    let (status, said) = get(&server, "bob", &format!("{ALL}?state=opne")).await;
    assert_eq!(status, 400);
    assert!(said["detail"].as_str().unwrap().contains("`opne` is not one of `open`, `accepted`"), "{said}");
}

async fn waiting(server: &Running, who: &str) -> Vec<Value> {
    let found = get(server, who, &format!("{ALL}?mine=false&state=open")).await.1["items"].clone();
    serde_json::from_value(found).unwrap()
}

#[tokio::test]
async fn lena_grants_what_bob_was_refused_and_the_journal_names_the_request() {
    for database in BOTH {
        let server = start(database).await;
        let asked = ask(&server, ASSIGN).await;
        assert_eq!((&asked["state"], &asked["mine"]), (&json!("open"), &json!(true)));
        assert_eq!((&asked["needed"], &asked["possible"]), (&json!(true), &json!(true)));
        assert_eq!(asked["may_grant"], false);

        // Who may make the change is told of it, and nobody else.
        for who in ["lena", "ada", "pam", "root"] {
            assert_eq!(waiting(&server, who).await.len(), 1, "{who}");
        }
        for who in ["carl", "tia", "user5"] {
            assert_eq!(waiting(&server, who).await.len(), 0, "{who}");
            assert_eq!(get(&server, who, &at(&asked, "")).await.0, 404, "{who}");
            assert_eq!(server.post_as(who, &at(&asked, "/accept"), &json!({})).await.0, 404, "{who}");
        }
        let (status, refused) = server.post_as("bob", &at(&asked, "/accept"), &json!({})).await;
        assert_eq!((status, &refused["gate"]), (403, &json!("PERMISSION")), "{refused}");
        assert_eq!(server.post_as("bob", &at(&asked, "/decline"), &json!({})).await.0, 403);

        let note = json!({"note": "until the release"});
        let (status, granted) = server.post_as("lena", &at(&asked, "/accept"), &note).await;
        assert_eq!((status, &granted["state"]), (200, &json!("accepted")), "{granted}");
        let check = json!({
            "subject": {"type": "user", "id": "bob"}, "action": {"name": MODIFY},
            "resource": {"type": "stream", "id": MOTOR},
        });
        assert_eq!(server.post_as("bob", "/access/v1/evaluation", &check).await.1["decision"], true);
        let seen = get(&server, "bob", &at(&asked, "")).await.1;
        assert_eq!((&seen["ended_by"], &seen["note"]), (&json!("lena"), &json!("until the release")));
        assert_eq!((&seen["needed"], &seen["revision"]), (&json!(false), &granted["revision"]));

        let journal = get(&server, "root", &format!("/api/v1/journal/{}", granted["revision"])).await.1;
        let id = asked["id"].as_str().unwrap();
        assert_eq!((&journal["by"], &journal["basis"]), (&json!("lena"), &json!("role")));
        assert_eq!(journal["summary"], json!(format!("Grant the access request {id} of bob: {ASSIGN}")));
        assert_eq!(journal["changes"][0]["kind"], "configuration");
        assert_eq!(server.post_as("ada", &at(&asked, "/accept"), &json!({})).await.0, 404, "it is over");
        assert_eq!(get(&server, "lena", &at(&asked, "")).await.0, 200, "who has decided it still sees it");
    }
}

#[tokio::test]
async fn a_request_is_declined_withdrawn_and_asked_once_at_a_time() {
    let server = start(Database::Sqlite).await;
    let first = ask(&server, ASSIGN).await;
    let remedy = first["remedy"].as_str().unwrap();
    let (status, again) = server.post_as("bob", ALL, &asking(remedy)).await;
    assert_eq!(status, 409, "{again}");
    let (status, declined) =
        server.post_as("lena", &at(&first, "/decline"), &json!({"note": "not now"})).await;
    assert_eq!((status, &declined["state"], &declined["note"]), (200, &json!("declined"), &json!("not now")));
    assert_eq!(waiting(&server, "ada").await.len(), 0);

    let second = ask(&server, ASSIGN).await;
    let delete = async |who: &str| {
        let request = server.client.delete(format!("{}{}", server.base, at(&second, "")));
        request.basic_auth(who, Some(password(who))).send().await.unwrap().status().as_u16()
    };
    assert_eq!(delete("lena").await, 403, "it is bob's");
    assert_eq!(delete("bob").await, 204);
    assert_eq!(delete("bob").await, 409, "it is over");
    let mine = get(&server, "bob", &format!("{ALL}?mine=true")).await.1["items"].clone();
    let states: Vec<&str> = mine.as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["withdrawn", "declined"], "the newest first");

    // The journal keeps ids alone: names may be erased.
    let third = ask(&server, "Give Bob the role Configuration Lead in Electric Vehicle").await;
    let (_, granted) = server.post_as("ada", &at(&third, "/accept"), &json!({})).await;
    let journal = get(&server, "root", &format!("/api/v1/journal/{}", granted["revision"])).await.1;
    let summary = journal["summary"].as_str().unwrap();
    assert!(
        summary.ends_with("of bob: Give bob the role Configuration Lead in Electric Vehicle"),
        "{summary}"
    );
}

#[tokio::test]
async fn what_is_not_needed_any_more_is_closed_and_what_would_not_help_is_not_done() {
    let server = start(Database::Sqlite).await;
    let role = "Give Bob the role Configuration Lead in Electric Vehicle";
    let (assign, give) = (ask(&server, ASSIGN).await, ask(&server, role).await);
    assert_eq!(waiting(&server, "lena").await.len(), 1, "lena gives no roles");
    assert_eq!(server.post_as("lena", &at(&assign, "/accept"), &json!({})).await.0, 200);
    assert_eq!(waiting(&server, "ada").await[0]["needed"], false);
    let (status, closed) = server.post_as("ada", &at(&give, "/accept"), &json!({})).await;
    assert_eq!((status, &closed["state"], &closed["revision"]), (200, &json!("needless"), &Value::Null));
    let members = get(&server, "ada", "/api/v1/project-areas/gc%3AElectric%20Vehicle/members/bob").await;
    assert_eq!(members.0, 404, "nothing was given");

    // Bob leaves the team: the stream would be handed to it in vain.
    let server = start(Database::Sqlite).await;
    let assign = ask(&server, ASSIGN).await;
    let member = "/api/v1/team-areas/gc%3AElectric%20Vehicle%40Tuning%20Team/members/bob";
    let leave = server.client.delete(format!("{}{member}", server.base)).header("if-match", "*");
    assert_eq!(leave.basic_auth("ada", Some(password("ada"))).send().await.unwrap().status(), 204);
    assert_eq!(waiting(&server, "lena").await[0]["possible"], false);
    let (status, problem) = server.post_as("lena", &at(&assign, "/accept"), &json!({})).await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!(get(&server, "bob", &at(&assign, "")).await.1["state"], "open", "it waits still");
}

#[tokio::test]
async fn a_request_outlives_new_names_and_only_what_was_proposed_is_asked_for() {
    let server = start(Database::Sqlite).await;
    let asked = ask(&server, ASSIGN).await;
    let stream =
        format!("/api/v1/configurations/{}", "gc%3AElectric%20Vehicle%23Motor%2Fstream%3AMotor%201.0");
    let rename = server.client.patch(format!("{}{stream}", server.base)).header("if-match", "*");
    let rename = rename.basic_auth("lena", Some(password("lena"))).json(&json!({"name": "Motor 1.1"}));
    assert!(rename.send().await.unwrap().status().is_success());
    let told = waiting(&server, "lena").await.remove(0);
    assert_eq!(told["changes"], json!(["Assign Tuning Team to the stream Motor 1.1"]));
    assert_eq!(told["question"]["item"], "gc:Electric Vehicle#Motor/stream:Motor 1.1");
    assert_eq!(server.post_as("lena", &at(&asked, "/accept"), &json!({})).await.1["state"], "accepted");

    let server = start(Database::Sqlite).await;
    let remedy = proposed(&server, ASSIGN).await;
    let (status, problem) = server.post_as("bob", ALL, &asking("make-administrator 0 5")).await;
    assert_eq!((status, &problem["pointer"]), (400, &json!("/remedy")));
    assert!(problem["detail"].as_str().unwrap().contains(&remedy), "{problem}");
    assert_eq!(server.post_as("lena", ALL, &asking(&remedy)).await.0, 409, "lena may already");
    let with = |key: &str, value: &str| {
        let mut body = asking(&remedy);
        body[key] = json!(value);
        body
    };
    for (key, value) in [("reason", " "), ("reason", "\u{7}"), ("item", "gc:Nothing"), ("operation", "fly")] {
        assert_eq!(server.post_as("bob", ALL, &with(key, value)).await.0, 400, "{key} {value:?}");
    }
    assert_eq!(server.post_as("bob", ALL, &with("reason", &"x".repeat(1001))).await.0, 400);
}

#[tokio::test]
async fn pages_ask_and_decide_without_a_script() {
    let server = start(Database::Sqlite).await;
    let answer = server.page_as("bob", &why("/why", "bob", MODIFY, MOTOR)).await;
    let remedy = proposed(&server, ASSIGN).await;
    assert!(answer.contains(&format!("name=\"remedy\" value=\"{remedy}\"")), "{answer}");
    let bob = server.sign_in("bob", &password("bob")).await.unwrap();
    let (operation, action) = MODIFY.split_once('/').unwrap();
    let fields = [
        ("operation", operation),
        ("action", action),
        ("item", MOTOR),
        ("remedy", &remedy),
        ("reason", "the summer release"),
    ];
    // A reason that says nothing is told so where it was typed.
    let blank = [&fields[..4], &[("reason", " ")]].concat();
    let wrong = server.submit("/access-requests", Some(&bob), &blank).await;
    assert_eq!(wrong.status(), 400);
    let page = wrong.text().await.unwrap();
    assert!(page.contains("Say why you need it") && page.contains("<details open>"), "{page}");
    let asked = server.submit("/access-requests", Some(&bob), &fields).await;
    assert_eq!(
        (asked.status().as_u16(), &asked.headers()["location"]),
        (303, &"/access-requests?done=asked".parse().unwrap())
    );
    assert!(server.page_as("bob", "/access-requests").await.contains(ASSIGN));

    let lena = server.sign_in("lena", &password("lena")).await.unwrap();
    let page = server.page_as("lena", "/access-requests").await;
    assert!(page.contains(ASSIGN) && page.contains("the summer release"), "{page}");
    let id = page.split_once("id=\"request-").unwrap().1.split('"').next().unwrap();
    assert!(page.contains("was refused <em>modify attributes</em> of"), "{page}");
    // Who gains and who loses is shown before, and the note is kept.
    let decide = [("request", id), ("decision", "accept"), ("note", "Until May")];
    let shown = server.submit("/access-requests/decide", Some(&lena), &decide).await;
    assert_eq!(shown.status(), 200);
    let page = shown.text().await.unwrap();
    assert!(page.contains("Lena</strong> loses") && page.contains("value=\"Until May\""), "{page}");
    let reviewed = hidden(&page, "reviewed");
    let decide = [&decide[..], &[("reviewed", &*reviewed)]].concat();
    let decided = server.submit("/access-requests/decide", Some(&lena), &decide).await;
    assert_eq!(decided.status(), 303);
    let to = decided.headers()["location"].to_str().unwrap().to_owned();
    let page = server.page_as("lena", &to).await;
    assert!(page.contains("The request is accepted: revision "), "{to}: {page}");
    // Whoever has asked is told at home.
    let home = server.page_as("bob", "/").await;
    assert!(home.contains("which you asked for, is accepted") && home.contains("by Lena"), "{home}");
    assert!(server.page_as("bob", "/access-requests").await.contains("accepted"));
    assert!(server.page_as("lena", "/access-requests").await.contains("Nothing waits for you."));
}
