//! A server from its start to its end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use store::{Location, Moment, Store, StoreError};
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::chance::{hex, now, random};
use crate::config::{Config, Demo, Limits};
use crate::connections::Connections;
use crate::edge::Edge;
use crate::friends;
use crate::gate::Gate;
use crate::health::Health;
use crate::link::{self, StartLink};
use crate::listen::{Answer, Listener, Reception};
use crate::mail::{MailError, Post};
use crate::metrics::{self, Metrics};
use crate::notify::notify;
use crate::observed::Observed;
use crate::office::Office;
use crate::password::{PasswordError, nobodys_hash, set_password};
use crate::process_sharing::{follow, push};
use crate::registry::scheduled;
use crate::router::{Server, router};
use crate::signals::{Signals, Told};
use crate::tls::{Certificate, TlsError};

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
    /// The certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] TlsError),
    /// Mail cannot be sent.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The library for TLS does not take what it is told.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
    /// The operating system refuses to tell when to stop.
    #[error("cannot wait for signals: {0}")]
    Signals(#[source] io::Error),
}

/// Where a server listens.
#[derive(Clone, Copy, Debug)]
pub struct Listening {
    /// Without TLS.
    pub http: Option<SocketAddr>,
    /// With TLS.
    pub https: Option<SocketAddr>,
    /// For metrics alone.
    pub metrics: Option<SocketAddr>,
}

/// So many connections the listener of the metrics takes: a flood on the others does not reach it.
const MOST_READERS_OF_METRICS: usize = 32;

/// Runs a server until SIGTERM or Ctrl-C: listens, opens the database, loads the organisation, and calls
/// `ready` when questions are answered, with a link if nobody could sign in otherwise. A second signal ends
/// it at once.
///
/// # Errors
/// When it cannot start.
pub async fn serve(
    config: Config,
    ready: impl FnOnce(Listening, Option<StartLink>),
) -> Result<(), ServeError> {
    let mut signals = Signals::catch().map_err(ServeError::Signals)?;
    let limits = within_files(config.limits);
    let certificate = config.https.as_ref().map(Certificate::open).transpose()?;
    let post = Post::open(&config)?;
    let (health, connections) = (Arc::new(Health::default()), Connections::new(limits.connections));
    let observed = Observed::new(Arc::clone(&health), Arc::clone(&connections), certificate.clone());
    let metrics = Metrics::new(observed);
    let edge = Arc::new(Edge::new(&config, Arc::clone(&metrics)));
    let gate = Gate::closed(Arc::clone(&edge), Arc::clone(&health));
    let (stop, stopped) = watch::channel(false);
    let reception = Reception { answer: gate.clone(), limits, connections, stop: stopped };
    let mut tasks = JoinSet::new();
    let mut listening = listen(&config, certificate.as_ref(), &reception, &mut tasks)?;
    if let Some(address) = config.metrics.listen {
        let reception = Reception {
            answer: metrics::routes()
                .into_router()
                .with_state((Arc::clone(&metrics), config.metrics.token.clone())),
            limits,
            connections: Connections::new(MOST_READERS_OF_METRICS),
            stop: reception.stop.clone(),
        };
        listening.metrics = Some(begin(address, None, reception, &mut tasks)?);
    }

    let server = tokio::select! {
        server = open(&config, &metrics, post) => server?,
        () = signals.stop() => return Ok(()),
    };
    let office = Arc::clone(&server.office);
    metrics.observed.loaded(&office);
    metrics.observed.follows(&server);
    let link = link::at_start(&server, &base(&config, listening)).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "cannot make a link with which to sign in");
        None
    });
    health.loaded(office.published().revision);
    if let Some(post) = &server.post {
        tasks.spawn(Arc::clone(post).deliver(Arc::clone(&server)));
    }
    gate.open(router(Arc::clone(&server), edge, Arc::clone(&health)));
    tasks.spawn(Arc::clone(&office).follow());
    tasks.spawn(Arc::clone(&office).follow_leases());
    tasks.spawn(Arc::clone(&health).ask(Arc::clone(&office)));
    tasks.spawn(forget(Arc::clone(&office), config.refusals.kept));
    tasks.spawn(scheduled(Arc::clone(&server)));
    tasks.spawn(follow(Arc::clone(&server)));
    tasks.spawn(push(Arc::clone(&server)));
    tasks.spawn(friends::watch(Arc::clone(&server)));
    if let Some(certificate) = &certificate {
        tasks.spawn(Arc::clone(certificate).watch());
    }
    tasks.spawn(prepare_searches(Arc::clone(&office)));
    tracing::info!("ready");
    notify("READY=1");
    ready(listening, link);

    while signals.next().await == Told::ReadAgain {
        certificate.iter().for_each(|certificate| certificate.read_again());
    }
    health.stopping();
    notify("STOPPING=1");
    tracing::info!("stopping");
    let finish = async {
        sleep(config.stop.delay).await;
        stop.send_replace(true);
        if timeout(config.stop.grace, reception.connections.ended()).await.is_err() {
            tracing::warn!("some requests were still under way; they were given up");
        }
        office.settle().await;
    };
    tokio::select! {
        () = finish => tracing::info!("stopped"),
        () = signals.stop() => tracing::warn!("stopped at once, at a second signal"),
    }
    Ok(())
}

/// By what address somebody on this machine would come.
fn base(config: &Config, listening: Listening) -> String {
    let by = |scheme: &str, address: SocketAddr| format!("{scheme}://{address}");
    match (&config.base_uri, listening) {
        (Some(base), _) => base.as_str().trim_end_matches('/').to_owned(),
        (None, Listening { https: Some(address), .. }) => by("https", address),
        (None, Listening { http: Some(address), .. }) => by("http", address),
        (None, Listening { http: None, https: None, .. }) => String::new(),
    }
}

/// Each connection needs a file descriptor, and a few are needed besides.
fn within_files(mut limits: Limits) -> Limits {
    const BESIDES: u64 = 128;
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => {
            let most = usize::try_from(files.saturating_sub(BESIDES)).unwrap_or(usize::MAX).max(1);
            if limits.connections > most {
                let (asked, files) = (limits.connections, files);
                tracing::warn!(asked, files, "fewer connections than configured: each needs an open file");
                limits.connections = most;
            }
        }
        Err(error) => tracing::warn!(%error, "cannot raise the limit of open files"),
    }
    limits
}

fn listen(
    config: &Config,
    certificate: Option<&Arc<Certificate>>,
    reception: &Reception<Gate>,
    tasks: &mut JoinSet<()>,
) -> Result<Listening, ServeError> {
    let mut listening = Listening { http: None, https: None, metrics: None };
    if let Some(address) = config.http {
        listening.http = Some(begin(address, None, reception.clone(), tasks)?);
    }
    if let (Some(https), Some(certificate)) = (&config.https, certificate) {
        let tls = Some(certificate.acceptor()?);
        listening.https = Some(begin(https.listen, tls, reception.clone(), tasks)?);
    }
    Ok(listening)
}

fn begin(
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    reception: Reception<impl Answer>,
    tasks: &mut JoinSet<()>,
) -> Result<SocketAddr, ServeError> {
    let tls = acceptor.is_some();
    let cannot_listen = |cause| ServeError::CannotListen { address, cause };
    let listener = Listener::bind(address, acceptor).map_err(cannot_listen)?;
    let address = listener.address().map_err(cannot_listen)?;
    tracing::info!(%address, tls, "listening");
    tasks.spawn(listener.serve(reception));
    Ok(address)
}

/// Opens the database and loads the organisation.
async fn open(
    config: &Config,
    metrics: &Arc<Metrics>,
    post: Option<Arc<Post>>,
) -> Result<Arc<Server>, ServeError> {
    let location = config.database.clone().unwrap_or_else(|| Location::folder(&config.data));
    // Made before the first sign-in: it takes time.
    spawn_blocking(nobodys_hash);
    let office =
        Office::open_leasing(Store::open(&location, &hex(&random::<16>())).await?, config.lease).await?;
    let server = Server::new(office, config.clone(), Arc::clone(metrics), post);
    server.vault.look_for_key(server.office.store()).await?;
    if let Some(demo) = &config.demo {
        set_example_passwords(&server, demo).await?;
    }
    tracing::info!(database = %location, revision = %server.office.published().revision, "loaded");
    Ok(server)
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

const FORGETTING_EVERY: Duration = Duration::from_secs(60 * 60);

/// What searches by name begin with, and what lists by date go by, is there before somebody asks.
async fn prepare_searches(office: Arc<Office>) {
    let published = office.published();
    if let Err(error) = office.last_changes.prepare(office.store(), published.revision).await {
        tracing::warn!(%error, "cannot read what was changed last: the first list by date will");
    }
    if let Err(error) = spawn_blocking(move || published.organisation.prepare_searches()).await {
        tracing::error!(%error, "cannot prepare searches");
    }
}

/// Forgets, now and then, what has expired.
async fn forget(office: Arc<Office>, refusals_kept: Duration) {
    let mut every = tokio::time::interval(FORGETTING_EVERY.min(refusals_kept));
    loop {
        every.tick().await;
        let now = now();
        let kept = i64::try_from(refusals_kept.as_micros()).unwrap_or(i64::MAX);
        let old = Moment::new(now.microseconds().saturating_sub(kept));
        let expired = office.store().forget_expired(now).await;
        let refusals = office.store().expire_refusals(old).await;
        if let Err(error) = expired.and(refusals) {
            tracing::warn!(%error, "cannot forget what has expired; trying again later");
        }
    }
}
