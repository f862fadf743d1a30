//! Texts of a request that name something, and the problem when they name nothing that the caller sees.

use std::fmt;

use governance::text::{Name, decode, encode};
use governance::{
    Application, AreaId, Carried, Event, Id, NamePattern, Noun, Rule, TeamAreaSetting, UserId, View,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use store::Moment;

use super::body::{Key, bad_value};
use super::journal::instant;
use crate::problem::Problem;

/// What is found, or the problem that the path leads nowhere.
pub(super) fn found<T>(found: Option<T>) -> Result<T, Problem> {
    found.ok_or_else(Problem::not_found)
}

/// The number of what the events make first.
pub(super) fn made<N: Noun>(events: &[Event]) -> Option<u32> {
    events.iter().find_map(N::made).map(Id::number)
}

/// A text as a part of a path.
pub(super) fn segment(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

/// A user of this id.
pub(super) fn user(view: &View, id: &str, pointer: &str) -> Result<UserId, Problem> {
    view.user_by_id(id).ok_or_else(|| bad_value(pointer, format!("there is no user `{id}`")))
}

/// Users of these ids, each once.
pub(super) fn users(view: &View, ids: &[String], pointer: &str) -> Result<Vec<UserId>, Problem> {
    let mut found = Vec::with_capacity(ids.len());
    for (at, id) in ids.iter().enumerate() {
        let pointer = format!("{pointer}/{at}");
        let user = user(view, id, &pointer)?;
        if found.contains(&user) {
            return Err(bad_value(pointer, format!("`{id}` is there twice")));
        }
        found.push(user);
    }
    Ok(found)
}

/// A pattern of names, with the day in it.
pub(super) fn name_pattern(written: &str, on: Moment, pointer: &str) -> Result<String, Problem> {
    let pattern = name(written, pointer)?;
    let instant = instant(on);
    let pattern = pattern.replace("{date}", instant.get(..10).unwrap_or_default());
    // Whatever the configuration is called, what is made of it has a name: nothing unseen, no blanks around.
    if pattern.trim() != pattern || pattern.chars().any(char::is_control) {
        return Err(bad_value(
            pointer,
            "expected a name, with `{name}` where that of the configuration goes",
        ));
    }
    match NamePattern::parse(&pattern) {
        Ok(_) => Ok(pattern),
        Err(slip) => Err(bad_value(pointer, slip)),
    }
}

/// One of some words.
pub(super) fn word<T: Copy>(
    text: &str,
    pointer: &str,
    all: impl IntoIterator<Item = T>,
    id: impl Fn(T) -> &'static str,
) -> Result<T, Problem> {
    let mut known = Vec::new();
    for it in all {
        if id(it) == text {
            return Ok(it);
        }
        known.push(format!("`{}`", id(it)));
    }
    Err(bad_value(pointer, format!("`{text}` is not one of {}", known.join(", "))))
}

/// A team area of a project area: `unassigned`, or a slash path of names.
pub(super) fn team_area(
    view: &View,
    project_area: AreaId,
    text: &str,
    pointer: &str,
) -> Result<Option<AreaId>, Problem> {
    if text == "unassigned" {
        return Ok(None);
    }
    let team = view.team_area_at(project_area, text);
    team.map(Some).ok_or_else(|| {
        let said =
            format!("there is no team area `{text}`; expected `unassigned` or a path such as `Core/Tests`");
        bad_value(pointer, said)
    })
}

/// A team area as it is written: `unassigned`, or a slash path of names.
pub(super) fn team_area_text(view: &View, team: Option<AreaId>) -> String {
    team.map_or_else(|| "unassigned".to_owned(), |team| view.team_path(team))
}

/// A Team Area setting: `inherit`, `unassigned`, or a slash path of names.
pub(super) fn team_area_setting(
    view: &View,
    project_area: AreaId,
    text: &str,
    pointer: &str,
) -> Result<TeamAreaSetting, Problem> {
    if text == "inherit" {
        return Ok(TeamAreaSetting::Inherit);
    }
    let team = team_area(view, project_area, text, pointer)?;
    Ok(team.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned))
}

/// A setting as it is written.
pub(super) fn setting_text(view: &View, setting: TeamAreaSetting) -> String {
    match setting {
        TeamAreaSetting::Inherit => "inherit".to_owned(),
        TeamAreaSetting::Unassigned => team_area_text(view, None),
        TeamAreaSetting::Assigned(team) => team_area_text(view, Some(team)),
    }
}

/// A project area or team area: its number, its reference, or `gc/Electric Vehicle/Tuning Team`.
pub(crate) fn any_area(view: &View, text: &str, pointer: &str) -> Result<AreaId, Problem> {
    view.find(text).map_or_else(|| area(view, text, pointer), Ok)
}

/// A project area or team area: `gc/Electric Vehicle/Tuning Team`.
pub(super) fn area(view: &View, text: &str, pointer: &str) -> Result<AreaId, Problem> {
    let found = || {
        // As pages show it, too: `gc:Electric Vehicle`.
        let (application, path) = text.split_once(['/', ':'])?;
        let application = Application::from_id(application)?;
        let (project, teams) =
            path.split_once('/').map_or((path, None), |(project, teams)| (project, Some(teams)));
        let project = governance::text::decode(project).ok()?;
        let project = view.project_area_named(application, &project)?;
        teams.map_or(Some(project), |teams| view.team_area_at(project, teams))
    };
    found().ok_or_else(|| {
        let said =
            format!("there is no process area `{text}`; expected `APPLICATION/Project area/Team area`");
        bad_value(pointer, said)
    })
}

/// So many levels a value has at most, for the document that has it among others is not nested without end.
const DEEPEST: u8 = 32;

/// Whether a document can be written with the value and read again (docs/organisation-document.md#errors).
fn writable(value: &Value, levels: u8) -> Result<(), String> {
    let text =
        |text: &str| if text.contains('\0') { Err("no text has U+0000 in it".to_owned()) } else { Ok(()) };
    let below = || levels.checked_sub(1).ok_or_else(|| format!("it is nested deeper than {DEEPEST} levels"));
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        Value::String(value) => text(value),
        Value::Array(items) => {
            let levels = below()?;
            items.iter().try_for_each(|item| writable(item, levels))
        }
        Value::Object(entries) => {
            let levels = below()?;
            entries.iter().try_for_each(|(key, value)| text(key).and_then(|()| writable(value, levels)))
        }
    }
}

/// Carried keys, as commands want them.
#[derive(Debug, Default)]
pub(super) struct CarriedKeys {
    /// The JSON pointer to what has them; empty for the body.
    of: String,
    keys: Vec<(Name, Option<Value>)>,
}

impl CarriedKeys {
    /// Those of a part of the body.
    pub(super) fn at(pointer: &str) -> Self {
        Self { of: pointer.to_owned(), keys: Vec::new() }
    }

    /// With a key, where the body has it; `null` takes it away.
    pub(super) fn with<T: Serialize>(mut self, name: &str, key: &Key<Option<T>>) -> Result<Self, Problem> {
        match &key.0 {
            Some(Some(value)) => self.with_some(name, Some(value)),
            Some(None) => {
                self.keys.push((name.into(), None));
                Ok(self)
            }
            None => Ok(self),
        }
    }

    /// With a key, where there is a value.
    pub(super) fn with_some<T: Serialize>(mut self, name: &str, value: Option<&T>) -> Result<Self, Problem> {
        if let Some(value) = value {
            let pointer = || format!("{}/{name}", self.of);
            let value = serde_json::to_value(value).map_err(|error| bad_value(pointer(), error))?;
            writable(&value, DEEPEST).map_err(|said| bad_value(pointer(), said))?;
            self.keys.push((name.into(), Some(value)));
        }
        Ok(self)
    }

    /// Each as a key of a noun.
    pub(super) fn keys<K>(self, key: impl Fn(Name, Option<Value>) -> K) -> impl Iterator<Item = K> {
        self.keys.into_iter().map(move |(name, value)| key(name, value))
    }

    /// All of them, for something new.
    pub(super) fn all(self) -> Carried {
        self.keys.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))).collect()
    }
}

/// A name that somebody gives.
pub(super) fn name(text: &str, pointer: &str) -> Result<Name, Problem> {
    let name = Name::from(text);
    let said = match governance::bad_name("name", &name) {
        None => return Ok(name),
        Some(Rule::NoName(_)) => "expected at least one visible character".to_owned(),
        Some(Rule::UnseenInName { .. }) => {
            let text = name.escape_debug();
            format!("`{text}` has blanks around it, or letters in it that are not seen: remove them")
        }
        Some(rule) => rule.to_string(),
    };
    Err(bad_value(pointer, said))
}

/// The number that somebody gives to something new; 0 asks for the next one.
pub(super) fn new_number(id: Option<u64>) -> Result<u64, Problem> {
    match id {
        Some(0) => Err(bad_value("/id", "expected a number from 1")),
        Some(number) => Ok(number),
        None => Ok(0),
    }
}

/// A carried key as it is read.
pub(super) fn carried(carried: &Carried, key: &str) -> Option<Value> {
    carried.get(key).cloned()
}

/// A carried text as it is read.
pub(super) fn carried_text(carried: &Carried, key: &str) -> Option<String> {
    carried.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// A slash path, with each part as we encode it.
pub(super) fn slash_path(text: &str, pointer: &str) -> Result<Name, Problem> {
    let part = |part| decode(part).map(|part| encode(&part));
    let parts: Result<Vec<_>, _> = text.split('/').map(part).collect();
    parts.map(|parts| parts.join("/").into()).map_err(|wrong| bad_value(pointer, wrong))
}

/// A text as a part of a JSON pointer.
pub(super) fn segment_of_pointer(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}

/// What stands in a list, told apart by words.
pub(super) fn texts<T: fmt::Display>(list: impl IntoIterator<Item = T>) -> Vec<String> {
    list.into_iter().map(|it| it.to_string()).collect()
}
