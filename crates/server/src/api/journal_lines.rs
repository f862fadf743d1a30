//! The whole journal, or what a search finds of it, line by line.

use std::collections::VecDeque;
use std::sync::Arc;

use document::{csv_text, write_csv_line};
use governance::View;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::{Entry, JournalFilter, Revision};

use super::journal::{FactChange, JournalEntry, fact_change, journal_entry};
use super::log::{AT_A_TIME, Form, Piece, write_line};
use crate::router::Server;

/// A revision, or one change of it.
#[derive(Serialize, JsonSchema)]
pub(super) struct JournalLine<'r> {
    #[serde(flatten)]
    entry: &'r JournalEntry,
    /// With `changes`: what became of one fact; absent from a revision that changed none.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<FactChange>,
}

const OF_ENTRY: [&str; 7] = ["revision", "at", "by", "via", "address", "basis", "summary"];
const OF_CHANGE: [&str; 5] = ["kind", "item", "key", "before", "after"];

/// About so much is written at once.
const PIECE: usize = 64 << 10;

/// A journal that is read from the newest revision on.
pub(super) struct Lines {
    server: Arc<Server>,
    view: View,
    form: Form,
    /// Whether what each revision has changed is told.
    changes: bool,
    /// What is read next; `None`: nothing more.
    filter: Option<JournalFilter>,
    /// What was read and not yet written.
    entries: VecDeque<(Revision, Entry)>,
    /// Of the first of them, the change that is written next.
    position: u32,
    begins: bool,
}

impl Lines {
    pub(super) fn new(
        server: Arc<Server>,
        view: View,
        (form, changes): (Form, bool),
        filter: JournalFilter,
    ) -> Self {
        let filter = Some(JournalFilter { limit: AT_A_TIME, ..filter });
        Self { server, view, form, changes, filter, entries: VecDeque::new(), position: 0, begins: true }
    }

    /// Writes what comes next.
    pub(super) async fn piece(mut self) -> Piece<Self> {
        let mut piece = Vec::new();
        if std::mem::take(&mut self.begins) && self.form == Form::Csv {
            let of_change: &[&str] = if self.changes { &OF_CHANGE } else { &[] };
            write_csv_line(&mut piece, OF_ENTRY.iter().chain(of_change).map(ToString::to_string));
        }
        while piece.len() < PIECE {
            let Some((revision, entry)) = self.entries.pop_front() else {
                let Some(filter) = self.filter.take() else { return Ok((piece, None)) };
                let page = self.server.office.store().journal(&filter).await?;
                self.entries = page.entries.into();
                self.filter = page.older_than.map(|it| JournalFilter { older_than: Some(it), ..filter });
                continue;
            };
            let read = journal_entry(revision, entry.clone());
            if !self.changes {
                self.write(&mut piece, &read, None)?;
                continue;
            }
            let events = self.server.office.store().events(revision, self.position, AT_A_TIME).await?;
            if events.is_empty() && self.position == 0 {
                self.write(&mut piece, &read, None)?;
            }
            for event in &events {
                self.write(&mut piece, &read, Some(fact_change(&self.view, event)?))?;
            }
            self.position = if events.len() == AT_A_TIME as usize {
                self.entries.push_front((revision, entry));
                self.position + AT_A_TIME
            } else {
                0
            };
        }
        Ok((piece, Some(self)))
    }

    fn write(
        &self,
        out: &mut Vec<u8>,
        entry: &JournalEntry,
        change: Option<FactChange>,
    ) -> Result<(), crate::problem::Problem> {
        if self.form != Form::Csv {
            return write_line(out, &JournalLine { entry, change });
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let of_entry = [
            entry.revision.to_string(),
            entry.at.clone(),
            entry.by.clone(),
            text(&entry.via),
            text(&entry.address),
            entry.basis.clone(),
            entry.summary.clone(),
        ];
        let json = |value: &Value| if value.is_null() { String::new() } else { value.to_string() };
        let of_change = change.map(|it| {
            [it.kind, it.item.unwrap_or_default(), json(&it.key), json(&it.before), json(&it.after)]
        });
        let of_change = of_change.or_else(|| self.changes.then(Default::default));
        write_csv_line(out, of_entry.into_iter().chain(of_change.into_iter().flatten()).map(csv_text));
        Ok(())
    }
}
