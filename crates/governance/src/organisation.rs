//! The organisation: everything that decisions read, as one immutable value.

use std::sync::Arc;

use crate::access_group::{AccessGroup, AccessGroupId};
use crate::application_items::{
    Artefact, ArtefactId, Category, CategoryId, Folder, FolderId, Plan, PlanId, ScmItem, ScmItemId,
    TestArtefact, TestArtefactId, WorkItem, WorkItemId,
};
use crate::catalogue::{LicenceType, OperationId};
use crate::configuration::{
    Component, ComponentId, Configuration, ConfigurationId, Contribution, TeamAreaSetting,
};
use crate::event::{Event, Facts};
use crate::index::Index;
use crate::item::Item;
use crate::licence_pool::LicencePool;
use crate::precondition::{Approval, PreconditionEntry};
use crate::process::{Permission, PermissionKey, Role, Slot};
use crate::process_area::{AreaId, AssignedRoles, ProcessArea, ProcessCopy, ProjectArea};
use crate::process_template::{ProcessTemplate, ProcessTemplateId};
use crate::settings::Settings;
use crate::text::Name;
use crate::timeline::Timeline;
use crate::user::{User, UserId};

/// An organisation at one moment. Cloning it is free; a change makes a new one that shares what did not
/// change.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    pub(crate) facts: Facts,
    pub(crate) index: Index,
}

/// Two organisations are equal when their facts are.
impl PartialEq for Organisation {
    fn eq(&self, other: &Self) -> bool {
        self.facts == other.facts
    }
}

impl Organisation {
    /// Works out what searches by name begin with, which takes a second for a million: nobody has to wait for
    /// it then.
    pub fn prepare_searches(&self) {
        self.index.searched_components.by_name(&self.facts);
        self.index.searched_configurations.by_name(&self.facts);
    }

    /// The organisation after these events, which must agree with it.
    #[must_use]
    pub fn after<'a>(&self, events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut next = self.clone();
        next.apply(events);
        next
    }

    /// Applies events in place.
    pub fn apply<'a>(&mut self, events: impl IntoIterator<Item = &'a Event>) {
        let mut touched = crate::index::Touched::default();
        for event in events {
            self.facts.put(event);
            self.index.note(event, &mut touched);
        }
        self.index.refresh(&self.facts, touched);
    }

    /// Every fact, as the event that creates it, later ones referring to earlier ones.
    pub fn facts(&self) -> impl Iterator<Item = Event> {
        self.facts.each()
    }

    /// How many facts there are of each kind.
    pub fn fact_counts(&self) -> Vec<(&'static str, usize)> {
        self.facts.counts()
    }

    /// Whether every fact that the events change is now what they say that it was.
    pub fn agrees_with<'a>(&self, events: impl IntoIterator<Item = &'a Event>) -> bool {
        events.into_iter().all(|event| self.facts.agrees(event))
    }

    /// The server's settings.
    pub fn settings(&self) -> Settings {
        self.facts.settings.get(&()).cloned().unwrap_or_default()
    }

    /// The pools of floating licences, by type.
    pub fn licence_pools(&self) -> impl Iterator<Item = (LicenceType, &LicencePool)> {
        self.facts.licence_pools.iter().map(|(licence, pool)| (*licence, pool))
    }

    /// The user, if there is one.
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.facts.users.get(id).map(Arc::as_ref)
    }
    /// Every user.
    pub fn users(&self) -> impl Iterator<Item = (UserId, &User)> {
        self.facts.users.iter().map(|(id, user)| (id, user.as_ref()))
    }

    /// The process area, if there is one.
    pub fn area(&self, id: AreaId) -> Option<&ProcessArea> {
        self.facts.areas.get(id).map(Arc::as_ref)
    }
    /// Every process area of this server.
    pub fn areas(&self) -> impl Iterator<Item = (AreaId, &ProcessArea)> {
        let areas = self.facts.areas.iter().map(|(id, area)| (id, area.as_ref()));
        areas.filter(|(_, area)| area.copy().is_none())
    }
    /// Every copy of a process of another server, under whose name it is.
    pub fn process_copies(&self) -> impl Iterator<Item = (AreaId, &Name, &ProcessCopy)> {
        let areas = self.facts.areas.iter().map(|(id, area)| (id, area.as_ref()));
        areas.filter_map(|(id, area)| Some((id, &area.name, area.copy()?)))
    }
    /// Every project area.
    pub fn project_areas(&self) -> impl Iterator<Item = (AreaId, &ProcessArea, &ProjectArea)> {
        self.areas().filter_map(|(id, area)| Some((id, area, area.project()?)))
    }
    /// Whether others may use the process of a project area.
    pub fn shares_process(&self, id: AreaId) -> bool {
        let area = self.area(id).filter(|area| !area.archived);
        area.and_then(ProcessArea::project).is_some_and(|project| project.shares_process)
    }
    /// The team areas nested directly in an area, by name.
    pub fn team_areas(&self, parent: AreaId) -> impl Iterator<Item = AreaId> {
        let mut children: Vec<_> = self.index.children(parent).collect();
        children.sort_by_key(|id| self.area(*id).map(|area| &area.name));
        children.into_iter()
    }
    /// The project area that an area belongs to; itself for a project area.
    pub fn project_of(&self, area: AreaId) -> AreaId {
        self.index.law(area).map_or(area, |law| law.project)
    }
    /// The areas from the project area down to this one, itself included.
    pub fn path(&self, area: AreaId) -> &[AreaId] {
        self.index.law(area).map_or(&[], |law| &law.path)
    }
    /// The areas that use a project area's process.
    pub fn consumers(&self, provider: AreaId) -> impl Iterator<Item = AreaId> {
        self.index.consumers(provider)
    }
    /// The area, and every area nested in it.
    pub fn subtree(&self, area: AreaId) -> Vec<AreaId> {
        let mut found = vec![area];
        let mut at = 0;
        while at < found.len() {
            found.extend(self.index.children(found[at]));
            at += 1;
        }
        found
    }

    /// The administrators of an area.
    pub fn administrators(&self, area: AreaId) -> impl Iterator<Item = UserId> {
        self.facts.administrators.range(of_area(area)).map(|((_, user), _)| *user)
    }
    /// The members of an area, with the roles assigned to them there.
    pub fn members(&self, area: AreaId) -> impl Iterator<Item = (UserId, &AssignedRoles)> {
        self.facts.members.range(of_area(area)).map(|((_, user), roles)| (*user, roles))
    }
    /// The roles assigned to a user in an area; `None`: no member of it.
    pub fn member(&self, area: AreaId, user: UserId) -> Option<&AssignedRoles> {
        self.facts.members.get(&(area, user))
    }
    /// The users in a project area's access list.
    pub fn access_list(&self, area: AreaId) -> impl Iterator<Item = UserId> {
        self.facts.access_list.range(of_area(area)).map(|((_, user), _)| *user)
    }
    /// The roles that an area itself defines, in order.
    pub fn roles(&self, area: AreaId) -> &[Role] {
        self.facts.roles.get(&area).map_or(&[], Arc::as_ref)
    }
    /// The role with this id that is visible in an area, and the area that defines it: here, above, or the
    /// provider; a consuming project area's own definition counts before the provider's.
    pub fn role(&self, area: AreaId, id: &str) -> Option<(AreaId, &Role)> {
        let Some(law) = self.index.law(area) else {
            // No decision is made in a copy of a process.
            return self.roles(area).iter().find(|role| *role.id == *id).map(|role| (area, role));
        };
        law.areas_that_apply()
            .rev()
            .find_map(|defining| Some((defining, self.roles(defining).iter().find(|role| *role.id == *id)?)))
    }
    /// Whether a role can be spoken of in an area: one that is defined there or above, and any as long as the
    /// process of another server that may define it is not here yet
    /// (docs/cross-server.md#beginning-a-link).
    pub fn knows_role(&self, area: AreaId, id: &str) -> bool {
        let awaits_process = || {
            let project = self.area(self.project_of(area)).and_then(|it| it.project());
            project.and_then(|it| it.uses_process.as_ref()).is_some_and(|link| link.lender().is_none())
        };
        self.role(area, id).is_some() || awaits_process()
    }
    /// The entries that an area itself has.
    pub fn permissions(&self, area: AreaId) -> impl Iterator<Item = (&PermissionKey, &Permission)> {
        // Entries are kept by area, then role; no role id sorts before the empty one.
        let first = PermissionKey { role: "".into(), operation: OperationId::first(), slot: Slot::Always };
        self.facts
            .permissions
            .range((area, first)..)
            .take_while(move |((of, _), _)| *of == area)
            .map(|((_, key), permission)| (key, permission))
    }
    /// What an area itself demands of its roles besides permission, in order.
    pub fn preconditions(&self, area: AreaId) -> &[PreconditionEntry] {
        self.facts.preconditions.get(&area).map_or(&[], Arc::as_ref)
    }
    /// Who has approved a configuration as it is, by the number of the user.
    pub fn approvals(&self, of: ConfigurationId) -> impl Iterator<Item = (UserId, &Approval)> {
        let range = (of, UserId::new(0))..=(of, UserId::new(u32::MAX));
        self.facts.approvals.range(range).map(|((_, user), approval)| (*user, approval))
    }
    /// The timelines of a project area, in order.
    pub fn timelines(&self, project_area: AreaId) -> &[Timeline] {
        self.facts.timelines.get(&project_area).map_or(&[], Arc::as_ref)
    }
    /// The timeline that an area follows: a root team area's own, else the project timeline.
    pub fn timeline_of(&self, area: AreaId) -> Option<&Timeline> {
        self.index.timeline_of(&self.facts, area)
    }

    /// The access group, if there is one.
    pub fn access_group(&self, id: AccessGroupId) -> Option<&AccessGroup> {
        self.facts.access_groups.get(id).map(Arc::as_ref)
    }
    /// Every access group.
    pub fn access_groups(&self) -> impl Iterator<Item = (AccessGroupId, &AccessGroup)> {
        self.facts.access_groups.iter().map(|(id, group)| (id, group.as_ref()))
    }

    /// The component, if there is one.
    pub fn component(&self, id: ComponentId) -> Option<&Component> {
        self.facts.components.get(id)
    }
    /// Every component.
    pub fn components(&self) -> impl Iterator<Item = (ComponentId, &Component)> {
        self.facts.components.iter()
    }
    /// The configuration, if there is one.
    pub fn configuration(&self, id: ConfigurationId) -> Option<&Configuration> {
        self.facts.configurations.get(id)
    }
    /// Every configuration.
    pub fn configurations(&self) -> impl Iterator<Item = (ConfigurationId, &Configuration)> {
        self.facts.configurations.iter()
    }
    /// The configurations of a component, by number.
    pub fn configurations_of(&self, component: ComponentId) -> &[ConfigurationId] {
        self.index.configurations_of(component)
    }
    /// What a configuration contains, in order.
    pub fn contributions(&self, parent: ConfigurationId) -> &[Contribution] {
        self.facts.contributions.table().get(parent).map_or(&[], Arc::as_ref)
    }
    /// Every configuration that contains something, with what.
    pub fn all_contributions(&self) -> impl Iterator<Item = (ConfigurationId, &[Contribution])> {
        let each = self.facts.contributions.table().iter();
        each.map(|(parent, contributions)| (parent, contributions.as_ref()))
    }

    /// What contains a configuration directly, by number.
    pub fn containers(&self, contained: ConfigurationId) -> impl Iterator<Item = ConfigurationId> {
        self.index.containers(contained)
    }

    /// The category, if there is one.
    pub fn category(&self, id: CategoryId) -> Option<&Category> {
        self.facts.categories.get(id).map(Arc::as_ref)
    }
    /// Every category.
    pub fn categories(&self) -> impl Iterator<Item = (CategoryId, &Category)> {
        self.facts.categories.iter().map(|(id, category)| (id, category.as_ref()))
    }
    /// The work item, if there is one.
    pub fn work_item(&self, id: WorkItemId) -> Option<&WorkItem> {
        self.facts.work_items.get(id).map(Arc::as_ref)
    }
    /// Every work item.
    pub fn work_items(&self) -> impl Iterator<Item = (WorkItemId, &WorkItem)> {
        self.facts.work_items.iter().map(|(id, item)| (id, item.as_ref()))
    }
    /// The plan, if there is one.
    pub fn plan(&self, id: PlanId) -> Option<&Plan> {
        self.facts.plans.get(id).map(Arc::as_ref)
    }
    /// Every plan.
    pub fn plans(&self) -> impl Iterator<Item = (PlanId, &Plan)> {
        self.facts.plans.iter().map(|(id, plan)| (id, plan.as_ref()))
    }
    /// The source control item, if there is one.
    pub fn scm_item(&self, id: ScmItemId) -> Option<&ScmItem> {
        self.facts.scm_items.get(id).map(Arc::as_ref)
    }
    /// Every source control item.
    pub fn scm_items(&self) -> impl Iterator<Item = (ScmItemId, &ScmItem)> {
        self.facts.scm_items.iter().map(|(id, item)| (id, item.as_ref()))
    }
    /// The test artefact, if there is one.
    pub fn test_artefact(&self, id: TestArtefactId) -> Option<&TestArtefact> {
        self.facts.test_artefacts.get(id).map(Arc::as_ref)
    }
    /// Every test artefact.
    pub fn test_artefacts(&self) -> impl Iterator<Item = (TestArtefactId, &TestArtefact)> {
        self.facts.test_artefacts.iter().map(|(id, artefact)| (id, artefact.as_ref()))
    }
    /// The folder, if there is one.
    pub fn folder(&self, id: FolderId) -> Option<&Folder> {
        self.facts.folders.get(id).map(Arc::as_ref)
    }
    /// Every folder.
    pub fn folders(&self) -> impl Iterator<Item = (FolderId, &Folder)> {
        self.facts.folders.iter().map(|(id, folder)| (id, folder.as_ref()))
    }
    /// The requirements artefact, if there is one.
    pub fn artefact(&self, id: ArtefactId) -> Option<&Artefact> {
        self.facts.artefacts.get(id).map(Arc::as_ref)
    }
    /// Every requirements artefact.
    pub fn artefacts(&self) -> impl Iterator<Item = (ArtefactId, &Artefact)> {
        self.facts.artefacts.iter().map(|(id, artefact)| (id, artefact.as_ref()))
    }

    /// The process template that the server keeps under this number.
    pub fn process_template(&self, id: ProcessTemplateId) -> Option<&ProcessTemplate> {
        self.facts.process_templates.get(id).map(Arc::as_ref)
    }
    /// Every process template that the server keeps.
    pub fn process_templates(&self) -> impl Iterator<Item = (ProcessTemplateId, &ProcessTemplate)> {
        self.facts.process_templates.iter().map(|(id, template)| (id, template.as_ref()))
    }

    /// The category, then those that it is nested in, outwards.
    pub fn category_and_above(&self, category: CategoryId) -> impl Iterator<Item = (CategoryId, &Category)> {
        let first = self.category(category).map(|found| (category, found));
        std::iter::successors(first, |(_, below)| {
            let parent = below.parent?;
            Some((parent, self.category(parent)?))
        })
    }
    /// The folder, then those that it is nested in, outwards.
    pub fn folder_and_above(&self, folder: FolderId) -> impl Iterator<Item = (FolderId, &Folder)> {
        let first = self.folder(folder).map(|found| (folder, found));
        std::iter::successors(first, |(_, below)| {
            let parent = below.parent?;
            Some((parent, self.folder(parent)?))
        })
    }

    /// The team area that governs a configuration; `None`: the project area does
    /// (docs/global-configurations.md#the-team-area-attribute).
    pub fn effective_team_area(&self, configuration: &Configuration) -> Option<AreaId> {
        match configuration.kind.team_area()? {
            TeamAreaSetting::Inherit => self.component(configuration.component)?.team_area,
            TeamAreaSetting::Unassigned => None,
            TeamAreaSetting::Assigned(area) => Some(area),
        }
    }

    /// The project area that keeps an item; `None` for the repository and for what is not there.
    pub fn project_of_item(&self, item: Item) -> Option<AreaId> {
        match item {
            Item::Repository => None,
            Item::Area(id) => self.index.law(id).map(|law| law.project),
            Item::Component(id) => self.index.component(id).map(|it| it.project),
            Item::Configuration(id) => {
                self.project_of_item(Item::Component(self.index.configuration(id)?.component))
            }
            Item::Category(id) => self.category(id).map(|it| it.project_area),
            Item::WorkItem(id) => self.work_item(id).map(|it| it.project_area),
            Item::Plan(id) => self.plan(id).map(|it| it.project_area),
            Item::ScmItem(id) => self.scm_item(id).map(|it| it.project_area),
            Item::TestArtefact(id) => self.test_artefact(id).map(|it| it.project_area),
            Item::Folder(id) => self.folder(id).map(|it| it.project_area),
            Item::Artefact(id) => self.artefact(id).map(|it| it.project_area),
        }
    }
}

fn of_area(area: AreaId) -> std::ops::RangeInclusive<(AreaId, UserId)> {
    (area, UserId::new(0))..=(area, UserId::new(u32::MAX))
}
