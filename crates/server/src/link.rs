//! Links that are good for one use: to make the first user, and to set a password.

use std::time::Duration;

use governance::{Organisation, UserId};
use store::{Effect, Link, Moment, Purpose, Store, StoreError};

use crate::chance::now;
use crate::place::Place;
use crate::router::Server;
use crate::secret::{self, TokenHash};
use crate::session::later;
use crate::sign_in::{NoEntry, unknown_secret};

/// A link for the first user lasts so long; each start of a server makes another.
const FIRST_START_LASTS: Duration = Duration::from_secs(24 * 60 * 60);
/// A link to set a password.
const SET_PASSWORD_LASTS: Duration = Duration::from_secs(72 * 60 * 60);

/// A link that was made.
pub(crate) struct NewLink {
    /// Its path and query. It holds a secret: no log gets it.
    pub(crate) path: String,
    /// Until when it can be used.
    pub(crate) expires: Moment,
}

/// Makes a link; older ones for the same user end.
async fn issue(store: &Store, purpose: Purpose) -> Result<NewLink, StoreError> {
    let (made, hash, link) = fresh(purpose);
    store.add_link(hash.as_str(), &link).await?;
    Ok(made)
}

/// A link with which a user sets a password; it is good once the change is made that has this effect.
pub(crate) fn to_set_password(user: UserId) -> (NewLink, Effect) {
    let (made, hash, link) = fresh(Purpose::SetPassword(user));
    let token_hash = hash.as_str().to_owned();
    (made, Effect::LetSetPassword { user, token_hash, expires: link.expires })
}

fn fresh(purpose: Purpose) -> (NewLink, TokenHash, Link) {
    let (secret, created) = (secret::fresh(), now());
    let (page, lasts) = match purpose {
        Purpose::FirstStart => ("first-start", FIRST_START_LASTS),
        Purpose::SetPassword(_) => ("set-password", SET_PASSWORD_LASTS),
    };
    let link = Link { purpose, created, expires: later(created, lasts) };
    let made = NewLink { path: format!("/{page}?link={secret}"), expires: link.expires };
    (made, TokenHash::of(&secret), link)
}

/// What a link is good for, if it still is.
pub(crate) async fn find(server: &Server, place: &Place, secret: &str) -> Result<Purpose, NoEntry> {
    let found = server.office.store().link(TokenHash::of(secret).as_str()).await?;
    let good = |link: &Link| {
        link.expires > now()
            && match link.purpose {
                Purpose::FirstStart => !server.is_administered(),
                Purpose::SetPassword(user) => server.signs_in(user),
            }
    };
    match found.filter(good) {
        Some(link) => Ok(link.purpose),
        None => Err(unknown_secret(server, "use a link", place).await),
    }
}

/// A link that a server gives out when it starts.
#[derive(Clone, Debug)]
pub struct StartLink {
    /// Its address. It holds a secret: no log gets it.
    pub address: String,
    /// Who sets a password with it; nobody, if it makes the first user.
    pub user: Option<String>,
}

/// Makes the link that is needed at the start: for whoever comes first while nobody administers the server,
/// or for one who does while none of them has a password.
pub(crate) async fn at_start(server: &Server, base: &str) -> Result<Option<StartLink>, StoreError> {
    let (store, published) = (server.office.store(), server.office.published());
    let organisation = &published.organisation;
    let (purpose, user) = if organisation.server_administrators().next().is_none() {
        if organisation.users().next().is_some() {
            tracing::warn!(
                "nobody is in JazzAdmins, so that nobody can let anybody set a password: the link that is printed \
                 makes one who is, as does a document such as `users: [{{id: mia, groups: [JazzAdmins]}}]`"
            );
        }
        (Purpose::FirstStart, None)
    } else {
        match administrator_without_password(store, organisation).await? {
            Some((user, id)) => (Purpose::SetPassword(user), Some(id)),
            None => return Ok(None),
        }
    };
    let made = issue(store, purpose).await?;
    Ok(Some(StartLink { address: format!("{base}{}", made.path), user }))
}

/// The first who administers the server, if none of them has a password.
async fn administrator_without_password(
    store: &Store,
    organisation: &Organisation,
) -> Result<Option<(UserId, String)>, StoreError> {
    let mut first = None;
    for (user, named) in organisation.server_administrators() {
        // Their password is kept elsewhere.
        if named.registered.is_some() || store.password_hash(user).await?.is_some() {
            return Ok(None);
        }
        first.get_or_insert_with(|| (user, named.id.to_string()));
    }
    Ok(first)
}
