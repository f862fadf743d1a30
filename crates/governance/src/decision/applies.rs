//! Which operation applies to which item
//! (docs/organisation-document.md#which-operation-applies-to-which-item).

use std::sync::LazyLock;

use crate::application_items::{ScmKind, TestArtefactKind};
use crate::catalogue::{Action, Leaf, OperationId};
use crate::configuration::ConfigurationKind;
use crate::item::Item;
use crate::organisation::Organisation;

/// What kind of item an action can be asked of.
#[derive(Clone, Copy)]
enum On {
    /// A project area or a team area.
    Area,
    ProjectArea,
    TeamArea,
    Component,
    /// A configuration of these kinds, by their ordinals.
    Configuration([bool; 4]),
    Plan,
    Category,
    ProjectAreaOrCategory,
    WorkItem,
    /// A source control item, of this kind or of either.
    Scm(Option<ScmKind>),
    TestArtefact(TestArtefactKind),
    Folder,
    ProjectAreaOrFolder,
    Artefact,
}

// In the order of `ConfigurationKind::WORDS`.
const STREAM: On = On::Configuration([true, false, false, false]);
const BASELINE: On = On::Configuration([false, true, false, false]);
const STAGING: On = On::Configuration([false, false, true, false]);
const PERSONAL: On = On::Configuration([false, false, false, true]);
const STREAM_OR_BASELINE: On = On::Configuration([true, true, false, false]);

fn on(operation: OperationId, path: &str) -> On {
    let creates = path.split('/').next() == Some("create");
    match operation.name() {
        "process.save-team-area" if creates => On::Area,
        "process.save-team-area" => On::TeamArea,
        "process.invite-to-team"
        | "ccm.request-build"
        | "rm.save-tag"
        | "rm.save-view"
        | "dashboard.save"
        | "ccm.save-query"
        | "ccm.save-build-definition" => On::Area,
        "ccm.save-plan" if creates => On::Area,
        "ccm.save-plan" => On::Plan,
        "gc.save-component" if creates => On::ProjectArea,
        "gc.save-component" => On::Component,
        "gc.save-stream" | "gc.save-staging-stream" | "gc.save-personal-stream" if creates => {
            STREAM_OR_BASELINE
        }
        "gc.save-stream" => STREAM,
        "gc.save-staging-stream" => STAGING,
        "gc.save-personal-stream" => PERSONAL,
        "gc.save-baseline" if creates => STREAM,
        "gc.save-baseline" => BASELINE,
        "ccm.save-work-item" | "ccm.save-category" if creates => On::ProjectAreaOrCategory,
        "ccm.save-work-item" | "ccm.delete-work-item" => On::WorkItem,
        "ccm.save-category" => On::Category,
        "ccm.save-stream" | "ccm.save-component" if creates => On::Area,
        "ccm.save-stream" | "ccm.deliver" => On::Scm(Some(ScmKind::Stream)),
        "ccm.save-component" => On::Scm(Some(ScmKind::Component)),
        "ccm.save-file" | "ccm.save-baseline" => On::Scm(None),
        "qm.execute" if path == "test-case" => On::TestArtefact(TestArtefactKind::TestCase),
        "qm.execute" => On::TestArtefact(TestArtefactKind::TestSuite),
        "rm.save-artifact" | "rm.save-folder" if creates => On::ProjectAreaOrFolder,
        "rm.save-artifact" | "rm.save-link" | "rm.save-comment" | "rm.save-review" => On::Artefact,
        "rm.save-folder" => On::Folder,
        name => {
            let word = name.strip_prefix("qm.save-");
            let kind = word.and_then(|word| TestArtefactKind::ALL.into_iter().find(|it| it.word() == word));
            match kind {
                Some(_) if creates => On::Area,
                Some(kind) => On::TestArtefact(kind),
                // Every other operation of the catalogue is of class project; the test below knows.
                None => On::ProjectArea,
            }
        }
    }
}

/// Whether the action can be asked of the item.
pub(crate) fn applies(organisation: &Organisation, action: &Action, item: Item) -> bool {
    static ON: LazyLock<Vec<On>> =
        LazyLock::new(|| Leaf::all().map(|leaf| on(leaf.operation(), leaf.path())).collect());
    let is_project = |id| organisation.area(id).is_some_and(|area| area.project().is_some());
    let fits = match (ON[action.leaf.index()], item) {
        (On::Area, Item::Area(_))
        | (On::Component, Item::Component(_))
        | (On::Plan, Item::Plan(_))
        | (On::Category | On::ProjectAreaOrCategory, Item::Category(_))
        | (On::WorkItem, Item::WorkItem(_))
        | (On::Folder | On::ProjectAreaOrFolder, Item::Folder(_))
        | (On::Artefact, Item::Artefact(_)) => true,
        (On::ProjectArea | On::ProjectAreaOrCategory | On::ProjectAreaOrFolder, Item::Area(id)) => {
            is_project(id)
        }
        (On::TeamArea, Item::Area(id)) => !is_project(id),
        (On::Configuration(kinds), Item::Configuration(id)) => {
            organisation.index.configuration(id).is_some_and(|it| kinds[usize::from(it.kind)])
        }
        (On::Scm(kind), Item::ScmItem(id)) => {
            organisation.scm_item(id).is_some_and(|it| kind.is_none_or(|kind| it.kind == kind))
        }
        (On::TestArtefact(kind), Item::TestArtefact(id)) => {
            organisation.test_artefact(id).is_some_and(|it| it.kind == kind)
        }
        _ => false,
    };
    // What only one application keeps is of that application; areas are of any.
    fits && match (item, action.leaf.operation().application()) {
        (Item::Area(id), Some(needed)) => {
            organisation.index.law(id).is_some_and(|law| law.application == needed)
        }
        _ => true,
    }
}

/// Which kinds of configuration, by ordinal, an action can be asked of; none where it is of something else.
pub(super) fn configuration_kinds(action: &Action) -> [bool; ConfigurationKind::WORDS.len()] {
    match on(action.leaf.operation(), action.leaf.path()) {
        On::Configuration(kinds) => kinds,
        _ => [false; 4],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Class;

    #[test]
    fn what_is_asked_of_a_project_area_for_want_of_a_rule_is_of_class_project() {
        for leaf in Leaf::all() {
            let operation = leaf.operation();
            if matches!(on(operation, leaf.path()), On::ProjectArea)
                && operation.name() != "gc.save-component"
            {
                assert_eq!(operation.class(), Class::Project, "{operation}");
            }
        }
    }
}
