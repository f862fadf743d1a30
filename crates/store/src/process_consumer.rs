//! Which version of a process that is shared here each consumer has. All nodes share it.

use governance::Application;

use crate::Store;
use crate::db::{change, reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::process_copy::application_of;
use crate::revision::Moment;

/// A consumer that uses a process of this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessConsumer {
    /// By which it is known.
    pub consumer_key: String,
    /// The application of the process.
    pub application: Application,
    /// The name of the project area that shares it.
    pub project_area: String,
    /// The version that it has; none if it knows that the process is not shared any more.
    pub version: Option<String>,
    /// The revision of this server by which that came to be.
    pub revision: i64,
    /// When it last asked.
    pub asked: Moment,
}

/// In the place of a version, where there is none.
const NOTHING: &str = "none";

const ASKED: &str = "INSERT INTO process_consumer
    (consumer_key, application, project_area, version, revision, asked) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (consumer_key, application, project_area)
    DO UPDATE SET version = excluded.version, revision = excluded.revision, asked = excluded.asked, pushed = NULL
    WHERE process_consumer.asked <= excluded.asked";
/// Who has never had a version uses nothing, whatever it asks for.
const ASKED_IN_VAIN: &str =
    "UPDATE process_consumer SET version = $4, revision = $5, asked = $6, pushed = NULL
    WHERE consumer_key = $1 AND application = $2 AND project_area = $3 AND asked <= $6";
/// Of nodes that want to tell it at the same time one does.
const PUSH: &str = "UPDATE process_consumer SET pushed = $4
    WHERE consumer_key = $1 AND application = $2 AND project_area = $3 AND version <> $4
    AND (pushed IS NULL OR pushed <> $4)";
const ALL: &str = "SELECT consumer_key, application, project_area, version, revision, asked
    FROM process_consumer ORDER BY application, project_area, consumer_key";
const FORGET_ONE: &str = "DELETE FROM process_consumer
    WHERE consumer_key = $1 AND application = $2 AND project_area = $3 AND asked <= $4";
/// Whoever has not asked for thirty days uses it no more, nor does one whose key is gone.
pub(crate) const FORGET: &str = "DELETE FROM process_consumer WHERE asked + 2592000000000 <= $1
    OR (consumer_key NOT IN (SELECT consumer_key FROM consumer) AND asked < $1)";

const READING: &str = "read the consumers of processes";
const WRITING: &str = "keep the consumers of processes";

type Row = (String, String, String, String, i64, i64);

fn consumer(row: Row) -> Result<ProcessConsumer, StoreError> {
    let (consumer_key, application, project_area, version, revision, asked) = row;
    Ok(ProcessConsumer {
        consumer_key,
        application: application_of("process_consumer", &application)?,
        project_area,
        version: Some(version).filter(|version| version != NOTHING),
        revision,
        asked: Moment::new(asked),
    })
}

impl Store {
    /// Keeps who has asked, all of them or none.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn process_consumers_asked(&self, asked: &[ProcessConsumer]) -> Result<(), StoreError> {
        change!(&self.db, WRITING, |transaction| {
            for consumer in asked {
                let (statement, version) = match &consumer.version {
                    Some(version) => (ASKED, version.as_str()),
                    None => (ASKED_IN_VAIN, NOTHING),
                };
                let query = sqlx::query(statement)
                    .bind(storable(&consumer.consumer_key))
                    .bind(consumer.application.id())
                    .bind(storable(&consumer.project_area))
                    .bind(version)
                    .bind(consumer.revision)
                    .bind(consumer.asked.microseconds());
                query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            }
            transaction.commit().await.map_err(failed(WRITING))
        })
    }

    /// Whether this node is to tell a consumer that there is this version, or none any more: it is unless the
    /// consumer has that, or some node has told since it last asked.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn claim_push(
        &self,
        consumer: &ProcessConsumer,
        version: Option<&str>,
    ) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(PUSH)
                .bind(storable(&consumer.consumer_key))
                .bind(consumer.application.id())
                .bind(storable(&consumer.project_area))
                .bind(version.unwrap_or(NOTHING));
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

    /// Keeps no more that somebody uses a process, unless they have asked for it since this was read.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn forget_process_consumer(
        &self,
        consumer_key: &str,
        application: Application,
        project_area: &str,
        asked: Moment,
    ) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(FORGET_ONE)
                .bind(storable(consumer_key))
                .bind(application.id())
                .bind(storable(project_area))
                .bind(asked.microseconds());
            query.execute(pool).await.map(drop).map_err(failed(WRITING))
        })
    }

    /// Every consumer of every process.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn process_consumers(&self) -> Result<Vec<ProcessConsumer>, StoreError> {
        let rows: Vec<Row> = reading!(&self.db, |pool| {
            sqlx::query_as(ALL).fetch_all(pool).await.map_err(failed(READING))?
        });
        rows.into_iter().map(consumer).collect()
    }
}
