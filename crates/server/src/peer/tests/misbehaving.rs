//! Servers that do not do what they should.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What one does with each connection, once a request has come.
pub(super) type Habit = fn(&mut TcpStream);

/// A server on this machine; it ends with the tests.
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    pub(super) fn with(habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::Relaxed);
                thread::spawn(move || serve(connection, habit));
            }
        });
        Self { address, connections }
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Calls the habit for each request, until the other end hangs up.
fn serve(mut connection: TcpStream, habit: Habit) {
    let mut head = Vec::new();
    let mut byte = [0];
    while connection.read_exact(&mut byte).is_ok() {
        head.push(byte[0]);
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            habit(&mut connection);
        }
    }
}

/// Writes an answer. Whether anybody still listens is no concern of a misbehaving server.
pub(super) fn say(connection: &mut TcpStream, text: &str) {
    let _ = connection.write_all(text.as_bytes());
}

/// A whole answer.
pub(super) fn answer(connection: &mut TcpStream, status: &str, kind: &str, body: &str) {
    let length = body.len();
    say(
        connection,
        &format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"),
    );
}

/// Says a text byte by byte.
pub(super) fn drip(connection: &mut TcpStream, text: &str) {
    for byte in text.bytes() {
        if connection.write_all(&[byte]).is_err() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
}
