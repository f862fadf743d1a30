//! Shared queries of project areas (docs/global-configurations.md#shared-queries).

use governance::{
    AreaId, ChangeSharedQuery, Command, CreateSharedQuery, Event, RemoveSharedQuery, SearchCriteria, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::area::ProjectAreaPath;
use super::body::{Key, Nothing, bad_value, json};
use super::etag;
use super::journal::moment;
use super::resolve::{found, name};
use super::route::{Api, Verb};
use super::tag::last_word;
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    const ALL: &str = "/project-areas/{project_area}/shared-queries";
    const ONE: &str = "/project-areas/{project_area}/shared-queries/{query}";
    api.read(ALL, "List the shared queries of a project area.", list);
    api.create((ALL, ONE), "Keep a query for everybody.", create, created);
    api.read(ONE, "Read a shared query.", read);
    api.change(Verb::Patch, ONE, "Change a shared query.", change);
    api.change(Verb::Delete, ONE, "Remove a shared query.", remove);
}

/// A search that somebody has kept for everybody.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SharedQuery {
    /// Unique in the project area.
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// What it searches for. What it names, it names as things are called today.
    pub(crate) criteria: SearchCriteria,
    /// Criteria that name what is not there, or not for the asker.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) missing: Vec<MissingCriterion>,
}

/// A criterion that names what is not there, or not for the asker.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MissingCriterion {
    criterion: &'static str,
    /// What it names.
    pub(crate) detail: String,
}

impl SharedQuery {
    fn of(view: &View, area: AreaId, query: governance::SharedQuery) -> Self {
        let missing = view.missing(area, &query.criteria).into_iter();
        Self {
            name: query.name.to_string(),
            description: query.description,
            missing: missing.map(|it| MissingCriterion { criterion: it.key, detail: it.said }).collect(),
            criteria: query.criteria,
        }
    }

    /// Each of a project area, with the tag under which it can be changed.
    pub(crate) fn tagged(view: &View, area: AreaId) -> Result<Vec<(Self, String)>, Problem> {
        let tagged = |query| {
            let query = Self::of(view, area, query);
            let tag = etag::of(&json(&query)?);
            Ok((query, tag))
        };
        view.shared_queries(area).into_iter().map(tagged).collect()
    }
}

/// A search to keep for everybody.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a shared query")]
struct NewSharedQuery {
    /// Unique in the project area.
    name: String,
    description: Option<String>,
    /// What it searches for.
    #[serde(default)]
    criteria: SearchCriteria,
}

/// The shared queries of a project area, in order.
#[derive(Serialize, JsonSchema)]
struct SharedQueryList {
    items: Vec<SharedQuery>,
}

/// Which shared query.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SharedQueryPath {
    /// The number or the reference of the project area.
    project_area: String,
    /// Its name.
    query: String,
}

impl SharedQueryPath {
    fn find(&self, view: &View) -> Result<(AreaId, governance::SharedQuery), Problem> {
        let area = found(view.find_project_area(&self.project_area))?;
        let query = view.shared_queries(area).into_iter().find(|it| *it.name == *self.query);
        Ok((area, found(query)?))
    }
}

fn list(view: &View, path: ProjectAreaPath) -> Result<SharedQueryList, Problem> {
    let area = path.find(view)?;
    let queries = view.shared_queries(area).into_iter();
    Ok(SharedQueryList { items: queries.map(|query| SharedQuery::of(view, area, query)).collect() })
}

fn read(view: &View, path: SharedQueryPath) -> Result<SharedQuery, Problem> {
    path.find(view).map(|(area, query)| SharedQuery::of(view, area, query))
}

/// Criteria that can be searched by, as they are kept; those of `now` are kept whatever they name.
fn kept(
    view: &View,
    area: AreaId,
    criteria: &SearchCriteria,
    now: Option<&SearchCriteria>,
    pointer: &str,
) -> Result<SearchCriteria, Problem> {
    let wrong = |key: &str, said: String| bad_value(format!("{pointer}/{key}"), said);
    if now != Some(criteria) {
        view.judge_query(area, criteria).map_err(|bad| wrong(bad.key, bad.said))?;
        for (key, text) in [
            ("created_from", &criteria.created_from),
            ("created_to", &criteria.created_to),
            ("modified_from", &criteria.modified_from),
            ("modified_to", &criteria.modified_to),
        ] {
            moment(key, text.clone())
                .map_err(|_| wrong(key, "expected an instant such as 2026-01-31T12:00:00Z".into()))?;
        }
    }
    Ok(view.by_number(area, criteria))
}

/// A whole list of shared queries as it is kept, as far as it can be read: rules tell of the rest.
pub(super) fn list_kept(view: &View, area: AreaId, list: &mut Value) -> Result<(), Problem> {
    let now = view.shared_queries(area);
    for (at, query) in list.as_array_mut().into_iter().flatten().enumerate() {
        let Ok(read) = serde_json::from_value::<NewSharedQuery>(query.clone()) else { continue };
        let there = now.iter().find(|it| *it.name == *read.name).map(|it| &it.criteria);
        let criteria = kept(view, area, &read.criteria, there, &format!("/shared_queries/{at}/criteria"))?;
        query["criteria"] = serde_json::to_value(criteria).map_err(|_| Problem::internal())?;
    }
    Ok(())
}

fn create(view: &View, path: ProjectAreaPath, new: NewSharedQuery) -> Result<Command, Problem> {
    let area = path.find(view)?;
    let query = governance::SharedQuery {
        name: name(&new.name, "/name")?,
        description: new.description,
        criteria: kept(view, area, &new.criteria, None, "/criteria")?,
    };
    Ok(CreateSharedQuery { area, query }.into())
}

fn created(view: &View, events: &[Event]) -> Option<String> {
    last_word(view, events, "shared_queries", "shared-queries")
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct SharedQueryChange {
    #[serde(default)]
    name: Key<String>,
    #[serde(default)]
    description: Key<Option<String>>,
    /// All of them.
    #[serde(default)]
    criteria: Key<SearchCriteria>,
}

fn change(view: &View, path: SharedQueryPath, change: SharedQueryChange) -> Result<Command, Problem> {
    let (area, now) = path.find(view)?;
    let mut query = now.clone();
    if let Some(text) = &change.name.0 {
        query.name = name(text, "/name")?;
    }
    if let Some(description) = change.description.0 {
        query.description = description;
    }
    let written = change.criteria.0.as_ref().unwrap_or(&now.criteria);
    query.criteria = kept(view, area, written, Some(&now.criteria), "/criteria")?;
    Ok(ChangeSharedQuery { area, name: now.name, query }.into())
}

fn remove(view: &View, path: SharedQueryPath, _: Nothing) -> Result<Command, Problem> {
    let (area, query) = path.find(view)?;
    Ok(RemoveSharedQuery { area, name: query.name }.into())
}
