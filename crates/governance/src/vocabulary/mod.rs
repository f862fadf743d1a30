//! The words of a gc project area for its components and configurations: tags, types of attributes and of
//! links, shared queries (docs/global-configurations.md#the-vocabulary).
//!
//! They are kept as the carried keys of the organisation document, and read here. What is wrong with them is
//! a [`Flaw`] at the place where it is written.

mod attribute_type;
mod flaw;
mod item;
mod link_type;
mod shared_query;
mod tag;

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::carried::Carried;
use crate::json_mistake::in_words_of_json;
use crate::organisation::Organisation;
use crate::process_area::AreaId;

pub use attribute_type::{AttributeType, Presence, ValueType};
pub use flaw::{Flaw, Flawed};
pub use item::{VocabularyItem, items_of};
pub use link_type::LinkType;
pub use shared_query::SharedQuery;
pub(crate) use tag::tags_of;
pub use tag::{ListedTag, Tag};

/// The carried keys of a project area that are its vocabulary.
pub const VOCABULARY_KEYS: [&str; 4] = ["tags", "attribute_types", "link_types", "shared_queries"];

/// What is kept in a carried list, each under a name of its own.
pub trait Word: DeserializeOwned {
    /// The carried key of the list.
    const KEY: &'static str;
    /// What one is called.
    const KIND: &'static str;
    /// By what it is told apart.
    fn name(&self) -> &str;
}

/// The words of a project area.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vocabulary {
    /// The tags that it lists; items may have others.
    pub tags: Vec<ListedTag>,
    /// What attributes may be.
    pub attribute_types: Vec<AttributeType>,
    /// What links may be.
    pub link_types: Vec<LinkType>,
    /// Questions that people have kept for one another.
    pub shared_queries: Vec<SharedQuery>,
}

impl Vocabulary {
    /// What a project area carries, as far as it can be read.
    pub fn of(carried: &Carried) -> Self {
        Self::read(carried).0
    }

    /// The same, and what cannot be read.
    pub fn read(carried: &Carried) -> (Self, Vec<Flawed>) {
        let mut flaws = Vec::new();
        let read = Self {
            tags: words(carried, &mut flaws),
            attribute_types: words(carried, &mut flaws),
            link_types: words(carried, &mut flaws),
            shared_queries: words(carried, &mut flaws),
        };
        (read, flaws)
    }

    /// That of a project area of gc; the others have none.
    pub fn of_area(organisation: &Organisation, area: AreaId) -> Self {
        let area = organisation.area(area).filter(|area| area.has_vocabulary());
        area.map_or_else(Self::default, |area| Self::of(&area.carried))
    }
}

/// The readable elements of a carried list, each name once.
pub fn words<T: Word>(carried: &Carried, flaws: &mut Vec<Flawed>) -> Vec<T> {
    let list = match carried.get(T::KEY) {
        None => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => {
            flaws.push(Flawed { at: T::KEY.to_owned(), flaw: Flaw::NoList(T::KEY) });
            return Vec::new();
        }
    };
    let mut names = HashSet::with_capacity(list.len());
    let mut read: Vec<T> = Vec::with_capacity(list.len());
    for (place, value) in list.iter().enumerate() {
        let mut fail = |flaw| flaws.push(Flawed { at: format!("{}/{place}", T::KEY), flaw });
        match T::deserialize(value) {
            Ok(word) if !names.insert(word.name().to_owned()) => {
                fail(Flaw::Twice { kind: T::KIND, name: word.name().to_owned() });
            }
            Ok(word) => read.push(word),
            Err(cause) => {
                let cause = in_words_of_json(&cause.to_string()).into_owned();
                fail(Flaw::Unreadable { kind: T::KIND, cause });
            }
        }
    }
    read
}
