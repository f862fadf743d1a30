//! A persistent table indexed by dense identifiers.
//!
//! Four levels of shared arrays: a look-up is four steps whatever the size, a change copies one path. A
//! general persistent vector (imbl's) takes some four times as long to look up, and decisions do little else.
//!
//! What a change costs is the shared pointers that it copies, some nanoseconds each and more where what they
//! count is far away: hence more levels rather than wider ones.

use std::fmt;
use std::marker::PhantomData;
use std::slice;
use std::sync::Arc;

use crate::id::Id;

/// Arrays of an array, above the leaves.
const FAN: usize = 32;
/// Rows of a leaf, unless its rows are plain bytes of which many are copied as quickly as few.
const ROWS: usize = 16;

type Leaf<V, const LEAF: usize> = Arc<[Option<V>; LEAF]>;
type Twig<V, const LEAF: usize> = Arc<[Option<Leaf<V, LEAF>>; FAN]>;
type Branch<V, const LEAF: usize> = Arc<[Option<Twig<V, LEAF>>; FAN]>;

/// What is kept of each `K`, by its number. Cloning is free.
///
/// Two tables are equal when their rows are; the next number is no part of what an organisation says.
pub(crate) struct Table<K, V, const LEAF: usize = ROWS> {
    branches: Arc<[Option<Branch<V, LEAF>>]>,
    next: u32,
    of: PhantomData<fn() -> K>,
}

impl<K, V: Clone, const LEAF: usize> Table<K, V, LEAF> {
    pub(crate) fn get(&self, id: Id<K>) -> Option<&V> {
        let at = id.index();
        let branch = self.branches.get(at / (LEAF * FAN * FAN))?.as_ref()?;
        let twig = branch[at / (LEAF * FAN) % FAN].as_ref()?;
        let leaf = twig[at / LEAF % FAN].as_ref()?;
        leaf[at % LEAF].as_ref()
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
        let branch = at / (LEAF * FAN * FAN);
        if self.branches.len() <= branch {
            let missing = branch + 1 - self.branches.len();
            self.branches = self.branches.iter().cloned().chain(std::iter::repeat_n(None, missing)).collect();
        }
        let twigs = below(&mut Arc::make_mut(&mut self.branches)[branch]);
        let leaves = below(&mut twigs[at / (LEAF * FAN) % FAN]);
        &mut below(&mut leaves[at / LEAF % FAN])[at % LEAF]
    }
    /// The number that the next new row gets.
    pub(crate) fn next(&self) -> Id<K> {
        Id::new(self.next)
    }
    pub(crate) fn iter(&self) -> Rows<'_, K, V, LEAF> {
        self.iter_from(0)
    }
    /// Each row from this number on. Those before are passed over a branch, a twig and a leaf at a time, so
    /// that a list is as quick to go on with as to begin.
    pub(crate) fn iter_from(&self, first: u32) -> Rows<'_, K, V, LEAF> {
        Rows { table: self, at: first as usize, leaf: [].iter() }
    }
    /// The rows of the first leaf that has any from a place on, from there on, with the place of the first.
    fn leaf_from(&self, mut at: usize) -> Option<(usize, slice::Iter<'_, Option<V>>)> {
        loop {
            let Some(twigs) = self.branches.get(at / (LEAF * FAN * FAN))? else {
                at = next_multiple(at, LEAF * FAN * FAN);
                continue;
            };
            let Some(leaves) = &twigs[at / (LEAF * FAN) % FAN] else {
                at = next_multiple(at, LEAF * FAN);
                continue;
            };
            let Some(rows) = &leaves[at / LEAF % FAN] else {
                at = next_multiple(at, LEAF);
                continue;
            };
            return Some((at, rows[at % LEAF..].iter()));
        }
    }
}

/// The first multiple after a place.
const fn next_multiple(at: usize, of: usize) -> usize {
    (at / of + 1) * of
}

/// The rows of a table, each with its number. A type with a name: much is built on it, and what the compiler
/// has to write of nested adapters grows with each.
pub(crate) struct Rows<'t, K, V, const LEAF: usize> {
    table: &'t Table<K, V, LEAF>,
    /// The place of the next row.
    at: usize,
    /// What is left of its leaf.
    leaf: slice::Iter<'t, Option<V>>,
}

impl<'t, K, V: Clone, const LEAF: usize> Iterator for Rows<'t, K, V, LEAF> {
    type Item = (Id<K>, &'t V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            for row in self.leaf.by_ref() {
                let id = Id::new(self.at as u32);
                self.at += 1;
                if let Some(row) = row {
                    return Some((id, row));
                }
            }
            (self.at, self.leaf) = self.table.leaf_from(self.at)?;
        }
    }
}

/// The array in this place, to be changed; made where there is none.
fn below<T: Clone, const N: usize>(place: &mut Option<Arc<[Option<T>; N]>>) -> &mut [Option<T>; N] {
    Arc::make_mut(place.get_or_insert_with(|| Arc::new([const { None }; N])))
}

impl<K, V, const LEAF: usize> Default for Table<K, V, LEAF> {
    fn default() -> Self {
        Self { branches: Arc::from([]), next: 0, of: PhantomData }
    }
}
impl<K, V, const LEAF: usize> Clone for Table<K, V, LEAF> {
    fn clone(&self) -> Self {
        Self { branches: Arc::clone(&self.branches), next: self.next, of: PhantomData }
    }
}
impl<K, V: Clone + PartialEq, const LEAF: usize> PartialEq for Table<K, V, LEAF> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.branches, &other.branches) || self.iter().eq(other.iter())
    }
}
impl<K, V: Clone + fmt::Debug, const LEAF: usize> fmt::Debug for Table<K, V, LEAF> {
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
        for first in [0, 1, 15, 16, 511, 512, 9_996, 16_384, 19_999, 20_000, 20_001, u32::MAX] {
            let expected = second.iter().filter(|(id, _)| id.number() >= first);
            assert!(second.iter_from(first).eq(expected), "{first}");
        }
        second.put(Id::new(20_000), None);
        second.put(Id::new(7), Some(7));
        assert!(first == second);
        assert_eq!((first.next().number(), second.next().number()), (9_997, 20_001));
    }
}
