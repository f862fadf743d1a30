//! The database goes away and comes back.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use store::{AppendError, Location, Revision, Store, StoreError};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

use crate::database::{Database, HISTORY};
use crate::story::{append_all, entry};

/// What lies between us and the server.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Line {
    Open,
    /// Connections are cut, and refused.
    Cut,
    /// Connections are there, and nothing comes through.
    Silent,
}

/// A line to a PostgreSQL that can be cut.
struct Way {
    address: SocketAddr,
    line: watch::Sender<Line>,
}

impl Way {
    async fn to(server: PgConnectOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (line, lines) = watch::channel(Line::Open);
        tokio::spawn(listen(listener, server, lines));
        Self { address, line }
    }

    /// Whoever still used the old line is cut off at once.
    async fn set(&self, line: Line) {
        self.line.send_replace(line);
        // The listener is closed, or there again.
        let there = line != Line::Cut;
        while TcpStream::connect(self.address).await.is_ok() != there {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn listen(listener: TcpListener, server: PgConnectOptions, mut lines: watch::Receiver<Line>) {
    let address = listener.local_addr().unwrap();
    let mut listener = Some(listener);
    loop {
        let line = *lines.borrow_and_update();
        if line == Line::Cut {
            listener = None;
            if lines.changed().await.is_err() {
                return;
            }
            continue;
        }
        if listener.is_none() {
            listener = Some(TcpListener::bind(address).await.unwrap());
        }
        tokio::select! {
            accepted = listener.as_ref().unwrap().accept() => {
                let (client, _) = accepted.unwrap();
                tokio::spawn(forward(client, server.clone(), lines.clone()));
            }
            changed = lines.changed() => if changed.is_err() { return },
        }
    }
}

async fn forward(mut client: TcpStream, server: PgConnectOptions, mut lines: watch::Receiver<Line>) {
    let is_open = *lines.borrow_and_update() == Line::Open;
    let forwarding = async {
        match server.get_socket() {
            _ if !is_open => std::future::pending().await,
            Some(folder) => {
                let socket = Path::new(folder).join(format!(".s.PGSQL.{}", server.get_port()));
                let mut server = UnixStream::connect(socket).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
            None => {
                let address = (server.get_host(), server.get_port());
                let mut server = TcpStream::connect(address).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        }
    };
    tokio::select! {
        () = forwarding => return,
        _ = lines.changed(), if is_open => {}
        _ = std::future::ready(()), if !is_open => {}
    }
    // Neither forwarded nor closed.
    let _ = lines.wait_for(|line| *line != Line::Silent).await;
}

struct Distant {
    _database: Database,
    way: Way,
    location: Location,
}

impl Distant {
    async fn new() -> Self {
        let database = Database::postgres().await;
        let Database::Postgres { server, name } = &database else { unreachable!() };
        let way = Way::to(PgConnectOptions::clone(server)).await;
        let through = server.clone().database(name).host("127.0.0.1").port(way.address.port());
        let location = Location::parse(through.to_url_lossy().as_str()).unwrap();
        Self { _database: database, way, location }
    }
    async fn open(&self) -> Store {
        Store::open(&self.location, HISTORY).await.unwrap()
    }
}

/// What is answered within a few seconds; more of them when the machine is busy.
async fn soon<T>(answer: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = answer.await;
    assert!(begun.elapsed() < Duration::from_secs(20), "answered after {:?}", begun.elapsed());
    answer
}

async fn everything_fails_soon(store: &Store, revision: Revision) {
    let entry = entry(revision.next());
    let (ping, read, append, load) = tokio::join!(
        soon(store.ping()),
        soon(store.session("hash")),
        soon(store.append(revision, &entry, &[])),
        soon(store.load()),
    );
    assert!(ping.as_ref().is_err_and(StoreError::is_unreachable), "{ping:?}");
    assert!(read.as_ref().is_err_and(StoreError::is_unreachable), "{read:?}");
    assert!(load.as_ref().is_err_and(StoreError::is_unreachable), "{load:?}");
    let Err(AppendError::Store(append)) = append else { panic!("{append:?}") };
    assert!(append.is_unreachable(), "{append:?}");
    assert!(append.to_string().contains("cannot be reached"), "{append}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_cut_off_is_found_again() {
    let distant = Distant::new().await;
    let store = distant.open().await;
    let revision = append_all(&store, &[sample::random_events(1)]).await;
    let mut follower = store.follower(Duration::from_millis(200)).await.unwrap();
    assert_eq!(soon(follower.after(Revision::NONE)).await.unwrap(), revision);
    for _ in 0..2 {
        distant.way.set(Line::Cut).await;
        everything_fails_soon(&store, revision).await;
        assert!(soon(follower.after(revision)).await.is_err_and(|error| error.is_unreachable()));
        distant.way.set(Line::Open).await;
        soon(store.ping()).await.unwrap();
        assert_eq!(soon(follower.after(Revision::NONE)).await.unwrap(), revision);
    }
    let change = [vec![]];
    let (kept, told) = tokio::join!(append_all(&store, &change), soon(follower.after(revision)));
    assert_eq!(told.unwrap(), kept);
    assert_eq!(store.load().await.unwrap().revision, kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_falls_silent_is_given_up_soon_and_found_again() {
    let distant = Distant::new().await;
    let store = distant.open().await;
    let revision = append_all(&store, &[sample::random_events(1)]).await;
    distant.way.set(Line::Silent).await;
    everything_fails_soon(&store, revision).await;
    let opened = soon(Store::open(&distant.location, HISTORY)).await;
    assert!(matches!(opened, Err(StoreError::CannotOpen { .. })), "{opened:?}");
    distant.way.set(Line::Open).await;
    soon(store.ping()).await.unwrap();
    soon(append_all(&store, &[vec![]])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_cut_off_is_kept_whole_or_not_at_all() {
    let distant = Distant::new().await;
    let store = distant.open().await;
    let import = sample::random_events(3);
    for delay in 0..12_u64 {
        let before = store.load().await.unwrap();
        let next = before.revision.next();
        let events = if delay.is_multiple_of(2) { vec![] } else { import.clone() };
        let cut = async {
            tokio::time::sleep(Duration::from_millis(delay * 2)).await;
            distant.way.set(Line::Cut).await;
        };
        let entry = entry(next);
        let (appended, ()) = tokio::join!(store.append(before.revision, &entry, &events), cut);
        distant.way.set(Line::Open).await;
        let kept = store.load().await.unwrap().revision;
        match appended {
            Ok(revision) => assert_eq!((revision, kept), (next, next)),
            Err(AppendError::Uncertain(error)) => assert!(error.is_unreachable() && kept <= next, "{error}"),
            Err(AppendError::Store(error)) => assert!(error.is_unreachable() && kept < next, "{error}"),
            Err(error) => panic!("{error}"),
        }
        let events_kept = store.events(next, 0, u32::MAX).await.unwrap();
        assert!(if kept == next { events_kept == events } else { events_kept.is_empty() });
    }
}

async fn a_database_that_is_there_answers(database: Database) {
    database.open().await.ping().await.unwrap();
}

crate::on_each_database!(a_database_that_is_there_answers);
