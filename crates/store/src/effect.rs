//! What a change does to what is no fact, in the transaction that keeps its entry: the journal tells of it if
//! and only if it is done.

use governance::{LicenceType, UserId};

use crate::consumer::{self, Consumer};
use crate::db::storable;
use crate::friend::{self, Friend};
use crate::revision::Moment;
use crate::{access_token, attempt, invitation, lease, link, oauth_token, session};

/// What a change does besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ends a user's lease of a type.
    EndLease(UserId, LicenceType),
    /// Ends all sessions of a user.
    EndSessions(UserId),
    /// Ends the session of a user with this hash.
    EndSession(UserId, String),
    /// Revokes the access token with this hash.
    RevokeToken(String),
    /// Ends what a consumer does for a user.
    EndConsumerFor {
        /// For whom.
        user: UserId,
        /// The consumer's key.
        consumer_key: String,
    },
    /// Makes all budgets of an id full, by its hash: whoever has failed to sign in with it may try again.
    ReleaseLockOut(String),
    /// Makes one budget full, by its subject.
    FillBudget(String),
    /// Keeps a link, by the hash of what stands in it, with which a user sets a password; older ones end.
    LetSetPassword {
        /// Whose password.
        user: UserId,
        /// The hash of what stands in it.
        token_hash: String,
        /// Until when it can be used.
        expires: Moment,
    },
    /// Ends an invitation, which whoever accepts it must have claimed.
    AcceptInvitation {
        /// Its name.
        id: String,
        /// When it was claimed.
        claimed: Moment,
        /// Who accepts it; nobody where the change makes their account.
        by: Option<UserId>,
    },
    /// Keeps a consumer, whose key must be free.
    AddConsumer(Box<Consumer>),
    /// Changes a consumer, which must still be as it was read.
    ChangeConsumer {
        /// As it was read.
        before: Box<Consumer>,
        /// As it is to be.
        after: Box<Consumer>,
    },
    /// Deletes the consumer that must have this key, with all that it could act with.
    RemoveConsumer(String),
    /// Keeps a friend, whose name must be free.
    AddFriend(Friend),
    /// Changes a friend, which must still be as it was read.
    ChangeFriend {
        /// As it was read.
        before: Friend,
        /// As it is to be.
        after: Friend,
    },
    /// Removes the friend that must have this name, with its key and its secret.
    RemoveFriend(String),
}

/// One statement of those that do something.
pub(crate) struct Statement {
    pub(crate) text: &'static str,
    pub(crate) given: Vec<Given>,
    /// Whether it is in vain without a row that it changes or makes.
    pub(crate) needs_row: bool,
}

impl Statement {
    pub(crate) fn new<const N: usize>(text: &'static str, given: [Given; N]) -> Self {
        Self { text, given: given.into(), needs_row: false }
    }
    pub(crate) fn that_needs_a_row<const N: usize>(text: &'static str, given: [Given; N]) -> Self {
        Self { needs_row: true, ..Self::new(text, given) }
    }
}

/// What a statement is given.
pub(crate) enum Given {
    Number(Option<i64>),
    Text(Option<String>),
}

/// The query of a statement, for either database.
macro_rules! query {
    ($statement:expr) => {{
        let $crate::effect::Statement { text, given, .. } = $statement;
        given.into_iter().fold(sqlx::query(text), |query, given| match given {
            $crate::effect::Given::Number(number) => query.bind(number),
            $crate::effect::Given::Text(text) => query.bind(text),
        })
    }};
}
pub(crate) use query;

impl From<UserId> for Given {
    fn from(user: UserId) -> Self {
        i64::from(user.number()).into()
    }
}
impl From<Moment> for Given {
    fn from(moment: Moment) -> Self {
        moment.microseconds().into()
    }
}
impl From<i64> for Given {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}
impl From<Option<i64>> for Given {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}
impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Some(text).into()
    }
}
impl From<Option<&str>> for Given {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(|text| storable(text).into_owned()))
    }
}

impl Effect {
    /// The statements that do it at a moment.
    pub(crate) fn statements(&self, at: Moment) -> Vec<Statement> {
        let idle = |user: UserId| Statement::new(lease::END_AT_SIGN_OUT, [user.into(), at.into()]);
        match self {
            Self::EndLease(user, licence) => {
                vec![Statement::new(lease::END, [(*user).into(), licence.id().into()])]
            }
            Self::EndSessions(user) => {
                vec![
                    Statement::new(session::END_OF_USER, [(*user).into()]),
                    Statement::new(oauth_token::END_OF_USER, [(*user).into()]),
                    idle(*user),
                ]
            }
            Self::EndSession(user, hash) => {
                vec![Statement::new(session::END, [hash.as_str().into()]), idle(*user)]
            }
            Self::RevokeToken(hash) => vec![Statement::new(access_token::REVOKE, [hash.as_str().into()])],
            Self::EndConsumerFor { user, consumer_key } => vec![Statement::new(
                oauth_token::END_OF_CONSUMER_FOR_USER,
                [consumer_key.as_str().into(), (*user).into()],
            )],
            Self::ReleaseLockOut(id) => vec![Statement::new(attempt::FILL_OF_ID, [id.as_str().into()])],
            Self::FillBudget(subject) => vec![Statement::new(attempt::FILL, [subject.as_str().into()])],
            Self::LetSetPassword { user, token_hash, expires } => {
                let (hash, purpose) = (token_hash.as_str(), link::SET_PASSWORD);
                let new = [hash.into(), purpose.into(), (*user).into(), at.into(), (*expires).into()];
                vec![Statement::new(link::END_OF_USER, [(*user).into()]), Statement::new(link::ADD, new)]
            }
            Self::AcceptInvitation { id, claimed, by } => {
                let by = by.map(|by| i64::from(by.number()));
                let given = [id.as_str().into(), (*claimed).into(), by.into()];
                vec![Statement::that_needs_a_row(invitation::ACCEPT, given)]
            }
            Self::AddConsumer(consumer) => vec![consumer::add(consumer)],
            Self::ChangeConsumer { before, after } => vec![consumer::change(before, after)],
            Self::RemoveConsumer(key) => vec![
                Statement::new(oauth_token::END_OF_CONSUMER, [key.as_str().into()]),
                Statement::that_needs_a_row(consumer::REMOVE, [key.as_str().into()]),
            ],
            Self::AddFriend(friend) => vec![friend::add(friend)],
            Self::ChangeFriend { before, after } => vec![friend::change(before, after)],
            Self::RemoveFriend(name) => {
                vec![Statement::that_needs_a_row(friend::REMOVE, [name.as_str().into()])]
            }
        }
    }

    /// Whether credentials end by it that others may remember.
    pub(crate) const fn ends_credentials(&self) -> bool {
        matches!(
            self,
            Self::EndSessions(_)
                | Self::EndSession(..)
                | Self::RevokeToken(_)
                | Self::ChangeConsumer { .. }
                | Self::RemoveConsumer(_)
        )
    }

    /// Whether leases may end by it.
    pub const fn ends_leases(&self) -> bool {
        matches!(self, Self::EndLease(..) | Self::EndSessions(_) | Self::EndSession(..))
    }
}
