//! What a change of a fact comes to, for people: a row for each thing that is another, and none for what is
//! the same.

use governance::{ChangedKey, text::decode};
use serde_json::{Map, Value};

use super::words::last_name;

/// What differs between a fact as it was and as it is, each with the way that leads to it.
pub(crate) fn changed_rows(before: &Value, after: &Value) -> Vec<ChangedKey> {
    let mut rows = Rows(Vec::new());
    rows.differ(&[], before, after);
    rows.0
}

struct Rows(Vec<ChangedKey>);

impl Rows {
    fn put(&mut self, way: &[String], before: String, after: String) {
        if before != after {
            self.0.push(ChangedKey { key: way.join(" › "), before, after });
        }
    }

    fn differ(&mut self, way: &[String], before: &Value, after: &Value) {
        if is_nothing(before) && is_nothing(after) || before == after {
            return;
        }
        match (parts(before), parts(after)) {
            (Some(was), Some(is)) => self.keys(way, was, is),
            _ => match (elements(before), elements(after)) {
                (Some(was), Some(is)) => self.list(way, was, is),
                _ => self.put(way, told(before), told(after)),
            },
        }
    }

    fn keys(&mut self, way: &[String], was: &Map<String, Value>, is: &Map<String, Value>) {
        let mut names: Vec<&String> = was.keys().chain(is.keys()).collect();
        names.sort();
        names.dedup();
        let of = |keys: &Map<String, Value>, name: &String| keys.get(name).cloned().unwrap_or_default();
        for name in names {
            let (before, after) = (of(was, name), of(is, name));
            match &**name {
                // Neither is a word that pages have.
                "carried" => self.differ(way, &before, &after),
                "kind" => self.kind(way, &before, &after),
                "current" => {
                    let current = |keys: &Map<String, Value>, path: &Value| {
                        path.as_str().map_or_else(|| told(path), |path| called(keys.get("iterations"), path))
                    };
                    self.put(&below(way, "Current iteration"), current(was, &before), current(is, &after));
                }
                "iterations" => self.differ(way, &before, &after),
                name => self.differ(&below(way, &words(name)), &before, &after),
            }
        }
    }

    /// Which of several a thing is, with what only that one has: `{"stream": "inherit"}`.
    fn kind(&mut self, way: &[String], before: &Value, after: &Value) {
        let one = |value: &Value| {
            value
                .as_object()
                .filter(|it| it.len() == 1)?
                .iter()
                .next()
                .map(|(word, of)| (word.clone(), of.clone()))
        };
        let (was, is) = (one(before), one(after));
        let word = |it: &Option<(String, Value)>, value: &Value| {
            it.as_ref().map_or_else(|| told(value), |(word, _)| word.clone())
        };
        self.put(&below(way, "Kind"), word(&was, before), word(&is, after));
        let governs = |word: &str| matches!(word, "stream" | "baseline" | "staging");
        let (was_word, is_word) = (word(&was, before), word(&is, after));
        let (was, is) = (was.map(|(_, of)| of).unwrap_or_default(), is.map(|(_, of)| of).unwrap_or_default());
        match (&*was_word, &*is_word) {
            (was_word, is_word) if governs(was_word) || governs(is_word) => {
                self.put(&below(way, "Team Area"), setting(&was), setting(&is));
            }
            ("personal", _) | (_, "personal") => self.differ(&below(way, "Owner"), &was, &is),
            _ => self.differ(way, &was, &is),
        }
    }

    /// What is in a list, each found again by its id or name; of others, which were taken out and put in.
    fn list(&mut self, way: &[String], was: &[Value], is: &[Value]) {
        let all = || was.iter().chain(is);
        if all().all(|it| key_of(it).is_some()) {
            let find = |list: &[Value], key: &str| list.iter().find(|it| key_of(it) == Some(key)).cloned();
            let mut seen: Vec<&str> = Vec::new();
            for it in all() {
                let key = key_of(it).unwrap_or_default();
                if seen.contains(&key) {
                    continue;
                }
                seen.push(key);
                match (find(was, key), find(is, key)) {
                    (Some(before), Some(after)) => {
                        self.differ(&below(way, &called_of(&after)), &before, &after)
                    }
                    (Some(before), None) => {
                        self.put(&below(way, &called_of(&before)), gist(&before), told(&Value::Null))
                    }
                    (None, Some(after)) => {
                        self.put(&below(way, &called_of(&after)), told(&Value::Null), gist(&after))
                    }
                    (None, None) => {}
                }
            }
            let order = |list: &[Value]| list.iter().map(called_of).collect::<Vec<_>>().join(", ");
            if was.len() == is.len()
                && seen.len() == was.len()
                && seen.iter().zip(is).any(|(key, it)| key_of(it) != Some(key))
            {
                self.put(&below(way, "Order"), order(was), order(is));
            }
            return;
        }
        let gone: Vec<String> =
            was.iter().filter(|it| !is.contains(it)).map(|it| format!("− {}", told(it))).collect();
        let new: Vec<String> =
            is.iter().filter(|it| !was.contains(it)).map(|it| format!("+ {}", told(it))).collect();
        match (&*gone, &*new) {
            ([], []) => self.put(way, told(&was.into()), told(&is.into())),
            _ => self.put(way, gone.join("\n"), new.join("\n")),
        }
    }
}

fn below(way: &[String], name: &str) -> Vec<String> {
    [way, &[name.to_owned()]].concat()
}

/// The keys of what has some; what has a number is one thing.
fn parts(value: &Value) -> Option<&Map<String, Value>> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    match value {
        Value::Null => Some(&NONE),
        Value::Object(keys) if !is_one_thing(keys) => Some(keys),
        _ => None,
    }
}

fn is_one_thing(keys: &Map<String, Value>) -> bool {
    let only = || if keys.len() == 1 { keys.keys().next().map(String::as_str) } else { None };
    keys.contains_key("number") || matches!(only(), Some("configuration" | "local" | "assigned"))
}

fn elements(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Null => Some(&[]),
        Value::Array(list) => Some(list),
        _ => None,
    }
}

/// What is not there, or says no more than that.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(keys) => keys.is_empty(),
        Value::String(_) | Value::Number(_) | Value::Bool(true) => false,
    }
}

/// By what an element of a list is found again.
fn key_of(element: &Value) -> Option<&str> {
    element["id"].as_str().or_else(|| element["name"].as_str().filter(|_| element.get("number").is_none()))
}

/// What an element is called.
fn called_of(element: &Value) -> String {
    let name = element["carried"]["name"].as_str().or_else(|| element["name"].as_str());
    name.or_else(|| element["id"].as_str()).unwrap_or_default().to_owned()
}

/// What an iteration is called with those that it is in.
fn called(mut level: Option<&Value>, path: &str) -> String {
    let mut way = Vec::new();
    for id in path.split('/') {
        let id = decode(id).map_or_else(|_| id.to_owned(), Into::into);
        let found = level.and_then(Value::as_array).and_then(|list| list.iter().find(|it| it["id"] == *id));
        way.push(found.map_or_else(|| id.clone(), called_of));
        level = found.and_then(|it| it.get("iterations"));
    }
    way.join(" › ")
}

/// What is said of an element that comes or goes as a whole, without its own name.
fn gist(element: &Value) -> String {
    let rows = changed_rows(&Value::Null, element);
    let own = called_of(element);
    let told: Vec<String> = rows
        .iter()
        .filter(|row| row.after != own || !matches!(&*row.key, "Name" | "Id"))
        .map(|row| format!("{}: {}", row.key, row.after))
        .collect();
    if told.is_empty() { "there".to_owned() } else { told.join("; ") }
}

/// The Team Area attribute.
fn setting(value: &Value) -> String {
    match value.as_str() {
        Some("inherit") => "Inherited".to_owned(),
        Some("unassigned") => "Unassigned".to_owned(),
        _ => told(value),
    }
}

/// A value for people: what has a number by its name, without where it is.
fn told(value: &Value) -> String {
    match value {
        Value::Object(keys) if keys.contains_key("number") => {
            match keys.get("name").and_then(Value::as_str) {
                Some(name) => last_name(name),
                None => format!("number {}", keys["number"]),
            }
        }
        Value::Object(keys) if is_one_thing(keys) => keys.values().next().map(told).unwrap_or_default(),
        Value::Array(list) if !list.is_empty() => list.iter().map(told).collect::<Vec<_>>().join(", "),
        Value::Object(keys) if !keys.is_empty() => keys
            .iter()
            .map(|(key, value)| format!("{}: {}", words(key), told(value)))
            .collect::<Vec<_>>()
            .join("; "),
        value if is_nothing(value) && !value.is_boolean() => "—".to_owned(),
        value => governance::value_in_words(value),
    }
}

/// What pages call a key.
pub(super) fn words(key: &str) -> String {
    let known = match key {
        "team_area" => "Team Area",
        "source" => "Made from",
        "has_release" => "A release is planned",
        "start" => "Begins",
        "end" => "Ends",
        "iteration_types" => "Types of iterations",
        "uses_process" => "Uses the process",
        "shares_process" => "Shares its process",
        "role_inheritance" => "Roles given above",
        "denial_texts" => "What those are told whom nothing grants it",
        "access" => "Read by",
        "final" => "Final",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(before: Value, after: Value, expected: &[(&str, &str, &str)]) {
        let rows = changed_rows(&before, &after);
        let told: Vec<_> = rows.iter().map(|it| (&*it.key, &*it.before, &*it.after)).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_configuration_tells_its_team_area_and_what_it_contains_and_nothing_that_is_the_same() {
        let team = json!({"number": 3, "name": "gc:Electric Vehicle@Tuning Team"});
        check(
            json!({"name": "Motor 1.0", "archived": false, "kind": {"stream": "inherit"},
                "carried": {"tags": ["fast"]}}),
            json!({"name": "Motor 1.0", "archived": false, "kind": {"stream": {"assigned": team}},
                "carried": {"tags": ["fast", "red"], "description": "New"}}),
            &[("Description", "—", "New"), ("Tags", "", "+ red"), ("Team Area", "Inherited", "Tuning Team")],
        );
        let motor = json!({"configuration": {"number": 8, "name": "gc:Motor/stream:Motor 1.0"}});
        check(
            json!([motor]),
            json!([{"local": "https://elm.example.com/rm/1"}]),
            &[("", "− Motor 1.0", "+ https://elm.example.com/rm/1")],
        );
    }

    #[test]
    fn timelines_tell_which_iteration_is_another() {
        let iteration = |id: &str, name: &str| json!({"id": id, "carried": {"name": name}, "iterations": []});
        let timeline = |current: Value, iterations: Value| {
            let release = json!({"id": "r1", "carried": {"name": "Release 1"}, "iterations": iterations});
            let main = json!({"name": "Main", "project": true, "current": current, "iterations": [release]});
            json!([main, {"name": "Other"}])
        };
        check(
            timeline(Value::Null, json!([iteration("s1", "Sprint 1")])),
            timeline("r1/s1".into(), json!([iteration("s1", "Sprint 1")])),
            &[("Main › Current iteration", "—", "Release 1 › Sprint 1")],
        );
        check(
            timeline(Value::Null, json!([iteration("s1", "Sprint 1"), iteration("s2", "Sprint 2")])),
            timeline(Value::Null, json!([iteration("s1", "The first")])),
            &[
                ("Main › Release 1 › The first › Name", "Sprint 1", "The first"),
                ("Main › Release 1 › Sprint 2", "Id: s2", "—"),
            ],
        );
    }
}
