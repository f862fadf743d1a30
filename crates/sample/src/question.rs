//! Questions that can be asked of an organisation.

use governance::{
    Action, AreaId, Ask, ConfigurationId, Contribution, Item, Leaf, LicenceSet, LicenceType, OperationId,
    Organisation, Question, RepositoryOperation, UserId, With,
};

use crate::applicable::{applicable, applies};
use crate::chance::Chance;
use crate::vocabulary::path_of;

/// `count` questions that apply, about everything and everybody in turn.
pub fn random_questions(organisation: &Organisation, seed: u64, count: usize) -> Vec<Question> {
    let mut chance = Chance::new(seed);
    let items = items(organisation);
    (0..count).map(|_| question(organisation, &items, &mut chance)).collect()
}

/// `count` questions about one operation; none where the organisation has nothing that it applies to.
pub fn random_questions_of(
    organisation: &Organisation,
    operation: OperationId,
    seed: u64,
    count: usize,
) -> Vec<Question> {
    let mut chance = Chance::new(seed);
    let of = |item: &Item| {
        let leaves: Vec<_> = operation.leaves().filter(|leaf| applies(organisation, *leaf, *item)).collect();
        (!leaves.is_empty()).then_some((*item, leaves))
    };
    let every: Vec<_> = items(organisation).iter().flatten().filter_map(of).collect();
    let one = |_| {
        let (item, leaves) = chance.pick(&every)?;
        let ask = perform(organisation, *item, operation, leaves, &mut chance);
        Some(asked_by_somebody(organisation, *item, ask, &mut chance))
    };
    (0..count).filter_map(one).collect()
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

fn question(organisation: &Organisation, kinds: &[Vec<Item>], chance: &mut Chance) -> Question {
    let item = chance.pick(kinds).and_then(|kind| chance.pick(kind)).copied();
    let (item, ask) = match item.filter(|_| chance.percent(97)) {
        Some(item) => (item, ask(organisation, item, chance)),
        None => {
            let every: Vec<_> = RepositoryOperation::all().collect();
            (Item::Repository, chance.pick(&every).map_or(Ask::Read, |it| Ask::Repository(*it)))
        }
    };
    asked_by_somebody(organisation, item, ask, chance)
}

fn asked_by_somebody(organisation: &Organisation, item: Item, ask: Ask, chance: &mut Chance) -> Question {
    let leases: LicenceSet = if chance.percent(30) {
        let types: Vec<_> = LicenceType::all().filter(|it| !it.is_functional()).collect();
        chance.some(&types, 20).into_iter().collect()
    } else {
        organisation.leasable()
    };
    Question { user: somebody(organisation, item, &ask, chance), ask, item, leases }
}

/// Anybody, or somebody who has to do with the item; now and then nobody at all.
fn somebody(organisation: &Organisation, item: Item, ask: &Ask, chance: &mut Chance) -> Option<UserId> {
    let members = |area: AreaId| organisation.members(area).map(|(user, _)| user).collect::<Vec<_>>();
    let near = match (item, ask) {
        _ if chance.percent(40) => Vec::new(),
        (_, Ask::Perform(_, _, With::Replacement { old: Some(old), .. })) => {
            let old = organisation.configuration(*old);
            old.and_then(|old| organisation.effective_team_area(old)).map(members).unwrap_or_default()
        }
        (Item::Configuration(id), _) => {
            let configuration = organisation.configuration(id);
            let owner = configuration.and_then(|it| it.kind.owner());
            let team = configuration.and_then(|it| organisation.effective_team_area(it));
            owner.into_iter().chain(team.map(members).unwrap_or_default()).collect()
        }
        _ => {
            let areas = organisation.project_of_item(item).map(|it| organisation.subtree(it));
            chance.pick(&areas.unwrap_or_default()).copied().map(members).unwrap_or_default()
        }
    };
    let users: Vec<_> = organisation.users().map(|(id, _)| id).collect();
    chance.pick(if near.is_empty() { &users } else { &near }).copied().filter(|_| chance.percent(98))
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
    perform(organisation, item, *operation, leaves, chance)
}

fn perform(
    organisation: &Organisation,
    item: Item,
    operation: OperationId,
    leaves: &[Leaf],
    chance: &mut Chance,
) -> Ask {
    let count = if chance.percent(65) { 1 } else { chance.within(2..=3) };
    let mut actions: Vec<Action> = Vec::new();
    if has_contributions(organisation, item) && chance.percent(35) {
        // The one action with two ways to be granted.
        let replace = leaves.iter().find(|leaf| leaf.path() == "replace-contribution");
        actions.extend(replace.and_then(|leaf| operation.action(leaf.path()).ok()));
    }
    for _ in actions.len()..count {
        let Some(leaf) = chance.pick(leaves) else { continue };
        if let Ok(action) = operation.action(&path_of(*leaf, chance))
            && !actions.contains(&action)
        {
            actions.push(action);
        }
    }
    let with = with(organisation, item, &actions, chance);
    Ask::Perform(operation, actions.into_iter().collect(), with)
}

fn has_contributions(organisation: &Organisation, item: Item) -> bool {
    matches!(item, Item::Configuration(id) if !organisation.contributions(id).is_empty())
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

/// The old side is a contribution of the parent; the new one is rather often of the same component and team
/// area.
fn replacement(organisation: &Organisation, parent: ConfigurationId, chance: &mut Chance) -> Option<With> {
    let project = organisation.project_of_item(Item::Configuration(parent));
    let old = match chance.pick(organisation.contributions(parent))? {
        Contribution::Configuration(old) => Some(*old),
        Contribution::Local(_) => None,
    };
    let side = |id: ConfigurationId| organisation.configuration(id);
    let component = old.and_then(side).map(|it| it.component);
    let team = old.and_then(side).and_then(|it| organisation.effective_team_area(it));
    let fits = |id: &ConfigurationId| organisation.project_of_item(Item::Configuration(*id)) == project;
    let of_team =
        |id: &ConfigurationId| side(*id).and_then(|it| organisation.effective_team_area(it)) == team;
    let mut new: Vec<_> = match component.filter(|_| chance.percent(55)) {
        Some(component) => organisation.configurations_of(component).to_vec(),
        None => organisation.configurations().map(|(id, _)| id).filter(fits).collect(),
    };
    if chance.percent(75) {
        new.retain(of_team);
    }
    let new = chance.pick(&new).copied().filter(|_| chance.percent(92));
    Some(With::Replacement { old, new })
}
