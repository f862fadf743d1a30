//! Row 19: one provider, and a thousand servers that use its process, played by this process: each with a
//! key of its own, a connection of its own that is kept as long as the provider lets it be, and a listener
//! where it is told of changes.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, anyhow, ensure};
use futures_util::future::try_join_all;
use governance::Organisation;
use oauth1::{Body, Credentials, Outgoing, SignatureMethod};
use serde_json::{Value, json};
use server::{Config, ConfigFile, Sources, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::client::{Connection, header, request};
use crate::report::Quantity::{Count, Nanoseconds as Time, Times};
use crate::report::{Row, Target};
use crate::served::{administrator, basic};
use crate::{Options, progress};

const CONSUMERS: usize = 1_000;
/// How often each asks.
const POLL: Duration = Duration::from_secs(60);
const SECRET: &str = "a secret of the benchmark";
const LONGEST: Duration = Duration::from_secs(120);

/// The provider, as a process of its own, so that its time can be told from that of those who ask.
pub(crate) fn provider(folder: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let environment = vec![("BAILIWICK_FRIENDS_ALLOW".to_owned(), "127.0.0.0/8".to_owned())];
    let loaded = server::load(&Sources { file: ConfigFile::None, environment, flags: Vec::new() })?;
    let loaded_organisation = runtime.block_on(crate::served::organisation(folder))?;
    let config = Config {
        http: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        data: folder.to_owned(),
        demo: Some(administrator(&loaded_organisation)?),
        ..loaded.config
    };
    drop(loaded_organisation);
    runtime.spawn(async move {
        let said = |listening: server::Listening, _| {
            listening.http.iter().for_each(|address| println!("{address}"));
        };
        if let Err(error) = serve(config, said).await {
            eprintln!("{error}");
        }
    });
    // It ends with the process that has started it.
    let _ = std::io::stdin().read(&mut [0])?;
    Ok(())
}

struct Provider {
    process: Child,
    address: SocketAddr,
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It is gone already, or goes now.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Provider {
    fn start(folder: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--child", "provider", "--folder"]).arg(folder);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let said = process.stdout.take().context("it says where it listens")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        let address = line.trim().parse().context("the provider did not start")?;
        Ok(Self { process, address })
    }

    /// The processor time that it has used, in seconds.
    fn processor(&self) -> Result<f64> {
        const TICKS: f64 = 100.0;
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let (_, after) = text.rsplit_once(')').context("the state of a process")?;
        let ticks = after.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS)
    }
}

/// What all consumers share.
struct Played {
    provider: SocketAddr,
    path: String,
    /// How many have the newest version.
    current: AtomicUsize,
    polls: AtomicUsize,
    connections: AtomicUsize,
    /// Each is told of changes.
    told: Vec<Notify>,
}

/// Row 19.
pub(crate) fn consumers(organisation: &Organisation, folder: &Path, options: &Options) -> Result<Row> {
    progress("row 19: a thousand consumers");
    let provider = Provider::start(folder)?;
    let root = basic(organisation)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let measured = runtime.block_on(measure(&provider, &root))?;
    let mut row = Row::new(19, "1,000 servers that use a process of this one, each asking once a minute");
    row.line(
        "cores that the provider uses, nothing changing",
        Times(measured.idle),
        Target::AtMost(Times(0.05)),
    );
    row.line("until a change has reached all", Time(measured.change), Target::AtMost(Time(30e9)));
    row.told("cores that the provider uses meanwhile", Times(measured.busy));
    row.told("polls in that minute", Count(measured.polls as f64));
    row.told("connections that were opened for them", Count(measured.connections as f64));
    row.note(format!("size {:?}, SQLite, without TLS; every request is signed (HMAC-SHA1)", options.size));
    Ok(row)
}

struct Measured {
    idle: f64,
    busy: f64,
    change: f64,
    polls: usize,
    connections: usize,
}

async fn measure(provider: &Provider, root: &str) -> Result<Measured> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    let port = listener.local_addr()?.port();
    let mut administrator = Connection::open(provider.address).await?;
    let (reference, name) = share(&mut administrator, root).await?;
    register(&mut administrator, root, port).await?;
    let played = Arc::new(Played {
        provider: provider.address,
        path: format!("/api/v1/process-sharing/processes/gc/{}", encoded(&name)),
        current: AtomicUsize::new(0),
        polls: AtomicUsize::new(0),
        connections: AtomicUsize::new(0),
        told: (0..CONSUMERS).map(|_| Notify::new()).collect(),
    });
    let listening = tokio::spawn(listen(listener, Arc::clone(&played)));
    let playing = tokio::spawn(try_join_all((0..CONSUMERS).map(|number| play(number, Arc::clone(&played)))));
    let measuring = async {
        all_current(&played).await?;
        // Whoever has asked is written down within seconds.
        sleep(Duration::from_secs(10)).await;
        let counted = || (played.polls.load(Ordering::Relaxed), played.connections.load(Ordering::Relaxed));
        let (before, begun, (polls, connections)) = (provider.processor()?, Instant::now(), counted());
        sleep(POLL).await;
        let idle = (provider.processor()? - before) / begun.elapsed().as_secs_f64();
        let (polls, connections) = (counted().0 - polls, counted().1 - connections);
        played.current.store(0, Ordering::Relaxed);
        let (before, begun) = (provider.processor()?, Instant::now());
        change(&mut administrator, root, &reference).await?;
        all_current(&played).await?;
        let change = begun.elapsed();
        let busy = (provider.processor()? - before) / change.as_secs_f64();
        anyhow::Ok(Measured { idle, busy, change: change.as_nanos() as f64, polls, connections })
    };
    tokio::select! {
        measured = measuring => measured,
        played = playing => Err(played?.err().unwrap_or_else(|| anyhow!("the consumers have stopped"))),
        heard = listening => Err(heard?.err().unwrap_or_else(|| anyhow!("the listener has stopped"))),
    }
}

async fn all_current(played: &Played) -> Result<()> {
    let begun = Instant::now();
    while played.current.load(Ordering::Relaxed) < CONSUMERS {
        let current = played.current.load(Ordering::Relaxed);
        ensure!(begun.elapsed() < LONGEST, "only {current} of {CONSUMERS} consumers have the newest version");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn by_root(
    connection: &mut Connection,
    root: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> Result<Value> {
    let text = (method != "GET").then(|| body.to_string());
    let mut bytes = request(method, path, Some(root), text.as_deref());
    if method == "PATCH" {
        // Behind the first line.
        let at = bytes.windows(2).position(|it| it == b"\r\n").context("a request line")? + 2;
        bytes.splice(at..at, b"If-Match: *\r\n".iter().copied());
    }
    let answer = connection.ask(&bytes).await?;
    ensure!(
        answer.status < 300,
        "{method} {path}: {} {}",
        answer.status,
        String::from_utf8_lossy(answer.body)
    );
    Ok(serde_json::from_slice(answer.body).unwrap_or_default())
}

/// Has the first project area that can share its process; answers its reference and name.
async fn share(connection: &mut Connection, root: &str) -> Result<(String, String)> {
    let areas =
        by_root(connection, root, "GET", "/api/v1/project-areas?application=gc&limit=100", &json!({}))
            .await?;
    let mut refused = None;
    for area in areas["items"].as_array().into_iter().flatten() {
        let text = |key: &str| area[key].as_str().unwrap_or_default().to_owned();
        let path = format!("/api/v1/project-areas/{}", encoded(&text("reference")));
        match by_root(connection, root, "PATCH", &path, &json!({"shares_process": true})).await {
            Ok(_) => return Ok((path, text("name"))),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| anyhow!("the sample has no project area")))
}

async fn change(connection: &mut Connection, root: &str, path: &str) -> Result<()> {
    let area = by_root(connection, root, "GET", path, &json!({})).await?;
    let mut types = area["iteration_types"].as_array().cloned().unwrap_or_default();
    types.push(json!("of the benchmark"));
    by_root(connection, root, "PATCH", path, &json!({"iteration_types": types})).await.map(drop)
}

/// Each consumer is known by hand, and a friend at an address of its own.
async fn register(connection: &mut Connection, root: &str, port: u16) -> Result<()> {
    let user = json!({"id": "bench_user", "groups": [], "functional": true});
    by_root(connection, root, "POST", "/api/v1/users", &user).await?;
    for number in 0..CONSUMERS {
        let root_services = format!("http://{}:{port}/gc/rootservices", host(number));
        let (name, key) = (format!("Consumer {number}"), key(number));
        let consumer = json!({
            "name": name, "key": key, "secret": SECRET, "functional_user": "bench_user",
            "root_services": root_services,
        });
        by_root(connection, root, "POST", "/api/v1/consumers", &consumer).await?;
        let friend = json!({"name": name, "root_services": root_services, "key": key, "secret": SECRET});
        by_root(connection, root, "POST", "/api/v1/friends", &friend).await?;
    }
    Ok(())
}

fn key(number: usize) -> String {
    format!("benchmark{number:023}")
}

fn host(number: usize) -> Ipv4Addr {
    let [high, low] = u16::try_from(number).unwrap_or_default().to_be_bytes();
    Ipv4Addr::new(127, 1, high, low)
}

fn number_of(address: Ipv4Addr) -> usize {
    let [_, _, high, low] = address.octets();
    usize::from(u16::from_be_bytes([high, low]))
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

/// One consumer, for ever: asks when it is told of a change, and once a minute.
async fn play(number: usize, played: Arc<Played>) -> Result<()> {
    let mut connection: Option<Connection> = None;
    let mut version: Option<String> = None;
    // They do not all ask at the same time.
    let mut wait = POLL * u32::try_from(number)? / u32::try_from(CONSUMERS)?;
    let mut first = true;
    loop {
        if !first {
            let _ = timeout(wait, played.told[number].notified()).await;
            wait = POLL;
        }
        first = false;
        let bytes = signed(number, &played, version.as_deref())?;
        // The provider may have closed a connection that was idle.
        let answer = loop {
            let fresh = connection.is_none();
            let mut open = match connection.take() {
                Some(open) => open,
                None => {
                    played.connections.fetch_add(1, Ordering::Relaxed);
                    Connection::open(played.provider).await?
                }
            };
            let asked = open.ask(&bytes).await.map(|answer| {
                let tag = header(answer.head, "etag").map(str::to_owned);
                (
                    answer.status,
                    tag,
                    String::from_utf8_lossy(answer.body).chars().take(200).collect::<String>(),
                )
            });
            match asked {
                Ok(answer) => {
                    connection = Some(open);
                    break answer;
                }
                Err(error) if fresh => return Err(error),
                Err(_) => {}
            }
        };
        played.polls.fetch_add(1, Ordering::Relaxed);
        match answer {
            (200, tag, _) => {
                version = tag;
                played.current.fetch_add(1, Ordering::Relaxed);
            }
            (304, ..) => {}
            (status, _, body) => return Err(anyhow!("consumer {number} is answered {status}: {body}")),
        }
    }
}

fn signed(number: usize, played: &Played, version: Option<&str>) -> Result<Vec<u8>> {
    static NONCE: AtomicUsize = AtomicUsize::new(0);
    let key = key(number);
    let credentials = Credentials {
        consumer_key: &key,
        consumer_secret: SECRET,
        token: None,
        method: SignatureMethod::HmacSha1,
    };
    let url = format!("http://{}{}", played.provider, played.path);
    let outgoing =
        Outgoing { method: "GET", url: &url, body: Body::Other(b""), callback: None, verifier: None };
    let seconds = SystemTime::UNIX_EPOCH.elapsed()?.as_secs();
    let nonce = format!("{seconds}-{number}-{}", NONCE.fetch_add(1, Ordering::Relaxed));
    let authorization =
        credentials.authorization(&outgoing, seconds, &nonce).map_err(|it| anyhow!("{it}"))?;
    let (path, address) = (&played.path, played.provider);
    let version = version.map_or_else(String::new, |tag| format!("If-None-Match: {tag}\r\n"));
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {authorization}\r\n{version}\r\n");
    Ok(head.into_bytes())
}

/// Hears of changes, for all of them: by the address at which it is asked it knows which one is meant.
async fn listen(listener: TcpListener, played: Arc<Played>) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let played = Arc::clone(&played);
        tokio::spawn(async move { hear(stream, &played).await });
    }
}

async fn hear(mut stream: TcpStream, played: &Played) -> Result<()> {
    let SocketAddr::V4(local) = stream.local_addr()? else { return Ok(()) };
    let mut received = Vec::new();
    loop {
        let head = loop {
            if let Some(head) = received.windows(4).position(|it| it == b"\r\n\r\n") {
                break head + 4;
            }
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        };
        let text = std::str::from_utf8(&received[..head])?;
        let length: usize = header(text, "content-length").unwrap_or("0").parse()?;
        while received.len() < head + length {
            ensure!(stream.read_buf(&mut received).await? > 0, "half a request");
        }
        received.drain(..head + length);
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
        if let Some(told) = played.told.get(number_of(*local.ip())) {
            told.notify_one();
        }
    }
}
