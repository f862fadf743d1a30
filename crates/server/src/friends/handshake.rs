//! What a friend finds out by a signed request: that it is let in, as whom, and whether this server could
//! answer by one of its own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use store::Friend;
use tokio::time::timeout;

use super::at;
use super::check::{Check, Outcome};
use super::doctor;
use crate::chance::now;
use crate::oauth::Verified;
use crate::problem::Problem;
use crate::router::Server;

/// Whether the way back is tried, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reverse {
    Tried,
    Left,
}

/// What a server tells one whose signed request it has accepted.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
pub(crate) struct Handshake {
    /// What the one who asks is called here.
    pub(crate) consumer: String,
    /// As whom it acts.
    pub(crate) functional_user: String,
    /// By this server's clock, in seconds since 1970.
    pub(crate) now: i64,
    /// Until when the secret is good by which it has signed, in seconds since 1970, where that was replaced.
    #[serde(default)]
    pub(crate) secret_until: Option<i64>,
    /// Whether this server has the one who asks as a friend; told where that is asked for, and it is known
    /// which server has the key.
    pub(crate) is_friend: Option<bool>,
    /// The key by which this server asks that friend.
    #[serde(default)]
    pub(crate) key: Option<String>,
    /// What came of asking it, step by step; told where that is asked for, and there is such a friend.
    #[serde(default)]
    pub(crate) reverse: Vec<HandshakeStep>,
}

/// What came of a step.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
pub(crate) struct HandshakeStep {
    /// `root-services`, `key-known`, `signature`, `clock`, `key-approved` or `functional-user`.
    pub(crate) step: String,
    /// `passed`, `failed` or `unknown`.
    pub(crate) outcome: String,
    pub(crate) said: String,
}

/// Where friends shake hands.
pub(crate) const HANDSHAKE: &str = "/api/v1/handshake";

/// The keys by which handshakes have come to this node, and when: what a friend says of its key is
/// believed if it has just signed by it.
#[derive(Debug, Default)]
pub(crate) struct KeysShown(Mutex<HashMap<String, Instant>>);

/// So long a key is remembered.
const SHOWN_FOR: Duration = Duration::from_secs(60);

impl KeysShown {
    /// A handshake has come that is signed by the key, whatever else is to be said of it.
    pub(crate) fn note(&self, key: &str) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.retain(|_, at| at.elapsed() < SHOWN_FOR);
        shown.insert(key.to_owned(), Instant::now());
    }
    /// Whether a handshake by this key has come since then.
    pub(super) fn since(&self, key: &str, then: Instant) -> bool {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.get(key).is_some_and(|at| *at >= then)
    }
}

/// Answers a friend; tries the way back where that is asked for, and it is known which server has the key.
pub(crate) async fn handshake(
    server: &Server,
    verified: &Verified,
    functional_user: String,
    reverse: Reverse,
) -> Result<Handshake, Problem> {
    let consumer = &verified.consumer;
    let mut told = Handshake {
        consumer: consumer.name.clone(),
        functional_user,
        now: now().microseconds() / 1_000_000,
        secret_until: consumer
            .old_secret
            .as_ref()
            .filter(|old| verified.signed_by == old.secret)
            .map(|old| old.until.microseconds() / 1_000_000),
        is_friend: None,
        key: None,
        reverse: Vec::new(),
    };
    // What is known of the key counts: nobody has a third server asked, or learns whether it is a friend.
    if let (Reverse::Tried, Some(root_services)) = (reverse, &consumer.root_services) {
        let friends = server.office.store().friends().await?;
        let friend = at(&friends, root_services);
        told.is_friend = Some(friend.is_some());
        if let Some(friend) = friend {
            told.key = Some(friend.consumer_key.clone());
            told.reverse = steps(server, friend).await;
        }
    }
    Ok(told)
}

async fn steps(server: &Server, friend: &Friend) -> Vec<HandshakeStep> {
    // Whoever has asked waits for this as long as for any answer, and must get it before that is over.
    let tried =
        timeout(server.config.friends.head_timeout / 2, doctor::outbound(server, friend, Reverse::Left))
            .await;
    let checks = match tried {
        Ok((checks, _)) => checks,
        Err(_) => doctor::late(),
    };
    let step = |check: Check| HandshakeStep {
        step: check.step.to_owned(),
        outcome: check.outcome.word().to_owned(),
        // What failed there is for those who look after it.
        said: if check.outcome == Outcome::Passed { String::new() } else { check.said },
    };
    checks.into_iter().map(step).collect()
}
