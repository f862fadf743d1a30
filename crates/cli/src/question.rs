//! Questions as arguments: `USER OPERATION/ACTION ITEM`.

use clap::Args;
use governance::{Ask, BadQuestion, BadReference, OperationId, Organisation, Question, QuestionText};

use crate::failure::{Failure, note};

/// What some actions need besides.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Companions {
    /// With `replace-contribution`: the configuration or URI contributed now
    #[arg(long, value_name = "OLD", requires = "by")]
    replace: Option<String>,
    /// With `replace-contribution`: the configuration or URI that takes its place
    #[arg(long, value_name = "NEW", requires = "replace")]
    by: Option<String>,
    /// With `move`: the new parent
    #[arg(long, value_name = "AREA")]
    to: Option<String>,
}

/// `gc.save-stream/modify-attributes+archive` → the operation and its actions.
fn operation_and_actions(text: &str) -> (&str, Vec<String>) {
    let Some((operation, actions)) = text.split_once('/') else { return (text, Vec::new()) };
    let split: Vec<&str> = actions.split('+').collect();
    // An identifier may have a plus too: `create/type/c++`.
    let known = |path: &&str| OperationId::from_name(operation).is_some_and(|it| it.action(path).is_ok());
    let whole = !split.iter().all(known) && known(&actions);
    let actions =
        if whole { vec![actions.to_owned()] } else { split.into_iter().map(str::to_owned).collect() };
    (operation, actions)
}

/// The question that some arguments ask, as text.
pub(crate) fn question_text(
    user: &str,
    operation: &str,
    item: &str,
    companions: &Companions,
) -> QuestionText {
    let (operation, actions) = operation_and_actions(operation);
    QuestionText {
        user: user.to_owned(),
        operation: operation.to_owned(),
        actions,
        item: item.to_owned(),
        replace: companions.replace.clone(),
        by: companions.by.clone(),
        to: companions.to.clone(),
    }
}

/// The question that a text asks. Offline, anybody could lease from every pool that has a seat.
pub(crate) fn question(organisation: &Organisation, text: &QuestionText) -> anyhow::Result<Question> {
    organisation.question(text, organisation.leasable()).map_err(|error| match &error {
        BadQuestion::Item(BadReference::Unknown(item)) => match organisation.nearest_reference(item) {
            Some(near) => Failure::new(&error, format_args!("did you mean `{near}`?")).into(),
            None => bad_question(&error),
        },
        _ => bad_question(&error),
    })
}

/// Says that there is no such user, which is no error.
pub(crate) fn note_unknown_user(organisation: &Organisation, id: &str) {
    let near = organisation.nearest_user(id).map(|near| format!("; did you mean `{near}`?"));
    note(format_args!("no user has the id `{id}`{}", near.unwrap_or_default()));
}

/// What is asked, of whatever item.
pub(crate) fn ask(operation: &str) -> anyhow::Result<Ask> {
    let (name, actions) = operation_and_actions(operation);
    let ask = Ask::named(name, actions.iter().map(String::as_str));
    ask.and_then(|ask| ask.of_any_item().map(|()| ask)).map_err(|error| bad_question(&error))
}

pub(crate) const BAD_QUESTION_HELP: &str =
    "`bailiwick explain --help` has an example; items: docs/organisation-document.md#references";

fn bad_question(cause: &impl std::fmt::Display) -> anyhow::Error {
    Failure::new(cause, BAD_QUESTION_HELP).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_joined_by_a_plus_unless_it_belongs_to_an_identifier() {
        for (text, operation, actions) in [
            ("read", "read", vec![]),
            ("gc.save-stream/archive", "gc.save-stream", vec!["archive"]),
            ("gc.save-stream/archive+create", "gc.save-stream", vec!["archive", "create"]),
            ("ccm.save-work-item/create/type/c++", "ccm.save-work-item", vec!["create/type/c++"]),
            ("gc.save-stream/archive+nonsense", "gc.save-stream", vec!["archive", "nonsense"]),
        ] {
            let (found, list) = operation_and_actions(text);
            assert_eq!((found, list.iter().map(String::as_str).collect()), (operation, actions), "{text}");
        }
    }
}
