//! What moves on a connection, and what is done when it stands still.

use std::error::Error;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use axum::http::{HeaderMap, Request};
use axum::response::Response;
use futures_util::future::BoxFuture;
use hyper::body::{Frame, Incoming, SizeHint};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep, timeout};

use crate::config::Limits;
use crate::connections::{Busy, Connection};
use crate::listen::told;
use crate::problem::Problem;

/// Time that runs only while nothing moves.
struct Stall {
    longest: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    const fn new(longest: Duration) -> Self {
        Self { longest, sleep: None }
    }

    /// Whether what is awaited has been awaited for too long.
    fn poll<T>(&mut self, awaited: &Poll<T>, context: &mut Context<'_>) -> bool {
        if awaited.is_ready() {
            self.sleep = None;
            return false;
        }
        let longest = self.longest;
        self.sleep.get_or_insert_with(|| Box::pin(sleep(longest))).as_mut().poll(context).is_ready()
    }
}

/// A stream on which requests must come, and whose other end must take what it is sent.
pub(crate) struct Paced<S> {
    stream: S,
    place: Arc<Connection>,
    limits: Limits,
    wait: Wait,
    sleep: Pin<Box<Sleep>>,
    stall: Stall,
}

/// What a stream is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// The next request, in the wait of this number: nothing of it is there.
    Next(u64),
    /// The rest of a head.
    Head(u64),
    /// Nothing that would not be late elsewhere: a request is under way.
    Nothing,
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S, place: Arc<Connection>, limits: Limits) -> Self {
        let sleep = Box::pin(sleep(limits.head_timeout));
        // Whoever connects has something to ask.
        let wait = place.waits().map_or(Wait::Nothing, Wait::Head);
        Self { stream, place, wait, sleep, stall: Stall::new(limits.stall_timeout), limits }
    }

    fn wait(&mut self, wait: Wait, longest: Duration) {
        self.wait = wait;
        self.sleep.as_mut().reset(Instant::now() + longest);
    }
}

impl<S: AsyncWrite + Unpin> Paced<S> {
    fn written<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let written = write(Pin::new(&mut self.stream), context);
        if self.stall.poll(&written, context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match (self.place.waits(), self.wait) {
            (None, _) => self.wait = Wait::Nothing,
            (Some(number), Wait::Next(same) | Wait::Head(same)) if number == same => {}
            (Some(number), _) => {
                let longest = self.limits.idle_timeout;
                self.wait(Wait::Next(number), longest);
            }
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let wait = self.wait;
        match wait {
            Wait::Next(number) if buffer.filled().len() > before => {
                let longest = self.limits.head_timeout;
                self.wait(Wait::Head(number), longest);
            }
            Wait::Next(_) | Wait::Head(_)
                if read.is_pending() && self.sleep.as_mut().poll(context).is_ready() =>
            {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            _ => {}
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.written(context, |stream, context| stream.poll_write(context, bytes))
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.written(context, |stream, context| stream.poll_write_vectored(context, slices))
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.written(context, AsyncWrite::poll_flush)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.written(context, AsyncWrite::poll_shutdown)
    }
}

/// The client has stopped to send a body that it had begun.
#[derive(Debug, Error)]
#[error("the body stopped arriving")]
pub(crate) struct Stalled;

impl Stalled {
    /// Whether it is what an error comes from.
    pub(crate) fn caused(error: &(dyn Error + 'static)) -> bool {
        error.is::<Self>() || error.source().is_some_and(Self::caused)
    }
}

/// Refuses a body that says that it is longer, before any of it is awaited. One that does not say so is read
/// up to there.
pub(crate) fn refuse_longer(most: usize, headers: &HeaderMap) -> Result<(), Problem> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > most as u64 => Err(Problem::too_large(most)),
        Some(_) | None => Ok(()),
    }
}

/// Whether more of a request is being waited for. The edge asks, when a request has taken too long, whose
/// fault it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrival(Arc<AtomicBool>);

impl Arrival {
    pub(crate) fn is_awaited(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
    fn note(&self, is_awaited: bool) {
        self.0.store(is_awaited, Ordering::Relaxed);
    }
}

/// A body on its way in.
pub(crate) struct Arriving {
    /// There until this is dropped.
    body: Option<Incoming>,
    stall: Stall,
    arrival: Arrival,
    /// Whether the client sends it before it is told to go on.
    is_sent: bool,
}

impl Arriving {
    pub(crate) fn new(
        request: &Request<Incoming>,
        longest: Duration,
        arrival: Arrival,
    ) -> impl FnOnce(Incoming) -> Self + use<> {
        let is_sent = !request.headers().contains_key(EXPECT);
        move |body| Self { body: Some(body), stall: Stall::new(longest), arrival, is_sent }
    }
}

/// So much of a body that nobody has wanted is read all the same, and so long.
const MOST_UNWANTED: usize = 4 << 20;
const UNWANTED_WITHIN: Duration = Duration::from_secs(5);

/// An answer may come before the body was read: somebody may not ask, or it is too long. The rest is passed
/// over then while the answer is sent. Else the connection would be closed under the client, which may lose
/// this answer, or what it sends next on that connection (RFC 9112 §9.6).
impl Drop for Arriving {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| self.is_sent && !body.is_end_stream()) else {
            return;
        };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let passed_over = async move {
            let (mut body, mut many) = (std::pin::pin!(body), 0);
            while let Some(Ok(frame)) = poll_fn(|context| body.as_mut().poll_frame(context)).await
                && many <= MOST_UNWANTED
            {
                many += frame.data_ref().map_or(0, Bytes::len);
            }
        };
        // One that goes on is cut off.
        runtime.spawn(async { timeout(UNWANTED_WITHIN, passed_over).await.unwrap_or_default() });
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = Pin::new(body).poll_frame(context);
        if self.stall.poll(&frame, context) {
            return Poll::Ready(Some(Err(Stalled.into())));
        }
        self.arrival.note(frame.is_pending());
        Poll::Ready(ready!(frame).map(|frame| Ok(frame?)))
    }
    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }
    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

/// A body on its way out. One of events, which would go on for ever, ends when the server stops.
pub(crate) struct Leaving {
    body: Body,
    stopped: Option<BoxFuture<'static, ()>>,
    _busy: Busy,
}

impl Leaving {
    pub(crate) fn of(
        response: Response,
        busy: Busy,
        stop: &watch::Receiver<bool>,
    ) -> axum::http::Response<Self> {
        let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_endless = media_type.is_some_and(|it| it.starts_with("text/event-stream"));
        let mut stop = stop.clone();
        let stopped =
            is_endless.then(|| -> BoxFuture<'static, ()> { Box::pin(async move { told(&mut stop).await }) });
        response.map(|body| Self { body, stopped, _busy: busy })
    }
}

impl HttpBody for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(stopped) = &mut self.stopped
            && stopped.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(context)
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use axum::response::sse::{Event, Sse};
    use futures_util::stream;

    use super::*;
    use crate::connections::Connections;

    async fn frames(body: Leaving) -> usize {
        let mut body = Box::pin(body);
        let mut count = 0;
        while std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await.is_some() {
            count += 1;
        }
        count
    }

    #[tokio::test]
    async fn events_end_when_the_server_stops_and_other_answers_are_finished() {
        let connections = Connections::new(1);
        let open = connections.open(connections.place().await);
        let (stop, stopping) = watch::channel(false);
        let leaving = |response: Response| Leaving::of(response, open.begin(), &stopping).into_body();
        let endless = stream::pending::<Result<Event, std::convert::Infallible>>();
        let events = tokio::spawn(frames(leaving(Sse::new(endless).into_response())));
        tokio::task::yield_now().await;
        assert!(!events.is_finished());
        stop.send_replace(true);
        assert_eq!(events.await.unwrap(), 0);
        assert_eq!(frames(leaving("an answer".into_response())).await, 1);
    }
}
