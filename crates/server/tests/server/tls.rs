//! TLS: what is spoken, what browsers are told, and certificates that change under a running server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rcgen::{CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use reqwest::tls::{TlsInfo, Version};
use reqwest::{Certificate, Client, Response};
use server::{Config, Https};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::running::{client_builder, demo, listening};

/// A server with TLS, and an authority that its clients trust.
struct Secure {
    authority: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
    http: SocketAddr,
    https: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "an authority for tests");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for `localhost` and its key, as PEM.
pub(crate) fn pair(authority: &CertifiedIssuer<'static, KeyPair>) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

impl Secure {
    async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let (authority, folder) = (authority(), tempfile::tempdir().unwrap());
        let at = |name: &str| folder.path().join(name);
        let (certificate, key) = pair(&authority);
        std::fs::write(at("certificate.pem"), certificate).unwrap();
        std::fs::write(at("key.pem"), key).unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let https = Https { listen: any, certificate: at("certificate.pem"), key: at("key.pem") };
        let mut config =
            Config { data: at("data"), http: Some(any), https: Some(https), ..Config::default() };
        change(&mut config);
        let (at, task) = listening(config).await;
        Self { authority, folder, http: at.http.unwrap(), https: at.https.unwrap(), task }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn client(&self, version: Version) -> Client {
        let builder = client_builder().resolve("localhost", self.https).tls_info(true);
        let authority = Certificate::from_pem(self.authority.pem().as_bytes()).unwrap();
        let builder = builder.tls_certs_only([authority]).pool_max_idle_per_host(0);
        builder.redirect(reqwest::redirect::Policy::none()).tls_version_max(version).build().unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        let url = format!("https://localhost:{}{path}", self.https.port());
        self.client(Version::TLS_1_3).get(url).send().await.unwrap()
    }

    /// The certificate that clients are shown now.
    async fn shown(&self) -> Vec<u8> {
        let response = self.get("/health/live").await;
        response.extensions().get::<TlsInfo>().unwrap().peer_certificate().unwrap().to_vec()
    }

    /// Waits until clients are shown another one than this.
    async fn shown_other_than(&self, before: &[u8]) -> Vec<u8> {
        for _ in 0..200 {
            let shown = self.shown().await;
            if shown != before {
                return shown;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("the certificate stays the same");
    }
}

#[tokio::test]
async fn both_listeners_serve_side_by_side_and_only_one_of_them_asks_for_tls_for_ever() {
    let server = Secure::start(|_| ()).await;
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        let url = format!("https://localhost:{}/health/live", server.https.port());
        let response = server.client(version).get(url).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");
    }
    let plain = client_builder().build().unwrap().get(format!("http://{}/health/live", server.http));
    let plain = plain.send().await.unwrap();
    assert_eq!(plain.status(), 200);
    assert!(plain.headers().get("strict-transport-security").is_none());
    let silent = Secure::start(|config| config.hsts = Duration::ZERO).await;
    assert!(silent.get("/health/live").await.headers().get("strict-transport-security").is_none());
}

#[tokio::test]
async fn cookies_stay_within_tls_where_the_client_came_by_it() {
    let server = Secure::start(|config| {
        config.demo = Some(demo());
        config.trusted_proxies.networks = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let out = async |base: &str, scheme: &str| {
        let request = server.client(Version::TLS_1_3).post(format!("{base}/sign-out"));
        let request = request.header("x-forwarded-for", "192.0.2.7").header("x-forwarded-proto", scheme);
        let response = request.send().await.unwrap();
        response.headers()["set-cookie"].to_str().unwrap().to_owned()
    };
    let (http, https) =
        (format!("http://{}", server.http), format!("https://localhost:{}", server.https.port()));
    assert!(out(&https, "https").await.contains("; Secure"));
    assert!(out(&http, "https").await.contains("; Secure"), "a proxy with TLS is in front");
    assert!(!out(&http, "http").await.contains("; Secure"));
}

#[tokio::test]
async fn a_new_certificate_is_taken_from_its_files_and_a_broken_one_is_not() {
    let server = Secure::start(|_| ()).await;
    let first = server.shown().await;
    let (certificate, key) = pair(&server.authority);
    // One file after the other: in between they are no pair.
    std::fs::write(server.path("certificate.pem"), certificate).unwrap();
    sleep(Duration::from_secs(4)).await;
    assert_eq!(server.shown().await, first);
    std::fs::write(server.path("key.pem"), key).unwrap();
    let second = server.shown_other_than(&first).await;
    std::fs::write(server.path("certificate.pem"), "-----BEGIN CERTIFICATE-----\nnone\n").unwrap();
    std::fs::remove_file(server.path("key.pem")).unwrap();
    sleep(Duration::from_secs(4)).await;
    assert_eq!(server.shown().await, second);
    let (certificate, key) = pair(&server.authority);
    std::fs::write(server.path("key.pem"), key).unwrap();
    std::fs::write(server.path("certificate.pem"), certificate).unwrap();
    server.shown_other_than(&second).await;
}

#[tokio::test]
async fn who_speaks_no_tls_is_let_go() {
    let server = Secure::start(|config| config.limits.head_timeout = Duration::from_millis(500)).await;
    let ends = async |said: &[u8]| {
        let mut stream = TcpStream::connect(server.https).await.unwrap();
        stream.write_all(said).await.unwrap();
        let mut bytes = Vec::new();
        let read = timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await;
        // It may be reset.
        let _ = read.expect("the connection ends");
        bytes
    };
    assert_eq!(ends(b"").await, b"", "a handshake has its time");
    assert_eq!(ends(&[0x16, 3, 1]).await, b"");
    assert!(!ends(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.starts_with(b"HTTP"));
    assert_eq!(server.get("/health/live").await.status(), 200);
}
