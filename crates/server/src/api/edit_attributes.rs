//! *Edit Attributes* of many components and configurations at once
//! (docs/global-configurations.md#bulk-edit-of-attributes).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use governance::{AreaId, AttributeChanges, Impact, Item, Refusal, SearchCriteria, View, is_uri};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use store::Revision;
use tokio::task::spawn_blocking;

use super::area::ProjectAreaPath;
use super::body::{Key, bad_value, parameters, parse};
use super::carry_out::{expect_json, log_refused, refusal_of};
use super::edited_attributes::{Edited, Line, Report};
use super::etag::{self, Conditions};
use super::question::json_of;
use super::request::Asked;
use super::resolve::{CarriedKeys, found, team_area_setting};
use super::route::{Api, Scope, Verb};
use super::search::{bad_criterion, dates};
use super::{api, idempotency, read};
use crate::caller::Caller;
use crate::dates::{Dated, DatesFound};
use crate::handler::post;
use crate::office::{ChangeError, Decided};
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::scope::Scopes;

pub(super) fn routes(api: &mut Api) {
    api.own::<ProjectAreaPath, Edit, Edited>(
        (Verb::Post, "/project-areas/{project_area}/edit-attributes"),
        "Edit attributes of many components and configurations.",
        Scope::Write,
        || post(edit),
    )
    .once();
}

const SUMMARY: &str = "Edit attributes of many components and configurations";
/// So long it may take to tell who would gain and who would lose.
const IMPACT: Duration = Duration::from_secs(10);

/// What is edited, and how.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object with `select` and `set`")]
struct Edit {
    select: Selection,
    set: Changes,
    /// Changes nothing, and tells what would become of it.
    preview: bool,
}

/// Which components and configurations of the project area: all that is named here.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object with `items`, `components` or `configurations`")]
struct Selection {
    items: Vec<Selected>,
    /// Every component that a search finds.
    components: Option<SearchCriteria>,
    /// Every configuration that a search finds.
    configurations: Option<SearchCriteria>,
}

/// One that is named.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a reference, or an object with `item` and `if_match`")]
enum Selected {
    /// A reference, or what it has after `#`: `component:Motor`, `Motor/stream:Motor 1.0`.
    Reference(String),
    /// One that must be as it was read.
    AsRead {
        item: String,
        /// The ETag of what was read.
        if_match: String,
    },
}

impl Selected {
    fn text(&self) -> &str {
        match self {
            Self::Reference(text) | Self::AsRead { item: text, .. } => text,
        }
    }
}

/// What each of them is to have. What is not there stays.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object with the keys that are to change")]
struct Changes {
    /// `inherit` (of configurations), `unassigned`, or a slash path of names.
    team_area: Key<String>,
    description: Key<Option<String>>,
    tags: TagChanges,
    /// Values by name; null takes the attribute away.
    attributes: Map<String, Value>,
}

/// What becomes of tags.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object with `add` and `remove`")]
struct TagChanges {
    add: Vec<String>,
    remove: Vec<String>,
}

async fn edit(
    State(server): State<Arc<Server>>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    asked.only_now()?;
    let body = body?;
    expect_json(&headers, &body)?;
    let path: ProjectAreaPath = parameters("/project-areas/{project_area}/edit-attributes", &asked.pairs)?;
    path.find(&caller.view)?;
    let edit: Edit = parse(&body)?;
    let key = idempotency::named(&headers)?;
    let key = key.map(|key| {
        let pairs = asked.pairs.iter().map(|(_, value)| value.as_bytes());
        idempotency::Key::of(key, &caller, [SUMMARY.as_bytes(), &body].into_iter().chain(pairs))
    });
    let found = dates_of(&server, &caller, &edit).await?;
    let scopes = caller.credential.scopes();
    let wanted = Arc::new(Wanted { path, edit, dates: found, scopes });
    if wanted.edit.preview {
        let (view, revision) = (caller.view.clone(), caller.revision);
        let previewed = spawn_blocking(move || preview(&view, &wanted));
        let previewed = previewed.await.map_err(|_| Problem::internal())??;
        return json_of(&server, revision, &previewed);
    }
    save(&server, &caller, wanted, key).await
}

async fn save(
    server: &Server,
    caller: &Caller,
    wanted: Arc<Wanted>,
    key: Option<idempotency::Key>,
) -> Result<Response, Problem> {
    match saved(server, caller, wanted, key).await? {
        Saved::Now(edited, revision) => json_of(server, revision, &edited),
        Saved::Before(told, revision) => json_of(server, revision, &told),
    }
}

/// What has come of saving.
enum Saved {
    Now(Edited, Revision),
    /// It was saved before under the same key, and this was answered.
    Before(Value, Revision),
}

async fn saved(
    server: &Server,
    caller: &Caller,
    wanted: Arc<Wanted>,
    key: Option<idempotency::Key>,
) -> Result<Saved, Problem> {
    let tried: Arc<Mutex<Option<Tried>>> = Arc::default();
    let trying = Arc::clone(&tried);
    let compose = move |view: &View| {
        let (lines, changes) = wanted.read(view)?;
        let edited = view.edit_attributes(&items(&lines), &changes);
        let acted = edited.acted.clone();
        let refusal = edited.results.iter().find_map(|(_, result)| result.as_ref().err().cloned());
        let tried = Tried { edited: Report { lines, edited }.told(view), refusal };
        *trying.lock().unwrap_or_else(PoisonError::into_inner) = Some(tried);
        let nothing = acted.events.is_empty();
        Ok::<_, Problem>(Decided(if nothing { Err(Refusal::Nothing) } else { Ok(acted) }))
    };
    let once = key.as_ref().map(|key| {
        let tried = Arc::clone(&tried);
        key.once(Arc::new(move |_, _| {
            let tried = tried.lock().unwrap_or_else(PoisonError::into_inner);
            let told = tried.as_ref().map(|tried| serde_json::to_string(&tried.edited));
            told.and_then(Result::ok).unwrap_or_default()
        }))
    });
    let revision = match server.office.change_as(caller.author(), SUMMARY.to_owned(), once, compose).await {
        Ok(changed) => Some(changed.revision),
        Err(ChangeError::Refused(Refusal::Nothing)) => None,
        Err(error) => match (error, key) {
            (ChangeError::Repeated(answered), Some(key)) => {
                let (revision, told) = key.told_again(server, &answered).await?;
                return Ok(Saved::Before(told, revision));
            }
            (error, _) => return Err(refusal_of(server, caller, SUMMARY, error).await),
        },
    };
    let tried = tried.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Tried { edited, refusal } = tried.ok_or_else(Problem::internal)?;
    if let Some(refusal) = refusal {
        // One for all of them is kept for those who look after the server.
        log_refused(server, caller, SUMMARY, &refusal).await;
    }
    let newest = server.office.published().revision;
    let answer = Edited { revision: revision.map(|revision| revision.number()), ..edited };
    Ok(Saved::Now(answer, revision.unwrap_or(newest)))
}

/// An edit that a page asks for: the same as the API's.
pub(crate) struct AttributeEdit(Arc<Wanted>);

impl AttributeEdit {
    /// Reads what a body of the API says, for a project area.
    pub(crate) async fn read(
        server: &Server,
        caller: &Caller,
        area: AreaId,
        body: &Value,
    ) -> Result<Self, Problem> {
        let edit: Edit = parse(&super::body::json(body)?)?;
        let path = parameters("", &[("project_area".to_owned(), area.number().to_string())])?;
        let dates = dates_of(server, caller, &edit).await?;
        let scopes = caller.credential.scopes();
        Ok(Self(Arc::new(Wanted { path, edit, dates, scopes })))
    }
    /// What would become of it, as the API tells it, and who would gain and lose.
    pub(crate) fn preview(&self, view: &View) -> Result<(Value, Option<Impact>), Problem> {
        let edited = preview(view, &self.0)?;
        let impact = edited.impact.clone();
        Ok((serde_json::to_value(edited).map_err(|_| Problem::internal())?, impact))
    }
    /// Does it, and tells what has become of it, as the API does.
    pub(crate) async fn save(self, server: &Server, caller: &Caller) -> Result<Value, Problem> {
        match saved(server, caller, self.0, None).await? {
            Saved::Now(edited, _) => serde_json::to_value(edited).map_err(|_| Problem::internal()),
            Saved::Before(told, _) => Ok(told),
        }
    }
}

/// The dates that the searches of an edit ask for.
async fn dates_of(server: &Server, caller: &Caller, edit: &Edit) -> Result<[Option<DatesFound>; 2], Problem> {
    let mut found = [None, None];
    let criteria = [&edit.select.components, &edit.select.configurations];
    for ((dated, criteria), found) in
        [Dated::Components, Dated::Configurations].into_iter().zip(criteria).zip(&mut found)
    {
        if let Some(criteria) = criteria {
            *found = Some(dates(server, dated, criteria, (caller.revision, false)).await?);
        }
    }
    Ok(found)
}

/// An edit as it was judged last.
struct Tried {
    edited: Edited,
    /// The first refusal.
    refusal: Option<Refusal>,
}

fn preview(view: &View, wanted: &Wanted) -> Result<Edited, Problem> {
    let (lines, changes) = wanted.read(view)?;
    let edited = view.edit_attributes(&items(&lines), &changes);
    let until = Instant::now() + IMPACT;
    let impact = view.impact_of(&edited.acted.events, || Instant::now() < until);
    Ok(Edited { impact: Some(impact), ..Report { lines, edited }.told(view) })
}

fn items(lines: &[Line]) -> Vec<Item> {
    lines.iter().filter_map(|(_, item)| item.as_ref().ok().copied()).collect()
}

/// A request, with the dates that its searches ask for.
struct Wanted {
    path: ProjectAreaPath,
    edit: Edit,
    dates: [Option<DatesFound>; 2],
    /// What who sends it is told.
    scopes: Scopes,
}

impl Wanted {
    /// What it means as somebody sees things.
    fn read(&self, view: &View) -> Result<(Vec<Line>, AttributeChanges), Problem> {
        let area = self.path.find(view)?;
        let Edit { select, set, .. } = &self.edit;
        let mut lines: Vec<Line> =
            { select.items.iter() }.map(|it| (it.text().to_owned(), self.selected(view, area, it))).collect();
        let [components, configurations] = &self.dates;
        // No more than the project area is asked for, whatever else the criteria say.
        let within = |criteria: &SearchCriteria| SearchCriteria {
            project_area: criteria.project_area.clone().or(Some(area.number().to_string())),
            ..criteria.clone()
        };
        let ours = |item: &Item| view.project_of_item(*item) == Some(area);
        if let (Some(criteria), Some(dates)) = (&select.components, components) {
            let ids = view.components_found(&within(criteria), &dates.dates()).map_err(bad_criterion)?;
            let items = ids.into_iter().map(Item::Component).filter(ours);
            lines.extend(items.map(|item| (view.reference(item), Ok(item))));
        }
        if let (Some(criteria), Some(dates)) = (&select.configurations, configurations) {
            let ids = view.configurations_found(&within(criteria), &dates.dates()).map_err(bad_criterion)?;
            let items = ids.into_iter().map(Item::Configuration).filter(ours);
            lines.extend(items.map(|item| (view.reference(item), Ok(item))));
        }
        Ok((lines, changes(view, area, set)?))
    }

    /// What a line of the selection means.
    fn selected(&self, view: &View, area: AreaId, it: &Selected) -> Result<Item, Problem> {
        selected(view, area, it).map_err(|problem| etag::told_within(problem, self.scopes))
    }
}

fn selected(view: &View, area: AreaId, selected: &Selected) -> Result<Item, Problem> {
    let text = selected.text();
    if is_uri(text) {
        let said =
            "a local contribution has no Team Area and no attributes here: its own application decides";
        return Err(Problem::new(Kind::Conflict, said));
    }
    let whole = if text.contains('#') {
        text.to_owned()
    } else {
        format!("{}#{text}", view.reference(Item::Area(area)))
    };
    let component = view.find(&whole).map(Item::Component);
    let item = found(component.or_else(|| view.find(&whole).map(Item::Configuration)))?;
    if view.project_of_item(item) != Some(area) {
        return Err(Problem::not_found());
    }
    if let Selected::AsRead { if_match, .. } = selected {
        let path = match item {
            Item::Component(id) => format!("/components/{}", id.number()),
            Item::Configuration(id) => format!("/configurations/{}", id.number()),
            _ => return Err(Problem::not_found()),
        };
        let (route, pairs) = api().at(Verb::Get, &path).ok_or_else(Problem::not_found)?;
        let now = read::bytes(route, view, &Asked { pairs, ..Asked::default() })?;
        let conditions =
            Conditions { if_match: Some(etag::sent(if_match, "/selected")?), if_none_match: None };
        conditions.check(true, Some(&now), b"")?;
    }
    Ok(item)
}

fn changes(view: &View, area: AreaId, set: &Changes) -> Result<AttributeChanges, Problem> {
    let team_area = set.team_area.0.as_deref();
    let setting = |text| team_area_setting(view, area, text, "/set/team_area");
    // Values are bounded as those of one item are.
    CarriedKeys::at("/set").with_some("attributes", Some(&set.attributes))?;
    let tags = |tags: &[String], key: &str| {
        let tag = |(at, tag): (usize, &String)| {
            let pointer = format!("/set/tags/{key}/{at}");
            if tag.trim().is_empty() {
                Err(bad_value(pointer, "a tag is not empty"))
            } else {
                Ok(tag.as_str().into())
            }
        };
        tags.iter().enumerate().map(tag).collect::<Result<Vec<_>, _>>()
    };
    let attribute = |(name, value): (&String, &Value)| {
        let value = if value.is_null() { None } else { Some(value.clone()) };
        (name.as_str().into(), value)
    };
    Ok(AttributeChanges {
        team_area: team_area.map(setting).transpose()?,
        description: set.description.0.as_ref().map(|text| text.as_deref().map(Into::into)),
        add_tags: tags(&set.tags.add, "add")?,
        remove_tags: tags(&set.tags.remove, "remove")?,
        attributes: set.attributes.iter().map(attribute).collect(),
    })
}
