//! How an area's own process lies over the one that it uses
//! (docs/cross-server.md#a-consumer-with-a-process-of-its-own).

use askama::Template;
use askama::filters::HtmlSafe;
use governance::Precondition;
use serde_json::Value;

use super::preconditions::demands;
use super::slot::told_slot_words;

/// How an area's own process lies over the one that it uses; writes itself.
#[derive(Template)]
#[template(path = "process/difference.html")]
pub(super) struct Difference {
    both: Vec<String>,
    own: Vec<String>,
    lent: Vec<String>,
    lent_entries: u64,
    lent_preconditions: u64,
    entries: Vec<OwnEntry>,
    preconditions: Vec<OwnEntry>,
}

impl HtmlSafe for Difference {}

/// An entry of the area's own.
struct OwnEntry {
    role: String,
    operation: String,
    when: String,
    says: String,
    /// What the process that is used says of the same.
    lent: Vec<String>,
    effect: &'static str,
    /// Whether it hides something.
    replaces: bool,
}

impl OwnEntry {
    fn of(told: &Value, says: impl Fn(&Value) -> String) -> Self {
        let own = &told["own"];
        let lent = |it: &Value| match it["at"].is_null() {
            true => says(it),
            false => format!("{}: {}", told_slot_words(&it["at"]), says(it)),
        };
        Self {
            role: own["role"].as_str().unwrap_or_default().to_owned(),
            operation: own["operation"].as_str().unwrap_or_default().to_owned(),
            when: told_slot_words(&own["at"]),
            says: says(own),
            lent: told["lent"].as_array().into_iter().flatten().map(lent).collect(),
            effect: match told["effect"].as_str() {
                Some("replaces") => "replaces it",
                Some("without-effect") => "without effect: final above",
                _ => "adds to it",
            },
            replaces: told["effect"] == "replaces",
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    all.map(str::to_owned).collect()
}

/// What a permission entry grants, in words.
fn granted(entry: &Value) -> String {
    match texts(&entry["actions"]) {
        none if none.is_empty() => "nothing".to_owned(),
        some if some.iter().any(|it| it == "*") => "everything".to_owned(),
        some => some.join(", ").replace('-', " "),
    }
}

/// What a precondition demands, in words.
fn demanded(entry: &Value) -> String {
    let require = &entry["require"];
    let known = serde_json::from_value::<Vec<Precondition>>(require.clone());
    known.map_or_else(|_| require.to_string(), |known| demands(&known, ToString::to_string))
}

impl Difference {
    pub(super) fn of(told: &Value) -> Self {
        let entries = |key: &str, says: fn(&Value) -> String| {
            told[key].as_array().into_iter().flatten().map(|it| OwnEntry::of(it, says)).collect()
        };
        Self {
            both: texts(&told["roles_of_both"]),
            own: texts(&told["own_roles"]),
            lent: texts(&told["lent_roles"]),
            lent_entries: told["lent_entries"].as_u64().unwrap_or_default(),
            lent_preconditions: told["lent_preconditions"].as_u64().unwrap_or_default(),
            entries: entries("own_entries", granted),
            preconditions: entries("own_preconditions", demanded),
        }
    }
    /// Whether anything could be dropped.
    pub(super) fn is_any(&self) -> bool {
        !self.entries.is_empty() || !self.preconditions.is_empty() || !self.both.is_empty()
    }
    /// The tables of what is its own, with what each says it for.
    fn tables(&self) -> impl Iterator<Item = (&'static str, &'static str, &[OwnEntry])> {
        let all = [
            ("Permission entries", "Allows", &*self.entries),
            ("Preconditions", "Demands", &*self.preconditions),
        ];
        all.into_iter().filter(|(.., entries)| !entries.is_empty())
    }
}
