//! A project area or team area that pages are of: its address is the one that it has by REST.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use governance::{Application, AreaId, Item, ProcessArea, View};
use serde_json::Value;

use crate::api::{Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::frame::Frame;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

/// Which area a path names: `/project-areas/{project_area}` or `/team-areas/{team_area}`.
pub(crate) enum AreaPath {
    Project(String),
    Team(String),
}

impl FromRequestParts<Arc<Server>> for AreaPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let named = RawPathParams::from_request_parts(parts, server).await;
        let named = named.map_err(|_| Problem::not_found())?;
        let found = named.iter().find_map(|(name, value)| match name {
            "project_area" => Some(Self::Project(value.to_owned())),
            "team_area" => Some(Self::Team(value.to_owned())),
            _ => None,
        });
        found.ok_or_else(Problem::not_found)
    }
}

/// An area as a page of it needs it.
pub(in crate::pages) struct Area {
    pub(in crate::pages) id: AreaId,
    /// What questions call it.
    pub(in crate::pages) reference: String,
    pub(super) project: AreaId,
    pub(in crate::pages) application: Application,
    pub(super) is_team: bool,
}

/// The tabs of a project area and those of a team area: the last part of the path, and the words.
const OF_PROJECT: [(&str, &str); 13] = [
    ("", "Overview"),
    ("members", "Members"),
    ("roles", "Roles"),
    ("permissions", "Permissions"),
    ("preconditions", "Preconditions"),
    ("timelines", "Timelines"),
    ("access", "Access control"),
    ("team-areas", "Team areas"),
    ("sharing", "Process sharing"),
    (ITEMS, "Items"),
    (TYPES, "Types"),
    (VOCABULARY, "Vocabulary"),
    ("history", "History"),
];
/// The tab that project areas of global configurations alone have.
const VOCABULARY: &str = "vocabulary";
/// The tabs of those of all others.
const ITEMS: &str = "items";
const TYPES: &str = "types";
const OF_TEAM: [(&str, &str); 7] = [
    ("", "Overview"),
    ("members", "Members"),
    ("roles", "Roles"),
    ("permissions", "Permissions"),
    ("preconditions", "Preconditions"),
    ("team-areas", "Team areas"),
    ("history", "History"),
];

impl Area {
    pub(in crate::pages) fn of(view: &View, path: &AreaPath) -> Result<Self, Problem> {
        let id = match path {
            AreaPath::Project(key) => view.find_project_area(key),
            AreaPath::Team(key) => view.find_team_area(key),
        };
        Self::at(view, id.ok_or_else(Problem::not_found)?)
    }

    /// One that has a vocabulary: of global configurations.
    pub(in crate::pages) fn with_vocabulary(view: &View, path: &AreaPath) -> Result<Self, Problem> {
        let area = Self::of(view, path)?;
        if area.application == Application::Gc { Ok(area) } else { Err(Problem::not_found()) }
    }

    pub(super) fn at(view: &View, id: AreaId) -> Result<Self, Problem> {
        let project = view.project_of(id);
        let found = || {
            let application = view.see(project)?.project()?.application;
            Some((application, view.see(id)?.team().is_some()))
        };
        let (application, is_team) = found().ok_or_else(Problem::not_found)?;
        Ok(Self { id, reference: view.reference(Item::Area(id)), project, application, is_team })
    }

    pub(in crate::pages) fn see<'v>(&self, view: &'v View) -> Result<&'v ProcessArea, Problem> {
        view.see(self.id).ok_or_else(Problem::not_found)
    }

    /// Its address, on pages as by REST.
    pub(in crate::pages) fn path(&self) -> String {
        let kind = if self.is_team { "team-areas" } else { "project-areas" };
        format!("/{kind}/{}", self.id.number())
    }
    /// The address of one of its tabs.
    pub(in crate::pages) fn tab(&self, tab: &str) -> String {
        if tab.is_empty() { self.path() } else { format!("{}/{tab}", self.path()) }
    }

    /// How it is by REST, with the tag under which it can be changed.
    pub(in crate::pages) fn representation(&self, view: &View) -> Result<(Value, String), Problem> {
        representation(view, &self.path())
    }
    /// A change of some of its keys.
    pub(in crate::pages) fn change(&self, keys: &Value) -> Result<Posted, Problem> {
        Posted::new(Verb::Patch, &self.path(), keys)
    }
    /// Whether it may be changed so. `action` is one of saving an area, such as `modify-members`.
    pub(super) fn may(&self, visitor: &Visitor, action: &str) -> Ability {
        let operation = if self.is_team { "process.save-team-area" } else { "process.save-project-area" };
        visitor.may(&format!("{operation}/{action}"), &self.reference)
    }

    /// The frame of one of its tabs.
    pub(in crate::pages) fn frame(&self, visitor: &Visitor, tab: &'static str) -> Result<Frame, Problem> {
        let view = visitor.view();
        let name = self.see(view)?.name.to_string();
        let tabs: &[(&str, &'static str)] = if self.is_team { &OF_TEAM } else { &OF_PROJECT };
        let mut crumbs = vec![("/project-areas".to_owned(), "Project areas".to_owned())];
        for above in view.path_to(self.id).iter().filter(|it| **it != self.id) {
            let above = Self::at(view, *above)?;
            crumbs.push((above.path(), above.see(view)?.name.to_string()));
        }
        let frame = visitor.frame(name).by_way_of(crumbs).in_part("/project-areas");
        let is_gc = self.application == Application::Gc;
        let tabs = tabs.iter().filter(|(tab, _)| match *tab {
            VOCABULARY => is_gc,
            ITEMS | TYPES => !is_gc,
            _ => true,
        });
        let links = tabs.map(|(tab, words)| (self.tab(tab), *words));
        Ok(frame.with_tabs(links, &self.tab(tab)).previewing())
    }

    /// The page of a tab.
    pub(in crate::pages) fn address(&self, tab: &str) -> Address {
        Address::new(self.tab(tab))
    }
}

/// What an area is called, for people, or the copy of another server's process; nothing where they do not see
/// it.
pub(super) fn name_of(view: &View, area: Option<AreaId>) -> String {
    let name =
        |area: AreaId| view.see(area).map(|area| area.name.to_string()).or_else(|| view.name_of_copy(area));
    area.and_then(name).unwrap_or_else(|| "a shared process".to_owned())
}
