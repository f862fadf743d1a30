//! Which operation applies to which item (docs/organisation-document.md#which-operation-applies-to-which-item).

use crate::application_items::{ScmKind, TestArtefactKind};
use crate::catalogue::{Action, Class};
use crate::configuration::ConfigurationKind;
use crate::item::Item;
use crate::organisation::Organisation;

/// Whether the action can be asked of the item.
pub(crate) fn applies(organisation: &Organisation, action: &Action, item: Item) -> bool {
    let operation = action.leaf.operation();
    let application = organisation
        .project_of_item(item)
        .and_then(|project| organisation.area(project)?.project().map(|it| it.application));
    if application.is_none() || operation.application().is_some_and(|needed| Some(needed) != application) {
        return false;
    }
    let area = matches!(item, Item::Area(_));
    let project_area =
        matches!(item, Item::Area(id) if organisation.area(id).is_some_and(|it| it.project().is_some()));
    let configuration = |accepts: fn(&ConfigurationKind) -> bool| match item {
        Item::Configuration(id) => organisation.configuration(id).is_some_and(|it| accepts(&it.kind)),
        _ => false,
    };
    let source =
        || configuration(|it| matches!(it, ConfigurationKind::Stream(_) | ConfigurationKind::Baseline(_)));
    let scm = |kind: Option<ScmKind>| match item {
        Item::ScmItem(id) => {
            organisation.scm_item(id).is_some_and(|it| kind.is_none_or(|kind| it.kind == kind))
        }
        _ => false,
    };
    let test_artefact = |kind: TestArtefactKind| match item {
        Item::TestArtefact(id) => organisation.test_artefact(id).is_some_and(|it| it.kind == kind),
        _ => false,
    };
    let creates = action.leaf.path().split('/').next() == Some("create");
    match operation.name() {
        "process.save-team-area" if creates => area,
        "process.save-team-area" => area && !project_area,
        "process.invite-to-team"
        | "ccm.request-build"
        | "rm.save-tag"
        | "rm.save-view"
        | "dashboard.save"
        | "ccm.save-query"
        | "ccm.save-build-definition" => area,
        "ccm.save-plan" if creates => area,
        "ccm.save-plan" => matches!(item, Item::Plan(_)),
        "gc.save-component" if creates => project_area,
        "gc.save-component" => matches!(item, Item::Component(_)),
        "gc.save-stream" | "gc.save-staging-stream" | "gc.save-personal-stream" if creates => source(),
        "gc.save-stream" => configuration(|it| matches!(it, ConfigurationKind::Stream(_))),
        "gc.save-staging-stream" => configuration(|it| matches!(it, ConfigurationKind::Staging(_))),
        "gc.save-personal-stream" => configuration(|it| matches!(it, ConfigurationKind::Personal(_))),
        "gc.save-baseline" if creates => configuration(|it| matches!(it, ConfigurationKind::Stream(_))),
        "gc.save-baseline" => configuration(|it| matches!(it, ConfigurationKind::Baseline(_))),
        "ccm.save-work-item" | "ccm.save-category" if creates => {
            project_area || matches!(item, Item::Category(_))
        }
        "ccm.save-work-item" | "ccm.delete-work-item" => matches!(item, Item::WorkItem(_)),
        "ccm.save-category" => matches!(item, Item::Category(_)),
        "ccm.save-stream" | "ccm.save-component" if creates => area,
        "ccm.save-stream" | "ccm.deliver" => scm(Some(ScmKind::Stream)),
        "ccm.save-component" => scm(Some(ScmKind::Component)),
        "ccm.save-file" | "ccm.save-baseline" => scm(None),
        "qm.execute" if action.leaf.path() == "test-case" => test_artefact(TestArtefactKind::TestCase),
        "qm.execute" => test_artefact(TestArtefactKind::TestSuite),
        "rm.save-artifact" | "rm.save-folder" if creates => project_area || matches!(item, Item::Folder(_)),
        "rm.save-artifact" => matches!(item, Item::Artefact(_)),
        "rm.save-folder" => matches!(item, Item::Folder(_)),
        "rm.save-link" | "rm.save-comment" | "rm.save-review" => matches!(item, Item::Artefact(_)),
        name => {
            let kind = name
                .strip_prefix("qm.save-")
                .and_then(|word| TestArtefactKind::ALL.into_iter().find(|kind| kind.word() == word));
            match kind {
                Some(_) if creates => area,
                Some(kind) => test_artefact(kind),
                None => operation.class() == Class::Project && project_area,
            }
        }
    }
}
