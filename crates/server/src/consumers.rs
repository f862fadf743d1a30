//! Consumers: those that ask this server, from the first request for a key to its end
//! (docs/cross-server.md#consumer-keys).

use std::str::FromStr;
use std::time::Duration;

use governance::{ManageConsumers, UserId, View, WEB_ADDRESS, bad_name, is_web_address};
use reqwest::Url;
use store::{Consumer, Effect, KeyState, OldSecret};

use crate::api::{allowed, bad_value, do_besides};
use crate::caller::Caller;
use crate::chance::{hex, now, random};
use crate::oauth::{Verified, of_consumer};
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::secret;
use crate::session::later;
use crate::vault::VaultError;

/// A secret that was replaced is good for so long, if nobody says otherwise.
pub(crate) const OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);
pub(crate) const LONGEST_OVERLAP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// So many characters a secret that somebody types has at least.
pub(crate) const SHORTEST_SECRET: usize = 12;
const LONGEST_SECRET: usize = 1_000;
const MOST_HOSTS: usize = 50;
const LONGEST_NAME: usize = 100;

/// What a consumer or a friend is called.
pub(crate) struct NewName(pub(crate) String);

impl FromStr for NewName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let is_bad = bad_name("consumer", &text.into()).is_some();
        if is_bad || text.chars().count() > LONGEST_NAME {
            return Err(format!("expected 1 to {LONGEST_NAME} characters that can be seen"));
        }
        if is_step(text) {
            return Err("no address can end in it: expected another name than `.` or `..`".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether browsers and libraries take it for a step in an address, however it is escaped (RFC 3986 §5.2.4).
fn is_step(text: &str) -> bool {
    matches!(text, "." | "..")
}

/// What a consumer key is made of: what is nothing else in an address (RFC 3986 §2.3), in a command or in a
/// header, since people are told to type it.
pub(crate) fn is_key(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"-._~".contains(&it);
    (1..=200).contains(&text.len()) && text.bytes().all(is_plain) && !is_step(text)
}

/// What is to become of a consumer: what is not named is left as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) name: Option<String>,
    pub(crate) trusted: Option<bool>,
    pub(crate) functional_user: Option<Option<UserId>>,
    pub(crate) callback_hosts: Option<Vec<String>>,
    pub(crate) root_services: Option<Option<String>>,
}

/// What a consumer that is registered by hand shall be.
pub(crate) struct NewConsumer {
    pub(crate) name: String,
    pub(crate) key: Option<String>,
    pub(crate) secret: Option<String>,
    pub(crate) change: Change,
}

fn overtaken() -> Problem {
    Problem::new(Kind::Conflict, "somebody else has changed this consumer meanwhile: read it again")
}

/// A secret that somebody has typed, or a new one; whether it is new.
pub(crate) fn secret_of(typed: Option<String>) -> Result<(String, bool), Problem> {
    let Some(secret) = typed else { return Ok((secret::fresh(), true)) };
    let letters = secret.chars().count();
    if !(SHORTEST_SECRET..=LONGEST_SECRET).contains(&letters) || secret.chars().any(char::is_control) {
        let said = format!("expected a phrase of {SHORTEST_SECRET} to {LONGEST_SECRET} characters");
        return Err(bad_value("/secret", said));
    }
    Ok((secret, false))
}

/// Every consumer, the oldest first, for those who manage them.
pub(crate) async fn list(server: &Server, caller: &Caller) -> Result<Vec<Consumer>, Problem> {
    allowed(&caller.view, caller.view.may_manage_consumers())?;
    Ok(server.office.store().consumers().await?)
}

/// One of them.
pub(crate) async fn find(server: &Server, caller: &Caller, key: &str) -> Result<Consumer, Problem> {
    allowed(&caller.view, caller.view.may_manage_consumers())?;
    server.office.store().consumer(key).await?.ok_or_else(Problem::not_found)
}

/// Registers one by hand; answers its secret if that is new.
pub(crate) async fn add(
    server: &Server,
    caller: &Caller,
    new: NewConsumer,
) -> Result<(Consumer, Option<String>), Problem> {
    allowed(&caller.view, caller.view.may_manage_consumers())?;
    let NewConsumer { name, key, secret, change } = new;
    let key = match key {
        None => hex(&random::<16>()),
        Some(key) if is_key(&key) => key,
        Some(_) => {
            let said = "expected 1 to 200 letters and digits of ASCII, `-`, `.`, `_` and `~`, and neither `.` nor `..`";
            return Err(bad_value("/key", said));
        }
    };
    let (secret, is_new) = secret_of(secret)?;
    let consumer = Consumer {
        secret: sealed(server, &key, &secret).await.map_err(VaultError::told)?,
        key,
        name,
        state: KeyState::Authorized,
        old_secret: None,
        trusted: false,
        functional_user: None,
        callback_hosts: Vec::new(),
        root_services: None,
        asked_from: None,
        asks_trust: false,
        renewed: false,
        created: now(),
        decided: Some(now()),
    };
    let functional_user = change.functional_user.flatten();
    let consumer = changed(consumer, change)?;
    if server.office.store().consumer(&consumer.key).await?.is_some() {
        return Err(key_taken());
    }
    let summary = format!("Register the consumer {}", described(&consumer));
    let effect = Effect::AddConsumer(Box::new(consumer.clone()));
    do_besides(server, caller, summary, ManageConsumers { functional_user }, effect).await?;
    Ok((consumer, is_new.then_some(secret)))
}

fn key_taken() -> Problem {
    Problem::new(Kind::Conflict, "another consumer has this key: choose another")
}

/// Changes one.
pub(crate) async fn change(
    server: &Server,
    caller: &Caller,
    before: Consumer,
    change: Change,
) -> Result<Consumer, Problem> {
    let functional_user = change.functional_user.flatten();
    let after = changed(before.clone(), change)?;
    let what = differences(&caller.view, &before, &after);
    if what.is_empty() {
        return Ok(before);
    }
    let summary = format!("Change the consumer {}: {what}", described(&before));
    keep(server, caller, summary, functional_user, before, after).await
}

/// Decides about one that waits.
pub(crate) async fn decide(
    server: &Server,
    caller: &Caller,
    before: Consumer,
    state: KeyState,
    change: Change,
) -> Result<Consumer, Problem> {
    if before.state != KeyState::Provisional {
        let said = format!("the key is {} already", before.state.word());
        return Err(Problem::new(Kind::Conflict, said));
    }
    let functional_user = change.functional_user.flatten();
    let after = Consumer { state, decided: Some(now()), ..changed(before.clone(), change)? };
    let verb = if state == KeyState::Authorized { "Approve" } else { "Reject" };
    let what = differences(&caller.view, &before, &after);
    let what = if what.is_empty() { what } else { format!(": {what}") };
    let summary = format!("{verb} the consumer {}{what}", described(&before));
    keep(server, caller, summary, functional_user, before, after).await
}

/// Whoever sees one signed request can try out so few bytes.
const SHORT: usize = 16;

/// Whether a secret is short; nothing where it cannot be had back, of which the log tells at the start.
pub(crate) fn has_short_secret(server: &Server, consumer: &Consumer) -> Option<bool> {
    let secret = server.vault.open(&of_consumer(&consumer.key), &consumer.secret);
    secret.ok().map(|secret| secret.text().len() < SHORT)
}

/// Replaces the secret; the one before stays good for a while. Answers the secret if it is new.
pub(crate) async fn rotate(
    server: &Server,
    caller: &Caller,
    before: Consumer,
    typed: Option<String>,
    overlap: Duration,
) -> Result<(Consumer, Option<String>), Problem> {
    let (secret, is_new) = secret_of(typed)?;
    // Whoever has the one before was told that it is good until then.
    if let Some(old) = before.old_secret.as_ref().filter(|old| old.until > now() && !overlap.is_zero()) {
        let said = format!(
            "a secret that was replaced is good until {}, and would end now: wait until then, or ask for an overlap of 0, by \
             which the secret of now and the one before end at once",
            crate::api::journal::instant(old.until)
        );
        return Err(Problem::new(Kind::Conflict, said));
    }
    let until = later(now(), overlap.min(LONGEST_OVERLAP));
    let kept = OldSecret { secret: before.secret.clone(), until };
    let rotated = rotated(server, &before, kept, &secret).await.map_err(VaultError::told)?;
    let after = Consumer { renewed: false, ..rotated };
    let summary = format!("Rotate the secret of the consumer {}", described(&before));
    let after = keep(server, caller, summary, None, before, after).await?;
    Ok((after, is_new.then_some(secret)))
}

/// The consumer with another secret; the one that is kept stays good for a while.
async fn rotated(
    server: &Server,
    before: &Consumer,
    kept: OldSecret,
    secret: &str,
) -> Result<Consumer, VaultError> {
    let secret = sealed(server, &before.key, secret).await?;
    Ok(Consumer { secret, old_secret: Some(kept), ..before.clone() })
}

async fn sealed(server: &Server, key: &str, secret: &str) -> Result<String, VaultError> {
    server.vault.seal(server.office.store(), &of_consumer(key), secret).await
}

/// Deletes one: nothing signed by it is accepted any more.
pub(crate) async fn delete(server: &Server, caller: &Caller, consumer: Consumer) -> Result<(), Problem> {
    let summary = format!("Delete the consumer {}", described(&consumer));
    let (act, effect) = (ManageConsumers { functional_user: None }, Effect::RemoveConsumer(consumer.key));
    do_besides(server, caller, summary, act, effect).await
}

async fn keep(
    server: &Server,
    caller: &Caller,
    summary: String,
    functional_user: Option<UserId>,
    before: Consumer,
    after: Consumer,
) -> Result<Consumer, Problem> {
    let effect = Effect::ChangeConsumer { before: Box::new(before), after: Box::new(after.clone()) };
    do_besides(server, caller, summary, ManageConsumers { functional_user }, effect).await?;
    Ok(after)
}

fn changed(mut consumer: Consumer, change: Change) -> Result<Consumer, Problem> {
    let Change { name, trusted, functional_user, callback_hosts, root_services } = change;
    if let Some(name) = name {
        let NewName(name) = name.parse().map_err(|said: String| bad_value("/name", said))?;
        consumer.name = name;
    }
    consumer.trusted = trusted.unwrap_or(consumer.trusted);
    consumer.functional_user = functional_user.unwrap_or(consumer.functional_user);
    if let Some(hosts) = callback_hosts {
        if hosts.len() > MOST_HOSTS || !hosts.iter().all(|host| is_host(host)) {
            let said =
                format!("expected at most {MOST_HOSTS} hosts, such as `reports.example.org` or `host:8443`");
            return Err(bad_value("/callback_hosts", said));
        }
        consumer.callback_hosts = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
    }
    if let Some(root_services) = root_services {
        if root_services.as_deref().is_some_and(|text| !is_web_address(text)) {
            return Err(bad_value("/root_services", WEB_ADDRESS));
        }
        consumer.root_services = root_services;
    }
    Ok(consumer)
}

fn is_host(text: &str) -> bool {
    let url = Url::parse(&format!("https://{text}/")).ok();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte));
    !text.is_empty() && text.len() <= 255 && plain && url.is_some()
}

fn described(consumer: &Consumer) -> String {
    format!("{} ({})", consumer.name, consumer.key)
}

fn differences(view: &View, before: &Consumer, after: &Consumer) -> String {
    let mut what = Vec::new();
    if before.name != after.name {
        what.push(format!("name {}", after.name));
    }
    if before.trusted != after.trusted {
        what.push(if after.trusted { "trusted" } else { "no longer trusted" }.to_owned());
    }
    if before.functional_user != after.functional_user {
        let user = after.functional_user.map_or_else(|| "none".to_owned(), |it| view.id_of(it).to_string());
        what.push(format!("functional user {user}"));
    }
    if before.callback_hosts != after.callback_hosts {
        what.push(format!("callback hosts {}", after.callback_hosts.join(", ")));
    }
    if before.root_services != after.root_services {
        what.push(format!("root services {}", after.root_services.as_deref().unwrap_or("none")));
    }
    what.join("; ")
}

/// The functional user that is proposed for one: that of the application that asks.
pub(crate) fn proposed(view: &View, consumer: &Consumer) -> Option<String> {
    let (_, asks) = governance::server_and_part(consumer.root_services.as_deref().unwrap_or_default());
    let user = view.user_by_id(asks.functional_user()).and_then(|user| view.user(user))?;
    (user.functional && !user.archived).then(|| user.id.to_string())
}

/// A consumer replaces its own secret. The one by which it has asked stays good for a while, so that one that
/// was cut off can ask again: no longer than it would be anyway, and not where somebody here has replaced it,
/// as they do with one that others may know.
pub(crate) async fn renew(server: &Server, verified: &Verified, typed: String) -> Result<(), Problem> {
    let (secret, _) = secret_of(Some(typed))?;
    let before = server.office.store().consumer(&verified.consumer.key).await?.ok_or_else(overtaken)?;
    let signed_by = &verified.signed_by;
    let kept = match &before.old_secret {
        _ if *signed_by == before.secret => {
            OldSecret { secret: signed_by.clone(), until: later(now(), OVERLAP) }
        }
        Some(old) if before.renewed && *signed_by == old.secret => old.clone(),
        _ => {
            let said = "this secret was replaced here: whoever has replaced it tells the new one";
            return Err(Problem::new(Kind::Conflict, said));
        }
    };
    let after = Consumer { renewed: true, ..rotated(server, &before, kept, &secret).await? };
    if server.office.store().change_consumer(&before, &after).await? { Ok(()) } else { Err(overtaken()) }
}
