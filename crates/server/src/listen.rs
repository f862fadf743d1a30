//! The listeners: connections in, requests to the service, until told to stop.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::client_address::{Peer, Scheme};
use crate::config::Limits;
use crate::connections::{Connection, Connections};
use crate::transfer::{Arrival, Arriving, Leaving, Paced};

/// So many connections may wait to be accepted, if the operating system allows it; more are asked to try
/// again in a second.
const QUEUE: u32 = 4096;
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// What answers requests.
pub(crate) trait Answer: Clone + Send + Sync + 'static {
    fn answer(self, request: Request) -> impl Future<Output = Response> + Send;
}

impl Answer for Router {
    async fn answer(self, request: Request) -> Response {
        let Ok(response) = self.oneshot(request).await;
        response
    }
}

/// How connections are made into requests: the same for all listeners that share their places.
#[derive(Clone)]
pub(crate) struct Reception<A> {
    pub(crate) answer: A,
    pub(crate) limits: Limits,
    pub(crate) connections: Arc<Connections>,
    /// Whether to stop.
    pub(crate) stop: watch::Receiver<bool>,
}

/// A listener, and what is spoken on it.
pub(crate) struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl Listener {
    pub(crate) fn bind(address: SocketAddr, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        #[cfg(unix)]
        // A server that starts again takes its port over from connections that linger.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(Self { socket: socket.listen(QUEUE)?, tls })
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until it is told to stop.
    pub(crate) async fn serve(self, reception: Reception<impl Answer>) {
        let mut stop = reception.stop.clone();
        loop {
            let accepted = async {
                let accepted = self.socket.accept().await?;
                Ok::<_, io::Error>((accepted, reception.connections.place().await))
            };
            let accepted = tokio::select! {
                accepted = accepted => accepted,
                () = told(&mut stop) => return,
            };
            let ((stream, address), place) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: it passes when a connection ends.
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(PAUSE_AFTER_FAILURE).await;
                    continue;
                }
            };
            let connection = reception.connections.open(place);
            let (reception, tls) = (reception.clone(), self.tls.clone());
            tokio::spawn(async move { reception.connection(connection, stream, address.ip(), tls).await });
        }
    }
}

/// Ends when it is time to stop, or nobody is left to say so.
pub(crate) async fn told(stop: &mut watch::Receiver<bool>) {
    stop.wait_for(|stop| *stop).await.map(drop).unwrap_or_default();
}

impl<A: Answer> Reception<A> {
    async fn connection(
        self,
        connection: Arc<Connection>,
        stream: TcpStream,
        address: IpAddr,
        tls: Option<TlsAcceptor>,
    ) {
        // Answers are small and wanted at once; a stream that cannot be told so works all the same.
        stream.set_nodelay(true).unwrap_or_default();
        let Some(tls) = tls else {
            return self.speak(&connection, stream, Peer { address, scheme: Scheme::Http }).await;
        };
        let handshake = timeout(self.limits.head_timeout, tls.accept(stream));
        let stream = tokio::select! {
            stream = handshake => stream,
            () = connection.unwanted() => return,
        };
        match stream {
            Ok(Ok(stream)) => self.speak(&connection, stream, Peer { address, scheme: Scheme::Https }).await,
            Ok(Err(error)) => tracing::debug!(%error, "a handshake of TLS failed"),
            Err(_) => tracing::debug!("a handshake of TLS took too long"),
        }
    }

    /// Speaks HTTP on a connection until it ends.
    async fn speak(self, place: &Arc<Connection>, stream: impl AsyncRead + AsyncWrite + Unpin, peer: Peer) {
        let Self { answer, limits, mut stop, .. } = self;
        let mut http = http1::Builder::new();
        // How long requests are waited for, `Paced` knows.
        http.max_header_size(limits.headers).max_headers(limits.header_count).half_close(true);
        let (connection, stopping) = (Arc::clone(place), stop.clone());
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let busy = connection.begin();
            let arrival = Arrival::default();
            let arriving = Arriving::new(&request, limits.stall_timeout, arrival.clone());
            let mut request = request.map(|body| Body::new(arriving(body)));
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(arrival);
            let (answer, stopping) = (answer.clone(), stopping.clone());
            async move { Ok::<_, Infallible>(Leaving::of(answer.answer(request).await, busy, &stopping)) }
        });
        let stream = TokioIo::new(Paced::new(stream, Arc::clone(place), limits));
        let mut spoken = std::pin::pin!(http.serve_connection(stream, service));
        let ended = tokio::select! {
            biased;
            ended = spoken.as_mut() => ended,
            () = place.unwanted() => return,
            () = told(&mut stop) => {
                spoken.as_mut().graceful_shutdown();
                spoken.await
            }
        };
        if let Err(error) = ended {
            // Clients go away, or are too slow.
            tracing::debug!(%error, "a connection ended early");
        }
    }
}
