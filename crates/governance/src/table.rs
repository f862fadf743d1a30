//! A persistent table indexed by dense identifiers.
//!
//! Three levels of shared arrays: a look-up is three steps whatever the size, a change copies one path. A
//! general persistent vector (imbl's) takes some four times as long to look up, and decisions do little else.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::id::Id;

/// Rows of a leaf; a change copies one.
const LEAF: usize = 32;
/// Leaves of a branch.
const BRANCH: usize = 128;

type Leaf<V> = Arc<[Option<V>]>;
type Branch<V> = Arc<[Leaf<V>]>;

/// What is kept of each `K`, by its number. Cloning is free.
///
/// Two tables are equal when their rows are; the next number is no part of what an organisation says.
pub(crate) struct Table<K, V> {
    branches: Arc<[Branch<V>]>,
    next: u32,
    of: PhantomData<fn() -> K>,
}

impl<K, V: Clone> Table<K, V> {
    pub(crate) fn get(&self, id: Id<K>) -> Option<&V> {
        let at = id.index();
        let leaf = self.branches.get(at / (LEAF * BRANCH))?.get(at / LEAF % BRANCH)?;
        leaf.get(at % LEAF)?.as_ref()
    }
    pub(crate) fn contains(&self, id: Id<K>) -> bool {
        self.get(id).is_some()
    }
    /// Keeps `value` under `id`, or takes it away; the number counts as given out either way.
    pub(crate) fn put(&mut self, id: Id<K>, value: Option<V>) {
        self.next = self.next.max(id.number() + 1);
        if value.is_some() || self.contains(id) {
            *self.slot(id) = value;
        }
    }
    /// A mutable row, made from its default where there is none.
    pub(crate) fn row(&mut self, id: Id<K>) -> &mut V
    where
        V: Default,
    {
        self.next = self.next.max(id.number() + 1);
        self.slot(id).get_or_insert_default()
    }
    fn slot(&mut self, id: Id<K>) -> &mut Option<V> {
        let at = id.index();
        let (branch, leaf) = (at / (LEAF * BRANCH), at / LEAF % BRANCH);
        if self.branches.len() <= branch {
            grow(&mut self.branches, branch + 1, Arc::from([]));
        }
        let leaves = &mut Arc::make_mut(&mut self.branches)[branch];
        if leaves.len() <= leaf {
            // A branch grows by doubling, so that filling a table copies each leaf's pointer a few times at
            // most.
            let room = (leaf + 1).next_power_of_two().min(BRANCH);
            grow(leaves, room, Arc::from([]));
        }
        let rows = &mut Arc::make_mut(leaves)[leaf];
        if rows.is_empty() {
            *rows = std::iter::repeat_with(|| None).take(LEAF).collect();
        }
        &mut Arc::make_mut(rows)[at % LEAF]
    }
    /// The number that the next new row gets.
    pub(crate) fn next(&self) -> Id<K> {
        Id::new(self.next)
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Id<K>, &V)> {
        self.iter_from(0)
    }
    /// Each row from this number on; those before are passed over a branch at a time.
    pub(crate) fn iter_from(&self, first: u32) -> impl Iterator<Item = (Id<K>, &V)> {
        let branches = self.branches.iter().enumerate().skip(first as usize / (LEAF * BRANCH));
        let rows = branches.flat_map(|(branch, leaves)| {
            leaves.iter().enumerate().flat_map(move |(leaf, rows)| {
                let first = (branch * BRANCH + leaf) * LEAF;
                rows.iter()
                    .enumerate()
                    .filter_map(move |(at, row)| Some((Id::new((first + at) as u32), row.as_ref()?)))
            })
        });
        rows.skip_while(move |(id, _): &(Id<K>, &V)| id.number() < first)
    }
}

/// Makes an array as long as that, its new places filled.
fn grow<T: Clone>(array: &mut Arc<[T]>, length: usize, fill: T) {
    let missing = length.saturating_sub(array.len());
    *array = array.iter().cloned().chain(std::iter::repeat_n(fill, missing)).collect();
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { branches: Arc::from([]), next: 0, of: PhantomData }
    }
}
impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Self { branches: Arc::clone(&self.branches), next: self.next, of: PhantomData }
    }
}
impl<K, V: Clone + PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.branches, &other.branches) || self.iter().eq(other.iter())
    }
}
impl<K, V: Clone + fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// A table of what is kept beside something, under that thing's number: it gives out no numbers of its own.
pub(crate) struct Beside<K, V>(Table<K, V>);

impl<K, V> Beside<K, V> {
    pub(crate) fn table(&self) -> &Table<K, V> {
        &self.0
    }
    pub(crate) fn table_mut(&mut self) -> &mut Table<K, V> {
        &mut self.0
    }
}

impl<K, V> Default for Beside<K, V> {
    fn default() -> Self {
        Self(Table::default())
    }
}
impl<K, V> Clone for Beside<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
impl<K, V: Clone + PartialEq> PartialEq for Beside<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K, V: Clone + fmt::Debug> fmt::Debug for Beside<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leaves_the_table_that_it_was_made_from_alone() {
        let mut first: Table<(), u32> = Table::default();
        for number in (0..10_000).step_by(7) {
            first.put(Id::new(number), Some(number));
        }
        let mut second = first.clone();
        second.put(Id::new(7), None);
        second.put(Id::new(20_000), Some(1));
        assert_eq!(first.get(Id::new(7)), Some(&7));
        assert_eq!((second.get(Id::new(7)), second.get(Id::new(20_000))), (None, Some(&1)));
        assert_eq!((first.get(Id::new(8)), first.get(Id::new(u32::MAX))), (None, None));
        assert_eq!(
            first.iter().map(|(_, value)| *value).collect::<Vec<_>>(),
            (0..10_000).step_by(7).collect::<Vec<_>>()
        );
        second.put(Id::new(20_000), None);
        second.put(Id::new(7), Some(7));
        assert!(first == second);
        assert_eq!((first.next().number(), second.next().number()), (9_997, 20_001));
    }
}
