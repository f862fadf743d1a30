//! Handlers of one type. Axum's routing is generic over each: for hundreds of them, the compiler would write
//! and check it anew for every one, which took half of its time for this crate.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::{self, MethodRouter};

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// What answers a request, whatever it takes out of it.
#[derive(Clone)]
struct Erased<S>(Arc<dyn Fn(Request, S) -> Answering + Send + Sync>);

impl<S: 'static> Erased<S> {
    fn new<H: Handler<T, S>, T: 'static>(handler: H) -> Self {
        Self(Arc::new(move |request, state| Box::pin(handler.clone().call(request, state))))
    }
}

impl<S: Clone + Send + Sync + 'static> Handler<(), S> for Erased<S> {
    type Future = Answering;

    fn call(self, request: Request, state: S) -> Answering {
        (self.0)(request, state)
    }
}

macro_rules! of_methods {
    ($($method:ident)*) => { $(
        /// The same as axum's.
        pub(crate) fn $method<H, T, S>(handler: H) -> MethodRouter<S>
        where
            H: Handler<T, S>,
            T: 'static,
            S: Clone + Send + Sync + 'static,
        {
            routing::$method(Erased::new(handler))
        }
    )* };
}
of_methods!(get post put patch delete);
