//! A server that is told to stop: what is under way ends, and the next one can begin.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Folder, Process, bailiwick, http};

/// At once, on a machine that may be busy.
const SOON: Duration = Duration::from_secs(60);

struct Server {
    process: Process,
    address: String,
    folder: Folder,
}

impl Server {
    fn start(config: &str) -> Self {
        let folder = Folder::new();
        let file = folder.file("x.toml", format!("data = \"data\"\nhttp.listen = \"127.0.0.1:0\"\n{config}"));
        let log = std::fs::File::create(folder.path("log")).unwrap();
        let mut command = bailiwick();
        command.args(["serve", "--config", &file]).env("NOTIFY_SOCKET", folder.path("notify"));
        let notified = UnixDatagram::bind(folder.path("notify")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("Listening on http://").unwrap().to_owned();
        let mut said = [0; 64];
        let length = notified.recv(&mut said).unwrap();
        assert_eq!(&said[..length], b"READY=1");
        Self { process: Process(child), address, folder }
    }

    fn signal(&self, name: &str) {
        let id = self.process.0.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    fn ready(&self) -> (u16, String) {
        http(&self.address, "GET", "/health/ready", "", "")
    }

    /// Waits until it says that it stops; answers what it says.
    fn is_stopping(&self) -> String {
        let begin = Instant::now();
        loop {
            let (status, text) = self.ready();
            if status == 503 {
                return text;
            }
            assert!(begin.elapsed() < SOON, "{text}");
        }
    }

    /// Waits for its end; answers how long that took.
    fn ends(&mut self) -> Duration {
        let begin = Instant::now();
        assert_eq!(self.process.0.wait().unwrap().code(), Some(0));
        begin.elapsed()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path("log")).unwrap()
    }

    /// A request that has begun, and waits for the rest of its body.
    fn half_a_request(&self) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                    Content-Length: 20\r\n\r\nuser=nobody";
        stream.write_all(head.as_bytes()).unwrap();
        // It has arrived once another, sent later, is answered.
        assert_eq!(self.ready().0, 200);
        stream
    }
}

#[test]
fn a_server_that_stops_first_says_so_then_lets_requests_end() {
    let mut server = Server::start("[stop]\ndelay = \"6s\"\ngrace = \"1h\"\n");
    let mut stream = server.half_a_request();
    let mut idle = TcpStream::connect(&server.address).unwrap();
    server.signal("-TERM");
    let text = server.is_stopping();
    assert!(text.contains("\"service\":\"stopping\""), "{text}");
    assert_eq!(http(&server.address, "GET", "/health/live", "", "").0, 200, "it still serves");
    let begin = Instant::now();
    while TcpStream::connect(&server.address).is_ok() {
        assert!(begin.elapsed() < SOON, "nobody new is let in");
        std::thread::sleep(Duration::from_millis(100));
    }
    stream.write_all(b"&password").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let mut nothing = String::new();
    idle.read_to_string(&mut nothing).unwrap();
    assert_eq!(nothing, "");
    assert!(server.ends() < SOON);
    assert!(server.log().contains("stopped"));
}

#[test]
fn a_request_that_does_not_end_keeps_no_server_from_stopping() {
    let mut server = Server::start("[stop]\ngrace = \"500ms\"\n");
    let _stream = server.half_a_request();
    server.signal("-INT");
    assert!(server.ends() < SOON);
    assert!(server.log().contains("they were given up"), "{}", server.log());
}

#[test]
fn a_second_signal_stops_at_once() {
    let mut server = Server::start("[stop]\ndelay = \"1h\"\ngrace = \"1h\"\n");
    let _stream = server.half_a_request();
    server.signal("-TERM");
    server.is_stopping();
    server.signal("-TERM");
    assert!(server.ends() < SOON);
    assert!(server.log().contains("at a second signal"), "{}", server.log());
}

#[test]
fn a_hangup_stops_nothing() {
    let mut server = Server::start("log.format = \"json\"\n");
    server.signal("-HUP");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.ready().0, 200);
    server.signal("-TERM");
    server.ends();
    let log = server.log();
    for line in log.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("{line} is no JSON"));
        assert!(line["timestamp"].is_string() && line["level"].is_string());
    }
    let request = log.lines().find(|line| line.contains("/health/ready")).unwrap();
    let request: serde_json::Value = serde_json::from_str(request).unwrap();
    assert_eq!((&request["status"], &request["span"]["client"]), (&200.into(), &"127.0.0.1".into()));
    assert!(request["span"]["id"].is_string());
}
