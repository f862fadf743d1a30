//! Filling an empty database from a backup.

use std::io::{Read, Seek};

use sqlx::AssertSqlSafe;

use super::read::{Backup, Batch, Cell, ROWS_AT_A_TIME};
use super::{Header, RestoreError};
use crate::chain::history_id;
use crate::db::{Db, change};
use crate::error::failed;
use crate::file_size;
use crate::location::Location;
use crate::migrate::{CREATE_RECORD, MIGRATIONS, apply};

const BEGIN_HISTORY: &str = "INSERT INTO organisation (id, revision, history_id) VALUES (1, $1, $2)";

const DOING: &str = "restore the backup";

impl<R: Read + Seek> Backup<R> {
    /// Fills the database, which is made where there is none; everything or nothing. What was restored is a
    /// history of its own, named by [`history_id`] of `fresh`: others may know revisions of the old one that
    /// are gone. `report` is
    /// told now and then how many rows are there.
    ///
    /// # Errors
    /// When there is anything in the database, when it cannot be written, or the backup cannot be read.
    pub async fn restore(
        mut self,
        location: &Location,
        fresh: &str,
        mut report: impl FnMut(u64),
    ) -> Result<Header, RestoreError> {
        file_size::report_limit_as_error().map_err(crate::StoreError::Signal)?;
        let _guard = location.guard()?;
        let db = Db::open(location).await?;
        let header = self.header().clone();
        let mut lines = self.lines()?;
        change!(&db, DOING, |transaction| {
            if let Some(turn) = db.turn() {
                sqlx::query(turn).execute(&mut *transaction).await.map_err(failed(DOING))?;
            }
            let tables: Vec<String> =
                sqlx::query_scalar(db.tables()).fetch_all(&mut *transaction).await.map_err(failed(DOING))?;
            if !tables.is_empty() {
                return Err(RestoreError::NotEmpty(location.to_string()));
            }
            sqlx::query(CREATE_RECORD).execute(&mut *transaction).await.map_err(failed(DOING))?;
            // The rows are those of their time; what came later finds them as an upgrade would.
            let (then, since) = MIGRATIONS.split_at(
                MIGRATIONS.iter().take_while(|migration| migration.version <= header.schema).count(),
            );
            apply!(db, transaction, then);
            while let Some(Batch { section, rows }) = lines.batch()? {
                let text = section.table.insert(&section.columns, rows.len());
                let mut query = sqlx::query(AssertSqlSafe(text)).persistent(rows.len() == ROWS_AT_A_TIME);
                for cell in rows.iter().flatten() {
                    query = match cell {
                        Cell::Integer(number) => query.bind(*number),
                        Cell::Text(text) => query.bind(text.as_deref()),
                    };
                }
                query.execute(&mut *transaction).await.map_err(failed(DOING))?;
                report(lines.rows);
            }
            apply!(db, transaction, since);
            let begin = sqlx::query(BEGIN_HISTORY).bind(header.revision.to_sql()).bind(history_id(fresh));
            begin.execute(&mut *transaction).await.map_err(failed(DOING))?;
            transaction.commit().await.map_err(failed(DOING))?;
        });
        db.close().await;
        Ok(header)
    }
}
