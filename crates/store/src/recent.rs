//! What was read about credentials a moment ago, so that a program that asks again and again costs the
//! database nothing (docs/storage.md#credentials).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governance::UserId;

use crate::access_token::AccessToken;
use crate::consumer::Consumer;
use crate::error::StoreError;
use crate::session::Session;

/// So late, at most, does a node notice what another has ended. What a node ends itself it notices at once.
const LASTS: Duration = Duration::from_secs(1);
/// More at a time would be a flood.
const MOST: usize = 10_000;

/// The credentials that requests show.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    pub(crate) sessions: Values<String, Session>,
    pub(crate) access_tokens: Values<String, AccessToken>,
    pub(crate) passwords: Values<UserId, String>,
    pub(crate) consumers: Values<String, Consumer>,
}

impl Recent {
    /// Forgets everything as soon as what it answers is dropped: when whatever changed credentials has ended,
    /// well or not.
    pub(crate) fn forgotten_after(&self) -> Forgetting<'_> {
        Forgetting(self)
    }
}

#[must_use = "what is recent is forgotten when this is dropped"]
pub(crate) struct Forgetting<'r>(&'r Recent);

impl Drop for Forgetting<'_> {
    fn drop(&mut self) {
        self.0.sessions.forget();
        self.0.access_tokens.forget();
        self.0.passwords.forget();
        self.0.consumers.forget();
    }
}

#[derive(Debug)]
pub(crate) struct Values<K, V>(Mutex<Read<K, V>>);

#[derive(Debug)]
struct Read<K, V> {
    values: HashMap<K, (Instant, V)>,
    /// What was read before values were last forgotten is not kept.
    forgotten: u64,
}

impl<K, V> Default for Values<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Read { values: HashMap::new(), forgotten: 0 }))
    }
}

impl<K, V> Values<K, V> {
    fn lock(&self) -> MutexGuard<'_, Read<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self) {
        let mut read = self.lock();
        read.values.clear();
        read.forgotten += 1;
    }
}

impl<K: Eq + Hash, V: Clone> Values<K, V> {
    /// What was read under a key a moment ago, or else what `read` reads now. That there is nothing is not
    /// remembered: what is made on another node is there at once.
    pub(crate) async fn or_read(
        &self,
        key: K,
        read: impl Future<Output = Result<Option<V>, StoreError>>,
    ) -> Result<Option<V>, StoreError> {
        self.or_read_worth(key, read, |_| true).await
    }

    /// The same, where not everything is worth remembering.
    pub(crate) async fn or_read_worth(
        &self,
        key: K,
        read: impl Future<Output = Result<Option<V>, StoreError>>,
        is_worth_it: impl Fn(&V) -> bool,
    ) -> Result<Option<V>, StoreError> {
        let forgotten = {
            let read = self.lock();
            match read.values.get(&key) {
                Some((since, value)) if since.elapsed() < LASTS => return Ok(Some(value.clone())),
                _ => read.forgotten,
            }
        };
        let since = Instant::now();
        let value = read.await?;
        let mut read = self.lock();
        if let Some(value) = value.as_ref().filter(|value| is_worth_it(value))
            && read.forgotten == forgotten
        {
            if read.values.len() >= MOST {
                read.values.clear();
            }
            read.values.insert(key, (since, value.clone()));
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_forgotten_while_it_was_read_is_read_again() {
        let recent = Recent::default();
        let hash = |text: &str| Some(text.to_owned());
        let user = UserId::new(0);
        let read = async {
            drop(recent.forgotten_after());
            Ok(hash("old"))
        };
        assert_eq!(recent.passwords.or_read(user, read).await.unwrap(), hash("old"));
        let read = async { Ok(hash("new")) };
        assert_eq!(recent.passwords.or_read(user, read).await.unwrap(), hash("new"));
        let read = async { unreachable!("it was read a moment ago") };
        assert_eq!(recent.passwords.or_read(user, read).await.unwrap(), hash("new"));
    }

    #[tokio::test]
    async fn that_there_is_nothing_is_not_remembered() {
        let recent = Recent::default();
        let user = UserId::new(0);
        assert_eq!(recent.passwords.or_read(user, async { Ok(None) }).await.unwrap(), None);
        let read = async { Ok(Some("new".to_owned())) };
        assert_eq!(recent.passwords.or_read(user, read).await.unwrap().as_deref(), Some("new"));
    }

    #[tokio::test]
    async fn what_is_not_worth_it_is_read_each_time() {
        let recent = Recent::default();
        for text in ["old", "new"] {
            let read = async { Ok(Some(text.to_owned())) };
            let found = recent.passwords.or_read_worth(UserId::new(0), read, |_| false).await.unwrap();
            assert_eq!(found.as_deref(), Some(text));
        }
    }
}
