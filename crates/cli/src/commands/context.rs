//! `context`: servers that are known by a name.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::Status;
use crate::failure::Failure;
use crate::output::{Output, print};
use crate::remote::{Address, Context as Kept, Contexts, Token};
use crate::table::Table;

/// Know servers by a name, and choose the one that is asked
///
/// They are kept in `bailiwick/contexts.json` in your configuration folder, which nobody else may read.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick context add work --server https://elm.example.org --token-file token
  bailiwick explain bob gc.save-stream/modify-attributes \"gc:Electric Vehicle#Motor/stream:Motor 1.0\"")]
pub(crate) struct Context {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(Add),
    List(List),
    Use(Use),
    Current(Current),
    Remove(Remove),
}

/// Know a server by a name
///
/// The first one is used from then on.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick context add work --server https://elm.example.org --token-file token
  pass bailiwick | bailiwick context add work --server https://elm.example.org --token-file -")]
struct Add {
    /// What you call it
    name: String,
    /// The server's address
    #[arg(long, value_name = "URL")]
    server: String,
    /// The file with the access token, which is read at each use; `-` keeps the one on standard input
    #[arg(long, value_name = "FILE|-")]
    token_file: Option<PathBuf>,
    /// The certificate of the authority that vouches for the server, as PEM, in place of the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Send the token unencrypted, to a server that has no `https://`
    #[arg(long)]
    insecure: bool,
    /// Forget what is known by this name
    #[arg(long)]
    replace: bool,
}

/// List the servers that are known
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick context list")]
struct List {}

/// Choose the server that is asked where none is named
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick context use work")]
struct Use {
    /// Its name
    name: String,
}

/// Tell which server is asked where none is named
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick context current")]
struct Current {}

/// Forget a server
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick context remove work")]
struct Remove {
    /// Its name
    name: String,
}

/// A context as it is shown: never with its token.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    server: &'a str,
    /// Where the token is: a file, or here.
    token: String,
    ca: Option<&'a Path>,
    in_use: bool,
}

impl Context {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::Add(add) => add.run(),
            Command::List(List {}) => list(output),
            Command::Use(Use { name }) => use_it(name),
            Command::Current(Current {}) => current(),
            Command::Remove(Remove { name }) => remove(&name),
        }
    }
}

impl Add {
    fn run(self) -> anyhow::Result<Status> {
        let Self { name, server, token_file, ca, insecure, replace } = self;
        if name.trim().is_empty() || name.contains(char::is_control) {
            return Err(Failure::new("a context needs a name", "choose a word that you will remember").into());
        }
        let mut contexts = Contexts::load()?;
        if let Some(known) = contexts.contexts.get(&name).filter(|_| !replace) {
            let cause = format!("the context `{name}` is there already: {}", known.server);
            let help = "choose another name, or replace it with `--replace`";
            return Err(Failure::new(cause, help).into());
        }
        let address = Address::parse(&server)?;
        if token_file.is_some() && !insecure {
            address.expect_private()?;
        }
        let (token_file, token) = match token_file {
            Some(path) if path == Path::new("-") => (None, Some(Token::read(&path)?)),
            // It may be written later, or be there only now and then.
            Some(path) => (Some(std::path::absolute(path)?), None),
            None => (None, None),
        };
        let ca = ca.map(std::path::absolute).transpose()?;
        let kept = Kept { server: address.to_string(), token_file, token, ca, insecure };
        let said = match contexts.contexts.insert(name.clone(), kept) {
            Some(_) => format!("The context {name} is now {address}.\n"),
            None => format!("Added the context {name}: {address}.\n"),
        };
        contexts.current.get_or_insert(name);
        contexts.save()?;
        print(&said)?;
        Ok(Status::Done)
    }
}

fn list(output: Output) -> anyhow::Result<Status> {
    let contexts = Contexts::load()?;
    let shown: Vec<Shown<'_>> = contexts
        .contexts
        .iter()
        .map(|(name, kept)| Shown {
            name,
            server: &kept.server,
            token: match (&kept.token, &kept.token_file) {
                (Some(_), _) => "kept here".to_owned(),
                (None, Some(path)) => path.display().to_string(),
                (None, None) => String::new(),
            },
            ca: kept.ca.as_deref(),
            in_use: contexts.current.as_ref() == Some(name),
        })
        .collect();
    let table = || {
        let mut table = Table::new(&["name", "server", "token", "ca", "in_use"]);
        for Shown { name, server, token, ca, in_use } in &shown {
            table.row([
                (*name).to_owned(),
                (*server).to_owned(),
                token.clone(),
                ca.map(|ca| ca.display().to_string()).unwrap_or_default(),
                if *in_use { "yes".to_owned() } else { String::new() },
            ]);
        }
        table
    };
    output.write_table(&shown, table, "No server is known; `bailiwick context add` adds one.")?;
    Ok(Status::Done)
}

fn use_it(name: String) -> anyhow::Result<Status> {
    let mut contexts = Contexts::load()?;
    let server = contexts.named(&name)?.server;
    let said = format!("From now on {name} is asked: {server}.\n");
    contexts.current = Some(name);
    contexts.save()?;
    print(&said)?;
    Ok(Status::Done)
}

fn current() -> anyhow::Result<Status> {
    let contexts = Contexts::load()?;
    let Some((name, kept)) = contexts.current.as_ref().zip(contexts.in_use()) else {
        return Err(Failure::new("no context is in use", "`bailiwick context use NAME` chooses one").into());
    };
    print(&format!("{name}: {}\n", kept.server))?;
    Ok(Status::Done)
}

fn remove(name: &str) -> anyhow::Result<Status> {
    let mut contexts = Contexts::load()?;
    contexts.named(name)?;
    contexts.contexts.remove(name);
    if contexts.current.as_deref() == Some(name) {
        contexts.current = None;
    }
    contexts.save()?;
    print(&format!("Removed the context {name}.\n"))?;
    Ok(Status::Done)
}
