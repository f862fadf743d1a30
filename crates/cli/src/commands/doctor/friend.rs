//! Which step is missing between a server and a friend, as the server finds out.

use serde::Deserialize;
use serde_json::json;

use crate::Status;
use crate::output::Output;
use crate::remote::{ServerArgs, at};
use crate::table::{Table, visible};

const COLUMNS: &[&str] = &["step", "direction", "check", "outcome", "where", "found"];

/// A check of one step.
#[derive(Deserialize)]
struct Check {
    guide_step: u8,
    direction: String,
    step: String,
    outcome: String,
    /// Null for the server that is asked.
    server: Option<String>,
    said: String,
}

/// Lets the server try both ways, and tells what came of each step.
pub(super) fn diagnose(server: &ServerArgs, friend: &str, output: Output) -> anyhow::Result<Status> {
    let remote = server.connect()?;
    let found = remote.post(&at(["friends", friend, "doctor"]), &json!({}))?;
    let checks: Vec<Check> = remote.part(&found, "checks")?;
    let works: bool = remote.part(&found, "works")?;
    let rows = || {
        let mut table = Table::new(COLUMNS);
        for Check { guide_step, direction, step, outcome, server, said } in &checks {
            let place = server.as_deref().unwrap_or("here");
            table.row([&*guide_step.to_string(), direction, step, outcome, place, said].map(str::to_owned));
        }
        table
    };
    let missing: Option<String> = remote.part(&found, "missing")?;
    let summary = match missing {
        // A friend may have said some of it.
        Some(missing) => format!("Missing: {}", visible(&missing)),
        None if works => "Nothing is missing.".to_owned(),
        None => "Nothing that was reached is missing.".to_owned(),
    };
    output.write(&found, rows, || format!("{}\n{summary}\n", rows().text()))?;
    Ok(if works { Status::Done } else { Status::Not })
}
