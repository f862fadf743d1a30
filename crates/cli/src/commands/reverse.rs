//! `who-can` and `what-can`: the reverse questions.

use clap::Args;
use governance::{ItemText, WhoMay, items_a_user_may, users_who_may};

use crate::Status;
use crate::organisation_source::{Opened, OrganisationSource, There};
use crate::output::Output;
use crate::question::{Companions, ask, note_unknown_user, question, question_text};
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

impl WhoCan {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let asked = question_text("", &self.operation, &self.item, &self.companions);
        let mut people: Vec<WhoMay> = match self.source.open()? {
            Opened::Here(organisation) => {
                let may = users_who_may(&organisation, &question(&organisation, &asked)?).into_iter();
                may.filter_map(|(user, allowed)| organisation.who_may(user, &allowed)).collect()
            }
            Opened::There(There { remote, as_of }) => remote.who_can(&asked, as_of.as_deref())?,
        };
        people.sort_by(|a, b| a.user.cmp(&b.user));
        let table = || {
            let mut table = Table::new(&["user", "name", "basis", "area"]);
            for WhoMay { user, name, basis, area } in &people {
                table.row([
                    user.clone(),
                    name.clone(),
                    basis.word().to_owned(),
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

impl WhatCan {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let mut things: Vec<ItemText> = match self.source.open()? {
            Opened::Here(organisation) => {
                let ask = ask(&self.operation)?;
                let user = organisation.user_by_id(&self.user);
                if user.is_none() {
                    note_unknown_user(&organisation, &self.user);
                }
                let items =
                    user.map(|user| items_a_user_may(&organisation, user, &ask, organisation.leasable()));
                items.into_iter().flatten().map(|item| organisation.item_text(item)).collect()
            }
            Opened::There(There { remote, as_of }) => {
                let asked = question_text(&self.user, &self.operation, "", &Companions::default());
                remote.what_can(&asked, as_of.as_deref())?
            }
        };
        // Not by number: an export that is imported elsewhere gives other ones.
        things.sort_by(|a, b| a.reference.cmp(&b.reference));
        let table = || {
            let mut table = Table::new(&["kind", "name", "item"]);
            for ItemText { kind, name, reference } in &things {
                table.row([kind.to_string(), name.clone(), reference.clone()]);
            }
            table
        };
        output.write_table(&things, table, "Nothing.")?;
        Ok(Status::Done)
    }
}
