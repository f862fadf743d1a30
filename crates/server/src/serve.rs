//! A server from its start to its end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use store::{Location, Moment, Store, StoreError};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

use crate::chance::{hex, now, random};
use crate::config::{Config, Demo};
use crate::listen::listen;
use crate::office::Office;
use crate::password::{PasswordError, nobodys_hash, set_password};
use crate::router::{Server, router};

/// Why a server did not start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The port is taken, or not ours to take.
    #[error("cannot listen on `{address}`: {cause}; choose another port, or stop what listens there")]
    CannotListen {
        /// Where.
        address: SocketAddr,
        /// What the operating system says.
        #[source]
        cause: io::Error,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An example user's password could not be set.
    #[error("cannot set the password of the example user `{id}`: {cause}")]
    Example {
        /// Whose.
        id: String,
        /// Why.
        #[source]
        cause: PasswordError,
    },
    /// The operating system refuses to tell when to stop.
    #[error("cannot wait for signals: {0}")]
    Signals(#[source] io::Error),
}

/// Runs a server until SIGTERM or Ctrl-C: opens the database, loads the organisation, listens, and calls
/// `ready` with the address on which it does.
///
/// # Errors
/// When it cannot start.
pub async fn serve(config: Config, ready: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let stop = signals().map_err(ServeError::Signals)?;
    serve_until(config, ready, stop).await
}

async fn serve_until(
    config: Config,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let location = config.database.clone().unwrap_or_else(|| Location::folder(&config.data));
    let office = Office::open(Store::open(&location, &hex(&random::<16>())).await?).await?;
    let server = Server::new(Arc::clone(&office), config.clone());
    if let Some(demo) = &config.demo {
        set_example_passwords(&server, demo).await?;
    }
    if !server.has_users() {
        tracing::warn!(
            "the organisation has no users yet: stop the server, import an organisation document with `bailiwick \
             import --data DIR FILE`, and start it again"
        );
    }
    let listen_at = config.http.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
    let cannot_listen = |cause| ServeError::CannotListen { address: listen_at, cause };
    let listener = TcpListener::bind(listen_at).await.map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let dummy = spawn_blocking(nobodys_hash);
    let follower = tokio::spawn(Arc::clone(&office).follow());
    let forgetter = tokio::spawn(forget(Arc::clone(&office)));
    tracing::info!(%address, database = %location, "listening");
    ready(address);
    listen(listener, router(server), stop).await;
    follower.abort();
    forgetter.abort();
    dummy.abort();
    tracing::info!("stopped");
    Ok(())
}

async fn set_example_passwords(server: &Server, demo: &Demo) -> Result<(), ServeError> {
    for example in &demo.users {
        if let Some(user) = server.user_who_signs_in(&example.id) {
            let set = set_password(server.office.store(), user, &example.password).await;
            set.map_err(|cause| ServeError::Example { id: example.id.clone(), cause })?;
        }
    }
    Ok(())
}

/// Refused sign-ins are kept so long, in microseconds.
const REFUSALS_KEPT: i64 = 90 * 24 * 60 * 60 * 1_000_000;
const FORGETTING_EVERY: Duration = Duration::from_secs(60 * 60);

/// Forgets, now and then, what has expired.
async fn forget(office: Arc<Office>) {
    let mut every = tokio::time::interval(FORGETTING_EVERY);
    loop {
        every.tick().await;
        let now = now();
        let old = Moment::new(now.microseconds() - REFUSALS_KEPT);
        let expired = office.store().forget_expired(now).await;
        let refusals = office.store().expire_refusals(old).await;
        if let Err(error) = expired.and(refusals) {
            tracing::warn!(%error, "cannot forget what has expired; trying again in an hour");
        }
    }
}

/// Ends at the first SIGTERM or Ctrl-C. Both are caught from now on.
#[cfg(unix)]
fn signals() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn signals() -> io::Result<impl Future<Output = ()>> {
    Ok(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
}
