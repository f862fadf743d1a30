//! The vocabulary of a project area, and what its items make of it
//! (docs/global-configurations.md#the-vocabulary).

use std::sync::Arc;

use super::{Check, Rule, Violation};
use crate::carried::Carried;
use crate::event::Change;
use crate::process_area::{AreaId, ProcessArea};
use crate::text::Name;
use crate::vocabulary::{Flawed, VOCABULARY_KEYS, Vocabulary, VocabularyItem};

impl Check<'_> {
    /// A change of types must leave what is there as it should be.
    pub(super) fn area_vocabulary(&mut self, change: &Change<AreaId, Arc<ProcessArea>>) {
        let Some(area) = change.after.as_deref().filter(|area| area.has_vocabulary()) else { return };
        let before = change.before.as_deref().map(|it| &it.carried);
        let changed = |key: &str| before.is_none_or(|before| before.get(key) != area.carried.get(key));
        if !VOCABULARY_KEYS.iter().any(|key| changed(key)) {
            return;
        }
        let (vocabulary, mut flaws) = Vocabulary::read(&area.carried);
        // What a new area has in it is checked item by item.
        if before.is_some() && flaws.is_empty() && (changed("attribute_types") || changed("link_types")) {
            flaws = vocabulary.flaws_of_items(self.organisation, change.key);
        }
        self.flawed("project area", &area.name, flaws);
    }

    pub(super) fn uses_vocabulary(
        &mut self,
        area: AreaId,
        item: VocabularyItem<'_>,
        before: Option<&Carried>,
    ) {
        if before == Some(item.carried()) {
            return;
        }
        let organisation = self.organisation;
        let vocabulary = self.vocabularies.entry(area);
        let vocabulary =
            Arc::clone(vocabulary.or_insert_with(|| Arc::new(Vocabulary::of_area(organisation, area))));
        let flaws = item.flaws(before, &vocabulary, organisation);
        self.flawed(item.kind(), item.name(), flaws);
    }

    fn flawed(&mut self, kind: &'static str, name: &Name, flaws: Vec<Flawed>) {
        let event = self.event;
        self.found.extend(flaws.into_iter().map(|Flawed { at, flaw }| Violation {
            event,
            at: Some(at),
            rule: Rule::Vocabulary { kind, name: name.clone(), flaw },
        }));
    }
}
