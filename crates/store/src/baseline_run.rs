//! Runs that baseline a hierarchy, so that one goes on after its process has ended. All nodes share them.

use governance::{ConfigurationId, UserId};

use crate::Store;
use crate::db::{change, reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::revision::{Moment, Revision};
use crate::session::user_id;

/// A run as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineRun {
    /// A name that nobody guesses.
    pub id: String,
    /// For whom it acts.
    pub user: UserId,
    /// What is baselined.
    pub root: ConfigurationId,
    /// The pattern of the new names.
    pub names: String,
    /// When it was asked for.
    pub begun: Moment,
    /// The process that goes on with it, and when it last said so.
    pub node: String,
    /// When that process last said that it does.
    pub alive: Moment,
    /// What has come of it, once it has ended.
    pub end: Option<RunEnd>,
}

/// How a run has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// When.
    pub at: Moment,
    /// The revision that it has made, if anything changed.
    pub revision: Option<Revision>,
    /// What is told of it.
    pub report: String,
}

/// What an application has answered about a local configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalAnswer {
    /// Which.
    pub uri: String,
    /// The URI of its baseline, or why there is none.
    pub answer: Result<String, String>,
}

const ADD: &str = "INSERT INTO baseline_run (id, user_number, root, names, begun, node, alive)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
const FIND: &str = "SELECT id, user_number, root, names, begun, node, alive, ended, revision, report
    FROM baseline_run WHERE id = $1";
const OF_USER: &str = "SELECT id, user_number, root, names, begun, node, alive, ended, revision, report
    FROM baseline_run WHERE user_number = $1 ORDER BY begun DESC, id LIMIT 100";
const ALL: &str = "SELECT id, user_number, root, names, begun, node, alive, ended, revision, report
    FROM baseline_run ORDER BY begun DESC, id LIMIT 100";
const LIVES: &str = "UPDATE baseline_run SET alive = $3 WHERE id = $1 AND node = $2 AND ended IS NULL";
/// Of two who want to go on with it one does.
const TAKE: &str = "UPDATE baseline_run SET node = $4, alive = $5
    WHERE id = $1 AND node = $2 AND alive = $3 AND ended IS NULL";
const END: &str = "UPDATE baseline_run SET ended = $2, revision = $3, report = $4
    WHERE id = $1 AND ended IS NULL";
const ADD_LOCAL: &str = "INSERT INTO baseline_run_local (run, position, uri, baseline, refusal)
    SELECT $1, COUNT(*), $2, $3, $4 FROM baseline_run_local WHERE run = $1";
const LOCALS: &str = "SELECT uri, baseline, refusal FROM baseline_run_local WHERE run = $1 ORDER BY position";

const READING: &str = "read the baseline runs";
const WRITING: &str = "keep the baseline run";

type Row = (String, i64, i64, String, i64, String, i64, Option<i64>, Option<i64>, Option<String>);

fn run(row: Row) -> Result<BaselineRun, StoreError> {
    let (id, user, root, names, begun, node, alive, ended, revision, report) = row;
    let corrupt =
        |_| StoreError::corrupt("baseline run", format!("`{root}` is no number of a configuration"));
    let revision = revision.map(|it| Revision::from_sql(it, "baseline run")).transpose()?;
    Ok(BaselineRun {
        id,
        user: user_id("baseline run", user)?,
        root: ConfigurationId::new(u32::try_from(root).map_err(corrupt)?),
        names,
        begun: Moment::new(begun),
        node,
        alive: Moment::new(alive),
        end: ended.map(|at| RunEnd { at: Moment::new(at), revision, report: report.unwrap_or_default() }),
    })
}

impl Store {
    /// Whether other processes may use the same database.
    pub fn is_shared(&self) -> bool {
        self.db.notice().is_some()
    }

    /// Keeps a new run, which has not ended; answers whether there was none of this name.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn add_baseline_run(&self, run: &BaselineRun) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(ADD)
                .bind(&run.id)
                .bind(i64::from(run.user.number()))
                .bind(i64::from(run.root.number()))
                .bind(storable(&run.names))
                .bind(run.begun.microseconds())
                .bind(&run.node)
                .bind(run.alive.microseconds());
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

    /// The run of this name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn baseline_run(&self, id: &str) -> Result<Option<BaselineRun>, StoreError> {
        let found: Option<Row> = reading!(&self.db, |pool| {
            sqlx::query_as(FIND).bind(storable(id)).fetch_optional(pool).await.map_err(failed(READING))?
        });
        found.map(run).transpose()
    }

    /// The newest hundred runs of a user; without one, of all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn baseline_runs(&self, of: Option<UserId>) -> Result<Vec<BaselineRun>, StoreError> {
        let rows: Vec<Row> = reading!(&self.db, |pool| {
            let query = match of {
                Some(user) => sqlx::query_as(OF_USER).bind(i64::from(user.number())),
                None => sqlx::query_as(ALL),
            };
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        rows.into_iter().map(run).collect()
    }

    /// Says that this process goes on with a run; answers whether it is still its.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn baseline_run_lives(&self, id: &str, node: &str, now: Moment) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(LIVES).bind(id).bind(node).bind(now.microseconds());
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

    /// Takes a run over from the process that has left it, as it was read; answers whether nobody else was
    /// faster.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn take_baseline_run(
        &self,
        run: &BaselineRun,
        node: &str,
        now: Moment,
    ) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(TAKE)
                .bind(&run.id)
                .bind(&run.node)
                .bind(run.alive.microseconds())
                .bind(node)
                .bind(now.microseconds());
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

    /// Ends a run, unless it has ended.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_baseline_run(&self, id: &str, end: &RunEnd) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(END)
                .bind(id)
                .bind(end.at.microseconds())
                .bind(end.revision.map(Revision::to_sql))
                .bind(storable(&end.report));
            query.execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// Keeps what an application has answered.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn add_local_answer(&self, run: &str, answer: &LocalAnswer) -> Result<(), StoreError> {
        change!(&self.db, WRITING, |transaction| {
            let query = sqlx::query(ADD_LOCAL)
                .bind(run)
                .bind(storable(&answer.uri))
                .bind(answer.answer.as_deref().ok().map(storable))
                .bind(answer.answer.as_ref().err().map(|it| storable(it)));
            query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            transaction.commit().await.map_err(failed(WRITING))
        })
    }

    /// What applications have answered in a run.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn local_answers(&self, run: &str) -> Result<Vec<LocalAnswer>, StoreError> {
        let rows: Vec<(String, Option<String>, Option<String>)> = reading!(&self.db, |pool| {
            sqlx::query_as(LOCALS).bind(run).fetch_all(pool).await.map_err(failed(READING))?
        });
        let answer = |(uri, baseline, refusal): (String, Option<String>, Option<String>)| LocalAnswer {
            uri,
            answer: baseline.ok_or_else(|| refusal.unwrap_or_default()),
        };
        Ok(rows.into_iter().map(answer).collect())
    }
}
