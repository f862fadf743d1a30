//! What a server tells of a thing, in the form that was asked for.

use serde_json::{Map, Value};

use crate::output::Output;
use crate::remote::ServerArgs;
use crate::table::Table;

type Keys = Map<String, Value>;

/// Keys in the order in which people look for them. Others follow.
const ORDER: [&str; 12] = [
    "reference",
    "component",
    "kind",
    "name",
    "from",
    "owner",
    "team_area",
    "effective_team_area",
    "archived",
    "description",
    "tags",
    "contributions",
];

/// Writes one thing.
pub(super) fn write(thing: &Value, output: Output) -> anyhow::Result<()> {
    let nothing = Keys::new();
    let keys = thing.as_object().unwrap_or(&nothing);
    let programs = |_: &Keys, key: &str, value: &Value| Some([key.to_owned(), cell(value)]);
    output.write(thing, || table(keys, programs), || table(keys, for_people).text())
}

/// Asks for what is at an address, and writes it.
pub(super) fn show(server: &ServerArgs, address: &str, output: Output) -> anyhow::Result<()> {
    write(&server.connect()?.thing(address)?, output)
}

/// Asks for the list that is at an address, and writes it.
pub(super) fn list(
    server: &ServerArgs,
    address: &str,
    columns: &'static [&'static str],
    empty: &str,
    output: Output,
) -> anyhow::Result<()> {
    write_list(&server.connect()?.things(address)?, columns, empty, output)
}

/// Removes what is at an address, and says so as `told`.
pub(super) fn remove(server: &ServerArgs, address: &str, told: &Value, output: Output) -> anyhow::Result<()> {
    server.connect()?.remove(address)?;
    write(told, output)
}

/// Writes a list of things by some of their keys.
pub(super) fn write_list(
    things: &[Value],
    columns: &'static [&'static str],
    empty: &str,
    output: Output,
) -> anyhow::Result<()> {
    let table = || {
        let mut table = Table::new(columns);
        for thing in things {
            table.row(columns.iter().map(|column| cell(&thing[*column])));
        }
        table
    };
    output.write_table(things, table, empty)
}

/// A row for every key of which there is something to show.
fn table(keys: &Keys, row: fn(&Keys, &str, &Value) -> Option<[String; 2]>) -> Table {
    let mut table = Table::new(&["key", "value"]);
    let known = ORDER.iter().filter_map(|key| keys.get_key_value(*key));
    let others = keys.iter().filter(|(key, _)| !ORDER.contains(&key.as_str()));
    for (key, value) in known.chain(others) {
        if let Some(row) = row(keys, key, value) {
            table.row(row);
        }
    }
    table
}

/// People have the reference, and see in one row which Team Area it is and where it comes from.
fn for_people(keys: &Keys, key: &str, value: &Value) -> Option<[String; 2]> {
    let inherits = keys.get("team_area").is_some_and(|it| it == "inherit");
    let text = match (key, keys.get("effective_team_area")) {
        ("number" | "effective_team_area", _) => return None,
        ("team_area", Some(effective)) if inherits => format!("{} (inherited)", cell(effective)),
        _ => cell(value),
    };
    Some([key.replace('_', " "), text])
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}
