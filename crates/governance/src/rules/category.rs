//! Categories of work items (docs/applications.md#categories).

use std::sync::Arc;

use super::{Check, Rule};
use crate::application_items::{Category, CategoryId};
use crate::catalogue::Application;
use crate::event::Change;
use crate::index::Scope;

const KIND: &str = "category";

impl Check<'_> {
    pub(super) fn category(&mut self, change: &Change<CategoryId, Arc<Category>>) {
        let Some(category) = &change.after else {
            return self.never_removed(KIND, change.before.as_ref().map(|it| &it.name));
        };
        let (organisation, project) = (self.organisation, category.project_area);
        self.kept_in(KIND, project, Application::Ccm);
        self.unique(KIND, Scope::Category(project, category.parent), &category.name, change.key);
        self.team_of(KIND, &category.name, project, category.team_area);
        if let Some(parent) = category.parent {
            match organisation.category(parent) {
                None => self.there(false, KIND, &category.name, "parent category"),
                Some(parent) => self.require(parent.project_area == project, || Rule::OtherProject {
                    kind: KIND,
                    name: category.name.clone(),
                    what: "parent category",
                }),
            }
        }
        self.acyclic(
            KIND,
            change.key,
            change.before.is_none(),
            |id| organisation.category(id)?.parent,
            |nesting| &mut nesting.categories,
            |id| organisation.category(id).map(|it| it.name.clone()),
        );
        let changed = |it: &Arc<Category>| {
            it.parent != category.parent
                || it.team_area != category.team_area
                || it.restrict_access != category.restrict_access
        };
        if category.restrict_access || change.before.as_ref().is_some_and(changed) {
            self.categories.get_or_insert(self.event);
        }
    }

    /// A flag needs a team area at or above it.
    pub(super) fn restricted_categories(&mut self) {
        let Some(first) = self.categories else { return };
        if self.found.iter().any(|it| matches!(it.rule, Rule::Cycle { .. })) {
            return;
        }
        let own = |id: CategoryId| {
            self.events
                .iter()
                .position(|event| matches!(event, crate::event::Event::Category(change) if change.key == id))
        };
        let organisation = self.organisation;
        let mut lacking: Vec<_> = Vec::new();
        for (id, category) in organisation.categories().filter(|(_, it)| it.restrict_access) {
            if !organisation.category_and_above(id).any(|(_, it)| it.team_area.is_some()) {
                lacking.push((own(id).unwrap_or(first), category.name.clone()));
            }
        }
        for (at, name) in lacking {
            self.fail_at(at, Rule::RestrictedWithoutTeam(name));
        }
    }
}
