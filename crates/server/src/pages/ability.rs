//! Whether a button does what it says: asked of the engine that will be asked when it is pressed
//! (docs/pages.md#abilities).

use std::time::{Duration, Instant};

use governance::{QuestionText, View};
use serde_json::Value;

use super::sign_in::sentence;
use crate::api::{Posted, explanation};
use crate::problem::{Kind, Problem};

/// So long it is asked which of many ways the visitor may go; of the others it shows when they are tried.
pub(crate) const LOOKED_FOR: Duration = Duration::from_millis(50);

/// Whether the visitor may do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ability {
    Allowed,
    /// Somebody else could, whose view this is.
    Previewed(String),
    Refused(Refused),
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// In a sentence.
    pub(crate) because: String,
    /// The address that explains it and says what would allow it, if a decision refuses; that of what is in
    /// the way otherwise, where it has one.
    pub(crate) why: Option<String>,
    /// What is said of that address.
    link: &'static str,
}

impl Ability {
    /// To do something to an item: `OPERATION/ACTION` with its reference.
    pub(crate) fn to_do(view: &View, deed: &str, item: &str) -> Self {
        let (operation, actions) = match deed.split_once('/') {
            Some((operation, actions)) => (operation, actions.split('+').map(str::to_owned).collect()),
            None => (deed, Vec::new()),
        };
        let text = QuestionText {
            user: view.asker().id.to_string(),
            operation: operation.to_owned(),
            actions,
            item: item.to_owned(),
            ..QuestionText::default()
        };
        match view.answer(&text) {
            Ok(answer) => match &answer.decision {
                Ok(_) => Self::Allowed,
                Err(refused) => {
                    let told = view.refused(&answer.question, refused);
                    Self::refused(&told.sentence, Some(explanation(&told.question)))
                }
            },
            Err(unanswered) => Self::refused(&unanswered.to_string(), None),
        }
    }

    /// To make a change, as a form would send it.
    pub(crate) fn to_make(view: &View, change: Result<Posted, Problem>) -> Self {
        match change.and_then(|posted| posted.judge(view)) {
            Ok(()) => Self::Allowed,
            Err(problem) => Self::from(&problem),
        }
    }

    /// Whether one of several ways is open, and the first that is; else why the first of all is not. Those
    /// that are not looked at in time are left to the try.
    pub(crate) fn of_any<T>(
        ways: impl IntoIterator<Item = T>,
        ability: impl Fn(&T) -> Self,
    ) -> (Self, Option<T>) {
        let until = Instant::now() + LOOKED_FOR;
        let mut first = None;
        for way in ways {
            match ability(&way) {
                Self::Allowed => return (Self::Allowed, Some(way)),
                refused if Instant::now() < until => first = first.or(Some(refused)),
                _ => return (Self::Allowed, None),
            }
        }
        (first.unwrap_or(Self::Allowed), None)
    }

    pub(crate) fn refused(because: &str, why: Option<String>) -> Self {
        Self::Refused(Refused { because: sentence(because), why, link: "Why, and what would allow it" })
    }
    /// It may be done, and something has to be done before, which is at this address.
    pub(crate) fn in_the_way(because: &str, address: String, link: &'static str) -> Self {
        Self::Refused(Refused { because: sentence(because), why: Some(address), link })
    }
    pub(crate) fn is_allowed(&self) -> bool {
        *self == Self::Allowed
    }
    /// The first of two that is no permission.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        if self.is_allowed() { other } else { self }
    }
    /// Why not, for people.
    pub(crate) fn because(&self) -> String {
        match self {
            Self::Allowed => String::new(),
            Self::Previewed(name) => format!("In a preview nothing is changed. {name} could do this."),
            Self::Refused(refused) => refused.because.clone(),
        }
    }
    /// Where it is explained.
    pub(crate) fn why(&self) -> Option<&str> {
        if let Self::Refused(refused) = self { refused.why.as_deref() } else { None }
    }
    /// What is said of where it is explained.
    pub(crate) fn link(&self) -> &'static str {
        if let Self::Refused(refused) = self { refused.link } else { "" }
    }
}

impl From<&Problem> for Ability {
    fn from(problem: &Problem) -> Self {
        let why = problem.member("explanation").and_then(Value::as_str).map(str::to_owned);
        let because = match problem.kind {
            Kind::NotFound => "there is no such thing any more",
            _ => &problem.detail,
        };
        Self::refused(because, why)
    }
}
