//! What docs/decision-api.md shows is what a server answers.

use std::path::Path;

use serde_json::Value;

use crate::running::{Database, Running, demo, password, told_by};

/// The requests that a page shows, each with the answer below it.
fn examples(page: &str) -> Vec<(String, Value)> {
    let block = |text: &str| text.split_once("\n```").map(|(block, _)| block.to_owned());
    let requests = page.split("\n```http\n").skip(1);
    let example = |text: &str| {
        let (_, after) = text.split_once("\n```json\n")?;
        Some((block(text)?, serde_json::from_str(&block(after)?).ok()?))
    };
    requests.map(|text| example(text).unwrap_or_else(|| panic!("no answer below {text}"))).collect()
}

#[tokio::test]
async fn the_examples_are_the_real_answers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let organisation = told_by(&read("stories/gcm/tuning-team.yaml"));
    let server = Running::start_on(organisation, Database::Sqlite, |config| config.demo = Some(demo())).await;
    let examples = examples(&read("docs/decision-api.md"));
    assert!(examples.len() > 5);
    for (shown, expected) in examples {
        let (line, body) = shown.split_once('\n').unwrap_or((&shown, ""));
        let request = match line.split_once(' ').unwrap() {
            ("GET", path) => server.get(path),
            (_, path) => server.post(path).header("content-type", "application/json").body(body.to_owned()),
        };
        let request = request.header("x-request-id", "4f9c2a71-12").basic_auth("ada", Some(password("ada")));
        let answer = request.send().await.unwrap().text().await.unwrap();
        let answer = answer.replace(&server.base, "https://elm.example.com");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer, expected, "{line} answers\n{answer:#}");
    }
}
