//! A client of a running server: requests that are made beforehand, on connections that are kept.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::measure::{Nanoseconds, nanoseconds};

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer, as long as nothing else is asked.
pub(crate) struct Answer<'c> {
    pub(crate) status: u16,
    pub(crate) head: &'c str,
    pub(crate) body: &'c [u8],
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect to the server")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(1 << 16) })
    }

    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let (head, whole) = loop {
            ensure!(self.stream.read_buf(&mut self.received).await? > 0, "the server closed the connection");
            if let Some(head) = end_of_head(&self.received) {
                // Those have nothing to say.
                let empty =
                    [&b"HTTP/1.1 204"[..], b"HTTP/1.1 304"].iter().any(|it| self.received.starts_with(it));
                break (head, head + if empty { 0 } else { length(&self.received[..head])? });
            }
        };
        while self.received.len() < whole {
            ensure!(self.stream.read_buf(&mut self.received).await? > 0, "the server closed the connection");
        }
        let text = std::str::from_utf8(&self.received[..head])?;
        let status = text.split(' ').nth(1).context("an answer without a status")?.parse()?;
        Ok(Answer { status, head: text, body: &self.received[head..whole] })
    }
}

fn end_of_head(received: &[u8]) -> Option<usize> {
    received.windows(4).position(|it| it == b"\r\n\r\n").map(|at| at + 4)
}

fn length(head: &[u8]) -> Result<usize> {
    let head = std::str::from_utf8(head)?;
    let value = header(head, "content-length").context("an answer without a length")?;
    Ok(value.parse()?)
}

pub(crate) fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Bytes to be sent as they are. `authorization` is a header's value.
pub(crate) fn request(method: &str, path: &str, authorization: Option<&str>, body: Option<&str>) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n");
    if let Some(value) = authorization {
        text += &format!("Authorization: {value}\r\n");
    }
    if let Some(body) = body {
        text += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    } else {
        text += "\r\n";
    }
    text.into_bytes()
}

/// What some connections did in a time.
pub(crate) struct Load {
    pub(crate) requests: usize,
    pub(crate) time: Nanoseconds,
}

impl Load {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.time * 1e9
    }
}

/// Asks over and over, each connection as soon as it has its answer, on a thread of its own; every answer
/// must be 200.
pub(crate) fn load(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    requests: &[Vec<u8>],
) -> Result<Load> {
    let asking = async |number: usize| {
        let mut connection = Connection::open(address).await?;
        let begun = Instant::now();
        let mut done = 0;
        while begun.elapsed() < time {
            let answer = connection.ask(&requests[(number + done * connections) % requests.len()]).await?;
            if answer.status != 200 {
                bail!("{}: {}", answer.status, String::from_utf8_lossy(answer.body));
            }
            done += 1;
        }
        anyhow::Ok(done)
    };
    std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let begun = Instant::now();
            let done = runtime.block_on(futures_util::future::try_join_all((0..connections).map(asking)))?;
            Ok(Load { requests: done.into_iter().sum(), time: nanoseconds(begun.elapsed()) })
        });
        client.join().map_err(|_| anyhow::anyhow!("the client panicked"))?
    })
}
