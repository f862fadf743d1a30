//! What a comparison has found, for whole sets of people: who gains and who loses in an organisation of many is
//! a set of tens of thousands, and each has the same shifts on hundreds of kinds of items. So nobody is named
//! before a list is asked for, and then as many as it shall have.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::{AskKey, Gain, MOST, Shift};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::user::UserId;

/// A user of the two organisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Somebody {
    /// One of the later organisation, by the number there.
    Later(UserId),
    /// One whom only the earlier organisation has, by the number there.
    EarlierAlone(UserId),
}

/// People, in order.
pub(super) type Users = Rc<[Somebody]>;

/// Who gains and who loses, each in order.
#[derive(Debug)]
pub(super) struct Difference {
    gaining: Vec<Somebody>,
    losing: Vec<Somebody>,
}

impl Difference {
    /// Of those who might before and those who may after.
    pub(super) fn between(had: &[Somebody], has: &[Somebody]) -> Self {
        let missing = |of: &[Somebody], from: &[Somebody]| {
            let mut rest = from.iter().peekable();
            let is_missing = |user: &&Somebody| {
                while rest.next_if(|it| *it < *user).is_some() {}
                rest.next_if_eq(user).is_none()
            };
            of.iter().filter(is_missing).copied().collect()
        };
        Self { gaining: missing(has, had), losing: missing(had, has) }
    }

    fn of(&self, change: Gain) -> &[Somebody] {
        match change {
            Gain::Gains => &self.gaining,
            Gain::Loses => &self.losing,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.gaining.is_empty() && self.losing.is_empty()
    }
}

/// Of whom something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Whom {
    Everybody,
    One(Somebody),
}

impl Whom {
    /// Those of these people.
    fn among<'u>(&'u self, users: &'u [Somebody]) -> &'u [Somebody] {
        match self {
            Self::Everybody => users,
            Self::One(one) => users.binary_search(one).map_or(&[], |at| &users[at..=at]),
        }
    }
}

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

/// Of so many people at least something is told, where there are as many.
const PEOPLE: usize = 40;

/// What, the items' kind and their area: shifts of somebody alike in these are one.
type Sort = (AskText, &'static str, String);

/// What shifts on some items.
struct Found {
    difference: Rc<Difference>,
    whom: Whom,
    items: usize,
    /// One of them, of the later organisation.
    example: Item,
}

/// Who gains and who loses what.
pub(crate) struct Shifts<'o> {
    before: &'o Organisation,
    after: &'o Organisation,
    found: BTreeMap<Sort, Vec<Found>>,
    /// The differences whose people are counted already; they live as long as what was found.
    counted: HashSet<(*const Difference, Whom)>,
    gaining: BTreeSet<Somebody>,
    losing: BTreeSet<Somebody>,
    told: BTreeSet<Somebody>,
    /// On how many items somebody gains or loses something.
    pub(in crate::decision) items: usize,
    /// Whether nothing was left to be compared when there was no time any more.
    pub(in crate::decision) is_whole: bool,
}

impl<'o> Shifts<'o> {
    pub(super) fn new(before: &'o Organisation, after: &'o Organisation) -> Self {
        let (gaining, losing, told) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let (found, counted) = (BTreeMap::new(), HashSet::new());
        Self { before, after, found, counted, gaining, losing, told, items: 0, is_whole: true }
    }

    /// Adds what shifts on so many items of a kind in an area. It is no empty difference.
    pub(super) fn add(
        &mut self,
        key: &AskKey,
        (kind, area): (&'static str, &str),
        (items, example): (usize, Item),
        (difference, whom): (Rc<Difference>, Whom),
    ) {
        if self.counted.insert((Rc::as_ptr(&difference), whom)) {
            self.gaining.extend(&difference.gaining);
            self.losing.extend(&difference.losing);
            self.told.extend(whom.among(&difference.gaining));
            self.told.extend(whom.among(&difference.losing));
        }
        let sort = (AskText::of(key), kind, area.to_owned());
        self.found.entry(sort).or_default().push(Found { difference, whom, items, example });
    }

    /// How many people gain something, whoever is told of it.
    pub(in crate::decision) fn gain(&self) -> usize {
        self.gaining.len()
    }
    /// How many lose something.
    pub(in crate::decision) fn lose(&self) -> usize {
        self.losing.len()
    }
    /// How many gain or lose something of which nothing is told.
    pub(in crate::decision) fn untold(&self) -> usize {
        self.gaining.union(&self.losing).filter(|user| !self.told.contains(user)).count()
    }

    /// All of it, sorted.
    pub(crate) fn all(&self) -> Vec<Shift> {
        self.of(&self.people())
    }

    /// So many of it, sorted, and how many more there are: the first of each of the first people, so that many
    /// are told of where there are many.
    pub(in crate::decision) fn first(&self, most: usize) -> (Vec<Shift>, usize) {
        let people = self.people();
        let each = most / people.len().clamp(1, PEOPLE);
        // How many shifts somebody has is known when they are looked at.
        let mut asked = PEOPLE.min(people.len());
        loop {
            let mut list = self.of(&people[..asked]);
            let mut last: Option<(String, usize)> = None;
            list.retain(|shift| {
                let so_many = match &last {
                    Some((user, so_many)) if *user == shift.user => so_many + 1,
                    _ => 1,
                };
                last = Some((shift.user.clone(), so_many));
                so_many <= each
            });
            if list.len() >= most || asked == people.len() {
                list.truncate(most);
                let more = self.count().saturating_sub(list.len());
                return (list, more);
            }
            asked = (2 * asked).min(people.len());
        }
    }

    /// All of it, sorted; nothing, if that is too much or not all was found.
    pub(crate) fn listed(&self) -> Option<Vec<Shift>> {
        (self.is_whole && self.count() <= MOST).then(|| self.all())
    }

    /// Those of whom something is told, by id.
    fn people(&self) -> Vec<(&'o str, Somebody)> {
        let user = |somebody: &Somebody| match *somebody {
            Somebody::Later(user) => self.after.user(user),
            Somebody::EarlierAlone(user) => self.before.user(user),
        };
        let named = |it: &Somebody| (user(it).map_or("", |user| &*user.id), *it);
        let mut people: Vec<_> = self.told.iter().map(named).collect();
        people.sort_unstable();
        people
    }

    /// How many shifts there are.
    fn count(&self) -> usize {
        let of = |found: &[Found], change| {
            let mut seen = HashSet::new();
            let distinct: Vec<&Found> =
                found.iter().filter(|it| seen.insert((Rc::as_ptr(&it.difference), it.whom))).collect();
            match &*distinct {
                [one] => one.whom.among(one.difference.of(change)).len(),
                all => {
                    let users = all.iter().flat_map(|it| it.whom.among(it.difference.of(change)));
                    users.collect::<HashSet<_>>().len()
                }
            }
        };
        self.found.values().map(|found| of(found, Gain::Gains) + of(found, Gain::Loses)).sum()
    }

    /// What shifts for these people, in their order.
    fn of(&self, people: &[(&str, Somebody)]) -> Vec<Shift> {
        let ranks: HashMap<Somebody, usize> =
            people.iter().enumerate().map(|(rank, (_, user))| (*user, rank)).collect();
        let mut shifts: BTreeMap<(usize, Gain, &Sort), (usize, Item)> = BTreeMap::new();
        for (sort, found) in &self.found {
            for Found { difference, whom, items, example } in found {
                for change in [Gain::Gains, Gain::Loses] {
                    let users = whom.among(difference.of(change));
                    let mut add = |rank: usize| {
                        shifts.entry((rank, change, sort)).or_insert((0, *example)).0 += items;
                    };
                    if people.len() < users.len() {
                        let there = |(_, user): &(&str, Somebody)| users.binary_search(user).is_ok();
                        people.iter().enumerate().filter(|(_, it)| there(it)).for_each(|(rank, _)| add(rank));
                    } else {
                        users.iter().filter_map(|user| ranks.get(user)).for_each(|rank| add(*rank));
                    }
                }
            }
        }
        let shift =
            |((rank, change, (ask, kind, area)), (items, example)): ((usize, Gain, &Sort), (usize, Item))| {
                Shift {
                    user: people[rank].0.to_owned(),
                    change,
                    operation: ask.operation.into(),
                    action: ask.action.clone(),
                    kind: (*kind).into(),
                    area: area.clone(),
                    items,
                    example: self.after.reference(example),
                }
            };
        let mut list: Vec<Shift> = shifts.into_iter().map(shift).collect();
        list.sort();
        list
    }
}
