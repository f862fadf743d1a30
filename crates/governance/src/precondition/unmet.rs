//! Which preconditions are not met, told all together.

use thiserror::Error;

use super::content::{Contents, is_archived};
use super::demanded::demanded;
use super::{MAKING_A_BASELINE, Precondition};
use crate::carried::Carried;
use crate::catalogue::OperationId;
use crate::configuration::{ConfigurationId, ConfigurationKind};
use crate::decision::{Placement, counted_roles};
use crate::event::Event;
use crate::hierarchy::Hierarchy;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::Name;
use crate::user::UserId;

/// A precondition that is not met, with what would help.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unmet {
    /// A component occurs twice.
    #[error(
        "`{of}` would contain the component `{component}` with two configurations, at `{}` and at `{}`: replace one \
         of them by the other",
        .paths[0].join("` → `"), .paths[1].join("` → `")
    )]
    Skew {
        /// The new baseline.
        of: Name,
        /// Which component.
        component: Name,
        /// The ways down to the two configurations.
        paths: [Vec<String>; 2],
    },
    /// Something archived is contained.
    #[error(
        "`{of}` would contain what is archived, at `{}`: unarchive it, or replace it",
        .path.join("` → `")
    )]
    Archived {
        /// The new baseline.
        of: Name,
        /// The way down to it.
        path: Vec<String>,
    },
    /// Nobody with the role has approved.
    #[error(
        "`{of}` needs the approval of somebody else who is `{role}` there: ask one of them to approve it"
    )]
    Approval {
        /// What becomes a baseline.
        of: Name,
        /// As whom it must be approved.
        role: Name,
    },
    /// An attribute is not filled in.
    #[error("{of} needs `{attribute}`: fill it in")]
    Attribute {
        /// The item.
        of: String,
        /// Which attribute.
        attribute: Name,
    },
}

impl Unmet {
    /// `no-skew`, `no-archived-contributions`, `approval` or `attributes`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Skew { .. } => "no-skew",
            Self::Archived { .. } => "no-archived-contributions",
            Self::Approval { .. } => "approval",
            Self::Attribute { .. } => "attributes",
        }
    }
}

/// A baseline that is made.
#[derive(Clone, Copy, Debug)]
struct Making {
    baseline: ConfigurationId,
    /// What it is made of: the stream, or the staging stream that it was.
    of: ConfigurationId,
}

/// So many flaws of contents are told: of each, the way down to it has to be found.
const TOLD: usize = 100;

/// What the events lack of what is demanded of the user. `after` is the organisation after them.
pub(crate) fn unmet(after: &Organisation, events: &[Event], by: UserId) -> Vec<Unmet> {
    unmet_among(after, events, by, &mut None)
}

/// The same of one step of many, which share what is known of contents.
pub(crate) fn unmet_among(
    after: &Organisation,
    events: &[Event],
    by: UserId,
    contents: &mut Option<Contents>,
) -> Vec<Unmet> {
    if after.facts.preconditions.is_empty() {
        return Vec::new();
    }
    let mut check = Check { after, by, contents, found: Vec::new() };
    let made: Vec<Making> = events.iter().filter_map(made).collect();
    check.baselines(&made);
    for event in events {
        match event {
            Event::WorkItem(change) => {
                if let Some(work_item) = &change.after {
                    check.filled_in("ccm.save-work-item", Item::WorkItem(change.key), &work_item.carried);
                }
            }
            Event::Artefact(change) => {
                if let Some(artefact) = &change.after {
                    check.filled_in("rm.save-artifact", Item::Artefact(change.key), &artefact.carried);
                }
            }
            _ => {}
        }
    }
    check.found
}

/// The baseline that an event makes; what a component begins with is made of nothing.
fn made(event: &Event) -> Option<Making> {
    let Event::Configuration(change) = event else { return None };
    let is_baseline = |kind: ConfigurationKind| matches!(kind, ConfigurationKind::Baseline(_));
    let after = change.after.as_ref().filter(|it| is_baseline(it.kind))?;
    match &change.before {
        Some(before) if is_baseline(before.kind) => None,
        Some(_) => Some(Making { baseline: change.key, of: change.key }),
        None => Some(Making { baseline: change.key, of: after.source? }),
    }
}

struct Check<'a> {
    after: &'a Organisation,
    by: UserId,
    contents: &'a mut Option<Contents>,
    found: Vec<Unmet>,
}

impl<'a> Check<'a> {
    fn demanded(&self, operation: &str, item: Item) -> Option<(AreaId, &'a [Precondition])> {
        let operation = OperationId::from_name(operation)?;
        let area = Placement::of(self.after, item)?.governing(operation);
        Some((area, demanded(self.after, self.by, area, operation)))
    }

    fn baselines(&mut self, made: &[Making]) {
        for making in made {
            let Some((area, list)) = self.demanded(MAKING_A_BASELINE, Item::Configuration(making.of)) else {
                continue;
            };
            self.content(making.baseline, list, made);
            for precondition in list {
                if let Precondition::Approval(role) = precondition
                    && !self.approved(making.of, area, role)
                {
                    let of = self.after.configuration(making.of).map(|it| it.name.clone());
                    self.found.push(Unmet::Approval { of: of.unwrap_or_default(), role: role.clone() });
                }
            }
        }
    }

    /// What a new baseline contains and may not.
    fn content(&mut self, baseline: ConfigurationId, list: &[Precondition], made: &[Making]) {
        let (no_skew, no_archived) = (Precondition::NoSkew, Precondition::NoArchivedContributions);
        if !list.contains(&no_skew) && !list.contains(&no_archived) {
            return;
        }
        let after = self.after;
        let all = || Contents::of(after, made.iter().map(|it| it.baseline));
        let below = self.contents.get_or_insert_with(all).below(after, baseline);
        let skewed = below.skewed && list.contains(&no_skew);
        let archived = below.archived && list.contains(&no_archived);
        if !skewed && !archived || self.found.len() >= TOLD {
            return;
        }
        let Some(hierarchy) = after.hierarchy(baseline) else { return };
        let flaws = Flaws::of(after, &hierarchy);
        self.found.extend(flaws.skew.into_iter().filter(|_| skewed));
        self.found.extend(flaws.archived.into_iter().filter(|_| archived));
    }

    /// Whether somebody else, who counts as the role where the area governs, has approved it.
    fn approved(&self, of: ConfigurationId, area: AreaId, role: &str) -> bool {
        let Some(law) = self.after.index.law(area) else { return false };
        let Some(ordinal) = law.ordinal(role) else { return false };
        let counts = |user: UserId| {
            let person = self.after.index.person(user).filter(|person| person.active);
            person.is_some_and(|person| counted_roles(person, law).contains(ordinal))
        };
        self.after.approvals(of).any(|(user, _)| user != self.by && counts(user))
    }

    fn filled_in(&mut self, operation: &str, item: Item, carried: &Carried) {
        let Some((_, list)) = self.demanded(operation, item) else { return };
        for precondition in list {
            let Precondition::Attributes(names) = precondition else { continue };
            for attribute in names.iter().filter(|name| !is_filled_in(carried, name)) {
                let of = format!("{} `{}`", self.after.kind_of(item), self.after.reference(item));
                self.found.push(Unmet::Attribute { of, attribute: attribute.clone() });
            }
        }
    }
}

/// What the hierarchy of a new baseline has that a precondition forbids.
struct Flaws {
    skew: Vec<Unmet>,
    archived: Vec<Unmet>,
}

impl Flaws {
    fn of(organisation: &Organisation, hierarchy: &Hierarchy) -> Self {
        let root = organisation.configuration(hierarchy.root()).map(|it| it.name.clone()).unwrap_or_default();
        let skews = hierarchy.skews(organisation);
        let all = hierarchy.configurations().iter().enumerate().skip(1);
        let archived = all.filter(|(_, id)| is_archived(organisation, **id)).map(|(place, _)| place);
        let above = hierarchy.above();
        let path = |place: usize| {
            let path = hierarchy.path(&above, place).into_iter();
            path.map(|id| organisation.local_reference(id)).collect()
        };
        let skew = skews.into_iter().filter_map(|skew| {
            let component = organisation.component(skew.component)?.name.clone();
            let (one, other) = (*skew.places.first()?, *skew.places.get(1)?);
            Some(Unmet::Skew { of: root.clone(), component, paths: [path(one), path(other)] })
        });
        let archived = archived.map(|place| Unmet::Archived { of: root.clone(), path: path(place) });
        Self { skew: skew.take(TOLD).collect(), archived: archived.take(TOLD).collect() }
    }
}

/// Whether there is a value that says something.
fn is_filled_in(carried: &Carried, key: &str) -> bool {
    carried.get(key).is_some_and(|value| match value {
        serde_json::Value::Null => false,
        serde_json::Value::String(text) => !text.trim().is_empty(),
        serde_json::Value::Array(list) => !list.is_empty(),
        serde_json::Value::Object(map) => !map.is_empty(),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => true,
    })
}
