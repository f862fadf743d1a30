//! What a view shows of the words of a project area. All that is in a gc project area is read by those who
//! read the project area, so that what is counted is what the asker sees.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::View;
use crate::item::Item;
use crate::process_area::AreaId;
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

    /// The words of a project area that the asker sees; none of any other.
    pub fn vocabulary(&self, area: AreaId) -> Vocabulary {
        if self.sees(Item::Area(area)) {
            Vocabulary::of_area(&self.organisation, area)
        } else {
            Vocabulary::default()
        }
    }

    /// The shared queries of a project area.
    pub fn shared_queries(&self, area: AreaId) -> Vec<SharedQuery> {
        self.vocabulary(area).shared_queries
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
