//! `import --csv` and `export --csv`: components, configurations and contributions of a server.

use std::path::PathBuf;

use clap::Args;
use document::{Problem, Report};
use governance::ImportPlan;
use serde_json::json;

use super::agree::{Consent, agree};
use super::plan_text;
use crate::Status;
use crate::failure::Failure;
use crate::organisation_source::Files;
use crate::output::{Format, Output, count, print};
use crate::progress::Progress;
use crate::remote::{Remote, ServerArgs};
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
        let [_] = files else {
            return Err(Failure::new("several files of CSV are named", "import one after the other").into());
        };
        let for_people = output.asked().unwrap_or(Format::Table) == Format::Table;
        let (remote, files) = (server.connect()?, Files::read(files)?);
        let done = self.agreed(&remote, &files, consent, output);
        let plan = match done.map_err(anyhow::Error::downcast::<Report>) {
            Ok(plan) => plan,
            Err(Ok(report)) => return write_refused(&report, output).map(|()| Status::Not),
            Err(Err(error)) => return Err(error),
        };
        if !for_people || consent != Consent::Ask {
            plan_text::write(&plan, output)?;
        }
        if for_people && consent != Consent::Preview && !plan.changes.is_empty() {
            print(&format!("Imported as revision {}.\n", plan.revision))?;
        }
        Ok(Status::Done)
    }

    /// What was imported, or would be, once whoever is asked agrees.
    fn agreed(
        &self,
        remote: &Remote,
        files: &Files,
        consent: Consent,
        output: Output,
    ) -> anyhow::Result<ImportPlan> {
        let send = |preview| {
            let lines = files.sources();
            let lines = lines.first().ok_or_else(|| Failure::new("no file is named", "name one"))?;
            let progress = Progress::of_unknown_length();
            let step = |done, of| progress.part(done, of, "lines");
            remote.import_csv(self.project_area, self.what, lines, preview, step)
        };
        if consent == Consent::Ask {
            let plan = send(true)?;
            plan_text::write(&plan, output)?;
            if plan.changes.is_empty() {
                return Ok(plan);
            }
            agree("Import this as one revision?", "nothing was imported", "import")?;
        }
        send(consent == Consent::Preview)
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
        let lines = server.connect()?.export_csv(self.project_area, self.what, below, as_of)?;
        print(&String::from_utf8(lines)?)?;
        Ok(Status::Done)
    }
}

/// Writes which lines are refused, and why.
pub(super) fn write_refused(report: &Report, output: Output) -> anyhow::Result<()> {
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
