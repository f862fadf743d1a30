//! All engines side by side, over one organisation.

use std::path::Path;

use anyhow::{Result, ensure};
use governance::decide;

#[cfg(feature = "cedar")]
use super::cedar::{Cedar, Prepared};
use super::database::Database;
use super::query::{Queries, Query};
use super::tables::{Numbers, tables};
use crate::progress;
use crate::world::World;

/// The databases, filled.
pub(crate) struct Databases {
    pub(crate) sqlite: Database,
    /// Where one is named in the environment.
    pub(crate) postgres: Option<Database>,
    pub(crate) numbers: Numbers,
    pub(crate) queries: Queries,
    /// The hot questions.
    pub(crate) checks: Vec<Query>,
}

const POSTGRES: &str = "BAILIWICK_BENCH_POSTGRES";

impl Databases {
    pub(crate) fn new(world: &World, folder: &Path) -> Result<Self> {
        progress("making rows");
        let (numbers, tables) = tables(&world.organisation, world.leases)?;
        let sqlite = Database::sqlite(folder, &tables)?;
        let postgres = std::env::var(POSTGRES).ok().filter(|url| !url.is_empty());
        let postgres = postgres.map(|url| Database::postgres(&url, &tables)).transpose()?;
        let mut queries = Queries::default();
        let checks = world.hot.iter().map(|question| queries.check(&numbers, question));
        let checks = checks.collect::<Result<_>>()?;
        let mut databases = Self { sqlite, postgres, numbers, queries, checks };
        databases.agree(world)?;
        Ok(databases)
    }

    pub(crate) fn each(&mut self) -> impl Iterator<Item = &mut Database> {
        std::iter::once(&mut self.sqlite).chain(&mut self.postgres)
    }

    /// Every hot question has the same answer everywhere.
    fn agree(&mut self, world: &World) -> Result<()> {
        let checks = std::mem::take(&mut self.checks);
        for database in self.each() {
            progress(&format!("does {} answer the same?", database.name));
            let answers = database.checks(&checks)?;
            for ((question, query), (allowed, _)) in world.hot.iter().zip(&checks).zip(answers) {
                let ours = decide(&world.organisation, question);
                let name = database.name;
                ensure!(
                    ours.is_ok() == allowed,
                    "{name} says {allowed}, we {ours:?}: {question:?} {query:?}"
                );
            }
        }
        self.checks = checks;
        Ok(())
    }
}

/// Cedar with the hot questions, ready to be asked.
#[cfg(feature = "cedar")]
pub(crate) struct WithCedar {
    cedar: Cedar,
    questions: Vec<Prepared>,
}

#[cfg(feature = "cedar")]
impl WithCedar {
    pub(crate) fn new(world: &World) -> Result<Option<Self>> {
        progress("making Cedar's entities");
        let mut cedar = Cedar::new(&world.organisation)?;
        progress("making Cedar's policies");
        let questions = world.hot.iter().map(|question| cedar.prepare(&world.organisation, question));
        let questions: Vec<Prepared> = questions.collect::<Result<_>>()?;
        for (question, prepared) in world.hot.iter().zip(&questions) {
            let (ours, theirs) = (decide(&world.organisation, question), cedar.check(prepared));
            ensure!(ours.is_ok() == theirs, "Cedar says {theirs}, we {ours:?}: {question:?}");
        }
        Ok(Some(Self { cedar, questions }))
    }
    pub(crate) fn check(&self, at: usize) -> bool {
        self.cedar.check(&self.questions[at])
    }
}

/// Cedar is not compiled in.
#[cfg(not(feature = "cedar"))]
pub(crate) struct WithCedar;

#[cfg(not(feature = "cedar"))]
impl WithCedar {
    pub(crate) fn new(_: &World) -> Result<Option<Self>> {
        Ok(None)
    }
    pub(crate) fn check(&self, _: usize) -> bool {
        false
    }
}
