//! A route: what it takes, gives and does. The table of them is [`super::table`].

use axum::handler::Handler;
use axum::http::Method;
use axum::routing::MethodRouter;
use governance::{Command, Event, View};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

use crate::handler::{delete, get, patch, post, put};
use crate::problem::Problem;
use crate::router::Server;

pub(crate) use super::table::Api;

/// The names and values of a path and a query, decoded.
pub(super) type Pairs = [(String, String)];

/// A type's schema, when somebody asks for it.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

pub(super) fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The items of a list, each with its place, from which the next page goes on.
pub(super) type Rows<'v, T> = Box<dyn Iterator<Item = (u64, T)> + 'v>;

pub(super) type ReadWork = Box<dyn Fn(&View, &Pairs) -> Result<Vec<u8>, Problem> + Send + Sync>;
pub(super) type ListWork =
    Box<dyn Fn(&View, &Pairs, Option<u64>, usize) -> Result<(Vec<u8>, Option<u64>), Problem> + Send + Sync>;
pub(super) type ReportWork =
    Box<dyn Fn(&View, &Pairs, &[u8], &[Event]) -> Result<Vec<u8>, Problem> + Send + Sync>;
pub(super) type ChangeWork = Box<dyn Fn(&View, &Pairs, &[u8]) -> Result<Command, Problem> + Send + Sync>;

/// What a route does.
pub(super) enum Work {
    /// Answers with what a view shows.
    Read(ReadWork),
    /// Answers with a page of a list.
    List(ListWork),
    /// Changes the organisation.
    Change(Change),
    /// Something of its own.
    Own(fn() -> MethodRouter<Arc<Server>>),
}

/// A change, what must be named for it, and what is answered when it is made.
pub(super) struct Change {
    pub(super) build: ChangeWork,
    /// The path of what is changed, which a route reads. It is answered as it is then, unless it is gone.
    pub(super) of: &'static str,
    /// Whether what is there already must be named by `If-Match`.
    pub(super) guarded: bool,
    /// The path of what came to be, which is answered instead.
    pub(super) created: Option<Created>,
    /// What is told of what has become of it instead.
    pub(super) report: Option<ReportWork>,
}

/// What came to be.
#[derive(Clone, Copy)]
pub(super) struct Created {
    /// The path at which a route reads such things.
    pub(super) read_at: &'static str,
    /// Finds the path of this one.
    pub(super) path: PathOf,
}

/// Finds the path of what events have made.
pub(super) type PathOf = fn(&View, &[Event]) -> Option<String>;

/// The methods that routes use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE", expecting = "GET, POST, PUT, PATCH or DELETE")]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    pub(crate) const fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
    pub(super) fn router<H, T>(self, handler: H) -> MethodRouter<Arc<Server>>
    where
        H: Handler<T, Arc<Server>>,
        T: 'static,
    {
        match self {
            Self::Get => get(handler),
            Self::Post => post(handler),
            Self::Put => put(handler),
            Self::Patch => patch(handler),
            Self::Delete => delete(handler),
        }
    }
}

/// What a token must be good for. A session is good for everything.
pub(super) use crate::scope::Scope;

/// One route.
pub(crate) struct Route {
    pub(crate) method: Verb,
    /// Below [`super::ROOT`], as axum writes it: `/components/{component}`.
    pub(crate) path: &'static str,
    /// What it does, for people.
    pub(super) summary: &'static str,
    pub(super) scope: Scope,
    /// The schema whose properties are the parameters of path and query.
    pub(super) parameters: SchemaOf,
    pub(super) body: Option<SchemaOf>,
    pub(super) answer: Option<SchemaOf>,
    pub(super) work: Work,
    /// Whether it answers page by page.
    pub(super) paged: bool,
    /// Whether it answers of any moment.
    pub(super) of_any_moment: bool,
    /// Whether `If-Match` must name upon what it is done, where the work does not say so.
    pub(super) guarded: bool,
    /// Whether it is done once under an `Idempotency-Key`, where the work does not say so.
    pub(super) once: bool,
    /// Whether those who may import send it bodies as large as an import.
    pub(super) imports: bool,
    /// Whether it is done by a link, which may have ended.
    pub(super) by_link: bool,
    /// Whether it asks another server, which may be away.
    pub(super) asks_friends: bool,
    /// The media types of the body that it takes.
    pub(super) takes: &'static [&'static str],
    /// The media types of the answer that it gives.
    pub(super) gives: &'static [&'static str],
    /// What each line of the answer is, where it is no list of what the answer is otherwise.
    pub(super) line: Option<SchemaOf>,
}

pub(super) const JSON: &str = "application/json";
/// An organisation document or a template, which JSON is, too.
pub(super) const YAML: &str = "application/yaml";
/// A table.
pub(super) const CSV: &str = "text/csv";
/// A JSON value a line.
pub(super) const JSON_LINES: &str = "application/jsonl";

impl Route {
    /// One that has no body, and answers with no content.
    pub(super) fn new<P: Parameters>(
        (method, path): (Verb, &'static str),
        summary: &'static str,
        scope: Scope,
        work: Work,
    ) -> Self {
        Self {
            method,
            path,
            summary,
            scope,
            parameters: P::json_schema,
            body: None,
            answer: None,
            work,
            paged: false,
            of_any_moment: false,
            guarded: false,
            once: false,
            imports: false,
            by_link: false,
            asks_friends: false,
            takes: &[JSON],
            gives: &[JSON],
            line: None,
        }
    }
    /// The same, of any moment.
    pub(super) fn of_any_moment(&mut self) -> &mut Self {
        self.of_any_moment = true;
        self
    }
    /// The same, for what is named by `If-Match`.
    pub(super) fn guarded(&mut self) -> &mut Self {
        self.guarded = true;
        self
    }
    /// The same, done once under an `Idempotency-Key`.
    pub(super) fn once(&mut self) -> &mut Self {
        self.once = true;
        self
    }
    /// The same, for bodies as large as an import.
    pub(super) fn imports(&mut self) -> &mut Self {
        self.imports = true;
        self
    }
    /// The same, by a link that may have ended.
    pub(super) fn by_link(&mut self) -> &mut Self {
        self.by_link = true;
        self
    }
    /// The same, by asking another server.
    pub(super) fn asks_friends(&mut self) -> &mut Self {
        self.asks_friends = true;
        self
    }
    /// The same, with a body of these media types.
    pub(super) fn takes(&mut self, media_types: &'static [&'static str]) -> &mut Self {
        self.takes = media_types;
        self
    }
    /// The same, with an answer in lines where that is asked for.
    pub(super) fn or_lines_of<T: JsonSchema + 'static>(&mut self) -> &mut Self {
        self.line = Some(schema_of::<T>);
        self.gives(&[JSON, JSON_LINES])
    }
    /// The same, with an answer of these media types.
    pub(super) fn gives(&mut self, media_types: &'static [&'static str]) -> &mut Self {
        self.gives = media_types;
        self
    }
}

/// What of a change is answered: [`Change::of`], [`Change::guarded`] and [`Change::created`].
pub(super) type Answered = (&'static str, bool, Option<Created>);

/// Makes the command that a request means.
pub(super) type Build<P, B> = for<'v> fn(&'v View, P, B) -> Result<Command, Problem>;

/// The same of a text that the route reads by itself.
pub(super) type BuildByText<P> = for<'v> fn(&'v View, P, &[u8]) -> Result<Command, Problem>;

/// What the parameters of path and query are read into.
pub(super) trait Parameters: DeserializeOwned + JsonSchema + 'static {}
impl<T: DeserializeOwned + JsonSchema + 'static> Parameters for T {}

/// What a body is read into.
pub(super) trait Body: DeserializeOwned + JsonSchema + 'static {}
impl<T: DeserializeOwned + JsonSchema + 'static> Body for T {}
