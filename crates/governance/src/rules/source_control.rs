//! Plans, streams and components of source control: what has an owner
//! (docs/applications.md#source-control-visibility).

use std::sync::Arc;

use super::{Check, Rule};
use crate::application_items::{Owner, Plan, PlanId, ScmItem, ScmItemId, ScmVisibility};
use crate::catalogue::Application;
use crate::event::Change;
use crate::index::Scope;
use crate::process_area::AreaId;
use crate::text::Name;

impl Check<'_> {
    pub(super) fn plan(&mut self, change: &Change<PlanId, Arc<Plan>>) {
        let Some(plan) = &change.after else { return };
        self.kept_in("plan", plan.project_area, Application::Ccm);
        self.unique("plan", Scope::Plan(plan.project_area), &plan.name, change.key);
        self.owner("plan", &plan.name, plan.project_area, plan.owner);
    }

    pub(super) fn scm_item(&mut self, change: &Change<ScmItemId, Arc<ScmItem>>) {
        let Some(item) = &change.after else { return };
        let kind = item.kind.word();
        self.kept_in(kind, item.project_area, Application::Ccm);
        self.unique(kind, Scope::ScmItem(item.project_area, item.kind), &item.name, change.key);
        self.owner(kind, &item.name, item.project_area, item.owner);
        match (item.visibility, item.owner) {
            (ScmVisibility::Private, Owner::ProjectArea | Owner::TeamArea(_)) => {
                self.fail(Rule::PrivateOwner(item.name.clone()));
            }
            (ScmVisibility::TeamPrivate, Owner::ProjectArea | Owner::User(_)) => {
                self.fail(Rule::TeamPrivateOwner(item.name.clone()));
            }
            (ScmVisibility::AccessGroup(group), _) => {
                let there = self.organisation.access_group(group).is_some();
                self.there(there, kind, &item.name, "access group");
            }
            _ => {}
        }
    }

    fn owner(&mut self, kind: &'static str, name: &Name, project: AreaId, owner: Owner) {
        match owner {
            Owner::ProjectArea => {}
            Owner::TeamArea(team) => self.team_of(kind, name, project, Some(team)),
            Owner::User(user) => self.there(self.organisation.user(user).is_some(), kind, name, "user"),
        }
    }
}
