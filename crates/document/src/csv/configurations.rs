//! Lines of configurations.

use std::collections::HashMap;

use governance::text::{decode, encode};
use governance::{
    Carried, Command, ComponentId, Configuration, ConfigurationId, ConfigurationKey, ConfigurationKind,
    CreateConfiguration, Edit, NewConfiguration, Subject, TeamAreaSetting,
};

use serde_json::{Map, Value};

use super::table::{Row, Table};
use super::{Import, Wrong, edited};
use crate::report::{one_of, quoted};

impl Import<'_> {
    /// What a line is made from may come after it: then that line comes first.
    pub(super) fn configurations(&mut self, table: &Table) {
        let rows = &table.rows;
        let mut making: HashMap<(String, String), usize> = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            if let (Some(component), Some(kind), Some(name)) =
                (row.text("component"), row.text("kind"), row.text("name"))
            {
                making.entry((component.into(), format!("{kind}:{}", encode(name)))).or_insert(at);
            }
        }
        // A line that waits for itself in the end is told that there is no such source.
        let mut begun = vec![false; rows.len()];
        let mut open = Vec::new();
        for first in 0..rows.len() {
            let mut next = Some(first);
            while let Some(at) = next.filter(|at| !std::mem::replace(&mut begun[*at], true)) {
                open.push(at);
                next = self.waited_for(&rows[at], &making);
            }
            while let Some(at) = open.pop() {
                self.configuration_line(&rows[at]);
            }
        }
        self.archive();
    }

    /// The line that makes what a line is made from, where that is not there yet.
    fn waited_for(&self, row: &Row, making: &HashMap<(String, String), usize>) -> Option<usize> {
        let (component, from) = row.text("component").zip(row.text("from"))?;
        if self.configuration_of(component, from).is_some() {
            return None;
        }
        let (kind, name) = from.split_once(':')?;
        let name = decode(name).ok()?;
        making.get(&(component.into(), format!("{kind}:{}", encode(&name)))).copied()
    }

    fn configuration_line(&mut self, row: &Row) {
        if let Ok(commands) = self.configuration_commands(row) {
            self.carry_out(row, commands);
        }
        self.done(1);
    }

    fn wrong<T>(&mut self, row: &Row, column: &str, said: impl std::fmt::Display) -> Result<T, Wrong> {
        self.problems.add(row.span_of(column), said);
        Err(Wrong)
    }

    /// `kind:name` of a component.
    fn configuration_of(&self, component: &str, text: &str) -> Option<ConfigurationId> {
        self.view().find_configuration(self.area, &format!("{}/{text}", encode(component)))
    }

    fn configuration_commands(&mut self, row: &Row) -> Result<Vec<Command>, Wrong> {
        let (Some(component), Some(kind), Some(name)) =
            (row.text("component"), row.text("kind"), row.text("name"))
        else {
            return self.wrong(row, "name", "a configuration needs a `component`, a `kind` and a `name`");
        };
        if !ConfigurationKind::WORDS.contains(&kind) {
            let expected = one_of(&ConfigurationKind::WORDS);
            return self.wrong(row, "kind", format!("expected {expected}, found {}", quoted(kind)));
        }
        let Some(component_id) = self.component(component) else {
            return self.wrong(row, "component", format!("there is no component {}", quoted(component)));
        };
        let setting = match row.text("team_area") {
            Some("inherit") => Some(TeamAreaSetting::Inherit),
            Some(text) => {
                let team = self.team_area(row, text).ok_or(Wrong)?;
                Some(team.map_or(TeamAreaSetting::Unassigned, TeamAreaSetting::Assigned))
            }
            None => None,
        };
        let archived = self.truth(row, "archived")?;
        let from = row.text("from").map(|text| (text, self.configuration_of(component, text)));
        let mut there = self.configuration_of(component, &format!("{kind}:{}", encode(name)));
        let mut set: Vec<ConfigurationKey> = Vec::new();
        if there.is_none() && self.truth(row, "initial")? == Some(true) {
            there = self.initial(component_id, component, kind);
            set.extend(there.map(|_| ConfigurationKey::Name(name.into())));
        }
        let now = there.and_then(|id| self.view().see(id)).cloned();
        // What is new begins with the attributes of what it is made from.
        let source = from.and_then(|(_, source)| self.view().see(source?));
        let begins_with = match (&now, source) {
            (Some(now), _) => now.carried.clone(),
            (None, Some(source)) => self.vocabulary.made_of(&source.carried, kind, &Carried::NOTHING),
            (None, None) => Carried::NOTHING,
        };
        let carried = self.carried(row, &begins_with)?;
        self.owned_by_the_right_one(row, now.as_ref())?;
        let mut commands: Vec<Command> = Vec::new();
        let (id, given) = match (there, &now) {
            (Some(id), Some(now)) => {
                if let Some((text, from)) = from
                    && (from.is_none() || from != now.source)
                {
                    let said = format!("it is not made from {}, and never will be", quoted(text));
                    return self.wrong(row, "from", said);
                }
                let keys = carried.into_iter();
                set.extend(keys.map(|(key, value)| ConfigurationKey::Carried(key.into(), value)));
                (id, now.kind.team_area())
            }
            _ => {
                let source = match from {
                    Some((_, Some(source))) => source,
                    Some((text, None)) => {
                        let said = format!("there is no {} of this component", quoted(text));
                        return self.wrong(row, "from", said);
                    }
                    None => {
                        let said = "a new configuration is made `from` a stream or baseline of its component, such as `baseline:Motor 1.0`";
                        return self.wrong(row, "name", said);
                    }
                };
                // Where the line leaves none of the attributes, it is not given those of its source.
                let none = |key| (key == "attributes").then(|| Value::Object(Map::new()));
                let all = carried.into_iter();
                let all = all.filter_map(|(key, value)| Some((key.to_owned(), value.or_else(|| none(key))?)));
                let create = CreateConfiguration {
                    source,
                    kind: new_kind(kind),
                    name: name.into(),
                    carried: all.collect(),
                    in_place_in: None,
                };
                commands.push(create.into());
                let copied = self.view().see(source).and_then(|it| it.kind.team_area());
                (
                    self.view().next::<Configuration>(),
                    (kind != "personal").then_some(copied.unwrap_or_default()),
                )
            }
        };
        set.extend(setting.filter(|it| Some(*it) != given).map(ConfigurationKey::TeamArea));
        let was_archived = now.is_some_and(|it| it.archived);
        commands.extend(edited(Edit { id, set }, Subject::Configuration(id), was_archived, archived));
        Ok(commands)
    }

    /// The initial stream or baseline, while it has its usual name.
    fn initial(&self, id: ComponentId, component: &str, kind: &str) -> Option<ConfigurationId> {
        let usual = match kind {
            "stream" => format!("{component} Initial Stream"),
            "baseline" => format!("{component} Initial Baseline"),
            _ => return None,
        };
        let found = self.configuration_of(component, &format!("{kind}:{}", encode(&usual)))?;
        let initial = self.view().see(found)?;
        (initial.source.is_none() && initial.component == id).then_some(found)
    }

    /// A personal stream belongs to whoever makes it, and stays theirs.
    fn owned_by_the_right_one(&mut self, row: &Row, now: Option<&Configuration>) -> Result<(), Wrong> {
        let Some(owner) = row.text("owner") else { return Ok(()) };
        let asker = self.view().asker_number();
        let personal = row.text("kind") == Some("personal");
        let right = now.map_or(personal.then_some(asker), |it| it.kind.owner());
        if right.is_some() && self.view().user_by_id(owner) == right {
            return Ok(());
        }
        let said = if personal {
            "a personal stream belongs to whoever makes it: leave `owner` empty"
        } else {
            "only a personal stream has an owner"
        };
        self.wrong(row, "owner", said)
    }
}

fn new_kind(word: &str) -> NewConfiguration {
    match word {
        "baseline" => NewConfiguration::Baseline,
        "staging" => NewConfiguration::Staging,
        "personal" => NewConfiguration::Personal,
        _ => NewConfiguration::Stream,
    }
}
