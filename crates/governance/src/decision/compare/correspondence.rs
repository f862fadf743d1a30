//! Which items and users of two organisations are the same.

use std::collections::{BTreeSet, HashMap};

use super::{Lineage, Somebody};
use crate::decision::reverse::all_items;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::text::fold;
use crate::user::UserId;

/// How items and users correspond.
pub(super) struct Correspondence {
    /// For organisations built apart: the items and users of the later one by text.
    pub(super) items: Option<HashMap<String, Item>>,
    /// For one lineage: the users whose standing differs.
    pub(super) changed: BTreeSet<Somebody>,
    /// For one lineage: whether an area lies elsewhere than before, so that other members are below others.
    pub(super) moved: bool,
}

impl Correspondence {
    pub(super) fn new(before: &Organisation, after: &Organisation, lineage: Lineage) -> Self {
        match lineage {
            Lineage::Same => Self {
                items: None,
                changed: [before, after]
                    .into_iter()
                    .flat_map(|organisation| organisation.users())
                    .map(|(user, _)| user)
                    .filter(|user| before.index.person(*user) != after.index.person(*user))
                    .map(|user| of_one_lineage(after, user))
                    .collect(),
                moved: [before, after]
                    .into_iter()
                    .flat_map(|organisation| organisation.areas())
                    .any(|(area, _)| before.path(area) != after.path(area)),
            },
            Lineage::Apart => Self {
                items: Some(all_items(after).map(|item| (after.reference(item), item)).collect()),
                changed: BTreeSet::new(),
                moved: false,
            },
        }
    }
    pub(super) fn item(&self, before: &Organisation, after: &Organisation, item: Item) -> Option<Item> {
        match &self.items {
            Some(items) => items.get(&before.reference(item)).copied(),
            None => (after.kind_of(item) == before.kind_of(item)
                && (item == Item::Repository || after.project_of_item(item).is_some()))
            .then_some(item),
        }
    }
    /// Who a user of the earlier organisation is.
    pub(super) fn user(&self, before: &Organisation, after: &Organisation, user: UserId) -> Somebody {
        match &self.items {
            Some(_) => {
                let there = before.user(user).and_then(|it| after.user_by_id(&fold(&it.id)));
                there.map_or(Somebody::EarlierAlone(user), Somebody::Later)
            }
            None => of_one_lineage(after, user),
        }
    }
}

fn of_one_lineage(after: &Organisation, user: UserId) -> Somebody {
    if after.user(user).is_some() { Somebody::Later(user) } else { Somebody::EarlierAlone(user) }
}
