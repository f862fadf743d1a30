//! Questions that can be asked of an organisation.

use governance::{
    Action, AreaId, Ask, ConfigurationId, Contribution, Item, LicenceSet, LicenceType, OperationId,
    Organisation, Question, RepositoryOperation, UserId, With,
};

use crate::applicable::applicable;
use crate::chance::Chance;
use crate::vocabulary::path_of;

/// `count` questions that apply, about everything and everybody in turn.
pub fn random_questions(organisation: &Organisation, seed: u64, count: usize) -> Vec<Question> {
    let mut chance = Chance::new(seed);
    let users: Vec<_> = organisation.users().map(|(id, _)| id).collect();
    let items = items(organisation);
    (0..count).map(|_| question(organisation, &users, &items, &mut chance)).collect()
}

/// Every item, kind by kind; the kinds that there are.
pub fn items(organisation: &Organisation) -> Vec<Vec<Item>> {
    let mut kinds: Vec<Vec<Item>> = vec![
        organisation.areas().map(|(id, _)| Item::Area(id)).collect(),
        organisation.components().map(|(id, _)| Item::Component(id)).collect(),
        organisation.configurations().map(|(id, _)| Item::Configuration(id)).collect(),
        organisation.categories().map(|(id, _)| Item::Category(id)).collect(),
        organisation.work_items().map(|(id, _)| Item::WorkItem(id)).collect(),
        organisation.plans().map(|(id, _)| Item::Plan(id)).collect(),
        organisation.scm_items().map(|(id, _)| Item::ScmItem(id)).collect(),
        organisation.test_artefacts().map(|(id, _)| Item::TestArtefact(id)).collect(),
        organisation.folders().map(|(id, _)| Item::Folder(id)).collect(),
        organisation.artefacts().map(|(id, _)| Item::Artefact(id)).collect(),
    ];
    kinds.retain(|kind| !kind.is_empty());
    kinds
}

fn question(
    organisation: &Organisation,
    users: &[UserId],
    kinds: &[Vec<Item>],
    chance: &mut Chance,
) -> Question {
    let user = chance.pick(users).copied().filter(|_| chance.percent(98));
    let leases: LicenceSet = if chance.percent(30) {
        let types: Vec<_> = LicenceType::all().filter(|it| !it.is_functional()).collect();
        chance.some(&types, 20).into_iter().collect()
    } else {
        organisation.leasable()
    };
    let item = chance.pick(kinds).and_then(|kind| chance.pick(kind)).copied();
    let (item, ask) = match item.filter(|_| chance.percent(97)) {
        Some(item) => (item, ask(organisation, item, chance)),
        None => {
            let every: Vec<_> = RepositoryOperation::all().collect();
            (Item::Repository, chance.pick(&every).map_or(Ask::Read, |it| Ask::Repository(*it)))
        }
    };
    Question { user, ask, item, leases }
}

fn ask(organisation: &Organisation, item: Item, chance: &mut Chance) -> Ask {
    if chance.percent(8) {
        return Ask::Read;
    }
    if matches!(item, Item::Configuration(_)) && chance.percent(4) {
        return Ask::SetContext;
    }
    let mut every = applicable(organisation, item);
    if chance.percent(70) {
        // Most operations have no entry in a small organisation, and say little.
        let hot = with_entries(organisation, item);
        if every.iter().any(|(operation, _)| hot.contains(operation)) {
            every.retain(|(operation, _)| hot.contains(operation));
        }
    }
    let Some((operation, leaves)) = chance.pick(&every) else { return Ask::Read };
    let count = if chance.percent(65) { 1 } else { chance.within(2..=3) };
    let mut actions: Vec<Action> = Vec::new();
    for _ in 0..count {
        let Some(leaf) = chance.pick(leaves) else { continue };
        if let Ok(action) = operation.action(&path_of(*leaf, chance))
            && !actions.contains(&action)
        {
            actions.push(action);
        }
    }
    let with = with(organisation, item, &actions, chance);
    Ask::Perform(*operation, actions.into_iter().collect(), with)
}

/// The operations that some area of the item's project area has entries for.
fn with_entries(organisation: &Organisation, item: Item) -> Vec<OperationId> {
    let Some(project) = organisation.project_of_item(item) else { return Vec::new() };
    let areas = organisation.subtree(project);
    areas.into_iter().flat_map(|area| organisation.permissions(area).map(|(key, _)| key.operation)).collect()
}

fn with(organisation: &Organisation, item: Item, actions: &[Action], chance: &mut Chance) -> With {
    let asks = |path: &str| actions.iter().any(|action| action.leaf.path() == path);
    match item {
        Item::Area(area) if asks("move") => {
            let within = organisation.subtree(organisation.project_of(area));
            let parent: Option<&AreaId> = chance.pick(&within);
            parent.map_or(With::Nothing, |it| With::NewParent(*it))
        }
        Item::Configuration(parent) if asks("replace-contribution") && chance.percent(80) => {
            replacement(organisation, parent, chance).unwrap_or_default()
        }
        _ => With::Nothing,
    }
}

/// The old side is a contribution of the parent; the new one is rather often of the same component.
fn replacement(organisation: &Organisation, parent: ConfigurationId, chance: &mut Chance) -> Option<With> {
    let project = organisation.project_of_item(Item::Configuration(parent));
    let old = match chance.pick(organisation.contributions(parent))? {
        Contribution::Configuration(old) => Some(*old),
        Contribution::Local(_) => None,
    };
    let component = old.and_then(|old| organisation.configuration(old)).map(|it| it.component);
    let fits = |id: &ConfigurationId| organisation.project_of_item(Item::Configuration(*id)) == project;
    let new: Vec<_> = match component.filter(|_| chance.percent(75)) {
        Some(component) => organisation.configurations_of(component).to_vec(),
        None => organisation.configurations().map(|(id, _)| id).filter(fits).collect(),
    };
    let new = chance.pick(&new).copied().filter(|_| chance.percent(92));
    Some(With::Replacement { old, new })
}
