//! Lines of CSV over HTTP (docs/global-configurations.md#csv).

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{ask, get, told};
use super::running::{BOTH, Database, Running};

const AREA: &str = "/project-areas/gc%3AElectric%20Vehicle";

async fn import(running: &Running, id: &str, query: &str, text: impl Into<Vec<u8>>) -> (StatusCode, Value) {
    let request = ask(running, id, Method::POST, &format!("{AREA}/import?{query}"));
    told(request.header("Content-Type", "text/csv").body(text.into())).await
}

async fn components(running: &Running) -> Vec<String> {
    let (_, page) = get(running, "lena", "/components?project_area=gc%3AElectric%20Vehicle").await;
    let name = |it: &Value| it["name"].as_str().unwrap().to_owned();
    page["items"].as_array().unwrap().iter().map(name).collect()
}

const THERE: [&str; 3] = ["Battery", "Electric Vehicle", "Motor"];

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_shown_and_then_imported_as_one_revision() {
    for database in BOTH {
        let running = Running::start(database).await;
        // As a spreadsheet in Germany writes it.
        let text = "\u{feff}name;description;team_area\r\n\"Brake; rear\";\"Stops \"\"it\"\"\r\nat once\";\r\nAxle;;Tuning Team\r\n";
        let (status, shown) = import(&running, "lena", "what=components&preview=true", text).await;
        assert_eq!(status, StatusCode::OK, "{shown}");
        assert_eq!(components(&running).await, THERE);
        let (status, done) = import(&running, "lena", "what=components&name=parts.csv", text).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        assert_eq!(done["changes"], shown["changes"], "it is what was shown");
        assert_eq!(done["revision"].as_u64(), shown["revision"].as_u64().map(|it| it + 1));
        assert_eq!(
            components(&running).await,
            ["Axle", "Battery", "Brake; rear", "Electric Vehicle", "Motor"]
        );
        let (_, brake) = get(&running, "lena", "/components?name=rear").await;
        assert_eq!(brake["items"][0]["description"], "Stops \"it\"\r\nat once");
        let (_, entry) = get(&running, "root", "/journal?limit=1").await;
        assert!(entry["items"][0]["summary"].as_str().unwrap().starts_with("imported parts.csv"), "{entry}");
        // Who gains and who loses is counted beforehand, though it is not hers to ask about the team.
        let handed = "name,team_area\nMotor,Tuning Team\n";
        let (_, before) = import(&running, "lena", "what=components&preview=true", handed).await;
        let (_, made) = import(&running, "lena", "what=components", handed).await;
        let (_, journal) = get(&running, "root", &format!("/journal/{}", made["revision"])).await;
        assert!(before["impact"]["gain"].as_u64() > Some(0), "{before}");
        for key in ["gain", "lose", "items"] {
            assert_eq!(before["impact"][key], journal["impact"][key], "{key}: {before}");
        }
        // What goes out comes in again, and changes nothing.
        for table in ["components", "configurations", "contributions"] {
            let export = ask(&running, "lena", Method::GET, &format!("{AREA}/export/{table}.csv"));
            let lines = export.send().await.unwrap().text().await.unwrap();
            let (status, again) = import(&running, "lena", &format!("what={table}"), lines).await;
            assert_eq!((status, &again["changes"]), (StatusCode::OK, &json!([])), "{table}: {again}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_that_is_wrong_or_refused_is_told_and_nothing_is_imported() {
    let running = Running::start(Database::Sqlite).await;
    let text = "name\tarchived\nAxle\tperhaps\nBrake\t\n\t\n\"\"\ttrue\n";
    let (status, problem) = import(&running, "lena", "what=components", text).await;
    assert_eq!((status, &problem["total"]), (StatusCode::BAD_REQUEST, &json!(2)), "{problem}");
    let at = |it: &Value| (it["line"].as_u64().unwrap(), it["column"].as_u64().unwrap());
    let told: Vec<_> = problem["problems"].as_array().unwrap().iter().map(at).collect();
    assert_eq!(told, [(2, 2), (5, 1)]);
    let (status, refused) = import(&running, "bob", "what=components", "name\nAxle\nBrake\n").await;
    assert_eq!((status, &refused["total"]), (StatusCode::BAD_REQUEST, &json!(2)));
    assert!(refused["problems"][1]["message"].as_str().unwrap().contains("may not create"), "{refused}");
    let (_, refusals) = get(&running, "root", "/refusals").await;
    let [only] = &refusals["items"].as_array().unwrap()[..] else { panic!("{refusals}") };
    assert_eq!((&only["by"], &only["gate"]), (&json!("bob"), &json!("PERMISSION")), "{only}");
    assert!(only["what"].as_str().unwrap().starts_with("imported components.csv"), "{only}");
    assert_eq!(components(&running).await, THERE);
    // Of what one may not see nothing is told, not even what is wrong with the lines.
    let hidden = ask(&running, "bob", Method::POST, "/project-areas/gc%3ANowhere/import?what=components");
    let hidden = hidden.header("Content-Type", "text/csv").body("colour\n");
    assert_eq!(told_status(hidden).await, StatusCode::NOT_FOUND);
    let request =
        ask(&running, "lena", Method::POST, &format!("{AREA}/import?what=components")).json(&json!({}));
    assert_eq!(told_status(request).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

async fn told_status(request: reqwest::RequestBuilder) -> StatusCode {
    told(request).await.0
}

/// The events of an answer: their names, and the data of the last.
pub(super) async fn events(request: reqwest::RequestBuilder) -> (Vec<String>, Value) {
    let response = request.header("Accept", "text/event-stream").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = response.text().await.unwrap();
    let field = |name: &'static str| text.lines().filter_map(move |line| line.strip_prefix(name));
    let names = field("event: ").map(str::to_owned).collect();
    (names, serde_json::from_str(field("data: ").next_back().unwrap()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_events_is_told_how_many_lines_are_done() {
    let running = Running::start(Database::Sqlite).await;
    let lines = (0..300).map(|part| format!("Part {part}\n")).collect::<String>();
    let request = |text: String| {
        let request = ask(&running, "lena", Method::POST, &format!("{AREA}/import?what=components"));
        request.header("Content-Type", "text/csv").body(text)
    };
    let (names, plan) = events(request(format!("name\n{lines}"))).await;
    let (last, before) = names.split_last().unwrap();
    assert_eq!(last, "plan");
    assert!(!before.is_empty() && before.iter().all(|name| name == "progress"), "{names:?}");
    assert!(plan["revision"].as_u64() > Some(1) && components(&running).await.len() == 100, "{plan}");
    let (names, problem) = events(request("name,colour\n".to_owned())).await;
    assert_eq!((names.last().unwrap().as_str(), &problem["status"]), ("problem", &json!(400)), "{problem}");
}
