//! References: items, areas and questions as text (docs/organisation-document.md#references).

use std::fmt;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use thiserror::Error;

use crate::application_items::{CategoryId, FolderId, ScmKind, TestArtefactKind};
use crate::catalogue::{Application, LicenceSet, OperationId, RepositoryOperation, UnknownAction};
use crate::configuration::{ComponentId, Configuration, ConfigurationId, ConfigurationKind, Contribution};
use crate::decision::applies;
use crate::id::Id;
use crate::index::Scope;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::{AreaId, AreaKind};
use crate::question::{Ask, Question, With};
use crate::text::{BadEncoding, decode, encode, fold, nearest};
use crate::user::UserId;

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
    pub fn access_group_named(&self, name: &str) -> Option<crate::access_group::AccessGroupId> {
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
        let ordinal = ConfigurationKind::WORDS.iter().position(|word| *word == kind)?;
        self.index.named(&self.facts, Scope::Configuration(component, ordinal as u8), name).map(Id::new)
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
    pub fn work_item_numbered(&self, number: u64) -> Option<crate::application_items::WorkItemId> {
        self.index.named(&self.facts, Scope::WorkItem, &number.to_string()).map(Id::new)
    }
    /// The requirements artefact with this number, wherever it is.
    pub fn artefact_numbered(&self, number: u64) -> Option<crate::application_items::ArtefactId> {
        self.index.named(&self.facts, Scope::Artefact, &number.to_string()).map(Id::new)
    }
    /// The plan with this name.
    pub fn plan_named(&self, project: AreaId, name: &str) -> Option<crate::application_items::PlanId> {
        self.index.named(&self.facts, Scope::Plan(project), name).map(Id::new)
    }
    /// The source control item of this kind and name.
    pub fn scm_item_named(
        &self,
        project: AreaId,
        kind: ScmKind,
        name: &str,
    ) -> Option<crate::application_items::ScmItemId> {
        self.index.named(&self.facts, Scope::ScmItem(project, kind), name).map(Id::new)
    }
    /// The test artefact of this kind and name.
    pub fn test_artefact_named(
        &self,
        project: AreaId,
        kind: TestArtefactKind,
        name: &str,
    ) -> Option<crate::application_items::TestArtefactId> {
        self.index.named(&self.facts, Scope::TestArtefact(project, kind), name).map(Id::new)
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
        let (application, rest) = text.split_once(':').ok_or_else(form)?;
        let application = application_of(application)?;
        let end = rest.find(['#', '@']).unwrap_or(rest.len());
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
        let (kind, name) = local.split_once(':').ok_or_else(|| BadReference::Form(local.to_owned()))?;
        let bad_kind =
            || BadReference::Kind { kind: kind.to_owned(), application, expected: application.kinds() };
        Ok(match application {
            Application::Gc => match kind.split_once('/') {
                None if kind == "component" => {
                    self.component_named(project, &decode(name)?).map(Item::Component)
                }
                Some((component, word)) if ConfigurationKind::WORDS.contains(&word) => {
                    match self.component_named(project, &decode(component)?) {
                        Some(component) => {
                            self.configuration_named(component, word, &decode(name)?).map(Item::Configuration)
                        }
                        None => None,
                    }
                }
                _ => return Err(bad_kind()),
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

    /// An area as answers name it: `gc/Electric Vehicle/Tuning Team`.
    pub fn area_text(&self, area: AreaId) -> String {
        let mut text = String::new();
        for id in self.path(area) {
            let Some(area) = self.area(*id) else { continue };
            if let AreaKind::Project(project) = &area.kind {
                text.push_str(project.application.id());
            }
            text.push('/');
            text.push_str(&encode(&area.name));
        }
        text
    }

    /// The reference of an item; empty for one that is not there.
    pub fn reference(&self, item: Item) -> String {
        self.try_reference(item).unwrap_or_default()
    }

    fn try_reference(&self, item: Item) -> Option<String> {
        let Some(project) = self.project_of_item(item) else {
            return (item == Item::Repository).then(|| "repository".to_owned());
        };
        let area = self.area(project)?;
        let mut text = format!("{}:{}", area.project()?.application, encode(&area.name));
        let local = match item {
            Item::Repository => return None,
            Item::Area(id) => {
                let teams: Vec<_> = self
                    .path(id)
                    .iter()
                    .skip(1)
                    .filter_map(|id| Some(encode(&self.area(*id)?.name)))
                    .collect();
                if !teams.is_empty() {
                    text = format!("{text}@{}", teams.join("/"));
                }
                return Some(text);
            }
            Item::Component(id) => format!("component:{}", encode(&self.component(id)?.name)),
            Item::Configuration(id) => self.configuration_text(self.configuration(id)?),
            Item::Category(id) => {
                let mut names: Vec<_> = self.category_and_above(id).map(|(_, it)| encode(&it.name)).collect();
                names.reverse();
                format!("category:{}", names.join("/"))
            }
            Item::WorkItem(id) => format!("work-item:{}", self.work_item(id)?.number),
            Item::Plan(id) => format!("plan:{}", encode(&self.plan(id)?.name)),
            Item::ScmItem(id) => {
                let item = self.scm_item(id)?;
                format!("{}:{}", item.kind.word(), encode(&item.name))
            }
            Item::TestArtefact(id) => {
                let artefact = self.test_artefact(id)?;
                format!("{}:{}", artefact.kind.word(), encode(&artefact.name))
            }
            Item::Folder(id) => {
                let mut names: Vec<_> = self.folder_and_above(id).map(|(_, it)| encode(&it.name)).collect();
                names.reverse();
                format!("folder:{}", names.join("/"))
            }
            Item::Artefact(id) => format!("artefact:{}", self.artefact(id)?.number),
        };
        Some(format!("{text}#{local}"))
    }

    /// `Motor/stream:Motor 1.0`.
    pub fn configuration_text(&self, configuration: &Configuration) -> String {
        let component =
            self.component(configuration.component).map(|it| encode(&it.name)).unwrap_or_default();
        format!("{component}/{}:{}", configuration.kind.word(), encode(&configuration.name))
    }

    /// The word for the kind of an item: `project-area`, `team-area`, `stream`, `work-item` …
    pub fn kind_of(&self, item: Item) -> &'static str {
        match item {
            Item::Repository => "repository",
            Item::Area(id) if self.area(id).is_some_and(|area| area.project().is_some()) => "project-area",
            Item::Area(_) => "team-area",
            Item::Component(_) => "component",
            Item::Configuration(id) => self.configuration(id).map_or("configuration", |it| it.kind.word()),
            Item::Category(_) => "category",
            Item::WorkItem(_) => "work-item",
            Item::Plan(_) => "plan",
            Item::ScmItem(id) => self.scm_item(id).map_or("stream", |it| it.kind.word()),
            Item::TestArtefact(id) => self.test_artefact(id).map_or("test-case", |it| it.kind.word()),
            Item::Folder(_) => "folder",
            Item::Artefact(_) => "artefact",
        }
    }
}

fn application_of(id: &str) -> Result<Application, BadReference> {
    Application::from_id(id).ok_or_else(|| BadReference::Application(id.to_owned()))
}

/// A question as text: a line of `check`, a story's expectation, the parameters of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionText {
    /// The user's id; an unknown one is no error but gate AUTH.
    pub user: String,
    /// The operation: `read`, `context.set`, `repository.…` or one of the catalogue.
    pub operation: String,
    /// The actions: leaves of the operation's tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// The item's reference.
    pub item: String,
    /// `replace-contribution`: the configuration or URI contributed now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<String>,
    /// `replace-contribution`: the configuration or URI that takes its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// `move`: the new parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// A question that cannot be asked: an error in its place, before any gate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum BadQuestion {
    #[error(transparent)]
    Item(#[from] BadReference),
    #[error("unknown operation `{operation}`{}", nearest.as_ref().map(|it| format!("; did you mean `{it}`?")).unwrap_or_default())]
    Operation { operation: String, nearest: Option<&'static str> },
    #[error(transparent)]
    Action(#[from] UnknownAction),
    #[error("`{operation}` needs at least one action; its actions are {known}")]
    NoAction { operation: OperationId, known: String },
    #[error("`{0}` takes no actions")]
    ActionsNotTaken(String),
    #[error("`{operation}/{action}` does not apply to a {kind} (`{item}`)")]
    DoesNotApply { operation: String, action: String, kind: &'static str, item: String },
    #[error("`move` needs `to`: the new parent, a project area or team area of the same project area")]
    MoveWithoutParent,
    #[error("`{0}` is not a project area or team area of the same project area")]
    NoParent(String),
    #[error("`{key}` is taken with the action `{action}` only")]
    KeyNotTaken { key: &'static str, action: &'static str },
    #[error("a replacement names both sides, `replace` and `by`, or neither")]
    OneSide,
    #[error("`{0}` is not a configuration of the same project area, nor a URI")]
    NoSide(String),
    #[error("`{0}` is no contribution of the item")]
    NoContribution(String),
}

impl Organisation {
    /// The question that a text asks. `leases` are the floating licences that the user holds or could lease.
    ///
    /// # Errors
    /// When the item, operation or an action is unknown, or the operation does not apply to the item.
    pub fn question(&self, text: &QuestionText, leases: LicenceSet) -> Result<Question, BadQuestion> {
        let item = self.item_at(&text.item)?;
        let ask = self.ask(text, item)?;
        Ok(Question { user: self.user_by_id(&text.user), ask, item, leases })
    }

    fn ask(&self, text: &QuestionText, item: Item) -> Result<Ask, BadQuestion> {
        let does_not_apply = |action: &str| BadQuestion::DoesNotApply {
            operation: text.operation.clone(),
            action: action.to_owned(),
            kind: self.kind_of(item),
            item: text.item.clone(),
        };
        let bare = |applies: bool, ask: Ask| match () {
            () if !text.actions.is_empty() => Err(BadQuestion::ActionsNotTaken(text.operation.clone())),
            () if !applies => Err(does_not_apply("")),
            () => Ok(ask),
        };
        let gc_configuration = matches!(item, Item::Configuration(_));
        let ask = match text.operation.as_str() {
            "read" => bare(item != Item::Repository, Ask::Read)?,
            "context.set" => bare(gc_configuration, Ask::SetContext)?,
            name => match (RepositoryOperation::from_name(name), OperationId::from_name(name)) {
                (Some(operation), _) => bare(item == Item::Repository, Ask::Repository(operation))?,
                (None, Some(operation)) => {
                    let mut actions: SmallVec<_> = SmallVec::with_capacity(text.actions.len());
                    for path in &text.actions {
                        let action = operation.action(path)?;
                        if !applies(self, &action, item) {
                            return Err(does_not_apply(path));
                        }
                        actions.push(action);
                    }
                    if actions.is_empty() {
                        let known: Vec<_> = operation.leaves().map(|leaf| leaf.path()).collect();
                        return Err(BadQuestion::NoAction { operation, known: known.join(", ") });
                    }
                    Ask::Perform(operation, actions, With::Nothing)
                }
                (None, None) => {
                    let known = OperationId::all()
                        .map(OperationId::name)
                        .chain(RepositoryOperation::all().map(RepositoryOperation::name))
                        .chain(["read", "context.set"]);
                    return Err(BadQuestion::Operation {
                        operation: name.to_owned(),
                        nearest: nearest(name, known),
                    });
                }
            },
        };
        self.with_companions(text, item, ask)
    }

    fn with_companions(&self, text: &QuestionText, item: Item, mut ask: Ask) -> Result<Ask, BadQuestion> {
        let asks = |path: &str| {
            matches!(&ask, Ask::Perform(_, actions, _)
            if actions.iter().any(|action| action.leaf.path() == path))
        };
        let (moves, replaces) = (asks("move"), asks("replace-contribution"));
        if !moves && text.to.is_some() {
            return Err(BadQuestion::KeyNotTaken { key: "to", action: "move" });
        }
        if !replaces && text.replace.is_some() {
            return Err(BadQuestion::KeyNotTaken { key: "replace", action: "replace-contribution" });
        }
        if !replaces && text.by.is_some() {
            return Err(BadQuestion::KeyNotTaken { key: "by", action: "replace-contribution" });
        }
        let with = match (&text.replace, &text.by) {
            _ if moves => {
                let to = text.to.as_deref().ok_or(BadQuestion::MoveWithoutParent)?;
                match self.item_at(to).or_else(|_| self.area_at(to).map(Item::Area))? {
                    Item::Area(area) if self.project_of_item(item) == Some(self.project_of(area)) => {
                        With::NewParent(area)
                    }
                    _ => return Err(BadQuestion::NoParent(to.to_owned())),
                }
            }
            (None, None) => With::Nothing,
            (Some(old), Some(new)) => {
                let (old_side, new_side) = (self.side(item, old)?, self.side(item, new)?);
                let contributes = |parent: ConfigurationId| {
                    self.contributions(parent).iter().any(|it| match it {
                        Contribution::Configuration(id) => Some(*id) == old_side,
                        Contribution::Local(uri) => old_side.is_none() && **uri == **old,
                    })
                };
                match item {
                    Item::Configuration(parent) if contributes(parent) => {
                        With::Replacement { old: old_side, new: new_side }
                    }
                    _ => return Err(BadQuestion::NoContribution(old.clone())),
                }
            }
            _ => return Err(BadQuestion::OneSide),
        };
        if let Ask::Perform(_, _, slot) = &mut ask {
            *slot = with;
        }
        Ok(ask)
    }

    /// One side of a replacement: a configuration of the same project area, or `None` for a URI.
    fn side(&self, parent: Item, text: &str) -> Result<Option<ConfigurationId>, BadQuestion> {
        if is_uri(text) {
            return Ok(None);
        }
        match self.item_at(text)? {
            Item::Configuration(id)
                if self.project_of_item(Item::Configuration(id)) == self.project_of_item(parent) =>
            {
                Ok(Some(id))
            }
            _ => Err(BadQuestion::NoSide(text.to_owned())),
        }
    }
}

/// Whether a contribution is written as a URI rather than as a reference.
pub fn is_uri(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        !scheme.is_empty()
            && scheme.bytes().all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it))
            && !rest.is_empty()
    })
}

/// An item's kind and name for people: `stream Motor 1.0`.
impl Organisation {
    /// The bare name of an item: a name, or a number with its title.
    pub fn name_of(&self, item: Item) -> String {
        let name = match item {
            Item::Repository => Some("the repository".into()),
            Item::Area(id) => self.area(id).map(|it| it.name.to_string()),
            Item::Component(id) => self.component(id).map(|it| it.name.to_string()),
            Item::Configuration(id) => self.configuration(id).map(|it| it.name.to_string()),
            Item::Category(id) => self.category(id).map(|it| it.name.to_string()),
            Item::WorkItem(id) => self.work_item(id).map(|it| format!("{} {}", it.number, it.title)),
            Item::Plan(id) => self.plan(id).map(|it| it.name.to_string()),
            Item::ScmItem(id) => self.scm_item(id).map(|it| it.name.to_string()),
            Item::TestArtefact(id) => self.test_artefact(id).map(|it| it.name.to_string()),
            Item::Folder(id) => self.folder(id).map(|it| it.name.to_string()),
            Item::Artefact(id) => self.artefact(id).map(|it| format!("{} {}", it.number, it.title)),
        };
        name.unwrap_or_default()
    }
}

impl fmt::Display for QuestionText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.user, self.operation)?;
        if !self.actions.is_empty() {
            write!(f, "/{}", self.actions.join(" + "))?;
        }
        write!(f, " {}", self.item)
    }
}
