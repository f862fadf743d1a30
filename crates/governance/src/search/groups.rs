//! What is found in groups, such as those of a kind or a team area, and in each by name.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::base::{Named, Searched, in_order};
use super::bits::Bits;
use super::found::{Part, rest};
use crate::event::Facts;
use crate::id::Id;

/// The place of something's group among all.
pub(crate) type Rank<'a, N> = dyn Fn(Id<N>) -> u32 + 'a;
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
    /// Where what a group may have is known without looking through everything.
    pub(crate) lists: Option<Lists<'a>>,
}

/// What groups may have in them.
pub(crate) struct Lists<'a> {
    /// How many groups there are.
    pub(crate) groups: u32,
    /// What may be in the group at a place, in no order; `None`: a lot.
    pub(crate) of: Box<dyn Fn(u32) -> Option<Vec<u32>> + 'a>,
}

/// A group of no more than so many is put in order by itself. A larger one is picked out of the order of all,
/// which soon has come to as many as a page takes.
pub(crate) const SMALL: usize = 1 << 12;

/// Where more than this part of all is found, the first groups that are looked through have enough for a
/// page.
const MUCH: usize = 8;

/// One more than are wanted, by group and name.
pub(super) fn in_groups<N: Named>(
    searched: &Searched<N>,
    facts: &Facts,
    found: &Bits,
    groups: &Groups<'_, N>,
    part: Part<'_>,
) -> Vec<u32> {
    let much = N::table(facts).next().number() as usize / MUCH;
    match &groups.lists {
        Some(lists) if found.count() > much => listed(searched, facts, found, (groups, lists), part),
        _ => counted(searched, facts, found, groups, part),
    }
}

/// Looks through one group after the other until there are enough.
fn listed<N: Named>(
    searched: &Searched<N>,
    facts: &Facts,
    found: &Bits,
    (groups, lists): (&Groups<'_, N>, &Lists<'_>),
    part: Part<'_>,
) -> Vec<u32> {
    let table = N::table(facts);
    let named = |number: u32| (table.get(Id::new(number)).map_or("", N::name), number);
    let (begun, new) = to_come(groups, lists.groups, part);
    let mut page = Vec::new();
    for rank in begun.into_iter().chain(part.turned(new)) {
        let missing = (part.limit + 1).saturating_sub(page.len());
        if missing == 0 {
            break;
        }
        let part = if Some(rank) == begun { part } else { Part { after: None, ..part } };
        let ours = |number: &u32| found.contains(*number) && (groups.rank)(Id::new(*number)) == rank;
        let in_order: Cow<'_, [u32]> = match (lists.of)(rank) {
            Some(mut numbers) => {
                numbers.retain(ours);
                numbers.sort_unstable_by(|one, other| in_order(named(*one), named(*other)));
                numbers.into()
            }
            None => searched.by_name(facts).into(),
        };
        page.extend(part.turned(rest(table, &in_order, part).iter().copied()).filter(ours).take(missing));
    }
    page
}

/// Counts groups first, so that only those of the page are gathered.
fn counted<N: Named>(
    searched: &Searched<N>,
    facts: &Facts,
    found: &Bits,
    groups: &Groups<'_, N>,
    part: Part<'_>,
) -> Vec<u32> {
    let table = N::table(facts);
    let mut ranks = vec![0; table.next().number() as usize];
    let mut counts: Vec<usize> = Vec::new();
    for number in found.iter() {
        let rank = (groups.rank)(Id::new(number));
        if counts.len() <= rank as usize {
            counts.resize(rank as usize + 1, 0);
        }
        ranks[number as usize] = rank;
        counts[rank as usize] += 1;
    }
    let (begun, new) = to_come(groups, counts.len() as u32, part);
    let count = |rank: u32| counts.get(rank as usize).copied().unwrap_or(0);
    let mut told: Vec<u32> = begun.into_iter().filter(|rank| count(*rank) > 0).collect();
    let mut sure = 0;
    for rank in part.turned(new).filter(|rank| count(*rank) > 0) {
        if sure > part.limit {
            break;
        }
        sure += count(rank);
        told.push(rank);
    }
    let mut small = gathered(found, &ranks, told.iter().copied().filter(|rank| count(*rank) <= SMALL));
    let named = |number: u32| (table.get(Id::new(number)).map_or("", N::name), number);
    let by_name = if told.len() > small.len() { searched.by_name(facts) } else { &[] };
    let mut page = Vec::new();
    for rank in told {
        // All of a new group comes after the place.
        let part = if Some(rank) == begun { part } else { Part { after: None, ..part } };
        let of_group = small.remove(&rank).map(|mut numbers| {
            numbers.sort_unstable_by(|one, other| in_order(named(*one), named(*other)));
            numbers
        });
        let in_order = of_group.as_deref().unwrap_or(by_name);
        let next = part.turned(rest(table, in_order, part).iter().copied());
        let ours = |number: &u32| found.contains(*number) && ranks[*number as usize] == rank;
        let missing = (part.limit + 1).saturating_sub(page.len());
        page.extend(next.filter(ours).take(missing));
    }
    page
}

/// The group of the place, which is told up to it already, and those that come after.
fn to_come<N>(groups: &Groups<'_, N>, count: u32, part: Part<'_>) -> (Option<u32>, Range<u32>) {
    let at = part.after.and_then(|after| after.group.as_ref()).map(|group| (groups.at)(group));
    match at {
        None => (None, 0..count),
        Some(Ok(rank)) if part.descending => (Some(rank), 0..rank.min(count)),
        Some(Ok(rank)) => (Some(rank), rank.saturating_add(1).min(count)..count),
        // It is gone: all that comes next is new.
        Some(Err(next)) if part.descending => (None, 0..next.min(count)),
        Some(Err(next)) => (None, next.min(count)..count),
    }
}

/// Everything of some groups, by number.
fn gathered(found: &Bits, ranks: &[u32], of: impl Iterator<Item = u32>) -> HashMap<u32, Vec<u32>> {
    let mut groups: HashMap<u32, Vec<u32>> = of.map(|rank| (rank, Vec::new())).collect();
    let (least, most) = (groups.keys().min().copied(), groups.keys().max().copied());
    let (Some(least), Some(most)) = (least, most) else { return groups };
    for number in found.iter() {
        let rank = ranks[number as usize];
        if (least..=most).contains(&rank)
            && let Some(group) = groups.get_mut(&rank)
        {
            group.push(number);
        }
    }
    groups
}
