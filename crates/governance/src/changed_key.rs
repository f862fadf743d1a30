//! What differs between two values of a fact, key by key, in words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A key of a fact that is another now.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ChangedKey {
    /// `name`, `team area` …; empty where the fact is a single value.
    pub key: String,
    /// What it was, in words.
    pub before: String,
    /// What it is, in words.
    pub after: String,
}

/// Each key that differs between two values as [`View::spelled`](crate::View::spelled) writes them; a value
/// without keys is one by itself.
pub fn changed_keys(before: &Value, after: &Value) -> Vec<ChangedKey> {
    let is_named =
        |value: &Value| value.as_object().is_some_and(|it| !it.contains_key("number") || it.len() > 2);
    if !is_named(before) && !is_named(after) {
        let (before, after) = (value_in_words(before), value_in_words(after));
        return vec![ChangedKey { key: String::new(), before, after }];
    }
    let objects = [before, after].into_iter().filter_map(Value::as_object);
    let mut names: Vec<&String> = objects.flat_map(Map::keys).collect();
    names.sort();
    names.dedup();
    let differs = |name: &&String| before.get(*name) != after.get(*name);
    let told = |value: Option<&Value>| value.map_or_else(|| value_in_words(&Value::Null), value_in_words);
    let key = |name: &String| ChangedKey {
        key: name.replace('_', " "),
        before: told(before.get(name)),
        after: told(after.get(name)),
    };
    let mut keys: Vec<_> = names.into_iter().filter(differs).map(key).collect();
    // What is not there is told as what is null.
    keys.retain(|key| key.before != key.after);
    keys
}

/// A value for people.
pub fn value_in_words(value: &Value) -> String {
    match value {
        Value::Null => "—".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) if list.is_empty() => "—".to_owned(),
        Value::Array(list) => list.iter().map(value_in_words).collect::<Vec<_>>().join(", "),
        // What has a number is told by its name, if it has one.
        Value::Object(object) if object.len() == 2 && object.contains_key("number") => {
            let name = object.get("name").and_then(Value::as_str);
            name.map_or_else(|| format!("number {}", object["number"]), str::to_owned)
        }
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| format!("{key}: {}", value_in_words(value)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_tells_what_differs_and_nothing_else() {
        let before = json!({"name": "Motor", "team_area": {"number": 3, "name": "Tuning Team"}, "tags": []});
        let after = json!({"name": "Motor", "team_area": null, "tags": ["a", "b"]});
        let told: Vec<_> =
            changed_keys(&before, &after).into_iter().map(|it| (it.key, it.before, it.after)).collect();
        assert_eq!(
            told,
            [
                ("tags".to_owned(), "—".to_owned(), "a, b".to_owned()),
                ("team area".to_owned(), "Tuning Team".to_owned(), "—".to_owned()),
            ]
        );
        assert_eq!(changed_keys(&Value::Null, &json!(["lead"])).len(), 1);
    }
}
