//! References: items, areas and questions as text (docs/organisation-document.md#references).

mod nearest;
mod question;
mod write;

use thiserror::Error;

use crate::access_group::AccessGroupId;
use crate::application_items::{
    ArtefactId, CategoryId, FolderId, PlanId, ScmItemId, ScmKind, TestArtefactId, TestArtefactKind,
    WorkItemId,
};
use crate::catalogue::Application;
use crate::configuration::{ComponentId, ConfigurationId, ConfigurationKind};
use crate::id::Id;
use crate::index::Scope;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::process_template::ProcessTemplateId;
use crate::text::{BadEncoding, decode, fold, split_at_first};
use crate::user::UserId;

pub use question::{BadQuestion, QuestionText, is_uri};

/// A text that refers to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum BadReference {
    #[error(
        "`{0}` is no reference: expected `repository` or `APPLICATION:PROJECT AREA`, then `@TEAM AREA` or `#KIND:NAME`"
    )]
    Form(String),
    #[error("unknown application `{0}`: expected gc, ccm, qm or rm")]
    Application(String),
    #[error("unknown kind `{kind}` of item in {application}: expected {expected}")]
    Kind { kind: String, application: Application, expected: &'static str },
    #[error("unknown item `{0}`")]
    Unknown(String),
    #[error(transparent)]
    Encoding(#[from] BadEncoding),
}

impl Application {
    /// The kinds of item that its references can name, besides the areas.
    pub const fn kinds(self) -> &'static str {
        match self {
            Self::Gc => "component:, or COMPONENT/stream:, /baseline:, /staging:, /personal:",
            Self::Ccm => "work-item, category, plan, stream, scm-component",
            Self::Qm => {
                "test-plan, test-case, test-script, test-suite, execution-record, execution-result, lab-resource"
            }
            Self::Rm => "folder, artefact",
        }
    }
}

impl Organisation {
    /// The user with this id, compared after case folding.
    pub fn user_by_id(&self, id: &str) -> Option<UserId> {
        self.index.named(&self.facts, Scope::User, &fold(id)).map(Id::new)
    }
    /// The access group with this name.
    pub fn access_group_named(&self, name: &str) -> Option<AccessGroupId> {
        self.index.named(&self.facts, Scope::AccessGroup, name).map(Id::new)
    }
    /// The project area with this name.
    pub fn project_area_named(&self, application: Application, name: &str) -> Option<AreaId> {
        self.index.named(&self.facts, Scope::ProjectArea(application), name).map(Id::new)
    }
    /// The team area with this name directly in an area.
    pub fn team_area_named(&self, parent: AreaId, name: &str) -> Option<AreaId> {
        self.index.named(&self.facts, Scope::TeamArea(parent), name).map(Id::new)
    }
    /// The component with this name in a project area.
    pub fn component_named(&self, project_area: AreaId, name: &str) -> Option<ComponentId> {
        self.index.named(&self.facts, Scope::Component(project_area), name).map(Id::new)
    }
    /// The configuration with this kind (`stream` …) and name of a component.
    pub fn configuration_named(
        &self,
        component: ComponentId,
        kind: &str,
        name: &str,
    ) -> Option<ConfigurationId> {
        self.of_kind_named(component, ConfigurationKind::ordinal_of(kind)?, name)
    }
    fn of_kind_named(&self, component: ComponentId, ordinal: u8, name: &str) -> Option<ConfigurationId> {
        self.index.named(&self.facts, Scope::Configuration(component, ordinal), name).map(Id::new)
    }
    /// The category with this name in a category, or at the top of a project area.
    pub fn category_named(
        &self,
        project: AreaId,
        parent: Option<CategoryId>,
        name: &str,
    ) -> Option<CategoryId> {
        self.index.named(&self.facts, Scope::Category(project, parent), name).map(Id::new)
    }
    /// The folder with this name in a folder, or at the top of a project area.
    pub fn folder_named(&self, project: AreaId, parent: Option<FolderId>, name: &str) -> Option<FolderId> {
        self.index.named(&self.facts, Scope::Folder(project, parent), name).map(Id::new)
    }
    /// The work item with this number, wherever it is.
    pub fn work_item_numbered(&self, number: u64) -> Option<WorkItemId> {
        self.index.named(&self.facts, Scope::WorkItem, &number.to_string()).map(Id::new)
    }
    /// The requirements artefact with this number, wherever it is.
    pub fn artefact_numbered(&self, number: u64) -> Option<ArtefactId> {
        self.index.named(&self.facts, Scope::Artefact, &number.to_string()).map(Id::new)
    }
    /// The plan with this name.
    pub fn plan_named(&self, project: AreaId, name: &str) -> Option<PlanId> {
        self.index.named(&self.facts, Scope::Plan(project), name).map(Id::new)
    }
    /// The source control item of this kind and name.
    pub fn scm_item_named(&self, project: AreaId, kind: ScmKind, name: &str) -> Option<ScmItemId> {
        self.index.named(&self.facts, Scope::ScmItem(project, kind), name).map(Id::new)
    }
    /// The test artefact of this kind and name.
    pub fn test_artefact_named(
        &self,
        project: AreaId,
        kind: TestArtefactKind,
        name: &str,
    ) -> Option<TestArtefactId> {
        self.index.named(&self.facts, Scope::TestArtefact(project, kind), name).map(Id::new)
    }
    /// The process template that the server keeps under this name.
    pub fn process_template_named(&self, name: &str) -> Option<ProcessTemplateId> {
        self.index.named(&self.facts, Scope::ProcessTemplate, name).map(Id::new)
    }

    /// The team area at a slash path of encoded names below a project area.
    ///
    /// # Errors
    /// When a part is wrongly encoded; `Ok(None)` when there is no such team area.
    pub fn team_area_at(&self, project_area: AreaId, path: &str) -> Result<Option<AreaId>, BadEncoding> {
        let mut area = project_area;
        for part in path.split('/') {
            match self.team_area_named(area, &decode(part)?) {
                Some(found) => area = found,
                None => return Ok(None),
            }
        }
        Ok(Some(area))
    }

    /// The area of `app/Project area/Team/Sub-team`.
    ///
    /// # Errors
    /// When the text has another form or names no area.
    pub fn area_at(&self, text: &str) -> Result<AreaId, BadReference> {
        let unknown = || BadReference::Unknown(text.to_owned());
        let (application, rest) = text.split_once('/').ok_or_else(|| BadReference::Form(text.to_owned()))?;
        let application = application_of(application)?;
        let (project, team) =
            rest.split_once('/').map_or((rest, None), |(project, team)| (project, Some(team)));
        let project = self.project_area_named(application, &decode(project)?).ok_or_else(unknown)?;
        match team {
            None => Ok(project),
            Some(path) => self.team_area_at(project, path)?.ok_or_else(unknown),
        }
    }

    /// The item that a reference names.
    ///
    /// # Errors
    /// When the text is no reference, or refers to nothing here.
    pub fn item_at(&self, text: &str) -> Result<Item, BadReference> {
        if text == "repository" {
            return Ok(Item::Repository);
        }
        let form = || BadReference::Form(text.to_owned());
        let unknown = || BadReference::Unknown(text.to_owned());
        let (application, rest) = split_at_first(text, ':').ok_or_else(form)?;
        let application = application_of(application)?;
        let end = rest.bytes().position(|it| it == b'#' || it == b'@').unwrap_or(rest.len());
        let (project, tail) = rest.split_at(end);
        let project = self.project_area_named(application, &decode(project)?).ok_or_else(unknown)?;
        match tail.split_at_checked(1) {
            None => Ok(Item::Area(project)),
            Some(("@", path)) => self.team_area_at(project, path)?.map(Item::Area).ok_or_else(unknown),
            Some((_, local)) => self.local_item(application, project, local)?.ok_or_else(unknown),
        }
    }

    fn local_item(
        &self,
        application: Application,
        project: AreaId,
        local: &str,
    ) -> Result<Option<Item>, BadReference> {
        let (kind, name) = split_at_first(local, ':').ok_or_else(|| BadReference::Form(local.to_owned()))?;
        let bad_kind =
            || BadReference::Kind { kind: kind.to_owned(), application, expected: application.kinds() };
        Ok(match application {
            Application::Gc => match split_at_first(kind, '/') {
                None if kind == "component" => {
                    self.component_named(project, &decode(name)?).map(Item::Component)
                }
                Some((component, word)) => {
                    let ordinal = ConfigurationKind::ordinal_of(word).ok_or_else(bad_kind)?;
                    let Some(component) = self.component_named(project, &decode(component)?) else {
                        return Ok(None);
                    };
                    self.of_kind_named(component, ordinal, &decode(name)?).map(Item::Configuration)
                }
                None => return Err(bad_kind()),
            },
            Application::Ccm => match kind {
                "work-item" => name
                    .parse()
                    .ok()
                    .and_then(|number| self.work_item_numbered(number))
                    .filter(|id| self.work_item(*id).is_some_and(|it| it.project_area == project))
                    .map(Item::WorkItem),
                "category" => {
                    let mut found = None;
                    for part in name.split('/') {
                        match self.category_named(project, found, &decode(part)?) {
                            Some(category) => found = Some(category),
                            None => return Ok(None),
                        }
                    }
                    found.map(Item::Category)
                }
                "plan" => self.plan_named(project, &decode(name)?).map(Item::Plan),
                "stream" => self.scm_item_named(project, ScmKind::Stream, &decode(name)?).map(Item::ScmItem),
                "scm-component" => {
                    self.scm_item_named(project, ScmKind::Component, &decode(name)?).map(Item::ScmItem)
                }
                _ => return Err(bad_kind()),
            },
            Application::Qm => {
                let kind =
                    TestArtefactKind::ALL.into_iter().find(|it| it.word() == kind).ok_or_else(bad_kind)?;
                self.test_artefact_named(project, kind, &decode(name)?).map(Item::TestArtefact)
            }
            Application::Rm => match kind {
                "folder" => {
                    let mut found = None;
                    for part in name.split('/') {
                        match self.folder_named(project, found, &decode(part)?) {
                            Some(folder) => found = Some(folder),
                            None => return Ok(None),
                        }
                    }
                    found.map(Item::Folder)
                }
                "artefact" => name
                    .parse()
                    .ok()
                    .and_then(|number| self.artefact_numbered(number))
                    .filter(|id| self.artefact(*id).is_some_and(|it| it.project_area == project))
                    .map(Item::Artefact),
                _ => return Err(bad_kind()),
            },
        })
    }
}

fn application_of(id: &str) -> Result<Application, BadReference> {
    Application::from_id(id).ok_or_else(|| BadReference::Application(id.to_owned()))
}
