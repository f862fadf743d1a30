//! Signing in and out by a provider of identities.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use governance::UserId;

use super::form::Fields;
use super::sign_in::{again, enter, sentence, within};
use super::{Frame, with_status_of};
use crate::cookie::{PROVIDER, is_secure};
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::registry::{CameBack, NotLetIn, NotShown, Provider, let_in, next_of};
use crate::router::Server;
use crate::secret::TokenHash;
use crate::session::By;
use crate::sign_in::{NoEntry, may_show_secret, not_entered, unknown_secret};

/// Somebody who goes to a provider comes back within so many seconds.
const GONE_FOR: u64 = 15 * 60;

fn find<'a>(server: &'a Server, name: &str) -> Result<&'a Provider, Problem> {
    server.providers.named(name).ok_or_else(Problem::not_found)
}

/// Sends somebody to the provider.
pub(crate) async fn begin(
    State(server): State<Arc<Server>>,
    place: Place,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let provider = find(&server, &name)?;
    let query = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let next = within(query.get("next"));
    match provider.begin(next).await {
        Ok(begun) => {
            let cookie = PROVIDER.set(&begun.cookie, GONE_FOR, is_secure(&server.config, place.client));
            Ok(([(SET_COOKIE, cookie)], Redirect::to(&begun.address)).into_response())
        }
        Err(not_shown) => Ok(not_in(&server, provider, &place, next, not_shown.into()).await),
    }
}

/// Somebody comes back from the provider.
pub(crate) async fn finish(
    State(server): State<Arc<Server>>,
    place: Place,
    Path(name): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let provider = find(&server, &name)?;
    let secure = is_secure(&server.config, place.client);
    let cookie = PROVIDER.value(&headers, secure).unwrap_or_default();
    let next = next_of(cookie);
    let next = within(&next);
    let query = Fields::read(uri.query().unwrap_or_default().as_bytes());
    let back = CameBack {
        code: query.get("code"),
        state: query.get("state"),
        issuer: query.get("iss"),
        error: query.get("error"),
    };
    let went = match identify(&server, provider, &place, cookie, back).await {
        Ok((user, by)) => {
            server.metrics.signed_in(true);
            enter(&server, place.client, &headers, (user, None), by, next).await?
        }
        Err(no_way_in) => not_in(&server, provider, &place, next, no_way_in).await,
    };
    // What was begun has ended, be it well or not.
    let forget = PROVIDER.set("", 0, secure);
    Ok((AppendHeaders([(SET_COOKIE, forget)]), went).into_response())
}

/// Why somebody does not get in by a provider.
enum NoWayIn {
    NotShown(NotShown),
    /// Whom.
    NotLetIn(String, NotLetIn),
}

impl From<NotShown> for NoWayIn {
    fn from(not_shown: NotShown) -> Self {
        Self::NotShown(not_shown)
    }
}

async fn identify(
    server: &Arc<Server>,
    provider: &Provider,
    place: &Place,
    cookie: &str,
    back: CameBack<'_>,
) -> Result<(UserId, By), NoWayIn> {
    let identity = provider.finish(cookie, back).await?;
    let not_let_in = |why| NoWayIn::NotLetIn(identity.person.id.to_string(), why);
    let user = let_in(server, identity.person.clone(), place.client).await.map_err(not_let_in)?;
    Ok((user, By::Provider { name: provider.name().to_owned(), provided: identity.provided }))
}

/// The sign-in page with what went wrong; the log of refusals has the reason.
async fn not_in(
    server: &Server,
    provider: &Provider,
    place: &Place,
    next: &str,
    no_way_in: NoWayIn,
) -> Response {
    let title = provider.title();
    let (by, kind, said, cause) = match no_way_in {
        NoWayIn::NotLetIn(_, NotLetIn::Change(error)) => return Problem::not_made(error).into_response(),
        NoWayIn::NotShown(error @ NotShown::Unavailable { .. }) => {
            tracing::warn!(%error, "nobody can sign in by it");
            let said = format!("{title} cannot be asked at the moment; try again in a while");
            let problem = Problem::new(Kind::RegistryAway, said);
            let page = again(server, next, sentence(&problem.detail));
            return with_status_of(problem, page);
        }
        NoWayIn::NotShown(NotShown::Refused(error)) => {
            let said = format!("{title} has not let you in, or you have turned back there");
            (None, Kind::SignIn, said, format!("it answered `{error}`"))
        }
        NoWayIn::NotShown(NotShown::Wrong(cause)) => {
            let said = format!("what {title} has answered cannot be used; begin once more");
            (None, Kind::SignIn, said, cause)
        }
        NoWayIn::NotLetIn(id, not_let_in) => {
            let said = format!("{title} knows you, and you are not let in here; ask an administrator");
            (Some(id), Kind::Refused, said, not_let_in.to_string())
        }
    };
    tracing::info!(provider = provider.name(), cause, "somebody could not sign in by a provider");
    let what = format!("sign in by {}: {cause}", provider.name());
    match not_entered(server, &what, by.as_deref(), place).await {
        NoEntry::Wrong => {
            let problem = Problem::new(kind, said);
            let page = again(server, next, sentence(&problem.detail));
            with_status_of(problem, page)
        }
        other => Problem::from(other).into_response(),
    }
}

/// The provider says that a session has ended there (OpenID Connect Back-Channel Logout).
pub(crate) async fn ended_there(
    State(server): State<Arc<Server>>,
    place: Place,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let provider = find(&server, &name)?;
    // The provider is asked for its keys where it has signed by others.
    may_show_secret(&server, &format!("sign out by {}", provider.name()), &place).await?;
    match provider.ended(fields.get("logout_token")).await {
        Ok(ended) => {
            let store = server.office.store();
            let users = store.end_sessions_of_registry(provider.name(), ended.here()).await?;
            let ended = users.len();
            tracing::info!(provider = provider.name(), ended, "sessions have ended at the provider");
            for user in users.into_iter().collect::<BTreeSet<_>>() {
                server.office.signed_out(user).await?;
            }
            Ok(StatusCode::OK.into_response())
        }
        Err(error @ NotShown::Unavailable { .. }) => {
            tracing::warn!(%error, "nobody can be signed out by it");
            Err(Problem::new(Kind::RegistryAway, "the provider cannot be asked for its keys; try again"))
        }
        Err(error) => {
            let what = format!("sign out by {}: {error}", provider.name());
            match unknown_secret(&server, &what, &place).await {
                NoEntry::Wrong => {
                    Err(Problem::new(Kind::BadValue, "this is no logout token of the provider"))
                }
                other => Err(other.into()),
            }
        }
    }
}

/// A page on which a browser goes on to sign out at the provider: no form may send it there by itself.
#[derive(Template)]
#[template(path = "signing_out.html")]
pub(super) struct SigningOutPage {
    frame: Frame,
    title: String,
    address: String,
}

/// Where to sign out besides, if the session was begun by a provider.
pub(super) async fn where_to_sign_out(
    server: &Server,
    token: &TokenHash,
) -> Result<Option<SigningOutPage>, Problem> {
    let store = server.office.store();
    let session = store.session(token.as_str()).await?;
    let Some(provider) = session.and_then(|it| server.providers.named(it.registry.as_deref()?)) else {
        return Ok(None);
    };
    let Some(provided) = store.provided(token.as_str()).await? else { return Ok(None) };
    let title = provider.title().to_owned();
    let page = |address| SigningOutPage { frame: Frame::plain("Signing out"), title, address };
    Ok(provider.sign_out(&provided).await.map(page))
}
