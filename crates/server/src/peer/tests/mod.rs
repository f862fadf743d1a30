mod misbehaving;

use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::lookup::Found;
use super::*;
use crate::config::{Config, Value as _};
use misbehaving::{Habit, Peer, answer, drip, say};

fn friends(allow: &str) -> Friends {
    Friends {
        allow: AllowedPeers::parse(allow).unwrap(),
        // Patient, where a test is not about time: the machine may be busy.
        head_timeout: Duration::from_secs(20),
        timeout: Duration::from_secs(30),
        ..Config::default().friends
    }
}

fn at(address: std::net::SocketAddr, path: &str) -> String {
    format!("http://{address}{path}")
}

async fn read(habit: Habit) -> Result<Answer, PeerRefusal> {
    read_by(&friends("127.0.0.0/8"), habit).await
}

async fn read_by(friends: &Friends, habit: Habit) -> Result<Answer, PeerRefusal> {
    let peers = Peers::new(friends);
    let peer = Peer::with(habit);
    peers.read(&peers.uri(&at(peer.address, "/rootservices"))?, HeaderMap::new()).await
}

const XML: &str = "application/rdf+xml";

#[tokio::test]
async fn a_peer_that_behaves_is_read_and_its_connection_is_kept() {
    let peer = Peer::with(|connection| answer(connection, "200 OK", "application/json", r#"{"a":1}"#));
    let peers = Peers::new(&friends("127.0.0.1"));
    let uri = peers.uri(&at(peer.address, "/")).unwrap();
    for _ in 0..5 {
        let answer = peers.read(&uri, HeaderMap::new()).await.unwrap().success().unwrap();
        assert_eq!(answer.json::<serde_json::Value>().unwrap(), serde_json::json!({"a": 1}));
        let request = Request { method: Method::GET, uri: &uri, headers: HeaderMap::new(), body: Vec::new() };
        assert_eq!(peers.send(request).await.unwrap().status, StatusCode::OK);
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn slow_peers_are_given_up() {
    let impatient = Friends {
        head_timeout: Duration::from_millis(700),
        timeout: Duration::from_millis(1_500),
        ..friends("127.0.0.0/8")
    };
    let read = |habit| read_by(&impatient, habit);
    let silent: Habit = |_| std::thread::sleep(Duration::from_secs(5));
    assert!(matches!(read(silent).await, Err(PeerRefusal::NoAnswer { .. })));
    let slow_head: Habit = |connection| drip(connection, &"HTTP/1.1 200 OK\r\nX: y\r\n".repeat(9));
    assert!(matches!(read(slow_head).await, Err(PeerRefusal::NoAnswer { .. })));
    let slow_body: Habit = |connection| {
        say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        drip(connection, &"x".repeat(1_000));
    };
    assert!(matches!(read(slow_body).await, Err(PeerRefusal::TooSlow { .. })));
}

#[tokio::test]
async fn large_answers_are_not_read_to_the_end() {
    let told: Habit = |connection| say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nx");
    assert!(matches!(read(told).await, Err(PeerRefusal::TooLarge { .. })));
    let untold: Habit = |connection| {
        say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(1 << 16));
        (0..64).for_each(|_| say(connection, &chunk));
    };
    assert!(matches!(read(untold).await, Err(PeerRefusal::TooLarge { .. })));
    let headers: Habit = |connection| {
        say(connection, "HTTP/1.1 200 OK\r\n");
        (0..100_000).for_each(|n| say(connection, &format!("X{n}: {}\r\n", "y".repeat(100))));
    };
    assert!(read(headers).await.is_err());
}

#[tokio::test]
async fn redirects_are_followed_within_a_server_and_never_to_another() {
    for to in [
        "http://127.0.0.1:1/",
        "https://127.0.0.1/",
        "//elm.example.org/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
    ] {
        let peer = Peer::with(|connection| {
            let to = TO.lock().unwrap().clone();
            say(connection, &format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"));
        });
        *TO.lock().unwrap() = to.to_owned();
        let peers = Peers::new(&friends("127.0.0.1"));
        let uri = peers.uri(&at(peer.address, "/")).unwrap();
        let refused = peers.read(&uri, HeaderMap::new()).await.unwrap_err();
        assert!(matches!(refused, PeerRefusal::RedirectedElsewhere { .. }), "{to}: {refused}");
        let request = Request { method: Method::GET, uri: &uri, headers: HeaderMap::new(), body: Vec::new() };
        assert!(matches!(peers.send(request).await, Err(PeerRefusal::RedirectedElsewhere { .. })), "{to}");
    }
    let circle: Habit =
        |connection| say(connection, "HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n");
    assert!(matches!(read(circle).await, Err(PeerRefusal::RedirectedTooOften { .. })));
    // Once around, and there.
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let once: Habit = |connection| match ASKED.fetch_add(1, Ordering::Relaxed) {
        0 => say(connection, "HTTP/1.1 307 Elsewhere\r\nLocation: x/y\r\nContent-Length: 0\r\n\r\n"),
        _ => answer(connection, "200 OK", XML, ""),
    };
    assert_eq!(read(once).await.unwrap().uri.path(), "/x/y");
    // What is signed is signed for one address.
    let peer = Peer::with(circle);
    let peers = Peers::new(&friends("127.0.0.1"));
    let uri = peers.uri(&at(peer.address, "/")).unwrap();
    let request = Request { method: Method::POST, uri: &uri, headers: HeaderMap::new(), body: Vec::new() };
    assert!(matches!(peers.send(request).await, Err(PeerRefusal::Redirected { .. })));
}

static TO: Mutex<String> = Mutex::new(String::new());

#[tokio::test]
async fn what_is_something_else_is_not_looked_at() {
    let page: Habit = |connection| answer(connection, "200 OK", "text/html; charset=utf-8", "<html/>");
    let page = read(page).await.unwrap();
    let said = page.root_services().unwrap_err().to_string();
    assert!(said.contains("is of type `text/html`; expected XML"), "{said}");
    assert!(matches!(page.json::<serde_json::Value>(), Err(PeerRefusal::WrongType { .. })));
    let nothing: Habit = |connection| say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    assert!(matches!(
        read(nothing).await.unwrap().json::<serde_json::Value>(),
        Err(PeerRefusal::WrongType { .. })
    ));
    let bomb: Habit = |connection| {
        answer(connection, "200 OK", XML, "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">]><x>&a;</x>");
    };
    let said = read(bomb).await.unwrap().root_services().unwrap_err().to_string();
    assert!(said.contains("document type"), "{said}");
    let missing: Habit = |connection| answer(connection, "404 Not Found", XML, "");
    let said = read(missing).await.unwrap().success().unwrap_err().to_string();
    assert!(said.contains("404"), "{said}");
    let garbage: Habit = |connection| say(connection, "SSH-2.0-OpenSSH_9.9\r\n\r\n");
    assert!(matches!(read(garbage).await, Err(PeerRefusal::Broken { .. })));
    let cut: Habit = |connection| {
        say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx");
        let _ = connection.shutdown(std::net::Shutdown::Both);
    };
    assert!(matches!(read(cut).await, Err(PeerRefusal::Broken { .. })));
}

#[tokio::test]
async fn nobody_where_a_server_should_be_is_told_with_what_to_do() {
    let peers = Peers::new(&friends("127.0.0.1"));
    let uri = peers.uri("http://127.0.0.1:1/").unwrap();
    let said = peers.read(&uri, HeaderMap::new()).await.unwrap_err().to_string();
    assert!(said.contains("cannot connect to `http://127.0.0.1:1/`"), "{said}");
}

/// A name server of somebody who means harm: it answers something else each time.
struct Rebinding {
    answers: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

impl Lookup for Rebinding {
    fn addresses(&self, _: String) -> Found {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let found = self.answers[asked.min(self.answers.len() - 1)].iter().map(|text| text.parse().unwrap());
        let found: Vec<IpAddr> = found.collect();
        Box::pin(async move { Ok(found) })
    }
}

async fn looked_up(answers: &[&[&'static str]], allow: &str) -> (PeerRefusal, usize) {
    let answers = answers.iter().map(|answer| answer.to_vec()).collect();
    let lookup = Arc::new(Rebinding { answers, asked: AtomicUsize::new(0) });
    let config = Friends { connect_timeout: Duration::from_millis(200), ..friends(allow) };
    let peers = Peers::with_lookup(&config, Arc::clone(&lookup) as _);
    let uri = peers.uri("https://elm.example.org:1/").unwrap();
    let refused = peers.read(&uri, HeaderMap::new()).await.unwrap_err();
    (refused, lookup.asked.load(Ordering::Relaxed))
}

#[tokio::test]
async fn the_addresses_of_a_name_are_judged_as_those_that_are_typed_in() {
    for private in ["127.0.0.1", "10.0.0.1", "::ffff:127.0.0.1", "fd00::1", "64:ff9b::7f00:1"] {
        let (refused, _) = looked_up(&[&[private]], "").await;
        assert!(matches!(refused, PeerRefusal::Private { .. }), "{private}: {refused}");
    }
    for never in ["169.254.169.254", "0.0.0.0", "::", "fe80::1", "::ffff:169.254.169.254"] {
        let (refused, _) = looked_up(&[&[never]], "elm.example.org,0.0.0.0/0,::/0").await;
        assert!(matches!(refused, PeerRefusal::Never { .. }), "{never}: {refused}");
    }
    let (refused, _) = looked_up(&[&[]], "").await;
    assert!(matches!(refused, PeerRefusal::NoHost { .. }), "{refused}");
    // Listed by its name, it is connected to; nobody is there.
    let (refused, _) = looked_up(&[&["127.0.0.1"]], "elm.example.org").await;
    assert!(matches!(refused, PeerRefusal::NoConnection { .. }), "{refused}");
}

#[tokio::test]
async fn a_name_is_looked_up_once_for_a_connection_which_goes_where_that_has_led() {
    // Good when it is checked, bad when it would be looked up again.
    let (refused, asked) = looked_up(&[&["127.0.0.2"], &["169.254.169.254"]], "127.0.0.2").await;
    assert!(matches!(refused, PeerRefusal::NoConnection { .. }), "{refused}");
    assert_eq!(asked, 1);
}
