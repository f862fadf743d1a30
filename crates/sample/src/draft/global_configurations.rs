//! Components, configurations and contributions.

use governance::text::Name;
use governance::{
    Application, Approval, AreaId, Component, ComponentId, Configuration, ConfigurationId, ConfigurationKind,
    Contribution, Event, Instant, TeamAreaSetting, UserId,
};

use super::{Draft, created};
use crate::vocabulary::{carried, name};

pub(super) fn emit(draft: &mut Draft) {
    let projects: Vec<_> = draft.projects.iter().map(|it| it.area).collect();
    let mut components = Vec::new();
    for project in projects {
        if draft.area(project).application == Application::Gc {
            for _ in 0..draft.chance.within(1..=3) {
                components.push(component(draft, project, components.len()));
            }
        }
    }
    for (at, component) in components.iter().enumerate() {
        let key = ComponentId::new(at as u32);
        draft.events.push(Event::Component(created(key, component.clone())));
    }
    let mut configurations = Vec::new();
    for (at, component) in components.iter().enumerate() {
        configurations_of(draft, ComponentId::new(at as u32), component, &mut configurations);
    }
    for (at, configuration) in configurations.iter().enumerate() {
        let key = ConfigurationId::new(at as u32);
        draft.events.push(Event::Configuration(created(key, configuration.clone())));
    }
    contributions(draft, &components, &configurations);
}

fn component(draft: &mut Draft, project: AreaId, number: usize) -> Component {
    Component {
        project_area: project,
        name: name(&mut draft.chance, number),
        team_area: draft.maybe_team(project, 50),
        archived: draft.chance.percent(8),
        carried: carried(&mut draft.chance),
    }
}

fn configurations_of(draft: &mut Draft, id: ComponentId, of: &Component, all: &mut Vec<Configuration>) {
    let first = all.len();
    let plain = |kind, name: String| Configuration {
        component: id,
        kind,
        name: name.into(),
        source: None,
        archived: false,
        carried: governance::Carried::NOTHING,
    };
    let inherit = TeamAreaSetting::Inherit;
    all.push(plain(ConfigurationKind::Stream(inherit), format!("{} Initial Stream", of.name)));
    all.push(plain(ConfigurationKind::Baseline(inherit), format!("{} Initial Baseline", of.name)));
    for number in 0..draft.chance.below(7) {
        let sources: Vec<_> = (first..all.len()).collect();
        let streams: Vec<_> = sources
            .iter()
            .copied()
            .filter(|at| matches!(all[*at].kind, ConfigurationKind::Stream(_)))
            .collect();
        let shared: Vec<_> = sources
            .into_iter()
            .filter(|at| {
                matches!(all[*at].kind, ConfigurationKind::Stream(_) | ConfigurationKind::Baseline(_))
            })
            .collect();
        let setting = setting(draft, of.project_area);
        let owner = draft.anybody();
        let kind = draft.chance.of([
            ConfigurationKind::Stream(setting),
            ConfigurationKind::Stream(setting),
            ConfigurationKind::Baseline(setting),
            ConfigurationKind::Staging(setting),
            ConfigurationKind::Personal(owner),
        ]);
        // A baseline is made from a stream.
        let from = if matches!(kind, ConfigurationKind::Baseline(_)) { &streams } else { &shared };
        let source = draft.chance.pick(from).map(|at| ConfigurationId::new(*at as u32));
        let chance = &mut draft.chance;
        let archived = chance.percent(10);
        let name = name(chance, number);
        all.push(Configuration { component: id, kind, name, source, archived, carried: carried(chance) });
    }
}

fn setting(draft: &mut Draft, project: AreaId) -> TeamAreaSetting {
    match draft.maybe_team(project, 40) {
        Some(team) => TeamAreaSetting::Assigned(team),
        None => {
            draft.chance.of([TeamAreaSetting::Inherit, TeamAreaSetting::Inherit, TeamAreaSetting::Unassigned])
        }
    }
}

/// Parents contain what was made before them, so that there is no cycle; baselines contain baselines only.
fn contributions(draft: &mut Draft, components: &[Component], all: &[Configuration]) {
    let project = |it: &Configuration| components[it.component.number() as usize].project_area;
    for (at, parent) in all.iter().enumerate() {
        let frozen = matches!(parent.kind, ConfigurationKind::Baseline(_));
        let fitting: Vec<_> = (0..at)
            .filter(|below| project(&all[*below]) == project(parent) && !all[*below].archived)
            .filter(|below| match all[*below].kind {
                ConfigurationKind::Stream(_) => !frozen,
                ConfigurationKind::Baseline(_) => true,
                ConfigurationKind::Staging(_) | ConfigurationKind::Personal(_) => false,
            })
            .map(|below| Contribution::Configuration(ConfigurationId::new(below as u32)))
            .collect();
        let open = matches!(parent.kind, ConfigurationKind::Stream(_) | ConfigurationKind::Staging(_));
        if open
            && at.is_multiple_of(3)
            && let Ok(moment) = Instant::try_from(Name::from("2026-11-26T12:00:00Z"))
        {
            let key = (ConfigurationId::new(at as u32), UserId::new(0));
            draft.events.push(Event::Approval(created(key, Approval { revision: at as u64, at: moment })));
        }
        let chance = &mut draft.chance;
        if !chance.percent(65) {
            continue;
        }
        let mut contributions = chance.some(&fitting, 30);
        if chance.percent(30) {
            let uri = format!("https://rm.example.com/rm/cm/baseline/_{at}");
            contributions.push(Contribution::Local(uri.into()));
        }
        chance.shuffle(&mut contributions);
        if !contributions.is_empty() {
            let key = ConfigurationId::new(at as u32);
            draft.events.push(Event::Contributions(created(key, contributions.into())));
        }
    }
}
