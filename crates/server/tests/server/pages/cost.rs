//! What a page costs: as many statements of SQL for a large organisation as for a small one, and few bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Write as _};
use std::sync::{Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::areas;
use crate::compression::plain;
use crate::running::{Database, MODIFY, MOTOR, Running, demo, password, query, why};

/// The statements that each request has run, by the identification that it was sent with.
static RUN: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

/// So many bytes come with any page, all of its assets included.
const LARGEST: usize = 150_000;

/// Notes the statements of requests, whatever other tests do meanwhile.
struct Statements;

struct RequestId(String);

/// A field of this name.
struct Named(&'static str, String);

impl Visit for Named {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == self.0 {
            self.1 = format!("{value:?}").trim_matches('"').to_owned();
        }
    }
}

fn is_request(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.name() == "request"
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Statements {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        is_request(metadata) || metadata.target() == "sqlx::query"
    }
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut named = Named("id", String::new());
        attributes.record(&mut named);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(RequestId(named.1));
        }
    }
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut named = Named("summary", String::new());
        event.record(&mut named);
        let spans = context.event_scope(event).into_iter().flatten();
        for span in spans {
            if let Some(RequestId(id)) = span.extensions().get() {
                RUN.lock().unwrap().entry(id.clone()).or_default().push(named.1.clone());
            }
        }
    }
}

fn counting() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Registry::default().with(Statements)).unwrap());
}

/// The statements that a page runs; the fewest of three times, since what was just read is kept for a second.
async fn statements(server: &Running, cookie: &str, path: &str) -> Vec<String> {
    let mut fewest: Option<Vec<String>> = None;
    for time in 0..3 {
        let id = format!("{}{path}#{time}", server.base);
        let request = server.get(path).header("accept", "text/html").header("cookie", cookie);
        let answer = server.client.execute({
            let mut request = request.build().unwrap();
            request.headers_mut().insert("x-request-id", id.parse().unwrap());
            request
        });
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers().contains_key("server-timing"), "{path}");
        answer.bytes().await.unwrap();
        let run = RUN.lock().unwrap().remove(&id).unwrap_or_default();
        if fewest.as_ref().is_none_or(|before| run.len() < before.len()) {
            fewest = Some(run);
        }
    }
    fewest.unwrap_or_default()
}

/// How many bytes a page sends to a browser that has seen none before, by what of its assets each is.
async fn transferred(server: &Running, cookie: &str, path: &str) -> usize {
    let got = async |path: &str| {
        let request = server.get(path).header("accept", "text/html").header("cookie", cookie);
        let answer = request.header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], "gzip", "{path}");
        answer.bytes().await.unwrap()
    };
    let page = got(path).await;
    let text = plain(&page);
    let named = |part: &str| part.split(['"', '#']).next().unwrap_or_default().to_owned();
    let assets: BTreeSet<String> = text.split("\"/static/").skip(1).map(named).collect();
    let mut bytes = page.len();
    for name in assets {
        bytes += got(&format!("/static/{name}")).await.len();
    }
    bytes
}

/// The stories' organisation, many times as large.
fn larger() -> String {
    let mut text = "bailiwick: 1\nusers:\n".to_owned();
    for at in 0..300 {
        writeln!(text, "  - {{id: person{at}, name: Person {at}, licenses: [elm-practitioner]}}").unwrap();
    }
    text.push_str("project_areas:\n");
    for at in 0..12 {
        writeln!(text, "  - {{application: gc, name: Vehicle {at}, template: Global Configuration Management, access: everyone, administrators: [ada]}}").unwrap();
    }
    text.push_str("  - application: gc\n    name: Electric Vehicle\n    members:\n");
    for at in 0..100 {
        writeln!(text, "      person{at}: [contributor]").unwrap();
    }
    text.push_str("    team_areas:\n");
    for at in 0..40 {
        writeln!(text, "      - {{name: Team {at}, members: {{person{at}: [configuration-lead]}}}}").unwrap();
    }
    text.push_str("    components:\n");
    for at in 0..120 {
        writeln!(text, "      - {{name: Part {at}}}").unwrap();
    }
    text
}

#[tokio::test]
async fn a_page_runs_as_many_statements_for_a_large_organisation_as_for_a_small_one_and_stays_small() {
    counting();
    let small = Running::start(Database::Sqlite).await;
    let large = Running::start_over(Database::Sqlite, Some(demo()), &larger()).await;
    let (area, team) = areas(&small, "Electric Vehicle");
    let (area_there, team_there) = areas(&large, "Electric Vehicle");
    let who_can = query(&[("operation", MODIFY), ("item", MOTOR)]);
    let what_can = query(&[("user", "bob"), ("operation", MODIFY)]);
    let of_server = [
        "/",
        "/project-areas",
        "/configurations",
        "/components",
        "/search?q=motor",
        "/access-requests",
        "/users",
        "/users/bob",
        "/users/bob/access",
        "/groups",
        "/licences",
        "/access-groups",
        "/registries",
        "/friends",
        "/consumers",
        "/audit",
        "/refusals",
        "/settings",
        "/documents",
        "/process-templates",
        "/process-templates/Scrum",
        "/me",
    ];
    let mut paths: Vec<(String, String)> = of_server.map(|path| (path.to_owned(), path.to_owned())).to_vec();
    for path in
        [why("/why", "bob", MODIFY, MOTOR), format!("/who-can?{who_can}"), format!("/what-can?{what_can}")]
    {
        paths.push((path.clone(), path));
    }
    for tab in [
        "",
        "/members",
        "/roles",
        "/permissions",
        "/timelines",
        "/access",
        "/team-areas",
        "/sharing",
        "/history",
    ] {
        paths.push((format!("/project-areas/{area}{tab}"), format!("/project-areas/{area_there}{tab}")));
    }
    for tab in ["", "/members", "/permissions"] {
        paths.push((format!("/team-areas/{team}{tab}"), format!("/team-areas/{team_there}{tab}")));
    }
    let signed_in = async |server: &Running, who: &str| server.sign_in(who, &password(who)).await.unwrap();
    let (here, there) = (signed_in(&small, "root").await, signed_in(&large, "root").await);
    let (ada_here, ada_there) = (signed_in(&small, "ada").await, signed_in(&large, "ada").await);
    let mut wrong = Vec::new();
    let mut all = 0;
    let mut largest = (0, String::new());
    for (path, path_there) in paths {
        let (few, many) = match path == "/" {
            // Home tells of the areas in which one stands: few here, many there.
            true => (statements(&small, &ada_here, &path).await, statements(&large, &ada_there, &path).await),
            false => (statements(&small, &here, &path).await, statements(&large, &there, &path_there).await),
        };
        all += few.len();
        let bytes = transferred(&large, if path == "/" { &ada_there } else { &there }, &path_there).await;
        largest = largest.max((bytes, path.clone()));
        if few.len() != many.len() {
            wrong.push(format!("{path}:\n  {}\n  {}", few.join("\n  "), many.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(largest.0 < LARGEST, "{largest:?}");
    assert!(all > 10, "some were counted: {all}");
}
