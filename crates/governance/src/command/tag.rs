//! Tags of a project area (docs/global-configurations.md#tags).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::noun::changed;
use super::{Needs, Step};
use crate::act::Refusal;
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::{AreaId, ProcessArea};
use crate::text::fold;
use crate::user::UserId;
use crate::vocabulary::{ListedTag, SharedQuery, Tag, Word, items_of, tags_of, words};

const OPERATION: &str = "gc.manage-tags";

/// Lists a tag, so that it exists before anything has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateTag {
    /// Where.
    pub area: AreaId,
    /// The tag, with what it is for.
    pub tag: ListedTag,
}

impl Step for CreateTag {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.action(OPERATION, "create", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let event = change_words(organisation, self.area, |list: &mut Vec<ListedTag>| {
            list.push(self.tag.clone());
            Ok(())
        })?;
        Ok(vec![event])
    }
}

/// Renames a tag, with those nested in it, in the list, wherever it is given and where shared queries look
/// for it; or describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeTag {
    /// Where.
    pub area: AreaId,
    /// Which.
    pub tag: Tag,
    /// What it is called then.
    #[serde(default)]
    pub name: Option<Tag>,
    /// What it is for then; `Some(None)`: nothing is said.
    #[serde(default)]
    pub description: Option<Option<String>>,
}

impl Step for ChangeTag {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.action(OPERATION, "rename", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        exists(organisation, self.area, &self.tag)?;
        let to = self.name.as_ref().unwrap_or(&self.tag);
        // A tag that is nested in itself afterwards was not there before either.
        if !to.is_within(&self.tag) && organisation.has_tag(self.area, to) {
            let text = format!("there is a tag `{}` already: choose another name", to.as_str());
            return Err(Refusal::Precondition(text));
        }
        let list = |list: &mut Vec<ListedTag>| {
            let listed = list.iter().any(|it| it.name == self.tag);
            if !listed && matches!(self.description, Some(Some(_))) {
                list.push(ListedTag { name: self.tag.clone(), description: None });
            }
            for it in list {
                if it.name == self.tag
                    && let Some(description) = &self.description
                {
                    it.description.clone_from(description);
                }
                it.name = it.name.moved(&self.tag, to);
            }
            Ok(())
        };
        let mut events = vec![changed(organisation, self.area, |area: &mut ProcessArea| {
            put_words(area, list)?;
            self.rename_in_queries(organisation, self.area, area, to)
        })?];
        let others = organisation.project_areas().map(|(id, _, _)| id).filter(|id| *id != self.area);
        for other in others {
            let event = changed(organisation, other, |area: &mut ProcessArea| {
                self.rename_in_queries(organisation, other, area, to)
            })?;
            events.extend(Some(event).filter(|event| !event.is_void()));
        }
        events.extend(on_items(organisation, self.area, &self.tag, |tag| Some(tag.moved(&self.tag, to))));
        Ok(events)
    }
}

impl ChangeTag {
    /// Renames it where shared queries look for it, whichever project area keeps them.
    fn rename_in_queries(
        &self,
        organisation: &Organisation,
        home: AreaId,
        area: &mut ProcessArea,
        to: &Tag,
    ) -> Result<(), Refusal> {
        if *to == self.tag || !area.has_vocabulary() || area.carried.get(SharedQuery::KEY).is_none() {
            return Ok(());
        }
        put_words(area, |queries: &mut Vec<SharedQuery>| {
            for SharedQuery { criteria, .. } in queries {
                if organisation.searched_area(home, criteria) != Some(self.area) {
                    continue;
                }
                for tag in &mut criteria.tag {
                    // Searches take a tag in whichever case.
                    if let Ok(sought) = Tag::parse(&fold(tag))
                        && sought.is_within(&self.tag)
                    {
                        *tag = sought.moved(&self.tag, to).into();
                    }
                }
            }
            Ok(())
        })
    }
}

/// Deletes a tag, with those nested in it, from the list and from whatever has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeleteTag {
    /// Where.
    pub area: AreaId,
    /// Which.
    pub tag: Tag,
}

impl Step for DeleteTag {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.action(OPERATION, "delete", Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        exists(organisation, self.area, &self.tag)?;
        let mut events = vec![change_words(organisation, self.area, |list: &mut Vec<ListedTag>| {
            list.retain(|it| !it.name.is_within(&self.tag));
            Ok(())
        })?];
        events.extend(on_items(organisation, self.area, &self.tag, |_| None));
        Ok(events)
    }
}

fn exists(organisation: &Organisation, area: AreaId, tag: &Tag) -> Result<(), Refusal> {
    if organisation.has_tag(area, tag) { Ok(()) } else { Err(Refusal::NotThere("tag")) }
}

/// Changes a list of words. An empty one is not kept.
pub(super) fn change_words<T: Word + Serialize>(
    organisation: &Organisation,
    area: AreaId,
    change: impl FnOnce(&mut Vec<T>) -> Result<(), Refusal>,
) -> Result<Event, Refusal> {
    changed(organisation, area, |area: &mut ProcessArea| put_words(area, change))
}

fn put_words<T: Word + Serialize>(
    area: &mut ProcessArea,
    change: impl FnOnce(&mut Vec<T>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut list: Vec<T> = words(&area.carried, &mut Vec::new());
    change(&mut list)?;
    let texts = list.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
    // INVARIANT: words have text keys and no number that JSON lacks.
    let value = Value::Array(texts.expect("words are JSON"));
    area.carried = area.carried.with(T::KEY, (!list.is_empty()).then_some(value));
    Ok(())
}

/// Makes something of a tag, and of those nested in it, on every component and configuration that has one.
fn on_items(
    organisation: &Organisation,
    area: AreaId,
    tag: &Tag,
    to: impl Fn(&Tag) -> Option<Tag>,
) -> Vec<Event> {
    let mut events = Vec::new();
    for item in items_of(organisation, area) {
        let parsed = |text: &str| Tag::parse(text).ok().filter(|it| it.is_within(tag));
        if !tags_of(item.carried()).any(|it| parsed(it).is_some()) {
            continue;
        }
        let mut after: Vec<String> = Vec::new();
        for text in tags_of(item.carried()) {
            let kept = parsed(text).map_or_else(|| Some(text.to_owned()), |it| to(&it).map(String::from));
            after.extend(kept.filter(|it| !after.contains(it)));
        }
        let value = (!after.is_empty()).then(|| Value::from(after));
        events.push(item.carrying(item.carried().with("tags", value)));
    }
    events
}
