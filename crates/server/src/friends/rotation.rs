//! Another secret, on both sides at once (docs/cross-server.md#rotation).

use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use store::Friend;

use super::{keep, manages, of_friend, post, sealed};
use crate::caller::Caller;
use crate::chance::now;
use crate::consumers::secret_of;
use crate::peer::short;
use crate::problem::{Kind, Problem};
use crate::router::Server;
use crate::vault::VaultError;

/// Replaces the secret on both sides. The friend takes the one before for a while, so that nothing that is
/// under way fails.
pub(crate) async fn rotate(server: &Server, caller: &Caller, before: Friend) -> Result<Friend, Problem> {
    manages(server, caller).await?;
    let (secret, _) = secret_of(None)?;
    let sealed = sealed(server, &before.name, &secret).await?;
    tell_secret(server, &before, &secret).await?;
    let summary = format!("Rotate the secret for the friend {}", before.name);
    let after = Friend { secret: sealed, rotated: Some(now()), ..before.clone() };
    match keep(server, caller, summary, before.clone(), after).await {
        Err(overtaken) if overtaken.kind == Kind::Conflict => {
            agree(server, &before).await?;
            Err(overtaken)
        }
        kept => kept,
    }
}

/// Has a friend take a new secret, signed by the one before.
async fn tell_secret(server: &Server, before: &Friend, secret: &str) -> Result<(), Problem> {
    let path = "/api/v1/handshake/secret";
    let answer = post(server, before, path, HeaderMap::new(), &json!({"secret": secret})).await?;
    let name = &before.name;
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
    Err(Problem::new(Kind::FriendAway, said))
}

/// Somebody else was faster, and the friend was told another secret than the one that is kept here, maybe
/// after it: it is told that one again, signed by the one before both, which it takes for a while.
async fn agree(server: &Server, before: &Friend) -> Result<(), Problem> {
    let kept = server.office.store().friend(&before.name).await?;
    match kept.filter(|kept| kept.consumer_key == before.consumer_key) {
        Some(kept) => {
            let secret = server.vault.open(&of_friend(&kept.name), &kept.secret).map_err(VaultError::told)?;
            tell_secret(server, before, secret.text()).await
        }
        None => Ok(()),
    }
}
