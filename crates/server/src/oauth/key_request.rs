//! A consumer asks for a key, which waits for approval (docs/cross-server.md#consumer-keys). Nobody needs
//! to be signed in for that, so that there is a limit to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;
use store::{Consumer, KeyState};

use super::signed::of_consumer;
use crate::chance::{hex, now, random};
use crate::consumers::NewName;
use crate::place::Place;
use crate::problem::{Kind, Problem};
use crate::router::Server;

/// So many keys wait at most.
const MOST_WAITING: i64 = 200;
/// So many a network may ask for within that time.
const MOST_OF_A_NETWORK: u32 = 20;
const WITHIN: Duration = Duration::from_secs(60 * 60);
/// So many networks are remembered; while there are as many, no others may ask.
const MOST_NETWORKS: usize = 1_000;
const LONGEST: usize = 1_000;

/// Who has asked for keys of late, as this node knows it.
#[derive(Debug, Default)]
pub(crate) struct KeyRequests(Mutex<HashMap<String, (Instant, u32)>>);

impl KeyRequests {
    /// One more; answers how long to wait if it is one too many.
    fn note(&self, network: String, at: Instant) -> Result<(), Duration> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= MOST_NETWORKS && !asked.contains_key(&network) {
            asked.retain(|_, (since, _)| at.duration_since(*since) < WITHIN);
            let oldest = asked.values().map(|(since, _)| *since).min().unwrap_or(at);
            if asked.len() >= MOST_NETWORKS {
                return Err(WITHIN.saturating_sub(at.duration_since(oldest)));
            }
        }
        let (since, count) = asked.entry(network).or_insert((at, 0));
        if at.duration_since(*since) >= WITHIN {
            (*since, *count) = (at, 0);
        }
        if *count >= MOST_OF_A_NETWORK {
            return Err(WITHIN.saturating_sub(at.duration_since(*since)));
        }
        *count += 1;
        Ok(())
    }
}

/// What ELM's programs send. Keys of others are passed over.
#[derive(Deserialize)]
struct KeyRequest {
    name: String,
    secret: String,
    #[serde(default)]
    trusted: bool,
    #[serde(rename = "secretType", default)]
    secret_type: Option<String>,
    /// Ours alone: which server it is that asks.
    #[serde(rename = "rootServices", default)]
    root_services: Option<String>,
}

pub(super) async fn request(
    State(server): State<Arc<Server>>,
    place: Place,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let wrong = |said: &str| Problem::new(Kind::BadValue, said);
    server.key_requests.note(place.network(), Instant::now()).map_err(|wait| {
        Problem::new(Kind::Throttled, "too many keys were asked for; try again later").retry_after(wait)
    })?;
    let asked: KeyRequest = serde_json::from_slice(&body?).map_err(|error| {
        Problem::new(Kind::Malformed, format!("expected JSON with `name` and `secret`: {error}"))
    })?;
    if asked.secret_type.is_some_and(|kind| kind != "string") {
        return Err(wrong("`secretType`: expected `string`"));
    }
    let NewName(name) = asked.name.parse().map_err(|said: String| wrong(&format!("`name`: {said}")))?;
    if asked.secret.is_empty() || asked.secret.len() > LONGEST {
        return Err(wrong("`secret`: expected a phrase of at most 1000 characters"));
    }
    let root_services = asked.root_services.filter(|text| governance::is_web_address(text));
    let store = server.office.store();
    if store.count_consumers(KeyState::Provisional).await? >= MOST_WAITING {
        let said = "too many keys wait for approval: ask somebody who manages consumers to decide about them";
        return Err(Problem::new(Kind::Throttled, said).retry_after(WITHIN));
    }
    let key = hex(&random::<16>());
    let consumer = Consumer {
        secret: server.vault.seal(store, &of_consumer(&key), &asked.secret).await?,
        key,
        name,
        state: KeyState::Provisional,
        old_secret: None,
        // Who asks does not decide about that.
        trusted: false,
        asks_trust: asked.trusted,
        renewed: false,
        functional_user: None,
        callback_hosts: Vec::new(),
        root_services,
        asked_from: Some(place.client.address.to_string()),
        created: now(),
        decided: None,
    };
    store.add_consumer(&consumer).await?;
    tracing::info!(consumer = consumer.name, key = consumer.key, client = %place.client, "a key was asked for");
    let answer = json!({"key": consumer.key}).to_string();
    Ok(([(CONTENT_TYPE, "application/json")], answer).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_asks_for_so_many_keys_an_hour() {
        let requests = KeyRequests::default();
        let begin = Instant::now();
        let ask = |network: &str, seconds: u64| {
            requests.note(network.to_owned(), begin + Duration::from_secs(seconds)).is_ok()
        };
        assert!((0..u64::from(MOST_OF_A_NETWORK)).all(|second| ask("192.0.2.7", second)));
        assert!(!ask("192.0.2.7", 100) && ask("192.0.2.8", 100));
        assert!(ask("192.0.2.7", 3_600));
        // There is an end to the networks that are remembered, too.
        assert!((2..MOST_NETWORKS).all(|number| ask(&number.to_string(), 3_600)));
        assert!(!ask("one more", 3_601) && ask("192.0.2.7", 3_601));
        assert!(ask("one more", 3_700), "the first has been forgotten");
    }
}
