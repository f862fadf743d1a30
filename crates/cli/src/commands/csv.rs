//! Lines of CSV that a server takes and gives: `import --csv`, `export --csv`, and what `users` shares.

use std::path::{Path, PathBuf};

use clap::Args;
use document::{Problem, Report};
use governance::{ChangedFact, Impact};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::agree::{Consent, agree};
use super::{plan_text, shifts};
use crate::Status;
use crate::failure::Failure;
use crate::organisation_source::Files;
use crate::output::{Format, Output, count, print};
use crate::progress::Progress;
use crate::remote::{ServerArgs, at};
use crate::table::Table;

/// Lines of CSV in place of a document.
#[derive(Debug, Args)]
pub(super) struct Lines {
    /// CSV of a project area of a server, in place of a document
    #[arg(
        long, value_name = "WHAT", requires = "project_area",
        value_parser = ["components", "configurations", "contributions"]
    )]
    csv: Option<String>,
    /// With `--csv`: the project area
    #[arg(long, requires = "csv")]
    project_area: Option<String>,
}

/// What lines tell, and of where.
pub(super) struct Subject<'a> {
    what: &'a str,
    project_area: &'a str,
}

impl Lines {
    pub(super) fn subject(&self) -> Option<Subject<'_>> {
        let (what, project_area) = self.csv.as_deref().zip(self.project_area.as_deref())?;
        Some(Subject { what, project_area })
    }
}

impl Subject<'_> {
    pub(super) fn import(
        &self,
        server: &ServerArgs,
        files: &[PathBuf],
        consent: Consent,
        output: Output,
    ) -> anyhow::Result<Status> {
        let [file] = files else {
            return Err(Failure::new("several files of CSV are named", "import one after the other").into());
        };
        let address = at(["project-areas", self.project_area, "import"]);
        import::<TablePlan>(server, (&address, &[("what", self.what)]), file, consent, output)
    }

    pub(super) fn export(
        &self,
        server: &ServerArgs,
        below: Option<&str>,
        as_of: Option<&str>,
        output: Output,
    ) -> anyhow::Result<Status> {
        if output.asked().is_some_and(|form| form != Format::Csv) {
            return Err(Failure::new("`--csv` writes CSV", "leave `--output` out").into());
        }
        let address = format!("{}/{}.csv", at(["project-areas", self.project_area, "export"]), self.what);
        let lines = server.connect()?.export_csv(&address, below, as_of)?;
        print(&String::from_utf8(lines)?)?;
        Ok(Status::Done)
    }
}

/// What lines change, or would change.
pub(super) trait LinesPlan: DeserializeOwned {
    /// The revision on which it would be made, or which it has made.
    fn revision(&self) -> u64;
    fn changes_something(&self) -> bool;
    fn write(&self, output: Output) -> anyhow::Result<()>;
}

/// What lines of a table come to.
#[derive(Serialize, Deserialize)]
pub(super) struct TablePlan {
    revision: u64,
    changes: Vec<ChangedFact>,
    /// Of a preview.
    impact: Option<Impact>,
}

impl LinesPlan for TablePlan {
    fn revision(&self) -> u64 {
        self.revision
    }
    fn changes_something(&self) -> bool {
        !self.changes.is_empty()
    }
    fn write(&self, output: Output) -> anyhow::Result<()> {
        let text = || {
            let changes = plan_text::changes(self.revision, &self.changes);
            match &self.impact {
                Some(impact) if !self.changes.is_empty() => {
                    format!("{changes}\n{}", shifts::impact_text(impact, plan_text::SHIFTS_SHOWN))
                }
                _ => changes,
            }
        };
        output.write(self, || plan_text::rows(&self.changes), text)
    }
}

/// Imports a file at an address of a server, once whoever is asked agrees.
pub(super) fn import<P: LinesPlan>(
    server: &ServerArgs,
    to: (&str, &[(&str, &str)]),
    file: &Path,
    consent: Consent,
    output: Output,
) -> anyhow::Result<Status> {
    let for_people = output.asked().unwrap_or(Format::Table) == Format::Table;
    let plan = match agreed::<P>(server, to, file, consent, output).map_err(anyhow::Error::downcast::<Report>)
    {
        Ok(plan) => plan,
        Err(Ok(report)) => return write_refused(&report, output).map(|()| Status::Not),
        Err(Err(error)) => return Err(error),
    };
    if !for_people || consent != Consent::Ask {
        plan.write(output)?;
    }
    if for_people && consent != Consent::Preview && plan.changes_something() {
        print(&format!("Imported as revision {}.\n", plan.revision()))?;
    }
    Ok(Status::Done)
}

/// What was imported, or would be.
fn agreed<P: LinesPlan>(
    server: &ServerArgs,
    (address, query): (&str, &[(&str, &str)]),
    file: &Path,
    consent: Consent,
    output: Output,
) -> anyhow::Result<P> {
    let (remote, files) = (server.connect()?, Files::read(&[file.to_owned()])?);
    let send = |preview, agreed| {
        let lines = files.sources();
        let lines = lines.first().ok_or_else(|| Failure::new("no file is named", "name one"))?;
        let progress = Progress::of_unknown_length();
        remote.import_csv(address, query, lines, preview, agreed, |done, of| progress.part(done, of, "lines"))
    };
    if consent == Consent::Ask {
        let plan: P = send(true, None)?;
        plan.write(output)?;
        if !plan.changes_something() {
            return Ok(plan);
        }
        agree("Import this as one revision?", "nothing was imported", "import")?;
        return send(false, Some(plan.revision()));
    }
    send(consent == Consent::Preview, None)
}

/// Writes which lines are refused, and why.
fn write_refused(report: &Report, output: Output) -> anyhow::Result<()> {
    let of_problem =
        |it: &Problem| json!({"line": it.line, "column": it.column, "path": it.path, "message": it.message});
    let problems: Vec<_> = report.problems.iter().map(of_problem).collect();
    let rows = || {
        let mut table = Table::new(&["line", "column", "message"]);
        for it in &report.problems {
            table.row([it.line.to_string(), it.column.to_string(), it.message.clone()]);
        }
        table
    };
    let text = || {
        let total = count(report.total, "problem");
        format!("{}\n{total}; nothing was imported.\n", rows().text())
    };
    output.write(&json!({"total": report.total, "problems": problems}), rows, text)
}
