//! Process templates (docs/process.md#process-templates).

use document::templates;
use governance::{CreateProjectArea, View};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::permission::PermissionEntry;
use super::precondition::PreconditionEntry;
use super::role::Role;
use crate::api::body::bad_value;
use crate::api::resolve::{carried, carried_text, texts};
use crate::problem::Problem;

/// A process template, as a document has it.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProcessTemplate {
    /// Its name.
    template: String,
    /// Whose project areas can begin with it: `gc`, `ccm`, `qm`, `rm` or `any`.
    application: String,
    roles: Vec<Role>,
    permissions: Vec<PermissionEntry>,
    preconditions: Vec<PreconditionEntry>,
    iteration_types: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    denial_texts: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work_item_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artefact_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_artefact_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_categories: Option<Value>,
}

impl ProcessTemplate {
    pub(super) fn of(template: &governance::ProcessTemplate) -> Self {
        let keys = &template.carried;
        let permissions = template.permissions.iter();
        Self {
            template: template.name.to_string(),
            application: template.application.map_or("any", |it| it.id()).to_owned(),
            roles: template.roles.iter().map(Role::of).collect(),
            permissions: permissions.map(|(key, it)| PermissionEntry::of(key, it)).collect(),
            preconditions: template.preconditions.iter().map(PreconditionEntry::of).collect(),
            iteration_types: texts(template.iteration_types.iter()),
            description: carried_text(keys, "description"),
            attribute_types: carried(keys, "attribute_types"),
            link_types: carried(keys, "link_types"),
            denial_texts: carried(keys, "denial_texts"),
            work_item_types: carried(keys, "work_item_types"),
            artefact_types: carried(keys, "artefact_types"),
            test_artefact_types: carried(keys, "test_artefact_types"),
            test_categories: carried(keys, "test_categories"),
        }
    }
}

/// The project area, beginning with the template of this name.
pub(super) fn begun_with(
    view: &View,
    area: CreateProjectArea,
    name: &str,
) -> Result<CreateProjectArea, Problem> {
    let offered = templates(view.process_templates());
    let fitting = offered.iter().map(|it| it.template).filter(|it| it.fits(area.application));
    let found = fitting.clone().find(|it| *it.name == *name);
    let found = found.ok_or_else(|| {
        let known: Vec<_> = fitting.map(|it| format!("`{}`", it.name)).collect();
        let (application, known) = (area.application, known.join(", "));
        bad_value("/template", format!("there is no template `{name}` for {application}, but {known}"))
    })?;
    Ok(area.begun_with(found))
}
