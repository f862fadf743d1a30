//! What was made of a stream before, and stands for it while nothing changes.

use std::collections::HashMap;

use super::pass::Pass;
use crate::configuration::{Configuration, ConfigurationId, ConfigurationKind, Contribution};

/// What was made of a stream before, and is not archived.
#[derive(Default)]
pub(super) struct MadeOf {
    newest_baseline: Option<ConfigurationId>,
    staging: Vec<ConfigurationId>,
}

impl Pass<'_> {
    /// The baseline that has the same content and attributes: the newest made of the stream or, where there
    /// is none, that of which the stream was made.
    pub(super) fn unchanged_since(
        &mut self,
        id: ConfigurationId,
        stream: &Configuration,
        content: &[Contribution],
    ) -> Option<ConfigurationId> {
        let organisation = self.organisation;
        let newest = self.made_of(id, stream).and_then(|made| made.newest_baseline);
        let begun_with = stream.source.filter(|source| {
            let source = organisation.configuration(*source);
            source.is_some_and(|it| matches!(it.kind, ConfigurationKind::Baseline(_)) && !it.archived)
        });
        newest.or(begun_with).filter(|baseline| {
            let has_its_attributes =
                |it: &Configuration| self.vocabulary.is_frozen_in(&stream.carried, &it.carried);
            organisation.contributions(*baseline) == content
                && organisation.configuration(*baseline).is_some_and(has_its_attributes)
        })
    }

    pub(super) fn staged_before(
        &mut self,
        id: ConfigurationId,
        stream: &Configuration,
        content: &[Contribution],
    ) -> Option<ConfigurationId> {
        let organisation = self.organisation;
        let staging = &self.made_of(id, stream)?.staging;
        staging.iter().rev().find(|it| organisation.contributions(**it) == content).copied()
    }

    /// What was made of a stream; its component's configurations are looked through once for all of them.
    fn made_of(&mut self, id: ConfigurationId, stream: &Configuration) -> Option<&MadeOf> {
        let organisation = self.organisation;
        let of_component = self.made_of.entry(stream.component).or_insert_with(|| {
            let mut made: HashMap<ConfigurationId, MadeOf> = HashMap::new();
            for id in organisation.configurations_of(stream.component) {
                let Some(it) = organisation.configuration(*id).filter(|it| !it.archived) else { continue };
                let Some(source) = it.source else { continue };
                match it.kind {
                    ConfigurationKind::Baseline(_) => {
                        made.entry(source).or_default().newest_baseline = Some(*id);
                    }
                    ConfigurationKind::Staging(_) => made.entry(source).or_default().staging.push(*id),
                    ConfigurationKind::Stream(_) | ConfigurationKind::Personal(_) => {}
                }
            }
            made
        });
        of_component.get(&id)
    }
}
