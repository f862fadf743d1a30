//! What somebody means who types a name where a reference is asked for.

use governance::text::compare_folded;
use governance::{Dates, Item, ProcessArea, SearchCriteria, View};

/// So many of a kind are looked at that have the words of the name.
const LOOKED_AT: usize = 200;

/// The reference of the one configuration, component or area that is called so, whatever the case; the
/// text as it is where it is a reference, or where none or several are called so.
pub(super) fn reference_meant(view: &View, text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || view.item_at(text).is_some() {
        return text.to_owned();
    }
    match called(view, text)[..] {
        [one] => view.reference(one),
        _ => text.to_owned(),
    }
}

fn called(view: &View, name: &str) -> Vec<Item> {
    let same = |other: &str| compare_folded(other, name).is_eq();
    let criteria = SearchCriteria { name: Some(name.to_owned()), ..SearchCriteria::default() };
    let dates = Dates::default();
    let configurations = view.search_configurations(&criteria, &dates, None, LOOKED_AT);
    let components = view.search_components(&criteria, &dates, None, LOOKED_AT);
    let configurations = configurations.map(|found| found.ids).unwrap_or_default().into_iter();
    let components = components.map(|found| found.ids).unwrap_or_default().into_iter();
    let areas =
        view.each::<ProcessArea>(0).filter(|(_, area)| same(&area.name)).map(|(id, _)| Item::Area(id));
    let named = configurations.map(Item::Configuration).chain(components.map(Item::Component));
    named.filter(|item| same(&view.name_of(*item))).chain(areas).collect()
}
