//! A browser, driven through the W3C WebDriver protocol.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A browser with a window of its own; it ends with this value.
pub(crate) struct Browser {
    driver: Child,
    session: String,
    client: Client,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver's group: the browser goes with it.
        self.driver.kill().unwrap_or_default();
        self.driver.wait().map(drop).unwrap_or_default();
    }
}

/// Whether pages may run scripts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scripts {
    On,
    Off,
}

impl Browser {
    /// Starts Debian's chromium with its driver.
    pub(crate) async fn start((width, height): (u32, u32), scripts: Scripts) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().expect("chromedriver is there: the Debian package chromium-driver");
        let said = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = said.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let base = format!("http://127.0.0.1:{}", port.expect("chromedriver tells its port"));
        let content = if scripts == Scripts::Off { 2 } else { 1 };
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
                    "--disable-sync",
                    format!("--user-data-dir={}", profile.path().display()),
                ],
                "prefs": {"profile.managed_default_content_settings.javascript": content},
                "mobileEmulation": mobile(width, height),
            },
        }}});
        let mut wanted = wanted;
        if width >= 600 {
            let options = &mut wanted["capabilities"]["alwaysMatch"]["goog:chromeOptions"];
            options.as_object_mut().unwrap().remove("mobileEmulation");
        }
        let client = Client::new();
        let mut browser = Self { driver, session: base, client, _profile: profile };
        let session = browser.ask(Method::POST, "/session", wanted).await;
        let id = session["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {session}")).to_owned();
        browser.session = format!("{}/session/{id}", browser.session);
        if width >= 600 {
            let rectangle = json!({"width": width, "height": height});
            browser.ask(Method::POST, "/window/rect", rectangle).await;
        }
        browser
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.client.request(method.clone(), format!("{}{path}", self.session));
        let request = if method == Method::GET { request } else { request.json(&body) };
        let mut answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(answer["value"].get("error").is_none(), "{path}: {answer}");
        answer["value"].take()
    }

    pub(crate) async fn open(&self, address: &str) {
        self.ask(Method::POST, "/url", json!({"url": address})).await;
    }

    async fn find(&self, selector: &str) -> String {
        let found =
            self.ask(Method::POST, "/element", json!({"using": "css selector", "value": selector})).await;
        let (_, id) = found.as_object().unwrap().iter().next().unwrap();
        id.as_str().unwrap().to_owned()
    }

    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.ask(Method::POST, &format!("/element/{element}/clear"), json!({})).await;
        self.ask(Method::POST, &format!("/element/{element}/value"), json!({"text": text})).await;
    }

    pub(crate) async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        self.ask(Method::POST, &format!("/element/{element}/click"), json!({})).await;
    }

    /// What somebody reads there.
    pub(crate) async fn text(&self, selector: &str) -> String {
        let element = self.find(selector).await;
        let text = self.ask(Method::GET, &format!("/element/{element}/text"), Value::Null).await;
        text.as_str().unwrap().to_owned()
    }

    pub(crate) async fn rectangle(&self, selector: &str) -> Value {
        let element = self.find(selector).await;
        self.ask(Method::GET, &format!("/element/{element}/rect"), Value::Null).await
    }

    pub(crate) async fn address(&self) -> String {
        self.ask(Method::GET, "/url", Value::Null).await.as_str().unwrap().to_owned()
    }

    /// What the console shows that it should not.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.ask(Method::POST, "/se/log", json!({"type": "browser"})).await;
        let bad = log
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| matches!(it["level"].as_str(), Some("SEVERE" | "WARNING")));
        bad.map(|it| it["message"].to_string()).collect()
    }

    /// A picture of the window, as PNG in base64.
    pub(crate) async fn picture(&self) -> String {
        self.ask(Method::GET, "/screenshot", Value::Null).await.as_str().unwrap().to_owned()
    }
}

fn mobile(width: u32, height: u32) -> Value {
    json!({"deviceMetrics": {"width": width, "height": height, "pixelRatio": 2.0, "mobile": true, "touch": true}})
}
