//! What a new password must be (NIST SP 800-63B: long, and none of those that are tried first), and what
//! setting it ends.

use std::collections::BTreeSet;
use std::sync::Arc;

use governance::text::fold;
use governance::{FirstUser, UserId};
use thiserror::Error;

use crate::chance::now;
use crate::client_address::ClientAddress;
use crate::office::ChangeError;
use crate::password::{LONGEST, PasswordError, Right};
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::secret::TokenHash;
use crate::sign_in::{NoEntry, Proof};

/// Nobody may ask for shorter ones.
pub(crate) const SHORTEST_OF_ALL: usize = 8;
/// A password with fewer different characters is a pattern.
const FEWEST_CHARACTERS: usize = 5;

/// In lower case, a line each.
static COMMON: &str = include_str!("../assets/common_passwords.txt");

/// Why a password cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Weak {
    #[error("the password has {0} characters; choose one of {1} or more, such as four words")]
    Short(usize, usize),
    #[error("the password is longer than {LONGEST} bytes; choose a shorter one")]
    Long,
    #[error("the password is the user id, with little else; choose another")]
    IsId,
    #[error("the password is one of those that are tried first; choose another")]
    Common,
    #[error("the password repeats a pattern; choose another")]
    Pattern,
    #[error("the two passwords differ; type the same twice")]
    Differs,
}

/// Whether this can be the new password of the user with this id.
pub(crate) fn check(password: &str, id: &str, shortest: usize) -> Result<(), Weak> {
    let length = password.chars().count();
    if length < shortest.max(SHORTEST_OF_ALL) {
        return Err(Weak::Short(length, shortest.max(SHORTEST_OF_ALL)));
    }
    if password.len() > LONGEST {
        return Err(Weak::Long);
    }
    let lower = password.to_lowercase();
    // What people add so that it is accepted.
    let bare = lower.trim_matches(|letter: char| letter.is_ascii_digit() || letter.is_ascii_punctuation());
    let is = |word: &str| [lower.as_str(), bare].contains(&word);
    if !id.is_empty() && (is(&fold(id)) || is(&fold(id).repeat(2))) {
        return Err(Weak::IsId);
    }
    if COMMON.lines().any(is) {
        return Err(Weak::Common);
    }
    let characters: BTreeSet<char> = lower.chars().collect();
    if characters.len() < FEWEST_CHARACTERS || is_run(&lower) {
        return Err(Weak::Pattern);
    }
    Ok(())
}

/// The same of a password that was to be typed twice.
pub(crate) fn check_twice(password: &str, again: &str, id: &str, shortest: usize) -> Result<(), Weak> {
    check(password, id, shortest)?;
    if password == again { Ok(()) } else { Err(Weak::Differs) }
}

/// Each character follows the one before it: `abcdefgh`, `87654321`.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|letter| i64::from(u32::from(letter))).collect();
    let steps: BTreeSet<i64> = codes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // Digits may go round: `1234567890`.
    let far = |step: &&i64| !matches!(**step, -9 | 9);
    steps.iter().filter(far).all(|step| *step == 1) || steps.iter().filter(far).all(|step| *step == -1)
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Length => Self::new(Kind::BadValue, error.to_string()),
            PasswordError::Hashing => Self::internal(),
            PasswordError::Store(error) => error.into(),
        }
    }
}

impl Server {
    /// Sets a password; the user's sessions, links and leases end.
    pub(crate) async fn renew_password(
        self: &Arc<Self>,
        user: UserId,
        password: String,
    ) -> Result<Proof, Problem> {
        let hash = self.hash(password).await?;
        self.office.store().renew_password(user, &hash).await?;
        self.office.leases.ended(&[user]);
        Ok(Proof::kept(&hash))
    }

    /// Uses a link up to set a password; the user's sessions end. None, if the link is good no more.
    pub(crate) async fn set_password_by_link(
        self: &Arc<Self>,
        link: String,
        password: String,
    ) -> Result<Option<Right>, Problem> {
        let hash = self.hash(password).await?;
        let link = TokenHash::of(&link);
        let user = self.office.store().set_password_by_link(link.as_str(), now(), &hash).await?;
        user.iter().for_each(|user| self.office.leases.ended(&[*user]));
        Ok(user.map(|user| Right::by(user, &hash)))
    }

    /// Makes the first user, with a password.
    pub(crate) async fn make_first_user(
        self: &Arc<Self>,
        first: FirstUser,
        password: String,
        client: ClientAddress,
    ) -> Result<Right, ChangeError> {
        let hash = self.hash(password).await.map_err(|_| ChangeError::Broken)?;
        let user = self.office.begin(first, client.to_string()).await?;
        // Should this fail, the next start prints a link for the user to set one.
        self.office.store().set_password_hash(user, &hash).await?;
        Ok(Right::by(user, &hash))
    }

    pub(crate) async fn hash(&self, password: String) -> Result<String, Problem> {
        let turn = self.passwords.turn().await.ok_or_else(|| Problem::from(NoEntry::Busy))?;
        Ok(self.passwords.hash(&turn, password).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_none_that_is_tried_first() {
        let check = |password: &str, expected: Result<(), Weak>| {
            assert_eq!(check(password, "Margarete-Ko", 12), expected, "{password}");
        };
        check("correct horse battery", Ok(()));
        check("zwölf Zeichen", Ok(()));
        check("ünf Zeichen", Err(Weak::Short(11, 12)));
        check("", Err(Weak::Short(0, 12)));
        check("MARGARETE-KO", Err(Weak::IsId));
        check("margarete-ko123!", Err(Weak::IsId));
        check("qwertyuiop123", Err(Weak::Common));
        check("Password2026!", Err(Weak::Common));
        check("aaaaaaaaaaaaa", Err(Weak::Pattern));
        check("abababababab", Err(Weak::Pattern));
        check("abcdefghijklm", Err(Weak::Pattern));
        check("123456789012", Err(Weak::Pattern));
        check("zyxwvutsrqpo", Err(Weak::Pattern));
        check(&"ab cd ef".repeat(129), Err(Weak::Long));
    }

    #[test]
    fn the_list_is_in_lower_case_and_long_enough_to_matter() {
        for line in COMMON.lines() {
            assert!(line == line.to_lowercase() && line == line.trim() && !line.is_empty(), "{line}");
        }
        assert!(COMMON.lines().count() > 100);
    }

    #[test]
    fn nobody_may_ask_for_less_than_the_least() {
        assert_eq!(check("sieben7", "bob", 1), Err(Weak::Short(7, 8)));
        assert_eq!(check("acht8888x y", "bob", 1), Ok(()));
    }
}
