//! What a server is asked to change.

use clap::Args;
use governance::ReplacementText;

use crate::Status;
use crate::output::Output;
use crate::remote::{Of, ServerArgs};
use crate::table::Table;

/// Replace a contribution everywhere in a hierarchy
///
/// Each configuration that contains it is asked whether you may replace it there; it is replaced everywhere
/// or nowhere, as one change.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick hierarchy replace "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0" \
      --replace "Motor/stream:Motor 1.0" --by "Motor/stream:Motor - Performance Beta 0.0" --dry-run"#)]
pub(crate) struct Replace {
    #[command(flatten)]
    server: ServerArgs,
    /// The reference of the configuration at the root
    configuration: String,
    /// What gives way: `Component/kind:Name`, a reference, or a URI
    #[arg(long, value_name = "OLD")]
    replace: String,
    /// What takes its place
    #[arg(long, value_name = "NEW")]
    by: String,
    /// Wherever you may, and tell where you may not
    #[arg(long)]
    partial: bool,
    /// Only tell where it would be replaced
    #[arg(long, conflicts_with = "partial")]
    dry_run: bool,
}

impl Replace {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let remote = self.server.connect()?;
        let of = Of { remote: &remote, reference: &self.configuration, as_of: None };
        if self.dry_run {
            let places = of.replacements(&self.replace, &self.by)?;
            let empty = "It is contained nowhere in the hierarchy.";
            output.write_table(&places, || table(&[], &places), empty)?;
            return Ok(status(&places));
        }
        let done = of.replace(&self.replace, &self.by, self.partial)?;
        output.write_table(&done, || table(&done.replaced, &done.refused), "Nothing had to be replaced.")?;
        Ok(status(&done.refused))
    }
}

fn table(replaced: &[String], others: &[ReplacementText]) -> Table {
    let mut table = Table::new(&["in", "replaced", "refused"]);
    for configuration in replaced {
        table.row([configuration.clone(), "yes".to_owned(), String::new()]);
    }
    for it in others {
        let could = if it.refused.is_some() { "no" } else { "would be" };
        table.row([it.configuration.clone(), could.to_owned(), it.refused.clone().unwrap_or_default()]);
    }
    table
}

fn status(places: &[ReplacementText]) -> Status {
    if places.iter().any(|it| it.refused.is_some()) { Status::Not } else { Status::Done }
}

/// Make streams of everything in a hierarchy
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick hierarchy branch --names "{name} - Sport" \
      "gc:Electric Vehicle#Electric Vehicle/baseline:Electric Vehicle 2.0""#)]
pub(crate) struct Branch {
    #[command(flatten)]
    server: ServerArgs,
    /// The reference of the configuration at the root
    configuration: String,
    /// What the streams are called: `{name}` stands for the name of what each is made from, `{component}` for
    /// that of its component
    #[arg(long, value_name = "PATTERN")]
    names: String,
}

impl Branch {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let remote = self.server.connect()?;
        let of = Of { remote: &remote, reference: &self.configuration, as_of: None };
        let made = of.branch(&self.names)?;
        let table = || {
            let mut table = Table::new(&["name", "configuration"]);
            table.row([made.name.clone(), made.reference.clone()]);
            table
        };
        output.write_table(&made, table, "")?;
        Ok(Status::Done)
    }
}
