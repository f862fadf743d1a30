//! `who-can` and `what-can`: the reverse questions.

use clap::Args;
use governance::{items_a_user_may, users_who_may};
use serde::Serialize;

use crate::Status;
use crate::organisation_source::OrganisationSource;
use crate::output::Output;
use crate::question::{Companions, ask, note_unknown_user, question};
use crate::table::Table;

/// List everyone who may do something to an item, and what each right stands on
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick who-can --org stories/gcm/tuning-team.yaml gc.save-baseline/create \
      "gc:Electric Vehicle#Motor/stream:Motor - Performance Beta 0.0""#)]
pub(crate) struct WhoCan {
    #[command(flatten)]
    source: OrganisationSource,
    /// What is to be done; more actions are joined by `+`
    #[arg(value_name = "OPERATION/ACTION")]
    operation: String,
    /// The reference of an item
    item: String,
    #[command(flatten)]
    companions: Companions,
}

#[derive(Serialize)]
struct Person {
    user: String,
    name: String,
    basis: &'static str,
    area: Option<String>,
}

impl WhoCan {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let organisation = self.source.load()?;
        let question = question(&organisation, "", &self.operation, &self.item, &self.companions)?;
        let mut people: Vec<Person> = users_who_may(&organisation, &question)
            .into_iter()
            .filter_map(|(user, allowed)| {
                let user = organisation.user(user)?;
                Some(Person {
                    user: user.id.to_string(),
                    name: user.name.to_string(),
                    basis: allowed.basis.word(),
                    area: allowed.area.map(|area| organisation.area_text(area)),
                })
            })
            .collect();
        people.sort_by(|a, b| a.user.cmp(&b.user));
        let table = || {
            let mut table = Table::new(&["user", "name", "basis", "area"]);
            for Person { user, name, basis, area } in &people {
                table.row([
                    user.clone(),
                    name.clone(),
                    (*basis).to_owned(),
                    area.clone().unwrap_or_default(),
                ]);
            }
            table
        };
        output.write_table(&people, table, "Nobody may.")?;
        Ok(Status::Done)
    }
}

/// List every item to which a user may do something
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick what-can --org stories/gcm/tuning-team.yaml bob gc.save-stream/modify-attributes")]
pub(crate) struct WhatCan {
    #[command(flatten)]
    source: OrganisationSource,
    /// The user's id
    user: String,
    /// What is to be done; more actions are joined by `+`
    #[arg(value_name = "OPERATION/ACTION")]
    operation: String,
}

#[derive(Serialize)]
struct Thing {
    kind: &'static str,
    name: String,
    item: String,
}

impl WhatCan {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let organisation = self.source.load()?;
        let ask = ask(&self.operation)?;
        let items = match organisation.user_by_id(&self.user) {
            Some(user) => items_a_user_may(&organisation, user, &ask, organisation.leasable()),
            None => {
                note_unknown_user(&organisation, &self.user);
                Vec::new()
            }
        };
        let things: Vec<Thing> = items
            .into_iter()
            .map(|item| Thing {
                kind: organisation.kind_of(item),
                name: organisation.name_of(item),
                item: organisation.reference(item),
            })
            .collect();
        let table = || {
            let mut table = Table::new(&["kind", "name", "item"]);
            for Thing { kind, name, item } in &things {
                table.row([(*kind).to_owned(), name.clone(), item.clone()]);
            }
            table
        };
        output.write_table(&things, table, "Nothing.")?;
        Ok(Status::Done)
    }
}
