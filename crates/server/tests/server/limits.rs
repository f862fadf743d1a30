//! Whoever sends too much, too slowly, too oddly or nothing at all harms nobody but himself.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::raw::{Empty, LIVE, LIVE_AND_CLOSE, Raw};

const SHORT: Duration = Duration::from_millis(500);
/// What would be waited for if something else did not end it before, however busy the machine is.
const LONG: Duration = Duration::from_secs(60);

fn sign_in(length: usize) -> String {
    format!(
        "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_head_that_does_not_end_ends_the_connection_and_a_pause_between_two_does_not() {
    let server = Empty::start(|config| config.limits.head_timeout = SHORT).await;
    let mut kept = server.connect().await;
    kept.send(LIVE).await;
    assert!(kept.one_answer().await.ends_with("alive\n"));
    for begun in ["", "G", "GET / HTTP/1.1\r\nHost: x\r\n"] {
        let begin = Instant::now();
        let mut raw = server.connect().await;
        raw.send(begun).await;
        assert_eq!(raw.rest().await, "", "{begun:?}");
        assert!(begin.elapsed() >= SHORT);
    }
    // Byte by byte takes too long as well.
    let mut raw = server.connect().await;
    for byte in LIVE.bytes().take(10) {
        raw.send([byte]).await;
        sleep(SHORT / 5).await;
    }
    assert_eq!(raw.rest().await, "");
    // Much later a second request comes, and the head of a third one is as slow as the others.
    kept.send(LIVE).await;
    assert!(kept.one_answer().await.ends_with("alive\n"));
    kept.send("GET / HT").await;
    assert_eq!(kept.rest().await, "");
}

#[tokio::test]
async fn a_body_that_stops_or_drips_is_told_that_it_is_too_slow() {
    let server = Empty::start(|config| {
        config.limits.stall_timeout = SHORT;
        config.limits.request_timeout = LONG;
    })
    .await;
    let begin = Instant::now();
    let (status, text) = server.ask(sign_in(100) + "user=bob").await;
    assert_eq!(status, 408, "{text}");
    assert!(text.contains("urn:bailiwick:problem:slow"), "{text}");
    assert!(begin.elapsed() < LONG, "{:?}", begin.elapsed());

    let server = Empty::start(|config| {
        config.limits.stall_timeout = LONG;
        config.limits.request_timeout = SHORT * 2;
    })
    .await;
    let (read, mut write) = server.connect().await.0.into_split();
    let dripping = tokio::spawn(async move {
        write.write_all(sign_in(10_000).as_bytes()).await.unwrap();
        while write.write_all(b"x").await.is_ok() {
            sleep(SHORT / 5).await;
        }
    });
    let mut text = [0; 4096];
    timeout(LONG, read.readable()).await.expect("an answer comes").unwrap();
    let length = read.try_read(&mut text).unwrap();
    let text = String::from_utf8_lossy(&text[..length]);
    assert!(text.starts_with("HTTP/1.1 408 ") && text.contains("problem:slow"), "{text}");
    dripping.abort();
    assert!(server.serves().await);
}

#[tokio::test]
async fn who_does_not_read_what_he_asked_for_is_let_go() {
    let server = Empty::start(|config| {
        config.limits.stall_timeout = SHORT;
        config.limits.idle_timeout = SHORT;
    })
    .await;
    let raw = server.connect().await;
    // Many requests and nothing read: the answers fill all buffers, and nothing moves any more.
    let requests = LIVE.repeat(200);
    let ended = async {
        loop {
            match raw.0.try_write(requests.as_bytes()) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => sleep(SHORT / 50).await,
                Err(_) => return,
            }
        }
    };
    timeout(LONG, ended).await.expect("the server closes the connection");
    // Nor does one stay for ever that asks for nothing more.
    let begin = Instant::now();
    let mut raw = server.connect().await;
    raw.send(LIVE).await;
    assert!(raw.one_answer().await.ends_with("alive\n"));
    assert_eq!(raw.rest().await, "");
    assert!(begin.elapsed() >= SHORT);
    assert!(server.serves().await);
}

#[tokio::test]
async fn a_head_has_a_size_and_a_number_of_headers() {
    let server = Empty::start(|config| {
        config.limits.headers = 8 << 10;
        config.limits.header_count = 20;
    })
    .await;
    let with = async |more: &str| {
        let head = "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
        server.ask(format!("{head}{more}\r\n")).await.0
    };
    assert_eq!(with(&"a: b\r\n".repeat(18)).await, 200);
    assert_eq!(with(&"a: b\r\n".repeat(19)).await, 431);
    assert_eq!(with(&format!("a: {}\r\n", "b".repeat(7 << 10))).await, 200);
    assert_eq!(with(&format!("a: {}\r\n", "b".repeat(9 << 10))).await, 431);
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a".repeat(9 << 10));
    assert_eq!(server.ask(long).await.0, 431);
    // A flood is not read to its end: the connection may be reset before the answer is.
    let mut flood = server.connect().await;
    flood.send(format!("GET / HTTP/1.1\r\n{}", "a: b\r\n".repeat(1 << 20))).await;
    let answer = flood.rest().await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(server.serves().await);
}

#[tokio::test]
async fn a_request_names_one_host() {
    let server = Empty::start(|_| ()).await;
    for (version, hosts, expected) in [
        ("1.1", &["x"][..], 200),
        ("1.1", &["elm.example.org:8443"], 200),
        ("1.1", &["[::1]:80"], 200),
        ("1.1", &[], 400),
        ("1.1", &[""], 400),
        ("1.1", &["x", "x"], 400),
        ("1.1", &["x", "y"], 400),
        ("1.1", &["a b"], 400),
        ("1.1", &["a/b"], 400),
        ("1.1", &["bob@x"], 400),
        ("1.1", &["x:port"], 400),
        ("1.1", &["[::1"], 400),
        ("1.1", &["x:"], 200),
        ("1.1", &["x:99999"], 400),
        ("1.0", &[], 200),
        ("1.0", &["a b"], 400),
    ] {
        let lines: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
        let request = format!("GET /health/live HTTP/{version}\r\n{lines}Connection: close\r\n\r\n");
        let (status, text) = server.ask(request).await;
        assert_eq!(status, expected, "{version} {hosts:?}: {text}");
        assert!(status == 200 || text.contains("one header `Host`"), "{hosts:?}: {text}");
    }
}

#[tokio::test]
async fn a_body_that_says_that_it_is_too_long_is_refused_before_it_is_sent() {
    let server = Empty::start(|config| {
        config.limits.body = 64 << 10;
        config.limits.import_body = 128 << 10;
    })
    .await;
    let ask = async |path: &str, length: usize, more: &str| {
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{more}\r\n");
        let mut raw = server.connect().await;
        raw.send(head).await;
        raw.one_answer().await
    };
    for more in ["", "Expect: 100-continue\r\n"] {
        for (path, most) in
            [("/sign-in", 16 << 10), ("/api/v1/users", 64 << 10), ("/api/v1/import", 128 << 10)]
        {
            let refused = ask(path, most + 1, more).await;
            assert!(
                refused.starts_with("HTTP/1.1 413 ") && refused.contains("problem:too-large"),
                "{refused}"
            );
            assert!(refused.contains(&format!("no more than {most} bytes")), "{refused}");
        }
    }
    // What is not too long is asked for where it is awaited, and only then.
    let mut raw = server.connect().await;
    raw.send(sign_in(8).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")).await;
    let mut begun = [0; 25];
    raw.0.read_exact(&mut begun).await.unwrap();
    assert_eq!(&begun, b"HTTP/1.1 100 Continue\r\n\r\n");
    raw.send("user=bob").await;
    assert!(raw.answer().await.1.starts_with("HTTP/1.1 4"));
    assert!(server.serves().await);
}

#[tokio::test]
async fn an_answer_that_comes_before_the_body_was_read_costs_nobody_the_connection() {
    let server = Empty::start(|_| {}).await;
    let mut client = server.connect().await;
    let body = "x".repeat(100_000);
    for (path, status) in [("/api/v1/nope", "404"), ("/api/v1/users", "401")].into_iter().cycle().take(200) {
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len());
        // The body is still to come when the answer is made.
        client.send(head).await;
        client.send(&body).await;
        let answer = client.one_answer().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(!answer.to_lowercase().contains("connection: close"), "{answer}");
    }
    // What is encoded is not taken for something that is no JSON.
    let encoded = "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx";
    client.send(encoded).await;
    let answer = client.one_answer().await;
    assert!(answer.starts_with("HTTP/1.1 415 ") && answer.contains("Content-Encoding"), "{answer}");
}

#[tokio::test]
async fn tricks_with_paths_lead_nowhere() {
    let server = Empty::start(|_| ()).await;
    for (path, expected) in [
        ("//", 404),
        ("//health/live", 404),
        ("/health//live", 404),
        ("/health/live/", 404),
        ("/health/../health/live", 404),
        ("/health/./live", 404),
        ("/%2e%2e/etc/passwd", 404),
        ("/static/../../Cargo.toml", 404),
        ("/static/..%2f..%2fCargo.toml", 404),
        ("/static/%2e%2e%2f%2e%2e%2fCargo.toml", 404),
        ("/static/..%5c..%5cCargo.toml", 404),
        ("/static/%00", 400),
        ("/health/live%00", 400),
        ("/%ff%fe", 400),
        ("/static/%c0%ae%c0%ae/x", 400),
        ("/health%2flive", 404),
        ("/HEALTH/LIVE", 404),
        ("/%zz", 404),
        ("http://other.example/nowhere", 404),
        ("*", 404),
        ("nowhere", 404),
        ("/a b", 400),
        ("/\u{e9}", 404),
        ("/a\u{0}b", 400),
        ("/a\rb", 400),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let (status, text) = server.ask(request).await;
        assert_eq!(status, expected, "{path}: {text}");
        // What is no HTTP gets a bare status.
        assert!(text.contains("application/problem+json") || text.contains("content-length: 0"), "{text}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a/".repeat(10_000));
    assert_eq!(server.ask(long).await.0, 404);
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_harms_nobody() {
    let server = Empty::start(|_| ()).await;
    let mut hello = vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    hello.extend([7; 600]);
    let post =
        |headers: &str| format!("POST /sign-in HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\nab").into_bytes();
    for text in [
        b"HELLO\r\n\r\n".to_vec(),
        hello,
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nHost x\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n".to_vec(),
        post("Content-Length: -1"),
        post("Content-Length: 1\r\nContent-Length: 2"),
        post("Content-Length: 99999999999999999999999"),
        post("Transfer-Encoding: magic"),
    ] {
        let (status, answer) = server.ask(&text).await;
        assert_eq!(status, 400, "{}: {answer}", String::from_utf8_lossy(&text));
    }
    assert!(server.serves().await);
}

/// Or as many as this process may have, at both ends.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_idle_connections_keep_nobody_out() {
    const AT_A_TIME: usize = 500;
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let many = usize::try_from(files.saturating_sub(1_000)).unwrap().min(12_000) * 5 / 6;
    assert!(many >= 2 * AT_A_TIME, "this process may have {files} files only");
    let most = many / 5;
    let server = Empty::start(|config| {
        config.limits.connections = most;
        config.limits.head_timeout = 2 * LONG;
        config.limits.idle_timeout = 2 * LONG;
    })
    .await;
    let mut friend = server.connect().await;
    friend.send(LIVE).await;
    assert!(friend.one_answer().await.ends_with("alive\n"));
    let mut idle: Vec<Raw> = Vec::new();
    while idle.len() < many {
        let batch = join_all((0..AT_A_TIME).map(|_| TcpStream::connect(&server.address))).await;
        idle.extend(batch.into_iter().map(|stream| Raw(stream.unwrap())));
        // Some say something, and then no more.
        let last = idle.len() - 1;
        idle[last].send("GET / HTTP/1.1\r\nHo").await;
        let begin = Instant::now();
        assert_eq!(server.ask(LIVE_AND_CLOSE).await.0, 200);
        assert!(begin.elapsed() < LONG, "{:?} behind {}", begin.elapsed(), idle.len());
    }
    // Who has asked before is let go only after all those who never did.
    friend.send(LIVE).await;
    assert!(friend.one_answer().await.ends_with("alive\n"));
    assert_eq!(idle[0].rest().await, "", "the oldest of them made room");
    let newest = idle.last_mut().unwrap();
    newest.send("st: x\r\nConnection: close\r\n\r\n").await;
    assert!(newest.rest().await.starts_with("HTTP/1.1 "), "the newest of them did not");
}
