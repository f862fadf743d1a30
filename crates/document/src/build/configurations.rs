//! Components, configurations and contributions.

use std::collections::HashMap;
use std::sync::Arc;

use governance::text::Name;
use governance::{
    Approval, AreaId, AttributeType, Change, Component, ComponentId, Configuration, ConfigurationId,
    ConfigurationKind, Contribution, Event, Instant, Organisation, TeamAreaSetting, UserId, Vocabulary,
    Word as _,
};

use super::areas::{Draft, Written};
use super::names::decoded;
use super::{Builder, Mode, give};
use crate::places::Places;
use crate::raw;
use crate::reading::Text;
use crate::report::quoted;
use crate::span::Span;

/// A configuration of the document, or one that exists without being named.
struct Entry<'d> {
    id: ConfigurationId,
    kind: raw::ConfigurationKind,
    name: Name,
    span: Span,
    written: Option<&'d raw::Configuration>,
    source: Option<ConfigurationId>,
}

/// The kind's word and the name, which together identify a configuration of a component.
type Place = (&'static str, Name);

impl Builder<'_> {
    /// That of a project area as the document has it, whose areas are settled before its components.
    fn vocabulary(&mut self, area: AreaId) -> Arc<Vocabulary> {
        let read = || Arc::new(Vocabulary::of_area(&self.work, area));
        Arc::clone(self.vocabularies.entry(area).or_insert_with(read))
    }

    pub(super) fn components(&mut self, drafts: &[Draft<'_>]) {
        for draft in drafts {
            let Written::Project(area) = draft.written else { continue };
            for component in area.components.as_deref().unwrap_or_default() {
                self.component(draft.id, component);
            }
        }
        if self.mode == Mode::Replace {
            let absent: Vec<_> = self
                .base
                .components()
                .filter(|(id, component)| !component.archived && !self.seen.components.contains(id))
                .map(|(id, component)| (id, component.clone()))
                .collect();
            for (key, before) in absent {
                let after = Component { archived: true, ..before.clone() };
                let change = Change { key, before: Some(before), after: Some(after) };
                self.put(Span::default(), Event::Component(change));
            }
            let absent: Vec<_> = self
                .base
                .configurations()
                .filter(|(id, it)| !it.archived && !self.seen.configurations.contains(id))
                .map(|(id, it)| (id, it.clone()))
                .collect();
            for (key, before) in absent {
                let after = Configuration { archived: true, ..before.clone() };
                let change = Change { key, before: Some(before), after: Some(after) };
                self.put(Span::default(), Event::Configuration(change));
            }
        }
    }

    /// What the document does not mention gets the defaults of types that the document changes.
    pub(super) fn defaults(&mut self, drafts: &[Draft<'_>]) {
        for draft in drafts.iter().filter(|it| it.existed && it.id == it.project) {
            let types = |of: &Organisation| of.area(draft.id)?.carried.get(AttributeType::KEY).cloned();
            if types(self.base) != types(&self.work) {
                let vocabulary = self.vocabulary(draft.id);
                for event in vocabulary.defaults_given(&self.work, draft.id) {
                    self.put(Span::default(), event);
                }
            }
        }
    }

    fn component(&mut self, project: AreaId, component: &raw::Component) {
        let there = self.base.component_named(project, &component.name);
        let key = there.unwrap_or_else(|| give(&mut self.next.component));
        self.seen.components.insert(key);
        let before = there.and_then(|id| self.base.component(id));
        let team_area = component.team_area.as_ref().map(|text| self.team_or_none(project, text));
        let after = Component {
            project_area: project,
            name: component.name.value.clone(),
            team_area: self.or_kept(team_area, before.map(|it| it.team_area), || None),
            archived: self.or_kept(
                component.archived.as_ref().map(|it| it.value),
                before.map(|it| it.archived),
                || false,
            ),
            carried: self
                .vocabulary(project)
                .with_defaults("component", &self.carried(&component.carried, before.map(|it| &it.carried))),
        };
        // What is archived takes its configurations along, but for what is said of one.
        self.archiving = after.archived && before.is_some_and(|it| !it.archived);
        let change = Change { key, before: before.cloned(), after: Some(after) };
        self.put_with((component.name.span, &component.places), Event::Component(change));
        self.configurations(project, key, there.is_some(), component);
        if std::mem::take(&mut self.archiving) {
            let there =
                self.base.configurations_of(key).iter().filter(|id| !self.seen.configurations.contains(id));
            let there: Vec<_> =
                there.filter_map(|id| Some((*id, self.base.configuration(*id)?.clone()))).collect();
            for (id, it) in there.into_iter().filter(|(_, it)| !it.archived) {
                let after = Configuration { archived: true, ..it.clone() };
                let change = Change { key: id, before: Some(it), after: Some(after) };
                self.put(component.name.span, Event::Configuration(change));
            }
        }
    }

    /// The initial stream and baseline of a new component exist without being named.
    fn configurations(
        &mut self,
        project: AreaId,
        key: ComponentId,
        existed: bool,
        component: &raw::Component,
    ) {
        let name = &component.name;
        let mut entries: Vec<Entry<'_>> = Vec::new();
        let mut places: HashMap<Place, usize> = HashMap::new();
        let initial = [
            (raw::ConfigurationKind::Stream, format!("{} Initial Stream", name.value)),
            (raw::ConfigurationKind::Baseline, format!("{} Initial Baseline", name.value)),
        ];
        let renamed = |kind| {
            let is_initial = |it: &raw::Configuration| it.initial.as_ref().is_some_and(|it| it.value);
            component
                .configurations
                .iter()
                .flat_map(|it| it.iter())
                .any(|it| it.kind.value == kind && is_initial(it))
        };
        let initial = initial.into_iter().filter(|(kind, _)| !renamed(*kind));
        let unnamed = initial.map(|(kind, initial)| (kind, initial.into(), name.span, None));
        let written = component.configurations.as_deref().unwrap_or_default();
        // The initial ones are numbered first, by which an export knows them again.
        let is_initial = |it: &&raw::Configuration| it.initial.as_ref().is_some_and(|it| it.value);
        let named = written.iter().filter(is_initial).chain(written.iter().filter(|it| !is_initial(it)));
        let named = named.map(|it| (it.kind.value, it.name.value.clone(), it.name.span, Some(it)));
        for (kind, name, span, written) in unnamed.chain(named) {
            let there = self.base.configuration_named(key, kind.word(), &name);
            if let Some(at) = places.get(&(kind.word(), name.clone())) {
                (entries[*at].span, entries[*at].written) = (span, written);
                continue;
            }
            if written.is_none() && existed && there.is_none() {
                // Somebody has renamed it.
                continue;
            }
            let id = there.unwrap_or_else(|| give(&mut self.next.configuration));
            self.seen.configurations.insert(id);
            places.insert((kind.word(), name.clone()), entries.len());
            entries.push(Entry { id, kind, name, span, written, source: None });
        }
        self.find_sources(key, &mut entries, &places);
        let mut settings: HashMap<ConfigurationId, TeamAreaSetting> = HashMap::new();
        for at in self.sources_first(&entries) {
            self.configuration(project, key, &entries[at], &mut settings);
        }
    }

    fn find_sources(&mut self, key: ComponentId, entries: &mut [Entry<'_>], places: &HashMap<Place, usize>) {
        let ids: Vec<ConfigurationId> = entries.iter().map(|it| it.id).collect();
        for entry in entries {
            let there = self.base.configuration(entry.id).and_then(|it| it.source);
            let Some(from) = entry.written.and_then(|it| it.from.as_ref()) else {
                entry.source = there;
                continue;
            };
            let Some((word, name)) = from.split_once(':') else {
                let expected = "expected `stream:NAME` or `baseline:NAME` of the same component";
                self.problems
                    .add(from.span, format_args!("{} is no configuration: {expected}", quoted(from)));
                continue;
            };
            let Some(name) = decoded(name, from.span, self.problems) else { continue };
            let word = ["stream", "baseline", "staging", "personal"].into_iter().find(|it| *it == word);
            let new = word.and_then(|word| places.get(&(word, name.as_str().into()))).map(|at| ids[*at]);
            entry.source = new.or_else(|| self.base.configuration_named(key, word?, &name));
            if entry.source.is_none() {
                let known: Vec<String> = places.keys().map(|(word, name)| format!("{word}:{name}")).collect();
                self.problems.unknown(from.span, "configuration of this component", from, || known.iter());
            }
        }
    }

    /// The order in which each comes after what it is made from, whose Team Area setting it copies.
    fn sources_first(&mut self, entries: &[Entry<'_>]) -> Vec<usize> {
        let at: HashMap<ConfigurationId, usize> =
            entries.iter().enumerate().map(|(at, it)| (it.id, at)).collect();
        let mut order = Vec::with_capacity(entries.len());
        // 0 not yet, 1 on the way, 2 done.
        let mut state = vec![0_u8; entries.len()];
        for start in 0..entries.len() {
            let mut chain = vec![start];
            while let Some(&last) = chain.last() {
                if state[last] != 0 {
                    break;
                }
                state[last] = 1;
                chain.extend(entries[last].source.and_then(|source| at.get(&source)));
            }
            if let Some(&last) = chain.last()
                && state[last] == 1
                && chain.len() > 1
                && chain[..chain.len() - 1].contains(&last)
            {
                let span = entries[last].written.map_or(entries[last].span, |it| it.span);
                self.problems.add(
                    span,
                    format_args!("{} is made from itself in the end", quoted(&entries[last].name)),
                );
            }
            for place in chain.into_iter().rev() {
                if state[place] != 2 {
                    state[place] = 2;
                    order.push(place);
                }
            }
        }
        order
    }

    fn configuration(
        &mut self,
        project: AreaId,
        component: ComponentId,
        entry: &Entry<'_>,
        settings: &mut HashMap<ConfigurationId, TeamAreaSetting>,
    ) {
        let before = self.base.configuration(entry.id).cloned();
        let written = entry.written;
        let setting =
            written.and_then(|it| it.team_area.as_ref()).map(|text| self.team_setting(project, text));
        let there = before.as_ref().and_then(|it| it.kind.team_area());
        let from = entry.source.and_then(|source| {
            settings.get(&source).copied().or_else(|| self.base.configuration(source)?.kind.team_area())
        });
        let setting = self.or_kept(setting, there, || from.unwrap_or_default());
        settings.insert(entry.id, setting);
        let kind = match entry.kind {
            raw::ConfigurationKind::Stream => ConfigurationKind::Stream(setting),
            raw::ConfigurationKind::Baseline => ConfigurationKind::Baseline(setting),
            raw::ConfigurationKind::Staging => ConfigurationKind::Staging(setting),
            raw::ConfigurationKind::Personal => {
                match self.owner(written, before.as_ref().and_then(|it| it.kind.owner()), entry.span) {
                    Some(owner) => ConfigurationKind::Personal(owner),
                    None => return,
                }
            }
        };
        if let Some(owner) = written.and_then(|it| it.owner.as_ref())
            && entry.kind != raw::ConfigurationKind::Personal
        {
            self.problems.add(owner.span, "only a personal stream has an owner");
        }
        let (nothing, nowhere) = (governance::Carried::NOTHING, Places::default());
        let carried =
            self.carried(written.map_or(&nothing, |it| &it.carried), before.as_ref().map(|it| &it.carried));
        let after = Configuration {
            component,
            kind,
            name: entry.name.clone(),
            source: entry.source,
            archived: self.or_kept(
                written
                    .and_then(|it| it.archived.as_ref())
                    .map(|it| it.value)
                    .or(self.archiving.then_some(true)),
                before.as_ref().map(|it| it.archived),
                || false,
            ),
            carried: self.vocabulary(project).with_defaults(kind.word(), &carried),
        };
        let is_new = before.is_none();
        let change = Change { key: entry.id, before, after: Some(after) };
        let places = written.map_or(&nowhere, |it| &it.places);
        self.put_with((entry.span, places), Event::Configuration(change));
        // An approval is its author's own act: it comes along with what is new, and is given to nothing else.
        for approval in written.and_then(|it| it.approvals.as_ref()).filter(|_| is_new).into_iter().flatten()
        {
            let Some(user) = self.user(&approval.user) else { continue };
            match Instant::try_from(approval.at.value.clone()) {
                Ok(at) => {
                    let after = Some(Approval { revision: approval.revision.value, at });
                    let change = Change { key: (entry.id, user), before: None, after };
                    self.put(approval.user.span, Event::Approval(change));
                }
                Err(bad) => self.problems.add(approval.at.span, bad),
            }
        }
    }

    fn owner(
        &mut self,
        written: Option<&raw::Configuration>,
        there: Option<UserId>,
        span: Span,
    ) -> Option<UserId> {
        if let Some(team_area) = written.and_then(|it| it.team_area.as_ref()) {
            self.problems.add(team_area.span, "a personal stream has no team area: remove the key");
        }
        match written.and_then(|it| it.owner.as_ref()) {
            Some(owner) => self.user(owner),
            None => {
                if there.is_none() {
                    self.problems.add(span, "missing key `owner`: the user whose personal stream it is");
                }
                there
            }
        }
    }

    pub(super) fn contributions(&mut self, drafts: &[Draft<'_>]) {
        for draft in drafts {
            let Written::Project(area) = draft.written else { continue };
            for contributions in area.contributions.as_deref().unwrap_or_default() {
                let Some(parent) = self.configuration_at(draft.id, &contributions.to) else { continue };
                if !self.seen.contributions.insert(parent) {
                    self.problems.add(
                        contributions.to.span,
                        "the contributions of this configuration are there twice",
                    );
                }
                let list: Option<Vec<Contribution>> = contributions
                    .configurations
                    .as_ref()
                    .map(|texts| texts.iter().filter_map(|text| self.contribution(draft.id, text)).collect());
                let there = self.base.contributions(parent);
                let list = self.or_kept(list, Some(there.to_vec()), Vec::new);
                let span = contributions
                    .configurations
                    .as_ref()
                    .and_then(|it| it.first())
                    .map_or(contributions.to.span, |it| it.span);
                let value = |list: &[Contribution]| (!list.is_empty()).then(|| list.into());
                let change = Change { key: parent, before: value(there), after: value(&list) };
                self.put(span, Event::Contributions(change));
            }
        }
        if self.mode == Mode::Replace {
            let absent: Vec<_> = self
                .base
                .all_contributions()
                .filter(|(parent, _)| !self.seen.contributions.contains(parent))
                .map(|(parent, list)| (parent, list.into()))
                .collect();
            for (key, before) in absent {
                let change = Change { key, before: Some(before), after: None };
                self.put(Span::default(), Event::Contributions(change));
            }
        }
    }

    fn contribution(&mut self, project: AreaId, text: &Text) -> Option<Contribution> {
        if governance::is_uri(text) {
            return Some(Contribution::Local(text.value.clone()));
        }
        self.configuration_at(project, text).map(Contribution::Configuration)
    }

    /// `Component/kind:Name` within a project area.
    fn configuration_at(&mut self, project: AreaId, text: &Text) -> Option<ConfigurationId> {
        let parts =
            text.split_once('/').and_then(|(component, rest)| Some((component, rest.split_once(':')?)));
        let Some((component, (kind, name))) = parts else {
            let expected = "expected `COMPONENT/stream:NAME` (or baseline, staging, personal), or a URI";
            self.problems.add(text.span, format_args!("{} is no configuration: {expected}", quoted(text)));
            return None;
        };
        let component = decoded(component, text.span, self.problems)?;
        let name = decoded(name, text.span, self.problems)?;
        let Some(id) = self.work.component_named(project, &component) else {
            let work = self.work.clone();
            self.problems.unknown(text.span, "component", &component, || {
                let here = work.components().filter(|(_, it)| it.project_area == project);
                here.map(|(_, it)| it.name.clone()).collect::<Vec<_>>()
            });
            return None;
        };
        let found = self.work.configuration_named(id, kind, &name);
        if found.is_none() {
            let work = self.work.clone();
            let wanted = format!("{kind}:{name}");
            self.problems.unknown(text.span, "configuration", &wanted, || {
                let all = work.configurations_of(id).iter().filter_map(|id| work.configuration(*id));
                all.map(|it| format!("{}:{}", it.kind.word(), it.name)).collect::<Vec<_>>()
            });
        }
        found
    }
}
