//! Following the processes of other servers that are used here: asked for when a provider tells that one has
//! changed, and now and then besides. Decisions never wait for any of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use governance::{
    DoesNotFit, Elsewhere, Frozen, Organisation, ProcessTelling, TakenProcess, ToldProcess,
    is_of_another_area, take_process,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use store::{Entry, Moment, ProcessAsked, StoreError};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::errands::Errands;
use super::haste::{Haste, Told};
use super::{PROCESSES, ProcessName, UNUSED};
use crate::api::bad_value;
use crate::chance::now;
use crate::friends;
use crate::oauth::Step;
use crate::office::ChangeError;
use crate::peer::{Answer, short};
use crate::problem::{Kind, Problem};
use crate::repeated_failure;
use crate::router::Server;

/// How often it is looked whether something is due.
const LOOKED_EVERY: Duration = Duration::from_secs(1);
/// How often it is read what other nodes have found out.
const LEARNT_EVERY: Duration = Duration::from_secs(5);

/// What this node knows of following.
#[derive(Default)]
pub(crate) struct Following {
    /// Processes to ask for at once.
    woken: Mutex<BTreeSet<Elsewhere>>,
    wake: Notify,
    /// What became of asking, by whichever node.
    asked: Mutex<BTreeMap<Elsewhere, ProcessAsked>>,
}

/// When this node has last asked for a process, or left it to another.
struct Tried {
    at: Instant,
    /// Whether a copy was here when that was last looked at.
    had_copy: bool,
}

/// What a provider has answered.
enum Heard {
    /// What is here is what there is.
    Same,
    Telling(ProcessTelling),
}

impl Following {
    /// Has a process asked for at once.
    pub(crate) fn wake(&self, of: impl IntoIterator<Item = Elsewhere>) {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).extend(of);
        self.wake.notify_one();
    }

    fn woken(&self) -> BTreeSet<Elsewhere> {
        std::mem::take(&mut self.woken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What became of asking for a process.
    pub(crate) fn asked(&self, of: &Elsewhere) -> Option<ProcessAsked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(of).cloned()
    }

    /// What became of asking for each process.
    pub(crate) fn all(&self) -> Vec<ProcessAsked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Whoever has linked a process was told it: what was in the way of following it before is over.
    pub(crate) async fn is_told(&self, server: &Server, of: &Elsewhere) {
        let kept = async {
            server.office.store().process_told(of, now()).await?;
            self.learn(server).await
        };
        if let Err(error) = kept.await {
            repeated_failure::log("cannot keep what became of asking for a process", &error);
        }
    }

    async fn learn(&self, server: &Server) -> Result<(), StoreError> {
        let used = server.office.published().organisation.used_elsewhere();
        let all = server.office.store().processes_asked().await?;
        let known = all.into_iter().filter(|it| used.contains_key(&it.of)).map(|it| (it.of.clone(), it));
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = known.collect();
        Ok(())
    }
}

/// Follows, for ever.
pub(crate) async fn follow(server: Arc<Server>) {
    let following = &server.sharing.following;
    let mut tried: BTreeMap<Elsewhere, Tried> = BTreeMap::new();
    let mut haste: BTreeMap<Elsewhere, Haste> = BTreeMap::new();
    let mut woken = BTreeSet::new();
    // What is used no more, which its server does not know yet.
    let mut left = BTreeSet::new();
    let mut errands = Errands::default();
    let mut learnt: Option<Instant> = None;
    loop {
        let ended = tokio::select! {
            () = sleep(LOOKED_EVERY) => false,
            () = following.wake.notified() => false,
            () = errands.ended() => true,
        };
        let organisation = Arc::clone(&server.office.published().organisation);
        let used = organisation.used_elsewhere();
        left.extend(tried.extract_if(.., |of, _| !used.contains_key(of)).map(|(of, _)| of));
        left.retain(|of: &Elsewhere| {
            let is_left = !used.contains_key(of);
            let told = is_left && errands.may_begin(&of.server);
            if told {
                errands.begin(of.server.to_string(), tell_unused(Arc::clone(&server), of.clone()));
            }
            is_left && !told
        });
        haste.retain(|of, _| used.contains_key(of));
        woken.append(&mut following.woken());
        woken.retain(|of| used.contains_key(of));
        if used.is_empty() {
            continue;
        }
        for of in used.into_keys() {
            let has_copy = organisation.copy_of(&of).is_some();
            let before = tried.get_mut(&of);
            // Linked a moment ago, for the first time or again: there is nothing yet that could decide.
            // So is what nobody has followed meanwhile: its project areas were archived.
            if before.is_none() || !has_copy && before.as_ref().is_some_and(|before| before.had_copy) {
                woken.insert(of.clone());
            }
            let elapsed = before.map(|before| {
                before.had_copy = has_copy;
                before.at.elapsed()
            });
            if !errands.may_begin(&of.server) {
                continue;
            }
            let now = Instant::now();
            let haste = haste.entry(of.clone()).or_insert_with(|| Haste::new(now));
            let at_once = woken.contains(&of) && haste.take(now);
            if at_once || elapsed.is_none_or(|elapsed| elapsed >= server.config.friends.poll) {
                woken.remove(&of);
                tried.insert(of.clone(), Tried { at: now, had_copy: has_copy });
                let (server, address, told) = (Arc::clone(&server), of.server.to_string(), haste.told());
                errands.begin(address, async move {
                    if let Err(error) = ask(&server, &of, at_once, &told).await {
                        repeated_failure::log("cannot keep what became of asking for a process", &error);
                    }
                });
            }
        }
        if ended || learnt.is_none_or(|at| at.elapsed() >= LEARNT_EVERY) {
            learnt = Some(Instant::now());
            if let Err(error) = following.learn(&server).await {
                repeated_failure::log("cannot read what became of asking for processes", &error);
            }
        }
    }
}

/// Asks for one process, unless another node just has.
async fn ask(server: &Arc<Server>, of: &Elsewhere, at_once: bool, told: &Told) -> Result<(), StoreError> {
    let store = server.office.store();
    let begun = now();
    // A little less than the time between two polls: nodes that poll in step would else all miss it.
    let every = i64::try_from(server.config.friends.poll.as_micros()).unwrap_or(i64::MAX);
    let last = if at_once { begun.microseconds() } else { begun.microseconds() - every * 9 / 10 };
    if !store.claim_process(of, begun, Moment::new(last)).await? {
        return Ok(());
    }
    match heard(server, of, told).await {
        Ok(Heard::Same) => store.process_told(of, now()).await,
        Ok(Heard::Telling(telling)) => match take(server, of, &telling).await {
            Ok(()) => match &telling {
                ProcessTelling::Process(_) => store.process_told(of, now()).await,
                ProcessTelling::Withheld(frozen) => store.process_in_trouble(of, why(*frozen), now()).await,
            },
            Err(said) => {
                if let ProcessTelling::Process(told) = &telling {
                    store.process_missed(of, &told.version).await?;
                }
                store.process_in_trouble(of, &short(&said), now()).await
            }
        },
        Err(Unheard { said, frozen }) => {
            if let Some(frozen) = frozen
                && let Err(said) = take(server, of, &ProcessTelling::Withheld(frozen)).await
            {
                tracing::warn!(server = %of.server, said, "cannot freeze the copy of a process");
            }
            store.process_in_trouble(of, &short(&said), now()).await
        }
    }
}

const fn why(frozen: Frozen) -> &'static str {
    match frozen {
        Frozen::NotShared => "the provider does not share it any more, or has no such project area",
        Frozen::NotLetIn => "the provider does not let this server in any more",
        Frozen::Replaced => {
            "another project area of the provider has this name now: link anew if that is meant"
        }
    }
}

/// Why a provider has told nothing.
struct Unheard {
    said: String,
    /// What that means for the copy, if it means anything.
    frozen: Option<Frozen>,
}

impl Unheard {
    fn for_now(said: impl ToString) -> Self {
        Self { said: said.to_string(), frozen: None }
    }
}

async fn heard(server: &Server, of: &Elsewhere, told: &Told) -> Result<Heard, Unheard> {
    let held = {
        let organisation = &server.office.published().organisation;
        let copy = organisation.copy_of(of).filter(|(_, copy)| copy.frozen.is_none());
        let linked = organisation.used_elsewhere().get(of).is_some_and(|users| {
            users.iter().all(|user| {
                let project = organisation.area(*user).and_then(|it| it.project());
                project.and_then(|it| it.uses_process.as_ref()?.lender()).is_some()
            })
        });
        copy.filter(|_| linked).map(|(_, copy)| copy.version.to_string())
    };
    if held.is_none() {
        let all = server.office.store().friends().await.map_err(Unheard::for_now)?;
        // That there is no friend is told where it is asked.
        if let Some(friend) = friends::at(&all, &of.server)
            && let Some(missing) = friends::both_ways(server, friend)
                .await
                .map_err(|problem| Unheard::for_now(problem.detail))?
        {
            return Err(Unheard::for_now(missing));
        }
    }
    let mut headers = HeaderMap::new();
    if let Some(version) = held.and_then(|version| HeaderValue::from_str(&format!("\"{version}\"")).ok()) {
        headers.insert(IF_NONE_MATCH, version);
    }
    let has_copy = headers.contains_key(IF_NONE_MATCH);
    let answer = request(server, of, "", headers).await?;
    told.note(answer.body.len());
    match understood(&answer)? {
        Heard::Same if !has_copy => {
            Err(Unheard::for_now("the provider says that nothing has changed since nothing"))
        }
        Heard::Telling(ProcessTelling::Process(told))
            if told.process.application.is_some_and(|it| it != of.application) =>
        {
            Err(Unheard::for_now(format!("`{}` tells a process of another application", answer.uri)))
        }
        Heard::Telling(ProcessTelling::Process(told))
            if is_of_another_area(&server.office.published().organisation, of, &told) =>
        {
            Ok(Heard::Telling(ProcessTelling::Withheld(Frozen::Replaced)))
        }
        heard => Ok(heard),
    }
}

async fn request(
    server: &Server,
    of: &Elsewhere,
    query: &str,
    headers: HeaderMap,
) -> Result<Answer, Unheard> {
    let all = server.office.store().friends().await.map_err(Unheard::for_now)?;
    let friend = friends::at(&all, &of.server).ok_or_else(|| {
        let own =
            server.config.base_uri.as_ref().is_some_and(|own| friends::same_server(own.as_str(), &of.server));
        let said = match own {
            true => {
                format!("`{}` is this server itself: choose the project area without a server", of.server)
            }
            false => format!("no friend is at `{}`: somebody in JazzAdmins adds it as one", of.server),
        };
        Unheard::for_now(said)
    })?;
    let name = utf8_percent_encode(&of.project_area, NON_ALPHANUMERIC);
    let path = format!("{PROCESSES}/{}/{name}{query}", of.application.id());
    friends::get(server, friend, &path, headers).await.map_err(Unheard::for_now)
}

/// Tells a provider that its process is used here no more. One that does not hear of it finds out when it
/// tells of the next change.
async fn tell_unused(server: Arc<Server>, of: Elsewhere) {
    let process = ProcessName {
        application: of.application.id().to_owned(),
        project_area: of.project_area.to_string(),
    };
    let said = match server.office.store().friends().await {
        Ok(all) => match friends::at(&all, &of.server) {
            Some(friend) => {
                match friends::post(&server, friend, UNUSED, HeaderMap::new(), &json!(process)).await {
                    Ok(answer) if answer.status.is_success() => return,
                    Ok(answer) => answer.status.to_string(),
                    Err(error) => error.to_string(),
                }
            }
            None => return,
        },
        Err(error) => error.to_string(),
    };
    tracing::info!(server = %of.server, said, "does not hear that a process is used no more");
}

/// The process as its server tells it now, for somebody who looks at it before it is used.
pub(crate) async fn look(server: &Server, of: &Elsewhere) -> Result<ToldProcess, Problem> {
    let told = request(server, of, "?only_look=true", HeaderMap::new()).await;
    match told.and_then(|answer| understood(&answer)) {
        Ok(Heard::Telling(ProcessTelling::Process(told))) => Ok(*told),
        Ok(Heard::Telling(ProcessTelling::Withheld(_)) | Heard::Same) => {
            let said = format!("`{}` is not shared there, or there is no such project area", of.project_area);
            Err(bad_value("/project_area", said))
        }
        Err(Unheard { said, .. }) => Err(Problem::new(Kind::FriendAway, said)),
    }
}

fn understood(answer: &Answer) -> Result<Heard, Unheard> {
    match answer.status {
        StatusCode::NOT_MODIFIED => Ok(Heard::Same),
        StatusCode::OK => {
            let told: ToldProcess = answer.json().map_err(Unheard::for_now)?;
            let is_name =
                |text: &str| (1..=200).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic());
            if !is_name(&told.version) || !is_name(&told.history) {
                let said =
                    format!("`{}` calls a version or its history by no name of 1 to 200 letters", answer.uri);
                return Err(Unheard::for_now(said));
            }
            Ok(Heard::Telling(ProcessTelling::Process(Box::new(told))))
        }
        StatusCode::NOT_FOUND => {
            let told: Value = answer.json().unwrap_or_default();
            // Whatever else may stand at the address does not say this.
            if told["shared"] == Value::Bool(false) {
                return Ok(Heard::Telling(ProcessTelling::Withheld(Frozen::NotShared)));
            }
            Err(Unheard::for_now(format!(
                "`{}` answers 404, and is no server that shares processes",
                answer.uri
            )))
        }
        StatusCode::UNAUTHORIZED => Err(refused(answer)),
        status => Err(Unheard::for_now(format!("`{}` answers {status}", answer.uri))),
    }
}

/// Whether it is for good depends on what the provider says.
fn refused(answer: &Answer) -> Unheard {
    let (step, said) = friends::refused(answer);
    let for_good = matches!(step, Some(Step::KeyKnown | Step::KeyRejected | Step::FunctionalUser));
    let frozen = for_good.then_some(Frozen::NotLetIn);
    Unheard { said: format!("the provider does not let this server in: {said}"), frozen }
}

/// Takes over what was told. Each attempt is judged by the newest organisation.
async fn take(server: &Arc<Server>, of: &Elsewhere, telling: &ProcessTelling) -> Result<(), String> {
    let entry = Entry {
        at: now(),
        by: "provider".to_owned(),
        via: Some(format!("friend {}", of.server)),
        address: None,
        basis: "provider".to_owned(),
        summary: summary(&server.office.published().organisation, of, telling),
        impact: None,
    };
    let (of_whom, what) = (of.clone(), telling.clone());
    let made = server.office.make(entry, move |organisation| {
        let taken = take_process(organisation, &of_whom, &what).map_err(ChangeError::Composed)?;
        let events = taken.events.clone();
        Ok::<_, ChangeError<DoesNotFit>>((taken, events))
    });
    let (TakenProcess { kept_roles, restored, .. }, revision) =
        made.await.map_err(|error| error.to_string())?;
    if let Some(revision) = revision {
        let roles: Vec<&str> = kept_roles.iter().map(|role| &**role).collect();
        tracing::info!(%revision, server = %of.server, project_area = %of.project_area, "took over a process");
        if restored {
            tracing::warn!(server = %of.server, "the revisions of the provider began anew, as after a restore");
        }
        if !roles.is_empty() {
            tracing::warn!(?roles, "roles that the provider has removed stay, since they are in use here");
        }
    }
    Ok(())
}

fn summary(organisation: &Organisation, of: &Elsewhere, telling: &ProcessTelling) -> String {
    let name = format!("the process of {}/{} at {}", of.application.id(), of.project_area, of.server);
    match telling {
        ProcessTelling::Withheld(frozen) => format!("Freeze the copy of {name}: {}", why(*frozen)),
        ProcessTelling::Process(told) => {
            let before = organisation.copy_of(of).map(|(_, copy)| copy);
            let anew =
                before.filter(|before| before.history != told.history || before.revision > told.revision);
            let anew = anew.map_or_else(String::new, |before| {
                let of = if before.history == told.history { "" } else { " of another history" };
                format!(", whose revisions began anew: it was {}{of}", before.revision)
            });
            format!("Take over {name}, revision {}{anew}", told.revision)
        }
    }
}
