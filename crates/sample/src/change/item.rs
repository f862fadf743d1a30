//! Changes of what project areas keep.

use governance::{
    AccessGroupId, AreaId, Artefact, Audience, Category, CategoryId, Component, Configuration,
    ConfigurationId, ConfigurationKind, Contribution, Event, Folder, FolderId, Item, Organisation, Owner,
    Plan, RestrictedAccess, ScmItem, ScmVisibility, TeamAreaSetting, TestArtefact, WorkItem,
};

use super::{anybody, changed, maybe_team};
use crate::chance::Chance;
use crate::question::items;
use crate::vocabulary::name;

/// The event that changes an item: its name, whether it is archived, or what is its own.
macro_rules! changing {
    ($organisation:ident, $chance:ident, $event:ident, $get:ident, $id:ident, $name:ident, $own:expr) => {{
        let before = $organisation.$get($id)?.clone();
        let mut after = before.clone();
        let own: &dyn Fn(&mut _, &mut Chance) = &$own;
        match $chance.below(10) {
            0 => after.$name = name($chance, 1000 + $id.number() as usize),
            1..4 => after.archived = !after.archived,
            _ => own(&mut after, $chance),
        }
        Some(Event::$event(changed($id, Some(before.into()), Some(after.into()))))
    }};
}

pub(super) fn change(organisation: &Organisation, chance: &mut Chance) -> Vec<Event> {
    let kinds = items(organisation);
    let item = chance.pick(&kinds).and_then(|kind| chance.pick(kind)).copied();
    item.and_then(|item| one(organisation, item, chance)).into_iter().collect()
}

fn one(all: &Organisation, item: Item, chance: &mut Chance) -> Option<Event> {
    match item {
        Item::Repository | Item::Area(_) => None,
        Item::Component(id) => {
            changing!(all, chance, Component, component, id, name, |it: &mut Component, chance| {
                it.team_area = maybe_team(all, it.project_area, chance);
            })
        }
        Item::Configuration(id) if chance.percent(30) => contributions(all, id, chance),
        Item::Configuration(id) if chance.percent(20) => new_configuration(all, id, chance),
        Item::Configuration(id) => {
            changing!(
                all,
                chance,
                Configuration,
                configuration,
                id,
                name,
                |it: &mut Configuration, chance| {
                    let project = all.component(it.component).map(|component| component.project_area);
                    it.kind = match (it.kind, project, anybody(all, chance)) {
                        (ConfigurationKind::Personal(_), _, Some(owner)) => {
                            ConfigurationKind::Personal(owner)
                        }
                        (kind, Some(project), _) => kind.with_team_area(setting(all, project, chance)),
                        (kind, ..) => kind,
                    };
                }
            )
        }
        Item::Category(id) => {
            changing!(all, chance, Category, category, id, name, |it: &mut Category, chance| {
                category(all, id, it, chance);
            })
        }
        Item::WorkItem(id) => {
            changing!(all, chance, WorkItem, work_item, id, title, |it: &mut WorkItem, chance| {
                work_item(all, it, chance);
            })
        }
        Item::Plan(id) => changing!(all, chance, Plan, plan, id, name, |it: &mut Plan, chance| {
            it.owner = owner(all, it.project_area, chance);
        }),
        Item::ScmItem(id) => {
            changing!(all, chance, ScmItem, scm_item, id, name, |it: &mut ScmItem, chance| {
                scm_item(all, it, chance);
            })
        }
        Item::TestArtefact(id) => {
            changing!(all, chance, TestArtefact, test_artefact, id, name, |it: &mut TestArtefact, chance| {
                it.team_area = maybe_team(all, it.project_area, chance);
            })
        }
        Item::Folder(id) => changing!(all, chance, Folder, folder, id, name, |it: &mut Folder, chance| {
            folder(all, id, it, chance);
        }),
        Item::Artefact(id) => {
            changing!(all, chance, Artefact, artefact, id, title, |it: &mut Artefact, chance| {
                let here = all.folders().filter(|(_, folder)| folder.project_area == it.project_area);
                let here: Vec<_> = here.map(|(id, _)| id).collect();
                it.folder = chance.pick(&here).copied();
                it.team_area = setting(all, it.project_area, chance);
            })
        }
    }
}

fn setting(organisation: &Organisation, project: AreaId, chance: &mut Chance) -> TeamAreaSetting {
    match maybe_team(organisation, project, chance).filter(|_| chance.percent(60)) {
        Some(team) => TeamAreaSetting::Assigned(team),
        None => chance.of([TeamAreaSetting::Inherit, TeamAreaSetting::Unassigned]),
    }
}

fn group(organisation: &Organisation, chance: &mut Chance) -> Option<AccessGroupId> {
    let groups: Vec<_> = organisation.access_groups().map(|(id, _)| id).collect();
    chance.pick(&groups).copied()
}

/// A member of a baseline is a baseline; what is contained was made before, so that there is no cycle.
fn contributions(organisation: &Organisation, parent: ConfigurationId, chance: &mut Chance) -> Option<Event> {
    let project = organisation.project_of_item(Item::Configuration(parent));
    let frozen = matches!(organisation.configuration(parent)?.kind, ConfigurationKind::Baseline(_));
    let is_active = |id| organisation.component(id).is_some_and(|it| !it.archived);
    let fitting: Vec<_> = organisation
        .configurations()
        .filter(|(id, it)| *id < parent && !it.archived && is_active(it.component))
        .filter(|(id, _)| organisation.project_of_item(Item::Configuration(*id)) == project)
        .filter(|(_, it)| match it.kind {
            ConfigurationKind::Stream(_) => !frozen,
            ConfigurationKind::Baseline(_) => true,
            ConfigurationKind::Staging(_) | ConfigurationKind::Personal(_) => false,
        })
        .map(|(id, _)| Contribution::Configuration(id))
        .collect();
    let mut after = chance.some(&fitting, 40);
    chance.shuffle(&mut after);
    let before = organisation.all_contributions().find(|(it, _)| *it == parent).map(|(_, has)| has.into());
    Some(Event::Contributions(changed(parent, before, (!after.is_empty()).then(|| after.into()))))
}

fn new_configuration(
    organisation: &Organisation,
    from: ConfigurationId,
    chance: &mut Chance,
) -> Option<Event> {
    let source = organisation.configuration(from)?;
    // As docs/global-configurations.md#where-a-new-item-starts has it: the setting is copied.
    let setting = source.kind.team_area()?;
    let number = organisation.configurations().count();
    let after = Configuration {
        component: source.component,
        kind: match source.kind {
            ConfigurationKind::Stream(_) => {
                chance.of([ConfigurationKind::Stream(setting), ConfigurationKind::Baseline(setting)])
            }
            ConfigurationKind::Baseline(_) => ConfigurationKind::Stream(setting),
            // What is being assembled, and what is somebody's own, is no source.
            ConfigurationKind::Staging(_) | ConfigurationKind::Personal(_) => return None,
        },
        name: name(chance, 2000 + number),
        source: Some(from),
        archived: false,
        carried: governance::Carried::NOTHING,
    };
    Some(Event::Configuration(changed(ConfigurationId::new(number as u32), None, Some(after))))
}

fn category(organisation: &Organisation, id: CategoryId, it: &mut Category, chance: &mut Chance) {
    if chance.percent(40) {
        // Those made before it, so that there is no cycle.
        let above =
            organisation.categories().filter(|(of, at)| *of < id && at.project_area == it.project_area);
        let above: Vec<_> = above.map(|(id, _)| id).collect();
        it.parent = chance.pick(&above).copied().filter(|_| chance.percent(70));
    } else {
        it.restrict_access = !it.restrict_access;
    }
    // A flag without any team area at or above it is an error; this keeps clear of it, here and below.
    if let Some(team) = maybe_team(organisation, it.project_area, chance) {
        it.team_area = Some(team);
    }
    it.restrict_access &= it.team_area.is_some();
    if it.team_area.is_none() {
        it.parent = organisation.category(id).and_then(|before| before.parent);
    }
}

fn work_item(organisation: &Organisation, it: &mut WorkItem, chance: &mut Chance) {
    let here = organisation.categories().filter(|(_, category)| category.project_area == it.project_area);
    let here: Vec<_> = here.map(|(id, _)| id).collect();
    it.category = chance.pick(&here).copied().filter(|_| chance.percent(85));
    let audience = match chance.below(3) {
        0 => group(organisation, chance).map(Audience::AccessGroup),
        1 => maybe_team(organisation, it.project_area, chance).map(Audience::MembersOf),
        _ => Some(Audience::MembersOf(it.project_area)),
    };
    it.restricted_access = match chance.below(4) {
        0 => Some(RestrictedAccess::Public),
        1 => audience.map(RestrictedAccess::To),
        _ => None,
    };
}

fn owner(organisation: &Organisation, project: AreaId, chance: &mut Chance) -> Owner {
    match (maybe_team(organisation, project, chance), anybody(organisation, chance)) {
        (Some(team), _) => Owner::TeamArea(team),
        (None, Some(user)) if chance.percent(60) => Owner::User(user),
        _ => Owner::ProjectArea,
    }
}

fn scm_item(organisation: &Organisation, it: &mut ScmItem, chance: &mut Chance) {
    it.owner = owner(organisation, it.project_area, chance);
    let fitting = match it.owner {
        Owner::User(_) => ScmVisibility::Private,
        Owner::TeamArea(_) => ScmVisibility::TeamPrivate,
        Owner::ProjectArea => ScmVisibility::Public,
    };
    let group = group(organisation, chance).map_or(ScmVisibility::Public, ScmVisibility::AccessGroup);
    it.visibility = chance.of([fitting, ScmVisibility::Public, ScmVisibility::Project, group]);
}

fn folder(organisation: &Organisation, id: FolderId, it: &mut Folder, chance: &mut Chance) {
    match chance.below(3) {
        0 => {
            let above =
                organisation.folders().filter(|(of, at)| *of < id && at.project_area == it.project_area);
            let above: Vec<_> = above.map(|(id, _)| id).collect();
            it.parent = chance.pick(&above).copied().filter(|_| chance.percent(70));
        }
        1 => it.team_area = setting(organisation, it.project_area, chance),
        _ => {
            it.read = match chance.below(3) {
                0 => group(organisation, chance).map(Audience::AccessGroup),
                1 => maybe_team(organisation, it.project_area, chance).map(Audience::MembersOf),
                _ => None,
            }
        }
    }
}
