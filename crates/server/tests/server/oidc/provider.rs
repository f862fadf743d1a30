//! A real provider of identities, and somebody with a browser's cookies.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use reqwest::{Client, Method, Response, Url};
use serde_json::Value;
use server::{Claims, GroupMapping, Provider as Told, Token};
use tokio::sync::{OnceCell, oneshot};
use tokio::task::spawn_blocking;

use crate::npm::install;
use crate::running::{client, query};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/oidc");
const CLIENT: &str = "bailiwick";
const SECRET: &str = "a secret of two";

/// npm's `oidc-provider`, run by Node.js; it ends with this value.
pub(crate) struct Provider {
    node: Option<Child>,
    port: u16,
    base: String,
    algorithm: &'static str,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A port that nobody has, for now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Where npm has put it; it is kept with what was compiled, until other versions are wanted.
async fn installed() -> &'static Path {
    static FOLDER: OnceCell<PathBuf> = OnceCell::const_new();
    FOLDER.get_or_init(async || spawn_blocking(|| install("oidc")).await.unwrap()).await
}

impl Provider {
    /// For a server at this address.
    pub(crate) async fn start(base: &str, algorithm: &'static str) -> Self {
        let mut provider = Self { node: None, port: free_port(), base: base.to_owned(), algorithm };
        provider.go_on().await;
        provider
    }

    /// Starts it again, with other keys, and without knowing anybody any more.
    pub(crate) async fn go_on(&mut self) {
        let mut node = Command::new("node");
        node.arg(Path::new(FOLDER).join("provider.mjs")).arg(installed().await);
        node.args([&self.port.to_string(), CLIENT, SECRET, &self.base, self.algorithm]);
        let mut node = node.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("Node.js is there");
        let said = BufReader::new(node.stdout.take().unwrap());
        self.node = Some(node);
        let (tell, ready) = oneshot::channel();
        // It says more later, and ends where nobody listens.
        std::thread::spawn(move || {
            let mut said = said.lines().map_while(Result::ok);
            if said.any(|line| line == "ready") {
                tell.send(()).unwrap_or_default();
            }
            said.for_each(drop);
        });
        ready.await.expect("the provider gets ready");
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut node) = self.node.take() {
            node.kill().unwrap_or_default();
            node.wait().map(drop).unwrap_or_default();
        }
    }

    pub(crate) fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it says of people, and what it signs.
    pub(crate) async fn told(&self, told: &Value) {
        let sent = client().post(format!("{}/told", self.issuer())).body(told.to_string()).send();
        assert_eq!(sent.await.unwrap().status(), 200);
    }

    /// How often it was asked for its keys.
    pub(crate) async fn asked(&self) -> u32 {
        let said = client().get(format!("{}/asked", self.issuer())).send().await.unwrap();
        said.text().await.unwrap().parse().unwrap()
    }

    /// As the server is told of it.
    pub(crate) fn section(&self, groups: GroupMapping) -> Told {
        let claim = str::to_owned;
        Told {
            name: "company".to_owned(),
            title: "Our Company".to_owned(),
            issuer: self.issuer(),
            client_id: CLIENT.to_owned(),
            client_secret: Some(Token::new(SECRET.to_owned())),
            authorities: None,
            scopes: ["profile", "email"].map(str::to_owned).to_vec(),
            claims: Claims {
                id: claim("preferred_username"),
                name: claim("name"),
                mail: claim("email"),
                groups: claim("groups"),
            },
            groups,
        }
    }
}

/// Somebody with a browser: cookies are kept, and one goes where one is sent.
pub(crate) struct Person {
    client: Client,
    cookies: Mutex<BTreeMap<(String, String), String>>,
}

/// A page that somebody is on.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) address: String,
    pub(crate) text: String,
}

impl Page {
    /// What is in a hidden field.
    fn field(&self, name: &str) -> String {
        let (_, rest) =
            self.text.split_once(&format!("name=\"{name}\" value=\"")).expect("the field is there");
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Person {
    pub(crate) fn new() -> Self {
        Self { client: client(), cookies: Mutex::default() }
    }

    pub(crate) fn cookie(&self, base: &str, name: &str) -> Option<String> {
        let place = base.trim_start_matches("http://").to_owned();
        self.cookies.lock().unwrap().get(&(place, name.to_owned())).map(|value| format!("{name}={value}"))
    }

    pub(crate) fn set_cookie(&self, base: &str, name: &str, value: &str) {
        let place = base.trim_start_matches("http://").to_owned();
        self.cookies.lock().unwrap().insert((place, name.to_owned()), value.to_owned());
    }

    pub(crate) async fn once(&self, method: Method, address: &str, form: Option<String>) -> Response {
        let place = Url::parse(address).unwrap().authority().to_owned();
        let cookies: Vec<String> = {
            let kept = self.cookies.lock().unwrap();
            let here = kept.iter().filter(|((at, _), _)| *at == place);
            here.map(|((_, name), value)| format!("{name}={value}")).collect()
        };
        let request = self.client.request(method, address).header("accept", "text/html");
        let request = request.header("cookie", cookies.join("; "));
        let request = match form {
            Some(form) => request
                .header("content-type", "application/x-www-form-urlencoded")
                .header("origin", Url::parse(address).unwrap().origin().ascii_serialization())
                .body(form),
            None => request,
        };
        let response = request.send().await.unwrap_or_else(|error| panic!("{address}: {error}"));
        for set in response.headers().get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.lock().unwrap().insert((place.clone(), name.to_owned()), value.to_owned());
        }
        response
    }

    async fn go(&self, method: Method, address: &str, form: Option<String>) -> Page {
        let (mut method, mut address, mut form) = (method, address.to_owned(), form);
        for _ in 0..20 {
            let response = self.once(method, &address, form).await;
            match response.headers().get("location") {
                Some(to) => {
                    let to = Url::parse(&address).unwrap().join(to.to_str().unwrap()).unwrap();
                    (method, address, form) = (Method::GET, to.into(), None);
                }
                None => {
                    let status = response.status().as_u16();
                    return Page { status, address, text: response.text().await.unwrap() };
                }
            }
        }
        panic!("sent to and fro without end: {address}");
    }

    pub(crate) async fn open(&self, address: &str) -> Page {
        self.go(Method::GET, address, None).await
    }
    pub(crate) async fn submit(&self, address: &str, fields: &[(&str, &str)]) -> Page {
        self.go(Method::POST, address, Some(query(fields))).await
    }

    /// Goes to the provider, and says there who they are.
    pub(crate) async fn sign_in(&self, base: &str, who: &str) -> Page {
        let asked = self.open(&format!("{base}/sign-in/oidc/company?next=/?item=x")).await;
        assert!(asked.text.contains("Who are you?"), "{} {}", asked.address, asked.text);
        self.submit(&asked.address, &[("who", who), ("go", "in")]).await
    }

    /// Leaves a provider that has asked whether they want to.
    pub(crate) async fn leave(&self, asked: &Page, provider: &Provider) -> Page {
        let xsrf = asked.field("xsrf");
        let address = format!("{}/session/end/confirm", provider.issuer());
        self.submit(&address, &[("xsrf", &xsrf), ("logout", "yes")]).await
    }
}
