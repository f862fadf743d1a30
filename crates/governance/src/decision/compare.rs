//! Who gains and who loses what between two organisations (docs/decision.md#questions-that-are-answered).
//!
//! Items that decisions cannot tell apart are asked about once: what `decide` reads of an item is its class.
//! So a million configurations come down to some thousand questions.

mod correspondence;
mod shifts;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

use correspondence::Correspondence;
pub(crate) use shifts::Shifts;
use shifts::{Difference, Somebody, Users, Whom};

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

impl Shift {
    /// What each of the items is called by people.
    pub fn kind_in_words(&self) -> String {
        match &*self.kind {
            kind @ ("personal" | "staging") => format!("{kind} stream"),
            kind => kind.replace('-', " "),
        }
    }
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
    /// Each set of people once: of thousands of answers most are alike, and each can be everybody.
    sets: HashSet<Users>,
}

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
        let (organisation, sets) = (self.organisation, &mut self.sets);
        let answer = || {
            let may = users_who_may(organisation, &question).into_iter();
            let mut users: Vec<Somebody> = may.map(|(user, _)| somebody(user)).collect();
            users.sort_unstable();
            match sets.get(&*users) {
                Some(known) => Rc::clone(known),
                None => {
                    let users = Users::from(users);
                    sets.insert(Rc::clone(&users));
                    users
                }
            }
        };
        Rc::clone(self.answers.entry((class, governing, key.clone())).or_insert_with(answer))
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
    let shifts = compare_in_time(before, after, lineage, |_| Told::Everybody, || true);
    shifts.map(|shifts| shifts.all()).unwrap_or_default()
}

/// Whose shifts on an item are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    Everybody,
    /// By the number in the earlier organisation.
    One(UserId),
    Nobody,
}

/// So many shifts are listed: more is for nobody to read, nor to be kept.
const MOST: usize = 200_000;

/// The same, as far as it is to be told of an item of the earlier organisation. `None`: it is too much, or
/// `go_on` has put an end to it.
pub(crate) fn compare_told(
    before: &Organisation,
    after: &Organisation,
    lineage: Lineage,
    told: impl Fn(Item) -> Told,
    go_on: impl FnMut() -> bool,
) -> Option<Vec<Shift>> {
    compare_in_time(before, after, lineage, told, go_on)?.listed()
}

/// The same. `None`: `go_on` has put an end to it before anything was found.
pub(super) fn compare_in_time<'o>(
    before: &'o Organisation,
    after: &'o Organisation,
    lineage: Lineage,
    told: impl Fn(Item) -> Told,
    mut go_on: impl FnMut() -> bool,
) -> Option<Shifts<'o>> {
    let corresponding = Correspondence::new(before, after, lineage);
    shifts(before, after, &corresponding, &mut all_items(before), &|_| true, &told, &mut go_on)
}

/// How many people gain one of these actions, and on how many items, where other rules come to hold; nobody
/// is listed.
pub(super) fn gained_by_rules(
    before: &Organisation,
    after: &Organisation,
    actions: &[Action],
) -> (usize, usize) {
    let wanted = |key: &AskKey| matches!(key, AskKey::Perform(it) if actions.contains(it));
    let corresponding = Correspondence::new(before, after, Lineage::Same);
    let mut items = ruled_otherwise(before, after);
    let shifts =
        shifts(before, after, &corresponding, &mut items, &wanted, &|_| Told::Everybody, &mut || true);
    shifts.map_or((0, 0), |shifts| (shifts.gain(), shifts.items))
}

/// What is in the project areas in which other rules come to hold.
fn ruled_otherwise(before: &Organisation, after: &Organisation) -> impl Iterator<Item = Item> {
    let areas = before.areas().map(|(area, _)| area);
    let ruled: BTreeSet<AreaId> = areas
        .filter(|area| !same_law(before, after, Some(*area)))
        .map(|area| before.project_of(area))
        .collect();
    all_items(before)
        .filter(move |item| before.project_of_item(*item).is_some_and(|project| ruled.contains(&project)))
}

/// The same of these items alone, where nothing differs between the organisations but what governs them and
/// what is archived, so that nobody sees more or less. `None`: `go_on` has put an end to it.
pub(crate) fn compare_items<'o>(
    before: &'o Organisation,
    after: &'o Organisation,
    mut items: impl Iterator<Item = Item>,
    told: impl Fn(Item) -> Told,
    mut go_on: impl FnMut() -> bool,
) -> Option<Shifts<'o>> {
    let corresponding = Correspondence { items: None, changed: BTreeSet::new(), moved: false };
    let wanted = |key: &AskKey| *key != AskKey::Read;
    shifts(before, after, &corresponding, &mut items, &wanted, &told, &mut go_on)
}

/// The same, where nothing differs but the rules of areas, of these operations if they are of single ones:
/// of what is in the project areas alone in which other rules come to hold. `None`: `go_on` has put an end
/// to it.
pub(super) fn compare_rules<'o>(
    before: &'o Organisation,
    after: &'o Organisation,
    operations: Option<&BTreeSet<OperationId>>,
    told: impl Fn(Item) -> Told,
    mut go_on: impl FnMut() -> bool,
) -> Option<Shifts<'o>> {
    let corresponding = Correspondence { items: None, changed: BTreeSet::new(), moved: false };
    let mut items = ruled_otherwise(before, after);
    let wanted = |key: &AskKey| match (key, operations) {
        (AskKey::Perform(action), Some(operations)) => operations.contains(&action.leaf.operation()),
        (_, operations) => operations.is_none(),
    };
    shifts(before, after, &corresponding, &mut items, &wanted, &told, &mut go_on)
}

/// So many items are looked at before anybody is asked whether to go on.
const AT_A_TIME: usize = 1024;

/// Compiled once, and not for each caller: this is much code for a few calls that take long anyway.
fn shifts<'o>(
    before: &'o Organisation,
    after: &'o Organisation,
    corresponding: &Correspondence,
    items: &mut dyn Iterator<Item = Item>,
    wanted: &dyn Fn(&AskKey) -> bool,
    told: &dyn Fn(Item) -> Told,
    go_on: &mut dyn FnMut() -> bool,
) -> Option<Shifts<'o>> {
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
    let [mut earlier, mut later] = [before, after].map(|organisation| Side {
        organisation,
        answers: HashMap::new(),
        sets: HashSet::new(),
    });
    let mut differences: HashMap<[*const Somebody; 2], Rc<Difference>> = HashMap::new();
    let mut found = Shifts::new(before, after);
    let identifiers = identifiers(before, after);
    for ((class, other, told), pair) in &pairs {
        let whole = corresponding.items.is_some()
            || corresponding.moved && !class.restrictions.is_empty()
            || differs(before, after, class, other);
        if !whole && corresponding.changed.is_empty() {
            continue;
        }
        let area = other.home.or(other.project).map(|area| after.area_text(area)).unwrap_or_default();
        let whom = match *told {
            Told::Everybody => Whom::Everybody,
            Told::One(one) => Whom::One(corresponding.user(before, after, one)),
            Told::Nobody => continue,
        };
        let mut shifts_somebody = false;
        for key in asks(after, pair.after, &identifiers) {
            if !wanted(&key) || !asks_of(before, &key.ask(), pair.before) {
                continue;
            }
            if !go_on() {
                found.is_whole = false;
                break;
            }
            let difference = if whole {
                let somebody = |user| corresponding.user(before, after, user);
                let had = earlier.users(pair.before, class, &key, somebody);
                let has = later.users(pair.after, other, &key, Somebody::Later);
                // Both sets live as long as their sides do, so that their places tell them apart.
                let places = [had.as_ptr(), has.as_ptr()];
                let between = || Rc::new(Difference::between(&had, &has));
                Rc::clone(differences.entry(places).or_insert_with(between))
            } else {
                let may = |side: &Side<'_>, item| -> Vec<Somebody> {
                    let case = side.question(item, &key);
                    // One lineage has one number for a user; whoever is not there is allowed nothing.
                    let allows = |(Somebody::Later(user) | Somebody::EarlierAlone(user)): &Somebody| {
                        decide(side.organisation, &Question { user: Some(*user), ..case.clone() }).is_ok()
                    };
                    corresponding.changed.iter().copied().filter(allows).collect()
                };
                Rc::new(Difference::between(&may(&earlier, pair.before), &may(&later, pair.after)))
            };
            if !difference.is_empty() {
                shifts_somebody = true;
                found.add(&key, (other.kind, &area), (pair.items, pair.after), (difference, whom));
            }
        }
        found.items += if shifts_somebody { pair.items } else { 0 };
        if !found.is_whole {
            break;
        }
    }
    Some(found)
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
