//! `hierarchy`: what a configuration contains at any depth.

mod baseline;
mod change;
mod read;
mod tree;

use clap::{Args, Subcommand};
use governance::{ConfigurationId, Item, Organisation};

use crate::Status;
use crate::failure::Failure;
use crate::organisation_source::{Opened, OrganisationSource, There};
use crate::output::Output;
use crate::remote::Of;

/// Show, search, compare and change what a configuration contains at any depth
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick hierarchy show --org stories/gcm/tuning-team.yaml \
      "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0""#)]
pub(crate) struct Hierarchy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(read::Show),
    Compare(read::Compare),
    WhereUsed(read::WhereUsed),
    Skew(read::Skew),
    Picture(read::Picture),
    Replace(change::Replace),
    Branch(change::Branch),
    Baseline(baseline::Baseline),
}

impl Hierarchy {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::Show(show) => show.run(output),
            Command::Compare(compare) => compare.run(output),
            Command::WhereUsed(where_used) => where_used.run(output),
            Command::Skew(skew) => skew.run(output),
            Command::Picture(picture) => picture.run(),
            Command::Replace(replace) => replace.run(output),
            Command::Branch(branch) => branch.run(output),
            Command::Baseline(baseline) => baseline.run(output),
        }
    }
}

/// A configuration, of whatever is asked.
#[derive(Debug, Args)]
struct Subject {
    #[command(flatten)]
    source: OrganisationSource,
    /// The reference of a configuration
    configuration: String,
}

impl Subject {
    /// Asks an organisation that was read, or a server.
    fn ask<T>(
        &self,
        here: impl FnOnce(&Organisation, ConfigurationId) -> anyhow::Result<Option<T>>,
        there: impl FnOnce(Of<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        match self.source.open()? {
            Opened::Here(organisation) => {
                let id = find(&organisation, &self.configuration)?;
                here(&organisation, id)?.ok_or_else(|| no_configuration(&organisation, &self.configuration))
            }
            Opened::There(There { remote, as_of }) => {
                there(Of { remote: &remote, reference: &self.configuration, as_of: as_of.as_deref() })
            }
        }
    }

    /// A configuration that is named beside this one: by its reference, or as in the same project area.
    fn beside(&self, organisation: &Organisation, text: &str) -> anyhow::Result<ConfigurationId> {
        match self.configuration.split_once('#') {
            Some((project_area, _)) if !text.contains('#') => {
                find(organisation, &format!("{project_area}#{text}"))
            }
            _ => find(organisation, text),
        }
    }
}

fn find(organisation: &Organisation, reference: &str) -> anyhow::Result<ConfigurationId> {
    match organisation.item_at(reference) {
        Ok(Item::Configuration(id)) => Ok(id),
        Ok(_) | Err(_) => Err(no_configuration(organisation, reference)),
    }
}

fn no_configuration(organisation: &Organisation, reference: &str) -> anyhow::Error {
    let cause = format!("there is no configuration `{reference}`");
    match organisation.nearest_reference(reference) {
        Some(near) => Failure::new(cause, format_args!("did you mean `{near}`?")).into(),
        None => {
            Failure::new(cause, "expected a reference such as `gc:Electric Vehicle#Motor/stream:Motor 1.0`")
                .into()
        }
    }
}
