//! What a view shows of the words of a project area. All that is in a gc project area is read by those who
//! read the project area, so that what is counted is what the asker sees.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::View;
use crate::carried::Carried;
use crate::item::Item;
use crate::process_area::{AreaId, ProcessArea};
use crate::search::{BadCriterion, SearchCriteria, is_word, with_criteria};
use crate::text::fold;
use crate::vocabulary::{SharedQuery, Tag, Vocabulary, items_of};

/// A tag that exists, because it is listed or used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownTag {
    /// The tag.
    pub tag: Tag,
    /// What it is for, where it is listed.
    pub description: Option<String>,
    /// How many components and configurations have this very tag.
    pub items: usize,
}

impl View {
    /// The tags of a project area, in order.
    pub fn tags(&self, area: AreaId) -> Vec<KnownTag> {
        let listed = self.vocabulary(area).tags;
        let listed = listed.into_iter().map(|it| (it.name, (it.description, 0)));
        let mut known: BTreeMap<Tag, (Option<String>, usize)> = listed.collect();
        for (tag, items) in self.organisation.used_tags(area) {
            if let Ok(tag) = Tag::parse(tag) {
                known.entry(tag).or_default().1 = items;
            }
        }
        let known = known.into_iter();
        known.map(|(tag, (description, items))| KnownTag { tag, description, items }).collect()
    }

    /// A tag of a project area that is listed or given, or exists with what is nested in it.
    pub fn tag(&self, area: AreaId, text: &str) -> Option<KnownTag> {
        let nesting = || {
            let tag = Tag::parse(text).ok().filter(|tag| self.organisation.has_tag(area, tag))?;
            Some(KnownTag { tag, description: None, items: 0 })
        };
        self.sees(Item::Area(area)).then_some(())?;
        self.tags(area).into_iter().find(|it| it.tag.as_str() == text).or_else(nesting)
    }

    /// The words of a project area that the asker sees; none of any other.
    pub fn vocabulary(&self, area: AreaId) -> Vocabulary {
        if self.sees(Item::Area(area)) {
            Vocabulary::of_area(&self.organisation, area)
        } else {
            Vocabulary::default()
        }
    }

    /// The shared queries of a project area, with today's references for what they name.
    pub fn shared_queries(&self, area: AreaId) -> Vec<SharedQuery> {
        let mut queries = self.vocabulary(area).shared_queries;
        for query in &mut queries {
            query.criteria = self.by_name(&query.criteria);
        }
        queries
    }

    /// What a project area carries, with today's references for what its shared queries name.
    #[must_use]
    pub fn queries_by_name(&self, area: &ProcessArea) -> Carried {
        with_criteria(area, |criteria| self.by_name(criteria))
    }

    fn by_name(&self, criteria: &SearchCriteria) -> SearchCriteria {
        self.organisation.criteria_by_name(criteria, |item| self.sees(item))
    }

    /// The criteria of a shared query of a project area as they are kept: with numbers for what they name.
    #[must_use]
    pub fn by_number(&self, area: AreaId, criteria: &SearchCriteria) -> SearchCriteria {
        self.organisation.criteria_by_number(area, criteria, |item| self.sees(item))
    }

    /// Whether the asker can search by the criteria of a shared query of a project area, in which it searches
    /// unless it says otherwise, but for their dates.
    ///
    /// # Errors
    /// As [`View::search_configurations`].
    pub fn judge_query(&self, area: AreaId, criteria: &SearchCriteria) -> Result<(), BadCriterion> {
        let mut within = criteria.clone();
        if self.sees(Item::Area(area)) {
            within.project_area.get_or_insert_with(|| area.number().to_string());
        }
        self.judge_criteria(&within)
    }

    /// What the criteria of a shared query of a project area name that is not there, or not for the asker.
    pub fn missing(&self, area: AreaId, criteria: &SearchCriteria) -> Vec<BadCriterion> {
        let mut kept = self.by_number(area, criteria);
        let mut missing: Vec<_> = kept
            .things()
            .into_iter()
            .filter_map(|(key, thing, text)| {
                let text = text.as_deref().filter(|text| !is_word(thing, text))?;
                let number = text.parse().ok();
                let found = number.and_then(|number| thing.numbered(&self.organisation, number));
                let is_there = found.is_some_and(|item| self.sees(item));
                let said = || format!("there is no {} `{text}`", thing.words());
                (!is_there).then(|| BadCriterion::new(key, said()))
            })
            .collect();
        let searched = self.organisation.searched_area(area, &kept);
        if let Some(searched) = searched.filter(|area| self.sees(Item::Area(*area))) {
            let is_there =
                |tag: &str| Tag::parse(&fold(tag)).is_ok_and(|it| self.organisation.has_tag(searched, &it));
            let gone = kept.tag.iter().filter(|tag| !is_there(tag));
            missing.extend(gone.map(|tag| BadCriterion::new("tag", format!("there is no tag `{tag}`"))));
        }
        missing
    }

    /// How many components and configurations of a project area have each attribute, and links of each type.
    pub fn types_in_use(&self, area: AreaId) -> (BTreeMap<String, usize>, BTreeMap<String, usize>) {
        let (mut attributes, mut links) = (BTreeMap::<_, usize>::new(), BTreeMap::<_, usize>::new());
        for item in items_of(&self.organisation, area) {
            let keys = item.carried().get("attributes").and_then(Value::as_object);
            for id in keys.into_iter().flat_map(|it| it.keys()) {
                *attributes.entry(id.clone()).or_default() += 1;
            }
            let list = item.carried().get("links").and_then(Value::as_array);
            let of_type = |link: &Value| link.get("type").and_then(Value::as_str).map(str::to_owned);
            let types: std::collections::BTreeSet<_> =
                list.into_iter().flatten().filter_map(of_type).collect();
            types.into_iter().for_each(|id| *links.entry(id).or_default() += 1);
        }
        (attributes, links)
    }
}
