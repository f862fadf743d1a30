//! Asking and telling other servers beside a loop that stays free: each server one thing at a time, so that
//! one that is slow holds up nobody else.

use std::collections::HashMap;
use std::future::{Future, pending};

use tokio::task::{Id, JoinSet};

/// They wait for others, and do not work: those that hang must leave places for the rest.
const AT_A_TIME: usize = 512;

/// Those that are under way; they end with this.
#[derive(Default)]
pub(super) struct Errands {
    under_way: JoinSet<()>,
    /// To which server each leads.
    servers: HashMap<Id, String>,
}

impl Errands {
    /// Whether one to this server can begin now.
    pub(super) fn may_begin(&self, server: &str) -> bool {
        self.servers.len() < AT_A_TIME && self.servers.values().all(|it| it != server)
    }

    pub(super) fn begin(&mut self, server: String, errand: impl Future<Output = ()> + Send + 'static) {
        let id = self.under_way.spawn(errand).id();
        self.servers.insert(id, server);
    }

    /// Waits until one has ended; for ever, if none is under way.
    pub(super) async fn ended(&mut self) {
        let id = match self.under_way.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(broken_off)) => broken_off.id(),
            None => pending().await,
        };
        self.servers.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_slow_holds_up_no_other() {
        let mut errands = Errands::default();
        errands.begin("slow".to_owned(), pending());
        errands.begin("quick".to_owned(), async {});
        errands.ended().await;
        assert_eq!(["slow", "quick"].map(|server| errands.may_begin(server)), [false, true]);
    }
}
