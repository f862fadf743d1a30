//! Work that takes long.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::problem::Problem;
use crate::router::Server;

/// Does what takes long, a few at a time, away from the threads that serve.
pub(crate) async fn in_turn<T: Send + 'static>(
    server: &Server,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let turn = Arc::clone(&server.explaining).acquire_owned().await.map_err(|_| Problem::busy())?;
    let working = spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    working.await.map_err(|_| Problem::internal())
}
