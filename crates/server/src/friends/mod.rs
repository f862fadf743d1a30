//! Friends: servers that this one asks, by requests that it signs
//! (docs/cross-server.md#friends-and-consumers).

mod check;
mod doctor;
mod failing;
mod handshake;
mod rotation;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use governance::{ManageFriends, WEB_ADDRESS, is_web_address};
use oauth1::{Body, Credentials, Outgoing, SignatureMethod};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Effect, Friend};
use thiserror::Error;

use check::Direction;
pub(crate) use check::{Check, no_friend_at, no_friend_called};
pub(crate) use doctor::{both_ways, diagnose, refused};
pub(crate) use failing::{Failing, watch};
pub(crate) use handshake::{HANDSHAKE, Handshake, KeysShown, Reverse, handshake};
pub(crate) use rotation::rotate;

use crate::api::{allowed, bad_value, do_besides};
use crate::caller::Caller;
use crate::chance::{hex, now, random};
use crate::config::Token;
use crate::consumers::{NewName, is_key, secret_of};
use crate::peer::{Answer, PeerRefusal, Request, short};
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::scope::Scope;
use crate::vault::VaultError;

const JFS: &str = "http://jazz.net/xmlns/prod/jazz/jfs/1.0/";

/// Why a friend was not asked, or has not answered.
#[derive(Debug, Error)]
pub(crate) enum FriendError {
    #[error(transparent)]
    Peer(#[from] PeerRefusal),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the request to the friend cannot be signed: {0}")]
    Unsigned(oauth1::Problem),
}

impl From<FriendError> for Problem {
    fn from(error: FriendError) -> Self {
        match error {
            FriendError::Peer(refusal) => refusal.into(),
            FriendError::Vault(error) => error.told(),
            FriendError::Unsigned(_) => Self::new(Kind::FriendAway, error.to_string()),
        }
    }
}

/// What is said of an address that came with a request: a wrong one is no friend that is away.
fn of_given(refusal: PeerRefusal) -> Problem {
    if refusal.is_of_address() { bad_value("/root_services", refusal) } else { refusal.into() }
}

impl From<PeerRefusal> for Problem {
    fn from(refusal: PeerRefusal) -> Self {
        Self::new(Kind::FriendAway, refusal.to_string())
    }
}

/// Reads something of a friend, as its key's functional user there. The path begins with `/`, and may have a
/// query.
pub(crate) async fn get(
    server: &Server,
    friend: &Friend,
    path: &str,
    headers: HeaderMap,
) -> Result<Answer, FriendError> {
    send(server, friend, Method::GET, path, headers, Vec::new()).await
}

/// Sends a friend JSON.
pub(crate) async fn post(
    server: &Server,
    friend: &Friend,
    path: &str,
    mut headers: HeaderMap,
    body: &Value,
) -> Result<Answer, FriendError> {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    send(server, friend, Method::POST, path, headers, body.to_string().into_bytes()).await
}

async fn send(
    server: &Server,
    friend: &Friend,
    method: Method,
    path: &str,
    headers: HeaderMap,
    body: Vec<u8>,
) -> Result<Answer, FriendError> {
    let sent = signed(server, friend, method, path, headers, body).await;
    let failed = match &sent {
        Ok(answer) if answer.status == StatusCode::UNAUTHORIZED => Some(refused(answer).1),
        Ok(answer) if answer.status.is_server_error() => {
            Some(format!("`{}` answers {}", answer.uri, answer.status))
        }
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    };
    server.failing.note(friend, Direction::Outbound, failed);
    sent
}

async fn signed(
    server: &Server,
    friend: &Friend,
    method: Method,
    path: &str,
    mut headers: HeaderMap,
    body: Vec<u8>,
) -> Result<Answer, FriendError> {
    let (base, _) = governance::server_and_part(&friend.root_services);
    let uri = server.peers.uri(&format!("{base}{path}"))?;
    let secret = server.vault.open(&of_friend(&friend.name), &friend.secret)?;
    let authorization =
        authorization(friend, &secret, &method, &uri, &body).map_err(FriendError::Unsigned)?;
    if let Ok(value) = HeaderValue::from_str(&authorization) {
        headers.insert(AUTHORIZATION, value);
    }
    Ok(server.peers.send(Request { method, uri: &uri, headers, body }).await?)
}

fn authorization(
    friend: &Friend,
    secret: &Token,
    method: &Method,
    uri: &Url,
    body: &[u8],
) -> Result<String, oauth1::Problem> {
    let credentials = Credentials {
        consumer_key: &friend.consumer_key,
        consumer_secret: secret.text(),
        token: None,
        // What ELM understands, too.
        method: SignatureMethod::HmacSha1,
    };
    let (method, url) = (method.as_str(), uri.as_str());
    let outgoing = Outgoing { method, url, body: Body::Other(body), callback: None, verifier: None };
    let seconds = u64::try_from(now().microseconds() / 1_000_000).unwrap_or_default();
    credentials.authorization(&outgoing, seconds, &hex(&random::<16>()))
}

/// Whose secret it is, for the vault.
fn of_friend(name: &str) -> String {
    format!("friend {name}")
}

/// Whether two addresses, of root services or of servers, are of one server.
pub(crate) fn same_server(one: &str, other: &str) -> bool {
    governance::server_address(one).is_some_and(|one| Some(one) == governance::server_address(other))
}

/// The friend that is the server at an address; no two are.
pub(crate) fn at<'f>(friends: &'f [Friend], address: &str) -> Option<&'f Friend> {
    friends.iter().find(|friend| same_server(&friend.root_services, address))
}

/// Every friend, for those who manage them.
pub(crate) async fn list(server: &Server, caller: &Caller) -> Result<Vec<Friend>, Problem> {
    allowed(&caller.view, caller.view.may_manage_friends())?;
    Ok(server.office.store().friends().await?)
}

/// One of them.
pub(crate) async fn find(server: &Server, caller: &Caller, name: &str) -> Result<Friend, Problem> {
    allowed(&caller.view, caller.view.may_manage_friends())?;
    let found = server.office.store().friend(name).await?;
    found.ok_or_else(|| Problem::new(Kind::NotFound, no_friend_called(&caller.view, name)))
}

/// What a new friend shall be.
pub(crate) struct NewFriend {
    pub(crate) name: String,
    pub(crate) root_services: String,
    /// The phrase; without it one is made.
    pub(crate) secret: Option<String>,
    /// Whether the friend is asked to trust this server.
    pub(crate) trusted: bool,
    /// What this server is called there.
    pub(crate) called: String,
    /// The key by which the friend knows this server already; otherwise it is asked for one.
    pub(crate) key: Option<String>,
    /// Where the friend finds this server.
    pub(crate) own_root_services: String,
}

fn name_taken(name: &str) -> Problem {
    Problem::new(Kind::Conflict, format!("another friend is called `{name}`: choose another name"))
}

const IS_ITSELF: &str = "that is this server itself: what is on it needs no friend";

/// Neither this server itself nor another friend may be the same server: it would be chance by which of two
/// keys it is asked.
async fn refuse_a_second(server: &Server, name: &str, root_services: &str) -> Result<(), Problem> {
    if server.config.base_uri.as_ref().is_some_and(|own| same_server(own.as_str(), root_services)) {
        return Err(bad_value("/root_services", IS_ITSELF));
    }
    let others = server.office.store().friends().await?.into_iter();
    let others: Vec<_> = others.filter(|friend| friend.name != name).collect();
    let Some(Friend { name, .. }) = at(&others, root_services) else { return Ok(()) };
    let said = format!(
        "`{root_services}` is of the server that is the friend `{name}` already: change or remove that"
    );
    Err(Problem::new(Kind::Conflict, said))
}

/// Whether the caller may do at all what is told another server before it is kept here: nothing is told that
/// would be refused then.
async fn manages(server: &Server, caller: &Caller) -> Result<(), Problem> {
    allowed(&caller.view, caller.view.may_manage_friends())?;
    caller.allows(Scope::Administer)?;
    caller.is_no_consumer(server).await
}

/// Adds one: reads its root services, asks it for a key, and keeps both.
pub(crate) async fn add(server: &Server, caller: &Caller, new: NewFriend) -> Result<Friend, Problem> {
    manages(server, caller).await?;
    let NewName(name) = new.name.parse().map_err(|said: String| bad_value("/name", said))?;
    // One after the other: the second of two of one name finds it taken, and leaves no key at the friend.
    let _one_at_a_time = server.adding_friend.lock().await;
    let store = server.office.store();
    if store.friend(&name).await?.is_some() {
        return Err(name_taken(&name));
    }
    if new.key.is_some() && new.secret.is_none() {
        return Err(bad_value("/secret", "expected the secret that goes with the key"));
    }
    let (secret, _) = secret_of(new.secret)?;
    let root_services = new.root_services.trim().to_owned();
    if same_server(&new.own_root_services, &root_services) {
        return Err(bad_value("/root_services", IS_ITSELF));
    }
    refuse_a_second(server, &name, &root_services).await?;
    server.peers.uri(&root_services).map_err(of_given)?;
    if !is_web_address(&root_services) {
        return Err(bad_value("/root_services", WEB_ADDRESS));
    }
    let sealed = sealed(server, &name, &secret).await?;
    let consumer_key = match new.key {
        Some(key) => key,
        None => {
            let asked = json!({
                "name": new.called,
                "secret": secret,
                "secretType": "string",
                "trusted": new.trusted,
                "rootServices": new.own_root_services,
            });
            key_from(server, &root_services, &asked).await?
        }
    };
    let friend = Friend { secret: sealed, name, root_services, consumer_key, created: now(), rotated: None };
    let summary = format!("Add the friend {} at {}", friend.name, friend.root_services);
    do_besides(server, caller, summary, ManageFriends, Effect::AddFriend(friend.clone())).await?;
    Ok(friend)
}

#[derive(Deserialize)]
struct GivenKey {
    key: String,
}

/// The provisional key that a friend gives.
async fn key_from(server: &Server, root_services: &str, asked: &Value) -> Result<String, Problem> {
    let uri = server.peers.uri(root_services).map_err(of_given)?;
    let answer = server.peers.read(&uri, HeaderMap::new()).await.map_err(of_given)?;
    if answer.status.is_client_error() {
        let said = format!(
            "`{uri}` answers {}: expected the address of the server's root services, such as `{}/jts/rootservices`",
            answer.status,
            uri.origin().ascii_serialization()
        );
        return Err(bad_value("/root_services", said));
    }
    let answer = answer.success()?;
    let (read_at, found) = (answer.uri.clone(), answer.root_services()?);
    let at = found.resource(JFS, "oauthRequestConsumerKeyUrl").ok_or_else(|| {
        let said =
            format!("the root services at `{root_services}` tell of no place that gives consumer keys");
        Problem::new(Kind::FriendAway, said)
    })?;
    let uri = server.peers.uri(at)?;
    // The secret goes to the server that was named, and to no other that it names.
    if uri.origin() != read_at.origin() {
        let said = format!(
            "the root services at `{read_at}` send those who ask for a key to `{uri}`, which is another \
             server: add that as the friend"
        );
        return Err(Problem::new(Kind::FriendAway, said));
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let request = Request { method: Method::POST, uri: &uri, headers, body: asked.to_string().into_bytes() };
    let answer = server.peers.send(request).await?;
    if !answer.status.is_success()
        && let Some(said) =
            answer.json::<Value>().ok().and_then(|told| Some(told["detail"].as_str()?.to_owned()))
    {
        let said = format!("`{}` gives no key ({}): {}", short(at), answer.status, short(&said));
        return Err(Problem::new(Kind::FriendAway, said));
    }
    let GivenKey { key } = answer.success()?.json()?;
    if !is_key(&key) {
        return Err(Problem::new(Kind::FriendAway, format!("`{at}` gives something that is no key")));
    }
    Ok(key)
}

/// What is to become of a friend: what is not named is left as it is.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) root_services: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) secret: Option<String>,
}

/// Changes one here alone: what the friend knows of this server stays as it is.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    before: Friend,
    change: Change,
) -> Result<Friend, Problem> {
    let mut after = before.clone();
    let mut what = Vec::new();
    if let Some(root_services) = change.root_services {
        if !is_web_address(&root_services) {
            return Err(bad_value("/root_services", WEB_ADDRESS));
        }
        // Another server would be sent what is signed for this one.
        if !same_server(&root_services, &before.root_services) && change.secret.is_none() {
            let said = "this is another server: remove this friend and add that one, or give the secret that it knows";
            return Err(bad_value("/root_services", said));
        }
        refuse_a_second(server, &before.name, &root_services).await?;
        server.peers.uri(&root_services).map_err(of_given)?;
        what.push(format!("root services {root_services}"));
        after.root_services = root_services;
    }
    if let Some(key) = change.key {
        what.push(format!("key {key}"));
        after.consumer_key = key;
    }
    if let Some(secret) = change.secret {
        let (secret, _) = secret_of(Some(secret))?;
        what.push("secret".to_owned());
        after.secret = sealed(server, &after.name, &secret).await?;
        after.rotated = Some(now());
    }
    if what.is_empty() {
        return Ok(before);
    }
    let summary = format!("Change the friend {}: {}", after.name, what.join("; "));
    keep(server, caller, summary, before, after).await
}

async fn sealed(server: &Server, name: &str, secret: &str) -> Result<String, Problem> {
    let sealed = server.vault.seal(server.office.store(), &of_friend(name), secret).await;
    sealed.map_err(VaultError::told)
}

/// Removes one. It still knows the key: somebody there deletes it.
pub(crate) async fn remove(server: &Server, caller: &Caller, friend: Friend) -> Result<(), Problem> {
    let (summary, effect) = (format!("Remove the friend {}", friend.name), Effect::RemoveFriend(friend.name));
    do_besides(server, caller, summary, ManageFriends, effect).await
}

async fn keep(
    server: &Server,
    caller: &Caller,
    summary: String,
    before: Friend,
    after: Friend,
) -> Result<Friend, Problem> {
    let effect = Effect::ChangeFriend { before, after: after.clone() };
    do_besides(server, caller, summary, ManageFriends, effect).await?;
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_the_same_by_each_of_its_contexts() {
        let same = same_server;
        assert!(same(
            "https://elm.example.org/gc/rootservices",
            "https://ELM.example.org:443/jts/rootservices"
        ));
        assert!(same("https://elm.example.org/gc/rootservices", "https://elm.example.org/"));
        assert!(!same(
            "https://elm.example.org/gc/rootservices",
            "https://elm.example.org:444/gc/rootservices"
        ));
        assert!(!same("https://elm.example.org/gc/rootservices", "http://elm.example.org/gc/rootservices"));
        assert!(!same("no address", "no address"));
    }
}
