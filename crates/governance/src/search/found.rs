//! What is found, and a page of it in order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::base::{Named, Searched, in_order, terms};
use super::bits::Bits;
use crate::event::Facts;
use crate::id::Id;
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

/// In which groups what is found comes, before the order of names.
pub(crate) struct Groups<'a, N> {
    /// The place of something's group among all.
    pub(crate) rank: Box<dyn Fn(Id<N>, &N) -> u32 + 'a>,
    /// The place of a group, or of what comes next where it is gone.
    pub(crate) at: Box<dyn Fn(&(String, u32)) -> Result<u32, u32> + 'a>,
    /// What a cursor says of the group at a place.
    pub(crate) key: Box<dyn Fn(u32) -> (String, u32) + 'a>,
}

/// So many of what is found after a place, in order, and the place of the last one if there are more.
pub(crate) fn page<N: Named>(
    searched: &Searched<N>,
    facts: &Facts,
    found: &Bits,
    groups: Option<&Groups<'_, N>>,
    (descending, after, limit): (bool, Option<&Place>, usize),
) -> (Vec<Id<N>>, Option<Place>) {
    let table = N::table(facts);
    let named = |number: u32| (table.get(Id::new(number)).map_or("", N::name), number);
    let by_name = searched.by_name(facts);
    // Up to the place, if something stands there; what stands there is not told again.
    let passed = |after: &Place| {
        let place = (after.name.as_str(), after.number);
        let (before, at) = (
            by_name.partition_point(|it| in_order(named(*it), place).is_lt()),
            by_name.partition_point(|it| in_order(named(*it), place).is_le()),
        );
        if descending { before..by_name.len() } else { 0..at }
    };
    let passed = after.map_or(0..0, passed);
    let walk = |from: usize, to: usize| {
        let there = by_name[from..to].iter().copied();
        let (forth, back) = if descending { (None, Some(there.rev())) } else { (Some(there), None) };
        let each = forth.into_iter().flatten().chain(back.into_iter().flatten());
        each.filter(|number| found.contains(*number))
    };
    let more = limit + 1;
    let mut numbers: Vec<u32> = match groups {
        None if descending => {
            walk(0, if after.is_some() { passed.start } else { by_name.len() }).take(more).collect()
        }
        None => walk(passed.end, by_name.len()).take(more).collect(),
        Some(groups) => {
            let turned = |rank: u32| if descending { u32::MAX - rank } else { rank };
            let mut ranks = vec![0; table.next().number() as usize];
            let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
            for number in found.iter() {
                let Some(noun) = table.get(Id::new(number)) else { continue };
                let rank = turned((groups.rank)(Id::new(number), noun));
                ranks[number as usize] = rank;
                *counts.entry(rank).or_default() += 1;
            }
            // The group of the place may be told up to it already, or be gone: then all of the next is new.
            let at = after.and_then(|after| after.group.as_ref()).map(|group| (groups.at)(group));
            let first = match at {
                None => 0,
                Some(Ok(rank)) => turned(rank),
                Some(Err(next)) if descending => turned(next).saturating_add(1),
                Some(Err(next)) => next,
            };
            let begun = matches!(at, Some(Ok(_)));
            let mut wanted: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            let mut sure = 0;
            for (rank, count) in counts.range(first..) {
                if sure >= more {
                    break;
                }
                wanted.insert(*rank, Vec::new());
                sure += if begun && *rank == first { 0 } else { *count };
            }
            let mut told = Bits::default();
            if begun {
                told = Bits::of(table.next().number(), by_name[passed].iter().copied());
            }
            for number in walk(0, by_name.len()) {
                let rank = ranks[number as usize];
                if let Some(group) = wanted.get_mut(&rank)
                    && group.len() < more
                    && !(begun && rank == first && told.contains(number))
                {
                    group.push(number);
                }
            }
            wanted.into_values().flatten().take(more).collect()
        }
    };
    let is_last = numbers.len() <= limit;
    numbers.truncate(limit);
    let place = |number: u32| {
        let noun = table.get(Id::new(number))?;
        let group = groups.map(|groups| (groups.key)((groups.rank)(Id::new(number), noun)));
        Some(Place { group, name: fold(noun.name()).into_owned(), number })
    };
    let next = if is_last { None } else { numbers.last().and_then(|number| place(*number)) };
    (numbers.into_iter().map(Id::new).collect(), next)
}
