//! Laying one document over another (docs/organisation-document.md, **Overlays**).

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;

use governance::text::fold;

use crate::reading::{Keys, Prose, Read, Text, wrong};
use crate::report::{Problems, quoted};
use crate::span::{Span, Spanned};
use crate::tree::{Node, Value};

/// What can be laid over an earlier value of its kind.
pub trait Lay {
    /// Lays `over` over this.
    fn lay(&mut self, over: Self);
}

/// What is not there changes nothing.
impl<T: Lay> Lay for Option<T> {
    fn lay(&mut self, over: Self) {
        match (self, over) {
            (_, None) => {}
            (Some(base), Some(over)) => base.lay(over),
            (base, over) => *base = over,
        }
    }
}

/// Replaced whole: single values, and lists whose elements have no identity.
macro_rules! replaced {
    ($([$($of:ident)?] $type:ty),*) => {
        $(impl$(<$of>)? Lay for $type {
            fn lay(&mut self, over: Self) {
                *self = over;
            }
        })*
    };
}

replaced!([T] Spanned<T>, [T] Vec<T>, [] Prose);

/// What an element of a [`Keyed`] list is told apart by.
pub trait Identified {
    /// Its identity: one text, or a word and a text.
    fn identity(&self) -> (&'static str, Cow<'_, str>);

    /// Where the identity is written.
    fn place(&self) -> Span;
}

/// A list whose elements have an identity. Laid over another, elements of the same identity are merged and
/// new ones appended. Within one file no identity occurs twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyed<T>(pub Vec<T>);

impl<T> Deref for Keyed<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> IntoIterator for Keyed<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T: Identified> Keyed<T> {
    fn unique(items: Vec<T>, problems: &mut Problems) -> Self {
        let mut firsts = HashMap::with_capacity(items.len());
        for item in &items {
            let first = *firsts.entry(item.identity()).or_insert(item.place());
            if first != item.place() {
                let (kind, name) = item.identity();
                let space = if kind.is_empty() { "" } else { " " };
                let message = format_args!("{kind}{space}{} is there twice, first at {first}", quoted(&name));
                problems.add(item.place(), message);
            }
        }
        drop(firsts);
        Self(items)
    }
}

impl<T: Identified + Read> Read for Keyed<T> {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        Vec::read(node, problems).map(|items| Self::unique(items, problems))
    }
    fn note_keys(keys: &mut Keys) {
        T::note_keys(keys);
    }
}

impl<T: Identified + Lay> Lay for Keyed<T> {
    fn lay(&mut self, over: Self) {
        let bases: HashMap<_, usize> =
            self.iter().enumerate().map(|(index, item)| (item.identity(), index)).collect();
        let places: Vec<_> = over.iter().map(|item| bases.get(&item.identity()).copied()).collect();
        drop(bases);
        for (item, place) in over.into_iter().zip(places) {
            match place.and_then(|place| self.0.get_mut(place)) {
                Some(base) => base.lay(item),
                None => self.0.push(item),
            }
        }
    }
}

/// Members and their role ids: written as a mapping, merged key by key.
#[derive(Clone, Debug, PartialEq)]
pub struct Members(pub Keyed<Member>);

/// A member and the roles in order, possibly none.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The user's id.
    pub user: Text,
    /// Role ids.
    pub roles: Vec<Text>,
}

impl Read for Members {
    fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        let Value::Mapping(entries) = node.value else {
            return wrong(&node, "a mapping of users to lists of role ids", problems);
        };
        let members = entries.into_iter().filter_map(|(key, roles)| {
            let user = Spanned { value: key.text, span: key.span };
            Some(Member { user, roles: Read::read(roles, problems)? })
        });
        let members = members.collect();
        Some(Self(Keyed::unique(members, problems)))
    }
}

impl Identified for Member {
    fn identity(&self) -> (&'static str, Cow<'_, str>) {
        ("", fold(&self.user))
    }

    fn place(&self) -> Span {
        self.user.span
    }
}

impl Lay for Members {
    fn lay(&mut self, over: Self) {
        self.0.lay(over.0);
    }
}

impl Lay for Member {
    fn lay(&mut self, over: Self) {
        self.roles = over.roles;
    }
}
