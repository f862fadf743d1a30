//! What a view shows of the nouns: each one that the asker sees, by number or by reference.

use crate::access_group::{AccessGroup, AccessGroupId};
use crate::act::Refusal;
use crate::application_items::{Artefact, Category, Folder, Plan, ScmItem, TestArtefact, WorkItem};
use crate::catalogue::{Application, LicenceType};
use crate::command::{BaselineHierarchy, BaselinePlan, Noun};
use crate::configuration::{Component, ComponentId, Configuration, ConfigurationId, Contribution};
use crate::day::Day;
use crate::decision::decide;
use crate::id::Id;
use crate::item::Item;
use crate::licence_pool::{LicencePool, Supply};
use crate::numbered::number;
use crate::precondition::{Approval, PreconditionEntry};
use crate::process::{Permission, PermissionKey, Role};
use crate::process_area::{AreaId, AssignedRoles, ProcessArea};
use crate::process_template::ProcessTemplate;
use crate::question::{Ask, Gate, Question};
use crate::settings::Settings;
use crate::text::{Name, decode};
use crate::timeline::Timeline;
use crate::user::{User, UserId};
use crate::{Organisation, View};

/// A noun that a view shows.
pub trait Seen: Noun {
    /// The item whose visibility is this one's; `None`: every signed-in user reads it.
    fn item(id: Id<Self>) -> Option<Item>;
    /// The number of the item, if it is of this noun.
    fn of_item(item: Item) -> Option<Id<Self>>;
    /// What it is called by, where it is no item and has no reference.
    fn plain_name(&self) -> Option<&str> {
        None
    }
    /// The one that a number in an address means: work items and requirements artefacts go by a number that
    /// people give.
    fn numbered(_organisation: &Organisation, number: u64) -> Option<Id<Self>> {
        u32::try_from(number).ok().map(Id::new)
    }
}

macro_rules! seen {
    ($($noun:ty: $item:ident $(, $numbered:ident)?;)*) => {
        $(impl Seen for $noun {
            fn item(id: Id<Self>) -> Option<Item> {
                Some(Item::$item(id))
            }
            fn of_item(item: Item) -> Option<Id<Self>> {
                if let Item::$item(id) = item { Some(id) } else { None }
            }
            $(fn numbered(organisation: &Organisation, number: u64) -> Option<Id<Self>> {
                organisation.$numbered(number)
            })?
        })*
    };
}

seen! {
    ProcessArea: Area;
    Component: Component;
    Configuration: Configuration;
    Category: Category;
    WorkItem: WorkItem, work_item_numbered;
    Plan: Plan;
    ScmItem: ScmItem;
    TestArtefact: TestArtefact;
    Folder: Folder;
    Artefact: Artefact, artefact_numbered;
}

/// Every signed-in user reads users, the names of access groups, and templates (docs/process.md#users).
macro_rules! read_by_all {
    ($($noun:ty: $name:ident),*) => {
        $(impl Seen for $noun {
            fn item(_id: Id<Self>) -> Option<Item> {
                None
            }
            fn of_item(_item: Item) -> Option<Id<Self>> {
                None
            }
            fn plain_name(&self) -> Option<&str> {
                Some(&self.$name)
            }
        })*
    };
}

read_by_all!(User: id, AccessGroup: name, ProcessTemplate: name);

impl View {
    /// The one with this number, if the asker sees it.
    pub fn see<N: Seen>(&self, id: Id<N>) -> Option<&N> {
        let noun = N::find(&self.organisation, id)?;
        N::item(id).is_none_or(|item| self.sees(item)).then_some(noun)
    }

    /// Each from this number on that the asker sees, in order.
    pub fn each<N: Seen>(&self, first: u32) -> impl Iterator<Item = (Id<N>, &N)> {
        let each = N::from(&self.organisation, first);
        each.filter(|(id, _)| N::item(*id).is_none_or(|item| self.sees(item)))
    }

    /// The one that a key means, a number or a reference, if the asker sees it.
    pub fn find<N: Seen>(&self, key: &str) -> Option<Id<N>> {
        let id = match number(key) {
            Some(number) => N::numbered(&self.organisation, number)?,
            None => N::of_item(self.organisation.item_at(key).ok()?)?,
        };
        self.see(id).map(|_| id)
    }

    /// The number that the next new one gets: what a command made together with its creation names.
    pub fn next<N: Noun>(&self) -> Id<N> {
        N::next(&self.organisation)
    }

    /// The project area that a key means.
    pub fn find_project_area(&self, key: &str) -> Option<AreaId> {
        self.find::<ProcessArea>(key).filter(|id| self.see(*id).is_some_and(|it| it.project().is_some()))
    }
    /// The team area that a key means.
    pub fn find_team_area(&self, key: &str) -> Option<AreaId> {
        self.find::<ProcessArea>(key).filter(|id| self.see(*id).is_some_and(|it| it.team().is_some()))
    }
    /// The project area of this name.
    pub fn project_area_named(&self, application: Application, name: &str) -> Option<AreaId> {
        let found = self.organisation.project_area_named(application, name)?;
        self.sees(Item::Area(found)).then_some(found)
    }
    /// The team area at a slash path of encoded names below a process area.
    pub fn team_area_at(&self, below: AreaId, path: &str) -> Option<AreaId> {
        let mut found = below;
        for name in path.split('/') {
            found = self.organisation.team_area_named(found, &decode(name).ok()?)?;
        }
        self.sees(Item::Area(found)).then_some(found)
    }
    /// The slash path of a team area in its project area; empty for the project area itself.
    pub fn team_path(&self, team: AreaId) -> String {
        self.organisation.team_path(team)
    }
    /// The project area that keeps an item.
    pub fn project_of_item(&self, item: Item) -> Option<AreaId> {
        self.organisation.project_of_item(item)
    }
    /// The project area in which an area is.
    pub fn project_of(&self, area: AreaId) -> AreaId {
        self.organisation.project_of(area)
    }
    /// An area that the asker sees, with every area nested in it.
    pub fn areas_in(&self, area: AreaId) -> Vec<AreaId> {
        if self.sees(Item::Area(area)) { self.organisation.subtree(area) } else { Vec::new() }
    }
    /// The item of a reference, if the asker sees it.
    pub fn item_at(&self, reference: &str) -> Option<Item> {
        self.organisation.item_at(reference).ok().filter(|item| self.sees(*item))
    }
    /// Whether the asker has the licence to read an item that they see: plans need one.
    ///
    /// # Errors
    /// The refusal, if they have not.
    pub fn licensed_to_read(&self, item: Item) -> Result<(), Refusal> {
        let leases = self.own_leases();
        let question = Question { user: Some(self.asker), ask: Ask::Read, item, leases };
        match decide(&self.present, &question) {
            Err(refused) if refused.gate == Gate::License => {
                Err(Refusal::Decision { question: Box::new(question), refused })
            }
            _ => Ok(()),
        }
    }
    /// The access group of this name.
    pub fn access_group_named(&self, name: &str) -> Option<AccessGroupId> {
        self.organisation.access_group_named(name)
    }
    /// The team areas nested directly in an area that the asker sees.
    pub fn team_areas(&self, parent: AreaId) -> impl Iterator<Item = AreaId> {
        self.organisation.team_areas(parent).filter(|id| self.sees(Item::Area(*id)))
    }

    /// The configuration that a text means in a project area: `Component/kind:Name`, a number or a reference.
    pub fn find_configuration(&self, project_area: AreaId, text: &str) -> Option<ConfigurationId> {
        if text.contains('#') || number(text).is_some() {
            return self.find(text);
        }
        let area = self.organisation.reference(Item::Area(project_area));
        self.find(&format!("{area}#{text}"))
    }

    /// What questions call what has this number; empty for what is no item.
    pub fn reference_of<N: Seen>(&self, id: Id<N>) -> String {
        N::item(id).map(|item| self.organisation.reference(item)).unwrap_or_default()
    }
    /// The user of this id, archived ones too.
    pub fn user_by_id(&self, id: &str) -> Option<UserId> {
        self.organisation.user_by_id(id)
    }
    /// The id of a user; empty where there is none.
    pub fn id_of(&self, user: UserId) -> Name {
        self.organisation.user(user).map_or_else(|| "".into(), |user| user.id.clone())
    }

    /// The server's settings.
    pub fn settings(&self) -> Settings {
        self.organisation.settings()
    }
    /// The pools of floating licences.
    pub fn licence_pools(&self) -> impl Iterator<Item = (LicenceType, &LicencePool)> {
        self.organisation.licence_pools()
    }
    /// What is to be leased on a day.
    pub fn supply_on(&self, day: Day) -> Supply {
        self.organisation.supply_on(day)
    }
    /// The active users to whom a type of licence is assigned by name.
    pub fn assigned(&self, licence: LicenceType) -> impl Iterator<Item = UserId> {
        self.organisation.assigned(licence)
    }
    /// Who administers an area that the asker sees.
    pub fn administrators(&self, area: AreaId) -> impl Iterator<Item = UserId> {
        self.shown(area, move |organisation| organisation.administrators(area))
    }
    /// The members of an area that the asker sees.
    pub fn members(&self, area: AreaId) -> impl Iterator<Item = (UserId, &AssignedRoles)> {
        self.shown(area, move |organisation| organisation.members(area))
    }
    /// The access list of a project area that the asker sees.
    pub fn access_list(&self, area: AreaId) -> impl Iterator<Item = UserId> {
        self.shown(area, move |organisation| organisation.access_list(area))
    }
    /// The entries of an area that the asker sees.
    pub fn permissions(&self, area: AreaId) -> impl Iterator<Item = (&PermissionKey, &Permission)> {
        self.shown(area, move |organisation| organisation.permissions(area))
    }
    /// The roles that an area defines which the asker sees.
    pub fn roles(&self, area: AreaId) -> &[Role] {
        if self.sees(Item::Area(area)) { self.organisation.roles(area) } else { &[] }
    }
    /// What an area that the asker sees demands of its roles besides permission, in order.
    pub fn preconditions(&self, area: AreaId) -> &[PreconditionEntry] {
        if self.sees(Item::Area(area)) { self.organisation.preconditions(area) } else { &[] }
    }
    /// Who has approved a configuration that the asker sees, as it is.
    pub fn approvals(&self, of: ConfigurationId) -> impl Iterator<Item = (UserId, &Approval)> {
        let seen = self.sees(Item::Configuration(of));
        self.organisation.approvals(of).filter(move |_| seen)
    }
    /// What baselining a hierarchy comes to for the asker; `None` where its root is not seen.
    pub fn baseline_plan(&self, command: &BaselineHierarchy) -> Option<BaselinePlan> {
        let seen = self.sees(Item::Configuration(command.root));
        seen.then(|| command.plan(&self.organisation, self.asker, self.leases.for_user(Some(self.asker))))
    }
    /// The timelines of a project area that the asker sees.
    pub fn timelines(&self, area: AreaId) -> &[Timeline] {
        if self.sees(Item::Area(area)) { self.organisation.timelines(area) } else { &[] }
    }
    fn shown<'v, T: 'v, I: Iterator<Item = T> + 'v>(
        &'v self,
        area: AreaId,
        list: impl FnOnce(&'v Organisation) -> I,
    ) -> impl Iterator<Item = T> {
        self.sees(Item::Area(area)).then(|| list(&self.organisation)).into_iter().flatten()
    }

    /// The configurations of a component that the asker sees.
    pub fn configurations_of(&self, component: ComponentId) -> &[ConfigurationId] {
        let seen = self.sees(Item::Component(component));
        if seen { self.organisation.configurations_of(component) } else { &[] }
    }
    /// What a configuration that the asker sees contains, in order.
    pub fn contributions(&self, parent: ConfigurationId) -> &[Contribution] {
        let seen = self.sees(Item::Configuration(parent));
        if seen { self.organisation.contributions(parent) } else { &[] }
    }
    /// The team area that governs a configuration; `None`: the project area does.
    pub fn effective_team_area(&self, configuration: &Configuration) -> Option<AreaId> {
        self.organisation.effective_team_area(configuration)
    }
}
