//! A link for somebody who administers the server, for when nobody gets in.

use governance::text::fold;
use store::{AppendError, Entry, Location, Store, StoreError, With};
use thiserror::Error;

use crate::chance::{hex, now, random};
use crate::link;

/// Why there is no link.
#[derive(Debug, Error)]
pub enum RecoverError {
    /// It is no administrator, or one who is archived.
    #[error("`{id}` does not administer the server, or is archived; {}", remedy(.could))]
    NotOne {
        /// Who was wanted.
        id: String,
        /// Who could get one.
        could: Vec<String>,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal does not take it.
    #[error(transparent)]
    Append(#[from] AppendError),
}

fn remedy(could: &[String]) -> String {
    match could {
        [] => "nobody does: start the server, which prints a link for the first one, or import a document with somebody in JazzAdmins".to_owned(),
        could => format!("these do: {}", could.join(", ")),
    }
}

/// Makes a link with which an administrator of the server sets a password, and tells the journal; a server
/// may be running meanwhile. Answers the path of the link.
///
/// # Errors
/// When it is no active administrator, or the database cannot be used.
pub async fn recover_administrator(location: &Location, id: &str) -> Result<String, RecoverError> {
    let store = Store::open_beside(location, &hex(&random::<16>())).await?;
    let made = loop {
        let loaded = store.load().await?;
        let administrators: Vec<_> = loaded.organisation.server_administrators().collect();
        let Some((user, named)) = administrators.iter().find(|(_, it)| fold(&it.id) == fold(id)) else {
            let could = administrators.iter().map(|(_, it)| it.id.to_string()).collect();
            return Err(RecoverError::NotOne { id: id.to_owned(), could });
        };
        let entry = Entry {
            at: now(),
            by: "operator".to_owned(),
            via: Some("recover-administrator".to_owned()),
            address: None,
            basis: "operator".to_owned(),
            summary: format!("Make a link with which {} sets a password", named.id),
            impact: None,
        };
        let (made, effect) = link::to_set_password(*user);
        let with = With { effect: Some(&effect), ..With::default() };
        match store.append_with(loaded.revision, &entry, &[], with).await {
            Ok(_) => break made,
            Err(AppendError::Overtaken(_)) => {}
            Err(error) => return Err(error.into()),
        }
    };
    store.close().await;
    Ok(made.path)
}
