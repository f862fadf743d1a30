//! Where the page of something is. A noun that gets a page is a line here.

use governance::{Item, View};

use super::address::{Address, segment};
use super::process::item_kind::page_of;

/// The address of an item's page; what has none leads to what may be done with it.
pub(crate) fn item_page(view: &View, item: Item) -> String {
    match item {
        Item::Area(id) if view.see(id).is_some_and(|area| area.team().is_some()) => {
            format!("/team-areas/{}", id.number())
        }
        Item::Area(id) => format!("/project-areas/{}", id.number()),
        Item::Component(id) => format!("/components/{}", id.number()),
        Item::Configuration(id) => format!("/configurations/{}", id.number()),
        _ => page_of(view, item)
            .unwrap_or_else(|| Address::new("/why").with("item", view.reference(item)).to_string()),
    }
}

/// The address of a user's page.
pub(crate) fn user_page(id: &str) -> String {
    format!("/users/{}", segment(id))
}
