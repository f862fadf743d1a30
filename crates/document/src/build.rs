//! From a document to the events that make it so: names become numbers, what is absent becomes a default or
//! stays as it is, and the rules of the model are checked, each breach at the place that caused it.

mod areas;
mod configurations;
mod entry;
mod items;
mod names;
mod people;
mod process;
mod template;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use governance::{
    AreaId, ArtefactId, CategoryId, ComponentId, ConfigurationId, Event, FolderId, Id, Numbered,
    Organisation, PlanId, ScmItemId, TestArtefactId, UserId, Violation, Vocabulary, WorkItemId, violations,
    without_void_approvals,
};

use crate::overlay::Lay;
use crate::places::Places;
use crate::report::Problems;
use crate::span::Span;
pub(crate) use template::from_written;

use crate::{Documents, Limits, Report, Source, raw, read};

/// What becomes of what a document does not mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It stays as it is.
    Overlay,
    /// It is archived; members, entries and contributions are removed, keys get their defaults.
    Replace,
}

/// What an import comes to.
#[derive(Clone, Debug)]
pub struct Import {
    /// The events, none where nothing changes.
    pub events: Vec<Event>,
    /// The organisation after them.
    pub organisation: Organisation,
}

/// An organisation built from documents alone.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The organisation.
    pub organisation: Organisation,
    /// The events that make it from nothing.
    pub events: Vec<Event>,
    /// What the documents expect of it.
    pub expectations: Vec<raw::Expectation>,
}

/// Reads files, lays them over one another, and builds the organisation that they describe.
///
/// # Errors
/// The report of everything that is wrong with them.
pub fn load(sources: &[Source<'_>], limits: &Limits) -> Result<Loaded, Report> {
    let mut problems = Problems::default();
    let mut documents = read(sources, limits, &mut problems);
    let built = build(&documents, &Organisation::default(), Mode::Overlay, &mut problems);
    match built {
        Some(Import { events, organisation }) => {
            let expectations = documents.organisation.as_mut().and_then(|it| it.expect.take());
            Ok(Loaded { organisation, events, expectations: expectations.unwrap_or_default() })
        }
        None => Err(problems.report(sources, limits)),
    }
}

/// Reads files and works out what importing them into `base` changes.
///
/// # Errors
/// The report of everything that is wrong with them; then nothing is to be changed.
pub fn import(
    sources: &[Source<'_>],
    limits: &Limits,
    base: &Organisation,
    mode: Mode,
) -> Result<Import, Report> {
    let mut problems = Problems::default();
    let documents = read(sources, limits, &mut problems);
    build(&documents, base, mode, &mut problems).ok_or_else(|| problems.report(sources, limits))
}

/// What making `base` as the documents say comes to; `None` when there is any problem, noted or found.
fn build(documents: &Documents, base: &Organisation, mode: Mode, problems: &mut Problems) -> Option<Import> {
    if !problems.is_empty() {
        return None;
    }
    let mut builder = Builder {
        base,
        work: base.clone(),
        mode,
        problems,
        events: Vec::new(),
        spans: Vec::new(),
        places: HashMap::new(),
        vocabularies: HashMap::new(),
        root: documents.organisation.as_ref().map(|it| it.span).unwrap_or_default(),
        links: HashMap::new(),
        applied: 0,
        next: Next::after(base),
        seen: Seen::default(),
        archiving: false,
    };
    builder.templates(documents);
    if let Some(organisation) = &documents.organisation {
        builder.organisation(organisation);
    }
    builder.finish()
}

/// The numbers for what is new.
struct Next {
    user: u32,
    area: u32,
    group: u32,
    component: u32,
    configuration: u32,
    category: u32,
    work_item: u32,
    plan: u32,
    scm_item: u32,
    test_artefact: u32,
    folder: u32,
    artefact: u32,
    process_template: u32,
}

impl Next {
    fn after(base: &Organisation) -> Self {
        fn next<T: Numbered>(base: &Organisation) -> u32 {
            T::next_id(base).number()
        }
        Self {
            user: next::<governance::User>(base),
            area: next::<governance::ProcessArea>(base),
            group: next::<governance::AccessGroup>(base),
            component: next::<governance::Component>(base),
            configuration: next::<governance::Configuration>(base),
            category: next::<governance::Category>(base),
            work_item: next::<governance::WorkItem>(base),
            plan: next::<governance::Plan>(base),
            scm_item: next::<governance::ScmItem>(base),
            test_artefact: next::<governance::TestArtefact>(base),
            folder: next::<governance::Folder>(base),
            artefact: next::<governance::Artefact>(base),
            process_template: next::<governance::ProcessTemplate>(base),
        }
    }
}

/// The next number, which is then given out.
fn give<T>(next: &mut u32) -> Id<T> {
    let id = Id::new(*next);
    *next += 1;
    id
}

/// What the document mentions, of what may be archived or removed for being absent.
#[derive(Default)]
struct Seen {
    users: HashSet<UserId>,
    areas: HashSet<AreaId>,
    groups: HashSet<governance::AccessGroupId>,
    components: HashSet<ComponentId>,
    configurations: HashSet<ConfigurationId>,
    contributions: HashSet<ConfigurationId>,
    categories: HashSet<CategoryId>,
    work_items: HashSet<WorkItemId>,
    plans: HashSet<PlanId>,
    scm_items: HashSet<ScmItemId>,
    test_artefacts: HashSet<TestArtefactId>,
    folders: HashSet<FolderId>,
    artefacts: HashSet<ArtefactId>,
}

struct Builder<'a> {
    base: &'a Organisation,
    /// The base, with what is settled so far.
    work: Organisation,
    mode: Mode,
    problems: &'a mut Problems,
    events: Vec<Event>,
    /// Where each event comes from.
    spans: Vec<Span>,
    /// Where what it carries comes from.
    places: HashMap<usize, Places>,
    /// Those of the project areas, as far as they have been asked for.
    vocabularies: HashMap<AreaId, Arc<Vocabulary>>,
    /// Where the document begins.
    root: Span,
    /// Where areas say whose process they use.
    links: HashMap<AreaId, Span>,
    applied: usize,
    next: Next,
    seen: Seen,
    /// Whether the component that is looked at comes to be archived.
    archiving: bool,
}

impl Builder<'_> {
    fn organisation(&mut self, organisation: &raw::Organisation) {
        self.licence_pools(organisation.license_pools.as_deref().unwrap_or_default());
        self.users(organisation.users.as_deref().unwrap_or_default());
        self.settle();
        let drafts = self.areas(organisation.project_areas.as_deref().unwrap_or_default());
        self.settle();
        self.access_groups(organisation.access_groups.as_deref().unwrap_or_default());
        self.settle();
        self.processes(&drafts);
        self.components(&drafts);
        self.settle();
        self.defaults(&drafts);
        self.settle();
        self.contributions(&drafts);
        self.items(&drafts);
        self.settings(organisation);
        self.settle();
        self.queries();
        if self.mode == Mode::Replace {
            self.archive_absent_areas();
            self.archive_absent_users();
            self.settle();
            self.remove_absent_groups();
        }
    }

    /// Notes an event, unless it changes nothing.
    fn put(&mut self, span: Span, event: Event) {
        if !event.is_void() {
            self.events.push(event);
            // What changes for being absent has no place of its own.
            self.spans.push(if span == Span::default() { self.root } else { span });
        }
    }

    /// The same, of a thing whose carried keys rules look into.
    fn put_with(&mut self, (span, places): (Span, &Places), event: Event) {
        let at = self.events.len();
        self.put(span, event);
        if self.events.len() > at && *places != Places::default() {
            self.places.insert(at, places.clone());
        }
    }

    /// Makes the events so far so, for later names to be found.
    fn settle(&mut self) {
        self.work.apply(&self.events[self.applied..]);
        self.applied = self.events.len();
    }

    fn finish(mut self) -> Option<Import> {
        self.settle();
        let events = without_void_approvals(self.base, std::mem::take(&mut self.events));
        self.spans.resize(events.len(), self.root);
        self.events = events;
        self.settle();
        if self.problems.is_empty() {
            for violation in violations(&self.work, &self.events) {
                self.problems.add(self.place(&violation), violation.rule);
            }
        }
        self.problems.is_empty().then_some(Import { events: self.events, organisation: self.work })
    }

    /// Where the document has what breaks a rule.
    fn place(&self, violation: &Violation) -> Span {
        let link = match self.events.get(violation.event) {
            Some(Event::Area(change)) if violation.rule.is_about_process_link() => {
                self.links.get(&change.key)
            }
            _ => None,
        };
        let part = || self.places.get(&violation.event)?.find(violation.at.as_deref()?);
        let part = part();
        link.or(part.as_ref()).or_else(|| self.spans.get(violation.event)).copied().unwrap_or_default()
    }

    /// What is written, else what is there (unless all is to be replaced), else the default.
    fn or_kept<T>(&self, written: Option<T>, there: Option<T>, default: impl FnOnce() -> T) -> T {
        written.or(there.filter(|_| self.mode == Mode::Overlay)).unwrap_or_else(default)
    }

    fn carried(
        &self,
        written: &governance::Carried,
        there: Option<&governance::Carried>,
    ) -> governance::Carried {
        match there {
            Some(there) if self.mode == Mode::Overlay => {
                let mut carried = there.clone();
                carried.lay(written.clone());
                carried
            }
            _ => written.clone(),
        }
    }
}
