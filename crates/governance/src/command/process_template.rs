//! Process templates (docs/process.md#process-templates).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::noun::{changed, created};
use super::{Created, Edited, Needs, Step};
use crate::act::Refusal;
use crate::catalogue::{Application, RepositoryOperation};
use crate::event::Event;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::precondition::Preconditions;
use crate::process::{Permission, PermissionKey, Role};
use crate::process_area::AreaId;
use crate::process_template::{ProcessTemplate, ProcessTemplateId};
use crate::text::Name;
use crate::user::UserId;

/// A key of a process template; each list is set whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum ProcessTemplateKey {
    Name(Name),
    Application(Option<Application>),
    Roles(Arc<[Role]>),
    Permissions(Arc<[(PermissionKey, Permission)]>),
    Preconditions(Preconditions),
    IterationTypes(Arc<[Name]>),
    Carried(Name, Option<Value>),
}

/// In order of their keys.
fn in_order(permissions: &[(PermissionKey, Permission)]) -> Arc<[(PermissionKey, Permission)]> {
    let mut permissions = permissions.to_vec();
    permissions.sort_by(|(one, _), (other, _)| one.cmp(other));
    permissions.into()
}

impl Created for ProcessTemplate {
    fn create_needs(&self, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::manage_process_templates());
    }
    fn complete(&mut self, _organisation: &Organisation) {
        self.permissions = in_order(&self.permissions);
    }
}

impl Edited for ProcessTemplate {
    type Key = ProcessTemplateKey;
    fn item(_id: ProcessTemplateId) -> Option<Item> {
        None
    }
    fn change_needs(&self, _id: ProcessTemplateId, _key: &ProcessTemplateKey, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::manage_process_templates());
    }
    fn put(&mut self, _organisation: &Organisation, key: &ProcessTemplateKey) -> Result<(), Refusal> {
        self.set(key);
        Ok(())
    }
}

impl ProcessTemplate {
    /// Sets a key.
    pub fn set(&mut self, key: &ProcessTemplateKey) {
        match key {
            ProcessTemplateKey::Name(name) => self.name = name.clone(),
            ProcessTemplateKey::Application(application) => self.application = *application,
            ProcessTemplateKey::Roles(roles) => self.roles = Arc::clone(roles),
            ProcessTemplateKey::Permissions(permissions) => self.permissions = in_order(permissions),
            ProcessTemplateKey::Preconditions(entries) => self.preconditions = Arc::clone(entries),
            ProcessTemplateKey::IterationTypes(types) => self.iteration_types = Arc::clone(types),
            ProcessTemplateKey::Carried(key, value) => self.carried = self.carried.with(key, value.clone()),
        }
    }
}

/// Keeps a template, in the place of the one of its name if there is one: how a built-in one is edited, and
/// how one is imported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeepProcessTemplate {
    /// What it shall be.
    pub template: ProcessTemplate,
}

impl Step for KeepProcessTemplate {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::manage_process_templates());
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let mut template = self.template.clone();
        template.complete(organisation);
        Ok(vec![match organisation.process_template_named(&template.name) {
            None => created(organisation, template),
            Some(id) => changed(organisation, id, |it| {
                *it = template;
                Ok(())
            })?,
        }])
    }
}

/// Makes a template of the process that a project area has now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MakeTemplateFromProjectArea {
    /// Whose process.
    pub area: AreaId,
    /// The new template's name.
    pub name: Name,
}

impl Step for MakeTemplateFromProjectArea {
    fn needs(&self, needs: &mut Needs<'_>) {
        needs.repository(RepositoryOperation::manage_process_templates());
        needs.sees(Item::Area(self.area));
    }
    fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
        let template = ProcessTemplate::of_project_area(organisation, self.area, self.name.clone());
        Ok(vec![created(organisation, template.ok_or(Refusal::NotThere("project area"))?)])
    }
}
