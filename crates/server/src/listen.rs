//! The listener: connections in, requests to the router, until told to stop.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

use crate::client_address::{Peer, Scheme};

/// Whoever sends the head of a request more slowly is let go.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// What is under way when the server stops gets so long to end.
const GRACE: Duration = Duration::from_secs(10);
const MOST_CONNECTIONS: usize = 4096;
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Serves until `stop` ends.
pub(crate) async fn listen(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    static CONNECTIONS: Semaphore = Semaphore::const_new(MOST_CONNECTIONS);
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let turn = CONNECTIONS.acquire().await;
            (turn, listener.accept().await)
        };
        let (turn, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: it passes when a connection ends.
                tracing::warn!(%error, "cannot accept a connection");
                sleep(PAUSE_AFTER_FAILURE).await;
                continue;
            }
        };
        // Answers are small and wanted at once; a stream that cannot be told so works all the same.
        stream.set_nodelay(true).unwrap_or_default();
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).half_close(true);
        let peer = Peer { address: address.ip(), scheme: Scheme::Http };
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            router.clone().oneshot(request.map(Body::new))
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            let _turn = turn;
            // It ends in an error whenever a client goes away; nobody is left to tell.
            connection.await.unwrap_or_default();
        });
    }
    drop(listener);
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still under way; they were given up");
    }
}
