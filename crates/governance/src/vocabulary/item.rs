//! What a component or configuration makes of the vocabulary.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::attribute_type::says_nothing;
use super::{AttributeType, Flaw, Flawed, Presence, Tag, Vocabulary, Word as _, link_type};
use crate::carried::Carried;
use crate::configuration::{Component, ComponentId, Configuration, ConfigurationId};
use crate::event::{Change, Event};
use crate::organisation::Organisation;
use crate::process_area::{AreaId, ProcessArea};
use crate::rules::bad_name;
use crate::text::Name;

/// A component or a configuration: what has tags, attributes and links.
#[derive(Clone, Copy, Debug)]
pub enum VocabularyItem<'a> {
    /// A component.
    Component(ComponentId, &'a Component),
    /// A configuration.
    Configuration(ConfigurationId, &'a Configuration),
}

/// Each component and configuration of a project area.
pub fn items_of(organisation: &Organisation, area: AreaId) -> impl Iterator<Item = VocabularyItem<'_>> {
    let components = organisation.components().filter(move |(_, it)| it.project_area == area);
    components.flat_map(|(id, component)| {
        let configurations = organisation.configurations_of(id).iter();
        let configurations = configurations
            .filter_map(|id| Some(VocabularyItem::Configuration(*id, organisation.configuration(*id)?)));
        std::iter::once(VocabularyItem::Component(id, component)).chain(configurations)
    })
}

impl VocabularyItem<'_> {
    /// What it carries.
    pub fn carried(&self) -> &Carried {
        match self {
            Self::Component(_, it) => &it.carried,
            Self::Configuration(_, it) => &it.carried,
        }
    }
    /// `component`, or the word of the kind of configuration.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Component(..) => "component",
            Self::Configuration(_, it) => it.kind.word(),
        }
    }
    /// For people.
    pub(crate) fn name(&self) -> &Name {
        match self {
            Self::Component(_, it) => &it.name,
            Self::Configuration(_, it) => &it.name,
        }
    }
    /// Whether it came with its component, so that nobody could give it anything.
    fn is_initial(&self) -> bool {
        matches!(self, Self::Configuration(_, it) if it.source.is_none())
    }
    /// The event by which it carries something else.
    pub(crate) fn carrying(&self, carried: Carried) -> Event {
        match *self {
            Self::Component(key, it) => {
                let after = Component { carried, ..it.clone() };
                Event::Component(Change { key, before: Some(it.clone()), after: Some(after) })
            }
            Self::Configuration(key, it) => {
                let after = Configuration { carried, ..it.clone() };
                Event::Configuration(Change { key, before: Some(it.clone()), after: Some(after) })
            }
        }
    }

    /// What is wrong with what it carries. `before` is what it was, if it was there, of the same kind.
    pub(crate) fn flaws(
        &self,
        before: Option<&Carried>,
        vocabulary: &Vocabulary,
        organisation: &Organisation,
    ) -> Vec<Flawed> {
        let carried = self.carried();
        let changed = |key| before.is_none_or(|before| before.get(key) != carried.get(key));
        let mut flaws = Vec::new();
        if changed("tags") {
            flaws.extend(carried.get("tags").map(tag_flaws).unwrap_or_default());
        }
        if changed("links") {
            let links = carried.get("links").map(|links| link_type::flaws(links, &vocabulary.link_types));
            flaws.extend(links.unwrap_or_default());
        }
        if changed("attributes") {
            flaws.extend(self.attribute_flaws(before, vocabulary, organisation));
        }
        flaws
    }

    fn attribute_flaws(
        &self,
        before: Option<&Carried>,
        vocabulary: &Vocabulary,
        organisation: &Organisation,
    ) -> Vec<Flawed> {
        let (nothing, kind) = (Map::new(), self.kind());
        let attributes = match self.carried().get("attributes") {
            Some(Value::Object(attributes)) => attributes,
            None => &nothing,
            Some(_) => {
                let flaw = Flaw::Shape("attributes", "a mapping of attributes to their values");
                return vec![Flawed { at: "attributes".to_owned(), flaw }];
            }
        };
        let was = |id: &str| before.and_then(|it| it.get("attributes")).and_then(|it| it.get(id));
        let flaw = |of: &AttributeType| {
            let is_for = of.on.contains(&kind);
            match attributes.get(&*of.id) {
                Some(value) if is_for && of.presence != Presence::Optional && says_nothing(value) => {
                    Some(Flaw::Missing(of.id.to_string()))
                }
                Some(_) if !is_for => Some(Flaw::NotFor { id: of.id.to_string(), kind }),
                Some(value) => {
                    let frozen = kind == "baseline" && !of.editable_on_baselines;
                    // What it had to have, or nobody could have given it when it came with its component, can
                    // be given once.
                    let given =
                        was(&of.id).is_none() && (of.presence != Presence::Optional || self.is_initial());
                    let changed = before.is_some() && was(&of.id) != Some(value);
                    let frozen = (frozen && changed && !given).then(|| Flaw::Frozen(of.id.to_string()));
                    frozen.or_else(|| of.flaw(value, organisation))
                }
                None if !is_for || of.presence == Presence::Optional => None,
                None if was(&of.id).is_none() && self.is_initial() => None,
                None => Some(Flaw::Missing(of.id.to_string())),
            }
        };
        let frozen_and_gone = |of: &&AttributeType| {
            kind == "baseline"
                && !of.editable_on_baselines
                && was(&of.id).is_some()
                && !attributes.contains_key(&*of.id)
        };
        let gone = vocabulary.attribute_types.iter().filter(frozen_and_gone);
        let gone = gone.map(|of| (of, Flaw::Frozen(of.id.to_string())));
        let flaws = vocabulary.attribute_types.iter().filter_map(|of| Some((of, flaw(of)?)));
        let flaws = flaws.filter(|(of, _)| !frozen_and_gone(of)).chain(gone);
        let flaws = flaws.map(|(of, flaw)| Flawed { at: format!("attributes/{}", of.id), flaw });
        // A file of them has to be read as it was written.
        let new = attributes.keys().filter(|id| was(id).is_none());
        let unnamed = new.filter_map(|id| {
            let flaw = Flaw::Name(bad_name("attribute", &id.as_str().into())?.to_string());
            Some(Flawed { at: format!("attributes/{id}"), flaw })
        });
        flaws.chain(unnamed).collect()
    }
}

fn tag_flaws(tags: &Value) -> Vec<Flawed> {
    let flawed = |at: usize, flaw| Flawed { at: format!("tags/{at}"), flaw };
    let Value::Array(list) = tags else {
        return vec![Flawed { at: "tags".to_owned(), flaw: Flaw::Shape("tags", "a list of tags") }];
    };
    let mut seen = std::collections::HashSet::with_capacity(list.len());
    let flaw = |(at, tag): (usize, &Value)| match tag.as_str().map(Tag::parse) {
        Some(Ok(tag)) if !seen.insert(tag.clone()) => {
            Some(flawed(at, Flaw::Twice { kind: "the tag", name: tag.into() }))
        }
        Some(Ok(_)) => None,
        Some(Err(flaw)) => Some(flawed(at, flaw)),
        None => Some(flawed(at, Flaw::NoTag(tag.to_string()))),
    };
    list.iter().enumerate().filter_map(flaw).collect()
}

impl Vocabulary {
    /// What something new of this kind carries that is made of something else: what it is given, the
    /// attributes of what it is made of, as far as the kind has them, where none are given, and the
    /// defaults.
    #[must_use]
    pub fn made_of(&self, source: &Carried, kind: &str, given: &Carried) -> Carried {
        let is_for = |id: &str| self.attribute_types.iter().all(|it| *it.id != *id || it.on.contains(&kind));
        let given = match (given.get("attributes"), source.get("attributes")) {
            (None, Some(Value::Object(attributes))) => {
                let copied = attributes.iter().filter(|(id, _)| is_for(id));
                let copied: Map<_, _> = copied.map(|(id, value)| (id.clone(), value.clone())).collect();
                given.with("attributes", (!copied.is_empty()).then_some(Value::Object(copied)))
            }
            // Given none, it begins without any.
            (Some(Value::Object(none)), _) if none.is_empty() => given.with("attributes", None),
            _ => given.clone(),
        };
        self.with_defaults(kind, &given)
    }

    /// What something keeps of what it carries when it becomes one of this kind.
    #[must_use]
    pub(crate) fn kept_as(&self, kind: &str, carried: &Carried) -> Carried {
        self.made_of(carried, kind, &carried.with("attributes", None))
    }

    /// Whether a baseline has the attributes of a stream that a baseline of it would freeze.
    pub(crate) fn is_frozen_in(&self, stream: &Carried, baseline: &Carried) -> bool {
        fn value<'a>(carried: &'a Carried, of: &AttributeType) -> Option<&'a Value> {
            carried.get("attributes").and_then(|it| it.get(&*of.id))
        }
        let mut frozen = self.attribute_types.iter().filter(|of| {
            !of.editable_on_baselines && ["stream", "baseline"].iter().all(|kind| of.on.contains(kind))
        });
        frozen.all(|of| value(stream, of) == value(baseline, of))
    }

    /// What an item of this kind carries, with the defaults of what is required and not there.
    #[must_use]
    pub fn with_defaults(&self, kind: &str, carried: &Carried) -> Carried {
        let attributes = match carried.get("attributes") {
            Some(Value::Object(attributes)) => Some(attributes),
            None => None,
            Some(_) => return carried.clone(),
        };
        let lacks = |it: &&AttributeType| {
            it.on.contains(&kind) && !attributes.is_some_and(|attributes| attributes.contains_key(&*it.id))
        };
        let filled: Vec<(String, Value)> = (self.attribute_types.iter().filter(lacks))
            .filter_map(|it| match &it.presence {
                Presence::Default(default) => Some((it.id.to_string(), default.clone())),
                Presence::Optional | Presence::Required => None,
            })
            .collect();
        if filled.is_empty() {
            return carried.clone();
        }
        let all = attributes.cloned().into_iter().flatten().chain(filled).collect();
        carried.with("attributes", Some(Value::Object(all)))
    }

    /// What giving the defaults to everything in a project area changes.
    pub fn defaults_given(&self, organisation: &Organisation, area: AreaId) -> Vec<Event> {
        let given = items_of(organisation, area).map(|item| {
            let carried = self.with_defaults(item.kind(), item.carried());
            item.carrying(carried)
        });
        given.filter(|event| !event.is_void()).collect()
    }

    /// What types break of what is there already: one flaw a type, with the number of items.
    pub(crate) fn flaws_of_items(&self, organisation: &Organisation, area: AreaId) -> Vec<Flawed> {
        let mut found: BTreeMap<String, (usize, String, Flaw)> = BTreeMap::new();
        for item in items_of(organisation, area) {
            for Flawed { at, flaw } in item.flaws(None, self, organisation) {
                let at = match (&flaw, at.strip_prefix("attributes/")) {
                    (Flaw::LinkType(_), _) => super::LinkType::KEY.to_owned(),
                    (_, Some(id)) => {
                        let place = self.attribute_types.iter().position(|it| *it.id == *id);
                        format!("{}/{}", AttributeType::KEY, place.unwrap_or_default())
                    }
                    // What was wrong before types were changed is not their fault.
                    _ => continue,
                };
                let name = || format!("{} `{}`", item.kind(), item.name());
                found.entry(at).or_insert_with(|| (0, name(), flaw)).0 += 1;
            }
        }
        let in_use = |(at, (count, item, flaw))| {
            let flaw = Flaw::InUse { count, item, flaw: Box::new(flaw) };
            Flawed { at, flaw }
        };
        found.into_iter().map(in_use).collect()
    }
}

impl ProcessArea {
    /// Whether it is a project area of gc, whose tags, types and queries are checked.
    pub fn has_vocabulary(&self) -> bool {
        self.project().is_some_and(|it| it.application == crate::catalogue::Application::Gc)
    }
}
