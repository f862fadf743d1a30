//! `team-area`: putting team areas away.

use clap::{Args, Subcommand};
use serde_json::json;

use super::agree::{Consent, NOTHING, agree_to_impact};
use super::named::Named;
use super::representation;
use crate::Status;
use crate::output::Output;
use crate::remote::at;

/// Show, archive and unarchive team areas
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick team-area archive "gc:Electric Vehicle@Tuning Team" --replacement unassigned"#)]
pub(crate) struct TeamArea {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show a team area
    Show(Named),
    /// Archive a team area with those nested in it
    ///
    /// Shows who gains and who loses by what governs instead, and asks.
    Archive {
        #[command(flatten)]
        team_area: Named,
        /// What governs instead whatever it governs now: another team area, or `unassigned`
        #[arg(long, value_name = "TEAM_AREA")]
        replacement: Option<String>,
        /// Do not ask about who gains and who loses by it
        #[arg(long)]
        yes: bool,
    },
    /// Take a team area out of the archive
    Unarchive(Named),
}

const KIND: &str = "team-areas";

impl TeamArea {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let told = match self.command {
            Command::Show(team_area) => team_area.show(KIND),
            Command::Archive { team_area: Named { server, reference }, replacement, yes } => {
                let consent = match replacement {
                    Some(_) => Consent::of(false, yes, output, NOTHING)?,
                    None => Consent::Given,
                };
                let body = replacement.map_or(json!({}), |it| json!({"replacement": it}));
                let (remote, address) = (server.connect()?, at([KIND, &reference, "archive"]));
                agree_to_impact(&remote, consent, ("POST", &address, &body))?;
                remote.post(&address, &body)
            }
            Command::Unarchive(team_area) => team_area.act(KIND, "unarchive"),
        }?;
        representation::write(&told, output)?;
        Ok(Status::Done)
    }
}
