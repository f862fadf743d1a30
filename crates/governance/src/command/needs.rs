//! What a command needs: questions of which only the user is left open.

use std::collections::HashMap;

use serde_json::Value;
use smallvec::smallvec;

use crate::act::Refusal;
use crate::catalogue::{LicenceSet, OperationId, RepositoryOperation};
use crate::configuration::ConfigurationKind;
use crate::decision::applies;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::question::{Ask, Question, With};
use crate::text::encode;
use crate::user::UserId;
use crate::vocabulary::Tag;

/// Something that must be allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// What is done.
    pub ask: Ask,
    /// To what.
    pub item: Item,
}

impl Need {
    /// The question whether a user, with these floating licences, is allowed it.
    pub fn question(&self, user: UserId, leases: LicenceSet) -> Question {
        Question { user: Some(user), ask: self.ask.clone(), item: self.item, leases }
    }
}

/// What a command needs, in the order in which it is asked.
pub struct Needs<'a> {
    pub(crate) organisation: &'a Organisation,
    /// Who wants it.
    pub(crate) by: UserId,
    pub(crate) list: Vec<Need>,
    /// The places of what is asked of each item: there can be thousands.
    of_item: HashMap<Item, Vec<usize>>,
    /// What cannot even be asked, told only to those who see the item.
    pub(crate) deferred: Option<Refusal>,
}

impl<'a> Needs<'a> {
    pub(crate) fn new(organisation: &'a Organisation, by: UserId) -> Self {
        Self { organisation, by, list: Vec::new(), of_item: HashMap::new(), deferred: None }
    }

    /// An action on an item.
    pub(crate) fn action(&mut self, operation: &str, action: &str, item: Item) {
        self.action_with(operation, action, item, With::Nothing);
    }

    /// An action whose `<…>` is this identifier.
    pub(crate) fn identified(&mut self, operation: &str, action: &str, identifier: &str, item: Item) {
        self.action(operation, &format!("{action}/{}", encode(identifier)), item);
    }

    /// An action that carries something besides. What the same operation needs of the same item is one
    /// question.
    pub(crate) fn action_with(&mut self, operation: &str, action: &str, item: Item, with: With) {
        let known = OperationId::from_name(operation).map(|operation| (operation, operation.action(action)));
        let (operation, action) = match known {
            Some((operation, Ok(action))) if applies(self.organisation, &action, item) => (operation, action),
            Some((_, Err(unknown))) => return self.defer(item, Refusal::Precondition(unknown.to_string())),
            _ => {
                let text = self.why_not(operation, action, item);
                return self.defer(item, Refusal::Precondition(text));
            }
        };
        for place in self.of_item.get(&item).into_iter().flatten() {
            if let Ask::Perform(asked, actions, companion) = &mut self.list[*place].ask
                && (*asked, *companion) == (operation, with)
            {
                if !actions.contains(&action) {
                    actions.push(action);
                }
                return;
            }
        }
        self.push(Need { ask: Ask::Perform(operation, smallvec![action], with), item });
    }

    /// Why an operation does not apply to an item: most often it is that of another application.
    fn why_not(&self, operation: &str, action: &str, item: Item) -> String {
        let needed = OperationId::from_name(operation).and_then(OperationId::application);
        let project = self.organisation.project_of_item(item).and_then(|area| self.organisation.area(area));
        let found = project.and_then(|area| area.project()).map(|project| project.application);
        match (needed, found) {
            (Some(needed), Some(found)) if needed != found => format!(
                "`{operation}/{action}` is for project areas of `{needed}`, and this is one of `{found}`: choose \
                 another project area"
            ),
            _ => format!("`{operation}/{action}` does not apply to a {}", self.organisation.kind_of(item)),
        }
    }

    fn push(&mut self, need: Need) {
        self.of_item.entry(need.item).or_default().push(self.list.len());
        self.list.push(need);
    }

    /// What was not asked yet.
    fn push_once(&mut self, need: Need) {
        let asked = self.of_item.get(&need.item).into_iter().flatten();
        if !{ asked }.any(|place| self.list[*place] == need) {
            self.push(need);
        }
    }

    /// What cannot be asked, told to those who see the item.
    pub(super) fn defer(&mut self, item: Item, refusal: Refusal) {
        self.sees(item);
        self.deferred.get_or_insert(refusal);
    }

    /// To save an item: the action of the operation for its kind.
    pub(crate) fn save(&mut self, action: &str, item: Item) {
        self.action(&saving(self.organisation, item), action, item);
    }

    /// To give tags that do not exist yet is to make them (docs/global-configurations.md#tags).
    pub(crate) fn new_tags(&mut self, area: AreaId, tags: Option<&Value>) {
        let tags = tags.and_then(Value::as_array).into_iter().flatten();
        let mut tags = tags.filter_map(|tag| Tag::parse(tag.as_str()?).ok());
        let organisation = self.organisation;
        if tags.any(|tag| !organisation.has_tag(area, &tag)) {
            self.action("gc.manage-tags", "create", Item::Area(area));
        }
    }

    pub(crate) fn repository(&mut self, operation: RepositoryOperation) {
        self.push_once(Need { ask: Ask::Repository(operation), item: Item::Repository });
    }

    /// Something that the command names besides must be visible, or its refusal would tell that it exists.
    pub(crate) fn sees(&mut self, item: Item) {
        self.push_once(Need { ask: Ask::Read, item });
    }
}

/// The operation that saves an item of its kind.
pub(crate) fn saving(organisation: &Organisation, item: Item) -> String {
    let name = match item {
        Item::Repository => "",
        Item::Area(id) if organisation.area(id).is_some_and(|area| area.team().is_some()) => {
            "process.save-team-area"
        }
        Item::Area(_) => "process.save-project-area",
        Item::Component(_) => "gc.save-component",
        Item::Configuration(id) => match organisation.configuration(id).map(|it| it.kind) {
            Some(ConfigurationKind::Baseline(_)) => "gc.save-baseline",
            Some(ConfigurationKind::Staging(_)) => "gc.save-staging-stream",
            Some(ConfigurationKind::Personal(_)) => "gc.save-personal-stream",
            Some(ConfigurationKind::Stream(_)) | None => "gc.save-stream",
        },
        Item::Category(_) => "ccm.save-category",
        Item::WorkItem(_) => "ccm.save-work-item",
        Item::Plan(_) => "ccm.save-plan",
        Item::ScmItem(_) if organisation.kind_of(item) == "scm-component" => "ccm.save-component",
        Item::ScmItem(_) => "ccm.save-stream",
        Item::TestArtefact(_) => return format!("qm.save-{}", organisation.kind_of(item)),
        Item::Folder(_) => "rm.save-folder",
        Item::Artefact(_) => "rm.save-artifact",
    };
    name.to_owned()
}
