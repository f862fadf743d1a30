//! The journal is kept for good, so that every row that was ever written must stay readable.

use std::collections::BTreeSet;

use governance::Event;
use serde_json::Value;

/// Rows of every kind. Only ever add some: a change that needs one edited breaks every journal there is. A
/// row that is written otherwise today stays, and says how by `now`.
const ROWS: &str = include_str!("kinds.json");

fn text(row: &Value, column: &str) -> Option<String> {
    row.get(column).map(Value::to_string)
}

fn value(text: Option<&str>) -> Option<Value> {
    text.map(|text| serde_json::from_str(text).unwrap())
}

#[test]
fn every_row_ever_written_can_be_read_and_is_written_as_it_says() {
    let rows: Vec<Value> = serde_json::from_str(ROWS).unwrap();
    for row in &rows {
        let (kind, key) = (row["kind"].as_str().unwrap(), text(row, "key").unwrap());
        let (before, after) = (text(row, "before"), text(row, "after"));
        let event = Event::from_row(kind, &key, before.as_deref(), after.as_deref()).unwrap();
        let written = event.to_row().unwrap();
        assert_eq!(written.kind, kind);
        assert_eq!(value(Some(&written.key)).as_ref(), row.get("key"), "{row}");
        let now = row.get("now").unwrap_or(row);
        assert_eq!(value(written.before.as_deref()).as_ref(), now.get("before"), "{row}");
        assert_eq!(value(written.after.as_deref()).as_ref(), now.get("after"), "{row}");
    }
    let shown: BTreeSet<_> = rows.iter().filter_map(|row| row["kind"].as_str()).collect();
    let known: BTreeSet<_> = Event::KINDS.iter().copied().collect();
    assert_eq!(shown, known, "add a row of each new kind to kinds.json");
}
