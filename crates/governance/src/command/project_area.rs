//! Project areas, and the keys that they and team areas have (docs/process.md#project-areas).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::functional_user::Employer;
use super::noun::created;
use super::timelines::with_project_timeline;
use super::types::defaults_after;
use super::{Edited, Needs, Noun, Step};
use crate::act::Refusal;
use crate::carried::Carried;
use crate::catalogue::{Application, RepositoryOperation};
use crate::event::{Change, Event, Holds};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::precondition::PreconditionEntry;
use crate::process::{Permission, PermissionKey, Role};
use crate::process_area::{
    AreaId, AreaKind, AssignedRoles, ProcessArea, ProcessLink, ProjectArea, ReadAccess, RoleInheritance,
};
use crate::process_template::ProcessTemplate;
use crate::text::Name;
use crate::timeline::Timeline;
use crate::user::UserId;
use crate::vocabulary::{AttributeType, LinkType, ListedTag, SharedQuery, Word as _};

/// Makes a project area. A template is data: its roles, entries and types are given here, and have no
/// influence afterwards. Whoever may make one says all that it begins with: nothing of anybody's is changed.
/// The application's functional user comes with the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateProjectArea {
    /// The application.
    pub application: Application,
    /// Unique in the application.
    pub name: Name,
    /// Who reads it.
    pub access: ReadAccess,
    /// Its first administrators.
    #[serde(default)]
    pub administrators: Vec<UserId>,
    /// The roles to begin with.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// The entries to begin with.
    #[serde(default)]
    pub permissions: Vec<(PermissionKey, Permission)>,
    /// What is demanded besides, to begin with.
    #[serde(default)]
    pub preconditions: Vec<PreconditionEntry>,
    /// The iteration types to begin with.
    #[serde(default)]
    pub iteration_types: Arc<[Name]>,
    /// Whether other project areas may use its process.
    #[serde(default)]
    pub shares_process: bool,
    /// The project area whose process it uses.
    #[serde(default)]
    pub uses_process: Option<ProcessLink>,
    /// The timelines to begin with; if none says that it is the project timeline, the first is.
    #[serde(default)]
    pub timelines: Vec<Timeline>,
    /// The members to begin with, each with the roles in order.
    #[serde(default)]
    pub members: Vec<(UserId, AssignedRoles)>,
    /// The access list to begin with.
    #[serde(default)]
    pub access_list: Vec<UserId>,
    /// What it carries to begin with.
    #[serde(default)]
    pub carried: Carried,
}

impl CreateProjectArea {
    /// With nothing in it.
    pub fn new(application: Application, name: Name, access: ReadAccess) -> Self {
        Self {
            application,
            name,
            access,
            administrators: Vec::new(),
            roles: Vec::new(),
            permissions: Vec::new(),
            preconditions: Vec::new(),
            iteration_types: Arc::from([]),
            shares_process: false,
            uses_process: None,
            timelines: Vec::new(),
            members: Vec::new(),
            access_list: Vec::new(),
            carried: Carried::NOTHING,
        }
    }

    /// Begins with what a template has; what it carries itself already stays.
    #[must_use]
    pub fn begun_with(self, template: &ProcessTemplate) -> Self {
        Self {
            roles: template.roles.to_vec(),
            permissions: template.permissions.to_vec(),
            preconditions: template.preconditions.to_vec(),
            iteration_types: Arc::clone(&template.iteration_types),
            carried: template.carried_below(&self.carried),
            ..self
        }
    }
}

impl Step for CreateProjectArea {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::create_project_area());
        needs_provider(self.uses_process.as_ref(), needs);
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let id = ProcessArea::next(organisation);
        let area = ProcessArea {
            name: self.name.clone(),
            archived: false,
            kind: AreaKind::Project(ProjectArea {
                application: self.application,
                access: self.access,
                shares_process: self.shares_process,
                uses_process: self.uses_process.clone(),
                iteration_types: self.iteration_types.clone(),
            }),
            carried: self.carried.clone(),
        };
        let mut events = vec![created(organisation, area)];
        let stands = |user: &UserId| Change { key: (id, *user), before: None, after: Some(Holds) };
        events.extend(self.administrators.iter().map(stands).map(Event::Administrator));
        events.extend(self.access_list.iter().map(stands).map(Event::Listed));
        events.extend(self.members.iter().map(|(user, roles)| {
            Event::Member(Change { key: (id, *user), before: None, after: Some(Arc::clone(roles)) })
        }));
        if !self.roles.is_empty() {
            let after = Some(self.roles.clone().into());
            events.push(Event::Roles(Change { key: id, before: None, after }));
        }
        if !self.timelines.is_empty() {
            let after = Some(with_project_timeline(&self.timelines).into());
            events.push(Event::Timelines(Change { key: id, before: None, after }));
        }
        events.extend(self.permissions.iter().map(|(key, permission)| {
            Event::Permission(Change {
                key: (id, key.clone()),
                before: None,
                after: Some(permission.clone()),
            })
        }));
        if !self.preconditions.is_empty() {
            let after = Some(self.preconditions.clone().into());
            events.push(Event::Preconditions(Change { key: id, before: None, after }));
        }
        for employer in [Employer::Application(self.application), Employer::Server] {
            let after = organisation.after(&events);
            events.extend(employer.employ(&after));
        }
        Ok(events)
    }
}

/// What shares its process is known by name to whoever may use it; anything else must be visible.
pub(super) fn needs_provider(link: Option<&ProcessLink>, needs: &mut Needs<'_>) {
    if let Some(provider) = link.and_then(ProcessLink::here) {
        let area = needs.organisation.area(provider).and_then(|area| area.project());
        if !area.is_some_and(|project| project.shares_process) {
            needs.sees(Item::Area(provider));
        }
    }
}

/// A key of a project area or team area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum ProcessAreaKey {
    Name(Name),
    /// Project areas only, as the next three.
    Access(ReadAccess),
    SharesProcess(bool),
    UsesProcess(Option<ProcessLink>),
    IterationTypes(Arc<[Name]>),
    /// Team areas only.
    RoleInheritance(RoleInheritance),
    /// Root team areas only.
    Timeline(Option<Name>),
    Carried(Name, Option<Value>),
}

/// What changing a list of words as a whole needs in gc; whoever changes one word alone needs less.
fn vocabulary_operation(key: &str) -> Option<(&'static str, &'static [&'static str])> {
    match key {
        ListedTag::KEY => Some(("gc.manage-tags", &["create", "rename", "delete"])),
        AttributeType::KEY | LinkType::KEY => Some(("gc.manage-types", &["modify"])),
        SharedQuery::KEY => Some(("gc.save-shared-query", &["create", "modify", "delete"])),
        _ => None,
    }
}

impl Edited for ProcessArea {
    type Key = ProcessAreaKey;
    fn item(id: AreaId) -> Option<Item> {
        Some(Item::Area(id))
    }
    fn change_needs(&self, id: AreaId, key: &ProcessAreaKey, needs: &mut Needs<'_>) {
        if let ProcessAreaKey::Carried(key, _) = key
            && self.has_vocabulary()
            && let Some((operation, actions)) = vocabulary_operation(key)
        {
            actions.iter().for_each(|action| needs.action(operation, action, Item::Area(id)));
            return;
        }
        let action = match key {
            ProcessAreaKey::Access(_) => "modify-access-control",
            ProcessAreaKey::Name(_) => "modify-properties",
            ProcessAreaKey::Carried(key, _) => match &**key {
                "summary" | "description" => "modify-properties",
                "associations" if self.project().is_some() => "modify-links",
                "group_bindings" => "modify-members",
                _ => "modify-specification",
            },
            ProcessAreaKey::SharesProcess(_)
            | ProcessAreaKey::UsesProcess(_)
            | ProcessAreaKey::IterationTypes(_)
            | ProcessAreaKey::RoleInheritance(_)
            | ProcessAreaKey::Timeline(_) => "modify-specification",
        };
        needs.save(action, Item::Area(id));
        if let ProcessAreaKey::UsesProcess(link) = key {
            needs_provider(link.as_ref(), needs);
        }
    }
    fn along(organisation: &Organisation, change: &Event, set: &[ProcessAreaKey]) -> Vec<Event> {
        let declares = |key: &ProcessAreaKey| match key {
            ProcessAreaKey::Carried(key, _) => **key == *AttributeType::KEY,
            _ => false,
        };
        if set.iter().any(declares) { defaults_after(organisation, change) } else { Vec::new() }
    }
    fn put(&mut self, _organisation: &Organisation, key: &ProcessAreaKey) -> Result<(), Refusal> {
        let only = |which: &str| {
            Err(Refusal::Precondition(format!("only a {which} has this key: remove it from the change")))
        };
        match (key, &mut self.kind) {
            (ProcessAreaKey::Name(name), _) => self.name = name.clone(),
            (ProcessAreaKey::Carried(key, value), _) => {
                self.carried = self.carried.with(key, value.clone());
            }
            (ProcessAreaKey::Access(access), AreaKind::Project(project)) => project.access = *access,
            (ProcessAreaKey::SharesProcess(shares), AreaKind::Project(project)) => {
                project.shares_process = *shares;
            }
            (ProcessAreaKey::UsesProcess(link), AreaKind::Project(project)) => {
                project.uses_process.clone_from(link);
            }
            (ProcessAreaKey::IterationTypes(types), AreaKind::Project(project)) => {
                project.iteration_types = types.clone();
            }
            (ProcessAreaKey::RoleInheritance(inheritance), AreaKind::Team(team)) => {
                team.role_inheritance = *inheritance;
            }
            (ProcessAreaKey::Timeline(timeline), AreaKind::Team(team)) => team.timeline.clone_from(timeline),
            (_, AreaKind::Team(_) | AreaKind::Copy(_)) => return only("project area"),
            (_, AreaKind::Project(_)) => return only("team area"),
        }
        Ok(())
    }
}
