//! What became of asking other servers for processes that are used here. All nodes share it: one of them
//! asks, and all know. The processes themselves are facts (docs/cross-server.md#copies-of-a-provider).

use governance::{Application, Elsewhere};

use crate::Store;
use crate::db::{reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::revision::Moment;

/// What became of asking for a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessAsked {
    /// Which process.
    pub of: Elsewhere,
    /// When its server was last asked.
    pub asked: Moment,
    /// When it last told which version there is.
    pub told: Option<Moment>,
    /// What is in the way since then, if anything is.
    pub trouble: Option<Trouble>,
    /// What was in the way last, and when, whether it is still or not.
    pub failure: Option<Trouble>,
    /// How many versions it has told of since then that could not be taken over.
    pub missed: u64,
}

/// What keeps a process from being followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// For people.
    pub said: String,
    /// Since when; of a failure, when.
    pub since: Moment,
}

/// Of nodes that want to ask at the same time one does.
const CLAIM: &str = "INSERT INTO process_copy (server, application, project_area, asked)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (server, application, project_area) DO UPDATE SET asked = excluded.asked
    WHERE process_copy.asked <= $5";
const TOLD: &str = "UPDATE process_copy SET told = $4, trouble = NULL, trouble_since = NULL,
    missed_version = NULL, missed = 0
    WHERE server = $1 AND application = $2 AND project_area = $3";
const TROUBLE: &str = "UPDATE process_copy SET trouble = $4, trouble_since = COALESCE(trouble_since, $5),
    failure = $4, failed = $5
    WHERE server = $1 AND application = $2 AND project_area = $3";
/// The same version may be told again and again.
const MISSED: &str = "UPDATE process_copy SET missed_version = $4, missed = missed + 1
    WHERE server = $1 AND application = $2 AND project_area = $3
    AND (missed_version IS NULL OR missed_version <> $4)";
const ALL: &str =
    "SELECT server, application, project_area, asked, told, trouble, trouble_since, failure, failed, missed
    FROM process_copy ORDER BY server, application, project_area";
/// What is used is asked for at every poll: nobody uses what nobody has asked for in thirty days.
pub(crate) const FORGET: &str = "DELETE FROM process_copy WHERE asked + 2592000000000 <= $1";

const READING: &str = "read what became of asking for processes";
const WRITING: &str = "keep what became of asking for a process";

type Row =
    (String, String, String, i64, Option<i64>, Option<String>, Option<i64>, Option<String>, Option<i64>, i64);

fn asked(row: Row) -> Result<ProcessAsked, StoreError> {
    let (server, application, project_area, asked, told, trouble, since, failure, failed, missed) = row;
    let trouble_of = |said: Option<String>, since: Option<i64>| {
        said.zip(since).map(|(said, since)| Trouble { said, since: Moment::new(since) })
    };
    Ok(ProcessAsked {
        of: Elsewhere {
            server: server.into(),
            application: application_of("process_copy", &application)?,
            project_area: project_area.into(),
        },
        asked: Moment::new(asked),
        told: told.map(Moment::new),
        trouble: trouble_of(trouble, since),
        failure: trouble_of(failure, failed),
        missed: missed.unsigned_abs(),
    })
}

pub(crate) fn application_of(table: &'static str, word: &str) -> Result<Application, StoreError> {
    Application::from_id(word)
        .ok_or_else(|| StoreError::corrupt(table, format!("`{word}` is no application")))
}

impl Store {
    /// Whether this node is to ask for a process now, which it is unless some node has asked after `last`.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn claim_process(&self, of: &Elsewhere, now: Moment, last: Moment) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(CLAIM)
                .bind(storable(&of.server))
                .bind(of.application.id())
                .bind(storable(&of.project_area))
                .bind(now.microseconds())
                .bind(last.microseconds());
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

    /// The provider has told which version there is.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn process_told(&self, of: &Elsewhere, at: Moment) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(TOLD)
                .bind(storable(&of.server))
                .bind(of.application.id())
                .bind(storable(&of.project_area))
                .bind(at.microseconds());
            query.execute(pool).await.map(drop).map_err(failed(WRITING))
        })
    }

    /// Something keeps the process from being followed.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn process_in_trouble(&self, of: &Elsewhere, said: &str, at: Moment) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(TROUBLE)
                .bind(storable(&of.server))
                .bind(of.application.id())
                .bind(storable(&of.project_area))
                .bind(storable(said))
                .bind(at.microseconds());
            query.execute(pool).await.map(drop).map_err(failed(WRITING))
        })
    }

    /// The provider has told of a version that cannot be taken over.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn process_missed(&self, of: &Elsewhere, version: &str) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(MISSED)
                .bind(storable(&of.server))
                .bind(of.application.id())
                .bind(storable(&of.project_area))
                .bind(storable(version));
            query.execute(pool).await.map(drop).map_err(failed(WRITING))
        })
    }

    /// What became of asking for each process, whether somebody still uses it or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn processes_asked(&self) -> Result<Vec<ProcessAsked>, StoreError> {
        let rows: Vec<Row> = reading!(&self.db, |pool| {
            sqlx::query_as(ALL).fetch_all(pool).await.map_err(failed(READING))?
        });
        rows.into_iter().map(asked).collect()
    }
}
