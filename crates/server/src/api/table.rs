//! The table of routes, from which come what is served, its description, bulk requests and what-if.

use std::collections::HashMap;
use std::sync::Arc;

use axum::routing::MethodRouter;
use governance::{Event, View};
use percent_encoding::percent_decode_str;
use schemars::JsonSchema;
use serde::Serialize;

use super::body;
use super::route::{
    Answered, Body, Build, BuildByText, Change, ChangeWork, Created, JSON, Parameters, PathOf, Route, Rows,
    SchemaOf, Scope, Verb, Work, YAML, schema_of,
};
use crate::problem::Problem;
use crate::router::Server;

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

    /// Whether what is at a path, as axum writes it below [`super::ROOT`], takes bodies as long as imports.
    pub(crate) fn imports(&self, path: &str) -> bool {
        self.routes.iter().any(|route| route.imports && route.path == path)
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
        let work =
            Work::Read(Box::new(move |view, pairs| body::json(&read(view, body::parameters(path, pairs)?)?)));
        self.add(Route {
            answer: Some(schema_of::<T>),
            of_any_moment: true,
            ..Route::new::<P>((Verb::Get, path), summary, Scope::Read, work)
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
        let work = Work::List(Box::new(move |view, pairs, after, limit| {
            let first = after.map_or(0, |after| after.saturating_add(1));
            let mut rows = list(view, body::parameters(path, pairs)?, first)?;
            let page: Vec<(u64, T)> = rows.by_ref().take(limit).collect();
            let more = rows.next().is_some();
            let next = page.last().filter(|_| more).map(|(place, _)| *place);
            let items: Vec<&T> = page.iter().map(|(_, item)| item).collect();
            Ok((body::json(&items)?, next))
        }));
        self.add(Route {
            answer: Some(schema_of::<T>),
            paged: true,
            of_any_moment: true,
            ..Route::new::<P>((Verb::Get, path), summary, Scope::Read, work)
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
            body: (!body::is_nothing::<B>()).then_some(schema_of::<B>),
            answer: (!body::is_nothing::<T>()).then_some(schema_of::<T>),
            ..Route::new::<P>((method, path), summary, scope, Work::Own(handler))
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
        let work = Work::Change(Change { build, of, guarded, created, report: None });
        self.add(Route { body, ..Route::new::<P>((method, path), summary, Scope::Write, work) })
    }
}
