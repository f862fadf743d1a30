//! Components and configurations (docs/global-configurations.md#components).

use super::{Check, Rule};
use crate::catalogue::Application;
use crate::configuration::{Component, ComponentId, Configuration, ConfigurationId, ConfigurationKind};
use crate::event::Change;
use crate::index::Scope;
use crate::vocabulary::VocabularyItem;

impl Check<'_> {
    pub(super) fn component(&mut self, change: &Change<ComponentId, Component>) {
        let Some(component) = &change.after else {
            return self.never_removed("component", change.before.as_ref().map(|it| &it.name));
        };
        let project = component.project_area;
        self.kept_in("component", project, Application::Gc);
        self.unique("component", Scope::Component(project), &component.name, change.key);
        self.team_of("component", &component.name, project, component.team_area);
        let before = change.before.as_ref().map(|it| &it.carried);
        self.uses_vocabulary(project, VocabularyItem::Component(change.key, component), before);
    }

    pub(super) fn configuration(&mut self, change: &Change<ConfigurationId, Configuration>) {
        let Some(configuration) = &change.after else {
            return self.never_removed("configuration", change.before.as_ref().map(|it| &it.name));
        };
        let (organisation, kind, name) = (self.organisation, configuration.kind.word(), &configuration.name);
        self.named(kind, name);
        let Some(component) = organisation.component(configuration.component) else {
            return self.there(false, kind, name, "component");
        };
        let scope = Scope::Configuration(configuration.component, configuration.kind.ordinal());
        self.unique(configuration.kind.word(), scope, &configuration.name, change.key);
        if let Some(setting) = configuration.kind.team_area() {
            self.owned(kind, name, component.project_area, setting);
        }
        if let Some(owner) = configuration.kind.owner() {
            self.there(organisation.user(owner).is_some(), kind, name, "user");
        }
        if let Some(source) = configuration.source {
            let accepted = organisation.configuration(source).is_some_and(|source| {
                let made_from =
                    matches!(source.kind, ConfigurationKind::Stream(_) | ConfigurationKind::Baseline(_));
                made_from && source.component == configuration.component
            });
            self.require(accepted, || Rule::Source(name.clone()));
            self.acyclic(
                "configuration",
                change.key,
                change.before.is_none(),
                |id| organisation.configuration(id)?.source,
                |nesting| &mut nesting.sources,
                |id| organisation.configuration(id).map(|it| it.name.clone()),
            );
        }
        let same_kind = |it: &&Configuration| it.kind.ordinal() == configuration.kind.ordinal();
        let before = change.before.as_ref().filter(same_kind).map(|it| &it.carried);
        let item = VocabularyItem::Configuration(change.key, configuration);
        self.uses_vocabulary(component.project_area, item, before);
        let frozen = |it: &Configuration| matches!(it.kind, ConfigurationKind::Baseline(_));
        if frozen(configuration) && change.before.as_ref().is_some_and(|it| !frozen(it)) {
            self.baselines_only(change.key);
        }
    }
}
