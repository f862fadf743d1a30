//! Runs with an application that answers as a test wants it to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use governance::{BaselineOutcome, Organisation, UserId};
use store::{Entry, Location, Store};
use tempfile::TempDir;
use tokio::sync::Notify;

use super::*;
use crate::local_configurations::LocalConfigurations;
use crate::scope::Scopes;

const DOCUMENT: &str = "
bailiwick: 1
users: [{id: lena, licenses: [elm-practitioner]}]
project_areas:
  - application: gc
    name: Vehicle
    roles: [{id: lead}]
    members: {lena: [lead]}
    permissions:
      - {role: lead, operation: gc.save-baseline, actions: ['*']}
      - {role: lead, operation: gc.save-staging-stream, actions: ['*']}
    components: [{name: Car}, {name: Motor}]
    contributions:
      - to: 'Car/stream:Car Initial Stream'
        configurations:
          - 'Motor/stream:Motor Initial Stream'
          - https://rm.example.com/stream/1
          - https://rm.example.com/stream/2
          - https://other.example.com/baseline/9
";

/// Keeps what begins with `https://rm.example.com/`.
#[derive(Default)]
struct Requirements {
    asked: Mutex<Vec<String>>,
    /// How many it answers before it hangs.
    answers: AtomicUsize,
    hangs: Notify,
    refuses: Option<&'static str>,
}

struct Shared(Arc<Requirements>);

impl LocalConfigurations for Shared {
    fn keeps(&self, uri: &str) -> bool {
        uri.starts_with("https://rm.example.com/")
    }
    fn baseline<'a>(&'a self, stream: &'a LocalStream) -> BoxFuture<'a, Result<String, String>> {
        async move {
            self.0.asked.lock().unwrap().push(stream.uri.clone());
            if self.0.answers.fetch_sub(1, Ordering::Relaxed) == 0 {
                self.0.hangs.notify_one();
                std::future::pending::<()>().await;
            }
            match self.0.refuses {
                Some(uri) if uri == stream.uri => Err("it is locked".to_owned()),
                _ => Ok(stream.uri.replace("stream", "baseline")),
            }
        }
        .boxed()
    }
}

struct Here {
    office: Arc<Office>,
    root: ConfigurationId,
    lena: UserId,
    _folder: TempDir,
}

async fn here() -> Here {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Location::folder(folder.path()), "history").await.unwrap();
    let sources = [document::Source { name: "x".into(), text: DOCUMENT.as_bytes() }];
    let told = document::load(&sources, &document::Limits::default()).unwrap_or_else(|it| panic!("{it}"));
    let entry = Entry {
        at: now(),
        by: "lena".to_owned(),
        via: None,
        address: None,
        basis: String::new(),
        summary: String::new(),
        impact: None,
    };
    store.append(Revision::NONE, &entry, &told.events).await.unwrap();
    let office = Office::open(store).await.unwrap();
    let organisation = Arc::clone(&office.published().organisation);
    let lena = organisation.user_by_id("lena").unwrap();
    Here { root: configuration(&organisation, "stream:Car Initial Stream"), office, lena, _folder: folder }
}

fn configuration(organisation: &Organisation, text: &str) -> ConfigurationId {
    let found =
        organisation.configurations().find(|(_, it)| format!("{}:{}", it.kind.word(), it.name) == text);
    found.unwrap_or_else(|| panic!("there is no {text}")).0
}

impl Here {
    fn author(&self) -> Author {
        Author { user: self.lena, via: None, address: None, scopes: Scopes::ALL }
    }
    async fn kept(&self, run: &BaselineRun) -> BaselineRun {
        self.office.store().baseline_run(&run.id).await.unwrap().unwrap()
    }
    async fn report(&self, run: &BaselineRun) -> Report {
        Report::from_text(&self.kept(run).await.end.expect("the run has ended").report)
    }
    fn contained(&self, text: &str) -> Vec<String> {
        let organisation = &self.office.published().organisation;
        let contributions = organisation.contributions(configuration(organisation, text)).iter();
        let text = |it: &governance::Contribution| match it {
            governance::Contribution::Configuration(id) => {
                organisation.configuration_text(organisation.configuration(*id).unwrap())
            }
            governance::Contribution::Local(uri) => uri.to_string(),
        };
        contributions.map(text).collect()
    }
}

fn runs(application: &Arc<Requirements>) -> Arc<BaselineRuns> {
    BaselineRuns::new(Applications::of(vec![Box::new(Shared(Arc::clone(application)))]))
}

fn answering(answers: usize, refuses: Option<&'static str>) -> Arc<Requirements> {
    Arc::new(Requirements { answers: AtomicUsize::new(answers), refuses, ..Requirements::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_its_process_leaves_is_gone_on_with_and_nothing_is_asked_or_made_twice() {
    let here = here().await;
    let (application, before) = (answering(1, None), here.office.published().revision);
    let first = runs(&application);
    let (run, task) = first
        .begin(&here.office, "1".into(), here.author(), here.root, "{name} 1".into())
        .await
        .unwrap()
        .unwrap();
    application.hangs.notified().await;
    assert_eq!(first.state(&here.office, &here.kept(&run).await), RunState::Running);
    let progress = first.progress(&run.id).unwrap().borrow().clone();
    assert_eq!((progress.done, progress.of), (1, 4), "of two local streams and two global ones");
    assert_eq!(progress.current.as_deref(), Some("https://rm.example.com/stream/2"));
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(first.state(&here.office, &here.kept(&run).await), RunState::Interrupted);
    assert_eq!(here.office.published().revision, before, "nothing is half made");

    // As after a new start.
    let second = runs(&application);
    application.answers.store(9, Ordering::Relaxed);
    let kept = here.kept(&run).await;
    assert_eq!(second.state(&here.office, &kept), RunState::Interrupted);
    let task = second.resume(&here.office, &kept, here.author()).await.unwrap().expect("nobody was faster");
    assert!(second.resume(&here.office, &kept, here.author()).await.unwrap().is_none(), "one goes on");
    task.await.unwrap();
    let asked = ["/1", "/2", "/2"].map(|it| format!("https://rm.example.com/stream{it}"));
    assert_eq!(*application.asked.lock().unwrap(), asked);
    assert_eq!(
        here.contained("baseline:Car Initial Stream 1"),
        [
            "Motor/baseline:Motor Initial Stream 1",
            "https://rm.example.com/baseline/1",
            "https://rm.example.com/baseline/2",
            "https://other.example.com/baseline/9",
        ]
    );
    // Read before its end was kept, and looked at after: it is not told as interrupted.
    let read = BaselineRun { end: None, ..here.kept(&run).await };
    assert_eq!(second.state(&here.office, &read), RunState::Running);
    let made = here.kept(&run).await;
    assert_eq!(made.end.as_ref().unwrap().revision, Some(before.next()));
    let report = here.report(&run).await;
    assert_eq!(report.result.as_deref(), Some("gc:Vehicle#Car/baseline:Car Initial Stream 1"));
    assert_eq!(report.counts(), BTreeMap::from([(BaselineOutcome::Baselined, 4)]));

    // The end was not kept: the change was, and is not made again.
    let (revision, report) = {
        let names = NamePattern::new("{name} 1");
        let locals = here.office.store().local_answers(&run.id).await.unwrap();
        let locals = locals.into_iter().map(|it| (it.uri.into(), outcome(it.answer))).collect();
        let command = BaselineHierarchy { root: here.root, names, locals };
        second.globally(&here.office, &made, here.author(), command).await.unwrap()
    };
    assert_eq!((revision, report), (Some(before.next()), here.report(&run).await));
    // Another run finds nothing to do.
    let (again, task) = second
        .begin(&here.office, "2".into(), here.author(), here.root, "{name} 2".into())
        .await
        .unwrap()
        .unwrap();
    task.await.unwrap();
    assert_eq!(here.kept(&again).await.end.unwrap().revision, None);
    assert_eq!(here.office.published().revision, before.next());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_application_refuses_leaves_a_staging_stream() {
    let here = here().await;
    let application = answering(9, Some("https://rm.example.com/stream/2"));
    let runs = runs(&application);
    let (run, task) = runs
        .begin(&here.office, "1".into(), here.author(), here.root, "{name} 1".into())
        .await
        .unwrap()
        .unwrap();
    task.await.unwrap();
    assert_eq!(
        here.contained("staging:Car Initial Stream 1"),
        [
            "Motor/baseline:Motor Initial Stream 1",
            "https://rm.example.com/baseline/1",
            "https://rm.example.com/stream/2",
            "https://other.example.com/baseline/9",
        ]
    );
    let report = here.report(&run).await;
    let refused = report.lines.iter().find(|line| line.outcome == BaselineOutcome::Refused).unwrap();
    assert_eq!(refused.configuration, "https://rm.example.com/stream/2");
    assert_eq!(refused.refusals, ["it is locked"]);
}
