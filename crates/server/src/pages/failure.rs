//! A form that was sent and not carried out: what was typed is kept, what is wrong is told beside the field
//! (docs/pages.md#forms).

use askama::Template;
use askama::filters::HtmlSafe;
use governance::value_in_words;
use serde_json::Value;

use super::sign_in::sentence;
use crate::problem::{Kind, Problem};

/// So many mistakes in a document are told of.
const TOLD: usize = 50;

/// Why a form was not carried out; writes itself above the form.
#[derive(Clone, Debug, Template)]
#[template(path = "part/failure.html")]
pub(crate) struct Failure {
    problem: Problem,
    pointer: Option<String>,
    /// What was changed meanwhile, beside what was sent.
    overtaken: Vec<Overtaken>,
}

/// A key that somebody else has changed meanwhile.
#[derive(Clone, Debug)]
struct Overtaken {
    key: String,
    now: String,
    sent: String,
}

impl HtmlSafe for Failure {}

impl Failure {
    /// What can be told beside a form; other problems have a page of their own.
    pub(crate) fn of(problem: Problem) -> Result<Self, Problem> {
        match problem.kind {
            Kind::BadValue
            | Kind::BadDocument
            | Kind::BadQuestion
            | Kind::Refused
            | Kind::Conflict
            | Kind::Overtaken
            | Kind::NoPrecondition
            | Kind::TooLarge
            | Kind::Busy
            | Kind::Full
            | Kind::FriendAway
            | Kind::RegistryAway => Ok(Self::new(problem)),
            _ => Err(problem),
        }
    }

    fn new(problem: Problem) -> Self {
        let pointer = problem.member("pointer").and_then(Value::as_str).map(str::to_owned);
        let overtaken = match problem.kind {
            Kind::Overtaken => overtaken(problem.member("current"), problem.member("yours")),
            _ => Vec::new(),
        };
        Self { problem, pointer, overtaken }
    }

    /// What is wrong with the field whose value is at this place of what is sent, or below it.
    pub(crate) fn wrong(&self, pointer: &str) -> Option<String> {
        let at = self.pointer.as_deref()?;
        let within = at.strip_prefix(pointer)?;
        (within.is_empty() || within.starts_with('/')).then(|| self.words())
    }

    /// The tag of what is there now, so that sending the form once more means it.
    pub(crate) fn tag(&self) -> Option<&str> {
        self.problem.member("etag").and_then(Value::as_str)
    }

    /// In words, without the place, which is told by where they stand.
    fn words(&self) -> String {
        if self.problem.kind == Kind::Overtaken {
            let below =
                if self.overtaken.is_empty() { "" } else { ": below is how it is now, and how you want it" };
            return format!("Somebody has changed it in the meantime{below}.");
        }
        let detail = &self.problem.detail;
        let place = self.pointer.as_ref().map(|pointer| format!("`{pointer}`: "));
        let said = place.and_then(|place| detail.strip_prefix(&place)).unwrap_or(detail);
        sentence(said)
    }
    /// What is wrong with a document, with the line where it is.
    fn mistakes(&self) -> Vec<String> {
        let listed = self.problem.member("problems").and_then(Value::as_array).into_iter().flatten();
        let one = |it: &Value| {
            let said = it["message"].as_str().unwrap_or_default();
            it["line"].as_u64().map_or_else(|| sentence(said), |line| format!("Line {line}: {said}"))
        };
        listed.take(TOLD).map(one).collect()
    }
    fn why(&self) -> Option<&str> {
        self.problem.member("explanation").and_then(Value::as_str)
    }
    /// The status that the page has.
    pub(crate) fn status(&self) -> axum::http::StatusCode {
        self.problem.kind.status()
    }
}

/// Each key that was sent and is another now.
fn overtaken(current: Option<&Value>, sent: Option<&Value>) -> Vec<Overtaken> {
    let sent = sent.and_then(Value::as_object).into_iter().flatten();
    let now = |key: &String| current.and_then(|it| it.get(key)).cloned().unwrap_or_default();
    sent.filter(|(key, value)| now(key) != **value)
        .map(|(key, value)| Overtaken {
            key: key.replace('_', " "),
            now: value_in_words(&now(key)),
            sent: value_in_words(value),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_told_at_its_field() {
        let problem = Problem::new(Kind::BadValue, "`/members/bob`: there is no user `bob`");
        let failure = Failure::of(problem.with("pointer", "/members/bob")).unwrap();
        assert_eq!(failure.wrong("/members").as_deref(), Some("There is no user `bob`."));
        assert_eq!((failure.wrong("/name"), failure.wrong("/member")), (None, None));
    }

    #[test]
    fn whoever_was_overtaken_sees_both_versions() {
        let problem = Problem::new(Kind::Overtaken, "somebody changed it")
            .with("current", json!({"name": "Tram", "summary": "Old", "access": "everyone"}))
            .with("yours", json!({"name": "Tram", "summary": "New"}))
            .with("etag", "\"b\"");
        let failure = Failure::of(problem).unwrap();
        assert_eq!(failure.tag(), Some("\"b\""));
        let html = failure.to_string();
        assert!(html.contains("Old") && html.contains("New") && !html.contains("Tram"), "{html}");
    }
}
