//! Users are made what a directory says: when an administrator asks for it, and now and then
//! (docs/process.md#sync).

use std::collections::BTreeSet;
use std::sync::Arc;

use governance::text::Name;
use governance::{AreaId, Event, Organisation, Roster, SyncReport, bindings, keep_equal, sync_people};
use store::Entry;
use thiserror::Error;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::{Directory, Unreachable};
use crate::chance::now;
use crate::office::ChangeError;
use crate::router::Server;

/// Who asks for a sync, and from where.
#[derive(Clone, Debug)]
pub(crate) struct By {
    pub(crate) user: String,
    pub(crate) address: Option<String>,
}

/// What the registry tells looks like a mistake, in it or in how it is searched.
#[derive(Clone, Debug, Error)]
pub(crate) enum Doubtful {
    /// Too many of its users would vanish.
    #[error(
        "{vanished} of the {of} users of the registry would vanish, or be in no group any more, which is more \
         than {most} %; nothing was changed: check where people and groups are searched, or allow a larger \
         share for once"
    )]
    TooManyVanish { vanished: usize, of: usize, most: u8 },
    /// It lacks groups that stand for repository groups.
    #[error(
        "the registry has no group `{}`, which stands for a repository group; nothing was changed: check how it \
         is called there, and where groups are searched", .0.join("`, `")
    )]
    NoGroup(Vec<String>),
}

/// Why there was no sync, or only half of one: what was done is in the journal.
#[derive(Debug, Error)]
pub(crate) enum NotSynced {
    #[error(transparent)]
    Away(#[from] Unreachable),
    #[error(transparent)]
    Change(#[from] ChangeError<Doubtful>),
}

/// What a sync would change, and which permissions people would lose by it.
pub(crate) async fn preview(
    server: &Arc<Server>,
    directory: &Directory,
    most: u8,
) -> Result<SyncReport, NotSynced> {
    let organisation = Arc::clone(&server.office.published().organisation);
    let roster = roster(&organisation, directory).await?;
    let working = spawn_blocking(move || {
        let mut people = governance::sync(&organisation, &roster, true);
        if let Some(doubtful) = doubtful(&people, most) {
            people.report.problems.insert(0, doubtful.to_string());
        }
        people.report
    });
    working.await.map_err(|_| ChangeError::Broken.into())
}

/// Makes people what the directory says, and then each role what it says of the groups that are bound to it,
/// every one as a change of its own, so that the journal tells for which reason somebody got or lost a role.
pub(crate) async fn sync(
    server: &Arc<Server>,
    directory: &Directory,
    by: By,
    most: u8,
) -> Result<SyncReport, NotSynced> {
    let organisation = Arc::clone(&server.office.published().organisation);
    let roster = Arc::new(roster(&organisation, directory).await?);
    let entry = |summary: String| Entry {
        at: now(),
        by: by.user.clone(),
        via: Some(format!("registry {}", directory.config().name)),
        address: by.address.clone(),
        basis: "registry".to_owned(),
        summary,
        impact: None,
    };
    let said = Arc::clone(&roster);
    let summary = format!("Take over what the registry {} says of people", directory.config().name);
    let people = server.office.make(entry(summary), move |organisation| {
        let people = sync_people(organisation, &said);
        match doubtful(&people, most) {
            Some(doubtful) => Err(ChangeError::Composed(doubtful)),
            None => Ok((people.report, people.events)),
        }
    });
    let (mut report, _) = people.await?;
    for (area, role) in bindings(&organisation) {
        let summary = summary_of(&organisation, area, &role);
        let said = Arc::clone(&roster);
        let equal = server.office.make(entry(summary), move |organisation| {
            let (events, bound) = keep_equal(organisation, &said, area, &role);
            Ok::<(_, Vec<Event>), ChangeError<Doubtful>>((bound, events))
        });
        match equal.await? {
            (Ok(bound), _) => report.bindings.extend(bound),
            (Err(problem), _) => report.problems.push(problem),
        }
    }
    report.problems.iter().for_each(|problem| tracing::warn!("{problem}"));
    Ok(report)
}

fn summary_of(organisation: &Organisation, area: AreaId, role: &Name) -> String {
    let bindings = organisation.settings().group_bindings;
    let groups = bindings.iter().filter(|it| it.area == area && it.role == *role).map(|it| &*it.group);
    let groups = groups.collect::<Vec<_>>().join("` and `");
    format!("Keep the role `{role}` in `{}` equal to `{groups}`", organisation.area_text(area))
}

async fn roster(organisation: &Organisation, directory: &Directory) -> Result<Roster, Unreachable> {
    let bound: BTreeSet<Name> =
        organisation.settings().group_bindings.iter().map(|it| it.group.clone()).collect();
    directory.everybody(&bound).await
}

fn doubtful(people: &governance::PeopleSync, most: u8) -> Option<Doubtful> {
    if !people.lacking.is_empty() {
        return Some(Doubtful::NoGroup(people.lacking.clone()));
    }
    let (vanished, of) = (people.lost, people.told_of);
    people.loses_more_than(most).then_some(Doubtful::TooManyVanish { vanished, of, most })
}

/// Syncs now and then, for ever, if that is wanted. Of several nodes each does, and all but the first find
/// nothing to change.
pub(crate) async fn scheduled(server: Arc<Server>) {
    let Some(directory) = &server.directory else { return };
    let Some(every) = directory.config().sync_every else { return };
    let mut interval = interval(every);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let by = By { user: "registry".to_owned(), address: None };
        match sync(&server, directory, by, directory.config().most_vanished).await {
            Ok(report) => {
                let SyncReport { created, renewed, vanished, returned, bindings, problems, .. } = &report;
                tracing::info!(
                    created = created.len(),
                    renewed = renewed.len(),
                    vanished = vanished.len(),
                    returned = returned.len(),
                    bindings = bindings.len(),
                    problems = problems.len(),
                    "users are what the directory says"
                );
            }
            Err(error) => tracing::warn!(%error, "no sync with the directory; trying again next time"),
        }
    }
}
