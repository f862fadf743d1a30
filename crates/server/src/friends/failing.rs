//! Which friends fail: what came of the last request to each, and of the last look at the way back, as far as
//! this node has tried.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use store::{Friend, Moment};
use tokio::time::{Instant, interval_at};

use super::check::Direction;
use super::doctor::outbound;
use super::handshake::Reverse;
use crate::chance::now;
use crate::repeated_failure;
use crate::router::Server;

/// The friends that fail.
#[derive(Debug, Default)]
pub(crate) struct Failing(Mutex<HashMap<(String, Direction), Failure>>);

/// What a friend fails by.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) since: Moment,
    pub(crate) said: String,
}

impl Failing {
    /// Notes that one works, or what has failed.
    pub(super) fn note(&self, friend: &Friend, direction: Direction, failed: Option<String>) {
        let of = (friend.name.clone(), direction);
        let mut failing = self.failing();
        match failed {
            None => drop(failing.remove(&of)),
            Some(said) => {
                let since = failing.get(&of).map_or_else(now, |before| before.since);
                failing.insert(of, Failure { since, said });
            }
        }
    }

    /// Whether the friend of this name fails, and which way.
    pub(crate) fn of(&self, name: &str) -> Option<(Direction, Failure)> {
        let failing = self.failing();
        [Direction::Outbound, Direction::Inbound].into_iter().find_map(|direction| {
            let failure = failing.get(&(name.to_owned(), direction))?;
            Some((direction, failure.clone()))
        })
    }

    fn failing(&self) -> MutexGuard<'_, HashMap<(String, Direction), Failure>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever uses none of its processes hears of a friend that fails, too; often enough for who looks now and
/// then.
const EVERY: Duration = Duration::from_secs(30 * 60);

/// Tries every friend, for ever.
pub(crate) async fn watch(server: Arc<Server>) {
    let mut every = interval_at(Instant::now() + EVERY, EVERY);
    loop {
        every.tick().await;
        match server.office.store().friends().await {
            Ok(friends) => {
                for friend in friends {
                    outbound(&server, &friend, Reverse::Left).await;
                }
            }
            Err(error) => repeated_failure::log("cannot read which friends to try", &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_friend_fails_since_it_first_did_and_until_it_works() {
        let friend = |name: &str| Friend {
            name: name.to_owned(),
            root_services: String::new(),
            consumer_key: String::new(),
            secret: String::new(),
            created: Moment::new(0),
            rotated: None,
        };
        let one = friend("one");
        let failing = Failing::default();
        failing.note(&one, Direction::Inbound, Some("no key".to_owned()));
        failing.note(&one, Direction::Outbound, Some("is away".to_owned()));
        let first = failing.of("one").unwrap().1.since;
        failing.note(&one, Direction::Outbound, Some("refuses the key".to_owned()));
        let (direction, failure) = failing.of("one").unwrap();
        assert_eq!(
            (direction, &*failure.said, failure.since),
            (Direction::Outbound, "refuses the key", first)
        );
        failing.note(&one, Direction::Outbound, None);
        assert_eq!(failing.of("one").unwrap().0, Direction::Inbound);
        assert!(failing.of("other").is_none());
    }
}
