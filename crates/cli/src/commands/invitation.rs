//! `invitation`: who is invited to a project area or team area.

use clap::{Args, Subcommand};
use serde_json::json;

use super::representation::{list, remove, show, write};
use crate::Status;
use crate::output::Output;
use crate::remote::{ServerArgs, at};

/// Invite people to project areas and team areas, and accept invitations
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick invitation create "gc:Electric Vehicle@Tuning Team" --role contributor --mail nia@example.org
  bailiwick invitation accept "https://elm.example.org/invitation?link=…""#)]
pub(crate) struct Invitation {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the invitations to an area
    List(Of),
    /// Invite somebody: the link is mailed, or shown once to be handed over
    Create {
        #[command(flatten)]
        of: Of,
        /// The id of a role that it gives; more than one is possible
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// The address to mail the link to, where the server sends mail
        #[arg(long, value_name = "ADDRESS")]
        mail: Option<String>,
        /// When it ends, at most 90 days from now; without it, in 7 days
        #[arg(long, value_name = "INSTANT")]
        expires: Option<String>,
    },
    /// Show an invitation
    Show(One),
    /// Take an invitation back
    Withdraw(One),
    /// Accept an invitation
    Accept {
        #[command(flatten)]
        server: ServerArgs,
        /// The link, or what stands in it after `link=`
        link: String,
    },
}

#[derive(Debug, Args)]
struct Of {
    #[command(flatten)]
    server: ServerArgs,
    /// The reference of the area: `gc:Electric Vehicle`, `gc:Electric Vehicle@Tuning Team`
    area: String,
}

#[derive(Debug, Args)]
struct One {
    #[command(flatten)]
    server: ServerArgs,
    /// The id of the invitation
    invitation: String,
}

const COLUMNS: &[&str] = &["id", "state", "roles", "mail", "by", "expires", "ended_by"];

impl Invitation {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::List(of) => {
                list(&of.server, &of.invitations(), COLUMNS, "There are no invitations.", output)?;
            }
            Command::Create { of, roles, mail, expires } => {
                let body = json!({"roles": roles, "mail": mail, "expires": expires});
                write(&of.server.connect()?.post(&of.invitations(), &body)?, output)?;
            }
            Command::Show(one) => show(&one.server, &one.address(), output)?,
            Command::Withdraw(one) => {
                remove(&one.server, &one.address(), &json!({"withdrawn": one.invitation}), output)?;
            }
            Command::Accept { server, link } => {
                let body = json!({"link": link});
                write(&server.connect()?.post("invitations/accept", &body)?, output)?;
            }
        }
        Ok(Status::Done)
    }
}

impl Of {
    fn invitations(&self) -> String {
        let kind = if self.area.contains('@') { "team-areas" } else { "project-areas" };
        at([kind, &self.area, "invitations"])
    }
}

impl One {
    fn address(&self) -> String {
        at(["invitations", &self.invitation])
    }
}
