//! Every route, in one place.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use governance::{Organisation, UserId};
use tokio::sync::Semaphore;

use crate::config::{Config, Metrics as Show};
use crate::edge::Edge;
use crate::health::Health;
use crate::metrics::{self, Metrics};
use crate::office::Office;
use crate::password::Passwords;
use crate::problem::{Kind, Problem};
use crate::{access, api, asset, edge, explain, health, pages, revision};

/// What handlers share.
pub(crate) struct Server {
    pub(crate) office: Arc<Office>,
    pub(crate) config: Config,
    pub(crate) passwords: Passwords,
    /// Explaining a refusal tries many changes out: a few at a time do.
    pub(crate) explaining: Arc<Semaphore>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) searches: access::Searches,
}

const EXPLAINED_AT_A_TIME: usize = 2;
const LARGEST_FORM: usize = 16 << 10;

impl Server {
    pub(crate) fn new(office: Arc<Office>, config: Config, metrics: Arc<Metrics>) -> Arc<Self> {
        let explaining = Arc::new(Semaphore::new(EXPLAINED_AT_A_TIME));
        Arc::new(Self {
            office,
            config,
            passwords: Passwords::default(),
            explaining,
            metrics,
            searches: access::Searches::default(),
        })
    }

    /// The user who may sign in with this id.
    pub(crate) fn user_who_signs_in(&self, id: &str) -> Option<UserId> {
        self.newest(|organisation| organisation.user_who_signs_in(id))
    }
    /// Whether a user who has signed in still may.
    pub(crate) fn signs_in(&self, user: UserId) -> bool {
        self.newest(|organisation| {
            let id = organisation.user(user).map(|user| &user.id);
            id.and_then(|id| organisation.user_who_signs_in(id)) == Some(user)
        })
    }
    /// Whether there is anybody who could sign in.
    pub(crate) fn has_users(&self) -> bool {
        self.newest(|organisation| organisation.users().next().is_some())
    }
    fn newest<T>(&self, ask: impl FnOnce(&Organisation) -> T) -> T {
        ask(&self.office.published().organisation)
    }
}

pub(crate) fn router(server: Arc<Server>, edge: Arc<Edge>, health: Arc<Health>) -> Router {
    let forms = Router::new()
        .route("/sign-in", get(pages::sign_in::show).post(pages::sign_in::sign_in))
        .route("/sign-out", post(pages::sign_in::sign_out))
        .route("/first-start", get(pages::first_start::show).post(pages::first_start::make))
        .route("/set-password", get(pages::set_password::show).post(pages::set_password::set))
        .route("/password", get(pages::password::show).post(pages::password::change))
        .layer(DefaultBodyLimit::max(LARGEST_FORM));
    let metrics = match &server.config.metrics {
        Show { listen: None, token: Some(token) } => {
            metrics::router(Arc::clone(&server.metrics), Some(token.clone()))
        }
        // They have a listener of their own, or nobody is to see them.
        Show { .. } => Router::new(),
    };
    Router::new()
        .route("/", get(pages::why::show))
        .route("/explain", get(explain::by_accept))
        .route("/explain.json", get(explain::json))
        .route(access::EVALUATION.1, post(access::evaluation))
        .route(access::EVALUATIONS.1, post(access::evaluations))
        .route(access::SUBJECTS.1, post(access::subjects))
        .route(access::RESOURCES.1, post(access::resources))
        .route(access::ACTIONS.1, post(access::actions))
        .route("/.well-known/authzen-configuration", get(access::configuration))
        .route("/static/{name}", get(asset::get))
        .merge(forms)
        .merge(api::router())
        .layer(from_fn_with_state(Arc::clone(&server), revision::wait))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::new(Kind::Method, "see the Allow header"))
        .merge(health::router(health))
        .merge(metrics)
        .layer(DefaultBodyLimit::max(server.config.limits.body))
        .layer(from_fn_with_state(edge, edge::pass))
        .with_state(server)
}
