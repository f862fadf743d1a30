//! To archive, to unarchive, and to delete for good.

use serde::{Deserialize, Serialize};

use super::component::ComponentKey;
use super::configuration::ConfigurationKey;
use super::needs::saving;
use super::noun::{changed, found};
use super::{Command, Edit, Needs, Noun, Refusals, Step};
use crate::access_group::{AccessGroup, AccessGroupId};
use crate::act::Refusal;
use crate::application_items::{
    ArtefactId, CategoryId, FolderId, PlanId, ScmItemId, TestArtefactId, WorkItemId,
};
use crate::catalogue::{LicenceSet, RepositoryOperation};
use crate::configuration::{ComponentId, ConfigurationId, TeamAreaSetting};
use crate::event::Event;
use crate::id::Id;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::{AreaId, ProcessArea};
use crate::process_template::{ProcessTemplate, ProcessTemplateId};
use crate::user::{User, UserId};

/// What can be archived or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each variant is what it names")]
pub enum Subject {
    User(UserId),
    AccessGroup(AccessGroupId),
    Area(AreaId),
    Component(ComponentId),
    Configuration(ConfigurationId),
    Category(CategoryId),
    WorkItem(WorkItemId),
    Plan(PlanId),
    ScmItem(ScmItemId),
    TestArtefact(TestArtefactId),
    Folder(FolderId),
    Artefact(ArtefactId),
    ProcessTemplate(ProcessTemplateId),
}

impl Subject {
    /// The item that it is; none of what is no item.
    pub fn item(self) -> Option<Item> {
        Some(match self {
            Self::User(_) | Self::AccessGroup(_) | Self::ProcessTemplate(_) => return None,
            Self::Area(id) => Item::Area(id),
            Self::Component(id) => Item::Component(id),
            Self::Configuration(id) => Item::Configuration(id),
            Self::Category(id) => Item::Category(id),
            Self::WorkItem(id) => Item::WorkItem(id),
            Self::Plan(id) => Item::Plan(id),
            Self::ScmItem(id) => Item::ScmItem(id),
            Self::TestArtefact(id) => Item::TestArtefact(id),
            Self::Folder(id) => Item::Folder(id),
            Self::Artefact(id) => Item::Artefact(id),
        })
    }

    fn needs(self, action: &str, needs: &mut Needs<'_>) {
        match (self, self.item()) {
            (_, Some(item)) => needs.save(action, item),
            (Self::AccessGroup(_), _) => needs.repository(RepositoryOperation::manage_access_groups()),
            (Self::ProcessTemplate(_), _) => {
                needs.repository(RepositoryOperation::manage_process_templates());
            }
            (_, None) => needs.repository(RepositoryOperation::manage_users()),
        }
    }

    fn set_archived(self, organisation: &Organisation, archived: bool) -> Result<Event, Refusal> {
        fn set<N: Noun>(organisation: &Organisation, id: Id<N>, to: bool) -> Result<Event, Refusal> {
            changed(organisation, id, |noun: &mut N| match noun.archived() {
                Some(archived) => {
                    *archived = to;
                    Ok(())
                }
                None => Err(Refusal::Precondition(format!(
                    "`{}` is never archived: delete it when nothing uses it any more",
                    N::KIND
                ))),
            })
        }
        match self {
            Self::User(id) => changed(organisation, id, |user: &mut User| {
                user.archived = archived;
                if archived {
                    // Archiving frees them (docs/process.md#archiving-users).
                    user.licences = LicenceSet::NONE;
                }
                Ok(())
            }),
            Self::AccessGroup(id) => set(organisation, id, archived),
            Self::Area(id) => set(organisation, id, archived),
            Self::Component(id) => set(organisation, id, archived),
            Self::Configuration(id) => set(organisation, id, archived),
            Self::Category(id) => set(organisation, id, archived),
            Self::WorkItem(id) => set(organisation, id, archived),
            Self::Plan(id) => set(organisation, id, archived),
            Self::ScmItem(id) => set(organisation, id, archived),
            Self::TestArtefact(id) => set(organisation, id, archived),
            Self::Folder(id) => set(organisation, id, archived),
            Self::Artefact(id) => set(organisation, id, archived),
            Self::ProcessTemplate(id) => set(organisation, id, archived),
        }
    }
}

/// Archives something. A component takes its configurations along; what lies in a team area, folder or
/// category counts as archived with it, so that restoring it loses nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Archive {
    /// What.
    pub subject: Subject,
    /// For a team area that components or configurations use: what governs them instead
    /// (docs/global-configurations.md#archiving-a-team-area).
    #[serde(default)]
    pub replacement: Option<Replacement>,
}

/// What governs instead of an archived team area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replacement {
    /// The project area.
    Unassigned,
    /// Another team area.
    TeamArea(AreaId),
}

impl Archive {
    /// Archives this, with nothing put in its place.
    pub fn of(subject: Subject) -> Self {
        Self { subject, replacement: None }
    }

    /// The changes that hand what a team area and those in it govern to the replacement.
    fn handing_over(
        &self,
        organisation: &Organisation,
    ) -> (Vec<Edit<crate::Component>>, Vec<Edit<crate::Configuration>>) {
        let Subject::Area(area) = self.subject else { return Default::default() };
        if organisation.area(area).is_none_or(|area| area.team().is_none()) {
            return Default::default();
        }
        let to = match self.replacement {
            Some(Replacement::TeamArea(team)) => Some(team),
            Some(Replacement::Unassigned) | None => None,
        };
        let setting = to.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned);
        let (mut components, mut configurations) = (Vec::new(), Vec::new());
        for governed in
            organisation.subtree(area).into_iter().filter_map(|it| organisation.index.governed(it))
        {
            let set = || vec![ComponentKey::TeamArea(to)];
            components.extend(governed.components.iter().map(|id| Edit { id: *id, set: set() }));
            let set = || vec![ConfigurationKey::TeamArea(setting)];
            configurations.extend(governed.configurations.iter().map(|id| Edit { id: *id, set: set() }));
        }
        (components, configurations)
    }
}

impl Step for Archive {
    fn needs(&self, needs: &mut Needs<'_>) {
        // Nothing may be changed about what is archived: who asks for what is so already changes nothing.
        let events = self.events(needs.organisation, needs.by);
        if let Some(item) = self.subject.item()
            && events.is_ok_and(|events| events.iter().all(Event::is_void))
        {
            return needs.sees(item);
        }
        self.subject.needs("archive", needs);
        let organisation = needs.organisation;
        if let Subject::Component(component) = self.subject {
            for id in active(organisation, component, true) {
                needs.save("archive", Item::Configuration(id));
            }
        }
        if self.replacement.is_some() {
            let (components, configurations) = self.handing_over(organisation);
            // What is archived goes along: nobody may change it, and it would keep the team area for ever.
            let is_active = |id| organisation.component(id).is_some_and(|it| !it.archived);
            let components = components.iter().filter(|edit| is_active(edit.id));
            components.for_each(|edit| edit.needs(needs));
            let configurations = configurations.iter().filter(|edit| {
                let it = organisation.configuration(edit.id);
                it.is_some_and(|it| !it.archived && is_active(it.component))
            });
            configurations.for_each(|edit| edit.needs(needs));
        }
    }
    fn refusals(&self) -> Refusals {
        Refusals::Every
    }
    fn events(&self, organisation: &Organisation, by: UserId) -> Result<Vec<Event>, Refusal> {
        let mut events = Vec::new();
        let (components, configurations) = self.handing_over(organisation);
        let used = components.len() + configurations.len();
        if let (Subject::Area(area), true) = (self.subject, used > 0) {
            let inside = |team: AreaId| organisation.path(team).contains(&area);
            if matches!(self.replacement, None | Some(Replacement::TeamArea(_)))
                && !matches!(self.replacement, Some(Replacement::TeamArea(team)) if !inside(team))
            {
                let name = &found::<ProcessArea>(organisation, area)?.name;
                return Err(Refusal::Precondition(format!(
                    "team area `{name}` governs {used} components and configurations: name what governs them \
                     instead, a team area outside it or `unassigned`"
                )));
            }
            for edit in &components {
                events.extend(edit.events(organisation, by)?);
            }
            for edit in &configurations {
                events.extend(edit.events(organisation, by)?);
            }
        }
        if let Subject::Component(component) = self.subject {
            for id in active(organisation, component, true) {
                events.push(Subject::Configuration(id).set_archived(organisation, true)?);
            }
        }
        events.push(self.subject.set_archived(organisation, true)?);
        Ok(events)
    }
}

/// The configurations of a component that are active, or those that are not.
fn active(organisation: &Organisation, component: ComponentId, active: bool) -> Vec<ConfigurationId> {
    let all = organisation.configurations_of(component).iter().copied();
    all.filter(|id| organisation.configuration(*id).is_some_and(|it| it.archived != active)).collect()
}

/// Takes something out of the archive; a component brings its configurations along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unarchive {
    /// What.
    pub subject: Subject,
}

impl Step for Unarchive {
    fn needs(&self, needs: &mut Needs<'_>) {
        self.subject.needs("unarchive", needs);
    }
    fn refusals(&self) -> Refusals {
        Refusals::Every
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        Ok(vec![self.subject.set_archived(organisation, false)?])
    }
    fn then(&self, after: &Organisation) -> Vec<Command> {
        let Subject::Component(component) = self.subject else { return Vec::new() };
        let archived = active(after, component, false).into_iter();
        archived.map(|id| Unarchive { subject: Subject::Configuration(id) }.into()).collect()
    }
}

/// Deletes something for good: an access group, process template, work item, plan, stream of source control,
/// test artefact, folder or requirements artefact. Everything else is archived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delete {
    /// What.
    pub subject: Subject,
}

impl Step for Delete {
    fn needs(&self, needs: &mut Needs<'_>) {
        match self.subject {
            Subject::WorkItem(id) => needs.action("ccm.delete-work-item", "delete", Item::WorkItem(id)),
            Subject::Artefact(id) => {
                let item = Item::Artefact(id);
                match needs.organisation.artefact(id) {
                    Some(it) => needs.identified(
                        &saving(needs.organisation, item),
                        "delete/type",
                        &it.item_type,
                        item,
                    ),
                    None => needs.sees(item),
                }
            }
            // What has no such action answers that it is archived instead.
            subject => subject.needs("delete", needs),
        }
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        fn gone<N: Noun>(organisation: &Organisation, id: Id<N>) -> Result<Vec<Event>, Refusal> {
            Ok(vec![N::event(id, Some(found(organisation, id)?.clone()), None)])
        }
        match self.subject {
            Subject::AccessGroup(id) => gone::<AccessGroup>(organisation, id),
            Subject::ProcessTemplate(id) => gone::<ProcessTemplate>(organisation, id),
            Subject::WorkItem(id) => gone(organisation, id),
            Subject::Plan(id) => gone(organisation, id),
            Subject::ScmItem(id) => gone(organisation, id),
            Subject::TestArtefact(id) => gone(organisation, id),
            Subject::Folder(id) => gone(organisation, id),
            Subject::Artefact(id) => gone(organisation, id),
            Subject::User(_)
            | Subject::Area(_)
            | Subject::Component(_)
            | Subject::Configuration(_)
            | Subject::Category(_) => {
                Err(Refusal::Precondition("this is never deleted: archive it instead".into()))
            }
        }
    }
}
