//! Requests, borrowed from their text.

use std::borrow::Cow;
use std::fmt;

use governance::QuestionText;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use crate::problem::{Kind, Problem};

/// One question or several, and what the several have in common. Keys that are not known are for others,
/// and passed over.
#[derive(Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    subject: Option<Subject<'a>>,
    #[serde(borrow)]
    action: Option<Action<'a>>,
    #[serde(borrow)]
    resource: Option<Resource<'a>>,
    #[serde(borrow)]
    context: Option<Context<'a>>,
    #[serde(borrow, default)]
    pub(super) evaluations: Vec<Evaluation<'a>>,
    options: Option<Options>,
}

/// One of several questions.
#[derive(Deserialize)]
pub(super) struct Evaluation<'a> {
    #[serde(borrow)]
    subject: Option<Subject<'a>>,
    #[serde(borrow)]
    action: Option<Action<'a>>,
    #[serde(borrow)]
    resource: Option<Resource<'a>>,
    #[serde(borrow)]
    context: Option<Context<'a>>,
}

#[derive(Deserialize)]
struct Subject<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
}

#[derive(Deserialize)]
struct Action<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    properties: Option<ActionProperties<'a>>,
}

#[derive(Deserialize)]
struct ActionProperties<'a> {
    #[serde(borrow, default)]
    actions: Vec<Text<'a>>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    properties: Option<ResourceProperties<'a>>,
}

#[derive(Deserialize)]
struct ResourceProperties<'a> {
    #[serde(borrow)]
    replace: Option<Text<'a>>,
    #[serde(borrow)]
    by: Option<Text<'a>>,
    #[serde(borrow)]
    to: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Context<'a> {
    #[serde(borrow)]
    as_of: Option<AsOf<'a>>,
}

#[derive(Clone, Copy, Deserialize)]
struct Options {
    evaluations_semantic: Option<Semantic>,
}

/// When to stop answering.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// A question, each part its own or the one in common.
#[derive(Clone, Copy)]
pub(super) struct Asked<'r> {
    subject: Option<&'r Subject<'r>>,
    action: Option<&'r Action<'r>>,
    resource: Option<&'r Resource<'r>>,
    context: Option<&'r Context<'r>>,
}

impl<'a> Request<'a> {
    /// What it asks by itself, or what its evaluations take from it.
    pub(super) fn common(&self) -> Asked<'_> {
        Asked {
            subject: self.subject.as_ref(),
            action: self.action.as_ref(),
            resource: self.resource.as_ref(),
            context: self.context.as_ref(),
        }
    }
    pub(super) fn semantic(&self) -> Semantic {
        self.options.and_then(|options| options.evaluations_semantic).unwrap_or_default()
    }
    /// The questions, in order.
    pub(super) fn each(&self) -> impl Iterator<Item = Asked<'_>> {
        let common = self.common();
        self.evaluations.iter().map(move |own| Asked {
            subject: own.subject.as_ref().or(common.subject),
            action: own.action.as_ref().or(common.action),
            resource: own.resource.as_ref().or(common.resource),
            context: own.context.as_ref().or(common.context),
        })
    }
}

impl<'r> Asked<'r> {
    pub(super) fn as_of(self) -> Option<&'r AsOf<'r>> {
        self.context?.as_of.as_ref()
    }

    /// Puts the question into `text`, whose memory is used again.
    pub(super) fn write_to(self, text: &mut QuestionText) -> Result<(), Problem> {
        let subject = self.subject.ok_or_else(|| missing("subject"))?;
        let action = self.action.ok_or_else(|| missing("action"))?;
        let resource = self.resource.ok_or_else(|| missing("resource"))?;
        if *subject.kind.0 != *"user" {
            let said = format!("`{}` is no type of subject; expected `user`", subject.kind.0);
            return Err(Problem::new(Kind::BadQuestion, said));
        }
        put(&mut text.user, &subject.id.0);
        put(&mut text.item, &resource.id.0);
        let (operation, first) = match action.name.0.split_once('/') {
            Some((operation, action)) => (operation, Some(action)),
            None => (&*action.name.0, None),
        };
        put(&mut text.operation, operation);
        let more = action.properties.iter().flat_map(|it| &it.actions).map(|action| &*action.0);
        let mut count = 0;
        for action in first.into_iter().chain(more) {
            match text.actions.get_mut(count) {
                Some(kept) => put(kept, action),
                None => text.actions.push(action.to_owned()),
            }
            count += 1;
        }
        text.actions.truncate(count);
        let properties = resource.properties.as_ref();
        let owned = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.0.to_string());
        text.replace = properties.and_then(|it| owned(&it.replace));
        text.by = properties.and_then(|it| owned(&it.by));
        text.to = properties.and_then(|it| owned(&it.to));
        Ok(())
    }

    /// The kind that the question says must be the item's.
    pub(super) fn check_kind(self, kind: &str) -> Result<(), Problem> {
        match self.resource {
            Some(resource) if *resource.kind.0 != *kind => {
                let said = format!("`{}` is a {kind}, not a `{}`", resource.id.0, resource.kind.0);
                Err(Problem::new(Kind::BadQuestion, said))
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn put(into: &mut String, text: &str) {
    into.clear();
    into.push_str(text);
}

fn missing(key: &str) -> Problem {
    Problem::new(Kind::BadQuestion, format!("`{key}` is missing"))
}

/// Text of the request; a copy only where it has escapes.
pub(super) struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Borrowing).map(Text)
    }
}

/// A revision or an instant, as text.
pub(super) struct AsOf<'a>(Cow<'a, str>);

impl AsOf<'_> {
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for AsOf<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Moment;
        impl<'de> Visitor<'de> for Moment {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a revision or an instant")
            }
            fn visit_u64<E: Error>(self, revision: u64) -> Result<Self::Value, E> {
                Ok(Cow::Owned(revision.to_string()))
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Moment).map(AsOf)
    }
}
