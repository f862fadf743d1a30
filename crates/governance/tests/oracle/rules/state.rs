//! docs/decision.md#state-gate.

use governance::{AreaId, CategoryId, ConfigurationKind, FolderId, Item, Organisation, With};

use super::Asked;
use super::governing_area::upwards;

pub(super) fn allows(asked: Asked) -> bool {
    let Asked { organisation, item, .. } = asked;
    // The team area that governs it and every one above that, and the project area.
    let mut above: Vec<bool> = vec![area_is_archived(organisation, asked.project)];
    let governing = upwards(organisation, asked.area);
    above.extend(
        governing
            .into_iter()
            // A process area is no more above itself than a component is.
            .filter(|area| item != Item::Area(*area))
            .map(|area| area_is_archived(organisation, area)),
    );
    if item == Item::Area(asked.project) {
        above.clear();
    }
    above.extend(containers_are_archived(organisation, item));
    // Moving a team area below one.
    if let With::NewParent(parent) = asked.with {
        above.extend(
            upwards(organisation, parent).into_iter().map(|area| area_is_archived(organisation, area)),
        );
    }
    let only_unarchive = asked.actions.iter().all(|action| action.leaf.path() == "unarchive");
    let nothing_above = !above.contains(&true);
    let itself = !is_archived(organisation, item) || only_unarchive;
    nothing_above && itself && baseline_takes(asked)
}

/// A baseline accepts these only, and being the source of something new.
fn baseline_takes(asked: Asked) -> bool {
    let Item::Configuration(id) = asked.item else { return true };
    let kind = asked.organisation.configuration(id).map(|it| it.kind);
    if !matches!(kind, Some(ConfigurationKind::Baseline(_))) {
        return true;
    }
    let taken = ["modify-attributes", "modify-team-area", "modify-links", "archive", "unarchive", "create"];
    asked.actions.iter().all(|action| taken.contains(&action.leaf.path()))
}

fn area_is_archived(organisation: &Organisation, area: AreaId) -> bool {
    organisation.area(area).is_some_and(|it| it.archived)
}

fn is_archived(organisation: &Organisation, item: Item) -> bool {
    match item {
        Item::Repository => None,
        Item::Area(id) => organisation.area(id).map(|it| it.archived),
        Item::Component(id) => organisation.component(id).map(|it| it.archived),
        Item::Configuration(id) => organisation.configuration(id).map(|it| it.archived),
        Item::Category(id) => organisation.category(id).map(|it| it.archived),
        Item::WorkItem(id) => organisation.work_item(id).map(|it| it.archived),
        Item::Plan(id) => organisation.plan(id).map(|it| it.archived),
        Item::ScmItem(id) => organisation.scm_item(id).map(|it| it.archived),
        Item::TestArtefact(id) => organisation.test_artefact(id).map(|it| it.archived),
        Item::Folder(id) => organisation.folder(id).map(|it| it.archived),
        Item::Artefact(id) => organisation.artefact(id).map(|it| it.archived),
    }
    .unwrap_or(false)
}

/// Its component, folder or category, and those that these are nested in.
fn containers_are_archived(organisation: &Organisation, item: Item) -> Vec<bool> {
    match item {
        Item::Configuration(id) => {
            let component =
                organisation.configuration(id).and_then(|it| organisation.component(it.component));
            component.map(|it| it.archived).into_iter().collect()
        }
        Item::Category(id) => categories(organisation, organisation.category(id).and_then(|it| it.parent)),
        Item::WorkItem(id) => categories(organisation, organisation.work_item(id).and_then(|it| it.category)),
        Item::Folder(id) => folders(organisation, organisation.folder(id).and_then(|it| it.parent)),
        Item::Artefact(id) => folders(organisation, organisation.artefact(id).and_then(|it| it.folder)),
        Item::Repository | Item::Area(_) | Item::Component(_) => Vec::new(),
        Item::Plan(_) | Item::ScmItem(_) | Item::TestArtefact(_) => Vec::new(),
    }
}

fn categories(organisation: &Organisation, mut at: Option<CategoryId>) -> Vec<bool> {
    let mut archived = Vec::new();
    while let Some(category) = at.and_then(|id| organisation.category(id)) {
        archived.push(category.archived);
        at = category.parent;
    }
    archived
}

fn folders(organisation: &Organisation, mut at: Option<FolderId>) -> Vec<bool> {
    let mut archived = Vec::new();
    while let Some(folder) = at.and_then(|id| organisation.folder(id)) {
        archived.push(folder.archived);
        at = folder.parent;
    }
    archived
}
