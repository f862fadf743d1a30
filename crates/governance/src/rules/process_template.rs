//! Process templates (docs/process.md#process-templates).

use std::collections::HashSet;
use std::sync::Arc;

use super::{Check, Rule, bad_name};
use crate::catalogue::ActionPattern;
use crate::event::Change;
use crate::index::Scope;
use crate::precondition::Precondition;
use crate::process::{EVERYONE, PermissionKey, Slot};
use crate::process_template::{ProcessTemplate, ProcessTemplateId};

const KIND: &str = "process template";

/// A part of a template, so that a reader of its text can say the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplatePart {
    /// Its name.
    Name,
    /// The role at this place.
    Role(usize),
    /// The entry at this place.
    Permission(usize),
    /// The precondition at this place.
    Precondition(usize),
    /// The iteration type at this place.
    IterationType(usize),
}

impl Check<'_> {
    pub(super) fn process_template(&mut self, change: &Change<ProcessTemplateId, Arc<ProcessTemplate>>) {
        let Some(template) = &change.after else { return };
        self.unique(KIND, Scope::ProcessTemplate, &template.name, change.key);
        for (part, rule) in template.violations() {
            // What is wrong with the name has been told.
            if part != TemplatePart::Name {
                self.fail(rule);
            }
        }
    }
}

impl ProcessTemplate {
    /// The rules that it breaks by itself, and in which part; whether its name is taken is another matter.
    pub fn violations(&self) -> Vec<(TemplatePart, Rule)> {
        let mut found = Vec::new();
        found.extend(bad_name(KIND, &self.name).map(|rule| (TemplatePart::Name, rule)));
        let mut roles = HashSet::from([EVERYONE]);
        for (at, role) in self.roles.iter().enumerate() {
            let names = [&role.id, &role.name].into_iter().filter_map(|name| bad_name("role", name));
            found.extend(names.map(|rule| (TemplatePart::Role(at), rule)));
            if *role.id == *EVERYONE {
                found.push((TemplatePart::Role(at), Rule::EveryoneRole));
            } else if !roles.insert(&role.id) {
                let rule = Rule::RoleTwice { role: role.id.clone(), area: self.name.clone() };
                found.push((TemplatePart::Role(at), rule));
            }
        }
        let mut types = HashSet::new();
        for (at, id) in self.iteration_types.iter().enumerate() {
            let part = TemplatePart::IterationType(at);
            found.extend(bad_name("iteration type", id).map(|rule| (part, rule)));
            if !types.insert(&**id) {
                let rule = Rule::IterationTypeTwice { iteration_type: id.clone(), of: self.name.clone() };
                found.push((part, rule));
            }
        }
        let mut keys = HashSet::new();
        for (at, (key, permission)) in self.permissions.iter().enumerate() {
            let part = TemplatePart::Permission(at);
            found.extend(self.bad_entry(key, &roles, &types).map(|rule| (part, rule)));
            if !keys.insert(key) {
                let (role, operation) = (key.role.clone(), key.operation);
                let rule = Rule::TemplateEntryTwice { role, operation, template: self.name.clone() };
                found.push((part, rule));
            }
            for pattern in permission.actions.iter() {
                if ActionPattern::parse(key.operation, pattern.path()).is_err() {
                    let action = pattern.path().to_owned();
                    found.push((part, Rule::EntryAction { action, operation: key.operation }));
                }
            }
        }
        let mut keys = HashSet::new();
        for (at, entry) in self.preconditions.iter().enumerate() {
            let part = TemplatePart::Precondition(at);
            let (role, operation) = (entry.key.role.clone(), entry.key.operation);
            found.extend(self.bad_entry(&entry.key, &roles, &types).map(|rule| (part, rule)));
            if !keys.insert(&entry.key) {
                let area = self.name.clone();
                found.push((part, Rule::PreconditionTwice { role, operation, area }));
            }
            for precondition in entry.require.iter() {
                if !precondition.fits(operation) {
                    let (precondition, area) = (precondition.clone(), self.name.clone());
                    found.push((part, Rule::PreconditionOperation { precondition, operation, area }));
                }
                if let Precondition::Approval(role) = precondition
                    && !roles.contains(&**role)
                {
                    let (role, template) = (role.clone(), self.name.clone());
                    found.push((part, Rule::TemplateRole { role, template }));
                }
            }
        }
        found
    }

    fn bad_entry(&self, key: &PermissionKey, roles: &HashSet<&str>, types: &HashSet<&str>) -> Option<Rule> {
        let (operation, template) = (key.operation, self.name.clone());
        if !roles.contains(&*key.role) {
            return Some(Rule::TemplateRole { role: key.role.clone(), template });
        }
        match (operation.application(), self.application) {
            (Some(_), None) => return Some(Rule::TemplateForAny { operation, template }),
            (Some(of), Some(application)) if of != application => {
                return Some(Rule::EntryApplication { operation, application, area: template });
            }
            _ => {}
        }
        let slot = match &key.slot {
            Slot::Always => return None,
            Slot::IterationType(id) if types.contains(&**id) => return None,
            Slot::IterationType(id) => format!("the iteration type `{id}`, which it does not have"),
            Slot::Timeline(timeline) => format!("the timeline `{timeline}`"),
            Slot::Iteration { timeline, iteration } => {
                format!("the iteration `{iteration}` of timeline `{timeline}`")
            }
        };
        Some(Rule::TemplateSlot { slot, template })
    }
}
