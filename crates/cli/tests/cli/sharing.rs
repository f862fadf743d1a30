//! A process that one server shares and another uses: two processes, each with its own database.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, RequestBuilder};
use rustls::crypto::ring;
use serde_json::{Value, json};

use crate::support::{Folder, Process, Ran, bailiwick, run};

const PROVIDER: &str = r#"
bailiwick: 1
users:
  - {id: root, groups: [JazzAdmins], licenses: [elm-practitioner]}
  - {id: ccm_user, groups: [], functional: true}
project_areas:
  - application: ccm
    name: Standard Process
    administrators: [root]
    roles: [{id: developer, name: Developer}, {id: tester, name: Tester}]
    permissions:
      - {role: developer, operation: ccm.deliver, actions: [deliver], final: true}
"#;

const CONSUMER: &str = r#"
bailiwick: 1
users:
  - {id: root, groups: [JazzAdmins], licenses: [elm-practitioner]}
  - {id: dora, licenses: [elm-practitioner]}
  - {id: ccm_user, groups: [], functional: true}
project_areas:
  - application: ccm
    name: Trams
    access: everyone
    administrators: [root]
    roles: [{id: developer, name: Developer}]
    permissions: [{role: developer, operation: ccm.deliver, actions: []}]
    team_areas: [{name: Core, members: {dora: [developer]}}]
    scm: [{kind: stream, name: Main, owner: {team_area: Core}, visibility: project}]
"#;

const PASSWORD: &str = "four words are good";
const METRICS_TOKEN: &str = "a-token-of-the-metrics";
const TRAMS: &str = "ccm:Trams";
const STANDARD: &str = "ccm:Standard Process";

/// A server, which can be stopped and started again at the same address.
pub(crate) struct Server {
    pub(crate) folder: Folder,
    pub(crate) data: &'static str,
    address: String,
    poll: &'static str,
    process: Option<Process>,
    client: Client,
}

impl Server {
    fn new(document: &str, poll: &'static str) -> Self {
        let folder = Folder::new();
        let path = folder.file("organisation.yaml", document);
        assert_eq!(run(["import", &path, "--data", &folder.path("data"), "--yes"]).status, 0);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // Whichever test comes first installs it.
        let _ = ring::default_provider().install_default();
        let client =
            Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let address = format!("127.0.0.1:{port}");
        let mut server = Self { folder, data: "data", address, poll, process: None, client };
        server.start();
        server.let_root_in();
        server
    }

    fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn start(&mut self) {
        let mut command = bailiwick();
        command.args(["serve", "--data", &self.folder.path(self.data), "--listen", &self.address]);
        command.env("BAILIWICK_FRIENDS_ALLOW", "127.0.0.1").env("BAILIWICK_FRIENDS_POLL", self.poll);
        command.env("BAILIWICK_METRICS_TOKEN_FILE", self.folder.file("metrics-token", METRICS_TOKEN));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.process = Some(Process(child));
        let ready = format!("{}/health/ready", self.base());
        eventually("it is ready", || self.client.get(&ready).send().is_ok_and(|it| it.status() == 200));
    }

    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    fn let_root_in(&self) {
        let data = self.folder.path(self.data);
        let link = run(["recover-administrator", "root", "--data", &data]);
        self.set_password(&link.stdout);
        let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
        let scopes = ["read", "decide", "write", "administer"];
        let asked = json!({"name": "test", "scopes": scopes, "expires": expires.to_string()});
        let made = self.post("/api/v1/me/tokens", &asked);
        self.folder.file("token", made["secret"].as_str().unwrap());
    }

    fn set_password(&self, link: &str) {
        let (_, secret) = link.trim().split_once("link=").unwrap_or_else(|| panic!("{link}"));
        let words = PASSWORD.replace(' ', "+");
        let form = format!("link={secret}&password={words}&again={words}");
        let ask = || {
            let request = self.client.post(format!("{}/set-password", self.base())).body(form.clone());
            let request = request.header("Content-Type", "application/x-www-form-urlencoded");
            request.send().unwrap().status()
        };
        // A server takes no more of this at a time than it can, and all tests begin with it.
        let mut status = ask();
        for _ in 0..20 {
            if status != reqwest::StatusCode::SERVICE_UNAVAILABLE {
                break;
            }
            std::thread::sleep(Duration::from_millis(500));
            status = ask();
        }
        assert!(status.is_success() || status.is_redirection(), "{status}");
    }

    fn send(&self, request: RequestBuilder) -> Value {
        let response = request.basic_auth("root", Some(PASSWORD)).send().unwrap();
        let (status, uri) = (response.status(), response.url().clone());
        let text = response.text().unwrap();
        assert!(status.is_success(), "{uri}: {status}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }
    pub(crate) fn get(&self, path: &str) -> Value {
        self.send(self.client.get(format!("{}{path}", self.base())))
    }
    fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.base())).body(body.to_string());
        self.send(request.header("Content-Type", "application/json"))
    }
    pub(crate) fn patch(&self, path: &str, body: &Value) -> Value {
        let request = self.client.patch(format!("{}{path}", self.base())).body(body.to_string());
        self.send(request.header("Content-Type", "application/json").header("If-Match", "*"))
    }

    /// Runs a command that asks the server.
    fn ask(&self, command: &str, arguments: &[&str]) -> Ran {
        let (url, token) = (self.base(), self.folder.path("token"));
        let words = command.split(' ').chain(["--server", &url, "--token-file", &token]);
        run(words.chain(arguments.iter().copied()))
    }
    fn done(&self, command: &str, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--output", "json"]).collect();
        let ran = self.ask(command, &arguments);
        assert_eq!(ran.status, 0, "{command} {arguments:?}: {ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// What the provider's developers may do.
    pub(crate) fn let_developers(&self, actions: &[&str], is_final: bool) {
        let entry =
            json!({"role": "developer", "operation": "ccm.deliver", "actions": actions, "final": is_final});
        self.patch("/api/v1/project-areas/ccm:Standard%20Process", &json!({"permissions": [entry]}));
    }

    /// What Dora is told of the history of her project area, the newest revision first.
    fn dora_reads_history(&self) -> Value {
        let link = self.post("/api/v1/users/dora/password-link", &json!({}));
        self.set_password(link["link"].as_str().unwrap());
        let request = self.client.get(format!("{}/api/v1/history?item=ccm:Trams", self.base()));
        let response = request.basic_auth("dora", Some(PASSWORD)).send().unwrap();
        serde_json::from_str::<Value>(&response.text().unwrap()).unwrap()["items"].take()
    }

    /// Whether Dora may deliver.
    pub(crate) fn dora_delivers(&self) -> bool {
        let question = json!({
            "subject": {"type": "user", "id": "dora"},
            "action": {"name": "ccm.deliver/deliver"},
            "resource": {"type": "stream", "id": "ccm:Trams#stream:Main"},
        });
        self.post("/access/v1/evaluation", &question)["decision"].as_bool().unwrap()
    }

    pub(crate) fn status(&self) -> Value {
        self.done("process status", &[TRAMS])
    }
    pub(crate) fn is(&self, state: &str) -> bool {
        self.status()["state"] == state
    }
}

pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    within(Duration::from_secs(60), what, &mut holds);
}

fn within(time: Duration, what: &str, holds: &mut impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < time, "not within {time:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) struct Pair {
    pub(crate) provider: Server,
    pub(crate) consumer: Server,
    /// By which the provider knows the consumer.
    key: String,
}

impl Pair {
    /// Two servers with keys in both directions.
    fn new(poll: &'static str) -> Self {
        let (provider, consumer) = (Server::new(PROVIDER, poll), Server::new(CONSUMER, poll));
        let befriend = |of: &Server, to: &Server, name: &str| {
            let root_services = format!("{}/ccm/rootservices", to.base());
            let friend = of.post("/api/v1/friends", &json!({"name": name, "root_services": root_services}));
            let key = friend["consumer_key"].as_str().unwrap().to_owned();
            to.post(&format!("/api/v1/consumers/{key}/approve"), &json!({}));
            to.patch(&format!("/api/v1/consumers/{key}"), &json!({"functional_user": "ccm_user"}));
            key
        };
        befriend(&provider, &consumer, "Consumer");
        let key = befriend(&consumer, &provider, "Provider");
        Self { provider, consumer, key }
    }

    /// The same, with the process in use.
    pub(crate) fn linked(poll: &'static str) -> Self {
        let pair = Self::new(poll);
        pair.provider.done("process share", &[STANDARD]);
        pair.link(&[]);
        eventually("the process is here", || pair.consumer.is("current"));
        pair
    }

    fn link(&self, more: &[&str]) -> Value {
        let from = self.provider.base();
        let link = [TRAMS, "--project-area", "Standard Process", "--from", &from, "--yes"];
        self.consumer.done("process link", &link.iter().chain(more).copied().collect::<Vec<_>>())
    }
}

/// Nobody waits for it: the next poll is an hour away.
pub(crate) const ONLY_PUSHED: &str = "1h";

#[test]
fn a_process_is_used_across_servers_and_decisions_follow_it() {
    let Pair { mut provider, consumer, key } = Pair::new(ONLY_PUSHED);
    // Nothing is shared yet.
    let shared = |of: &Server| of.done("process shared", &["--friend", "Provider"]);
    assert_eq!(shared(&consumer), json!([]));
    let told = provider.done("process share", &[STANDARD]);
    assert!(told["warning"].as_str().unwrap().contains("visible"), "{told}");
    assert_eq!(shared(&consumer)[0]["project_area"], "Standard Process");

    assert!(!consumer.dora_delivers(), "her own project area takes it from her");
    let pair = Pair { provider, consumer, key };
    // What it would come to is told of what the provider tells now, and nobody uses it by looking.
    let from = pair.provider.base();
    let look = [TRAMS, "--project-area", "Standard Process", "--from", &from, "--preview"];
    let told = pair.consumer.done("process link", &look);
    assert_eq!(
        (&told["difference"]["own_entries"][0]["effect"], &told["impact"]["gain"]),
        (&json!("without-effect"), &json!(1)),
        "{told}"
    );
    let shown = pair.consumer.ask("process link", &look).stdout;
    assert!(shown.contains("without-effect") && shown.contains("1 user gains"), "{shown}");
    assert_eq!(pair.consumer.ask("process status", &[TRAMS]).status, 2, "nothing was changed");
    assert_eq!(pair.provider.done("process consumers", &[]), json!([]));
    let unasked = pair.consumer.ask("process link", &look[..5]);
    assert!(unasked.status != 0 && unasked.stderr.contains("nothing was changed"), "{unasked:?}");
    assert_eq!(pair.link(&[])["state"], "current", "it is here at once");
    eventually("a final entry of the provider counts", || pair.consumer.dora_delivers());
    let explained = pair.consumer.ask("explain", &["dora", "ccm.deliver/deliver", "ccm:Trams#stream:Main"]);
    let place = format!("ccm/Standard Process of {}", pair.provider.base());
    assert!(explained.stdout.contains(&place), "{}", explained.stdout);

    // What the provider changes is here within two seconds, and what would change was told before.
    let what_if = json!({"requests": [{
        "method": "PATCH",
        "path": "/api/v1/project-areas/ccm:Standard%20Process",
        "body": {"permissions": []},
    }]});
    eventually("the provider knows of the consumer", || {
        pair.provider.done("process consumers", &[])[0]["current"] == true
    });
    let impact = &pair.provider.post("/api/v1/process-consumers/what-if", &what_if)[0];
    assert_eq!(
        (&impact["outcome"], &impact["lose"], &impact["gain"]),
        (&json!("known"), &json!(1), &json!(0)),
        "{impact}"
    );
    let rename = json!({"requests": [{
        "method": "PATCH",
        "path": "/api/v1/project-areas/ccm:Standard%20Process",
        "body": {"name": "Other Process"},
    }]});
    let renamed = &pair.provider.post("/api/v1/process-consumers/what-if", &rename)[0]["outcome"];
    assert_eq!(renamed, "frozen", "by another name it is not found any more");
    pair.provider.let_developers(&["deliver"], false);
    within(Duration::from_secs(2), "the change has arrived", &mut || !pair.consumer.dora_delivers());

    // The history of the project area tells of it, to whoever sees the project area.
    let newest = &pair.consumer.dora_reads_history()[0];
    assert_eq!((&newest["by"], &newest["basis"]), (&json!("provider"), &json!("provider")), "{newest}");
    let kinds: Vec<_> = newest["changes"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
    assert_eq!(kinds, [&json!("process-area"), &json!("permission")], "{newest}");

    // The own entries can be dropped.
    let difference = pair.consumer.done("process difference", &[TRAMS]);
    assert_eq!(difference["own_entries"][0]["effect"], "replaces", "{difference}");
    assert_eq!(difference["roles_of_both"], json!(["developer"]));
    pair.link(&["--drop-own"]);
    assert!(pair.consumer.dora_delivers());
    let area = pair.consumer.get("/api/v1/project-areas/ccm:Trams");
    assert_eq!((&area["permissions"], &area["roles"]), (&json!([]), &json!([])), "{area}");

    // The consumer is told whenever it is shared no more, or again.
    for (verb, state) in
        [("unshare", "frozen"), ("share", "current"), ("unshare", "frozen"), ("share", "current")]
    {
        pair.provider.done(&format!("process {verb}"), &[STANDARD]);
        eventually(&format!("{verb}: {state}"), || pair.consumer.is(state));
    }

    // Nobody needs the provider to decide.
    let Pair { provider: stopped, consumer, key } = pair;
    provider = stopped;
    provider.stop();
    consumer.done("process refresh", &[TRAMS]);
    eventually("the trouble is told", || consumer.is("behind"));
    assert!(consumer.dora_delivers());
    let status = consumer.status();
    assert!(status["trouble"].as_str().unwrap().contains("cannot connect"), "{status}");
    assert!(status["age"].is_i64(), "{status}");
    let data = consumer.folder.path(consumer.data);
    let doctor = || run(["doctor", "--data", &data]).stdout;
    let found = doctor();
    assert!(found.contains("friend") && found.contains("ccm/Standard Process of http://"), "{found}");
    assert!(
        found.contains("cannot connect") && found.contains("bailiwick doctor --friend \"Provider\""),
        "{found}"
    );
    let of_provider = || consumer.get("/api/v1/health")["friends"][0].clone();
    let told = of_provider();
    let process = &told["processes"][0];
    assert_eq!((&told["name"], &process["project_area"]), (&json!("Provider"), &json!("Standard Process")));
    assert_eq!(process["versions_behind"], 0);
    assert!(process["trouble"].as_str().unwrap().contains("cannot connect"), "{told}");
    provider.start();
    consumer.done("process refresh", &[TRAMS]);
    eventually("it is followed again", || consumer.is("current"));
    let process = &of_provider()["processes"][0];
    assert!(process["trouble"].is_null() && process["age"].is_i64(), "{process}");
    let failure = &process["last_failure"];
    assert!(
        failure["at"].is_string() && failure["said"].as_str().unwrap().contains("cannot connect"),
        "{process}"
    );
    assert!(doctor().contains("last failure"));
    let metrics = consumer.client.get(format!("{}/metrics", consumer.base())).bearer_auth(METRICS_TOKEN);
    let metrics = metrics.send().unwrap().text().unwrap();
    let of = format!("{{process=\"ccm/Standard Process of {}\"}}", provider.base());
    for metric in ["age_seconds", "versions_behind", "last_failure_timestamp_seconds"] {
        assert!(metrics.contains(&format!("\nbailiwick_process_copy_{metric}{of} ")), "{metrics}");
    }
    let pair = Pair { provider, consumer, key };

    // Whoever removes the friend is asked first, and told what is used of it.
    let unasked = pair.consumer.ask("friend remove", &["Provider"]);
    assert!(unasked.status != 0 && unasked.stderr.contains("nothing was changed"), "{unasked:?}");
    assert!(unasked.stdout.contains(&format!("not followed any more:\n  {place}\n")), "{unasked:?}");
    let unasked = pair.provider.ask("consumer delete", &[&pair.key]);
    assert!(unasked.status != 0 && unasked.stderr.contains("nothing was changed"), "{unasked:?}");
    assert!(unasked.stdout.contains("are frozen:\n  ccm/Standard Process\n"), "{unasked:?}");

    // Copied, it is the project area's own, and the provider hears of it.
    pair.consumer.done("process copy", &[TRAMS]);
    assert!(pair.consumer.dora_delivers());
    eventually("it is used no more", || pair.provider.done("process consumers", &[]) == json!([]));
    pair.provider.let_developers(&[], true);
    std::thread::sleep(Duration::from_millis(500));
    assert!(pair.consumer.dora_delivers());
    assert_eq!(pair.consumer.ask("process status", &[TRAMS]).status, 2);
    // Used again, it is asked for at once, whatever was asked before.
    pair.link(&[]);
    eventually("it is here again", || !pair.consumer.dora_delivers());
}

#[test]
fn what_a_provider_does_not_tell_any_more_is_frozen_and_says_why() {
    let Pair { provider, consumer, key } = Pair::linked("1s");
    let frozen = |why: &str, said: &str| {
        eventually(&format!("frozen: {why}"), || consumer.is("frozen"));
        let status = consumer.status();
        assert_eq!(status["frozen"], why, "{status}");
        eventually(said, || consumer.status()["trouble"].as_str().unwrap_or_default().contains(said));
        assert!(consumer.dora_delivers(), "the copy goes on deciding");
    };
    let again = || eventually("it is followed again", || consumer.is("current"));

    let other = "bailiwick: 1\nproject_areas:\n  - application: ccm\n    name: Standard Process\n    permissions:\n      \
                 - {role: developer, operation: ccm.deliver, actions: []}\n";
    let other = provider.folder.file("other.yaml", other);
    let planned = provider.ask("plan", &[&other]);
    assert!(planned.stderr.contains("on another server: ") && planned.stderr.contains("lose"), "{planned:?}");
    provider.done("process unshare", &[STANDARD]);
    frozen("not-shared", "does not share it any more");
    provider.done("process share", &[STANDARD]);
    again();

    provider.post("/api/v1/users/ccm_user/archive", &json!({}));
    frozen("not-let-in", "functional user of the key is archived");
    provider.post("/api/v1/users/ccm_user/unarchive", &json!({}));
    again();

    let revoked = provider.client.delete(format!("{}/api/v1/consumers/{key}", provider.base()));
    provider.send(revoked.header("If-Match", "*"));
    frozen("not-let-in", "no consumer has this key");
    // Unlinked, the project area's own process decides.
    consumer.done("process unlink", &[TRAMS]);
    assert!(!consumer.dora_delivers());
}

#[test]
fn another_project_area_that_takes_the_name_decides_nothing_before_it_is_linked_anew() {
    let pair = Pair::linked(ONLY_PUSHED);
    pair.provider.let_developers(&["deliver"], true);
    eventually("what the provider says is here", || pair.consumer.dora_delivers());
    pair.provider.patch("/api/v1/project-areas/ccm:Standard%20Process", &json!({"name": "Standard 2026"}));
    eventually("nothing has the name", || pair.consumer.is("frozen"));
    let other = json!({"application": "ccm", "name": "Standard Process", "template": "Scrum", "administrators": ["root"]});
    pair.provider.post("/api/v1/project-areas", &other);
    pair.provider.done("process share", &[STANDARD]);
    eventually("another one has it", || pair.consumer.status()["frozen"] == "replaced");
    assert!(pair.consumer.dora_delivers(), "the last copy decides");
    // Whoever links once more means that one, and it counts at once.
    let linked = pair.link(&[]);
    assert_eq!((&linked["state"], &linked["trouble"]), (&json!("current"), &Value::Null), "{linked}");
    assert!(!pair.consumer.dora_delivers());
}
