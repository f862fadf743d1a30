//! Every route, in one place.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use governance::{GroupSet, Organisation, UserId};
use tokio::sync::Semaphore;

use crate::baseline_run::BaselineRuns;
use crate::config::{Config, Metrics as Show};
use crate::edge::Edge;
use crate::friends::{Failing, KeysShown};
use crate::health::Health;
use crate::local_configurations::Applications;
use crate::mail::Post;
use crate::metrics::{self, Metrics};
use crate::oauth::{self, Guesses, Handshakes, KeyRequests};
use crate::office::Office;
use crate::password::Passwords;
use crate::peer::Peers;
use crate::problem::{Kind, Problem};
use crate::process_sharing::ProcessSharing;
use crate::registry::{Directory, Provider, Providers};
use crate::routes::Routes;
use crate::vault::Vault;
use crate::{
    access, api, asset, compression, cross_site, edge, explain, health, pages, revision, root_services,
};

/// What handlers share.
pub(crate) struct Server {
    pub(crate) office: Arc<Office>,
    pub(crate) config: Config,
    pub(crate) passwords: Passwords,
    /// Explaining a refusal tries many changes out: a few at a time do.
    pub(crate) explaining: Arc<Semaphore>,
    /// So is telling who gains and who loses by what somebody is typing: nobody who asks why waits for it.
    pub(crate) weighing: Arc<Semaphore>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) searches: access::Searches,
    pub(crate) baseline_runs: Arc<BaselineRuns>,
    pub(crate) providers: Providers,
    /// The directory that tells who people are.
    pub(crate) directory: Option<Directory>,
    /// Sends mail, if a mail server is configured.
    pub(crate) post: Option<Arc<Post>>,
    /// Asks other servers.
    pub(crate) peers: Peers,
    /// Those of them that fail.
    pub(crate) failing: Failing,
    pub(crate) vault: Vault,
    pub(crate) handshakes: Handshakes,
    pub(crate) keys_shown: KeysShown,
    /// Held while a friend is added.
    pub(crate) adding_friend: tokio::sync::Mutex<()>,
    pub(crate) key_requests: KeyRequests,
    pub(crate) guesses: Guesses,
    pub(crate) sharing: ProcessSharing,
}

const EXPLAINED_AT_A_TIME: usize = 2;
const WEIGHED_AT_A_TIME: usize = 2;

impl Server {
    pub(crate) fn new(
        office: Arc<Office>,
        config: Config,
        metrics: Arc<Metrics>,
        post: Option<Arc<Post>>,
    ) -> Arc<Self> {
        let explaining = Arc::new(Semaphore::new(EXPLAINED_AT_A_TIME));
        let providers = Providers::new(&config);
        Arc::new(Self {
            peers: Peers::new(&config.friends),
            failing: Failing::default(),
            vault: Vault::new(&config),
            handshakes: Handshakes::default(),
            keys_shown: KeysShown::default(),
            adding_friend: tokio::sync::Mutex::default(),
            key_requests: KeyRequests::default(),
            guesses: Guesses::default(),
            sharing: ProcessSharing::default(),
            directory: config.ldap.clone().map(Directory::new),
            office,
            config,
            passwords: Passwords::default(),
            explaining,
            weighing: Arc::new(Semaphore::new(WEIGHED_AT_A_TIME)),
            metrics,
            searches: access::Searches::default(),
            // None keeps local configurations for this server yet.
            baseline_runs: BaselineRuns::new(Applications::default()),
            providers,
            post,
        })
    }

    /// The user who may sign in with this id.
    pub(crate) fn user_who_signs_in(&self, id: &str) -> Option<UserId> {
        let user = self.newest(|organisation| organisation.user_who_signs_in(id))?;
        Some(user).filter(|user| !self.is_kept_out(*user))
    }
    /// Whether a user who has signed in still may.
    pub(crate) fn signs_in(&self, user: UserId) -> bool {
        self.newest(|organisation| {
            let id = organisation.user(user).map(|user| &user.id);
            id.and_then(|id| organisation.user_who_signs_in(id)) == Some(user)
        }) && !self.is_kept_out(user)
    }
    /// Whether a registry that says who is in which repository group has put a person into none. Nothing that
    /// they were given before lets them in.
    fn is_kept_out(&self, user: UserId) -> bool {
        self.newest(|organisation| {
            let user = organisation.user(user).filter(|user| user.groups == GroupSet::default());
            let registered = user.and_then(|user| user.registered.as_ref());
            registered.is_some_and(|it| {
                let directory = self.directory.as_ref().map(Directory::config);
                let directory = directory.filter(|config| config.name == it.registry);
                directory.is_some_and(|config| !config.groups.is_empty())
                    || self.providers.named(&it.registry).is_some_and(Provider::maps_groups)
            })
        })
    }
    /// Whether the configuration names a registry.
    pub(crate) fn knows_registry(&self, name: &str) -> bool {
        let directory = self.directory.as_ref().map(Directory::config);
        directory.is_some_and(|config| *config.name == *name) || self.providers.named(name).is_some()
    }
    /// Whether a user, be it a person or not, is there and not archived.
    pub(crate) fn is_active(&self, user: UserId) -> bool {
        self.newest(|organisation| organisation.user(user).is_some_and(|user| !user.archived))
    }
    /// Whether there is anybody who administers this server.
    pub(crate) fn is_administered(&self) -> bool {
        self.newest(|organisation| organisation.server_administrators().next().is_some())
    }
    fn newest<T>(&self, ask: impl FnOnce(&Organisation) -> T) -> T {
        ask(&self.office.published().organisation)
    }
}

/// The method and path of every route that a server may serve, on whichever listener.
pub fn routes() -> Vec<(Method, String)> {
    [decisions().told(), asked().told(), health::routes().told(), metrics::routes().told()].concat()
}

/// What programs ask all the time, and is answered in a few bytes.
fn decisions() -> Routes<Arc<Server>> {
    Routes::new()
        .post(access::EVALUATION.1, access::evaluation)
        .post(access::EVALUATIONS.1, access::evaluations)
}

/// What else asks the organisation.
fn asked() -> Routes<Arc<Server>> {
    Routes::new()
        .get("/explain", explain::by_accept)
        .get("/explain.json", explain::json)
        .post(access::SUBJECTS.1, access::subjects)
        .post(access::RESOURCES.1, access::resources)
        .post(access::ACTIONS.1, access::actions)
        .get("/.well-known/authzen-configuration", access::configuration)
        .get("/static/{name}", asset::get)
        .merge(pages::routes())
        .merge(oauth::routes())
        .merge(root_services::routes())
        .merge(api::routes())
}

pub(crate) fn router(server: Arc<Server>, edge: Arc<Edge>, health: Arc<Health>) -> Router {
    let metrics = match &server.config.metrics {
        Show { listen: None, token: Some(token) } => {
            metrics::routes().into_router().with_state((Arc::clone(&server.metrics), Some(token.clone())))
        }
        // They have a listener of their own, or nobody is to see them.
        Show { .. } => Router::default(),
    };
    asked()
        .into_router()
        .layer(from_fn_with_state(Arc::clone(&server), compression::compress))
        .merge(decisions().into_router())
        .layer(from_fn_with_state(Arc::clone(&server), oauth::pass))
        .layer(from_fn_with_state(Arc::clone(&server), revision::wait))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::new(Kind::Method, "see the Allow header"))
        .merge(health::routes().into_router().with_state(health))
        .merge(metrics)
        .layer(from_fn_with_state(Arc::clone(&server), pages::framed))
        .layer(DefaultBodyLimit::max(server.config.limits.body))
        .layer(from_fn_with_state(Arc::clone(&server), cross_site::pass))
        .layer(from_fn_with_state(edge, edge::pass))
        .with_state(server)
}
