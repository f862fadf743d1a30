//! `friend`: servers that this one asks.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::agree::{Consent, NOTHING, agree};
use super::process::process_name;
use super::representation::{list, show, write};
use super::secret_file::read_secret;
use crate::Status;
use crate::output::{Output, print};
use crate::remote::{ServerArgs, at};
use crate::table::visible;

/// Add, change and remove the servers that a server asks
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick friend add Development https://development.example.org/ccm/rootservices
  bailiwick friend list
  bailiwick doctor --friend Development"#)]
pub(crate) struct Friend {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the friends
    List(ServerArgs),
    /// Add a friend, and ask it for a key, which somebody there approves
    Add(Add),
    /// Show a friend, without its secret
    Show(One),
    /// Change what is kept of a friend here; there, nothing changes
    Edit(Edit),
    /// Replace the secret on both sides; the one before stays good there for a day
    Rotate(One),
    /// Remove a friend, with its key and secret
    Remove(Remove),
}

#[derive(Debug, Args)]
struct One {
    #[command(flatten)]
    server: ServerArgs,
    /// The name of the friend
    friend: String,
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    one: One,
    /// The address of its root services
    #[arg(value_name = "URI")]
    root_services: String,
    /// A file with the phrase that both servers keep, `-` for standard input; without it, one is made
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Ask that people there need not approve
    #[arg(long)]
    trusted: bool,
    /// What this server is to be called there; without it, by its address
    #[arg(long, value_name = "NAME")]
    called: Option<String>,
    /// The application of this server that asks: gc, ccm, qm or rm; without it, the one of the root services
    #[arg(long, value_name = "APPLICATION")]
    application: Option<String>,
    /// The key by which it knows this server already; it goes with --secret-file
    #[arg(long, value_name = "KEY", requires = "secret_file")]
    key: Option<String>,
}

#[derive(Debug, Args)]
#[group(id = "what", required = true, multiple = true, args = ["root_services", "key", "secret_file"])]
struct Edit {
    #[command(flatten)]
    one: One,
    /// The address of its root services
    #[arg(long, value_name = "URI")]
    root_services: Option<String>,
    /// The key by which it knows this server
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// A file with the secret that it knows, `-` for standard input
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Remove {
    #[command(flatten)]
    one: One,
    /// Remove it without being asked
    #[arg(long)]
    yes: bool,
}

const COLUMNS: &[&str] = &["name", "root_services", "consumer_key", "created", "rotated"];

impl One {
    fn address(&self) -> String {
        at(["friends", &self.friend])
    }
}

impl Friend {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::List(server) => list(&server, "friends", COLUMNS, "There are no friends.", output)?,
            Command::Add(add) => write(&add.run()?, output)?,
            Command::Show(one) => show(&one.server, &one.address(), output)?,
            Command::Edit(edit) => write(&edit.run()?, output)?,
            Command::Rotate(one) => {
                let address = at(["friends", &one.friend, "rotate"]);
                write(&one.server.connect()?.post(&address, &json!({}))?, output)?;
            }
            Command::Remove(remove) => remove.run(output)?,
        }
        Ok(Status::Done)
    }
}

impl Add {
    fn run(self) -> anyhow::Result<Value> {
        let remote = self.one.server.connect()?;
        let secret = self.secret_file.as_deref().map(read_secret).transpose()?;
        let body = json!({
            "name": self.one.friend,
            "root_services": self.root_services,
            "secret": secret,
            "trusted": self.trusted,
            "called": self.called,
            "application": self.application,
            "key": self.key,
        });
        remote.post("friends", &body)
    }
}

impl Edit {
    fn run(self) -> anyhow::Result<Value> {
        let remote = self.one.server.connect()?;
        let mut keys = Map::new();
        keys.extend(self.root_services.as_ref().map(|uri| ("root_services".to_owned(), json!(uri))));
        keys.extend(self.key.as_ref().map(|key| ("key".to_owned(), json!(key))));
        if let Some(path) = &self.secret_file {
            keys.insert("secret".to_owned(), json!(read_secret(path)?));
        }
        remote.change(&self.one.address(), |_| Ok(Value::Object(keys)))
    }
}

impl Remove {
    fn run(self, output: Output) -> anyhow::Result<()> {
        let Self { one, yes } = self;
        let consent = Consent::of(false, yes, output, NOTHING)?;
        let remote = one.server.connect()?;
        let known: Value = remote.thing(&one.address())?;
        if consent == Consent::Ask {
            let used = used_of(&remote.thing("health")?, &one.friend);
            if !used.is_empty() {
                let text = format!(
                    "Processes of {} are used here. The copies go on deciding, and are not followed any more:\n  {}\n",
                    visible(&one.friend),
                    used.join("\n  ")
                );
                print(&text)?;
            }
            agree(&format!("Remove {}?", visible(&one.friend)), NOTHING, "remove it")?;
        }
        remote.remove(&one.address())?;
        write(&json!({"removed": one.friend}), output)?;
        if let Some(key) = known["consumer_key"].as_str() {
            anstream::eprintln!(
                "{} still knows this server's key: somebody there deletes it by `bailiwick consumer delete {}`",
                visible(&one.friend),
                visible(key)
            );
        }
        Ok(())
    }
}

/// The processes of a friend that a server uses, by how it says that it follows them.
fn used_of(health: &Value, friend: &str) -> Vec<String> {
    let friends = health["friends"].as_array().into_iter().flatten();
    let processes = friends.filter(|it| it["name"] == *friend).filter_map(|it| it["processes"].as_array());
    processes.flatten().map(process_name).collect()
}
