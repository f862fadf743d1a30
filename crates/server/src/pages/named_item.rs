//! What somebody means who types a name where a reference is asked for.

use governance::text::compare_folded;
use governance::{AreaId, ComponentId, ConfigurationId, Dates, Item, ProcessArea, SearchCriteria, View};

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

/// The area of this reference, or the one area that is called so, whatever the case.
pub(super) fn area_meant(view: &View, text: &str) -> Option<AreaId> {
    if let Some(Item::Area(area)) = view.item_at(text) {
        return Some(area);
    }
    let mut called = areas_called(view, text);
    called.next().filter(|_| called.next().is_none())
}

fn areas_called(view: &View, name: &str) -> impl Iterator<Item = AreaId> {
    let areas = view.each::<ProcessArea>(0);
    areas.filter(move |(_, area)| compare_folded(&area.name, name).is_eq()).map(|(id, _)| id)
}

/// The configurations of this name, of a component or, where that has none, of a project area: those that are
/// called exactly so, else those whose letters have another case.
pub(super) fn configurations_called(
    view: &View,
    (component, project): (ComponentId, AreaId),
    name: &str,
) -> Vec<ConfigurationId> {
    let is_called =
        |id: &ConfigurationId| view.see(*id).is_some_and(|it| compare_folded(&it.name, name).is_eq());
    let is_exact = |id: &ConfigurationId| view.see(*id).is_some_and(|it| *it.name == *name);
    let mut called: Vec<_> = view.configurations_of(component).iter().copied().filter(is_called).collect();
    if called.is_empty() {
        called = named(view, name, Some(project)).filter(is_called).collect();
    }
    if called.iter().any(is_exact) {
        called.retain(is_exact);
    }
    called
}

fn called(view: &View, name: &str) -> Vec<Item> {
    let same = |other: &str| compare_folded(other, name).is_eq();
    let criteria = SearchCriteria { name: Some(name.to_owned()), ..SearchCriteria::default() };
    let components = view.search_components(&criteria, &Dates::default(), None, LOOKED_AT);
    let components = components.map(|found| found.ids).unwrap_or_default().into_iter();
    let areas = areas_called(view, name).map(Item::Area);
    let named = named(view, name, None).map(Item::Configuration).chain(components.map(Item::Component));
    named.filter(|item| same(&view.name_of(*item))).chain(areas).collect()
}

/// Configurations that have the words of a name, of one project area or of all.
fn named(view: &View, name: &str, project: Option<AreaId>) -> impl Iterator<Item = ConfigurationId> + use<> {
    let criteria = SearchCriteria {
        name: Some(name.to_owned()),
        project_area: project.map(|it| it.number().to_string()),
        ..SearchCriteria::default()
    };
    let found = view.search_configurations(&criteria, &Dates::default(), None, LOOKED_AT);
    found.map(|found| found.ids).unwrap_or_default().into_iter()
}
