//! Timelines (docs/process.md#timelines).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Needs, Step};
use crate::act::Refusal;
use crate::event::{Change, Event};
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::Name;
use crate::timeline::{Iteration, Timeline};
use crate::user::UserId;

/// Makes a timeline, after those that the project area has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateTimeline {
    /// The project area.
    pub area: AreaId,
    /// The timeline. The first becomes the project timeline; a later one that shall be it takes its place.
    pub timeline: Timeline,
}

/// Changes a timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeTimeline {
    /// The project area.
    pub area: AreaId,
    /// The timeline's name.
    pub timeline: Name,
    /// The keys, in order.
    pub set: Vec<TimelineKey>,
}

/// A key of a timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the key of its name")]
pub enum TimelineKey {
    Name(Name),
    /// Makes it the project timeline.
    Project,
    /// The current iteration, by its path.
    Current(Option<Name>),
    /// The whole tree.
    Iterations(Arc<[Iteration]>),
    Carried(Name, Option<Value>),
}

/// Removes a timeline that nothing names any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemoveTimeline {
    /// The project area.
    pub area: AreaId,
    /// The timeline's name.
    pub timeline: Name,
}

/// Puts a project area's timelines in the place of those that it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetTimelines {
    /// The project area.
    pub area: AreaId,
    /// All of them, in order; if none says that it is the project timeline, the first is.
    pub timelines: Vec<Timeline>,
}

/// Timelines of which one is the project timeline, if one says so or there is a first.
pub(super) fn with_project_timeline(timelines: &[Timeline]) -> Vec<Timeline> {
    let mut timelines = timelines.to_vec();
    if !timelines.is_empty() && !timelines.iter().any(|it| it.project) {
        make_project(&mut timelines, 0);
    }
    timelines
}

fn edit(
    organisation: &Organisation,
    area: AreaId,
    edit: impl FnOnce(&mut Vec<Timeline>) -> Result<(), Refusal>,
) -> Result<Vec<Event>, Refusal> {
    let mut timelines = organisation.timelines(area).to_vec();
    edit(&mut timelines)?;
    let before = organisation.facts.timelines.get(&area).cloned();
    // No timeline is no fact.
    let after = (!timelines.is_empty()).then(|| timelines.into());
    Ok(vec![Event::Timelines(Change { key: area, before, after })])
}

fn place(timelines: &[Timeline], name: &Name) -> Result<usize, Refusal> {
    timelines.iter().position(|it| it.name == *name).ok_or(Refusal::NotThere("timeline"))
}

/// Makes one of them the project timeline, and no other.
fn make_project(timelines: &mut [Timeline], at: usize) {
    for (other, timeline) in timelines.iter_mut().enumerate() {
        timeline.project = other == at;
    }
}

macro_rules! steps {
    ($($name:ident: $edit:expr;)*) => {
        $(impl Step for $name {
            fn needs(&self, needs: &mut Needs<'_>) {
                needs.action("process.save-project-area", "modify-iterations", Item::Area(self.area));
            }
            fn events(&self, organisation: &Organisation, _by: UserId) -> Result<Vec<Event>, Refusal> {
                let with: fn(&Self, &mut Vec<Timeline>) -> Result<(), Refusal> = $edit;
                edit(organisation, self.area, |timelines| with(self, timelines))
            }
        })*
    };
}

steps! {
    CreateTimeline: |create, timelines| {
        timelines.push(create.timeline.clone());
        if create.timeline.project || timelines.len() == 1 {
            let last = timelines.len() - 1;
            make_project(timelines, last);
        }
        Ok(())
    };
    ChangeTimeline: |change, timelines| {
        let at = place(timelines, &change.timeline)?;
        for key in &change.set {
            match key {
                TimelineKey::Project => make_project(timelines, at),
                TimelineKey::Name(name) => timelines[at].name = name.clone(),
                TimelineKey::Current(current) => timelines[at].current.clone_from(current),
                TimelineKey::Iterations(iterations) => timelines[at].iterations = iterations.clone(),
                TimelineKey::Carried(key, value) => {
                    timelines[at].carried = timelines[at].carried.with(key, value.clone());
                }
            }
        }
        Ok(())
    };
    SetTimelines: |set, timelines| {
        *timelines = with_project_timeline(&set.timelines);
        Ok(())
    };
    RemoveTimeline: |remove, timelines| {
        timelines.remove(place(timelines, &remove.timeline)?);
        Ok(())
    };
}
