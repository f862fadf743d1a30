//! `process difference`: how a project area's own process lies over the one that it uses, as told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::output::Output;
use crate::table::Table;

/// How the own process lies over the one that is used.
#[derive(Serialize, Deserialize)]
pub(super) struct Difference {
    roles_of_both: Vec<String>,
    own_roles: Vec<String>,
    lent_roles: Vec<String>,
    own_entries: Vec<Own>,
    lent_entries: usize,
    own_preconditions: Vec<Own>,
    lent_preconditions: usize,
}

/// An own entry, with those that it meets.
#[derive(Serialize, Deserialize)]
struct Own {
    own: Entry,
    lent: Vec<Entry>,
    effect: String,
}

/// A permission entry, or a precondition.
#[derive(Serialize, Deserialize)]
struct Entry {
    role: String,
    operation: String,
    actions: Option<Vec<String>>,
    require: Option<Vec<Value>>,
    at: Option<BTreeMap<String, String>>,
    #[serde(rename = "final")]
    is_final: bool,
}

impl Entry {
    /// What it says, in a word for each.
    fn says(&self) -> String {
        let granted = self.actions.as_ref().map(|actions| match &**actions {
            [] => "nothing".to_owned(),
            some => some.join(", "),
        });
        let demanded = self.require.as_ref().map(|demands| match &**demands {
            [] => "demands nothing".to_owned(),
            some => format!("demands {}", some.iter().map(demand).collect::<Vec<_>>().join(", ")),
        });
        granted.into_iter().chain(demanded).collect()
    }

    /// When it holds: `timeline Main`; nothing is always.
    fn when(&self) -> Option<String> {
        let at = self.at.as_ref()?;
        Some(at.iter().map(|(slot, of)| format!("{} {of}", slot.replace('_', " "))).collect())
    }

    /// The same where several stand side by side.
    fn says_when(&self) -> String {
        let is_final = if self.is_final { " (final)" } else { "" };
        let when = self.when().map(|when| format!(" at {when}")).unwrap_or_default();
        format!("{}{when}{is_final}", self.says())
    }
}

/// `no-skew`, `approval: owner`, `attributes: a, b`.
fn demand(it: &Value) -> String {
    match (it, it.as_object().and_then(|it| it.iter().next())) {
        (Value::String(word), _) => word.clone(),
        (_, Some((word, Value::String(one)))) => format!("{word}: {one}"),
        (_, Some((word, Value::Array(some)))) => {
            let some: Vec<&str> = some.iter().filter_map(Value::as_str).collect();
            format!("{word}: {}", some.join(", "))
        }
        (other, _) => other.to_string(),
    }
}

impl Difference {
    /// A row for each own entry and precondition.
    ///
    /// `dropped` when what is its own goes.
    pub(super) fn table(&self, dropped: bool) -> Table {
        let mut table = Table::new(&["role", "operation", "when", "here", "there", "effect"]);
        for Own { own, lent, effect } in self.own_entries.iter().chain(&self.own_preconditions) {
            let there = match &**lent {
                [] => "no entry".to_owned(),
                some => some.iter().map(Entry::says_when).collect::<Vec<_>>().join("; "),
            };
            let when = own.when().unwrap_or_else(|| "always".to_owned());
            let effect = if dropped { "dropped" } else { effect };
            let (role, operation) = (own.role.clone(), own.operation.clone());
            table.row([role, operation, when, own.says(), there, effect.to_owned()]);
        }
        table
    }

    /// All of it, for people.
    pub(super) fn text(&self, dropped: bool) -> String {
        let both = if dropped { "as the other defines them" } else { "as they are defined here" };
        let mut text = format!(
            "Of the other: {}, {}\nIts roles: {}\nRoles of both, {both}: {}\nRoles here alone: {}\nOwn: {}, {}\n",
            so_many(self.lent_entries, "permission entry", "permission entries"),
            so_many(self.lent_preconditions, "precondition", "preconditions"),
            named(&self.lent_roles),
            named(&self.roles_of_both),
            named(&self.own_roles),
            so_many(self.own_entries.len(), "permission entry", "permission entries"),
            so_many(self.own_preconditions.len(), "precondition", "preconditions"),
        );
        if !self.own_entries.is_empty() || !self.own_preconditions.is_empty() {
            text.push('\n');
            text.push_str(&self.table(dropped).text());
        }
        text
    }
}

/// Writes what a server has told.
pub(super) fn write(told: &Value, output: Output) -> anyhow::Result<()> {
    let difference: Difference = serde_json::from_value(told.clone())?;
    output.write(told, || difference.table(false), || difference.text(false))?;
    Ok(())
}

fn named(list: &[String]) -> String {
    if list.is_empty() { "none".to_owned() } else { list.join(", ") }
}

fn so_many(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
