//! One walk over a hierarchy, bottom up, in which each configuration finds what stands for it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use smallvec::smallvec;

use super::BaselineHierarchy;
use super::made_before::MadeOf;
use super::name::Names;
use super::report::{BaselineOutcome, LocalBaseline};
use crate::act::Refusal;
use crate::carried::Carried;
use crate::catalogue::{LicenceSet, OperationId};
use crate::command::configuration::vocabulary;
use crate::command::{Need, Noun};
use crate::configuration::{ComponentId, Configuration, ConfigurationId, ConfigurationKind, Contribution};
use crate::decision::{decide, refused_in_words};
use crate::event::{Change, Event};
use crate::id::Id;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::precondition::{Contents, unmet, unmet_among, without_void_approvals};
use crate::question::{Ask, With};
use crate::rules::bad_name;
use crate::text::{Name, encode};
use crate::user::UserId;
use crate::vocabulary::{Vocabulary, VocabularyItem};

/// What takes the place of a configuration in those that contain it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A baseline: itself, one that was made before, or a new one.
    Baseline(ConfigurationId),
    /// A staging stream, since something in it is refused.
    Staging(ConfigurationId),
    /// It is refused, and stays.
    Itself,
}

/// Why something is refused: what walks before this one have found holds for it too.
#[derive(Clone, Default)]
pub(super) struct Refusals {
    /// What stays where it is. Nothing is made of what is only below these.
    stays: BTreeSet<ConfigurationId>,
    pub(super) reasons: BTreeMap<ConfigurationId, Vec<String>>,
    pub(super) locals: BTreeMap<Name, String>,
}

pub(super) struct Pass<'a> {
    pub(super) command: &'a BaselineHierarchy,
    pub(super) organisation: &'a Organisation,
    /// What a hierarchy contains is of one project area: its words.
    pub(super) vocabulary: Rc<Vocabulary>,
    by: UserId,
    leases: LicenceSet,
    pub(super) refusals: Refusals,
    names: Names<'a>,
    pub(super) made_of: HashMap<ComponentId, HashMap<ConfigurationId, MadeOf>>,
    pub(super) standings: HashMap<ConfigurationId, Standing>,
    pub(super) lines: Vec<(ConfigurationId, BaselineOutcome, Option<String>)>,
    pub(super) locals: Vec<LocalBaseline>,
    pub(super) asked_locals: HashSet<&'a str>,
    pub(super) needs: Vec<Need>,
    pub(super) events: Vec<Event>,
    next: u32,
    /// The organisation after the events so far, where preconditions are looked at one by one.
    work: Option<Organisation>,
    /// What is known then of what the new baselines contain: of one component no more than is there now.
    contents: Option<Contents>,
    /// The decision that stands in the way of the root.
    pub(super) root_refusal: Option<Refusal>,
}

impl<'a> Pass<'a> {
    /// The walk after which no other would find anything refused besides.
    pub(super) fn settled(
        command: &'a BaselineHierarchy,
        organisation: &'a Organisation,
        by: UserId,
        leases: LicenceSet,
    ) -> Self {
        let root = organisation.configuration(command.root);
        let vocabulary = Rc::new(root.map_or_else(Vocabulary::default, |it| vocabulary(organisation, it)));
        let mut known = Refusals::default();
        let mut one_by_one = false;
        let mut root_refusal = None;
        loop {
            let count = known.stays.len();
            let mut pass = Self {
                command,
                organisation,
                vocabulary: Rc::clone(&vocabulary),
                by,
                leases,
                refusals: known,
                names: Names::new(organisation),
                made_of: HashMap::new(),
                standings: HashMap::new(),
                lines: Vec::new(),
                locals: Vec::new(),
                asked_locals: HashSet::new(),
                needs: Vec::new(),
                events: Vec::new(),
                next: Configuration::next(organisation).number(),
                work: one_by_one.then(|| organisation.clone()),
                contents: one_by_one.then(|| Contents::of(organisation, [command.root])),
                root_refusal: root_refusal.take(),
            };
            pass.walk();
            if pass.refusals.stays.len() > count {
                root_refusal = pass.root_refusal;
                known = pass.refusals;
                continue;
            }
            // Where all of them together fulfil what is demanded, which is the rule, one look is enough.
            if !one_by_one && !organisation.facts.preconditions.is_empty() && !pass.fulfilled_together() {
                root_refusal = pass.root_refusal;
                known = pass.refusals;
                one_by_one = true;
                continue;
            }
            return pass;
        }
    }

    fn fulfilled_together(&self) -> bool {
        let events = without_void_approvals(self.organisation, self.events.clone());
        unmet(&self.organisation.after(&events), &events, self.by).is_empty()
    }

    fn walk(&mut self) {
        let organisation = self.organisation;
        let mut stack: Vec<(ConfigurationId, usize)> = Vec::new();
        self.reach(self.command.root, &mut stack);
        while let Some((parent, at)) = stack.last_mut() {
            let (parent, contribution) = (*parent, organisation.contributions(*parent).get(*at));
            *at += 1;
            match contribution {
                Some(Contribution::Configuration(child)) => self.reach(*child, &mut stack),
                Some(Contribution::Local(_)) => {}
                None => {
                    stack.pop();
                    let standing = self.settle(parent);
                    self.standings.insert(parent, standing);
                }
            }
        }
    }

    /// What needs no look below is settled at once; the rest is walked.
    fn reach(&mut self, id: ConfigurationId, stack: &mut Vec<(ConfigurationId, usize)>) {
        if self.standings.contains_key(&id) {
            return;
        }
        let Some(configuration) = self.organisation.configuration(id) else { return };
        let standing = match configuration.kind {
            ConfigurationKind::Baseline(_) => Standing::Baseline(id),
            _ if self.refusals.stays.contains(&id) => {
                self.lines.push((id, BaselineOutcome::Refused, None));
                Standing::Itself
            }
            ConfigurationKind::Personal(_) => {
                self.stays(id, vec!["a personal stream has no baselines: use a stream in its place".into()])
            }
            ConfigurationKind::Stream(_) | ConfigurationKind::Staging(_) => return stack.push((id, 0)),
        };
        self.standings.insert(id, standing);
    }

    /// All below is settled.
    fn settle(&mut self, id: ConfigurationId) -> Standing {
        let Some(configuration) = self.organisation.configuration(id) else { return Standing::Itself };
        match configuration.kind {
            ConfigurationKind::Staging(setting) => {
                let baseline = ConfigurationKind::Baseline(setting);
                self.settle_staging(id, configuration, baseline)
            }
            _ => self.settle_stream(id, configuration),
        }
    }

    fn settle_stream(&mut self, id: ConfigurationId, stream: &'a Configuration) -> Standing {
        let setting = stream.kind.team_area().unwrap_or_default();
        let (content, complete) = self.content(id, stream);
        if complete {
            if let Some(baseline) = self.unchanged_since(id, stream, &content) {
                let name = self.organisation.configuration(baseline).map(|it| &it.name);
                let result = name.map(|name| self.text(stream.component, "baseline", name));
                self.lines.push((id, BaselineOutcome::Reused, result));
                return Standing::Baseline(baseline);
            }
            let baseline = ConfigurationKind::Baseline(setting);
            let made = self
                .allowed("gc.save-baseline", "create", id)
                .map_err(|reason| vec![reason])
                .and_then(|need| self.make(id, stream, baseline, content.clone(), need));
            match made {
                Ok((new, result)) => {
                    self.lines.push((id, BaselineOutcome::Baselined, Some(result)));
                    return Standing::Baseline(new);
                }
                Err(reasons) if id == self.command.root => self.refuse(id, reasons),
                Err(reasons) => return self.stays(id, reasons),
            }
        }
        if let Some(staging) = self.staged_before(id, stream, &content) {
            let name = self.organisation.configuration(staging).map(|it| &it.name);
            let result = name.map(|name| self.text(stream.component, "staging", name));
            self.lines.push((id, BaselineOutcome::Continued, result));
            return Standing::Staging(staging);
        }
        let staging = ConfigurationKind::Staging(setting);
        let made = self
            .allowed("gc.save-staging-stream", "create", id)
            .map_err(|reason| vec![reason])
            .and_then(|need| self.make(id, stream, staging, content, need));
        match made {
            Ok((new, result)) => {
                self.lines.push((id, BaselineOutcome::Staged, Some(result)));
                Standing::Staging(new)
            }
            Err(reasons) => self.stays(id, reasons),
        }
    }

    /// A staging stream is a baseline that is being put together: to baseline it is to finish it.
    fn settle_staging(
        &mut self,
        id: ConfigurationId,
        staging: &'a Configuration,
        baseline: ConfigurationKind,
    ) -> Standing {
        let (content, complete) = self.content(id, staging);
        let mut needs = Vec::new();
        let mut events = Vec::new();
        if content != self.organisation.contributions(id) {
            match self.allowed("gc.save-staging-stream", "replace-contribution", id) {
                Ok(need) => {
                    needs.push(need);
                    let before = self.organisation.facts.contributions.table().get(id).cloned();
                    let after = Some(content.into());
                    events.push(Event::Contributions(Change { key: id, before, after }));
                }
                // What was made for it would be contained nowhere.
                Err(reason) => return self.stays(id, vec![reason]),
            }
        }
        if complete {
            let committed = self.allowed("gc.save-staging-stream", "commit", id);
            let committed = committed.map_err(|reason| vec![reason]).and_then(|need| {
                let free = self.names.own(staging.component, &staging.name);
                let name = free.name.clone();
                let result = self.text(staging.component, "baseline", &name);
                let carried = self.vocabulary.kept_as(baseline.word(), &staging.carried);
                let after = Configuration { kind: baseline, name, carried, ..staging.clone() };
                self.is_in_order(id, &after)?;
                let ended = Configuration::event(id, Some(staging.clone()), Some(after));
                let events = [events.as_slice(), &[ended]].concat();
                self.fulfils(&events)?;
                self.names.take(free);
                Ok((need, events, result))
            });
            match committed {
                Ok((need, events, result)) => {
                    self.needs.extend(needs.into_iter().chain([need]));
                    self.events.extend(events);
                    self.lines.push((id, BaselineOutcome::Committed, Some(result)));
                    return Standing::Baseline(id);
                }
                Err(reasons) if events.is_empty() => return self.stays(id, reasons),
                Err(reasons) => self.refuse(id, reasons),
            }
        }
        if let Some(work) = &mut self.work {
            work.apply(&events);
        }
        self.needs.extend(needs);
        self.events.extend(events);
        self.lines.push((id, BaselineOutcome::Continued, None));
        Standing::Staging(id)
    }

    /// Makes a configuration of a stream, unless what is demanded of it does not hold.
    fn make(
        &mut self,
        source: ConfigurationId,
        stream: &Configuration,
        kind: ConfigurationKind,
        content: Vec<Contribution>,
        need: Need,
    ) -> Result<(ConfigurationId, String), Vec<String>> {
        let name = self.wanted_name(stream);
        let free = self.names.free(stream.component, &name);
        let name = free.name.clone();
        let result = self.text(stream.component, kind.word(), &name);
        let id = Id::new(self.next);
        let new = Configuration {
            component: stream.component,
            kind,
            name,
            source: Some(source),
            archived: false,
            carried: self.vocabulary.made_of(&stream.carried, kind.word(), &Carried::NOTHING),
        };
        self.is_in_order(id, &new)?;
        let mut events = vec![Configuration::event(id, None, Some(new))];
        if !content.is_empty() {
            let after = Some(content.into());
            events.push(Event::Contributions(Change { key: id, before: None, after }));
        }
        self.fulfils(&events)?;
        self.names.take(free);
        self.next += 1;
        self.needs.push(need);
        self.events.extend(events);
        Ok((id, result))
    }

    /// Whether something new has a name that it can have, and the attributes that its kind must have.
    fn is_in_order(&self, id: ConfigurationId, new: &Configuration) -> Result<(), Vec<String>> {
        let item = VocabularyItem::Configuration(id, new);
        let flaws = item.flaws(None, &self.vocabulary, self.organisation);
        let flaws = flaws.into_iter().map(|flawed| flawed.flaw.to_string());
        let name = bad_name(new.kind.word(), &new.name).map(|rule| rule.to_string());
        let reasons: Vec<_> = name.into_iter().chain(flaws).collect();
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }

    /// Whether what is demanded holds, where it is looked at one by one; if so, the events are made on the
    /// copy.
    fn fulfils(&mut self, events: &[Event]) -> Result<(), Vec<String>> {
        let Some(work) = &mut self.work else { return Ok(()) };
        let events = without_void_approvals(work, events.to_vec());
        let after = work.after(&events);
        let unmet = unmet_among(&after, &events, self.by, &mut self.contents);
        if !unmet.is_empty() {
            for event in &events {
                if let (Event::Configuration(change), Some(contents)) = (event, &mut self.contents) {
                    contents.forget(change.key);
                }
            }
            return Err(unmet.iter().map(ToString::to_string).collect());
        }
        *work = after;
        Ok(())
    }

    /// Whether an action is allowed; if not, why.
    fn allowed(
        &mut self,
        operation: &str,
        action: &'static str,
        id: ConfigurationId,
    ) -> Result<Need, String> {
        let Some(operation) = OperationId::from_name(operation) else {
            return Err(format!("there is no operation `{operation}`"));
        };
        let ask = Ask::Perform(operation, smallvec![operation.known(action)], With::Nothing);
        let need = Need { ask, item: Item::Configuration(id) };
        let question = need.question(self.by, self.leases);
        match decide(self.organisation, &question) {
            Ok(_) => Ok(need),
            Err(refused) => {
                let told = refused_in_words(self.organisation, &question, &refused);
                if id == self.command.root {
                    let refusal = Refusal::Decision { question: Box::new(question), refused };
                    self.root_refusal.get_or_insert(refusal);
                }
                Err(told)
            }
        }
    }

    fn refuse(&mut self, id: ConfigurationId, reasons: Vec<String>) {
        let known = self.refusals.reasons.entry(id).or_default();
        for reason in reasons {
            if !known.contains(&reason) {
                known.push(reason);
            }
        }
    }

    fn stays(&mut self, id: ConfigurationId, reasons: Vec<String>) -> Standing {
        self.refuse(id, reasons);
        self.refusals.stays.insert(id);
        self.lines.push((id, BaselineOutcome::Refused, None));
        Standing::Itself
    }

    /// How what is made of a stream is to be called.
    pub(super) fn wanted_name(&self, stream: &Configuration) -> Name {
        let component = self.organisation.component(stream.component).map(|it| &*it.name);
        self.command.names.name(component.unwrap_or_default(), &stream.name)
    }

    fn text(&self, component: ComponentId, word: &str, name: &str) -> String {
        let reference = self.organisation.reference(Item::Component(component));
        let project = reference.split_once('#').map_or("", |(project, _)| project);
        let component = self.organisation.component(component).map(|it| encode(&it.name));
        format!("{project}#{}/{word}:{}", component.unwrap_or_default(), encode(name))
    }
}
