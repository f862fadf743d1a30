//! Another secret, on both sides at once (docs/cross-server.md#rotation).

use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use store::Friend;

use super::{FriendError, HANDSHAKE, get, keep, manages, of_friend, post, sealed};
use crate::caller::Caller;
use crate::chance::now;
use crate::consumers::secret_of;
use crate::peer::{Answer, short};
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::vault::VaultError;

/// Replaces the secret on both sides. The friend takes the one before for a while, so that nothing that is
/// under way fails.
pub(crate) async fn rotate(server: &Server, caller: &Caller, before: Friend) -> Result<Friend, Problem> {
    manages(server, caller).await?;
    let (secret, _) = secret_of(None)?;
    let sealed = sealed(server, &before.name, &secret).await?;
    taken(&before, tell_secret(server, &before, &secret).await?)?;
    let summary = format!("Rotate the secret for the friend {}", before.name);
    let after = Friend { secret: sealed, rotated: Some(now()), ..before.clone() };
    match keep(server, caller, summary, before.clone(), after).await {
        Err(overtaken) if overtaken.kind == Kind::Conflict => {
            agree(server, &before).await?;
            Err(overtaken)
        }
        Err(problem) => Err(problem),
        Ok(kept) => {
            use_secret(server, &kept).await;
            Ok(kept)
        }
    }
}

/// Signs by a new secret once: from then on whoever knows the one before replaces none by it.
async fn use_secret(server: &Server, kept: &Friend) {
    let said = match get(server, kept, HANDSHAKE, HeaderMap::new()).await {
        Ok(answer) if answer.status.is_success() => return,
        Ok(answer) => answer.status.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::warn!(friend = kept.name, said, "does not answer what is signed by its new secret yet");
}

/// Has a friend take a new secret, signed by the one before.
async fn tell_secret(server: &Server, before: &Friend, secret: &str) -> Result<Answer, FriendError> {
    post(server, before, "/api/v1/handshake/secret", HeaderMap::new(), &json!({"secret": secret})).await
}

fn taken(friend: &Friend, answer: Answer) -> Result<(), Problem> {
    let name = &friend.name;
    let said = match answer.status {
        status if status.is_success() => return Ok(()),
        StatusCode::NOT_FOUND => {
            format!(
                "`{name}` cannot be told of a new secret: set one there by hand, then here with `friend edit`"
            )
        }
        status => {
            let said: Value = answer.json().unwrap_or_default();
            let said = short(said["detail"].as_str().unwrap_or("see `bailiwick doctor --friend`"));
            format!("`{name}` does not take a new secret ({status}): {said}")
        }
    };
    let kind = if answer.status == StatusCode::CONFLICT { Kind::Conflict } else { Kind::FriendAway };
    Err(Problem::new(kind, said))
}

/// Somebody else was faster, and the friend was told another secret than the one that is kept here, maybe
/// after it: it is told that one again, signed by the one before both, which it takes for a while.
async fn agree(server: &Server, before: &Friend) -> Result<(), Problem> {
    let kept = server.office.store().friend(&before.name).await?;
    match kept.filter(|kept| kept.consumer_key == before.consumer_key) {
        Some(kept) => {
            let secret = server.vault.open(&of_friend(&kept.name), &kept.secret).map_err(VaultError::told)?;
            match tell_secret(server, before, secret.text()).await? {
                // That one was used already, so that none is replaced by the one before.
                answer if answer.status == StatusCode::CONFLICT => Ok(()),
                answer => taken(before, answer),
            }
        }
        None => Ok(()),
    }
}
