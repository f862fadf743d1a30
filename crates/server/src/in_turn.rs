//! Work that takes long: a few at a time, away from the threads that serve.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;

use crate::problem::Problem;
use crate::router::Server;

/// So long somebody waits to be told who gains and who loses.
const IMPACT: Duration = Duration::from_secs(2);

/// Does what has its own end.
pub(crate) async fn in_turn<T: Send + 'static>(
    server: &Server,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    within(&server.explaining, work).await
}

/// Does what asks now and then whether somebody still waits: for no longer than this, nor after their client
/// has gone.
pub(crate) async fn in_time<T: Send + 'static>(
    server: &Server,
    longest: Duration,
    work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
) -> Result<T, Problem> {
    awaited(&server.explaining, longest, work).await
}

/// Works out who gains and who loses, for a page.
pub(crate) async fn weighed<T: Send + 'static>(
    server: &Server,
    weigh: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
) -> Result<T, Problem> {
    awaited(&server.weighing, IMPACT, weigh).await
}

async fn awaited<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    longest: Duration,
    work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
) -> Result<T, Problem> {
    let (waiting, waits) = oneshot::channel::<()>();
    let done = within(turns, move || {
        let until = Instant::now() + longest;
        work(&|| !waiting.is_closed() && Instant::now() < until)
    });
    // When the client goes, this is dropped, and the other end of the channel with it.
    let told = done.await;
    drop(waits);
    told
}

async fn within<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let turn = Arc::clone(turns).acquire_owned().await.map_err(|_| Problem::busy())?;
    let working = spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    working.await.map_err(|_| Problem::internal())
}
