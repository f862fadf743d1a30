//! Searches: who may, on what, and what, in pages.
//!
//! What is not there (an item, a user, a type) is found nowhere: an empty result, and no error. What is no
//! operation or action is an error, as it is in a question.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use governance::{Ask, Basis, QuestionText, Unanswered, View};
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use super::found::Found;
use super::page_token::{Place, SearchDigest};
use super::request::{SUBJECT, Search};
use super::{answer_json, response};
use crate::caller::{Asker, Caller};
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::{json, past};

/// So many results a page has when nobody says how many.
const USUAL_LIMIT: u32 = 1_000;
/// So many at most: as many as can be asked about at once.
const LARGEST_LIMIT: u32 = 10_000;

/// Everyone who may do this.
pub(crate) async fn subjects(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = json::body(&headers, body)?;
    let request: Search<'_> = json::read(&body)?;
    let asked = request.asked();
    let mut query = Query::new(Wanted::Subjects, &request)?;
    asked.write_action_to(&mut query.text)?;
    asked.write_item_to(&mut query.text)?;
    answer(server, caller, query, &request).await
}

/// Everything of a type on which somebody may do this.
pub(crate) async fn resources(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = json::body(&headers, body)?;
    let request: Search<'_> = json::read(&body)?;
    let asked = request.asked();
    let mut query = Query::new(Wanted::Resources, &request)?;
    asked.write_action_to(&mut query.text)?;
    asked.subject_id()?.clone_into(&mut query.text.user);
    let properties = asked.resource_properties();
    if properties.is_some_and(|it| it.replace.is_some() || it.by.is_some() || it.to.is_some()) {
        let said = "`replace`, `by` and `to` go with one item; a search for resources takes none of them";
        return Err(Problem::new(Kind::BadQuestion, said));
    }
    query.project_area = properties.and_then(|it| it.project_area.as_deref()).map(str::to_owned);
    answer(server, caller, query, &request).await
}

/// Everything that somebody may do with this.
pub(crate) async fn actions(
    State(server): State<Arc<Server>>,
    Asker(caller): Asker,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = json::body(&headers, body)?;
    let request: Search<'_> = json::read(&body)?;
    let asked = request.asked();
    let mut query = Query::new(Wanted::Actions, &request)?;
    asked.subject_id()?.clone_into(&mut query.text.user);
    asked.write_item_to(&mut query.text)?;
    answer(server, caller, query, &request).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Subjects,
    Resources,
    Actions,
}

/// What is searched for.
struct Query {
    wanted: Wanted,
    subject_type: String,
    resource_type: String,
    /// What is asked; without whom or what is searched for.
    text: QuestionText,
    project_area: Option<String>,
    as_of: Option<String>,
}

impl Query {
    fn new(wanted: Wanted, request: &Search<'_>) -> Result<Self, Problem> {
        let asked = request.asked();
        Ok(Self {
            wanted,
            subject_type: asked.subject_type()?.to_owned(),
            resource_type: asked.resource_type()?.to_owned(),
            text: QuestionText::default(),
            project_area: None,
            as_of: asked.as_of().map(str::to_owned),
        })
    }

    fn digest(&self, asker: &View) -> SearchDigest {
        let mut digest = Sha256::new_with_prefix([self.wanted as u8]);
        let mut put = |text: Option<&str>| {
            let length = text.map_or(u64::MAX, |text| text.len() as u64);
            digest.update(length.to_be_bytes());
            digest.update(text.unwrap_or_default());
        };
        let text = &self.text;
        for part in [&*asker.asker().id, &self.subject_type, &self.resource_type, &text.user, &text.operation]
        {
            put(Some(part));
        }
        for part in [&text.replace, &text.by, &text.to, &self.project_area, &self.as_of] {
            put(part.as_deref());
        }
        for part in std::iter::once(&text.item).chain(&text.actions) {
            put(Some(part));
        }
        digest.finalize().into()
    }

    fn find(&self, view: &View) -> Result<Found, Problem> {
        let elsewhere = self.wanted != Wanted::Resources
            && view.item(&self.text.item).is_some_and(|item| item.kind != self.resource_type);
        if self.subject_type != SUBJECT || elsewhere {
            return Ok(Found::NOTHING);
        }
        let found = match self.wanted {
            Wanted::Subjects => view
                .users_who_may(&self.text)
                .map(|users| Found::Users(users.into_iter().map(|(user, _)| user).collect())),
            Wanted::Resources => {
                let ask = self.ask()?;
                let project_area = self.project_area.as_deref();
                view.items_one_may(&self.text.user, &ask, Some(&self.resource_type), project_area)
                    .map(Found::Items)
            }
            Wanted::Actions => view.actions_one_may(&self.text).map(|actions| {
                Found::Actions(actions.into_iter().map(|(name, allowed)| (name, allowed.basis)).collect())
            }),
        };
        match found {
            Err(Unanswered::NoSuchItem(_)) => Ok(Found::NOTHING),
            other => Ok(other?),
        }
    }

    fn ask(&self) -> Result<Ask, Problem> {
        Ask::named(&self.text.operation, self.text.actions.iter().map(String::as_str))
            .map_err(|wrong| Problem::new(Kind::BadQuestion, wrong.to_string()))
    }

    /// The question about one member, as an evaluation would put it: nothing is shown that it does not allow.
    fn basis_of(&mut self, name: &str, view: &View) -> Option<Basis> {
        let asked = match self.wanted {
            Wanted::Subjects => &mut self.text.user,
            Wanted::Resources | Wanted::Actions => &mut self.text.item,
        };
        name.clone_into(asked);
        view.answer(&self.text).ok()?.decision.ok().map(|allowed| allowed.basis)
    }
}

async fn answer(
    server: Arc<Server>,
    caller: Caller,
    query: Query,
    request: &Search<'_>,
) -> Result<Response, Problem> {
    let digest = query.digest(&caller.view);
    let page = request.page.as_ref();
    let limit = page.and_then(|page| page.limit.as_ref()).map(|limit| limit.0);
    let token = page.and_then(|page| page.token.as_deref()).filter(|token| !token.is_empty());
    let (place, view) = match token {
        Some(token) => {
            let place = Place::of_token(token, &digest)?;
            if limit.is_some_and(|limit| within(limit) != place.limit) {
                let said = format!("`page.limit`: the token is of pages of {}", place.limit);
                return Err(Problem::new(Kind::BadQuestion, said));
            }
            let view = past::at(&server.office, &caller.view, place.revision).await?;
            (place, view)
        }
        None => {
            let (view, revision) = match &query.as_of {
                Some(moment) => past::as_of(&server.office, &caller.view, moment).await?,
                None => (caller.view, caller.revision),
            };
            let limit = limit.map_or(USUAL_LIMIT, within);
            (Place { revision, limit, shown: 0, last: String::new() }, view)
        }
    };
    // Leases of licences end without a revision: a search that begins where there are any is made anew.
    let is_stale = token.is_none() && view.licence_pools().next().is_some();
    let kept = server.searches.get(&digest, place.revision).filter(|_| !is_stale);
    let turn = if kept.is_none() { Some(server.searches.turn().await?) } else { None };
    let written = spawn_blocking(move || {
        let found = match kept {
            Some(found) => found,
            None => {
                let found = Arc::new(query.find(&view)?);
                if found.len() > place.limit as usize {
                    server.searches.put(digest, place.revision, Arc::clone(&found));
                }
                found
            }
        };
        drop(turn);
        write_page(query, &found, &view, &place, &digest)
    });
    let broken = |_| Problem::new(Kind::Internal, "the server's log says more");
    Ok(answer_json(written.await.map_err(broken)??))
}

fn within(limit: u64) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX).min(LARGEST_LIMIT)
}

fn write_page(
    mut query: Query,
    found: &Found,
    view: &View,
    place: &Place,
    digest: &SearchDigest,
) -> Result<Vec<u8>, Problem> {
    let begin = found.after(place.shown, &place.last, view).ok_or_else(|| {
        let said = "`page.token`: what was shown last is no longer found; search again from the first page";
        Problem::new(Kind::BadQuestion, said)
    })?;
    let end = begin.saturating_add(place.limit as usize).min(found.len());
    let mut results = response::Results::default();
    let mut last = None;
    for at in begin..end {
        let Some(name) = found.name(at, view) else { continue };
        match found {
            Found::Users(_) => {
                if let Some(basis) = query.basis_of(&name, view) {
                    results.entity(SUBJECT, &name, basis);
                }
            }
            Found::Items(_) => {
                if let Some(basis) = query.basis_of(&name, view) {
                    results.entity(&query.resource_type, &name, basis);
                }
            }
            Found::Actions(actions) => {
                if let Some((_, basis)) = actions.get(at) {
                    results.action(&name, *basis);
                }
            }
        }
        last = Some(name);
    }
    let next = (end < found.len()).then(|| {
        let shown = u32::try_from(end).unwrap_or(u32::MAX);
        let last = last.unwrap_or_else(|| place.last.clone());
        Place { shown, last, ..place.clone() }.token(digest)
    });
    Ok(results.page(next.as_deref().unwrap_or_default(), found.len(), place.revision))
}
