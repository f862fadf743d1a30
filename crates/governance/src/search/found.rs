//! What is found, and a page of it in order.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::base::{Named, Searched, in_order, terms};
use super::bits::Bits;
use crate::event::Facts;
use crate::id::Id;
use crate::table::Table;
use crate::text::{begins_folded, fold};

/// What is wanted of a noun's name, tags and attributes, and where it is looked for.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Each begins one of its terms.
    pub(crate) terms: Vec<String>,
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
        let mut missing: Vec<&String> = self.terms.iter().collect();
        if !missing.is_empty() {
            terms(noun, |term| missing.retain(|wanted| !term.starts_with(wanted.as_str())));
        }
        missing.is_empty() && self.takes_name(noun)
    }
}

/// The numbers of everything that is wanted and taken.
pub(crate) fn found<N: Named>(
    searched: &Searched<N>,
    facts: &Facts,
    wanted: &Wanted,
    takes: impl Fn(Id<N>, &N) -> bool,
) -> Bits {
    let table = N::table(facts);
    let bound = table.next().number();
    let mut found = Bits::none(bound);
    let mut look = |number: u32, by_base: bool| {
        let Some(noun) = table.get(Id::new(number)) else { return };
        let named = if by_base { wanted.takes_name(noun) } else { wanted.takes(noun) };
        if named && takes(Id::new(number), noun) {
            found.insert(number);
        }
    };
    let among = |number: u32| wanted.among.as_ref().is_none_or(|among| among.contains(number));
    if wanted.terms.is_empty() {
        match &wanted.among {
            Some(among) => among.iter().for_each(|number| look(number, false)),
            None => (0..bound).for_each(|number| look(number, false)),
        }
        return found;
    }
    let mut by_base: Option<Bits> = None;
    for term in &wanted.terms {
        let mut numbers = Bits::none(bound);
        searched.base().postings.beginning(term, |number| numbers.insert(number));
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

/// The place of something's group among all.
pub(crate) type Rank<'a, N> = dyn Fn(Id<N>, &N) -> u32 + 'a;
/// What a cursor says of a group.
pub(crate) type GroupKey = (String, u32);
/// The place of a group, or of what comes next where it is gone.
pub(crate) type PlaceOfGroup<'a> = dyn Fn(&GroupKey) -> Result<u32, u32> + 'a;

/// In which groups what is found comes, before the order of names.
pub(crate) struct Groups<'a, N> {
    pub(crate) rank: Box<Rank<'a, N>>,
    pub(crate) at: Box<PlaceOfGroup<'a>>,
    /// The key of the group at a place.
    pub(crate) key: Box<dyn Fn(u32) -> GroupKey + 'a>,
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
    fn turned<'i>(
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
    let named = |number: u32| (table.get(Id::new(number)).map_or("", N::name), number);
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
        Order::Name | Order::Groups(_) => {
            let by_name = searched.by_name(facts);
            // What comes after the place, whether or not something still stands there.
            let next = part.after.map_or(0..by_name.len(), |after| {
                let place = (after.name.as_str(), after.number);
                if part.descending {
                    0..by_name.partition_point(|it| in_order(named(*it), place).is_lt())
                } else {
                    by_name.partition_point(|it| in_order(named(*it), place).is_le())..by_name.len()
                }
            });
            if let Order::Groups(groups) = order {
                in_groups(table, found, groups, &by_name, &by_name[next], part)
            } else {
                let next = part.turned(by_name[next].iter().copied());
                next.filter(|number| found.contains(*number)).take(more).collect()
            }
        }
    };
    let is_last = numbers.len() <= part.limit;
    numbers.truncate(part.limit);
    let place = |number: u32| {
        let noun = table.get(Id::new(number))?;
        let group = match order {
            Order::Groups(groups) => Some((groups.key)((groups.rank)(Id::new(number), noun))),
            Order::Name | Order::Number => None,
        };
        Some(Place { group, name: fold(noun.name()).into_owned(), number })
    };
    let next = if is_last { None } else { numbers.last().and_then(|number| place(*number)) };
    (numbers.into_iter().map(Id::new).collect(), next)
}

/// One more than are wanted, by group and name. Groups are counted first, so that only those of the page are
/// gathered. `next` is what the order of names has after the place.
fn in_groups<N: Named>(
    table: &Table<N, N>,
    found: &Bits,
    groups: &Groups<'_, N>,
    by_name: &[u32],
    next: &[u32],
    part: Part<'_>,
) -> Vec<u32> {
    let mut ranks = vec![0; table.next().number() as usize];
    let mut counts: Vec<usize> = Vec::new();
    for number in found.iter() {
        let Some(noun) = table.get(Id::new(number)) else { continue };
        let rank = (groups.rank)(Id::new(number), noun);
        if counts.len() <= rank as usize {
            counts.resize(rank as usize + 1, 0);
        }
        ranks[number as usize] = rank;
        counts[rank as usize] += 1;
    }
    // The group of the place is told up to it already, or gone: then all that comes next is new.
    let at = part.after.and_then(|after| after.group.as_ref()).map(|group| (groups.at)(group));
    let (begun, all) = match at {
        None => (None, 0..counts.len()),
        Some(Ok(rank)) if part.descending => (Some(rank), 0..rank as usize),
        Some(Ok(rank)) => (Some(rank), (rank as usize + 1).min(counts.len())..counts.len()),
        Some(Err(next)) if part.descending => (None, 0..(next as usize).min(counts.len())),
        Some(Err(next)) => (None, (next as usize).min(counts.len())..counts.len()),
    };
    let mut gathered: Vec<(u32, Vec<u32>)> = Vec::new();
    if let Some(begun) = begun {
        let next = part.turned(next.iter().copied());
        let ours = |number: &u32| found.contains(*number) && ranks[*number as usize] == begun;
        gathered.push((begun, next.filter(ours).take(part.limit + 1).collect()));
    }
    let mut sure = gathered.iter().map(|(_, group)| group.len()).sum::<usize>();
    for rank in part.turned(all.map(|rank| rank as u32).filter(|rank| counts[*rank as usize] > 0)) {
        if sure > part.limit {
            break;
        }
        sure += counts[rank as usize];
        gathered.push((rank, Vec::new()));
    }
    let first_new = usize::from(begun.is_some());
    let new: HashMap<u32, usize> =
        gathered.iter().enumerate().skip(first_new).map(|(at, (rank, _))| (*rank, at)).collect();
    let (least, most) = (new.keys().min().copied(), new.keys().max().copied());
    if let (Some(least), Some(most)) = (least, most) {
        for number in part.turned(by_name.iter().copied()) {
            let rank = ranks[number as usize];
            if (least..=most).contains(&rank)
                && found.contains(number)
                && let Some((_, group)) = new.get(&rank).and_then(|at| gathered.get_mut(*at))
                && group.len() <= part.limit
            {
                group.push(number);
            }
        }
    }
    gathered.into_iter().flat_map(|(_, group)| group).take(part.limit + 1).collect()
}
