//! Searching components and configurations (docs/global-configurations.md#search).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use governance::{BadCriterion, Dates, Found, Place, SearchCriteria, View};
use schemars::JsonSchema;
use serde::Serialize;
use store::Revision;
use tokio::task::spawn_blocking;

use super::body::{Nothing, bad_query, parameters};
use super::component::{Component, component};
use super::configuration::{Configuration, configuration};
use super::cursor::List;
use super::journal::moment;
use super::question::json_of;
use super::request::Asked;
use super::route::{Api, Scope, Verb};
use crate::caller::Caller;
use crate::dates::{Dated, DatesFound, Periods};
use crate::handler::get;
use crate::problem::{Kind, Problem};
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    api.own_paged::<SearchCriteria, Nothing, SearchPage<Component>>(
        (Verb::Get, "/components"),
        "Search components.",
        Scope::Read,
        || get(components),
    )
    .of_any_moment();
    api.own_paged::<SearchCriteria, Nothing, SearchPage<Configuration>>(
        (Verb::Get, "/configurations"),
        "Search configurations.",
        Scope::Read,
        || get(configurations),
    )
    .of_any_moment();
}

/// A page of what a search has found.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SearchPageOf{T}")]
struct SearchPage<T> {
    items: Vec<T>,
    /// How many there are on all pages.
    total: usize,
    /// The `cursor` of the next page; null on the last.
    next: Option<String>,
}

async fn components(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
) -> Result<Response, Problem> {
    search(&server, &caller, asked, Dated::Components, View::search_components, component).await
}

async fn configurations(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
) -> Result<Response, Problem> {
    search(&server, &caller, asked, Dated::Configurations, View::search_configurations, configuration).await
}

pub(crate) type Search<N> =
    fn(&View, &SearchCriteria, &Dates<'_>, Option<&Place>, usize) -> Result<Found<N>, BadCriterion>;

async fn search<N, T>(
    server: &Server,
    caller: &Caller,
    asked: Asked,
    what: Dated,
    search: Search<N>,
    tell: fn(&View, governance::Id<N>, &N) -> T,
) -> Result<Response, Problem>
where
    N: governance::Seen,
    T: Serialize + Send + 'static,
{
    caller.allows(Scope::Read)?;
    let criteria: SearchCriteria = parameters("", &asked.pairs)?;
    let list = asked.list();
    let place = asked.cursor.as_deref().map(|cursor| list.search_place(cursor)).transpose()?;
    let (view, revision) = asked.view(server, caller).await?;
    let dates = dates(server, what, &criteria, (revision, asked.as_of.is_some())).await?;
    let limit = asked.limit;
    let found = spawn_blocking(move || {
        let found = search(&view, &criteria, &dates.dates(), place.as_ref(), limit).map_err(bad_criterion)?;
        let items = found.ids.iter().filter_map(|id| Some(tell(&view, *id, view.see(*id)?))).collect();
        let next = found.next.as_ref().map(|place| list.search_cursor(place)).transpose()?;
        Ok::<_, Problem>(SearchPage { items, total: found.total, next })
    });
    let page = found.await.map_err(|_| Problem::new(Kind::Internal, "the server's log says more"))??;
    json_of(server, revision, &page)
}

/// What a page of a search shows.
pub(crate) struct Searched<N> {
    pub(crate) ids: Vec<governance::Id<N>>,
    /// How many there are on all pages.
    pub(crate) total: usize,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

/// The same search, for a page whose address says the criteria as the API's does.
pub(crate) async fn searched<N: governance::Seen>(
    server: &Server,
    view: &View,
    revision: Revision,
    pairs: &[(String, String)],
    after: &str,
    (what, search): (Dated, Search<N>),
    limit: usize,
) -> Result<Searched<N>, Problem> {
    let criteria: SearchCriteria = parameters("", pairs)?;
    let list = List::of("", pairs);
    let place = if after.is_empty() { None } else { Some(list.search_place(after)?) };
    let dates = dates(server, what, &criteria, (revision, false)).await?;
    let view = view.clone();
    let found = spawn_blocking(move || {
        let found = search(&view, &criteria, &dates.dates(), place.as_ref(), limit).map_err(bad_criterion)?;
        let next = found.next.as_ref().map(|place| list.search_cursor(place)).transpose()?;
        Ok::<_, Problem>(Searched { ids: found.ids, total: found.total, next })
    });
    found.await.map_err(|_| Problem::internal())?
}

/// The dates that criteria name, looked up.
pub(super) async fn dates(
    server: &Server,
    what: Dated,
    criteria: &SearchCriteria,
    at: (Revision, bool),
) -> Result<DatesFound, Problem> {
    let instant = |name, text: &Option<String>| moment(name, text.clone());
    let periods = Periods {
        created: (
            instant("created_from", &criteria.created_from)?,
            instant("created_to", &criteria.created_to)?,
        ),
        modified: (
            instant("modified_from", &criteria.modified_from)?,
            instant("modified_to", &criteria.modified_to)?,
        ),
    };
    let office = &server.office;
    Ok(DatesFound::of(office.store(), &office.last_changes, what, criteria, periods, at).await?)
}

pub(super) fn bad_criterion(bad: BadCriterion) -> Problem {
    bad_query(bad.key, bad.said)
}
