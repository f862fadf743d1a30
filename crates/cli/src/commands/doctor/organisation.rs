//! The organisation: how large it is, whether it can be administered, and what nobody holds or may do.

use governance::{Organisation, Severity, health, repository_administrators};
use store::{Loaded, Store, StoreError};

use super::Found;
use crate::output::count;

pub(super) fn numbers(loaded: &Loaded) -> Found {
    let Loaded { organisation, revision, history_id } = loaded;
    let users = organisation.users().count();
    let archived = organisation.users().filter(|(_, user)| user.archived).count();
    let sizes = [
        format!("{} ({archived} archived)", count(users, "user")),
        count(organisation.project_areas().count(), "project area"),
        count(organisation.areas().count() - organisation.project_areas().count(), "team area"),
        count(organisation.components().count(), "component"),
        count(organisation.configurations().count(), "configuration"),
    ];
    Found::ok("facts", format!("revision {revision} of history {history_id}: {}", sizes.join(", ")))
}

pub(super) async fn examine(
    organisation: &Organisation,
    store: &Store,
    all: &mut Vec<Found>,
) -> Result<(), StoreError> {
    let findings = health(organisation);
    if findings.is_empty() {
        all.push(Found::ok("organisation", "everything has an administrator, and somebody holds every role"));
    }
    for finding in findings {
        let text = finding.text(organisation);
        all.push(match finding.severity() {
            Severity::Wrong => Found::wrong("organisation", text, finding.remedy()),
            Severity::Advice => Found::advice("organisation", text, finding.remedy()),
        });
    }
    all.extend(sign_in(organisation, store).await?);
    Ok(())
}

/// Whether one of those who administer the server can sign in. That there are none, is told already.
async fn sign_in(organisation: &Organisation, store: &Store) -> Result<Option<Found>, StoreError> {
    const CHECK: &str = "sign-in";
    let mut without = None;
    for user in repository_administrators(organisation) {
        let Some(id) = organisation.user(user).map(|user| &user.id) else { continue };
        if store.password_hash(user).await?.is_some() {
            return Ok(Some(Found::ok(CHECK, format!("`{id}` administers the server and has a password"))));
        }
        without.get_or_insert(id);
    }
    let wrong = |id| {
        let remedy = format!("`bailiwick recover-administrator {id}` makes a link with which to set one");
        Found::wrong(CHECK, "nobody who administers the server has a password", remedy)
    };
    Ok(without.map(wrong))
}
