//! `consumer`: those that ask a server, and their keys.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::agree::{Consent, NOTHING, agree};
use super::process::process_name;
use super::representation::{list, show, write, write_list};
use super::secret_file::read_secret;
use crate::Status;
use crate::output::{Output, print};
use crate::remote::{ServerArgs, at};
use crate::table::visible;

/// Approve, change and delete the keys of those that ask a server
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick consumer list --state provisional
  bailiwick consumer approve 5f3b6c1e9a7d4c02b8e1f0a9d3c4b5a6
  bailiwick consumer edit 5f3b6c1e9a7d4c02b8e1f0a9d3c4b5a6 --functional-user ccm_user"#)]
pub(crate) struct Consumer {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the consumers
    List {
        #[command(flatten)]
        server: ServerArgs,
        /// Only those that are provisional, authorized or rejected
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
    },
    /// Show a consumer, without its secret
    Show(One),
    /// Register a consumer by hand; a new secret is told once
    Add(Add),
    /// Approve a provisional key
    Approve(Edit),
    /// Reject a provisional key
    Reject(One),
    /// Change a consumer
    Edit(Edit),
    /// Replace the secret; the one before stays good for a while
    Rotate(Rotate),
    /// Delete a consumer and its key: nothing signed by it is accepted any more
    Delete(Delete),
    /// List the signed requests that the server has refused of late, with what must have been signed
    Refused(ServerArgs),
}

#[derive(Debug, Args)]
struct One {
    #[command(flatten)]
    server: ServerArgs,
    /// The key of the consumer
    #[arg(value_name = "KEY")]
    consumer: String,
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    server: ServerArgs,
    /// What it is called
    name: String,
    /// Its key; without it, a new one
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// A file with its secret, `-` for standard input; without it, one is made and told
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    #[command(flatten)]
    given: Given,
}

#[derive(Debug, Args)]
struct Given {
    /// Whether people need not approve
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    trusted: Option<bool>,
    /// As whom it acts where no person has approved: a functional user, or `none`
    #[arg(long, value_name = "USER")]
    functional_user: Option<String>,
    /// A host to which people may be sent back; once for each, and `none` for this machine alone
    #[arg(long, value_name = "HOST")]
    callback_host: Vec<String>,
    /// The root services of the server that it is
    #[arg(long, value_name = "URI")]
    root_services: Option<String>,
}

#[derive(Debug, Args)]
struct Edit {
    #[command(flatten)]
    one: One,
    /// What it is called
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    given: Given,
}

#[derive(Debug, Args)]
struct Rotate {
    #[command(flatten)]
    one: One,
    /// A file with the new secret, `-` for standard input; without it, one is made and told
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// How long the secret before it stays good, such as 90s, 24h or 7d
    #[arg(long, value_name = "SPAN")]
    overlap: Option<String>,
}

#[derive(Debug, Args)]
struct Delete {
    #[command(flatten)]
    one: One,
    /// Delete it without being asked
    #[arg(long)]
    yes: bool,
}

const COLUMNS: &[&str] =
    &["key", "name", "state", "trusted", "functional_user", "root_services", "asked_from", "created"];
const REFUSED: &[&str] = &["at", "consumer", "consumer_key", "problem", "said", "method", "path", "client"];

impl One {
    fn address(&self) -> String {
        at(["consumers", &self.consumer])
    }
    fn post(&self, what: &str, body: &Value) -> anyhow::Result<Value> {
        self.server.connect()?.post(&at(["consumers", &self.consumer, what]), body)
    }
}

impl Given {
    fn keys(&self) -> Map<String, Value> {
        let unless_none = |text: &String| if text == "none" { Value::Null } else { json!(text) };
        let mut keys = Map::new();
        keys.extend(self.trusted.map(|trusted| ("trusted".to_owned(), json!(trusted))));
        keys.extend(
            self.functional_user.as_ref().map(|user| ("functional_user".to_owned(), unless_none(user))),
        );
        keys.extend(self.root_services.as_ref().map(|uri| ("root_services".to_owned(), unless_none(uri))));
        if !self.callback_host.is_empty() {
            let hosts: Vec<_> = self.callback_host.iter().filter(|host| *host != "none").collect();
            keys.insert("callback_hosts".to_owned(), json!(hosts));
        }
        keys
    }
}

impl Edit {
    fn keys(&self) -> Value {
        let mut keys = self.given.keys();
        keys.extend(self.name.as_ref().map(|name| ("name".to_owned(), json!(name))));
        Value::Object(keys)
    }
}

impl Consumer {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::List { server, state } => {
                let filter: Vec<_> = state.map(|state| ("state", state)).into_iter().collect();
                let consumers = server.connect()?.first_things("consumers", &filter, usize::MAX)?;
                write_list(&consumers, COLUMNS, "There are no consumers.", output)?;
            }
            Command::Show(one) => show(&one.server, &one.address(), output)?,
            Command::Add(add) => write(&add.run()?, output)?,
            Command::Approve(edit) => write(&edit.one.post("approve", &edit.keys())?, output)?,
            Command::Reject(one) => write(&one.post("reject", &json!({}))?, output)?,
            Command::Edit(edit) => {
                let remote = edit.one.server.connect()?;
                write(&remote.change(&edit.one.address(), |_| Ok(edit.keys()))?, output)?;
            }
            Command::Rotate(Rotate { one, secret_file, overlap }) => {
                let secret = secret_file.as_deref().map(read_secret).transpose()?;
                write(&one.post("rotate", &json!({"secret": secret, "overlap": overlap}))?, output)?;
            }
            Command::Delete(delete) => delete.run(output)?,
            Command::Refused(server) => {
                let none = "No signed request was refused of late.";
                list(&server, "refused-handshakes", REFUSED, none, output)?;
            }
        }
        Ok(Status::Done)
    }
}

impl Add {
    fn run(self) -> anyhow::Result<Value> {
        let remote = self.server.connect()?;
        let mut keys = self.given.keys();
        keys.insert("name".to_owned(), json!(self.name));
        keys.extend(self.key.map(|key| ("key".to_owned(), json!(key))));
        if let Some(path) = &self.secret_file {
            keys.insert("secret".to_owned(), json!(read_secret(path)?));
        }
        remote.post("consumers", &Value::Object(keys))
    }
}

impl Delete {
    fn run(self, output: Output) -> anyhow::Result<()> {
        let Self { one, yes } = self;
        let consent = Consent::of(false, yes, output, NOTHING)?;
        let remote = one.server.connect()?;
        if consent == Consent::Ask {
            let known: Value = remote.thing(&one.address())?;
            let name = visible(known["name"].as_str().unwrap_or(&one.consumer));
            let uses = remote.things("process-consumers")?;
            let uses: Vec<_> =
                uses.iter().filter(|it| it["consumer_key"] == *one.consumer).map(process_name).collect();
            if !uses.is_empty() {
                let text = format!(
                    "{name} uses processes of this server. Its copies go on deciding there, and are frozen:\n  {}\n",
                    uses.join("\n  ")
                );
                print(&text)?;
            }
            agree(&format!("Delete the key of {name}?"), NOTHING, "delete it")?;
        }
        remote.remove(&one.address())?;
        write(&json!({"deleted": one.consumer}), output)
    }
}
