//! Which operation applies to which item
//! (docs/organisation-document.md#which-operation-applies-to-which-item).

use governance::{
    Application, Class, ConfigurationKind, Item, Leaf, OperationId, Organisation, ScmKind, TestArtefactKind,
};

use crate::draft::operations_of;

/// What an item is, as far as the table tells items apart.
enum Sort {
    Project,
    Team,
    Component,
    Stream,
    Baseline,
    Staging,
    Personal,
    Category,
    WorkItem,
    Plan,
    ScmStream,
    ScmComponent,
    Test(TestArtefactKind),
    Folder,
    Artefact,
}

/// The operations that apply to an item, each with its actions that do.
pub fn applicable(organisation: &Organisation, item: Item) -> Vec<(OperationId, Vec<Leaf>)> {
    let Some(application) = application_of(organisation, item) else { return Vec::new() };
    operations_of(application)
        .into_iter()
        .map(|operation| {
            (
                operation,
                operation.leaves().filter(|leaf| applies(organisation, *leaf, item)).collect::<Vec<_>>(),
            )
        })
        .filter(|(_, leaves)| !leaves.is_empty())
        .collect()
}

/// Whether an action of an operation applies to an item.
pub fn applies(organisation: &Organisation, leaf: Leaf, item: Item) -> bool {
    let (Some(application), Some(sort)) = (application_of(organisation, item), sort(organisation, item))
    else {
        return false;
    };
    if leaf.operation().application().is_some_and(|of| of != application) {
        return false;
    }
    let area = matches!(sort, Sort::Project | Sort::Team);
    let create = leaf.path() == "create" || leaf.path().starts_with("create/");
    let source = matches!(sort, Sort::Stream | Sort::Baseline);
    let scm = matches!(sort, Sort::ScmStream | Sort::ScmComponent);
    match leaf.operation().name() {
        "process.save-project-area" => matches!(sort, Sort::Project),
        "process.save-team-area" if create => area,
        "process.save-team-area" => matches!(sort, Sort::Team),
        "process.invite-to-team" | "ccm.request-build" | "rm.save-tag" | "rm.save-view" => area,
        "dashboard.save" | "ccm.save-query" | "ccm.save-build-definition" => area,
        "ccm.save-plan" if create => area,
        "ccm.save-plan" => matches!(sort, Sort::Plan),
        "gc.save-component" if create => matches!(sort, Sort::Project),
        "gc.save-component" => matches!(sort, Sort::Component),
        "gc.save-stream" | "gc.save-staging-stream" | "gc.save-personal-stream" if create => source,
        "gc.save-stream" => matches!(sort, Sort::Stream),
        "gc.save-staging-stream" => matches!(sort, Sort::Staging),
        "gc.save-personal-stream" => matches!(sort, Sort::Personal),
        "gc.save-baseline" if create => matches!(sort, Sort::Stream),
        "gc.save-baseline" => matches!(sort, Sort::Baseline),
        "ccm.save-work-item" | "ccm.delete-work-item" if create => {
            matches!(sort, Sort::Project | Sort::Category)
        }
        "ccm.save-work-item" | "ccm.delete-work-item" => matches!(sort, Sort::WorkItem),
        "ccm.save-category" if create => matches!(sort, Sort::Project | Sort::Category),
        "ccm.save-category" => matches!(sort, Sort::Category),
        "ccm.save-stream" | "ccm.save-component" if create => area,
        "ccm.save-stream" | "ccm.deliver" => matches!(sort, Sort::ScmStream),
        "ccm.save-component" => matches!(sort, Sort::ScmComponent),
        "ccm.save-file" | "ccm.save-baseline" => scm,
        "qm.execute" => match sort {
            Sort::Test(TestArtefactKind::TestCase) => leaf.path() == "test-case",
            Sort::Test(TestArtefactKind::TestSuite) => leaf.path() == "test-suite",
            _ => false,
        },
        "rm.save-artifact" if create => matches!(sort, Sort::Project | Sort::Folder),
        "rm.save-artifact" => matches!(sort, Sort::Artefact),
        "rm.save-folder" if create => matches!(sort, Sort::Project | Sort::Folder),
        "rm.save-folder" => matches!(sort, Sort::Folder),
        "rm.save-link" | "rm.save-comment" | "rm.save-review" => matches!(sort, Sort::Artefact),
        _ if leaf.operation().class() == Class::Project => matches!(sort, Sort::Project),
        save => match sort {
            Sort::Test(kind) => !create && save.strip_prefix("qm.save-") == Some(kind.word()),
            _ => create && area && save.starts_with("qm.save-"),
        },
    }
}

fn application_of(organisation: &Organisation, item: Item) -> Option<Application> {
    let project = organisation.project_of_item(item)?;
    organisation.area(project)?.project().map(|it| it.application)
}

fn sort(organisation: &Organisation, item: Item) -> Option<Sort> {
    Some(match item {
        Item::Repository => return None,
        Item::Area(id) if organisation.area(id)?.project().is_some() => Sort::Project,
        Item::Area(_) => Sort::Team,
        Item::Component(_) => Sort::Component,
        Item::Configuration(id) => match organisation.configuration(id)?.kind {
            ConfigurationKind::Stream(_) => Sort::Stream,
            ConfigurationKind::Baseline(_) => Sort::Baseline,
            ConfigurationKind::Staging(_) => Sort::Staging,
            ConfigurationKind::Personal(_) => Sort::Personal,
        },
        Item::Category(_) => Sort::Category,
        Item::WorkItem(_) => Sort::WorkItem,
        Item::Plan(_) => Sort::Plan,
        Item::ScmItem(id) => match organisation.scm_item(id)?.kind {
            ScmKind::Stream => Sort::ScmStream,
            ScmKind::Component => Sort::ScmComponent,
        },
        Item::TestArtefact(id) => Sort::Test(organisation.test_artefact(id)?.kind),
        Item::Folder(_) => Sort::Folder,
        Item::Artefact(_) => Sort::Artefact,
    })
}
