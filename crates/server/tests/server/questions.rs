//! Questions over REST: many at once, why, who may, what one may.

use governance::{Item, Organisation, QuestionText, decide};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::running::{
    BETA, BOTH, Database, MODIFY, MOTOR, Running, expectations, password, query, told, why,
};

async fn check(server: &Running, asker: &str, lines: &[u8]) -> Vec<Value> {
    let request = server.post("/api/v1/check").basic_auth(asker, Some(password(asker)));
    let request = request.header("content-type", "application/jsonl").body(lines.to_vec());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/jsonl");
    let text = response.text().await.unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn answer(organisation: &Organisation, question: &QuestionText) -> Value {
    let question = organisation.question(question, organisation.leasable()).unwrap();
    serde_json::to_value(organisation.answer(&question, &decide(organisation, &question))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_gets_the_answer_that_it_gets_without_a_server() {
    for database in BOTH {
        let server = Running::start(database).await;
        let mut lines = Vec::new();
        let mut expected = Vec::new();
        // Many times over: the answer comes in several pieces.
        for _ in 0..20 {
            for (question, _) in expectations(&told()) {
                lines.extend(serde_json::to_vec(&question).unwrap());
                lines.push(b'\n');
                expected.push(answer(&server.organisation, &question));
            }
        }
        assert_eq!(check(&server, "root", &lines).await, expected);
    }
}

#[tokio::test]
async fn a_line_that_is_no_question_of_the_askers_is_answered_in_its_place() {
    let server = Running::start(Database::Sqlite).await;
    let hidden = r#"{"id":1,"user":"bob","operation":"read","item":"ccm:Development"}"#;
    let absent = hidden.replace("Development", "Develapment");
    let others = format!(r#"{{"id":"x","user":"lena","operation":"read","item":"{MOTOR}"}}"#);
    let own = others.replace("lena", "bob");
    let long = " ".repeat((1 << 20) + 1);
    let lines = [hidden, &absent, &others, "", "nonsense", &long, &own].join("\n");
    let answers = check(&server, "bob", lines.as_bytes()).await;
    let error = |at: usize| answers[at]["error"].as_str().unwrap().to_owned();
    assert_eq!(error(0).replace("Development", "Develapment"), error(1));
    assert_eq!((&answers[0]["id"], &answers[2]["id"]), (&json!(1), &json!("x")));
    assert!(error(2).starts_with("you may ask about yourself"), "{}", error(2));
    assert_eq!(error(3), "the line is empty; write a question");
    assert!(error(4).starts_with("this is no JSON"));
    assert!(error(5).starts_with("the line is longer than 1 MiB"));
    assert_eq!((&answers[6]["allowed"], answers.len()), (&json!(true), 7));

    let form = server.post("/api/v1/check").basic_auth("bob", Some(password("bob")));
    let form = form.header("content-type", "text/html").body("x").send().await.unwrap();
    assert_eq!(form.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn the_api_explains_as_the_page_does() {
    let server = Running::start(Database::Sqlite).await;
    let asked = [("operation", "gc.save-stream"), ("action", "modify-attributes"), ("item", MOTOR)];
    let explained = server.get_as("bob", &format!("/api/v1/explain?{}", query(&asked))).await;
    assert_eq!(explained.headers()["revision"], "1");
    let explained: Value = explained.json().await.unwrap();
    let page: Value =
        server.get_as("bob", &why("/explain.json", "bob", MODIFY, MOTOR)).await.json().await.unwrap();
    assert_eq!(explained, page);
    for (more, status) in [("&as_of=0", 400), ("&as_of=1", 200), ("&user=lena", 403), ("&usr=lena", 400)] {
        let path = format!("/api/v1/explain?{}{more}", query(&asked));
        assert_eq!(server.get_as("bob", &path).await.status(), status, "{more}");
    }
}

async fn pages(server: &Running, asker: &str, path: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let response = server.get_as(asker, &format!("{path}&limit=2{cursor}")).await;
        assert_eq!(response.status(), StatusCode::OK);
        let page: Value = response.json().await.unwrap();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        found.extend(items.iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

async fn lines(server: &Running, asker: &str, path: &str) -> Vec<Value> {
    let request = server.get(path).basic_auth(asker, Some(password(asker)));
    let response = request.header("accept", "application/jsonl").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/jsonl");
    response.text().await.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn who_may_and_what_one_may_come_in_pages_and_in_lines() {
    let server = Running::start(Database::Sqlite).await;
    let it = &server.organisation;
    let asked = [("operation", "gc.save-stream"), ("action", "modify-attributes"), ("item", BETA)];
    let who = format!("/api/v1/who-can?{}", query(&asked));
    let text = QuestionText {
        operation: "gc.save-stream".into(),
        actions: vec!["modify-attributes".into()],
        item: BETA.into(),
        ..QuestionText::default()
    };
    let question = it.question(&text, it.leasable()).unwrap();
    let expected: Vec<Value> = governance::users_who_may(it, &question)
        .into_iter()
        .map(|(user, allowed)| serde_json::to_value(it.who_may(user, &allowed).unwrap()).unwrap())
        .collect();
    assert!(expected.len() > 2);
    assert_eq!(pages(&server, "root", &who).await, expected);
    assert_eq!(lines(&server, "root", &who).await, expected);

    let what = "/api/v1/what-can?user=bob&operation=read";
    let bob = it.user_by_id("bob").unwrap();
    let items = governance::items_a_user_may(it, bob, &governance::Ask::Read, it.leasable());
    let expected: Vec<Value> =
        items.iter().map(|item| serde_json::to_value(it.item_text(*item)).unwrap()).collect();
    assert!(expected.len() > 10 && items.is_sorted_by_key(|item: &Item| item.place()));
    assert_eq!(pages(&server, "root", what).await, expected);
    assert_eq!(lines(&server, "bob", what).await, expected);
    let streams = pages(&server, "bob", "/api/v1/what-can?operation=read&kind=stream").await;
    assert!(streams.len() > 2 && streams.iter().all(|it| it["kind"] == "stream"));
}

#[tokio::test]
async fn who_may_and_what_others_may_is_asked_by_those_who_may_ask() {
    let server = Running::start(Database::Sqlite).await;
    let who = |item: &str| format!("/api/v1/who-can?{}", query(&[("operation", "read"), ("item", item)]));
    for (asker, path, status) in [
        ("bob", who(BETA), 403),
        ("ada", who(BETA), 200),
        ("ada", who("ccm:Development"), 400),
        ("ada", who("ccm:Nowhere"), 400),
        ("bob", "/api/v1/what-can?user=lena&operation=read".to_owned(), 403),
        ("ada", "/api/v1/what-can?user=lena&operation=read".to_owned(), 200),
        ("ada", "/api/v1/what-can?operation=process.save-team-area&action=move".to_owned(), 400),
        ("ada", "/api/v1/what-can?operation=fly".to_owned(), 400),
    ] {
        assert_eq!(server.get_as(asker, &path).await.status(), status, "{asker} {path}");
    }
}
