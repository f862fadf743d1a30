//! Routes that can be told: what is served is what this table tells, which axum's own router does not.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse as _;
use axum::routing::MethodRouter;

use crate::handler::{get, post};
use crate::transfer::refuse_longer;

/// Routes, and what answers them. A router is made of nothing else (`cargo xtask tidy`), so that a test can
/// try every one.
pub(crate) struct Routes<S> {
    told: Vec<(Method, String)>,
    router: Router<S>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    pub(crate) fn new() -> Self {
        Self { told: Vec::new(), router: Router::new() }
    }

    /// `HEAD` comes with it.
    pub(crate) fn get<H: Handler<T, S>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.on(Method::GET, path, get(handler))
    }
    pub(crate) fn post<H: Handler<T, S>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.on(Method::POST, path, post(handler))
    }
    /// The handler answers this method and no other.
    pub(crate) fn on(mut self, method: Method, path: &str, handler: MethodRouter<S>) -> Self {
        self.told.push((method, path.to_owned()));
        Self { told: self.told, router: self.router.route(path, handler) }
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.told.extend(other.told);
        Self { told: self.told, router: self.router.merge(other.router) }
    }
    /// The same, which read bodies of so many bytes at most.
    pub(crate) fn with_bodies_up_to(self, bytes: usize) -> Self {
        let within = from_fn(move |request: Request, next: Next| async move {
            match refuse_longer(bytes, request.headers()) {
                Ok(()) => next.run(request).await,
                Err(problem) => problem.into_response(),
            }
        });
        Self { told: self.told, router: self.router.layer(DefaultBodyLimit::max(bytes)).layer(within) }
    }

    /// The method and path of each, the path as axum writes it: `/static/{name}`.
    pub(crate) fn told(self) -> Vec<(Method, String)> {
        self.told
    }
    pub(crate) fn into_router(self) -> Router<S> {
        self.router
    }
}
