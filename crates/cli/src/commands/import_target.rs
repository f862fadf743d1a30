//! What documents are imported into: a database that nobody else writes, or a running server.

use std::collections::BTreeSet;

use document::Mode;
use governance::{Event, ImportPlan, Organisation};
use server::ConsumerImpact;
use store::{AppendError, Entry, Revision, Store, StoreError};

use crate::database::{Database, DatabaseArgs, now};
use crate::failure::Failure;
use crate::organisation_source::Files;
use crate::progress::Progress;
use crate::remote::{ImportPlanned, Remote};
use crate::table::visible;

/// What is imported into, with the import that has been worked out.
pub(super) enum Target {
    Database(Box<DatabaseTarget>),
    Server(ServerTarget),
}

impl Target {
    /// Makes it so, and answers the revision that this makes.
    pub(super) fn import(&mut self, plan: &ImportPlan) -> anyhow::Result<u64> {
        match self {
            Self::Database(target) => target.append().map(Revision::number),
            Self::Server(ServerTarget { remote, files, mode }) => {
                let progress = Progress::of(files.bytes());
                progress.step("Waiting for the server");
                Ok(remote.import(files, *mode, plan.revision)?.revision)
            }
        }
    }

    /// Lets go of it properly.
    pub(super) fn close(self) {
        if let Self::Database(target) = self
            && let Some(database) = target.database
        {
            database.close();
        }
    }
}

/// A running server.
pub(super) struct ServerTarget {
    pub(super) remote: Remote,
    pub(super) files: Files,
    pub(super) mode: Mode,
}

impl ServerTarget {
    pub(super) fn plan(self) -> anyhow::Result<(ImportPlanned, Target)> {
        let progress = Progress::of(self.files.bytes());
        progress.step("Waiting for the server");
        let planned = self.remote.plan(&self.files, self.mode)?;
        // Whatever the form of the plan, this is for whoever is about to agree to it.
        for ConsumerImpact { consumer, application, project_area, outcome } in &planned.consumers {
            let outcome = outcome.to_string();
            let [consumer, of, outcome] = [consumer, project_area, &outcome].map(|it| visible(it));
            anstream::eprintln!("on another server: {consumer}, which uses {application}/{of}: {outcome}");
        }
        Ok((planned, Target::Server(self)))
    }
}

/// What the database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A plan is made beside a running server, and makes no database.
    Plan,
    /// One that is there is kept until the import has ended.
    Import,
}

impl Purpose {
    fn open(self, place: &DatabaseArgs) -> anyhow::Result<Option<Database>> {
        if !place.exists() {
            return Ok(None);
        }
        match self {
            Self::Plan => match place.open_to_read() {
                Err(error) if matches!(error.downcast_ref(), Some(StoreError::Empty(_))) => Ok(None),
                opened => opened.map(Some),
            },
            Self::Import => place.open().map(Some),
        }
    }
}

/// A database.
pub(super) struct DatabaseTarget {
    place: DatabaseArgs,
    /// `None`: there is no database yet. It is made when something is imported.
    database: Option<Database>,
    revision: Revision,
    events: Vec<Event>,
    names: String,
    bytes: usize,
}

impl DatabaseTarget {
    pub(super) fn plan(
        place: DatabaseArgs,
        files: &Files,
        mode: Mode,
        purpose: Purpose,
    ) -> anyhow::Result<(ImportPlanned, Target)> {
        let progress = Progress::of(files.bytes());
        progress.step("Reading the database");
        let database = purpose.open(&place)?;
        let (before, revision) = match &database {
            Some(database) => (database.loaded.organisation.clone(), database.loaded.revision),
            None => (Organisation::default(), Revision::NONE),
        };
        progress.step("Working out what changes");
        let import = document::import(&files.sources(), &files.limits, &before, mode)?;
        progress.step("Working out who gains and who loses");
        let plan = ImportPlan::of(revision.number(), &before, &import.organisation, &import.events, || true);
        if let Some(database) = &database
            && !plan.changes.is_empty()
        {
            database.runtime.block_on(tell_of_consumers(&database.store))?;
        }
        let (events, names, bytes) = (import.events, files.names(), files.bytes());
        let target = Box::new(Self { place, database, revision, events, names, bytes });
        Ok((ImportPlanned { plan, consumers: Vec::new() }, Target::Database(target)))
    }

    fn append(&mut self) -> anyhow::Result<Revision> {
        let progress = Progress::of(self.bytes);
        progress.step("Writing to the database");
        let database = match &mut self.database {
            Some(database) => database,
            none => none.insert(self.place.open()?),
        };
        let entry = Entry {
            at: now(),
            // Who can write the files of the database needs no account in it.
            by: "operator".to_owned(),
            via: Some("command line".to_owned()),
            address: None,
            basis: "operator".to_owned(),
            summary: format!("imported {}", self.names),
            impact: None,
        };
        let appended = database.store.append(self.revision, &entry, &self.events);
        database.runtime.block_on(appended).map_err(|error| match error {
            AppendError::Overtaken(_) => overtaken().into(),
            other => other.into(),
        })
    }
}

/// Other servers that use processes of this one are asked by it while it runs, and by nothing else.
async fn tell_of_consumers(store: &Store) -> Result<(), StoreError> {
    let users: BTreeSet<String> =
        store.process_consumers().await?.into_iter().map(|it| it.consumer_key).collect();
    for consumer in store.consumers().await?.into_iter().filter(|it| users.contains(&it.key)) {
        let name = visible(&consumer.name);
        anstream::eprintln!(
            "on another server: {name} uses a process of this one, and cannot be asked from here"
        );
    }
    Ok(())
}

/// What was read or agreed is not what would be changed now.
pub(crate) fn overtaken() -> Failure {
    Failure::new(
        "somebody else changed it meanwhile; nothing was changed",
        "try again: what would change is worked out anew",
    )
}
