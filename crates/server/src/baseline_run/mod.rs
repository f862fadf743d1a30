//! Runs that baseline a hierarchy (docs/global-configurations.md#runs).
//!
//! What an application has answered is kept before the next is asked; what is global is one change, under a
//! key that belongs to the run, and so is made once, however often a run goes on.

mod report;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governance::text::Name;
use governance::{
    Act, Acted, BaselineHierarchy, BaselinePlan, ConfigurationId, LicenceSet, LocalOutcome, NamePattern,
    Organisation, Refusal, UserId, View,
};
use store::{Answered, BaselineRun, LocalAnswer, Moment, Revision, RunEnd, StoreError};
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::chance::{hex, now, random};
use crate::local_configurations::{Applications, LocalStream};
use crate::office::{Author, ChangeError, Office, Once};
use crate::past;

pub(crate) use report::{Counts, Report};

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) done: usize,
    pub(crate) of: usize,
    /// The local configuration whose application is asked.
    pub(crate) current: Option<String>,
    /// How many applications have refused.
    pub(crate) refusals: usize,
}

/// What a run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    /// A process goes on with it.
    Running,
    /// The process that went on with it has ended, or could not go on.
    Interrupted,
    /// Its end is kept.
    Ended,
}

/// Why a run goes no further now.
#[derive(Debug, Error)]
enum Interruption {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Change(#[from] ChangeError),
    #[error("planning came to an unforeseen end")]
    Planning,
    #[error("the past of revision {0} cannot be read")]
    Past(Revision),
    #[error("another process goes on with it")]
    Taken,
}

/// A process says so often that it goes on with a run, in microseconds.
const BEAT: Duration = Duration::from_secs(5);
/// Of another process that has said nothing for so long, that it has ended.
const SILENCE: i64 = 20_000_000;

/// The runs of this process.
pub(crate) struct BaselineRuns {
    /// By which this process is told from others and from those before it.
    node: String,
    applications: Applications,
    here: Mutex<HashMap<String, Here>>,
}

/// A run that this process has taken, and that has not ended.
enum Here {
    /// A task goes on with it.
    Live(watch::Receiver<Progress>),
    /// It was left.
    Interrupted,
}

impl BaselineRuns {
    pub(crate) fn new(applications: Applications) -> Arc<Self> {
        Arc::new(Self { node: hex(&random::<8>()), applications, here: Mutex::default() })
    }

    /// What the global part would come to, if every application did as it is asked.
    pub(crate) fn plan(&self, view: &View, root: ConfigurationId, names: &str) -> Option<BaselinePlan> {
        self.planned(view, root, names, &BTreeMap::new()).map(|(_, plan)| plan)
    }

    fn planned(
        &self,
        view: &View,
        root: ConfigurationId,
        names: &str,
        answered: &BTreeMap<Name, LocalOutcome>,
    ) -> Option<(BaselineHierarchy, BaselinePlan)> {
        let mut command =
            BaselineHierarchy { root, names: NamePattern::new(names), locals: answered.clone() };
        let mut plan = view.baseline_plan(&command)?;
        let kept = plan.locals.iter().filter(|it| self.applications.keeper(&it.uri).is_some());
        for local in kept {
            // As if it were a baseline already.
            let as_is = LocalOutcome::Baseline(local.uri.clone());
            command.locals.entry(local.uri.clone()).or_insert(as_is);
        }
        if command.locals.len() > answered.len() {
            plan = view.baseline_plan(&command)?;
        }
        Some((command, plan))
    }

    /// What a run was at when it was read.
    pub(crate) fn state(&self, office: &Office, run: &BaselineRun) -> RunState {
        let silent = now().microseconds().saturating_sub(run.alive.microseconds());
        let is_heard_of = silent < SILENCE;
        let lives = || match self.lock().get(&run.id) {
            // Of a database that is ours alone, whoever went on with it before us has ended.
            _ if run.node != self.node => office.store().is_shared() && is_heard_of,
            Some(Here::Live(_)) => true,
            Some(Here::Interrupted) => false,
            // It has ended since it was read, or was taken and never begun.
            None => is_heard_of,
        };
        match &run.end {
            Some(_) => RunState::Ended,
            None if lives() => RunState::Running,
            None => RunState::Interrupted,
        }
    }

    /// How far a run is that this process goes on with.
    pub(crate) fn progress(&self, run: &str) -> Option<watch::Receiver<Progress>> {
        match self.lock().get(run)? {
            Here::Live(progress) => Some(progress.clone()),
            Here::Interrupted => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Here>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a run, unless there is one of this name.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        office: &Arc<Office>,
        id: String,
        author: Author,
        root: ConfigurationId,
        names: String,
    ) -> Result<Option<(BaselineRun, JoinHandle<()>)>, StoreError> {
        let (begun, node) = (now(), self.node.clone());
        let run = BaselineRun { id, user: author.user, root, names, begun, node, alive: begun, end: None };
        if !office.store().add_baseline_run(&run).await? {
            return Ok(None);
        }
        let task = self.go_on(office, run.clone(), author);
        Ok(Some((run, task)))
    }

    /// Goes on with a run that was interrupted, unless somebody else does.
    pub(crate) async fn resume(
        self: &Arc<Self>,
        office: &Arc<Office>,
        run: &BaselineRun,
        author: Author,
    ) -> Result<Option<JoinHandle<()>>, StoreError> {
        let at = now();
        if !office.store().take_baseline_run(run, &self.node, at).await? {
            return Ok(None);
        }
        let run = BaselineRun { node: self.node.clone(), alive: at, ..run.clone() };
        Ok(Some(self.go_on(office, run, author)))
    }

    fn go_on(self: &Arc<Self>, office: &Arc<Office>, run: BaselineRun, author: Author) -> JoinHandle<()> {
        let (told, progress) = watch::channel(Progress::default());
        self.lock().insert(run.id.clone(), Here::Live(progress));
        let (runs, office) = (Arc::clone(self), Arc::clone(office));
        tokio::spawn(async move {
            let _leaving = Leaving { runs: &runs, run: &run.id };
            let ended = tokio::select! {
                ended = runs.to_its_end(&office, &run, author, &told) => ended,
                interruption = runs.beat(&office, &run.id) => Err(interruption),
            };
            match ended {
                Ok(()) => drop(runs.lock().remove(&run.id)),
                Err(interruption) => {
                    tracing::warn!(run = run.id, error = %interruption, "a baseline run was interrupted");
                }
            }
        })
    }

    /// Says now and then that the run is gone on with; ends when it is not.
    async fn beat(&self, office: &Office, run: &str) -> Interruption {
        loop {
            tokio::time::sleep(BEAT).await;
            match office.store().baseline_run_lives(run, &self.node, now()).await {
                Ok(true) => {}
                Ok(false) => return Interruption::Taken,
                Err(error) => tracing::warn!(%error, "cannot say that a baseline run goes on"),
            }
        }
    }

    async fn to_its_end(
        self: &Arc<Self>,
        office: &Arc<Office>,
        run: &BaselineRun,
        author: Author,
        told: &watch::Sender<Progress>,
    ) -> Result<(), Interruption> {
        let Some((view, _)) = office.view(run.user) else {
            return self.end(office, run, None, Report::refused("the account is archived")).await;
        };
        let mut answered = BTreeMap::new();
        for LocalAnswer { uri, answer } in office.store().local_answers(&run.id).await? {
            answered.insert(Name::from(uri), outcome(answer));
        }
        let by = view.asker().id.to_string();
        let planned = {
            let (runs, run, answered) = (Arc::clone(self), run.clone(), answered.clone());
            spawn_blocking(move || runs.planned(&view, run.root, &run.names, &answered))
        };
        let Some((_, plan)) = planned.await.map_err(|_| Interruption::Planning)? else {
            return self.end(office, run, None, Report::refused("the configuration is not there")).await;
        };
        let asked = plan.locals.iter().filter(|it| !answered.contains_key(&it.uri));
        let asked: Vec<_> = asked.filter_map(|it| Some((it, self.applications.keeper(&it.uri)?))).collect();
        let refusals = answered.values().filter(|it| matches!(it, LocalOutcome::Refused(_))).count();
        let (done, of) = (answered.len(), answered.len() + asked.len() + plan.lines.len());
        told.send_replace(Progress { done, of, current: None, refusals });
        for (local, application) in asked {
            told.send_modify(|it| it.current = Some(local.uri.to_string()));
            let (uri, name) = (local.uri.to_string(), local.name.to_string());
            let stream = LocalStream { run: run.id.clone(), uri, name, by: by.clone() };
            let answer = application.baseline(&stream).await;
            let answer = LocalAnswer { uri: stream.uri, answer };
            office.store().add_local_answer(&run.id, &answer).await?;
            let outcome = outcome(answer.answer);
            told.send_modify(|it| {
                it.done += 1;
                it.refusals += usize::from(matches!(outcome, LocalOutcome::Refused(_)));
            });
            answered.insert(local.uri.clone(), outcome);
        }
        told.send_modify(|it| it.current = None);
        let names = NamePattern::new(run.names.as_str());
        let command = BaselineHierarchy { root: run.root, names, locals: answered };
        let (revision, report) = self.globally(office, run, author, command).await?;
        self.end(office, run, revision, report).await?;
        told.send_modify(|it| it.done = it.of);
        Ok(())
    }

    /// All that is global, as one change.
    async fn globally(
        &self,
        office: &Arc<Office>,
        run: &BaselineRun,
        author: Author,
        command: BaselineHierarchy,
    ) -> Result<(Option<Revision>, Report), Interruption> {
        let once = Once {
            key: format!("baseline-run:{}", run.id),
            request_hash: run.id.clone(),
            told: Arc::new(|_, _| String::new()),
        };
        // Whoever was interrupted after the change and before its end was kept would find nothing to do.
        if let Some((view, _)) = office.view(run.user) {
            let kept = office.store().idempotent(&view.asker().id, &once.key).await?;
            if let Some(answered) = kept {
                let report = self.report_of(office, run, &command, &answered).await?;
                return Ok((Some(answered.revision), report));
            }
        }
        let planned: Arc<Mutex<Option<BaselinePlan>>> = Arc::default();
        let compose = {
            let (planned, command) = (Arc::clone(&planned), command.clone());
            move |_: &View| {
                Ok::<_, Infallible>(Baselining { command: command.clone(), planned: Arc::clone(&planned) })
            }
        };
        let changed = office.change_as(author, "Baseline a hierarchy".to_owned(), Some(once), compose).await;
        let report = || {
            let plan = planned.lock().unwrap_or_else(PoisonError::into_inner).take();
            plan.map(Report::of).unwrap_or_default()
        };
        Ok(match changed {
            Ok(changed) => (Some(changed.revision), report()),
            Err(ChangeError::Repeated(answered)) => {
                (Some(answered.revision), self.report_of(office, run, &command, &answered).await?)
            }
            Err(ChangeError::Refused(Refusal::Nothing)) => (None, report()),
            Err(ChangeError::Refused(refusal)) => (None, report().with_refusal(refusal.to_string())),
            Err(error @ (ChangeError::Scope(_) | ChangeError::Archived)) => {
                (None, Report::refused(error.to_string()))
            }
            Err(error) => return Err(error.into()),
        })
    }

    /// What is told of a change that was kept before its end was: it is planned again as things were before
    /// it.
    async fn report_of(
        &self,
        office: &Arc<Office>,
        run: &BaselineRun,
        command: &BaselineHierarchy,
        answered: &Answered,
    ) -> Result<Report, Interruption> {
        let before = Revision::new(answered.revision.number().saturating_sub(1));
        let Some((view, _)) = office.view(run.user) else {
            return Ok(Report::default());
        };
        let view = past::at(office, &view, before).await.map_err(|_| Interruption::Past(before))?;
        let command = command.clone();
        let plan = spawn_blocking(move || view.baseline_plan(&command)).await;
        Ok(plan.map_err(|_| Interruption::Planning)?.map(Report::of).unwrap_or_default())
    }

    async fn end(
        &self,
        office: &Office,
        run: &BaselineRun,
        revision: Option<Revision>,
        report: Report,
    ) -> Result<(), Interruption> {
        let at: Moment = now();
        let end = RunEnd { at, revision, report: report.to_text() };
        Ok(office.store().end_baseline_run(&run.id, &end).await?)
    }
}

/// Baselining a hierarchy as a change, which leaves the plan for it.
struct Baselining {
    command: BaselineHierarchy,
    planned: Arc<Mutex<Option<BaselinePlan>>>,
}

impl Act for Baselining {
    fn act(&self, organisation: &Organisation, by: UserId, leases: LicenceSet) -> Result<Acted, Refusal> {
        let (plan, acted) = self.command.judged(organisation, by, leases);
        *self.planned.lock().unwrap_or_else(PoisonError::into_inner) = Some(plan);
        acted
    }
}

/// Leaves a run, however its task comes to an end before the run does.
struct Leaving<'a> {
    runs: &'a BaselineRuns,
    run: &'a str,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if let Some(here) = self.runs.lock().get_mut(self.run) {
            *here = Here::Interrupted;
        }
    }
}

fn outcome(answer: Result<String, String>) -> LocalOutcome {
    match answer {
        Ok(baseline) => LocalOutcome::Baseline(baseline.into()),
        Err(refusal) => LocalOutcome::Refused(refusal),
    }
}
