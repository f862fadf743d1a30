//! A browser, driven through the W3C WebDriver protocol.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::running::client_builder;

/// A browser with a window of its own; it ends with this value.
pub(crate) struct Browser {
    driver: Child,
    /// The browser's own process, once it has one.
    process: Option<u64>,
    session: String,
    client: Client,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is killed leaves its browser behind.
        if let Some(process) = self.process {
            let mut kill = Command::new("kill");
            kill.args(["-KILL", &process.to_string()]).status().map(drop).unwrap_or_default();
        }
        self.driver.kill().unwrap_or_default();
        self.driver.wait().map(drop).unwrap_or_default();
    }
}

/// So long somebody waits for a page.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether pages may run scripts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scripts {
    On,
    Off,
}

/// The driver and its address. It asks the system for a port of one family of addresses and gives up where
/// the other family's port of that number is taken, which happens beside many servers: then once more.
fn started_driver() -> (Child, String) {
    for _ in 0..10 {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().expect("chromedriver is there: the Debian package chromium-driver");
        let said = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = said.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        if let Some(port) = port {
            return (driver, format!("http://127.0.0.1:{port}"));
        }
        driver.wait().unwrap();
    }
    panic!("chromedriver tells no port, ten times");
}

impl Browser {
    /// Starts Debian's chromium with its driver.
    pub(crate) async fn start((width, height): (u32, u32), scripts: Scripts) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let (driver, base) = started_driver();
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            // Waiting for a page runs a script in it, which not every page lets happen.
            "pageLoadStrategy": "none",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
                    "--disable-sync",
                    format!("--user-data-dir={}", profile.path().display()),
                ],
                "mobileEmulation": mobile(width, height),
            },
        }}});
        let mut wanted = wanted;
        if width >= 600 {
            let options = &mut wanted["capabilities"]["alwaysMatch"]["goog:chromeOptions"];
            options.as_object_mut().unwrap().remove("mobileEmulation");
        }
        let client = client_builder().timeout(PATIENCE * 2).build().unwrap();
        let mut browser = Self { driver, process: None, session: base, client, _profile: profile };
        let session = browser.ask(Method::POST, "/session", wanted).await;
        let id = session["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {session}")).to_owned();
        browser.process = session["capabilities"]["goog:processID"].as_u64();
        assert!(
            browser.process.is_some(),
            "the driver does not tell which process the browser is: {session}"
        );
        browser.session = format!("{}/session/{id}", browser.session);
        if scripts == Scripts::Off {
            let off = json!({"cmd": "Emulation.setScriptExecutionDisabled", "params": {"value": true}});
            browser.ask(Method::POST, "/goog/cdp/execute", off).await;
            let page =
                "data:text/html,<h1>off</h1><script>document.querySelector('h1').textContent='on'</script>";
            browser.open(page).await;
            browser.reads("h1", "off").await;
        }
        if width >= 600 {
            let rectangle = json!({"width": width, "height": height});
            browser.ask(Method::POST, "/window/rect", rectangle).await;
        }
        browser
    }

    async fn try_to(&self, method: Method, path: &str, body: Value) -> Result<Value, Value> {
        let request = self.client.request(method.clone(), format!("{}{path}", self.session));
        let request = if method == Method::GET { request } else { request.json(&body) };
        let mut answer: Value = request.send().await.unwrap().json().await.unwrap();
        let value = answer["value"].take();
        if value.get("error").is_some() { Err(value) } else { Ok(value) }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        self.try_to(method, path, body).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) async fn open(&self, address: &str) {
        self.ask(Method::POST, "/url", json!({"url": address})).await;
    }

    async fn try_to_find(&self, selector: &str) -> Result<String, Value> {
        let body = json!({"using": "css selector", "value": selector});
        let found = self.try_to(Method::POST, "/element", body).await?;
        let (_, id) = found.as_object().unwrap().iter().next().unwrap();
        Ok(id.as_str().unwrap().to_owned())
    }

    async fn find(&self, selector: &str) -> String {
        self.try_to_find(selector).await.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.ask(Method::POST, &format!("/element/{element}/clear"), json!({})).await;
        self.ask(Method::POST, &format!("/element/{element}/value"), json!({"text": text})).await;
    }

    /// Chooses what begins so in a list that opens, by its keys.
    pub(crate) async fn choose(&self, selector: &str, words: &str) {
        let element = self.find(selector).await;
        self.ask(Method::POST, &format!("/element/{element}/value"), json!({"text": words})).await;
    }

    /// By the mouse itself: the driver's own click runs a script in the page, and waits for ever where none
    /// run.
    pub(crate) async fn click(&self, selector: &str) {
        let place = self.brought_into_sight(selector).await;
        let middle =
            |from: &str, size: &str| place[from].as_f64().unwrap() + place[size].as_f64().unwrap() / 2.0;
        for kind in ["mousePressed", "mouseReleased"] {
            let (x, y) = (middle("x", "width"), middle("y", "height"));
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            let command = json!({"cmd": "Input.dispatchMouseEvent", "params": event});
            self.ask(Method::POST, "/goog/cdp/execute", command).await;
        }
    }

    /// Waits for an element and scrolls to it; answers where it is in the window.
    async fn brought_into_sight(&self, selector: &str) -> Value {
        let begun = Instant::now();
        while let Err(error) = self.try_to_find(selector).await {
            assert!(begun.elapsed() < PATIENCE, "{selector}: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let command = |cmd: &str, params: Value| json!({"cmd": cmd, "params": params});
        let ask = async |cmd: &str, params: Value| {
            self.ask(Method::POST, "/goog/cdp/execute", command(cmd, params)).await
        };
        let root = ask("DOM.getDocument", json!({})).await["root"]["nodeId"].clone();
        let node =
            ask("DOM.querySelector", json!({"nodeId": root, "selector": selector})).await["nodeId"].clone();
        ask("DOM.scrollIntoViewIfNeeded", json!({"nodeId": node})).await;
        let model = ask("DOM.getBoxModel", json!({"nodeId": node})).await;
        let corner = |at: usize| model["model"]["border"][at].as_f64().unwrap();
        let (x, y) = (corner(0), corner(1));
        json!({"x": x, "y": y, "width": corner(4) - x, "height": corner(5) - y})
    }

    async fn try_to_read(&self, selector: &str) -> Result<String, Value> {
        let element = self.try_to_find(selector).await?;
        let text = self.try_to(Method::GET, &format!("/element/{element}/text"), Value::Null).await?;
        Ok(text.as_str().unwrap().to_owned())
    }

    /// Waits until the words can be read there; answers everything that can be.
    pub(crate) async fn reads(&self, selector: &str, words: &str) -> String {
        let begun = Instant::now();
        loop {
            let read = self.try_to_read(selector).await;
            match read {
                Ok(text) if text.contains(words) => return text,
                _ if begun.elapsed() < PATIENCE => tokio::time::sleep(Duration::from_millis(50)).await,
                _ => panic!("`{words}` is not to be read in {selector}: {read:?}"),
            }
        }
    }

    pub(crate) async fn rectangle(&self, selector: &str) -> Value {
        let element = self.find(selector).await;
        self.ask(Method::GET, &format!("/element/{element}/rect"), Value::Null).await
    }

    pub(crate) async fn address(&self) -> String {
        self.ask(Method::GET, "/url", Value::Null).await.as_str().unwrap().to_owned()
    }

    /// As with a system that is `light` or `dark`, and at once: colours on their way there are not looked at.
    pub(crate) async fn look(&self, theme: &str) {
        let params = json!({"features": [
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": params});
        self.ask(Method::POST, "/goog/cdp/execute", command).await;
    }

    /// As on a screen of this size, without bars to scroll by.
    pub(crate) async fn fits(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": true});
        for (command, params) in [
            ("Emulation.setDeviceMetricsOverride", size),
            ("Emulation.setScrollbarsHidden", json!({"hidden": true})),
        ] {
            self.ask(Method::POST, "/goog/cdp/execute", json!({"cmd": command, "params": params})).await;
        }
    }

    /// What the window shows, as a PNG.
    pub(crate) async fn view(&self) -> Vec<u8> {
        self.captured(false).await
    }
    /// The whole page, as a PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        self.captured(true).await
    }
    async fn captured(&self, all: bool) -> Vec<u8> {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let command = json!({"cmd": "Page.captureScreenshot", "params": {"captureBeyondViewport": all}});
        let answer = self.ask(Method::POST, "/goog/cdp/execute", command).await;
        BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }

    /// Runs a script in the page; answers what it returns.
    pub(crate) async fn run(&self, script: &str, arguments: Value) -> Value {
        self.ask(Method::POST, "/execute/sync", json!({"script": script, "args": arguments})).await
    }
    /// The same of one that answers later, through its last argument.
    pub(crate) async fn run_for_long(&self, script: &str, arguments: Value) -> Value {
        self.ask(Method::POST, "/execute/async", json!({"script": script, "args": arguments})).await
    }

    /// Types keys into whatever has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        let each: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": each}]});
        self.ask(Method::POST, "/actions", actions).await;
    }

    /// Waits until this is shown: a path with its query.
    pub(crate) async fn is_at(&self, path: &str) {
        let begun = Instant::now();
        loop {
            let address = self.address().await;
            let after = address.splitn(4, '/').nth(3).unwrap_or_default();
            if format!("/{after}") == path {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "at {address}, not at {path}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
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
}

fn mobile(width: u32, height: u32) -> Value {
    json!({"deviceMetrics": {"width": width, "height": height, "pixelRatio": 2.0, "mobile": true, "touch": false}})
}
