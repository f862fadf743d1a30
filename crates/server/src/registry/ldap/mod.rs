//! A directory (LDAP): people sign in by binding as themselves, and it tells of people and groups
//! (docs/guide/people.md).

mod entry;
mod session;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use governance::text::{Name, fold};
use governance::{Person, Roster};
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::chance::{hex, random};
use crate::config::Ldap;
use crate::password::LONGEST;
use crate::registry::normal_name;
use entry::{Found, Group, Members};
use session::{Lost, Session};

/// What a directory says of an id and a password.
#[derive(Debug)]
pub(crate) enum Bound {
    /// They are this person's.
    Right(Person),
    /// They are this person's, and nobody can say in which groups the person is.
    WithoutGroups(Person, Unreachable),
    /// There is nobody of this id, or it is another's password.
    Wrong,
}

/// The directory cannot say now what it is asked. People are told so; why is for the log.
#[derive(Clone, Debug, Error)]
#[error("the directory `{directory}` {cause}")]
pub(crate) struct Unreachable {
    directory: Name,
    cause: String,
}

/// A directory, whose servers are asked one after another until one answers.
#[derive(Debug)]
pub(crate) struct Directory {
    config: Ldap,
    /// The server that has answered last.
    answers: AtomicUsize,
    turns: Arc<Semaphore>,
    waiting: Semaphore,
    /// All servers were away: why, and until when nobody asks.
    away: Mutex<Option<(Instant, String)>>,
}

/// So long they are taken to be away.
const AWAY: Duration = Duration::from_secs(2);
/// So many passwords are tried there at a time, and so many people wait for that.
const AT_A_TIME: usize = 8;
const MOST_WAITING: usize = 64;
/// So many people a search tells of.
const MOST_FOUND: usize = 50;
/// Groups in groups end somewhere, and loops of them do, too.
const DEEPEST: usize = 32;

impl Directory {
    pub(crate) fn new(config: Ldap) -> Self {
        Self {
            config,
            answers: AtomicUsize::new(0),
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
            waiting: Semaphore::new(MOST_WAITING),
            away: Mutex::new(None),
        }
    }

    /// The turn of somebody who tries a password, unless too many wait for theirs.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let _waiting = self.waiting.try_acquire().ok()?;
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    pub(crate) const fn config(&self) -> &Ldap {
        &self.config
    }

    /// Whose id and password these are. With nobody of the id it takes as many questions.
    pub(crate) async fn bound(&self, id: &str, password: &str) -> Result<Bound, Unreachable> {
        // A bind without a password succeeds, as nobody (RFC 4513 §5.1.2).
        if password.is_empty() || password.len() > LONGEST {
            return Ok(Bound::Wrong);
        }
        let (id, password): (Arc<str>, Arc<str>) = (id.into(), password.into());
        self.ask(|session| {
            let (id, password) = (Arc::clone(&id), Arc::clone(&password));
            Box::pin(async move {
                let found = session.person(&id).await?;
                let nobody = || format!("cn={},{}", hex(&random::<16>()), session.config().people_base);
                let name = found.as_ref().map_or_else(nobody, |found| found.name.clone());
                let right = session.bind_as(&name, &password).await?;
                match found {
                    Some(found) if right => {
                        session.bind().await?;
                        told_of(session, &found).await
                    }
                    _ => Ok(Bound::Wrong),
                }
            })
        })
        .await
    }

    /// Takes as long as [`Self::bound`] for somebody who is asked about elsewhere.
    pub(crate) async fn nobody(&self) -> Result<(), Unreachable> {
        self.bound(&hex(&random::<16>()), &hex(&random::<16>())).await.map(|_| ())
    }

    /// The person of this id, who is new here.
    pub(crate) async fn person(&self, id: &str) -> Result<Option<Person>, Unreachable> {
        let id: Arc<str> = id.into();
        let found = self.ask(|session| {
            let id = Arc::clone(&id);
            Box::pin(async move {
                match session.person(&id).await? {
                    Some(found) => told_of(session, &found).await,
                    None => Ok(Bound::Wrong),
                }
            })
        });
        match found.await? {
            Bound::Right(person) => Ok(Some(person)),
            Bound::WithoutGroups(_, unreachable) => Err(unreachable),
            Bound::Wrong => Ok(None),
        }
    }

    /// People whose id, name or mail address has a text in it, by id; not all of them if they are many.
    pub(crate) async fn people(&self, text: &str) -> Result<Vec<Person>, Unreachable> {
        let text: Arc<str> = text.into();
        let found = self.ask(|session| {
            let text = Arc::clone(&text);
            Box::pin(async move { session.people_with(&text, MOST_FOUND).await })
        });
        let found =
            found.await?.into_iter().filter_map(|found| found.person(&self.config, &BTreeSet::new()).ok());
        let mut people: Vec<_> = found.collect();
        people.sort_by(|one, other| fold(&one.id).cmp(&fold(&other.id)));
        Ok(people)
    }

    /// Everybody, with the members of these groups.
    pub(crate) async fn everybody(&self, groups: &BTreeSet<Name>) -> Result<Roster, Unreachable> {
        let read = self.ask(|session| {
            Box::pin(async move {
                let people = session.everybody().await?;
                Ok((people, session.every_group().await?))
            })
        });
        let (people, found) = read.await?;
        Ok(roster(&self.config, &people, &found, groups))
    }

    /// Asks the first server that answers to the end.
    async fn ask<T>(
        &self,
        question: impl for<'s> Fn(&'s mut Session) -> BoxFuture<'s, Result<T, Lost>>,
    ) -> Result<T, Unreachable> {
        let unreachable = |cause| {
            let cause = format!("cannot be reached: {cause}");
            Unreachable { directory: self.config.name.clone(), cause }
        };
        self.may_be_there().map_err(unreachable)?;
        let (many, first) = (self.config.servers.len(), self.answers.load(Ordering::Relaxed));
        let mut cause = String::new();
        for at in (0..many).map(|step| (first + step) % many.max(1)) {
            let server = &self.config.servers[at];
            let answered = async {
                let mut session = Session::open(&self.config, server).await?;
                *self.away() = None;
                let answer = question(&mut session).await;
                session.close().await;
                answer
            };
            match answered.await {
                Ok(answer) => {
                    self.answers.store(at, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(Lost(lost)) => {
                    tracing::warn!(
                        server = server.url,
                        cause = lost,
                        "a server of the directory does not answer"
                    );
                    cause = lost;
                }
            }
        }
        *self.away() = Some((Instant::now() + AWAY, cause.clone()));
        Err(unreachable(cause))
    }

    /// Whether all servers were away when one was last asked for.
    pub(crate) fn is_away(&self) -> bool {
        self.away().is_some()
    }

    /// Whether it is worth while to ask. After a time one finds that out, and the others are told meanwhile
    /// why it was not.
    fn may_be_there(&self) -> Result<(), String> {
        match &mut *self.away() {
            Some((until, cause)) if Instant::now() < *until => Err(cause.clone()),
            Some((until, _)) => {
                let servers = u32::try_from(self.config.servers.len()).unwrap_or(u32::MAX);
                *until = Instant::now() + AWAY + self.config.connect_timeout * servers;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn away(&self) -> MutexGuard<'_, Option<(Instant, String)>> {
        // What it says is whole at any time.
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the directory says of whose entry was found, groups among it. Where it lacks one that stands for a
/// repository group, who is in it has not lost anything: it was renamed, or is misspelt here.
async fn told_of(session: &mut Session, found: &Found) -> Result<Bound, Lost> {
    let groups = session.groups_of(&found.name).await?;
    let Some(person) = sound(found, session.config(), &groups) else { return Ok(Bound::Wrong) };
    let Some(lacking) = session.lacking(&groups).await? else { return Ok(Bound::Right(person)) };
    let cause = format!("has no group `{lacking}`, which stands for a repository group");
    let unreachable = Unreachable { directory: session.config().name.clone(), cause };
    Ok(Bound::WithoutGroups(Person { groups: None, ..person }, unreachable))
}

/// The person of an entry that somebody has asked for; what is wrong with it is for the log.
fn sound(found: &Found, config: &Ldap, groups: &BTreeSet<String>) -> Option<Person> {
    let person = found.person(config, groups);
    person.map_err(|flaw| tracing::warn!(flaw, "somebody whom the directory knows can be no user")).ok()
}

/// What a directory tells, out of its entries.
fn roster(config: &Ldap, people: &[Found], groups: &[Group], wanted: &BTreeSet<Name>) -> Roster {
    let members = Members::of(groups, config.nested_groups);
    let mut roster = Roster::new(config.name.clone());
    let groups = || config.groups.groups();
    groups().filter(|group| !members.knows(&group.compared)).for_each(|group| roster.lacks(&group.name));
    let groups = groups().map(|group| &*group.compared);
    let mapped: Vec<_> = groups.map(|group| (group, members.of_group(group))).collect();
    let mut ids = HashMap::with_capacity(people.len());
    for found in people {
        let (name, id) = (found.normal_name(), found.id());
        let of = mapped.iter().filter(|(_, members)| members.contains(&*name));
        match found.person(config, &of.map(|(group, _)| (*group).to_owned()).collect()) {
            Ok(person) => roster.add(person, found.shown_name()),
            Err(flaw) => roster.add_flawed(id.clone(), found.shown_name(), flaw),
        }
        ids.extend(id.map(|id| (name, id)));
    }
    for group in wanted {
        let name = normal_name(group);
        if members.knows(&name) {
            let of = members.of_group(&name).into_iter().filter_map(|name| ids.get(name).cloned());
            roster.add_group(group.clone(), of.collect());
        }
    }
    roster
}
