//! What the process comes to in one area now: which roles grant which action.

use std::collections::BTreeSet;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Index;
use super::standing::RoleSet;
use crate::catalogue::{Action, Application, Leaf, OperationId};
use crate::event::Facts;
use crate::process::{EVERYONE, Permission, PermissionKey, Slot};
use crate::process_area::{AreaId, ReadAccess, RoleInheritance};
use crate::text::Name;
use crate::timeline::Now;
use crate::user::UserId;

/// What decisions read of a process area. What each of them reads lies together, hence the order as written.
#[derive(Clone, Debug)]
#[repr(C)]
pub(crate) struct Law {
    /// The project area; itself for a project area.
    pub(crate) project: AreaId,
    /// Whether this area or one above it is archived.
    pub(crate) archived: bool,
    /// The project area's application.
    pub(crate) application: Application,
    /// The project area's read access.
    pub(crate) access: ReadAccess,
    /// Where on the path role assignments begin to count: at the nearest isolating area, else at the top.
    pub(crate) counted_from: usize,
    /// From the project area down to this one.
    pub(crate) path: SmallVec<[AreaId; 8]>,
    /// Which roles grant which action here; shared with the area above where nothing differs.
    pub(crate) grants: Grants,
    /// The project area whose process is used, and whether its iteration types come along.
    pub(crate) provider: Option<(AreaId, bool)>,
    /// What is current here.
    pub(crate) now: Now,
    /// The role ids of the project area, its team areas and its provider; a role's ordinal is its place, less
    /// one for Everyone, who comes first.
    roles: Arc<[Name]>,
}

impl Law {
    /// The areas whose assignments count here, the project area's side first.
    pub(crate) fn counted(&self) -> &[AreaId] {
        &self.path[self.counted_from..]
    }
    /// The areas whose entries apply here, the provider first.
    pub(crate) fn areas_that_apply(&self) -> impl DoubleEndedIterator<Item = AreaId> {
        self.provider.map(|(area, _)| area).into_iter().chain(self.path.iter().copied())
    }
    /// How specific an entry of `area` is now, here: 0 is the most specific; `None` when it does not hold. Of
    /// the provider's only those for always and, where the link says so, for iteration types.
    pub(crate) fn rank(&self, area: AreaId, slot: &Slot) -> Option<usize> {
        match (self.provider, slot) {
            (Some((provider, true)), Slot::IterationType(_)) if provider == area => self.now.rank(slot),
            (Some((provider, _)), slot) if provider == area && *slot != Slot::Always => None,
            _ => self.now.rank(slot),
        }
    }
    /// A role's ordinal in this project area.
    pub(crate) fn ordinal(&self, role: &str) -> Option<usize> {
        if role == EVERYONE {
            return Some(0);
        }
        self.roles.binary_search_by(|it| (**it).cmp(role)).ok().map(|at| at + 1)
    }
    /// Every role id that has an ordinal here, in order of the ordinals.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (usize, &str)> {
        std::iter::once(EVERYONE).chain(self.roles.iter().map(|id| &**id)).enumerate()
    }
    /// The ordinals of the roles in a set.
    pub(crate) fn roles_in<'a>(&'a self, set: &'a RoleSet) -> impl Iterator<Item = &'a str> {
        self.roles().filter(move |(ordinal, _)| set.contains(*ordinal)).map(|(_, id)| id)
    }
}

/// For each action the roles that grant it. Cloning shares the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    /// Words of a role set.
    words: usize,
    /// For each leaf of the catalogue the roles that grant it, whatever stands for `<…>`.
    whole: Arc<[u64]>,
    /// The roles that grant it for one identifier alone; sorted. Most processes name none.
    single: Option<Arc<[SingleGrant]>>,
}

/// The roles that grant an action for one identifier alone.
type SingleGrant = (Leaf, Name, RoleSet);

impl Grants {
    /// Whether both are one table, not only equal.
    pub(crate) fn shares_table_with(&self, other: &Self) -> bool {
        let single = match (&self.single, &other.single) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        single && Arc::ptr_eq(&self.whole, &other.whole)
    }
    fn says_the_same_as(&self, other: &Self) -> bool {
        (self.words, &self.whole, &self.single) == (other.words, &other.whole, &other.single)
    }
    /// Whether one of the roles grants the action.
    pub(crate) fn grant(&self, roles: &RoleSet, action: &Action) -> bool {
        let first = action.leaf.index() * self.words;
        let whole = self.whole.get(first..first + self.words).is_some_and(|words| roles.intersects(words));
        whole || (self.single.is_some() && self.grant_single(roles, action))
    }
    /// The actions that Everyone's role grants, be it for one identifier alone.
    fn to_everyone(&self) -> impl Iterator<Item = Leaf> {
        let whole = Leaf::all().zip(self.whole.chunks(self.words.max(1)));
        let single = self.single.iter().flat_map(|single| single.iter());
        whole
            .filter(|(_, roles)| roles[0] & 1 != 0)
            .map(|(leaf, _)| leaf)
            .chain(single.filter(|(.., roles)| roles.contains(0)).map(|(leaf, ..)| *leaf))
    }
    /// The actions that are granted for one identifier alone.
    pub(crate) fn named(&self) -> impl Iterator<Item = Action> {
        let single = self.single.iter().flat_map(|single| single.iter());
        single.map(|(leaf, name, _)| Action { leaf: *leaf, identifier: Some(name.clone()) })
    }
    fn grant_single(&self, roles: &RoleSet, action: &Action) -> bool {
        let (Some(identifier), Some(single)) = (&action.identifier, &self.single) else { return false };
        let found = single.binary_search_by(|(leaf, name, _)| (leaf, name).cmp(&(&action.leaf, identifier)));
        found.is_ok_and(|at| roles.meets(&single[at].2))
    }
}

impl Index {
    /// Works out again the laws of these areas and of those below them. Where the set of roles of a project
    /// area has changed, or a provider's entries have, of all its areas, and of its members' standings too.
    pub(super) fn refresh_laws(
        &mut self,
        facts: &Facts,
        areas: &BTreeSet<AreaId>,
        standings: &mut BTreeSet<(AreaId, UserId)>,
    ) {
        let mut projects: BTreeSet<AreaId> = BTreeSet::new();
        for &area in areas {
            match top(facts, area) {
                Some(project) => drop(projects.insert(project)),
                None => {
                    // Its roles are no longer among those of the project area.
                    let project = self.law(area).map(|law| law.project);
                    projects.extend(project.filter(|project| facts.areas.contains(*project)));
                    self.open_as(area, None);
                    self.laws.put(area, None);
                }
            }
        }
        let consumers: BTreeSet<_> = projects.iter().flat_map(|project| self.consumers(*project)).collect();
        for &project in projects.union(&consumers) {
            let roles_changed =
                self.law(project).is_none_or(|law| law.roles != self.role_ids(facts, project));
            if roles_changed {
                for area in self.below(project) {
                    let of_area = (area, UserId::new(0))..=(area, UserId::new(u32::MAX));
                    standings.extend(facts.members.range(of_area).map(|(key, _)| *key));
                }
            }
            // From the top down: an area below one that is made again is made again.
            let mut waiting = vec![(project, roles_changed || consumers.contains(&project))];
            while let Some((area, above_changed)) = waiting.pop() {
                let changed = above_changed || areas.contains(&area);
                if changed && let Some(law) = self.make_law(facts, area) {
                    let above = law.path.iter().rev().nth(1).and_then(|above| self.law(*above));
                    let shared = above.is_some_and(|above| above.grants.shares_table_with(&law.grants));
                    self.open_as(area, (!shared).then_some(&law.grants));
                    self.laws.put(area, Some(Arc::new(law)));
                }
                waiting.extend(self.children(area).map(|child| (child, changed)));
            }
        }
    }

    /// Keeps what Everyone's role may do by the table of grants that is to be the area's own, if one is.
    fn open_as(&mut self, area: AreaId, own: Option<&Grants>) {
        for leaf in self.laws.get(area).into_iter().flat_map(|law| law.grants.to_everyone()) {
            if let Some(areas) = self.open.get_mut(&leaf) {
                areas.remove(&area);
            }
        }
        for leaf in own.into_iter().flat_map(Grants::to_everyone) {
            self.open.entry(leaf).or_default().insert(area);
        }
    }

    fn below(&self, area: AreaId) -> Vec<AreaId> {
        let mut found = vec![area];
        let mut at = 0;
        while at < found.len() {
            found.extend(self.children(found[at]));
            at += 1;
        }
        found
    }

    /// The ids of the roles defined in a project area, in its team areas and in its provider; sorted.
    fn role_ids(&self, facts: &Facts, project: AreaId) -> Arc<[Name]> {
        let provider =
            facts.areas.get(project).and_then(|area| area.project()?.uses_process.as_ref()?.lender());
        let defining = self.below(project).into_iter().chain(provider);
        let ids: BTreeSet<Name> = defining
            .filter_map(|area| facts.roles.get(&area))
            .flat_map(|roles| roles.iter().map(|role| role.id.clone()))
            .filter(|id| &**id != EVERYONE)
            .collect();
        ids.into_iter().collect()
    }

    fn make_law(&self, facts: &Facts, id: AreaId) -> Option<Law> {
        let area = facts.areas.get(id)?;
        let above = match area.parent() {
            Some(parent) => Some(self.law(parent)?.clone()),
            None => None,
        };
        let mut law = match (&above, area.project()) {
            (Some(above), _) => Law {
                path: above.path.iter().copied().chain([id]).collect(),
                archived: above.archived || area.archived,
                ..Law::clone(above)
            },
            (None, Some(project)) => Law {
                project: id,
                path: SmallVec::from_elem(id, 1),
                counted_from: 0,
                archived: area.archived,
                application: project.application,
                access: project.access,
                provider: project
                    .uses_process
                    .as_ref()
                    .and_then(|it| Some((it.lender()?, it.iteration_types))),
                now: Now::default(),
                grants: Grants::default(),
                roles: self.role_ids(facts, id),
            },
            (None, None) => return None,
        };
        if area.team().is_some_and(|team| team.role_inheritance == RoleInheritance::Isolate) {
            law.counted_from = law.path.len() - 1;
        }
        let own_timeline = area.team().and_then(|team| team.timeline.as_ref());
        if above.is_none() || own_timeline.is_some() {
            let timelines = facts.timelines.get(&law.project);
            let followed = timelines.and_then(|all| {
                all.iter().find(|it| own_timeline.map_or(it.project, |name| it.name == *name))
            });
            law.now = followed.map(Now::on).unwrap_or_default();
        }
        let differs = above.as_ref().is_none_or(|above| above.now != law.now);
        if differs || entries(facts, id).next().is_some() {
            let grants = compile(facts, &law);
            // Equal tables are shared: most team areas customise nothing.
            if above.is_none_or(|above| !above.grants.says_the_same_as(&grants)) {
                law.grants = grants;
            }
        }
        Some(law)
    }
}

/// The project area that an area belongs to, by the facts alone; `None` when the area is gone.
fn top(facts: &Facts, area: AreaId) -> Option<AreaId> {
    let mut at = area;
    while let Some(parent) = facts.areas.get(at)?.parent() {
        at = parent;
    }
    Some(at)
}

/// The entries that an area itself has.
fn entries(facts: &Facts, area: AreaId) -> impl Iterator<Item = (&PermissionKey, &Permission)> {
    let first = PermissionKey { role: "".into(), operation: OperationId::first(), slot: Slot::Always };
    facts
        .permissions
        .range((area, first)..)
        .take_while(move |((of, _), _)| *of == area)
        .map(|((_, key), permission)| (key, permission))
}

/// The permission lookup for every role and operation at once (docs/decision.md#permission-lookup).
fn compile(facts: &Facts, law: &Law) -> Grants {
    let operations = OperationId::all().count();
    let roles = law.roles.len() + 1;
    // For each (role, operation) the result so far, going down.
    let mut results: Vec<Option<&Permission>> = vec![None; roles * operations];
    for area in law.areas_that_apply() {
        // Within one area the most specific slot wins.
        let mut winners: std::collections::BTreeMap<usize, (usize, &Permission)> = Default::default();
        for (key, permission) in entries(facts, area) {
            let (Some(rank), Some(role)) = (law.rank(area, &key.slot), law.ordinal(&key.role)) else {
                continue;
            };
            let place = role * operations + key.operation.index();
            let winner = winners.entry(place).or_insert((rank, permission));
            if rank < winner.0 {
                *winner = (rank, permission);
            }
        }
        for (place, (_, permission)) in winners {
            // The first final winner binds; otherwise the nearest replaces what it overrides whole.
            if !results[place].is_some_and(|above| above.is_final) {
                results[place] = Some(permission);
            }
        }
    }
    let words = roles.div_ceil(64);
    let mut whole = vec![0; Leaf::count() * words];
    let mut singles: std::collections::BTreeMap<(Leaf, Name), RoleSet> = Default::default();
    for (place, permission) in results.into_iter().enumerate() {
        let Some(permission) = permission else { continue };
        let (role, operation) = (place / operations, OperationId::all().nth(place % operations));
        let Some(operation) = operation else { continue };
        for (leaf, identifier) in permission.actions.iter().flat_map(|it| it.leaves(operation)) {
            match identifier {
                None => whole[leaf.index() * words + role / 64] |= 1 << (role % 64),
                Some(identifier) => singles.entry((leaf, identifier)).or_default().insert(role),
            }
        }
    }
    // Who may modify attributes may hand the item to a team area.
    for leaf in OperationId::all().flat_map(OperationId::leaves).filter(|leaf| leaf.is_team_area()) {
        let attributes = leaf.operation().known("modify-attributes").leaf;
        for word in 0..words {
            whole[leaf.index() * words + word] = whole[attributes.index() * words + word];
        }
    }
    let single: Arc<[SingleGrant]> =
        singles.into_iter().map(|((leaf, name), roles)| (leaf, name, roles)).collect();
    Grants { words, whole: whole.into(), single: (!single.is_empty()).then_some(single) }
}
