//! A persistent table indexed by dense identifiers.

use std::fmt;
use std::marker::PhantomData;

use imbl::Vector;

use crate::id::Id;

/// What is kept of each `K`, by its number. Cloning is free; a change copies O(log n).
///
/// Two tables are equal when their rows are; the next number is no part of what an organisation says.
pub struct Table<K, V> {
    rows: Vector<Option<V>>,
    next: u32,
    of: PhantomData<fn() -> K>,
}

impl<K, V: Clone> Table<K, V> {
    pub(crate) fn get(&self, id: Id<K>) -> Option<&V> {
        self.rows.get(id.index()).and_then(Option::as_ref)
    }
    pub(crate) fn contains(&self, id: Id<K>) -> bool {
        self.get(id).is_some()
    }
    /// Keeps `value` under `id`, or takes it away; the number counts as given out either way.
    pub(crate) fn put(&mut self, id: Id<K>, value: Option<V>) {
        self.next = self.next.max(id.number() + 1);
        if value.is_some() {
            while self.rows.len() <= id.index() {
                self.rows.push_back(None);
            }
        }
        if let Some(row) = self.rows.get_mut(id.index()) {
            *row = value;
        }
        // A trailing gap is no part of the table: undoing a creation gives the table before it.
        while self.rows.last().is_some_and(Option::is_none) {
            self.rows.pop_back();
        }
    }
    /// A mutable row, made from its default where there is none.
    pub(crate) fn row(&mut self, id: Id<K>) -> &mut V
    where
        V: Default,
    {
        while self.rows.len() <= id.index() {
            self.rows.push_back(None);
        }
        self.rows[id.index()].get_or_insert_default()
    }
    /// The number that the next new row gets.
    pub(crate) fn next(&self) -> Id<K> {
        Id::new(self.next)
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Id<K>, &V)> {
        self.rows.iter().enumerate().filter_map(|(at, row)| Some((Id::new(at as u32), row.as_ref()?)))
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: Vector::new(), next: 0, of: PhantomData }
    }
}
impl<K, V: Clone> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), next: self.next, of: PhantomData }
    }
}
impl<K, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}
impl<K, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rows.iter()).finish()
    }
}
