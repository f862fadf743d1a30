//! What is sent to a route: about something that is there, with a body that means something.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::running::{BETA, MODIFY, MOTOR, Running, query};

/// Besides what the stories tell: a stranger, a reader and a guest; no area is everyone's; and what the
/// stories have none of.
pub(crate) const OVER: &str = r#"
bailiwick: 1
users:
  - {id: stan, name: Stranger, licenses: [elm-practitioner]}
  - {id: rita, name: Reader, licenses: [elm-practitioner]}
  - {id: gwen, name: Guest, groups: [JazzGuests], licenses: [elm-practitioner]}
license_pools:
  - {type: ewm-developer, seats: 20}
process_templates:
  - {template: Tram Process, application: gc}
project_areas:
  - application: gc
    name: Electric Vehicle
    access: hierarchy-and-list
    access_list: [rita, gwen]
    roles: [{id: tuner}]
    tags: [{name: safety}]
    shared_queries: [{name: Brakes}]
    components:
      - {name: Motor, configurations: [{kind: staging, name: Motor Soon, from: "stream:Motor 1.0"}]}
    team_areas:
      - {name: Tuning Team, administrators: [ada, tia], roles: [{id: driver}]}
      - {name: Battery Team}
  - application: ccm
    name: Development
    access: hierarchy-and-list
    access_list: [rita, gwen]
    permissions: [{role: default, operation: ccm.save-work-item, actions: []}]
    plans: [{name: Release 1}]
    scm: [{kind: stream, name: Open Main}]
  - application: qm
    name: Test
    access: hierarchy-and-list
    access_list: [rita, gwen]
    shares_process: true
  - application: rm
    name: Requirements
    access: hierarchy-and-list
    access_list: [rita, gwen]
"#;

/// What the stories' names become where nothing is, as long as they were.
const ABSENT: [(&str, &str); 5] = [
    ("Vehicle", "Vehacle"),
    ("Development", "Develapment"),
    ("Requirements", "Requiremints"),
    ("qm:Test", "qm:Tost"),
    ("shared-processes/qm/Test", "shared-processes/qm/Tost"),
];

/// No thing has a number like it.
pub(super) const NO_NUMBER: &str = "4000000";

/// What is in the areas, which nobody may hear of who reads none of them.
pub(super) const HIDDEN: [&str; 8] =
    ["Electric", "Motor", "Battery", "Tuning", "Web UI", "Sign-in page", "Release 1", "The door"];

/// A request to a route.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) method: Method,
    /// With its query.
    pub(super) address: String,
    pub(super) body: Option<(&'static str, String)>,
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

impl Sent {
    /// To a route, about things that are there, and about somebody as whom a question asks it.
    pub(super) fn to(method: &Method, route: &str, asker: &str) -> Self {
        let mut parts = Vec::new();
        for part in route.split('/') {
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => parts.push(encoded(thing(route, name))),
                None => parts.push(part.to_owned()),
            }
        }
        let query = query(asked(method, route));
        let question = if query.is_empty() { "" } else { "?" };
        let address = format!("{}{question}{query}", parts.join("/"));
        Self { method: method.clone(), address, body: body(method, route, asker) }
    }

    /// The same about what is not there, if it is about something.
    pub(super) fn absent(&self) -> Option<Self> {
        let absent = |text: &str| {
            ABSENT.iter().fold(text.to_owned(), |text, (there, not)| {
                text.replace(&*encoded(there), &encoded(not)).replace(there, not)
            })
        };
        let mut other = self.clone();
        other.address = absent(&self.address);
        other.body = self.body.as_ref().map(|(media_type, body)| (*media_type, absent(body)));
        (other.address != self.address || other.body != self.body).then_some(other)
    }

    /// A text that repeats what was asked for, as if what is there had been.
    pub(super) fn as_there(&self, text: &str) -> String {
        ABSENT.iter().fold(text.to_owned(), |text, (there, not)| {
            text.replace(&*encoded(not), &encoded(there)).replace(not, there)
        })
    }

    /// The same with what comes first in the path named by a number.
    pub(super) async fn by_number(&self, server: &Running, route: &str) -> Option<(Self, Self)> {
        let name = route.split('{').nth(1)?.split('}').next()?;
        let reference = thing(route, name);
        let root = |path: String| async move {
            server.get_as("root", &path).await.json::<Value>().await.unwrap_or_default()
        };
        let item = root(format!("/api/v1/items?{}", query(&[("reference", reference)]))).await;
        let number = item["number"].as_u64()?.to_string();
        let with = |number: &str| Self {
            address: self.address.replacen(&encoded(reference), number, 1),
            ..self.clone()
        };
        Some((with(&number), with(NO_NUMBER)))
    }

    pub(super) fn with(&self, method: Method) -> Self {
        Self { method, ..self.clone() }
    }

    pub(super) fn request(&self, server: &Running) -> RequestBuilder {
        let request = server.client.request(self.method.clone(), format!("{}{}", server.base, self.address));
        // Whatever it is: what is there is changed, and nothing is there before it is made.
        let guarded = [Method::PUT, Method::PATCH, Method::DELETE].contains(&self.method);
        let guarded = guarded || self.address == "/api/v1/import";
        let request = if guarded { request.header("if-match", "*") } else { request };
        match &self.body {
            Some((media_type, body)) => request.header("content-type", *media_type).body(body.clone()),
            None => request,
        }
    }
}

/// As one part of a path.
fn encoded(text: &str) -> String {
    query(&[("", text)])[1..].to_owned()
}

const MOTOR_COMPONENT: &str = "gc:Electric Vehicle#component:Motor";
const SPORT: &str = "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0";

/// The thing that a parameter of a route names.
fn thing(route: &str, parameter: &str) -> &'static str {
    let in_it = |nouns: &[&str]| nouns.iter().any(|noun| route.contains(&format!("}}/{noun}")));
    match parameter {
        "project_area" if route.contains("shared-processes") => "Test",
        "project_area"
            if in_it(&["artefacts", "folders", "items"])
                || route.ends_with("/types") && !route.starts_with("/api") =>
        {
            "rm:Requirements"
        }
        "project_area" if in_it(&["test-artefacts"]) => "qm:Test",
        "project_area" if in_it(&["categories", "plans", "scm", "timelines", "work-items"]) => {
            "ccm:Development"
        }
        "project_area" => "gc:Electric Vehicle",
        "application" => "qm",
        "team_area" => "gc:Electric Vehicle@Tuning Team",
        "component" => MOTOR_COMPONENT,
        "configuration" if in_it(&["commit"]) => "gc:Electric Vehicle#Motor/staging:Motor Soon",
        "configuration" if in_it(&["approvals"]) => {
            "gc:Electric Vehicle#Motor/baseline:Motor Initial Baseline"
        }
        "configuration"
            if in_it(&["contributions", "baseline-hierarchy", "baselines", "replace-everywhere"]) =>
        {
            SPORT
        }
        "configuration" => MOTOR,
        "contribution" => "Motor/stream:Motor - Performance Beta 0.0",
        "category" => "ccm:Development#category:Web UI",
        "work_item" => "ccm:Development#work-item:1",
        "plan" => "ccm:Development#plan:Release 1",
        "scm_item" => "ccm:Development#stream:Open Main",
        "test_artefact" => "qm:Test#test-case:Sign in",
        "folder" => "rm:Requirements#folder:General",
        "artefact" => "rm:Requirements#artefact:7",
        "timeline" => "Main",
        "role" if route.contains("team-areas") => "driver",
        "role" => "tuner",
        "user" if in_it(&["access-list"]) => "rita",
        "user" if in_it(&["administrators"]) => "ada",
        "user" if route.contains("project-areas") => "lena",
        "user" => "bob",
        "access_group" => "0",
        "license" if route.contains("users") => "elm-practitioner",
        "license" => "ewm-developer",
        "template" => "Tram Process",
        "tag" => "safety",
        "table" => "components.csv",
        "query" => "Brakes",
        "revision" => "1",
        "session" | "token" | "run" | "lock_out" | "provider" | "invitation" | "access_request"
        | "friend" | "consumer" => "none",
        "context" => "gc",
        "name" => "none.css",
        "file" => "index.html",
        other => panic!("say what {{{other}}} of {route} may be"),
    }
}

/// What a route is asked in the query.
fn asked(method: &Method, route: &str) -> &'static [(&'static str, &'static str)] {
    match (method.as_str(), route.trim_start_matches("/api/v1")) {
        ("GET", "/why" | "/explain.json") => &[("operation", MODIFY), ("item", BETA)],
        ("GET", "/explain" | "/who-can") => {
            &[("operation", "gc.save-stream"), ("action", "modify-attributes"), ("item", BETA)]
        }
        ("GET", "/what-can") => &[("operation", "read"), ("project_area", "gc:Electric Vehicle")],
        ("GET", "/history") => &[("item", MOTOR)],
        ("GET", "/items") => &[("reference", MOTOR)],
        ("GET", "/configurations/{configuration}/compare") => &[("with", BETA)],
        ("GET", "/configurations/{configuration}/replace-everywhere") => &[("replace", BETA), ("by", MOTOR)],
        ("POST", "/project-areas/{project_area}/import") => &[("what", "components")],
        ("GET", "/compare") => &[("from", "1")],
        ("GET", "/registry/people") => &[("text", "ann")],
        _ => &[],
    }
}

/// What a form of a project area or team area says, by the last part of its address.
fn of_area(last: &str) -> &'static [(&'static str, &'static str)] {
    match last {
        "new" => &[("application", "gc"), ("name", "New")],
        "archive" | "copy-process" | "invitations" => &[],
        "members" | "administrators" => &[("user", "bob"), ("upon", "*")],
        "roles" => &[("id", "new"), ("cardinality", "many")],
        "permissions" => &[
            ("role", "default"),
            ("operation", "gc.save-stream"),
            ("action", "archive"),
            ("slot", "always"),
            ("upon", "*"),
        ],
        "denial-texts" => &[("operation", "gc.save-stream"), ("text", "Ask Lena."), ("upon", "*")],
        "timelines" => &[("verb", "add"), ("name", "New")],
        "access" => &[("access", "everyone"), ("upon", "*")],
        "team-areas" => &[("name", "New")],
        "sharing" => &[("do", "share"), ("upon", "*")],
        "preconditions" => &[("role", "default"), ("require", "no-skew"), ("slot", "always"), ("upon", "*")],
        "items" => &[
            ("kind", "artefacts"),
            ("item", "7"),
            ("folder", "General"),
            ("team_area", "unassigned"),
            ("upon", "*"),
        ],
        "types" => &[("kind", "artefact_types"), ("id", "new"), ("upon", "*")],
        "associations" => {
            &[("application", "qm"), ("project_area", "https://there.example/qm/7"), ("upon", "*")]
        }
        "move" => &[("to", "gc/Electric Vehicle/Battery Team")],
        _ => &[("name", "New"), ("upon", "*")],
    }
}

/// What a form of the pages of global configurations says.
fn of_configurations(route: &str) -> Option<&'static [(&'static str, &'static str)]> {
    Some(match route {
        "/edit-attributes" => &[("what", "components"), ("item", MOTOR_COMPONENT)],
        "/components/new" => &[("project_area", "gc:Electric Vehicle"), ("name", "New")],
        "/components/{component}" | "/configurations/{configuration}" => &[("name", "New"), ("upon", "*")],
        "/configurations/{configuration}/act" => &[("act", "archive")],
        "/configurations/{configuration}/new" => &[("kind", "stream"), ("name", "New")],
        "/configurations/{configuration}/hierarchy" => {
            &[("verb", "add"), ("parent", MOTOR), ("configuration", "Battery/stream:Battery 1.0")]
        }
        "/configurations/{configuration}/baselines" => &[("names", "{name} 2")],
        "/components/{component}/archive" | "/baseline-runs/{run}" => &[],
        "/project-areas/{project_area}/vocabulary" => &[("verb", "create-tag"), ("tag_name", "new")],
        "/project-areas/{project_area}/tables" => &[("what", "components"), ("lines", "name\nNew\n")],
        _ => return None,
    })
}

/// What is sent to a route.
fn body(method: &Method, route: &str, asker: &str) -> Option<(&'static str, String)> {
    let form = |fields: &[(&str, &str)]| Some((FORM, query(fields)));
    let is_page = !route.starts_with("/api/v1");
    if is_page
        && *method == Method::POST
        && let Some(fields) = of_server(route)
    {
        return form(fields);
    }
    let route = route.trim_start_matches("/api/v1");
    match route {
        "/sign-in" if *method == Method::POST => return form(&[("user", asker), ("password", "wrong")]),
        "/first-start" | "/set-password" if *method == Method::POST => return form(&[("link", "none")]),
        "/password" if *method == Method::POST => return form(&[("old", "wrong"), ("new", "four words")]),
        "/invitation" if *method == Method::POST => return form(&[("link", "none")]),
        "/access-requests" if *method == Method::POST && is_page => {
            let question =
                [("operation", "gc.save-stream"), ("action", "modify-attributes"), ("item", MOTOR)];
            return form(&[&question[..], &[("remedy", "none"), ("reason", "work")]].concat());
        }
        "/access-requests/decide" => return form(&[("request", "none"), ("decision", "accept")]),
        "/jts/oauth-authorize" => return form(&[("oauth_token", "none"), ("decision", "allow")]),
        "/context" if is_page && *method == Method::POST => return form(&[("configuration", MOTOR)]),
        "/look" => return form(&[("look", "dark")]),
        "/preview" if is_page && *method == Method::POST => return form(&[("user", "bob")]),
        _ if is_page && *method == Method::POST && of_configurations(route).is_some() => {
            return form(of_configurations(route).unwrap_or_default());
        }
        _ if is_page && *method == Method::POST && route.contains("-areas") => {
            return form(of_area(route.rsplit('/').next().unwrap_or_default()));
        }
        "/sign-out" | "/sign-in/oidc/{provider}/logout" => return form(&[]),
        "/check" => {
            let question = json!({"user": asker, "operation": "read", "item": MOTOR});
            return Some(("application/jsonl", format!("{question}\n")));
        }
        _ => {}
    }
    let rename = json!([{
        "method": "PATCH",
        "path": format!("/api/v1/components/{}", encoded(MOTOR_COMPONENT)),
        "if_match": "*",
        "body": {"name": "Engine"},
    }]);
    if route == "/project-areas/{project_area}/import" {
        return Some(("text/csv", "name\nNew\n".to_owned()));
    }
    if route == "/users.csv" && *method == Method::POST {
        return Some(("text/csv", "new,New,,[],[JazzUsers],0\n".to_owned()));
    }
    let documents = json!({"documents": [{"name": "a.yaml", "text": "bailiwick: 1"}]});
    let user = json!({"type": "user", "id": asker});
    let resource = json!({"type": "stream", "id": MOTOR});
    let action = json!({"name": MODIFY});
    let last = route.rsplit('/').find(|part| !part.starts_with('{')).unwrap_or_default();
    let body = match (method.as_str(), last) {
        ("GET" | "DELETE", _) | ("POST", "archive" | "unarchive" | "commit" | "copy-process") => return None,
        ("POST", "erase" | "password-link" | "release" | "approvals" | "resume" | "sync")
        | ("PUT", "access-list" | "administrators" | "licenses") => return None,
        ("POST", "doctor" | "rotate" | "reject" | "approve") => json!({}),
        ("POST", "secret") => json!({"secret": "a phrase of ours"}),
        ("POST", "friends") => {
            json!({"name": "New", "root_services": "https://elm.example.org/gc/rootservices"})
        }
        ("POST", "accept") => json!({"link": "none"}),
        ("POST", "decline") => json!({"note": "no"}),
        ("POST", "invitations") => json!({"roles": []}),
        ("POST", "access-requests") => json!({
            "operation": "gc.save-stream", "actions": ["modify-attributes"], "item": MOTOR,
            "remedy": "none", "reason": "work",
        }),
        ("POST", "evaluation") => json!({"subject": user, "action": action, "resource": resource}),
        ("POST", "evaluations") => json!({
            "subject": user, "action": action,
            "evaluations": [{"resource": resource}],
        }),
        ("POST", "subject") => {
            json!({"subject": {"type": "user"}, "action": action, "resource": resource})
        }
        ("POST", "resource") => {
            json!({"subject": user, "action": action, "resource": {"type": "stream"}})
        }
        ("POST", "action") => json!({"subject": user, "resource": resource}),
        ("POST", "edit-attributes") => {
            json!({"select": {"components": {}}, "set": {"tags": {"add": ["new"]}}})
        }
        ("POST", "bulk" | "what-if" | "impact") => json!({"requests": rename}),
        ("POST", "compare" | "import" | "plan") => documents,
        ("POST", "tokens") => json!({"name": "t", "scopes": ["read"], "expires": "2000-01-01T00:00:00Z"}),
        ("POST", "password") => json!({"old": "wrong", "new": "four words are good"}),
        ("POST", "baseline-hierarchy") => json!({"names": "{name} 2"}),
        ("POST", "configurations") => {
            json!({"kind": "stream", "name": "New", "from": "baseline:Motor Initial Baseline"})
        }
        ("POST", "contributions") => json!({"configuration": "Battery/stream:Battery 1.0"}),
        ("POST", "replace-everywhere") => json!({"replace": BETA, "by": MOTOR}),
        ("POST", "branch") => json!({"names": "{name} 2"}),
        ("POST", "replace") => json!({"by": "Battery/stream:Battery 1.0"}),
        ("POST", "process-templates") => json!({"template": "New", "application": "gc"}),
        ("PUT", "process-templates") => json!({"template": "Tram Process", "application": "gc"}),
        ("POST", "process-template") => json!({"template": "New"}),
        ("POST", "project-areas") => json!({"application": "gc", "name": "New"}),
        ("POST", "tags") => json!({"name": "new"}),
        ("POST", "import-types") => json!({"from": "gc/Electric Vehicle"}),
        ("POST", "roles" | "users") => json!({"id": "new"}),
        ("POST", "artefacts") => json!({"type": "requirement", "title": "New"}),
        ("POST", "work-items") => json!({"type": "task", "title": "New", "category": "Web UI"}),
        ("POST", "scm") => json!({"kind": "stream", "name": "New"}),
        ("POST", "test-artefacts") => json!({"kind": "test-case", "name": "New"}),
        ("POST", "used-process") => json!({"project_area": "Electric Vehicle", "preview": true}),
        ("POST", "move") => json!({"to": "gc/Electric Vehicle/Battery Team"}),
        ("POST", "state") => json!({"action": "start", "to": "in-progress"}),
        ("POST", _) => json!({"name": "New"}),
        ("PUT", "members") => json!({"roles": []}),
        ("PUT", "license-pools") => json!({"seats": 1}),
        ("PATCH", "permissions") => {
            json!({"set": [{"role": "default", "operation": "gc.save-stream", "actions": ["archive"]}]})
        }
        ("PATCH", "settings") => json!({"administrative_override": "process"}),
        ("PATCH", "users") => json!({"name": "Other"}),
        ("PATCH", _) => json!({"description": "Other."}),
        other => panic!("say what is sent by {other:?} to {route}"),
    };
    Some((JSON, body.to_string()))
}

/// What a form of the pages of people and of the server says.
fn of_server(route: &str) -> Option<&'static [(&'static str, &'static str)]> {
    Some(match route {
        "/users" => &[("deed", "archive"), ("whom", "chosen"), ("user", "bob")],
        "/new-user" => &[("id", "new"), ("group", "JazzUsers")],
        "/lock-outs" => &[("lock-out", "none")],
        "/user-import" => &[("lines", "new,New,,[],[JazzUsers],0\n"), ("do", "import")],
        "/users/{user}" => &[("name", "Other"), ("upon", "*")],
        "/users/{user}/archive" => &[],
        "/users/{user}/erase" => &[("agreed", "yes")],
        "/users/{user}/sign-in" | "/me/sign-in" => &[("do", "end")],
        "/me" => &[("name", ""), ("upon", "*")],
        "/me/tokens" => &[("name", "t"), ("scope", "read"), ("expires", "2000-01-01")],
        "/access-groups/new" => &[("name", "New")],
        "/access-groups/{access_group}" => &[("name", "Other"), ("upon", "*")],
        "/registries/sync" => &[("do", "sync")],
        "/registries/bindings" => &[("remove", "0"), ("upon", "*")],
        "/settings" => &[("reach", "process"), ("upon", "*")],
        "/documents" => &[("text", "bailiwick: 1\n")],
        "/process-templates" => &[("project_area", "gc:Electric Vehicle"), ("template", "New")],
        "/process-template-import" => &[("text", "template: New\napplication: gc\n")],
        "/process-templates/{template}" => &[("description", "Other"), ("upon", "*")],
        "/new-friend" => &[("name", "New"), ("root_services", "https://elm.example.org/gc/rootservices")],
        "/friends/{friend}/settings" => &[("do", "rotate")],
        "/new-consumer" => &[("name", "New")],
        "/consumers/{consumer}" => &[("do", "approve")],
        "/licences/unused" => &[("whom", "all")],
        "/licences/{license}" => &[("seats", "1"), ("upon", "*")],
        "/licences/{license}/leases" => &[("lease", "ewm-developer bob")],
        "/licences/{license}/assigned" => &[("users", "bob")],
        _ => return None,
    })
}
