//! Process templates: those that files bring, and those that project areas begin with.

use std::collections::BTreeMap;
use std::sync::Arc;

use governance::{Change, EVERYONE, Event, ProcessTemplate, Role, TemplatePart};

use super::areas::{Draft, Written};
use super::entry::{read_entry, read_precondition, role, roles_of};
use super::{Builder, Mode, give};
use crate::report::Problems;
use crate::span::Span;
use crate::templates::{template_named, templates};
use crate::{Documents, raw};

impl Builder<'_> {
    /// Keeps the templates of the files, each in the place of the one of its name; of several with one name
    /// the last counts.
    pub(super) fn templates(&mut self, documents: &Documents) {
        let written: BTreeMap<&str, &raw::Template> =
            documents.templates.iter().map(|it| (&*it.template.value, it)).collect();
        for template in written.values() {
            let after = from_written(template, self.problems);
            let there = self.base.process_template_named(&after.name);
            let before = there.and_then(|id| self.base.process_template(id)).cloned().map(Arc::new);
            let key = there.unwrap_or_else(|| give(&mut self.next.process_template));
            let change = Change { key, before, after: Some(Arc::new(after)) };
            self.put(template.template.span, Event::ProcessTemplate(change));
        }
        let lists_templates =
            documents.organisation.as_ref().is_some_and(|it| it.process_templates.is_some());
        if self.mode == Mode::Replace && lists_templates {
            for (key, template) in self.base.process_templates() {
                if !written.contains_key(&*template.name) {
                    let gone = Change { key, before: Some(Arc::new(template.clone())), after: None };
                    self.put(Span::default(), Event::ProcessTemplate(gone));
                }
            }
        }
        self.settle();
    }

    /// The template that the area names, of its application or of any.
    pub(super) fn template(&self, draft: &Draft<'_>) -> Option<&ProcessTemplate> {
        let Written::Project(area) = draft.written else { return None };
        let template = template_named(&self.work, area.template.as_ref()?)?;
        template.fits(draft.application).then_some(template)
    }

    /// A template is copied once: it brings its own to an area that is new, or that is to be as the document
    /// says.
    pub(super) fn template_to_begin_from(&self, draft: &Draft<'_>) -> Option<&ProcessTemplate> {
        self.template(draft).filter(|_| !draft.existed || self.mode == Mode::Replace)
    }

    /// Says so where the area names a template that there is not.
    pub(super) fn knows_template(&mut self, draft: &Draft<'_>, area: &raw::ProjectArea) {
        if let Some(name) = &area.template
            && self.template(draft).is_none()
        {
            let work = self.work.clone();
            let fitting = || {
                let offered = templates(work.process_templates()).into_iter();
                offered.map(|it| it.template).filter(|it| it.fits(draft.application))
            };
            let known = || fitting().map(|it| it.name.clone()).collect::<Vec<_>>();
            self.problems.unknown(name.span, "template for this application", name, known);
        }
    }
}

/// The template as a server keeps it. What is wrong with it goes to `problems`.
pub(crate) fn from_written(written: &raw::Template, problems: &mut Problems) -> ProcessTemplate {
    let mut wrong = Problems::default();
    let written_roles = written.roles.as_deref().unwrap_or_default();
    let types = written.iteration_types.as_deref().unwrap_or_default();
    let roles: Arc<[Role]> = written_roles.iter().map(|it| role(it, None)).collect();
    let mut entries = Vec::new();
    for entry in written.permissions.iter().flatten() {
        let Some(read) = read_entry(entry, &mut wrong) else { continue };
        if *entry.role.value != *EVERYONE && !roles.iter().any(|it| it.id == entry.role.value) {
            let known = || roles.iter().map(|it| &*it.id);
            wrong.unknown(entry.role.span, "role of this template", &entry.role, known);
        }
        entries.push((read, entry.span));
    }
    let mut preconditions = Vec::new();
    let mut precondition_spans = Vec::new();
    for entry in written.preconditions.iter().flatten() {
        let Some(read) = read_precondition(entry, &mut wrong) else { continue };
        for role in roles_of(entry) {
            if *role.value != *EVERYONE && !roles.iter().any(|it| it.id == role.value) {
                let known = || roles.iter().map(|it| &*it.id);
                wrong.unknown(role.span, "role of this template", role, known);
            }
        }
        preconditions.push(read);
        precondition_spans.push(entry.span);
    }
    // Stable, so that of two with one key the later is at fault.
    entries.sort_by(|((one, _), _), ((other, _), _)| one.cmp(other));
    let (permissions, spans): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
    let template = ProcessTemplate {
        name: written.template.value.clone(),
        application: match written.application.value {
            raw::TemplateApplication::Any => None,
            raw::TemplateApplication::Only(application) => Some(application),
        },
        roles,
        permissions: permissions.into(),
        preconditions: preconditions.into(),
        iteration_types: types.iter().map(|it| it.value.clone()).collect(),
        carried: written.carried.clone(),
    };
    if wrong.is_empty() {
        for (part, rule) in template.violations() {
            let span = match part {
                TemplatePart::Name => None,
                TemplatePart::Role(at) => written_roles.get(at).map(|it| it.id.span),
                TemplatePart::Permission(at) => spans.get(at).copied(),
                TemplatePart::Precondition(at) => precondition_spans.get(at).copied(),
                TemplatePart::IterationType(at) => types.get(at).map(|it| it.span),
            };
            wrong.add(span.unwrap_or(written.template.span), rule);
        }
    }
    problems.absorb(wrong);
    template
}
