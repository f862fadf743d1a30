//! Why can, why can't: a question in the query, its answer with everything that led to it as JSON.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use governance::{Explanation, QuestionText, View};
use store::Revision;

use crate::in_turn::in_turn;
use crate::negotiate::{Form, preferred};
use crate::pages;
use crate::pages::visitor::Asking;
use crate::past::as_of;
use crate::problem::{Kind, Problem};
use crate::router::Server;

/// A question as an address has it: `user`, `operation` (or `OPERATION/ACTION + ACTION`), `action`s,
/// `item`, `replace`, `by`, `to`, `as_of`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) text: QuestionText,
    pub(crate) as_of: Option<String>,
}

impl Asked {
    /// Reads a query; without a user it is about the asker. Empty values are as good as none: a form sends
    /// every field.
    pub(crate) fn by(view: &View, query: Option<&str>) -> Self {
        let mut asked = Self::default();
        let text = &mut asked.text;
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        for (key, value) in pairs.filter(|(_, value)| !value.trim().is_empty()) {
            let value = value.trim().to_owned();
            match &*key {
                "user" => text.user = value,
                "operation" => match value.split_once('/') {
                    Some((operation, action)) => {
                        text.operation = operation.trim().to_owned();
                        text.actions.extend(each_action(action));
                    }
                    None => text.operation = value,
                },
                "action" => text.actions.push(value),
                "item" => text.item = value,
                "replace" => text.replace = Some(value),
                "by" => text.by = Some(value),
                "to" => text.to = Some(value),
                "as_of" => asked.as_of = Some(value),
                _ => {}
            }
        }
        if asked.text.user.is_empty() {
            asked.text.user = view.asker().id.to_string();
        }
        asked
    }

    /// Whether there is something to answer.
    pub(crate) fn is_complete(&self) -> bool {
        !self.text.operation.is_empty() && !self.text.item.is_empty()
    }
}

/// The actions that a text names, with `+` between them; an identifier may end in one.
pub(crate) fn each_action(text: &str) -> Vec<String> {
    let pieces = |between: &str| text.split(between).map(|it| it.trim().to_owned()).collect::<Vec<_>>();
    let found = pieces("+");
    let found = if found.iter().any(String::is_empty) { pieces(" + ") } else { found };
    found.into_iter().filter(|it| !it.is_empty()).collect()
}

/// Explains, away from the threads that serve: what would allow something is found by trying.
pub(crate) async fn explained(
    server: &Server,
    (view, revision): (&View, Revision),
    asked: &Asked,
) -> Result<(Explanation, Revision), Problem> {
    let (view, revision) = match &asked.as_of {
        Some(text) => as_of(&server.office, view, text).await?,
        None => (view.clone(), revision),
    };
    let text = asked.text.clone();
    let explanation = in_turn(server, move || view.explain(&text)).await??;
    server.metrics.decided(explanation.answer.allowed);
    Ok((explanation, revision))
}

pub(crate) async fn json(
    State(server): State<Arc<Server>>,
    Asking(visitor): Asking,
    uri: Uri,
) -> Result<Response, Problem> {
    let (view, revision) = (visitor.view(), visitor.caller.revision);
    let (explanation, _) = explained(&server, (view, revision), &Asked::by(view, uri.query())).await?;
    let body = serde_json::to_vec(&explanation).map_err(|_| Problem::new(Kind::Internal, "no JSON"))?;
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

pub(crate) async fn by_accept(
    state: State<Arc<Server>>,
    headers: HeaderMap,
    asking: Asking,
    uri: Uri,
) -> Result<Response, Problem> {
    match preferred(&headers) {
        Form::Html => pages::why::show(state, asking, uri).await,
        Form::Json => json(state, asking, uri).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_actions_are_named_with_a_plus_between_them() {
        for (text, actions) in [
            ("archive", &["archive"][..]),
            ("archive+modify-links", &["archive", "modify-links"]),
            ("archive + modify-links", &["archive", "modify-links"]),
            ("create/type/C++", &["create/type/C++"]),
            ("", &[]),
        ] {
            assert_eq!(each_action(text), actions, "{text}");
        }
    }
}
