//! Changes that nobody asks for, and that nobody needs to be allowed: the first user, and what a registry
//! tells.

use std::sync::Arc;

use governance::{Event, FirstUser, Organisation, UserId};
use store::{Entry, Revision, With};
use tokio::task::spawn_blocking;

use super::keeping::Kept;
use super::{ChangeError, Office};
use crate::chance::now;
use crate::deadline;

impl Office {
    /// Makes the first user, as long as there is none. The user is the author: there is nobody else.
    ///
    /// # Errors
    /// When there are users, the user breaks a rule, or it cannot be kept.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        first: FirstUser,
        address: String,
    ) -> Result<UserId, ChangeError> {
        let entry = Entry {
            at: now(),
            by: first.id.to_string(),
            via: Some("first start".to_owned()),
            address: Some(address),
            basis: "operator".to_owned(),
            summary: "Make the first user".to_owned(),
            impact: None,
        };
        let made =
            self.make(entry, move |organisation| first.events(organisation).map_err(ChangeError::Refused));
        made.await.map(|(user, _)| user)
    }

    /// Makes what `compose` works out of the newest organisation, and anew whenever another node was faster;
    /// no revision where that is nothing. Once begun it is brought to its end.
    ///
    /// # Errors
    /// When there is nothing that could be made, or it cannot be kept.
    pub(crate) async fn make<T, E>(
        self: &Arc<Self>,
        entry: Entry,
        compose: impl Fn(&Organisation) -> Result<(T, Vec<Event>), ChangeError<E>> + Send + Sync + 'static,
    ) -> Result<(T, Option<Revision>), ChangeError<E>>
    where
        T: Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let (office, compose) = (Arc::clone(self), Arc::new(compose));
        deadline::change_begins();
        let change = tokio::spawn(async move { office.make_in_turn(entry, compose).await });
        change.await.unwrap_or(Err(ChangeError::Broken))
    }

    async fn make_in_turn<T, E>(
        &self,
        mut entry: Entry,
        compose: Arc<
            impl Fn(&Organisation) -> Result<(T, Vec<Event>), ChangeError<E>> + Send + Sync + 'static,
        >,
    ) -> Result<(T, Option<Revision>), ChangeError<E>>
    where
        T: Send + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let _writer = self.writer.lock().await;
        loop {
            let newest = self.published();
            let (organisation, compose) = (Arc::clone(&newest.organisation), Arc::clone(&compose));
            let made = spawn_blocking(move || {
                let (made, events) = compose(&organisation)?;
                let after = organisation.after(&events);
                Ok::<_, ChangeError<E>>((made, events, Arc::new(after)))
            });
            let (made, events, after) = made.await.map_err(|_| ChangeError::Broken)??;
            if events.is_empty() {
                return Ok((made, None));
            }
            entry.at = now();
            let kept = Kept { entry: &entry, events: &events, with: With::default() };
            if let Some(revision) = self.keep(&newest, &after, kept).await? {
                return Ok((made, Some(revision)));
            }
        }
    }
}
