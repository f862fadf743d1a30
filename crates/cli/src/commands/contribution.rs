//! `contribution`: what a configuration contains.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::representation::write_list;
use crate::Status;
use crate::failure::Failure;
use crate::output::Output;
use crate::remote::{Remote, ServerArgs, at};

/// List, add, remove, replace and reorder what a configuration contains
///
/// A contribution is `Component/kind:Name`, a reference, or a URI.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick contribution add "gc:Electric Vehicle#Electric Vehicle/stream:Sport 2.0" "Motor/stream:Motor 1.0""#)]
pub(crate) struct Contribution {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what a configuration contains
    List(To),
    /// Add something to a configuration
    Add {
        #[command(flatten)]
        to: To,
        /// `Component/kind:Name`, a reference, or a URI
        contribution: String,
        /// Its place, counted from 1: before what stands there; without it, at the end
        #[arg(long, value_name = "PLACE")]
        at: Option<usize>,
    },
    /// Remove something from a configuration
    Remove {
        #[command(flatten)]
        to: To,
        /// `Component/kind:Name`, a reference, or a URI
        contribution: String,
    },
    /// Put something else in the place of a contribution
    Replace {
        #[command(flatten)]
        to: To,
        /// `Component/kind:Name`, a reference, or a URI
        contribution: String,
        /// What takes its place
        #[arg(long, value_name = "NEW")]
        by: String,
    },
    /// Put contributions first, in this order; the others follow as they are
    Reorder {
        #[command(flatten)]
        to: To,
        /// `Component/kind:Name`, references, or URIs
        #[arg(required = true, value_name = "CONTRIBUTION")]
        first: Vec<String>,
    },
}

#[derive(Debug, Args)]
struct To {
    #[command(flatten)]
    server: ServerArgs,
    /// The reference of a configuration
    configuration: String,
}

impl Contribution {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self.command {
            Command::List(to) => to.tell(&to.server.connect()?, output),
            Command::Add { to, contribution, at: place } => {
                let remote = to.server.connect()?;
                remote.post(&to.all(), &json!({"configuration": contribution, "at": place}))?;
                to.tell(&remote, output)
            }
            Command::Remove { to, contribution } => {
                let remote = to.server.connect()?;
                remote.remove(&at(["configurations", &to.configuration, "contributions", &contribution]))?;
                to.tell(&remote, output)
            }
            Command::Replace { to, contribution, by } => {
                let remote = to.server.connect()?;
                let address =
                    at(["configurations", &to.configuration, "contributions", &contribution, "replace"]);
                remote.post(&address, &json!({"by": by}))?;
                to.tell(&remote, output)
            }
            Command::Reorder { to, first } => {
                let remote = to.server.connect()?;
                remote.change(&at(["configurations", &to.configuration]), |now| {
                    let reference: String = remote.part(now, "reference")?;
                    reordered(&reference, remote.part(now, "contributions")?, &first)
                })?;
                to.tell(&remote, output)
            }
        }
    }
}

impl To {
    fn all(&self) -> String {
        at(["configurations", &self.configuration, "contributions"])
    }

    fn tell(&self, remote: &Remote, output: Output) -> anyhow::Result<Status> {
        let contributions = remote.things(&self.all())?;
        write_list(&contributions, &["at", "configuration"], "It contains nothing.", output)?;
        Ok(Status::Done)
    }
}

/// The same contributions in another order.
fn reordered(reference: &str, mut others: Vec<String>, first: &[String]) -> anyhow::Result<Value> {
    let project_area = reference.split_once('#').map_or("", |(area, _)| area);
    let mut order = Vec::new();
    for text in first {
        let local = text.strip_prefix(project_area).and_then(|rest| rest.strip_prefix('#')).unwrap_or(text);
        let Some(place) = others.iter().position(|it| it == local) else {
            let cause = format!("`{text}` is no contribution of `{reference}`, or is named twice");
            return Err(Failure::new(cause, "`bailiwick contribution list` shows what it contains").into());
        };
        order.push(others.remove(place));
    }
    order.extend(others);
    Ok(json!({"contributions": order}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_are_named_come_first_and_the_others_keep_their_order() {
        let car = ["A/stream:1", "https://b", "C/stream:1"].map(str::to_owned);
        let order = |first: &[&str]| {
            let first: Vec<_> = first.iter().map(|it| (*it).to_owned()).collect();
            reordered("gc:Car#Car/stream:1", car.to_vec(), &first).map(|it| it.to_string())
        };
        for first in ["C/stream:1", "gc:Car#C/stream:1"] {
            assert_eq!(
                order(&[first]).unwrap(),
                r#"{"contributions":["C/stream:1","A/stream:1","https://b"]}"#
            );
        }
        assert_eq!(
            order(&["https://b", "C/stream:1"]).unwrap(),
            r#"{"contributions":["https://b","C/stream:1","A/stream:1"]}"#
        );
        assert!(order(&["D/stream:1"]).is_err() && order(&["https://b", "https://b"]).is_err());
    }
}
