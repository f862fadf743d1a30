//! What criteria name: kept by its number, so that no renaming changes what is searched for, and told by its
//! name of today (docs/global-configurations.md#shared-queries).

use serde_json::Value;

use super::SearchCriteria;
use crate::carried::Carried;
use crate::id::Id;
use crate::item::Item;
use crate::numbered::number;
use crate::organisation::Organisation;
use crate::process_area::{AreaId, ProcessArea};
use crate::vocabulary::{SharedQuery, Word as _};

/// What a criterion names that has a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    ProjectArea,
    TeamArea,
    Component,
    Configuration,
}

impl Thing {
    /// What one is called.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::ProjectArea => "project area",
            Self::TeamArea => "team area",
            Self::Component => "component",
            Self::Configuration => "configuration",
        }
    }

    /// The item with a number, as far as it is one of these.
    pub(crate) fn numbered(self, organisation: &Organisation, number: u32) -> Option<Item> {
        let item = match self {
            Self::ProjectArea | Self::TeamArea => Item::Area(Id::new(number)),
            Self::Component => Item::Component(Id::new(number)),
            Self::Configuration => Item::Configuration(Id::new(number)),
        };
        self.number(organisation, item).map(|_| item)
    }

    /// The number of an item, if it is one of these.
    fn number(self, organisation: &Organisation, item: Item) -> Option<u32> {
        match (self, item) {
            (Self::ProjectArea, Item::Area(id)) => organisation.area(id)?.project().map(|_| id.number()),
            (Self::TeamArea, Item::Area(id)) => organisation.area(id)?.team().map(|_| id.number()),
            (Self::Component, Item::Component(id)) => organisation.component(id).map(|_| id.number()),
            (Self::Configuration, Item::Configuration(id)) => {
                organisation.configuration(id).map(|_| id.number())
            }
            _ => None,
        }
    }
}

impl SearchCriteria {
    /// The criteria that name what has a number, the project area first.
    pub(crate) fn things(&mut self) -> [(&'static str, Thing, &mut Option<String>); 4] {
        [
            ("project_area", Thing::ProjectArea, &mut self.project_area),
            ("team_area", Thing::TeamArea, &mut self.team_area),
            ("component", Thing::Component, &mut self.component),
            ("contained_in", Thing::Configuration, &mut self.contained_in),
        ]
    }
}

impl Organisation {
    /// The item that a criterion names by a number or a reference; a team area also by its path in a project
    /// area.
    fn named_by(&self, thing: Thing, text: &str, within: AreaId) -> Option<Item> {
        let by_number = || thing.numbered(self, u32::try_from(number(text)?).ok()?);
        let by_reference = || self.item_at(text).ok().filter(|item| thing.number(self, *item).is_some());
        let by_path = || match thing {
            Thing::TeamArea => self.team_area_at(within, text).ok()?.map(Item::Area),
            _ => None,
        };
        by_number().or_else(by_reference).or_else(by_path)
    }

    /// The project area in which a shared query searches: the one that it names, or its own.
    pub(crate) fn searched_area(&self, home: AreaId, criteria: &SearchCriteria) -> Option<AreaId> {
        match &criteria.project_area {
            None => Some(home),
            Some(text) => match self.named_by(Thing::ProjectArea, text, home)? {
                Item::Area(area) => Some(area),
                _ => None,
            },
        }
    }

    /// The criteria of a shared query of a project area with numbers for what they name, as far as it is
    /// there and `sees` it.
    pub(crate) fn criteria_by_number(
        &self,
        home: AreaId,
        criteria: &SearchCriteria,
        sees: impl Fn(Item) -> bool,
    ) -> SearchCriteria {
        let within = self.searched_area(home, criteria).unwrap_or(home);
        let mut kept = criteria.clone();
        for (_, thing, text) in kept.things() {
            let item = text.as_ref().filter(|text| !is_word(thing, text));
            let item = item.and_then(|text| self.named_by(thing, text, within)).filter(|item| sees(*item));
            if let Some(number) = item.and_then(|item| thing.number(self, item)) {
                *text = Some(number.to_string());
            }
        }
        kept
    }

    /// The same with the references of today for the numbers.
    pub(crate) fn criteria_by_name(
        &self,
        criteria: &SearchCriteria,
        sees: impl Fn(Item) -> bool,
    ) -> SearchCriteria {
        let mut told = criteria.clone();
        for (_, thing, text) in told.things() {
            let number = text.as_deref().and_then(number).and_then(|it| u32::try_from(it).ok());
            let item = number.and_then(|number| thing.numbered(self, number)).filter(|item| sees(*item));
            if let Some(item) = item {
                *text = Some(self.reference(item));
            }
        }
        told
    }

    /// What a process area carries, with numbers for what its shared queries name.
    #[must_use]
    pub fn queries_by_number(&self, home: AreaId, area: &ProcessArea) -> Carried {
        with_criteria(area, |criteria| self.criteria_by_number(home, criteria, |_| true))
    }

    /// What a process area carries, with the references of today for what its shared queries name.
    #[must_use]
    pub fn queries_by_name(&self, area: &ProcessArea) -> Carried {
        with_criteria(area, |criteria| self.criteria_by_name(criteria, |_| true))
    }
}

/// Whether it is a word that names no thing: `unassigned`.
pub(crate) fn is_word(thing: Thing, text: &str) -> bool {
    thing == Thing::TeamArea && matches!(text, "unassigned" | "inherit")
}

/// What is carried, with other criteria of its shared queries, as far as they can be read.
pub(crate) fn with_criteria(area: &ProcessArea, of: impl Fn(&SearchCriteria) -> SearchCriteria) -> Carried {
    let list = match area.carried.get(SharedQuery::KEY) {
        Some(Value::Array(list)) if area.has_vocabulary() => list,
        _ => return area.carried.clone(),
    };
    let query = |query: &Value| {
        let read = || serde_json::from_value::<SearchCriteria>(query.get("criteria")?.clone()).ok();
        let mut query = query.clone();
        if let Some(criteria) = read()
            && let Ok(value) = serde_json::to_value(of(&criteria))
        {
            query["criteria"] = value;
        }
        query
    };
    area.carried.with(SharedQuery::KEY, Some(list.iter().map(query).collect()))
}
