//! Lines of components.

use governance::{Carried, Command, Component, ComponentKey, CreateComponent, Edit, Subject};

use super::table::{Row, Table};
use super::{Import, Wrong, edited};

impl Import<'_> {
    pub(super) fn components(&mut self, table: &Table) {
        for row in &table.rows {
            if let Ok(commands) = self.component_line(row) {
                self.carry_out(row, commands);
            }
            self.done(1);
        }
        self.archive();
    }

    fn component_line(&mut self, row: &Row) -> Result<Vec<Command>, Wrong> {
        let Some(name) = row.text("name") else {
            self.problems.add(row.span_of("name"), "a component needs a name");
            return Err(Wrong);
        };
        let there = self.component(name);
        let now = there.and_then(|id| self.view().see(id)).cloned();
        let team_area = match row.text("team_area") {
            Some(text) => Some(self.team_area(row, text).ok_or(Wrong)?),
            None => None,
        };
        let archived = self.truth(row, "archived")?;
        let nothing = Carried::NOTHING;
        let carried = self.carried(row, now.as_ref().map_or(&nothing, |it| &it.carried))?;
        let mut commands: Vec<Command> = Vec::new();
        let mut set: Vec<ComponentKey> = Vec::new();
        let id = match (there, &now) {
            (Some(id), Some(_)) => {
                set.extend(carried.into_iter().map(|(key, value)| ComponentKey::Carried(key.into(), value)));
                id
            }
            _ => {
                let all = carried.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
                let (project_area, name) = (self.area, name.into());
                commands.push(CreateComponent { project_area, name, carried: all.collect() }.into());
                self.view().next::<Component>()
            }
        };
        let given = now.as_ref().and_then(|it| it.team_area);
        set.extend(team_area.filter(|team| *team != given).map(ComponentKey::TeamArea));
        let was_archived = now.is_some_and(|it| it.archived);
        commands.extend(edited(Edit { id, set }, Subject::Component(id), was_archived, archived));
        Ok(commands)
    }
}
