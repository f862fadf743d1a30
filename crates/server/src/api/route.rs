//! The table of routes: what each takes, gives and does.

use std::collections::HashMap;

use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use governance::{Command, Event, View};
use percent_encoding::percent_decode_str;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::body;
use crate::problem::Problem;
use crate::router::Server;

/// The names and values of a path and a query, decoded.
pub(super) type Pairs = [(String, String)];

/// A type's schema, when somebody asks for it.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The items of a list, each with its place, from which the next page goes on.
pub(super) type Rows<'v, T> = Box<dyn Iterator<Item = (u64, T)> + 'v>;

type ReadWork = Box<dyn Fn(&View, &Pairs) -> Result<Vec<u8>, Problem> + Send + Sync>;
type ListWork =
    Box<dyn Fn(&View, &Pairs, Option<u64>, usize) -> Result<(Vec<u8>, Option<u64>), Problem> + Send + Sync>;
type ReportWork = Box<dyn Fn(&View, &Pairs, &[u8], &[Event]) -> Result<Vec<u8>, Problem> + Send + Sync>;
type ChangeWork = Box<dyn Fn(&View, &Pairs, &[u8]) -> Result<Command, Problem> + Send + Sync>;

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

/// Every route of the API.
#[derive(Default)]
pub(crate) struct Api {
    /// What is said of each noun, and the place of its first route.
    nouns: Vec<(&'static str, &'static str, usize)>,
    routes: Vec<Route>,
    by_path: matchit::Router<HashMap<Verb, usize>>,
}

impl Api {
    pub(crate) fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// What follows are the routes of this noun.
    pub(super) fn begin(&mut self, noun: &'static str, said: &'static str) {
        self.nouns.push((noun, said, self.routes.len()));
    }

    /// The nouns, what is said of each, and its routes.
    pub(super) fn nouns(&self) -> impl Iterator<Item = (&'static str, &'static str, &[Route])> {
        let ends = self.nouns.iter().skip(1).map(|(.., first)| *first).chain([self.routes.len()]);
        self.nouns
            .iter()
            .zip(ends)
            .map(|((noun, said, first), end)| (*noun, *said, &self.routes[*first..end]))
    }

    /// The route of a path below [`super::ROOT`], and the names and values in the path.
    pub(super) fn at(&self, method: Verb, path: &str) -> Option<(&Route, Vec<(String, String)>)> {
        let found = self.by_path.at(path).ok()?;
        let route = self.routes.get(*found.value.get(&method)?)?;
        let decoded = |(name, value): (&str, &str)| {
            let value = percent_decode_str(value).decode_utf8().ok()?;
            Some((name.to_owned(), value.into_owned()))
        };
        let pairs = found.params.iter().map(decoded).collect::<Option<_>>()?;
        Some((route, pairs))
    }

    /// Whether there is something at a path below [`super::ROOT`], for whichever method.
    pub(super) fn has(&self, path: &str) -> bool {
        self.by_path.at(path).is_ok()
    }

    /// The route that reads what is at the path of another.
    pub(super) fn reads(&self, path: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.method == Verb::Get && route.path == path)
    }

    pub(super) fn add(&mut self, route: Route) -> &mut Route {
        let at = self.routes.len();
        match self.by_path.at_mut(route.path) {
            Ok(found) if self.routes.iter().any(|other| other.path == route.path) => {
                found.value.insert(route.method, at);
            }
            Ok(_) | Err(_) => {
                let methods = HashMap::from([(route.method, at)]);
                // INVARIANT: paths are literals of this crate; a test makes the table.
                self.by_path.insert(route.path, methods).expect("paths do not contradict each other");
            }
        }
        self.routes.push(route);
        &mut self.routes[at]
    }

    /// Reads what is at a path.
    pub(super) fn read<P, T>(
        &mut self,
        path: &'static str,
        summary: &'static str,
        read: for<'v> fn(&'v View, P) -> Result<T, Problem>,
    ) where
        P: Parameters,
        T: Serialize + JsonSchema + 'static,
    {
        self.add(Route {
            method: Verb::Get,
            path,
            summary,
            scope: Scope::Read,
            parameters: P::json_schema,
            body: None,
            answer: Some(schema_of::<T>),
            paged: false,
            of_any_moment: true,
            guarded: false,
            once: false,
            takes: &[],
            gives: &[JSON],
            line: None,
            work: Work::Read(Box::new(move |view, pairs| {
                body::json(&read(view, body::parameters(path, pairs)?)?)
            })),
        });
    }

    /// Lists what is at a path, from the place `after` on.
    pub(super) fn list<P, T>(
        &mut self,
        path: &'static str,
        summary: &'static str,
        list: for<'v> fn(&'v View, P, u64) -> Result<Rows<'v, T>, Problem>,
    ) where
        P: Parameters,
        T: Serialize + JsonSchema + 'static,
    {
        self.add(Route {
            method: Verb::Get,
            path,
            summary,
            scope: Scope::Read,
            parameters: P::json_schema,
            body: None,
            answer: Some(schema_of::<T>),
            paged: true,
            of_any_moment: true,
            guarded: false,
            once: false,
            takes: &[],
            gives: &[JSON],
            line: None,
            work: Work::List(Box::new(move |view, pairs, after, limit| {
                let first = after.map_or(0, |after| after.saturating_add(1));
                let mut rows = list(view, body::parameters(path, pairs)?, first)?;
                let page: Vec<(u64, T)> = rows.by_ref().take(limit).collect();
                let more = rows.next().is_some();
                let next = page.last().filter(|_| more).map(|(place, _)| *place);
                let items: Vec<&T> = page.iter().map(|(_, item)| item).collect();
                Ok((body::json(&items)?, next))
            })),
        });
    }

    /// Makes something below a path, which is then read at another.
    pub(super) fn create<P: Parameters, B: Body>(
        &mut self,
        (below, read_at): (&'static str, &'static str),
        summary: &'static str,
        build: Build<P, B>,
        path: PathOf,
    ) {
        let created = Created { read_at, path };
        self.add_change(Verb::Post, below, summary, build, (below, false, Some(created)));
    }

    /// Changes, replaces or removes what is at a path, which `If-Match` must name.
    pub(super) fn change<P: Parameters, B: Body>(
        &mut self,
        method: Verb,
        path: &'static str,
        summary: &'static str,
        build: Build<P, B>,
    ) {
        self.add_change(method, path, summary, build, (path, true, None));
    }

    /// Makes something below a path, as a text of this schema says.
    pub(super) fn create_by_text<P: Parameters, T: JsonSchema>(
        &mut self,
        (below, read_at): (&'static str, &'static str),
        summary: &'static str,
        build: BuildByText<P>,
        path: PathOf,
    ) {
        let created = Created { read_at, path };
        self.add_by_text::<P, T>(Verb::Post, below, summary, build, (below, false, Some(created)));
    }

    /// Puts what a text of this schema says at a path; what is there `If-Match` must name.
    pub(super) fn put_by_text<P: Parameters, T: JsonSchema>(
        &mut self,
        path: &'static str,
        summary: &'static str,
        build: BuildByText<P>,
    ) {
        self.add_by_text::<P, T>(Verb::Put, path, summary, build, (path, true, None));
    }

    fn add_by_text<P: Parameters, T: JsonSchema>(
        &mut self,
        method: Verb,
        path: &'static str,
        summary: &'static str,
        build: BuildByText<P>,
        answered: Answered,
    ) {
        let work: ChangeWork =
            Box::new(move |view, pairs, text| build(view, body::parameters(path, pairs)?, text));
        self.add_work::<P>(method, path, summary, (Some(schema_of::<T>), work), answered)
            .takes(&[JSON, YAML]);
    }

    /// Sets or removes what has no content of its own: nobody's change can be lost by it.
    pub(super) fn mark<P: Parameters, B: Body>(
        &mut self,
        method: Verb,
        path: &'static str,
        summary: &'static str,
        build: Build<P, B>,
    ) {
        self.add_change(method, path, summary, build, (path, false, None));
    }

    /// Does something to what is at the path above: `/components/{component}/archive`.
    pub(super) fn act<P: Parameters, B: Body>(
        &mut self,
        path: &'static str,
        summary: &'static str,
        build: Build<P, B>,
    ) {
        let above = path.rsplit_once('/').map_or(path, |(above, _)| above);
        self.add_change(Verb::Post, path, summary, build, (above, false, None));
    }

    /// Does something to what is at the path above, and tells what has become of it.
    pub(super) fn report<P: Parameters, B: Body, T: Serialize + JsonSchema + 'static>(
        &mut self,
        path: &'static str,
        summary: &'static str,
        build: Build<P, B>,
        report: for<'v> fn(&'v View, P, B, &[Event]) -> Result<T, Problem>,
    ) {
        let above = path.rsplit_once('/').map_or(path, |(above, _)| above);
        let route = self.add_change(Verb::Post, path, summary, build, (above, false, None));
        route.answer = Some(schema_of::<T>);
        if let Work::Change(change) = &mut route.work {
            change.report = Some(Box::new(move |view, pairs, text, events| {
                let told = report(view, body::parameters(path, pairs)?, body::parse(text)?, events)?;
                body::json(&told)
            }));
        }
    }

    /// Does something of its own; the handler reads parameters and body by itself, by the same schemas. Where
    /// it answers [`body::Nothing`], there is no content.
    pub(super) fn own<P: Parameters, B: Body, T: JsonSchema + 'static>(
        &mut self,
        (method, path): (Verb, &'static str),
        summary: &'static str,
        scope: Scope,
        handler: fn() -> MethodRouter<Arc<Server>>,
    ) -> &mut Route {
        self.add(Route {
            method,
            path,
            summary,
            scope,
            parameters: P::json_schema,
            body: (!body::is_nothing::<B>()).then_some(schema_of::<B>),
            answer: (!body::is_nothing::<T>()).then_some(schema_of::<T>),
            paged: false,
            work: Work::Own(handler),
            of_any_moment: false,
            guarded: false,
            once: false,
            takes: &[JSON],
            gives: &[JSON],
            line: None,
        })
    }

    /// The same, page by page: `cursor` and `limit` are in what the handler gets as `Asked`.
    pub(super) fn own_paged<P: Parameters, B: Body, T: JsonSchema + 'static>(
        &mut self,
        (method, path): (Verb, &'static str),
        summary: &'static str,
        scope: Scope,
        handler: fn() -> MethodRouter<Arc<Server>>,
    ) -> &mut Route {
        let route = self.own::<P, B, T>((method, path), summary, scope, handler);
        route.paged = true;
        route
    }

    fn add_change<P: Parameters, B: Body>(
        &mut self,
        method: Verb,
        path: &'static str,
        summary: &'static str,
        build: Build<P, B>,
        answered: Answered,
    ) -> &mut Route {
        let work: ChangeWork = Box::new(move |view, pairs, text| {
            build(view, body::parameters(path, pairs)?, body::parse(text)?)
        });
        let schema: Option<SchemaOf> = (!body::is_nothing::<B>()).then_some(schema_of::<B>);
        self.add_work::<P>(method, path, summary, (schema, work), answered)
    }

    fn add_work<P: Parameters>(
        &mut self,
        method: Verb,
        path: &'static str,
        summary: &'static str,
        (body, build): (Option<SchemaOf>, ChangeWork),
        (of, guarded, created): Answered,
    ) -> &mut Route {
        self.add(Route {
            method,
            path,
            summary,
            scope: Scope::Write,
            parameters: P::json_schema,
            body,
            answer: None,
            paged: false,
            of_any_moment: false,
            guarded: false,
            once: false,
            takes: &[JSON],
            gives: &[JSON],
            line: None,
            work: Work::Change(Change { build, of, guarded, created, report: None }),
        })
    }
}

/// What of a change is answered: [`Change::of`], [`Change::guarded`] and [`Change::created`].
type Answered = (&'static str, bool, Option<Created>);

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
