//! Mail (docs/guide/operating.md#mail): what is to be sent waits in the store, is tried by one node at a
//! time, and again for days while the mail server is down.

mod letter;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use store::{Mail, StoreError, Tried};
use tokio::sync::Notify;
use tokio::time::timeout;

pub use transport::MailError;
use transport::{NotSent, Transport};

use crate::chance::now;
use crate::config::Config;
use crate::router::Server;
use crate::session::later;

/// Sends mail.
pub(crate) struct Post {
    transport: Transport,
    /// Something waits.
    wake: Notify,
}

/// Another node may have put something there.
const LOOK: Duration = Duration::from_secs(5);
/// Whoever takes a message sends it within that time, or was cut off.
const SENDING: Duration = Duration::from_secs(5 * 60);
/// How long to wait after the first failure; each time twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// What cannot be sent for so long is given up.
const PATIENCE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

impl Post {
    /// Nothing, where no mail server is configured.
    pub(crate) fn open(config: &Config) -> Result<Option<Arc<Self>>, MailError> {
        let open = |mail| Ok(Arc::new(Self { transport: Transport::new(mail)?, wake: Notify::new() }));
        config.mail.as_ref().map(open).transpose()
    }

    /// Tells that something waits.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Sends what waits, for ever.
    pub(crate) async fn deliver(self: Arc<Self>, server: Arc<Server>) {
        loop {
            if let Err(error) = self.round(&server).await {
                tracing::warn!(%error, "cannot look for mail that waits; trying again");
            }
            // Either way it looks again.
            drop(timeout(LOOK, self.wake.notified()).await);
        }
    }

    async fn round(&self, server: &Server) -> Result<(), StoreError> {
        let store = server.office.store();
        for mail in store.due_mail(now()).await? {
            if store.take_mail(&mail, later(now(), SENDING)).await? {
                let tried = self.try_one(server, &mail).await?;
                store.note_mail(&mail, &tried).await?;
            }
        }
        Ok(())
    }

    async fn try_one(&self, server: &Server, mail: &Mail) -> Result<Tried, StoreError> {
        let sent = match letter::of(server, mail).await? {
            Ok(letter) => self.transport.send(letter).await,
            Err(over) => Err(NotSent::Ever(over.to_owned())),
        };
        let at = now();
        Ok(match sent {
            Ok(()) => {
                tracing::info!(kind = ?mail.kind, about = mail.about, "sent a message");
                Tried::Sent(at)
            }
            Err(NotSent::Yet(error)) if at < later(mail.created, PATIENCE) => {
                Tried::Again(later(at, pause(mail.attempts)), error)
            }
            Err(NotSent::Yet(error) | NotSent::Ever(error)) => {
                tracing::warn!(kind = ?mail.kind, about = mail.about, error, "a message was given up");
                Tried::Failed(error)
            }
        })
    }
}

/// How long to wait after so many failures before this one.
fn pause(failures: i64) -> Duration {
    let doublings = u32::try_from(failures).unwrap_or(u32::MAX).min(30);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pause_is_twice_as_long_up_to_an_hour() {
        let seconds = |failures| pause(failures).as_secs();
        assert_eq!([0, 1, 2, 9, 10, i64::MAX].map(seconds), [5, 10, 20, 2560, 3600, 3600]);
    }
}
