//! The secrets of friends and consumers: whether the key by which they were encrypted is there, and is for
//! its owner alone.

use std::path::Path;

use server::{ConfigFile, KeptSecrets, Sources, kept_secrets, open_to_others};
use store::{Store, StoreError};

use super::Found;
use crate::output::count;

const CHECK: &str = "secrets";

pub(super) async fn examine(database: &Path, store: &Store, all: &mut Vec<Found>) -> Result<(), StoreError> {
    let folder = database.parent().unwrap_or(Path::new("."));
    all.extend(kept(Some(folder), store).await?);
    all.extend(readable(folder));
    Ok(())
}

/// A key that others can read, in the data folder or where its configuration says.
fn readable(folder: &Path) -> Vec<Found> {
    let flags = vec![("data", "--data", folder.display().to_string())];
    let configured = server::load(&Sources { file: ConfigFile::InDataFolder, flags, ..Sources::default() });
    // What is wrong with the configuration, `config check` tells; one that is elsewhere is not known here.
    let key_file = configured.ok().and_then(|it| it.secrets_key_file().map(Path::to_owned));
    let files = [Some(folder.join("secrets.key")), key_file];
    let told = files.into_iter().flatten().filter_map(|file| open_to_others(&file));
    let found = |told: String| {
        let (found, remedy) = told.split_once("; ").unwrap_or((&told, "make it readable by its owner alone"));
        Found::advice(CHECK, found, remedy)
    };
    told.map(found).collect()
}

/// The secrets that a database holds, and whether the key in a data folder opens them.
pub(in crate::commands) async fn kept(
    folder: Option<&Path>,
    store: &Store,
) -> Result<Option<Found>, StoreError> {
    let of = |secrets: usize| format!("{} of friends and consumers", count(secrets, "secret"));
    Ok(match kept_secrets(folder, store).await? {
        KeptSecrets::None => None,
        KeptSecrets::Open(secrets) => {
            Some(Found::ok(CHECK, format!("{}, which the key in `secrets.key` opens", of(secrets))))
        }
        KeptSecrets::KeyElsewhere(secrets) => {
            let missing = match folder {
                Some(folder) => format!("is not in `{}`", folder.join("secrets.key").display()),
                None => "is not in the database".to_owned(),
            };
            let found = format!("{}, whose key {missing}", of(secrets));
            let remedy =
                "the configuration must name it in `secrets.key_file`; otherwise give the key file back";
            Some(Found::advice(CHECK, found, remedy))
        }
        KeptSecrets::OtherKey { secrets, theirs } => {
            let found =
                format!("{} with the key `{theirs}`, which is not that in `secrets.key`", of(secrets));
            let remedy = "give that key back, or name it in `secrets.key_file` and remove `secrets.key`, or set each \
                          secret anew (`consumer rotate`, `friend edit --secret-file`)";
            Some(Found::wrong(CHECK, found, remedy))
        }
    })
}
