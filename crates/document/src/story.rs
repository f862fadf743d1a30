//! Stories: what a document expects of its own organisation (docs/organisation-document.md#stories).

use governance::{Organisation, QuestionText, decide};

use crate::raw::Expectation;
use crate::span::Span;

/// How one expectation came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What was asked.
    pub question: QuestionText,
    /// Where the expectation is written.
    pub span: Span,
    /// What is not as expected: none when it holds.
    pub failures: Vec<String>,
}

/// Asks every question of a story and compares the answers with what is expected.
pub fn run_story(organisation: &Organisation, expectations: &[Expectation]) -> Vec<Outcome> {
    expectations.iter().map(|expectation| run(organisation, expectation)).collect()
}

fn run(organisation: &Organisation, expectation: &Expectation) -> Outcome {
    let text = |text: &Option<crate::Text>| text.as_ref().map(|it| it.value.to_string());
    let question = QuestionText {
        user: expectation.user.value.to_string(),
        operation: expectation.operation.value.to_string(),
        actions: expectation.actions.iter().flatten().map(|it| it.value.to_string()).collect(),
        item: expectation.item.value.to_string(),
        replace: text(&expectation.replace),
        by: text(&expectation.by),
        to: text(&expectation.to),
    };
    let failures = match organisation.question(&question, organisation.leasable()) {
        Err(bad) => vec![bad.to_string()],
        Ok(asked) => {
            let answer = organisation.answer(&asked, &decide(organisation, &asked));
            let mut failures = Vec::new();
            let mut compare = |key: &str, expected: Option<String>, found: String| {
                if let Some(expected) = expected.filter(|expected| *expected != found) {
                    failures.push(format!("{key} is {found}, expected {expected}"));
                }
            };
            let word = |word: Option<&str>| word.unwrap_or("null").to_owned();
            compare(
                "allowed",
                expectation.allowed.as_ref().map(|it| it.value.to_string()),
                answer.allowed.to_string(),
            );
            let gate = expectation.gate.as_ref().map(|it| word(it.value.map(|gate| gate.word())));
            compare("gate", gate, word(answer.gate.as_deref()));
            let basis = expectation.basis.as_ref().map(|it| word(it.value.map(|basis| basis.word())));
            compare("basis", basis, word(answer.basis.as_deref()));
            let area = expectation.area.as_ref().map(|it| word(it.value.as_deref()));
            compare("area", area, word(answer.area.as_deref()));
            let list = |actions: Vec<&str>| format!("[{}]", actions.join(", "));
            let missing =
                expectation.missing.as_ref().map(|it| list(it.iter().map(|it| &*it.value).collect()));
            compare("missing", missing, list(answer.missing.iter().map(String::as_str).collect()));
            failures
        }
    };
    Outcome { question, span: expectation.span, failures }
}
