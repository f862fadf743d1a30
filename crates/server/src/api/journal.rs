//! The journal: who changed what, when and by what right; the history of an item (docs/rest-api.md#journal).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use governance::{Event, Impact, Item, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Changed, Entry, FactKey, HistoryOf, JournalFilter, Moment, Revision};

use super::body::{self, bad_query, parameters};
use super::journal_lines::{JournalLine, Lines};
use super::log::{Form, audits, everything, told};
use super::request::Asked;
use super::resolve::found;
use super::route::{Api, CSV, JSON, JSON_LINES, Scope, Verb};
use super::word::{Word, Worded};
use crate::caller::Caller;
use crate::handler::get;
use crate::past::as_of;
use crate::problem::Problem;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    let read = Scope::Read;
    api.own_paged::<JournalQuery, body::Nothing, JournalPage>(
        (Verb::Get, "/journal"),
        "Search the journal.",
        read,
        || get(journal),
    )
    .or_lines_of::<JournalLine<'static>>()
    .gives(&[JSON, JSON_LINES, CSV]);
    api.own_paged::<RevisionPath, body::Nothing, RevisionRead>(
        (Verb::Get, "/journal/{revision}"),
        "Read a revision.",
        read,
        || get(revision),
    );
    api.own_paged::<HistoryQuery, body::Nothing, HistoryPage>(
        (Verb::Get, "/history"),
        "Read the history of an item.",
        read,
        || get(history),
    );
}

/// Which entries of the journal.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct JournalQuery {
    /// Made at this instant or later.
    from: Option<String>,
    /// Made before this instant.
    to: Option<String>,
    /// Made by the user of this id.
    by: Option<String>,
    /// Made through this: `token NAME`, `consumer NAME`, `registry NAME`, …
    via: Option<String>,
    /// Made from this network address.
    address: Option<String>,
    /// Made by this right.
    basis: Option<Word<Right>>,
    /// With this text in the summary.
    text: Option<String>,
    /// That changed a fact of this kind, such as `configuration`.
    kind: Option<String>,
    /// Default: what `Accept` asks for, else a page.
    format: Option<Form>,
    /// True, where everything is answered: each fact that a revision changed is a line of its own.
    changes: Option<bool>,
}

/// By what right something was done: the basis of a decision, or what is asked nothing.
#[derive(Clone, Copy)]
struct Right(&'static str);

impl Worded for Right {
    fn all() -> impl Iterator<Item = Self> {
        ["role", "override", "group", "owner", "read", "operator", "registry"].into_iter().map(Self)
    }
    fn word(self) -> &'static str {
        self.0
    }
}

/// A page of the journal, the newest entry first.
#[derive(Serialize, JsonSchema)]
struct JournalPage {
    items: Vec<JournalEntry>,
    next: Option<String>,
}

/// What the journal says of a revision.
#[derive(Serialize, JsonSchema)]
pub(super) struct JournalEntry {
    pub(super) revision: u64,
    /// An instant (RFC 3339).
    pub(super) at: String,
    /// The id of the user who did it.
    pub(super) by: String,
    /// Through what: `token NAME` of an access token, `consumer NAME` of a consumer key, `registry NAME`, …
    pub(super) via: Option<String>,
    /// The network address from which.
    pub(super) address: Option<String>,
    /// By what right: `role`, `override`, `group`, `owner` or `read`; `operator`: who can write the database;
    /// `registry`: what tells who people are.
    pub(super) basis: String,
    pub(super) summary: String,
    /// Of a change of what governs something: who gained and who lost by it.
    impact: Option<Impact>,
}

pub(super) fn journal_entry(revision: Revision, entry: Entry) -> JournalEntry {
    JournalEntry {
        revision: revision.number(),
        at: instant(entry.at),
        by: entry.by,
        via: entry.via,
        address: entry.address,
        basis: entry.basis,
        summary: entry.summary,
        impact: entry.impact.and_then(|text| {
            let read = serde_json::from_str(&text);
            read.inspect_err(|error| tracing::error!(%error, "an impact in the journal is not understood"))
                .ok()
        }),
    }
}

/// A revision with what it changed.
#[derive(Serialize, JsonSchema)]
struct RevisionRead {
    #[serde(flatten)]
    entry: JournalEntry,
    changes: Vec<FactChange>,
    /// The `cursor` of the changes that follow.
    next: Option<String>,
}

/// What became of a fact.
#[derive(Serialize, JsonSchema)]
pub(crate) struct FactChange {
    /// The kind of fact, such as `configuration` or `member`.
    pub(crate) kind: String,
    /// What it is about, or a list that begins with it. Here and in `before` and `after`,
    /// `{"number", "name"}` stands for whatever has a number: a user's id, the name of an access group or
    /// process template, the reference of an item; null for what is gone, or not for you to see.
    pub(crate) key: Value,
    /// The reference of the item that it is about; null for what belongs to the whole server, and for what is
    /// gone.
    pub(crate) item: Option<String>,
    /// The id of the user, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// What it was; null where it was not there.
    pub(crate) before: Value,
    /// What it is; null where it is gone.
    pub(crate) after: Value,
}

pub(crate) fn fact_change(view: &View, event: &Event) -> Result<FactChange, Problem> {
    let mut spelled = view.spelled(event).map_err(|error| {
        tracing::error!(%error, "an event cannot be written");
        Problem::new(crate::problem::Kind::Internal, "the server's log says more")
    })?;
    let item = event.item().map(|item| view.reference(item)).filter(|text| !text.is_empty());
    let mut part = |name: &str| spelled.get_mut(name).map(Value::take).unwrap_or_default();
    let (key, before, after) = (part("key"), part("before"), part("after"));
    let user = user_of(view, event);
    Ok(FactChange { kind: event.kind().to_owned(), key, item, user, before, after })
}

/// The id of the user whom an event is about.
pub(super) fn user_of(view: &View, event: &Event) -> Option<String> {
    match event {
        Event::User(change) => Some(view.id_of(change.key).to_string()),
        _ => None,
    }
}

pub(crate) fn instant(moment: Moment) -> String {
    let instant = jiff::Timestamp::from_microsecond(moment.microseconds());
    instant.map(|instant| instant.to_string()).unwrap_or_default()
}

/// For people: they need no more than the minute.
pub(crate) fn minute(moment: Moment) -> String {
    let instant = jiff::Timestamp::from_microsecond(moment.microseconds());
    instant.map(|instant| instant.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default()
}

pub(crate) fn moment(name: &str, text: Option<String>) -> Result<Option<Moment>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let instant: jiff::Timestamp =
        text.parse().map_err(|_| bad_query(name, "expected an instant such as 2026-01-31T12:00:00Z"))?;
    Ok(Some(Moment::new(instant.as_microsecond())))
}

async fn journal(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    asked.only_now()?;
    audits(&caller.view)?;
    let query: JournalQuery = parameters("", &asked.pairs)?;
    if let Some(kind) = query.kind.as_deref().filter(|kind| !Event::KINDS.contains(kind)) {
        let known = Event::KINDS.join("`, `");
        return Err(bad_query("kind", format!("`{kind}` is no kind of fact; expected one of `{known}`")));
    }
    let filter = JournalFilter {
        from: moment("from", query.from)?,
        to: moment("to", query.to)?,
        // Ids are compared after folding; who is no user here may be `operator`.
        by: query.by.map(|by| match caller.view.user_by_id(&by) {
            Some(user) => caller.view.id_of(user).to_string(),
            None => by,
        }),
        via: query.via,
        address: query.address,
        basis: query.basis.map(|Word(right)| right.word().to_owned()),
        text: query.text,
        changed: query.kind.map(Changed::Kind),
        older_than: asked.place()?.map(Revision::new),
        limit: asked.limit as u32,
    };
    let form = Form::asked(query.format, &headers);
    if form != Form::Json {
        let how = (form, query.changes == Some(true));
        let lines = Lines::new(Arc::clone(&server), caller.view.clone(), how, filter);
        return Ok(everything(&server, &caller, (form, "journal"), lines, Lines::piece));
    }
    if query.changes.is_some() {
        let said =
            "a page has none: read a revision, or ask for everything with `format=jsonl` or `format=csv`";
        return Err(bad_query("changes", said));
    }
    let page = server.office.store().journal(&filter).await?;
    let items = page.entries.into_iter().map(|(revision, entry)| journal_entry(revision, entry)).collect();
    let next = page.older_than.map(|revision| asked.list().cursor(revision.number()));
    told(&server, &caller, &JournalPage { items, next })
}

/// Which revision.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RevisionPath {
    /// Its number.
    revision: u64,
}

async fn revision(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
) -> Result<Response, Problem> {
    asked.only_now()?;
    audits(&caller.view)?;
    let path: RevisionPath = parameters("/journal/{revision}", &asked.pairs)?;
    let number = path.revision.checked_add(1).ok_or_else(Problem::not_found)?;
    let filter =
        JournalFilter { older_than: Some(Revision::new(number)), limit: 1, ..JournalFilter::default() };
    let page = server.office.store().journal(&filter).await?;
    let entry = page.entries.into_iter().find(|(revision, _)| revision.number() == path.revision);
    let (revision, entry) = found(entry)?;
    let first = asked.place()?.map_or(0, |place| place.saturating_add(1));
    let first = u32::try_from(first).unwrap_or(u32::MAX);
    let limit = asked.limit as u32;
    let mut events = server.office.store().events(revision, first, limit + 1).await?;
    let more = events.len() > asked.limit;
    events.truncate(asked.limit);
    let next = more.then(|| asked.list().cursor(u64::from(first) + u64::from(limit) - 1));
    let changes = events.iter().map(|event| fact_change(&caller.view, event)).collect::<Result<_, _>>()?;
    told(&server, &caller, &RevisionRead { entry: journal_entry(revision, entry), changes, next })
}

/// Whose history.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HistoryQuery {
    /// The reference of an item. The history of a project area has that of its team areas in it, and that of
    /// its copy of another server's process.
    item: String,
}

/// A page of a history, the newest revision first.
#[derive(Serialize, JsonSchema)]
struct HistoryPage {
    items: Vec<HistoryEntry>,
    next: Option<String>,
}

/// A revision that changed the item.
#[derive(Serialize, JsonSchema)]
struct HistoryEntry {
    revision: u64,
    /// An instant (RFC 3339).
    at: String,
    /// The id of the user who did it.
    by: String,
    basis: String,
    summary: String,
    /// What it changed of the item.
    changes: Vec<FactChange>,
}

async fn history(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
) -> Result<Response, Problem> {
    let query: HistoryQuery = parameters("", &asked.pairs)?;
    let view = match &asked.as_of {
        Some(moment) => as_of(&server.office, &caller.view, moment).await?.0,
        None => caller.view.clone(),
    };
    let item = found(view.item_at(&query.item))?;
    let older_than = asked.place()?.map(Revision::new);
    let page = histories(&server, &view, &[item], older_than, asked.limit as u32).await?;
    let mut changes = first_changes(&server, &view, &[item], &page, u32::MAX).await?;
    let mut items = Vec::with_capacity(page.entries.len());
    for (revision, entry) in page.entries {
        let events = changes.remove(&revision).unwrap_or_default();
        let changes = events.iter().filter(|event| is_shown(&view, item, event));
        let changes = changes.map(|event| fact_change(&view, event)).collect::<Result<_, _>>()?;
        let at = instant(entry.at);
        let Entry { by, basis, summary, .. } = entry;
        items.push(HistoryEntry { revision: revision.number(), at, by, basis, summary, changes });
    }
    let next = page.older_than.map(|revision| asked.list().cursor(revision.number()));
    told(&server, &caller, &HistoryPage { items, next })
}

/// What has changed of any of these items lately, before a revision if one is given.
pub(crate) async fn histories(
    server: &Server,
    view: &View,
    items: &[Item],
    older_than: Option<Revision>,
    limit: u32,
) -> Result<store::JournalPage, Problem> {
    let facts: Vec<_> = items.iter().flat_map(|item| facts_of(view, *item)).collect();
    Ok(server.office.store().history(&facts, older_than, limit).await?)
}

/// What the revisions of a page have changed of these items; of each its first changes.
pub(crate) async fn first_changes(
    server: &Server,
    view: &View,
    items: &[Item],
    page: &store::JournalPage,
    limit_of_each: u32,
) -> Result<BTreeMap<Revision, Vec<Event>>, Problem> {
    let facts: Vec<_> = items.iter().flat_map(|item| facts_of(view, *item)).collect();
    Ok(server.office.store().changes_of(page, &facts, limit_of_each).await?)
}

/// What became of a fact, in words of JSON.
pub(crate) struct WhatChanged {
    pub(crate) kind: String,
    pub(crate) key: Value,
    pub(crate) before: Value,
    pub(crate) after: Value,
    /// Whether it was not there before, or is not there any more.
    pub(crate) made: bool,
    pub(crate) removed: bool,
}

/// What has changed of an item by these, as far as somebody sees it.
pub(crate) fn what_changed<'e>(
    view: &View,
    item: Item,
    events: impl Iterator<Item = &'e Event>,
) -> Result<Vec<WhatChanged>, Problem> {
    let told = |event: &Event| {
        let FactChange { kind, key, before, after, .. } = fact_change(view, event)?;
        let (made, removed) = (event.is_creation(), event.is_removal());
        Ok(WhatChanged { kind: kind.replace('-', " "), key, before, after, made, removed })
    };
    events.filter(|event| is_shown(view, item, event)).map(told).collect()
}

/// Whoever sees a project area reads the process that it uses, and what has changed of its copy.
fn is_shown(view: &View, item: Item, event: &Event) -> bool {
    let copy = match item {
        Item::Area(area) => view.used_copy(area).map(Item::Area),
        _ => None,
    };
    view.shows(event) || (copy.is_some() && event.item() == copy)
}

/// The facts that an item consists of.
fn facts_of(view: &View, item: Item) -> Vec<HistoryOf> {
    let fact = |kind: &str, number: u32| FactKey { kind: kind.to_owned(), key: number.to_string() }.into();
    match item {
        Item::Repository => Vec::new(),
        Item::Area(area) => {
            let of_area = |area: governance::AreaId| {
                let number = area.number();
                let alone =
                    ["process-area", "roles", "timelines", "preconditions"].map(|kind| fact(kind, number));
                let of_people = ["administrator", "member", "access-list", "permission"];
                alone.into_iter().chain(of_people.map(|kind| HistoryOf::Numbered(kind, number)))
            };
            view.areas_in(area).into_iter().chain(view.used_copy(area)).flat_map(of_area).collect()
        }
        Item::Component(id) => vec![fact("component", id.number())],
        Item::Configuration(id) => {
            let own = ["configuration", "contributions"].map(|kind| fact(kind, id.number()));
            own.into_iter().chain([HistoryOf::Numbered("approval", id.number())]).collect()
        }
        Item::Category(id) => vec![fact("category", id.number())],
        Item::WorkItem(id) => vec![fact("work-item", id.number())],
        Item::Plan(id) => vec![fact("plan", id.number())],
        Item::ScmItem(id) => vec![fact("scm-item", id.number())],
        Item::TestArtefact(id) => vec![fact("test-artefact", id.number())],
        Item::Folder(id) => vec![fact("folder", id.number())],
        Item::Artefact(id) => vec![fact("artefact", id.number())],
    }
}
