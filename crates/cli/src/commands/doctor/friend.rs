//! Which step is missing between a server and a friend, as the server finds out.

use serde_json::Value;

use crate::Status;
use crate::output::Output;
use crate::remote::{ServerArgs, at};
use crate::table::Table;

const COLUMNS: &[&str] = &["step", "direction", "check", "outcome", "where", "found"];

/// Lets the server try both ways, and tells what came of each step.
pub(super) fn diagnose(server: &ServerArgs, friend: &str, output: Output) -> anyhow::Result<Status> {
    let found =
        server.connect()?.post(&at(["friends", friend, "doctor"]), &Value::Object(Default::default()))?;
    let rows = || {
        let mut table = Table::new(COLUMNS);
        for check in found["checks"].as_array().into_iter().flatten() {
            let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
            let place = check["server"].as_str().unwrap_or("here").to_owned();
            let step = check["guide_step"].to_string();
            table.row([step, text("direction"), text("step"), text("outcome"), place, text("said")]);
        }
        table
    };
    let summary = match found["missing"].as_str() {
        Some(missing) => format!("Missing: {missing}"),
        None if found["works"] == true => "Nothing is missing.".to_owned(),
        None => "Nothing that was reached is missing.".to_owned(),
    };
    output.write(&found, rows, || format!("{}\n{summary}\n", rows().text()))?;
    Ok(if found["works"] == true { Status::Done } else { Status::Not })
}
