//! What a document says, another program can say by REST (docs/rest-api.md): a document becomes requests,
//! key by key, to an empty server; its export is then that of a server that imported the document.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use document::{Limits, Source, export, export_json, load};
use reqwest::{Client, Method};
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;

use super::api_items::part;
use super::running::{client, config, listening_with_link, name_corp, query, told};

const EVERY_KEY: &str = include_str!("every_key.json");

/// What is no part of an organisation, the format's version and a story's questions; and approvals, whose
/// revision and instant are the server's to say.
const NO_PART: [(&str, &str); 3] =
    [("Organisation", "expect"), ("Organisation", "bailiwick"), ("Configuration", "approvals")];

#[tokio::test(flavor = "multi_thread")]
async fn a_document_with_every_key_is_said_by_rest_alone() {
    let seen = Seen::default();
    let sources = [Source { name: "every_key.json".into(), text: EVERY_KEY.as_bytes() }];
    let loaded = load(&sources, &Limits::default()).unwrap_or_else(|report| panic!("{report}"));
    said_by_rest(&serde_json::from_str(EVERY_KEY).unwrap(), &export(&loaded.organisation), &seen).await;
    for (noun, keys) in document::raw::keys() {
        let absent = |key: &&&str| !seen.borrow().contains(&(noun, (**key).to_owned()));
        let left_out =
            |key: &&&str| ["Expectation", "Approval"].contains(&noun) || NO_PART.contains(&(noun, **key));
        let missing: Vec<_> = keys.iter().filter(absent).filter(|key| !left_out(key)).collect();
        assert!(missing.is_empty(), "every_key.json has no {missing:?} of {noun}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_stories_are_said_by_rest_alone() {
    let organisation = told().organisation;
    let document = serde_json::from_str(&export_json(&organisation)).unwrap();
    said_by_rest(&document, &export(&organisation), &Seen::default()).await;
}

/// The keys that have been met, of which noun.
type Seen = RefCell<BTreeSet<(&'static str, String)>>;

async fn said_by_rest(document: &Value, exported: &str, seen: &Seen) {
    let users = document["users"].as_array().unwrap();
    let administers = |user: &&Value| user["groups"].to_string().contains("JazzAdmins");
    let first = users.iter().find(administers).unwrap()["id"].as_str().unwrap();
    let said = Saying { server: Fresh::start(first).await, seen };
    said.organisation(document).await;
    let export = said.server.send(Method::GET, "/export", None).await;
    // Functional users come by themselves, whether the document names them or not.
    let unsaid = |line: &&str| line.ends_with(", functional: true}") && !exported.contains(*line);
    let export: String = export.split_inclusive('\n').filter(|line| !unsaid(&line.trim_end())).collect();
    assert!(export == exported, "{}", first_difference(&export, exported));
}

/// The first line that differs.
fn first_difference(one: &str, other: &str) -> String {
    let differing = one.lines().zip(other.lines()).enumerate().find(|(_, (one, other))| one != other);
    differing.map_or_else(
        || format!("one ends before the other:\n{one}\n---\n{other}"),
        |(at, (one, other))| format!("line {}:\n{one}\n{other}", at + 1),
    )
}

const PASSWORD: &str = "four words are good";

/// A server in which nobody is but its first administrator.
struct Fresh {
    base: String,
    administrator: String,
    client: Client,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Drop for Fresh {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fresh {
    async fn start(administrator: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path(), None, None);
        name_corp(&mut config);
        let (listening, link, task) = listening_with_link(config).await;
        let base = format!("http://{}", listening.http.unwrap());
        let link = link.expect("there is no user").address;
        let (_, secret) = link.split_once("link=").unwrap();
        let fields = [("link", secret), ("id", administrator), ("password", PASSWORD), ("again", PASSWORD)];
        let form = client().post(format!("{base}/first-start")).body(query(&fields));
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        let made = form.header("sec-fetch-site", "same-origin").send().await.unwrap();
        assert_eq!(made.status().as_u16(), 303);
        Self { base, administrator: administrator.to_owned(), client: client(), task, _folder: folder }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> String {
        let request = self.client.request(method.clone(), format!("{}/api/v1{path}", self.base));
        let request = request.basic_auth(&self.administrator, Some(PASSWORD));
        let request = if method == Method::PATCH { request.header("if-match", "*") } else { request };
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{method} {path} {}: {text}", body.unwrap_or_default());
        text
    }
}

/// A noun's keys, of which some are said elsewhere than the rest.
#[derive(Clone)]
struct Noun(Map<String, Value>);

impl Noun {
    fn take(&mut self, key: &str) -> Value {
        self.0.remove(key).unwrap_or_default()
    }
    fn text(&self, key: &str) -> String {
        self.0[key].as_str().unwrap().to_owned()
    }
    fn list(&mut self, key: &str) -> Vec<Value> {
        self.take(key).as_array().cloned().unwrap_or_default()
    }
    /// Whether it is archived, which is done when all else is said.
    fn archived(&mut self) -> bool {
        self.take("archived") == true
    }
    fn rest(self) -> Value {
        self.0.into()
    }
}

struct Saying<'s> {
    server: Fresh,
    seen: &'s Seen,
}

/// Where what belongs to a project area is said.
struct Area {
    /// `gc:Tram`
    reference: String,
    path: String,
}

impl Saying<'_> {
    /// A noun of the document.
    fn noun(&self, noun: &'static str, value: &Value) -> Noun {
        let keys = value.as_object().unwrap().clone();
        self.seen.borrow_mut().extend(keys.keys().map(|key| (noun, key.clone())));
        Noun(keys)
    }
    /// Nouns that are sent together with what they are in.
    fn sent(&self, noun: &'static str, list: Option<&Value>) {
        for value in list.and_then(Value::as_array).into_iter().flatten() {
            self.noun(noun, value);
            self.chosen("Slot", value.get("at"));
            for requirement in value.get("require").and_then(Value::as_array).into_iter().flatten() {
                self.chosen("Requirement", Some(requirement));
            }
            self.sent("Iteration", value.get("iterations"));
        }
    }
    /// One of some words, or a mapping with one of some keys.
    fn chosen(&self, noun: &'static str, choice: Option<&Value>) {
        match choice {
            Some(Value::String(word)) => _ = self.seen.borrow_mut().insert((noun, word.clone())),
            Some(choice) => _ = self.noun(noun, choice),
            None => {}
        }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        serde_json::from_str(&self.server.send(Method::POST, path, Some(body)).await).unwrap()
    }
    /// Makes something; answers where it is.
    async fn make(&self, below: &str, collection: &str, body: Value) -> String {
        let made = self.post(below, body).await;
        format!("/{collection}/{}", made.get("number").unwrap_or(&made["id"]))
    }
    async fn patch(&self, path: &str, body: Value) {
        self.server.send(Method::PATCH, path, Some(body)).await;
    }
    async fn archive(&self, paths: Vec<String>) {
        for path in paths {
            self.server.send(Method::POST, &format!("{path}/archive"), None).await;
        }
    }

    async fn organisation(&self, document: &Value) {
        let mut organisation = self.noun("Organisation", document);
        // What the first administrator needs meanwhile.
        let own = format!("/users/{}", self.server.administrator);
        self.patch(&own, json!({"licenses": ["elm-practitioner"]})).await;
        let mut own_keys = Value::Null;
        let mut archived = Vec::new();
        for user in organisation.list("users") {
            let mut user = self.noun("User", &user);
            let path = format!("/users/{}", user.text("id"));
            if user.archived() {
                archived.push(path.clone());
            }
            if path == own {
                user.take("id");
                own_keys = user.rest();
            } else {
                self.post("/users", user.rest()).await;
            }
        }
        for pool in organisation.list("license_pools") {
            let mut pool = self.noun("LicencePool", &pool);
            let path = format!("/license-pools/{}", pool.text("type"));
            pool.take("type");
            self.server.send(Method::PUT, &path, Some(pool.rest())).await;
        }
        for template in organisation.list("process_templates") {
            let template = self.noun("Template", &template).rest();
            self.sent("Role", template.get("roles"));
            self.sent("Permission", template.get("permissions"));
            self.sent("Precondition", template.get("preconditions"));
            self.post("/process-templates", template).await;
        }
        let mut areas = organisation.list("project_areas");
        // What lends its process comes before what uses it.
        areas.sort_by_key(|area| area.get("uses_process").is_some());
        let mut made = Vec::new();
        for area in &areas {
            let (area, is_archived, rest) = self.project_area(area, &mut archived).await;
            if is_archived {
                archived.push(area.path.clone());
            }
            made.push((area, rest));
        }
        for group in organisation.list("access_groups") {
            self.post("/access-groups", self.noun("AccessGroup", &group).rest()).await;
        }
        let mut of_areas = Vec::new();
        for (area, rest) in made {
            self.configurations(&area, rest.clone(), &mut of_areas).await;
            self.items(&area, rest, &mut of_areas).await;
        }
        self.archive(of_areas).await;
        self.archive(archived).await;
        let mut settings =
            self.noun("Settings", &organisation.0.get("settings").cloned().unwrap_or(json!({})));
        if let Some(bindings) = organisation.0.remove("group_bindings") {
            self.sent("GroupBinding", Some(&bindings));
            settings.0.insert("group_bindings".to_owned(), bindings);
        }
        self.patch("/settings", settings.rest()).await;
        let mut told = json!({"name": self.server.administrator, "licenses": []});
        told.as_object_mut().unwrap().extend(own_keys.as_object().unwrap().clone());
        self.patch(&own, told).await;
    }

    /// A project area with its team areas; answers what else there is in it.
    async fn project_area(&self, area: &Value, archived: &mut Vec<String>) -> (Area, bool, Noun) {
        let mut area = self.noun("ProjectArea", area);
        let mut items = Noun(Map::new());
        for key in [
            "components",
            "contributions",
            "categories",
            "work_items",
            "plans",
            "scm",
            "test_artefacts",
            "folders",
            "artefacts",
        ] {
            items.0.insert(key.to_owned(), area.take(key));
        }
        let (is_archived, teams) = (area.archived(), area.list("team_areas"));
        self.sent("Role", area.0.get("roles"));
        self.sent("Permission", area.0.get("permissions"));
        self.sent("Precondition", area.0.get("preconditions"));
        self.sent("Timeline", area.0.get("timelines"));
        self.chosen("UsesProcess", area.0.get("uses_process"));
        let made = self.post("/project-areas", area.rest()).await;
        let path = format!("/project-areas/{}", made["number"]);
        self.team_areas(&path, teams, archived).await;
        let reference = made["reference"].as_str().unwrap().to_owned();
        (Area { reference, path }, is_archived, items)
    }

    async fn team_areas(&self, below: &str, teams: Vec<Value>, archived: &mut Vec<String>) {
        for team in teams {
            let mut team = self.noun("TeamArea", &team);
            let (is_archived, nested) = (team.archived(), team.list("team_areas"));
            self.sent("Role", team.0.get("roles"));
            self.sent("Permission", team.0.get("permissions"));
            self.sent("Precondition", team.0.get("preconditions"));
            let path = self.make(&format!("{below}/team-areas"), "team-areas", team.rest()).await;
            Box::pin(self.team_areas(&path, nested, archived)).await;
            if is_archived {
                archived.push(path);
            }
        }
    }

    /// The components of a project area. What is made of another comes after it, and a baseline, which has
    /// what its stream has, when that has what the baseline is to have.
    async fn configurations(&self, area: &Area, mut rest: Noun, archived: &mut Vec<String>) {
        let mut contents = BTreeMap::new();
        for contributions in rest.list("contributions") {
            let mut contributions = self.noun("Contributions", &contributions);
            contents.insert(contributions.text("to"), contributions.take("configurations"));
        }
        let mut made = BTreeSet::new();
        let mut waiting = Vec::new();
        let mut components = Vec::new();
        for component in rest.list("components") {
            let mut component = self.noun("Component", &component);
            let (component_archived, name) = (component.archived(), component.text("name"));
            let configurations = component.list("configurations");
            let path = self.make(&format!("{}/components", area.path), "components", component.rest()).await;
            for (kind, word) in [("stream", "Stream"), ("baseline", "Baseline")] {
                made.insert(local(&name, kind, &format!("{name} Initial {word}")));
            }
            for configuration in configurations {
                let mut configuration = self.noun("Configuration", &configuration);
                let (kind, own) = (configuration.text("kind"), configuration.text("name"));
                let usual = local(&name, &kind, &format!("{name} Initial {}", capitalised(&kind)));
                let at = local(&name, &kind, &own);
                let is_archived = configuration.archived();
                if configuration.take("initial") == true || at == usual {
                    configuration.take("kind");
                    self.patch(&self.address(area, &usual), configuration.rest()).await;
                    made.remove(&usual);
                    made.insert(at.clone());
                    if is_archived && !component_archived {
                        archived.push(self.address(area, &at));
                    }
                } else {
                    let alone = is_archived && !component_archived;
                    waiting.push((path.clone(), name.clone(), at, alone, configuration));
                }
            }
            if component_archived {
                components.push(path);
            }
        }
        while !waiting.is_empty() {
            let ready = |(_, name, at, _, configuration): &(String, String, String, bool, Noun)| {
                let from = format!("{}/{}", encoded_name(name), configuration.text("from"));
                let is_baseline = configuration.text("kind") == "baseline";
                let contents = contents.get(at).filter(|_| is_baseline).and_then(Value::as_array);
                let there =
                    |it: &Value| it.as_str().is_some_and(|it| it.contains("://") || made.contains(it));
                made.contains(&from) && contents.into_iter().flatten().all(there)
            };
            let next = waiting.iter().position(ready).expect("something can be made");
            let (path, name, at, is_archived, configuration) = waiting.remove(next);
            if configuration.text("kind") == "baseline" {
                let from = format!("{}/{}", encoded_name(&name), configuration.text("from"));
                let wanted = contents.get(&at).cloned().unwrap_or(json!([]));
                self.patch(&self.address(area, &from), json!({"contributions": wanted})).await;
            }
            self.post(&format!("{path}/configurations"), configuration.rest()).await;
            if is_archived {
                archived.push(self.address(area, &at));
            }
            made.insert(at);
        }
        for at in made.iter().filter(|at| !at.contains("/baseline:")) {
            let wanted = contents.get(at).cloned().unwrap_or(json!([]));
            self.patch(&self.address(area, at), json!({"contributions": wanted})).await;
        }
        archived.extend(components);
    }

    fn address(&self, area: &Area, local: &str) -> String {
        format!("/configurations/{}", part(&format!("{}#{local}", area.reference)))
    }

    /// What the other applications keep in a project area.
    async fn items(&self, area: &Area, mut rest: Noun, archived: &mut Vec<String>) {
        self.nested(area, ("Category", "categories"), rest.list("categories"), None, archived).await;
        self.nested(area, ("Folder", "folders"), rest.list("folders"), None, archived).await;
        for (noun, key, collection) in [
            ("WorkItem", "work_items", "work-items"),
            ("Plan", "plans", "plans"),
            ("ScmItem", "scm", "scm"),
            ("TestArtefact", "test_artefacts", "test-artefacts"),
            ("Artefact", "artefacts", "artefacts"),
        ] {
            for item in rest.list(key) {
                let mut item = self.noun(noun, &item);
                let (is_archived, state) = (item.archived(), item.take("state"));
                self.chosen("Owner", item.0.get("owner"));
                self.chosen("ScmVisibility", item.0.get("visibility"));
                self.chosen("RestrictedAccess", item.0.get("restricted_access"));
                let path = self.make(&format!("{}/{collection}", area.path), collection, item.rest()).await;
                if !state.is_null() {
                    self.post(&format!("{path}/state"), json!({"action": "move", "to": state})).await;
                }
                if is_archived {
                    archived.push(path);
                }
            }
        }
    }

    /// Categories or folders, each in the one above.
    async fn nested(
        &self,
        area: &Area,
        (noun, collection): (&'static str, &'static str),
        list: Vec<Value>,
        parent: Option<&str>,
        archived: &mut Vec<String>,
    ) {
        for item in list {
            let mut item = self.noun(noun, &item);
            let (is_archived, nested) = (item.archived(), item.list(collection));
            self.chosen("ReadScope", item.0.get("read"));
            let name = encoded_name(&item.text("name"));
            let at = parent.map_or_else(|| name.clone(), |parent| format!("{parent}/{name}"));
            item.0.extend(parent.map(|parent| ("parent".to_owned(), parent.into())));
            let path = self.make(&format!("{}/{collection}", area.path), collection, item.rest()).await;
            Box::pin(self.nested(area, (noun, collection), nested, Some(&at), archived)).await;
            if is_archived {
                archived.push(path);
            }
        }
    }
}

/// `Component/kind:Name`
fn local(component: &str, kind: &str, name: &str) -> String {
    format!("{}/{kind}:{}", encoded_name(component), encoded_name(name))
}

fn encoded_name(name: &str) -> String {
    governance::text::encode(name).to_string()
}

fn capitalised(kind: &str) -> String {
    kind.chars().take(1).flat_map(char::to_uppercase).chain(kind.chars().skip(1)).collect()
}
