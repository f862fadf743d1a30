//! Mail that is to be sent: what it is about and to whom, and what came of trying. What it says is made when
//! it is sent. All nodes share it, and each message is tried by one of them at a time.

use governance::UserId;

use crate::Store;
use crate::db::{reading, storable, writing};
use crate::error::{StoreError, failed};
use crate::revision::Moment;
use crate::session::user_id;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// Invites somebody; the user of the message is who invites, the invitation has the address.
    Invitation,
    /// Tells somebody who may grant it of an access request.
    AccessRequested,
    /// Tells whoever has asked what has become of it.
    AccessDecided,
}

impl MailKind {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::AccessRequested => "access-requested",
            Self::AccessDecided => "access-decided",
        }
    }
}

/// A message that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// What it is about.
    pub kind: MailKind,
    /// The name of the invitation or access request.
    pub about: String,
    /// To whom; of an invitation, from whom.
    pub user: UserId,
    /// Since when it waits.
    pub created: Moment,
    /// When it is to be tried.
    pub due: Moment,
    /// How often it was tried.
    pub attempts: i64,
}

/// How far a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It waits to be tried.
    Waiting {
        /// How often it was tried.
        attempts: i64,
        /// When next.
        due: Moment,
        /// What went wrong last.
        error: Option<String>,
    },
    /// A mail server has taken it.
    Sent(Moment),
    /// It is not tried again.
    Failed {
        /// How often it was tried.
        attempts: i64,
        /// What went wrong.
        error: String,
    },
}

/// What has become of trying to send a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// A mail server has taken it.
    Sent(Moment),
    /// It failed, and is tried again then.
    Again(Moment, String),
    /// It is not tried again.
    Failed(String),
}

/// Due at once.
pub(crate) const ADD: &str = "INSERT INTO mail (kind, about, user_number, created, due, attempts)
    VALUES ($1, $2, $3, $4, $4, 0) ON CONFLICT (kind, about, user_number) DO NOTHING";
const DUE: &str = "SELECT kind, about, user_number, created, due, attempts FROM mail
    WHERE due <= $1 ORDER BY due LIMIT 100";
/// Of two nodes that want to try it one does.
const TAKE: &str = "UPDATE mail SET due = $5, attempts = attempts + 1
    WHERE kind = $1 AND about = $2 AND user_number = $3 AND due = $4";
const NOTE: &str = "UPDATE mail SET due = $4, error = $5, sent = $6
    WHERE kind = $1 AND about = $2 AND user_number = $3";
const DELIVERY: &str = "SELECT due, attempts, error, sent FROM mail WHERE kind = $1 AND about = $2";
/// The errors are told as long as what they are about.
pub(crate) const FORGET: &str = "DELETE FROM mail WHERE due IS NULL AND created + 15552000000000 <= $1";

const READING: &str = "read the mail to be sent";
const WRITING: &str = "keep the mail to be sent";

fn mail(
    (kind, about, user, created, due, attempts): (String, String, i64, i64, i64, i64),
) -> Result<Mail, StoreError> {
    const TABLE: &str = "mail";
    let kinds = [MailKind::Invitation, MailKind::AccessRequested, MailKind::AccessDecided];
    let found = kinds.into_iter().find(|it| it.word() == kind);
    Ok(Mail {
        kind: found.ok_or_else(|| StoreError::corrupt(TABLE, format!("`{kind}` is no kind of mail")))?,
        about,
        user: user_id(TABLE, user)?,
        created: Moment::new(created),
        due: Moment::new(due),
        attempts,
    })
}

/// When it is due, how often it was tried, what went wrong, when it was sent.
type DeliveryRow = (Option<i64>, i64, Option<String>, Option<i64>);

impl Store {
    /// Some of the mail that is to be tried now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn due_mail(&self, now: Moment) -> Result<Vec<Mail>, StoreError> {
        let rows: Vec<(String, String, i64, i64, i64, i64)> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(DUE).bind(now.microseconds());
            query.fetch_all(pool).await.map_err(failed(READING))?
        });
        rows.into_iter().map(mail).collect()
    }

    /// Takes a message, as it was read, to try it; should this node be cut off, it is due again then.
    /// Answers whether nobody else was faster.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn take_mail(&self, mail: &Mail, due_again: Moment) -> Result<bool, StoreError> {
        writing!(&self.db, |pool| {
            let query = sqlx::query(TAKE)
                .bind(mail.kind.word())
                .bind(&mail.about)
                .bind(i64::from(mail.user.number()))
                .bind(mail.due.microseconds())
                .bind(due_again.microseconds());
            Ok(query.execute(pool).await.map_err(failed(WRITING))?.rows_affected() == 1)
        })
    }

    /// Notes what has come of trying a message.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn note_mail(&self, mail: &Mail, tried: &Tried) -> Result<(), StoreError> {
        let (due, error, sent) = match tried {
            Tried::Sent(at) => (None, None, Some(at.microseconds())),
            Tried::Again(due, error) => (Some(due.microseconds()), Some(error), None),
            Tried::Failed(error) => (None, Some(error), None),
        };
        writing!(&self.db, |pool| {
            let query = sqlx::query(NOTE)
                .bind(mail.kind.word())
                .bind(&mail.about)
                .bind(i64::from(mail.user.number()))
                .bind(due)
                .bind(error.map(|error| storable(error)))
                .bind(sent);
            query.execute(pool).await.map_err(failed(WRITING))?;
        });
        Ok(())
    }

    /// How far an invitation's mail is; none, if it is not mailed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn delivery_of_invitation(&self, id: &str) -> Result<Option<Delivery>, StoreError> {
        let found: Option<DeliveryRow> = reading!(&self.db, |pool| {
            let query = sqlx::query_as(DELIVERY).bind(MailKind::Invitation.word()).bind(id);
            query.fetch_optional(pool).await.map_err(failed(READING))?
        });
        Ok(found.map(|(due, attempts, error, sent)| match (due, sent) {
            (_, Some(sent)) => Delivery::Sent(Moment::new(sent)),
            (Some(due), None) => Delivery::Waiting { attempts, due: Moment::new(due), error },
            (None, None) => Delivery::Failed { attempts, error: error.unwrap_or_default() },
        }))
    }
}
