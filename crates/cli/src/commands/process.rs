//! `process`: sharing the processes of project areas, and using those of others.

use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::representation::{list, show, write};
use crate::Status;
use crate::failure::Failure;
use crate::output::Output;
use crate::remote::{Remote, ServerArgs, at};

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
    /// Use the process of another project area of the same application
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
struct One {
    #[command(flatten)]
    server: ServerArgs,
    /// The project area, such as `ccm:Trams`
    project_area: String,
}

#[derive(Debug, Args)]
struct Link {
    #[command(flatten)]
    one: One,
    /// The name of the project area that shares its process
    #[arg(long = "project-area", value_name = "NAME")]
    provider: String,
    /// The public address of the server that has it, which is a friend; without it, this server
    #[arg(long, value_name = "URI")]
    from: Option<String>,
    /// Use its iteration types, too
    #[arg(long)]
    iteration_types: bool,
    /// Drop the project area's own entries, preconditions and those of its roles that the other defines, too
    #[arg(long)]
    drop_own: bool,
}

const PROCESS: &[&str] = &["application", "project_area"];
const CONSUMER: &[&str] = &["consumer", "application", "project_area", "current", "asked", "age"];
/// So long it is waited for another server.
const PATIENCE: Duration = Duration::from_secs(30);

impl One {
    fn address(&self) -> String {
        at(["project-areas", &self.project_area])
    }
    fn below(&self, what: &str) -> String {
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
            Command::Link(link) => write(&link.run()?, output)?,
            Command::Difference(one) => one.read("process-difference", output)?,
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

impl Link {
    fn run(&self) -> anyhow::Result<Value> {
        let remote = self.one.server.connect()?;
        let mut uses = json!({"project_area": self.provider, "iteration_types": self.iteration_types});
        if let Some(from) = &self.from {
            uses["server"] = json!(from);
        }
        remote.change(&self.one.address(), |_| Ok(json!({"uses_process": uses})))?;
        let mut status = remote.thing(&self.one.below("used-process"))?;
        if self.drop_own {
            status = self.fetched(&remote, status)?;
            self.drop(&remote)?;
        }
        Ok(status)
    }

    /// Until the process is here, the own one decides: nothing of it is dropped.
    fn fetched(&self, remote: &Remote, mut status: Value) -> anyhow::Result<Value> {
        let until = Instant::now() + PATIENCE;
        while status["state"] == "pending" {
            if Instant::now() > until {
                let trouble = status["trouble"].as_str().unwrap_or("it has not answered yet").to_owned();
                let cause =
                    format!("linked, but the process is not here, and nothing was dropped: {trouble}");
                return Err(
                    Failure::new(cause, "see `bailiwick doctor --friend NAME`, then link again").into()
                );
            }
            std::thread::sleep(Duration::from_millis(200));
            status = remote.thing(&self.one.below("used-process"))?;
        }
        Ok(status)
    }

    fn drop(&self, remote: &Remote) -> anyhow::Result<()> {
        let difference = remote.thing(&self.one.below("process-difference"))?;
        let both: Vec<Value> = remote.part(&difference, "roles_of_both")?;
        remote.change(&self.one.address(), |now| {
            let mut roles: Vec<Value> = remote.part(now, "roles")?;
            roles.retain(|role| !both.contains(&role["id"]));
            Ok(json!({"permissions": [], "preconditions": [], "roles": roles}))
        })?;
        Ok(())
    }
}
