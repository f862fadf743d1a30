//! Applying a stream of events on a thread of its own, while the database reads on.

use governance::{Event, Organisation};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::error::StoreError;

/// So many events are applied at a time: what they touch is worked out once for all of them, and no more than
/// three times as many wait in memory.
const CHUNK: usize = 1 << 14;

/// An organisation in the making. Dropped before its end, it is forgotten.
pub(crate) struct Applier {
    table: &'static str,
    waiting: Vec<Event>,
    chunks: mpsc::Sender<Vec<Event>>,
    organisation: JoinHandle<Organisation>,
}

impl Applier {
    /// Begins with `organisation`; the events will come from rows of this table.
    pub(crate) fn begin(mut organisation: Organisation, table: &'static str) -> Self {
        let (chunks, mut received) = mpsc::channel::<Vec<Event>>(1);
        let organisation = spawn_blocking(move || {
            while let Some(events) = received.blocking_recv() {
                organisation.apply(&events);
            }
            organisation
        });
        Self { table, waiting: Vec::new(), chunks, organisation }
    }

    pub(crate) async fn push(&mut self, event: Event) -> Result<(), StoreError> {
        self.waiting.push(event);
        if self.waiting.len() < CHUNK { Ok(()) } else { self.flush().await }
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let events = std::mem::replace(&mut self.waiting, Vec::with_capacity(CHUNK));
        self.chunks.send(events).await.map_err(|_| inconsistent(self.table))
    }

    pub(crate) async fn finish(mut self) -> Result<Organisation, StoreError> {
        self.waiting.shrink_to_fit();
        self.flush().await?;
        drop(self.chunks);
        self.organisation.await.map_err(|_| inconsistent(self.table))
    }
}

/// The other thread has ended before its time.
fn inconsistent(table: &'static str) -> StoreError {
    StoreError::corrupt(table, "its rows contradict each other, or the program was told to stop")
}
