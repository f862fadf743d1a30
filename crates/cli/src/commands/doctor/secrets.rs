//! The secrets of friends and consumers: whether the key by which they were encrypted is there.

use std::path::Path;

use server::{KeptSecrets, kept_secrets};
use store::{Store, StoreError};

use super::Found;
use crate::output::count;

const CHECK: &str = "secrets";

pub(super) async fn examine(database: &Path, store: &Store, all: &mut Vec<Found>) -> Result<(), StoreError> {
    let folder = database.parent().unwrap_or(Path::new("."));
    let of = |secrets: usize| format!("{} of friends and consumers", count(secrets, "secret"));
    all.extend(match kept_secrets(folder, store).await? {
        KeptSecrets::None => None,
        KeptSecrets::Open(secrets) => {
            Some(Found::ok(CHECK, format!("{}, which the key in `secrets.key` opens", of(secrets))))
        }
        KeptSecrets::KeyElsewhere(secrets) => {
            let found = format!("{}, whose key is not in `{}`", of(secrets), folder.display());
            let remedy = "the configuration must name it in `secrets.key_file`; otherwise give the key file back";
            Some(Found::advice(CHECK, found, remedy))
        }
        KeptSecrets::OtherKey { secrets, theirs } => {
            let found = format!("{} with the key `{theirs}`, which is not that in `secrets.key`", of(secrets));
            let remedy = "give that key back, or name it in `secrets.key_file` and remove `secrets.key`, or set each \
                          secret anew (`consumer rotate`, `friend edit --secret-file`)";
            Some(Found::wrong(CHECK, found, remedy))
        }
    });
    Ok(())
}
