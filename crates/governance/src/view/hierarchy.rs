//! What a view shows of hierarchies.
//!
//! What a configuration contains, and what contains it, is of the same project area
//! (docs/global-configurations.md#hierarchies), which gc restricts no further: whoever sees one configuration
//! of a hierarchy sees all of it.

use super::View;
use crate::act::{Act as _, Refusal};
use crate::command::{Command, ReplaceEverywhere};
use crate::configuration::{ConfigurationId, Contribution};
use crate::hierarchy::{
    ChildText, ComparisonText, Hierarchy, HierarchyText, MergeText, Picture, ReplacementText, SkewText,
    UseText,
};
use crate::item::Item;

impl View {
    fn seen(&self, configuration: ConfigurationId) -> Option<ConfigurationId> {
        self.sees(Item::Configuration(configuration)).then_some(configuration)
    }

    /// A hierarchy, opened down to a level.
    pub fn hierarchy(&self, root: ConfigurationId, level: usize) -> Option<Hierarchy> {
        self.organisation.hierarchy_to(self.seen(root)?, level)
    }
    /// The same in words.
    pub fn hierarchy_text(&self, root: ConfigurationId, level: usize) -> Option<HierarchyText> {
        Some(self.organisation.hierarchy_text(&self.hierarchy(root, level)?))
    }
    /// What the node at a path of a hierarchy contains, from a place on.
    pub fn children<'v>(
        &'v self,
        root: ConfigurationId,
        path: &str,
        first: usize,
    ) -> Option<impl Iterator<Item = ChildText> + use<'v>> {
        self.organisation.children(self.seen(root)?, path, first)
    }
    /// Whether a stream is by itself another than the newest baseline that was made of it.
    pub fn has_changed_since_its_baseline(&self, stream: ConfigurationId) -> bool {
        self.seen(stream).is_some_and(|stream| self.organisation.has_changed_since_its_baseline(stream))
    }
    /// The skews of a hierarchy.
    pub fn skews(&self, root: ConfigurationId) -> Option<Vec<SkewText>> {
        Some(self.organisation.skew_texts(&self.hierarchy(root, usize::MAX)?))
    }
    /// What contains a configuration in at most so many steps, from a number on.
    pub fn where_used(
        &self,
        contained: ConfigurationId,
        most: u32,
        first: u32,
    ) -> Option<impl Iterator<Item = UseText>> {
        let uses = self.organisation.where_used(self.seen(contained)?, most);
        let uses = uses.into_iter().filter(move |it| it.configuration.number() >= first);
        Some(uses.filter_map(|it| {
            Some(UseText { configuration: self.organisation.in_words(it.configuration)?, steps: it.steps })
        }))
    }
    /// What differs from one configuration to another, at every level.
    pub fn comparison(&self, left: ConfigurationId, right: ConfigurationId) -> Option<ComparisonText> {
        let (left, right) = (self.seen(left)?, self.seen(right)?);
        let comparison = self.organisation.compare_configurations(left, right)?;
        self.organisation.comparison_text(left, right, &comparison)
    }
    /// What two configurations, the second and the third, make of the first.
    pub fn merge(&self, [base, mine, theirs]: [ConfigurationId; 3]) -> Option<MergeText> {
        let [base, mine, theirs] = [self.seen(base)?, self.seen(mine)?, self.seen(theirs)?];
        let merge = self.organisation.compare_three_ways(base, mine, theirs)?;
        self.organisation.merge_text([base, mine, theirs], &merge)
    }
    /// Each place in which a contribution would be replaced now, and whether the asker may and can do it
    /// there alone, with the command for that.
    pub fn replacements(&self, everywhere: &ReplaceEverywhere) -> Vec<(ReplacementText, Command)> {
        let named = [&everywhere.old, &everywhere.new].map(Contribution::configuration).into_iter().flatten();
        if !named.chain([everywhere.root]).all(|id| self.seen(id).is_some()) {
            return Vec::new();
        }
        let now = &self.present;
        let place = |(id, command): (ConfigurationId, Command)| {
            let refused = command.act(now, self.asker, self.own_leases()).err();
            let configuration = now.local_reference(id);
            let refused = refused.map(|refusal| self.refusal_text(refusal));
            (ReplacementText { configuration, number: id.number(), refused }, command)
        };
        everywhere.places(now).into_iter().map(place).collect()
    }

    fn refusal_text(&self, refusal: Refusal) -> String {
        match refusal {
            Refusal::Decision { question, refused } => self.refused(&question, &refused).sentence,
            other => other.to_string(),
        }
    }

    /// A configuration as what is of its project area calls it: `Component/kind:Name`.
    pub fn local_reference(&self, configuration: ConfigurationId) -> String {
        self.seen(configuration).map(|id| self.organisation.local_reference(id)).unwrap_or_default()
    }

    /// The picture of a hierarchy, opened down to a level.
    pub fn picture(&self, root: ConfigurationId, level: usize, form: Picture) -> Option<String> {
        Some(self.organisation.picture(&self.hierarchy(root, level)?, form))
    }
}
