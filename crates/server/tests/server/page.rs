use crate::running::{BETA, Database, MODIFY, MOTOR, Running, why};

/// The text of a page, without tags and with single blanks.
fn text_of(page: &str) -> String {
    let mut text = String::new();
    for piece in page.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, after)| after));
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn bob_reads_why_he_may_not_modify_the_motor() {
    let server = Running::start(Database::Sqlite).await;
    let page = server.page_as("bob", &why("/why", "bob", MODIFY, MOTOR)).await;
    let text = text_of(&page);
    for expected in [
        "Refused",
        "Bob may not modify attributes of ⟿ Motor 1.0",
        "Governed by Electric Vehicle",
        "the Team Area of Motor 1.0 is Unassigned (inherited from Motor)",
        "Bob is Configuration Lead (configuration-lead)",
        "Everyone every active user has it grants nothing asked",
        "No entry for gc.save-stream",
        "What would allow it",
        "Assign Tuning Team to the stream Motor 1.0",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let explanation = server.explanation("bob", "gc.save-stream", "modify-attributes", MOTOR);
    for remedy in &explanation.remedies {
        for sentence in &remedy.changes {
            assert!(text.contains(sentence), "{sentence}");
        }
    }
}

#[tokio::test]
async fn bob_reads_why_he_may_modify_his_teams_stream() {
    let server = Running::start(Database::Sqlite).await;
    for path in ["/why", "/explain"] {
        let text = text_of(&server.page_as("bob", &why(path, "bob", MODIFY, BETA)).await);
        for expected in [
            "Allowed",
            "Bob may modify attributes of ⟿ Motor - Performance Beta 0.0",
            "Governed by Tuning Team",
            "Configuration Lead assigned in Tuning Team grants modify-attributes",
            "decides",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert!(!text.contains("What would allow it"));
    }
}

#[tokio::test]
async fn the_form_keeps_what_was_asked() {
    let server = Running::start(Database::Sqlite).await;
    let page = server.page_as("bob", &why("/why", "bob", MODIFY, MOTOR)).await;
    assert!(page.contains(
        "id=\"operation\" name=\"operation\" list=\"operations\" value=\"gc.save-stream/modify-attributes\""
    ));
    assert!(page.contains("value=\"gc:Electric Vehicle#Motor/stream:Motor 1.0\""));
    // What was typed wrongly is shown, harmlessly.
    let path = why("/why", "bob", "<script>alert(1)</script>", MOTOR);
    let page = server.page_as("bob", &path).await;
    assert!(page.contains("role=\"alert\"") && !page.contains("<script>"));
}

#[tokio::test]
async fn an_empty_page_says_how_to_begin() {
    let server = Running::start(Database::Sqlite).await;
    let page = server.page_as("bob", "/why").await;
    assert!(
        page.contains("Ask a question") && page.contains("May I modify attributes of the stream Motor 1.0?")
    );
}

#[tokio::test]
async fn every_page_has_one_heading_landmarks_and_labels() {
    let server = Running::start(Database::Sqlite).await;
    for path in ["/".to_owned(), why("/why", "bob", MODIFY, MOTOR), "/nowhere".to_owned()] {
        let page = server.page_as("bob", &path).await;
        let count = |what: &str| page.matches(what).count();
        assert_eq!((count("<h1"), count("<main"), count("<header class=\"bar\"")), (1, 1, 1), "{path}");
        assert!(page.contains("<html lang=\"en\"") && page.contains("href=\"#main\""), "{path}");
        for (at, _) in page.match_indices("<input id=\"") {
            let id = page[at + 11..].split('"').next().unwrap();
            assert!(page.contains(&format!("<label for=\"{id}\"")), "{id}");
        }
    }
}
