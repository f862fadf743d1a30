//! `recover-administrator`: a link for when nobody gets in.

use clap::Args;
use server::Config;
use store::Location;

use super::serve::PlaceArgs;
use crate::Status;
use crate::failure::{Failure, note};
use crate::output::print;

/// Print a link with which an administrator of the server sets a password
///
/// For when nobody gets in any more, on the machine of the server, which may be running. The link is for an
/// active member of JazzAdmins, and is good for 72 hours and one use; the journal tells of it. Older links of
/// the same user end. The password that there is stays until another is set.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick recover-administrator root --data /var/lib/bailiwick
  bailiwick recover-administrator root --config /etc/bailiwick/bailiwick.toml")]
pub(crate) struct RecoverAdministrator {
    /// The administrator's user id
    id: String,
    #[command(flatten)]
    place: PlaceArgs,
}

impl RecoverAdministrator {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        let Config { data, database, base_uri, .. } = self.place.load()?.config;
        let file = data.join("bailiwick.db");
        if database.is_none() && !file.exists() {
            let cause = format!("there is no database at `{}`", file.display());
            return Err(Failure::new(cause, "check `--data`, or name the database with `--database`").into());
        }
        let location = database.unwrap_or_else(|| Location::folder(&data));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let path = runtime.block_on(server::recover_administrator(&location, &self.id))?;
        let base = base_uri.as_ref().map_or("", |base| base.as_str().trim_end_matches('/'));
        print(&format!("{base}{path}\n"))?;
        if base.is_empty() {
            note(
                "that is a path on the server; `--base-uri`, or `base_uri` in its configuration, makes it an address",
            );
        }
        Ok(Status::Done)
    }
}
