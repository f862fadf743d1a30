//! A client that sends what it likes, when it likes.

use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::running::started_with;

/// Longer than any limit that a test sets.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
pub(crate) const LIVE_AND_CLOSE: &str = "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// A server with an empty organisation, which is enough to be rude to.
pub(crate) struct Empty {
    pub(crate) address: String,
    task: JoinHandle<()>,
    _folder: TempDir,
}

impl Drop for Empty {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Empty {
    pub(crate) async fn start(change: impl FnOnce(&mut server::Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = server::Config { data: folder.path().to_owned(), ..server::Config::default() };
        config.http = Some("127.0.0.1:0".parse().unwrap());
        change(&mut config);
        let (base, task) = started_with(config).await;
        let address = base.strip_prefix("http://").unwrap().to_owned();
        Self { address, task, _folder: folder }
    }

    pub(crate) async fn connect(&self) -> Raw {
        Raw(TcpStream::connect(&self.address).await.unwrap())
    }

    /// The status and the text of the answer to one request on a connection of its own.
    pub(crate) async fn ask(&self, text: impl AsRef<[u8]>) -> (u16, String) {
        let mut raw = self.connect().await;
        raw.send(text).await;
        raw.answer().await
    }

    /// Whether it still answers others.
    pub(crate) async fn serves(&self) -> bool {
        let asked = timeout(PATIENCE, self.ask(LIVE_AND_CLOSE)).await;
        asked.is_ok_and(|(status, _)| status == 200)
    }
}

pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    pub(crate) async fn send(&mut self, text: impl AsRef<[u8]>) {
        // It may have been closed.
        let _ = self.0.write_all(text.as_ref()).await;
    }

    /// All that comes until the connection ends.
    pub(crate) async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        // A connection that is reset has ended too.
        let _ = timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await.expect("the connection ends");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What comes until the connection ends: the status, and all of it.
    pub(crate) async fn answer(&mut self) -> (u16, String) {
        let text = self.rest().await;
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("this is no answer: {text}")), text)
    }

    /// An answer whose end its length tells, so that the connection can go on.
    pub(crate) async fn one_answer(&mut self) -> String {
        let mut text = String::new();
        let mut byte = [0];
        while !text.ends_with("\r\n\r\n") {
            timeout(PATIENCE, self.0.read_exact(&mut byte)).await.expect("an answer comes").unwrap();
            text.push(char::from(byte[0]));
        }
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next()).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        self.0.read_exact(&mut body).await.unwrap();
        text + &String::from_utf8_lossy(&body)
    }
}
