//! `export`: an organisation as a document, or one of its process templates.

use clap::Args;
use document::{export, export_json, export_template, export_template_json, template_named, templates};
use governance::Organisation;
use governance::text::nearest;

use super::csv::Lines;
use crate::Status;
use crate::failure::Failure;
use crate::organisation_source::{Opened, OrganisationSource, There};
use crate::output::{Format, Output, print};

/// Write an organisation as a document, or one process template
///
/// The document has one normal form: imported into an empty server and exported there, it is the same again.
/// Passwords, sessions and keys are no part of it; process templates that the server keeps are.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick export --data bailiwick-data > organisation.yaml
  bailiwick export --data bailiwick-data --template \"Tram Process\" > tram-process.yaml
  bailiwick export --template Scrum
  bailiwick export --csv components --project-area \"gc:Electric Vehicle\" > components.csv

What is written is YAML, or JSON with `--output json`.")]
#[command(mut_arg("csv", |arg| arg.conflicts_with_all(["org", "data", "database", "template"])))]
pub(crate) struct Export {
    #[command(flatten)]
    source: OrganisationSource,
    /// Write this process template alone; a built-in one is found without a database or document
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    #[command(flatten)]
    lines: Lines,
    /// With `--csv` of configurations or contributions: only those anywhere below this one, with itself
    #[arg(long, value_name = "CONFIGURATION", requires = "csv")]
    below: Option<String>,
}

impl Export {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        if let Some(subject) = self.lines.subject() {
            let as_of = self.source.at_revision.map(|at| at.to_string());
            return subject.export(&self.source.server, self.below.as_deref(), as_of.as_deref(), output);
        }
        let json = match output.asked() {
            None | Some(Format::Yaml) => false,
            Some(Format::Json) => true,
            Some(Format::Table | Format::Csv) => {
                let help = "choose `--output yaml` or `--output json`";
                return Err(Failure::new("an organisation document is YAML or JSON", help).into());
            }
        };
        let organisation = if self.template.is_none() || self.source.is_given() {
            match self.source.open()? {
                Opened::Here(organisation) => *organisation,
                Opened::There(there) => return self.of_server(&there, json),
            }
        } else {
            Organisation::default()
        };
        let text = match &self.template {
            None if json => export_json(&organisation),
            None => export(&organisation),
            Some(name) => {
                let template =
                    template_named(&organisation, name).ok_or_else(|| unknown(&organisation, name))?;
                if json { export_template_json(template) } else { export_template(template) }
            }
        };
        print(&text)?;
        Ok(Status::Done)
    }
}

impl Export {
    fn of_server(&self, there: &There, json: bool) -> anyhow::Result<Status> {
        let form = if json { "json" } else { "yaml" };
        let text = there.remote.export(form, self.template.as_deref(), there.as_of.as_deref())?;
        print(&String::from_utf8(text)?)?;
        Ok(Status::Done)
    }
}

fn unknown(organisation: &Organisation, name: &str) -> Failure {
    let all = templates(organisation.process_templates());
    let names: Vec<&str> = all.iter().map(|it| &*it.template.name).collect();
    let cause = format!("there is no process template `{name}`");
    match nearest(name, names.iter().copied()) {
        Some(near) => Failure::new(cause, format_args!("did you mean `{near}`?")),
        None => Failure::new(cause, format_args!("there are `{}`", names.join("`, `"))),
    }
}
