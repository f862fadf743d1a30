//! From names to numbers.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use super::Hasher;
use crate::application_items::{CategoryId, FolderId, ScmKind, TestArtefactKind};
use crate::catalogue::Application;
use crate::configuration::ComponentId;
use crate::event::{Change, Event, Facts};
use crate::id::Id;
use crate::process_area::{AreaId, AreaKind, ProcessArea};
use crate::table::Table;
use crate::text::{fold, skeleton};

/// Within what a name is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// User ids, folded.
    User,
    /// User ids that are no ASCII, by their skeleton.
    UserForm,
    AccessGroup,
    ProjectArea(Application),
    TeamArea(AreaId),
    /// Several may have the name of one provider each.
    ProcessCopy,
    Component(AreaId),
    /// By the ordinal of the kind.
    Configuration(ComponentId, u8),
    Category(AreaId, Option<CategoryId>),
    WorkItem,
    Plan(AreaId),
    ScmItem(AreaId, ScmKind),
    TestArtefact(AreaId, TestArtefactKind),
    Folder(AreaId, Option<FolderId>),
    Artefact,
    ProcessTemplate,
}

/// Numbers by the hash of scope and name. What has the hash is compared with the facts, so that the map needs
/// no names of its own; two names with one hash are kept side by side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// A power of two of buckets, in which a name's is the low bits of its hash.
    buckets: Table<(), Bucket>,
    mask: u32,
    count: usize,
}

/// In order of the hashes, and no longer than it need be: a place that is kept free for a name to come costs
/// as much as one that is taken.
type Bucket = Arc<[Named]>;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Named {
    hash: u32,
    number: u32,
}

/// Names a bucket, on average, at most: so many that the buckets' places stay in the cache, so few that a new
/// name copies a kilobyte or two.
const FULL: usize = 128;

fn hash(scope: Scope, name: &str) -> u32 {
    (Hasher::default().hash_one((scope, name)) >> 32) as u32
}

impl Names {
    pub(crate) fn find(&self, facts: &Facts, scope: Scope, name: &str) -> Option<u32> {
        let hash = hash(scope, name);
        let bucket = self.buckets.get(Id::new(hash & self.mask))?;
        let found = bucket[place(bucket, hash)..].iter().take_while(|it| it.hash == hash);
        found.map(|it| it.number).find(|number| is_named(facts, scope, *number, name))
    }

    fn insert(&mut self, scope: Scope, name: &str, number: u32) {
        if self.count > FULL * (self.mask as usize + 1) {
            self.grow();
        }
        let hash = hash(scope, name);
        self.change(hash, |bucket| {
            // After what is named alike: the rules find who had the name first.
            let first = place(bucket, hash);
            let alike = bucket[first..].iter().take_while(|it| it.hash == hash).count();
            let (before, after) = bucket.split_at(first + alike);
            [before, &[Named { hash, number }], after].concat().into()
        });
    }

    fn remove(&mut self, scope: Scope, name: &str, number: u32) {
        let named = Named { hash: hash(scope, name), number };
        self.change(named.hash, |bucket| bucket.iter().copied().filter(|it| *it != named).collect());
    }

    fn change(&mut self, hash: u32, change: impl FnOnce(&[Named]) -> Bucket) {
        let id = Id::new(hash & self.mask);
        let before: &[Named] = self.buckets.get(id).map_or(&[], |bucket| bucket);
        let after = change(before);
        self.count = self.count + after.len() - before.len();
        self.buckets.put(id, (!after.is_empty()).then_some(after));
    }

    /// Parts each bucket in two.
    fn grow(&mut self) {
        let mut buckets: Table<(), Bucket> = Table::default();
        let bit = self.mask + 1;
        for (id, bucket) in self.buckets.iter() {
            let (low, high): (Vec<Named>, Vec<Named>) = bucket.iter().partition(|it| it.hash & bit == 0);
            for (id, half) in [(id.number(), low), (id.number() | bit, high)] {
                buckets.put(Id::new(id), (!half.is_empty()).then(|| half.into()));
            }
        }
        (self.buckets, self.mask) = (buckets, self.mask << 1 | 1);
    }

    /// Follows one event.
    pub(crate) fn note(&mut self, event: &Event) {
        macro_rules! follow {
            ($change:expr, $place:expr) => {{
                let place = $place;
                let before = $change.before.as_ref().map(|it| place(it));
                let after = $change.after.as_ref().map(|it| place(it));
                if before != after {
                    if let Some((scope, name)) = before {
                        self.remove(scope, &name, $change.key.number());
                    }
                    if let Some((scope, name)) = after {
                        self.insert(scope, &name, $change.key.number());
                    }
                }
            }};
        }
        use crate::{access_group, application_items as items, configuration, process_template, user};
        match event {
            Event::User(change) => {
                follow!(change, |it: &user::User| (Scope::User, fold(&it.id).into_owned()));
                let form = |it: &Arc<user::User>| (!it.id.is_ascii()).then(|| skeleton(&it.id));
                match [&change.before, &change.after].map(|it| it.as_ref().and_then(form)) {
                    [None, Some(form)] => self.insert(Scope::UserForm, &form, change.key.number()),
                    [Some(form), None] => self.remove(Scope::UserForm, &form, change.key.number()),
                    // The id of a user never changes.
                    [None, None] | [Some(_), Some(_)] => {}
                }
            }
            Event::AccessGroup(change) => {
                follow!(change, |it: &access_group::AccessGroup| (Scope::AccessGroup, it.name.clone()));
            }
            Event::Area(change) => self.note_area(change),
            Event::Component(change) => follow!(change, |it: &configuration::Component| (
                Scope::Component(it.project_area),
                it.name.clone()
            )),
            Event::Configuration(change) => follow!(change, |it: &configuration::Configuration| (
                Scope::Configuration(it.component, it.kind.ordinal()),
                it.name.clone()
            )),
            Event::Category(change) => follow!(change, |it: &items::Category| (
                Scope::Category(it.project_area, it.parent),
                it.name.clone()
            )),
            Event::WorkItem(change) => {
                follow!(change, |it: &items::WorkItem| (Scope::WorkItem, it.number.to_string()));
            }
            Event::Plan(change) => {
                follow!(change, |it: &items::Plan| (Scope::Plan(it.project_area), it.name.clone()));
            }
            Event::ScmItem(change) => follow!(change, |it: &items::ScmItem| (
                Scope::ScmItem(it.project_area, it.kind),
                it.name.clone()
            )),
            Event::TestArtefact(change) => follow!(change, |it: &items::TestArtefact| (
                Scope::TestArtefact(it.project_area, it.kind),
                it.name.clone()
            )),
            Event::Folder(change) => follow!(change, |it: &items::Folder| (
                Scope::Folder(it.project_area, it.parent),
                it.name.clone()
            )),
            Event::Artefact(change) => {
                follow!(change, |it: &items::Artefact| (Scope::Artefact, it.number.to_string()));
            }
            Event::ProcessTemplate(change) => {
                follow!(change, |it: &process_template::ProcessTemplate| (
                    Scope::ProcessTemplate,
                    it.name.clone()
                ));
            }
            // These are found by their keys.
            Event::Settings(_)
            | Event::LicencePool(_)
            | Event::Administrator(_)
            | Event::Member(_)
            | Event::Listed(_)
            | Event::Roles(_)
            | Event::Permission(_)
            | Event::Timelines(_)
            | Event::Preconditions(_)
            | Event::Approval(_)
            | Event::Contributions(_) => {}
        }
    }

    fn note_area(&mut self, change: &Change<AreaId, Arc<ProcessArea>>) {
        if let Some(area) = &change.before {
            self.remove(scope_of(area), &area.name, change.key.number());
        }
        if let Some(area) = &change.after {
            self.insert(scope_of(area), &area.name, change.key.number());
        }
    }
}

/// Where in a bucket this hash is, or would be. Hashes are spread evenly, so that a few steps lead there from
/// where it should be: one line of the cache, where halving would touch several.
fn place(bucket: &[Named], hash: u32) -> usize {
    let mut at = ((u64::from(hash) * bucket.len() as u64) >> 32) as usize;
    while at > 0 && bucket[at - 1].hash >= hash {
        at -= 1;
    }
    while at < bucket.len() && bucket[at].hash < hash {
        at += 1;
    }
    at
}

fn scope_of(area: &ProcessArea) -> Scope {
    match &area.kind {
        AreaKind::Project(project) => Scope::ProjectArea(project.application),
        AreaKind::Team(team) => Scope::TeamArea(team.parent),
        AreaKind::Copy(_) => Scope::ProcessCopy,
    }
}

/// Whether the thing with this number has this name in this scope.
fn is_named(facts: &Facts, scope: Scope, number: u32, name: &str) -> bool {
    match scope {
        Scope::User => {
            facts.users.get(Id::new(number)).is_some_and(|it| *it.id == *name || fold(&it.id) == name)
        }
        Scope::UserForm => facts.users.get(Id::new(number)).is_some_and(|it| skeleton(&it.id) == name),
        Scope::AccessGroup => facts.access_groups.get(Id::new(number)).is_some_and(|it| *it.name == *name),
        Scope::ProjectArea(_) | Scope::TeamArea(_) | Scope::ProcessCopy => {
            facts.areas.get(Id::new(number)).is_some_and(|it| *it.name == *name && scope_of(it) == scope)
        }
        Scope::Component(area) => facts
            .components
            .get(Id::new(number))
            .is_some_and(|it| *it.name == *name && it.project_area == area),
        Scope::Configuration(component, kind) => facts
            .configurations
            .get(Id::new(number))
            .is_some_and(|it| *it.name == *name && it.component == component && it.kind.ordinal() == kind),
        Scope::Category(area, parent) => facts
            .categories
            .get(Id::new(number))
            .is_some_and(|it| *it.name == *name && it.project_area == area && it.parent == parent),
        Scope::WorkItem => {
            facts.work_items.get(Id::new(number)).is_some_and(|it| it.number.to_string() == name)
        }
        Scope::Plan(area) => {
            facts.plans.get(Id::new(number)).is_some_and(|it| *it.name == *name && it.project_area == area)
        }
        Scope::ScmItem(area, kind) => facts
            .scm_items
            .get(Id::new(number))
            .is_some_and(|it| *it.name == *name && it.project_area == area && it.kind == kind),
        Scope::TestArtefact(area, kind) => facts
            .test_artefacts
            .get(Id::new(number))
            .is_some_and(|it| *it.name == *name && it.project_area == area && it.kind == kind),
        Scope::Folder(area, parent) => facts
            .folders
            .get(Id::new(number))
            .is_some_and(|it| *it.name == *name && it.project_area == area && it.parent == parent),
        Scope::Artefact => {
            facts.artefacts.get(Id::new(number)).is_some_and(|it| it.number.to_string() == name)
        }
        Scope::ProcessTemplate => {
            facts.process_templates.get(Id::new(number)).is_some_and(|it| *it.name == *name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_the_place_that_halving_would_find() {
        let spread = |number: u32| number.wrapping_mul(0x9E37_79B9);
        for count in [0, 1, 2, 200] {
            let mut bucket: Vec<_> =
                (0..count).map(|number| Named { hash: spread(number), number }).collect();
            // Some that are alike, and more than chance would put at one end.
            bucket.extend((0..count / 4).map(|number| Named { hash: spread(number % 3), number }));
            bucket.extend((0..count / 2).map(|number| Named { hash: number, number }));
            bucket.sort_by_key(|it| it.hash);
            for hash in (0..500).map(spread).chain([0, 1, u32::MAX]) {
                let there = bucket.partition_point(|it| it.hash < hash);
                assert_eq!(place(&bucket, hash), there, "{hash} among {}", bucket.len());
            }
        }
    }
}
