//! `process`: sharing the processes of project areas, and using those of others.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::process_difference;
use super::process_link::Link;
use super::representation::{list, show, write};
use crate::Status;
use crate::output::Output;
use crate::remote::{ServerArgs, at};
use crate::table::visible;

/// Share the process of a project area, use another's, and see how that is followed
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick process share "ccm:Standard Process"
  bailiwick process link ccm:Trams --project-area "Standard Process" --from https://provider.example.org
  bailiwick process status ccm:Trams"#)]
pub(crate) struct Process {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Let other project areas use the process of a project area; its name and process become visible to
    /// those who may use it
    Share(One),
    /// End that; other servers go on with their last copy
    Unshare(One),
    /// List the processes that are shared here, or by a friend
    Shared {
        #[command(flatten)]
        server: ServerArgs,
        /// A friend, which is asked now
        #[arg(long, value_name = "NAME")]
        friend: Option<String>,
    },
    /// Use the process of another project area of the same application; what that comes to is told first
    Link(Link),
    /// Show how a project area's own entries and roles lie over the process that it uses
    Difference(One),
    /// Show whose process a project area uses, and how it follows that
    Status(One),
    /// Have the process asked for at once, where it is another server's
    Refresh(One),
    /// Go back to the project area's own process
    Unlink(One),
    /// Write the process that is used into the project area, then unlink it
    Copy(One),
    /// List who uses the processes of this server, and how far they are behind
    Consumers(ServerArgs),
}

#[derive(Debug, Args)]
pub(super) struct One {
    #[command(flatten)]
    pub(super) server: ServerArgs,
    /// The project area, such as `ccm:Trams`
    project_area: String,
}

const PROCESS: &[&str] = &["application", "project_area"];
const CONSUMER: &[&str] = &["consumer", "application", "project_area", "current", "asked", "age"];

/// `ccm/Standard Process of https://provider.example.org`
pub(super) fn process_name(process: &Value) -> String {
    let text = |key: &str| visible(process[key].as_str().unwrap_or_default());
    let name = format!("{}/{}", text("application"), text("project_area"));
    if process["server"].is_string() { format!("{name} of {}", text("server")) } else { name }
}

impl One {
    fn address(&self) -> String {
        at(["project-areas", &self.project_area])
    }
    pub(super) fn below(&self, what: &str) -> String {
        format!("{}/{what}", self.address())
    }
    fn change(&self, keys: Value) -> anyhow::Result<()> {
        self.server.connect()?.change(&self.address(), |_| Ok(keys)).map(drop)
    }
    fn read(&self, what: &str, output: Output) -> anyhow::Result<()> {
        show(&self.server, &self.below(what), output)
    }
    fn act(&self, what: &str) -> anyhow::Result<()> {
        self.server.connect()?.post(&self.below(what), &json!({})).map(drop)
    }
}

impl Process {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::Share(one) => {
                one.change(json!({"shares_process": true}))?;
                let told = "its name and its process are visible to whoever may use it for a project area, here and \
                            on servers that have an approved key";
                write(&json!({"shares_process": true, "warning": told}), output)?;
            }
            Command::Unshare(one) => {
                one.change(json!({"shares_process": false}))?;
                write(&json!({"shares_process": false}), output)?;
            }
            Command::Shared { server, friend } => {
                let address = friend.map_or_else(
                    || "shared-processes".to_owned(),
                    |friend| at(["friends", &friend, "processes"]),
                );
                list(&server, &address, PROCESS, "No process is shared that you could use.", output)?;
            }
            Command::Link(link) => link.run(output)?,
            Command::Difference(one) => {
                let told = one.server.connect()?.thing(&one.below("process-difference"))?;
                process_difference::write(&told, output)?;
            }
            Command::Status(one) => one.read("used-process", output)?,
            Command::Refresh(one) => {
                one.act("used-process/refresh")?;
                one.read("used-process", output)?;
            }
            Command::Unlink(one) => {
                one.change(json!({"uses_process": null}))?;
                write(&json!({"uses_process": null}), output)?;
            }
            Command::Copy(one) => {
                one.act("copy-process")?;
                write(&json!({"uses_process": null, "copied": true}), output)?;
            }
            Command::Consumers(server) => {
                let none = "No other server uses a process of this one.";
                list(&server, "process-consumers", CONSUMER, none, output)?;
            }
        }
        Ok(Status::Done)
    }
}
