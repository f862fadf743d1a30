//! A request to the API, with what all of them can say.

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;
use governance::View;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use store::Revision;

use super::body::{self, bad_query};
use super::cursor::{self, List};
use crate::caller::Caller;
use crate::past::as_of;
use crate::problem::Problem;
use crate::router::Server;

/// The names and values of a request's path and query.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// The path, with the names of its parameters.
    pub(super) path: String,
    /// Those that the route knows.
    pub(super) pairs: Vec<(String, String)>,
    /// The moment at which the organisation is read, instead of now.
    pub(super) as_of: Option<String>,
    /// What the page before gave as `next`.
    pub(super) cursor: Option<String>,
    pub(super) limit: usize,
}

impl Asked {
    /// Takes what every route understands out of a query.
    pub(super) fn new(path: &str, mut pairs: Vec<(String, String)>, query: &str) -> Result<Self, Problem> {
        let mut taken: [Option<String>; 3] = [None, None, None];
        let in_path = pairs.len();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = ["as_of", "cursor", "limit"].iter().position(|it| *it == name);
            match place {
                Some(at) if taken[at].is_some() => return Err(bad_query(&name, "it is there twice")),
                Some(at) => taken[at] = Some(value.into_owned()),
                None if pairs[..in_path].iter().any(|(known, _)| *known == name) => {
                    return Err(bad_query(&name, "the path says it already"));
                }
                None => pairs.push((name.into_owned(), value.into_owned())),
            }
        }
        let [as_of, cursor, limit] = taken;
        let limit = cursor::limit(limit.as_deref())?;
        Ok(Self { path: path.to_owned(), pairs, as_of, cursor, limit })
    }
}

impl Asked {
    /// What the caller sees of the organisation at the moment that is meant, and its revision.
    pub(super) async fn view(&self, server: &Server, caller: &Caller) -> Result<(View, Revision), Problem> {
        match &self.as_of {
            Some(moment) => as_of(&server.office, &caller.view, moment).await,
            None => Ok((caller.view.clone(), caller.revision)),
        }
    }

    /// The list that is asked for, if it is one.
    pub(super) fn list(&self) -> List {
        List::of(&self.path, &self.pairs)
    }

    /// The place that the cursor means.
    pub(super) fn place(&self) -> Result<Option<u64>, Problem> {
        self.cursor.as_deref().map(|cursor| self.list().place(cursor)).transpose()
    }

    /// The parameters of something that knows no other moment.
    pub(super) fn parameters<P: DeserializeOwned>(&self) -> Result<P, Problem> {
        self.only_now()?;
        body::parameters(&self.path, &self.pairs)
    }

    /// For what knows no other moment.
    pub(super) fn only_now(&self) -> Result<(), Problem> {
        match &self.as_of {
            Some(_) => Err(bad_query("as_of", "this can only be done as things are now")),
            None => Ok(()),
        }
    }
}

impl FromRequestParts<Arc<Server>> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let path = RawPathParams::from_request_parts(parts, server).await;
        let path = path.map_err(|_| Problem::not_found())?;
        let route = parts.extensions.get::<MatchedPath>().map_or(parts.uri.path(), MatchedPath::as_str);
        let pairs = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self::new(route, pairs, parts.uri.query().unwrap_or_default())
    }
}
