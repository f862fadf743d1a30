//! `licenses`: what is installed, assigned, leased and used of the client access licences.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use super::representation::{list, remove, write, write_list};
use crate::Status;
use crate::output::Output;
use crate::remote::{Remote, ServerArgs, at};

/// Install, assign and count licences; show leases and use
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick licenses install ewm-developer --seats 20 --authorised 5 --expires 2030-12-31
  bailiwick licenses assign bob ewm-developer
  bailiwick licenses use ewm-developer --chart use.svg"#)]
pub(crate) struct Licenses {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Count what is installed, assigned, leased and free of each type, and of the tokens
    List(ServerArgs),
    /// Set what is installed of a type, and its terms; what is not named stays as it is
    Install {
        #[command(flatten)]
        of: OfType,
        #[command(flatten)]
        terms: Terms,
    },
    /// Remove all that is installed of a type
    Uninstall(OfType),
    /// Assign a licence to a user
    Assign(OfUser),
    /// Take an assigned licence from a user
    Unassign(OfUser),
    /// List the leases of a type, or of the pool `tokens`
    Leases(OfPool),
    /// End the lease that a user has of a type
    End(OfUser),
    /// Show the use of a type, or of the pool `tokens`, by day
    Use(Use),
    /// List assigned licences that were not used for some days
    Unused {
        #[command(flatten)]
        server: ServerArgs,
        /// For how many
        #[arg(long, value_name = "DAYS", default_value_t = 90)]
        days: u32,
    },
}

#[derive(Debug, Args)]
struct OfType {
    #[command(flatten)]
    server: ServerArgs,
    /// The licence type, such as `ewm-developer`
    #[arg(value_name = "TYPE")]
    licence: String,
}

#[derive(Debug, Args)]
struct OfUser {
    #[command(flatten)]
    server: ServerArgs,
    /// The user's id
    user: String,
    /// The licence type
    #[arg(value_name = "TYPE")]
    licence: String,
}

#[derive(Debug, Args)]
struct OfPool {
    #[command(flatten)]
    server: ServerArgs,
    /// The licence type, or `tokens`
    #[arg(value_name = "TYPE|tokens")]
    pool: String,
}

#[derive(Debug, Args)]
struct Use {
    #[command(flatten)]
    of: OfPool,
    /// The first day; by default 29 days before the last
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day; by default today
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Write a chart as SVG to this file instead
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
}

/// What is installed of a type.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Terms {
    /// How many may be leased at a time
    #[arg(long, value_name = "NUMBER")]
    seats: Option<u32>,
    /// How many may be assigned to people; `any` for as many as one likes
    #[arg(long, value_name = "NUMBER|any")]
    authorised: Option<String>,
    /// How many it adds to the server's tokens; `none` so that it is not leased by tokens
    #[arg(long, value_name = "NUMBER|none")]
    tokens: Option<String>,
    /// The last day on which it may be leased; `never` for no last day
    #[arg(long, value_name = "DAY|never")]
    expires: Option<String>,
}

impl Terms {
    /// What was installed, with these terms in place of the old.
    fn over(self, installed: &Value) -> anyhow::Result<Value> {
        let number = |option: &str, text: &str, none: &str| match text {
            text if text == none => Ok(Value::Null),
            text => {
                let number: Result<u32, _> = text.parse();
                let expected = || format!("`{option} {text}`: expected a whole number, or `{none}`");
                number.map(Value::from).with_context(expected)
            }
        };
        let mut terms = json!({"seats": 0});
        for key in ["seats", "authorised", "tokens", "expires"] {
            if !installed[key].is_null() {
                terms[key] = installed[key].clone();
            }
        }
        if let Some(seats) = self.seats {
            terms["seats"] = seats.into();
        }
        if let Some(text) = self.authorised {
            terms["authorised"] = number("--authorised", &text, "any")?;
        }
        if let Some(text) = self.tokens {
            terms["tokens"] = number("--tokens", &text, "none")?;
        }
        if let Some(day) = self.expires {
            terms["expires"] = if day == "never" { Value::Null } else { day.into() };
        }
        Ok(terms)
    }
}

const COUNTS: &[&str] =
    &["type", "authorised", "assigned", "seats", "leased", "free", "leased_by_tokens", "expires"];
const LEASES: &[&str] = &["user", "type", "pool", "taken", "last_used", "expires"];

impl Licenses {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::List(server) => {
                let counts = counts(&server.connect()?)?;
                write_list(&counts, COUNTS, "No licences are installed or assigned.", output)?;
            }
            Command::Install { of, terms } => {
                let told = of.server.connect()?.put(&of.address(), |installed| terms.over(installed))?;
                write(&told, output)?;
            }
            Command::Uninstall(of) => {
                remove(&of.server, &of.address(), &json!({"uninstalled": of.licence}), output)?;
            }
            Command::Assign(of) => {
                of.server.connect()?.mark(&of.assignment())?;
                write(&json!({"user": of.user, "assigned": of.licence}), output)?;
            }
            Command::Unassign(of) => {
                of.server.connect()?.unmark(&of.assignment())?;
                write(&json!({"user": of.user, "unassigned": of.licence}), output)?;
            }
            Command::Leases(of) => {
                list(&of.server, &of.address("leases"), LEASES, "Nobody has a lease.", output)?;
            }
            Command::End(of) => {
                of.server.connect()?.unmark(&at(["license-pools", &of.licence, "leases", &of.user]))?;
                write(&json!({"user": of.user, "ended": of.licence}), output)?;
            }
            Command::Use(of) => of.run(output)?,
            Command::Unused { server, days } => {
                let remote = server.connect()?;
                let unused = remote.asked("licenses/unused", &[("days", &days.to_string())])?;
                let unused: Vec<Value> = remote.part(&unused, "items")?;
                let none = "Nothing that is assigned was unused for so long.";
                write_list(&unused, &["user", "type", "last_used"], none, output)?;
            }
        }
        Ok(Status::Done)
    }
}

impl OfType {
    fn address(&self) -> String {
        at(["license-pools", &self.licence])
    }
}

impl OfUser {
    fn assignment(&self) -> String {
        at(["users", &self.user, "licenses", &self.licence])
    }
}

impl OfPool {
    fn address(&self, what: &str) -> String {
        at(["license-pools", &self.pool, what])
    }
}

impl Use {
    fn run(self, output: Output) -> anyhow::Result<()> {
        let Self { of, from, to, chart } = self;
        let days = [("from", from), ("to", to)];
        let query: Vec<_> = days.iter().filter_map(|(name, day)| Some((*name, day.as_deref()?))).collect();
        let remote = of.server.connect()?;
        let Some(file) = chart else {
            let used = remote.asked(&of.address("use"), &query)?;
            let columns = &["day", "installed", "peak", "denials"];
            let days: Vec<Value> = remote.part(&used, "days")?;
            return write_list(&days, columns, "There are no days.", output);
        };
        let svg = remote.text(&format!("{}.svg", of.address("use")), &query)?;
        std::fs::write(&file, svg).with_context(|| format!("cannot write `{}`", file.display()))?;
        write(&json!({"chart": file}), output)
    }
}

/// The tokens of a server.
#[derive(Deserialize)]
struct Tokens {
    installed: u64,
    leased: u64,
    free: u64,
}

/// A count for each type, and one for the server's tokens, which `leases` and `use` know as a pool as well.
fn counts(remote: &Remote) -> anyhow::Result<Vec<Value>> {
    let answer = remote.thing("licenses")?;
    let mut counts: Vec<Value> = remote.part(&answer, "items")?;
    let Tokens { installed, leased, free } = remote.part(&answer, "tokens")?;
    if installed != 0 {
        counts.push(json!({"type": "tokens", "seats": installed, "leased": leased, "free": free}));
    }
    Ok(counts)
}
