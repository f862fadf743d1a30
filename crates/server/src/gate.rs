//! What answers: the router, once the organisation is loaded, and until then a few words.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::Request;
use axum::http::header::RETRY_AFTER;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};

use crate::edge::{self, Edge};
use crate::health::{self, Health};
use crate::listen::Answer;
use crate::problem::{Kind, Problem};

/// What answers now.
#[derive(Clone)]
pub(crate) struct Gate(Arc<ArcSwap<Router>>);

impl Gate {
    /// Nothing is loaded yet.
    pub(crate) fn closed(edge: Arc<Edge>, health: Arc<Health>) -> Self {
        let loading = async || {
            let problem = Problem::new(Kind::Busy, "the organisation is being loaded; try again in a moment");
            ([(RETRY_AFTER, "1")], problem).into_response()
        };
        let router = health::routes()
            .into_router()
            .with_state(health)
            .fallback(loading)
            .layer(from_fn_with_state(edge, edge::pass));
        Self(Arc::new(ArcSwap::from_pointee(router)))
    }

    /// From now on this answers.
    pub(crate) fn open(&self, router: Router) {
        self.0.store(Arc::new(router));
    }
}

impl Answer for Gate {
    async fn answer(self, request: Request) -> Response {
        Router::clone(&self.0.load()).answer(request).await
    }
}
