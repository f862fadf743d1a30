//! Organisation documents that come and go: exported, compared with, imported.

use std::sync::Arc;

use document::{
    Limits, Mode, Report, Source, export, export_json, export_template, export_template_json, load, templates,
};
use governance::text::nearest;
use governance::{ChangedProcess, ImportFacts, ImportPlan, ProcessTemplate, Refusal, Shift, View};
use serde_json::json;
use store::Revision;

use crate::problem::{Kind, Problem};

/// A document as it came.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// How messages and the journal call it.
    pub(crate) name: Arc<str>,
    pub(crate) text: Vec<u8>,
}

/// The form of a document that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Yaml,
    Json,
}

/// The whole organisation as a document.
pub(crate) fn exported(view: &View, form: Form) -> Result<String, Refusal> {
    let organisation = view.whole()?;
    Ok(match form {
        Form::Yaml => export(organisation),
        Form::Json => export_json(organisation),
    })
}

/// A process template of this name, which everybody may read.
///
/// # Errors
/// That there is none, with the nearest one.
pub(crate) fn exported_template(view: &View, name: &str, form: Form) -> Result<String, String> {
    let all = templates(view.process_templates());
    let Some(found) = all.iter().find(|it| *it.template.name == *name) else {
        let near = nearest(name, all.iter().map(|it| &*it.template.name));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(format!("there is no process template `{name}`{near}"));
    };
    Ok(match form {
        Form::Yaml => export_template(found.template),
        Form::Json => export_template_json(found.template),
    })
}

/// The process template that a text describes.
pub(crate) fn read_template(text: &[u8]) -> Result<ProcessTemplate, Problem> {
    let source = Source { name: "template".into(), text };
    document::read_template(&source, &Limits::default()).map_err(|report| wrong(&report))
}

/// Who gains and who loses from what a view shows to what some documents describe; nothing, if that is too
/// much.
pub(crate) fn compared(
    view: &View,
    documents: &[Document],
    limits: &Limits,
    go_on: impl FnMut() -> bool,
) -> Result<Option<Vec<Shift>>, Problem> {
    let loaded = load(&sources(documents), limits).map_err(|report| wrong(&report))?;
    Ok(view.shifts_to_document(&loaded.organisation, go_on))
}

/// An import that has been worked out.
pub(crate) struct Planned {
    pub(crate) plan: ImportPlan,
    pub(crate) facts: ImportFacts,
    /// The processes that it would change and that others may use.
    pub(crate) processes: Vec<ChangedProcess>,
    /// What it was worked out on.
    pub(crate) on: View,
}

/// Why an import was not worked out.
pub(crate) enum Unplanned {
    Refused(Refusal),
    Wrong(Problem),
}

/// Works out what an import would change.
pub(crate) fn planned(
    view: View,
    revision: Revision,
    documents: &[Document],
    mode: Mode,
    limits: &Limits,
    go_on: impl FnMut() -> bool,
) -> Result<Planned, Unplanned> {
    let before = view.whole().map_err(Unplanned::Refused)?;
    let import = document::import(&sources(documents), limits, before, mode);
    let import = import.map_err(|report| Unplanned::Wrong(wrong(&report)))?;
    let plan = ImportPlan::of(revision.number(), before, &import.organisation, &import.events, go_on);
    let processes = view.processes_changed_to(&import.organisation);
    Ok(Planned { plan, facts: ImportFacts { events: import.events }, processes, on: view })
}

fn sources(documents: &[Document]) -> Vec<Source<'_>> {
    documents.iter().map(|it| Source { name: Arc::clone(&it.name), text: &it.text }).collect()
}

/// Every mistake at its place.
pub(crate) fn wrong(report: &Report) -> Problem {
    let problem = |it: &document::Problem| {
        json!({
            "file": &*it.file,
            "line": it.line,
            "column": it.column,
            "path": it.path,
            "message": it.message,
        })
    };
    let problems: Vec<_> = report.problems.iter().map(problem).collect();
    let s = if report.total == 1 { "" } else { "s" };
    let said = format!("{} problem{s} in the document; nothing was changed", report.total);
    Problem::new(Kind::BadDocument, said).with("problems", problems).with("total", report.total)
}
