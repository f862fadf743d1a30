//! Idempotency keys: a request that comes again, because its answer was lost, is answered again and not done
//! again (docs/rest-api.md#changing).

use axum::http::{HeaderMap, HeaderName};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::{Answered, IdempotencyKey, Revision};

use super::carry_out::Wanted;
use crate::caller::Caller;
use crate::chance::hex;
use crate::office::{Once, Told};
use crate::problem::{Kind, Problem};
use crate::revision::caught_up;
use crate::router::Server;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const LONGEST: usize = 255;

/// The key that a request has.
pub(super) fn named(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let key = value.to_str().ok().map(|key| key.trim_matches('"'));
    let key = key.filter(|key| (1..=LONGEST).contains(&key.len()));
    let bad =
        || Problem::new(Kind::BadValue, format!("`Idempotency-Key` has 1 to {LONGEST} ASCII characters"));
    key.map(|key| Some(key.to_owned())).ok_or_else(bad)
}

/// The key under which requests are done once, and a digest of them: the same key means the same requests.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) key: String,
    pub(super) request_hash: String,
}

impl Key {
    pub(super) fn of_changes(key: String, caller: &Caller, wanted: &[Wanted]) -> Self {
        let parts = wanted.iter().flat_map(|wanted| {
            let method = wanted.route.method.method().as_str().as_bytes().to_vec();
            let pairs = wanted.asked.pairs.iter();
            let pairs = pairs.flat_map(|(name, value)| [name.as_bytes().to_vec(), value.as_bytes().to_vec()]);
            let address = [method, wanted.route.path.as_bytes().to_vec()];
            address.into_iter().chain(pairs).chain([wanted.body.to_vec()])
        });
        Self::of(key, caller, parts)
    }

    /// The same of any request that consists of these parts.
    pub(super) fn of<B: AsRef<[u8]>>(
        key: String,
        caller: &Caller,
        parts: impl IntoIterator<Item = B>,
    ) -> Self {
        let mut digest = Sha256::new();
        let mut part = |text: &[u8]| {
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text);
        };
        part(&caller.view.asker_number().number().to_le_bytes());
        parts.into_iter().for_each(|it| part(it.as_ref()));
        Self { key, request_hash: hex(&digest.finalize()) }
    }

    /// What was told of this request before, and the revision that it made, if it was done.
    pub(super) async fn told_before(
        &self,
        server: &Server,
        caller: &Caller,
    ) -> Result<Option<(Revision, Value)>, Problem> {
        match server.office.store().idempotent(&caller.view.asker().id, &self.key).await? {
            Some(answered) => self.told_again(server, &answered).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether it was done before, of what there is nothing to tell.
    pub(super) async fn was_done(&self, server: &Server, caller: &Caller) -> Result<bool, Problem> {
        let answered = server.office.store().idempotent(&caller.view.asker().id, &self.key).await?;
        answered.map_or(Ok(false), |answered| self.is_of(&answered).map(|()| true))
    }

    /// What was told of it, an object with its `revision`, which nobody knew when it was kept.
    pub(super) async fn told_again(
        &self,
        server: &Server,
        answered: &Answered,
    ) -> Result<(Revision, Value), Problem> {
        self.is_of(answered)?;
        caught_up(server, answered.revision).await?;
        let mut told: Value = serde_json::from_str(&answered.answer).map_err(|_| Problem::internal())?;
        if let Some(told) = told.as_object_mut() {
            told.insert("revision".to_owned(), answered.revision.number().into());
        }
        Ok((answered.revision, told))
    }

    /// So that a change is made once under this key, and this is told of it.
    pub(super) fn once(&self, told: Told) -> Once {
        Once { key: self.key.clone(), request_hash: self.request_hash.clone(), told }
    }

    /// So that what has changed nothing is not done under this key when it would change something.
    pub(super) fn of_nothing(&self) -> IdempotencyKey {
        let (key, request_hash) = (self.key.clone(), self.request_hash.clone());
        IdempotencyKey { key, request_hash, answer: String::new() }
    }

    /// Whether what was done under the key is what is asked for.
    pub(super) fn is_of(&self, answered: &Answered) -> Result<(), Problem> {
        if answered.request_hash == self.request_hash {
            return Ok(());
        }
        Err(taken())
    }

    /// A name for what is kept of its own under the key.
    pub(super) fn id(&self) -> String {
        hex(&Sha256::digest(format!("{} {}", self.request_hash, self.key))[..16])
    }
}

/// That the key is another request's.
pub(super) fn taken() -> Problem {
    let said = "this key came with another request within the last day; take a new one for each";
    Problem::new(Kind::KeyTaken, said)
}

/// For what tells a secret: that is kept nowhere, and so cannot be told again.
pub(super) fn refuse(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.contains_key(HEADER) {
        true => {
            let said = "`Idempotency-Key` cannot hold here, since no secret is kept to be told again: leave it \
                        out, and look whether it was done before you ask again";
            Err(Problem::new(Kind::BadValue, said))
        }
        false => Ok(()),
    }
}
