//! `access-request`: asking for what would allow something, and deciding.

use clap::{Args, Subcommand};
use governance::Remedy;
use serde_json::{Value, json};

use super::representation::{remove, show, write, write_list};
use crate::Status;
use crate::failure::Failure;
use crate::output::Output;
use crate::question::{Companions, question_text};
use crate::remote::{ServerArgs, at};

/// Ask for what would allow something that was refused, and grant or decline what others ask for
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick access-request ask gc.save-stream/modify-attributes "gc:Electric Vehicle#Motor/stream:Motor 1.0" \
      --remedy 1 --reason "the tuning of the summer release"
  bailiwick access-request list --others
  bailiwick access-request accept 8f14e45fceea167a"#)]
pub(crate) struct AccessRequest {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what you have asked for, and what waits for you to decide
    List {
        #[command(flatten)]
        server: ServerArgs,
        /// Only what you have asked for
        #[arg(long, conflicts_with = "others")]
        mine: bool,
        /// Only what waits for you to decide
        #[arg(long)]
        others: bool,
    },
    /// Ask for a change that `explain` proposes
    Ask(Ask),
    /// Show an access request
    Show(One),
    /// Grant an access request: its change is made, by your rights
    Accept(Decision),
    /// Decline an access request
    Decline(Decision),
    /// Take your own back
    Withdraw(One),
}

#[derive(Debug, Args)]
struct Ask {
    #[command(flatten)]
    server: ServerArgs,
    /// What is refused; more actions are joined by `+`
    #[arg(value_name = "OPERATION/ACTION")]
    operation: String,
    /// The reference of the item
    item: String,
    #[command(flatten)]
    companions: Companions,
    /// Which of the changes that `explain` proposes: its number there from 1, or its `command`
    #[arg(long, default_value = "1")]
    remedy: String,
    /// Why you need it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Debug, Args)]
struct One {
    #[command(flatten)]
    server: ServerArgs,
    /// The id of the access request
    access_request: String,
}

#[derive(Debug, Args)]
struct Decision {
    #[command(flatten)]
    one: One,
    /// What to say about it to whoever has asked
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

const COLUMNS: &[&str] = &["id", "state", "user", "changes", "reason", "created", "ended_by", "note"];

impl AccessRequest {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::List { server, mine, others } => {
                let mut requests = server.connect()?.things("access-requests")?;
                let is_mine = |it: &Value| it["mine"] == true;
                requests.retain(|it| if mine { is_mine(it) } else { !others || !is_mine(it) });
                write_list(&requests, COLUMNS, "There are no access requests.", output)?;
            }
            Command::Ask(ask) => write(&ask.run()?, output)?,
            Command::Show(one) => show(&one.server, &one.address(), output)?,
            Command::Accept(decision) => write(&decision.post("accept")?, output)?,
            Command::Decline(decision) => write(&decision.post("decline")?, output)?,
            Command::Withdraw(one) => {
                remove(&one.server, &one.address(), &json!({"withdrawn": one.access_request}), output)?;
            }
        }
        Ok(Status::Done)
    }
}

impl Ask {
    fn run(self) -> anyhow::Result<Value> {
        let remote = self.server.connect()?;
        let question = question_text("", &self.operation, &self.item, &self.companions);
        let remedy = match self.remedy.parse::<usize>() {
            Ok(number) => nth(&remote.explain_own(&question)?.remedies, number)?,
            Err(_) => self.remedy,
        };
        remote.post(
            "access-requests",
            &json!({
                "operation": question.operation,
                "actions": question.actions,
                "item": question.item,
                "replace": question.replace,
                "by": question.by,
                "to": question.to,
                "remedy": remedy,
                "reason": self.reason,
            }),
        )
    }
}

/// The name of the remedy with this number, from 1.
fn nth(remedies: &[Remedy], number: usize) -> anyhow::Result<String> {
    if remedies.is_empty() {
        let help = "see `bailiwick explain`: it is allowed already, or nothing would allow it";
        return Err(Failure::new("there is nothing to ask for: no change is proposed", help).into());
    }
    let found = number.checked_sub(1).and_then(|at| remedies.get(at));
    found.map(|remedy| remedy.command.clone()).ok_or_else(|| {
        let cause = format!("there is no change {number}: {} are proposed", remedies.len());
        Failure::new(cause, "see `bailiwick explain`").into()
    })
}

impl One {
    fn address(&self) -> String {
        at(["access-requests", &self.access_request])
    }
}

impl Decision {
    fn post(&self, what: &str) -> anyhow::Result<Value> {
        let address = at(["access-requests", &self.one.access_request, what]);
        self.one.server.connect()?.post(&address, &json!({"note": self.note}))
    }
}
