//! How many connections there are, and which one goes when there is no room for another.
//!
//! Whoever opens connections and asks nothing must not keep others out. When all places are taken, the
//! connection on which nothing was ever asked goes first, the oldest of them; then the one that has been idle
//! for longest since its last answer. One with a request under way stays: then the next waits until
//! one has ended, and the operating system queues those after it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// The places of a server's connections.
#[derive(Debug)]
pub(crate) struct Connections {
    most: usize,
    places: Arc<Semaphore>,
    waiting: Mutex<Waiting>,
    /// A connection has become idle.
    idle: Notify,
    made_room: AtomicU64,
}

/// The connections with no request under way, in the order in which they came to that. Closing one is a
/// matter of telling it.
#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    silent: BTreeMap<u64, Arc<Notify>>,
    idle: BTreeMap<u64, Arc<Notify>>,
}

/// A connection that has a place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Connection {
    connections: Arc<Connections>,
    /// Its number among those that wait for a request, another one for each; `BUSY` while one is under way.
    number: AtomicU64,
    close: Arc<Notify>,
    _place: OwnedSemaphorePermit,
}

const BUSY: u64 = 0;

/// A request is under way, until this is dropped.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Connection>);

impl Connections {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        let most = most.min(Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(most));
        Arc::new(Self {
            most,
            places,
            waiting: Mutex::default(),
            idle: Notify::new(),
            made_room: AtomicU64::new(0),
        })
    }

    /// Waits for a place; makes one where it can.
    pub(crate) async fn place(&self) -> OwnedSemaphorePermit {
        let places = || Arc::clone(&self.places);
        if let Ok(place) = places().try_acquire_owned() {
            return place;
        }
        let mut acquired = std::pin::pin!(places().acquire_owned());
        loop {
            let mut idle = std::pin::pin!(self.idle.notified());
            // From here on nothing is missed.
            idle.as_mut().enable();
            if self.close_one() {
                return acquired.await.expect("places are never closed");
            }
            tokio::select! {
                place = &mut acquired => return place.expect("places are never closed"),
                () = idle => {}
            }
        }
    }

    /// Gives the place to a connection on which nothing has been asked yet.
    pub(crate) fn open(self: &Arc<Self>, place: OwnedSemaphorePermit) -> Arc<Connection> {
        let close = Arc::new(Notify::new());
        let mut waiting = self.waiting();
        let number = waiting.number();
        waiting.silent.insert(number, Arc::clone(&close));
        drop(waiting);
        let (connections, number) = (Arc::clone(self), AtomicU64::new(number));
        Arc::new(Connection { connections, number, close, _place: place })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.most - self.places.available_permits()
    }

    /// How many were closed to make room for others.
    pub(crate) fn made_room(&self) -> u64 {
        self.made_room.load(Ordering::Relaxed)
    }

    /// Waits until there are none.
    pub(crate) async fn ended(&self) {
        let all = u32::try_from(self.most).unwrap_or(u32::MAX);
        self.places.acquire_many(all).await.map(drop).expect("places are never closed");
    }

    /// Whether there was one to close.
    fn close_one(&self) -> bool {
        let mut waiting = self.waiting();
        let first = waiting.silent.pop_first().or_else(|| waiting.idle.pop_first());
        let Some((_, close)) = first else { return false };
        close.notify_one();
        self.made_room.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

impl Connection {
    /// A request is under way until the answer is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Busy {
        self.leave();
        self.number.store(BUSY, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// The number of the wait for a request, unless one is under way.
    pub(crate) fn waits(&self) -> Option<u64> {
        Some(self.number.load(Ordering::Relaxed)).filter(|number| *number != BUSY)
    }

    /// Ends when the place is wanted for another.
    pub(crate) async fn unwanted(&self) {
        self.close.notified().await;
    }

    fn leave(&self) {
        let number = self.number.load(Ordering::Relaxed);
        let mut waiting = self.connections.waiting();
        waiting.silent.remove(&number);
        waiting.idle.remove(&number);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let Connection { connections, number, close, .. } = &*self.0;
        let mut waiting = connections.waiting();
        let place = waiting.number();
        number.store(place, Ordering::Relaxed);
        waiting.idle.insert(place, Arc::clone(close));
        drop(waiting);
        connections.idle.notify_waiters();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn is_unwanted(connection: &Connection) -> bool {
        timeout(Duration::from_millis(1), connection.unwanted()).await.is_ok()
    }

    #[tokio::test]
    async fn who_never_asked_goes_first_then_who_has_been_idle_for_longest() {
        let connections = Connections::new(3);
        let mut open = Vec::new();
        for _ in 0..3 {
            open.push(connections.open(connections.place().await));
        }
        drop(open[1].begin());
        drop(open[0].begin());
        for expected in [2, 1, 0] {
            let arriving = Arc::clone(&connections);
            let arriving = tokio::spawn(async move { arriving.place().await });
            tokio::task::yield_now().await;
            assert!(is_unwanted(&open[expected]).await, "{expected}");
            for other in &open {
                assert!(!is_unwanted(other).await);
            }
            arriving.abort();
        }
        assert_eq!(connections.count(), 3);
    }

    #[tokio::test]
    async fn a_request_under_way_is_never_cut_short() {
        let connections = Connections::new(1);
        let open = connections.open(connections.place().await);
        let busy = open.begin();
        let arriving = Arc::clone(&connections);
        let arriving = tokio::spawn(async move { arriving.place().await });
        tokio::task::yield_now().await;
        assert!(!is_unwanted(&open).await);
        drop(busy);
        tokio::task::yield_now().await;
        assert!(is_unwanted(&open).await, "it has become idle, and somebody waits");
        drop(open);
        drop(arriving.await.unwrap());
        connections.ended().await;
        assert_eq!(connections.count(), 0);
    }
}
