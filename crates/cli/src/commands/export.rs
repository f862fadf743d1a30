//! `export`: the organisation document of an organisation.

use clap::Args;

use crate::Status;
use crate::failure::Failure;
use crate::organisation_source::OrganisationSource;
use crate::output::{Format, Output, print};

/// Write an organisation as a document, in normal form
///
/// Imported into an empty server it gives the same organisation again. Passwords, sessions and keys stay out.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick export --data bailiwick-data > organisation.yaml

It writes YAML, or with `--output json` the same as JSON.")]
pub(crate) struct Export {
    #[command(flatten)]
    source: OrganisationSource,
}

impl Export {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let export = match output.asked() {
            None | Some(Format::Yaml) => document::export,
            Some(Format::Json) => document::export_json,
            Some(Format::Table | Format::Csv) => {
                let help = "choose `--output yaml` or `--output json`";
                return Err(Failure::new("an organisation document is YAML or JSON", help).into());
            }
        };
        print(&export(&self.source.load()?))?;
        Ok(Status::Done)
    }
}
