//! The process templates that project areas can begin with: the built-in ones, as files of the repository,
//! and those that a server keeps (docs/process.md#process-templates).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use governance::{Organisation, ProcessTemplate, ProcessTemplateId};

use crate::build::from_written;
use crate::reading::Read as _;
use crate::report::{Problems, Report};
use crate::{Limits, Source, raw, read, tree};

const FILES: [(&str, &str); 5] = [
    ("scrum.yaml", include_str!("../../../templates/scrum.yaml")),
    ("quality-management.yaml", include_str!("../../../templates/quality-management.yaml")),
    ("requirements.yaml", include_str!("../../../templates/requirements.yaml")),
    ("global-configuration.yaml", include_str!("../../../templates/global-configuration.yaml")),
    ("unconfigured.yaml", include_str!("../../../templates/unconfigured.yaml")),
];

/// The five templates. The tests know that they are without problems.
pub fn built_in_templates() -> &'static [ProcessTemplate] {
    static BUILT_IN: LazyLock<Vec<ProcessTemplate>> = LazyLock::new(|| {
        let sources = FILES.map(|(name, text)| Source { name: name.into(), text: text.as_bytes() });
        let mut problems = Problems::default();
        let documents = read(&sources, &Limits::default(), &mut problems);
        documents.templates.iter().map(|it| from_written(it, &mut problems)).collect()
    });
    &BUILT_IN
}

/// A template that project areas can begin with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OfferedTemplate<'a> {
    /// The template.
    pub template: &'a ProcessTemplate,
    /// Its number where the server keeps it.
    pub kept: Option<ProcessTemplateId>,
    /// Whether there is a built-in one of this name: this one, or one that counts again when the kept one is
    /// deleted.
    pub built_in: bool,
}

/// Every template by name: those that a server keeps, and the built-in ones whose names they leave free.
pub fn templates<'a>(
    kept: impl Iterator<Item = (ProcessTemplateId, &'a ProcessTemplate)>,
) -> Vec<OfferedTemplate<'a>> {
    let built_in = built_in_templates();
    let is_built_in = |name: &str| built_in.iter().any(|it| *it.name == *name);
    let free = built_in.iter().map(|template| OfferedTemplate { template, kept: None, built_in: true });
    let kept = kept.map(|(id, template)| OfferedTemplate {
        template,
        kept: Some(id),
        built_in: is_built_in(&template.name),
    });
    let by_name: BTreeMap<_, _> = free.chain(kept).map(|it| (&*it.template.name, it)).collect();
    by_name.into_values().collect()
}

/// The template of this name: the one that is kept, else the built-in one.
pub fn template_named<'a>(organisation: &'a Organisation, name: &str) -> Option<&'a ProcessTemplate> {
    let kept = organisation.process_template_named(name).and_then(|id| organisation.process_template(id));
    kept.or_else(|| built_in_templates().iter().find(|it| *it.name == *name))
}

/// Reads the text of one template, YAML or JSON.
///
/// # Errors
/// The report of everything that is wrong with it.
pub fn read_template(source: &Source<'_>, limits: &Limits) -> Result<ProcessTemplate, Report> {
    let mut problems = Problems::default();
    let template = match tree::read(source.text, 0, limits, &mut problems) {
        Ok(root) => raw::Template::read(root, &mut problems).map(|it| from_written(&it, &mut problems)),
        Err(stop) => {
            problems.add(stop.span, stop.message);
            None
        }
    };
    let good = template.filter(|_| problems.is_empty());
    good.ok_or_else(|| problems.report(std::slice::from_ref(source), limits))
}
