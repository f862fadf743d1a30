//! Who gains and who loses what between two organisations (docs/decision.md#questions-that-are-answered).
//!
//! Items that decisions cannot tell apart are asked about once: what `decide` reads of an item is its class.
//! So a million configurations come down to some thousand questions.

mod correspondence;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

use correspondence::Correspondence;

use super::decide;
use super::gates::{self, Restriction};
use super::placement::{Placement, governing_area};
use super::reverse::{all_items, asks_of, users_who_may};
use crate::catalogue::{Action, OperationId, RepositoryOperation};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::question::{Ask, Question, With};
use crate::user::UserId;

/// Somebody may do something after that they might not before, or the reverse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Shift {
    /// The user's id.
    pub user: String,
    /// Gains or loses.
    pub change: Gain,
    /// The operation.
    pub operation: Cow<'static, str>,
    /// The action; null for reads and repository operations. A path that ends in `<…>` stands for every
    /// identifier that no entry names.
    pub action: Option<String>,
    /// The kind of the items.
    pub kind: Cow<'static, str>,
    /// The area that the items belong to; empty for the repository.
    pub area: String,
    /// On how many items.
    pub items: usize,
    /// One of them.
    pub example: String,
}

/// Which way a shift goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Gain {
    Gains,
    Loses,
}

/// How the items and users of the two organisations correspond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lineage {
    /// One came out of the other by events, whichever of the two: by number.
    Same,
    /// They were built apart: by reference and by user id.
    Apart,
}

/// What decisions read of an item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ItemClass {
    kind: &'static str,
    project: Option<AreaId>,
    home: Option<AreaId>,
    archived: bool,
    /// Whether something above it is archived, where its home governs and where its project area does.
    above: [bool; 2],
    restrictions: SmallVec<[Restriction; 1]>,
    owner: Option<UserId>,
}

fn class_of(organisation: &Organisation, item: Item) -> ItemClass {
    let placement = Placement::of(organisation, item);
    ItemClass {
        kind: organisation.kind_of(item),
        project: placement.map(|it| it.project),
        home: placement.map(|it| it.home),
        archived: placement.is_some_and(|it| it.archived),
        above: [placement.map(|it| it.home), placement.map(|it| it.project)]
            .map(|governing| below_archived(organisation, placement, governing)),
        restrictions: gates::own_restrictions(organisation, item).collect(),
        owner: placement.and_then(|it| it.owner),
    }
}

fn below_archived(
    organisation: &Organisation,
    placement: Option<Placement>,
    governing: Option<AreaId>,
) -> bool {
    let law = governing.and_then(|area| organisation.index.law(area));
    placement.zip(law).is_some_and(|(placement, law)| placement.below_archived(law))
}

/// One side of a comparison, with the answers found so far.
struct Side<'a> {
    organisation: &'a Organisation,
    answers: HashMap<(ItemClass, Option<AreaId>, AskKey), Users>,
}

/// A user of the two organisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Somebody {
    /// One of the later organisation, by the number there.
    Later(UserId),
    /// One whom only the earlier organisation has, by the number there.
    EarlierAlone(UserId),
}

type Users = Rc<BTreeSet<Somebody>>;

/// What is asked, as a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum AskKey {
    Read,
    Repository(RepositoryOperation),
    Perform(Action),
}

impl AskKey {
    fn ask(&self) -> Ask {
        match self {
            Self::Read => Ask::Read,
            Self::Repository(operation) => Ask::Repository(*operation),
            Self::Perform(action) => {
                Ask::Perform(action.leaf.operation(), smallvec![action.clone()], With::Nothing)
            }
        }
    }
}

impl Side<'_> {
    fn question(&self, item: Item, key: &AskKey) -> Question {
        Question { user: None, ask: key.ask(), item, leases: self.organisation.leasable() }
    }

    /// Everyone who may, asked once for all items that this question cannot tell apart.
    fn users(
        &mut self,
        item: Item,
        class: &ItemClass,
        key: &AskKey,
        somebody: impl Fn(UserId) -> Somebody,
    ) -> Users {
        let mut class = class.clone();
        let governing = match key {
            AskKey::Perform(action) => governing_area(self.organisation, action.leaf.operation(), item),
            AskKey::Read | AskKey::Repository(_) => None,
        };
        // Where the project area governs, the item's own team is of no account, save for its state.
        class.home = governing;
        if *key == AskKey::Read {
            (class.archived, class.above, class.owner) = (false, [false; 2], None);
            if class.kind != "plan" {
                class.kind = "";
            }
        } else if let Some(governing) = governing {
            let placement = Placement::of(self.organisation, item);
            class.above = [below_archived(self.organisation, placement, Some(governing)); 2];
        }
        let question = self.question(item, key);
        let organisation = self.organisation;
        self.answers
            .entry((class, governing, key.clone()))
            .or_insert_with(|| {
                let may = users_who_may(organisation, &question).into_iter();
                Rc::new(may.map(|(user, _)| somebody(user)).collect())
            })
            .clone()
    }
}

/// Items of one pair of classes.
struct Pair {
    before: Item,
    after: Item,
    items: usize,
}

/// Who gains and who loses what on the items that both organisations have; sorted. Items that only one of
/// them has are no gain or loss of access; a user whom only one of them has is allowed nothing in the other.
pub fn compare(before: &Organisation, after: &Organisation, lineage: Lineage) -> Vec<Shift> {
    compare_told(before, after, lineage, |_| Told::Everybody)
}

/// Whose shifts on an item are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    Everybody,
    /// By the number in the earlier organisation.
    One(UserId),
    Nobody,
}

/// The same, as far as it is to be told of an item of the earlier organisation.
pub(crate) fn compare_told(
    before: &Organisation,
    after: &Organisation,
    lineage: Lineage,
    told: impl Fn(Item) -> Told,
) -> Vec<Shift> {
    compare_in_time(before, after, lineage, told, || true).map(|shifts| shifts.list).unwrap_or_default()
}

/// The same. `None`: `go_on` has put an end to it.
pub(super) fn compare_in_time(
    before: &Organisation,
    after: &Organisation,
    lineage: Lineage,
    told: impl Fn(Item) -> Told,
    go_on: impl FnMut() -> bool,
) -> Option<Shifts> {
    let corresponding = Correspondence::new(before, after, lineage);
    shifts(before, after, &corresponding, all_items(before), |_| true, told, go_on)
}

/// The same for these actions alone, of one lineage.
pub(super) fn compare_actions(before: &Organisation, after: &Organisation, actions: &[Action]) -> Vec<Shift> {
    let wanted = |key: &AskKey| matches!(key, AskKey::Perform(it) if actions.contains(it));
    let corresponding = Correspondence::new(before, after, Lineage::Same);
    let everybody = |_| Told::Everybody;
    let shifts = shifts(before, after, &corresponding, all_items(before), wanted, everybody, || true);
    shifts.map(|shifts| shifts.list).unwrap_or_default()
}

/// The same of these items alone, where nothing differs between the organisations but what governs them and
/// what is archived, so that nobody sees more or less. `None`: `go_on` has put an end to it.
pub(crate) fn compare_items(
    before: &Organisation,
    after: &Organisation,
    items: impl Iterator<Item = Item>,
    told: impl Fn(Item) -> Told,
    go_on: impl FnMut() -> bool,
) -> Option<Shifts> {
    let corresponding = Correspondence { items: None, changed: BTreeSet::new(), moved: false };
    shifts(before, after, &corresponding, items, |key| *key != AskKey::Read, told, go_on)
}

/// The same, where nothing differs but the rules of areas, of these operations if they are of single ones:
/// of what is in the project areas alone in which other rules come to hold. `None`: `go_on` has put an end
/// to it.
pub(super) fn compare_rules(
    before: &Organisation,
    after: &Organisation,
    operations: Option<&BTreeSet<OperationId>>,
    told: impl Fn(Item) -> Told,
    go_on: impl FnMut() -> bool,
) -> Option<Shifts> {
    let corresponding = Correspondence { items: None, changed: BTreeSet::new(), moved: false };
    let areas = before.areas().map(|(area, _)| area);
    let ruled: BTreeSet<AreaId> = areas
        .filter(|area| !same_law(before, after, Some(*area)))
        .map(|area| before.project_of(area))
        .collect();
    let items = all_items(before)
        .filter(|item| before.project_of_item(*item).is_some_and(|project| ruled.contains(&project)));
    let wanted = |key: &AskKey| match (key, operations) {
        (AskKey::Perform(action), Some(operations)) => operations.contains(&action.leaf.operation()),
        (_, operations) => operations.is_none(),
    };
    shifts(before, after, &corresponding, items, wanted, told, go_on)
}

/// What a comparison has found.
pub(crate) struct Shifts {
    pub(crate) list: Vec<Shift>,
    /// On how many items somebody gains or loses something.
    pub(super) items: usize,
    /// How many people gain something, whoever is told of it.
    pub(super) gain: usize,
    /// How many lose something.
    pub(super) lose: usize,
    /// How many gain or lose something of which nothing is told.
    pub(super) untold: usize,
    /// Whether nothing was left to be compared when there was no time any more.
    pub(super) is_whole: bool,
}

/// So many items are looked at before anybody is asked whether to go on.
const AT_A_TIME: usize = 1024;

fn shifts(
    before: &Organisation,
    after: &Organisation,
    corresponding: &Correspondence,
    items: impl Iterator<Item = Item>,
    wanted: impl Fn(&AskKey) -> bool,
    told: impl Fn(Item) -> Told,
    mut go_on: impl FnMut() -> bool,
) -> Option<Shifts> {
    let mut pairs: HashMap<(ItemClass, ItemClass, Told), Pair> = HashMap::new();
    for (at, item) in items.enumerate() {
        if at.is_multiple_of(AT_A_TIME) && !go_on() {
            return None;
        }
        let Some(other) = corresponding.item(before, after, item) else { continue };
        let told = told(item);
        if told == Told::Nobody {
            continue;
        }
        let classes = (class_of(before, item), class_of(after, other), told);
        pairs.entry(classes).or_insert(Pair { before: item, after: other, items: 0 }).items += 1;
    }
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|(_, pair)| pair.before);
    let [mut earlier, mut later] =
        [before, after].map(|organisation| Side { organisation, answers: HashMap::new() });
    let mut changes: HashMap<[*const BTreeSet<Somebody>; 2], Changed> = HashMap::new();
    let mut shifts: BTreeMap<ShiftKey, (usize, String)> = BTreeMap::new();
    let identifiers = identifiers(before, after);
    let (mut items, mut gaining, mut losing) = (0, BTreeSet::new(), BTreeSet::new());
    let mut is_whole = true;
    'pairs: for ((class, other, told), pair) in &pairs {
        let mut shifts_somebody = false;
        let whole = corresponding.items.is_some()
            || corresponding.moved && !class.restrictions.is_empty()
            || differs(before, after, class, other);
        if !whole && corresponding.changed.is_empty() {
            continue;
        }
        let area = other.home.or(other.project).map(|area| after.area_text(area)).unwrap_or_default();
        for key in asks(after, pair.after, &identifiers) {
            if !wanted(&key) || !asks_of(before, &key.ask(), pair.before) {
                continue;
            }
            if !go_on() {
                is_whole = false;
                items += if shifts_somebody { pair.items } else { 0 };
                break 'pairs;
            }
            let changed = if whole {
                let somebody = |user| corresponding.user(before, after, user);
                let had = earlier.users(pair.before, class, &key, somebody);
                let has = later.users(pair.after, other, &key, Somebody::Later);
                // Both sets live as long as their sides do, so that their places tell them apart.
                let places = [Rc::as_ptr(&had), Rc::as_ptr(&has)];
                changes.entry(places).or_insert_with(|| difference(&had, &has)).clone()
            } else {
                let may = |side: &Side<'_>, item| -> BTreeSet<Somebody> {
                    let case = side.question(item, &key);
                    // One lineage has one number for a user; whoever is not there is allowed nothing.
                    let allows = |(Somebody::Later(user) | Somebody::EarlierAlone(user)): &Somebody| {
                        decide(side.organisation, &Question { user: Some(*user), ..case.clone() }).is_ok()
                    };
                    corresponding.changed.iter().copied().filter(allows).collect()
                };
                difference(&may(&earlier, pair.before), &may(&later, pair.after))
            };
            let told = |user: Somebody| match told {
                Told::Everybody => true,
                Told::One(one) => corresponding.user(before, after, *one) == user,
                Told::Nobody => false,
            };
            shifts_somebody |= !changed.is_empty();
            for &(user, change) in changed.iter() {
                match change {
                    Gain::Gains => gaining.insert(user),
                    Gain::Loses => losing.insert(user),
                };
                if !told(user) {
                    continue;
                }
                let place = (user, change, AskText::of(&key), other.kind, area.clone());
                let entry = shifts.entry(place).or_insert_with(|| (0, after.reference(pair.after)));
                entry.0 += pair.items;
            }
        }
        items += if shifts_somebody { pair.items } else { 0 };
    }
    let told: BTreeSet<Somebody> = shifts.keys().map(|(user, ..)| *user).collect();
    let (gain, lose) = (gaining.len(), losing.len());
    let untold = gaining.union(&losing).filter(|user| !told.contains(user)).count();
    let mut list: Vec<Shift> = shifts
        .into_iter()
        .map(|((user, change, ask, kind, area), (items, example))| Shift {
            user: match user {
                Somebody::Later(user) => after.user(user),
                Somebody::EarlierAlone(user) => before.user(user),
            }
            .map(|it| it.id.to_string())
            .unwrap_or_default(),
            change,
            operation: ask.operation.into(),
            action: ask.action,
            kind: kind.into(),
            area,
            items,
            example,
        })
        .collect();
    list.sort();
    Some(Shifts { list, items, gain, lose, untold, is_whole })
}

/// Who gains and who loses.
type Changed = Rc<[(Somebody, Gain)]>;

fn difference(had: &BTreeSet<Somebody>, has: &BTreeSet<Somebody>) -> Changed {
    let gained = has.difference(had).map(|user| (*user, Gain::Gains));
    let lost = had.difference(has).map(|user| (*user, Gain::Loses));
    gained.chain(lost).collect()
}

/// User, way, what, the items' kind and area: shifts alike in these are one.
type ShiftKey = (Somebody, Gain, AskText, &'static str, String);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct AskText {
    operation: &'static str,
    action: Option<String>,
}

impl AskText {
    fn of(key: &AskKey) -> Self {
        match key {
            AskKey::Read => Self { operation: "read", action: None },
            AskKey::Repository(operation) => Self { operation: operation.name(), action: None },
            AskKey::Perform(action) => {
                Self { operation: action.leaf.operation().name(), action: Some(action.to_string()) }
            }
        }
    }
}

/// Whether anything but users differs that questions on these classes read.
fn differs(before: &Organisation, after: &Organisation, class: &ItemClass, other: &ItemClass) -> bool {
    class != other
        || !same_law(before, after, class.home)
        || !same_law(before, after, class.project)
        || before.settings().administrative_override != after.settings().administrative_override
        || before.leasable() != after.leasable()
        || (!class.restrictions.is_empty() && before.facts.access_groups != after.facts.access_groups)
}

/// Whether the same rules hold in an area.
fn same_law(before: &Organisation, after: &Organisation, area: Option<AreaId>) -> bool {
    let Some(area) = area else { return true };
    match (before.index.law(area), after.index.law(area)) {
        (Some(before), Some(after)) => Arc::ptr_eq(before, after),
        _ => false,
    }
}

/// What can be asked of an item, one action at a time.
fn asks(organisation: &Organisation, item: Item, identifiers: &BTreeSet<Action>) -> Vec<AskKey> {
    if item == Item::Repository {
        return RepositoryOperation::all().map(AskKey::Repository).collect();
    }
    let leaves = OperationId::all()
        .flat_map(OperationId::leaves)
        .map(|leaf| Action { leaf, identifier: None })
        .chain(identifiers.iter().cloned())
        .map(AskKey::Perform);
    let mut keys: Vec<_> = leaves.filter(|key| asks_of(organisation, &key.ask(), item)).collect();
    keys.push(AskKey::Read);
    keys
}

/// The actions with identifiers that an entry of either organisation names.
fn identifiers(before: &Organisation, after: &Organisation) -> BTreeSet<Action> {
    [before, after]
        .into_iter()
        .flat_map(|organisation| organisation.facts.permissions.iter())
        .flat_map(|((_, key), permission)| {
            permission.actions.iter().flat_map(move |pattern| pattern.leaves(key.operation))
        })
        .filter(|(_, identifier)| identifier.is_some())
        .map(|(leaf, identifier)| Action { leaf, identifier })
        .collect()
}
