//! Friends, consumers and shared processes by pages: two servers that come to know each other in six steps,
//! and a process that one uses of the other.

use reqwest::Method;
use serde_json::{Value, json};

use super::access::assert_sound;
use super::{DESKTOP, areas, signed_in};
use crate::keys::{CONSUMERS, FRIENDS, Signing, by_root, on_this_machine, server};
use crate::running::{Database, MODIFY, MOTOR, Running, demo_of, password, query, told_by};
use crate::web_driver::{Browser, Scripts};

const PROVIDER: &str = r#"
bailiwick: 1
users:
  - {id: root, name: Mia, groups: [JazzAdmins], licenses: [elm-practitioner]}
  - {id: ccm_user, name: ccm_user, groups: [], functional: true}
project_areas:
  - application: ccm
    name: Standard Process
    administrators: [root]
    roles: [{id: developer, name: Developer}, {id: tester, name: Tester}]
    permissions: [{role: developer, operation: ccm.deliver, actions: [deliver]}]
"#;

const CONSUMER: &str = r#"
bailiwick: 1
users:
  - {id: root, name: Noah, groups: [JazzAdmins], licenses: [elm-practitioner]}
  - {id: dora, name: Dora, licenses: [elm-practitioner]}
  - {id: ccm_user, name: ccm_user, groups: [], functional: true}
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

/// A server and a browser in which its administrator has signed in.
struct Side {
    server: Running,
    browser: Browser,
    area: u32,
}

impl Side {
    async fn of(document: &str, area: &str, scripts: Scripts) -> Self {
        let server = Running::start_on(told_by(document), Database::Sqlite, |config| {
            config.demo = Some(demo_of(&["root"]));
            config.friends = on_this_machine();
        })
        .await;
        let (area, _) = areas(&server, area);
        let browser = signed_in(&server, "root", DESKTOP, scripts).await;
        Self { server, browser, area }
    }

    async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.server.base)).await;
        self.browser.is_at(path).await;
    }

    /// Adds the other one as a friend, which asks it for a key.
    async fn add(&self, other: &Self, name: &str, called: &str) {
        self.open("/friends").await;
        self.browser.click(".actions a.primary").await;
        self.browser.is_at("/new-friend").await;
        self.browser.reads("h1", "Add a friend").await;
        self.browser.type_into("#field-name", name).await;
        let root_services = format!("{}/ccm/rootservices", other.server.base);
        self.browser.type_into("#field-root_services", &root_services).await;
        self.browser.type_into("#field-called", called).await;
        self.browser.click("main form button.primary").await;
        self.browser.reads("h1", name).await;
    }

    /// Opens a page until this can be read.
    async fn comes_to_read(&self, path: &str, words: &str) {
        for _ in 0..100 {
            self.open(path).await;
            if self.browser.reads("main", "").await.contains(words) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("{words} is never to be read at {path}");
    }

    fn sharing(&self) -> String {
        format!("/project-areas/{}/sharing", self.area)
    }

    /// Whether Dora may deliver.
    async fn dora_delivers(&self) -> bool {
        let question = json!({
            "subject": {"type": "user", "id": "dora"},
            "action": {"name": "ccm.deliver/deliver"},
            "resource": {"type": "stream", "id": "ccm:Trams#stream:Main"},
        });
        let (_, answer) = self.server.post_as("root", "/access/v1/evaluation", &question).await;
        answer["decision"].as_bool().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_come_to_share_a_process_by_pages_alone() {
    let provider = Side::of(PROVIDER, "Standard Process", Scripts::On).await;
    let consumer = Side::of(CONSUMER, "Trams", Scripts::Off).await;

    // Step 1, after which the page of the friend says what is missing.
    provider.add(&consumer, "Consumer", "Provider").await;
    provider.browser.reads("main", "Step 2 is missing, on Consumer").await;
    // Steps 2 and 3, on the other: the key waits on the home page of whoever approves it.
    consumer.open("/").await;
    consumer.browser.reads("main", "1 key of other servers").await;
    consumer.browser.click("main a[href='/consumers?state=provisional']").await;
    consumer.browser.reads("table", "waits for approval").await;
    consumer.browser.click("tbody th a").await;
    consumer.browser.reads("h1", "Provider").await;
    consumer.browser.type_into("#field-functional_user", "").await;
    consumer.browser.click("form button[value='approve']").await;
    consumer.browser.reads("h1", "no functional user").await;
    provider.open("/friends/Consumer").await;
    provider.browser.reads("main", "Step 3 is missing, on Consumer").await;
    consumer.browser.type_into("#field-functional_user", "ccm_user").await;
    consumer.browser.click("form button[value='edit']").await;
    consumer.browser.reads("h1", "let in").await;
    // Step 4.
    provider.open("/friends/Consumer").await;
    provider.browser.reads("main", "Step 4 is missing, on Consumer").await;
    consumer.add(&provider, "Provider", "Trams server").await;
    consumer.browser.reads("main", "Step 2 is missing, on Provider").await;
    // Steps 5 and 6, by the buttons of the checklist.
    provider.open("/friends/Consumer").await;
    provider.browser.reads("main", "Step 5 is missing, on this server").await;
    provider.browser.type_into(".todo input[name='functional_user']", "").await;
    provider.browser.click(".todo button[value='approve']").await;
    provider.browser.reads("main", "Step 6 is missing, on this server").await;
    provider.browser.type_into(".todo input[name='functional_user']", "ccm_user").await;
    provider.browser.click(".todo button[value='employ']").await;
    provider.browser.reads("main", "Nothing is missing").await;
    consumer.open("/friends/Provider").await;
    consumer.browser.reads("main", "Nothing is missing").await;

    // Nothing is shared until somebody does.
    consumer.open(&format!("{}?from=Provider", consumer.sharing())).await;
    consumer.browser.reads("#choose ~ .empty", "shares no process").await;
    provider.open(&provider.sharing()).await;
    provider.browser.click("button[value='share']").await;
    provider.browser.reads("#lends", "Shared with others").await;
    consumer.open(&consumer.sharing()).await;
    consumer.browser.click("nav.segments a:last-of-type").await;
    consumer.browser.reads("main", "Standard Process").await;
    assert!(!consumer.dora_delivers().await, "her own project area does not let her");
    consumer.browser.click("input[name='project_area']").await;
    consumer.browser.click("button[value='use']").await;
    // What comes of it is told first, of what the provider tells now; and the provider knows of no user yet.
    consumer.browser.reads("#before", "Before Trams uses the process of Standard Process").await;
    let page = consumer.browser.reads("main", "replaces it").await;
    assert!(page.contains("Without") && page.contains("Dora gains") && page.contains("tester"), "{page}");
    provider.open(&provider.sharing()).await;
    provider.browser.reads("main", "None has asked for it").await;
    consumer.browser.click("button[value='keep']").await;
    consumer.browser.reads("#uses", "Process that is used").await;
    consumer.comes_to_read(&consumer.sharing(), "current").await;
    // What is its own lies over it, until it is dropped.
    consumer.browser.reads("#difference", "How its own process lies over it").await;
    let page = consumer.browser.reads("main", "replaces it").await;
    assert!(page.contains("tester") && page.contains("Provider"), "{page}");
    assert!(!consumer.dora_delivers().await);
    consumer.browser.click("button[value='drop']").await;
    consumer.browser.reads("#review", "Before this is done").await;
    consumer.browser.reads(".review", "Dora gains").await;
    consumer.browser.click(".review button.primary").await;
    consumer.browser.reads("[role='status']", "Saved").await;
    assert!(consumer.dora_delivers().await, "the provider lets developers deliver");

    // Who loses by a change of the provider is told before, there as here; then it arrives by itself.
    provider.comes_to_read(&provider.sharing(), "current").await;
    let cookie = provider.server.sign_in("root", &password("root")).await.unwrap();
    let path = format!("/project-areas/{}/permissions", provider.area);
    let entry = [("role", "developer"), ("operation", "ccm.deliver"), ("slot", "always"), ("upon", "*")];
    let shown = provider.server.submit(&path, Some(&cookie), &entry).await.text().await.unwrap();
    let (_, told) = shown.split_once("On other servers").unwrap();
    assert!(
        told.contains("Trams server, which uses Standard Process</strong>: 1 person loses something"),
        "{told}"
    );
    let (_, reviewed) = shown.split_once("name=\"reviewed\" value=\"").unwrap();
    let reviewed = reviewed.split('"').next().unwrap();
    let meant = [&entry[..], &[("reviewed", reviewed)]].concat();
    assert_eq!(provider.server.submit(&path, Some(&cookie), &meant).await.status(), 303);
    for _ in 0..200 {
        if !consumer.dora_delivers().await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(!consumer.dora_delivers().await, "the decision follows the provider");

    // It is not shared any more, which its page says before and the consumer's after.
    provider.open(&provider.sharing()).await;
    provider.browser.reads("main", "Trams server uses it: their copies would be frozen").await;
    provider.browser.click("button[value='unshare']").await;
    provider.browser.reads(".review", "The copy is frozen").await;
    provider.browser.click(".review button.primary").await;
    provider.browser.reads("#lends", "Not shared").await;
    consumer.open(&consumer.sharing()).await;
    consumer.browser.click("button[value='refresh']").await;
    consumer.comes_to_read(&consumer.sharing(), "does not share it any more").await;
    consumer.comes_to_read("/", "is frozen").await;
    consumer.open(&consumer.sharing()).await;
    // Dora has a role of the provider, so that it cannot just be ended.
    consumer.browser.click("button[value='unlink']").await;
    consumer.browser.reads(".notice.danger", "Nothing was saved").await;
    consumer.browser.click("button[value='copy']").await;
    consumer.browser.reads("#choose", "Use the process of another project area").await;
    assert_eq!(provider.browser.complaints().await, [""; 0]);
    // What was refused is the browser's to complain of, and nothing else.
    let complaints = consumer.browser.complaints().await;
    assert!(complaints.len() == 1 && complaints[0].contains("status of 409"), "{complaints:?}");
}

/// Two servers that are friends of each other, with keys that wait, and the key of the second at the first:
/// everything that pages tell is there.
pub(crate) async fn befriended() -> ([Running; 2], String) {
    let servers = [server(Database::Sqlite).await, server(Database::Sqlite).await];
    let mut key = String::new();
    for [of, to] in [[0, 1], [1, 0]] {
        let root_services = format!("{}/ccm/rootservices", servers[to].base);
        let body = json!({"name": "Powertrain", "root_services": root_services, "called": "Powertrain"});
        let (status, friend) = by_root(&servers[of], Method::POST, FRIENDS, body).await;
        assert_eq!(status, 200, "{friend}");
        friend["consumer_key"].as_str().unwrap().clone_into(&mut key);
    }
    // A signature that is refused, of which a page tells.
    let signed = Signing::by(&key, "not what they know").get(&servers[0], "/api/v1/handshake").await;
    assert_eq!(signed.status(), 401);
    (servers, key)
}

async fn page(server: &Running, cookie: &str, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = server.submit(path, Some(cookie), fields).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_friends_and_of_what_if_are_sound_for_everybody() {
    let ([server, _there], key) = befriended().await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let change = query(&[("kind", "team-area"), ("what", MOTOR), ("team", "Tuning Team")]);
    let asked = query(&[("change", &change), ("user", "bob"), ("operation", MODIFY), ("item", MOTOR)]);
    let mut paths = [
        "/friends",
        "/new-friend",
        "/friends/Powertrain",
        "/friends/Powertrain/processes",
        "/friends/Powertrain/settings",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.extend(["/consumers", "/new-consumer", "/refused-handshakes"].map(str::to_owned));
    paths.extend([format!("/consumers/{key}"), "/what-if".to_owned(), format!("/what-if?{asked}")]);
    paths.push(format!("/project-areas/{area}/sharing?from=Powertrain"));
    assert_sound(&server, "root", &paths).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_lives_and_dies_by_pages_and_its_secret_is_shown_once() {
    let ([server, _there], key) = befriended().await;
    let cookie = server.sign_in("root", &password("root")).await.unwrap();
    let send = async |path: &str, fields: &[(&str, &str)]| page(&server, &cookie, path, fields).await;
    let read = async |path: &str| server.page_as("root", path).await;

    // By hand, with a secret that is made: shown this once.
    let fields = [("name", "Vehicle Reports"), ("callback_hosts", "reports.example.org\nhost:8443")];
    let (status, made) = send("/new-consumer", &fields).await;
    assert_eq!(status, 200, "{made}");
    let (_, secret) = made.split_once("<code class=\"secret\">").unwrap();
    let secret = secret.split('<').next().unwrap();
    let (_, reports) = made.split_once("<code>").unwrap();
    let path = format!("/consumers/{}", reports.split('<').next().unwrap());
    let shown = read(&path).await;
    assert!(!shown.contains(secret) && shown.contains("reports.example.org"), "{shown}");
    // What is wrong is told beside its field, and what was typed stays.
    let (status, wrong) =
        send(&path, &[("do", "edit"), ("name", "Reports"), ("functional_user", "nobody-at-all")]).await;
    assert!(
        status == 400
            && wrong.contains("value=\"Reports\"")
            && wrong.contains("There is no user <code>nobody-at-all</code>."),
        "{wrong}"
    );
    let shown = read(&path).await;
    let (_, mark) = shown.split_once("name=\"replaces\" value=\"").unwrap();
    let mark = mark.split('"').next().unwrap();
    let rotate =
        |secret, overlap| [("do", "rotate"), ("secret", secret), ("overlap", overlap), ("replaces", mark)];
    let (status, wrong) = send(&path, &rotate("short", "7d")).await;
    assert!(status == 400 && wrong.contains("xpected a phrase of 12"), "{wrong}");
    let (status, rotated) = send(&path, &rotate("", "7d")).await;
    assert!(
        status == 200 && rotated.contains("class=\"secret\"") && rotated.contains("good until"),
        "{rotated}"
    );
    // Whoever loads that page anew sends the form once more: the secret that was told stays good.
    let (status, again) = send(&path, &rotate("", "0s")).await;
    assert!(status == 409 && again.contains("was replaced already"), "{again}");
    assert_eq!(send(&path, &[("do", "delete")]).await.0, 400);
    assert_eq!(send(&path, &[("do", "delete"), ("agreed", "yes")]).await.0, 303);
    assert!(!read("/consumers").await.contains("Vehicle Reports"));

    // A key that waits is rejected, and says so to whoever has asked for it.
    assert!(read("/friends").await.contains("waits for approval"));
    let waiting = read(&format!("/consumers/{key}")).await;
    for told in
        ["from <span class=\"id\">127.0.0.1</span>", "/ccm/rootservices</span> has it", "Anybody can ask"]
    {
        assert!(waiting.contains(told), "{told}: {waiting}");
    }
    assert_eq!(send(&format!("/consumers/{key}"), &[("do", "reject")]).await.0, 303);
    assert!(read(&format!("/consumers/{key}")).await.contains("What must have been signed"));
    let steps = read("/friends/Powertrain").await;
    assert!(steps.contains("Step 2 is missing, on Powertrain"), "{steps}");
    let (status, settings) = send("/friends/Powertrain/settings", &[("do", "rotate")]).await;
    assert!(status == 502 && settings.contains("does not take a new secret"), "{settings}");
    let end = [("do", "remove"), ("agreed", "yes")];
    assert_eq!(send("/friends/Powertrain/settings", &end).await.0, 303);
    let (_, friends) = by_root(&server, Method::GET, FRIENDS, Value::Null).await;
    assert_eq!(friends["items"], json!([]));
    let (_, consumers) = by_root(&server, Method::GET, CONSUMERS, Value::Null).await;
    assert_eq!(consumers["items"][0]["state"], "rejected");
    // One that cannot be reached is not added, and the form says why.
    let fields = [("name", "Nowhere"), ("root_services", "http://127.0.0.1:1/ccm/rootservices")];
    let (status, form) = send("/new-friend", &fields).await;
    assert!(status == 502 && form.contains("value=\"Nowhere\"") && form.contains("annot connect"), "{form}");
}

#[tokio::test]
async fn what_if_tells_who_would_gain_and_what_a_question_would_come_to() {
    let server = Running::start(Database::Sqlite).await;
    // A form adds a change to those in the address.
    let add = query(&[("kind", "team-area"), ("what", MOTOR), ("team", "Tuning Team")]);
    let added = server.get_as("ada", &format!("/what-if?{add}")).await;
    assert_eq!(added.status(), 303);
    let to = added.headers()["location"].to_str().unwrap().to_owned();
    let page = server.page_as("ada", &to).await;
    assert!(
        page.contains("Motor 1.0 is governed by Tuning Team") && page.contains("Bob</strong> gains"),
        "{page}"
    );
    let asked = query(&[("user", "bob"), ("operation", MODIFY), ("item", MOTOR)]);
    let page = server.page_as("ada", &format!("{to}&{asked}")).await;
    let (_, told) = page.split_once("The question").unwrap();
    let (now, then) = told.split_once("Then").unwrap();
    assert!(now.contains("refused") && then.contains("allowed"), "{told}");
    // Changes add up: who is given a role there has it in what the team governs then.
    let role = query(&[
        ("kind", "role"),
        ("who", "carl"),
        ("role", "configuration-lead"),
        ("area", "gc/Electric Vehicle/Tuning Team"),
    ]);
    let both = format!("{to}&{}", query(&[("change", &role)]));
    let page = server.page_as("ada", &both).await;
    assert!(page.contains("Carl</strong> gains"), "{page}");
    // Names do in place of ids, and a name that nothing has is told for what it is.
    let by_names = |area: &str| {
        let role =
            query(&[("kind", "role"), ("who", "carl"), ("role", "configuration lead"), ("area", area)]);
        format!("/what-if?{}", query(&[("change", &role)]))
    };
    let page = server.page_as("ada", &by_names("Tuning Team")).await;
    assert!(
        page.contains("Carl gets the role Configuration Lead in Tuning Team")
            && page.contains("Carl</strong> gains"),
        "{page}"
    );
    let page = server.page_as("ada", &by_names("Tuning Teem")).await;
    assert!(page.contains("There is no area <code>Tuning Teem</code>"), "{page}");
    // Others may think of it, too, and are told of nobody but themselves; nothing was done.
    let page = server.page_as("bob", &both).await;
    assert!(page.contains("Bob</strong> gains") && !page.contains("Carl</strong>"), "{page}");
    let wrong = query(&[("change", "kind=group&who=nobody-at-all&group=JazzAdmins")]);
    let page = server.page_as("ada", &format!("/what-if?{wrong}")).await;
    assert!(page.contains("There is no user <code>nobody-at-all</code>."), "{page}");
    let (_, explained) = server.post_as("bob", "/access/v1/evaluation", &json!({
        "subject": {"type": "user", "id": "bob"}, "action": {"name": MODIFY}, "resource": {"type": "stream", "id": MOTOR},
    })).await;
    assert_eq!(explained["decision"], json!(false));
}
