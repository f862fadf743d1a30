//! What is found, and a page of it in order.

use serde::{Deserialize, Serialize};

use super::base::{Named, Searched, in_order, terms};
use super::bits::Bits;
use super::groups::{Groups, in_groups};
use crate::event::Facts;
use crate::id::Id;
use crate::table::Table;
use crate::text::{begins_folded, fold};

/// What is wanted of a noun's name, tags and attributes, and where it is looked for.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Of each, one begins one of its terms.
    pub(crate) terms: Vec<Vec<String>>,
    /// Its folded name begins so.
    pub(crate) prefix: Option<String>,
    /// One of these numbers; `None`: any.
    pub(crate) among: Option<Bits>,
}

impl Wanted {
    fn takes_name(&self, noun: &impl Named) -> bool {
        self.prefix.as_ref().is_none_or(|prefix| begins_folded(noun.name(), prefix))
    }
    fn takes(&self, noun: &impl Named) -> bool {
        let mut missing: Vec<&Vec<String>> = self.terms.iter().collect();
        if !missing.is_empty() {
            terms(noun, |term| missing.retain(|any| !any.iter().any(|it| term.starts_with(it.as_str()))));
        }
        missing.is_empty() && self.takes_name(noun)
    }
}

/// The numbers of everything that is wanted and taken. The facts lie far apart, and are looked at for what is
/// wanted of names only; what is taken, of all or of one, goes by what lies beside them.
pub(crate) fn found<N: Named>(
    searched: &Searched<N>,
    facts: &Facts,
    wanted: &Wanted,
    all: impl Iterator<Item = Id<N>>,
    is_taken: impl Fn(Id<N>) -> bool,
) -> Bits {
    let table = N::table(facts);
    let bound = table.next().number();
    let mut found = Bits::none(bound);
    if wanted.terms.is_empty() {
        let mut look = |id: Id<N>| {
            if wanted.prefix.is_none() || table.get(id).is_some_and(|noun| wanted.takes_name(noun)) {
                found.insert(id.number());
            }
        };
        match &wanted.among {
            Some(among) => among.iter().map(Id::new).filter(|id| is_taken(*id)).for_each(look),
            None => all.for_each(&mut look),
        }
        return found;
    }
    let mut look = |number: u32, by_base: bool| {
        let id = Id::new(number);
        // The base tells everything of a name but how it begins.
        let named = |noun: &N| if by_base { wanted.takes_name(noun) } else { wanted.takes(noun) };
        let told = by_base && wanted.prefix.is_none();
        if is_taken(id) && (told || table.get(id).is_some_and(named)) {
            found.insert(number);
        }
    };
    let among = |number: u32| wanted.among.as_ref().is_none_or(|among| among.contains(number));
    let mut by_base: Option<Bits> = None;
    for any in &wanted.terms {
        let mut numbers = Bits::none(bound);
        for term in any {
            searched.base().postings.beginning(term, |number| numbers.insert(number));
        }
        match &mut by_base {
            Some(kept) => kept.keep(&numbers),
            None => by_base = Some(numbers),
        }
    }
    let mut by_base = by_base.unwrap_or_default();
    let changed: Vec<u32> = searched.changed(facts).collect();
    changed.iter().for_each(|number| by_base.remove(*number));
    by_base.iter().filter(|number| among(*number)).for_each(|number| look(number, true));
    changed.into_iter().filter(|number| among(*number)).for_each(|number| look(number, false));
    found
}

/// What stands last on a page, from which the next one goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The group, where there are groups.
    pub(crate) group: Option<(String, u32)>,
    /// The folded name.
    pub(crate) name: String,
    pub(crate) number: u32,
}

/// In which order what is found comes.
pub(crate) enum Order<'a, N> {
    /// By name, then by number.
    Name,
    /// By number, which is the order in which things were made.
    Number,
    /// By group, then by name.
    Groups(Groups<'a, N>),
}

/// Which part of what is found is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    pub(crate) descending: bool,
    /// What comes after this.
    pub(crate) after: Option<&'a Place>,
    pub(crate) limit: usize,
}

impl Part<'_> {
    /// In the order that is wanted.
    pub(super) fn turned<'i>(
        &self,
        each: impl DoubleEndedIterator<Item = u32> + 'i,
    ) -> Box<dyn Iterator<Item = u32> + 'i> {
        if self.descending { Box::new(each.rev()) } else { Box::new(each) }
    }
}

/// So many of what is found, in order, and the place of the last one if there are more.
pub(crate) fn page<N: Named>(
    searched: &Searched<N>,
    facts: &Facts,
    found: &Bits,
    order: &Order<'_, N>,
    part: Part<'_>,
) -> (Vec<Id<N>>, Option<Place>) {
    let table = N::table(facts);
    let more = part.limit + 1;
    let mut numbers: Vec<u32> = match order {
        Order::Number => {
            let is_next = |number: &u32| {
                part.after.is_none_or(|after| {
                    if part.descending { *number < after.number } else { *number > after.number }
                })
            };
            part.turned(found.iter()).filter(is_next).take(more).collect()
        }
        Order::Name => {
            let by_name = searched.by_name(facts);
            let next = part.turned(rest(table, by_name, part).iter().copied());
            next.filter(|number| found.contains(*number)).take(more).collect()
        }
        Order::Groups(groups) => in_groups(searched, facts, found, groups, part),
    };
    let is_last = numbers.len() <= part.limit;
    numbers.truncate(part.limit);
    let place = |number: u32| {
        let noun = table.get(Id::new(number))?;
        let group = match order {
            Order::Groups(groups) => Some((groups.key)((groups.rank)(Id::new(number)))),
            Order::Name | Order::Number => None,
        };
        Some(Place { group, name: fold(noun.name()).into_owned(), number })
    };
    let next = if is_last { None } else { numbers.last().and_then(|number| place(*number)) };
    (numbers.into_iter().map(Id::new).collect(), next)
}

/// What the order of names has after the place, whether or not something still stands there.
pub(super) fn rest<'n, N: Named>(table: &Table<N, N>, by_name: &'n [u32], part: Part<'_>) -> &'n [u32] {
    let Some(after) = part.after else { return by_name };
    let before = |it: &u32| {
        let name = table.get(Id::new(*it)).map_or("", N::name);
        let order = in_order((name, *it), (&after.name, after.number));
        if part.descending { order.is_lt() } else { order.is_le() }
    };
    let (earlier, later) = by_name.split_at(by_name.partition_point(before));
    if part.descending { earlier } else { later }
}
