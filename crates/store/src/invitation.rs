//! Team invitations. All nodes share them.

use governance::{AreaId, UserId};

use crate::Store;
use crate::db::{change, reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::mail::{self, MailKind};
use crate::revision::{Moment, Revision};
use crate::session::user_id;

/// An invitation to an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// A name that nobody guesses.
    pub id: String,
    /// To which area.
    pub area: AreaId,
    /// The ids of the roles that it gives.
    pub roles: Vec<String>,
    /// The address to which it is mailed.
    pub mail: Option<String>,
    /// Who has written it.
    pub by: UserId,
    /// Since when.
    pub created: Moment,
    /// Until when.
    pub expires: Moment,
    /// What has become of it.
    pub end: Option<InvitationEnd>,
}

/// What has become of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvitationEnd {
    /// When.
    pub at: Moment,
    /// Who has accepted or withdrawn it.
    pub by: UserId,
    /// Which of the two.
    pub how: InvitationOutcome,
}

/// How an invitation has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationOutcome {
    /// It was accepted, with the revision that made the member, or at which there was nothing to change.
    Accepted(Revision),
    /// It was taken back.
    Withdrawn,
}

const ADD: &str = "INSERT INTO invitation (id, token_hash, area_number, roles, mail, user_number, created,
    expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const FIND: &str = "SELECT id, area_number, roles, mail, user_number, created, expires, ended, outcome,
    ended_by, revision FROM invitation WHERE id = $1";
const FIND_BY_TOKEN: &str = "SELECT id, area_number, roles, mail, user_number, created, expires, ended,
    outcome, ended_by, revision FROM invitation WHERE token_hash = $1";
const OF_AREA: &str = "SELECT id, area_number, roles, mail, user_number, created, expires, ended, outcome,
    ended_by, revision FROM invitation WHERE area_number = $1 ORDER BY created DESC, id LIMIT 500";
const OPEN: &str = "SELECT id, area_number, roles, mail, user_number, created, expires, ended, outcome,
    ended_by, revision FROM invitation WHERE ended IS NULL AND expires > $1 ORDER BY created DESC, id LIMIT 500";
const RENEW: &str = "UPDATE invitation SET token_hash = $2
    WHERE id = $1 AND ended IS NULL AND claimed IS NULL AND expires > $3";
/// Of two who accept it at a time one does. Who was cut off on the way is waited for no longer than this.
const CLAIM: &str = "UPDATE invitation SET claimed = $2
    WHERE id = $1 AND ended IS NULL AND expires > $2 AND (claimed IS NULL OR claimed < $3)";
const RELEASE: &str = "UPDATE invitation SET claimed = NULL WHERE id = $1 AND claimed = $2";
const END: &str = "UPDATE invitation SET ended = $2, ended_by = $3, outcome = $4, revision = $5
    WHERE id = $1 AND ended IS NULL";
/// In the transaction of the change that it is accepted by: who has no account yet is the one whom that
/// change makes.
pub(crate) const ACCEPT: &str = "UPDATE invitation SET ended = $2, outcome = 'accepted',
        revision = (SELECT revision FROM organisation WHERE id = 1),
        ended_by = COALESCE($3, (SELECT CAST(key AS BIGINT) FROM event WHERE kind = 'user' AND before IS NULL
            AND revision = (SELECT revision FROM organisation WHERE id = 1)))
    WHERE id = $1 AND ended IS NULL AND claimed = $2";
const WITHDRAW: &str = "UPDATE invitation SET ended = $2, ended_by = $3, outcome = $4
    WHERE id = $1 AND ended IS NULL AND expires > $2 AND (claimed IS NULL OR claimed < $5)";
/// Told for ninety days after.
pub(crate) const FORGET: &str = "DELETE FROM invitation WHERE expires + 7776000000000 <= $1";

/// So long whoever has begun to accept may take, in microseconds.
pub(crate) const PATIENCE: i64 = 60_000_000;

const READING: &str = "read the invitations";
const WRITING: &str = "keep the invitation";

type Row = (
    String,
    i64,
    String,
    Option<String>,
    i64,
    i64,
    i64,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<i64>,
);

fn invitation(row: Row) -> Result<Invitation, StoreError> {
    const TABLE: &str = "invitation";
    let (id, area, roles, mail, by, created, expires, ended, outcome, ended_by, revision) = row;
    let area = u32::try_from(area)
        .map_err(|_| StoreError::corrupt(TABLE, format!("`{area}` is no number of an area")))?;
    let roles = serde_json::from_str(&roles)
        .map_err(|error| StoreError::corrupt(TABLE, format!("`{roles}`: {error}")))?;
    let end = match (ended, outcome.as_deref(), ended_by, revision) {
        (None, ..) => None,
        (Some(at), Some("accepted"), Some(by), Some(revision)) => Some(InvitationEnd {
            at: Moment::new(at),
            by: user_id(TABLE, by)?,
            how: InvitationOutcome::Accepted(Revision::from_sql(revision, TABLE)?),
        }),
        (Some(at), Some("withdrawn"), Some(by), None) => Some(InvitationEnd {
            at: Moment::new(at),
            by: user_id(TABLE, by)?,
            how: InvitationOutcome::Withdrawn,
        }),
        other => return Err(StoreError::corrupt(TABLE, format!("{other:?} is no end"))),
    };
    Ok(Invitation {
        id,
        area: AreaId::new(area),
        roles,
        mail,
        by: user_id(TABLE, by)?,
        created: Moment::new(created),
        expires: Moment::new(expires),
        end,
    })
}

impl Store {
    /// Keeps a new invitation under the hash of its link's token; without one it is to be mailed, with a
    /// token that is made then.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn add_invitation(
        &self,
        invitation: &Invitation,
        token_hash: Option<&str>,
    ) -> Result<(), StoreError> {
        let roles = serde_json::to_string(&invitation.roles).unwrap_or_default();
        change!(&self.db, WRITING, |transaction| {
            let query = sqlx::query(ADD)
                .bind(&invitation.id)
                .bind(token_hash)
                .bind(i64::from(invitation.area.number()))
                .bind(storable(&roles))
                .bind(invitation.mail.as_deref().map(storable))
                .bind(i64::from(invitation.by.number()))
                .bind(invitation.created.microseconds())
                .bind(invitation.expires.microseconds());
            query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            if token_hash.is_none() {
                let query = sqlx::query(mail::ADD)
                    .bind(MailKind::Invitation.word())
                    .bind(&invitation.id)
                    .bind(i64::from(invitation.by.number()))
                    .bind(invitation.created.microseconds());
                query.execute(&mut *transaction).await.map_err(failed(WRITING))?;
            }
            transaction.commit().await.map_err(failed(WRITING))
        })
    }

    /// The invitation of this name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn invitation(&self, id: &str) -> Result<Option<Invitation>, StoreError> {
        let found: Option<Row> = reading!(&self.db, |pool| {
            sqlx::query_as(FIND).bind(storable(id)).fetch_optional(pool).await.map_err(failed(READING))?
        });
        found.map(invitation).transpose()
    }

    /// The invitation whose link has the token with this hash.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn invitation_by_token(&self, token_hash: &str) -> Result<Option<Invitation>, StoreError> {
        let found: Option<Row> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(FIND_BY_TOKEN).bind(token_hash);
            query.fetch_optional(pool).await.map_err(failed(READING))?
        });
        found.map(invitation).transpose()
    }

    /// The newest five hundred invitations to an area.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn invitations_to(&self, area: AreaId) -> Result<Vec<Invitation>, StoreError> {
        let rows: Vec<Row> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(OF_AREA).bind(i64::from(area.number()));
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        rows.into_iter().map(invitation).collect()
    }

    /// The newest five hundred that can be accepted still.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_invitations(&self, now: Moment) -> Result<Vec<Invitation>, StoreError> {
        let rows: Vec<Row> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(OPEN).bind(now.microseconds());
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        rows.into_iter().map(invitation).collect()
    }

    /// Gives an invitation's link another token, so that none before it is good; answers whether it is open.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn renew_invitation(
        &self,
        id: &str,
        token_hash: &str,
        now: Moment,
    ) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(RENEW).bind(id).bind(token_hash).bind(now.microseconds());
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

    /// Begins to accept an invitation; answers whether it is open, and nobody else has begun.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn claim_invitation(&self, id: &str, now: Moment) -> Result<bool, StoreError> {
        let now = now.microseconds();
        writing!(&self.db, |pool| {
            let query = sqlx::query(CLAIM).bind(id).bind(now).bind(now - PATIENCE);
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

    /// Gives up what was begun at this moment.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn release_invitation(&self, id: &str, begun: Moment) -> Result<(), StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(RELEASE).bind(id).bind(begun.microseconds());
            query.execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// Ends an invitation: accepted by whoever has begun to, or withdrawn while nobody has. Answers whether
    /// it was open.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_invitation(&self, id: &str, end: &InvitationEnd) -> Result<bool, StoreError> {
        let at = end.at.microseconds();
        let by = i64::from(end.by.number());
        writing!(&self.db, |pool| {
            let query = match end.how {
                InvitationOutcome::Accepted(revision) => {
                    sqlx::query(END).bind(id).bind(at).bind(by).bind("accepted").bind(revision.to_sql())
                }
                InvitationOutcome::Withdrawn => {
                    sqlx::query(WITHDRAW).bind(id).bind(at).bind(by).bind("withdrawn").bind(at - PATIENCE)
                }
            };
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }
}
