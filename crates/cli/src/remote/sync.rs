//! Users of a server whom a registry tells of.

use governance::SyncReport;
use reqwest::Method;

use super::{LONG, Remote};

impl Remote {
    /// Makes users what the registry says, or tells what that would change.
    pub(crate) fn sync(&self, preview: bool, most_vanished: Option<u8>) -> anyhow::Result<SyncReport> {
        let most = most_vanished.map(|most| most.to_string());
        let mut query = vec![("preview", if preview { "true" } else { "false" })];
        query.extend(most.as_deref().map(|most| ("most_vanished", most)));
        self.json(self.request(Method::POST, "registry/sync", &query).timeout(LONG))
    }
}
