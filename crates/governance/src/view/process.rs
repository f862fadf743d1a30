//! What a view shows of the process of an area: its roles, the entries that are looked at there, who counts
//! as what, and what it governs.

use std::collections::BTreeMap;

use super::View;
use crate::catalogue::{Application, OperationId};
use crate::configuration::{ComponentId, ConfigurationId, TeamAreaSetting};
use crate::decision::{Fate, home_area, looked_at};
use crate::item::Item;
use crate::precondition::PreconditionEntry;
use crate::process::{EVERYONE, Permission, Role, Slot};
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;

/// A role that can be held in an area.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleThere {
    /// Its id; `default` is Everyone.
    pub id: Name,
    /// What it is called.
    pub name: Name,
    /// What defines it; `None`: Everyone, or a process whose project area the asker does not know.
    pub defined_in: Option<AreaId>,
    /// The definition; Everyone's role has none of its own.
    pub role: Option<Role>,
}

/// An entry that is looked at in an area.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryThere {
    /// What has it; `None`: a process whose project area the asker does not know.
    pub area: Option<AreaId>,
    /// When it holds.
    pub slot: Slot,
    /// What it grants.
    pub permission: Permission,
    /// What becomes of it now.
    pub fate: Fate,
}

/// Somebody who counts as something in an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountsAs {
    /// Who.
    pub user: UserId,
    /// Where the membership is: the area itself or one above.
    pub area: AreaId,
    /// The ids and names of the roles, in the member's order.
    pub roles: Vec<(Name, Name)>,
}

/// What an area governs itself, as far as the asker sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Governs {
    /// Components whose team area it is.
    pub components: Vec<ComponentId>,
    /// Configurations that it governs, be it because their component is its.
    pub configurations: Vec<ConfigurationId>,
}

impl View {
    /// The areas from the project area down to this one, if the asker sees it.
    pub fn path_to(&self, area: AreaId) -> &[AreaId] {
        if self.sees(Item::Area(area)) { self.organisation.path(area) } else { &[] }
    }

    /// The roles that can be held in an area, Everyone first, then from the top down.
    pub fn roles_there(&self, area: AreaId) -> Vec<RoleThere> {
        let everyone = self.organisation.role(area, EVERYONE);
        let mut found = vec![RoleThere {
            id: EVERYONE.into(),
            name: everyone.map_or_else(|| "Everyone".into(), |(_, role)| role.name.clone()),
            defined_in: None,
            role: None,
        }];
        let law = self.sees(Item::Area(area)).then(|| self.organisation.index.law(area)).flatten();
        for defining in law.into_iter().flat_map(|law| law.areas_that_apply()) {
            for role in self.organisation.roles(defining) {
                let there = RoleThere {
                    id: role.id.clone(),
                    name: role.name.clone(),
                    defined_in: self.known(defining),
                    role: Some(role.clone()),
                };
                match found.iter_mut().find(|it| it.id == role.id) {
                    Some(above) if &*above.id == EVERYONE => {}
                    // A consuming project area's own definition counts.
                    Some(above) => *above = there,
                    None => found.push(there),
                }
            }
        }
        found
    }

    /// The entries for a role and an operation that are looked at in an area, from the top down.
    pub fn entries_there(&self, area: AreaId, role: &str, operation: OperationId) -> Vec<EntryThere> {
        let law = self.sees(Item::Area(area)).then(|| self.organisation.index.law(area)).flatten();
        let Some(law) = law else { return Vec::new() };
        let entries = looked_at(&self.organisation, law, role, operation).into_iter();
        entries
            .map(|it| EntryThere {
                area: self.known(it.area),
                slot: it.key.slot.clone(),
                permission: it.permission.clone(),
                fate: it.fate,
            })
            .collect()
    }

    /// Which area governs an item that the asker sees.
    pub fn governing_area(&self, item: Item) -> Option<AreaId> {
        self.sees(item).then(|| home_area(&self.organisation, item)).flatten()
    }

    /// What is demanded of roles in an area besides permission, from the top down, with where it is said.
    pub fn preconditions_there(&self, area: AreaId) -> Vec<(Option<AreaId>, PreconditionEntry)> {
        let law = self.sees(Item::Area(area)).then(|| self.organisation.index.law(area)).flatten();
        let areas = law.into_iter().flat_map(|law| law.areas_that_apply());
        let entries = |of: AreaId| {
            self.organisation.preconditions(of).iter().map(move |it| (self.known(of), it.clone()))
        };
        areas.flat_map(entries).collect()
    }

    /// What is current in an area, for people: `Main · Release 1 › Sprint 1`.
    pub fn current_in(&self, area: AreaId) -> Option<String> {
        let law = self.sees(Item::Area(area)).then(|| self.organisation.index.law(area)).flatten();
        law?.now.called(self.organisation.timelines(self.organisation.project_of(area)))
    }

    /// Who counts as what in an area: its own members, then those of the areas above whose roles flow down.
    pub fn counting_in(&self, area: AreaId) -> Vec<CountsAs> {
        let law = self.sees(Item::Area(area)).then(|| self.organisation.index.law(area)).flatten();
        let counted = law.into_iter().flat_map(|law| law.counted().iter().rev().copied());
        let mut found = Vec::new();
        for of in counted {
            for (user, roles) in self.organisation.members(of) {
                let named = roles.iter().map(|id| (id.clone(), self.role_name(of, id))).collect();
                found.push(CountsAs { user, area: of, roles: named });
            }
        }
        found
    }

    /// The groups of the registry that are bound to a role in an area.
    pub fn groups_bound(&self, area: AreaId, role: &str) -> Vec<Name> {
        let bindings = self.organisation.settings().group_bindings;
        let here = bindings.iter().filter(|it| it.area == area && *it.role == *role);
        here.map(|it| it.group.clone()).collect()
    }

    /// Which components and configurations an area governs itself.
    pub fn governed_by(&self, area: AreaId) -> Governs {
        let mut governs = Governs::default();
        if !self.sees(Item::Area(area)) {
            return governs;
        }
        let organisation = &*self.organisation;
        if let Some(governed) = organisation.index.governed(area) {
            governs.components = governed.components.iter().copied().collect();
            let inheriting = governed.components.iter().flat_map(|id| organisation.configurations_of(*id));
            let inheriting = inheriting.copied().filter(|id| {
                let configuration = organisation.configuration(*id);
                configuration.and_then(|it| it.kind.team_area()) == Some(TeamAreaSetting::Inherit)
            });
            governs.configurations = governed.configurations.iter().copied().chain(inheriting).collect();
            governs.configurations.sort_unstable();
            governs.configurations.dedup();
        }
        governs
    }

    /// What else the areas of a project area govern themselves, by kind.
    pub fn others_governed(&self, project: AreaId) -> BTreeMap<AreaId, BTreeMap<&'static str, Vec<Item>>> {
        let mut found: BTreeMap<AreaId, BTreeMap<&'static str, Vec<Item>>> = BTreeMap::new();
        let organisation = &*self.organisation;
        let known = self.see(project).and_then(|it| it.project());
        if known.is_none_or(|it| it.application == Application::Gc) {
            return found;
        }
        let categories = organisation.categories().map(|(id, _)| ("category", Item::Category(id)));
        let folders = organisation.folders().map(|(id, _)| ("folder", Item::Folder(id)));
        let plans = organisation.plans().map(|(id, _)| ("plan", Item::Plan(id)));
        let scm = organisation.scm_items().map(|(id, _)| ("source control item", Item::ScmItem(id)));
        let tests = organisation.test_artefacts().map(|(id, _)| ("test artefact", Item::TestArtefact(id)));
        for (kind, item) in categories.chain(folders).chain(plans).chain(scm).chain(tests) {
            let home = home_area(organisation, item).filter(|it| organisation.project_of(*it) == project);
            if let Some(home) = home.filter(|_| self.sees(item)) {
                found.entry(home).or_default().entry(kind).or_default().push(item);
            }
        }
        found
    }

    /// How many components and configurations an area governs itself; cheap, unlike the list.
    pub fn governs_how_many(&self, area: AreaId) -> (usize, usize) {
        if !self.sees(Item::Area(area)) {
            return (0, 0);
        }
        self.organisation
            .index
            .governed(area)
            .map_or((0, 0), |governed| (governed.components.len(), governed.configurations.len()))
    }

    /// The project areas that use a project area's process, as far as the asker sees them.
    pub fn consumers_of(&self, area: AreaId) -> Vec<AreaId> {
        let consumers = self.sees(Item::Area(area)).then(|| self.organisation.consumers(area));
        consumers.into_iter().flatten().filter(|it| self.sees(Item::Area(*it))).collect()
    }

    /// An area that the asker sees, or the copy of another server's process: whoever sees what uses it knows
    /// that.
    fn known(&self, area: AreaId) -> Option<AreaId> {
        let is_copy = || self.organisation.area(area).is_some_and(|it| it.copy().is_some());
        (self.sees(Item::Area(area)) || is_copy()).then_some(area)
    }
}
