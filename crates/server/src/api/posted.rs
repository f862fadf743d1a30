//! Changes that pages ask for: the requests that programs make, judged and carried out in the same way
//! (docs/pages.md#forms).

use std::sync::{Arc, Mutex, PoisonError};

use governance::{ChangedProcess, Command, Event, Impact, View};
use serde_json::Value;

use super::bulk::steps;
use super::carry_out::{Wanted, make, refusal_of};
use super::etag::{self, Conditions};
use super::picked::{picked, taking};
use super::process_sharing::changed_processes;
use super::request::Asked;
use super::route::{Verb, Work};
use super::what_if::{allowed, thought_of};
use super::{ROOT, api, body, read as reading, refused};
use crate::caller::Caller;
use crate::office::Told;
use crate::problem::{Kind, Problem};
use crate::router::Server;

/// Requests to the table of routes, made together: all or none.
#[derive(Clone)]
pub(crate) struct Posted(Vec<Wanted>);

/// What has come of it.
pub(crate) struct Done {
    /// The path, below the API's, of the first thing that it made.
    pub(crate) created: Option<String>,
    /// The revision that it has made; none where there was nothing to change.
    pub(crate) revision: Option<u64>,
}

/// So many requests a form means at most: more than a bulk, since somebody has looked at what they come to.
pub(crate) const MOST: usize = 5000;

impl Posted {
    /// A request with a body, to a path below the API's: `/project-areas/3`.
    pub(crate) fn new(method: Verb, path: &str, sent: &Value) -> Result<Self, Problem> {
        let body = if sent.is_null() { Vec::new() } else { body::json(sent)? };
        Self::of_body(method, path, body)
    }
    /// The same with a text for a body, such as a process template.
    pub(crate) fn of_text(method: Verb, path: &str, text: &str) -> Result<Self, Problem> {
        Self::of_body(method, path, text.as_bytes().to_vec())
    }
    fn of_body(method: Verb, path: &str, body: Vec<u8>) -> Result<Self, Problem> {
        let (route, pairs) = api().at(method, path).ok_or_else(Problem::not_found)?;
        let asked = Asked::new(&format!("{ROOT}{}", route.path), pairs, "")?;
        let conditions = Some(Conditions { if_match: None, if_none_match: None });
        Ok(Self(vec![Wanted { route, asked, conditions, body: body.into(), key: None }]))
    }
    /// The last of the requests is made upon what has this tag, which [`read`] told.
    pub(crate) fn upon(mut self, tag: &str) -> Result<Self, Problem> {
        if let Some(last) = self.0.last_mut() {
            let if_match = Some(etag::sent(tag, "")?);
            last.conditions = Some(Conditions { if_match, if_none_match: None });
        }
        Ok(self)
    }
    /// Another one after it.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// All of these together; `None`: there is none.
    pub(crate) fn all(
        each: impl IntoIterator<Item = Result<Self, Problem>>,
    ) -> Result<Option<Self>, Problem> {
        let together = |before: Option<Self>, one: Result<Self, Problem>| {
            let all = match before {
                Some(before) => before.and(one?),
                None => one?,
            };
            if all.0.len() > MOST {
                let said = format!(
                    "that is more than {MOST} changes, and no more are made together: choose fewer at a time, \
                     such as those whom a filter finds"
                );
                return Err(Problem::new(Kind::TooLarge, said));
            }
            Ok(Some(all))
        };
        each.into_iter().try_fold(None, together)
    }

    /// Whether the asker is allowed it: what a button asks that would send it.
    pub(crate) fn judge(&self, view: &View) -> Result<(), Problem> {
        allowed(view, &self.0).map(drop)
    }

    /// Who would gain and who would lose by it, as far as the asker may ask, if they are allowed it.
    pub(crate) fn impact(&self, view: &View, go_on: impl FnMut() -> bool) -> Result<Impact, Problem> {
        let events = allowed(view, &self.0)?;
        Ok(view.impact_of(&events, go_on))
    }

    /// Who would gain and who would lose by it, whoever may make it, and what would be seen after it. As for
    /// programs, why it cannot be done as things are is told to those alone who may do it.
    pub(crate) fn thought_of(
        &self,
        view: &View,
        go_on: impl FnMut() -> bool,
    ) -> Result<(Impact, View), Problem> {
        let (commands, events) = thought_of(view, &self.0)?;
        let refused = |refusal| refused::of_refusal(view, refusal);
        view.processes_after(&commands).map_err(refused)?;
        let mut after = view.clone();
        for command in &commands {
            after = after.after(command).map_err(refused)?.0;
        }
        Ok((view.impact_of(&events, go_on), after))
    }

    /// What would be seen after it, whoever may make it.
    pub(crate) fn after(&self, view: &View) -> Result<View, Problem> {
        let (commands, _) = thought_of(view, &self.0)?;
        commands.iter().try_fold(view.clone(), |seen, command| {
            let after = seen.after(command).map_err(|refusal| refused::of_refusal(view, refusal))?;
            Ok(after.0)
        })
    }

    /// The processes that others may use and that it changes, of those that are the asker's to change.
    pub(crate) fn changed_processes(&self, view: &View) -> Result<Vec<ChangedProcess>, Problem> {
        changed_processes(view, &thought_of(view, &self.0)?.0)
    }

    pub(crate) async fn carry_out(self, server: &Server, caller: &Caller) -> Result<Done, Problem> {
        let wanted = Arc::new(self.0);
        let mut summary = wanted.first().map_or_else(|| "Change nothing".to_owned(), Wanted::summary);
        if wanted.len() > 1 {
            summary.push_str(&format!(", and {} more", wanted.len() - 1));
        }
        let people = picked(server, caller, &wanted).await?;
        // What each change of the last attempt does.
        let each = Arc::new(Mutex::new(Vec::<Vec<Event>>::new()));
        let (composing, noted) = (Arc::clone(&wanted), Arc::clone(&each));
        let compose = move |view: &View| {
            taking(view, &people, |view| match composing.as_slice() {
                // What it comes to is told to those alone who may do it.
                [one] => one.compose(view),
                several => {
                    let steps = steps(view, several)?.into_iter();
                    let (commands, events): (Vec<_>, Vec<_>) =
                        steps.map(|step| (step.command, step.events)).unzip();
                    *noted.lock().unwrap_or_else(PoisonError::into_inner) = events;
                    Ok(Command::together(commands))
                }
            })
        };
        let telling = Arc::clone(&wanted);
        // The path of what is made first.
        let told: Told = Arc::new(move |view, events| {
            let path = |wanted: &Wanted, events: &[Event]| {
                let created = wanted.change().ok()?.created?;
                (created.path)(view, events)
            };
            let made = match telling.as_slice() {
                [one] => path(one, events),
                several => {
                    let each = each.lock().unwrap_or_else(PoisonError::into_inner);
                    several.iter().zip(&*each).find_map(|(wanted, events)| path(wanted, events))
                }
            };
            made.unwrap_or_default()
        });
        match make(server, caller, summary.clone(), None, told, compose).await {
            Ok(made) => Ok(Done {
                created: Some(made.told).filter(|path| !path.is_empty()),
                revision: made.has_changed.then(|| made.revision.number()),
            }),
            Err(error) => Err(refusal_of(server, caller, &summary, error).await),
        }
    }
}

/// What a route shows at a path below the API's, and the tag under which it can be changed.
pub(crate) fn read(view: &View, path: &str) -> Result<(Value, String), Problem> {
    let (route, pairs) = api().at(Verb::Get, path).ok_or_else(Problem::not_found)?;
    if !matches!(route.work, Work::Read(_)) {
        return Err(Problem::not_found());
    }
    let bytes = reading::bytes(route, view, &Asked { pairs, ..Asked::default() })?;
    let value = serde_json::from_slice(&bytes).map_err(|_| Problem::internal())?;
    Ok((value, etag::of(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_means_so_many_changes_and_no_more() {
        let one = || Posted::new(Verb::Put, "/users/bob/licenses/elm-practitioner", &Value::Null);
        let most = Posted::all((0..MOST).map(|_| one())).unwrap_or_default();
        assert_eq!(most.map(|it| it.0.len()), Some(MOST));
        let more = Posted::all((0..=MOST).map(|_| one())).map(drop);
        assert!(more.is_err_and(|problem| problem.detail.contains("choose fewer at a time")));
    }
}
