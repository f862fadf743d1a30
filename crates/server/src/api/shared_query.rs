//! Shared queries of project areas (docs/global-configurations.md#shared-queries).

use governance::{
    AreaId, ChangeSharedQuery, Command, CreateSharedQuery, Event, RemoveSharedQuery, SearchCriteria, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::ProjectAreaPath;
use super::body::{Key, Nothing, bad_value};
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
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a shared query")]
struct SharedQuery {
    /// Unique in the project area.
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// What it searches for.
    #[serde(default)]
    criteria: SearchCriteria,
}

impl SharedQuery {
    fn of(query: governance::SharedQuery) -> Self {
        Self { name: query.name.to_string(), description: query.description, criteria: query.criteria }
    }
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
    let items = view.shared_queries(path.find(view)?).into_iter().map(SharedQuery::of).collect();
    Ok(SharedQueryList { items })
}

fn read(view: &View, path: SharedQueryPath) -> Result<SharedQuery, Problem> {
    path.find(view).map(|(_, query)| SharedQuery::of(query))
}

/// Criteria that can be searched by, as they are kept.
fn judged(view: &View, criteria: SearchCriteria) -> Result<SearchCriteria, Problem> {
    let wrong = |key: &str, said: String| bad_value(format!("/criteria/{key}"), said);
    view.judge_criteria(&criteria).map_err(|bad| wrong(bad.key, bad.said))?;
    for (key, text) in [
        ("created_from", &criteria.created_from),
        ("created_to", &criteria.created_to),
        ("modified_from", &criteria.modified_from),
        ("modified_to", &criteria.modified_to),
    ] {
        moment(key, text.clone())
            .map_err(|_| wrong(key, "expected an instant such as 2026-01-31T12:00:00Z".into()))?;
    }
    Ok(criteria)
}

fn create(view: &View, path: ProjectAreaPath, new: SharedQuery) -> Result<Command, Problem> {
    let query = governance::SharedQuery {
        name: name(&new.name, "/name")?,
        description: new.description,
        criteria: judged(view, new.criteria)?,
    };
    Ok(CreateSharedQuery { area: path.find(view)?, query }.into())
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
    if let Some(written) = change.criteria.0 {
        query.criteria = judged(view, written)?;
    }
    Ok(ChangeSharedQuery { area, name: now.name, query }.into())
}

fn remove(view: &View, path: SharedQueryPath, _: Nothing) -> Result<Command, Problem> {
    let (area, query) = path.find(view)?;
    Ok(RemoveSharedQuery { area, name: query.name }.into())
}
