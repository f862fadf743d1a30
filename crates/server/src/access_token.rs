//! Personal access tokens: what a program has in place of its owner's password.

use std::sync::Arc;
use std::time::Duration;

use governance::UserId;
use sha2::{Digest as _, Sha256};
use store::{AccessToken, Moment, StoreError, TokenKept};

use crate::caller::Credential;
use crate::chance::{hex, now};
use crate::place::Place;
use crate::repeated_failure;
use crate::router::Server;
use crate::scope::{Scope, Scopes};
use crate::secret::{self, TokenHash};
use crate::session::later;
use crate::sign_in::{NoEntry, unknown_secret};

/// By which people and scanners know it.
const PREFIX: &str = "bwk_";
/// The secret, and its checksum, as digits.
const SECRET_LENGTH: usize = 64;
const CHECKSUM_LENGTH: usize = 8;

/// No token lasts longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// Its use is noted no more often.
const NOTED_EVERY: Duration = Duration::from_secs(5 * 60);

/// What a new token shall be.
pub(crate) struct NewToken {
    pub(crate) name: String,
    pub(crate) scopes: Scopes,
    pub(crate) expires: Moment,
}

/// Why there is no new token.
#[derive(Debug)]
pub(crate) enum NotMade {
    /// Another of the user's has the name.
    NameTaken,
    /// The user has as many as anybody may.
    TooMany,
    /// The user has been archived meanwhile.
    Archived,
    /// The database fails.
    Store(StoreError),
}

/// Makes a token; answers its text, which nobody is ever told again, and what is kept of it.
pub(crate) async fn create(
    server: &Server,
    user: UserId,
    new: NewToken,
) -> Result<(String, TokenHash, AccessToken), NotMade> {
    let secret = secret::fresh();
    let text = format!("{PREFIX}{secret}{}", checksum(&secret));
    let hash = TokenHash::of(&text);
    let token = AccessToken {
        user,
        name: new.name,
        scopes: new.scopes.to_string(),
        created: now(),
        expires: new.expires,
        last_used: None,
    };
    let kept = server.office.store().add_access_token(hash.as_str(), &token).await;
    match kept.map_err(NotMade::Store)? {
        TokenKept::Yes => Ok((text, hash, token)),
        TokenKept::NameTaken => Err(NotMade::NameTaken),
        TokenKept::TooMany => Err(NotMade::TooMany),
        TokenKept::Archived => Err(NotMade::Archived),
    }
}

/// Whose token this is, and what for.
pub(crate) async fn find(
    server: &Server,
    place: &Place,
    text: &str,
) -> Result<(UserId, Credential), NoEntry> {
    let store = server.office.store();
    let hash = TokenHash::of(text);
    let now = now();
    let found = match is_well_formed(text) {
        true => store.recent_access_token(hash.as_str()).await?,
        false => None,
    };
    let Some(token) = found.filter(|token| token.expires > now && server.signs_in(token.user)) else {
        return Err(unknown_secret(server, "use an access token", place).await);
    };
    if token.last_used.is_none_or(|last| later(last, NOTED_EVERY) <= now)
        && let Err(error) = store.touch_access_token(hash.as_str(), now).await
    {
        repeated_failure::log("cannot note that an access token is used", &error);
    }
    let scopes = scopes(&token);
    Ok((token.user, Credential::Token { hash, name: Arc::from(token.name), scopes }))
}

/// What a token is for.
pub(crate) fn scopes(token: &AccessToken) -> Scopes {
    token.scopes.split(' ').filter_map(Scope::from_id).collect()
}

/// Whether a text can be a token at all: nobody looks for what was cut off or mistyped.
fn is_well_formed(text: &str) -> bool {
    let parts = text.strip_prefix(PREFIX).and_then(|rest| rest.split_at_checked(SECRET_LENGTH));
    parts.is_some_and(|(secret, sum)| sum == checksum(secret))
}

fn checksum(secret: &str) -> String {
    let mut sum = hex(&Sha256::digest(format!("{PREFIX}{secret}")));
    sum.truncate(CHECKSUM_LENGTH);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_was_cut_off_or_mistyped_is_none() {
        let secret = secret::fresh();
        let token = format!("{PREFIX}{secret}{}", checksum(&secret));
        assert!(is_well_formed(&token) && token.len() == 76);
        assert!(!is_well_formed(&token[..75]) && !is_well_formed(&token[1..]) && !is_well_formed(""));
        let other = if token.as_bytes()[10] == b'0' { "1" } else { "0" };
        assert!(!is_well_formed(&format!("{}{other}{}", &token[..10], &token[11..])));
        assert!(!is_well_formed("bwk_ää") && !is_well_formed(&"ä".repeat(38)));
    }
}
