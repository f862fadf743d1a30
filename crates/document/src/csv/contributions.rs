//! Lines of contributions: the edges of hierarchies.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU64;

use governance::{ConfigurationId, Contribution, contributions_to_become, is_uri};

use super::Import;
use super::table::{Row, Table};
use crate::report::quoted;

/// What a configuration is to contain.
struct Wanted<'t> {
    parent: ConfigurationId,
    first: &'t Row,
    entries: Vec<(u64, &'t Row, Contribution)>,
}

impl Import<'_> {
    /// A configuration that is a parent in the file contains what the file says, in the order of positions;
    /// what is no parent there stays as it is.
    pub(super) fn contributions(&mut self, table: &Table) {
        let mut places: HashMap<ConfigurationId, usize> = HashMap::new();
        let mut all: Vec<Wanted<'_>> = Vec::new();
        for row in &table.rows {
            let Some(parent) = self.configuration_at(row, "parent") else { continue };
            let place = *places.entry(parent).or_insert(all.len());
            if place == all.len() {
                all.push(Wanted { parent, first: row, entries: Vec::new() });
            }
            let after = all[place].entries.len() as u64 + 1;
            let position = match row.text("position").map(str::parse::<NonZeroU64>) {
                None => after,
                Some(Ok(position)) => position.get(),
                Some(Err(_)) => {
                    let found = quoted(row.text("position").unwrap_or_default());
                    let said = format!("expected a whole number from 1, found {found}");
                    self.problems.add(row.span_of("position"), said);
                    continue;
                }
            };
            // A parent alone contains nothing.
            if let Some(contribution) = row.text("contribution").map(|text| self.contribution(row, text)) {
                all[place].entries.extend(contribution.map(|it| (position, row, it)));
            }
        }
        for mut wanted in all {
            wanted.entries.sort_by_key(|(position, ..)| *position);
            for pair in wanted.entries.windows(2) {
                if pair[0].0 == pair[1].0 {
                    let said = format!("the position {} of this parent is there twice", pair[0].0);
                    self.problems.add(pair[1].1.span_of("position"), said);
                }
            }
            let lines = wanted.entries.len().max(1);
            let mut there = HashSet::new();
            let twice = wanted.entries.iter().find(|(.., contribution)| !there.insert(contribution));
            if let Some((_, row, _)) = twice {
                let found = quoted(row.text("contribution").unwrap_or_default());
                self.problems.add(row.span_of("contribution"), format!("this parent contains {found} twice"));
                self.done(lines);
                continue;
            }
            let list = wanted.entries.into_iter().map(|(.., contribution)| contribution).collect();
            let now = self.view().contributions(wanted.parent);
            let command = contributions_to_become(wanted.parent, now, list);
            self.carry_out(wanted.first, command.into_iter().collect());
            self.done(lines);
        }
    }

    fn contribution(&mut self, row: &Row, text: &str) -> Option<Contribution> {
        if is_uri(text) {
            return Some(Contribution::Local(text.into()));
        }
        self.configuration_at(row, "contribution").map(Contribution::Configuration)
    }

    fn configuration_at(&mut self, row: &Row, column: &str) -> Option<ConfigurationId> {
        let text = row.text(column).unwrap_or_default();
        let found = self.view().find_configuration(self.area, text);
        if found.is_none() {
            let expected = "expected `COMPONENT/stream:NAME` (or baseline, staging, personal)";
            let said = format!("there is no configuration {}; {expected}", quoted(text));
            self.problems.add(row.span_of(column), said);
        }
        found
    }
}
