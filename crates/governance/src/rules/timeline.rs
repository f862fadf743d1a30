//! Timelines and iterations (docs/process.md#timelines).

use std::collections::HashSet;
use std::sync::Arc;

use super::entry::{declares, types_of};
use super::{Check, Rule};
use crate::carried::Carried;
use crate::day::Day;
use crate::event::Change;
use crate::process_area::AreaId;
use crate::text::{Name, encode};
use crate::timeline::{Iteration, Timeline};

impl Check<'_> {
    pub(super) fn timelines(&mut self, change: &Change<AreaId, Arc<[Timeline]>>) {
        let name = self.area_name(change.key);
        let project = self.organisation.area(change.key).is_some_and(|it| it.project().is_some());
        if change.after.is_some() && !project {
            return self.fail(Rule::ProjectAreaOnly { what: "timelines", area: name });
        }
        self.valid_timelines(change.key);
        // What was kept so before there was this rule stays, and keeps nobody from changing anything else.
        let known: HashSet<_> = backwards(&change.before).into_iter().collect();
        for (what, start, end) in backwards(&change.after) {
            let new = !known.contains(&(what.clone(), start, end));
            self.require(!new, || Rule::EndsBeforeItBegins { what, start, end });
        }
        let places = |timelines: &Option<Arc<[Timeline]>>| -> HashSet<String> {
            timelines.iter().flat_map(|timelines| timelines.iter()).flat_map(places).collect()
        };
        if !places(&change.before).is_subset(&places(&change.after)) {
            self.spread(change.key);
        }
    }

    pub(super) fn valid_timelines(&mut self, area: AreaId) {
        let organisation = self.organisation;
        let timelines = organisation.timelines(area);
        let count = timelines.iter().filter(|it| it.project).count();
        self.require(timelines.is_empty() || count == 1, || Rule::ProjectTimeline {
            area: organisation.area(area).map_or_else(|| "".into(), |it| it.name.clone()),
            count,
        });
        let mut names = HashSet::new();
        for timeline in timelines {
            self.named("timeline", &timeline.name);
            let new = names.insert(&timeline.name);
            self.require(new, || Rule::NameTaken { kind: "timeline", name: timeline.name.clone() });
            if let Some(current) = &timeline.current {
                self.require(timeline.iteration(current).is_some(), || Rule::CurrentIteration {
                    timeline: timeline.name.clone(),
                    current: current.clone(),
                });
            }
            self.siblings(&timeline.name, &timeline.iterations);
            let mut undeclared: Vec<_> = types_of(&timeline.iterations)
                .into_iter()
                .filter(|it| !declares(organisation, area, it))
                .collect();
            undeclared.sort_unstable();
            undeclared.dedup();
            for iteration_type in undeclared {
                let (timeline, iteration_type) = (timeline.name.clone(), iteration_type.clone());
                self.fail(Rule::IterationType { timeline, iteration_type });
            }
        }
    }

    fn siblings(&mut self, timeline: &Name, iterations: &[Iteration]) {
        let mut waiting = vec![iterations];
        while let Some(siblings) = waiting.pop() {
            let mut ids = HashSet::new();
            for iteration in siblings {
                self.named("iteration", &iteration.id);
                let new = ids.insert(&iteration.id);
                self.require(new, || Rule::IterationTwice {
                    timeline: timeline.clone(),
                    iteration: iteration.id.clone(),
                });
                waiting.push(&iteration.iterations);
            }
        }
    }
}

/// The timelines and iterations that end before they begin, with their days. What is no day, and may be
/// carried all the same, has no order.
fn backwards(timelines: &Option<Arc<[Timeline]>>) -> Vec<(String, Day, Day)> {
    let day = |carried: &Carried, key: &str| carried.get(key)?.as_str().and_then(Day::parse);
    let days = |carried: &Carried| Some((day(carried, "start")?, day(carried, "end")?));
    let mut found = Vec::new();
    let mut note = |what: String, carried: &Carried| {
        let days = days(carried).filter(|(start, end)| end < start);
        found.extend(days.map(|(start, end)| (what, start, end)));
    };
    for timeline in timelines.iter().flat_map(|timelines| timelines.iter()) {
        note(format!("timeline `{}`", timeline.name), &timeline.carried);
        let mut waiting: Vec<(String, &[Iteration])> = vec![(String::new(), &timeline.iterations)];
        while let Some((above, siblings)) = waiting.pop() {
            for iteration in siblings {
                let path = format!("{above}{}", iteration.id);
                note(format!("iteration `{path}` of timeline `{}`", timeline.name), &iteration.carried);
                waiting.push((format!("{path}/"), &iteration.iterations));
            }
        }
    }
    found
}

/// What slots and team areas can name on a timeline.
fn places(timeline: &Timeline) -> Vec<String> {
    let top = encode(&timeline.name);
    let mut found = Vec::new();
    let mut waiting: Vec<(String, &Iteration)> =
        timeline.iterations.iter().map(|it| (top.clone(), it)).collect();
    while let Some((above, iteration)) = waiting.pop() {
        let path = format!("{above}/{}", encode(&iteration.id));
        waiting.extend(iteration.iterations.iter().map(|it| (path.clone(), it)));
        found.push(path);
    }
    found.push(top);
    found
}
