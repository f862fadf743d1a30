//! Whether a stream is another than its newest baseline, by itself: what it contains may have changed all the
//! same, and says so where it stands (docs/global-configurations.md#baselining-a-hierarchy).

use std::collections::HashSet;

use crate::configuration::{Configuration, ConfigurationId, ConfigurationKind, Contribution};
use crate::organisation::Organisation;
use crate::vocabulary::Vocabulary;

impl Organisation {
    /// Whether a stream contains other things than the newest baseline that was made of it, or has other
    /// attributes that a baseline freezes. `false` for one of which none was made.
    pub fn has_changed_since_its_baseline(&self, id: ConfigurationId) -> bool {
        let found = || {
            let stream = self.configuration(id)?;
            matches!(stream.kind, ConfigurationKind::Stream(_)).then_some(())?;
            let made_of_it = |baseline: &&ConfigurationId| {
                self.configuration(**baseline).is_some_and(|it| {
                    it.source == Some(id) && !it.archived && matches!(it.kind, ConfigurationKind::Baseline(_))
                })
            };
            let newest = *self.configurations_of(stream.component).iter().rfind(made_of_it)?;
            Some((stream, newest, self.configuration(newest)?))
        };
        found().is_some_and(|(stream, id_of_baseline, baseline)| {
            self.contains_others(id, id_of_baseline) || self.has_other_attributes(stream, baseline)
        })
    }

    /// Whether something that either contains has no counterpart in the other. What another server keeps is
    /// baselined there: no more is known of it here than how many there are.
    fn contains_others(&self, stream: ConfigurationId, baseline: ConfigurationId) -> bool {
        let configurations = |of| {
            let content = self.contributions(of).iter().filter_map(Contribution::configuration);
            content.collect::<HashSet<ConfigurationId>>()
        };
        let locals = |of| self.contributions(of).iter().filter(|it| it.configuration().is_none()).count();
        let (now, then) = (configurations(stream), configurations(baseline));
        let source = |id: &ConfigurationId| self.configuration(*id).and_then(|it| it.source);
        // A stream may have been baselined, or have been made of the baseline.
        let lacks = |these: &HashSet<ConfigurationId>, those: &HashSet<ConfigurationId>| {
            let sources: HashSet<ConfigurationId> = those.iter().filter_map(source).collect();
            these.iter().any(|id| {
                let came_of = source(id).is_some_and(|source| those.contains(&source));
                !(those.contains(id) || sources.contains(id) || came_of)
            })
        };
        locals(stream) != locals(baseline) || lacks(&now, &then) || lacks(&then, &now)
    }

    fn has_other_attributes(&self, stream: &Configuration, baseline: &Configuration) -> bool {
        let component = self.component(stream.component);
        component.is_some_and(|component| {
            let vocabulary = Vocabulary::of_area(self, component.project_area);
            !vocabulary.is_frozen_in(&stream.carried, &baseline.carried)
        })
    }
}
