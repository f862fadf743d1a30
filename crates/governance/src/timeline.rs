//! Timelines, their iterations, and what is current (docs/process.md#timelines).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::carried::Carried;
use crate::process::Slot;
use crate::text::{Name, decode, encode};

/// A timeline of a project area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// Unique in the project area.
    pub name: Name,
    /// Whether it is the one that everything follows which has none of its own.
    #[serde(default)]
    pub project: bool,
    /// The current iteration, as a slash path of encoded ids; set by hand, never by dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Name>,
    /// The top iterations.
    #[serde(default)]
    pub iterations: Arc<[Iteration]>,
    /// `working_days`, `start`, `end`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// An iteration, with those in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Iteration {
    /// Unique among its siblings.
    pub id: Name,
    /// Its iteration type.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub iteration_type: Option<Name>,
    /// The iterations in it.
    #[serde(default)]
    pub iterations: Arc<[Iteration]>,
    /// `name`, `start`, `end`, `has_release`.
    #[serde(default, skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
}

/// `(path, type)` of an iteration that is current, or holds the current one.
type Current = (Name, Option<Name>);

/// What is current in a process area: a timeline, and the iterations from the current one up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Now {
    timeline: Option<Name>,
    /// The current iteration first.
    iterations: Vec<Current>,
}

impl Now {
    /// What is current on this timeline.
    pub fn on(timeline: &Timeline) -> Self {
        let mut found: Vec<Current> = Vec::new();
        if let Some(current) = &timeline.current {
            let mut level = &timeline.iterations;
            for id in current.split('/') {
                let Some(iteration) = level.iter().find(|it| encode(&it.id) == id) else { break };
                let path = match found.last() {
                    Some((above, _)) => format!("{above}/{id}").into(),
                    None => Name::from(id),
                };
                found.push((path, iteration.iteration_type.clone()));
                level = &iteration.iterations;
            }
            found.reverse();
        }
        Self { timeline: Some(timeline.name.clone()), iterations: found }
    }

    /// How specific a slot is now: 0 is the most specific; `None` when it does not hold.
    pub fn rank(&self, slot: &Slot) -> Option<usize> {
        let level = |wanted: fn(&Current, &Name) -> bool, name: &Name| {
            self.iterations.iter().position(|it| wanted(it, name))
        };
        let last = 2 * self.iterations.len();
        match slot {
            Slot::Iteration { timeline, iteration } if self.timeline.as_ref() == Some(timeline) => {
                level(|(path, _), wanted| path == wanted, iteration).map(|at| 2 * at)
            }
            Slot::Iteration { .. } => None,
            Slot::IterationType(id) => {
                level(|(_, of), wanted| of.as_ref() == Some(wanted), id).map(|at| 2 * at + 1)
            }
            Slot::Timeline(name) => (self.timeline.as_ref() == Some(name)).then_some(last),
            Slot::Always => Some(last + 1),
        }
    }

    /// The same by names: `Main · Release 1 › Sprint 1`; of the timelines that there are.
    pub fn called(&self, timelines: &[Timeline]) -> Option<String> {
        let name = self.timeline.as_ref()?;
        let timeline = timelines.iter().find(|it| it.name == *name);
        Some(match (self.iterations.first(), timeline) {
            (Some((path, _)), Some(timeline)) => format!("{name} · {}", timeline.called(path)),
            _ => format!("{name} · no iteration"),
        })
    }

    /// The timeline and the current iteration, as references have them: `Main · 1.0/Sprint 1`.
    pub fn describe(&self) -> Option<String> {
        let timeline = self.timeline.as_ref()?;
        Some(match self.iterations.first() {
            Some((path, _)) => format!("{timeline} · {path}"),
            None => format!("{timeline} · no iteration"),
        })
    }
}

impl Timeline {
    /// The iteration at a slash path of encoded ids.
    pub fn iteration(&self, path: &str) -> Option<&Iteration> {
        let mut level = &self.iterations;
        let mut found = None;
        for id in path.split('/') {
            let iteration = level.iter().find(|it| encode(&it.id) == id)?;
            level = &iteration.iterations;
            found = Some(iteration);
        }
        found
    }

    /// What the iteration at a slash path of encoded ids is called, with those that it is in.
    pub fn called(&self, path: &str) -> String {
        Iteration::called_at(&self.iterations, path)
    }
}

impl Iteration {
    /// Its name; its id, if it has none.
    pub fn called(&self) -> String {
        let name = self.carried.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
        name.map_or_else(|| self.id.to_string(), str::to_owned)
    }

    /// What the iteration at a slash path of encoded ids is called, below these: `Release 1 › Sprint 1`. What
    /// is not there is called by its id.
    pub fn called_at(mut level: &[Self], path: &str) -> String {
        let mut way = Vec::new();
        for id in path.split('/') {
            let found = level.iter().find(|it| encode(&it.id) == id);
            level = found.map_or(&[], |it| &it.iterations);
            let unknown = || decode(id).map_or_else(|_| id.to_owned(), Into::into);
            way.push(found.map_or_else(unknown, Self::called));
        }
        way.join(" › ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iteration(id: &str, of: &str, inner: Vec<Iteration>) -> Iteration {
        let iteration_type = (!of.is_empty()).then(|| of.into());
        Iteration { id: id.into(), iteration_type, iterations: inner.into(), carried: Carried::NOTHING }
    }

    #[test]
    fn slots_rank_from_the_current_iteration_through_types_and_parents_to_always() {
        let sprint = iteration("Sprint 1", "sprint", vec![]);
        let timeline = Timeline {
            name: "Main".into(),
            project: true,
            current: Some("1.0/Sprint 1".into()),
            iterations: vec![iteration("1.0", "release", vec![sprint])].into(),
            carried: Carried::NOTHING,
        };
        let now = Now::on(&timeline);
        let at = |path: &str| Slot::Iteration { timeline: "Main".into(), iteration: path.into() };
        let slots = [
            at("1.0/Sprint 1"),
            Slot::IterationType("sprint".into()),
            at("1.0"),
            Slot::IterationType("release".into()),
            Slot::Timeline("Main".into()),
            Slot::Always,
        ];
        let ranks: Vec<_> = slots.iter().map(|slot| now.rank(slot)).collect();
        assert_eq!(ranks, (0..6).map(Some).collect::<Vec<_>>());
        assert_eq!(now.rank(&at("1.0/Sprint 2")), None);
        assert_eq!(now.rank(&Slot::Timeline("Other".into())), None);
    }

    #[test]
    fn an_iteration_is_called_by_names_where_there_are_any() {
        let named = |mut it: Iteration, name: &str| {
            it.carried = it.carried.with("name", Some(name.into()));
            it
        };
        let sprint = named(iteration("s1", "", vec![]), "Sprint 1");
        let release = named(iteration("r/1", "", vec![sprint, iteration("s2", "", vec![])]), "Release 1");
        let timeline = Timeline {
            name: "Main".into(),
            project: true,
            current: Some("r%2F1/s1".into()),
            iterations: vec![release].into(),
            carried: Carried::NOTHING,
        };
        for (path, called) in [
            ("r%2F1/s1", "Release 1 › Sprint 1"),
            ("r%2F1/s2", "Release 1 › s2"),
            ("r%2F1/s3/%C3%BC", "Release 1 › s3 › ü"),
        ] {
            assert_eq!(timeline.called(path), called);
        }
        let now = Now::on(&timeline);
        assert_eq!(now.called(&[timeline]).as_deref(), Some("Main · Release 1 › Sprint 1"));
    }
}
