//! Questions as text.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use thiserror::Error;

use super::BadReference;
use crate::catalogue::{Action, LicenceSet, OperationId, RepositoryOperation, Special, UnknownAction};
use crate::configuration::{ConfigurationId, Contribution};
use crate::decision::{applies, asks_of};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::question::{Ask, Question, With};
use crate::text::nearest;

/// A question as text: a line of `check`, a story's expectation, the parameters of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionText {
    /// The user's id; an unknown one is no error but gate AUTH.
    pub user: String,
    /// The operation: `read`, `context.set`, `repository.…` or one of the catalogue.
    pub operation: String,
    /// The actions: leaves of the operation's tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// The item's reference.
    pub item: String,
    /// `replace-contribution`: the configuration or URI contributed now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<String>,
    /// `replace-contribution`: the configuration or URI that takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// `move`: the new parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// So many different actions a question asks for.
const MOST_ACTIONS: usize = 100;

/// A question that cannot be asked: an error in its place, before any gate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum BadQuestion {
    #[error(transparent)]
    Item(#[from] BadReference),
    #[error("unknown operation `{operation}`{}", nearest.as_ref().map(|it| format!("; did you mean `{it}`?")).unwrap_or_default())]
    Operation { operation: String, nearest: Option<&'static str> },
    #[error(transparent)]
    Action(#[from] UnknownAction),
    #[error("`{operation}` needs at least one action; its actions are {known}")]
    NoAction { operation: OperationId, known: String },
    #[error("`{0}` takes no actions")]
    ActionsNotTaken(String),
    #[error("a question asks for at most {MOST_ACTIONS} actions")]
    TooManyActions,
    #[error("`{asked}` does not apply to a {kind} (`{item}`)")]
    DoesNotApply { asked: String, kind: &'static str, item: String },
    #[error("`move` needs `to`: the new parent, a project area or team area of the same project area")]
    MoveWithoutParent,
    #[error("`{0}` is not a project area or team area of the same project area")]
    NoParent(String),
    #[error("`{key}` is taken with the action `{action}` only")]
    KeyNotTaken { key: &'static str, action: &'static str },
    #[error("a replacement names both sides, `replace` and `by`, or neither")]
    OneSide,
    #[error("`{0}` is not a configuration of the same project area, nor a URI")]
    NoSide(String),
    #[error("`{0}` is no contribution of the item")]
    NoContribution(String),
}

impl Organisation {
    /// The question that a text asks. `leases` are the floating licences that the user holds or could lease.
    ///
    /// # Errors
    /// When the item, operation or an action is unknown, or the operation does not apply to the item.
    pub fn question(&self, text: &QuestionText, leases: LicenceSet) -> Result<Question, BadQuestion> {
        let item = self.item_at(&text.item)?;
        let ask = self.ask(text, item)?;
        Ok(Question { user: self.user_by_id(&text.user), ask, item, leases })
    }

    fn ask(&self, text: &QuestionText, item: Item) -> Result<Ask, BadQuestion> {
        let ask = Ask::named(&text.operation, text.actions.iter().map(String::as_str))?;
        let does_not_apply = |asked: String| {
            let (kind, item) = (self.kind_of(item), text.item.clone());
            Err(BadQuestion::DoesNotApply { asked, kind, item })
        };
        if let Ask::Perform(operation, actions, _) = &ask {
            if let Some(action) = actions.iter().find(|action| !applies(self, action, item)) {
                return does_not_apply(format!("{operation}/{action}"));
            }
        } else if !asks_of(self, &ask, item) {
            return does_not_apply(text.operation.clone());
        }
        self.with_companions(text, item, ask)
    }

    /// The ask with what the text says besides.
    pub(crate) fn with_companions(
        &self,
        text: &QuestionText,
        item: Item,
        mut ask: Ask,
    ) -> Result<Ask, BadQuestion> {
        let asks = |special: Special| {
            matches!(&ask, Ask::Perform(_, actions, _)
            if actions.iter().any(|action| action.leaf.is(special)))
        };
        let (moves, replaces) = (asks(Special::Move), asks(Special::ReplaceContribution));
        if !moves && text.to.is_some() {
            return Err(BadQuestion::KeyNotTaken { key: "to", action: "move" });
        }
        if !replaces && text.replace.is_some() {
            return Err(BadQuestion::KeyNotTaken { key: "replace", action: "replace-contribution" });
        }
        if !replaces && text.by.is_some() {
            return Err(BadQuestion::KeyNotTaken { key: "by", action: "replace-contribution" });
        }
        let with = match (&text.replace, &text.by) {
            _ if moves => {
                let to = text.to.as_deref().ok_or(BadQuestion::MoveWithoutParent)?;
                match self.item_at(to).or_else(|_| self.area_at(to).map(Item::Area))? {
                    Item::Area(area) if self.project_of_item(item) == Some(self.project_of(area)) => {
                        With::NewParent(area)
                    }
                    _ => return Err(BadQuestion::NoParent(to.to_owned())),
                }
            }
            (None, None) => With::Nothing,
            (Some(old), Some(new)) => {
                let (old_side, new_side) = (self.side(item, old)?, self.side(item, new)?);
                let contributes = |parent: ConfigurationId| {
                    self.contributions(parent).iter().any(|it| match it {
                        Contribution::Configuration(id) => Some(*id) == old_side,
                        Contribution::Local(uri) => old_side.is_none() && **uri == **old,
                    })
                };
                match item {
                    Item::Configuration(parent) if contributes(parent) => {
                        With::Replacement { old: old_side, new: new_side }
                    }
                    _ => return Err(BadQuestion::NoContribution(old.clone())),
                }
            }
            _ => return Err(BadQuestion::OneSide),
        };
        if let Ask::Perform(_, _, slot) = &mut ask {
            *slot = with;
        }
        Ok(ask)
    }

    /// One side of a replacement: a configuration of the same project area, or `None` for a URI.
    fn side(&self, parent: Item, text: &str) -> Result<Option<ConfigurationId>, BadQuestion> {
        if is_uri(text) {
            return Ok(None);
        }
        match self.item_at(text)? {
            Item::Configuration(id)
                if self.project_of_item(Item::Configuration(id)) == self.project_of_item(parent) =>
            {
                Ok(Some(id))
            }
            _ => Err(BadQuestion::NoSide(text.to_owned())),
        }
    }
}

impl Ask {
    /// What an operation and its actions ask, of whatever item; an action that is named twice is asked once.
    ///
    /// # Errors
    /// When the operation or an action is unknown, or there are too few or too many actions.
    pub fn named<'a>(
        operation: &str,
        actions: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, BadQuestion> {
        let mut paths = actions.into_iter();
        let bare = match operation {
            "read" => Some(Self::Read),
            "context.set" => Some(Self::SetContext),
            name => RepositoryOperation::from_name(name).map(Self::Repository),
        };
        if let Some(ask) = bare {
            return match paths.next() {
                None => Ok(ask),
                Some(_) => Err(BadQuestion::ActionsNotTaken(operation.to_owned())),
            };
        }
        let operation = OperationId::from_name(operation).ok_or_else(|| unknown_operation(operation))?;
        let mut actions: SmallVec<[Action; 1]> = SmallVec::new();
        for path in paths {
            let action = operation.action(path)?;
            if !actions.contains(&action) {
                actions.push(action);
            }
            if actions.len() > MOST_ACTIONS {
                return Err(BadQuestion::TooManyActions);
            }
        }
        if actions.is_empty() {
            let known: Vec<_> = operation.leaves().map(|leaf| leaf.path()).collect();
            return Err(BadQuestion::NoAction { operation, known: known.join(", ") });
        }
        Ok(Self::Perform(operation, actions, With::Nothing))
    }

    /// Whether it can be asked of items that are yet to be found.
    ///
    /// # Errors
    /// For a move, whose new parent must be one of the item's own project area.
    pub fn of_any_item(&self) -> Result<(), BadQuestion> {
        match self {
            Self::Perform(_, actions, _) if actions.iter().any(|action| action.leaf.path() == "move") => {
                Err(BadQuestion::MoveWithoutParent)
            }
            _ => Ok(()),
        }
    }
}

fn unknown_operation(name: &str) -> BadQuestion {
    let known = OperationId::all()
        .map(OperationId::name)
        .chain(RepositoryOperation::all().map(RepositoryOperation::name))
        .chain(["read", "context.set"]);
    BadQuestion::Operation { operation: name.to_owned(), nearest: nearest(name, known) }
}

/// Whether a contribution is written as a URI rather than as a reference.
pub fn is_uri(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        !scheme.is_empty()
            && scheme.bytes().all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it))
            && !rest.is_empty()
            && !rest.contains(|letter: char| letter.is_whitespace() || letter.is_control())
    })
}

impl fmt::Display for QuestionText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.user, self.operation)?;
        if !self.actions.is_empty() {
            write!(f, "/{}", self.actions.join(" + "))?;
        }
        write!(f, " {}", self.item)
    }
}
