//! Asking whether somebody agrees.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use governance::Impact;
use serde_json::{Value, json};

use super::shifts;
use crate::failure::Failure;
use crate::output::{Format, Output, print};
use crate::remote::Remote;

/// How a change is agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// Nothing is to be changed.
    Preview,
    Ask,
    Given,
}

impl Consent {
    /// What the options `--preview` and `--yes` say. A program that wants another form than a table cannot be
    /// asked; `nothing` is what then was not done.
    pub(super) fn of(preview: bool, yes: bool, output: Output, nothing: &str) -> anyhow::Result<Self> {
        match (preview, yes) {
            (true, _) => Ok(Self::Preview),
            (false, true) => Ok(Self::Given),
            (false, false) if output.asked().unwrap_or(Format::Table) == Format::Table => Ok(Self::Ask),
            (false, false) => {
                let cause = format!("a program cannot be asked whether it agrees; {nothing}");
                Err(Failure::new(cause, "add `--yes`, or look at it first").into())
            }
        }
    }
}

/// Goes on if whoever sits at the terminal says yes.
pub(super) fn agree(question: &str, nothing: &str, to: &str) -> anyhow::Result<()> {
    let help = format!("add `--yes` to {to} without being asked");
    let declined = |cause: String| Failure::new(cause, &help);
    if !io::stdin().is_terminal() {
        return Err(declined(format!("nobody is there to be asked; {nothing}")).into());
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question} [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(declined(format!("you did not say yes; {nothing}")).into()),
    }
}

/// What was done by whoever does not agree to a change.
pub(super) const NOTHING: &str = "nothing was changed";
/// So many rows of who gains and who loses are shown to people.
pub(super) const SHOWN: usize = 40;

/// Shows who would gain and who would lose by a change at an address, and goes on if they agree.
pub(super) fn agree_to_impact(
    remote: &Remote,
    consent: Consent,
    (method, address, body): (&str, &str, &Value),
) -> anyhow::Result<()> {
    if consent == Consent::Given {
        return Ok(());
    }
    let request = json!({"method": method, "path": format!("/api/v1/{address}"), "body": body});
    let told = remote.post("what-if/impact", &json!({"requests": [request]}))?;
    let impact: Impact = remote.part(&json!({"impact": told}), "impact")?;
    print(&shifts::impact_text(&impact, SHOWN))?;
    agree("Change this?", NOTHING, "change it")
}
