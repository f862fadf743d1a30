//! What a change does to what is no fact, in the transaction that keeps its entry: the journal tells of it if
//! and only if it is done.

use governance::{LicenceType, UserId};

use crate::revision::Moment;
use crate::{access_token, attempt, lease, link, session};

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
    /// Makes all budgets of an id full, by its hash: whoever has failed to sign in with it may try again.
    ReleaseLockOut(String),
    /// Keeps a link, by the hash of what stands in it, with which a user sets a password; older ones end.
    LetSetPassword {
        /// Whose password.
        user: UserId,
        /// The hash of what stands in it.
        token_hash: String,
        /// Until when it can be used.
        expires: Moment,
    },
}

/// What a statement is given.
pub(crate) enum Given {
    Number(i64),
    Text(String),
}

impl From<UserId> for Given {
    fn from(user: UserId) -> Self {
        Self::Number(user.number().into())
    }
}
impl From<Moment> for Given {
    fn from(moment: Moment) -> Self {
        Self::Number(moment.microseconds())
    }
}
impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Effect {
    /// The statements that do it at a moment, each with what it is given.
    pub(crate) fn statements(&self, at: Moment) -> Vec<(&'static str, Vec<Given>)> {
        let idle = |user: UserId| (lease::END_AT_SIGN_OUT, vec![user.into(), at.into()]);
        match self {
            Self::EndLease(user, licence) => vec![(lease::END, vec![(*user).into(), licence.id().into()])],
            Self::EndSessions(user) => vec![(session::END_OF_USER, vec![(*user).into()]), idle(*user)],
            Self::EndSession(user, hash) => {
                vec![(session::END, vec![hash.as_str().into()]), idle(*user)]
            }
            Self::RevokeToken(hash) => vec![(access_token::REVOKE, vec![hash.as_str().into()])],
            Self::ReleaseLockOut(id) => vec![(attempt::FILL_OF_ID, vec![id.as_str().into()])],
            Self::LetSetPassword { user, token_hash, expires } => {
                let new = [token_hash.as_str().into(), link::SET_PASSWORD.into(), (*user).into()];
                let new = new.into_iter().chain([at.into(), (*expires).into()]).collect();
                vec![(link::END_OF_USER, vec![(*user).into()]), (link::ADD, new)]
            }
        }
    }

    /// Whether credentials end by it that others may remember.
    pub(crate) const fn ends_credentials(&self) -> bool {
        matches!(self, Self::EndSessions(_) | Self::EndSession(..) | Self::RevokeToken(_))
    }

    /// Whether leases may end by it.
    pub const fn ends_leases(&self) -> bool {
        matches!(self, Self::EndLease(..) | Self::EndSessions(_) | Self::EndSession(..))
    }
}
