//! A connection to one server of a directory, from its beginning to its end.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use governance::text::{fold, skeleton};
use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};
use ldap3::{
    Ldap as Connection, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Scope, SearchEntry,
    SearchOptions, SearchResult, ldap_escape,
};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::DEEPEST;
use super::entry::{Found, Group, Piece};
use crate::authority;
use crate::config::{Ldap, LdapServer};
use crate::registry::normal_name;

/// The server cannot be asked, or not to the end; another may be.
#[derive(Debug)]
pub(super) struct Lost(pub(super) String);

impl From<LdapError> for Lost {
    fn from(error: LdapError) -> Self {
        Self(error.to_string())
    }
}

/// Result codes (RFC 4511 §4.1.9).
mod code {
    pub(super) const SUCCESS: u32 = 0;
    pub(super) const SIZE_LIMIT: u32 = 4;
    pub(super) const REFERRAL: u32 = 10;
    /// What says that the server is in no state to answer: time limit, admin limit, busy, unavailable and
    /// other. Unwilling (53) is not: some say so of accounts that are locked.
    pub(super) const AWAY: [u32; 5] = [3, 11, 51, 52, 80];
}

/// A connection, bound as whoever searches.
pub(super) struct Session {
    config: Ldap,
    connection: Connection,
    driver: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Session {
    pub(super) async fn open(config: &Ldap, server: &LdapServer) -> Result<Self, Lost> {
        let tls = authority::client(config.authority.as_deref()).map_err(Lost)?;
        let settings = LdapConnSettings::new()
            .set_conn_timeout(config.connect_timeout)
            .set_starttls(server.start_tls)
            .set_config(tls);
        let (driver, connection) = LdapConnAsync::with_settings(settings, &server.url).await?;
        let driver = tokio::spawn(async move {
            if let Err(error) = driver.drive().await {
                tracing::debug!(%error, "a connection to the directory has ended");
            }
        });
        let mut session = Self { config: config.clone(), connection, driver };
        session.bind().await?;
        Ok(session)
    }

    pub(super) const fn config(&self) -> &Ldap {
        &self.config
    }

    /// Says goodbye; who does not hear it has gone already.
    pub(super) async fn close(mut self) {
        let _ = timeout(Duration::from_secs(1), self.connection.unbind()).await;
    }

    /// Binds as whoever searches.
    pub(super) async fn bind(&mut self) -> Result<(), Lost> {
        let (name, password) = match &self.config.bind {
            Some((name, password)) => (name.clone(), password.text().to_owned()),
            None => return self.bind_as("", "").await.map(|_| ()),
        };
        if self.bind_as(&name, &password).await? {
            return Ok(());
        }
        Err(Lost(format!("it refuses `{name}`, as whom it is searched: check `ldap.bind_password_file`")))
    }

    /// Whether this is the password of an entry.
    pub(super) async fn bind_as(&mut self, name: &str, password: &str) -> Result<bool, Lost> {
        let result = self.connection.with_timeout(self.config.timeout).simple_bind(name, password).await?;
        if code::AWAY.contains(&result.rc) {
            return Err(lost(&result));
        }
        if result.rc == code::REFERRAL {
            tracing::warn!(name, "the directory refers to another server; that is not followed");
        }
        Ok(result.rc == code::SUCCESS)
    }

    /// The entry of the person of this id. What the directory takes for equal need not be, and of two that
    /// differ by Unicode form alone neither is taken, as in a sync.
    pub(super) async fn person(&mut self, id: &str) -> Result<Option<Found>, Lost> {
        let filter = format!("(&{}({}={}))", self.config.people_filter, self.config.id, ldap_escape(id));
        let mut found = self.people(&filter, 2).await?;
        found.retain(|found| found.id().is_some_and(|it| skeleton(&it) == skeleton(id)));
        if found.len() > 1 {
            tracing::warn!("the directory has two people of one id; neither gets in");
            return Ok(None);
        }
        Ok(found.pop().filter(|found| found.id().is_some_and(|it| fold(&it) == fold(id))))
    }

    /// So many people at most with a text in their id, name or mail address.
    pub(super) async fn people_with(&mut self, text: &str, most: usize) -> Result<Vec<Found>, Lost> {
        let has = |attribute: &str| format!("({attribute}=*{}*)", ldap_escape(text));
        let Ldap { id, person_name, mail, people_filter, .. } = &self.config;
        let filter = format!("(&{people_filter}(|{}{}{}))", has(id), has(person_name), has(mail));
        self.people(&filter, most).await
    }

    async fn people(&mut self, filter: &str, most: usize) -> Result<Vec<Found>, Lost> {
        let Ldap { id, person_name, mail, people_base, .. } = self.config.clone();
        let entries = self
            .search(&people_base, Scope::Subtree, filter, vec![id, person_name, mail], Some(most))
            .await?;
        Ok(entries.into_iter().map(|entry| Found::new(entry, &self.config)).collect())
    }

    pub(super) async fn everybody(&mut self) -> Result<Vec<Found>, Lost> {
        let Ldap { id, person_name, mail, people_base, people_filter, .. } = self.config.clone();
        let entries = self
            .search(&people_base, Scope::Subtree, &people_filter, vec![id, person_name, mail], None)
            .await?;
        Ok(entries.into_iter().map(|entry| Found::new(entry, &self.config)).collect())
    }

    pub(super) async fn every_group(&mut self) -> Result<Vec<Group>, Lost> {
        let Ldap { groups_base, groups_filter, member, .. } = self.config.clone();
        let Some(base) = groups_base else { return Ok(Vec::new()) };
        let entries = self.search(&base, Scope::Subtree, &groups_filter, vec![member.clone()], None).await?;
        let mut groups = Vec::with_capacity(entries.len());
        for entry in entries {
            let mut group = Group::new(&entry.dn);
            let mut piece = Piece::of(&entry, &member).map_err(Lost)?;
            let mut begun = 0;
            loop {
                let next = piece.next;
                let more = group.add(piece);
                // Each piece has members and leads further, or the end would never come.
                let Some(next) = next.filter(|_| more) else { break };
                if next <= begun {
                    return Err(Lost(format!("it sends members of `{}` that it has sent before", entry.dn)));
                }
                begun = next;
                let attributes = vec![Piece::attribute(&member, next)];
                let rest = self.search(&entry.dn, Scope::Base, "(objectClass=*)", attributes, None).await?;
                let gone = || Lost(format!("it does not tell the other members of `{}`", entry.dn));
                piece = Piece::of(rest.first().ok_or_else(gone)?, &member).map_err(Lost)?;
            }
            groups.push(group);
        }
        Ok(groups)
    }

    /// The groups of somebody, by their normal names, as far as any is asked for.
    pub(super) async fn groups_of(&mut self, name: &str) -> Result<BTreeSet<String>, Lost> {
        let mut found = BTreeSet::new();
        let Ldap { groups_base, groups_filter, member, groups, nested_groups, .. } = self.config.clone();
        let Some(base) = groups_base.filter(|_| !groups.is_empty()) else { return Ok(found) };
        let mut level = vec![name.to_owned()];
        for _ in 0..if nested_groups { DEEPEST } else { 1 } {
            if level.is_empty() {
                break;
            }
            let has: String = level.iter().map(|name| format!("({member}={})", ldap_escape(name))).collect();
            let filter = format!("(&{groups_filter}(|{has}))");
            // Asked for without its members, of which there may be many.
            let entries = self.search(&base, Scope::Subtree, &filter, vec!["1.1".to_owned()], None).await?;
            let new = entries.into_iter().filter(|entry| found.insert(normal_name(&entry.dn)));
            level = new.map(|entry| entry.dn).collect();
        }
        Ok(found)
    }

    /// A group that is asked for, and that the directory does not have where groups are searched; those that
    /// somebody is in are there.
    pub(super) async fn lacking(&mut self, there: &BTreeSet<String>) -> Result<Option<String>, Lost> {
        let Ldap { groups_base, groups_filter, groups, .. } = self.config.clone();
        let Some(base) = groups_base else { return Ok(None) };
        let below = format!(",{}", normal_name(&base));
        for group in groups.groups().filter(|group| !there.contains(&group.compared)) {
            let is_searched = group.compared.ends_with(&below);
            if !is_searched || !self.has(&group.name, &groups_filter).await? {
                return Ok(Some(group.name.clone()));
            }
        }
        Ok(None)
    }

    /// Whether there is an entry of this name that is let through by a filter.
    async fn has(&mut self, name: &str, filter: &str) -> Result<bool, Lost> {
        let connection = self.connection.with_timeout(self.config.timeout);
        let SearchResult(entries, result) = connection.search(name, Scope::Base, filter, vec!["1.1"]).await?;
        // However it says so, such as by referring elsewhere: no sync would find the group either.
        if code::AWAY.contains(&result.rc) { Err(lost(&result)) } else { Ok(!entries.is_empty()) }
    }

    /// Entries below a base, page by page (RFC 2696). References to other servers are not followed.
    async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: Vec<String>,
        most: Option<usize>,
    ) -> Result<Vec<SearchEntry>, Lost> {
        let page = i32::try_from(self.config.page).unwrap_or(i32::MAX);
        let size = most.and_then(|most| i32::try_from(most).ok()).unwrap_or(0);
        let mut adapters: Vec<Box<dyn Adapter<'_, String, Vec<String>>>> = vec![Box::new(EntriesOnly::new())];
        if most.is_none() {
            adapters.push(Box::new(PagedResults::new(page)));
        }
        let connection = self.connection.with_timeout(self.config.timeout);
        let connection = connection.with_search_options(SearchOptions::new().sizelimit(size));
        let mut stream = connection.streaming_search_with(adapters, base, scope, filter, attributes).await?;
        let mut entries = Vec::new();
        while let Some(entry) = stream.next().await? {
            entries.push(SearchEntry::construct(entry));
        }
        let result = stream.finish().await;
        match result.rc {
            code::SUCCESS => Ok(entries),
            code::SIZE_LIMIT if most.is_some() => Ok(entries),
            // Half of what was asked for would look as if the other half had vanished.
            _ => Err(lost(&result)),
        }
    }
}

fn lost(result: &LdapResult) -> Lost {
    Lost(Answer(result).to_string())
}

/// What a server answers, without what is of no use to anybody.
struct Answer<'a>(&'a LdapResult);

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it answers with code {}", self.0.rc)?;
        if self.0.text.is_empty() { Ok(()) } else { write!(f, ": {}", self.0.text) }
    }
}
