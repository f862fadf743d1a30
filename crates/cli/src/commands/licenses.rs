//! `licenses`: what is installed, assigned, leased and used of the client access licences.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::representation::{write, write_list};
use crate::Status;
use crate::output::Output;
use crate::remote::{ServerArgs, at};

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
    List {
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Set what is installed of a type, and its terms; what is not named stays as it is
    Install {
        #[command(flatten)]
        server: ServerArgs,
        /// The licence type, such as `ewm-developer`
        #[arg(value_name = "TYPE")]
        licence: String,
        #[command(flatten)]
        terms: Terms,
    },
    /// Remove all that is installed of a type
    Uninstall {
        #[command(flatten)]
        server: ServerArgs,
        /// The licence type
        #[arg(value_name = "TYPE")]
        licence: String,
    },
    /// Assign a licence to a user
    Assign {
        #[command(flatten)]
        server: ServerArgs,
        /// The user's id
        user: String,
        /// The licence type
        #[arg(value_name = "TYPE")]
        licence: String,
    },
    /// Take an assigned licence from a user
    Unassign {
        #[command(flatten)]
        server: ServerArgs,
        /// The user's id
        user: String,
        /// The licence type
        #[arg(value_name = "TYPE")]
        licence: String,
    },
    /// List the leases of a type, or of the pool `tokens`
    Leases {
        #[command(flatten)]
        server: ServerArgs,
        /// The licence type, or `tokens`
        #[arg(value_name = "TYPE|tokens")]
        pool: String,
    },
    /// End the lease that a user has of a type
    End {
        #[command(flatten)]
        server: ServerArgs,
        /// The user's id
        user: String,
        /// The licence type
        #[arg(value_name = "TYPE")]
        licence: String,
    },
    /// Show the use of a type, or of the pool `tokens`, by day
    Use {
        #[command(flatten)]
        server: ServerArgs,
        /// The licence type, or `tokens`
        #[arg(value_name = "TYPE|tokens")]
        pool: String,
        /// The first day; by default 29 days before the last
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
        /// The last day; by default today
        #[arg(long, value_name = "DAY")]
        to: Option<String>,
        /// Write a chart as SVG to this file instead
        #[arg(long, value_name = "FILE")]
        chart: Option<PathBuf>,
    },
    /// List assigned licences that were not used for some days
    Unused {
        #[command(flatten)]
        server: ServerArgs,
        /// For how many
        #[arg(long, value_name = "DAYS", default_value_t = 90)]
        days: u32,
    },
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

impl Licenses {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let pool = |licence: &str| at(["license-pools", licence]);
        let assignment = |user: &str, licence: &str| at(["users", user, "licenses", licence]);
        match self.command {
            Command::List { server } => {
                let counts = counts(&server.connect()?.thing("licenses")?);
                let columns = &[
                    "type",
                    "authorised",
                    "assigned",
                    "seats",
                    "leased",
                    "free",
                    "leased_by_tokens",
                    "expires",
                ];
                write_list(&counts, columns, "No licences are installed or assigned.", output)?;
            }
            Command::Install { server, licence, terms } => {
                write(&server.connect()?.put(&pool(&licence), |installed| terms.over(installed))?, output)?;
            }
            Command::Uninstall { server, licence } => {
                server.connect()?.remove(&pool(&licence))?;
                write(&json!({"uninstalled": licence}), output)?;
            }
            Command::Assign { server, user, licence } => {
                server.connect()?.mark(&assignment(&user, &licence))?;
                write(&json!({"user": user, "assigned": licence}), output)?;
            }
            Command::Unassign { server, user, licence } => {
                server.connect()?.unmark(&assignment(&user, &licence))?;
                write(&json!({"user": user, "unassigned": licence}), output)?;
            }
            Command::Leases { server, pool } => {
                let leases = server.connect()?.things(&at(["license-pools", &pool, "leases"]))?;
                let columns = &["user", "type", "pool", "taken", "last_used", "expires"];
                write_list(&leases, columns, "Nobody has a lease.", output)?;
            }
            Command::End { server, user, licence } => {
                server.connect()?.unmark(&at(["license-pools", &licence, "leases", &user]))?;
                write(&json!({"user": user, "ended": licence}), output)?;
            }
            Command::Use { server, pool, from, to, chart } => {
                let days = [("from", from), ("to", to)];
                let query: Vec<_> =
                    days.iter().filter_map(|(name, day)| Some((*name, day.as_deref()?))).collect();
                match chart {
                    None => {
                        let used = server.connect()?.asked(&at(["license-pools", &pool, "use"]), &query)?;
                        let days = list(&used["days"]);
                        let columns = &["day", "installed", "peak", "denials"];
                        write_list(&days, columns, "There are no days.", output)?;
                    }
                    Some(file) => {
                        let svg = server
                            .connect()?
                            .text(&format!("{}.svg", at(["license-pools", &pool, "use"])), &query)?;
                        std::fs::write(&file, svg)
                            .with_context(|| format!("cannot write `{}`", file.display()))?;
                        write(&json!({"chart": file}), output)?;
                    }
                }
            }
            Command::Unused { server, days } => {
                let unused = server.connect()?.asked("licenses/unused", &[("days", &days.to_string())])?;
                write_list(
                    &list(&unused["items"]),
                    &["user", "type", "last_used"],
                    "Nothing that is assigned was unused for so long.",
                    output,
                )?;
            }
        }
        Ok(Status::Done)
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().into_iter().flatten().cloned().collect()
}

/// A count for each type, and one for the server's tokens, which `leases` and `use` know as a pool as well.
fn counts(answer: &Value) -> Vec<Value> {
    let tokens = &answer["tokens"];
    let of_tokens = (tokens["installed"] != 0).then(|| {
        let [installed, leased, free] = ["installed", "leased", "free"].map(|key| &tokens[key]);
        json!({"type": "tokens", "seats": installed, "leased": leased, "free": free})
    });
    list(&answer["items"]).into_iter().chain(of_tokens).collect()
}
